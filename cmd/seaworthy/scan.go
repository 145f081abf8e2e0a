package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/report"
	"github.com/seaworthy-dev/seaworthy/scan"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// formats are the ways in which a scan can be shown.
var formats = []string{"terminal", "json", "markdown", "sarif"}

// scanOptions are the flags of scan.
type scanOptions struct {
	id, format, output, minLevel string
	rubric                       string
	services, checks             []string
	verbose, noProgress          bool
	limits                       limitFlags
	kube                         kube.Options
	timeout                      time.Duration
	jobs                         int
}

// limitFlags are what bounds a reading, as flags.
type limitFlags struct {
	fileBytes, totalBytes sizeValue
	files                 int
}

func (l limitFlags) limits() tree.Limits {
	return tree.Limits{MaxFiles: l.files, MaxFileBytes: int64(l.fileBytes), MaxTotalBytes: int64(l.totalBytes)}
}

const scanLong = `Scan finds the services of a repository, judges each and shows its scorecard.
PATH is a folder, in a git work tree or not; the default is the working directory.
Nothing is written to it, and nothing leaves the machine.

With more than eight services the terminal shows a table, and a few lines for each
of the 25 lowest; --verbose shows everything, --service one service in full.
Checks that do not apply are named, or among many services only counted; --verbose
and --check say why.

Of objects that stand in several forms (an overlay for each environment, a chart and
plain files) the one that is deployed is judged, production first; "otherwise" tells
where another form would come out differently.

--check narrows what is shown: scores and levels stay those of all checks.

SARIF has a result for each place where a check fails; what is unknown and what
could not be read are notifications, and what passes is left out.`

func (p *Program) scanCommand() *cobra.Command {
	defaults := tree.Limits{}.WithDefaults()
	o := scanOptions{limits: limitFlags{sizeValue(defaults.MaxFileBytes), sizeValue(defaults.MaxTotalBytes), defaults.MaxFiles}}
	c := &cobra.Command{
		Use: "scan [PATH]", Short: "Judge the services of a repository and show their scorecards",
		Long: scanLong + "\n\n" + statusText(), Args: arguments(1),
		Example: "  seaworthy scan\n  seaworthy scan ../shop --service cart --verbose\n  seaworthy scan --min-level bronze --format sarif --output seaworthy.sarif",
		RunE: func(c *cobra.Command, args []string) error {
			return p.scan(c.Context(), o, append(args, ".")[0])
		},
	}
	rubricFlag(c, &o.rubric)
	f := c.Flags()
	f.StringVarP(&o.format, "format", "f", "terminal", "`HOW` to show it: "+strings.Join(formats, ", "))
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of standard output")
	f.StringArrayVarP(&o.services, "service", "s", nil, "only this service, by `NAME` or ID (repeatable)")
	f.StringArrayVarP(&o.checks, "check", "c", nil, "show only the check with this `ID` (repeatable); scores stay those of all checks")
	f.StringVar(&o.minLevel, "min-level", "", "exit with status 3 when a service is below `LEVEL`: bronze, silver, gold or platinum")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show all services, all evidence and gaps, what to write, and why a check does not apply")
	f.BoolVar(&o.noProgress, "no-progress", false, "show no progress, on a terminal neither")
	f.StringVar(&o.id, "id", "", "the repository's `ID`, with which its services' IDs begin (default: from the git remote or the folder)")
	f.Var(&o.limits.fileBytes, "max-file-size", "larger files are a gap, not read")
	f.Var(&o.limits.totalBytes, "max-total-size", "bytes read of all files together")
	f.IntVar(&o.limits.files, "max-files", o.limits.files, "`N` files are looked at, at most")
	f.StringArrayVar(&o.kube.Production, "production-form", nil, "what is named like this `PATTERN` is production, such as values-live*.yaml or overlays/eu-* (repeatable; default: prod, production, prd and live)")
	f.StringVar(&o.kube.KubeVersion, "kube-version", kube.DefaultKubeVersion, "the `VERSION` of Kubernetes that manifests are judged and charts are rendered for, such as 1.31")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "give up after this long")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "use at most `N` processors; 0 is all")
	complete := func(flag string, values ...string) {
		c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	complete("format", formats...)
	complete("min-level", "bronze", "silver", "gold", "platinum")
	c.RegisterFlagCompletionFunc("check", completeChecks)
	return c
}

// check refuses what can be refused before anything is read.
func (o *scanOptions) check(rubric *scorecard.Rubric) error {
	if !slices.Contains(formats, o.format) {
		return usageError("--format %q is unknown%s", o.format, didYouMean(o.format, formats))
	}
	for _, id := range o.checks {
		if _, ok := rubric.Check(id); !ok {
			return unknownCheck(rubric, id)
		}
	}
	if o.minLevel != "" && scorecard.Level(strings.ToUpper(o.minLevel)).Rank() < 1 {
		return usageError("--min-level %q is no level%s", o.minLevel, didYouMean(o.minLevel, []string{"bronze", "silver", "gold", "platinum"}))
	}
	for _, n := range []struct {
		flag  string
		value int64
	}{{"max-file-size", int64(o.limits.fileBytes)}, {"max-total-size", int64(o.limits.totalBytes)}, {"max-files", int64(o.limits.files)}, {"timeout", int64(o.timeout)}} {
		if n.value <= 0 {
			return usageError("--%s must be above 0", n.flag)
		}
	}
	for _, pattern := range o.kube.Production {
		if err := kube.CheckProduction(pattern); err != nil {
			return usageError("--production-form: %w", err)
		}
	}
	if err := checkKubeVersion(o.kube.KubeVersion); err != nil {
		return usageError("--kube-version: %w", err)
	}
	if o.jobs < 0 {
		return usageError("--jobs must not be negative")
	}
	return checkOutput(o.output)
}

// checkOutput refuses before a long scan what could not be written after it.
func checkOutput(path string) error {
	if path == "" || path == "-" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usageError("--output %s is a folder; name a file in it", path)
	}
	folder := filepath.Dir(path)
	switch info, err := os.Stat(folder); {
	case errors.Is(err, os.ErrNotExist):
		return usageError("--output %s can't be written: there is no folder %s; make it first", path, folder)
	case err == nil && !info.IsDir():
		return usageError("--output %s can't be written: %s is a file, not a folder", path, folder)
	}
	return nil
}

func (p *Program) scan(ctx context.Context, o scanOptions, path string) error {
	rubric, err := openRubric(o.rubric)
	if err != nil {
		return err
	}
	if err := o.check(rubric); err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(o.jobs))
	source, err := p.open(o.id, path, o.limits.limits(), o.kube)
	var field *scorecard.FieldError
	switch {
	case errors.As(err, &field):
		return usageError("--%s: %s", field.Field, field.Description)
	case err != nil:
		return &failure{exitScan, err}
	}
	layout := p.layout(p.Out)
	if o.output != "" {
		layout = report.Options{Width: layout.Width}
	}
	layout.Root, layout.Verbose, layout.Only = source.Path(), o.verbose, o.checks
	layout.Checks, layout.Version = rubric.All(), version()
	var g gate
	var scanned, written error
	err = p.write(o.output, func(w io.Writer) error {
		show := o.presenter(w, layout)
		notes, err := p.judge(ctx, o, source, rubric, func(rec scorecard.Record) error {
			if g.add(rec.Scorecard, o.services) {
				written = show.add(report.Select([]scorecard.Record{rec}, o.checks)[0])
			}
			return written
		})
		if err == nil {
			err = g.missing(o.services)
		}
		switch {
		case written != nil:
			return written
		case err != nil:
			scanned = err
			return err
		}
		return show.end(notes)
	})
	switch {
	case scanned != nil: // in its own words, not in those of what can't be written
		return scanned
	case err != nil:
		return err
	}
	return g.reached(o.minLevel, rubric)
}

// detail is what the terminal shows of so many services: of more than a few, a table.
func (o *scanOptions) detail(services int) scorecard.Detail {
	if services > report.FleetSize && !o.verbose && len(o.services) == 0 {
		return scorecard.Outlined
	}
	return scorecard.Shown
}

// judge runs the scan beside the wait for the end of the context, so that an
// interrupt does not wait for a reader that is busy. Records are handed to each as
// they are judged, here, in the order of their services' IDs. It gives the scan's notes.
func (p *Program) judge(ctx context.Context, o scanOptions, source scorecard.Source, rubric *scorecard.Rubric, each func(scorecard.Record) error) ([]scorecard.Problem, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, &failure{exitScan, fmt.Errorf("the scan was not done after %s; --timeout allows more", o.timeout)})
	defer cancel()
	progress := func(scorecard.Progress) {}
	if p.showsProgress(o) {
		line := newProgressLine(p.Err, func() int { n, _ := terminalWidth(p.Err); return n })
		defer line.stop()
		progress = line.update
	}
	judged, done := make(chan scorecard.Record), make(chan error, 1)
	var notes []scorecard.Problem
	go func() {
		request := scan.Request{Source: source, Rubric: rubric, Progress: progress, Each: func(revision scorecard.Revision, j scorecard.Judged) {
			notes = append(notes, j.Inventory.Notes...)
			select {
			case judged <- scorecard.Record{Scorecard: j.Scorecard, Revision: revision}:
			case <-ctx.Done():
			}
		}}
		if o.format == "terminal" {
			request.Detail = o.detail
		}
		_, _, err := scan.Judge(ctx, request)
		done <- err
	}()
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case rec := <-judged:
			if err := each(rec); err != nil {
				return nil, err
			}
		case err := <-done:
			switch {
			case err == nil:
				return notes, nil
			case ctx.Err() != nil:
				return nil, context.Cause(ctx)
			}
			for _, known := range []error{scorecard.ErrInvalid, scorecard.ErrNotFound, scorecard.ErrDenied, scorecard.ErrUnavailable} {
				if errors.Is(err, known) {
					return nil, &failure{exitScan, err}
				}
			}
			return nil, err
		}
	}
}

// showsProgress reports whether there is somebody to see a progress line, and nothing
// that it would stand in the way of.
func (p *Program) showsProgress(o scanOptions) bool {
	_, watched := terminalWidth(p.Err)
	_, shown := terminalWidth(p.Out)
	return watched && !o.noProgress && p.env("TERM") != "dumb" && !(shown && o.format == "json" && o.output == "")
}

// write hands a writer to f: standard output, or a file that is replaced only once
// all of it is written. A pipe or a device is written to directly.
func (p *Program) write(path string, f func(io.Writer) error) error {
	if path == "" || path == "-" {
		return f(p.Out)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		device, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return usageError("--output %s can't be written: %s", path, reason(err))
		}
		return inWords("--output "+path, errors.Join(f(device), device.Close()))
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".seaworthy-*")
	if err != nil {
		return usageError("--output %s can't be written: %s", path, reason(err))
	}
	err = errors.Join(f(temporary), temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		os.Remove(temporary.Name())
	}
	return inWords("--output "+path, err)
}

// inWords is what the system refused to write, in words.
func inWords(to string, err error) error {
	if err != nil && ofSystem(err) {
		return fmt.Errorf("%s can't be written: %s", to, reason(err))
	}
	return err
}
