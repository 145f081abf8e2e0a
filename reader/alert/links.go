package alert

import (
	"net/url"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/docs"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The states of a runbook's link.
const (
	found     = "found"
	noFile    = "no-file"
	noAnchor  = "no-anchor"
	elsewhere = "elsewhere"
	templated = "templated"
	unread    = "unread"
	prose     = "prose"
)

// target is what a link leads to in some repository.
type target struct {
	home         string // host/owner/name, lower-cased
	rest         string // branch and path
	path, anchor string // where no branch is written
	host         string
}

// resolver follows links into one repository.
type resolver struct {
	t       *tree.Tree
	home    string
	prefix  string // the folder of the repository that is read
	folders map[string]bool
	anchors map[string]map[string]bool
	// own are other addresses under which the repository's files were found.
	own map[string]bool
}

// resolve says of each alert's link where it leads.
func resolve(t *tree.Tree, home Home, facts *scorecard.Facts) {
	r := &resolver{t: t, home: homeOf(home.URL), prefix: home.Folder, anchors: map[string]map[string]bool{}}
	for _, f := range t.All() {
		if r.folders == nil {
			r.folders = map[string]bool{}
		}
		for d := path.Dir(f.Path); d != "." && !r.folders[d]; d = path.Dir(d) {
			r.folders[d] = true
		}
	}
	r.mirrors(facts)
	for i := range facts.Alerts {
		a := &facts.Alerts[i]
		if a.Runbook.Text != "" {
			r.link(a)
		}
	}
}

// homeOf is host/owner/name of a web address of a repository.
func homeOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(path.Join(u.Host, u.Path), "/"), ".git"))
}

var page = lazyregexp.New(`^(.+?)/(?:-/)?(?:blob|tree|raw|edit|blame|src)/(.+)$`)

// parseLink takes a link to a file on a host of repositories apart; false for any other.
func parseLink(text string) (t target, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return t, false
	}
	t.host, t.anchor = strings.ToLower(u.Host), u.Fragment
	full := path.Clean("/" + u.Path)
	if t.host == "raw.githubusercontent.com" {
		if parts := strings.SplitN(strings.TrimPrefix(full, "/"), "/", 3); len(parts) == 3 {
			t.home, t.rest = "github.com/"+strings.ToLower(parts[0]+"/"+parts[1]), parts[2]
			return t, true
		}
		return t, false
	}
	if p := u.Query().Get("path"); p != "" && strings.Contains(full, "/_git/") { // Azure DevOps
		t.home, t.path = strings.ToLower(t.host+full), strings.Trim(path.Clean("/"+p), "/")
		return t, true
	}
	m := page.FindStringSubmatch(full)
	if m == nil || strings.Count(strings.Trim(m[1], "/"), "/") < 1 {
		return t, false
	}
	t.home, t.rest = strings.ToLower(t.host+m[1]), m[2]
	return t, true
}

// mirrors finds the addresses of other repositories of which this one is a copy or the
// origin: where most of what is linked there stands here.
func (r *resolver) mirrors(facts *scorecard.Facts) {
	type count struct{ here, all int }
	seen := map[string]bool{}
	counts := map[string]*count{}
	for i := range facts.Alerts {
		link := facts.Alerts[i].Runbook.Text
		t, ok := parseLink(link)
		file, _, _ := strings.Cut(link, "#")
		if !ok || t.home == r.home || seen[file] || strings.Contains(link, "{{") {
			continue
		}
		seen[file] = true
		c := counts[t.home]
		if c == nil {
			c = &count{}
			counts[t.home] = c
		}
		c.all++
		if _, ok := r.find(t); ok {
			c.here++
		}
	}
	r.own = map[string]bool{}
	for home, c := range counts {
		if c.here >= 3 && c.here*4 >= c.all*3 {
			r.own[home] = true
		}
	}
}

// link follows one alert's link.
func (r *resolver) link(a *scorecard.Alert) {
	l := &a.Runbook
	text := l.Text
	switch {
	case strings.Contains(text, "{{") || strings.Contains(text, "…") || strings.Contains(text, "${"):
		l.State = templated
		return
	case strings.Contains(text, "://") && !strings.ContainsAny(strings.TrimSpace(text), " \n"):
		t, ok := parseLink(text)
		if !ok || t.home != r.home && !r.own[t.home] {
			l.State = elsewhere
			return
		}
		l.Anchor = t.anchor
		file, ok := r.find(t)
		if !ok {
			l.Path, l.State = t.file(), noFile
			if _, inside := r.below(l.Path); !inside || isCommit(t.rest) {
				l.State = elsewhere // outside of what is read, or there at that commit only
			}
			return
		}
		l.Path = file
	case strings.Contains(text, "://"):
		l.State = prose
		if link := linkIn(text); link != "" {
			l.Text = link
			r.link(a)
		}
		return
	default:
		file, anchor, _ := strings.Cut(strings.TrimSpace(text), "#")
		if file == "" || strings.ContainsAny(file, " \n") || !strings.Contains(file, "/") && path.Ext(file) == "" {
			l.State = prose
			return
		}
		if host, _, ok := strings.Cut(file, "/"); ok && strings.Contains(host, ".") && strings.Trim(host, ".") != "" && !r.has(host) {
			l.State = elsewhere // an address without its scheme
			return
		}
		l.Anchor = anchor
		at, ok := r.relative(a.Location.Path, file)
		if !ok {
			l.Path, l.State = strings.TrimPrefix(path.Clean("/"+file), "/"), noFile
			return
		}
		l.Path = at
	}
	l.State = r.anchor(l.Path, l.Anchor)
}

// file is the path of a target without its branch, taken for one segment.
func (t target) file() string {
	if t.path != "" {
		return t.path
	}
	_, file, _ := strings.Cut(t.rest, "/")
	return file
}

var commit = lazyregexp.New(`^[0-9a-f]{7,40}/`)

func isCommit(rest string) bool { return commit.MatchString(rest) }

func (r *resolver) has(p string) bool { return r.t.Has(p) || r.folders[p] }

// find gives the file or folder that the target names here. A branch may have slashes
// in its name.
func (r *resolver) find(t target) (string, bool) {
	if t.path != "" {
		at, ok := r.below(t.path)
		return at, ok && r.has(at)
	}
	rest := t.rest
	for range 4 {
		_, after, ok := strings.Cut(rest, "/")
		if !ok {
			return "", false
		}
		if at, ok := r.below(after); ok && r.has(at) {
			return at, true
		}
		rest = after
	}
	return "", false
}

// below is a path of the repository as the tree has it; false for what stands outside of
// the folder that is read.
func (r *resolver) below(p string) (string, bool) {
	if r.prefix == "" {
		return p, true
	}
	return strings.CutPrefix(p, r.prefix+"/")
}

// relative finds a path that is written without an address: from the repository's root,
// or from the file that names it.
func (r *resolver) relative(from, p string) (string, bool) {
	for _, try := range []string{strings.TrimPrefix(path.Clean("/"+p), "/"), path.Join(path.Dir(from), p), path.Join("docs", p)} {
		if r.has(try) {
			return try, true
		}
	}
	return "", false
}

// anchor says whether the file has the heading that the anchor means. A host shows lines
// by anchors of its own.
func (r *resolver) anchor(file, anchor string) string {
	if anchor == "" || lineAnchor.MatchString(anchor) {
		return found
	}
	if r.folders[file] && !r.t.Has(file) { // a host shows a folder's README
		for _, name := range []string{"README.md", "readme.md", "README.adoc", "README.rst", "index.md"} {
			if r.t.Has(path.Join(file, name)) {
				file = path.Join(file, name)
				break
			}
		}
	}
	have, read := r.anchors[file]
	if !read {
		if data, ok := r.t.Read(file); ok {
			have = docs.Anchors(file, data)
		}
		r.anchors[file] = have
	}
	want := strings.ToLower(anchor)
	if decoded, err := url.PathUnescape(want); err == nil {
		want = decoded
	}
	switch {
	case have == nil:
		return unread
	case have[want] || have[strings.TrimPrefix(want, "user-content-")] || want == "readme" || want == "top":
		return found
	}
	return noAnchor
}

var lineAnchor = lazyregexp.New(`^(?:L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?|lines-\d+(?::\d+)?)$`)
