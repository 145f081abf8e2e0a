package scan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// gaps deals what could not be seen: to the services of its file; else to those to which
// it may have belonged, where it says so; else to all. Alerts, dashboards and pipelines may
// be about anybody where they are kept for others; an application brings its own. Where
// the repository is one service, because no workload could be read, they may be its own.
func (d *dealer) gaps() {
	f := d.facts
	strangers, first := 0, scorecard.Location{}
	for i := range f.Gaps {
		g := &f.Gaps[i]
		ms, own := d.speaking(g.Location.Path)
		var fed []*member
		for _, m := range ms {
			if m.service.Discovery == scorecard.ByRepository && !g.Feeds.Everybody() && (!own || g.Reason == "remote") {
				apart := *g
				apart.Apart = true
				fed = append(fed, m)
				m.inventory.Gaps = append(m.inventory.Gaps, apart)
				continue
			}
			if own || g.Feeds.Everybody() || slices.ContainsFunc(m.workloads, g.Feeds.Workload) {
				fed = append(fed, m)
				m.inventory.Gaps = append(m.inventory.Gaps, *g)
				continue
			}
			rest := *g
			rest.Hides = slices.DeleteFunc(slices.Clone(g.Hides), func(f scorecard.Family) bool { return f == scorecard.Kubernetes || !forOthers(g) })
			if len(rest.Hides) > 0 {
				m.inventory.Gaps = append(m.inventory.Gaps, rest)
			}
		}
		if len(ms) > 0 && len(fed) == 0 {
			if strangers++; strangers == 1 {
				first = g.Location
			}
		}
	}
	if strangers > 0 {
		first.Object, first.Form = scorecard.ObjectRef{}, ""
		f.Notes = append(f.Notes, scorecard.Problem{Location: first,
			Message: fmt.Sprintf("what %d gaps in kustomizations hide (the first of them is here) belongs to applications of which nothing could be read, and to no service that was found", strangers)})
	}
}

// builders are folders of what tests and deploys others.
var builders = []string{"ci", "cicd", "tekton", "pipeline", "pipelines", "workflows", "jenkins", "argoworkflows"}

// forOthers reports whether a gap is in a folder of what watches or builds others. Such
// a folder inside of an application's is the application's own.
func forOthers(g *scorecard.Gap) bool {
	return slices.ContainsFunc(g.Feeds.Folders, func(p string) bool {
		inside := slices.ContainsFunc(g.Feeds.Folders, func(q string) bool { return strings.HasPrefix(p, q+"/") })
		return !inside && slices.ContainsFunc(strings.Split(p, "/"), func(part string) bool {
			return watches(part) || slices.Contains(builders, normal(part))
		})
	})
}
