package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/report"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func (p *Program) checksCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "checks", Short: "Show what services are checked for",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError("%q is no command of checks%s", args[0], didYouMean(args[0], []string{"list", "show"}))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var format, file string
	list := &cobra.Command{
		Use: "list", Short: "List every check with its level, weight and title", Args: arguments(0),
		RunE: func(*cobra.Command, []string) error {
			rubric, err := openRubric(file)
			if err != nil {
				return err
			}
			switch format {
			case "terminal":
				return report.Checks(p.Out, rubric.All(), p.layout(p.Out))
			case "json":
				return p.checksJSON(rubric.All())
			}
			return usageError("--format %q is unknown; there are terminal and json", format)
		},
	}
	list.Flags().StringVar(&format, "format", "terminal", "`terminal` or json")
	list.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"terminal", "json"}, cobra.ShellCompDirectiveNoFileComp))
	show := &cobra.Command{
		Use: "show ID", Aliases: []string{"explain"}, Short: "Say what a check asks, why, and what to do", ValidArgsFunction: completeChecks,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError("checks show wants the ID of one check; seaworthy checks list has them")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			rubric, err := openRubric(file)
			if err != nil {
				return err
			}
			check, ok := rubric.Check(args[0])
			if !ok {
				return unknownCheck(rubric, args[0])
			}
			return report.Check(p.Out, check, p.layout(p.Out))
		},
	}
	rubricFlag(list, &file)
	rubricFlag(show, &file)
	c.AddCommand(list, show)
	return c
}

// checksJSON writes the catalogue as one JSON array.
func (p *Program) checksJSON(all []scorecard.Check) error {
	type item struct {
		ID         string                `json:"id"`
		Pillar     scorecard.Pillar      `json:"pillar"`
		Level      scorecard.Level       `json:"level"`
		Weight     scorecard.Weight      `json:"weight"`
		Title      string                `json:"title"`
		Why        string                `json:"why"`
		Fix        string                `json:"fix"`
		Reads      []scorecard.Family    `json:"reads"`
		References []scorecard.Reference `json:"references"`
	}
	items := []item{}
	for _, c := range all {
		items = append(items, item{c.ID, c.Pillar, c.Level, c.Weight, c.Title, c.Why, c.Fix, c.Reads, c.References})
	}
	e := json.NewEncoder(p.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(items)
}

func checkIDs(rubric *scorecard.Rubric) []string {
	var ids []string
	for _, c := range rubric.All() {
		ids = append(ids, c.ID)
	}
	return ids
}

func unknownCheck(rubric *scorecard.Rubric, id string) error {
	ids := checkIDs(rubric)
	hint := didYouMean(id, ids)
	if _, near := nearest(id, ids); !near {
		hint += "; seaworthy checks list has them all"
	}
	return usageError("check %q is unknown%s", id, hint)
}

func completeChecks(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	rubric, err := checks.Builtin()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []cobra.Completion
	for _, c := range rubric.All() {
		out = append(out, cobra.CompletionWithDesc(c.ID, fmt.Sprint(c.Title)))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
