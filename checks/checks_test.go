package checks_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var update = flag.Bool("update", false, "write what is generated")

func TestBuiltin(t *testing.T) {
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(rubric.All()), len(checks.All()); got != want {
		t.Errorf("the built-in rubric asks %d checks of %d", got, want)
	}
}

// Every check says all that a user is shown of it.
func TestWords(t *testing.T) {
	id := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, c := range checks.All() {
		if !id.MatchString(c.ID) {
			t.Errorf("ID %q is not lower-case words, with hyphens between them", c.ID)
		}
		for name, text := range map[string]string{"title": c.Title, "applies": c.Applies, "passes": c.Passes, "why": c.Why, "fix": c.Fix} {
			if strings.TrimSpace(text) == "" || strings.ContainsRune(text, '\n') {
				t.Errorf("%s: %s %q is empty or has several lines", c.ID, name, text)
			}
		}
		if strings.HasSuffix(c.Title, ".") || !strings.HasSuffix(c.Why, ".") || !strings.HasSuffix(c.Fix, ".") {
			t.Errorf("%s: a title has no full stop, why and fix have", c.ID)
		}
		if !slices.Contains(scorecard.Pillars(), c.Pillar) || c.Effort == 0 || len(c.References) == 0 {
			t.Errorf("%s lacks a known pillar, an effort or a reference", c.ID)
		}
		for _, x := range c.Thresholds {
			if !id.MatchString(x.Name) || x.Text == "" || !(x.Min <= x.Value && x.Value <= x.Max) {
				t.Errorf("%s: threshold %+v", c.ID, x)
			}
		}
		for _, r := range c.References {
			if u, err := url.Parse(r.URL); err != nil || u.Scheme != "https" || u.Host == "" || r.Title == "" {
				t.Errorf("%s: reference %q %q", c.ID, r.Title, r.URL)
			}
		}
		for _, f := range c.Reads {
			if !slices.Contains(scorecard.Families(), f) || f.Reads() == "" {
				t.Errorf("%s reads %q, which is no family", c.ID, f)
			}
		}
	}
}

// docs/checks.md is the catalogue, made of the checks' own words.
func TestCatalogueIsFresh(t *testing.T) {
	const file = "../docs/checks.md"
	want := catalogue(t)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale: go test ./checks -run TestCatalogueIsFresh -args -update", file)
	}
}

func catalogue(t *testing.T) []byte {
	t.Helper()
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	all := rubric.All()
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!-- Generated from the checks themselves: go test ./checks -run TestCatalogueIsFresh -args -update -->\n\n")
	fmt.Fprintf(&b, "# The check catalogue\n\nSeaworthy looks for %d practices. A check passes when all that it looks at is right, and earns the share that is.\n", len(all))
	fmt.Fprintf(&b, "What can't be seen is UNKNOWN: never a failure, and never a pass. `seaworthy checks show ID` says the same in a terminal;\n")
	fmt.Fprintf(&b, "levels, weights and thresholds are the built-in rubric's, and `--rubric` takes another.\n")
	pillar := scorecard.Pillar("")
	for _, c := range all {
		if c.Pillar != pillar {
			pillar = c.Pillar
			fmt.Fprintf(&b, "\n| %s | level | weight | true of a good service |\n|---|---|---|---|\n", pillar)
		}
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s |\n", c.ID, c.ID, strings.ToLower(string(c.Level)), c.Weight, c.Title)
	}
	b.WriteString("\n## What is read\n\n")
	for _, f := range scorecard.Families() {
		fmt.Fprintf(&b, "- **%s**: %s.\n", f, f.Reads())
	}
	pillar = ""
	for _, c := range all {
		if c.Pillar != pillar {
			pillar = c.Pillar
			fmt.Fprintf(&b, "\n## %s\n", pillar)
		}
		section(&b, c)
	}
	return b.Bytes()
}

// section writes one check's section.
func section(b *bytes.Buffer, c scorecard.Check) {
	fmt.Fprintf(b, "\n### %s\n\n**%s.** %s · %s (%g)\n\n%s\n\n", c.ID, c.Title, strings.ToLower(string(c.Level)), c.Weight, float64(c.Weight), c.Why)
	fmt.Fprintf(b, "- Looks at: %s.\n- Passes when: %s.\n", c.Applies, c.Passes)
	for _, x := range c.Thresholds {
		fmt.Fprintf(b, "- Threshold `%s`: %s: %g (from %g to %g).\n", x.Name, x.Text, x.Value, x.Min, x.Max)
	}
	reads := make([]string, len(c.Reads))
	for i, f := range c.Reads {
		reads[i] = fmt.Sprintf("[%s](#what-is-read)", f)
	}
	fmt.Fprintf(b, "- To mend it: %s\n- Reads, and is unknown where some of it can't be read: %s.\n- Read more:", c.Fix, strings.Join(reads, ", "))
	for i, r := range c.References {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, " [%s](%s)", r.Title, r.URL)
	}
	b.WriteString(".\n")
}
