package directory

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
)

// workTree compares files with the index.
type workTree struct {
	repo       *repository
	root       *os.Root
	budget     int64 // bytes that may yet be hashed
	ignoreMode bool  // core.fileMode is false: the x bit means nothing

	// The folder of the last file asked for: neighbours follow one another in the
	// index, and a path costs a call of the system for each of its parts.
	at     string
	folder *os.Root
}

// enter opens the folder that the file is in.
func (w *workTree) enter(name string) error {
	at := path.Dir(name)
	if w.folder != nil && w.at == at {
		return nil
	}
	w.close()
	folder, err := w.root.OpenRoot(at)
	if err != nil {
		return err
	}
	w.at, w.folder = at, folder
	return nil
}

func (w *workTree) close() {
	if w.folder != nil {
		w.folder.Close()
		w.folder = nil
	}
}

// changed reports whether a file differs from its entry, as git tells it: a size and
// time like the entry's, older than the index, mean that it does not; else its
// content decides.
func (w *workTree) changed(ctx context.Context, e *index.Entry) (bool, error) {
	if e.SkipWorktree || e.Mode == filemode.Dir {
		return false, nil // outside of a sparse checkout
	}
	info, err := w.lstat(e.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return e.Mode != filemode.Submodule, nil
	case err != nil:
		return true, err
	}
	mode := info.Mode()
	switch e.Mode {
	case filemode.Submodule:
		return w.submoduleMoved(e, info), nil
	case filemode.Symlink:
		if mode&fs.ModeSymlink == 0 {
			return true, nil
		}
	default:
		if !mode.IsRegular() || !w.ignoreMode && (e.Mode == filemode.Executable) != (mode&0o100 != 0) {
			return true, nil
		}
	}
	if e.Size != 0 && e.Size != uint32(info.Size()) {
		return true, nil
	}
	fresh := e.ModifiedAt.Equal(info.ModTime()) && e.ModifiedAt.Before(w.repo.written)
	if fresh && e.Size == uint32(info.Size()) {
		return false, nil
	}
	return w.contentDiffers(ctx, e, info)
}

func (w *workTree) lstat(name string) (fs.FileInfo, error) {
	if err := w.enter(name); err != nil {
		return nil, err
	}
	return w.folder.Lstat(path.Base(name))
}

// submoduleMoved reports whether a submodule that is checked out stands at another commit.
func (w *workTree) submoduleMoved(e *index.Entry, info fs.FileInfo) bool {
	if !info.IsDir() {
		return true
	}
	dir := path.Join(w.repo.place.top, e.Name)
	p, err := locate(dir)
	if err != nil || p == nil || p.top != dir {
		return false // not checked out
	}
	var ignored notes
	commit, _, err := openRepository(p, &ignored).head()
	return err == nil && !commit.IsZero() && commit != e.Hash
}

// contentDiffers hashes the file as git would have stored it. Line ends that git
// turns and files that git LFS keeps elsewhere are no difference.
func (w *workTree) contentDiffers(ctx context.Context, e *index.Entry, info fs.FileInfo) (bool, error) {
	if e.Mode == filemode.Symlink {
		to, err := w.folder.Readlink(path.Base(e.Name))
		return plumbing.ComputeHash(plumbing.BlobObject, []byte(to)) != e.Hash, err
	}
	if w.budget -= info.Size(); w.budget < 0 {
		return true, errTooMuch
	}
	f, err := w.folder.Open(path.Base(e.Name))
	if err != nil {
		return true, err
	}
	defer f.Close()
	blob := plumbing.NewHasher(plumbing.BlobObject, info.Size())
	content := sha256.New()
	var turned counter
	unix := &unixEnds{to: &turned}
	in := io.LimitReader(contextReader{ctx, f}, info.Size())
	if _, err := io.Copy(io.MultiWriter(blob, content, unix), in); err != nil {
		return true, err
	}
	unix.end()
	if blob.Sum() == e.Hash {
		return false, nil
	}
	pointer := fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize %d\n", content.Sum(nil), info.Size())
	if plumbing.ComputeHash(plumbing.BlobObject, []byte(pointer)) == e.Hash {
		return false, nil
	}
	if int64(turned) == info.Size() {
		return true, nil // no line ends to turn
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return true, err
	}
	blob = plumbing.NewHasher(plumbing.BlobObject, int64(turned))
	unix = &unixEnds{to: blob}
	if _, err := io.Copy(unix, io.LimitReader(contextReader{ctx, f}, info.Size())); err != nil {
		return true, err
	}
	unix.end()
	return blob.Sum() != e.Hash, nil
}

// contextReader ends a long read with the context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}

// counter counts bytes.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// unixEnds passes bytes on with line ends of two bytes made one, as git stores text.
type unixEnds struct {
	to  io.Writer
	buf []byte
	cr  bool
}

func (u *unixEnds) Write(p []byte) (int, error) {
	u.buf = u.buf[:0]
	for _, b := range p {
		if u.cr && b != '\n' {
			u.buf = append(u.buf, '\r')
		}
		if u.cr = b == '\r'; !u.cr {
			u.buf = append(u.buf, b)
		}
	}
	_, err := u.to.Write(u.buf)
	return len(p), err
}

// end passes on a carriage return that stands last.
func (u *unixEnds) end() {
	if u.cr {
		u.to.Write([]byte{'\r'})
	}
}
