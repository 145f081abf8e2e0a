// Package main is accuracy: it scans public repositories at fixed commits and compares
// what Seaworthy says of their services with what a person who read them says. Each
// answer that is not the person's must be explained in misses.tsv; one that is not is an
// error.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

var (
	errUnexplained = errors.New("misses without an explanation")
	errStaleReason = errors.New("explanations of what is no miss")
	errStalePage   = errors.New("the page says something else than was found; -update writes it")
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("accuracy", flag.ExitOnError)
	seaworthy := flags.String("seaworthy", "bin/seaworthy", "the `program`")
	folder := flags.String("labels", "eval/accuracy/labels", "the `folder` of labels, <owner>+<name>.tsv for each repository")
	explained := flags.String("misses", "eval/accuracy/misses.tsv", "the `file` that explains misses")
	checkouts := flags.String("checkouts", "eval/accuracy/.checkouts", "the `folder` of the repositories, as <owner>+<name>; what is missing is cloned")
	name := flags.String("page", "docs/accuracy.md", "the `file` that tells what was found")
	update := flags.Bool("update", false, "write what was found into the page")
	only := flags.String("repository", "", "only repositories whose owner/name begins so; the page is not looked at")
	verbose := flags.Bool("v", false, "print each miss with the label's reason beside the program's")
	_ = flags.Parse(args) // ExitOnError: it does not return an error

	program, err := filepath.Abs(*seaworthy)
	if err != nil {
		return err
	}
	sets, err := readLabels(*folder)
	if err != nil {
		return err
	}
	reasons, err := readMisses(*explained)
	if err != nil {
		return err
	}
	m := &measurement{reasons: reasons}
	for _, s := range sets {
		if !strings.HasPrefix(s.repository(), *only) {
			continue
		}
		if err := m.measure(program, *checkouts, s); err != nil {
			return err
		}
	}
	if *verbose {
		m.print(out)
	}
	if *only != "" {
		fmt.Fprint(out, m.block())
		return m.unexplained()
	}
	return errors.Join(m.unexplained(), m.stale(), m.hold(*name, *update, out))
}

// measure asks the program about one repository.
func (m *measurement) measure(program, checkouts string, s *labelled) error {
	at, done, err := s.checkout(checkouts)
	if err != nil {
		return err
	}
	defer done()
	cards, err := scan(program, at, s.name)
	if err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	return m.add(s, cards)
}

// hold compares the page with what was found, or writes it.
func (m *measurement) hold(name string, update bool, out io.Writer) error {
	page, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	written := m.into(string(page))
	if update {
		return os.WriteFile(name, []byte(written), 0o644)
	}
	fmt.Fprint(out, m.block())
	if written != string(page) {
		return errStalePage
	}
	return nil
}
