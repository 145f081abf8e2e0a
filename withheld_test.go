package seaworthy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/report"
	"github.com/seaworthy-dev/seaworthy/scan"
	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/source/directory"
)

// password stands in every text of the example's files, as user and in a query.
const password = "hunter2secret"

// TestCredentialsAreWithheld holds that a password in a URL is nowhere in what is shown
// and kept, whichever field of a file somebody wrote it into.
func TestCredentialsAreWithheld(t *testing.T) {
	keep := []string{"apiVersion", "kind", "name", "resources", "app", "service", "namespace"} // without these little is read
	for name, poisoned := range map[string]func(key string) bool{
		"all but names": func(key string) bool { return !slices.Contains(keep, key) },
		"names":         func(key string) bool { return key == "name" || key == "app" || key == "service" || key == "namespace" },
		"references": func(key string) bool {
			return strings.HasSuffix(key, "Ref") || key == "resources" || key == "target" || key == "port"
		},
		"the catalog's": func(key string) bool {
			return slices.Contains([]string{"owner", "system", "lifecycle", "tier", "title", "url", "dependsOn", "backstage.io/techdocs-ref"}, key)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for where, text := range shownAndKept(t, poisonedExample(t, poisoned)) {
				if i := strings.Index(text, password); i >= 0 {
					t.Errorf("%s has it: %s", where, text[max(0, i-120):i+len(password)])
				}
			}
		})
	}
}

// poisonedExample is a copy of the example with a URL in the texts at some keys.
func poisonedExample(t *testing.T, poisoned func(key string) bool) string {
	t.Helper()
	root := t.TempDir()
	err := filepath.WalkDir("example", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if ext := path.Ext(p); ext == ".yaml" || ext == ".yml" {
			b = poisonYAML(b, poisoned)
		}
		to := filepath.Join(root, strings.TrimPrefix(p, "example"))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// poisonYAML gives text that is no YAML as it is.
func poisonYAML(b []byte, poisoned func(key string) bool) []byte {
	var out bytes.Buffer
	from, to := yaml.NewDecoder(bytes.NewReader(b)), yaml.NewEncoder(&out)
	for {
		var n yaml.Node
		if err := from.Decode(&n); err != nil {
			if out.Len() == 0 {
				return b
			}
			return out.Bytes()
		}
		poisonNode(&n, "", poisoned)
		if err := to.Encode(&n); err != nil {
			return b
		}
	}
}

func poisonNode(n *yaml.Node, key string, poisoned func(string) bool) {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" && poisoned(key) {
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "https://user:" + password + "@host/?token=" + password}
		return
	}
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode {
			poisonNode(c, key, poisoned)
		} else if i%2 == 1 {
			poisonNode(c, n.Content[i-1].Value, poisoned)
		}
	}
}

// shownAndKept scans the folder and gives all that a scan puts out.
func shownAndKept(t *testing.T, root string) map[string]string {
	t.Helper()
	source, err := directory.New(directory.Options{ID: "shop", Path: root})
	if err != nil {
		t.Fatal(err)
	}
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var recs []scorecard.Record
	_, _, err = scan.Judge(t.Context(), scan.Request{Source: source, Rubric: rubric, Each: func(_ scorecard.Revision, j scorecard.Judged) {
		b, err := j.Inventory.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		out["the inventory of "+j.Inventory.Service.ID] = string(b)
		recs = append(recs, scorecard.Record{Scorecard: j.Scorecard})
		if b, err = json.Marshal(j.Scorecard); err != nil {
			t.Fatal(err)
		}
		out["the JSON of "+j.Inventory.Service.ID] = string(b)
	}})
	if err != nil || len(recs) == 0 {
		t.Fatalf("%d services, %v", len(recs), err)
	}
	o := report.Options{Width: 100, Verbose: true, Checks: rubric.All()}
	for format, write := range map[string]func(io.Writer, []scorecard.Record, report.Options) error{"terminal": report.Terminal, "markdown": report.Markdown, "sarif": report.SARIF} {
		var b strings.Builder
		if err := write(&b, recs, o); err != nil {
			t.Fatal(err)
		}
		out[format] = b.String()
	}
	return out
}
