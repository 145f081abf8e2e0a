package leak

import (
	_ "embed"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// gitleaksRules is the configuration that gitleaks comes with; `make generate-rules`
// brings it up to date.
//
//go:embed gitleaks.toml
var gitleaksRules []byte

// configuration is a configuration of gitleaks, as far as it is read.
type configuration struct {
	Extend struct {
		DisabledRules []string
	}
	Rules      []ruleText
	Allowlist  *allowText // as it was called before version 8.25
	Allowlists []allowText
}

type ruleText struct {
	ID          string
	Regex       string
	Path        string
	SecretGroup int
	Entropy     float64
	Keywords    []string
	Allowlist   *allowText
	Allowlists  []allowText
}

type allowText struct {
	TargetRules []string
	Condition   string
	RegexTarget string
	Commits     []string
	Paths       []string
	Regexes     []string
	StopWords   []string
}

// rule is one of gitleaks' rules.
type rule struct {
	id       string
	path     *lazyregexp.Regexp // nil where it is of any file
	text     *lazyregexp.Regexp // nil where the path alone says it
	group    int
	entropy  float64
	keywords []string
	allow    []allowance

	// pattern is what text was made of; anchor looks into it when a keyword is met, for
	// to parse two hundred patterns takes longer than to scan a small repository.
	pattern  string
	anchored sync.Once
	// starting is the rule's pattern from a keyword on; nil where a match may begin with
	// something else, so that the whole file is to be searched.
	starting *lazyregexp.Regexp
	// bounded: no letter of a word stands before the keyword.
	bounded bool
	// assigns: behind the keyword and what belongs to its name stands a sign that gives it a value.
	assigns bool
}

// ruleSet is all that is looked for.
type ruleSet struct {
	rules []*rule
	words *automaton
	// of are the rules of each keyword.
	of    [][]*rule
	paths []*rule // without a pattern for the text
	allow []allowance
}

// left are rules of gitleaks that are not asked: Secret manifests are read by package
// kube, which tells a placeholder from a value.
var left = []string{"kubernetes-secret-yaml"}

// defaults are gitleaks' own rules. A pattern is compiled when a keyword of it is met.
var defaults = sync.OnceValue(func() *ruleSet {
	var c configuration
	if err := toml.Unmarshal(gitleaksRules, &c); err != nil {
		panic(fmt.Sprintf("the rules that are built in: %v", err)) // a test reads them
	}
	s := &ruleSet{}
	if c.Allowlist != nil {
		c.Allowlists = append(c.Allowlists, *c.Allowlist)
	}
	for i := range c.Allowlists {
		s.allow = append(s.allow, trusted(&c.Allowlists[i]))
	}
	for i := range c.Rules {
		if t := &c.Rules[i]; !slices.Contains(left, t.ID) {
			s.add(t)
		}
	}
	for i := range added {
		s.add(&added[i])
	}
	s.index()
	return s
})

// added are what gitleaks' rules of the same names leave out: a private key without its
// lines of PEM, as Keycloak exports them.
var added = []ruleText{{
	ID: "private-key", Regex: `"(?i:private_?key)"\s*:\s*\[?\s*"(MI[A-Za-z0-9+/]{200,}={0,2})"`, SecretGroup: 1,
	Keywords: []string{`"privatekey"`, `"private_key"`},
}}

func (s *ruleSet) add(t *ruleText) {
	r := &rule{id: t.ID, group: t.SecretGroup, entropy: t.Entropy}
	if t.Path != "" {
		re := lazyregexp.New(t.Path)
		r.path = &re
	}
	for i := range t.Allowlists {
		r.allow = append(r.allow, trusted(&t.Allowlists[i]))
	}
	for _, k := range t.Keywords {
		r.keywords = append(r.keywords, strings.ToLower(k))
	}
	if t.Regex == "" {
		s.paths = append(s.paths, r)
		return
	}
	re := lazyregexp.New(t.Regex)
	r.text, r.pattern = &re, t.Regex
	s.rules = append(s.rules, r)
}

// index makes one automaton of all keywords.
func (s *ruleSet) index() {
	at := map[string]int{}
	var words []string
	for _, r := range s.rules {
		for _, k := range r.keywords {
			i, ok := at[k]
			if !ok {
				i = len(words)
				at[k], words, s.of = i, append(words, k), append(s.of, nil)
			}
			s.of[i] = append(s.of[i], r)
		}
	}
	s.words = newAutomaton(words)
}

// Parts of the patterns that gitleaks makes of a template: what may stand before a name,
// and the signs between a name and its value.
const (
	beforeName = `[\w.-]{0,50}?`
	assignment = `(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)`
)

// anchor finds out, once, whether all matches begin with a keyword, but for what may
// stand before a name.
func (r *rule) anchor() {
	r.anchored.Do(func() { r.findAnchor(r.pattern) })
}

func (r *rule) findAnchor(pattern string) {
	short := strings.Replace(pattern, beforeName, "", 1)
	tree, err := syntax.Parse(short, syntax.Perl)
	if err != nil {
		return
	}
	starts, _ := startsOf(tree)
	if len(starts) == 0 || slices.ContainsFunc(starts, func(s string) bool {
		return !slices.ContainsFunc(r.keywords, func(k string) bool { return strings.HasPrefix(s, k) })
	}) {
		return
	}
	re := lazyregexp.New(`^(?:` + short + `)`)
	r.starting = &re
	r.bounded = strings.HasPrefix(strings.TrimPrefix(pattern, "(?i)"), `\b`) && !slices.ContainsFunc(starts, func(s string) bool { return !isWord(s[0]) })
	r.assigns = strings.HasPrefix(strings.TrimPrefix(pattern, "(?i)"), beforeName) && strings.Contains(pattern, assignment)
}

// maxStarts bounds the ways to begin that are followed.
const maxStarts = 64

// startsOf gives texts, in lower case, with one of which each match begins; whole says
// that they are the whole matches. None where that can't be told.
func startsOf(re *syntax.Regexp) (starts []string, whole bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}, true
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpCapture:
		return startsOf(re.Sub[0])
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i+1]-re.Rune[i] > 4 {
				return []string{""}, false
			}
			for c := re.Rune[i]; c <= re.Rune[i+1]; c++ {
				starts = append(starts, strings.ToLower(string(c)))
			}
		}
		slices.Sort(starts)
		return slices.Compact(starts), true
	case syntax.OpQuest:
		starts, whole = startsOf(re.Sub[0])
		return append(starts, ""), whole
	case syntax.OpAlternate:
		whole = true
		for _, sub := range re.Sub {
			s, w := startsOf(sub)
			starts, whole = append(starts, s...), whole && w
		}
		return starts, whole
	case syntax.OpConcat:
		return startsOfAll(re.Sub)
	}
	return []string{""}, false
}

func startsOfAll(parts []*syntax.Regexp) (starts []string, whole bool) {
	starts, whole = []string{""}, true
	for _, sub := range parts {
		next, w := startsOf(sub)
		if len(starts)*len(next) > maxStarts {
			return starts, false
		}
		var longer []string
		for _, a := range starts {
			for _, b := range next {
				longer = append(longer, a+b)
			}
		}
		if starts, whole = longer, w; !w {
			return starts, false
		}
	}
	return starts, whole
}
