package deps

import (
	"bytes"
	"errors"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// goMod reads a go.mod. What is only there for others (`// indirect`) is no dependency
// of the module's own code; tools are for its developers.
func (r *reader) goMod(f tree.File, data []byte) {
	mod, err := modfile.ParseLax(f.Path, data, nil)
	if err != nil {
		line := 0
		var list modfile.ErrorList
		if errors.As(err, &list) && len(list) > 0 {
			line, err = list[0].Pos.Line, list[0].Err
		}
		r.t.Malformed(f.Path, line, err, scorecard.Dependencies)
		return
	}
	m := r.module(goModules, f.Folder(), "", f, "go")
	if mod.Module != nil {
		m.Name = mod.Module.Mod.Path
	}
	for _, q := range mod.Require {
		if !q.Indirect {
			add(m, f.Path, q.Syntax.Start.Line, q.Mod.Path, q.Mod.Version, scorecard.ScopeRuntime)
		}
	}
	for _, t := range tools(mod) {
		add(m, f.Path, t.line, t.path, "", scorecard.ScopeDev)
	}
	// ParseLax leaves out what only the main module obeys.
	if whole, err := modfile.Parse(f.Path, data, nil); err == nil {
		for _, rep := range whole.Replace {
			if p := below(f.Folder(), rep.New.Path); rep.New.Version == "" && p != "" {
				m.Local = append(m.Local, p)
			}
		}
	}
}

type tool struct {
	path string
	line int
}

// tools are the module's `tool` lines, which ParseLax does not take apart.
func tools(mod *modfile.File) (out []tool) {
	note := func(line *modfile.Line, words []string) {
		if len(words) == 1 {
			out = append(out, tool{strings.Trim(words[0], "\"`"), line.Start.Line})
		}
	}
	for _, s := range mod.Syntax.Stmt {
		switch x := s.(type) {
		case *modfile.Line:
			if len(x.Token) > 0 && x.Token[0] == "tool" {
				note(x, x.Token[1:])
			}
		case *modfile.LineBlock:
			if len(x.Token) == 1 && x.Token[0] == "tool" {
				for _, line := range x.Line {
					note(line, line.Token)
				}
			}
		}
	}
	return out
}

// standard are the packages of the standard library that checks ask for.
var standard = []string{"log/slog", "net/http", "database/sql"}

// The bounds on Go files that are looked into: of one module, of all, and in bytes.
const (
	maxGoFiles    = 800
	maxAllGoFiles = 3000
	maxGoFile     = 256 << 10
)

// goImports finds which of the standard packages the files of Go modules import.
func (r *reader) goImports() {
	modules := map[string]*scorecard.Module{}
	for _, m := range r.order {
		if m.Ecosystem == goModules {
			modules[m.Folder] = m
		}
	}
	if len(modules) == 0 {
		return
	}
	looked, all := map[*scorecard.Module]int{}, 0
	for _, f := range r.files {
		if path.Ext(f.Path) != ".go" || strings.HasSuffix(f.Path, "_test.go") || f.Size > maxGoFile {
			continue
		}
		if all >= maxAllGoFiles || r.ctx.Err() != nil {
			return
		}
		m := innermost(modules, f.Folder())
		if m == nil || looked[m] >= maxGoFiles || r.hasAll(m) {
			continue
		}
		looked[m]++
		all++
		if data, ok := r.t.Read(f.Path, scorecard.Dependencies); ok {
			importsOf(m, f.Path, data)
		}
	}
}

func innermost(modules map[string]*scorecard.Module, folder string) *scorecard.Module {
	for ; ; folder = path.Dir(folder) {
		if m := modules[folder]; m != nil {
			return m
		}
		if folder == "." || folder == "/" {
			return nil
		}
	}
}

func (r *reader) hasAll(m *scorecard.Module) bool {
	return !slices.ContainsFunc(standard, func(name string) bool { return !dependsOn(m, name) })
}

func dependsOn(m *scorecard.Module, name string) bool {
	return slices.ContainsFunc(m.Dependencies, func(d scorecard.Dependency) bool { return d.Name == name })
}

// importsOf adds the standard packages that a file imports. A file that does not parse is
// the compiler's to complain of.
func importsOf(m *scorecard.Module, file string, data []byte) {
	if !slices.ContainsFunc(standard, func(name string) bool { return bytes.Contains(data, []byte(`"`+name+`"`)) }) {
		return
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, data, parser.ImportsOnly|parser.ParseComments)
	if err != nil || ignored(data[:set.Position(parsed.Package).Offset]) {
		return
	}
	for _, i := range parsed.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err == nil && slices.Contains(standard, name) && !dependsOn(m, name) {
			add(m, file, set.Position(i.Pos()).Line, name, "", scorecard.ScopeRuntime)
		}
	}
}

// ignored reports whether a build constraint keeps the file out of every program.
func ignored(head []byte) bool {
	return bytes.Contains(head, []byte("//go:build ignore")) || bytes.Contains(head, []byte("//go:build tools"))
}
