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
	"slices"
	"strings"
)

//go:embed sets.txt
var setsText string

// errUnexplained is the failure of a comparison with a difference that nobody explained.
var errUnexplained = errors.New("differences without an explanation")

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
	explained := flags.String("explained", "../../docs/agreement.md", "the `page` that explains the differences")
	only := flags.String("set", "", "only the sets whose name begins so")
	verbose := flags.Bool("v", false, "print more examples, and what Seaworthy says of each")
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
	page, err := os.ReadFile(*explained)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return c.print(out, string(page), len(sets), *verbose)
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

// print writes the classes as Markdown, those that agree as numbers, the others with an
// example, and fails when one of these is not in the page.
func (c *comparison) print(out io.Writer, page string, sets int, verbose bool) error {
	fmt.Fprintf(out, "%d sets, %d objects that kube-score judged.\n", sets, c.objects)
	if c.cut > 0 {
		fmt.Fprintf(out, "%d questions were left out: a result of Seaworthy keeps 20 pieces of evidence, the worst first.\n", c.cut)
	}
	for _, r := range c.refused {
		fmt.Fprintf(out, "\nkube-score judged nothing: %s\n", r)
	}
	agree, differ := map[string]int{}, map[string]int{}
	var checks []string
	for _, k := range c.sorted() {
		if !slices.Contains(checks, k.check) {
			checks = append(checks, k.check)
		}
		if k.agrees() {
			agree[k.check] += c.counts[k]
		} else {
			differ[k.check] += c.counts[k]
		}
	}
	fmt.Fprintf(out, "\n| check | agree | differ |\n|---|--:|--:|\n")
	for _, check := range checks {
		fmt.Fprintf(out, "| `%s` | %d | %d |\n", check, agree[check], differ[check])
	}
	for _, p := range pairs {
		if !c.asked[p.check] {
			fmt.Fprintf(out, "\nSeaworthy has no check %s.\n", p.check)
		}
	}
	unexplained := 0
	fmt.Fprintf(out, "\n| check | kube-score's test | where | kube-score says | Seaworthy says | count | for example | explained |\n|---|---|---|---|---|--:|---|---|\n")
	for _, k := range c.sorted() {
		if k.agrees() {
			continue
		}
		in := "yes"
		if !strings.Contains(page, k.row()) {
			in = "no"
			unexplained++
		}
		e := c.examples[k][0]
		fmt.Fprintf(out, "%s %d | %s: %s | %s |\n", k.row(), c.counts[k], e.set, e.subject, in)
		if verbose {
			for _, e := range c.examples[k] {
				fmt.Fprintf(out, "    %s: %s: %s\n", e.set, e.subject, e.message)
			}
		}
	}
	if unexplained > 0 {
		return fmt.Errorf("%w: %d; explain them in docs/agreement.md", errUnexplained, unexplained)
	}
	return nil
}
