package render

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	cutil "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	"helm.sh/helm/v4/pkg/ignore"
	"helm.sh/helm/v4/pkg/strvals"
)

// runHelm renders a chart as `helm template` does, without a cluster and without name
// look-ups. What Helm would refuse to render is refused.
func runHelm(job Job) Result {
	ch, err := loader.LoadFiles(chartFiles(job.Files))
	if err != nil {
		return failed("", fmt.Errorf("the chart can't be loaded: %w", err))
	}
	sortDependencies(ch)
	values, err := mergeValues(job)
	if err != nil {
		return failed("", err)
	}
	if err := util.ProcessDependencies(ch, values); err != nil {
		return failed("", fmt.Errorf("the chart's dependencies can't be worked out: %w", err))
	}
	res := Result{Missing: missing(ch)}
	caps, err := capabilities(job)
	if err != nil {
		return failed("", err)
	}
	if want := ch.Metadata.KubeVersion; want != "" && !util.IsCompatibleRange(want, caps.KubeVersion.String()) {
		return failed("", fmt.Errorf("the chart is for Kubernetes %s, and not for %s; say which version it is to be read for", want, caps.KubeVersion.Version))
	}
	name := ch.Name()
	release := common.ReleaseOptions{Name: cmp.Or(job.Release, name), Namespace: job.Namespace, Revision: 1, IsInstall: true}
	stand := &standIns{}
	functions := repeatable()
	if job.StandIns {
		maps.Copy(functions, stand.functions())
	}
	var rendered map[string]string
	for rendered == nil {
		all, err := cutil.ToRenderValuesWithSchemaValidation(ch, values, release, caps, true)
		if err != nil {
			return failed("", fmt.Errorf("the values don't fit the chart: %w", err))
		}
		if given, err := all.Table("Values"); err == nil {
			if err := fits(ch, given); err != nil {
				return failed("", err)
			}
		}
		rendered, err = engine.Engine{CustomTemplateFuncs: functions}.RenderWithContext(context.Background(), ch, all)
		if err != nil {
			rendered = nil
			if job.StandIns && stand.fill(ch, values, err) {
				continue
			}
			f := failed(name, err)
			f.Missing = res.Missing
			return f
		}
	}
	res.StandIns = stand.names
	for _, p := range slices.Sorted(maps.Keys(rendered)) {
		if text := rendered[p]; strings.TrimSpace(text) != "" && !isNotes(p) {
			res.Documents = append(res.Documents, Document{Path: strings.TrimPrefix(p, name+"/"), Text: []byte(text)})
		}
	}
	return res
}

// mergeValues lays the job's values over each other as `helm -f a -f b --set c=d` does.
func mergeValues(job Job) (map[string]any, error) {
	merged := map[string]any{}
	for _, text := range job.Values {
		values, err := loader.LoadValues(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("the values can't be read: %w", err)
		}
		merged = loader.MergeMaps(merged, values)
	}
	for _, s := range job.Set {
		parse := strvals.ParseInto
		if s.String {
			parse = strvals.ParseIntoString
		}
		if parse(s.Text, merged) != nil { // its message may hold a part of the value
			return nil, errors.New("a single value that the release sets is not of the form that `helm --set` takes")
		}
	}
	return merged, nil
}

// chartFiles gives the files that .helmignore leaves, sorted.
func chartFiles(files map[string][]byte) []*archive.BufferedFile {
	rules := ignore.Empty()
	if b, ok := files[".helmignore"]; ok {
		if r, err := ignore.Parse(bytes.NewReader(b)); err == nil {
			rules = r
		}
	}
	rules.AddDefaults()
	var out []*archive.BufferedFile
	for _, p := range slices.Sorted(maps.Keys(files)) {
		if p != "Chart.yaml" && ignored(rules, p) {
			continue
		}
		out = append(out, &archive.BufferedFile{Name: p, Data: bytes.TrimPrefix(files[p], []byte("\xef\xbb\xbf"))})
	}
	return out
}

func ignored(rules *ignore.Rules, p string) bool {
	for d := path.Dir(p); d != "."; d = path.Dir(d) {
		if rules.Ignore(d, entry{path.Base(d), fs.ModeDir}) {
			return true
		}
	}
	return rules.Ignore(p, entry{path.Base(p), 0})
}

// entry is a file that stands in memory, as .helmignore's rules want to see it.
type entry struct {
	name string
	mode fs.FileMode
}

func (e entry) Name() string       { return e.name }
func (e entry) Size() int64        { return 0 }
func (e entry) Mode() fs.FileMode  { return e.mode }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) IsDir() bool        { return e.mode.IsDir() }
func (e entry) Sys() any           { return nil }

// sortDependencies undoes the random order in which the loader finds subcharts.
func sortDependencies(ch *chart.Chart) {
	deps := slices.Clone(ch.Dependencies())
	slices.SortStableFunc(deps, func(a, b *chart.Chart) int {
		return cmp.Or(strings.Compare(a.Name(), b.Name()), strings.Compare(a.Metadata.Version, b.Metadata.Version))
	})
	ch.SetDependencies(deps...)
	for _, d := range deps {
		sortDependencies(d)
	}
}

// missing are the dependencies that are on (conditions and tags have been weighed)
// and not there.
func missing(ch *chart.Chart) []string {
	have := map[string]bool{}
	for _, d := range ch.Dependencies() {
		have[d.Name()] = true
	}
	var out []string
	for _, want := range ch.Metadata.Dependencies {
		if want != nil && !have[want.Name] {
			out = append(out, want.Name)
		}
	}
	for _, d := range ch.Dependencies() {
		for _, m := range missing(d) {
			out = append(out, d.Name()+"/"+m)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func capabilities(job Job) (*common.Capabilities, error) {
	caps := common.DefaultCapabilities.Copy()
	if job.KubeVersion != "" {
		v, err := common.ParseKubeVersion(job.KubeVersion)
		if err != nil {
			return nil, fmt.Errorf("%q is no Kubernetes version: %w", job.KubeVersion, err)
		}
		caps.KubeVersion = *v
	}
	if job.APIVersions != nil {
		caps.APIVersions = slices.Clone(job.APIVersions)
	}
	return caps, nil
}

// isNotes reports whether the template is NOTES.txt: it is rendered, and may refuse what
// it is given, but what it says is for the person who installs.
func isNotes(p string) bool { return strings.EqualFold(path.Base(p), "NOTES.txt") }

func failed(name string, err error) Result {
	p, line := place(err.Error(), name)
	return Result{Failure: &Failure{Reason: "failed", Message: explain(err), Path: p, Line: line}}
}
