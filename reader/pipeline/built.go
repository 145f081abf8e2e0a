package pipeline

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/image"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxBuilt is how many images that pipelines build are kept.
const maxBuilt = 500

// built notes the images that a build makes, each of one Dockerfile once, so that a service
// that runs one can be told from what it is made.
func (r *reader) built(tags []string, file, context string, s scope) {
	if strings.Contains(file+context, unknown) {
		return
	}
	folder, dockerfile := image.Build(s.folder, context, "")
	if file != "" {
		dockerfile = path.Join(s.folder, file) // it is named from where the command runs
	}
	if folder == "" || !r.t.Has(dockerfile) {
		return
	}
	for _, tag := range tags {
		name := scorecard.ParseImage(strings.Trim(tag, "\"' ")).Repository
		if base := path.Base(name); name == "" || len(name) > 300 || strings.Contains(base, unknown) || strings.ContainsAny(base, "${}") || len(r.into.Built) >= maxBuilt ||
			slices.ContainsFunc(r.into.Built, func(b scorecard.BuiltImage) bool { return b.Name == name && b.File == dockerfile }) {
			continue
		}
		r.into.Built = append(r.into.Built, scorecard.BuiltImage{
			Location: s.location(0), Tool: "docker", Name: name, Context: folder, File: dockerfile, Copies: image.Copies(r.t, folder, dockerfile),
		})
	}
}
