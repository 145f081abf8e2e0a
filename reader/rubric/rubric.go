// Package rubric reads a rubric, which says what services are judged by, from a YAML
// file, and writes one:
//
//	name: acme
//	extends: builtin          # every check of the built-in rubric, but for what is said below; or none
//	unscored: [library]       # entity types that are shown and not scored
//	services:                 # which services are scored
//	  except: [{name: [sandbox-*]}]
//	checks:
//	  zone-spread: off        # not asked
//	  readiness-probe: {level: SILVER, weight: high}
//	  graceful-shutdown: {thresholds: {grace-seconds: 60}}
//	  slo-defined:
//	    services: {only: [{tier: ["1", "2"]}]}
package rubric

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// MaxBytes bounds a rubric's file.
const MaxBytes = 1 << 20

// maxFaults is how many faults an error names.
const maxFaults = 20

// The bounds of what a rubric says.
const (
	maxName     = 100
	maxMatches  = 100
	maxPatterns = 1000
)

// Parse reads a rubric; file is what errors call it, checks are those that there are.
// An error is ErrInvalid and has a line for each fault, with the file's name and line.
func Parse(file string, data []byte, checks []scorecard.Check) (*scorecard.Rubric, error) {
	p := &parser{file: file, checks: map[string]scorecard.Check{}}
	for _, c := range checks {
		p.checks[c.ID] = c
	}
	r := p.rubric(data, checks)
	if len(p.faults) == 0 {
		if err := r.Bind(checks); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return r, nil
	}
	shown := p.faults[:min(len(p.faults), maxFaults)]
	text := strings.Join(shown, "\n")
	if more := len(p.faults) - len(shown); more > 0 {
		text += fmt.Sprintf("\n… and %d more", more)
	}
	return nil, fmt.Errorf("%w: %s", scorecard.ErrInvalid, text)
}

type parser struct {
	file   string
	checks map[string]scorecard.Check
	faults []string
}

// fault notes what is wrong at the node; at nil, with the whole file.
func (p *parser) fault(n *yaml.Node, format string, a ...any) {
	where := p.file
	if n != nil {
		where = fmt.Sprintf("%s:%d", p.file, n.Line)
	}
	p.faults = append(p.faults, where+": "+fmt.Sprintf(format, a...))
}

func (p *parser) rubric(data []byte, checks []scorecard.Check) *scorecard.Rubric {
	r := &scorecard.Rubric{Unscored: scorecard.BuiltinUnscored()}
	if len(data) > MaxBytes {
		p.fault(nil, "the file is larger than %d bytes", MaxBytes)
		return r
	}
	root := p.document(data)
	if root == nil {
		return r
	}
	extends := "builtin"
	var list *yaml.Node
	p.each(root, "the rubric", map[string]func(*yaml.Node){
		"name": func(n *yaml.Node) { r.Name = p.text(n, "name") },
		"extends": func(n *yaml.Node) {
			if extends = p.text(n, "extends"); extends != "builtin" && extends != "none" {
				p.fault(n, "extends is builtin or none, not %q", extends)
			}
		},
		"unscored": func(n *yaml.Node) { r.Unscored = append([]string{}, p.patterns(n, "unscored")...) },
		"services": func(n *yaml.Node) { r.Services = p.scope(n, "services") },
		"checks":   func(n *yaml.Node) { list = n },
	})
	if unprintable := strings.ContainsFunc(r.Name, func(c rune) bool { return !unicode.IsPrint(c) }); len(p.faults) == 0 && (r.Name == "" || len(r.Name) > maxName || unprintable || r.Name == "builtin") {
		p.fault(root, "the rubric needs a name of its own, one line of at most %d characters, by which its verdicts are known", maxName)
	}
	rules := map[string]*scorecard.Rule{}
	if extends == "builtin" {
		for _, c := range checks {
			rules[c.ID] = &scorecard.Rule{Check: c.ID, Level: c.Level, Weight: c.Weight}
		}
	}
	p.rules(list, rules)
	for _, rule := range rules {
		r.Checks = append(r.Checks, *rule)
	}
	slices.SortFunc(r.Checks, func(a, b scorecard.Rule) int { return strings.Compare(a.Check, b.Check) })
	if len(p.faults) == 0 && len(r.Checks) == 0 {
		p.fault(root, "the rubric asks no check; list some under checks, or write extends: builtin")
	}
	return r
}

// document gives the file's one mapping; nil, with a fault, when there is none.
func (p *parser) document(data []byte) *yaml.Node {
	docs := yamldoc.Parse(data)
	if len(docs) == 0 || len(bytes.TrimSpace(data)) == 0 {
		p.fault(nil, "the file is empty; seaworthy rubric show writes one to begin with")
		return nil
	}
	for _, d := range docs {
		if d.Err != nil {
			p.faults = append(p.faults, fmt.Sprintf("%s:%d: it is no YAML: %v", p.file, max(d.ErrLine, d.FirstLine, 1), d.Err))
			return nil
		}
	}
	if len(docs) > 1 {
		p.fault(docs[1].Root, "a second document; a rubric is one")
		return nil
	}
	root := yamldoc.Follow(docs[0].Root)
	if root == nil || root.Kind != yaml.MappingNode {
		p.fault(root, "a rubric is a mapping with name and checks")
		return nil
	}
	for _, d := range yamldoc.Duplicates(root) {
		p.faults = append(p.faults, fmt.Sprintf("%s:%d: %s is written twice", p.file, d.Line, strings.TrimPrefix(d.Path+"."+d.Key, ".")))
	}
	return root
}

// each calls the function of every key of a mapping; a key without one is a fault.
func (p *parser) each(n *yaml.Node, what string, keys map[string]func(*yaml.Node)) {
	n = yamldoc.Follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		p.fault(n, "%s is a mapping of %s", what, strings.Join(sorted(keys), ", "))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if read, ok := keys[key.Value]; ok {
			read(yamldoc.Follow(value))
			continue
		}
		p.fault(key, "%s has no %q; there are %s", what, key.Value, strings.Join(sorted(keys), ", "))
	}
}

func sorted[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// rules reads what is said of each check.
func (p *parser) rules(n *yaml.Node, into map[string]*scorecard.Rule) {
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.fault(n, "checks is a mapping, of a check's ID to what is said of it")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], yamldoc.Follow(n.Content[i+1])
		c, ok := p.checks[key.Value]
		if !ok {
			p.fault(key, "there is no check %q%s", key.Value, p.nearest(key.Value))
			continue
		}
		if value.Kind == yaml.ScalarNode {
			p.onOff(c, value, into)
			continue
		}
		if into[c.ID] == nil {
			into[c.ID] = &scorecard.Rule{Check: c.ID, Level: c.Level, Weight: c.Weight}
		}
		p.rule(c, value, into[c.ID])
	}
}

// onOff reads a check of which is said only whether it is asked.
func (p *parser) onOff(c scorecard.Check, n *yaml.Node, into map[string]*scorecard.Rule) {
	switch strings.ToLower(n.Value) {
	case "off", "false", "no":
		delete(into, c.ID)
	case "on", "true", "yes", "", "~", "null":
		into[c.ID] = &scorecard.Rule{Check: c.ID, Level: c.Level, Weight: c.Weight}
	default:
		p.fault(n, "%s is on, off, or a mapping of level, weight, thresholds and services; not %q", c.ID, n.Value)
	}
}

func (p *parser) rule(c scorecard.Check, n *yaml.Node, rule *scorecard.Rule) {
	p.each(n, c.ID, map[string]func(*yaml.Node){
		"level": func(n *yaml.Node) {
			rule.Level = scorecard.Level(strings.ToUpper(p.text(n, "level")))
			if rule.Level.Rank() < 1 {
				p.fault(n, "the level of %s is BRONZE, SILVER, GOLD or PLATINUM, not %q", c.ID, n.Value)
			}
		},
		"weight":   func(n *yaml.Node) { rule.Weight = p.weight(n, c.ID) },
		"services": func(n *yaml.Node) { rule.Services = p.scope(n, c.ID+".services") },
		"thresholds": func(n *yaml.Node) {
			if len(c.Thresholds) == 0 {
				p.fault(n, "%s has no thresholds", c.ID)
				return
			}
			rule.Thresholds = p.thresholds(c, n)
		},
	})
}

func (p *parser) thresholds(c scorecard.Check, n *yaml.Node) map[string]float64 {
	out := map[string]float64{}
	keys := map[string]func(*yaml.Node){}
	for _, t := range c.Thresholds {
		keys[t.Name] = func(n *yaml.Node) {
			value, err := number(n)
			if err != nil || !(value >= t.Min && value <= t.Max) {
				p.fault(n, "%s of %s is a number from %g to %g, not %q", t.Name, c.ID, t.Min, t.Max, n.Value)
				return
			}
			if value != t.Value {
				out[t.Name] = value
			}
		}
	}
	p.each(n, "thresholds of "+c.ID, keys)
	if len(out) == 0 {
		return nil
	}
	return out
}

var weights = map[string]scorecard.Weight{
	"critical": scorecard.Critical, "high": scorecard.High, "medium": scorecard.Medium, "low": scorecard.Low,
}

func (p *parser) weight(n *yaml.Node, check string) scorecard.Weight {
	if w, ok := weights[strings.ToLower(n.Value)]; ok {
		return w
	}
	value, err := number(n)
	if err != nil || !(value >= 0 && value <= scorecard.MaxWeight) {
		p.fault(n, "the weight of %s is critical, high, medium, low, or a number from 0 to %d, not %q", check, scorecard.MaxWeight, n.Value)
	}
	return scorecard.Weight(value)
}

var errNoNumber = errors.New("no number")

func number(n *yaml.Node) (value float64, err error) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" && n.Tag != "!!float" {
		return 0, errNoNumber
	}
	return value, n.Decode(&value)
}

func (p *parser) scope(n *yaml.Node, what string) (s scorecard.Scope) {
	p.each(n, what, map[string]func(*yaml.Node){
		"only":   func(n *yaml.Node) { s.Only = p.matches(n, what+".only") },
		"except": func(n *yaml.Node) { s.Except = p.matches(n, what+".except") },
	})
	return s
}

func (p *parser) matches(n *yaml.Node, what string) (out []scorecard.ServiceMatch) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(n.Content) > maxMatches {
		p.fault(n, "%s is a list of 1 to %d mappings such as {tier: [\"1\"]}", what, maxMatches)
		return nil
	}
	for _, item := range yamldoc.Items(n) {
		var m scorecard.ServiceMatch
		keys := map[string]func(*yaml.Node){}
		for _, f := range m.Fields() {
			keys[f.Name] = func(n *yaml.Node) { *f.Patterns = p.patterns(n, what+"."+f.Name) }
		}
		p.each(item, what, keys)
		if len(item.Content) == 0 {
			p.fault(item, "%s has an entry that names no field; there are %s", what, strings.Join(sorted(keys), ", "))
		}
		out = append(out, m)
	}
	return out
}

// patterns reads a text or a list of texts.
func (p *parser) patterns(n *yaml.Node, what string) (out []string) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = yamldoc.Items(n)
	}
	if len(items) > maxPatterns {
		p.fault(n, "%s lists more than %d", what, maxPatterns)
		return nil
	}
	for _, item := range items {
		text := p.text(item, what)
		if text == "" && item.Kind == yaml.ScalarNode {
			p.fault(item, "%s has an empty entry", what)
		} else if err := scorecard.CheckPattern(text); err != nil {
			p.fault(item, "%s: %q is no pattern: a [ or \\ that is not closed", what, text)
		}
		out = append(out, text)
	}
	return out
}

func (p *parser) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		p.fault(n, "%s is a text", what)
		return ""
	}
	return n.Value
}

// nearest suggests the check that was meant: the one that shares most words.
func (p *parser) nearest(id string) string {
	best, most := "", 0
	for _, known := range sorted(p.checks) {
		shared := 0
		for _, w := range strings.Split(known, "-") {
			if slices.ContainsFunc(strings.FieldsFunc(id, func(r rune) bool { return r == '-' || r == '_' || r == ' ' }), func(x string) bool {
				return len(x) > 2 && (strings.HasPrefix(w, x) || strings.HasPrefix(x, w))
			}) {
				shared++
			}
		}
		if shared > most {
			best, most = known, shared
		}
	}
	return cmp.Or(map[bool]string{true: fmt.Sprintf("; did you mean %q?", best)}[best != ""], "; seaworthy checks list has them all")
}
