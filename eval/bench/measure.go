package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"time"
)

// tool is one way to work on a folder of manifests, as a process of its own.
type tool struct {
	name string
	// args is the command for a folder, which is its working directory.
	args func(folder string) ([]string, error)
	// failing: the exit status says what was found, not that it went wrong.
	failing bool
	// mark stands in the output once for each thing that was judged, want of which must be there.
	mark string
	want func(*fleet) int
	// fits tells the fleets that the tool understands.
	fits func(*fleet) bool
}

// sample is what one run cost. A worker process that the tool waits for counts with it.
type sample struct {
	cpu, wall time.Duration
	peak      int64 // bytes of the largest process; 0 where the system does not tell
}

// run runs the tool once on the folder. Its output goes to a file, as it would in a
// pipeline, and is looked at when the clock stands still.
func (t *tool) run(f *fleet) (sample, error) {
	args, err := t.args(f.folder)
	if err != nil {
		return sample{}, err
	}
	out, err := os.CreateTemp("", "bench-*.out")
	if err != nil {
		return sample{}, err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	var complaint bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = f.folder, out, &complaint
	start := time.Now()
	err = cmd.Run()
	wall := time.Since(start)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || !t.failing || !exit.Exited()) {
		return sample{}, fmt.Errorf("%s on %s: %w: %s", t.name, f.name, err, complaint.Bytes())
	}
	if got, err := count(out, t.mark); err != nil {
		return sample{}, err
	} else if want := t.want(f); got != want && (want > 0 || got == 0) {
		return sample{}, fmt.Errorf("%s on %s: judged %d things, not %d: %s", t.name, f.name, got, want, complaint.Bytes())
	}
	s := cmd.ProcessState
	return sample{s.UserTime() + s.SystemTime(), wall, peak(s)}, nil
}

// count counts the lines of the file that hold the mark.
func count(f *os.File, mark string) (int, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	n, lines := 0, bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := lines.ReadSlice('\n')
		if bytes.Contains(line, []byte(mark)) {
			n++
		}
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return 0, err
		}
	}
}

// compare runs the tools on the fleet in turn, each as often as wanted, so that what
// else the machine does falls on all of them. A tool that has used up the patience on
// a fleet is not run on it again.
func compare(tools []*tool, f *fleet, runs int, patience time.Duration) (map[*tool][]sample, error) {
	samples, spent := map[*tool][]sample{}, map[*tool]time.Duration{}
	for range runs {
		for _, t := range tools {
			if !t.fits(f) || spent[t] > patience {
				continue
			}
			s, err := t.run(f)
			if err != nil {
				return nil, err
			}
			samples[t] = append(samples[t], s)
			spent[t] += s.wall
		}
	}
	return samples, nil
}

// median takes one number of each sample and gives the middle one, NaN for none.
func median(samples []sample, of func(sample) float64) float64 {
	if len(samples) == 0 {
		return math.NaN()
	}
	var all []float64
	for _, s := range samples {
		all = append(all, of(s))
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

func cpu(s sample) float64  { return s.cpu.Seconds() }
func wall(s sample) float64 { return s.wall.Seconds() }
func mib(s sample) float64  { return float64(s.peak) / (1 << 20) }
