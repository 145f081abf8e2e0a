package kube

import (
	"path"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// sourceFile is a file of which objects were built, as one unit looks at it.
type sourceFile struct {
	*parsedSource
	told bool
}

// parsedSource is what such a file holds; nobody changes it.
type parsedSource struct {
	objects []*yaml.Node
	// duplicates are keys that stand twice in it, which are gone once it is built.
	duplicates []scorecard.Problem
}

// tell gives the duplicates for the first time, and then none.
func (f *sourceFile) tell() []scorecard.Problem {
	if f.told {
		return nil
	}
	f.told = true
	return f.duplicates
}

// maxSources bounds the sources that are kept parsed, in bytes of their text: their
// nodes take some ten times that.
const maxSources = 4 << 20

// source gives a file's objects, parsed once for the unit and, where several overlays
// build on it, once for them all.
func (r *reader) source(p string, sources map[string]*sourceFile) *sourceFile {
	if f := sources[p]; f != nil {
		return f
	}
	k := r.kusts[path.Dir(p)]
	shared := k != nil && len(k.usedBy) > 1
	r.mu.Lock()
	parsed := r.sources[p]
	r.mu.Unlock()
	if parsed == nil {
		var size int
		parsed, size = r.parseSource(p, k != nil && k.path == p)
		r.mu.Lock()
		if shared && r.sources[p] == nil && r.sourceBytes+size <= maxSources {
			r.sourceBytes += size
			r.sources[p] = parsed
		}
		r.mu.Unlock()
	}
	sources[p] = &sourceFile{parsedSource: parsed}
	return sources[p]
}

// parseSource reads a file, and gives the size of its text.
func (r *reader) parseSource(p string, kustomization bool) (*parsedSource, int) {
	s := &parsedSource{}
	text, ok := r.read(p)
	if !ok {
		return s, 0
	}
	asked := !kustomization && isManifestName(path.Base(p))
	for _, doc := range yamldoc.Parse(text) {
		if doc.Root != nil {
			s.objects = append(s.objects, objectsOf(doc.Root)...)
		}
		if !asked {
			continue
		}
		for _, d := range yamldoc.Duplicates(doc.Root) {
			where := scorecard.Location{Path: p, FirstLine: d.Line, LastLine: d.Line, Field: join(d.Path, d.Key)}
			s.duplicates = append(s.duplicates, scorecard.Problem{Location: where, Message: where.Field + " is written twice in one mapping; only the last one counts"})
		}
	}
	return s, len(text)
}
