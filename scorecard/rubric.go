package scorecard

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Rubric says which checks count, at which level and with which weight. Its hash is
// kept with every scorecard, so that a verdict says what it was judged by.
type Rubric struct {
	Name   string `json:"name"`
	Checks []Rule `json:"checks"`
	// Unscored are the entity types that are shown and not scored.
	Unscored []string `json:"unscored"`

	hash   string
	checks map[string]Check
	// ordered are the checks by pillar, level and ID.
	ordered []Check
}

// Rule is one check's place in a rubric.
type Rule struct {
	Check  string `json:"check"`
	Level  Level  `json:"level"`
	Weight Weight `json:"weight"`
}

// NewRubric makes the rubric that asks each check at its own level and weight.
func NewRubric(name string, checks []Check) (*Rubric, error) {
	r := &Rubric{Name: name, Unscored: []string{"library", "documentation", "template"}, checks: map[string]Check{}}
	for _, c := range checks {
		if _, twice := r.checks[c.ID]; twice {
			return nil, fmt.Errorf("%w: rubric %s names check %s twice", ErrInvalid, name, c.ID)
		}
		if c.Level.Rank() < 1 || c.Weight < 0 || c.Rule == nil || len(c.Reads) == 0 {
			return nil, fmt.Errorf("%w: check %q needs a level above NONE, a weight of 0 or more, a rule and what it reads", ErrInvalid, c.ID)
		}
		r.checks[c.ID] = c
		r.Checks = append(r.Checks, Rule{c.ID, c.Level, c.Weight})
	}
	slices.SortFunc(r.Checks, func(a, b Rule) int { return cmp.Compare(a.Check, b.Check) })
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("rubric %s: %w", name, err)
	}
	r.hash = Hash(b)
	r.ordered = slices.Clone(checks)
	order := Pillars()
	slices.SortFunc(r.ordered, func(a, b Check) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Pillar), slices.Index(order, b.Pillar)),
			a.Level.Compare(b.Level), cmp.Compare(a.ID, b.ID))
	})
	return r, nil
}

// Hash is the hex SHA-256 of what the rubric says.
func (r *Rubric) Hash() string { return r.hash }

// Check gives the check of that ID as the rubric asks it, with the rubric's own
// level and weight.
func (r *Rubric) Check(id string) (Check, bool) {
	c, ok := r.checks[id]
	return c, ok
}

// All gives the rubric's checks in the order of pillar, level and ID.
func (r *Rubric) All() []Check { return slices.Clone(r.ordered) }

// unscored says why the service is shown and not scored; empty when it is scored.
func (r *Rubric) unscored(s *Service) string {
	switch {
	case s.Unscored != "":
		return s.Unscored
	case slices.Contains(r.Unscored, strings.ToLower(s.Type)):
		return "a " + strings.ToLower(s.Type) + " is not a running service"
	case strings.EqualFold(s.Lifecycle, "deprecated"):
		return "its lifecycle is deprecated"
	}
	return ""
}
