package pipeline

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var (
	// terratest is the library whose only use is to test infrastructure.
	terratest = lazyregexp.New(`"github\.com/gruntwork-io/terratest/`)
	// helmLibrary are the libraries by which Go renders charts; a program that installs
	// charts uses them too.
	helmLibrary = lazyregexp.New(`"(?:github\.com/slok/go-helm-template/|helm\.sh/helm/v\d+/|k8s\.io/helm/)|"helm",\s*(?:"[^"\n]*",\s*)*"(?:template|lint)"`)
	// besideIt are the ways from a test to what it looks at.
	besideIt = lazyregexp.New(`"(\.\.?(?:/[^"\n]*)?)"`)
	// rendersModule are the modules that a go.mod asks for where such tests are likely.
	rendersModule = lazyregexp.New(`gruntwork-io/terratest|slok/go-helm-template|helm\.sh/helm/v\d|k8s\.io/helm`)
	// infraTestName is what tests of infrastructure that call programs are called.
	infraTestName = lazyregexp.New(`(?i)helm|chart|terraform|manifest`)
)

// infraTest is a Go test file that tests infrastructure as code, and its module's folder.
type infraTest struct{ path, module string }

// infraTests finds the Go tests that render a chart of the repository, or test with Terratest.
// Files are only opened where the module asks for a library that does, or by their names.
func (r *reader) infraTests() []infraTest {
	if r.testsFound {
		return r.tests
	}
	r.testsFound = true
	asks := map[string]bool{}
	for _, f := range r.t.All() {
		if r.ctx.Err() != nil || len(r.tests) >= 200 {
			break
		}
		if !strings.HasSuffix(f.Path, "_test.go") || f.Class == tree.Vendored {
			continue
		}
		module, found := r.goModule(f.Folder())
		if !found {
			continue
		}
		if _, known := asks[module]; !known {
			data, _ := r.t.Read(path.Join(module, "go.mod"))
			asks[module] = rendersModule.Match(data)
		}
		if !asks[module] && !infraTestName.MatchString(f.Path) {
			continue
		}
		if data, ok := r.t.Read(f.Path); ok && (terratest.Match(data) || helmLibrary.Match(data) && r.besideChart(f.Folder(), string(data))) {
			r.tests = append(r.tests, infraTest{f.Path, module})
		}
	}
	return r.tests
}

// goModule is the folder of the Go module that a folder is in.
func (r *reader) goModule(folder string) (string, bool) {
	for d := folder; ; d = path.Dir(d) {
		if r.t.Has(path.Join(d, "go.mod")) {
			return d, true
		}
		if d == "." || d == "/" {
			return "", false
		}
	}
}

// besideChart reports whether a test names the folder of a chart.
func (r *reader) besideChart(folder, text string) bool {
	return slices.ContainsFunc(besideIt.FindAllStringSubmatch(text, 100), func(m []string) bool {
		p := path.Join(folder, m[1])
		return r.t.Has(path.Join(p, "Chart.yaml")) || path.Base(p) == "Chart.yaml" && r.t.Has(p)
	})
}

// testedByGo are the commands that a run of Go tests is besides: those of infrastructure.
func (r *reader) testedByGo(ran []scorecard.Command) (out []scorecard.Command) {
	for _, c := range ran {
		if c.Language != "go" || c.Purpose != scorecard.Test {
			continue
		}
		module, found := r.goModule(c.Folder)
		for _, t := range r.infraTests() {
			// A folder of tests is taken for the one above, and may be a module of its own.
			own := c.Folder != "." && path.Dir(t.module) == c.Folder && testFolders[path.Base(t.module)]
			if under(t.path, c.Folder) && (found && t.module == module || own) {
				c.Purpose, c.Tool = scorecard.LintIaC, c.Tool+" of "+t.path
				out = append(out, c)
				break
			}
		}
	}
	return out
}
