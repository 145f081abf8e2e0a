//go:build !unix

package render

// limitMemory does nothing: the watch over the heap must do.
func limitMemory(int64) {}
