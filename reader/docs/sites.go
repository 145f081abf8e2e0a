package docs

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// readSites appends the folders from which MkDocs, and so TechDocs, builds pages:
// those with its configuration, and those with a folder docs/ that has a first page.
func readSites(ctx context.Context, t *tree.Tree, files []tree.File, into *scorecard.Facts) {
	configured := map[string]bool{}
	for _, f := range files {
		if ctx.Err() != nil {
			return
		}
		base := f.Base()
		if base != "mkdocs.yml" && base != "mkdocs.yaml" || configured[f.Folder()] {
			continue
		}
		data, ok := t.Read(f.Path, scorecard.Documents)
		if !ok {
			continue
		}
		configured[f.Folder()] = true
		root := "docs"
		for _, d := range yamldoc.Parse(data) {
			if d.Err != nil {
				t.Malformed(f.Path, d.ErrLine, d.Err, scorecard.Documents)
				continue
			}
			if dir := yamldoc.String(yamldoc.Get(d.Root, "docs_dir")); dir != "" {
				root = dir
			}
		}
		into.Sites = append(into.Sites, scorecard.DocSite{
			Location: scorecard.Location{Path: f.Path}, Folder: f.Folder(), Tool: "mkdocs", Pages: pages(files, path.Join(f.Folder(), root)),
		})
	}
	for _, f := range files {
		folder := f.Folder()
		above := path.Dir(folder)
		if path.Base(folder) != "docs" || configured[above] || !firstPage(f.Base()) {
			continue
		}
		configured[above] = true
		into.Sites = append(into.Sites, scorecard.DocSite{
			Location: scorecard.Location{Path: folder}, Folder: above, Tool: "mkdocs", Pages: pages(files, folder),
		})
	}
}

func firstPage(base string) bool {
	return base == "index.md" || base == "README.md" || base == "readme.md"
}

// pages counts the Markdown files below a folder. The files are sorted by path.
func pages(files []tree.File, folder string) (n int) {
	prefix := folder + "/"
	if folder == "." {
		prefix = ""
	}
	from, _ := slices.BinarySearchFunc(files, prefix, func(f tree.File, p string) int { return strings.Compare(f.Path, p) })
	for _, f := range files[from:] {
		if !strings.HasPrefix(f.Path, prefix) {
			break
		}
		if strings.EqualFold(path.Ext(f.Path), ".md") {
			n++
		}
	}
	return n
}
