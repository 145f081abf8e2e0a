package scorecard

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// MaxOtherwise is how many other forms a result names.
const MaxOtherwise = 5

// judgeForms asks the checks that read Kubernetes of each other form, and notes in the
// results where it would come out differently. Only what is known either way is
// compared: a form may be a part of what is deployed, and what it leaves unknown or
// out of the question says little.
func judgeForms(card *Scorecard, inv *Inventory, rubric *Rubric) {
	for i := range inv.Forms {
		form := &inv.Forms[i]
		view := NewView(inv.in(form))
		view.Outlined = true // only the outcome is compared
		for j := range card.Results {
			r := &card.Results[j]
			check, ok := rubric.Check(r.Check)
			if asked := rubric.rules[r.Check].Services; !asked.Holds(&inv.Service) {
				continue
			}
			if !ok || len(r.Otherwise) == MaxOtherwise || !slices.Contains(check.Reads, Kubernetes) {
				continue
			}
			f, _ := run(&check, view)
			if len(r.Gaps) > 0 && (f.Outcome != Fail || f.Absent || alterable(f.Evidence, r.Gaps)) {
				continue // the gap would leave it unknown there, too
			}
			if f.Outcome != r.Outcome && (f.Outcome == Fail || f.Outcome == Pass && r.Outcome == Fail) {
				r.Otherwise = append(r.Otherwise, FormVerdict{form.Name, f.Outcome, f.Reason})
			}
		}
	}
}

// in is the inventory with the form's objects in the place of those that it is another
// form of. Secrets stay: those of the inventory are of all forms.
func (inv *Inventory) in(form *OtherForm) *Inventory {
	other := *inv
	o, f := &other.Facts, &form.Facts
	o.Forms = nil
	replaced := inv.replacedBy(f)
	gone := func(at Location) bool { return replaced[formOf(at)] }
	o.Workloads = swap(o.Workloads, f.Workloads, gone, func(x *Workload) Location { return x.Location })
	o.Services = swap(o.Services, f.Services, gone, func(x *KubeService) Location { return x.Location })
	o.Budgets = swap(o.Budgets, f.Budgets, gone, func(x *Budget) Location { return x.Location })
	o.Scalers = swap(o.Scalers, f.Scalers, gone, func(x *Autoscaler) Location { return x.Location })
	o.Policies = swap(o.Policies, f.Policies, gone, func(x *NetworkPolicy) Location { return x.Location })
	o.Monitors = swap(o.Monitors, f.Monitors, gone, func(x *Monitor) Location { return x.Location })
	o.Routes = swap(o.Routes, f.Routes, gone, func(x *Route) Location { return x.Location })
	o.Traffic = swap(o.Traffic, f.Traffic, gone, func(x *TrafficPolicy) Location { return x.Location })
	o.Roles = swap(o.Roles, f.Roles, gone, func(x *Role) Location { return x.Location })
	o.Bindings = swap(o.Bindings, f.Bindings, gone, func(x *Binding) Location { return x.Location })
	o.Priorities = swap(o.Priorities, f.Priorities, gone, func(x *PriorityClass) Location { return x.Location })
	o.Objects = swap(o.Objects, f.Objects, gone, func(x *OtherObject) Location { return x.Location })
	o.Dangling = swap(o.Dangling, f.Dangling, gone, func(x *Dangling) Location { return x.Location })
	return &other
}

// replacedBy are the forms of which the facts hold another one: those of the workloads
// that have the same kind and application, or the same name, or were built by Kustomize
// of the same source.
func (inv *Inventory) replacedBy(f *Facts) map[string]bool {
	here := map[string]bool{}
	for i := range f.Workloads {
		for _, k := range namesOf(&f.Workloads[i]) {
			here[k] = true
		}
	}
	replaced := map[string]bool{}
	for i := range inv.Workloads {
		w := &inv.Workloads[i]
		if slices.ContainsFunc(namesOf(w), func(k string) bool { return here[k] }) {
			replaced[formOf(w.Location)] = true
		}
	}
	return replaced
}

// namesOf are the names by any of which a workload is another form of one.
func namesOf(w *Workload) []string {
	names := []string{w.Object.Kind + "/" + w.Object.Name, w.Object.Kind + "\x00" + w.Application()}
	if at := w.Location; strings.HasPrefix(at.Form, "kustomize ") && at.FirstLine > 0 {
		names = append(names, fmt.Sprintf("%s\x00%s\x00%d", w.Object.Kind, at.Path, at.FirstLine))
	}
	return names
}

// formOf names the form that something is in: a rendering, or a folder of plain files.
func formOf(at Location) string {
	if at.Form != "" {
		return at.Form
	}
	return "plain " + path.Dir(at.Path)
}

// swap takes out what is gone and adds the others.
func swap[T any](list, others []T, gone func(Location) bool, at func(*T) Location) []T {
	out := make([]T, 0, len(list)+len(others))
	for i := range list {
		if !gone(at(&list[i])) {
			out = append(out, list[i])
		}
	}
	return append(out, others...)
}
