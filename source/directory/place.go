package directory

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// place says where a folder stands in a git work tree.
type place struct {
	top    string // the work tree's root, absolute
	folder string // the scanned folder in it, with slashes; "" for the root
	git    string // the git folder: HEAD and the index
	common string // the folder with config, refs and objects; the same but for linked work trees
}

// maxPointer bounds the small files that point to a folder.
const maxPointer = 64 << 10

// locate finds the git work tree around a folder. It gives nil where there is none,
// and an error, without a path of this machine in it, where there is one that can't
// be followed.
func locate(dir string) (*place, error) {
	for top := dir; ; top = filepath.Dir(top) {
		dot := filepath.Join(top, ".git")
		info, err := os.Stat(dot)
		switch {
		case err == nil:
			git := dot
			if !info.IsDir() {
				if git, err = pointer(dot, "gitdir: "); err != nil {
					return nil, errors.New("its .git file does not lead to a git folder")
				}
			}
			if git, err = filepath.EvalSymlinks(git); err != nil {
				return nil, errors.New("its .git does not lead to a git folder")
			}
			p := &place{top: top, git: git, common: git}
			if rel, err := filepath.Rel(top, dir); err == nil && rel != "." {
				p.folder = filepath.ToSlash(rel)
			}
			if common, err := pointer(filepath.Join(git, "commondir"), ""); err == nil {
				p.common = common
			}
			if !isGitFolder(p.common) {
				return nil, errors.New("its .git is empty or broken")
			}
			return p, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, errors.New("its .git can't be opened")
		case top == filepath.Dir(top):
			return nil, nil
		}
	}
}

// pointer reads a file that holds a path, relative to the file's own folder.
func pointer(file, prefix string) (string, error) {
	b, err := readSmall(file)
	if err != nil {
		return "", err
	}
	rest, ok := bytes.CutPrefix(b, []byte(prefix))
	to := strings.TrimRight(string(rest), "\r\n")
	if !ok || to == "" || strings.ContainsAny(to, "\n\x00") {
		return "", errors.New("no path in it")
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(file), to)
	}
	return filepath.Clean(to), nil
}

// readSmall reads a regular file of bounded size; a pipe would never end.
func readSmall(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPointer))
}

// isGitFolder is git's own test for one.
func isGitFolder(dir string) bool {
	for _, sub := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(dir, sub)); err != nil || !info.IsDir() {
			return false
		}
	}
	_, err := os.Lstat(filepath.Join(dir, "HEAD"))
	return err == nil
}
