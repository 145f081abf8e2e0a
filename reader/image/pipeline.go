package image

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// skaffold reads the artifacts of a Skaffold configuration, those of its profiles
// too. The name is the image's, which Skaffold gives a tag when it deploys.
func (r *reader) skaffold(f tree.File, data []byte) {
	for _, doc := range yamldoc.Parse(data) {
		if doc.Err != nil {
			r.t.Malformed(f.Path, doc.ErrLine, doc.Err, scorecard.Images)
			continue
		}
		if !strings.HasPrefix(yamldoc.String(yamldoc.Get(doc.Root, "apiVersion")), "skaffold/") {
			continue
		}
		builds := yamldoc.Items(yamldoc.Get(doc.Root, "build", "artifacts"))
		for _, p := range yamldoc.Items(yamldoc.Get(doc.Root, "profiles")) {
			builds = append(builds, yamldoc.Items(yamldoc.Get(p, "build", "artifacts"))...)
		}
		for _, a := range builds {
			// Before v1beta the member was called imageName.
			name := yamldoc.String(yamldoc.Get(a, "image"))
			if name == "" {
				name = yamldoc.String(yamldoc.Get(a, "imageName"))
			}
			if name == "" {
				continue
			}
			b := scorecard.BuiltImage{Location: at(f.Path, a.Line, yamldoc.LastLine(a)), Tool: "skaffold", Name: name}
			b = r.describe(b, f.Folder(), yamldoc.String(yamldoc.Get(a, "context")), yamldoc.String(yamldoc.Get(a, "docker", "dockerfile")))
			r.into.Built = append(r.into.Built, b)
		}
	}
}

var tiltBuild = lazyregexp.New(`\b(?:docker_build(?:_sub|_with_restart)?|custom_build(?:_with_restart)?|podman_build|buildah_build|ko_build|pack|bazel_build)\(\s*(?:ref\s*=\s*|image\s*=\s*|name\s*=\s*)?['"]([^'"\s]+)['"]`)

// tilt reads the images that a Tiltfile builds, where they are named by a literal.
func (r *reader) tilt(f tree.File, data []byte) {
	code := withoutComments(string(data), "#")
	line, counted := 1, 0
	for _, m := range tiltBuild.FindAllStringSubmatchIndex(code, -1) {
		line, counted = line+strings.Count(code[counted:m[0]], "\n"), m[0]
		r.into.Built = append(r.into.Built, scorecard.BuiltImage{Location: at(f.Path, line, line), Tool: "tilt", Name: code[m[2]:m[3]]})
	}
}

// withoutComments blanks what follows a mark outside of quotes, and block comments
// where the mark is `//`; lines stay where they are.
func withoutComments(code, mark string) string {
	out := []byte(code)
	quote, i := byte(0), 0
	blank := func(until string) {
		end := strings.Index(code[i:], until)
		if end < 0 {
			end = len(code) - i
		}
		for j := i; j < i+end; j++ {
			if out[j] != '\n' {
				out[j] = ' '
			}
		}
		i += end
	}
	for i < len(code) {
		c := code[i]
		switch {
		case c == '\\' && quote != 0:
			i++
		case c == '\n':
			quote = 0 // strings over many lines hold no images
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote == 0 && strings.HasPrefix(code[i:], mark):
			blank("\n")
			continue
		case quote == 0 && mark == "//" && strings.HasPrefix(code[i:], "/*"):
			blank("*/")
			continue
		}
		i++
	}
	return string(out)
}
