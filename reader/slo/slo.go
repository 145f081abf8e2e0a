// Package slo reads service-level objectives from the files of Sloth, Pyrra, OpenSLO,
// Nobl9, Keptn and Datadog's operator. It says what is written; whether that is sound is
// for checks to say.
package slo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Read appends every objective of the tree. OpenSLO objects may refer to others
// anywhere in the repository. A document that looks like an objective and would not
// parse, or stands in a Helm template, is a gap that hides scorecard.Objectives;
// Kustomize patches are left out, since they are only part of one.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	var all found
	var patches map[string]bool
	examples := map[string]bool{}
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		if !candidate(f.Path) {
			continue
		}
		data, ok := t.Read(f.Path, scorecard.Objectives)
		if !ok || !mentioned(data) {
			continue
		}
		if patches == nil {
			patches = patchesOf(t)
		}
		if f.Class == tree.Demonstration {
			examples[f.Path] = true
		}
		if !patches[f.Path] {
			all.add(parse(f.Path, data, inChart(t, f.Path)))
		}
	}
	all.resolve()
	for i := range all.objectives {
		o := &all.objectives[i]
		o.Example = examples[o.Location.Path]
	}
	into.SLOs = append(into.SLOs, all.objectives...)
	for _, x := range all.faults {
		t.Malformed(x.path, x.line, x.err, scorecard.Objectives)
	}
	for _, at := range all.templates {
		t.Gap(scorecard.Gap{
			Location: at, Hides: []scorecard.Family{scorecard.Objectives}, Reason: "render-failed",
			Message: fmt.Sprintf("%s is a Helm template of an objective, and those are not read; keep the objective in a file of its own to have it judged", at),
		})
	}
}

// candidate: YAML may hold an objective; of JSON, which holds anything, only what is
// called so.
func candidate(p string) bool {
	switch lower := strings.ToLower(p); path.Ext(lower) {
	case ".yaml", ".yml":
		return true
	case ".json":
		return strings.Contains(lower, "slo")
	}
	return false
}

// mentioned reports whether a file's text names one of the formats at all.
func mentioned(data []byte) bool {
	for _, mark := range []string{"sloth.slok.dev/", "prometheus/v1", "pyrra.dev/", "openslo", "n9/v1", "DatadogSLO", "spec_version"} {
		if bytes.Contains(data, []byte(mark)) {
			return true
		}
	}
	return false
}

// inChart reports whether a file is one that Helm renders.
func inChart(t *tree.Tree, p string) bool {
	for d := path.Dir(p); d != "."; d = path.Dir(d) {
		if path.Base(d) == "templates" && t.Has(path.Join(path.Dir(d), "Chart.yaml")) {
			return true
		}
	}
	return false
}

// patchesOf gives the files that kustomizations apply as patches.
func patchesOf(t *tree.Tree) map[string]bool {
	out := map[string]bool{}
	for _, f := range t.Files() {
		switch f.Base() {
		case "kustomization.yaml", "kustomization.yml", "Kustomization":
		default:
			continue
		}
		data, ok := t.Read(f.Path, scorecard.Kubernetes)
		if !ok {
			continue
		}
		for _, d := range yamldoc.Parse(data) {
			for _, key := range []string{"patches", "patchesStrategicMerge", "patchesJson6902"} {
				for _, n := range yamldoc.Items(yamldoc.Get(d.Root, key)) {
					if p := cmp.Or(yamldoc.String(n), yamldoc.String(yamldoc.Get(n, "path"))); p != "" && !strings.Contains(p, "\n") {
						out[path.Join(f.Folder(), p)] = true
					}
				}
			}
		}
	}
	return out
}

// fault is a document that would not parse, or a part of one with the wrong type.
type fault struct {
	path string
	line int
	err  error
}

// found is what one file holds, or all files together.
type found struct {
	objectives []scorecard.Objective
	openslo    []object // to be resolved when all files are read
	nobl9      []object // likewise
	faults     []fault
	templates  []scorecard.Location
}

func (f *found) add(g found) {
	f.objectives = append(f.objectives, g.objectives...)
	f.openslo = append(f.openslo, g.openslo...)
	f.nobl9 = append(f.nobl9, g.nobl9...)
	f.faults = append(f.faults, g.faults...)
	f.templates = append(f.templates, g.templates...)
}

// object is one OpenSLO object and where it stands.
type object struct {
	path string
	root *yaml.Node
}

var (
	// looksLike finds an objective in the text of a document that would not parse.
	looksLike = lazyregexp.New(`(?m)^[\s-]*["']?(?:apiVersion["']?\s*:\s*["']?(?:sloth\.slok\.dev/|pyrra\.dev/|openslo(?:\.com)?/|n9/v1)|version["']?\s*:\s*["']?prometheus/v1\b|kind["']?\s*:\s*["']?DatadogSLO\b)`)
	// keptnLike finds Keptn's; only in a file that is called so, since others have such a version too.
	keptnLike = lazyregexp.New(`(?m)^["']?spec_version["']?\s*:`)
	// action finds what Helm would fill in. Sloth and Prometheus have their own words
	// in double braces.
	action = lazyregexp.New(`\{\{-?\s*(?:\.Values|\.Release|\.Chart|\.Files|\.Capabilities|include|template|tpl|if|else|end|range|with|define|toYaml|printf|default|required|lookup|\$[a-zA-Z]+\.(?:Values|Release|Chart))\b`)
)

// parse reads one file's documents. chart says that Helm renders the file.
func parse(p string, data []byte, chart bool) (out found) {
	for _, d := range yamldoc.Parse(data) {
		text := d.Text
		if len(text) == 0 {
			text = data
		}
		meant := looksLike.Match(text) || strings.Contains(strings.ToLower(path.Base(p)), "slo") && keptnLike.Match(text)
		if !meant && (d.Err != nil || chart) {
			continue
		}
		switch {
		case chart && action.Match(text):
			out.templates = append(out.templates, scorecard.Location{Path: p, FirstLine: d.FirstLine, LastLine: d.LastLine})
		case d.Err != nil:
			out.faults = append(out.faults, fault{p, max(d.ErrLine, d.FirstLine), d.Err})
		default:
			out.node(p, d.Root, 0)
		}
	}
	return out
}

// maxLists is how many lists may hold one another.
const maxLists = 3

// node reads a document, or an item of a list.
func (f *found) node(p string, n *yaml.Node, depth int) {
	n = yamldoc.Follow(n)
	if n == nil || depth > maxLists {
		return
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range yamldoc.Items(n) {
			f.node(p, item, depth+1)
		}
		return
	}
	version, kind := yamldoc.String(yamldoc.Get(n, "apiVersion")), yamldoc.String(yamldoc.Get(n, "kind"))
	group, _, _ := strings.Cut(version, "/")
	switch {
	case yamldoc.String(yamldoc.Get(n, "version")) == "prometheus/v1" && version == "":
		f.sloth(p, n, n, plainSloth, scorecard.ObjectRef{})
	case kind == "List" || kind == "PrometheusServiceLevelList" || kind == "ServiceLevelObjectiveList" || kind == "DatadogSLOList":
		f.node(p, yamldoc.Get(n, "items"), depth+1)
	case group == "sloth.slok.dev" && kind == "PrometheusServiceLevel":
		f.sloth(p, n, yamldoc.Get(n, "spec"), kubernetesSloth, refOf(n))
	case group == "pyrra.dev" && kind == "ServiceLevelObjective":
		f.pyrra(p, n)
	case group == "datadoghq.com" && kind == "DatadogSLO":
		f.datadog(p, n)
	case group == "n9":
		f.nobl9 = append(f.nobl9, object{p, n})
	case isKeptn(n):
		f.keptn(p, n)
	case group == "openslo" || group == "openslo.com":
		f.openslo = append(f.openslo, object{p, n})
	}
}

// wrong notes a part that has the wrong type, so that what it says can't be seen.
func (f *found) wrong(p string, n *yaml.Node, what string) {
	f.faults = append(f.faults, fault{p, n.Line, errors.New(what)})
}

func refOf(n *yaml.Node) scorecard.ObjectRef {
	return scorecard.ObjectRef{
		APIVersion: yamldoc.String(yamldoc.Get(n, "apiVersion")), Kind: yamldoc.String(yamldoc.Get(n, "kind")),
		Namespace: yamldoc.String(yamldoc.Get(n, "metadata", "namespace")), Name: yamldoc.String(yamldoc.Get(n, "metadata", "name")),
	}
}

func locate(p string, n *yaml.Node, ref scorecard.ObjectRef, field string) scorecard.Location {
	return scorecard.Location{Path: p, FirstLine: n.Line, LastLine: max(n.Line, yamldoc.LastLine(n)), Object: ref, Field: field}
}

// byPlace puts objects into the order in which they are looked up: by file, then line.
func byPlace(objects []object) {
	slices.SortStableFunc(objects, func(a, b object) int {
		return cmp.Or(strings.Compare(a.path, b.path), cmp.Compare(a.root.Line, b.root.Line))
	})
}
