package render

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// The default bounds of one job.
const (
	DefaultDeadline = 10 * time.Second
	DefaultMemory   = 512 << 20
)

// patience is how many deadlines may pass by the clock before a worker that has not used
// up its processor time is given up: it sleeps, or the machine does.
const patience = 6

// Options say how jobs are run. The zero value runs them in this process.
type Options struct {
	// Executable is a program whose main calls Worker first: usually this one, as
	// os.Executable names it. Empty means this process, which can't be stopped or kept
	// from eating memory.
	Executable string
	// Deadline and Memory (bytes) bound one job; zero means the default. The deadline is
	// of the worker's processor time, so that a busy machine changes no answer; without
	// an executable it is by the clock.
	Deadline time.Duration
	Memory   int64
	// Workers is how many jobs run side by side; zero means GOMAXPROCS.
	Workers int
}

// Pool runs jobs. It may be used by several goroutines.
type Pool struct {
	o Options
	// slots holds one entry for each worker that may run: nil until it is needed, and
	// again after it was killed.
	slots chan *worker
	once  sync.Once
}

// NewPool makes a pool. It starts nothing until there is a job. Close it.
func NewPool(o Options) *Pool {
	if o.Deadline <= 0 {
		o.Deadline = DefaultDeadline
	}
	if o.Memory <= 0 {
		o.Memory = DefaultMemory
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	p := &Pool{o: o, slots: make(chan *worker, o.Workers)}
	for range o.Workers {
		p.slots <- nil
	}
	return p
}

// Workers is how many jobs run side by side.
func (p *Pool) Workers() int { return p.o.Workers }

// Close ends the workers, once those that are busy have answered.
func (p *Pool) Close() {
	p.once.Do(func() {
		for range p.o.Workers {
			if w := <-p.slots; w != nil {
				w.end()
			}
		}
	})
}

// Render runs one job. What goes wrong with the job is in the result; the only
// error is the context's.
func (p *Pool) Render(ctx context.Context, job Job) (Result, error) {
	var w *worker
	select {
	case w = <-p.slots:
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	defer func() { p.slots <- w }()
	if p.o.Executable == "" {
		return p.here(ctx, job)
	}
	if w == nil {
		started, err := start(p.o)
		if err != nil {
			return crashed("no worker could be started: %v", err), nil
		}
		w = started
	}
	res, alive, err := w.render(ctx, p.o, job)
	if !alive {
		w.end()
		w = nil
	}
	return res, err
}

// here runs a job in this process. One that overruns is left behind, running.
func (p *Pool) here(ctx context.Context, job Job) (Result, error) {
	done := make(chan Result, 1)
	go func() { done <- run(job) }()
	timer := time.NewTimer(p.o.Deadline)
	defer timer.Stop()
	select {
	case res := <-done:
		return res, nil
	case <-timer.C:
		return overrun("%v", p.o.Deadline), nil
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// worker is a process that renders.
type worker struct {
	cmd *exec.Cmd
	err *head
	in  io.WriteCloser
	enc *gob.Encoder
	dec *gob.Decoder
}

func start(o Options) (*worker, error) {
	cmd := exec.Command(o.Executable)
	// Nothing of ours, no PATH either. Jobs allocate much and keep little: with the usual
	// percentage a third of their time went into collecting garbage; the bound is for memory.
	cmd.Env = []string{variable + "=" + strconv.FormatInt(o.Memory, 10), "GOGC=200"}
	cmd.Dir = string(filepath.Separator)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	last := &head{}
	cmd.Stderr = last
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &worker{cmd, last, in, gob.NewEncoder(in), gob.NewDecoder(out)}, nil
}

// render sends the job and waits for the answer; alive says whether the worker can
// take another.
func (w *worker) render(ctx context.Context, o Options, job Job) (res Result, alive bool, err error) {
	var a answer
	done := make(chan error, 1)
	go func() {
		err := w.enc.Encode(order{job, o.Deadline})
		if err == nil {
			err = w.dec.Decode(&a)
		}
		done <- err
	}()
	timer := time.NewTimer(patience * o.Deadline)
	defer timer.Stop()
	select {
	case err := <-done:
		if err != nil {
			return w.postmortem(o), false, nil
		}
		return a.Result, !a.Last, nil
	case <-timer.C:
		w.end()
		<-done
		return overrun("%v by the clock", patience*o.Deadline), false, nil
	case <-ctx.Done():
		w.end()
		<-done
		return Result{}, false, ctx.Err()
	}
}

// head keeps the beginning of what a worker says on standard error.
type head struct{ text []byte }

func (h *head) Write(b []byte) (int, error) {
	h.text = append(h.text, b[:min(len(b), 4096-len(h.text))]...)
	return len(b), nil
}

// goCrash is the exit status of a Go program that the runtime ends (a stack that
// outgrew its bound, say).
const goCrash = 2

// postmortem says how a worker came to end in the middle of a job: by its own watch
// over memory, or the system's, or by a crash.
func (w *worker) postmortem(o Options) Result {
	_ = w.in.Close()
	_ = w.cmd.Wait() // the state says more than the error
	if w.cmd.ProcessState.ExitCode() == goCrash && !bytes.Contains(w.err.text, []byte("out of memory")) {
		return crashed("the rendering process broke off, which templates that call themselves without end bring about")
	}
	return Result{Failure: &Failure{Reason: "memory", Message: fmt.Sprintf("it took more than the %d MiB of memory that rendering may use", o.Memory>>20)}}
}

// end stops the process and waits for it. It may be called again.
func (w *worker) end() {
	_ = w.in.Close()
	_ = w.cmd.Process.Kill() // one that has ended already is what we want
	_ = w.cmd.Wait()
}

func overrun(format string, after time.Duration) Result {
	return Result{Failure: &Failure{Reason: "timeout", Message: fmt.Sprintf("it was not done after "+format, after)}}
}

func crashed(format string, a ...any) Result {
	return Result{Failure: &Failure{Reason: "crashed", Message: fmt.Sprintf(format, a...)}}
}
