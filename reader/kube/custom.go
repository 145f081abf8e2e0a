package kube

import (
	"bytes"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// ObjectReader reads objects of which another reader knows what they say: the alerts
// of a PrometheusRule, the objective of a PrometheusServiceLevel. They come plain or
// rendered, each distinct one once, of the forms that count.
type ObjectReader struct {
	// Family is what is missing where such objects can't be read.
	Family scorecard.Family
	// Marks are words of which one stands in every file that holds such an object, or in
	// the template of one.
	Marks []string
	// Knows reports whether the object may be one of them.
	Knows func(scorecard.ObjectRef) bool
	// Read appends what the object says. The location has path, lines, object and form;
	// the nodes' lines are those of that path, 0 where they are not known.
	Read func(object *yaml.Node, at scorecard.Location, into *scorecard.Facts)
}

// custom is an object that other readers read, and what they found.
type custom struct {
	at    scorecard.Location
	facts *scorecard.Facts
	node  *yaml.Node
}

// text is the object as written, by which another form's is compared with it.
func (c *custom) text() string {
	b, err := yaml.Marshal(c.node)
	if err != nil {
		return c.at.String() // never: it was read from YAML
	}
	return string(b)
}

// readCustom asks the readers that know the object.
func (r *reader) readCustom(u *unit, o object) {
	var found *scorecard.Facts // most objects are nobody's, and facts are large
	for i := range r.o.Objects {
		if x := &r.o.Objects[i]; x.Knows(o.at.Object) {
			if found == nil {
				found = new(scorecard.Facts)
			}
			x.Read(o.node, o.at, found)
		}
	}
	if found != nil && !found.Empty() {
		u.custom = append(u.custom, custom{o.at, found, o.node})
	}
}

// hiding are the families that the text may hide when it can't be read: hides, and
// those of the objects that it speaks of.
func (r *reader) hiding(texts ...[]byte) []scorecard.Family {
	families := hides()
	for i := range r.o.Objects {
		x := &r.o.Objects[i]
		if slices.Contains(families, x.Family) {
			continue
		}
		if slices.ContainsFunc(texts, func(text []byte) bool {
			return slices.ContainsFunc(x.Marks, func(mark string) bool { return bytes.Contains(text, []byte(mark)) })
		}) {
			families = append(families, x.Family)
		}
	}
	return families
}

// hidingIn is what a gap in a chart or overlay hides: one in the file that it names, when
// that could not be parsed, else what stands anywhere in the folder.
func (r *reader) hidingIn(folder string, g scorecard.Gap) []scorecard.Family {
	if len(r.o.Objects) == 0 {
		return hides()
	}
	files := []string{g.Location.Path}
	if g.Reason != "malformed" && g.Reason != "not-text" {
		files = r.filesIn(folder)
	}
	var texts [][]byte
	for _, p := range files {
		if text, ok := r.read(p); ok {
			texts = append(texts, text)
		}
	}
	return r.hiding(texts...)
}
