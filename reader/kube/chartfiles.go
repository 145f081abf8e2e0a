package kube

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds of what one chart or kustomization may hand to its renderer.
const (
	maxRenderFiles = 5_000
	maxRenderBytes = 48 << 20
	// maxOtherBytes bounds a chart's files that are neither templates, values nor
	// subcharts, one by one; larger ones are no configuration.
	maxOtherBytes = 1 << 20
	// maxLocal is how deep charts may include charts by file://.
	maxLocal = 8
)

// bundle is what a renderer gets to see.
type bundle struct {
	files map[string][]byte
	bytes int
	// full says that a bound was hit.
	full bool
}

func (b *bundle) put(name string, data []byte) {
	if _, have := b.files[name]; have {
		return
	}
	if len(b.files) >= maxRenderFiles || b.bytes+len(data) > maxRenderBytes {
		b.full = true
		return
	}
	b.files[name] = data
	b.bytes += len(data)
}

// bundleChart gathers the chart's files, and those of the charts that it includes by
// file:// as if they were vendored.
func (r *reader) bundleChart(folder string) (*bundle, []scorecard.Gap) {
	b := &bundle{files: map[string][]byte{}}
	r.gather(b, folder, "", nil)
	if !b.full {
		return b, nil
	}
	at := scorecard.Location{Path: path.Join(folder, "Chart.yaml")}
	return b, []scorecard.Gap{{Location: at, Hides: hides(), Reason: "too-large",
		Message: fmt.Sprintf("the chart %s has more than %d files or %d bytes; it was rendered without the rest, so some of it may be missing", folder, maxRenderFiles, maxRenderBytes)}}
}

func (r *reader) gather(b *bundle, folder, prefix string, above []string) {
	if slices.Contains(above, folder) || len(above) > maxLocal {
		return // charts that include each other
	}
	above = append(slices.Clone(above), folder)
	for _, p := range r.filesIn(folder) {
		name := below(folder, p)
		top, _, deep := strings.Cut(name, "/")
		families := hides()
		switch {
		case deep && (top == "templates" || top == "charts"):
		case !deep && (isChartFile(top)):
		default:
			if top == "crds" || r.isOtherChart(folder, p) || !r.small(p) {
				continue
			}
			families = nil
		}
		if data, ok := r.read(p, families...); ok {
			b.put(path.Join(prefix, name), data)
		}
	}
	c := r.charts[folder]
	if c == nil {
		return
	}
	for _, d := range c.facts.Dependencies {
		local := r.localChart(folder, d)
		if local == "" || r.vendoredAt(folder, d.Name) != "" {
			continue
		}
		r.gather(b, local, path.Join(prefix, "charts", d.Name), above)
	}
}

func isChartFile(name string) bool {
	switch name {
	case "Chart.yaml", "Chart.lock", "values.yaml", "requirements.yaml", "requirements.lock", ".helmignore":
		return true
	}
	return false
}

// small reports whether a file is small enough to be configuration that a template
// reads with .Files.
func (r *reader) small(p string) bool {
	size, ok := r.size(p)
	return ok && size <= maxOtherBytes
}

func (r *reader) size(p string) (int64, bool) {
	all := r.t.All()
	i, ok := slices.BinarySearchFunc(all, p, func(f tree.File, p string) int { return strings.Compare(f.Path, p) })
	if !ok {
		return 0, false
	}
	return all[i].Size, true
}

// read gives a file's bytes. One that hides nothing when it is too large makes no gap.
func (r *reader) read(p string, families ...scorecard.Family) ([]byte, bool) {
	if size, ok := r.size(p); len(families) == 0 && (!ok || size > r.t.Limits().MaxFileBytes) {
		return nil, false
	}
	return r.t.Read(p, families...)
}

// isOtherChart reports whether a file below the folder belongs to another chart that
// stands inside of it.
func (r *reader) isOtherChart(folder, p string) bool {
	for d := path.Dir(p); d != folder && d != "." && d != "/"; d = path.Dir(d) {
		if r.charts[d] != nil {
			return true
		}
	}
	return false
}

// valuesFiles are the values files beside the chart: its own folder's and those of a
// folder in it that is named for values or environments. ci/ holds values for linters.
func (r *reader) valuesFiles(folder string) []string {
	var out []string
	for _, f := range r.t.Files() {
		if !inside(folder, f.Path) || !isValuesName(below(folder, f.Path)) {
			continue
		}
		out = append(out, f.Path)
	}
	return out
}

var valuesFolders = []string{"values", "environments", "environment", "envs", "env", "overlays", "configs", "config"}

// isValuesName takes a path below the chart.
func isValuesName(p string) bool {
	if ext := path.Ext(p); ext != ".yaml" && ext != ".yml" || p == "values.yaml" {
		return false
	}
	dir, base := path.Split(p)
	named := slices.Contains(words(strings.TrimSuffix(base, path.Ext(base))), "values")
	dirs := strings.Split(strings.Trim(dir, "/"), "/")
	switch {
	case dir == "":
		return named
	case !slices.Contains(valuesFolders, dirs[0]) || len(dirs) > 3:
		return false
	}
	return named || dirs[0] == "values"
}
