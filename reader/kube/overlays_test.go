package kube

import (
	"fmt"
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

// What a deployment tool changes of a kustomization is applied; what can't be is a gap
// that alters what was read.
func TestWhatReleasesChange(t *testing.T) {
	argo := func(options string) string {
		return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: one}\nspec: {source: {repoURL: x, path: a, kustomize: " + options + "}, destination: {namespace: n}}\n"
	}
	flux := func(options string) string {
		return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: one}\nspec: {path: ./a, targetNamespace: n, " + options + "}\n"
	}
	patch := `[{target: {kind: Deployment}, patch: "- {op: replace, path: /spec/replicas, value: 4}"}]`
	for _, c := range []struct {
		name, text string
		want       string // workload, replicas and image
		gap        string // in the message; empty where all was applied
	}{
		{"nothing", argo("{version: v5}"), "n/web 3 web:1", ""},
		{"a prefix and an image", argo(`{namePrefix: x-, images: ["web=r.io/x:5000/web:2"]}`), "n/x-web 3 r.io/x:5000/web:2", ""},
		{"a tag over the kustomization's own", argo(`{images: ["web:3"]}`), "n/web 3 web:3", ""},
		{"a digest", argo(`{images: ["web@sha256:0123456789012345678901234567890123456789012345678901234567890123"]}`), "n/web 3 web@sha256:0123456789012345678901234567890123456789012345678901234567890123", ""},
		{"replicas over its own", argo(`{replicas: [{name: web, count: "2"}]}`), "n/web 2 web:1", ""},
		{"replicas by a placeholder", argo(`{replicas: [{name: web, count: "{{x}}"}]}`), "n/web 3 web:1", "replicas"},
		{"a namespace of its own", argo(`{namespace: other, nameSuffix: -x}`), "other/web-x 3 web:1", ""},
		{"a patch", argo(`{patches: ` + patch + `}`), "n/web 4 web:1", ""},
		{"a patch in a file", argo(`{patches: [{path: p.yaml}]}`), "n/web 5 web:1", ""},
		{"a patch that is not here", argo(`{patches: [{path: q.yaml}]}`), "n/web 3 web:1", "the patch q.yaml"},
		{"a component", argo(`{components: [../component]}`), "n/web 6 web:1", ""},
		{"a component that is not here", argo(`{components: [../none]}`), "n/web 3 web:1", "the component ../none"},
		{"patches of Flux", flux(`patches: ` + patch + `, images: [{name: web, newTag: "7"}]`), "n/web 4 web:7", ""},
		{"patches of an older Flux", flux(`patchesStrategicMerge: [{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 8}}]`), "n/web 8 web:1", ""},
		{"nothing by Flux", flux(`patches: [], images: []`), "n/web 3 web:1", ""},
		{"variables that nothing asks for", flux(`postBuild: {substitute: {A: b}, substituteFrom: [{kind: Secret, name: s}]}`), "n/web 3 web:1", ""},
		{"metadata", flux(`commonMetadata: {annotations: {a: b}}`), "n/web 3 web:1", "annotations"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := overlaid(map[string]string{"a": "replicas: [{name: web, count: 3}]\nimages: [{name: web, newTag: \"1\"}]\n"})
			files["a/p.yaml"] = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 5}\n"
			if strings.Contains(c.text, "component") || strings.Contains(c.text, "p.yaml") { // fields of the file come after its patches
				files["a/kustomization.yaml"] = "resources: [../base]\nimages: [{name: web, newTag: \"1\"}]\n"
				if c.gap != "" {
					files["a/kustomization.yaml"] += "replicas: [{name: web, count: 3}]\n"
				}
			} else if strings.Contains(c.text, "atch") {
				files["a/kustomization.yaml"] = "resources: [../base]\npatches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3}}'}]\n"
			}
			files["component/kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplicas: [{name: web, count: 6}]\n"
			files["app.yaml"] = c.text
			f := readFiles(t, files, Options{Worker: worker})
			var got []string
			for i := range f.Workloads {
				w := &f.Workloads[i]
				got = append(got, fmt.Sprintf("%s/%s %d %s", w.Object.Namespace, w.Object.Name, *w.Replicas, w.Containers[0].Image))
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("got %s, want %s", s, c.want)
			}
			switch {
			case c.gap == "" && len(f.Gaps) > 0:
				t.Errorf("gaps %+v", f.Gaps)
			case c.gap != "" && (len(f.Gaps) != 1 || !strings.Contains(f.Gaps[0].Message, c.gap) || !slices.Contains(f.Gaps[0].Alters, "base")):
				t.Errorf("gaps %+v, want one of %q", f.Gaps, c.gap)
			}
		})
	}
}

// Variables that Flux fills in after it built.
func TestSubstitutedVariables(t *testing.T) {
	for _, c := range []struct {
		name, build, want string
		open              bool
	}{
		{"given", "{substitute: {N: \"2\"}}", "2", false},
		{"from elsewhere", "{substituteFrom: [{kind: ConfigMap, name: c}]}", "", true},
	} {
		files := overlaid(map[string]string{"a": ""})
		files["base/web.yaml"] = strings.Replace(files["base/web.yaml"], "spec:\n", "spec:\n  replicas: ${N}\n", 1)
		files["app.yaml"] = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: one}\nspec: {path: ./a, postBuild: " + c.build + "}\n"
		f := readFiles(t, files, Options{Worker: worker})
		got := ""
		if w := &f.Workloads[0]; w.Replicas != nil {
			got = fmt.Sprint(*w.Replicas)
		}
		if got != c.want || c.open != (len(f.Gaps) == 1 && len(f.Gaps[0].Alters) > 0) {
			t.Errorf("%s: %q, gaps %+v", c.name, got, f.Gaps)
		}
	}
}
