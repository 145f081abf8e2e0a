// Package seaworthy_test holds what is true of the project as a whole: which package
// may know which, and what the example shop is judged to be.
package seaworthy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/seaworthy-dev/seaworthy"

// arrows say which of the module's packages each package may import, by folder; the
// longest folder that fits decides. A folder that is not here may not be.
var arrows = map[string][]string{
	"scorecard":          {},
	"checks":             {"scorecard", "lazyregexp"},
	"reader":             {"scorecard", "reader", "lazyregexp"},
	"source":             {"scorecard", "reader", "lazyregexp"},
	"scan":               {"scorecard"},
	"report":             {"scorecard"},
	"ent":                {"ent"},
	"store":              {"scorecard", "ent", "store/migrate", "lazyregexp"},
	"store/migrate/plan": {"ent/migrate", "store/migrate", "store/pgtest"}, // a program for developers
	"store/pgtest":       {},
	"server":             {"scorecard", "gen"},
	"gen":                {"gen"},
	"proto":              {},
	"lazyregexp":         {},
	"eval":               {"eval"}, // it measures the built program from outside
	// The program ties all together, and knows neither the database's shape nor the contract's.
	"cmd": {"scorecard", "checks", "reader", "source", "scan", "report", "store", "server", "lazyregexp", "cmd/seaworthy/early"},
}

// doors say through which packages alone something from outside of the module comes
// in; the longest prefix decides.
var doors = map[string][]string{
	"entgo.io/ent":                        {"ent", "store"},
	"ariga.io/atlas":                      {"ent", "store"},
	"modernc.org/sqlite":                  {"store"},
	"github.com/jackc/pgx":                {"store"},
	"google.golang.org/grpc":              {"server", "gen"},
	"github.com/grpc-ecosystem":           {"server", "gen"},
	"google.golang.org/protobuf":          {"server", "gen", "proto"},
	"github.com/prometheus/client_golang": {"server"},
	"github.com/go-git":                   {"source/directory"},
	"k8s.io/client-go":                    {"source/kubernetes"},
	"k8s.io/client-go/kubernetes/scheme":  {"reader/kube"}, // the built-in types; it talks to nobody
	"k8s.io/api":                          {"reader/kube"},
	"helm.sh":                             {"reader/kube/render"},
	"sigs.k8s.io/kustomize":               {"reader/kube"},
	"github.com/google/go-github":         {"source/github"},
	"github.com/hashicorp/hcl/v2":         {"reader/terraform", "reader/infra", "reader/alert", "reader/dashboard"},
	"github.com/moby/buildkit":            {"reader/dotenv", "reader/image"},
	"github.com/pelletier/go-toml":        {"reader/deps", "reader/leak"},
	"golang.org/x/mod":                    {"reader/deps", "reader/history"},
	"github.com/prometheus/prometheus":    {"reader/promql"},
	"github.com/prometheus/alertmanager":  {"reader/alert"},
	"github.com/VictoriaMetrics":          {"reader/promql"},
	"github.com/yuin/goldmark":            {"reader/docs"},
	"mvdan.cc/sh":                         {"reader/pipeline"},
	"github.com/hmarr/codeowners":         {"reader/owners", "scan"},
	"github.com/spf13":                    {"cmd"},
	"github.com/knadh/koanf":              {"cmd"},
	"net/http":                            {"server", "gen", "reader/kube/render"}, // the last switches it off
	"os/exec":                             {"reader/kube/render", "store/pgtest", "reader/kube/lifecycle/generate", "eval"},
	"plugin":                              {},
	"gopkg.in/yaml.v3":                    {}, // no longer maintained: go.yaml.in/yaml/v3
	"github.com/golang/protobuf":          {},
}

// notOurs are folders without packages of this module.
var notOurs = []string{".git", "bin", "third_party", "example", "docs", "testdata", ".seaworthy", "node_modules", "kubescore", ".checkouts"}

// goFile is one Go file that is not a test.
type goFile struct {
	path, folder string
	generated    bool
	ast          *ast.File
}

func goFiles(t *testing.T) (files []goFile) {
	t.Helper()
	fset := token.NewFileSet()
	err := fs.WalkDir(os.DirFS("."), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(notOurs, d.Name()):
			return fs.SkipDir
		case d.IsDir() || path.Ext(p) != ".go" || strings.HasSuffix(p, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(fset, filepath.FromSlash(p), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, goFile{p, path.Dir(p), ast.IsGenerated(f), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d files were found: is this run in the project's top folder?", len(files))
	}
	return files
}

// TestArrows holds who may import whom. What is not in the tables is forbidden.
func TestArrows(t *testing.T) {
	for _, f := range goFiles(t) {
		allowed, known := longest(arrows, f.folder)
		if !known {
			t.Errorf("%s: its folder is not in the table of this test", f.path)
			continue
		}
		for _, imp := range f.ast.Imports {
			name := strings.Trim(imp.Path.Value, `"`)
			if own, ok := strings.CutPrefix(name, module+"/"); ok {
				if !slices.ContainsFunc(allowed, func(a string) bool { return within(own, a) }) {
					t.Errorf("%s imports %s; its folder may import %q", f.path, own, allowed)
				}
				continue
			}
			if through, guarded := longest(doors, name); guarded && !slices.ContainsFunc(through, func(a string) bool { return within(f.folder, a) }) {
				t.Errorf("%s imports %s, which comes in through %q alone", f.path, name, through)
			}
		}
	}
}

// TestHabits holds what is easily forgotten: a comment for each package, nothing that
// runs before main (no init function, and no pattern compiled), and no way out of the
// process but main's.
func TestHabits(t *testing.T) {
	commented := map[string]bool{}
	for _, f := range goFiles(t) {
		if doc := f.ast.Doc.Text(); doc != "" {
			commented[f.folder] = true
			if want := "Package " + f.ast.Name.Name + " "; f.ast.Name.Name != "main" && !f.generated && !strings.HasPrefix(doc, want) {
				t.Errorf("%s: the package's comment does not start with %q", f.path, want)
			}
		} else if !commented[f.folder] {
			commented[f.folder] = false
		}
		if f.generated {
			continue
		}
		for _, d := range f.ast.Decls {
			if v, ok := d.(*ast.GenDecl); ok && v.Tok == token.VAR && inProgram(f.folder) && mentions(v, "regexp", "MustCompile") {
				t.Errorf("%s compiles a pattern before main, at every start; lazyregexp.New does when it is needed", f.path)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					t.Errorf("%s has an init function", f.path)
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "os" && n.Sel.Name == "Exit" && f.ast.Name.Name != "main" {
					t.Errorf("%s calls os.Exit", f.path)
				}
			}
			return true
		})
	}
	for folder, ok := range commented {
		if !ok && !within(folder, "gen") && !within(folder, "ent") {
			t.Errorf("%s: no file has a comment on the package", folder)
		}
	}
}

// inProgram reports whether a folder is a part of the program, not one of the tools that
// generate something or measure.
func inProgram(folder string) bool { return !within(folder, "eval") && path.Base(folder) != "generate" }

// mentions reports whether something of a package is named in a piece of code.
func mentions(code ast.Node, pkg, name string) (found bool) {
	ast.Inspect(code, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
			x, ok := s.X.(*ast.Ident)
			found = found || ok && x.Name == pkg
		}
		return true
	})
	return found
}

// longest finds the entry of the longest path that name is, or is below of.
func longest(table map[string][]string, name string) (found []string, ok bool) {
	best := -1
	for k, v := range table {
		if within(name, k) && len(k) > best {
			best, found, ok = len(k), v, true
		}
	}
	return found, ok
}

// within reports whether a path is the folder or below it.
func within(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }
