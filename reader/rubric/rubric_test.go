package rubric

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func known() []scorecard.Check {
	rule := func(v *scorecard.View) scorecard.Finding {
		return scorecard.Finding{Outcome: scorecard.Pass, Subjects: 1, Satisfied: 1}
	}
	reads := []scorecard.Family{scorecard.Kubernetes}
	return []scorecard.Check{
		{ID: "alpha-set", Pillar: scorecard.Health, Level: scorecard.Bronze, Weight: scorecard.High, Reads: reads, Rule: rule, Title: "Alpha",
			Thresholds: []scorecard.Threshold{{Name: "grace-seconds", Text: "enough", Value: 30, Min: 1, Max: 100}}},
		{ID: "beta-set", Pillar: scorecard.SLO, Level: scorecard.Gold, Weight: scorecard.Low, Reads: reads, Rule: rule, Title: "Beta: it is"},
	}
}

func TestParse(t *testing.T) {
	alpha := scorecard.Rule{Check: "alpha-set", Level: scorecard.Bronze, Weight: scorecard.High}
	beta := scorecard.Rule{Check: "beta-set", Level: scorecard.Gold, Weight: scorecard.Low}
	with := func(r scorecard.Rule, change func(*scorecard.Rule)) scorecard.Rule { change(&r); return r }
	only := func(m scorecard.ServiceMatch) scorecard.Scope {
		return scorecard.Scope{Only: []scorecard.ServiceMatch{m}}
	}
	tests := []struct {
		name, text string
		want       []scorecard.Rule
		services   scorecard.Scope
		unscored   []string
	}{
		{name: "nothing said", text: "name: a", want: []scorecard.Rule{alpha, beta}},
		{name: "off", text: "name: a\nchecks: {beta-set: off}", want: []scorecard.Rule{alpha}},
		{name: "none, then one on", text: "name: a\nextends: none\nchecks:\n  beta-set:\n", want: []scorecard.Rule{beta}},
		{name: "level and weight", text: "name: a\nchecks: {beta-set: {level: silver, weight: 3}}",
			want: []scorecard.Rule{alpha, with(beta, func(r *scorecard.Rule) { r.Level, r.Weight = scorecard.Silver, 3 })}},
		{name: "threshold", text: "name: a\nchecks: {alpha-set: {thresholds: {grace-seconds: 45.5}}}",
			want: []scorecard.Rule{with(alpha, func(r *scorecard.Rule) { r.Thresholds = map[string]float64{"grace-seconds": 45.5} }), beta}},
		{name: "the default written out is the default", text: "name: a\nchecks: {alpha-set: {thresholds: {grace-seconds: 30}}}", want: []scorecard.Rule{alpha, beta}},
		{name: "services", text: "name: a\nservices: {except: [{name: x-*}]}\nchecks: {beta-set: {services: {only: [{tier: ['1', '2']}]}}}",
			services: scorecard.Scope{Except: []scorecard.ServiceMatch{{Name: []string{"x-*"}}}},
			want:     []scorecard.Rule{alpha, with(beta, func(r *scorecard.Rule) { r.Services = only(scorecard.ServiceMatch{Tier: []string{"1", "2"}}) })}},
		{name: "everything scored", text: "name: a\nunscored: []", want: []scorecard.Rule{alpha, beta}, unscored: []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Parse("r.yaml", []byte(tt.text), known())
			if err != nil {
				t.Fatal(err)
			}
			if tt.unscored == nil {
				tt.unscored = scorecard.BuiltinUnscored()
			}
			if d := cmp.Diff(tt.want, r.Checks); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.services, r.Services); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.unscored, r.Unscored); d != "" {
				t.Error(d)
			}
			again, err := Parse("again.yaml", Write(r, r.Name), known())
			if err != nil {
				t.Fatalf("%v in\n%s", err, Write(r, r.Name))
			}
			if again.Hash() != r.Hash() {
				t.Errorf("what is written is another rubric:\n%s", Write(r, r.Name))
			}
		})
	}
}

func TestFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "r.yaml: the file is empty"},
		{"no YAML", "name: [", "r.yaml:1: it is no YAML"},
		{"a list", "- a", "r.yaml:1: a rubric is a mapping"},
		{"two documents", "name: a\n---\nname: b", "r.yaml:3: a second document"},
		{"no name", "checks: {}", "needs a name of its own"},
		{"taken name", "name: builtin", "needs a name of its own"},
		{"two lines", "name: \"a\\nb\"", "needs a name of its own"},
		{"unknown key", "name: a\nlevels: {}", `r.yaml:2: the rubric has no "levels"; there are checks, extends, name, services, unscored`},
		{"unknown check", "name: a\nchecks:\n  alpha-sett: off", `r.yaml:3: there is no check "alpha-sett"; did you mean "alpha-set"?`},
		{"unknown level", "name: a\nchecks:\n  alpha-set:\n    level: wood", `r.yaml:4: the level of alpha-set is BRONZE`},
		{"level NONE", "name: a\nchecks: {alpha-set: {level: NONE}}", `the level of alpha-set is BRONZE`},
		{"weight too much", "name: a\nchecks: {alpha-set: {weight: 41}}", `from 0 to 40, not "41"`},
		{"weight no number", "name: a\nchecks: {alpha-set: {weight: .nan}}", `from 0 to 40`},
		{"threshold unknown", "name: a\nchecks: {alpha-set: {thresholds: {x: 1}}}", `thresholds of alpha-set has no "x"`},
		{"threshold out of range", "name: a\nchecks: {alpha-set: {thresholds: {grace-seconds: 0}}}", `a number from 1 to 100, not "0"`},
		{"threshold as text", "name: a\nchecks: {alpha-set: {thresholds: {grace-seconds: '9'}}}", `a number from 1 to 100`},
		{"no thresholds", "name: a\nchecks: {beta-set: {thresholds: {x: 1}}}", `beta-set has no thresholds`},
		{"written twice", "name: a\nchecks:\n  alpha-set: off\n  alpha-set: on", `r.yaml:4: checks.alpha-set is written twice`},
		{"odd check", "name: a\nchecks: {alpha-set: maybe}", `alpha-set is on, off, or a mapping`},
		{"nothing asked", "name: a\nextends: none", `asks no check`},
		{"extends", "name: a\nextends: other", `extends is builtin or none`},
		{"match without fields", "name: a\nservices: {only: [{}]}", `names no field`},
		{"match of an unknown field", "name: a\nservices: {only: [{team: x}]}", `services.only has no "team"`},
		{"broken pattern", "name: a\nservices: {only: [{name: '[a'}]}", `is no pattern`},
		{"only nobody", "name: a\nservices: {only: []}", `is a list of 1 to`},
		{"several", "name: 1\nchecks: {x: on, alpha-set: {weight: -1}}\nfoo: 1", "foo"},
		{"large", "name: a\n#" + strings.Repeat("x", MaxBytes), "larger than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("r.yaml", []byte(tt.text), known())
			if !errors.Is(err, scorecard.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// A scope decides which services a check is asked of, and which are scored.
func TestScopeDecides(t *testing.T) {
	r, err := Parse("r.yaml", []byte("name: acme\nservices: {except: [{name: Sand*, lifecycle: experimental}]}\nchecks: {beta-set: {services: {only: [{tier: '1'}, {owner: 'group:*/pay'}]}}}"), known())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		service  scorecard.Service
		unscored bool
		beta     scorecard.Outcome
	}{
		{scorecard.Service{Name: "cart"}, false, scorecard.NotApplicable},
		{scorecard.Service{Name: "cart", Tier: "1"}, false, scorecard.Pass},
		{scorecard.Service{Name: "cart", Owner: "group:default/pay"}, false, scorecard.Pass},
		{scorecard.Service{Name: "sandbox", Tier: "1"}, false, scorecard.Pass},
		{scorecard.Service{Name: "sandbox", Lifecycle: "experimental"}, true, ""},
	}
	for _, tt := range tests {
		card, err := scorecard.Judge(&scorecard.Inventory{Service: tt.service}, r)
		if err != nil {
			t.Fatal(err)
		}
		if (card.Service.Unscored != "") != tt.unscored {
			t.Errorf("%+v: unscored %q", tt.service, card.Service.Unscored)
		}
		for _, res := range card.Results {
			if res.Check == "beta-set" && res.Outcome != tt.beta {
				t.Errorf("%+v: %s, %s", tt.service, res.Outcome, res.Reason)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"name: a", "name: a\nextends: none\nchecks: {beta-set: {weight: 1e9, services: {only: [{tier: 1}]}}}", "a: &a [*a]", "name: !!binary x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse("r.yaml", data, known())
		if err != nil {
			if !errors.Is(err, scorecard.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		again, err := Parse("r.yaml", Write(r, r.Name), known())
		if err != nil || again.Hash() != r.Hash() {
			t.Fatalf("%v in\n%s", err, Write(r, r.Name))
		}
	})
}
