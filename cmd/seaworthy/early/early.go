// Package early spares a short run the collection of garbage. Before main, the
// libraries allocate some megabytes that they keep, and a small repository takes
// little more; three to six collections would free nothing.
//
// It sorts before most libraries and imports no more than it must, so it is initialised
// before them. That is all it needs: to be imported by the program.
package early

import (
	"os"
	"runtime"
	"runtime/debug"
)

// percent delays the first collection to a heap of 32 MiB; Go's own 100 has it at 4.
const percent = 800

// The first collection is delayed, but for whoever sets GOGC.
var _ = os.Getenv("GOGC") == "" && delay()

// delay delays one collection: the first, which finds that nothing uses the witness,
// puts back what was.
func delay() bool {
	usual := debug.SetGCPercent(percent)
	witness := new([64]byte)
	runtime.AddCleanup(witness, func(usual int) { debug.SetGCPercent(usual) }, usual)
	return true
}
