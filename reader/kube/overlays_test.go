package kube

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// overlaid is a base with one Deployment, and overlays of it by folder.
func overlaid(overlays map[string]string) map[string]string {
	files := map[string]string{
		"base/kustomization.yaml": "resources: [web.yaml]\n",
		"base/web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:1"}]}}
`,
	}
	for folder, text := range overlays {
		up := strings.Repeat("../", strings.Count(folder, "/")+1)
		files[folder+"/kustomization.yaml"] = "resources: [" + up + "base]\n" + text
	}
	return files
}

// What overlays make of one base under names of their own: applications by their
// labels, subjects where several are deployed, else forms of one.
func TestOverlaysOfOneBase(t *testing.T) {
	application := func(name, source string) string {
		return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name + "}\nspec: {source: {repoURL: x, path: " + source + "}, destination: {namespace: " + name + "}}\n"
	}
	for _, c := range []struct {
		name     string
		overlays map[string]string
		more     map[string]string
		want     string // workloads that are judged, then those of other forms
	}{
		{"labels that differ make two applications", map[string]string{
			"a": "namePrefix: a-\ncommonLabels: {app: a}\n", "b": "namePrefix: b-\ncommonLabels: {app: b}\n"}, nil, "a-web b-web |"},
		{"in namespaces of their own too", map[string]string{
			"a": "namespace: a\nnameSuffix: -a\nlabels: [{pairs: {app: a}, includeSelectors: true}]\n",
			"b": "namespace: b\nnameSuffix: -b\nlabels: [{pairs: {app: b}, includeSelectors: true}]\n"}, nil, "a/web-a b/web-b |"},
		{"a label that names no application makes none", map[string]string{
			"a": "namePrefix: a-\ncommonLabels: {team: a}\n", "b": "namePrefix: b-\ncommonLabels: {team: b}\n"}, nil, "a-web | b-web"},
		{"a prefix alone makes another form", map[string]string{"a": "namePrefix: a-\n", "b": "namePrefix: b-\n"}, nil, "a-web | b-web"},
		{"all that is production is judged", map[string]string{
			"prod/eu": "namePrefix: eu-\n", "prod/us": "namePrefix: us-\n"}, nil, "eu-web us-web |"},
		{"in namespaces of their own as well", map[string]string{
			"prod/eu": "namespace: eu\n", "prod/us": "namespace: us\n"}, nil, "eu/web us/web |"},
		{"an application of another environment is a form whatever its labels", map[string]string{
			"prod": "namePrefix: prod-\n", "staging": "namePrefix: staging-\ncommonLabels: {app: web-staging}\n"}, nil, "prod-web | staging-web"},
		{"another application beside production is its own", map[string]string{
			"prod": "namePrefix: prod-\n", "admin": "namePrefix: admin-\ncommonLabels: {app: admin}\n"}, nil, "admin-web prod-web |"},
		{"all that a tool deploys is judged", map[string]string{"tenants/a": "namePrefix: a-\n", "tenants/b": "namePrefix: b-\n"},
			map[string]string{"argo/a.yaml": application("a", "tenants/a"), "argo/b.yaml": application("b", "tenants/b")}, "a/a-web b/b-web |"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := overlaid(c.overlays)
			maps.Copy(files, c.more)
			f := readFiles(t, files, Options{Worker: worker})
			got := strings.Join(workloadNames(f), " ") + " |"
			for _, form := range f.Forms {
				got += " " + strings.Join(workloadNames(form.Facts), " ")
			}
			if got != c.want {
				t.Errorf("judged | other forms: %q, want %q", got, c.want)
			}
		})
	}
}

func workloadNames(f scorecard.Facts) (out []string) {
	for i := range f.Workloads {
		name := f.Workloads[i].Object.Name
		if ns := f.Workloads[i].Object.Namespace; ns != "" {
			name = ns + "/" + name
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// What a kustomization makes has a line that can be opened: the source's, the
// generator's, and where two sources have names that it lengthens, the longer one's.
func TestBuiltObjectsHaveLines(t *testing.T) {
	f := readFiles(t, map[string]string{
		"kustomization.yaml": "namePrefix: eu-\nresources: [web.yaml]\nconfigMapGenerator:\n  - name: a\n    literals: [x=y]\nsecretGenerator:\n  - name: a\n    literals: [x=y]\n  - name: a-b\n    literals: [x=y]\n",
		"web.yaml":           "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-api}\n",
	}, Options{Worker: worker})
	got := map[string]int{}
	each(&f, func(at scorecard.Location) {
		name := at.Object.Kind + " " + at.Object.Name
		if i := strings.LastIndex(name, "-"); at.Object.Kind != "Deployment" {
			name = name[:i] // without the hash
		}
		got[name] = at.FirstLine
	})
	want := map[string]int{"Deployment eu-web": 1, "Deployment eu-web-api": 5, "ConfigMap eu-a": 4, "Secret eu-a": 7, "Secret eu-a-b": 9}
	if !maps.Equal(got, want) {
		t.Errorf("lines are %v, want %v", got, want)
	}
}

// Options of deployment tools that change what a kustomization builds to, and are not
// followed, are said.
func TestOptionsThatAreNotApplied(t *testing.T) {
	files := overlaid(map[string]string{"a": "", "b": "", "c": ""})
	files["argo.yaml"] = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: one}
spec: {source: {repoURL: x, path: a, kustomize: {namePrefix: x-, images: ["web=web:2"], version: v5}}, destination: {namespace: a}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: two}
spec: {path: ./b, patches: [{patch: x}], postBuild: {substitute: {A: b}}, prune: true}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: three}
spec: {path: ./c, patches: [], images: []}
`
	var got []string
	for _, n := range readFiles(t, files, Options{Worker: worker}).Notes {
		if strings.Contains(n.Message, "not applied") {
			got = append(got, n.Message)
		}
	}
	slices.Sort(got)
	want := []string{
		"the Argo CD Application one changes what it deploys by namePrefix, images, which was not applied here",
		"the Flux Kustomization two changes what it deploys by patches, which was not applied here",
		"the Flux Kustomization two changes what it deploys by substitute, which was not applied here",
	}
	if !slices.Equal(got, want) {
		t.Errorf("notes %q, want %q", got, want)
	}
}
