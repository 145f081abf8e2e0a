package scaffold

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

const software = `apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: go}
spec:
  steps:
    - {id: a, action: fetch:template, input: {url: ./code}}
    - {id: b, action: fetch:template, input: {url: ../../shared/}}
    - {id: c, action: fetch:plain, input: {url: ../../apps/shop}}
    - {id: d, action: fetch:template, input: {url: ../../../elsewhere}}
    - {id: e, action: fetch:template, input: {url: "https://example.com/x"}}
`

// Of each repository, the files that speak; those whose path starts with "real" or
// "apps" are no scaffold, all others are.
func TestSilence(t *testing.T) {
	object := func(name string) string {
		return "apiVersion: v1\nkind: Service\nmetadata:\n  name: " + name + "\n"
	}
	for name, files := range map[string]map[string]string{
		"a Backstage template": {"real/go/template.yaml": software, "real/go/README.md": "x",
			"apps/shop/k8s.yaml": object("shop")},
		"a folder whose name is to be filled in": {"{{cookiecutter.name}}/k8s.yaml": object("x"), "%%NAME%%/x.yaml": object("x"), "__app_name__/x.yaml": object("x"),
			"real/__init__/x.py": "", "real/__snapshots__/x.yaml": object("x")},
		"a file whose name is": {"${{ values.id }}-job.yaml": object("x"), "real.yaml": object("x")},
		"names that a generator fills in": {"app/base/d.yaml": object("${{ values.name }}"), "app/base/s.yaml": object("x"), "b/d.yaml": object("'{{ cookiecutter.name }}'"),
			"real/d.yaml": object("${NAME}"), "real/e.yaml": object("__NAME__"), "real/f.yaml": object("%%NAME%%"), "real/g.yaml": object("{{ .Values.name }}")},
		"a pipeline's placeholders in a workflow": {"real/.github/workflows/ci.yaml": "jobs:\n  a:\n    steps:\n    - name: ${{ inputs.name }}\n"},
		"a chart without a name":                  {"chart/Chart.yaml": "name: %%NAME%%\n", "chart/values.yaml": "", "real/Chart.yaml": "name: real\n", "real/templates/d.yaml": object("{{ .Release.Name }}")},
		"a chart that a generator fills in":       {"c/Chart.yaml": "name: '{{cookiecutter.name}}'\n", "c/templates/x.yaml": "x"},
		"a starter of Helm":                       {"starters-of-us/Chart.yaml": "name: x\n", "starters-of-us/templates/d.yaml": "name: {{ include \"<CHARTNAME>.fullname\" . }}\n"},
		"a folder that is called a skeleton": {"skeleton/k8s/d.yaml": object("__NAME__"), "skeleton/README.md": "x", "real/d.yaml": object("x"),
			"real/skeleton/d.yaml": object("x")},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for p, text := range files {
				fsys[p] = &fstest.MapFile{Data: []byte(text)}
			}
			if name == "a Backstage template" {
				for _, p := range []string{"real/go/code/d.yaml", "real/go/skeleton/d.yaml", "shared/d.yaml"} {
					fsys[p] = &fstest.MapFile{Data: []byte("x")}
				}
			}
			tr, err := tree.Open(context.Background(), fsys, tree.Options{})
			if err != nil {
				t.Fatal(err)
			}
			notes := Silence(context.Background(), tr)
			var speak, want []string
			for _, f := range tr.Files() {
				speak = append(speak, f.Path)
			}
			for p := range files {
				if strings.HasPrefix(p, "real") || strings.HasPrefix(p, "apps") {
					want = append(want, p)
				}
			}
			slices.Sort(want)
			if !slices.Equal(speak, want) {
				t.Errorf("these speak: %v, want %v", speak, want)
			}
			if (len(notes) > 0) != (len(fsys) > len(want)) {
				t.Errorf("notes: %v", notes)
			}
		})
	}
}
