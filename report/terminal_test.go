package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"github.com/seaworthy-dev/seaworthy/report"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func terminal(t testing.TB, recs []scorecard.Record, o report.Options) string {
	t.Helper()
	var b strings.Builder
	if err := report.Terminal(&b, recs, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTerminalGolden(t *testing.T) {
	for _, c := range []struct {
		name string
		recs []scorecard.Record
		opts report.Options
	}{
		{"shop-40.txt", shop(t), report.Options{Width: 40}},
		{"shop-80.txt", shop(t), report.Options{Width: 80}},
		{"shop-80-verbose.txt", shop(t), report.Options{Width: 80, Verbose: true}},
		{"shop-120.txt", shop(t), report.Options{Width: 120}},
		{"shop-250.txt", shop(t), report.Options{Width: 250}},
		{"shop-color.txt", shop(t), report.Options{Width: 100, Color: true, Links: true, Root: "/srv/shop"}},
		{"one-100.txt", shop(t)[1:2], report.Options{Width: 100}},
		{"forms-80.txt", forms(t), report.Options{Width: 80}},
		{"forms-120.txt", forms(t), report.Options{Width: 120, Verbose: true}},
		{"forms-fleet-80.txt", append(fleet(t, 8), forms(t)...), report.Options{Width: 80}},
		{"only-80.txt", report.Select(shop(t), []string{"image-pinned"}), report.Options{Only: []string{"image-pinned"}}},
		{"fleet-60.txt", fleet(t, 9), report.Options{Width: 60}},
		{"fleet-120.txt", fleet(t, 30), report.Options{Width: 120}},
		{"fleet-100.txt", append(fleet(t, 2), shop(t)[0], empty(t)[0]), report.Options{Width: 100}},
		{"empty-80.txt", empty(t), report.Options{}},
		{"none-80.txt", nil, report.Options{}},
	} {
		t.Run(c.name, func(t *testing.T) { golden(t, c.name, terminal(t, c.recs, c.opts)) })
	}
}

// No line is wider than the terminal unless it holds a path, which is not broken,
// or code to copy.
func TestTerminalWidth(t *testing.T) {
	sets := map[string][]scorecard.Record{"shop": shop(t), "fleet": fleet(t, 12), "forms": forms(t), "hostile": hostile(t)}
	for name, recs := range sets {
		for width := 40; width <= 250; width++ {
			if width > 125 && width%25 != 0 {
				continue // prose ends at 120 columns
			}
			for _, verbose := range []bool{false, true} {
				out := terminal(t, recs, report.Options{Width: width, Verbose: verbose})
				for i, line := range strings.Split(out, "\n") {
					if displaywidth.String(line) <= width {
						continue
					}
					rest := strings.TrimSpace(line)
					unbreakable := strings.Contains(rest, "/") && strings.Count(rest, " ") <= 1 // a symbol may stand before it
					unbreakable = unbreakable || strings.Contains(rest, `deploy/\x1b]0;owned`)  // the hostile path has blanks
					verbatim := strings.Contains(rest, "a comment that is so long") || strings.HasPrefix(rest, `name: \x1b`)
					if !unbreakable && !verbatim {
						t.Fatalf("%s, width %d, verbose %t, line %d is %d wide: %q", name, width, verbose, i+1, displaywidth.String(line), line)
					}
				}
				if strings.ContainsRune(out, '\x1b') {
					t.Fatalf("%s, width %d: escape sequences although neither colours nor links were asked for", name, width)
				}
			}
		}
	}
}

// Whatever the width, paths come whole and the same words are said.
func TestTerminalBreaksNoPath(t *testing.T) {
	const path = "deploy/helm/charts/payments/templates/deployment-of-the-worker-pool.yaml:11"
	var first string
	for width := 40; width <= 250; width += 7 {
		out := terminal(t, shop(t)[1:2], report.Options{Width: width, Verbose: true})
		if !strings.Contains(out, path) {
			t.Errorf("width %d: %s is broken", width, path)
		}
		said := strings.Join(strings.Fields(strings.ReplaceAll(out, "─", "")), "")
		if first == "" {
			first = said
		}
		if said != first {
			t.Errorf("width %d says something else than width 40", width)
		}
	}
}

// A path is whole even where no slash tells that it is one.
func TestTerminalBreaksNoFileName(t *testing.T) {
	const name = "a-file-name-that-is-longer-than-the-terminal-is-wide and has blanks.yaml"
	recs := shop(t)[1:2]
	for i := range recs[0].Scorecard.Results {
		for j := range recs[0].Scorecard.Results[i].Evidence {
			recs[0].Scorecard.Results[i].Evidence[j].Location = file(name, 1)
		}
	}
	if out := terminal(t, recs, report.Options{Width: 40}); strings.Count(out, name) < 5 {
		t.Errorf("the file's name is broken:\n%s", out)
	}
}

// A check that does not apply is only named, unless all is asked for, or that check is.
func TestTerminalFolds(t *testing.T) {
	const reason = "no Service selects a workload of this service"
	cart := shop(t)[:1]
	short := terminal(t, cart, report.Options{})
	if strings.Contains(short, reason) || !strings.Contains(short, "does not apply: replicas-redundant\n") {
		t.Errorf("what does not apply is not folded:\n%s", short)
	}
	asked := []string{"replicas-redundant"}
	for _, out := range []string{
		terminal(t, cart, report.Options{Width: 120, Verbose: true}),
		terminal(t, report.Select(cart, asked), report.Options{Width: 120, Only: asked}),
	} {
		if !strings.Contains(out, reason) || strings.Contains(out, "does not apply: replicas") {
			t.Errorf("what does not apply is folded:\n%s", out)
		}
	}
}

// However narrow the terminal, the table says what is not known of each service.
func TestTerminalTableKeepsBounds(t *testing.T) {
	for width := 40; width <= 140; width++ {
		out := terminal(t, shop(t), report.Options{Width: width})
		table, _, _ := strings.Cut(out, "fails most")
		for _, said := range []string{"41.0 (30–56)", "75%", "BRONZE"} {
			if !strings.Contains(table, said) {
				t.Fatalf("width %d: the table does not say %s:\n%s", width, said, table)
			}
		}
	}
}

// Colours and links only add escape sequences.
func TestTerminalColorAddsNothingElse(t *testing.T) {
	recs := append(shop(t), forms(t)...)
	for _, verbose := range []bool{false, true} {
		colored := terminal(t, recs, report.Options{Width: 90, Color: true, Links: true, Root: "/srv/shop", Verbose: verbose})
		if got, want := strip(colored), terminal(t, recs, report.Options{Width: 90, Verbose: verbose}); got != want {
			t.Errorf("without its escape sequences the coloured output differs from the plain one:\n%s", got)
		}
	}
}

func TestTerminalManyServicesFast(t *testing.T) {
	recs := fleet(t, 400)
	out := terminal(t, recs, report.Options{Width: 120})
	if n := strings.Count(out, "\n"); n > 400+25*12 {
		t.Errorf("a fleet of 400 fills %d lines", n)
	}
	if !strings.Contains(out, fmt.Sprintf("and %d services with a higher", 400-report.FleetSections)) {
		t.Error("it is not said that services were left out")
	}
	if all := terminal(t, recs, report.Options{Width: 120, Verbose: true}); !strings.Contains(all, "── service-398 ──") {
		t.Error("verbose leaves services out")
	}
}

// Of many services the worst are told of, whatever the order in which they came.
func TestSheetKeepsTheWorst(t *testing.T) {
	recs := fleet(t, 120)
	for i := range recs {
		score := float64((i * 37) % 120) // no two alike, and in no order
		recs[i].Scorecard.Score, recs[i].Scorecard.Min, recs[i].Scorecard.Max = &score, score, score
	}
	want := terminal(t, recs, report.Options{Width: 100})
	if n := strings.Count(want, " · score "); n != report.FleetSections {
		t.Errorf("%d services have lines of their own, want %d", n, report.FleetSections)
	}
	for score := range 120 {
		if told := strings.Contains(want, fmt.Sprintf(" · score %d.0", score)); told != (score < report.FleetSections) {
			t.Errorf("the service of score %d has lines of its own: %t", score, told)
		}
	}
	slices.Reverse(recs)
	if got := terminal(t, recs, report.Options{Width: 100}); got != want {
		t.Error("another order gives another sheet")
	}
}
