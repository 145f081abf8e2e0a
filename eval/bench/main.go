// Package main is bench: it measures Seaworthy and kube-score side by side on
// generated fleets and small folders, and prints what they cost as Markdown. Both are
// built here; the tools take turns in one run.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/eval/fleet/generate"
)

// decodeFlag makes this program the yardstick, so that it is measured as a process like the others.
const decodeFlag = "-decode"

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	runs      int
	patience  time.Duration
	sizes     []int
	folders   []string
	seaworthy string
	kubeScore string
}

func run(args []string, out io.Writer) error {
	if len(args) == 2 && args[0] == decodeFlag {
		buffered := bufio.NewWriter(out)
		defer buffered.Flush()
		return decode(args[1], buffered)
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "seaworthy-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if err := o.build(scratch); err != nil {
		return err
	}
	fleets, err := o.fleets(scratch)
	if err != nil {
		return err
	}
	tools, err := o.tools()
	if err != nil {
		return err
	}
	t := table{out: out, tools: tools, cells: map[*fleet]map[*tool][]sample{}}
	if err := t.head(); err != nil {
		return err
	}
	for _, f := range fleets {
		runs := o.runs
		if f.small() {
			runs *= 5 // they are over soon, and what starting costs varies
		}
		fmt.Fprintln(os.Stderr, "bench:", f.name)
		if t.cells[f], err = compare(tools, f, runs, o.patience); err != nil {
			return err
		}
		t.fleets = append(t.fleets, f)
		if err := t.rows(f); err != nil {
			return err
		}
	}
	return t.verdict()
}

func parse(args []string) (options, error) {
	o := options{}
	var sizes string
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.IntVar(&o.runs, "runs", 3, "how often each tool is run on a fleet, small ones five times as often")
	flags.DurationVar(&o.patience, "patience", time.Minute, "a tool that ran for this long on a fleet is not run on it again")
	flags.StringVar(&sizes, "sizes", "250,1000,5000", "how many applications the fleets have")
	flags.StringVar(&o.seaworthy, "seaworthy", "", "this `program`, not one that is built here")
	flags.StringVar(&o.kubeScore, "kube-score", "", "this `program`, not one that is built here")
	_ = flags.Parse(args) // ExitOnError: it does not return an error
	for _, s := range strings.FieldsFunc(sizes, func(r rune) bool { return r == ',' }) {
		var n int
		if _, err := fmt.Sscan(s, &n); err != nil || n < 1 {
			return o, fmt.Errorf("-sizes %q: %q is no number of applications", sizes, s)
		}
		o.sizes = append(o.sizes, n)
	}
	for _, folder := range flags.Args() {
		absolute, err := filepath.Abs(folder)
		if err != nil {
			return o, err
		}
		o.folders = append(o.folders, absolute)
	}
	if o.runs < 1 {
		return o, fmt.Errorf("-runs must be 1 or more")
	}
	return o, nil
}

// build builds both programs in the same way, from the module that each is in.
func (o *options) build(scratch string) error {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("go env GOMOD: %w", err)
	}
	top := filepath.Dir(strings.TrimSpace(string(mod)))
	for _, b := range []struct {
		to                       *string
		name, folder, importPath string
	}{
		{&o.seaworthy, "seaworthy", top, "./cmd/seaworthy"},
		{&o.kubeScore, "kube-score", filepath.Join(top, "eval", "kubescore"), "github.com/zegl/kube-score/cmd/kube-score"},
	} {
		if *b.to != "" {
			continue
		}
		*b.to = filepath.Join(scratch, b.name)
		cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", *b.to, b.importPath)
		cmd.Dir, cmd.Stderr = b.folder, os.Stderr
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("building %s: %w", b.name, err)
		}
	}
	return nil
}

// fleet is a folder to work on.
type fleet struct {
	name, folder string
	// apps is 0 for a folder that was named on the command line: nobody knows what is in it.
	apps, namespaces int
	// rendered: it holds charts or overlays, which only Seaworthy renders.
	rendered bool
	// large: it is a repository with all that services have, not manifests alone.
	large bool
}

func (f *fleet) small() bool { return !f.rendered && f.apps <= 10 }

// fleets writes what is measured, small ones first.
func (o *options) fleets(scratch string) ([]*fleet, error) {
	var fleets []*fleet
	write := func(f *fleet, files generate.Files) error {
		f.folder = filepath.Join(scratch, fmt.Sprintf("fleet%d", len(fleets)))
		fleets = append(fleets, f)
		return files.Write(f.folder)
	}
	for _, n := range append([]int{1, 10}, o.sizes...) {
		for _, namespaces := range []int{20, 1} {
			if n <= 10 && namespaces > 1 {
				continue
			}
			f := &fleet{name: fmt.Sprintf("%d apps, %d ns", n, namespaces), apps: n, namespaces: namespaces}
			if err := write(f, generate.Manifests(generate.Options{Apps: n, Namespaces: namespaces})); err != nil {
				return nil, err
			}
		}
	}
	const rendered = 200
	if err := write(&fleet{name: fmt.Sprintf("%d overlays", rendered), apps: rendered, rendered: true}, generate.Overlays(rendered)); err != nil {
		return nil, err
	}
	if err := write(&fleet{name: fmt.Sprintf("%d charts", rendered), apps: rendered, rendered: true}, generate.Charts(rendered)); err != nil {
		return nil, err
	}
	const large = 250
	if err := write(&fleet{name: "10,000 files, 100 MB", apps: large, rendered: true, large: true}, generate.Repository(large)); err != nil {
		return nil, err
	}
	for _, folder := range o.folders {
		fleets = append(fleets, &fleet{name: filepath.Base(filepath.Dir(folder)) + "/" + filepath.Base(folder), folder: folder})
	}
	return fleets, nil
}

// tools are what is compared.
func (o *options) tools() ([]*tool, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	always := func(*fleet) bool { return true }
	plain := func(f *fleet) bool { return !f.rendered }
	services := func(f *fleet) int {
		if f.rendered && !f.large {
			return 0 // the overlays of one base may be one service
		}
		return f.apps
	}
	objects := func(f *fleet) int { return 4 * f.apps }
	command := func(args ...string) func(string) ([]string, error) {
		return func(string) ([]string, error) { return args, nil }
	}
	return []*tool{
		{name: "seaworthy, json", args: command(o.seaworthy, "scan", ".", "--format", "json"), fits: always, mark: `/scorecard",`, want: services},
		{name: "seaworthy, terminal", args: command(o.seaworthy, "scan", "."), fits: always, mark: " services: ", want: func(*fleet) int { return 0 }},
		{name: "kube-score, json", fits: plain, failing: true, mark: `"object_name":`, want: objects,
			args: func(folder string) ([]string, error) {
				files, err := manifests(folder)
				return append([]string{o.kubeScore, "score", "--output-format", "json"}, files...), err
			}},
		{name: "bare decoding", args: command(self, decodeFlag, "."), fits: plain, mark: "document", want: objects},
	}, nil
}

// manifests are the YAML files below the folder, relative to it, sorted.
func manifests(folder string) (files []string, err error) {
	err = fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && !d.IsDir() && (ext == ".yaml" || ext == ".yml") {
			files = append(files, path)
		}
		return err
	})
	slices.Sort(files)
	return files, err
}

// table is all that was measured. It is written row by row, for the whole takes long.
type table struct {
	out    io.Writer
	tools  []*tool
	fleets []*fleet
	cells  map[*fleet]map[*tool][]sample
}

func (t *table) head() error {
	_, err := fmt.Fprintf(t.out, "Medians, %s/%s, %d processors, %s.\n\n"+
		"| what | program | runs | processor time, s | wall, s | peak memory, MiB | µs of processor an app |\n|---|---|--:|--:|--:|--:|--:|\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	return err
}

func (t *table) rows(f *fleet) error {
	for _, tool := range t.tools {
		s := t.cells[f][tool]
		if len(s) == 0 {
			continue
		}
		each := ""
		if f.apps > 0 {
			each = fmt.Sprintf("%.0f", 1e6*median(s, cpu)/float64(f.apps))
		}
		if _, err := fmt.Fprintf(t.out, "| %s | %s | %d | %.3f | %.3f | %.0f | %s |\n", f.name, tool.name, len(s), median(s, cpu), median(s, wall), median(s, mib), each); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) verdict() error {
	b := bufio.NewWriter(t.out)
	fmt.Fprintf(b, "\n| what is wanted | of | is | holds |\n|---|---|--:|---|\n")
	for _, w := range t.wants() {
		holds := "no"
		if w.is <= w.most {
			holds = "yes"
		}
		fmt.Fprintf(b, "| %s | %s | %.2f | %s |\n", w.text, w.of, w.is, holds)
	}
	return b.Flush()
}

// want is something that a figure may be at most.
type want struct {
	text, of string
	is, most float64
}

// wants weighs the figures of each fleet against those of others.
func (t *table) wants() (wants []want) {
	const json, terminal, kubeScore, bare = 0, 1, 2, 3
	value := func(f *fleet, tool int, of func(sample) float64) float64 {
		return median(t.cells[f][t.tools[tool]], of)
	}
	for _, f := range t.fleets {
		switch {
		case f.large:
			for tool, format := range []string{"json", "terminal"} {
				wants = append(wants,
					want{"a large repository takes < 10 s, " + format, f.name, value(f, tool, wall), 10},
					want{"a large repository takes < 500 MiB, " + format, f.name, value(f, tool, mib), 500})
			}
			continue
		case f.rendered:
			continue
		case f.small():
			wants = append(wants, want{"no slower than kube-score, wall to wall", f.name, value(f, json, wall) / value(f, kubeScore, wall), 1})
			continue
		}
		for _, g := range t.fleets {
			if !g.rendered && g.namespaces == f.namespaces && 5*g.apps == f.apps {
				wants = append(wants, want{fmt.Sprintf("processor time ≤ 5.5 × that of %s", g.name), f.name, value(f, json, cpu) / value(g, json, cpu), 5.5})
			}
		}
		wants = append(wants,
			want{"processor time ≤ 0.1 × kube-score's", f.name, value(f, json, cpu) / value(f, kubeScore, cpu), 0.1},
			want{"processor time ≤ 3 × bare decoding's, json", f.name, value(f, json, cpu) / value(f, bare, cpu), 3},
			want{"processor time ≤ 3 × bare decoding's, terminal", f.name, value(f, terminal, cpu) / value(f, bare, cpu), 3},
			want{"peak memory < 400 MiB", f.name, value(f, json, mib), 400})
	}
	return wants
}
