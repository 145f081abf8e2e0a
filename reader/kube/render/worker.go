package render

import (
	"encoding/gob"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"time"
)

// variable marks a worker in the environment; its value is the memory bound in bytes.
const variable = "SEAWORTHY_RENDER_WORKER"

// Worker serves jobs over standard input and output when this process was started
// as a worker, and reports true when the last one is done. Any other process gets
// false at once. It must be called before anything else, by every executable that is
// named in Options.Executable.
func Worker() bool {
	v, ok := os.LookupEnv(variable)
	if !ok {
		return false
	}
	limit, err := strconv.ParseInt(v, 10, 64)
	if err != nil || limit <= 0 {
		limit = DefaultMemory
	}
	in, out := os.Stdin, os.Stdout
	// Libraries write where they like; what they write must not reach the answer.
	os.Stdout = os.Stderr
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	http.DefaultTransport = offline{} // nothing should ask; this makes sure
	debug.SetMemoryLimit(limit / 4 * 3)
	debug.SetMaxStack(128 << 20)
	limitMemory(limit)
	serve(in, out, limit)
	return true
}

// offline refuses every request.
type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) { return nil, http.ErrNotSupported }

// serve answers jobs one by one until the input ends.
func serve(in io.Reader, out io.Writer, limit int64) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return // without it nothing could stop a loop
	}
	now := load{spent: make(chan struct{})}
	stop := make(chan struct{})
	defer close(stop)
	go watch(self, limit, &now, stop)
	dec, enc := gob.NewDecoder(in), gob.NewEncoder(out)
	orders := make(chan order)
	go func() {
		defer close(orders)
		for {
			var o order
			if dec.Decode(&o) != nil {
				if now.working() {
					_ = self.Kill() // whoever asked is gone; nobody else would stop a loop
				}
				return
			}
			now.begin(o.Time)
			orders <- o
		}
	}()
	for o := range orders {
		done := make(chan Result, 1)
		go func() { done <- run(o.Job) }()
		var a answer
		select {
		case a.Result = <-done:
			a.Last = now.rest()
		case <-now.spent:
			a = answer{overrun("%v of processor time, which is what rendering may take", o.Time), true}
		}
		if enc.Encode(a) != nil || a.Last {
			return // and what still runs ends with the process
		}
	}
}

// order is a job and the processor time that it may take.
type order struct {
	Job  Job
	Time time.Duration
}

// answer is what a job gave, and whether the worker ends with it.
type answer struct {
	Result Result
	Last   bool
}

// load is what this process is at.
type load struct {
	mu   sync.Mutex
	busy bool
	// until is the processor time of the whole process at which its job has used up its
	// own. spent is closed then.
	until time.Duration
	spent chan struct{}
}

func (l *load) begin(budget time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy, l.until = true, processorTime()+budget
}

// rest ends a job, and reports whether its time was up at that moment.
func (l *load) rest() (spent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	spent, l.busy = !l.busy, false
	return spent
}

func (l *load) working() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy
}

// look closes spent when the job has used up its time.
func (l *load) look() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy && processorTime() > l.until {
		l.busy = false
		close(l.spent)
	}
}

// watch kills this process when its heap outgrows the bound, which the pool reads from how
// it ended, and says when its job's processor time is spent, which does not depend on what
// else the machine is at. Nothing here allocates: with the heap full, that could wait for ever.
func watch(self *os.Process, limit int64, now *load, stop <-chan struct{}) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if !now.working() {
			continue
		}
		metrics.Read(samples)
		if used := samples[0].Value.Uint64() + samples[1].Value.Uint64(); used > uint64(limit) {
			_ = self.Kill() // it can't fail for ourselves
		}
		now.look()
	}
}
