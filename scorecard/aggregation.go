package scorecard

import "slices"

// aggregatedBy is the label's prefix by which Kubernetes' own roles take the rules of others.
const aggregatedBy = "rbac.authorization.k8s.io/aggregate-to-"

// builtinAggregates are the labels that Kubernetes' own roles take in. What widens view
// widens edit with it, and that admin.
var builtinAggregates = map[string][]string{
	"view":  {"view"},
	"edit":  {"edit", "view"},
	"admin": {"admin", "edit", "view"},
}

// partsOf are the ClusterRoles of the files that are aggregated into the role, or, where
// that is not in the files, into the one of Kubernetes' own of that name; parts of parts
// too, in the order of the files.
func partsOf(f *Facts, role *Role, name string) []*Role {
	var selectors []Selector
	if role != nil {
		selectors = role.Aggregates
	} else {
		for _, to := range builtinAggregates[name] {
			selectors = append(selectors, Selector{MatchLabels: map[string]string{aggregatedBy + to: "true"}})
		}
	}
	if len(selectors) == 0 {
		return nil
	}
	in := make([]bool, len(f.Roles))
	for i := 0; i < len(selectors); i++ { // which grows by those of the parts
		for j := range f.Roles {
			r := &f.Roles[j]
			if !in[j] && r != role && r.Location.Object.Kind == "ClusterRole" && selectors[i].Matches(r.Labels) {
				in[j] = true
				selectors = append(selectors, r.Aggregates...)
			}
		}
	}
	var out []*Role
	for j := range f.Roles {
		if in[j] {
			out = append(out, &f.Roles[j])
		}
	}
	return slices.Clip(out)
}
