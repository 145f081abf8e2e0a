// Package history reads which versions a repository has released: the tags of its git
// folder, as far as it has one, and the headings of its changelogs.
//
// Only git's packed and loose references are read, never an object. A folder without
// git, or a part of a work tree, says nothing about tags.
package history

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/docs"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxTags is how many tags are looked at.
const maxTags = 100_000

// Read appends the tags and the changelogs of the tree.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	if tags, ok := readTags(t.FS()); ok {
		into.Tags = append(into.Tags, tags)
	}
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		if !isChangelog(f) {
			continue
		}
		if data, ok := t.Read(f.Path, scorecard.History); ok {
			into.Changelogs = append(into.Changelogs, changelog(f.Path, data))
		}
	}
}

// readTags reads the names of tags; false where there is no git folder.
func readTags(fsys fs.FS) (scorecard.Tags, bool) {
	if info, err := fs.Stat(fsys, ".git"); err != nil || !info.IsDir() {
		return scorecard.Tags{}, false
	}
	tags := scorecard.Tags{Location: scorecard.Location{Path: "."}}
	if _, err := fs.Stat(fsys, ".git/shallow"); err == nil {
		tags.Shallow = true
	}
	names := map[string]bool{}
	packed(fsys, names)
	_ = fs.WalkDir(fsys, ".git/refs/tags", func(p string, d fs.DirEntry, err error) error { // what can't be listed has no names
		if err == nil && !d.IsDir() && len(names) < maxTags {
			names[strings.TrimPrefix(p, ".git/refs/tags/")] = true
		}
		return nil
	})
	Count(&tags, maps.Keys(names))
	return tags, true
}

// Count puts the names of tags into the tags: how many, and which are versions. A
// repository of more than a hundred thousand is not counted to the end.
func Count(tags *scorecard.Tags, names iter.Seq[string]) {
	var versions []string
	for name := range names {
		if tags.Count++; tags.Count > maxTags {
			break
		}
		if Version(name) != "" {
			tags.Releases++
			versions = append(versions, name)
		}
	}
	slices.SortFunc(versions, Compare)
	tags.Versions = versions[:min(len(versions), scorecard.MaxVersions)]
}

// Compare orders tags that are versions, the highest first.
func Compare(a, b string) int {
	return cmp.Or(semver.Compare(Version(b), Version(a)), strings.Compare(a, b))
}

func packed(fsys fs.FS, names map[string]bool) {
	info, err := fs.Stat(fsys, ".git/packed-refs")
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	f, err := fsys.Open(".git/packed-refs")
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, 64<<20))
	for lines.Scan() && len(names) < maxTags {
		if _, name, ok := strings.Cut(lines.Text(), " refs/tags/"); ok {
			names[strings.TrimSpace(name)] = true
		}
	}
}

var version = lazyregexp.New(`^(?:[\w./@-]*?[-/@_])?[vVrR]?(\d+\.\d+(?:\.\d+)?(?:[-+.]?[0-9A-Za-z.-]+)?)$`)

// Version is the semantic version in a tag's name, as Go writes it: "v1.2.3"; empty for
// a name that has none. A prefix for one of many parts is left out: `cart-v1.2.3`,
// `helm/1.2.3`.
func Version(tag string) string {
	m := version.FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	v := "v" + m[1]
	if semver.IsValid(v) {
		return semver.Canonical(v)
	}
	if n := strings.Join(plain.FindStringSubmatch(m[1]), ""); n != "" && semver.IsValid("v"+n) { // 1.2.3.RELEASE, 1.2.3rc1
		return semver.Canonical("v" + n)
	}
	return ""
}

var plain = lazyregexp.New(`^\d+\.\d+(?:\.\d+)?`)

// isChangelog: by its name, in the root or in a folder of the code.
func isChangelog(f tree.File) bool {
	base := strings.ToLower(f.Base())
	switch path.Ext(base) {
	case "", ".md", ".rst", ".txt", ".adoc", ".markdown":
	default:
		return false
	}
	stem := strings.NewReplacer("_", "", "-", "").Replace(strings.TrimSuffix(base, path.Ext(base)))
	switch stem {
	case "changelog", "changes", "history", "news", "releases", "releasenotes", "releasehistory":
		return path.Base(f.Folder()) != "templates"
	}
	return false
}

// heading is a line that begins a version: a heading, or a line with the version first
// and a date or an underline behind it.
var heading = lazyregexp.New(`^(?:#{1,4}\s+|=+\s+|\*\*)?(?:[Vv]ersion\s+|[Rr]elease\s+|[\w/@-]+\s+)?\[?v?(\d+\.\d+(?:\.\d+)*(?:[-.]?(?:rc|alpha|beta|RC|Final|RELEASE)[\w.]*)?)\]?(?:\([^)]*\))?(?:\*\*)?(?:\s*$|\s*[-–—:(/,|]|\s+\()`)

func changelog(file string, data []byte) scorecard.Changelog {
	c := scorecard.Changelog{Location: scorecard.Location{Path: file, FirstLine: 1, LastLine: 1}}
	lines := bytes.Split(data, []byte("\n"))
	for i, line := range lines {
		if len(line) > 300 {
			continue
		}
		text := strings.TrimRight(string(line), "\r ")
		m := heading.FindStringSubmatch(text)
		if m == nil || !strings.HasPrefix(text, "#") && !strings.HasPrefix(text, "=") && !strings.HasPrefix(text, "**") && !underlined(lines, i) && !dated.MatchString(text) {
			continue
		}
		if c.Versions++; c.Versions == 1 {
			c.Latest = m[1]
			c.Location.FirstLine, c.Location.LastLine = i+1, i+1
		}
		if day := docs.Day(strings.Replace(text, m[1], "", 1)); day != "" && len(c.Dated) < maxTags {
			c.Dated = append(c.Dated, scorecard.Released{Version: m[1], Day: day, Line: i + 1})
		}
	}
	c.Dated = scorecard.Newest(c.Dated)
	return c
}

var dated = lazyregexp.New(`\d{4}-\d{2}-\d{2}|\d{4}/\d{1,2}/\d{1,2}|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b`)

// underlined reports whether the next line is one of dashes or equals signs.
func underlined(lines [][]byte, i int) bool {
	if i+1 >= len(lines) {
		return false
	}
	next := bytes.TrimRight(lines[i+1], "\r ")
	return len(next) >= 3 && (len(bytes.Trim(next, "=")) == 0 || len(bytes.Trim(next, "-")) == 0 || len(bytes.Trim(next, "~")) == 0)
}
