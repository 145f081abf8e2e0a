package owners

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// aliasesOf reads OWNERS_ALIASES of the root: lower-cased name to members.
func aliasesOf(t *tree.Tree) map[string][]string {
	data, ok := t.Read("OWNERS_ALIASES", scorecard.Owners)
	if !ok {
		return nil
	}
	out := map[string][]string{}
	for _, d := range yamldoc.Parse(data) {
		if d.Err != nil {
			t.Malformed("OWNERS_ALIASES", d.ErrLine, d.Err, scorecard.Owners)
			continue
		}
		aliases := yamldoc.Get(d.Root, "aliases")
		if aliases == nil || aliases.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(aliases.Content); i += 2 {
			out[strings.ToLower(aliases.Content[i].Value)] = names(aliases.Content[i+1])
		}
	}
	return out
}

// readOwners reads an OWNERS file: one rule that covers its folder.
func readOwners(t *tree.Tree, p string, aliases map[string][]string, into *scorecard.Facts) {
	data, ok := readText(t, p)
	if !ok {
		return
	}
	r, line, err := parseOwners(p, data, aliases)
	switch {
	case err != nil:
		t.Malformed(p, line, err, scorecard.Owners)
	case r != nil:
		into.Owners = append(into.Owners, *r)
	}
}

var (
	// kubernetesKey marks the YAML style.
	kubernetesKey = lazyregexp.New(`(?m)^(approvers|reviewers|filters|options|labels|emeritus_approvers|required_reviewers)\s*:`)
	person        = lazyregexp.New(`^@?[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	address       = lazyregexp.New(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
)

// parseOwners reads an OWNERS file of either style; no rule where it is empty.
func parseOwners(p string, data []byte, aliases map[string][]string) (*scorecard.OwnerRule, int, error) {
	r := &scorecard.OwnerRule{Format: "owners", Pattern: path.Dir(p), Location: scorecard.Location{Path: p, FirstLine: 1, LastLine: 1 + bytes.Count(bytes.TrimSpace(data), []byte("\n"))}}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, 0, nil
	}
	if !kubernetesKey.Match(data) {
		plain(r, data)
		return r, 0, nil
	}
	for _, d := range yamldoc.Parse(data) {
		if d.Err != nil {
			return nil, max(d.ErrLine, d.FirstLine), d.Err
		}
		if d.Root == nil || len(r.Owners) > 0 {
			continue
		}
		// Approvers own; where there are none, those who review stand in for them.
		for _, key := range []string{"approvers", "reviewers"} {
			for _, at := range []*yaml.Node{yamldoc.Get(d.Root, key), yamldoc.Get(d.Root, "filters", ".*", key)} {
				if found := expand(names(at), aliases); len(found) > 0 && len(r.Owners) == 0 {
					r.Owners = found
					r.Location.FirstLine, r.Location.LastLine = at.Line, max(at.Line, yamldoc.LastLine(at))
				}
			}
		}
	}
	if len(r.Owners) == 0 {
		r.Ignored = "it names no approvers and no reviewers"
	}
	return r, 0, nil
}

func names(n *yaml.Node) (out []string) {
	for _, item := range yamldoc.Items(n) {
		if s := strings.TrimSpace(yamldoc.String(item)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// expand puts the members of aliases in their place and marks people with an @.
func expand(list []string, aliases map[string][]string) (out []string) {
	add := func(s string) {
		switch {
		case address.MatchString(s):
		case person.MatchString(s):
			s = "@" + strings.TrimPrefix(s, "@")
		default:
			return
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, s := range list {
		members, ok := aliases[strings.ToLower(s)]
		if !ok {
			add(s)
		}
		for _, m := range members {
			add(m)
		}
	}
	return out
}

// plain reads the style of Chromium: an address or a name a line, `set noparent`,
// `per-file`, `file:` and comments. Rules for single files own no folder.
func plain(r *scorecard.OwnerRule, data []byte) {
	first, wrong := 0, ""
	for i, raw := range strings.Split(string(data), "\n") {
		line, _, _ := strings.Cut(raw, "#")
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == "*" || line == "set noparent":
		case strings.HasPrefix(line, "per-file ") || strings.HasPrefix(line, "file:") || strings.HasPrefix(line, "include "):
		case address.MatchString(line) || person.MatchString(line):
			if first == 0 {
				first = i + 1
			}
			r.Owners = append(r.Owners, expand([]string{line}, nil)...)
			r.Location.LastLine = i + 1
		case wrong == "":
			wrong = line
		}
		if len(r.Owners) >= maxRules {
			break
		}
	}
	switch {
	case len(r.Owners) > 0:
		r.Location.FirstLine = first
	case wrong != "":
		r.Ignored = "it names no owner; a line is an address or a user's name, not " + clip(wrong, 80)
	default:
		r.Ignored = "it names no owner of the folder itself"
	}
}
