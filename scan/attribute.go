package scan

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Attribute finds the services of a repository and deals its facts out to them, one
// inventory each, in the order of their IDs. Services are, in this order: the
// catalog's Components; the applications of workloads that no Component claims; what
// a deployment definition names, where there are no workloads; else the repository
// as a whole.
//
// Objects go to the services whose workloads they select or target. Other evidence
// goes to the service whose folder it is in or whose name its path carries; what
// names no service is shared by all.
func Attribute(repository string, c *scorecard.Collection) []*scorecard.Inventory {
	a := &attribution{repository: repository, facts: &c.Facts, folders: c.Folders, owner: map[*scorecard.Workload]*member{}}
	a.findComponents()
	a.claimWorkloads()
	a.groupWorkloads()
	a.findUnrendered()
	a.findDefinitions()
	if len(a.members) == 0 {
		a.add(&member{service: scorecard.Service{
			Name: repository, Discovery: scorecard.ByRepository, Path: ".", Location: scorecard.Location{Path: "."},
		}}, repository)
	}
	a.unique()
	a.index()
	a.findRoots()
	a.findBelongings()
	a.dealKubernetes()
	a.dealForms()
	a.dealFiles()
	a.dealOwners()
	a.dealShared()
	out := make([]*scorecard.Inventory, len(a.members))
	for i, m := range a.members {
		m.service.Runs = m.runs()
		m.inventory.Service = m.service
		m.inventory.Sort()
		out[i] = &m.inventory
	}
	slices.SortFunc(out, func(x, y *scorecard.Inventory) int { return cmp.Compare(x.Service.ID, y.Service.ID) })
	return out
}

// member is a service in the making.
type member struct {
	service   scorecard.Service
	entity    *scorecard.Entity
	workloads []*scorecard.Workload
	inventory scorecard.Inventory
	// round is the last one of the attribution's in which the member was met.
	round int
	// crowded: it shares more objects than are dealt to it.
	crowded bool
	// root is the folder of the Terraform root that defines it; empty for none.
	root string
}

type attribution struct {
	repository string
	facts      *scorecard.Facts
	folders    []string
	members    []*member
	owner      map[*scorecard.Workload]*member
	places     places
	builds     builds
	// whole is the view of all facts, made when a budget is shared.
	whole *scorecard.View
	// partial: the facts are those of one form, and what they lack may stand beside it.
	partial bool
	// round counts the searches for members, so that each is found once.
	round int
	// belongings are Terraform's blocks that say whose they are, by place; told the services
	// of which Terraform says what they use.
	belongings map[scorecard.Location]*scorecard.Belonging
	told       map[*member]bool
	// roots are the services that Terraform's roots define, by the roots' folders.
	roots map[string][]*member
	// sharing are the files whose evidence is everybody's, since it names nobody.
	sharing map[string]bool
}

// add gives the service its ID within its scope and keeps it.
func (a *attribution) add(m *member, scope string) {
	m.service.Repository = a.repository
	m.service.ID = identifier(scope, '-') + "." + identifier(m.service.Name, '.')
	a.members = append(a.members, m)
}

// runs is the service's main workload: one that is meant to run for ever before jobs,
// and one of its name before others; else what a Compose file runs by its name.
func (m *member) runs() scorecard.ObjectRef {
	best, rank := scorecard.ObjectRef{}, 0
	for _, w := range m.workloads {
		r := 1
		if w.LongRunning() {
			r += 2
		}
		if m.called(w.Object.Name) {
			r++
		}
		if r > rank {
			best, rank = w.Object, r
		}
	}
	for _, d := range m.inventory.Infra {
		if rank == 0 && d.Tool == "compose" && m.called(d.Name) {
			return scorecard.ObjectRef{Kind: "Compose", Name: d.Name}
		}
	}
	return best
}

// identifier makes a part of a service's ID of a name: lower-case letters, digits,
// `-` and `_`, and the extra character too; everything else becomes `-`.
func identifier(name string, extra rune) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == extra:
			return r
		}
		return '-'
	}, strings.ToLower(name))
	id = strings.Trim(id, "-_.")
	if len(id) > 100 {
		id = strings.TrimRight(id[:100], "-_.")
	}
	return cmp.Or(id, "unnamed")
}

// unique keeps the first of services with the same ID, so that an entity that stands
// in two files is one service; the later one's workloads go to the first.
func (a *attribution) unique() {
	first := map[string]*member{}
	kept := a.members[:0]
	for _, m := range a.members {
		f, twice := first[m.service.ID]
		if !twice {
			first[m.service.ID] = m
			kept = append(kept, m)
			continue
		}
		for _, w := range m.workloads {
			f.workloads = append(f.workloads, w)
			a.owner[w] = f
		}
		a.facts.Notes = append(a.facts.Notes, scorecard.Problem{
			Location: m.service.Location,
			Message:  "service " + m.service.ID + " is declared here again; the declaration at " + f.service.Location.String() + " counts",
		})
	}
	a.members = kept
}

// findComponents makes a service of each Component entity.
func (a *attribution) findComponents() {
	for i := range a.facts.Entities {
		e := &a.facts.Entities[i]
		if !strings.EqualFold(e.Kind, "Component") || e.Name == "" {
			continue
		}
		namespace := cmp.Or(e.Namespace, "default")
		a.add(&member{entity: e, service: scorecard.Service{
			Name: e.Name, Title: e.Title, Discovery: scorecard.ByCatalog, Location: e.Location, EntityRef: e.Ref(),
			Path: entityPath(e), Type: e.Type, Owner: e.Owner, Lifecycle: e.Lifecycle, System: e.System, Tier: tierOf(e),
		}}, namespace)
	}
	a.dropSharedPaths()
}

// dropSharedPaths: a folder that several entities share, a root catalog-info.yaml
// for a monorepo, is no one's own.
func (a *attribution) dropSharedPaths() {
	count := map[string]int{}
	for _, m := range a.members {
		count[m.service.Path]++
	}
	for _, m := range a.members {
		if count[m.service.Path] > 1 {
			m.service.Path = ""
		}
	}
}

// tierOf reads the service tier off the catalog entity alone: a pod label `tier: web` is none.
func tierOf(e *scorecard.Entity) string {
	tier := e.Tier
	for _, key := range []string{"tier", "service-tier", "criticality"} {
		tier = cmp.Or(tier, e.Labels[key], e.Annotations[key])
	}
	return tier
}

// findUnrendered makes a service of each chart that would not render, unless a service
// that is known has its folder or its name: a chart that can't be read must not vanish,
// nor make unknown what other charts show.
func (a *attribution) findUnrendered() {
	failed := map[string]bool{}
	for _, g := range a.facts.Gaps {
		if len(g.Hides) > 0 && (g.Reason == "render-failed" || g.Reason == "timeout" || g.Reason == "missing-dependency") {
			for d := path.Dir(g.Location.Path); ; d = path.Dir(d) {
				failed[d] = true
				if d == "." || d == "/" {
					break
				}
			}
		}
	}
	if len(failed) == 0 {
		return
	}
	taken := map[string]bool{}
	for _, m := range a.members {
		for _, w := range m.workloads {
			taken[w.Origin] = true
		}
		taken[normal(m.service.Name)] = true
	}
	for i := range a.facts.Charts {
		c := &a.facts.Charts[i]
		covered := slices.ContainsFunc(a.members, func(m *member) bool { return m.entity != nil && under(c.Folder, m.service.Path) })
		if failed[c.Folder] && !covered && !taken[c.Folder] && !taken[normal(c.Name)] && c.Type != "library" {
			a.add(&member{service: scorecard.Service{
				Name: cmp.Or(c.Name, path.Base(c.Folder)), Discovery: scorecard.ByWorkload, Location: c.Location, Path: c.Folder,
			}}, a.repository)
		}
	}
}

// findDefinitions makes a service of each thing that a deployment definition names,
// where there are no entities and no workloads.
func (a *attribution) findDefinitions() {
	if len(a.members) > 0 {
		return
	}
	for i := range a.facts.Infra {
		d := &a.facts.Infra[i]
		if d.Deploys && d.Name != "" {
			a.add(&member{service: scorecard.Service{Name: d.Name, Discovery: scorecard.ByWorkload, Location: d.Location}}, a.repository)
		}
	}
}
