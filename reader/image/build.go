package image

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Build is the folder that an image is built of, as written in a file of the folder `in`, and
// its Dockerfile, which is looked for in the context where none is named. Both are empty where
// they lead out of the repository or are filled in elsewhere.
func Build(in, context, dockerfile string) (folder, file string) {
	if strings.ContainsAny(context+dockerfile, "${}") || strings.Contains(context, "://") || path.IsAbs(context) {
		return "", ""
	}
	if dockerfile == "" {
		dockerfile = "Dockerfile"
	}
	folder = path.Join(in, context)
	file = path.Join(folder, dockerfile)
	if folder == ".." || strings.HasPrefix(folder, "../") || strings.HasPrefix(file, "../") {
		return "", ""
	}
	return folder, file
}

// describe fills in what is known of how an image is built.
func (r *reader) describe(b scorecard.BuiltImage, in, context, dockerfile string) scorecard.BuiltImage {
	b.Context, b.File = Build(in, context, dockerfile)
	if !r.t.Has(b.File) {
		b.File = ""
	}
	b.Copies = Copies(r.t, b.Context, b.File)
	return b
}

// The bounds on what a Dockerfile is looked into for.
const (
	maxDockerfile = 256 << 10
	maxCopies     = 100
)

// Copies are the files and folders of the repository that a Dockerfile puts into its image
// or one of its stages, as paths or patterns.
func Copies(t *tree.Tree, context, dockerfile string) (out []string) {
	if context == "" || dockerfile == "" {
		return nil
	}
	data, ok := t.Peek(dockerfile, maxDockerfile)
	if !ok {
		return nil
	}
	result, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	add := func(source string) {
		source = strings.Trim(source, `"'`)
		if source == "" || len(source) > 1000 || len(out) == maxCopies || strings.ContainsAny(source, "$<") || strings.Contains(source, "://") {
			return
		}
		// In a context, what begins with a slash stands in it too.
		p := path.Join(context, path.Join("/", source))
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, n := range result.AST.Children {
		switch strings.ToLower(n.Value) {
		case "copy", "add":
			if slices.ContainsFunc(n.Flags, func(flag string) bool { return strings.HasPrefix(flag, "--from=") }) {
				continue
			}
			for v := n.Next; v != nil && v.Next != nil; v = v.Next {
				add(v.Value)
			}
		case "run":
			for _, flag := range n.Flags {
				add(bound(flag))
			}
		}
	}
	slices.Sort(out)
	return out
}

// bound is what a mount of a RUN instruction shows of the context; empty for other flags.
func bound(flag string) (source string) {
	mount, ok := strings.CutPrefix(flag, "--mount=")
	if !ok {
		return ""
	}
	bind := !strings.Contains(mount, "type=")
	for field := range strings.SplitSeq(mount, ",") {
		switch key, value, _ := strings.Cut(field, "="); key {
		case "type":
			bind = value == "bind"
		case "from":
			return ""
		case "source", "src":
			source = value
		}
	}
	if !bind {
		return ""
	}
	return source
}
