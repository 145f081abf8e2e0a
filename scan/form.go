package scan

import (
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
	byName, byApplication, bySource := map[formKey]*member{}, map[formKey]*member{}, map[sourceKey]*member{}
	for i := range a.facts.Workloads {
		w := &a.facts.Workloads[i]
		if m := a.owner[w]; m != nil {
			byName[formKey{w.Object.Kind, w.Object.Name}] = m
			byApplication[formKey{w.Object.Kind, strings.ToLower(w.Application())}] = m
			if source, ok := sourceOf(w); ok {
				if other, taken := bySource[source]; taken && other != m {
					m = nil // of several services, so it tells none
				}
				bySource[source] = m
			}
		}
	}
	for i := range a.facts.Forms {
		form := &a.facts.Forms[i]
		shadows := map[*member]*member{}
		part := &attribution{repository: a.repository, facts: &form.Facts, partial: true, owner: map[*scorecard.Workload]*member{}}
		for j := range form.Facts.Workloads {
			w := &form.Facts.Workloads[j]
			m := byName[formKey{w.Object.Kind, w.Object.Name}]
			if m == nil {
				m = byApplication[formKey{w.Object.Kind, strings.ToLower(w.Application())}]
			}
			if source, ok := sourceOf(w); m == nil && ok {
				m = bySource[source]
			}
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

type formKey struct{ kind, name string }
