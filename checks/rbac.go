package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var leastPrivilege = scorecard.Check{
	ID:      "least-privilege",
	Pillar:  scorecard.Security,
	Title:   "No workload may do everything in the cluster",
	Applies: "RoleBindings and ClusterRoleBindings of the accounts that the service's workloads run as, those of all accounts of a namespace included",
	Passes: "the role is not `cluster-admin`, and none of its rules gives the verb `*` on the resource `*`, of one group of the API or of all (a rule over named objects may). " +
		"`escalate` or `bind` on roles, `impersonate` on users, groups or service accounts, reading every Secret of the cluster, running commands in its pods and the like pass, and are said; " +
		"Kubernetes' own `view`, `edit`, `admin` and `system:` roles, and those that OpenShift brings, are known, with what roles in the files add to them by aggregation, " +
		"of another one that stands in no file nothing is known",
	Why: "Who breaks into a pod has the rights of its account. With `*` on `*` that is every Secret, every workload and every node of the cluster; " +
		"with the few verbs that the program needs it ends there.",
	Fix: "Name the verbs and the resources that the program uses in a Role of its own, and bind the account to that.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Role Based Access Control Good Practices", URL: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"},
		{Title: "Kubernetes: Using RBAC Authorization", URL: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: rule(words{"role binding", "gives only named rights", "no role is bound to an account of the service"}, func(s *survey) {
		for _, g := range grants(s.View) {
			judgeGrant(s, g)
		}
		for i := range s.Workloads {
			w := &s.Workloads[i]
			if field := w.PodSpec() + ".serviceAccountName"; !w.Readable(field) && len(s.Bindings) > 0 {
				s.Undecided(w.At(field), "the account of %s could not be read, so which roles are bound to it is not known", w.Object)
			}
		}
	}),
}

// grant is a binding with a workload that it gives rights to.
type grant struct {
	binding  *scorecard.Binding
	workload *scorecard.Workload
}

// grants are the distinct bindings of the accounts that the service's workloads run
// as, in the order of the bindings.
func grants(v *scorecard.View) (out []grant) {
	of := map[*scorecard.Binding]*scorecard.Workload{}
	for i := range v.Workloads {
		for _, b := range v.BindingsOf(&v.Workloads[i]) {
			if of[b] == nil {
				of[b] = &v.Workloads[i]
			}
		}
	}
	// One binding in several forms (a region each) that give the same role is one.
	type same struct {
		kind, namespace, name string
		role                  *scorecard.Role
		ref                   scorecard.ObjectRef
	}
	seen := map[same]bool{}
	for i := range v.Bindings {
		b := &v.Bindings[i]
		o := b.Location.Object
		key := same{o.Kind, o.PairingNamespace(), o.Name, v.RoleOf(b), b.Role}
		if w := of[b]; w != nil && !seen[key] {
			seen[key] = true
			out = append(out, grant{b, w})
		}
	}
	return out
}

func judgeGrant(s *survey, g grant) {
	b, role := g.binding, g.binding.Role
	rights, at, why := rightsOf(s.View, b)
	switch {
	case rights == scorecard.Pass:
		if role.Kind == "ClusterRole" && (role.Name == "admin" || role.Name == "edit") && s.RoleOf(b) == nil {
			where := "its namespace"
			if b.Location.Object.Kind == "ClusterRoleBinding" {
				where = "the cluster"
			}
			s.Note("the built-in role %s reads every Secret of %s and may act as each of its service accounts", role.Name, where)
		}
		noteRights(s, b)
		s.Pass(at, "%s gives %s to the account of %s: %s", b.Location.Object, role, g.workload.Object, why)
	case rights == scorecard.Unknown:
		s.Undecided(at, "%s gives %s to the account of %s: %s", b.Location.Object, role, g.workload.Object, why)
	default:
		s.Fail(at, func() string { return grantRemedy(s, g, at) }, "%s gives %s to the account of %s: %s", b.Location.Object, role, g.workload.Object, why)
	}
}

// rightsOf judges the role that a binding gives, with where that is seen and what.
func rightsOf(v *scorecard.View, b *scorecard.Binding) (scorecard.Outcome, scorecard.Location, string) {
	if b.Role.Kind == "ClusterRole" && b.Role.Name == "cluster-admin" {
		return scorecard.Fail, b.Location, "it may do everything"
	}
	role, parts := v.RoleOf(b), v.PartsOf(b)
	for _, part := range parts {
		if at, what := tooMuch(part); what != "" {
			return scorecard.Fail, at, fmt.Sprintf("%s, which is aggregated into it, has %s", part.Location.Object, what)
		}
	}
	if role == nil {
		if whose := shippedBy(b.Role); whose != "" {
			return scorecard.Pass, b.Location, "a role of " + whose + " own"
		}
		return scorecard.Unknown, b.Location, "a role that stands in no file"
	}
	if at, what := tooMuch(role); what != "" {
		return scorecard.Fail, at, what
	}
	if len(parts) > 0 {
		return scorecard.Pass, b.Location, "no rule of " + plural(len(parts), "role") + " that the files aggregate into it gives * on *"
	}
	if role.Open {
		return scorecard.Unknown, role.Location, "its rules are not in the file (others may be aggregated into it)"
	}
	if len(role.Rules) == 0 {
		return scorecard.Pass, b.Location, "it has no rules"
	}
	return scorecard.Pass, b.Location, "no rule of it gives * on *"
}

// tooMuch is the rule of the role that gives too much, and what it gives; empty where
// none does.
func tooMuch(role *scorecard.Role) (at scorecard.Location, what string) {
	for _, r := range role.Rules {
		if unlimited(r) {
			return role.Location.At("rules", r.FirstLine, r.FirstLine), "a rule with the verb * on the resource *" + ofGroups(r)
		}
	}
	return at, ""
}

// unlimited reports whether the rule gives every verb on every resource of a group, an
// operator's own too: what is added to the group later is given with it.
func unlimited(r scorecard.PolicyRule) bool {
	return len(r.Names) == 0 && slices.Contains(r.Verbs, "*") && slices.Contains(r.Resources, "*")
}

// ofGroups says which groups the rule is over: " of batch"; nothing where it is over all.
func ofGroups(r scorecard.PolicyRule) string {
	if slices.Contains(r.Groups, "*") {
		return ""
	}
	var names []string
	for _, g := range r.Groups {
		if g == "" {
			g = "the core group"
		}
		names = append(names, g)
	}
	if len(names) == 0 {
		return ""
	}
	return " of " + strings.Join(names, ", ")
}

// shippedBy says whose role it is, where every cluster of that make has it and it does
// not give everything; empty where that is not known.
func shippedBy(o scorecard.ObjectRef) string {
	switch {
	case strings.HasPrefix(o.Name, "system:openshift:"), strings.HasPrefix(o.Name, "system:image-"), strings.HasPrefix(o.Name, "system:build-strategy-"):
		return "OpenShift's"
	case strings.HasPrefix(o.Name, "system:"):
		return "Kubernetes'"
	case o.Kind == "Role" && o.Name == "extension-apiserver-authentication-reader" && o.Namespace == "kube-system",
		o.Kind == "ClusterRole" && slices.Contains([]string{"view", "edit", "admin"}, o.Name):
		return "Kubernetes'"
	case o.Kind == "ClusterRole" && slices.Contains(openshiftRoles, o.Name),
		o.Kind == "Role" && o.Namespace == "openshift-monitoring" && slices.Contains(openshiftMonitoringRoles, o.Name):
		return "OpenShift's"
	}
	return ""
}

// openshiftRoles are cluster roles that every OpenShift has, but those that give everything:
// https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/authentication_and_authorization/using-rbac
var openshiftRoles = []string{"alert-routing-edit", "basic-user", "cluster-monitoring-view", "cluster-reader", "cluster-status", "monitoring-edit", "monitoring-rules-edit",
	"monitoring-rules-view", "registry-admin", "registry-editor", "registry-viewer", "self-access-reviewer", "self-provisioner", "storage-admin"}

// openshiftMonitoringRoles are the roles of its namespace openshift-monitoring.
var openshiftMonitoringRoles = []string{"cluster-monitoring-metrics-api", "monitoring-alertmanager-api-reader", "monitoring-alertmanager-api-writer",
	"monitoring-alertmanager-edit", "monitoring-alertmanager-view"}

const rbacGroup = "rbac.authorization.k8s.io"

// grantRemedy writes a role with named rights; where the account is bound to one that
// is not its own, the binding to it too.
func grantRemedy(s *survey, g grant, at scorecard.Location) string {
	b := g.binding
	rules := field{key: "rules", value: []object{{
		{key: "apiGroups", value: []string{""}}, {key: "resources", value: []string{"configmaps"}}, {key: "verbs", value: []string{"get", "list", "watch"}},
	}}}
	if role := s.RoleOf(b); role != nil && at.Object == role.Location.Object {
		o := role.Location.Object
		return fenced(in(at)+fmt.Sprintf("name what %s uses in place of the rule of line %d (the other rules stay), for example:", g.workload.Object, at.FirstLine), "yaml",
			yamlText(object{{key: "apiVersion", value: o.APIVersion}, {key: "kind", value: o.Kind}, {key: "metadata", value: metadata(o, o.Name)}, rules}))
	}
	o := b.Location.Object
	role := scorecard.ObjectRef{APIVersion: rbacGroup + "/v1", Namespace: o.Namespace}
	// A binding over a namespace gives a Role, one over the cluster a ClusterRole.
	role.Kind = strings.TrimSuffix(o.Kind, "Binding")
	role.Name = freeName(g.workload.Application(), "-named", func(name string) bool {
		return slices.ContainsFunc(s.Roles, func(r scorecard.Role) bool {
			return sameObject(r.Location.Object, scorecard.ObjectRef{Kind: role.Kind, Namespace: role.Namespace, Name: name})
		})
	})
	return fenced(fmt.Sprintf("Name the resources that %s uses, and what it does with them, in a role of its own, for example:", g.workload.Object), "yaml",
		yamlText(object{{key: "apiVersion", value: role.APIVersion}, {key: "kind", value: role.Kind}, {key: "metadata", value: metadata(role, role.Name)}, rules})) +
		"\n\n" + fenced(fmt.Sprintf("Replace the binding in `%s` (delete it first: a roleRef can't be changed):", b.Location.Path), "yaml", yamlText(object{
		{key: "apiVersion", value: rbacGroup + "/v1"}, {key: "kind", value: o.Kind}, {key: "metadata", value: metadata(o, o.Name)},
		{key: "roleRef", value: object{{key: "apiGroup", value: rbacGroup}, {key: "kind", value: role.Kind}, {key: "name", value: role.Name}}},
		{key: "subjects", value: boundAccounts(g)},
	}))
}

// boundAccounts are the accounts of the binding, with the workload's own for the groups
// of all accounts.
func boundAccounts(g grant) (out []object) {
	named := false
	for _, o := range g.binding.Subjects {
		if o.Kind == "ServiceAccount" {
			out = append(out, append(object{{key: "kind", value: o.Kind}}, metadata(o, o.Name)...))
			named = named || o.Name == g.workload.Account() && o.PairingNamespace() == g.workload.Object.PairingNamespace()
		}
	}
	if !named {
		o := scorecard.ObjectRef{Namespace: cmp.Or(g.workload.Object.Namespace, "default")}
		out = append(out, append(object{{key: "kind", value: "ServiceAccount"}}, metadata(o, g.workload.Account())...))
	}
	return out
}
