package render

import (
	"context"
	"maps"
	"strings"
	"testing"
)

// Charts that Helm itself would refuse are refused, with a message that names no value.
func TestChartsThatHelmRefuses(t *testing.T) {
	p := pool(t, Options{})
	const typed = `{"type": "object", "required": ["b"], "properties": {"a": {"type": "string"}, "c": {"pattern": "^x"}}}`
	for _, tt := range []struct {
		name, files string // path=text, separated by bars
		values      string
		want        string // in the message; empty where it renders
	}{
		{"values that fit", "values.schema.json=" + typed, `{"a": "1", "b": 2, "c": "x"}`, ""},
		{"values that don't", "values.schema.json=" + typed, `{"c": "hunter2hunter2"}`, "c: a (type), c (pattern), the values lacks b"},
		{"a schema from elsewhere", `values.schema.json={"$ref": "https://example.com/schema.json"}`, `{}`, ""},
		{"a schema from the disk", `values.schema.json={"$ref": "file:///etc/passwd"}`, `{}`, ""},
		{"a schema of a subchart", "charts/s/Chart.yaml=apiVersion: v2\nname: s\nversion: 1.0.0\n|charts/s/values.schema.json=" + typed, `{"s": {"a": "1"}}`, "chart s: the values lacks b"},
		{"no schema", "values.schema.json={", `{}`, "no JSON"},
		{"a version of Kubernetes", "Chart.yaml=apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: '>=1.99.0'\n", `{}`, ">=1.99.0"},
		{"the right version", "Chart.yaml=apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: '>=1.20.0-0'\n", `{}`, ""},
		{"its notes", `templates/NOTES.txt={{ fail "set a host" }}`, `{}`, "set a host"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job := helmJob("a: {{ .Values.a }}")
			job.KubeVersion, job.Values = "v1.37.0", [][]byte{[]byte(tt.values)}
			files := maps.Clone(job.Files)
			for _, f := range strings.Split(tt.files, "|") {
				name, text, _ := strings.Cut(f, "=")
				files[name] = []byte(text)
			}
			job.Files = files
			res, err := p.Render(context.Background(), job)
			if err != nil {
				t.Fatal(err)
			}
			switch f := res.Failure; {
			case tt.want == "" && (f != nil || len(res.Documents) != 1):
				t.Errorf("got %+v, %q", f, res.Documents)
			case tt.want != "" && (f == nil || !strings.Contains(f.Message, tt.want) || strings.Contains(f.Message, "hunter2")):
				t.Errorf("got %+v, want %q", f, tt.want)
			}
		})
	}
}
