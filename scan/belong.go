package scan

import (
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// findBelongings notes whose Terraform's blocks are, where it runs some of the services.
func (a *attribution) findBelongings() {
	if len(a.members) < 2 || len(a.facts.Told) == 0 {
		return
	}
	a.told = map[*member]bool{}
	for _, name := range a.facts.Told {
		for _, m := range a.places.named(name) {
			a.told[m] = true
		}
	}
	a.belongings = map[scorecard.Location]*scorecard.Belonging{}
	for i := range a.facts.Belongings {
		b := &a.facts.Belongings[i]
		a.belongings[b.Location] = b
	}
}

// belonging gives the services to which what stands at a place of Terraform belongs: those
// that lead to it. What is about something that none of them leads to is of those alone of
// which Terraform does not say what they use. known is false where the place tells nothing.
func (a *attribution) belonging(at scorecard.Location) (ms []*member, known bool) {
	b := a.belongings[at]
	if b == nil {
		return nil, false
	}
	for _, name := range b.Services {
		for _, m := range a.places.named(name) {
			if !slices.Contains(ms, m) {
				ms = append(ms, m)
			}
		}
	}
	if len(ms) > 0 || !b.Apart {
		return ms, len(ms) > 0
	}
	for _, m := range a.beside(at.Path) {
		if !a.told[m] {
			ms = append(ms, m)
		}
	}
	return ms, true
}
