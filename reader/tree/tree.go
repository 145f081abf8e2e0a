// Package tree is a repository's files as the readers see them: walked once,
// classed by what their folder says, read within bounds. A file that can't be read
// becomes a gap and never an error, so that one bad file does not hide the rest.
package tree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Limits bound what is read of one repository. Zero means the default.
type Limits struct {
	MaxFiles      int   // files looked at; default 200,000
	MaxFileBytes  int64 // of one file; default 8 MiB
	MaxTotalBytes int64 // of all files together; default 1 GiB
	MaxDepth      int   // folders below one another; default 64
}

// WithDefaults fills what is zero.
func (l Limits) WithDefaults() Limits {
	if l.MaxFiles <= 0 {
		l.MaxFiles = 200_000
	}
	if l.MaxFileBytes <= 0 {
		l.MaxFileBytes = 8 << 20
	}
	if l.MaxTotalBytes <= 0 {
		l.MaxTotalBytes = 1 << 30
	}
	if l.MaxDepth <= 0 {
		l.MaxDepth = 64
	}
	return l
}

// Options say how to walk. The zero value is ready.
type Options struct {
	Limits Limits
	Rules  Rules
	// Skip, when set, leaves out a path (relative, slashes): what version control ignores.
	Skip func(path string, isDir bool) bool
	// Progress, when set, is called now and then while walking.
	Progress func(files int, path string)
}

// File is one regular file.
type File struct {
	Path  string // relative, forward slashes
	Size  int64
	Class Class
}

// Base is the file's name without its folder.
func (f File) Base() string { return path.Base(f.Path) }

// Folder is the folder that it is in; "." for the root.
func (f File) Folder() string { return path.Dir(f.Path) }

// Tree is a walked repository. It may be used by several goroutines.
type Tree struct {
	fsys   fs.FS
	limits Limits
	files  []File
	byPath map[string]int

	mu    sync.Mutex
	gaps  []scorecard.Gap
	total int64
	read  map[string]int64 // what has been counted into total
	// kept are small files that were read, since several readers ask for the same ones.
	kept      map[string][]byte
	keptBytes int
	demos     bool

	home     sync.Once
	homeName string
}

// Open walks the file system. The only errors are the context's, and one that wraps
// scorecard.ErrInvalid when the root itself can't be listed.
func Open(ctx context.Context, fsys fs.FS, o Options) (*Tree, error) {
	t := &Tree{fsys: fsys, limits: o.Limits.WithDefaults(), byPath: map[string]int{}, read: map[string]int64{}}
	if len(o.Rules) == 0 {
		o.Rules = DefaultRules()
	}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		return t.visit(ctx, o, p, d, err)
	})
	if err != nil && !errors.Is(err, fs.SkipAll) {
		return nil, err
	}
	slices.SortFunc(t.files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for i, f := range t.files {
		t.byPath[f.Path] = i
	}
	return t, nil
}

func (t *Tree) visit(ctx context.Context, o Options, p string, d fs.DirEntry, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		if p == "." {
			return fmt.Errorf("%w: can't list the folder: %w", scorecard.ErrInvalid, cause(err))
		}
		t.Gap(gapOf(p, "unreadable", scorecard.Families(), "%s can't be listed (%v); give read access to it", p, cause(err)))
		if d != nil && d.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	if p == "." {
		return nil
	}
	if d.IsDir() {
		switch {
		case d.Name() == ".git" || o.Skip != nil && o.Skip(p, true):
			return fs.SkipDir
		case strings.Count(p, "/")+1 >= t.limits.MaxDepth:
			t.Gap(gapOf(p, "too-many", scorecard.Families(), "%s is %d folders deep and was not entered; the bound is %d", p, t.limits.MaxDepth, t.limits.MaxDepth))
			return fs.SkipDir
		}
		return nil
	}
	if o.Skip != nil && o.Skip(p, false) {
		return nil
	}
	class := o.Rules.classOf(p)
	size, ok := t.size(p, d, class)
	if !ok {
		return nil
	}
	if len(t.files) >= t.limits.MaxFiles {
		t.Gap(gapOf(".", "too-many", scorecard.Families(), "the repository has more than %d files; those after %s were not looked at; raise the bound on files", t.limits.MaxFiles, p))
		return fs.SkipAll
	}
	t.files = append(t.files, File{p, size, class})
	if o.Progress != nil && len(t.files)%512 == 0 {
		o.Progress(len(t.files), p)
	}
	return nil
}

// size follows a symbolic link to a regular file inside the tree. Links to folders
// are left out: what they show stands elsewhere, or in a circle. Links that lead out
// are a gap, since what they show can't be seen.
func (t *Tree) size(p string, d fs.DirEntry, class Class) (int64, bool) {
	if d.Type().IsRegular() {
		info, err := d.Info()
		if err != nil {
			t.Gap(gapOf(p, "unreadable", Likely(p), "%s can't be read (%v)", p, cause(err)))
			return 0, false
		}
		return info.Size(), true
	}
	if d.Type()&fs.ModeSymlink == 0 {
		return 0, false // a device, a socket, a pipe: never opened
	}
	info, err := fs.Stat(t.fsys, p)
	switch {
	case err == nil && info.Mode().IsRegular():
		return info.Size(), true
	case err == nil:
		return 0, false
	}
	if hides := Likely(p); class == Spoken && len(hides) > 0 {
		t.Gap(gapOf(p, "link-escapes", hides, "%s is a symbolic link that leads out of the repository, in a circle or nowhere; it was not followed", p))
	}
	return 0, false
}

// cause is the reason without the machine's own path in it.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func gapOf(p, reason string, hides []scorecard.Family, format string, a ...any) scorecard.Gap {
	return scorecard.Gap{Location: scorecard.Location{Path: p}, Hides: hides, Reason: reason, Message: fmt.Sprintf(format, a...)}
}

// FS is the tree's file system, for libraries that need one. Reads through it are
// not bounded.
func (t *Tree) FS() fs.FS { return t.fsys }

// Limits are the bounds in force.
func (t *Tree) Limits() Limits { return t.limits }

// IncludeDemonstrations makes files of demonstrations speak from now on; the lead
// reader does so when manifests stand nowhere else.
func (t *Tree) IncludeDemonstrations() { t.demos = true }

// Silence makes the files at or below a path ones of a scaffold, which speak for no
// service from now on; it returns how many did. It must not run beside readers.
func (t *Tree) Silence(p string) (silenced int) {
	for i := range t.files {
		f := &t.files[i]
		if (f.Class == Spoken || f.Class == Demonstration) && (f.Path == p || strings.HasPrefix(f.Path, p+"/")) {
			f.Class = Scaffold
			silenced++
		}
	}
	return silenced
}

// Files gives every file that speaks, sorted by path.
func (t *Tree) Files() []File {
	out := make([]File, 0, len(t.files))
	for _, f := range t.files {
		if t.speaks(f.Class) {
			out = append(out, f)
		}
	}
	return out
}

// All gives every file, those that do not speak too, sorted by path.
func (t *Tree) All() []File { return t.files }

func (t *Tree) speaks(c Class) bool { return c == Spoken || c == Demonstration && t.demos }

// Has reports whether there is such a file, whether it speaks or not.
func (t *Tree) Has(p string) bool { _, ok := t.byPath[path.Clean(p)]; return ok }

// Folders gives every folder that holds a file that speaks, at any depth, sorted,
// without the root.
func (t *Tree) Folders() []string {
	seen := map[string]bool{}
	for _, f := range t.files {
		if !t.speaks(f.Class) {
			continue
		}
		for d := f.Folder(); d != "." && !seen[d]; d = path.Dir(d) {
			seen[d] = true
		}
	}
	out := make([]string, 0, len(seen))
	for d := range seen {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// Read gives a file's bytes, which the caller must not change. When it can't (too large, unreadable, the whole budget
// spent) it notes a gap that hides the families and returns false; the caller goes on
// without. Asking for a file that does not exist returns false and notes nothing.
func (t *Tree) Read(p string, hides ...scorecard.Family) ([]byte, bool) {
	p = path.Clean(p)
	i, ok := t.byPath[p]
	if !ok {
		return nil, false
	}
	size := t.files[i].Size
	if size > t.limits.MaxFileBytes {
		t.Gap(gapOf(p, "too-large", hides, "%s has %d bytes and was not read; the bound is %d bytes a file", p, size, t.limits.MaxFileBytes))
		return nil, false
	}
	if !t.spend(p, size) {
		t.Gap(gapOf(p, "too-large", hides, "%s was not read: the files before it used up the bound of %d bytes for a whole repository", p, t.limits.MaxTotalBytes))
		return nil, false
	}
	if b, ok := t.cached(p); ok {
		return b, true
	}
	b, err := t.readAll(p, size)
	if err != nil {
		t.Gap(gapOf(p, "unreadable", hides, "%s can't be read (%v)", p, cause(err)))
		return nil, false
	}
	if int64(len(b)) > t.limits.MaxFileBytes { // it grew while we looked
		t.Gap(gapOf(p, "too-large", hides, "%s was not read; the bound is %d bytes a file", p, t.limits.MaxFileBytes))
		return nil, false
	}
	t.keep(p, b)
	return b, true
}

// Peek gives a small file's bytes for a guess at what it is: false where it is larger
// than max, or can't be read, of which no gap is noted.
func (t *Tree) Peek(p string, max int64) ([]byte, bool) {
	i, ok := t.byPath[p]
	if !ok || t.files[i].Size > min(max, t.limits.MaxFileBytes) {
		return nil, false
	}
	if b, ok := t.cached(p); ok {
		return b, true
	}
	b, err := t.readAll(p, t.files[i].Size)
	if err != nil || int64(len(b)) > t.limits.MaxFileBytes {
		return nil, false
	}
	t.keep(p, b)
	return b, true
}

// Glance gives a file's first bytes, at most max, without counting them against the
// bounds, noting a gap or keeping them: for who looks at every file once. False where it
// can't be read.
func (t *Tree) Glance(p string, max int64) ([]byte, bool) {
	i, ok := t.byPath[p]
	if !ok {
		return nil, false
	}
	if b, ok := t.cached(p); ok {
		return b[:min(int64(len(b)), max)], true
	}
	b, err := t.readSome(p, min(t.files[i].Size, max), max)
	return b, err == nil
}

// The bounds of what is kept: of one file, and of all.
const (
	maxKeptFile = 64 << 10
	maxKept     = 24 << 20
)

func (t *Tree) cached(p string) ([]byte, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b, ok := t.kept[p]
	return b, ok
}

func (t *Tree) keep(p string, b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(b) > maxKeptFile || t.keptBytes+len(b) > maxKept {
		return
	}
	if t.kept == nil {
		t.kept = map[string][]byte{}
	}
	t.kept[p] = b
	t.keptBytes += len(b)
}

func (t *Tree) readAll(p string, size int64) ([]byte, error) {
	return t.readSome(p, size, t.limits.MaxFileBytes+1)
}

// readSome reads at most max bytes of a file that probably has that size.
func (t *Tree) readSome(p string, size, max int64) ([]byte, error) {
	f, err := t.fsys.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead)) // room for the end of the file
	_, err = b.ReadFrom(io.LimitReader(f, max))
	return slices.Clip(b.Bytes()), err // nobody may write behind what others read
}

// spend counts a file once, however many readers ask for it.
func (t *Tree) spend(p string, size int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, again := t.read[p]; again {
		return true
	}
	if t.total+size > t.limits.MaxTotalBytes {
		return false
	}
	t.total += size
	t.read[p] = size
	return true
}

// Gap notes something that could not be seen. Gaps at the same place for the same
// reason become one that hides what each of them hides.
func (t *Tree) Gap(g scorecard.Gap) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.gaps {
		have := &t.gaps[i]
		if have.Location == g.Location && have.Reason == g.Reason {
			for _, f := range g.Hides {
				if !slices.Contains(have.Hides, f) {
					have.Hides = append(slices.Clone(have.Hides), f)
					slices.Sort(have.Hides)
				}
			}
			have.Feeds.Widen(g.Feeds)
			for _, p := range g.Alters {
				if !slices.Contains(have.Alters, p) {
					have.Alters = append(slices.Clone(have.Alters), p)
					slices.Sort(have.Alters)
				}
			}
			return
		}
	}
	g.Hides = slices.Sorted(slices.Values(g.Hides))
	t.gaps = append(t.gaps, g)
}

// Malformed notes that a file, or the part of it at that line (0: unknown), would not parse.
func (t *Tree) Malformed(p string, line int, err error, hides ...scorecard.Family) {
	at := scorecard.Location{Path: p, FirstLine: line, LastLine: line}
	t.Gap(scorecard.Gap{Location: at, Hides: hides, Reason: "malformed", Message: fmt.Sprintf("%s would not parse: %v", at, err)})
}

// Gaps gives what was noted so far, in no particular order.
func (t *Tree) Gaps() []scorecard.Gap {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.gaps)
}
