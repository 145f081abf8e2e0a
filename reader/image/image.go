// Package image reads which images builds start from and which they make:
// Dockerfiles and Containerfiles, Compose files, Jib's configuration in Maven and
// Gradle, the artifacts of Skaffold and of Tilt. Of a Compose file it reads how each
// service is run, too.
//
// References are resolved as far as files tell: defaults of build arguments,
// defaults in Compose's interpolation and the .env file beside it, Maven properties
// of the same file. What is left open is said, never guessed.
package image

import (
	"context"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/dotenv"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

type reader struct {
	ctx  context.Context
	t    *tree.Tree
	into *scorecard.Facts
	env  map[string]dotenv.Variables // .env files that were read, by folder
}

// Read appends the images of the tree, and notes a gap for each file that can't be
// read or parsed. It stops when the context ends.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	r := &reader{ctx: ctx, t: t, into: into, env: map[string]dotenv.Variables{}}
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		r.file(f)
	}
}

func (r *reader) file(f tree.File) {
	base := strings.ToLower(f.Base())
	var read func(tree.File, []byte)
	switch {
	case isDockerfile(base):
		read = r.dockerfile
	case isCompose(base):
		read = r.compose
	case base == "pom.xml":
		read = r.maven
	case base == "build.gradle" || base == "build.gradle.kts":
		read = r.gradle
	case base == "tiltfile" || strings.HasSuffix(base, ".tiltfile"):
		read = r.tilt
	case isYAML(base) && strings.Contains(base, "skaffold"):
		read = r.skaffold
	default:
		return
	}
	if forDevelopment(base) {
		r.into.Notes = append(r.into.Notes, scorecard.Problem{
			Location: scorecard.Location{Path: f.Path},
			Message:  f.Path + " is for development or tests by its name and was not read",
		})
		return
	}
	hides := []scorecard.Family{scorecard.Images}
	if isCompose(base) {
		hides = append(hides, scorecard.Runtime, scorecard.Infrastructure)
	}
	if data, ok := r.t.Read(f.Path, hides...); ok {
		read(f, data)
	}
}

func isYAML(base string) bool {
	return strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml")
}

// forDevelopment reports whether the name says that the file is for a developer's
// machine or for tests (`Dockerfile.dev`, `compose.override.yaml`): what folders of
// those names hold does not speak for a service, and neither do these.
func forDevelopment(base string) bool {
	words := strings.FieldsFunc(base, func(c rune) bool { return c == '.' || c == '-' || c == '_' })
	for _, w := range words {
		switch w {
		case "dev", "devel", "development", "local", "test", "tests", "testing", "e2e", "override", "devcontainer", "debug":
			return true
		}
	}
	return false
}

func at(p string, first, last int) scorecard.Location {
	return scorecard.Location{Path: p, FirstLine: first, LastLine: max(first, last)}
}

// notDockerfiles are endings of files that are about Dockerfiles, or are one only
// once a template is filled in.
var notDockerfiles = map[string]bool{
	".dockerignore": true, ".md": true, ".txt": true, ".go": true, ".py": true, ".js": true, ".ts": true, ".sh": true, ".rb": true,
	".yaml": true, ".yml": true, ".json": true, ".toml": true, ".lock": true, ".tmpl": true, ".tpl": true, ".template": true, ".j2": true, ".jinja": true,
	".jinja2": true, ".erb": true, ".in": true, ".m4": true, ".bak": true, ".orig": true, ".swp": true, ".html": true, ".java": true, ".rs": true,
	".example": true, ".sample": true, ".patch": true, ".diff": true, ".php": true, ".png": true, ".svg": true, ".rst": true, ".mustache": true, ".hbs": true, ".ejs": true,
}

func isDockerfile(base string) bool {
	switch ext := path.Ext(base); {
	case base == "dockerfile" || base == "containerfile":
		return true
	case notDockerfiles[ext]:
		return false
	case ext == ".dockerfile" || ext == ".containerfile":
		return true
	}
	for _, name := range []string{"dockerfile", "containerfile"} {
		if rest, ok := strings.CutPrefix(base, name); ok {
			return strings.ContainsRune(".-_", rune(rest[0]))
		}
	}
	return false
}
