package alert

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/promql"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Finish completes the alerts once all readers are done: what stands in a chart's values
// and is rendered too counts once, burn rates are told by what recording rules measure,
// and links are followed into the repository.
func Finish(t *tree.Tree, home Home, facts *scorecard.Facts) {
	once(facts)
	burn(facts)
	resolve(t, home, facts)
	have := map[string]bool{}
	for i := range facts.Alerts {
		have[facts.Alerts[i].Name] = true
	}
	mixins(t, have)
}

// Home is where the tree's repository is on the web, and which folder of it the tree is.
type Home struct {
	URL    string // https, without credentials; empty where it is not known
	Folder string // with slashes; empty for the whole
}

// once drops the alerts of files and values that an object holds too: the chart that
// makes the object reads them from there.
func once(facts *scorecard.Facts) {
	type same struct{ name, expr string }
	rendered := map[same]bool{}
	for i := range facts.Alerts {
		if a := &facts.Alerts[i]; a.Location.Object.Kind != "" {
			rendered[same{a.Name, a.Expr}] = true
		}
	}
	if len(rendered) == 0 {
		return
	}
	dropped, kept := map[string]bool{}, map[string]bool{}
	facts.Alerts = slices.DeleteFunc(facts.Alerts, func(a scorecard.Alert) bool {
		again := a.Location.Object.Kind == "" && rendered[same{a.Name, a.Expr}]
		if again {
			dropped[a.Location.Path] = true
		} else {
			kept[a.Location.Path] = true
		}
		return again
	})
	facts.RuleFiles = slices.DeleteFunc(facts.RuleFiles, func(f scorecard.RuleFile) bool {
		return f.Location.Object.Kind == "" && dropped[f.Location.Path] && !kept[f.Location.Path] && len(f.Problems) == 0
	})
}

// burn reads the alerts over two windows again whose windows only the recording rules
// know.
func burn(facts *scorecard.Facts) {
	if len(facts.Recordings) == 0 {
		return
	}
	recorded := map[string]scorecard.Recording{}
	for _, r := range facts.Recordings {
		recorded[r.Name] = r
	}
	lookup := func(name string) (scorecard.Recording, bool) { r, ok := recorded[name]; return r, ok }
	for i := range facts.Alerts {
		a := &facts.Alerts[i]
		if a.Language != "promql" || len(a.BurnRate) > 0 || !strings.Contains(strings.ToLower(a.Expr), "and") || strings.HasSuffix(a.Expr, "…") {
			continue
		}
		if again, bad := promql.Prometheus(a.Expr, lookup); bad == nil && len(again.BurnRate) > 0 {
			a.BurnRate, a.Shape = again.BurnRate, again.Shape
		}
	}
	for i := range facts.Alerts { // whom they select, the rules behind them say
		a := &facts.Alerts[i]
		for _, m := range a.Metrics {
			if r, ok := recorded[m]; ok && len(a.BurnRate) > 0 && len(a.Selects) == 0 {
				a.Selects = r.Selects
			}
		}
	}
}
