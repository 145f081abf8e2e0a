package kube

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/reader/kube/lifecycle"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: %s}
spec:
  selector: {matchLabels: {app: a}}
  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: "a:1"}]}}
`

const goodChart = "apiVersion: v2\nname: c\nversion: 1.0.0\n"

// TestBadInput holds that each kind of bad input is said, and hides nothing else: the
// good manifest beside it is always read.
func TestBadInput(t *testing.T) {
	bomb := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'i'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	tests := []struct {
		name  string
		files map[string]string
		// reason and text are those of the one gap that is expected.
		reason, path, text string
		line               int
	}{
		{"alias bomb", map[string]string{"bomb.yaml": bomb}, "malformed", "bomb.yaml", "aliases", 1},
		{"invalid utf-8", map[string]string{"latin.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \xe9}\n"}, "malformed", "latin.yaml", "UTF-8", 3},
		{"deep nesting", map[string]string{"deep.yaml": "apiVersion: v1\nkind: ConfigMap\nx: " + strings.Repeat("[", 5000) + "\n"}, "malformed", "deep.yaml", "nests", 1},
		{"looping template", map[string]string{"c/Chart.yaml": goodChart, "c/templates/a.yaml": "{{ range $i := 9000000000000 }}{{ end }}"}, "timeout", "c/Chart.yaml", "helm c would not render: c/Chart.yaml: it was not done after 1s of processor time", 0},
		{"hungry template", map[string]string{"c/Chart.yaml": goodChart, "c/templates/a.yaml": "{{ repeat 2000000000 \"xxxxxxxx\" | len }}"}, "render-failed", "c/Chart.yaml", "memory", 0},
		{"failing template", map[string]string{"c/Chart.yaml": goodChart, "c/templates/a.yaml": "a: 1\nb: {{ fail \"no luck\" }}"}, "render-failed", "c/templates/a.yaml", "no luck", 2},
		{"broken template", map[string]string{"c/Chart.yaml": goodChart, "c/templates/a.yaml": "a: 1\nb: {{ if }}"}, "render-failed", "c/templates/a.yaml", "missing value for if", 2},
		{"broken values", map[string]string{"c/Chart.yaml": goodChart, "c/values.yaml": "a: [b\n", "c/templates/a.yaml": "a: 1"}, "render-failed", "c/Chart.yaml", "values.yaml", 0},
		{"chart without version", map[string]string{"c/Chart.yaml": "apiVersion: v2\nname: c\n", "c/templates/a.yaml": "a: 1"}, "render-failed", "c/Chart.yaml", "version", 0},
		{"too much rendered", map[string]string{"c/Chart.yaml": goodChart, "c/templates/a.yaml": "{{ range until 20001 }}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c{{ . }}}\n{{ end }}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: late}\n"}, "too-many", "c/templates/a.yaml", "20000 documents", 0},
		{"generator that merges nothing", map[string]string{"x/kustomization.yaml": "configMapGenerator: [{name: nope, behavior: merge, literals: [a=b]}]\n"}, "render-failed", "x/kustomization.yaml", "generator …", 0},
		{"missing dependency", map[string]string{"c/Chart.yaml": goodChart + "dependencies:\n  - {name: redis, version: 1.0.0, repository: 'https://example.org'}\n"}, "missing-dependency", "c/Chart.yaml", "helm dependency build", 5},
		{"archive that escapes", map[string]string{"c/Chart.yaml": goodChart, "c/charts/evil-1.0.0.tgz": tgz(t, map[string]string{"../../etc/passwd": "x"})}, "render-failed", "c/Chart.yaml", "evil-1.0.0.tgz", 0},
		{"archive that is none", map[string]string{"c/Chart.yaml": goodChart, "c/charts/evil-1.0.0.tgz": "no gzip"}, "render-failed", "c/Chart.yaml", "evil-1.0.0.tgz", 0},
		{"circle", map[string]string{"x/kustomization.yaml": "resources: [../y]\n", "y/kustomization.yaml": "resources: [../x]\n"}, "render-failed", "x/kustomization.yaml", "circle", 1},
		{"uses itself", map[string]string{"x/kustomization.yaml": "resources: [.]\n"}, "render-failed", "x/kustomization.yaml", "circle", 1},
		{"remote base", map[string]string{"x/kustomization.yaml": "resources:\n- git::https://example.org/a.git//b\n"}, "remote", "x/kustomization.yaml", "not fetched", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"good/good.yaml": fmt.Sprintf(deployment, "good")}
			for p, text := range tt.files {
				files[p] = text
			}
			facts := readFiles(t, files, Options{Worker: worker, Deadline: patience(tt.reason), Memory: 128 << 20})
			if len(facts.Workloads) != 1 || facts.Workloads[0].Object.Name != "good" {
				t.Errorf("the good manifest is lost: %+v", facts.Workloads)
			}
			if len(facts.Gaps) != 1 {
				t.Fatalf("want one gap, got %+v", facts.Gaps)
			}
			g := facts.Gaps[0]
			if g.Reason != tt.reason || g.Location.Path != tt.path || g.Location.FirstLine != tt.line || !strings.Contains(g.Message, tt.text) {
				t.Errorf("got %s %s:%d %q", g.Reason, g.Location.Path, g.Location.FirstLine, g.Message)
			}
			if !g.Touches([]scorecard.Family{scorecard.Kubernetes}) || g.Touches([]scorecard.Family{scorecard.Infrastructure}) {
				t.Errorf("hides %v", g.Hides)
			}
		})
	}
}

// patience is short for what never ends, and long for all else: the machine may be busy.
func patience(reason string) time.Duration {
	if reason == "timeout" {
		return time.Second
	}
	return 2 * time.Minute
}

func tgz(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for p, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: p, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestArchivedDependency(t *testing.T) {
	facts := readFiles(t, map[string]string{
		"c/Chart.yaml": goodChart + "dependencies:\n  - {name: dep, version: 1.x, repository: 'https://example.org'}\n",
		"c/charts/dep-1.2.0.tgz": tgz(t, map[string]string{
			"dep/Chart.yaml":       "apiVersion: v2\nname: dep\nversion: 1.2.0\n",
			"dep/templates/d.yaml": fmt.Sprintf(deployment, "dep"),
		}),
	}, Options{Worker: worker})
	if len(facts.Gaps) != 0 || len(facts.Workloads) != 1 || !facts.Charts[0].Dependencies[0].Vendored {
		t.Fatalf("%+v", facts)
	}
	if at := facts.Workloads[0].Location; at.Path != "c/charts/dep-1.2.0.tgz" || at.FirstLine != 0 {
		t.Errorf("at %+v", at)
	}
}

func TestManyDocuments(t *testing.T) {
	var b strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&b, "---\n"+deployment, fmt.Sprint("d", i))
	}
	facts := readFiles(t, map[string]string{"all.yaml": b.String()}, Options{})
	if len(facts.Workloads) != 10_000 || len(facts.Gaps) != 0 {
		t.Fatalf("%d workloads, gaps %v", len(facts.Workloads), facts.Gaps)
	}
	if last := facts.Workloads[9_999].Location; last.FirstLine != 9_999*7+2 {
		t.Errorf("the last one is at line %d", last.FirstLine)
	}
}

func TestBounds(t *testing.T) {
	fsys := fstest.MapFS{
		"big.yaml":           {Data: []byte(fmt.Sprintf(deployment, "big") + strings.Repeat("#\n", 4096))},
		"small.yaml":         {Data: []byte(fmt.Sprintf(deployment, "small"))},
		"c/Chart.yaml":       {Data: []byte(goodChart)},
		"c/templates/a.yaml": {Data: []byte(fmt.Sprintf(deployment, "big") + strings.Repeat("#\n", 4096))},
		"c/README.md":        {Data: []byte(strings.Repeat("#\n", 4096))},
	}
	tr, err := tree.Open(context.Background(), fsys, tree.Options{Limits: tree.Limits{MaxFileBytes: 4096}})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := Read(context.Background(), tr, Options{Worker: worker})
	if err != nil || len(facts.Workloads) != 1 {
		t.Fatalf("%v %+v", err, facts.Workloads)
	}
	var got []string
	for _, g := range tr.Gaps() {
		got = append(got, g.Location.Path+" "+g.Reason)
	}
	if diff := cmp.Diff([]string{"big.yaml too-large", "c/templates/a.yaml too-large"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestSameBytes holds that reading twice gives the same bytes, whatever the number of
// workers, and that a chart's random functions don't show.
func TestSameBytes(t *testing.T) {
	files := map[string]string{}
	for i := range 6 {
		files[fmt.Sprintf("c%d/Chart.yaml", i)] = goodChart
		files[fmt.Sprintf("c%d/templates/a.yaml", i)] = fmt.Sprintf(deployment, fmt.Sprintf("{{ randAlpha 5 | lower }}-{{ now | unixEpoch }}-%d-{{ uuidv4 }}", i))
		files[fmt.Sprintf("k%d/kustomization.yaml", i)] = "resources: [a.yaml, b.yaml]\n"
		files[fmt.Sprintf("k%d/a.yaml", i)] = fmt.Sprintf(deployment, fmt.Sprint("k", i))
	}
	var first []byte
	for _, o := range []Options{{Worker: worker, Workers: 1}, {Worker: worker, Workers: 4}, {}} {
		got, err := json.Marshal(readFiles(t, files, o))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(first, got) {
			t.Errorf("%+v gives other bytes:\n%s", o, cmp.Diff(string(first), string(got)))
		}
	}
}

func TestSecretsStayOut(t *testing.T) {
	facts := readFiles(t, map[string]string{"a.yaml": `apiVersion: v1
kind: Secret
metadata: {name: s, annotations: {note: hunter2}}
stringData: {password: hunter2}
data: {number: 112233}
---
apiVersion: v1
kind: Pod
metadata: {name: p, annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter2}}
spec: {containers: [{name: p, image: p, env: [{name: A, value: hunter2}, {name: B, value: 112233}]}]}
`}, Options{})
	b, err := json.Marshal(facts)
	if err != nil || bytes.Contains(b, []byte("hunter2")) || bytes.Contains(b, []byte("112233")) {
		t.Errorf("%v %s", err, b)
	}
	if len(facts.Manifests) != 1 || len(facts.Manifests[0].Problems) != 2 {
		t.Errorf("%+v", facts.Manifests)
	}
}

func TestEmptyAndCancelled(t *testing.T) {
	if f := readFiles(t, nil, Options{Worker: worker}); len(f.Workloads)+len(f.Gaps)+len(f.Manifests) != 0 {
		t.Errorf("%+v", f)
	}
	tr, err := tree.Open(context.Background(), fstest.MapFS{"a.yaml": {Data: []byte("a: 1")}}, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, tr, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := Read(context.Background(), tr, Options{KubeVersion: "newest"}); !errors.Is(err, scorecard.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

// However the version is written, the facts are the same; of one that is not known yet
// they say so.
func TestKubeVersion(t *testing.T) {
	files := map[string]string{"pdb.yaml": "apiVersion: flowcontrol.apiserver.k8s.io/v1beta1\nkind: FlowSchema\nmetadata: {name: a}\n"}
	short := readFiles(t, files, Options{KubeVersion: "1.26"})
	if short.KubeVersion != "v1.26.0" || len(short.Notes) != 0 || short.Manifests[0].Retiring[0].Replacement != "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema" {
		t.Errorf("%+v", short)
	}
	for _, same := range []string{"v1.26", "1.26.0", "v1.26.0"} {
		if d := cmp.Diff(short, readFiles(t, files, Options{KubeVersion: same})); d != "" {
			t.Errorf("%s:\n%s", same, d)
		}
	}
	if got := readFiles(t, files, Options{}).KubeVersion; got != DefaultKubeVersion || !strings.HasPrefix(got, lifecycle.Newest().String()+".") {
		t.Errorf("the default is %s, the newest known %s", got, lifecycle.Newest())
	}
	if f := readFiles(t, files, Options{KubeVersion: "1.99"}); len(f.Notes) != 1 || !strings.Contains(f.Notes[0].Message, "v1.99 is newer than v1.37") {
		t.Errorf("%+v", f.Notes)
	}
	if f := readFiles(t, nil, Options{}); f.KubeVersion != "" {
		t.Errorf("without manifests: %q", f.KubeVersion)
	}
}

func TestMisnamed(t *testing.T) {
	a := newAPI()
	for name, wrong := range map[string]bool{
		"extensions/v1beta1 PodSecurityPolicy": false, "batch/v2alpha1 CronJob": false, "policy/v1beta1 PodSecurityPolicy": false,
		"v1 DeploymentConfig": false, "v1 List": false, "v1 Deployment": true, "apps/v1 Ingress": true, "apps/v1 Deploymnet": true, "example.com/v1 Thing": false,
	} {
		apiVersion, kind, _ := strings.Cut(name, " ")
		if message := a.misnamed(apiVersion, kind); (message != "") != wrong {
			t.Errorf("%s: %q", name, message)
		}
	}
}

func TestCapabilities(t *testing.T) {
	for _, tt := range []struct {
		version, api string
		want         bool
	}{
		{"v1.37.0", "policy/v1", true}, {"v1.37.0", "policy/v1/PodDisruptionBudget", true}, {"v1.37.0", "policy/v1beta1", false},
		{"v1.20.0", "policy/v1", false}, {"v1.20.0", "policy/v1beta1/PodDisruptionBudget", true}, {"v1.37.0", "extensions/v1beta1", false},
		{"v1.18.0", "networking.k8s.io/v1/Ingress", false}, {"v1.37.0", "networking.k8s.io/v1/Ingress", true}, {"v1.37.0", "v1", true},
		{"v1.37.0", "apps/v1/Deployment", true}, {"v1.37.0", "batch/v1beta1", false}, {"v1.37.0", "apiextensions.k8s.io/v1", true},
		// Types that are gone from the program's own are still those of their time.
		{"v1.20.0", "policy/v1beta1/PodSecurityPolicy", true}, {"v1.37.0", "policy/v1beta1/PodSecurityPolicy", false},
		{"v1.21.0", "apiextensions.k8s.io/v1beta1/CustomResourceDefinition", true}, {"v1.37.0", "apiextensions.k8s.io/v1beta1", false},
		{"v1.24.0", "autoscaling/v2beta2/HorizontalPodAutoscaler", true}, {"v1.37.0", "resource.k8s.io/v1alpha3", false},
	} {
		version, _, err := lifecycle.Parse(tt.version)
		if err != nil {
			t.Fatal(err)
		}
		served := served(version)
		got := false
		for _, s := range served {
			got = got || s == tt.api
		}
		if got != tt.want {
			t.Errorf("%s serves %s: %v, want %v", tt.version, tt.api, got, tt.want)
		}
	}
}

func TestEnvironmentWords(t *testing.T) {
	for p, want := range map[string][2]bool{
		"overlays/prod": {true, false}, "values-production.yaml": {true, false}, "clusters/live/app": {true, false},
		"overlays/non-prod": {false, true}, "pre-production": {false, true}, "values-dev.yaml": {false, true}, "preprod": {false, true},
		"base": {false, false}, "products/app": {false, false}, "liveness": {false, false}, "values_prod_eu.yaml": {true, false},
	} {
		if got := [2]bool{naming(nil).isProduction("", p), isOther(p)}; got != want {
			t.Errorf("%s: %v, want %v", p, got, want)
		}
	}
}

func TestRemote(t *testing.T) {
	for ref, want := range map[string]bool{
		"https://x/y": true, "HTTPS://x/y": true, "git::ssh://x": true, "github.com/a/b": true, "git@host:a/b": true, "org-1@host/a/b": true,
		"ssh://x": true, "file:///etc": true, "github.com:a/b": true, "gh:a/b": true,
		"../base": false, "a.yaml": false, "dir/github.com/a": false, "my@name.yaml": false, "base//x": false,
	} {
		if got := isRemote(ref); got != want {
			t.Errorf("%s: %v, want %v", ref, got, want)
		}
	}
}

// Patterns say what is production in the place of the words.
func TestNamingPatterns(t *testing.T) {
	n := naming{"values-eu*.yaml", "overlays/live-*"}
	for p, want := range map[string]bool{
		"chart/values-eu.yaml": true, "values-eu-1.yaml": true, "chart/values-production.yaml": false,
		"deploy/overlays/live-1": true, "overlays/live-1/cart": false, "overlays/live": false,
	} {
		if got := n.isProduction("", p); got != want {
			t.Errorf("%s: %v, want %v", p, got, want)
		}
	}
	for _, bad := range []string{"[", "", "/"} {
		if err := (naming{bad}).check(); !errors.Is(err, scorecard.ErrInvalid) {
			t.Errorf("pattern %q: %v", bad, err)
		}
	}
}
