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
	"github.com/seaworthy-dev/seaworthy/server"
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
	recs, notes, err := p.judge(ctx, o, source, rubric)
	if err != nil {
		return err
	}
	if recs, err = selectServices(recs, o.services); err != nil {
		return err
	}
	layout := p.layout(p.Out)
	if o.output != "" {
		layout = report.Options{Width: layout.Width}
	}
	layout.Root, layout.Verbose, layout.Only, layout.Notes = source.Path(), o.verbose, o.checks, notes
	layout.Checks, layout.Version = rubric.All(), version()
	shown := report.Select(recs, o.checks)
	err = p.write(o.output, func(w io.Writer) error {
		switch o.format {
		case "json":
			return server.MarshalScorecards(w, shown)
		case "markdown":
			return report.Markdown(w, shown, layout)
		case "sarif":
			return report.SARIF(w, shown, layout)
		}
		return report.Terminal(w, shown, layout)
	})
	if err != nil {
		return err
	}
	return reached(recs, o.minLevel, rubric)
}

// judge runs the scan beside the wait for the end of the context, so that an
// interrupt does not wait for a reader that is busy. It gives what the formats show,
// and the scan's notes.
func (p *Program) judge(ctx context.Context, o scanOptions, source scorecard.Source, rubric *scorecard.Rubric) ([]scorecard.Record, []scorecard.Problem, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, &failure{exitScan, fmt.Errorf("the scan was not done after %s; --timeout allows more", o.timeout)})
	defer cancel()
	progress := func(scorecard.Progress) {}
	if _, terminal := terminalWidth(p.Err); terminal && !o.noProgress && p.env("TERM") != "dumb" {
		line := newProgressLine(p.Err, func() int { n, _ := terminalWidth(p.Err); return n })
		defer line.stop()
		progress = line.update
	}
	type answer struct {
		recs  []scorecard.Record
		notes []scorecard.Problem
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		var revision scorecard.Revision
		revision, _, a.err = scan.Judge(ctx, source, rubric, progress, func(j scorecard.Judged) {
			a.recs = append(a.recs, scorecard.Record{Scorecard: j.Scorecard})
			a.notes = append(a.notes, j.Inventory.Notes...)
		})
		for i := range a.recs {
			a.recs[i].Revision = revision
		}
		done <- a
	}()
	select {
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	case a := <-done:
		switch {
		case a.err == nil:
			return a.recs, a.notes, nil
		case ctx.Err() != nil:
			return nil, nil, context.Cause(ctx)
		}
		for _, known := range []error{scorecard.ErrInvalid, scorecard.ErrNotFound, scorecard.ErrDenied, scorecard.ErrUnavailable} {
			if errors.Is(a.err, known) {
				return nil, nil, &failure{exitScan, a.err}
			}
		}
		return nil, nil, a.err
	}
}

// selectServices keeps the services that are named, by ID or by name; none named are all.
func selectServices(recs []scorecard.Record, wanted []string) ([]scorecard.Record, error) {
	if len(wanted) == 0 {
		return recs, nil
	}
	keep := make([]bool, len(recs))
	var known []string
	for _, r := range recs {
		known = append(known, report.Clean(r.Scorecard.Service.Name))
	}
	for _, w := range wanted {
		found := false
		for i, r := range recs {
			if s := r.Scorecard.Service; strings.EqualFold(w, s.ID) || strings.EqualFold(w, s.Name) {
				keep[i], found = true, true
			}
		}
		if !found {
			return nil, usageError("service %q was not found%s", w, didYouMean(w, slices.Compact(slices.Sorted(slices.Values(known)))))
		}
	}
	var out []scorecard.Record
	for i, r := range recs {
		if keep[i] {
			out = append(out, r)
		}
	}
	return out, nil
}

// reached fails when a scored service is below the level, or when there is no service.
func reached(recs []scorecard.Record, minLevel string, rubric *scorecard.Rubric) error {
	if minLevel == "" {
		return nil
	}
	level := scorecard.Level(strings.ToUpper(minLevel))
	if len(recs) == 0 {
		return &failure{exitLevel, fmt.Errorf("no service was found that could be %s", level)}
	}
	var below []string
	for _, r := range recs {
		if s := r.Scorecard; s.Service.Unscored == "" && s.Level.Compare(level) < 0 {
			below = append(below, fmt.Sprintf("%s (%s)", s.Service.Name, s.Level))
		}
	}
	if len(below) == 0 {
		return nil
	}
	more := ""
	if most := 10; len(below) > most {
		more = fmt.Sprintf(" and %d more", len(below)-most)
		below = below[:most]
	}
	top := scorecard.None
	for _, c := range rubric.All() {
		if c.Level.Compare(top) > 0 {
			top = c.Level
		}
	}
	if level.Compare(top) > 0 {
		more += fmt.Sprintf("; no check asks for more than %s yet, so no service can be more", top)
	}
	return &failure{exitLevel, fmt.Errorf("below %s: %s%s", level, strings.Join(below, ", "), more)}
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
