package slo

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

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
	const pyrra = "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\n"
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
		"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"
	for _, tt := range []struct {
		name, path, content string
		objectives          int
		gap                 string // reason
		line                int
	}{
		{"syntax", "slo.yaml", pyrra + "spec: @x\n", 0, "malformed", 3},
		{"one broken document hides no other", "slo.yaml", "version: prometheus/v1\na: @b\n---\n" + pyrra + "spec: {}\n", 1, "malformed", 2},
		{"broken, but none", "values.yaml", "# see pyrra.dev/docs\na: @b\n", 0, "", 0},
		{"Keptn's, broken", "cart/slo.yaml", "spec_version: '1.0'\na: @b\n", 0, "malformed", 2},
		{"another's version, broken", "plan.yaml", "spec_version: '1.0'\na: @b\n", 0, "", 0},
		{"Nobl9's, broken", "n.yaml", "- apiVersion: n9/v1alpha\n  kind: @b\n", 0, "malformed", 2},
		{"invalid UTF-8", "slo.yaml", pyrra + "metadata: {name: \xff}\n", 0, "malformed", 3},
		{"alias bomb", "slo.yaml", pyrra + bomb, 0, "malformed", 1},
		{"too large", "slo.yaml", pyrra + "# " + strings.Repeat("x", 1<<20), 0, "too-large", 0},
		{"no spec", "slo.yaml", pyrra, 0, "malformed", 1},
		{"spec is a list", "slo.yaml", pyrra + "spec: []\n", 0, "malformed", 1},
		{"slos is a mapping", "slo.yaml", "version: prometheus/v1\nslos: {a: b}\n", 0, "malformed", 2},
		{"an slo is text", "slo.yaml", "version: prometheus/v1\nslos:\n- a\n- name: b\n", 1, "malformed", 3},
		{"no slos", "slo.yaml", "version: prometheus/v1\nservice: a\n", 0, "malformed", 1},
		{"objectives is text", "slo.yaml", "apiVersion: openslo/v1\nkind: SLO\nspec: {objectives: x}\n", 0, "malformed", 3},
		{"objectives of text", "slo.yaml", "apiVersion: openslo/v1\nkind: SLO\nspec: {objectives: [x]}\n", 1, "", 0},
		{"everything is of the wrong type", "slo.yaml", "apiVersion: openslo/v1\nkind: SLO\nmetadata: []\nspec: {timeWindow: x, indicator: [], alertPolicies: {}, objectives: [{target: {}, indicator: 1}]}\n", 1, "", 0},
		{"an indicator that names itself", "slo.yaml", "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: a}\nspec: {indicatorRef: a}\n", 0, "", 0},
		{"lists in lists", "slo.yaml", "# openslo\n" + strings.Repeat("[", 100) + strings.Repeat("]", 100), 0, "", 0},
		{"10,000 documents", "slo.yaml", strings.Repeat(pyrra+"spec: {target: '99'}\n---\n", 10_000), 10_000, "", 0},
		{"JSON", "slos/cart.json", `{"apiVersion": "pyrra.dev/v1alpha1", "kind": "ServiceLevelObjective", "spec": {"target": "99"}}`, 1, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			facts := read(t, fstest.MapFS{tt.path: {Data: []byte(tt.content)}}, tree.Limits{MaxFileBytes: 1 << 20})
			if len(facts.SLOs) != tt.objectives {
				t.Errorf("%d objectives, want %d", len(facts.SLOs), tt.objectives)
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
			g := facts.Gaps[0]
			if g.Reason != tt.gap || g.Location.Path != tt.path || g.Location.FirstLine != tt.line || !slices.Equal(g.Hides, []scorecard.Family{scorecard.Objectives}) {
				t.Errorf("gap %+v, want %s at line %d hiding the objectives", g, tt.gap, tt.line)
			}
		})
	}
}

func TestDays(t *testing.T) {
	for text, want := range map[string]float64{
		"30d": 30, "4w": 28, "1M": 30, "1Q": 90, "1Y": 365, "1y": 365, "1w2d": 9, "12h": 0.5, "1m": 0.000694, "720h": 30,
		"": 0, "30": 0, "d": 0, "30 d": 0, "-1d": 0, "1.5d": 0, "99999999999999999999999999999999999999999999999999999999999999999999d": 0, "1D": 0,
	} {
		if got := days(text); got != want {
			t.Errorf("days(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestCalendarUnit(t *testing.T) {
	for text, want := range map[string]string{"1d": "day", "7d": "week", "1w": "week", "1M": "month", "31d": "month", "1Q": "quarter", "3M": "quarter", "1Y": "year", "12M": "year",
		"2w": "", "2M": "", "2Q": "", "1m": "", "": ""} {
		if got := calendarUnit(days(text)); got != want {
			t.Errorf("a calendar window of %q is one of %q, want %q", text, got, want)
		}
	}
}

func TestTargets(t *testing.T) {
	show := func(f *float64) string {
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for text, want := range map[string]string{"0.9995": "99.95", "0.999": "99.9", "1": "100", "9.99e-1": "99.9", "99.9": "9990", ".9": "90", "": "null",
		"x": "null", "NaN": "null", "Inf": "null", "0x1": "null", "1_0": "null", "1e999": "null", "{{ x }}": "null"} {
		if got := show(ratio(text)); got != want {
			t.Errorf("ratio(%q) = %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"99.9": "99.9", "100": "100", "+1": "1", "-5": "-5", "ninety": "null"} {
		if got := show(percent(text)); got != want {
			t.Errorf("percent(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestQueryLabels(t *testing.T) {
	for q, want := range map[string]string{
		`sum(rate(x{job="cart",code=~"5..",namespace='shop'}[5m]))`: `{"job":"cart","namespace":"shop"}`,
		`x{job=~"cart"}`:                                       `{"job":"cart"}`,
		`x{job=~"cart|payment"}`:                               `null`,
		`x{job=~".*cart.*", service!="cart"}`:                  `null`,
		"x{app=`cart`}":                                        `{"app":"cart"}`,
		`x{service="$service", app="{{ a }}"}`:                 `null`,
		`sum:trace.hits{service:cart,env:prod}`:                `{"service":"cart"}`,
		`metric.type="x" resource.label.service_name = "cart"`: `{"service_name":"cart"}`,
		`label_replace(x, "service", "$1", "job", "(.*)")`:     `null`,
		`a{service="cart"} / b{service="other"}`:               `{"service":"cart"}`,
	} {
		var ls Labels
		ls.Query(q)
		got, err := json.Marshal(ls)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s: %s, want %s", q, got, want)
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
			f.Add(file.Data, false)
		}
	}
	f.Add([]byte("apiVersion: openslo/v1\nkind: SLO\nspec: {objectives: [~, 1, [], {target: 1}], alertPolicies: [~, [], {alertPolicyRef: x}]}"), true)
	f.Fuzz(func(t *testing.T, data []byte, chart bool) {
		out := parse("slo.yaml", data, chart)
		out.resolve()
		for _, o := range out.objectives {
			if o.Location.FirstLine < 1 || o.Location.LastLine < o.Location.FirstLine {
				t.Errorf("lines %d to %d", o.Location.FirstLine, o.Location.LastLine)
			}
			if _, err := json.Marshal(o); err != nil {
				t.Error(err)
			}
		}
	})
}
