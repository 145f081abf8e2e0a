package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// everywhere reports whether the binding gives its role in the whole cluster. In one
// namespace, rules over what has no namespace give nothing.
func everywhere(b *scorecard.Binding) bool { return b.Location.Object.Kind == "ClusterRoleBinding" }

// escalation says what a rule gives by which who has it may get every other right; empty
// where it gives none of that. One over certain names is limited to these, unless they
// are those that have it all.
func escalation(r scorecard.PolicyRule, everywhere bool) string {
	named := func(all string) bool { return len(r.Names) == 0 || slices.Contains(r.Names, all) }
	roles := ofRule(r, rbacGroup, "roles", "clusterroles")
	if by := verbOf(r, "escalate"); by != "" && len(r.Names) == 0 && (slices.Contains(roles, "roles") || everywhere && len(roles) > 0) {
		return fmt.Sprintf("write roles with rights that it does not have (%s on %s)", by, roles[0])
	}
	if by := verbOf(r, "bind"); by != "" && len(roles) > 0 && named("cluster-admin") {
		return fmt.Sprintf("bind roles with rights that it does not have (%s on %s)", by, roles[0])
	}
	by := verbOf(r, "impersonate")
	if by == "" {
		return ""
	}
	persons := ofRule(r, "", "serviceaccounts")
	if everywhere {
		persons = append(persons, ofRule(r, "", "users", "groups")...)
	}
	if len(persons) > 0 && named("system:masters") {
		return fmt.Sprintf("act as anybody (%s on %s)", by, persons[0])
	}
	return ""
}

// verbOf is the verb by which the rule gives that one: itself, or * for all; empty where
// it does not.
func verbOf(r scorecard.PolicyRule, verb string) string {
	for _, v := range []string{verb, "*"} {
		if slices.Contains(r.Verbs, v) {
			return v
		}
	}
	return ""
}

// ofRule are those of the group's resources that the rule is over.
func ofRule(r scorecard.PolicyRule, group string, resources ...string) (out []string) {
	if !slices.Contains(r.Groups, group) && !slices.Contains(r.Groups, "*") {
		return nil
	}
	for _, x := range resources {
		if slices.Contains(r.Resources, x) || slices.Contains(r.Resources, "*") {
			out = append(out, x)
		}
	}
	return out
}

// noteRights says which rights a binding gives that pass, and that Kubernetes' own advice
// on roles warns of: those that lead to all others, and those over the whole cluster.
func noteRights(s *survey, b *scorecard.Binding) {
	roles := s.PartsOf(b)
	if role := s.RoleOf(b); role != nil {
		roles = append([]*scorecard.Role{role}, roles...)
	}
	var rules []scorecard.PolicyRule
	for _, role := range roles {
		for _, r := range role.Rules {
			if what := escalation(r, everywhere(b)); what != "" {
				s.Note("%s may %s, and so get every other right", role.Location.Object, what)
			}
		}
		rules = append(rules, role.Rules...)
	}
	if len(roles) == 0 || !everywhere(b) {
		return
	}
	var may []string
	for _, n := range []struct {
		resource, what string
		verbs          []string
	}{
		{"secrets", "read every Secret", []string{"get", "list", "watch"}},
		{"pods/exec", "run commands in every pod", []string{"create", "get"}},
		{"nodes/proxy", "command every node's kubelet", []string{"create", "get"}},
		{"serviceaccounts/token", "make tokens of every service account", []string{"create"}},
	} {
		if slices.ContainsFunc(rules, func(r scorecard.PolicyRule) bool {
			return len(r.Names) == 0 && slices.Contains(r.Resources, n.resource) && ofRule(r, "", n.resource) != nil &&
				slices.ContainsFunc(n.verbs, func(v string) bool { return verbOf(r, v) != "" })
		}) {
			may = append(may, n.what)
		}
	}
	if slices.ContainsFunc(rules, func(r scorecard.PolicyRule) bool {
		return slices.Contains(r.URLs, "*") && slices.Contains(r.Verbs, "*")
	}) {
		may = append(may, "ask every path of the API server that is no resource")
	}
	if len(may) > 0 {
		s.Note("%s may %s of the cluster", roles[0].Location.Object, strings.Join(may, ", "))
	}
}
