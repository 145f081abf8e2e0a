// Package directory is the source that reads a folder on this machine: a git work
// tree, a folder inside one, or any other folder.
//
// What is read. Every file below the folder but those that git ignores, as git
// itself decides it: the .gitignore files of the work tree and its .git/info/exclude,
// and never a file that the index tracks, so that a committed terraform.tfstate
// counts and an ignored one does not. The user's own excludes (core.excludesFile)
// are not asked: the same repository must read the same on every machine. Untracked
// files that are not ignored are read, so that work is judged before it is
// committed; a note says how many, since a link to one leads nowhere.
//
// What is not trusted. Neither git nor anything that the repository configures is
// run; links never lead out of the folder; only regular files of the git folder are
// opened, and none is written. A git folder that is broken or of a kind that can't
// be read (SHA-256, reftable, a split index) costs the revision, or part of it, and
// leaves a note; the files are read all the same.
//
// A folder inside a work tree is read on its own: paths are relative to it,
// Revision.Folder says where in the repository it stands, and what stands above it
// (CODEOWNERS, shared infrastructure) is not seen, which a note says.
package directory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Options say what to read. Only Path is needed.
type Options struct {
	// ID names the repository: `[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?`. Empty takes the
	// last part of the git remote's address, else the folder's name.
	ID string
	// Path is the folder to read, absolute or relative to the working directory.
	Path string
	// Limits bound what is read; zero fields are the defaults.
	Limits tree.Limits
	// Rules say which folders do not speak; empty means tree.DefaultRules.
	Rules tree.Rules
	// Reader is handed to reader.Read; its Progress, and that of Kube, are Collect's.
	Reader reader.Options
	// Now gives the time of the scan; nil is time.Now.
	Now func() time.Time
}

// Source reads one folder. It keeps nothing open between two calls of Collect, and
// each call sees the folder as it then is.
type Source struct {
	o    Options
	id   string
	path string // absolute, links resolved
}

var _ scorecard.Source = (*Source)(nil)

// New checks that there is a folder that can be listed. Every error wraps
// scorecard.ErrInvalid and names the path or the ID: no such path, a file, no
// permission, a bare repository, a folder inside a .git folder, a malformed ID.
func New(o Options) (*Source, error) {
	p, err := resolve(o.Path)
	if err != nil {
		return nil, err
	}
	s := &Source{o: o, id: o.ID, path: p}
	if s.id == "" {
		s.id = defaultID(p)
	}
	if !validID.MatchString(s.id) {
		return nil, &scorecard.FieldError{Field: "id", Description: fmt.Sprintf("repository ID %q: use 1 to 63 of a-z, 0-9, - and _, with a letter or digit first and last", s.id)}
	}
	return s, nil
}

// Name is the repository's ID.
func (s *Source) Name() string { return s.id }

// Path is the folder that is read, absolute and with links resolved.
func (s *Source) Path() string { return s.path }

// Collect reads the folder. What could not be read is a gap or a note; errors are
// ErrNotFound, ErrDenied or ErrInvalid when the folder is gone, closed or no folder
// any more, and the context's.
func (s *Source) Collect(ctx context.Context, progress func(scorecard.Progress)) (*scorecard.Collection, error) {
	progress = oneAtATime(progress)
	root, err := os.OpenRoot(s.path)
	if err != nil {
		return nil, fmt.Errorf("%w: %s can't be opened: %w", kindOf(err), s.path, cause(err))
	}
	defer root.Close()

	var n notes
	place, err := locate(s.path)
	if err != nil {
		n.add(".", "%s; files are read as if there were no git", err)
	}
	repo := openRepository(place, &n)
	ig := newIgnores(place, repo, &n)
	defer ig.close()

	o := tree.Options{Limits: s.o.Limits, Rules: s.o.Rules, Skip: ig.skip}
	o.Progress = func(files int, item string) {
		progress(scorecard.Progress{Stage: "walk", Done: files, Item: item})
	}
	t, err := tree.Open(ctx, root.FS(), o)
	if err != nil {
		return nil, err
	}
	ro := s.o.Reader
	ro.Progress, ro.Kube.Progress = progress, progress
	ro.Home = repo.home()
	c, err := reader.Read(ctx, t, ro)
	if err != nil {
		return nil, err
	}
	if c.Revision, err = repo.revision(ctx, t.Limits(), &n); err != nil {
		return nil, err
	}
	now := time.Now
	if s.o.Now != nil {
		now = s.o.Now
	}
	if len(c.Facts.Tags) == 0 {
		if tags, ok := repo.tags(); ok {
			c.Facts.Tags = append(c.Facts.Tags, tags)
		}
	}
	repo.dateTags(ctx, &c.Facts)
	repo.dates(ctx, &c.Facts, now())
	ig.noteUntracked(t)
	c.Facts.Notes = append(c.Facts.Notes, n.list...)
	c.Facts.Sort()
	return c, nil
}

// oneAtATime keeps the readers, which work side by side, from reporting at once.
func oneAtATime(progress func(scorecard.Progress)) func(scorecard.Progress) {
	if progress == nil {
		return func(scorecard.Progress) {}
	}
	var mu sync.Mutex
	return func(p scorecard.Progress) {
		mu.Lock()
		defer mu.Unlock()
		progress(p)
	}
}

// resolve makes the path absolute and checks it.
func resolve(p string) (string, error) {
	if p == "" {
		return "", fmt.Errorf("%w: no folder to scan was named", scorecard.ErrInvalid)
	}
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", scorecard.ErrInvalid, p, err)
	}
	real, err := filepath.EvalSymlinks(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%w: there is no folder %s", scorecard.ErrInvalid, abs)
	case err != nil:
		return "", fmt.Errorf("%w: %s can't be opened: %w", scorecard.ErrInvalid, abs, cause(err))
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", fmt.Errorf("%w: %s can't be opened: %w", scorecard.ErrInvalid, abs, cause(err))
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%w: %s is no folder; name the folder that holds it", scorecard.ErrInvalid, abs)
	}
	f, err := os.Open(real)
	if err != nil {
		return "", fmt.Errorf("%w: %s can't be listed: %w; give read access to it", scorecard.ErrInvalid, abs, cause(err))
	}
	f.Close()
	return real, refuseGitFolder(real)
}

// refuseGitFolder refuses folders that hold git's own files and no work.
func refuseGitFolder(p string) error {
	for d := p; ; d = filepath.Dir(d) {
		if filepath.Base(d) == ".git" {
			return fmt.Errorf("%w: %s is inside a git folder; name the work tree %s", scorecard.ErrInvalid, p, filepath.Dir(d))
		}
		if _, err := os.Lstat(filepath.Join(d, ".git")); err == nil || d == filepath.Dir(d) {
			return nil
		}
		if isGitFolder(d) {
			return fmt.Errorf("%w: %s is a bare git repository or inside of one, which has no files; clone it and name the clone", scorecard.ErrInvalid, p)
		}
	}
}

// kindOf sorts an error of the file system into the sentinels.
func kindOf(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return scorecard.ErrNotFound
	case errors.Is(err, fs.ErrPermission):
		return scorecard.ErrDenied
	}
	return scorecard.ErrInvalid
}

// cause is the reason without the path, which the sentence around it has already.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

var (
	validID   = lazyregexp.New(`^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$`)
	notIDPart = lazyregexp.New(`[^a-z0-9_-]+`)
)

// defaultID names the repository after its remote, so that two clones of it, and a
// folder inside of it, agree; else after its folder.
func defaultID(p string) string {
	name := filepath.Base(p)
	if place, err := locate(p); err == nil && place != nil {
		name = filepath.Base(place.top)
		var ignored notes
		if u := webURL(openRepository(place, &ignored).remote()); u != "" {
			name = path.Base(u)
		}
	}
	return normalID(name)
}

func normalID(name string) string {
	id := strings.Trim(notIDPart.ReplaceAllString(strings.ToLower(name), "-"), "-_")
	if id = strings.TrimRight(id[:min(len(id), 63)], "-_"); id == "" {
		return "repository"
	}
	return id
}

// notes collects what would surprise, each once.
type notes struct{ list []scorecard.Problem }

func (n *notes) add(at, format string, a ...any) {
	p := scorecard.Problem{Location: scorecard.Location{Path: at}, Message: fmt.Sprintf(format, a...)}
	for _, have := range n.list {
		if have == p {
			return
		}
	}
	n.list = append(n.list, p)
}
