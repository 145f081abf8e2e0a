package directory

import (
	"errors"
	"fmt"
	"os"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
)

var errNotRegular = errors.New("not a regular file")

// maxGitFile bounds the files of a git folder that are read whole: the index, the
// configuration, the indexes of packs. Packs themselves are read in place.
const maxGitFile = 256 << 20

// readOnly is a git folder that can't be written and in which only regular files of
// bounded size open: a pipe would never answer.
type readOnly struct{ billy.Filesystem }

func openReadOnly(dir string) billy.Filesystem {
	return readOnly{osfs.New(dir, osfs.WithBoundOS())}
}

func (r readOnly) Open(name string) (billy.File, error) { return r.OpenFile(name, os.O_RDONLY, 0) }

func (r readOnly) OpenFile(name string, flag int, perm os.FileMode) (billy.File, error) {
	if flag&(os.O_WRONLY|os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND) != 0 {
		return nil, billy.ErrReadOnly
	}
	info, err := r.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: %w", name, errNotRegular)
	case info.Size() > maxGitFile && !isPack(name):
		return nil, fmt.Errorf("%s has %d bytes; the bound is %d", name, info.Size(), maxGitFile)
	}
	return r.Filesystem.OpenFile(name, flag, perm)
}

func isPack(name string) bool { return len(name) > 5 && name[len(name)-5:] == ".pack" }

func (r readOnly) Chroot(dir string) (billy.Filesystem, error) {
	sub, err := r.Filesystem.Chroot(dir)
	if err != nil {
		return nil, err
	}
	return readOnly{sub}, nil
}

func (readOnly) Create(string) (billy.File, error)           { return nil, billy.ErrReadOnly }
func (readOnly) Rename(string, string) error                 { return billy.ErrReadOnly }
func (readOnly) Remove(string) error                         { return billy.ErrReadOnly }
func (readOnly) MkdirAll(string, os.FileMode) error          { return billy.ErrReadOnly }
func (readOnly) Symlink(string, string) error                { return billy.ErrReadOnly }
func (readOnly) TempFile(string, string) (billy.File, error) { return nil, billy.ErrReadOnly }
