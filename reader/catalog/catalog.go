// Package catalog reads Backstage catalog entities from descriptor files and holds
// each against its kind's schema as a Backstage backend does when it ingests one.
package catalog

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Read appends every catalog entity of the tree: those of catalog-info files, of any
// other YAML document whose apiVersion is Backstage's, and of the files that
// `Location` entities name. Documents that would not parse and look like entities are
// gaps that hide scorecard.Catalog; entity templates of software templates and remote
// Location targets are notes.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	r := &reading{tree: t, seen: map[string]bool{}}
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		switch named := descriptor(f.Base()); {
		case named, extension(f.Path, ".yaml", ".yml"):
			r.file(f.Path, named)
		}
	}
	for i := 0; i < len(r.targets) && ctx.Err() == nil; i++ { // following one may add others
		if i >= maxTargets {
			t.Gap(scorecard.Gap{
				Location: r.targets[i].at, Hides: []scorecard.Family{scorecard.Catalog}, Reason: "too-many",
				Message: fmt.Sprintf("the repository's Location entities name more than %d targets; those after %s were not read", maxTargets, r.targets[i].text),
			})
			break
		}
		r.follow(r.targets[i])
	}
	r.finish(into)
}

// descriptor reports whether a file of that name is meant for the catalog.
func descriptor(base string) bool {
	base = strings.ToLower(base)
	return strings.HasPrefix(base, "catalog-info") && extension(base, ".yaml", ".yml", ".json")
}

func extension(p string, any ...string) bool {
	return slices.Contains(any, strings.ToLower(path.Ext(p)))
}

// reading is one walk over the tree.
type reading struct {
	tree      *tree.Tree
	seen      map[string]bool
	entities  []scorecard.Entity
	notes     []scorecard.Problem
	faults    []fault
	targets   []target
	skeletons []string
}

// fault is a document that would not parse.
type fault struct {
	path string
	line int
	err  error
}

// file reads one file; named says that all of it is meant for the catalog, not only
// the documents whose apiVersion says so.
func (r *reading) file(p string, named bool) {
	if r.seen[p] {
		return
	}
	data, ok := r.tree.Read(p, scorecard.Catalog)
	if !ok || !named && !bytes.Contains(data, []byte("backstage.io/")) {
		return
	}
	r.seen[p] = true
	found := parse(p, data, named, r.tree.Has)
	r.entities = append(r.entities, found.entities...)
	r.notes = append(r.notes, found.notes...)
	r.faults = append(r.faults, found.faults...)
	r.targets = append(r.targets, found.targets...)
	r.skeletons = append(r.skeletons, found.skeletons...)
}

// finish hands over what was found, without what lies in the skeleton of a software
// template: that becomes an entity of the repositories made from it.
func (r *reading) finish(into *scorecard.Facts) {
	for _, e := range r.entities {
		if r.inSkeleton(e.Location.Path) {
			r.notes = append(r.notes, scorecard.Problem{Location: e.Location, Message: fmt.Sprintf("%s %s is part of a software template's skeleton and no entity of this repository", e.Kind, e.Name)})
			continue
		}
		into.Entities = append(into.Entities, e)
	}
	for _, f := range r.faults {
		if r.inSkeleton(f.path) {
			continue
		}
		r.tree.Malformed(f.path, f.line, f.err, scorecard.Catalog)
	}
	into.Notes = append(into.Notes, r.notes...)
}

func (r *reading) inSkeleton(p string) bool {
	return slices.ContainsFunc(r.skeletons, func(s string) bool { return strings.HasPrefix(p, s+"/") })
}

// parsed is what one file holds.
type parsed struct {
	entities  []scorecard.Entity
	notes     []scorecard.Problem
	faults    []fault
	targets   []target
	skeletons []string
}

var (
	// backstageVersion finds the apiVersion of an entity in a document that would not parse.
	backstageVersion = lazyregexp.New(`(?m)^\s*["']?apiVersion["']?\s*:\s*["']?([a-z.]+\.)?backstage\.io/`)
	// templateMark is what template engines leave in files that are no YAML.
	templateMark = lazyregexp.New(`\{\{|\{%|<%|\$\{`)
)

// parse reads one file's documents. has reports whether a path exists in the repository.
func parse(p string, data []byte, named bool, has func(string) bool) parsed {
	var out parsed
	for _, d := range yamldoc.Parse(data) {
		at := scorecard.Location{Path: p, FirstLine: d.FirstLine, LastLine: d.LastLine}
		ours := named || backstageVersion.Match(cmpText(d.Text, data))
		switch {
		case d.Err != nil && !ours:
		case d.Err != nil && templateMark.Match(d.Text):
			out.notes = append(out.notes, scorecard.Problem{Location: at, Message: "a template of a catalog entity, not an entity: " + d.Err.Error()})
		case d.Err != nil:
			out.faults = append(out.faults, fault{p, cmp.Or(d.ErrLine, d.FirstLine), d.Err})
		case d.Root == nil:
		case !named && !entityVersion(yamldoc.String(yamldoc.Get(d.Root, "apiVersion"))):
		case filledIn(yamldoc.Get(d.Root, "metadata", "name")):
			out.notes = append(out.notes, scorecard.Problem{Location: at, Message: "a template of a catalog entity, not an entity: its name is filled in later"})
		default:
			out.document(p, d, has)
		}
	}
	return out
}

// cmpText is a document's text, or the whole file where the document has none.
func cmpText(text, file []byte) []byte {
	if len(text) > 0 {
		return text
	}
	return file
}

// filledIn reports whether a name is a template engine's to fill in. Without quotes
// `{{ name }}` is a mapping to YAML.
func filledIn(name *yaml.Node) bool {
	if name == nil {
		return false
	}
	return name.Kind == yaml.ScalarNode && templateMark.MatchString(name.Value) || name.Kind == yaml.MappingNode && name.Style&yaml.FlowStyle != 0
}

// entityVersion reports whether an apiVersion is one of Backstage's own.
func entityVersion(v string) bool {
	group, _, found := strings.Cut(v, "/")
	return found && (group == "backstage.io" || strings.HasSuffix(group, ".backstage.io"))
}
