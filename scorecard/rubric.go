package scorecard

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Rubric says which checks count, at which level and with which weight and thresholds,
// and for which services. Its hash is kept with every scorecard, so that a verdict says
// what it was judged by.
type Rubric struct {
	Name   string `json:"name"`
	Checks []Rule `json:"checks"`
	// Unscored are the entity types that are shown and not scored.
	Unscored []string `json:"unscored"`
	// Services are those that are scored; others are shown.
	Services Scope `json:"services,omitzero"`

	hash   string
	checks map[string]Check
	rules  map[string]Rule
	// ordered are the checks by pillar, level and ID.
	ordered []Check
}

// Rule is one check's place in a rubric.
type Rule struct {
	Check  string `json:"check"`
	Level  Level  `json:"level"`
	Weight Weight `json:"weight"`
	// Thresholds are those of the check's that the rubric sets, by name; the others keep
	// their defaults.
	Thresholds map[string]float64 `json:"thresholds,omitempty"`
	// Services are those that the check is asked of; of others it does not apply.
	Services Scope `json:"services,omitzero"`
}

// MaxWeight bounds a check's weight: four times that of a critical one.
const MaxWeight = 40

// BuiltinUnscored are the entity types that are not scored unless a rubric says so.
func BuiltinUnscored() []string { return []string{"library", "documentation", "template"} }

// NewRubric makes the rubric that asks each check at its own level and weight.
func NewRubric(name string, checks []Check) (*Rubric, error) {
	r := &Rubric{Name: name, Unscored: BuiltinUnscored()}
	for i := range checks {
		r.Checks = append(r.Checks, Rule{Check: checks[i].ID, Level: checks[i].Level, Weight: checks[i].Weight})
	}
	return r, r.Bind(checks)
}

// Bind readies the rubric: it gives each of its rules its check, of those that there
// are, with the rule's own level, weight and thresholds. ErrInvalid says what makes no
// sense. Afterwards the rubric must not be changed.
func (r *Rubric) Bind(all []Check) error {
	byID := map[string]Check{}
	for _, c := range all {
		byID[c.ID] = c
	}
	r.checks, r.rules, r.ordered = map[string]Check{}, map[string]Rule{}, nil
	for _, rule := range r.Checks {
		c, ok := byID[rule.Check]
		if !ok {
			return fmt.Errorf("%w: rubric %s names the check %q, which there is not", ErrInvalid, r.Name, rule.Check)
		}
		if _, twice := r.checks[c.ID]; twice {
			return fmt.Errorf("%w: rubric %s names check %s twice", ErrInvalid, r.Name, c.ID)
		}
		bound, err := rule.bind(c)
		if err != nil {
			return err
		}
		r.checks[c.ID], r.rules[c.ID] = bound, rule
		r.ordered = append(r.ordered, bound)
	}
	slices.SortFunc(r.Checks, func(a, b Rule) int { return cmp.Compare(a.Check, b.Check) })
	b, err := r.Canonical()
	if err != nil {
		return err
	}
	r.hash = Hash(b)
	order := Pillars()
	slices.SortFunc(r.ordered, func(a, b Check) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Pillar), slices.Index(order, b.Pillar)),
			a.Level.Compare(b.Level), cmp.Compare(a.ID, b.ID))
	})
	return nil
}

// bind is the check as the rule asks it.
func (r *Rule) bind(c Check) (Check, error) {
	if r.Level.Rank() < 1 || !(r.Weight >= 0 && r.Weight <= MaxWeight) || c.Rule == nil || len(c.Reads) == 0 {
		return c, fmt.Errorf("%w: check %q needs a level above NONE, a weight from 0 to %d, a rule and what it reads", ErrInvalid, c.ID, MaxWeight)
	}
	c.Level, c.Weight = r.Level, r.Weight
	c.Thresholds = slices.Clone(c.Thresholds)
	for name, value := range r.Thresholds {
		i := slices.IndexFunc(c.Thresholds, func(t Threshold) bool { return t.Name == name })
		if i < 0 {
			return c, fmt.Errorf("%w: check %s has no threshold %q", ErrInvalid, c.ID, name)
		}
		t := &c.Thresholds[i]
		if !(value >= t.Min && value <= t.Max) {
			return c, fmt.Errorf("%w: threshold %s of check %s is %g; it can be from %g to %g", ErrInvalid, name, c.ID, value, t.Min, t.Max)
		}
		t.Value = value
	}
	return c, nil
}

// Canonical is the one serialised form of a rubric that was bound.
func (r *Rubric) Canonical() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("rubric %s: %w", r.Name, err)
	}
	return b, nil
}

// ParseRubric reads a canonical form back and binds it to the checks that there are.
// ErrInvalid where it names others, or is no rubric.
func ParseRubric(b []byte, all []Check) (*Rubric, error) {
	var r Rubric
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%w: stored rubric: %w", ErrInvalid, err)
	}
	return &r, r.Bind(all)
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
	case !r.Services.Holds(s):
		return "the rubric " + r.Name + " scores " + r.Services.String()
	}
	return ""
}
