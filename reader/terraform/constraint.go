package terraform

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var condition = lazyregexp.New(`^(=|!=|>=|<=|~>|>|<)?\s*v?(\d+(?:\.\d+)*(?:[-+][0-9A-Za-z.+-]*)?)$`)

// bounded reports whether a version constraint can't be met by every later version.
// `~> 1`, with a single number, lets any later version in where Terraform compares
// its own and modules' versions, and only those of major 1 where it compares
// providers'; majorBinds says which is meant.
func bounded(constraint string, majorBinds bool) bool {
	bound := false
	for part := range strings.SplitSeq(constraint, ",") {
		m := condition.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return false // Terraform would refuse all of it
		}
		switch m[1] {
		case "", "=", "<", "<=":
			bound = true
		case "~>":
			bound = bound || majorBinds || strings.Contains(m[2], ".")
		}
	}
	return bound
}

// constraintAt makes a constraint of what was written; of a text that is not wholly
// known the literal parts are kept and nothing is promised.
func constraintAt(at scorecard.Location, s text, majorBinds bool) scorecard.Constraint {
	written := strings.TrimSpace(strings.ReplaceAll(string(s), hole, "…"))
	return scorecard.Constraint{Location: at, Text: written, Bounded: s.known() && bounded(written, majorBinds)}
}

// both is the constraint of two that must hold together.
func both(a, b scorecard.Constraint) scorecard.Constraint {
	switch {
	case a.Text == "":
		return b
	case b.Text == "" || a.Text == b.Text:
		return a
	}
	out := a
	if !a.Bounded && b.Bounded {
		out = b
	}
	out.Text = a.Text + ", " + b.Text
	return out
}
