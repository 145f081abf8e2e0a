package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answerFile names what this binary prints when it is run as the program.
const answerFile = "ACCURACY_TEST_ANSWER"

func TestMain(m *testing.M) {
	if name := os.Getenv(answerFile); name != "" {
		content, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		os.Stdout.Write(content)
		return
	}
	os.Exit(m.Run())
}

const answers = `{"scorecards": [
  {"service": {"name": "services/default.cart", "shortName": "cart"}, "results": [
    {"check": "checks/pdb-present", "outcome": "PASS", "reason": "a budget is there"},
    {"check": "checks/owner-declared", "outcome": "UNKNOWN", "reason": "CODEOWNERS can't be read"},
    {"check": "checks/traced", "outcome": "FAIL", "reason": "no tracer",
     "evidence": [{"location": {"path": "cart/go.mod", "firstLine": 3}, "message": "no library of tracing"}]}]},
  {"service": {"name": "services/shop.web.api", "shortName": "api"}, "results": [
    {"check": "checks/pdb-present", "outcome": "FAIL", "reason": "none"},
    {"check": "checks/owner-declared", "outcome": "UNKNOWN", "reason": "CODEOWNERS can't be read"},
    {"check": "checks/traced", "outcome": "NOT_APPLICABLE", "reason": "no code"}]},
  {"service": {"name": "services/other.api", "shortName": "api"}, "results": []},
  {"service": {"name": "services/shop.lib", "shortName": "lib", "unscoredReason": "it is a library"}, "results": []}
]}`

const labels = "# https://github.com/acme/shop 0123456789012345678901234567890123456789\n" + `
# of the cart
cart	pdb-present	PASS	pdb.yaml:1
cart	owner-declared	FAIL	nobody is named
cart	traced	PASS	main.go:12 starts a tracer
web.api	pdb-present	NOT_APPLICABLE	a job
web.api	owner-declared	UNKNOWN	the file is broken
default.cart	slo-defined	FAIL	none
`

func parsed(t *testing.T, text string) *labelled {
	t.Helper()
	l, err := parseLabels("labels/acme+shop.tsv", text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// world is a folder with all that the program works on; acme/shop is a repository of git.
type world struct {
	t           *testing.T
	dir, commit string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	for _, args := range [][]string{
		{"init", "--quiet", "checkouts/acme+shop"}, {"-C", "checkouts/acme+shop", "commit", "--quiet", "--allow-empty", "-m", "one"},
	} {
		w.git(args...)
	}
	w.commit = w.git("-C", "checkouts/acme+shop", "rev-parse", "HEAD")
	w.write("answer.json", answers)
	w.write("misses.tsv", "# explained\nacme/shop\tcart\towner-declared\tan OWNERS file\nacme/shop\tcart\ttraced\tcode | source is not read\nacme/shop\tweb.api\tpdb-present\ta job\n")
	w.write("page.md", "# Accuracy\n\n"+begin+end+"after\n")
	w.label(strings.Replace(labels, "default.cart\tslo-defined\tFAIL\tnone\n", "", 1))
	t.Setenv(answerFile, filepath.Join(w.dir, "answer.json"))
	return w
}

func (w *world) git(args ...string) string {
	w.t.Helper()
	out, err := output(w.dir, "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

func (w *world) write(name, content string) {
	w.t.Helper()
	name = filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// label writes the labels, for the commit that there is.
func (w *world) label(text string) {
	w.t.Helper()
	w.write("labels/acme+shop.tsv", strings.Replace(text, "0123456789012345678901234567890123456789", w.commit, 1))
}

func (w *world) run(more ...string) (string, error) {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(w.dir, name) }
	var out strings.Builder
	err = run(append([]string{"-seaworthy", self, "-labels", at("labels"), "-misses", at("misses.tsv"), "-checkouts", at("checkouts"), "-page", at("page.md")}, more...), &out)
	return out.String(), err
}

func (w *world) page() string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, "page.md"))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

func needGit(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git here")
	}
}

// TestPage holds what is written, that it is held, and what -v tells.
func TestPage(t *testing.T) {
	needGit(t)
	w := newWorld(t)
	if _, err := w.run(); !errors.Is(err, errStalePage) {
		t.Fatalf("a page without numbers: %v", err)
	}
	if _, err := w.run("-update"); err != nil {
		t.Fatal(err)
	}
	page := w.page()
	for _, want := range []string{
		"\n1 repositories, 2 services, 5 labels, 3 misses.\n",
		"| [acme/shop](https://github.com/acme/shop) | " + w.commit[:12] + " | 5 | 2 | 2 | 1 | 33.3 % | 25.0 % |\n",
		"| PASS | 1 | 1 | 0 | 0 | 50.0 % |\n| FAIL | 0 | 0 | 0 | 1 | 0.0 % |\n| NOT_APPLICABLE | 0 | 1 | 0 | 0 | 0.0 % |\n| UNKNOWN | 0 | 0 | 0 | 1 | 100.0 % |\n| right | 100.0 % | 0.0 % | – | 50.0 % | 40.0 % |\n",
		"| `owner-declared` | 2 | 1 | 0 | 1 | – | 0.0 % |\n",
		"| `pdb-present` | 2 | 1 | 1 | 0 | 50.0 % | 50.0 % |\n",
		"| acme/shop | cart | `traced` | PASS | FAIL | code \\| source is not read |\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("not in the page: %s\n%s", want, page)
		}
	}
	if !strings.HasPrefix(page, "# Accuracy\n") || !strings.HasSuffix(page, end+"after\n") {
		t.Errorf("what a person wrote is gone:\n%s", page)
	}
	out, err := w.run("-v")
	if err != nil || w.page() != page {
		t.Errorf("a second look: %v", err)
	}
	if want := "acme/shop cart traced\n    label PASS: main.go:12 starts a tracer\n    program FAIL: no tracer\n        cart/go.mod:3: no library of tracing\n    explained: code | source is not read\n"; !strings.Contains(out, want) {
		t.Errorf("-v says\n%s", out)
	}
	if out, err := w.run("-repository", "elsewhere/"); err != nil || !strings.Contains(out, "\n0 repositories") {
		t.Errorf("none of the repositories: %v\n%s", err, out)
	}
}

// TestExplanations holds that each miss has one, and nothing else does.
func TestExplanations(t *testing.T) {
	needGit(t)
	w := newWorld(t)
	w.write("misses.tsv", "acme/shop\tcart\ttraced\tcode is not read\nacme/shop\tcart\tpdb-present\tright by now\nacme/gone\tcart\ttraced\tno such repository\n")
	_, err := w.run("-update")
	if !errors.Is(err, errUnexplained) || !errors.Is(err, errStaleReason) {
		t.Fatal(err)
	}
	for _, want := range []string{
		"acme/shop cart owner-declared: UNKNOWN, not FAIL", "acme/shop web.api pdb-present: FAIL, not NOT_APPLICABLE",
		"misses.tsv:2: acme/shop cart pdb-present", "misses.tsv:3: acme/gone cart traced",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not in the error: %s\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "cart traced: ") || !strings.Contains(w.page(), "| UNKNOWN | not explained |") {
		t.Errorf("%v\n%s", err, w.page())
	}
}

// TestAsked holds that a label asks about a service and a check that there are.
func TestAsked(t *testing.T) {
	needGit(t)
	w := newWorld(t)
	w.label(labels + "web\ttraced\tFAIL\tx\napi\ttraced\tFAIL\tx\nlib\ttraced\tFAIL\tx\ndefault.cart\ttraced\tFAIL\tx\n")
	_, err := w.run()
	for _, want := range []string{
		":9: no check has the ID slo-defined; there are: owner-declared, pdb-present, traced",
		":10: no service is named web; there are: default.cart, other.api, shop.lib, shop.web.api",
		":11: api may be any of: other.api, shop.web.api",
		":12: service shop.lib is not judged: it is a library",
		":13: line 6 has a label for default.cart and traced already",
	} {
		if err == nil || !strings.Contains(err.Error(), "acme+shop.tsv"+want) {
			t.Errorf("not in the error: %s\n%v", want, err)
		}
	}
}

// TestCheckout holds that a folder is used as it is only at the commit, and is never
// written to.
func TestCheckout(t *testing.T) {
	needGit(t)
	w := newWorld(t)
	kept := filepath.Join(w.dir, "checkouts", "acme+shop")
	l := parsed(t, strings.Replace(labels, "0123456789012345678901234567890123456789", w.commit, 1))
	look := func(want string) {
		t.Helper()
		at, done, err := l.checkout(filepath.Dir(kept))
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		if (at == kept) != (want == "kept") || w.git("-C", at, "rev-parse", "HEAD") != w.commit {
			t.Errorf("%s is not the %s one, or at another commit", at, want)
		}
		if _, err := os.Stat(filepath.Join(at, "new")); at != kept && err == nil {
			t.Error("what is not committed was scanned")
		}
	}
	look("kept")
	w.write("checkouts/acme+shop/new", "not committed")
	look("cloned")
	w.git("-C", kept, "add", "new")
	w.git("-C", kept, "commit", "--quiet", "-m", "two")
	head := w.git("-C", kept, "rev-parse", "HEAD")
	look("cloned")
	if w.git("-C", kept, "rev-parse", "HEAD") != head || w.git("-C", kept, "status", "--porcelain") != "" {
		t.Error("the folder that was given is another now")
	}
	// What is missing is cloned from the address, and stays.
	l.url, l.name = "file://"+kept, "again"
	if at, _, err := l.checkout(filepath.Dir(kept)); err != nil || w.git("-C", at, "rev-parse", "HEAD") != w.commit {
		t.Errorf("%s: %v", at, err)
	}
	l.commit = strings.Repeat("0", 40)
	if _, _, err := l.checkout(filepath.Dir(kept)); err == nil || !strings.Contains(err.Error(), "acme+shop.tsv:1: ") {
		t.Errorf("a commit that is not there: %v", err)
	}
}

// TestLabels holds what is wrong with a file, by line.
func TestLabels(t *testing.T) {
	const head = "# https://github.com/acme/shop 0123456789012345678901234567890123456789\n"
	for _, c := range []struct{ name, text, want string }{
		{"no head", "cart\tpdb-present\tPASS\tx\n", ":1: the first line is"},
		{"empty", "", ":1: the first line is"},
		{"short commit", "# https://github.com/acme/shop 0123456\n", ":1: the first line is"},
		{"another name", strings.Replace(head, "shop", "mall", 1) + "cart\ta\tPASS\tx\n", ":1: the file of this repository is named acme+mall.tsv"},
		{"no labels", head + "\n# none\n", ":1: there is no label"},
		{"spaces, not tabs", head + "cart a PASS x\n", ":2: 1 cells, not 4"},
		{"no reason", head + "cart\ta\tPASS\n", ":2: 3 cells, not 4"},
		{"empty reason", head + "cart\ta\tPASS\t \n", ":2: cell 4 is empty"},
		{"an outcome of its own", head + "cart\ta\tpass\tx\n", `:2: "pass" is none of PASS, FAIL, NOT_APPLICABLE, UNKNOWN`},
		{"twice", head + "cart\ta\tPASS\tx\n\ncart\ta\tFAIL\ty\n", ":4: line 2 has a label for cart and a already"},
		{"two are wrong", head + "cart\ta\tPASS\ncart\tb\tpass\tx\n", ":3: "},
	} {
		_, err := parseLabels("labels/acme+shop.tsv", c.text)
		if err == nil || !strings.Contains(err.Error(), "labels/acme+shop.tsv"+c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	l := parsed(t, strings.ReplaceAll(labels, "\n", "\r\n")[:len(head)-1]+"\n"+"cart\ta\tPASS\t x \r\n")
	if diff := cmp.Diff([]label{{2, "cart", "a", "PASS", "x"}}, l.labels, cmp.AllowUnexported(label{})); diff != "" || l.repository() != "acme/shop" {
		t.Error(l.repository(), diff)
	}
	if _, err := readMisses(filepath.Join(t.TempDir(), "misses.tsv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file of misses: %v", err)
	}
}

func TestMisses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "misses.tsv")
	if err := os.WriteFile(file, []byte("# head\na/b\tcart\ttraced\twhy\na/b\tcart\ttraced\tagain\na/b\tcart\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := readMisses(file)
	if err == nil || !strings.Contains(err.Error(), "misses.tsv:3: line 2 explains this already") || !strings.Contains(err.Error(), "misses.tsv:4: 2 cells, not 4") {
		t.Error(err)
	}
	if r.all[question{"a/b", "cart", "traced"}].why != "why" {
		t.Errorf("%v", r.all)
	}
}

// TestCommitted holds that the labels and explanations that are here can be read.
func TestCommitted(t *testing.T) {
	if _, err := readLabels("labels"); err != nil {
		t.Error(err)
	}
	if _, err := readMisses("misses.tsv"); err != nil {
		t.Error(err)
	}
}
