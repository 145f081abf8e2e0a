package deps

import (
	"bytes"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxEntries is how many programs of one module are told apart.
const maxEntries = 64

// goPackage is what the files of one folder import.
type goPackage struct {
	main     bool
	imports  []string
	standard []scorecard.Dependency
}

// goModule follows the imports within one module.
type goModule struct {
	r        *reader
	m        *scorecard.Module
	files    map[string][]tree.File // by folder
	packages map[string]*goPackage
	left     int // files that may still be looked into
}

// goEntries finds the main packages of each Go module and, where there are several, what
// each of them is built of: those that share a module do not share all of its libraries.
func (r *reader) goEntries() {
	for _, g := range r.goModules() {
		var folders []string
		for folder, files := range g.files {
			if mayBeMain(folder, files) {
				folders = append(folders, folder)
			}
		}
		slices.Sort(folders)
		var mains []string
		for _, folder := range folders {
			if len(mains) < maxEntries && g.read(folder).main {
				mains = append(mains, folder)
			}
		}
		for _, folder := range mains {
			e := scorecard.Entry{Folder: folder, Whole: true}
			if len(mains) > 1 {
				e = g.entry(folder)
			}
			g.m.Entries = append(g.m.Entries, e)
		}
	}
}

func (r *reader) goModules() (out []*goModule) {
	modules, of := map[string]*scorecard.Module{}, map[*scorecard.Module]*goModule{}
	for _, m := range r.order {
		if m.Ecosystem == goModules && !m.Tooling && m.Name != "" {
			modules[m.Folder] = m
		}
	}
	if len(modules) == 0 {
		return nil
	}
	for _, f := range r.files {
		if path.Ext(f.Path) != ".go" || strings.HasSuffix(f.Path, "_test.go") {
			continue
		}
		m := innermost(modules, f.Folder())
		if m == nil {
			continue
		}
		g := of[m]
		if g == nil {
			g = &goModule{r: r, m: m, files: map[string][]tree.File{}, packages: map[string]*goPackage{}, left: maxGoFiles}
			of[m] = g
			out = append(out, g)
		}
		g.files[f.Folder()] = append(g.files[f.Folder()], f)
	}
	return out
}

// mayBeMain guesses by names where a main package is, so that not every file is looked
// into: it has a main.go, a file called like its folder, or stands in cmd.
func mayBeMain(folder string, files []tree.File) bool {
	if path.Base(path.Dir(folder)) == "cmd" {
		return true
	}
	return slices.ContainsFunc(files, func(f tree.File) bool {
		return f.Base() == "main.go" || f.Base() == path.Base(folder)+".go"
	})
}

// read looks at the imports of a folder's files, once.
func (g *goModule) read(folder string) *goPackage {
	if p, ok := g.packages[folder]; ok {
		return p
	}
	p := &goPackage{}
	g.packages[folder] = p
	for _, f := range g.files[folder] {
		if g.left--; g.left < 0 || f.Size > maxGoFile || g.r.ctx.Err() != nil {
			g.left = -1 // what is not seen whole tells nothing apart
			return p
		}
		if data, ok := g.r.t.Peek(f.Path, maxGoFile); ok {
			p.add(f.Path, data)
		}
	}
	return p
}

// built reports whether the file is a part of a program that runs on Linux, by its name and
// its build constraints: not one that holds the tools of the build, or is for Windows.
func built(file string, data []byte) bool {
	c := build.Context{
		GOOS: "linux", GOARCH: "amd64", Compiler: "gc", CgoEnabled: true, ReleaseTags: build.Default.ReleaseTags,
		OpenFile: func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
	ok, err := c.MatchFile(".", path.Base(file))
	return ok || err != nil
}

func (p *goPackage) add(file string, data []byte) {
	if !built(file, data) {
		return
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, data, parser.ImportsOnly)
	if err != nil {
		return
	}
	p.main = p.main || parsed.Name.Name == "main"
	for _, i := range parsed.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		if slices.Contains(standard, name) {
			p.standard = append(p.standard, dependency(file, set.Position(i.Pos()).Line, name, "", scorecard.ScopeRuntime))
		}
		p.imports = append(p.imports, name)
	}
}

// entry follows what a main package imports through the module's own packages.
func (g *goModule) entry(folder string) scorecard.Entry {
	names := map[string]bool{}
	for _, d := range g.m.Dependencies {
		names[d.Name] = !slices.Contains(standard, d.Name) // of those the entry has its own
	}
	uses := map[string]bool{}
	e := scorecard.Entry{Folder: folder}
	seen, queue := map[string]bool{folder: true}, []string{folder}
	for len(queue) > 0 {
		p := g.read(queue[0])
		queue = queue[1:]
		if g.left < 0 {
			return scorecard.Entry{Folder: folder, Whole: true}
		}
		for _, d := range p.standard {
			if !slices.ContainsFunc(e.Own, func(have scorecard.Dependency) bool { return have.Name == d.Name }) {
				e.Own = append(e.Own, d)
			}
		}
		for _, name := range p.imports {
			if within, ok := g.own(name); ok {
				if !seen[within] && len(g.files[within]) > 0 {
					seen[within] = true
					queue = append(queue, within)
				}
				continue
			}
			if dep := longest(names, name); dep != "" {
				uses[dep] = true
			}
		}
	}
	for name := range uses {
		e.Uses = append(e.Uses, name)
	}
	slices.Sort(e.Uses)
	return e
}

// own is the folder of a package of the module itself.
func (g *goModule) own(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, g.m.Name)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return path.Join(g.m.Folder, rest), true
}

// longest is the module among the names that has the package: the longest that its path
// begins with.
func longest(names map[string]bool, name string) string {
	for {
		if names[name] {
			return name
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return ""
		}
		name = name[:i]
	}
}
