package pipeline_test

import (
	"strings"
	"testing"
	"time"
)

// What grows with each nesting is bounded.
func TestSlow(t *testing.T) {
	for name, files := range map[string][]string{
		"nested loops":  {"x.sh", "#!/bin/sh\n" + strings.Repeat("for a in 1 2 3 4 5 6 7 8 9 10; do\n", 8) + "make x\n" + strings.Repeat("done\n", 8), ".travis.yml", "script: ./x.sh\n"},
		"nested circle": {".travis.yml", "script: for a in 1 2 3 4 5 6 7 8; do for a in 1 2 3 4 5 6 7 8; do for a in 1 2 3 4 5 6 7 8; do for a in 1 2 3 4 5 6 7 8; do for a in 1 2 3 4 5 6 7 8; do for a in 1 2 3 4 5 6 7 8; do go test; done; done; done; done; done; done\n"},
		"make":          {".travis.yml", "script: make a\n", "Makefile", "A = $(A)$(A)$(A)$(A) x\nB=$(A)$(A)$(A)$(A)\na: b\n\techo $(B)\nb: a\n\tmake a\n"},
		"quotes":        {".travis.yml", "script: |\n  " + strings.Repeat("$(( ", 200) + "\n"},
	} {
		start := time.Now()
		read(t, files...)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
}
