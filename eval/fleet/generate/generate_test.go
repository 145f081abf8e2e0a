package generate_test

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/eval/fleet/generate"
	"github.com/seaworthy-dev/seaworthy/reader"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scan"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func files(f generate.Files) fstest.MapFS {
	m := fstest.MapFS{}
	for name, content := range f {
		m[name] = &fstest.MapFile{Data: bytes.Clone(content)}
	}
	return m
}

func read(tb testing.TB, f fs.FS) *scorecard.Collection {
	tb.Helper()
	t, err := tree.Open(context.Background(), f, tree.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	c, err := reader.Read(context.Background(), t, reader.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// TestFleet holds that the fleets are what they say: valid, the same each time, and
// neither all good nor all bad.
func TestFleet(t *testing.T) {
	const apps = 50
	many, one := files(generate.Manifests(generate.Options{Apps: apps, Namespaces: 4})), files(generate.Manifests(generate.Options{Apps: apps, Namespaces: 4, OneFile: true}))
	if len(many) != apps || len(one) != 4 {
		t.Errorf("%d files with one each and %d with one a namespace", len(many), len(one))
	}
	if diff := cmp.Diff(many, files(generate.Manifests(generate.Options{Apps: apps, Namespaces: 4}))); diff != "" {
		t.Errorf("not the same the second time: %s", diff)
	}
	for name, f := range map[string]fs.FS{"one file each": many, "one file a namespace": one} {
		c := read(t, f)
		if got := []int{len(c.Facts.Workloads), len(c.Facts.Services), len(c.Facts.Budgets), len(c.Facts.Scalers), len(c.Facts.Gaps)}; !cmp.Equal(got, []int{apps, apps, apps, apps, 0}) {
			t.Errorf("%s: workloads, Services, budgets, autoscalers and gaps are %d", name, got)
		}
		rubric, err := checks.Builtin()
		if err != nil {
			t.Fatal(err)
		}
		outcomes := map[string]map[scorecard.Outcome]bool{}
		for _, inv := range scan.Attribute("fleet", c) {
			card, err := scorecard.Judge(inv, rubric)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range card.Results {
				if outcomes[r.Check] == nil {
					outcomes[r.Check] = map[scorecard.Outcome]bool{}
				}
				outcomes[r.Check][r.Outcome] = true
			}
		}
		for _, check := range []string{"liveness-probe", "probes-distinct", "memory-limited", "pdb-present", "pdb-allows-eviction", "replicas-redundant", "image-pinned"} {
			if !outcomes[check][scorecard.Pass] || !outcomes[check][scorecard.Fail] {
				t.Errorf("%s: %s does not both pass and fail", name, check)
			}
		}
		if outcomes["manifests-valid"][scorecard.Fail] {
			t.Errorf("%s: a manifest is not valid", name)
		}
	}
}

// TestRendered holds that overlays and charts render.
func TestRendered(t *testing.T) {
	for name, f := range map[string]generate.Files{"overlays": generate.Overlays(3), "charts": generate.Charts(3)} {
		c := read(t, files(f))
		if len(c.Facts.Workloads) == 0 || len(c.Facts.Gaps) > 0 {
			t.Errorf("%s: %d workloads, gaps %v", name, len(c.Facts.Workloads), c.Facts.Gaps)
		}
	}
}

// BenchmarkFleet is the chain of a scan, stage by stage, on a generated fleet. Take a
// profile of one of them with
//
//	go test -run '^$' -bench Fleet/5000/chain -cpuprofile cpu.prof ./eval/fleet/generate
func BenchmarkFleet(b *testing.B) {
	for _, size := range []struct {
		name string
		o    generate.Options
	}{
		{"1000", generate.Options{Apps: 1000, Namespaces: 20}},
		{"5000", generate.Options{Apps: 5000, Namespaces: 20}},
		{"5000-one-namespace", generate.Options{Apps: 5000, Namespaces: 1}},
	} {
		b.Run(size.name, func(b *testing.B) { benchmarkChain(b, files(generate.Manifests(size.o)), size.o.Apps) })
	}
}

func benchmarkChain(b *testing.B, f fstest.MapFS, apps int) {
	rubric, err := checks.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	judge := func(b *testing.B, services []*scorecard.Inventory) {
		for _, inv := range services {
			if _, err := scorecard.Judge(inv, rubric); err != nil {
				b.Fatal(err)
			}
		}
	}
	// What each stage works on is made anew outside of the clock, for stages may sort
	// or keep what they are given.
	stage := func(name string, prepare func() any, work func(*testing.B, any)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				input := prepare()
				runtime.GC()
				b.StartTimer()
				work(b, input)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*apps), "µs/app")
		})
	}
	stage("read", func() any { return nil }, func(b *testing.B, _ any) { read(b, f) })
	stage("attribute", func() any { return read(b, f) }, func(b *testing.B, c any) {
		if services := scan.Attribute("fleet", c.(*scorecard.Collection)); len(services) != apps {
			b.Fatalf("%d services", len(services))
		}
	})
	stage("judge", func() any { return scan.Attribute("fleet", read(b, f)) }, func(b *testing.B, s any) { judge(b, s.([]*scorecard.Inventory)) })
	stage("chain", func() any { return maps.Clone(f) }, func(b *testing.B, f any) {
		judge(b, scan.Attribute("fleet", read(b, f.(fstest.MapFS))))
	})
}
