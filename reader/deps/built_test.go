package deps

import "testing"

func TestBuilt(t *testing.T) {
	for _, c := range []struct {
		file, text string
		want       bool
	}{
		{"cmd/worker/main.go", "package main\n", true},
		{"cmd/worker/x_linux.go", "package main\n", true},
		{"cmd/worker/x_windows.go", "package main\n", false},
		{"cmd/worker/tools.go", "//go:build tools\n\npackage main\n", false},
		{"cmd/worker/gen.go", "//go:build ignore\n\npackage main\n", false},
		{"cmd/worker/unix.go", "//go:build unix && !js\n\npackage main\n", true},
		{"cmd/worker/main.go", "// a comment that says //go:build ignore\npackage main\n", true},
		{"cmd/worker/broken.go", "\x00", true},
	} {
		if got := built(c.file, []byte(c.text)); got != c.want {
			t.Errorf("%s, %q: %v, want %v", c.file, c.text, got, c.want)
		}
	}
}
