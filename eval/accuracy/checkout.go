package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// checkout gives a folder with the repository at the labels' commit, with its history.
// That is the one in checkouts where it is at the commit and has nothing of its own;
// else a clone of it, for nothing is written to a folder that was given. done removes it.
func (l *labelled) checkout(checkouts string) (at string, done func(), err error) {
	kept, err := filepath.Abs(filepath.Join(checkouts, l.owner+"+"+l.name))
	if err != nil {
		return "", nil, err
	}
	nothing := func() {}
	if _, err := os.Stat(kept); errors.Is(err, os.ErrNotExist) {
		if _, err := output(".", "git", "clone", "--quiet", l.url, kept); err != nil {
			return "", nil, fmt.Errorf("%s: %w", l.file, err)
		}
		if _, err := output(kept, "git", "checkout", "--quiet", "--detach", l.commit); err != nil {
			return "", nil, l.at(1, "%v", err)
		}
		return kept, nothing, nil
	}
	head, err := output(kept, "git", "rev-parse", "HEAD")
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", l.file, err)
	}
	changed, err := output(kept, "git", "--no-optional-locks", "status", "--porcelain", "--ignored")
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", l.file, err)
	}
	if strings.TrimSpace(head) == l.commit && changed == "" {
		return kept, nothing, nil
	}
	return l.clone(kept)
}

// clone makes a clone of the kept one, and fetches the commit where that does not have it.
func (l *labelled) clone(kept string) (at string, done func(), err error) {
	scratch, err := os.MkdirTemp("", "accuracy-")
	if err != nil {
		return "", nil, err
	}
	done = func() { os.RemoveAll(scratch) }
	at = filepath.Join(scratch, l.name)
	steps := [][]string{
		{"clone", "--quiet", "--no-checkout", kept, at},
		{"-C", at, "remote", "set-url", "origin", l.url},
		{"-C", at, "checkout", "--quiet", "--detach", l.commit},
	}
	for i, args := range steps {
		_, err := output(scratch, "git", args...)
		if err != nil && i == len(steps)-1 { // the kept one is older
			if _, err = output(at, "git", "fetch", "--quiet", "origin", l.commit); err == nil {
				_, err = output(scratch, "git", args...)
			}
		}
		if err != nil {
			done()
			return "", nil, l.at(1, "%v", err)
		}
	}
	return at, done, nil
}

// output runs a command and gives what it prints; its complaints are part of the error.
func output(folder, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = folder
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(out), fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}
