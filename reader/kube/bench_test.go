package kube

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

// BenchmarkPlain reads one file of many documents: the time for each document must
// not grow with their number.
func BenchmarkPlain(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var text strings.Builder
			for i := range n {
				fmt.Fprintf(&text, "---\n"+deployment, fmt.Sprint("d", i))
			}
			tr, err := tree.Open(context.Background(), fstest.MapFS{"a.yaml": {Data: []byte(text.String())}}, tree.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				facts, err := Read(context.Background(), tr, Options{})
				if err != nil || len(facts.Workloads) != n {
					b.Fatal(err, len(facts.Workloads))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/document")
		})
	}
}

// BenchmarkChart renders a small chart in a worker that runs already or not.
func BenchmarkChart(b *testing.B) {
	tr, err := tree.Open(context.Background(), fstest.MapFS{
		"c/Chart.yaml":       {Data: []byte(goodChart)},
		"c/templates/a.yaml": {Data: []byte(fmt.Sprintf(deployment, "{{ .Release.Name }}"))},
	}, tree.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for name, exe := range map[string]string{"here": "", "worker": worker} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if facts, err := Read(context.Background(), tr, Options{Worker: exe}); err != nil || len(facts.Workloads) != 1 {
					b.Fatal(err)
				}
			}
		})
	}
}
