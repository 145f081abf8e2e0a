package image

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/seaworthy-dev/seaworthy/reader/dotenv"
	"github.com/seaworthy-dev/seaworthy/reader/leak"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// platform are the arguments that BuildKit sets by itself; the values are those of
// the commonest machine, which name the same tag as any other would.
var platform = dotenv.Variables{
	"TARGETPLATFORM": "linux/amd64", "TARGETOS": "linux", "TARGETARCH": "amd64", "TARGETVARIANT": "",
	"BUILDPLATFORM": "linux/amd64", "BUILDOS": "linux", "BUILDARCH": "amd64", "BUILDVARIANT": "",
}

// machines are the names under which builds hand in the architecture themselves. As with
// the platform's, one machine's tag is as pinned as any other's.
var machines = []string{"ARCH", "GOARCH", "CPU_ARCH", "HOST_ARCH", "IMAGE_ARCH", "BUILD_ARCH", "TARGET_ARCH"}

// arguments are the build arguments declared before the first stage.
type arguments struct {
	values   dotenv.Variables
	declared map[string]bool // those without a default too
	lex      *shell.Lex
}

// resolve fills in arguments; unresolved says why the word can't be known.
func (a *arguments) resolve(word string) (value, unresolved string) {
	if len(word) > 4096 {
		return "", "it is too long to be a reference"
	}
	res, err := a.lex.ProcessWordWithMatches(word, a.values)
	if err != nil {
		return word, "its variables could not be filled in"
	}
	open := make([]string, 0, len(res.Unmatched))
	for name := range res.Unmatched {
		open = append(open, name)
	}
	slices.Sort(open)
	for _, name := range open {
		if dotenv.HasDefault(word, name) {
			continue
		}
		if a.declared[name] && slices.Contains(machines, name) {
			a.values[name] = platform["TARGETARCH"]
			return a.resolve(word)
		}
		if a.declared[name] {
			return word, fmt.Sprintf("build argument %s has no default", name)
		}
		return word, fmt.Sprintf("variable %s is not declared by an ARG before the first FROM", name)
	}
	if strings.TrimSpace(res.Result) == "" {
		return word, "it is empty once its build arguments are filled in"
	}
	return res.Result, ""
}

// dockerfile reads the images that a build takes from elsewhere: bases, and what
// COPY and RUN mount or copy from; stages of the same file and `scratch` are none.
func (r *reader) dockerfile(f tree.File, data []byte) {
	if !utf8.Valid(data) {
		r.t.Malformed(f.Path, 0, errors.New("it is not valid UTF-8 text"), scorecard.Images)
		return
	}
	result, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		line := 0
		var where *parser.LocationError
		if errors.As(err, &where) && len(where.Locations) > 0 && len(where.Locations[0]) > 0 {
			line = where.Locations[0][0].Start.Line
		}
		r.t.Malformed(f.Path, line, errors.New(err.Error()), scorecard.Images)
		return
	}
	d := &build{r: r, f: f, args: arguments{values: maps.Clone(platform), declared: map[string]bool{}, lex: shell.NewLex(result.EscapeToken)}, stages: map[string]bool{}}
	for _, n := range result.AST.Children {
		d.instruction(n)
	}
	if d.froms == 0 {
		r.t.Malformed(f.Path, 0, errors.New("it has no FROM instruction"), scorecard.Images)
	}
}

// build is one Dockerfile being read.
type build struct {
	r      *reader
	f      tree.File
	args   arguments
	stages map[string]bool
	froms  int
}

func (d *build) instruction(n *parser.Node) {
	switch strings.ToLower(n.Value) {
	case "env":
		// The parser gives a name, its value and the sign between them in turn.
		for v := n.Next; v != nil && v.Next != nil && v.Next.Next != nil; v = v.Next.Next.Next {
			d.variable(n, v.Value, v.Next.Value)
		}
	case "arg":
		for v := n.Next; v != nil; v = v.Next {
			if name, value, ok := strings.Cut(v.Value, "="); ok {
				d.variable(n, name, value)
			}
		}
		if d.froms == 0 {
			for v := n.Next; v != nil; v = v.Next {
				d.arg(v.Value)
			}
		}
	case "from":
		d.from(n)
	case "copy":
		for _, flag := range n.Flags {
			if name, ok := strings.CutPrefix(flag, "--from="); ok {
				d.uses(n, name)
			}
		}
	case "run":
		for _, flag := range n.Flags {
			mount, ok := strings.CutPrefix(flag, "--mount=")
			for field := range strings.SplitSeq(mount, ",") {
				if name, from := strings.CutPrefix(strings.Trim(field, `"`), "from="); ok && from {
					d.uses(n, name)
				}
			}
		}
	case "onbuild":
		if n.Next != nil {
			for _, c := range n.Next.Children {
				c.StartLine, c.EndLine = n.StartLine, n.EndLine
				d.instruction(c)
			}
		}
	}
}

// variable looks for a credential in what a variable or argument is given.
func (d *build) variable(n *parser.Node, name, value string) {
	if l, ok := leak.Setting(at(d.f.Path, n.StartLine, n.EndLine), scorecard.SettingInDockerfile, name, dotenv.Defaulted(strings.Trim(value, `"'`))); ok {
		d.r.into.Leaks = append(d.r.into.Leaks, l)
	}
}

// arg takes in one declaration; a default may be made of arguments before it.
func (d *build) arg(word string) {
	name, value, has := strings.Cut(word, "=")
	d.args.declared[name] = true
	if !has {
		return
	}
	if v, open := d.args.resolve(value); open == "" {
		d.args.values[name] = v
	} else if strings.Trim(value, `"'`) == "" {
		d.args.values[name] = ""
	}
}

// from reads `FROM [--platform=…] image [AS name]`.
func (d *build) from(n *parser.Node) {
	d.froms++
	if n.Next == nil {
		return
	}
	image, unresolved := d.args.resolve(n.Next.Value)
	if unresolved != "" || !d.own(image) {
		d.add(n, image, unresolved)
	}
	if as := n.Next.Next; as != nil && strings.EqualFold(as.Value, "as") && as.Next != nil {
		d.stages[strings.ToLower(as.Next.Value)] = true
	}
}

// own reports whether the name is a stage of this file or no image at all.
func (d *build) own(image string) bool {
	return image == "scratch" || d.stages[strings.ToLower(image)]
}

// uses reads the name behind `from=`, which may be a stage by name or number.
func (d *build) uses(n *parser.Node, name string) {
	if i, err := strconv.Atoi(name); err == nil && i >= 0 {
		return
	}
	image, unresolved := d.args.resolve(name)
	if unresolved != "" || !d.own(image) {
		d.add(n, image, unresolved)
	}
}

func (d *build) add(n *parser.Node, image, unresolved string) {
	d.r.into.Images = append(d.r.into.Images, scorecard.BuildImage{
		Location: at(d.f.Path, n.StartLine, n.EndLine), Format: "dockerfile", Image: scorecard.CleanImage(image), Unresolved: unresolved,
	})
}
