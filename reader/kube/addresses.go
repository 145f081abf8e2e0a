package kube

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// addresses are blocks of addresses that together are let in.
type addresses struct {
	blocks []addressRange
	// lost: a block could not be read, so that there may be more. six: there is one of all
	// addresses of IPv6, which in a cluster without it is nobody.
	lost, six bool
}

// addressRange is a stretch of addresses of IPv4, both ends in it.
type addressRange struct{ first, last uint64 }

const lastAddress = 1<<32 - 1

// add adds a block without the blocks that are taken out of it.
func (a *addresses) add(cidr *yaml.Node, except []*yaml.Node) {
	prefix, err := netip.ParsePrefix(yamldoc.String(cidr))
	switch {
	case len(except) > 0 && (yamldoc.IsUnknown(cidr) || slices.ContainsFunc(except, yamldoc.IsUnknown)): // not all, at any rate
	case yamldoc.IsUnknown(cidr):
		a.lost = true
	case err != nil: // the API server refuses it; without its prefix it may be all of them
		a.lost = a.lost || yamldoc.String(cidr) != "" && !strings.Contains(yamldoc.String(cidr), "/")
	case !prefix.Addr().Is4():
		a.six = a.six || prefix.Bits() == 0 && len(except) == 0
	default:
		a.blocks = append(a.blocks, without(rangeOf(prefix), except)...)
	}
}

func rangeOf(p netip.Prefix) addressRange {
	b := p.Masked().Addr().As4()
	first := uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
	return addressRange{first, first + 1<<(32-p.Bits()) - 1}
}

// without is what is left of a stretch, in order.
func without(r addressRange, except []*yaml.Node) (out []addressRange) {
	var gone []addressRange
	for _, n := range except {
		if p, err := netip.ParsePrefix(yamldoc.String(n)); err == nil && p.Addr().Is4() {
			gone = append(gone, rangeOf(p))
		}
	}
	sortRanges(gone)
	next := r.first
	for _, g := range gone {
		if g.first > next {
			out = append(out, addressRange{next, min(g.first-1, r.last)})
		}
		if next = max(next, g.last+1); next > r.last {
			return out
		}
	}
	return append(out, addressRange{next, r.last})
}

func sortRanges(rs []addressRange) {
	slices.SortFunc(rs, func(a, b addressRange) int { return cmp.Compare(a.first, b.first) })
}

// everyone reports whether the blocks are all addresses. Those of IPv6 alone are
// everybody in some clusters and nobody in others.
func (a *addresses) everyone() openness {
	sortRanges(a.blocks)
	next := uint64(0)
	for _, b := range a.blocks {
		if b.first > next {
			break
		}
		next = max(next, b.last+1)
	}
	switch {
	case next > lastAddress:
		return open
	case a.lost, a.six:
		return unread
	}
	return closed
}
