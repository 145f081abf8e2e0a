package scan

import (
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dealModels gives out the model servers that operators make, what a cloud hosts, and
// gateways to models: to the service that they name, else by their path. Gateways of nobody
// are everybody's.
func (a *attribution) dealModels() {
	f := a.facts
	for i := range f.Models {
		for _, m := range a.modelOf(&f.Models[i]) {
			m.inventory.Models = append(m.inventory.Models, f.Models[i])
		}
	}
	for _, x := range f.Gateways {
		for _, m := range a.about(x.Location.Path, x.Name) {
			m.inventory.Gateways = append(m.inventory.Gateways, x)
		}
	}
	for _, x := range f.Hosted {
		ms := a.places.named(x.Name)
		if len(ms) == 0 {
			ms = a.places.of(x.Location.Path)
		}
		if len(ms) == 0 && len(a.members) == 1 && len(f.Workloads) == 0 {
			ms = a.members
		}
		for _, m := range ms {
			m.inventory.Hosted = append(m.inventory.Hosted, x)
		}
	}
}

// modelOf gives the services of a model server that an operator makes: those that it
// names, else those of its path. One of nobody is nobody's, but for a repository of a
// single service: it is no part of the services beside it.
func (a *attribution) modelOf(w *scorecard.Workload) []*member {
	for _, name := range []string{w.Labels["app.kubernetes.io/name"], w.Labels["app"], w.Object.Name} {
		if ms := a.places.named(name); len(ms) > 0 {
			return ms
		}
	}
	if ms := a.places.of(w.Location.Path); len(ms) > 0 || len(a.members) > 1 {
		return ms
	}
	return a.members
}

// releasing deals how new versions get their requests to the services whose workloads
// they are versions of, and the templates of analysis along with it. Of nobody here, they
// are nobody's.
func (d *dealer) releasing() {
	f := d.facts
	models := map[*scorecard.Workload]bool{}
	for i := range f.Models {
		models[&f.Models[i]] = true
	}
	using := map[*scorecard.AnalysisTemplate][]*member{}
	for i := range f.Canaries {
		c := &f.Canaries[i]
		var to []*member
		for _, w := range d.pairs.OfCanary[c] {
			ms := []*member{d.owner[w]}
			if models[w] {
				ms = d.modelOf(w)
			}
			for _, m := range ms {
				if m != nil && !slices.Contains(to, m) {
					to = append(to, m)
				}
			}
		}
		deal(d, to, c, c.Location, func(f *scorecard.Facts) *[]scorecard.Canary { return &f.Canaries })
		d.pools(c, to)
		d.use(c.Analyses, to, using)
	}
	for i := range f.Analyses {
		t := &f.Analyses[i]
		deal(d, using[t], t, t.Location, func(f *scorecard.Facts) *[]scorecard.AnalysisTemplate { return &f.Analyses })
	}
	for i := range f.Upgrades {
		u := &f.Upgrades[i]
		deal(d, d.upgraded(u), u, u.Location, func(f *scorecard.Facts) *[]scorecard.Upgrade { return &f.Upgrades })
	}
}

// pools gives the services the pools that a route of theirs leads to, without which it
// leads nowhere.
func (d *dealer) pools(c *scorecard.Canary, to []*member) {
	for i := range d.facts.Pools {
		p := &d.facts.Pools[i]
		o := p.Location.Object
		if !slices.ContainsFunc(c.Backends, func(b scorecard.ObjectRef) bool {
			return b.Kind == o.Kind && b.Name == o.Name && b.PairingNamespace() == o.PairingNamespace()
		}) {
			continue
		}
		for _, m := range to {
			if !slices.ContainsFunc(m.inventory.Pools, func(have scorecard.Pool) bool { return have.Location == p.Location }) {
				m.inventory.Pools = append(m.inventory.Pools, *p)
			}
		}
	}
}

// use notes who uses the templates, and those that they are made of.
func (d *dealer) use(refs []scorecard.AnalysisRef, by []*member, using map[*scorecard.AnalysisTemplate][]*member) {
	for _, r := range refs {
		t := d.facts.TemplateOf(r.Template)
		if t == nil {
			continue
		}
		fresh := slices.DeleteFunc(slices.Clone(by), func(m *member) bool { return slices.Contains(using[t], m) })
		if len(fresh) > 0 {
			using[t] = append(using[t], fresh...)
			d.use(t.Templates, fresh, using)
		}
	}
}

// upgraded gives the services of a Helm release: those of its chart in this repository,
// else the one that it names, else those of its path.
func (d *dealer) upgraded(u *scorecard.Upgrade) []*member {
	if u.Chart != "" {
		if ms := d.origins[u.Chart]; len(ms) > 0 {
			return ms
		}
	}
	if ms := d.places.named(u.Name); len(ms) > 0 {
		return ms
	}
	if len(d.members) == 1 && u.Chart != "" {
		return d.members
	}
	return nil
}
