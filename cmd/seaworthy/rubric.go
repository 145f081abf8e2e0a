package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/reader/rubric"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

const rubricLong = `A rubric says what services are judged by: which checks, at which level, with which
weight and thresholds, and for which services. The built-in one is what the catalogue
says; --rubric FILE (of scan, checks, serve) takes another.

  seaworthy rubric show > rubric.yaml    # the built-in one, to be changed
  seaworthy rubric check rubric.yaml     # what is wrong with it, by line
  seaworthy scan --rubric rubric.yaml

A file that begins with "extends: builtin" needs to name only what differs:

  name: acme
  extends: builtin
  services:                    # which services are scored; others are shown
    except: [{name: [sandbox-*]}, {lifecycle: experimental}]
  checks:
    zone-spread: off
    runbook-present: {level: BRONZE, weight: critical}
    graceful-shutdown: {thresholds: {grace-seconds: 60}}
    slo-defined:
      services: {only: [{tier: ["1", "2"]}]}`

func (p *Program) rubricCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "rubric", Short: "Show and check what services are judged by", Long: rubricLong,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError("%q is no command of rubric%s", args[0], didYouMean(args[0], []string{"show", "check"}))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var file string
	show := &cobra.Command{
		Use: "show", Short: "Print a rubric whole, as a file that --rubric takes", Args: arguments(0),
		RunE: func(*cobra.Command, []string) error {
			r, err := openRubric(file)
			if err != nil {
				return err
			}
			name := r.Name
			if file == "" {
				name = "mine" // only the program's own is called builtin
			}
			_, err = p.Out.Write(rubric.Write(r, name))
			return err
		},
	}
	rubricFlag(show, &file)
	check := &cobra.Command{
		Use: "check FILE", Short: "Say what is wrong with a rubric, by line",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError("rubric check wants the file of one rubric")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := openRubric(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(p.Out, "%s: the rubric %s asks %d of %d checks\n", args[0], r.Name, len(r.Checks), len(checks.All()))
			return nil
		},
	}
	c.AddCommand(show, check)
	return c
}

// rubricFlag adds --rubric.
func rubricFlag(c *cobra.Command, file *string) {
	c.Flags().StringVar(file, "rubric", "", "judge by the rubric in `FILE`, not by the built-in one")
}

// openRubric reads the rubric in the file; the built-in one where none is named.
func openRubric(file string) (*scorecard.Rubric, error) {
	if file == "" {
		return checks.Builtin()
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, usageError("the rubric %s can't be read: %s", file, reason(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, rubric.MaxBytes+1))
	if err != nil {
		return nil, usageError("the rubric %s can't be read: %s", file, reason(err))
	}
	r, err := rubric.Parse(file, data, checks.All())
	if errors.Is(err, scorecard.ErrInvalid) {
		return nil, &failure{exitUsage, err}
	}
	return r, err
}

// parseRubric reads a draft that came through the API.
func parseRubric(yaml []byte) (*scorecard.Rubric, error) {
	return rubric.Parse("draft", yaml, checks.All())
}
