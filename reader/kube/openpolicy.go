package kube

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// openness is whether a rule lets everybody in on every port.
type openness int

const (
	closed openness = iota
	unread          // a part of it that decides could not be read
	open
)

// both is of a rule whose two sides are so open.
func both(a, b openness) openness { return min(a, b) }

// openRule notes on the policy the first of its rules for ingress that lets everybody in,
// or else that one that may do so.
func openRule(p *scorecard.NetworkPolicy, rules *yaml.Node, judge func(*yaml.Node) openness) {
	if yamldoc.IsUnknown(rules) {
		p.OpenUnread = true
		return
	}
	for _, r := range yamldoc.Items(rules) {
		how := judge(r)
		if how == closed || how == unread && p.OpenUnread {
			continue
		}
		p.Open, p.OpenUnread = how == open, how == unread
		p.OpenLine, _ = span(r)
		if p.Open {
			return
		}
	}
}

// listed gives the items of a field that leaves nothing out where it has none; false
// where it could not be read.
func listed(of *yaml.Node, keys ...string) ([]*yaml.Node, bool) {
	n := yamldoc.Get(of, keys...)
	if isNull(n) {
		return nil, true
	}
	return yamldoc.Items(n), n.Kind == yaml.SequenceNode && !yamldoc.IsUnknown(n)
}

// opens judges a rule of Kubernetes' own: no peers are all, and no ports too.
func opens(rule *yaml.Node) openness {
	if yamldoc.IsUnknown(rule) {
		return unread
	}
	from, ok := listed(rule, "from")
	if !ok {
		return both(unread, everyPort(rule))
	}
	who := closed
	if len(from) == 0 {
		who = open
	}
	var blocks addresses
	for _, peer := range from {
		if block := yamldoc.Get(peer, "ipBlock"); isNull(block) {
			who = max(who, everybody(peer))
		} else if selects := !isNull(yamldoc.Get(peer, "namespaceSelector")) || !isNull(yamldoc.Get(peer, "podSelector")); selects {
			blocks.lost = true // the API server refuses it; which of the two was meant can't be told
		} else if except, ok := listed(block, "except"); !ok || yamldoc.IsUnknown(peer) || yamldoc.IsUnknown(block) {
			blocks.lost = true
		} else {
			blocks.add(yamldoc.Get(block, "cidr"), except)
		}
	}
	return both(max(who, blocks.everyone()), everyPort(rule))
}

// everybody judges a peer that is no block of addresses: every pod of every namespace. A
// namespace selector without a pod selector is all of their pods; a pod selector alone stays in
// the policy's own namespace.
func everybody(peer *yaml.Node) openness {
	selects := !isNull(yamldoc.Get(peer, "namespaceSelector")) || !isNull(yamldoc.Get(peer, "podSelector"))
	if !selects && !yamldoc.IsUnknown(peer) {
		return open // the API server refuses it; who wrote it named nobody to keep to
	}
	return both(anything(peer, "namespaceSelector", closed), anything(peer, "podSelector", open))
}

// anything judges a selector of a peer; unset is what it says where it is not written.
func anything(peer *yaml.Node, key string, unset openness) openness {
	n := yamldoc.Get(peer, key)
	switch {
	case yamldoc.IsUnknown(peer), yamldoc.IsUnknown(n):
		return unread
	case isNull(n):
		return unset
	case n.Kind != yaml.MappingNode:
		return unread
	}
	labels, expressions := yamldoc.Get(n, "matchLabels"), yamldoc.Get(n, "matchExpressions")
	switch {
	case yamldoc.IsUnknown(labels), yamldoc.IsUnknown(expressions):
		return unread
	case (isNull(labels) || len(labels.Content) == 0) && !slices.ContainsFunc(yamldoc.Items(expressions), func(e *yaml.Node) bool { return key != "namespaceSelector" || !anyNamespace(e) }):
		return open
	}
	return closed
}

// anyNamespace reports whether an expression asks for the label with the namespace's
// name, of whatever value, which each namespace has; Cilium has a name of its own for it.
func anyNamespace(e *yaml.Node) bool {
	keys := []string{scorecard.NamespaceLabel, "io.kubernetes.pod.namespace", "k8s:io.kubernetes.pod.namespace"}
	return slices.Contains(keys, yamldoc.String(yamldoc.Get(e, "key"))) && yamldoc.String(yamldoc.Get(e, "operator")) == "Exists"
}

// everyPort judges the ports of a rule. One that names none is all of its protocol, and
// of TCP, which is what nearly everything speaks, that is all.
func everyPort(rule *yaml.Node) openness {
	ports, ok := listed(rule, "ports")
	switch {
	case !ok:
		return unread
	case len(ports) == 0:
		return open
	}
	how := closed
	for _, p := range ports {
		port, end := yamldoc.Get(p, "port"), yamldoc.Get(p, "endPort")
		protocol := yamldoc.Get(p, "protocol")
		switch {
		case !isNull(protocol) && !yamldoc.IsUnknown(protocol) && yamldoc.String(protocol) != "TCP":
		case yamldoc.IsUnknown(p), yamldoc.IsUnknown(port), yamldoc.IsUnknown(protocol):
			how = max(how, unread)
		case isNull(port), yamldoc.String(port) == "1" && yamldoc.String(end) == "65535":
			how = open
		}
	}
	return how
}

// ciliumOpens judges a rule of Cilium. Everything outside of the cluster (world, or
// addresses, which never are those of pods) is not everybody; everything inside is. An
// empty endpoint selector is every pod of the policy's own namespace, and of all
// namespaces where the policy is over the cluster.
func ciliumOpens(clusterwide bool) func(*yaml.Node) openness {
	return func(rule *yaml.Node) openness {
		for _, narrows := range []string{"toPorts", "icmps", "authentication"} {
			if n := yamldoc.Get(rule, narrows); yamldoc.IsUnknown(n) {
				return unread
			} else if !isNull(n) && len(n.Content) > 0 {
				return closed
			}
		}
		from, endpoints := yamldoc.Get(rule, "fromEntities"), yamldoc.Get(rule, "fromEndpoints")
		if yamldoc.IsUnknown(rule) || yamldoc.IsUnknown(from) || clusterwide && yamldoc.IsUnknown(endpoints) {
			return unread
		}
		entities := yamldoc.Items(from)
		if holds(entities, "all") || holds(entities, "cluster") {
			return open
		}
		all := func(n *yaml.Node) bool {
			if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
				return n.Kind == yaml.MappingNode && clusterwide
			}
			expressions := yamldoc.Items(yamldoc.Get(n, "matchExpressions"))
			return len(n.Content) == 2 && len(expressions) == 1 && anyNamespace(expressions[0])
		}
		if slices.ContainsFunc(yamldoc.Items(endpoints), all) {
			return open
		}
		return closed
	}
}

// calicoOpens judges the rules of Calico one after the other: what one before it
// refuses, a later one does not let in. An empty selector of sources in a policy of a
// namespace stays in it.
func calicoOpens(everywhere bool) func(*yaml.Node) openness {
	refused := false
	return func(rule *yaml.Node) openness {
		action := yamldoc.String(yamldoc.Get(rule, "action"))
		if action == "Deny" || action == "Pass" {
			refused = true
		}
		if refused || action != "Allow" {
			return closed
		}
		for _, narrows := range []string{"notProtocol", "http", "icmp", "notICMP"} {
			if written(yamldoc.Get(rule, narrows)) {
				return closed
			}
		}
		destination := yamldoc.Get(rule, "destination")
		if protocol := yamldoc.Get(rule, "protocol"); !isNull(protocol) && yamldoc.String(protocol) != "TCP" || !isNull(destination) && len(destination.Content) > 0 {
			return closed
		}
		return calicoEverybody(yamldoc.Get(rule, "source"), everywhere)
	}
}

// calicoEverybody judges the source of a rule: each of its fields narrows it.
func calicoEverybody(source *yaml.Node, everywhere bool) openness {
	switch {
	case yamldoc.IsUnknown(source):
		return unread
	case isNull(source):
		return open
	}
	how := open
	for i := 0; i+1 < len(source.Content); i += 2 {
		v := yamldoc.Follow(source.Content[i+1])
		text := strings.ReplaceAll(yamldoc.String(v), " ", "")
		switch source.Content[i].Value {
		case "nets":
			var blocks addresses
			for _, n := range yamldoc.Items(v) {
				blocks.add(n, nil)
			}
			if how = both(how, blocks.everyone()); how == closed {
				return closed
			}
		case "namespaceSelector":
			if !slices.Contains([]string{"all()", "has(" + scorecard.NamespaceLabel + ")", "has(projectcalico.org/name)"}, text) {
				return closed
			}
			everywhere = true
		case "selector":
			if text != "all()" || !everywhere && yamldoc.String(yamldoc.Get(source, "namespaceSelector")) == "" {
				return closed
			}
		default:
			return closed
		}
	}
	return how
}

// refuses reports whether the rules of Cilium or Calico refuse something in so many
// words, which goes before what other rules let in, or may.
func refuses(spec *yaml.Node) bool {
	return len(yamldoc.Items(yamldoc.Get(spec, "ingressDeny"))) > 0 || slices.ContainsFunc(yamldoc.Items(yamldoc.Get(spec, "ingress")), func(r *yaml.Node) bool {
		action := yamldoc.String(yamldoc.Get(r, "action"))
		return action == "Deny" || action == "Pass"
	})
}
