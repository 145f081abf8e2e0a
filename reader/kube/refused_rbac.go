package kube

import (
	"go.yaml.in/yaml/v3"
)

// roleRules looks at the rules of a Role or a ClusterRole.
func roleRules(r *refuser, role spot) {
	for _, rule := range role.items("rules") {
		if lacks(rule, "verbs") {
			r.refuse(rule, "verbs", "has no verb")
		}
		if !lacks(rule, "nonResourceURLs") {
			switch {
			case r.kind == "Role":
				r.refuse(rule, "nonResourceURLs", "must not be set in a Role, which is of one namespace; a ClusterRole can have it")
			case !lacks(rule, "resources") || !lacks(rule, "apiGroups") || !lacks(rule, "resourceNames"):
				r.refuse(rule, "nonResourceURLs", "must not be set beside apiGroups, resources or resourceNames")
			}
			continue
		}
		if lacks(rule, "apiGroups") {
			r.refuse(rule, "apiGroups", `has no group; the core group is ""`)
		}
		if lacks(rule, "resources") {
			r.refuse(rule, "resources", "has no resource")
		}
	}
}

// lacks reports whether a list is not written, or empty.
func lacks(s spot, key string) bool {
	v := s.value(key)
	return v == nil || v.Kind == yaml.SequenceNode && len(v.Content) == 0
}

// bindingParts looks at what a binding binds to whom. A ServiceAccount without a
// namespace is of the RoleBinding's own; a ClusterRoleBinding has none.
func bindingParts(r *refuser, binding spot) {
	role := binding.in("roleRef")
	if role.node != nil {
		kinds := []string{"Role", "ClusterRole"}
		if r.kind == "ClusterRoleBinding" {
			kinds = kinds[1:]
		}
		if kind, ok := role.text("kind"); ok && kind == "" {
			r.refuse(role, "kind", "is not set")
		}
		r.oneOf(role, "kind", kinds...)
		r.oneOf(role, "apiGroup", rbacGroup)
		if name, ok := role.text("name"); ok && name == "" {
			r.refuse(role, "name", "is not set")
		}
	} else if binding.value("roleRef") == nil {
		r.refuse(binding, "roleRef", "is not set")
	}
	for _, s := range binding.items("subjects") {
		bindingSubject(r, s)
	}
}

func bindingSubject(r *refuser, s spot) {
	if name, ok := s.text("name"); ok && name == "" {
		r.refuse(s, "name", "is not set")
	}
	kind, ok := s.text("kind")
	switch {
	case !ok:
		return
	case kind == "":
		r.refuse(s, "kind", "is not set")
	}
	r.oneOf(s, "kind", "ServiceAccount", "User", "Group")
	if r.version == "v1alpha1" {
		return // it had another field for the group
	}
	group, ok := s.text("apiGroup")
	if kind != "ServiceAccount" {
		r.oneOf(s, "apiGroup", rbacGroup)
		return
	}
	if ok && group != "" && !filledIn(group) {
		r.refuse(s, "apiGroup", "must not be set for a ServiceAccount, which is of the core group")
	}
	if namespace, ok := s.text("namespace"); ok && namespace == "" && r.kind == "ClusterRoleBinding" {
		r.refuse(s, "namespace", "is not set; each ServiceAccount of a ClusterRoleBinding has one")
	}
}
