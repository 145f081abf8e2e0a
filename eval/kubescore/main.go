// Package main is agreement: it asks Seaworthy and kube-score about the same manifests
// and compares what they say, object by object and check by check. Each way in which
// they differ must be explained in docs/agreement.md; one that is not is an error.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

//go:embed sets.txt
var setsText string

var (
	errUnexplained = errors.New("differences without an explanation")
	errStale       = errors.New("the page says something else than was found; -update writes it")
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "agreement:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	var p programs
	flags := flag.NewFlagSet("agreement", flag.ExitOnError)
	flags.StringVar(&p.seaworthy, "seaworthy", "../../bin/seaworthy", "the `program`")
	flags.StringVar(&p.kubeScore, "kube-score", "", "the `program`; empty builds that of go.mod")
	checkouts := flags.String("checkouts", "checkouts", "the `folder` of the repositories of sets.txt, as <owner>/<name>; what is missing is cloned")
	name := flags.String("page", "../../docs/agreement.md", "the `file` that explains the differences")
	update := flags.Bool("update", false, "write what was found into the page; explanations stay")
	only := flags.String("set", "", "only the sets whose name begins so")
	verbose := flags.Bool("v", false, "print five examples of each difference, with what Seaworthy says")
	_ = flags.Parse(args) // ExitOnError: it does not return an error

	scratch, err := os.MkdirTemp("", "agreement-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if p.kubeScore == "" {
		p.kubeScore = filepath.Join(scratch, "kube-score")
		if _, err := output(".", "go", "build", "-o", p.kubeScore, "github.com/zegl/kube-score/cmd/kube-score"); err != nil {
			return err
		}
	}
	for _, program := range []*string{&p.seaworthy, &p.kubeScore} {
		if *program, err = filepath.Abs(*program); err != nil {
			return err
		}
	}
	sets, err := wanted(*checkouts, *only, flags.Args())
	if err != nil {
		return err
	}
	c := newComparison()
	for _, s := range sets {
		tests, v, err := p.ask(s)
		switch {
		case v == nil:
			return err
		case err != nil:
			c.refused = append(c.refused, err.Error())
		default:
			c.compare(s, tests, v)
		}
	}
	if *verbose {
		c.examples.print(out, c.differences())
	}
	page, err := os.ReadFile(*name)
	if err != nil {
		return err
	}
	written := c.into(string(page), len(sets))
	if n := c.unexplained(string(page)); n > 0 {
		err = fmt.Errorf("%w: %d, in the last cells of their rows", errUnexplained, n)
	}
	switch {
	case *update:
		return errors.Join(err, os.WriteFile(*name, []byte(written), 0o644))
	case len(sets) > 0 && *only == "" && flags.NArg() == 0 && written != string(page):
		err = errors.Join(err, errStale)
	}
	fmt.Fprint(out, c.block(explanations(string(page)), len(sets)))
	return err
}

// wanted are the sets of sets.txt, and one for each folder that is named.
func wanted(checkouts, only string, folders []string) (all []*set, err error) {
	for _, folder := range folders {
		s, err := fromFolder(folder)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(folders) > 0 {
		return all, nil
	}
	from, err := origins(setsText)
	if err != nil {
		return nil, err
	}
	for i := range from {
		if !strings.HasPrefix(from[i].name, only) {
			continue
		}
		sets, err := from[i].sets(checkouts)
		if err != nil {
			return nil, err
		}
		all = append(all, sets...)
	}
	return all, nil
}
