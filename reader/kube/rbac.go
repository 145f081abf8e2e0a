package kube

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// role reads a Role or ClusterRole. The rules of one that is put together from others
// are the controller's, whatever is written.
func role(o object) scorecard.Role {
	r := scorecard.Role{Location: o.at}
	if o.at.Object.Kind == "ClusterRole" {
		r.Labels = labelsOf(o.node)
	}
	rules := yamldoc.Get(o.node, "rules")
	r.Open = rules != nil && rules.Tag == yamldoc.UnknownTag
	if aggregation := yamldoc.Get(o.node, "aggregationRule"); written(aggregation) {
		r.Open = true
		for _, n := range yamldoc.Items(yamldoc.Get(aggregation, "clusterRoleSelectors")) {
			if s, problem := strictSelector(n, ""); problem == "" {
				r.Aggregates = append(r.Aggregates, *s)
			}
		}
		return r
	}
	for _, n := range yamldoc.Items(rules) {
		rule := scorecard.PolicyRule{
			Verbs: texts(yamldoc.Get(n, "verbs")), Groups: texts(yamldoc.Get(n, "apiGroups")), Resources: texts(yamldoc.Get(n, "resources")),
		}
		rule.Names, rule.URLs = texts(yamldoc.Get(n, "resourceNames")), texts(yamldoc.Get(n, "nonResourceURLs"))
		rule.FirstLine, _ = span(n)
		r.Rules = append(r.Rules, rule)
	}
	return r
}

// texts are the scalars of a list.
func texts(n *yaml.Node) (out []string) {
	for _, item := range yamldoc.Items(n) {
		if item.Kind == yaml.ScalarNode {
			out = append(out, yamldoc.String(item))
		}
	}
	return out
}

const rbacGroup = "rbac.authorization.k8s.io"

// binding reads a RoleBinding or ClusterRoleBinding.
func binding(o object) scorecard.Binding {
	ref := yamldoc.Get(o.node, "roleRef")
	b := scorecard.Binding{Location: o.at, Role: scorecard.ObjectRef{
		APIVersion: cmp.Or(yamldoc.String(yamldoc.Get(ref, "apiGroup")), rbacGroup) + "/v1",
		Kind:       yamldoc.String(yamldoc.Get(ref, "kind")),
		Name:       yamldoc.String(yamldoc.Get(ref, "name")),
	}}
	if b.Role.Kind == "Role" {
		b.Role.Namespace = o.at.Object.Namespace
	}
	for _, n := range yamldoc.Items(yamldoc.Get(o.node, "subjects")) {
		b.Subjects = append(b.Subjects, subject(o, n))
	}
	return b
}

// subject reads whom a binding gives the role. An account without a namespace is of a
// RoleBinding's own; a ClusterRoleBinding has none to lend.
func subject(o object, n *yaml.Node) scorecard.ObjectRef {
	const accounts = "system:serviceaccounts:"
	s := scorecard.ObjectRef{Kind: yamldoc.String(yamldoc.Get(n, "kind")), Name: yamldoc.String(yamldoc.Get(n, "name"))}
	switch ns, ofNamespace := strings.CutPrefix(s.Name, accounts); {
	case s.Kind == "ServiceAccount":
		s.APIVersion = "v1"
		s.Namespace = cmp.Or(o.namespace(yamldoc.String(yamldoc.Get(n, "namespace"))), o.at.Object.Namespace)
	case s.Kind == "Group" && ofNamespace:
		s.Name = accounts + o.namespace(ns)
	}
	return s
}
