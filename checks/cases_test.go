package checks_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/reader"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scan"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// outcomes are the folders of a case file.
var outcomes = map[string]scorecard.Outcome{
	"pass": scorecard.Pass, "fail": scorecard.Fail, "not-applicable": scorecard.NotApplicable, "unknown": scorecard.Unknown,
}

// testCase is one small repository and what a check is to say of each of its services.
type testCase struct {
	check, name string
	files       fstest.MapFS
	outcome     scorecard.Outcome
	// want names services whose outcome is another than the case's.
	want map[string]scorecard.Outcome
}

// allCases reads testdata: one archive a check, whose file names start with the
// outcome and the case.
func allCases(t testing.TB) []*testCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("testdata holds no cases: %v", err)
	}
	var out []*testCase
	for _, p := range paths {
		archive, err := txtar.ParseFile(p)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(p), ".txtar")
		byName := map[string]*testCase{}
		for _, f := range archive.Files {
			parts := strings.SplitN(f.Name, "/", 3)
			if len(parts) < 3 || outcomes[parts[0]] == "" {
				t.Fatalf("%s: file %q is not <outcome>/<case>/<path>, outcome being one of %v", p, f.Name, slices.Sorted(maps.Keys(outcomes)))
			}
			key := parts[0] + "/" + parts[1]
			c := byName[key]
			if c == nil {
				c = &testCase{check: id, name: key, files: fstest.MapFS{}, outcome: outcomes[parts[0]], want: map[string]scorecard.Outcome{}}
				byName[key] = c
				out = append(out, c)
			}
			if parts[2] == "want" {
				readWant(t, c, string(f.Data))
				continue
			}
			c.files[parts[2]] = &fstest.MapFile{Data: content(f.Data), Mode: 0o644}
		}
	}
	return out
}

// notText stands for the content of a file that is no text, which an archive can't hold.
const notText = "(not text)\n"

func content(b []byte) []byte {
	if string(b) == notText {
		return []byte{0x00, 0xff, 0xfe, 0x01, '\n'}
	}
	return b
}

func readWant(t testing.TB, c *testCase, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		service, outcome, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			t.Fatalf("%s %s: line %q of want is not `service: OUTCOME`", c.check, c.name, line)
		}
		c.want[service] = scorecard.Outcome(strings.TrimSpace(outcome))
	}
}

// optionsFile is a file of a case that is not of its repository: how it is read, in
// lines `option: value`: kube-version is the target version, as-of the day of the scan,
// url the repository's address.
const (
	optionsFile = "options"
	asOfOption  = "as-of"
)

func readOptions(t testing.TB, files fstest.MapFS) (o reader.Options) {
	t.Helper()
	if files[optionsFile] == nil {
		return o
	}
	for line := range strings.Lines(string(files[optionsFile].Data)) {
		option, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch option {
		case "kube-version":
			o.Kube.KubeVersion = value
		case asOfOption, "changed", "changed-before", "tagged":
		case "url":
			o.Home.URL = value
		default:
			t.Fatalf("%q is no option of a case", option)
		}
	}
	return o
}

// readHistory adds what a source says of a repository's history: `as-of: DAY` is the
// day of the scan, `changed: DAY PATH` that of the last commit of a document,
// `changed-before: DAY PATH` the end of a history without one, `tagged: DAY VERSION` that
// of a tag.
func readHistory(t testing.TB, files fstest.MapFS, c *scorecard.Collection) {
	t.Helper()
	if files[optionsFile] == nil {
		return
	}
	for line := range strings.Lines(string(files[optionsFile].Data)) {
		option, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		changed, name, _ := strings.Cut(value, " ")
		if option == "tagged" && len(c.Facts.Tags) > 0 {
			t := &c.Facts.Tags[0]
			t.Dated = scorecard.Newest(append(t.Dated, scorecard.Released{Version: name, Day: changed}))
		}
		for i := range c.Facts.Documents {
			d := &c.Facts.Documents[i]
			if d.Location.Path == name && d.HasDates() && strings.HasPrefix(option, "changed") {
				d.Changed, d.Before = changed, option == "changed-before"
			}
		}
	}
	if now, err := time.Parse(time.DateOnly, day(files)); err == nil {
		c.Facts.Date(now)
	}
}

// day is the day of a case's scan; empty where it does not say.
func day(files fstest.MapFS) string {
	if files[optionsFile] == nil {
		return ""
	}
	for line := range strings.Lines(string(files[optionsFile].Data)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), asOfOption+": "); ok {
			return value
		}
	}
	return ""
}

// inventories runs the real chain on a case's repository.
func inventories(t testing.TB, files fstest.MapFS) []*scorecard.Inventory {
	t.Helper()
	ctx := context.Background()
	repository := maps.Clone(files)
	delete(repository, optionsFile)
	tr, err := tree.Open(ctx, repository, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	collection, err := reader.Read(ctx, tr, readOptions(t, files))
	if err != nil {
		t.Fatal(err)
	}
	readHistory(t, files, collection)
	return scan.Attribute("shop", collection)
}

func TestEveryCheckHasCases(t *testing.T) {
	seen := map[string]map[scorecard.Outcome]bool{}
	for _, c := range allCases(t) {
		if seen[c.check] == nil {
			seen[c.check] = map[scorecard.Outcome]bool{}
		}
		seen[c.check][c.outcome] = true
	}
	for _, c := range checks.All() {
		for _, o := range []scorecard.Outcome{scorecard.Pass, scorecard.Fail} {
			if !seen[c.ID][o] {
				t.Errorf("check %s has no %s case in testdata/%s.txtar", c.ID, o, c.ID)
			}
		}
		delete(seen, c.ID)
	}
	for id := range seen {
		t.Errorf("testdata/%s.txtar has cases, but checks.All has no such check", id)
	}
}

func TestCases(t *testing.T) {
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range allCases(t) {
		t.Run(c.check+"/"+c.name, func(t *testing.T) {
			check, ok := rubric.Check(c.check)
			if !ok {
				t.Fatalf("there is no check %s", c.check)
			}
			invs := inventories(t, c.files)
			wanted := maps.Clone(c.want)
			for _, inv := range invs {
				check.Ask(scorecard.NewView(inv)) // a panic shows here; Judge would catch it
				r := judge(t, inv, rubric, c.check)
				want := c.outcome
				if w, ok := wanted[inv.Service.Name]; ok {
					want = w
					delete(wanted, inv.Service.Name)
				}
				if r.Outcome != want {
					t.Errorf("%s: %s, want %s: %s\n%s", inv.Service.Name, r.Outcome, want, r.Reason, describe(inv, r))
				}
				sayWhereAndWhat(t, c, r)
			}
			for name := range wanted {
				t.Errorf("want names service %s, but there is none; there are %s", name, names(invs))
			}
		})
	}
}

func judge(t testing.TB, inv *scorecard.Inventory, rubric *scorecard.Rubric, id string) scorecard.Result {
	t.Helper()
	card, err := scorecard.Judge(inv, rubric)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(card.Results, func(r scorecard.Result) bool { return r.Check == id })
	if i < 0 {
		t.Fatalf("service %s has no result for %s: %s", inv.Service.Name, id, inv.Service.Unscored)
	}
	return card.Results[i]
}

// sayWhereAndWhat asks of a result what the catalogue asks of all: one sentence,
// evidence that can be opened, and what to write.
func sayWhereAndWhat(t *testing.T, c *testCase, r scorecard.Result) {
	t.Helper()
	if r.Reason == "" || strings.ContainsRune(r.Reason, '\n') {
		t.Errorf("reason %q is not one sentence", r.Reason)
	}
	if r.Outcome == scorecard.Pass && len(r.Evidence) == 0 {
		t.Error("a PASS has no evidence")
	}
	if r.Outcome == scorecard.Fail && r.Remediation == "" {
		t.Error("a FAIL has no remediation")
	}
	if r.Outcome == scorecard.Pass && r.Satisfied != r.Subjects || r.Satisfied+r.Undecided > r.Subjects {
		t.Errorf("%s with %d satisfied and %d undecided of %d", r.Outcome, r.Satisfied, r.Undecided, r.Subjects)
	}
	for _, e := range r.Evidence {
		if e.Message == "" {
			t.Errorf("evidence at %s says nothing", e.Location)
		}
		info, err := fs.Stat(c.files, e.Location.Path)
		if err != nil {
			t.Errorf("evidence %q points to %q: %v", e.Message, e.Location, err)
			continue
		}
		if info.IsDir() {
			continue
		}
		if lines := strings.Count(string(c.files[e.Location.Path].Data), "\n") + 1; e.Location.LastLine > lines || e.Location.FirstLine > e.Location.LastLine && e.Location.LastLine > 0 {
			t.Errorf("evidence %q points to lines %d-%d of %s, which has %d", e.Message, e.Location.FirstLine, e.Location.LastLine, e.Location.Path, lines)
		}
	}
}

func names(invs []*scorecard.Inventory) string {
	var out []string
	for _, inv := range invs {
		out = append(out, inv.Service.Name)
	}
	return strings.Join(out, ", ")
}

// describe helps to see why a case went another way.
func describe(inv *scorecard.Inventory, r scorecard.Result) string {
	var b strings.Builder
	for _, e := range r.Evidence {
		fmt.Fprintf(&b, "  %-8s %s: %s\n", e.Outcome, e.Location, e.Message)
	}
	for _, g := range inv.Gaps {
		fmt.Fprintf(&b, "  gap %s %s: %s\n", g.Reason, g.Location, g.Message)
	}
	for _, m := range inv.Manifests {
		for _, p := range m.Problems {
			fmt.Fprintf(&b, "  problem %s: %s\n", p.Location, p.Message)
		}
	}
	return b.String()
}
