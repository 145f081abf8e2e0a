package kube

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// survey finds the charts and kustomizations, so that plain reading knows what is
// theirs. Those that do not speak are found too: their files are no manifests either.
func (r *reader) survey() {
	r.charts, r.kusts = map[string]*chart{}, map[string]*kustomization{}
	r.left, r.custom = map[string]bool{}, map[string]bool{}
	speaking := map[string]bool{}
	for _, f := range r.t.Files() {
		speaking[f.Path] = true
	}
	for _, f := range r.t.All() {
		switch f.Base() {
		case "Chart.yaml":
			r.charts[f.Folder()] = &chart{folder: f.Folder(), speaks: speaking[f.Path]}
		case "kustomization.yaml", "kustomization.yml", "Kustomization":
			r.findKustomization(f, speaking[f.Path])
		}
	}
	r.readCharts()
	r.readKustomizations()
}

// plain reads the manifests that are applied as they stand.
func (r *reader) plain(ctx context.Context) error {
	byFolder := map[string]*unit{}
	files := r.t.Files()
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !isManifestName(f.Base()) || r.accounted(f) {
			continue
		}
		b, ok := r.read(f.Path, scorecard.Kubernetes, scorecard.Infrastructure)
		if !ok {
			continue
		}
		if why := notText(b); why != "" {
			r.t.Gap(scorecard.Gap{Location: scorecard.Location{Path: f.Path}, Hides: hides(), Reason: "not-text",
				Message: fmt.Sprintf("%s can't be read: %s", f.Path, why)})
			continue
		}
		if !mayHoldObjects(b) {
			continue
		}
		if r.o.Progress != nil {
			r.o.Progress(scorecard.Progress{Stage: "read", Done: i, Total: len(files), Item: f.Path})
		}
		r.plainFile(f.Path, b, byFolder, false)
	}
	for _, folder := range sortedKeys(byFolder) {
		r.units = append(r.units, byFolder[folder])
	}
	return nil
}

func isManifestName(base string) bool {
	switch strings.ToLower(path.Ext(base)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// accounted reports whether a file belongs to a chart or a kustomization, whose
// business it is then.
func (r *reader) accounted(f tree.File) bool {
	if r.kustomized(f) {
		return true
	}
	for d := f.Folder(); ; d = path.Dir(d) {
		if c := r.charts[d]; c != nil {
			below := f.Path
			if d != "." {
				below = strings.TrimPrefix(f.Path, d+"/")
			}
			top, _, deep := strings.Cut(below, "/")
			switch {
			case deep && (top == "templates" || top == "charts" || top == "files" || top == "ci"):
				return true
			case !deep && (top == "Chart.yaml" || top == "Chart.lock" || strings.Contains(top, "values") || strings.HasPrefix(top, "requirements.")):
				return true
			}
		}
		if d == "." || d == "/" {
			return false
		}
	}
}

// kustomized reports whether a file belongs to a kustomization, or stands beside one that
// leaves it out.
func (r *reader) kustomized(f tree.File) bool {
	k := r.kusts[f.Folder()]
	return r.left[f.Path] || k != nil && k.speaks && !k.broken
}

// plainFile reads one file of manifests into its folder's unit. bases are manifests that
// something was to be laid over.
func (r *reader) plainFile(p string, b []byte, byFolder map[string]*unit, bases bool) {
	m := scorecard.Manifest{Location: scorecard.Location{Path: p}, Kind: "manifest"}
	folder := path.Dir(p)
	u := byFolder[folder]
	if u == nil {
		u = &unit{kind: "manifest", folder: folder, rank: r.names.rank("", folder, rankPlain), bases: bases}
	}
	for _, doc := range yamldoc.Parse(b) {
		if doc.Err != nil {
			r.broken(&m, p, b, doc)
			continue
		}
		r.document(u, &m, doc.Root, scorecard.Location{Path: p}, func(*yaml.Node) {})
	}
	if m.Objects > 0 || len(m.Problems) > 0 {
		u.manifests = append(u.manifests, m)
		byFolder[folder] = u
	}
}

// broken notes a document that would not parse, when it was meant as a manifest.
func (r *reader) broken(m *scorecard.Manifest, p string, whole []byte, doc yamldoc.Document) {
	if errors.Is(doc.Err, yamldoc.ErrTooMany) {
		at := scorecard.Location{Path: p, FirstLine: doc.ErrLine, LastLine: doc.ErrLine}
		r.t.Gap(scorecard.Gap{Location: at, Hides: hides(), Reason: "too-many", Message: fmt.Sprintf("%s has %v; split the file", p, doc.Err)})
		return
	}
	text := doc.Text
	if text == nil {
		text = whole
	}
	if !looksLikeObject(text) {
		return
	}
	line := doc.ErrLine
	if line == 0 {
		line = doc.FirstLine
	}
	if looksTemplated(text) {
		at := scorecard.Location{Path: p, FirstLine: line, LastLine: line}
		r.t.Gap(scorecard.Gap{Location: at, Hides: r.hiding(text), Reason: "malformed",
			Message: fmt.Sprintf("%s is a template that something has to fill in before it is a manifest, so it could not be read; keep what it renders to, or make it a chart or an overlay", at)})
		return
	}
	r.t.Malformed(p, line, doc.Err, r.hiding(text)...)
	at := scorecard.Location{Path: p, FirstLine: line, LastLine: line}
	m.Problems = append(m.Problems, scorecard.Problem{Location: at, Message: fmt.Sprintf("would not parse: %v", doc.Err)})
}

// document reads the objects of one document. relocate, for rendered ones, moves the
// lines of an object's nodes to those of its source.
func (r *reader) document(u *unit, m *scorecard.Manifest, root *yaml.Node, at scorecard.Location, relocate func(*yaml.Node)) {
	duplicates := yamldoc.Duplicates(root)
	if len(duplicates) > 0 {
		root = lastKeys(root)
	}
	objects := objectsOf(root)
	if len(objects) == 0 {
		r.headless(root, at)
		return
	}
	for _, n := range objects {
		if at.Form == "" {
			if r.nameless(n, at) {
				continue
			}
			r.remember(n)
		}
		relocate(n)
		first, last := span(n)
		where := at
		where.FirstLine, where.LastLine = first, last
		r.add(u, m, n, where)
	}
	for _, d := range duplicates {
		where := at
		if at.Form == "" { // of a rendered text the lines say nothing
			where.FirstLine, where.LastLine = d.Line, d.Line
		}
		where.Object = refOf(objects[0])
		where.Field = join(d.Path, d.Key)
		m.Problems = append(m.Problems, scorecard.Problem{Location: where,
			Message: fmt.Sprintf("%s is written twice in one mapping; only the last one counts", where.Field)})
	}
}

// nameless notes an object whose name a template engine has yet to fill in, and reports
// whether it is one: no service is called that, and what it will be can't be told.
func (r *reader) nameless(n *yaml.Node, at scorecard.Location) bool {
	name := yamldoc.Get(n, "metadata", "name")
	if name == nil || !strings.Contains(name.Value, "{{") {
		return false
	}
	at.FirstLine, at.LastLine = name.Line, name.Line
	r.t.Gap(scorecard.Gap{Location: at, Hides: hides(), Reason: "malformed",
		Message: fmt.Sprintf("%s: the name of the object is a template that something has to fill in, so it was not judged; keep what it renders to, or make it a chart or an overlay", at)})
	return true
}

// headless notes a document of which something has to say first what it is: it may be
// anything that a check would look at.
func (r *reader) headless(root *yaml.Node, at scorecard.Location) {
	for _, key := range []string{"apiVersion", "kind"} {
		if v := yamldoc.Get(root, key); v == nil || v.Kind != yaml.ScalarNode {
			return
		}
	}
	for _, key := range []string{"apiVersion", "kind"} {
		v := yamldoc.Get(root, key)
		if !strings.Contains(v.Value, "${") && !strings.Contains(v.Value, "{{") && !yamldoc.IsUnknown(v) {
			continue
		}
		at.FirstLine, at.LastLine = v.Line, v.Line
		r.t.Gap(scorecard.Gap{Location: at, Hides: hides(), Reason: "malformed",
			Message: fmt.Sprintf("%s: the %s of the object is filled in by something else, so what it is can't be told", at, key)})
		return
	}
}

// lastKeys drops all but the last of keys that stand twice, as the API server does.
func lastKeys(n *yaml.Node) *yaml.Node {
	if n == nil || n.Kind == yaml.ScalarNode || n.Kind == yaml.AliasNode {
		return n
	}
	out := *n
	out.Content = nil
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			out.Content = append(out.Content, lastKeys(c))
		}
		return &out
	}
	last := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		last[n.Content[i].Value] = i
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; k.Tag == "!!merge" || last[k.Value] == i {
			out.Content = append(out.Content, k, lastKeys(n.Content[i+1]))
		}
	}
	return &out
}
