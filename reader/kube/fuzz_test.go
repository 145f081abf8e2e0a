package kube

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

// seeds adds the files of the cases that the filter wants.
func seeds(f *testing.F, want func(name string) bool) {
	f.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(b).Files {
			if want(file.Name) {
				f.Add(file.Data)
			}
		}
	}
}

// FuzzPlain reads any bytes as a manifest.
func FuzzPlain(f *testing.F) {
	seeds(f, func(name string) bool { return filepath.Ext(name) == ".yaml" || filepath.Ext(name) == ".json" })
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, fstest.MapFS{"a.yaml": {Data: data}, "b.yaml": {Data: []byte(fmt.Sprintf(deployment, "kept"))}})
	})
}

// FuzzReleases reads any bytes as what deployment tools are told, beside things that
// they could deploy.
func FuzzReleases(f *testing.F) {
	seeds(f, func(name string) bool {
		return filepath.Dir(name) == "apps" || filepath.Dir(name) == "releases" || strings.HasPrefix(filepath.Base(name), "helmfile")
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("range")) || bytes.Contains(data, []byte("template")) || bytes.Contains(data, []byte("include")) {
			return // a Helmfile that loops is stopped by a worker only
		}
		fuzzRead(t, fstest.MapFS{
			"apps/a.yaml": {Data: data}, "helmfile.yaml": {Data: data}, "values.yaml": {Data: data}, "b.yaml": {Data: []byte(fmt.Sprintf(deployment, "kept"))},
			"charts/web/Chart.yaml": {Data: []byte(goodChart)}, "charts/web/templates/a.yaml": {Data: []byte("a: {{ .Values.a }}")},
			"overlays/east/kustomization.yaml": {Data: []byte("resources: [a.yaml]")}, "overlays/east/a.yaml": {Data: []byte(fmt.Sprintf(deployment, "east"))},
			"plain/base/a.yaml": {Data: []byte(fmt.Sprintf(deployment, "plain"))},
		})
	})
}

// FuzzKustomization builds any bytes as a kustomization. Nothing may be fetched:
// the remote forms that Kustomize knows would hang or fail here.
func FuzzKustomization(f *testing.F) {
	seeds(f, func(name string) bool { return filepath.Base(name) == "kustomization.yaml" })
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, fstest.MapFS{"k/kustomization.yaml": {Data: data}, "k/a.yaml": {Data: []byte(fmt.Sprintf(deployment, "a"))},
			"base/kustomization.yaml": {Data: []byte("resources: [../k]")}, "b.yaml": {Data: []byte(fmt.Sprintf(deployment, "kept"))}})
	})
}

// FuzzChart reads any bytes as a chart's description and its values, and renders a
// template of ours with them: templates of the fuzzer's would loop sooner or later,
// which only a worker survives.
func FuzzChart(f *testing.F) {
	seeds(f, func(name string) bool {
		return filepath.Base(name) == "Chart.yaml" || filepath.Base(name) == "values.yaml"
	})
	template := []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Chart.Name }}}\ndata: {{ toYaml .Values | nindent 2 }}\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("{{")) {
			return
		}
		fuzzRead(t, fstest.MapFS{
			"c/Chart.yaml": {Data: data}, "c/values.yaml": {Data: data}, "c/templates/a.yaml": {Data: template},
			"d/Chart.yaml": {Data: []byte(goodChart)}, "d/values.yaml": {Data: data}, "d/templates/a.yaml": {Data: template},
			"b.yaml": {Data: []byte(fmt.Sprintf(deployment, "kept"))},
		})
	})
}

// FuzzAlign holds that lines found in a template are lines of it, in order, and
// say what was rendered.
func FuzzAlign(f *testing.F) {
	f.Add([]byte("kind: {{ .X }}\n---\nname: abc"), []byte("kind: A\nname: abc"))
	f.Add([]byte("{{ if }}\nabc: {{ x\n}} def"), []byte("abc: 1 def"))
	f.Fuzz(func(t *testing.T, tpl, text []byte) {
		parsed := newTemplate(tpl)
		last := 0
		for _, line := range parsed.align(text) {
			if line == 0 {
				continue
			}
			if line <= last || line > len(parsed.lines) {
				t.Fatalf("line %d after %d of %d", line, last, len(parsed.lines))
			}
			last = line
		}
	})
}

func fuzzRead(t *testing.T, fsys fstest.MapFS) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tr, err := tree.Open(ctx, fsys, tree.Options{Limits: tree.Limits{MaxFileBytes: 64 << 10}})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := Read(ctx, tr, Options{Deadline: 5 * time.Second, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range facts.Workloads {
		if w.Object.Name == "kept" {
			return
		}
	}
	t.Error("the good manifest is lost")
}
