//go:build unix

package render

import (
	"syscall"
	"time"
)

// headroom is what the program needs beside the templates: its own tables, threads
// and the heap's slack.
const headroom = 512 << 20

// limitMemory asks the system to refuse memory far beyond the bound, which ends the
// process. The watch alone may come late for one huge allocation.
func limitMemory(bound int64) {
	hard := syscall.Rlimit{Cur: uint64(bound) + headroom, Max: uint64(bound) + headroom}
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &hard) // where it isn't allowed the watch must do
}

// processorTime is what this process has taken of the processors so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0 // the pool's patience must do
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
