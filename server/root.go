package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// resolveRoots are the allowed roots with their symbolic links resolved. One that
// does not exist is an ErrInvalid: it is a mistake in the configuration.
func resolveRoots(roots []string) ([]string, error) {
	var out []string
	for _, root := range roots {
		if !filepath.IsAbs(root) {
			return nil, fmt.Errorf("%w: allowed root %q is not an absolute path", scorecard.ErrInvalid, root)
		}
		resolved, err := filepath.EvalSymlinks(root)
		if err != nil {
			return nil, fmt.Errorf("%w: allowed root %s: %w", scorecard.ErrInvalid, root, err)
		}
		out = append(out, resolved)
	}
	return out, nil
}

// allowedPath is the folder that a client names, with symbolic links resolved, when
// the configuration allows it. Of a folder that is not allowed the answer does not
// say whether it exists: the API is no way to look around on the server's machine.
func (s *Server) allowedPath(path string) (string, error) {
	const name = "repository.path"
	if len(s.roots) == 0 {
		return "", &preconditionError{"CONFIGURATION", s.options.AllowedRootsKey,
			"the API may register no folder here: name the folders that it may under the configuration key " + s.options.AllowedRootsKey + ", or declare the repository in the configuration"}
	}
	if !filepath.IsAbs(path) || strings.ContainsRune(path, 0) {
		return "", &scorecard.FieldError{Field: name, Description: "must be the absolute path of a folder on the server's machine"}
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		// What can't be resolved is compared as it is written, only to choose the answer.
		if !s.underRoot(filepath.Clean(path)) {
			return "", s.deniedPath()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return "", &scorecard.FieldError{Field: name, Description: "there is no such folder on the server's machine"}
		}
		return "", &scorecard.FieldError{Field: name, Description: "the folder can't be read on the server's machine"}
	}
	if !s.underRoot(resolved) {
		return "", s.deniedPath()
	}
	if info, err := os.Stat(resolved); err != nil || !info.IsDir() {
		return "", &scorecard.FieldError{Field: name, Description: "is no folder on the server's machine"}
	}
	return resolved, nil
}

func (s *Server) deniedPath() error {
	return fmt.Errorf("%w: the folder is outside of those that the configuration key %s allows", scorecard.ErrDenied, s.options.AllowedRootsKey)
}

// underRoot compares folder by folder: /srv/repos2 is not under /srv/repos.
func (s *Server) underRoot(path string) bool {
	return slices.ContainsFunc(s.roots, func(root string) bool {
		rel, err := filepath.Rel(root, path)
		return err == nil && filepath.IsLocal(rel)
	})
}
