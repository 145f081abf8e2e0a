// Package early spares a run the collection of garbage that is not worth its time.
// Before main, the libraries allocate some megabytes that they keep, and a small
// repository takes little more: three to six collections would free nothing. After
// that, Go collects whenever the heap has doubled, also while it is far smaller than what
// any machine has to spare: of 5,000 applications that took 17 % of the processor time in a
// profile, and takes 9 % so.
//
// It sorts before most libraries and imports no more than it must, so it is initialised
// before them. That is all it needs: to be imported by the program.
package early

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// first is the percentage that delays the first collection to a heap of 32 MiB;
	// Go's own 100 has it at 4.
	first = 800
	// usual is Go's own percentage, which holds for a heap that is large.
	usual = 100
	// roomy is what a heap may grow to before it is collected, were it twice its live part
	// or less; but not beyond mostPercent, for short runs would touch memory for nothing.
	roomy       = 192 << 20
	mostPercent = 300
)

// The collections are delayed, but for whoever sets GOGC.
var _ = os.Getenv("GOGC") == "" && delay()

func delay() bool {
	debug.SetGCPercent(first)
	afterNext()
	return true
}

// afterNext sets the percentage anew after each collection, which finds that nothing
// uses the witness.
func afterNext() {
	witness := new([64]byte)
	runtime.AddCleanup(witness, func(struct{}) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		debug.SetGCPercent(percent(live[0].Value.Uint64()))
		afterNext()
	}, struct{}{})
}

// percent is how much a heap may grow of which so many bytes live.
func percent(live uint64) int {
	if live == 0 {
		return usual
	}
	return int(min(max(100*(roomy-min(live, roomy))/live, usual), mostPercent))
}
