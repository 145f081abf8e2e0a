// Package scaffold finds what a generator copies and fills in to begin another
// repository with: the skeletons of Backstage's software templates, Cookiecutter's and
// its kin's folders, Helm's starter charts. Nothing of that is deployed, and most of it
// is no YAML before it is filled in, so it speaks for no service.
//
// A placeholder alone makes no scaffold: manifests have them that a pipeline fills in
// on the way to the cluster. It takes one that only a generator fills in, or that stands
// in the name of a file, a folder or a chart, or in a folder that is called a skeleton.
package scaffold

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var (
	// inPath is a placeholder in the name of a file or a folder.
	inPath = lazyregexp.New(`(?i)\{\{.*\}\}|%%\w+%%|__\w*(?:name|project|service|component|app)\w*__`)
	// generated names an object by what only a generator fills in.
	generated = lazyregexp.New(`(?m)^[ \t]{0,4}name:\s*["']?(?:\$\{\{-?\s*(?:values|parameters)\.|\{\{-?\s*cookiecutter\.)`)
	// named names an object by a placeholder that a pipeline may fill in as well.
	named = lazyregexp.New(`(?m)^[ \t]{0,4}name:\s*["']?(?:%%\w+%%|__\w+__|\$?\{\{|<[A-Z_]+>)`)
)

// skeletons are what folders of scaffolds are called.
var skeletons = []string{"skeleton", "skeletons", "scaffold", "scaffolds", "scaffolding", "boilerplate", "boilerplates", "archetype", "archetypes",
	"blueprint", "blueprints", "starter", "starters", "cookiecutter", "cookiecutters"}

// maxBytes is the size of the largest file that is looked into; maxNotes is how many
// scaffolds get a note of their own.
const (
	maxBytes = 64 << 10
	maxNotes = 20
)

// Silence makes the files of the tree's scaffolds speak for no service, and notes which
// folders these are. A context that ends leaves the rest as it is.
func Silence(ctx context.Context, t *tree.Tree) (notes []scorecard.Problem) {
	f := finder{t: t, found: map[string]string{}}
	for _, file := range t.Files() {
		if ctx.Err() != nil {
			return nil
		}
		f.look(file)
	}
	var roots []string
	for p := range f.found {
		roots = append(roots, p)
	}
	slices.Sort(roots) // a folder before what is in it, which is silent then
	for _, p := range roots {
		n := t.Silence(p)
		if n == 0 {
			continue
		}
		notes = append(notes, scorecard.Problem{Location: scorecard.Location{Path: p},
			Message: fmt.Sprintf("%s is a scaffold (%s), of which another repository is made: its %s not judged", p, f.found[p], files(n))})
	}
	if more := len(notes) - maxNotes; more > 0 {
		notes = append(notes[:maxNotes], scorecard.Problem{Location: scorecard.Location{Path: "."},
			Message: fmt.Sprintf("%d more files or folders are scaffolds, and were not judged", more)})
	}
	return notes
}

func files(n int) string {
	if n == 1 {
		return "file was"
	}
	return fmt.Sprintf("%d files were", n)
}

// finder finds scaffolds: why each file or folder is one, by its path.
type finder struct {
	t     *tree.Tree
	found map[string]string
}

// add takes a scaffold in. The repository as a whole is none: there is nothing else then.
func (f *finder) add(p, why string) {
	if _, ok := f.found[p]; !ok && p != "." {
		f.found[p] = why
	}
}

func (f *finder) look(file tree.File) {
	segments := strings.Split(file.Path, "/")
	for i, s := range segments {
		if strings.ContainsAny(s, "{%_") && inPath.MatchString(s) {
			f.add(strings.Join(segments[:i+1], "/"), "its name is to be filled in")
			return
		}
	}
	if ext := strings.ToLower(path.Ext(file.Path)); ext != ".yaml" && ext != ".yml" {
		return
	}
	b, ok := f.t.Peek(file.Path, maxBytes)
	if !ok {
		return
	}
	if !bytes.Contains(b, []byte("{{")) && !bytes.Contains(b, []byte("%%")) && !bytes.Contains(b, []byte("__")) &&
		!bytes.Contains(b, []byte("<")) && !bytes.Contains(b, []byte("scaffolder")) {
		return // the patterns would say so, slowly
	}
	folder := file.Folder()
	switch {
	case bytes.Contains(b, []byte("scaffolder.backstage.io/")):
		f.softwareTemplate(folder, b)
	case (bytes.Contains(b, []byte("${{")) || bytes.Contains(b, []byte("cookiecutter."))) && generated.Match(b):
		f.unit(file, "its objects have names that a generator fills in")
	case bytes.Contains(b, []byte("<CHARTNAME>")) && f.chart(folder) != "":
		f.add(f.chart(folder), "a starter for Helm charts")
	case file.Base() == "Chart.yaml" && named.Match(b):
		f.add(folder, "the chart's name is to be filled in")
	case called(folder) != "" && named.Match(b):
		f.add(called(folder), "it is called a scaffold, and its objects have names that are to be filled in")
	}
}

// softwareTemplate adds the folders that a Backstage Template fetches, and those beside
// it that are called skeletons. A folder that it copies as it is may be anything.
func (f *finder) softwareTemplate(folder string, b []byte) {
	for _, doc := range yamldoc.Parse(b) {
		if yamldoc.String(yamldoc.Get(doc.Root, "kind")) != "Template" {
			continue
		}
		const why = "a Backstage software template's skeleton"
		for _, name := range append([]string{"template", "content"}, skeletons...) {
			f.add(path.Join(folder, name), why)
		}
		for _, step := range yamldoc.Items(yamldoc.Get(doc.Root, "spec", "steps")) {
			action, url := yamldoc.String(yamldoc.Get(step, "action")), yamldoc.String(yamldoc.Get(step, "input", "url"))
			if action != "fetch:template" && action != "fetch:cookiecutter" || url == "" || strings.Contains(url, "://") || path.IsAbs(url) {
				continue
			}
			if p := path.Join(folder, url); p != ".." && !strings.HasPrefix(p, "../") {
				f.add(p, why)
			}
		}
	}
}

// unit adds what a file of a scaffold is a part of: its chart, else its folder.
func (f *finder) unit(file tree.File, why string) {
	switch chart := f.chart(file.Folder()); {
	case chart != "":
		f.add(chart, why)
	case file.Folder() == ".":
		f.add(file.Path, why)
	default:
		f.add(file.Folder(), why)
	}
}

// chart is the folder of the chart that a folder is in; empty where it is in none.
func (f *finder) chart(folder string) string {
	for d := folder; d != "."; d = path.Dir(d) {
		if f.t.Has(path.Join(d, "Chart.yaml")) {
			return d
		}
	}
	return ""
}

// called is the outermost folder at or above that is called a scaffold; empty where
// there is none.
func called(folder string) (out string) {
	for d := folder; d != "."; d = path.Dir(d) {
		if slices.Contains(skeletons, strings.ToLower(path.Base(d))) {
			out = d
		}
	}
	return out
}
