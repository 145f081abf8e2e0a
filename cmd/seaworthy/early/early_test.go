package early

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// After each collection, not only the first, the percentage fits the heap.
func TestCollectionsSetThePercentageAnew(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	delay()
	for range 3 {
		debug.SetGCPercent(first)
		runtime.GC()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			now := debug.SetGCPercent(first)
			debug.SetGCPercent(now)
			if now >= usual && now <= mostPercent {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the percentage stays %d after a collection", now)
			}
		}
	}
}

func TestPercent(t *testing.T) {
	const MiB = 1 << 20
	for live, want := range map[uint64]int{0: usual, MiB: mostPercent, 48 * MiB: 300, 64 * MiB: 200, 96 * MiB: 100, 192 * MiB: 100, 1 << 40: 100} {
		if got := percent(live); got != want {
			t.Errorf("%d MiB live: %d %%, want %d", live/MiB, got, want)
		}
	}
}
