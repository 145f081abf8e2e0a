package early

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestTheFirstCollectionPutsBackWhatWas(t *testing.T) {
	// Another collection than that of the package's own variable, which may be over.
	defer debug.SetGCPercent(debug.SetGCPercent(70))
	delay()
	runtime.GC()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		now := debug.SetGCPercent(percent)
		debug.SetGCPercent(now)
		if now == 70 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the percentage stays %d after a collection; it was 70", now)
		}
	}
}
