// Package main is fleet: it writes a generated fleet of Kubernetes applications into a
// folder, to measure Seaworthy and others with.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/seaworthy-dev/seaworthy/eval/fleet/generate"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("fleet", flag.ExitOnError)
	n := flags.Int("n", 1000, "how many applications")
	namespaces := flags.Int("namespaces", 20, "how many namespaces they are dealt out to")
	oneFile := flags.Bool("one-file", false, "one file for each namespace, not for each application")
	form := flags.String("form", "plain", "how they are written: plain, overlays, charts, or repository for all that a large one has")
	out := flags.String("out", "", "the `folder` to write to")
	_ = flags.Parse(args) // ExitOnError: it does not return an error
	if *out == "" || *n < 0 {
		return fmt.Errorf("-out names the folder to write to, -n is 0 or more")
	}
	switch *form {
	case "plain":
		return generate.Manifests(generate.Options{Apps: *n, Namespaces: *namespaces, OneFile: *oneFile}).Write(*out)
	case "overlays":
		return generate.Overlays(*n).Write(*out)
	case "charts":
		return generate.Charts(*n).Write(*out)
	case "repository":
		return generate.Repository(*n).Write(*out)
	}
	return fmt.Errorf("-form %q is unknown: plain, overlays, charts or repository", *form)
}
