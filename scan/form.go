package scan

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dealForms gives each service its share of the other forms of the repository's
// objects. A form's workload belongs to the service that has the same one in the form
// that is judged: by kind and name, else by application, else by the source of which
// Kustomize made both.
func (a *attribution) dealForms() {
	if len(a.facts.Forms) == 0 {
		return
	}
	of := a.formOwner()
	for i := range a.facts.Forms {
		form := &a.facts.Forms[i]
		shadows := map[*member]*member{}
		part := &attribution{repository: a.repository, facts: &form.Facts, partial: true, owner: map[*scorecard.Workload]*member{}}
		for j := range form.Facts.Workloads {
			w := &form.Facts.Workloads[j]
			m := of(w)
			if m == nil {
				continue
			}
			s := shadows[m]
			if s == nil {
				s = &member{service: m.service}
				shadows[m] = s
				part.members = append(part.members, s)
			}
			part.owner[w] = s
			s.workloads = append(s.workloads, w)
		}
		part.dealKubernetes()
		for m, s := range shadows {
			m.inventory.Forms = append(m.inventory.Forms, scorecard.OtherForm{Name: form.Name, Facts: s.inventory.Facts})
		}
	}
}

// formOwner finds the service of another form's workload; nil where it has none.
func (a *attribution) formOwner() func(*scorecard.Workload) *member {
	byName, byApplication, bySource := map[formKey]*member{}, map[formKey]*member{}, map[sourceKey]*member{}
	for i := range a.facts.Workloads {
		w := &a.facts.Workloads[i]
		m := a.owner[w]
		if m == nil {
			continue
		}
		byName[formKey{w.Object.Kind, w.Object.Name}] = m
		byApplication[formKey{w.Object.Kind, strings.ToLower(w.Application())}] = m
		if source, ok := sourceOf(w); ok {
			if other, taken := bySource[source]; taken && other != m {
				m = nil // of several services, so it tells none
			}
			bySource[source] = m
		}
	}
	return func(w *scorecard.Workload) *member {
		if m := byName[formKey{w.Object.Kind, w.Object.Name}]; m != nil {
			return m
		}
		if m := byApplication[formKey{w.Object.Kind, strings.ToLower(w.Application())}]; m != nil {
			return m
		}
		if source, ok := sourceOf(w); ok {
			return bySource[source]
		}
		return nil
	}
}

// byFormOrigin maps files, charts and overlays to the services of whose workloads another
// form comes from them.
func (a *attribution) byFormOrigin() map[string][]*member {
	out := map[string][]*member{}
	of := a.formOwner()
	for i := range a.facts.Forms {
		ws := a.facts.Forms[i].Facts.Workloads
		for j := range ws {
			m := of(&ws[j])
			for _, where := range [...]string{ws[j].Location.Path, ws[j].Origin} {
				if m != nil && where != "" && !slices.Contains(out[where], m) {
					out[where] = append(out[where], m)
				}
			}
		}
	}
	return out
}

type formKey struct{ kind, name string }
