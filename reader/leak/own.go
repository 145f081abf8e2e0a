package leak

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Where a repository says what gitleaks is not to report, and how a line says so.
const (
	ownConfiguration = ".gitleaks.toml"
	ownIgnore        = ".gitleaksignore"
	ownComment       = "gitleaks:allow"
)

// own is what a repository's gitleaks configuration allows. Rules of its own are not
// asked: what counts as a secret is the same in every repository.
type own struct {
	allow    []allowance
	byRule   map[string][]allowance
	disabled []string
	// ignored are the files and lines of .gitleaksignore, with the rule for each.
	ignored map[string][]string
}

// readOwn reads the repository's gitleaks configuration. What can't be read of it is
// noted: nobody knows what it would allow.
func readOwn(t *tree.Tree) *own {
	o := &own{byRule: map[string][]allowance{}, ignored: map[string][]string{}}
	if data, ok := t.Read(ownConfiguration, scorecard.Files); ok {
		if err := o.configuration(data); err != nil {
			t.Malformed(ownConfiguration, 0, err, scorecard.Files)
		}
	}
	if data, ok := t.Read(ownIgnore, scorecard.Files); ok {
		o.ignore(string(data))
	}
	return o
}

// configuration takes in an own configuration.
func (o *own) configuration(data []byte) error {
	var c configuration
	if err := toml.Unmarshal(data, &c); err != nil {
		return fmt.Errorf("it is no configuration of gitleaks: %w", err)
	}
	o.disabled = c.Extend.DisabledRules
	if c.Allowlist != nil {
		c.Allowlists = append(c.Allowlists, *c.Allowlist)
	}
	for i := range c.Allowlists {
		a, err := asked(&c.Allowlists[i])
		if err != nil {
			return err
		}
		if len(c.Allowlists[i].TargetRules) == 0 {
			o.allow = append(o.allow, a)
		}
		for _, id := range c.Allowlists[i].TargetRules {
			o.byRule[id] = append(o.byRule[id], a)
		}
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.Allowlist != nil {
			r.Allowlists = append(r.Allowlists, *r.Allowlist)
		}
		for j := range r.Allowlists {
			a, err := asked(&r.Allowlists[j])
			if err != nil {
				return err
			}
			o.byRule[r.ID] = append(o.byRule[r.ID], a)
		}
	}
	return nil
}

// ignore takes in fingerprints: `file:rule:line`, before which a commit may stand.
func (o *own) ignore(text string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(strings.ReplaceAll(line, `\`, "/"), ":")
		if n := len(parts); n == 3 || n == 4 {
			place := parts[n-3] + ":" + parts[n-1]
			o.ignored[place] = append(o.ignored[place], parts[n-2])
		}
	}
}

// allows says by what the repository allows what was found; empty where it does not.
// What is no rule of gitleaks goes by what is allowed for any rule.
func (o *own) allows(rule string, line int, s *sighting) string {
	rules := o.ignored[s.path+":"+strconv.Itoa(line)]
	switch {
	case strings.Contains(string(s.line), ownComment):
		return ownComment
	case slices.Contains(rules, rule) || len(rules) > 0 && scorecard.IsSetting(rule):
		return ownIgnore
	case slices.Contains(o.disabled, rule), anyAllows(o.allow, s), anyAllows(o.byRule[rule], s):
		return ownConfiguration
	}
	return ""
}
