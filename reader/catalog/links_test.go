package catalog

import "testing"

func TestWithoutCredentials(t *testing.T) {
	for in, want := range map[string]string{
		"https://wiki.example/run?page=1#top":               "https://wiki.example/run?page=1#top",
		"https://bot:hunter2@wiki.example/run":              "https://wiki.example/run",
		"https://wiki.example/run?z=1&Token=hunter2&a=2":    "https://wiki.example/run?a=2&z=1",
		"https://bot:hun%zz@wiki.example/run?token=hunter2": "wiki.example/run",
		"docs/runbook.md": "docs/runbook.md",
	} {
		if got := withoutCredentials(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
