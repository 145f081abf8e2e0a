package generate_test

import (
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/seaworthy-dev/seaworthy/eval/fleet/generate"
)

// counting counts how often each file is opened.
type counting struct {
	fs.FS
	mu     sync.Mutex
	opened map[string]int
}

func (c *counting) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && !info.IsDir() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.opened[name]++
	}
	return f, nil
}

// TestOpened holds what a scan of a large repository opens: no picture, no test and no
// vendored code ever; what says something only in a secret, which may stand anywhere,
// when it is looked through for secrets; and each a few times at most, where several
// readers ask for it at the same moment.
func TestOpened(t *testing.T) {
	const services = 10
	f := files(generate.Repository(services))
	c := &counting{FS: f, opened: map[string]int{}}
	facts := read(t, c).Facts
	kinds, code := map[string]int{}, map[string]bool{".go": true, ".ts": true, ".py": true, ".java": true, ".cs": true, ".csv": true}
	for name := range f {
		n := c.opened[name]
		switch silent := strings.Contains(name, "/tests/") || strings.Contains(name, "/third_party/") || path.Ext(name) == ".png"; {
		case silent && n > 0:
			t.Errorf("%s was opened", name)
		case !silent && code[path.Ext(name)] && n == 0 || n > 4:
			t.Errorf("%s was opened %d times", name, n)
		case !silent && n > 0:
			kinds[path.Ext(name)]++
		}
	}
	// One of each language, ten services: two of each with 13 files.
	for ext, want := range map[string]int{".go": 26, ".java": 26, ".csv": services} {
		if kinds[ext] != want {
			t.Errorf("%d files of %s were opened, not %d", kinds[ext], ext, want)
		}
	}
	for kind, got := range map[string]int{
		"services of the catalog": len(facts.Entities), "alerts": len(facts.Alerts) / 2, "objectives": len(facts.SLOs), "dashboards": len(facts.Dashboards),
		"pipelines": len(facts.Pipelines),
	} {
		if got != services {
			t.Errorf("%d %s, not %d", got, kind, services)
		}
	}
	if len(facts.Gaps) > 0 {
		t.Errorf("gaps: %v", facts.Gaps)
	}
}

// TestRepository holds the size that docs/speed.md tells.
func TestRepository(t *testing.T) {
	var size, n int
	for _, content := range generate.Repository(25) {
		n, size = n+1, size+len(content)
	}
	if n < 970 || n > 1050 || size < 9_000_000 || size > 11_000_000 {
		t.Errorf("25 services are %d files of %d bytes; a tenth of 10,000 files and 100 MB is wanted", n, size)
	}
}

// BenchmarkRepository is the chain of a scan on a large repository, with its charts and
// overlays rendered in this process. Take a profile with
//
//	go test -run '^$' -bench Repository/chain -cpuprofile cpu.prof ./eval/fleet/generate
func BenchmarkRepository(b *testing.B) {
	const services = 50
	benchmarkChain(b, files(generate.Repository(services)), services)
}
