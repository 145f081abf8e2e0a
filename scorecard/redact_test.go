package scorecard_test

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestCleanImage(t *testing.T) {
	for ref, want := range map[string]string{
		"registry:5000/team/app:1.2":                      "registry:5000/team/app:1.2",
		"app@sha256:0123456789abcdef":                     "app@sha256:0123456789abcdef",
		"app:1@sha256:0123":                               "app:1@sha256:0123",
		"me:hunter2@registry.example.com/app:1":           "registry.example.com/app:1",
		"https://me:hunter2@registry.example.com/app:1":   "registry.example.com/app:1",
		"me:hunter2@registry:5000/app:1@sha256:0123":      "registry:5000/app:1@sha256:0123",
		"https://me:hunter2@registry/app@sha256:012345ab": "registry/app@sha256:012345ab",
		"me:hun@ter2@registry/app":                        "registry/app",
		"me:hunter2@app:1":                                "app:1",
		"app@${DIGEST}":                                   "app@${DIGEST}",
		"":                                                "",
	} {
		if got := scorecard.CleanImage(ref); got != want {
			t.Errorf("%q becomes %q, want %q", ref, got, want)
		}
	}
}

func TestCleaner(t *testing.T) {
	var c scorecard.Cleaner
	for _, x := range []struct{ path, want string }{
		{"/healthz", "/healthz"},
		{"/healthz?token=hunter2", "/healthz?token=…"},
		{"/healthz?check=ready&token=hunter2&full", "/healthz?check=…2&token=…&full"},
		{"/healthz?check=live", "/healthz?check=…3"},
		{"/healthz?hunter2", "/healthz?…"},
		{"/proxy/http://me:hunter2@cart/x?a=", "/proxy/http://cart/x?a="},
	} {
		if got := c.Path(x.path); got != x.want {
			t.Errorf("%q becomes %q, want %q", x.path, got, x.want)
		}
	}
	if got := c.Host("me:hunter2@cart"); got != "cart" {
		t.Errorf("host %q", got)
	}
}
