package reader

import (
	"bytes"
	"path"
)

// frame gives the place of the panic in a stack, as `file.go:12`, without the
// folders of the machine that built the program.
func frame(stack []byte) string {
	lines := bytes.Split(stack, []byte("\n"))
	for i, l := range lines {
		if bytes.HasPrefix(l, []byte("panic(")) && i+3 < len(lines) {
			at, _, _ := bytes.Cut(bytes.TrimSpace(lines[i+3]), []byte(" "))
			return path.Base(string(at))
		}
	}
	return "an unknown place"
}
