package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// configurationPage is docs/configuration.md; a test holds that it is fresh.
func configurationPage() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\n<!-- Generated from the table in cmd/seaworthy/settings.go: go test ./cmd/seaworthy -update -->\n\n")
	b.WriteString("What `seaworthy serve` is told, by a file, by the environment and by flags. Of two that set\nthe same key, the later in that order wins; a list replaces a list as a whole.\n\n")
	b.WriteString("The file is YAML: `--config FILE`, else `$SEAWORTHY_CONFIG`, else `./seaworthy.yaml`, else\n`$XDG_CONFIG_HOME/seaworthy/config.yaml` (`~/.config/seaworthy/config.yaml`), where there is one.\nAn unknown key or variable, a wrong type and a value out of range are errors: they name the\nplace and the nearest right key, and nothing starts. Paths in the file are relative to the\nfile's folder. A variable that is empty counts as unset; paths in a variable are separated as\nin `PATH`. The variables that Kubernetes sets for a Service named `seaworthy` are passed over.\n\n")
	b.WriteString("| key | variable | flag | type | default |\n|---|---|---|---|---|\n")
	for _, s := range settings() {
		preset := s.presetText
		if s.preset != "" {
			preset = "`" + s.preset + "`"
		}
		fmt.Fprintf(&b, "| [`%s`](#%s) | `%s` | `--%s` | %s | %s |\n", s.key, anchor(s.key), s.env(), s.flagName(), s.typeText(), preset)
	}
	for _, s := range settings() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", s.key, s.doc)
	}
	b.WriteString("\n## An example\n\n```yaml\n" + exampleConfiguration + "```\n")
	return b.String()
}

// exampleConfiguration stands in the documentation; a test reads it.
const exampleConfiguration = `listen:
  grpc: localhost:9090
  http: localhost:8080
data_dir: /var/lib/seaworthy
repositories:
  - path: /srv/git/shop
  - id: payments
    path: /srv/git/payments
    display_name: Payments
scan:
  interval: 1h
  workers: 2
log:
  format: json
`

// typeText is the kind with its range or words.
func (s setting) typeText() string {
	switch {
	case len(s.oneOf) > 0:
		return "one of " + strings.Join(s.oneOf, ", ")
	case s.low == 0 && s.high == 0:
		return string(s.kind)
	}
	return fmt.Sprintf("%s from %s to %s", s.kind, s.written(s.low), s.written(s.high))
}

// anchor is the fragment that GitHub gives a heading.
func anchor(heading string) string { return strings.ReplaceAll(heading, ".", "") }

// commandPage is docs/cli.md; a test holds that it is fresh.
func commandPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# The command line\n\n<!-- Generated from the commands in cmd/seaworthy: go test ./cmd/seaworthy -update -->\n\n")
	b.WriteString(root.Long[:strings.Index(root.Long, "\n\n")] + "\n\n## Exit status\n\n| status | means |\n|---:|---|\n")
	for _, s := range exitStatuses {
		fmt.Fprintf(&b, "| %d | %s |\n", s.status, s.means)
	}
	b.WriteString("\n## Colours and terminals\n\nColours and links are for terminals only. `NO_COLOR` turns colours off, `CLICOLOR_FORCE` on, and\n`TERM=dumb` means neither. Symbols always stand beside words. Lines are as wide as the terminal\n(`COLUMNS`, or 100, where there is none); paths and what is to be pasted are never broken.\n")
	walkCommands(&b, root)
	return b.String()
}

func walkCommands(b *strings.Builder, c *cobra.Command) {
	for _, sub := range c.Commands() {
		if sub.Hidden || sub.Name() == "help" {
			continue
		}
		fmt.Fprintf(b, "\n## %s\n\n%s.\n", sub.CommandPath(), strings.TrimRight(sub.Short, "."))
		if sub.Name() == "completion" || sub.Parent().Name() == "completion" {
			b.WriteString("\nPrints a completion script for the shell; `--help` says how to load it.\n")
			if sub.Name() == "completion" {
				fmt.Fprintf(b, "\n    %s bash|fish|powershell|zsh\n", sub.CommandPath())
			}
			continue
		}
		if sub.Long != "" {
			long, _, _ := strings.Cut(sub.Long, "\n\nExit status:")
			fmt.Fprintf(b, "\n%s\n", long)
		}
		if sub.Runnable() {
			fmt.Fprintf(b, "\n    %s\n", sub.UseLine())
		}
		if sub.Example != "" {
			fmt.Fprintf(b, "\nExamples:\n\n```\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(sub.Example, "  "), "\n  ", "\n"))
		}
		if flags := sub.NonInheritedFlags(); flags.HasAvailableFlags() {
			fmt.Fprintf(b, "\n```\n%s```\n", flags.FlagUsagesWrapped(100))
		}
		walkCommands(b, sub)
	}
}
