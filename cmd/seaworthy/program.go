// Package main is the program seaworthy: it reads flags and configuration, and ties
// the other packages together. It decides nothing about services.
//
// [Program.Run] is the whole of it but for the process: a test boots it with its own
// arguments, streams and environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/reader"
	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/report"
	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/source/directory"
)

// The exit statuses. They are part of the interface: scripts and CI depend on them.
const (
	exitOK          = 0
	exitInternal    = 1
	exitUsage       = 2
	exitLevel       = 3
	exitScan        = 4
	exitInterrupted = 130
)

// exitStatuses documents them, for --help and docs/cli.md.
var exitStatuses = []struct {
	status int
	means  string
}{
	{exitOK, "done; a service that fails checks is no error"},
	{exitInternal, "something unexpected went wrong"},
	{exitUsage, "wrong usage or configuration: an unknown flag, key, service or check, or a value out of range"},
	{exitLevel, "scan: a service is below --min-level"},
	{exitScan, "scan: the path can't be scanned, or --timeout was over first"},
	{exitInterrupted, "interrupted by Ctrl-C or SIGTERM (serve stops in order then, with 0)"},
}

// Program is one run of seaworthy.
type Program struct {
	In       io.Reader
	Out, Err io.Writer
	// Env is the environment, as os.Environ gives it.
	Env []string
	// Renderer is the executable that renders charts and overlays, as
	// kube.RenderWorker gives it. Empty renders them in this process, unbounded.
	Renderer string
}

// open gives the source that reads a folder.
func (p *Program) open(id, path string, limits tree.Limits, k kube.Options) (*directory.Source, error) {
	k.Worker = p.Renderer
	return directory.New(directory.Options{ID: id, Path: path, Limits: limits, Reader: reader.Options{Kube: k}})
}

// failure is an error that decides the exit status.
type failure struct {
	status int
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func usageError(format string, a ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, a...)}
}

// Run runs the command that args name (without the program's own name) and returns
// the exit status. When ctx ends, it stops at once.
func (p *Program) Run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.In)
	root.SetErr(p.Err)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil {
		fmt.Fprintln(p.Err, "seaworthy: interrupted")
		return exitInterrupted
	}
	status := exitInternal
	var f *failure
	if errors.As(err, &f) {
		status = f.status
	}
	if p.full(err) {
		err = fmt.Errorf("standard output can't be written: %s", reason(err))
	}
	for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
		// The sentinels are for programs; what follows them says the same to a person.
		for _, sentinel := range []error{scorecard.ErrInvalid, scorecard.ErrUnavailable, scorecard.ErrDenied} {
			line = strings.ReplaceAll(line, sentinel.Error()+": ", "")
		}
		fmt.Fprintln(p.Err, "seaworthy: "+report.Clean(line))
	}
	if status == exitUsage {
		fmt.Fprintf(p.Err, "Help: %s --help\n", command.CommandPath())
	}
	return status
}

// full reports whether the system refused to write standard output.
func (p *Program) full(err error) bool {
	out, isFile := p.Out.(*os.File)
	var refused *fs.PathError
	return isFile && errors.As(err, &refused) && refused.Path == out.Name()
}

func (p *Program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "seaworthy",
		Short: "Scorecards of how reliably services are built and run",
		Long: "Seaworthy reads what a repository says about its services and judges each by\n" +
			"the practices that keep services up: a score with its bounds, a level from\n" +
			"BRONZE to PLATINUM, and the steps to the next one.\n\n" + statusText(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError("%q is no command%s", args[0], didYouMean(args[0], []string{"scan", "serve", "checks", "rubric", "version", "completion", "help"}))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(p.scanCommand(), p.serveCommand(), p.checksCommand(), p.rubricCommand(), p.versionCommand())
	root.SetOut(p.Out) // the command for completion keeps what it is made with
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.RunE, c.Run = help, nil
		}
	}
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args = func(c *cobra.Command, args []string) error {
				if len(args) > 0 {
					return usageError("there is no completion for %q%s", args[0], didYouMean(args[0], commandNames(c)))
				}
				return nil
			}
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "LocalFlags.FlagUsages", "LocalFlags.FlagUsagesWrapped 100"))
	return root
}

// help shows the help of a command; cobra's own shows another's where there is none.
func help(c *cobra.Command, args []string) error {
	topic, rest, err := c.Root().Find(args)
	if err != nil || len(rest) > 0 {
		hint := ""
		if names := commandNames(topic); len(names) > 0 {
			hint = didYouMean(args[len(args)-1], names)
		}
		return usageError("there is no command %q to help with%s", strings.Join(args, " "), hint)
	}
	topic.InitDefaultHelpFlag()
	return topic.Help()
}

// commandNames are the commands below one that a person would type.
func commandNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

func statusText() string {
	var b strings.Builder
	b.WriteString("Exit status:\n")
	for _, s := range exitStatuses {
		fmt.Fprintf(&b, "  %3d  %s\n", s.status, s.means)
	}
	return strings.TrimRight(b.String(), "\n")
}

// arguments accepts up to n arguments.
func arguments(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > n {
			return usageError("%s takes %s, and there are %d: %s", c.CommandPath(), plural(n, "argument"), len(args), strings.Join(args, " "))
		}
		return nil
	}
}

func (p *Program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: arguments(0),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.Out, "seaworthy "+version())
			return err
		},
	}
}

// release is the version of a released program, set by the linker.
var release string

// version is the release, else the module's version or the commit it was built from.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "development " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "development"
}

// env is the value of an environment variable; empty where it is unset.
func (p *Program) env(name string) string {
	value := ""
	for _, kv := range p.Env {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			value = v
		}
	}
	return value
}

func plural(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "one " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
