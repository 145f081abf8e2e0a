package render

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
)

const (
	base = `-- base/kustomization.yaml --
{"resources": ["app.yaml", "flow.json"], "configMapGenerator": [{"name": "settings", "literals": ["a=1"]}], "secretGenerator": [{"name": "kept", "literals": ["a=1"], "options": {"annotations": {"x": "y"}}}]}
-- base/app.yaml --
# The application.
apiVersion: apps/v1
kind: Deployment
metadata:

  # its name
  name: app
  labels: {app: app}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata:
      labels: {app: app}
      annotations: {metadata: "annotations:"}
    spec:
      containers: [{name: app, image: registry/app, envFrom: [{configMapRef: {name: settings}}]}]
---
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    b: "2"
    a: "1"
  name: app
spec: {ports: [{port: 80}]}
---
kind: List
apiVersion: v1
items:
- metadata:
    name: one
  kind: ConfigMap
  apiVersion: v1
- apiVersion: v1
  metadata: {name: two, annotations: {}}
  kind: ConfigMap
-- base/flow.json --
{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "app", "annotations": {"c": "ü"}}} 
`
	top = `-- top/kustomization.yaml --
{"buildMetadata": ["originAnnotations"], "resources": ["../base", "own.yaml"], "namePrefix": "p-", "namespace": "shop", "images": [{"name": "registry/app", "newTag": "2"}], "commonAnnotations": {"d": "4"},
"patches": [{"path": "patch.yaml"}, {"target": {"kind": "Service"}, "patch": "[{\"op\": \"remove\", \"path\": \"/metadata/annotations/a\"}]"}],
"configMapGenerator": [{"name": "settings", "behavior": "BEHAVIOR", "literals": ["b=2"]}, {"name": "more", "literals": ["c=3"]}]}
-- top/patch.yaml --
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec: {replicas: 3}
-- top/own.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {"name": "own"}
`
)

func kustomizeJob(text string) Job {
	job := Job{Tool: Kustomize, Root: "top", Files: map[string][]byte{}}
	for _, f := range txtar.Parse([]byte(text)).Files {
		job.Files[f.Name] = f.Data
	}
	return job
}

// TestMark holds that a build with marks gives what Kustomize's own annotations do, and
// that it is used where it may be.
func TestMark(t *testing.T) {
	with := func(old, new string) string {
		text := base + strings.Replace(top, "BEHAVIOR", "merge", 1)
		if !strings.Contains(text, old) {
			t.Fatalf("%s is not there", old)
		}
		return strings.Replace(text, old, new, 1)
	}
	for _, c := range []struct {
		name, text string
		used       bool
	}{
		{"as it is", with("", ""), true},
		{"replaced", with(`"behavior": "merge"`, `"behavior": "replace"`), true},
		{"lines end in CRLF", strings.ReplaceAll(with("", ""), "\n", "\r\n"), true},
		{"all annotations removed", with("/metadata/annotations/a", "/metadata/annotations"), true},
		{"an anchor", with(`labels: {app: app}`, "labels: &l {app: app}"), false},
		{"a mapping behind a question mark", with("  name: app\nspec: {ports", "  ? name\n  : app\nspec: {ports"), true},
		{"metadata on the line of its key", with("metadata: {\"name\": \"own\"}", "metadata:\n  ? name\n  : own"), false},
		{"annotations of null", with("annotations: {}", "annotations: null"), false},
		{"a resource is a patch too", with(`{"path": "patch.yaml"}`, `{"path": "own.yaml"}`), false},
		{"a resource is data too", with(`"literals": ["c=3"]`, `"files": ["x=own.yaml"]`), false},
		{"a transformer", with(`"namespace": "shop",`, `"namespace": "shop", "transformers": ["own.yaml"],`), false},
		{"not asked for", with(`"buildMetadata": ["originAnnotations"],`, ""), false},
	} {
		job := kustomizeJob(strings.ReplaceAll(c.text, "\r\n\r\n", "\r\n"))
		_, ok := marked(job)
		if ok != c.used {
			t.Errorf("%s: marked is %v, not %v", c.name, ok, c.used)
		}
		if !ok {
			continue
		}
		want, got := build(job), runKustomize(job)
		if want.Failure != nil || got.Failure != nil {
			t.Errorf("%s: %v and %v", c.name, want.Failure, got.Failure)
		}
		if diff := cmp.Diff(allOf(want), allOf(got)); diff != "" {
			t.Errorf("%s (-Kustomize's own +marked):\n%s", c.name, diff)
		}
		if all := strings.Join(allOf(got), ""); strings.Contains(all, mark) || len(got.Documents) != 9 {
			t.Errorf("%s: %d documents:\n%s", c.name, len(got.Documents), all)
		}
	}
}

func allOf(r Result) (all []string) {
	for _, d := range r.Documents {
		all = append(all, d.Path+"\n"+string(d.Text))
	}
	return all
}

// TestMarkFails holds that a failure tells lines as they are written.
func TestMarkFails(t *testing.T) {
	job := kustomizeJob(base + strings.Replace(top, "BEHAVIOR", "create", 1))
	if diff := cmp.Diff(build(job), runKustomize(job)); diff != "" || build(job).Failure == nil {
		t.Error(diff)
	}
}

// FuzzMark holds that nothing but the annotation is added to a file.
func FuzzMark(f *testing.F) {
	for _, file := range txtar.Parse([]byte(base + top)).Files {
		f.Add(string(file.Data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, ok := markObjects([]byte(text), "a/ü \"b\".yaml")
		if !ok {
			return
		}
		before, after := decoded(t, text), decoded(t, string(out))
		if len(before) != len(after) {
			t.Fatalf("%d documents became %d:\n%s", len(before), len(after), out)
		}
		for i := range after {
			unmark(t, &after[i], &before[i])
			a, err := yaml.Marshal(&before[i])
			b, err2 := yaml.Marshal(&after[i])
			if err != nil || err2 != nil || string(a) != string(b) {
				t.Fatalf("%v %v\n%s", err, err2, cmp.Diff(string(a), string(b)))
			}
		}
	})
}

func decoded(t *testing.T, text string) (all []yaml.Node) {
	for d := yaml.NewDecoder(strings.NewReader(text)); ; {
		var n yaml.Node
		if err := d.Decode(&n); err != nil {
			if err.Error() != "EOF" {
				t.Fatalf("%v:\n%s", err, text)
			}
			return all
		}
		plain(&n)
		all = append(all, n)
	}
}

// plain takes out comments and styles, which say nothing.
func plain(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment, n.Style = "", "", "", 0
	for _, c := range n.Content {
		plain(c)
	}
}

// unmark takes the first mark out of each object, and the annotations that were not there before.
func unmark(t *testing.T, n, before *yaml.Node) {
	if n.Kind == yaml.DocumentNode {
		n, before = n.Content[0], before.Content[0]
	}
	if n.Tag == "!!null" {
		return
	}
	if kind := field(n, "kind"); kind != nil && strings.HasSuffix(kind.Value, "List") && field(n, "items") != nil && field(before, "items") != nil {
		for i, item := range field(n, "items").Content {
			unmarkOne(t, item, field(before, "items").Content[i])
		}
		return
	}
	unmarkOne(t, n, before)
}

func unmarkOne(t *testing.T, n, before *yaml.Node) {
	metadata := field(n, "metadata")
	annotations := field(metadata, "annotations")
	want, _ := json.Marshal("a/ü \"b\".yaml")
	var value string
	if annotations == nil || len(annotations.Content) < 2 || annotations.Content[0].Value != mark || json.Unmarshal(want, &value) != nil || annotations.Content[1].Value != value {
		t.Fatal("there is no mark")
	}
	annotations.Content = annotations.Content[2:]
	if field(field(before, "metadata"), "annotations") == nil {
		metadata.Content = metadata.Content[2:]
	}
}
