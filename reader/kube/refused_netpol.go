package kube

import (
	"net/netip"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

func policyRules(r *refuser, spec spot) {
	for _, word := range writtenTexts(spec.value("policyTypes")) {
		if word != "Ingress" && word != "Egress" && !filledIn(word) {
			r.refuse(spec, "policyTypes", "must hold Ingress, Egress or both")
			break
		}
	}
	for _, way := range [][2]string{{"ingress", "from"}, {"egress", "to"}} {
		for _, rule := range spec.items(way[0]) {
			for _, p := range rule.items("ports") {
				policyPort(r, p)
			}
			for _, peer := range rule.items(way[1]) {
				policyPeer(r, peer)
			}
		}
	}
}

func policyPort(r *refuser, p spot) {
	r.oneOf(p, "protocol", "TCP", "UDP", "SCTP")
	port := p.value("port")
	if port != nil {
		r.port(p, "port")
	}
	if p.value("endPort") == nil || yamldoc.IsUnknown(p.value("endPort")) || yamldoc.IsUnknown(port) {
		return
	}
	first, ok1 := p.number("port", 0)
	last, ok2 := p.number("endPort", 0)
	switch {
	case port == nil:
		r.refuse(p, "endPort", "must not be set without port")
	case !ok1 && isText(port) && !filledIn(port.Value):
		r.refuse(p, "endPort", "must not be set beside a port that is a name")
	case ok1 && ok2 && last < first:
		r.refuse(p, "endPort", "(%d) is less than port (%d)", last, first)
	case ok2:
		r.portNumber(p, "endPort")
	}
}

func policyPeer(r *refuser, peer spot) {
	pods, namespaces, block := peer.value("podSelector"), peer.value("namespaceSelector"), peer.value("ipBlock")
	labelSelector(r, peer, "podSelector")
	labelSelector(r, peer, "namespaceSelector")
	switch {
	case pods == nil && namespaces == nil && block == nil:
		r.refuse(peer, "podSelector", "is not set, nor are namespaceSelector and ipBlock; a peer has one of them")
	case block != nil && (pods != nil || namespaces != nil):
		r.refuse(peer, "ipBlock", "must not be set beside podSelector or namespaceSelector")
	}
	addressPeer(r, peer.in("ipBlock"))
}

// addressPeer looks at a block of addresses. The bits after its prefix may be anything.
func addressPeer(r *refuser, block spot) {
	if block.node == nil {
		return
	}
	cidr, ok := block.text("cidr")
	switch {
	case !ok || filledIn(cidr):
		return
	case cidr == "":
		r.refuse(block, "cidr", "is not set")
		return
	}
	whole, err := netip.ParsePrefix(cidr)
	if err != nil {
		// The API server's own parser takes more, such as zeros before a number.
		if !strings.Contains(cidr, "/") {
			r.refuse(block, "cidr", "must be addresses with a prefix, like 10.0.0.0/8")
		}
		return
	}
	for _, text := range writtenTexts(block.value("except")) {
		part, err := netip.ParsePrefix(text)
		if err == nil && (!whole.Contains(part.Addr()) || part.Bits() <= whole.Bits()) {
			r.refuse(block, "except", "must hold parts of cidr only, and not all of it")
			return
		}
	}
}
