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
	"sync/atomic"
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
	var now load
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
				if now.busy.Load() {
					_ = self.Kill() // whoever asked is gone; nobody else would stop a loop
				}
				return
			}
			now.until.Store(int64(processorTime() + o.Time))
			now.busy.Store(true)
			orders <- o
		}
	}()
	for o := range orders {
		res := run(o.Job)
		now.busy.Store(false)
		if enc.Encode(res) != nil {
			return
		}
	}
}

// order is a job and the processor time that it may take.
type order struct {
	Job  Job
	Time time.Duration
}

// load is what this process is at: whether it has a job, and the processor time of the
// whole process at which that one has spent its own.
type load struct {
	busy  atomic.Bool
	until atomic.Int64
}

// spent is the exit status of a worker whose job took more processor time than it may.
const spent = 3

// watch ends this process when its heap outgrows the bound, or its job's processor time
// is spent, which does not depend on what else the machine is at; the pool reads that
// from how it ended. Nothing here allocates: with the heap full, that could wait for ever.
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
		if !now.busy.Load() {
			continue
		}
		metrics.Read(samples)
		if used := samples[0].Value.Uint64() + samples[1].Value.Uint64(); used > uint64(limit) {
			_ = self.Kill() // it can't fail for ourselves
		}
		if processorTime() > time.Duration(now.until.Load()) {
			os.Exit(spent)
		}
	}
}
