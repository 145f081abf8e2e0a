package catalog

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxTargets is how many targets of all Locations together are followed.
const maxTargets = 2_000

// target is one file, or a pattern of files, that a Location entity names.
type target struct {
	at       scorecard.Location
	text     string
	optional bool
}

// targetsOf gives a Location's targets in the order in which they stand.
func targetsOf(p string, root *yaml.Node) (out []target) {
	spec := yamldoc.Get(root, "spec")
	optional := yamldoc.String(yamldoc.Get(spec, "presence")) == "optional"
	add := func(n *yaml.Node, field string) {
		if text := yamldoc.String(n); text != "" {
			out = append(out, target{scorecard.Location{Path: p, FirstLine: n.Line, LastLine: n.Line, Field: field}, text, optional})
		}
	}
	add(yamldoc.Get(spec, "target"), "spec.target")
	for i, n := range yamldoc.Items(yamldoc.Get(spec, "targets")) {
		add(n, fmt.Sprintf("spec.targets[%d]", i))
	}
	return out
}

var scheme = lazyregexp.New(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)

// follow reads what a target names. What lies outside the repository is a note: it
// is not fetched.
func (r *reading) follow(t target) {
	note := func(format string, a ...any) {
		r.notes = append(r.notes, scorecard.Problem{Location: t.at, Message: fmt.Sprintf(format, a...)})
	}
	if scheme.MatchString(t.text) || strings.HasPrefix(t.text, "//") {
		note("the Location target %s is remote and was not read", withoutSecrets(t.text))
		return
	}
	// A target that starts with a slash counts from the repository's root.
	p := path.Join(path.Dir(t.at.Path), t.text)
	if strings.HasPrefix(t.text, "/") {
		p = path.Clean(t.text[1:])
	}
	if p == ".." || strings.HasPrefix(p, "../") {
		note("the Location target %s lies outside of the repository and was not read", t.text)
		return
	}
	if !strings.ContainsAny(p, "*?{") || r.tree.Has(p) {
		switch {
		case r.tree.Has(p):
			r.file(p, true)
		case !t.optional:
			r.missing(t)
		}
		return
	}
	pattern, matched := glob(p), false
	for _, f := range r.tree.All() {
		if pattern.MatchString(f.Path) {
			matched = true
			r.file(f.Path, true)
		}
	}
	if !matched && !t.optional {
		r.missing(t)
	}
}

// missing puts a target that is not there down to the Location that names it.
func (r *reading) missing(t target) {
	for i := range r.entities {
		e := &r.entities[i]
		if e.Location.Path == t.at.Path && e.Location.FirstLine <= t.at.FirstLine && t.at.FirstLine <= e.Location.LastLine {
			e.Problems = append(e.Problems, scorecard.Problem{Location: t.at, Message: fmt.Sprintf("the target %s does not exist in the repository", t.text)})
			return
		}
	}
}

// withoutSecrets drops user information and the query of a URL.
func withoutSecrets(url string) string {
	url, _, _ = strings.Cut(url, "?")
	before, after, found := strings.Cut(url, "://")
	if !found {
		return url
	}
	host, rest, _ := strings.Cut(after, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	return strings.TrimSuffix(before+"://"+host+"/"+rest, "/")
}

// glob makes an expression of a target's pattern: `*` and `?` stay within a folder,
// `**` crosses folders, `{a,b}` is either.
func glob(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	braces := 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case strings.HasPrefix(pattern[i:], "**/"):
			b.WriteString(`(?:.*/)?`)
			i += 2
		case strings.HasPrefix(pattern[i:], "**"):
			b.WriteString(`.*`)
			i++
		case c == '*':
			b.WriteString(`[^/]*`)
		case c == '?':
			b.WriteString(`[^/]`)
		case c == '{':
			braces++
			b.WriteString(`(?:`)
		case c == '}' && braces > 0:
			braces--
			b.WriteString(`)`)
		case c == ',' && braces > 0:
			b.WriteString(`|`)
		default:
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1])) // byte by byte puts text beyond ASCII together again
		}
	}
	b.WriteString(strings.Repeat(")", braces) + `\z`)
	expr, err := regexp.Compile(b.String())
	if err != nil { // braces too deep or too many: nothing matches
		return regexp.MustCompile(`\z\A.`)
	}
	return expr
}
