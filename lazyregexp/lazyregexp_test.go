package lazyregexp

import "testing"

func TestABadPatternFailsItsPackagesTests(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a bad pattern was taken")
		}
	}()
	New(`(`)
}

func TestPattern(t *testing.T) {
	if r := New(`^v(\d+)$`); !r.MatchString("v12") || r.MatchString("12") || r.FindStringSubmatch("v12")[1] != "12" {
		t.Error("^v(\\d+)$ does not match as regexp's does")
	}
}
