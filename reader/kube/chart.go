package kube

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// chart is a folder with a Chart.yaml.
type chart struct {
	folder string
	speaks bool
	// vendored: it stands in another chart's charts/.
	vendored bool
	// usedBy is the folder of a chart of the repository that includes this one by a
	// file:// reference; empty where none does.
	usedBy string
	facts  scorecard.Chart
	broken bool
	// aliases are the names under which it takes its dependencies, by dependency index.
	aliases []string
	// problems are those of its own files, apart from what it renders to.
	problems []scorecard.Problem
}

func (c *chart) file(name string) string { return path.Join(c.folder, name) }

// renders reports whether the chart is deployed by itself.
func (c *chart) renders() bool {
	return c.speaks && !c.vendored && !c.broken && c.facts.Type != "library"
}

// readCharts reads what every chart says of itself.
func (r *reader) readCharts() {
	for _, folder := range sortedKeys(r.charts) {
		c := r.charts[folder]
		c.vendored = r.isVendored(folder)
		r.readChart(c)
	}
	// All names are known now, and a dependency may stand in a folder of another name.
	for _, folder := range sortedKeys(r.charts) {
		c := r.charts[folder]
		for i := range c.facts.Dependencies {
			d := &c.facts.Dependencies[i]
			d.Vendored = r.vendoredAt(folder, d.Name) != ""
		}
		if c.speaks && !c.vendored && !c.broken {
			r.chartFacts = append(r.chartFacts, c.facts)
		}
	}
	for _, folder := range sortedKeys(r.charts) {
		c := r.charts[folder]
		if !c.speaks || c.vendored {
			continue
		}
		for _, d := range c.facts.Dependencies {
			if local := r.localChart(folder, d); local != "" && local != folder {
				r.charts[local].usedBy = folder
			}
		}
	}
}

// isVendored reports whether the folder stands in another chart's charts/, at any depth.
func (r *reader) isVendored(folder string) bool {
	for d := folder; d != "." && d != "/"; d = path.Dir(d) {
		if path.Base(d) == "charts" && r.charts[path.Dir(d)] != nil {
			return true
		}
	}
	return false
}

// localChart is the folder in this repository that a file:// dependency names.
func (r *reader) localChart(folder string, d scorecard.ChartDependency) string {
	ref, ok := strings.CutPrefix(d.Repository, "file://")
	if !ok {
		return ""
	}
	p, ok := resolve(folder, ref)
	if !ok || r.charts[p] == nil {
		return ""
	}
	return p
}

func (r *reader) readChart(c *chart) {
	p := c.file("Chart.yaml")
	families := append(hides(), scorecard.Infrastructure) // its dependencies are judged too
	if !c.speaks {
		families = nil
	}
	b, ok := r.read(p, families...)
	if !ok {
		c.broken = true
		return
	}
	root := r.single(c, p, b)
	if root == nil {
		c.broken = true
		return
	}
	c.facts = scorecard.Chart{
		Location: scorecard.Location{Path: p, FirstLine: 1, LastLine: max(1, yamldoc.LastLine(root))},
		Folder:   c.folder,
		Name:     yamldoc.String(yamldoc.Get(root, "name")),
		Version:  yamldoc.String(yamldoc.Get(root, "version")),
		Type:     yamldoc.String(yamldoc.Get(root, "type")),
	}
	if c.facts.Type == "" {
		c.facts.Type = "application"
	}
	if c.facts.Name == "" {
		c.problems = append(c.problems, scorecard.Problem{Location: scorecard.Location{Path: p}, Message: "the chart has no name"})
	}
	locked := r.lock(c)
	r.dependencies(c, root, p, locked)
	if req := c.file("requirements.yaml"); r.t.Has(req) {
		if b, ok := r.read(req, families...); ok {
			if root := r.single(c, req, b); root != nil {
				r.dependencies(c, root, req, locked)
			}
		}
	}
}

// single parses a file of one document; nil where it would not parse, which is noted.
func (r *reader) single(c *chart, p string, b []byte) *yaml.Node {
	for _, doc := range yamldoc.Parse(b) {
		if doc.Err != nil {
			if c.speaks && !c.vendored {
				at := scorecard.Location{Path: p, FirstLine: doc.ErrLine, LastLine: doc.ErrLine}
				c.problems = append(c.problems, scorecard.Problem{Location: at, Message: fmt.Sprintf("would not parse: %v", doc.Err)})
				r.t.Malformed(p, doc.ErrLine, doc.Err, hides()...)
			}
			return nil
		}
		if doc.Root != nil && doc.Root.Kind == yaml.MappingNode {
			return plain(doc.Root)
		}
	}
	return nil
}

// lock reads the lock file; versions by dependency name.
func (r *reader) lock(c *chart) map[string]string {
	for _, name := range []string{"Chart.lock", "requirements.lock"} {
		p := c.file(name)
		if !r.t.Has(p) {
			continue
		}
		b, ok := r.read(p, scorecard.Infrastructure)
		if !ok {
			return nil
		}
		root := r.single(c, p, b)
		if root == nil {
			return nil
		}
		c.facts.Lock = scorecard.Location{Path: p, FirstLine: 1, LastLine: max(1, yamldoc.LastLine(root))}
		locked := map[string]string{}
		for _, d := range yamldoc.Items(yamldoc.Get(root, "dependencies")) {
			locked[yamldoc.String(yamldoc.Get(d, "name"))] = yamldoc.String(yamldoc.Get(d, "version"))
		}
		return locked
	}
	return nil
}

func (r *reader) dependencies(c *chart, root *yaml.Node, p string, locked map[string]string) {
	for _, n := range yamldoc.Items(yamldoc.Get(root, "dependencies")) {
		d := scorecard.ChartDependency{
			Location:   scorecard.Location{Path: p, FirstLine: n.Line, LastLine: max(n.Line, yamldoc.LastLine(n))},
			Name:       yamldoc.String(yamldoc.Get(n, "name")),
			Version:    yamldoc.String(yamldoc.Get(n, "version")),
			Repository: withoutCredentials(yamldoc.String(yamldoc.Get(n, "repository"))),
		}
		if d.Name == "" {
			continue
		}
		// A dependency without a repository is a folder below charts/ that stands here.
		d.Local = strings.HasPrefix(d.Repository, "file://") || d.Repository == ""
		d.Locked = locked[d.Name]
		c.facts.Dependencies = append(c.facts.Dependencies, d)
		c.aliases = append(c.aliases, yamldoc.String(yamldoc.Get(n, "alias")))
	}
}

// withoutCredentials drops user and password of a URL.
func withoutCredentials(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		if i := strings.LastIndexByte(s, '@'); i >= 0 {
			return s[i+1:]
		}
		return s
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	if u.Opaque != "" || u.Scheme == "" && u.Host == "" {
		return s // "@alias", "alias:name" or a path
	}
	return u.String()
}

// archive is a packaged chart's file name: its name, then its version.
var archive = lazyregexp.New(`^(.+?)-v?\d+[\w.+-]*\.(?:tgz|tar\.gz)$`)

// vendoredAt finds a dependency under charts/: its folder or its archive, empty where
// there is none.
func (r *reader) vendoredAt(folder, name string) string {
	if name == "" {
		return ""
	}
	base := path.Join(folder, "charts")
	if r.charts[path.Join(base, name)] != nil {
		return path.Join(base, name)
	}
	for _, f := range r.filesIn(base) {
		rest := below(base, f)
		if m := archive.FindStringSubmatch(rest); m != nil && m[1] == name {
			return f
		}
		if dir, file, ok := strings.Cut(rest, "/"); ok && file == "Chart.yaml" {
			if c := r.charts[path.Join(base, dir)]; c != nil && c.facts.Name == name {
				return path.Join(base, dir)
			}
		}
	}
	return ""
}

// filesIn lists all files in a folder, at any depth, sorted.
func (r *reader) filesIn(folder string) []string {
	all := r.t.All()
	prefix := folder + "/"
	if folder == "." {
		prefix = ""
	}
	i := 0
	if prefix != "" {
		i, _ = slices.BinarySearchFunc(all, prefix, func(f tree.File, p string) int { return strings.Compare(f.Path, p) })
	}
	var out []string
	for ; i < len(all) && strings.HasPrefix(all[i].Path, prefix); i++ {
		out = append(out, all[i].Path)
	}
	return out
}

// sourceOf turns a path below a chart, as Helm names it, into the file that it comes
// from: a subchart may stand in a folder of another name, in another chart of the
// repository, or in an archive.
func (r *reader) sourceOf(folder, p string) string {
	for range 8 {
		rest, ok := strings.CutPrefix(p, "charts/")
		if !ok {
			break
		}
		name, rest, _ := strings.Cut(rest, "/")
		sub := r.subchart(folder, name)
		if sub == "" {
			return path.Join(folder, "Chart.yaml")
		}
		if r.charts[sub] == nil {
			return sub // an archive
		}
		folder, p = sub, rest
	}
	if full := path.Join(folder, p); r.t.Has(full) {
		return full
	}
	return path.Join(folder, "Chart.yaml")
}

// subchart finds a dependency by the name or alias that Helm gives it.
func (r *reader) subchart(folder, name string) string {
	if at := r.vendoredAt(folder, name); at != "" {
		return at
	}
	c := r.charts[folder]
	if c == nil {
		return ""
	}
	for i, d := range c.facts.Dependencies {
		if d.Name != name && c.aliases[i] != name {
			continue
		}
		if at := r.vendoredAt(folder, d.Name); at != "" {
			return at
		}
		if at := r.localChart(folder, d); at != "" {
			return at
		}
	}
	return ""
}
