//go:build !unix

package render

import "time"

// limitMemory does nothing: the watch over the heap must do.
func limitMemory(int64) {}

// processorTime is not known here: the pool's patience must do.
func processorTime() time.Duration { return 0 }
