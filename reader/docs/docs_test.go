package docs

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var update = flag.Bool("update", false, "rewrite the want.json of each case")

// read reads a file system and gives its facts, gaps included, in their canonical order.
func read(t *testing.T, fsys fs.FS, limits tree.Limits) scorecard.Facts {
	t.Helper()
	tr, err := tree.Open(context.Background(), fsys, tree.Options{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	var facts scorecard.Facts
	Read(context.Background(), tr, &facts)
	facts.Gaps = tr.Gaps()
	facts.Sort()
	return facts
}

// TestCases reads the files of each archive and compares with its want.json.
func TestCases(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var want []byte
			a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool {
				if f.Name == "want.json" {
					want = f.Data
				}
				return f.Name == "want.json"
			})
			fsys, err := txtar.FS(a)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(read(t, fsys, tree.Limits{}), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			if *update {
				a.Files = append(a.Files, txtar.File{Name: "want.json", Data: got})
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("run with -update if this is meant (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBadInput(t *testing.T) {
	for _, tt := range []struct {
		name, path, content string
		documents           int
		gap                 string // reason
	}{
		{"invalid UTF-8", "README.md", "# Caf\xe9\n", 0, "not-text"},
		{"binary", "runbooks/cart.md", "# a\x00b\n", 0, "not-text"},
		{"a runbook in another format", "runbooks/cart.pdf", "%PDF-1.7", 0, "not-text"},
		{"a PDF that is no runbook", "docs/paper.pdf", "%PDF-1.7", 0, ""},
		{"too large", "README.md", strings.Repeat("x ", maxBytes), 0, "too-large"},
		{"a large page", "docs/api.md", "# API\n" + strings.Repeat("x ", maxBytes), 0, ""},
		{"a large runbook by its title", "docs/alarm.md", "# Runbook\n" + strings.Repeat("x ", maxBytes), 1, ""},
		{"Latin-1 in a page", "docs/alarm.md", "# Runbook caf\xe9\n", 1, ""},
		{"UTF-16", "README.md", "\xff\xfe#\x00 \x00H\x00i\x00", 1, ""},
		{"empty", "README.md", "", 1, ""},
		{"an empty runbook", "RUNBOOK.md", "\n", 1, ""},
		{"quotes in quotes", "README.md", strings.Repeat(">", 500_000), 0, "malformed"},
		{"lists in lists", "README.md", strings.Repeat("- ", 500_000) + "x", 0, "malformed"},
		{"a table of psql's", "README.md", "    " + strings.Repeat("-", 200) + "+" + strings.Repeat("-", 200) + "\n", 1, ""},
		{"numbers in numbers", "README.md", strings.Repeat("1. ", 100_000) + "x", 0, "malformed"},
		{"a rule with spaces", "README.md", strings.Repeat("* ", 100_000), 1, ""},
		{"a long rule", "README.md", strings.Repeat("-", 500_000), 1, ""},
		{"open brackets", "README.md", strings.Repeat("[", 500_000), 1, ""},
		{"open links", "README.md", strings.Repeat("[a](", 100_000), 1, ""},
		{"open pictures", "README.md", strings.Repeat("![", 250_000) + strings.Repeat("](a)", 100_000), 1, ""},
		{"stars", "README.md", strings.Repeat("*a ", 150_000), 1, ""},
		{"stars both ways", "README.md", strings.Repeat("a**b", 100_000), 1, ""},
		{"backticks", "README.md", strings.Repeat("`a``b", 100_000), 1, ""},
		{"tags", "README.md", "a " + strings.Repeat("<a ", 150_000), 1, ""},
		{"table", "README.md", "|a|b|\n|-|-|\n" + strings.Repeat("|x|y|\n", 50_000), 1, ""},
		{"labels without end", "RUNBOOK.md", strings.Repeat("**Impact:**\nb\n\n", 50_000), 1, ""},
		{"labels in one paragraph", "RUNBOOK.md", strings.Repeat("**Impact:**\n", 50_000), 1, ""},
		{"headings", "RUNBOOK.md", strings.Repeat("# Impact\n## Escalation\n- a\n", 30_000), 1, ""},
		{"actions in actions", "postmortem.md", "# Actions\n" + strings.Repeat("- [ ] a\n  - b\n    - c\n", 30_000), 1, ""},
		{"a wide table", "RUNBOOK.md", strings.Repeat("|Impact", 5_000) + "|\n" + strings.Repeat("|-", 5_000) + "|\n" + strings.Repeat("|a|b|\n", 10_000), 1, ""},
		{"broken site", "mkdocs.yml", "nav: [\n", 0, "malformed"},
		{"front matter without end", "README.md", "---\ntitle: x\n", 1, ""},
		{"front matter bomb", "README.md", "---\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n---\nx\n", 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			facts := read(t, fstest.MapFS{tt.path: {Data: []byte(tt.content)}}, tree.Limits{})
			// Without the bounds of tame.go some of these take minutes; with them, well under a second.
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			if len(facts.Documents) != tt.documents {
				t.Errorf("%d documents, want %d", len(facts.Documents), tt.documents)
			}
			if tt.gap == "" {
				if len(facts.Gaps) > 0 {
					t.Errorf("unexpected gap %+v", facts.Gaps[0])
				}
				return
			}
			if len(facts.Gaps) != 1 {
				t.Fatalf("gaps %+v, want one %s", facts.Gaps, tt.gap)
			}
			if g := facts.Gaps[0]; g.Reason != tt.gap || g.Location.Path != tt.path || !slices.Equal(g.Hides, []scorecard.Family{scorecard.Documents}) {
				t.Errorf("gap %+v, want %s hiding the documents", g, tt.gap)
			}
		})
	}
}

// TestNames: what is a runbook by its path, in a tree with Ansible playbooks and code.
func TestNames(t *testing.T) {
	n := namesOf([]tree.File{
		{Path: "ansible/playbooks/site.yml"}, {Path: "ansible/playbooks/README.md"}, {Path: "src/operations/main.go"}, {Path: "src/operations/README.md"},
	})
	for p, want := range map[string]role{
		"README.md": readme, "services/cart/readme.rst": readme, "README": readme, "docs/README.adoc": readme,
		"RUNBOOK.md": runbook, "runbook": runbook, "docs/cart-runbook.md": runbook, "docs/cart_playbook.adoc": runbook,
		"runbooks/cart.md": runbook, "docs/runbooks/db/failover.rst": runbook, "alert-runbooks/cart.md": runbook, "runbooks/README.md": runbook,
		"docs/troubleshooting.md": runbook, "TROUBLESHOOTING.txt": runbook, "sops/restore.md": runbook, "docs/SOP-12-restore.md": runbook,
		"operations/failover.md": runbook, "docs/operations.md": runbook, "docs/operation.md": runbook, "docs/operations-guide.md": runbook,
		"docs/incident-response.md": runbook, "incident_responses/db.md": runbook, "docs/run-book.md": runbook, "operations/README.md": runbook,
		"docs/playbooks/cart.md": runbook, "runbooks/cart.pdf": runbook,
		// none of them
		"runbooks/analysis.ipynb": nothing, "playbooks/site.yml": nothing, "ansible/playbooks/README.md": readme, "ansible/playbooks/notes.md": nothing,
		"src/operations/README.md": readme, "docs/runbook-template.md": page, "runbooks/TEMPLATE.md": nothing, "runbooks/requirements.txt": nothing,
		"runbooks/requirements-dev.txt": nothing, "runbooks/LICENSE": nothing, "runbooks/CONTRIBUTING.md": nothing, "cooperations/x.md": nothing,
		"src/operations.go": nothing, "docs/supported-operations.md": page, "docs/index.md": page, "docs/data.txt": nothing, "sop.py": nothing,
		"notes/gossip.md": nothing, "docs/incident.md": page, "docs/response.md": page,
	} {
		if got := n.role(p); got != want {
			t.Errorf("role(%q) = %d, want %d", p, got, want)
		}
	}
}

func TestRunbookTitle(t *testing.T) {
	for title, want := range map[string]bool{
		"Runbook": true, "Cart service runbook": true, "Runbook: cart": true, "On-call playbook": true, "Troubleshooting": true, "Operations": true,
		"Operations manual": true, "Incident response": true, "Standard Operating Procedures": true, "Run book": true,
		"Writing runbooks": false, "How to write a runbook": false, "Runbook template": false, "Ansible playbooks": false, "Supported operations": false,
		"Operations on lists": false, "Incident": false, "Installation": false, "": false,
	} {
		if got := runbookTitle(title, false); got != want {
			t.Errorf("runbookTitle(%q) = %v", title, got)
		}
	}
}

// TestAnsible: where playbooks are Ansible's, they are no runbooks by name or title.
func TestAnsible(t *testing.T) {
	page := &fstest.MapFile{Data: []byte("# Playbook includes\n\n1. Install it\n2. Run it\n")}
	for name, tt := range map[string]struct {
		fsys fstest.MapFS
		want int
	}{
		"an operator's":      {fstest.MapFS{"README.md": page, "docs/cart-playbook.md": page}, 2},
		"with its settings":  {fstest.MapFS{"README.md": page, "docs/cart-playbook.md": page, "ansible.cfg": {}}, 0},
		"with roles":         {fstest.MapFS{"README.md": page, "docs/cart-playbook.md": page, "roles/web/tasks/main.yml": {}}, 0},
		"named in the prose": {fstest.MapFS{"README.md": {Data: append([]byte("These are for Ansible.\n\n"), page.Data...)}}, 0},
		"beside a real one":  {fstest.MapFS{"playbooks/site.yml": {}, "playbooks/README.md": {Data: []byte("# Play\n")}, "runbooks/a.md": page}, 1},
	} {
		n := 0
		for _, d := range read(t, tt.fsys, tree.Limits{}).Documents {
			if d.Kind == scorecard.Runbook {
				n++
			}
		}
		if n != tt.want {
			t.Errorf("%s: %d runbooks, want %d", name, n, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			f.Add(string(file.Data), path.Ext(file.Name))
		}
	}
	f.Add("---\n---", ".md")
	f.Add("+++\ntitle = 'x'\n+++\n<pre>a", ".md")
	f.Fuzz(func(t *testing.T, data, ext string) {
		switch ext {
		case ".md", ".adoc", ".rst", "":
		default:
			ext = ".md"
		}
		o, err := parse("dir/README"+ext, []byte(data))
		if err != nil {
			return
		}
		for _, p := range o.pieces {
			if p.line < 1 || p.line > o.lines+strings.Count(data, "\n")+1 {
				t.Errorf("%+v stands outside of %d lines", p, o.lines)
			}
		}
		d := o.document(scorecard.Readme, "README")
		if d.Words < 0 || len(d.Headings) > maxHeadings || len(d.Mentions) > maxMentions {
			t.Errorf("%+v", d)
		}
		for _, kind := range []scorecard.DocumentKind{scorecard.Runbook, scorecard.Postmortem, scorecard.EscalationPage, scorecard.ErrorBudgetPolicy} {
			d := o.document(kind, "page")
			for _, p := range d.Parts {
				if p.Line < 1 || p.Line > o.lines+strings.Count(data, "\n")+1 {
					t.Errorf("%+v of a %s stands outside of %d lines", p, kind, o.lines)
				}
			}
			if len(d.Actions) > maxActions {
				t.Errorf("%d actions", len(d.Actions))
			}
		}
		for _, s := range o.sections("README") {
			if s.Location.FirstLine < 1 || s.Location.LastLine < s.Location.FirstLine {
				t.Errorf("section at %+v", s.Location)
			}
		}
	})
}

// What a document says of recovery: objectives with values, and dated drills.
func TestRecovery(t *testing.T) {
	for _, tt := range []struct {
		name, path, content string
		rto, rpo, date      string
		plan                bool
	}{
		{"a list", "docs/disaster-recovery.md", "# Disaster recovery\n\n- RTO: 4 hours\n- RPO: 15 minutes\n", "4 hours", "15 minutes", "", true},
		{"spelled out", "docs/dr.md", "# DR\n\nThe recovery time objective (RTO) is 1 hour, and the recovery point objective (RPO) is 24h.\n", "1 hour", "24h", "", true},
		{"a table of rows", "DR.md", "# Plan\n\n| Objective | Value |\n|---|---|\n| RTO | < 30 min |\n| RPO | 5 min |\n", "< 30 min", "5 min", "", true},
		{"a table of columns", "docs/recovery.md", "# Recovery\n\n| Service | RTO | RPO |\n|---|---|---|\n| cart | 2h | 10m |\n", "2h", "10m", "", true},
		{"headings", "docs/bcp.md", "# BCP\n\n## RTO\n\nFour hours.\n\n## RPO\n\nOne day.\n", "Four hours", "One day", "", true},
		{"units first", "docs/dr.md", "# DR\n\nRTO (hours): 4\n\nRPO (minutes): 15\n", "4", "15", "", true},
		{"mentions only", "docs/dr.md", "# DR\n\nWe should agree on an RTO and an RPO.\n", "", "", "", true},
		{"one of two", "docs/dr.md", "# DR\n\nRTO is 4 hours. The RPO is to be agreed on.\n", "4 hours", "", "", true},
		{"a README section", "README.md", "# Cart\n\nSells.\n\n## Recovery\n\nRTO 1h, RPO 5m.\n", "1h", "5m", "", true},
		{"about something else", "docs/api.md", "# API\n\nAn RTO of 4 hours and an RPO of 1 hour are options.\n", "", "", "", false},
		{"a drill", "docs/drills/2026-03-02-restore.md", "# Restore drill\n\nTook 40 minutes.\n", "", "", "2026-03-02", false},
		{"a dated drill", "docs/restore-test.md", "# Restore test\n\n| Date | Result |\n|---|---|\n| 2025-11-01 | ok |\n| 2026-05-01 | ok |\n", "", "", "2026-05-01", false},
		{"a long date", "docs/failover-drill.md", "# Failover drill\n\nHeld on 3 March 2026.\n", "", "", "2026-03-03", false},
		{"a month", "docs/gameday.md", "# Game day\n\nMarch 2026: all well.\n", "", "", "2026-03", false},
		{"a sentence", "docs/dr.md", "# Disaster recovery\n\nLast tested: 2026-02-03. Written 2020-01-01.\n", "", "", "2026-02-03", false},
		{"a plan of drills", "docs/dr-drills.md", "# DR drills\n\nThe next drill is on 2026-12-01.\n", "", "", "", false},
		{"no date", "docs/restore-drill.md", "# Restore drill\n\nEvery quarter.\n", "", "", "", false},
		{"a release", "docs/releases.md", "# Releases\n\n2026-02-03: tested.\n", "", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			facts := read(t, fstest.MapFS{tt.path: {Data: []byte(tt.content)}}, tree.Limits{})
			var plan, drill scorecard.Document
			for _, d := range facts.Documents {
				switch d.Kind {
				case scorecard.RecoveryPlan:
					plan = d
				case scorecard.RestoreDrill:
					drill = d
				}
			}
			if (plan.Kind != "") != tt.plan || plan.RTO != tt.rto || plan.RPO != tt.rpo || drill.Date != tt.date {
				t.Errorf("plan %v, RTO %q, RPO %q, date %q", plan.Kind != "", plan.RTO, plan.RPO, drill.Date)
			}
		})
	}
}

func TestPassages(t *testing.T) {
	o, err := parse("docs/troubleshooting.md", []byte("Before all.\n\n# Troubleshooting\n\n## Cart\n\nRestart the `cart`, see [its page](https://example.com/cart).\n\n- Or the Price Adapter.\n\n```sh\nkubectl get pods\n```\n\n## Stock\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := o.passages()
	if len(got) != 4 || !strings.Contains(got[2], "Restart the cart") || !strings.Contains(got[2], "Price Adapter") || strings.Contains(got[2], "kubectl") || got[3] != "Stock\n" {
		t.Errorf("the passages are %q", got)
	}
}
