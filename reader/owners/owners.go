// Package owners reads who owns which part of a repository: CODEOWNERS as GitHub or
// GitLab reads it, with the lines that the host ignores and why, and OWNERS files in
// the style of Kubernetes and of Chromium.
package owners

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxBytes is the size above which GitHub does not load a CODEOWNERS file.
const maxBytes = 3 << 20

// maxRules is how many rules of one file are read.
const maxRules = 50_000

// host is whose rules about CODEOWNERS hold.
type host struct {
	name   string
	places []string // where it looks; the first that exists is the file
	gitlab bool
}

var (
	github = host{"GitHub", []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}, false}
	gitlab = host{"GitLab", []string{"CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}, true}
)

// hostOf guesses the host from what stands in the repository: GitLab where it has its
// pipeline and nothing of GitHub's, or a CODEOWNERS only where GitLab looks.
func hostOf(t *tree.Tree) host {
	foreign := !t.Has(".github/CODEOWNERS") && !t.Has("CODEOWNERS") && !t.Has("docs/CODEOWNERS")
	if t.Has(".gitlab/CODEOWNERS") && foreign {
		return gitlab
	}
	if !t.Has(".gitlab-ci.yml") || slices.ContainsFunc(t.All(), func(f tree.File) bool { return strings.HasPrefix(f.Path, ".github/") }) {
		return github
	}
	return gitlab
}

// Read appends the rules of every CODEOWNERS and OWNERS file. The pattern of a rule
// of Format "codeowners" is one that github.com/hmarr/codeowners takes, unless it is
// Ignored; that of Format "owners" is its folder, "." for the root. What can't be read
// is a gap that hides scorecard.Owners.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	h := hostOf(t)
	chosen := ""
	for _, p := range h.places {
		if t.Has(p) {
			chosen = p
			break
		}
	}
	into.Codeowners = chosen
	aliases := aliasesOf(t)
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		switch {
		case f.Base() == "OWNERS":
			readOwners(t, f.Path, aliases, into)
		case strings.EqualFold(f.Base(), "CODEOWNERS"):
			readCodeowners(t, h, f.Path, chosen, into)
		}
	}
}

// readCodeowners reads one file of that name. A file that the host does not look at
// gives its rules too, each with the reason why it does not count.
func readCodeowners(t *tree.Tree, h host, p, chosen string, into *scorecard.Facts) {
	data, ok := readText(t, p)
	if !ok {
		return
	}
	whole := ignoredFile(h, p, chosen)
	if whole == "" && !h.gitlab && len(data) >= maxBytes {
		into.Owners = append(into.Owners, scorecard.OwnerRule{
			Location: scorecard.Location{Path: p}, Format: "codeowners", Pattern: "*",
			Ignored: fmt.Sprintf("GitHub does not load a CODEOWNERS file of 3 MB or more; this one has %d bytes", len(data)),
		})
		return
	}
	rules, cut := parseCodeowners(p, data, h.gitlab)
	for i := range rules {
		if whole != "" {
			rules[i].Ignored = whole
		}
	}
	into.Owners = append(into.Owners, rules...)
	if cut > 0 {
		t.Gap(scorecard.Gap{
			Location: scorecard.Location{Path: p, FirstLine: cut, LastLine: cut}, Hides: []scorecard.Family{scorecard.Owners}, Reason: "too-many",
			Message: fmt.Sprintf("%s has more than %d rules; those from line %d on were not read", p, maxRules, cut),
		})
	}
}

// ignoredFile says why the host does not look at a CODEOWNERS file; empty when it does.
func ignoredFile(h host, p, chosen string) string {
	switch {
	case p == chosen:
		return ""
	case slices.Contains(h.places, p):
		return fmt.Sprintf("%s reads only the first CODEOWNERS that it finds, %s", h.name, chosen)
	case path.Base(p) != "CODEOWNERS":
		return fmt.Sprintf("%s reads a file named CODEOWNERS in capitals", h.name)
	}
	return fmt.Sprintf("%s looks for CODEOWNERS in %s, not in %s", h.name, listOf(h.places), path.Dir(p)+"/")
}

func listOf(places []string) string {
	out := make([]string, len(places))
	for i, p := range places {
		if out[i] = path.Dir(p) + "/"; out[i] == "./" {
			out[i] = "the root"
		}
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
}

// readText reads a file that should be text; one that is not is a gap.
func readText(t *tree.Tree, p string) ([]byte, bool) {
	data, ok := t.Read(p, scorecard.Owners)
	if !ok {
		return nil, false
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		t.Gap(scorecard.Gap{
			Location: scorecard.Location{Path: p}, Hides: []scorecard.Family{scorecard.Owners}, Reason: "not-text",
			Message: p + " is not valid UTF-8 text and was not read; save it as UTF-8",
		})
		return nil, false
	}
	return data, true
}
