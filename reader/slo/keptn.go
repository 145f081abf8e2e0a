package slo

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// isKeptn reports whether a document is Keptn's file of objectives; the one of its
// indicators has a version too.
func isKeptn(n *yaml.Node) bool {
	objectives := yamldoc.Get(n, "objectives")
	return yamldoc.Get(n, "spec_version") != nil && yamldoc.Get(n, "apiVersion") == nil && objectives != nil &&
		(yamldoc.Get(n, "total_score") != nil || yamldoc.Get(n, "comparison") != nil || yamldoc.Get(first(objectives), "sli") != nil)
}

// keptn reads Keptn's slo.yaml: each indicator with criteria is an objective. Over which
// time it is asked for, whoever asks for an evaluation says.
func (f *found) keptn(p string, root *yaml.Node) {
	list := yamldoc.Get(root, "objectives")
	if list.Kind != yaml.SequenceNode {
		f.wrong(p, list, "objectives must be a list")
		return
	}
	for i, n := range yamldoc.Items(list) {
		if n.Kind != yaml.MappingNode {
			f.wrong(p, n, "an objective must be a mapping")
			continue
		}
		criteria := keptnCriteria(n)
		if len(criteria) == 0 {
			continue // it is measured for information
		}
		o := scorecard.Objective{
			Location: locate(p, n, scorecard.ObjectRef{}, fmt.Sprintf("objectives[%d]", i)), Format: "keptn", Name: yamldoc.String(yamldoc.Get(n, "sli")),
			TargetText: "${total_score}", Window: scorecard.Window{Text: "${time of the evaluation}"},
		}
		if score := strings.TrimSuffix(yamldoc.String(yamldoc.Get(root, "total_score", "pass")), "%"); score != "" {
			if t := percent(score); t != nil && *t < 100 { // all of the criteria, and not all of the requests
				o.TargetText, o.Target = score+"%", t
			}
		}
		o.Indicator = scorecard.SLI{Raw: Clip(o.Name + " " + strings.Join(criteria, " ")), Threshold: true}
		o.Indicator.Kind = KindOf([]string{o.Name, yamldoc.String(yamldoc.Get(n, "displayName"))}, scorecard.SLI{})
		var ls Labels
		for _, key := range []string{"filter", "scope"} {
			for _, name := range []string{"service", "deployment"} {
				if v := yamldoc.String(yamldoc.Get(root, key, name)); !strings.HasPrefix(v, "$") {
					ls.Set(name, v)
				}
			}
		}
		o.Labels = ls
		f.objectives = append(f.objectives, o)
	}
}

// keptnCriteria are what an indicator must keep to pass: any of several lists.
func keptnCriteria(n *yaml.Node) (out []string) {
	for _, pass := range yamldoc.Items(yamldoc.Get(n, "pass")) {
		for _, c := range yamldoc.Items(yamldoc.Get(pass, "criteria")) {
			if text := yamldoc.String(c); text != "" && len(out) < 10 {
				out = append(out, text)
			}
		}
	}
	return out
}
