package deps

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var (
	gemLine     = lazyregexp.New(`^\s*gem\s*\(?\s*["']([^"']+)["'](?:\s*,\s*["']([^"']*)["'])?(.*)$`)
	gemGroup    = lazyregexp.New(`^\s*group\s*\(?(.*?)\)?\s*do\b`)
	rubyBlock   = lazyregexp.New(`\bdo\b\s*(?:\|[^|]*\|)?\s*$|^\s*(?:if|unless|case|begin|def|while)\b`)
	rubyEnd     = lazyregexp.New(`^\s*end\b`)
	gemOption   = lazyregexp.New(`\b(?:group|groups)\s*(?::|=>)\s*(\[[^\]]*\]|:\w+|["']\w+["'])`)
	gemPath     = lazyregexp.New(`\bpath\s*(?::|=>)\s*["']([^"']+)["']`)
	specLine    = lazyregexp.New(`\.add_(runtime_|development_)?dependency\s*\(?\s*["']([^"']+)["'](?:\s*,\s*["']([^"']*)["'])?`)
	specName    = lazyregexp.New(`\.name\s*=\s*["']([^"']+)["']`)
	mixLine     = lazyregexp.New(`\{\s*:([a-z_0-9]+)\s*,\s*(?:["']([^"']*)["'])?([^{}]*)\}`)
	mixApp      = lazyregexp.New(`\bapp:\s*:([a-z_0-9]+)`)
	mixFunction = lazyregexp.New(`(?m)^\s*defp?\s+deps\b`)
)

// gemfile reads a Gemfile, with the groups that gems stand in.
func (r *reader) gemfile(f tree.File, data []byte) {
	m := r.module(rubygems, f.Folder(), "", f, "ruby")
	var groups []string // of each open block, empty for those that are no group
	line := 0
	for text := range strings.Lines(withoutHash(string(data), false)) {
		line++
		text = strings.TrimRight(text, "\n")
		if g := gemLine.FindStringSubmatch(text); g != nil {
			in := strings.Join(groups, " ")
			if o := gemOption.FindStringSubmatch(g[3]); o != nil {
				in += " " + o[1]
			}
			add(m, f.Path, line, g[1], withoutURL(g[2]), gemScope(in))
			if p := gemPath.FindStringSubmatch(g[3]); p != nil {
				m.Local = append(m.Local, below(f.Folder(), p[1]))
			}
			continue
		}
		switch g := gemGroup.FindStringSubmatch(text); {
		case g != nil:
			groups = append(groups, g[1])
		case rubyBlock.MatchString(text):
			groups = append(groups, "")
		case rubyEnd.MatchString(text) && len(groups) > 0:
			groups = groups[:len(groups)-1]
		}
	}
}

// gemScope is what the groups are for: those of development and tests are only that where
// no other is named.
func gemScope(groups string) string {
	scope, other := "", false
	for _, w := range strings.FieldsFunc(groups, func(c rune) bool { return !(c >= 'a' && c <= 'z' || c == '_') }) {
		switch w {
		case "test":
			if scope == "" {
				scope = scorecard.ScopeTest
			}
		case "development", "dev", "doc", "docs", "lint", "ci":
			scope = scorecard.ScopeDev
		case "optional", "true", "do":
		default:
			other = true
		}
	}
	if scope == "" || other {
		return scorecard.ScopeRuntime
	}
	return scope
}

// gemspec reads what a gem says of itself.
func (r *reader) gemspec(f tree.File, data []byte) {
	m := r.module(rubygems, f.Folder(), "", f, "ruby")
	line := 0
	for text := range strings.Lines(withoutHash(string(data), false)) {
		line++
		if g := specName.FindStringSubmatch(text); g != nil && m.Name == "" {
			m.Name = g[1]
		}
		if g := specLine.FindStringSubmatch(text); g != nil {
			scope := scorecard.ScopeRuntime
			if g[1] == "development_" {
				scope = scorecard.ScopeDev
			}
			add(m, f.Path, line, g[2], withoutURL(g[3]), scope)
		}
	}
}

// mix reads the deps of an Elixir project.
func (r *reader) mix(f tree.File, data []byte) {
	code := withoutHash(string(data), true)
	g := mixFunction.FindStringSubmatchIndex(code)
	m := r.module(hex, f.Folder(), "", f, "elixir")
	if app := mixApp.FindStringSubmatch(code); app != nil {
		m.Name = app[1]
	}
	if strings.Contains(code, "apps_path:") {
		m.Aggregate = true
	}
	if g == nil {
		return
	}
	for _, d := range mixLine.FindAllStringSubmatchIndex(code[g[1]:], -1) {
		at := func(i int) string {
			if d[i] < 0 {
				return ""
			}
			return code[g[1]+d[i] : g[1]+d[i+1]]
		}
		scope, options := scorecard.ScopeRuntime, at(6)
		switch only := strings.Contains(options, "only:"); {
		case only && strings.Contains(options, ":dev"):
			scope = scorecard.ScopeDev
		case only && strings.Contains(options, ":test"):
			scope = scorecard.ScopeTest
		}
		if strings.Contains(options, "in_umbrella: true") {
			m.Local = append(m.Local, path.Join(path.Dir(f.Folder()), at(2)))
		}
		add(m, f.Path, lineOf(code, g[1]+d[0]), at(2), withoutURL(at(4)), scope)
	}
}
