package rubric

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Write gives a rubric as a file that Parse reads back to the same one, whole: with every
// check that it asks. The built-in rubric is called what the name says, since only the
// program itself has that one.
func Write(r *scorecard.Rubric, name string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What services are judged by: take out what should not be asked, change what should be asked otherwise.\n"+
		"# Levels are BRONZE, SILVER, GOLD and PLATINUM; weights critical (10), high (7.5), medium (5), low (2.5) or a number.\n"+
		"# With `extends: builtin` instead, checks that are not listed are asked as the built-in rubric does.\n")
	fmt.Fprintf(&b, "name: %s\nextends: none\nunscored: [%s]\n", quoted(name), list(r.Unscored))
	writeScope(&b, "", &r.Services)
	b.WriteString("checks:\n")
	pillar := scorecard.Pillar("")
	rules := map[string]scorecard.Rule{}
	for _, rule := range r.Checks {
		rules[rule.Check] = rule
	}
	for _, c := range r.All() {
		if c.Pillar != pillar {
			pillar = c.Pillar
			fmt.Fprintf(&b, "\n  # %s\n", strings.ToUpper(string(pillar)))
		}
		fmt.Fprintf(&b, "  %s: # %s\n    level: %s\n    weight: %s\n", c.ID, c.Title, c.Level, c.Weight)
		if len(c.Thresholds) > 0 {
			b.WriteString("    thresholds:\n")
			for _, t := range c.Thresholds {
				fmt.Fprintf(&b, "      %s: %g # %s; from %g to %g\n", t.Name, t.Value, t.Text, t.Min, t.Max)
			}
		}
		asked := rules[c.ID].Services
		writeScope(&b, "    ", &asked)
	}
	return b.Bytes()
}

func writeScope(b *bytes.Buffer, indent string, s *scorecard.Scope) {
	if len(s.Only) == 0 && len(s.Except) == 0 {
		return
	}
	fmt.Fprintf(b, "%sservices:\n", indent)
	for _, part := range []struct {
		name    string
		matches []scorecard.ServiceMatch
	}{{"only", s.Only}, {"except", s.Except}} {
		if len(part.matches) == 0 {
			continue
		}
		fmt.Fprintf(b, "%s  %s:\n", indent, part.name)
		for i := range part.matches {
			var fields []string
			for _, f := range part.matches[i].Fields() {
				if len(*f.Patterns) > 0 {
					fields = append(fields, fmt.Sprintf("%s: [%s]", f.Name, list(*f.Patterns)))
				}
			}
			fmt.Fprintf(b, "%s    - {%s}\n", indent, strings.Join(fields, ", "))
		}
	}
}

func list(texts []string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = quoted(t)
	}
	return strings.Join(out, ", ")
}

// quoted is the text as YAML writes it within a flow; plain where it can be.
func quoted(text string) string {
	n := yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}}}
	b, err := yaml.Marshal(&n)
	if err != nil || bytes.Count(b, []byte("\n")) > 1 {
		return fmt.Sprintf("%q", text) // one line, whatever is in it
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(b)), "["), "]")
}
