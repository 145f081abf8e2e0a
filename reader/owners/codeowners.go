package owners

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hmarr/codeowners"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// parseCodeowners reads the lines of a CODEOWNERS file. cut is the line from which
// on nothing was read, 0 when all was.
func parseCodeowners(p string, data []byte, gitlab bool) (rules []scorecard.OwnerRule, cut int) {
	var section []string // the default owners of GitLab's current section
	for i, raw := range bytes.Split(data, []byte("\n")) {
		line := strings.TrimSpace(string(raw))
		if line == "" || line[0] == '#' {
			continue
		}
		if gitlab {
			if owners, ok := sectionOf(line); ok {
				section = owners
				continue
			}
		}
		if len(rules) == maxRules {
			return rules, i + 1
		}
		r := scorecard.OwnerRule{Location: scorecard.Location{Path: p, FirstLine: i + 1, LastLine: i + 1}, Format: "codeowners"}
		if gitlab {
			gitlabRule(&r, line, section)
		} else {
			githubRule(&r, line)
		}
		rules = append(rules, r)
	}
	return rules, 0
}

// sectionHead is `[Name]`, `^[Name]` (optional), `[Name][2]` (approvals), then owners.
var sectionHead = lazyregexp.New(`^\^?\[[^\]]+\](?:\[\d+\])?(?:\s+(.*))?$`)

func sectionOf(line string) ([]string, bool) {
	m := sectionHead.FindStringSubmatch(line)
	if m == nil {
		return nil, false
	}
	var owners []string
	for _, o := range strings.Fields(withoutComment(m[1])) {
		if gitlabOwner.MatchString(o) {
			owners = append(owners, o)
		}
	}
	return owners, true
}

func withoutComment(s string) string {
	if strings.HasPrefix(s, "#") {
		return ""
	}
	if i := strings.Index(s, " #"); i >= 0 {
		return s[:i]
	}
	return s
}

// cutPattern parts a line at the first space that no backslash escapes.
func cutPattern(line string) (pattern, rest string) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case ' ', '\t':
			return line[:i], strings.TrimSpace(line[i:])
		}
	}
	return line, ""
}

var (
	// githubOwner: a person, a team, or an address. People's names may end in a
	// company's short code after an underscore.
	githubOwner = lazyregexp.New(`^(?:@[A-Za-z0-9](?:[A-Za-z0-9_-]*)|@[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]+|[^@\s]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)$`)
	// gitlabOwner: a person, a group at any depth, a role, or an address.
	gitlabOwner = lazyregexp.New(`^(?:@@?[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*|[^@\s]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)$`)
)

// githubRule reads one line as GitHub does: anything wrong in it and the whole line
// does not count.
func githubRule(r *scorecard.OwnerRule, line string) {
	pattern, rest := cutPattern(line)
	r.Pattern = pattern
	defer func() { r.Pattern = clip(r.Pattern, maxPattern) }()
	for _, o := range strings.Fields(withoutComment(rest)) {
		if r.Ignored == "" && !githubOwner.MatchString(o) {
			r.Ignored = fmt.Sprintf("GitHub skips the line: %q is no owner; an owner is @person, @organisation/team or an address", clip(o, 80))
		}
		r.Owners = append(r.Owners, o)
	}
	switch {
	case strings.HasPrefix(pattern, "!"):
		r.Ignored = "GitHub skips the line: a pattern can't be negated with !"
	case strings.HasPrefix(pattern, `\#`):
		r.Ignored = `GitHub skips the line: \# does not escape a pattern that starts with #`
	case strings.ContainsAny(pattern, "[]"):
		r.Ignored = "GitHub skips the line: character ranges with [ ] do not work"
	default:
		usable(r)
	}
}

// gitlabRule reads one line as GitLab does: what is no owner is left out, a line
// without owners has its section's, and `!` takes a path away from its owners.
func gitlabRule(r *scorecard.OwnerRule, line string, section []string) {
	pattern, rest := cutPattern(line)
	r.Pattern = pattern
	defer func() { r.Pattern = clip(r.Pattern, maxPattern) }()
	if away, ok := strings.CutPrefix(pattern, "!"); ok {
		r.Pattern = away
		usable(r)
		return
	}
	words := strings.Fields(withoutComment(rest))
	for _, o := range words {
		if gitlabOwner.MatchString(o) {
			r.Owners = append(r.Owners, o)
		}
	}
	switch {
	case len(words) == 0:
		r.Owners = section
	case len(r.Owners) == 0:
		r.Ignored = fmt.Sprintf("%q is no owner; an owner is @person, @group, @@role or an address", clip(words[0], 80))
		return
	}
	usable(r)
}

// maxPattern is how long a pattern may be: as long as paths get.
const maxPattern = 4096

// plainPattern is what the matcher surely takes, unless it has three asterisks in a
// row: most patterns, found without making a matcher of each.
var plainPattern = lazyregexp.New(`^[A-Za-z0-9*?./@_+()-]+$`)

// usable makes the pattern one that the matcher takes. The hosts allow characters in
// paths that it refuses; `?` stands for any one of them.
func usable(r *scorecard.OwnerRule) {
	switch {
	case r.Ignored != "":
		return
	case len(r.Pattern) > maxPattern:
		r.Ignored = "the pattern is longer than any path"
		return
	case plainPattern.MatchString(r.Pattern) && !strings.Contains(r.Pattern, "***"), matchable(r.Pattern):
		return
	}
	var b strings.Builder
	for _, c := range strings.ReplaceAll(r.Pattern, `\ `, "?") {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune(`*?./@_+-()`, c)) {
			c = '?'
		}
		b.WriteRune(c)
	}
	if p := b.String(); matchable(p) {
		r.Pattern = p
		return
	}
	r.Ignored = "the pattern is malformed"
	if strings.Contains(r.Pattern, "***") {
		r.Ignored += ": three asterisks in a row"
	}
}

func matchable(pattern string) bool {
	set, err := codeowners.ParseFile(strings.NewReader(pattern + " @owner\n"))
	return err == nil && len(set) == 1 && len(set[0].Owners) == 1
}

// clip shortens what goes into a message or is no path any more.
func clip(s string, to int) string {
	if len(s) > to {
		return strings.ToValidUTF8(s[:to], "") + "…"
	}
	return s
}
