package scorecard

import (
	"path"
	"slices"
	"strings"
)

// Scope says which services something is about: those that a match of Only holds, all
// where Only is empty; without those that a match of Except holds.
type Scope struct {
	Only   []ServiceMatch `json:"only,omitempty"`
	Except []ServiceMatch `json:"except,omitempty"`
}

// ServiceMatch holds a service of which each field that the match names is like one of
// its patterns: text in which `*` stands for anything and `?` for one character, without
// regard to case. A service that says nothing of a field is held by no pattern for it.
type ServiceMatch struct {
	Name       []string `json:"name,omitempty"`
	Type       []string `json:"type,omitempty"`
	Tier       []string `json:"tier,omitempty"`
	Lifecycle  []string `json:"lifecycle,omitempty"`
	Owner      []string `json:"owner,omitempty"`
	System     []string `json:"system,omitempty"`
	Repository []string `json:"repository,omitempty"`
}

// MatchField is one field of a match and what it is compared with.
type MatchField struct {
	Name     string
	Patterns *[]string
	Of       func(*Service) string
}

// Fields lists the match's fields, in the order in which they are written.
func (m *ServiceMatch) Fields() []MatchField {
	return []MatchField{
		{"name", &m.Name, func(s *Service) string { return s.Name }},
		{"type", &m.Type, func(s *Service) string { return s.Type }},
		{"tier", &m.Tier, func(s *Service) string { return s.Tier }},
		{"lifecycle", &m.Lifecycle, func(s *Service) string { return s.Lifecycle }},
		{"owner", &m.Owner, func(s *Service) string { return s.Owner }},
		{"system", &m.System, func(s *Service) string { return s.System }},
		{"repository", &m.Repository, func(s *Service) string { return s.Repository }},
	}
}

// holds reports whether the service is like the match.
func (m *ServiceMatch) holds(s *Service) bool {
	for _, f := range m.Fields() {
		if len(*f.Patterns) > 0 && !like(*f.Patterns, f.Of(s)) {
			return false
		}
	}
	return true
}

// like reports whether text is like one of the patterns. A slash is a character like
// any other: owners are written group:default/team.
func like(patterns []string, text string) bool {
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "/", "\x00") }
	return text != "" && slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(plain(p), plain(text))
		return err == nil && ok
	})
}

// Holds reports whether the scope is about the service.
func (c *Scope) Holds(s *Service) bool {
	in := func(ms []ServiceMatch) bool {
		return slices.ContainsFunc(ms, func(m ServiceMatch) bool { return m.holds(s) })
	}
	return (len(c.Only) == 0 || in(c.Only)) && !in(c.Except)
}

// String says which services: "only services of tier 1 or 2, except those of name x-*".
func (c *Scope) String() string {
	say := func(ms []ServiceMatch) string {
		var alternatives []string
		for i := range ms {
			var fields []string
			for _, f := range ms[i].Fields() {
				if len(*f.Patterns) > 0 {
					fields = append(fields, f.Name+" "+strings.Join(*f.Patterns, " or "))
				}
			}
			alternatives = append(alternatives, strings.Join(fields, " and "))
		}
		return strings.Join(alternatives, ", or ")
	}
	var out []string
	if len(c.Only) > 0 {
		out = append(out, "only services of "+say(c.Only))
	}
	if len(c.Except) > 0 {
		out = append(out, "no service of "+say(c.Except))
	}
	return strings.Join(out, ", and ")
}

// CheckPattern says what is wrong with a pattern of a match; nil where nothing is.
func CheckPattern(pattern string) error {
	_, err := path.Match(pattern, "")
	return err
}
