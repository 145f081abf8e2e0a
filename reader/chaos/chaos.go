// Package chaos reads chaos experiments as code: LitmusChaos, Chaos Mesh, Gremlin,
// Steadybit and the Chaos Toolkit, and Toxiproxy's configuration. Those of AWS FIS are
// read with Terraform and CloudFormation.
package chaos

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// mesh are the kinds of Chaos Mesh that hit something.
var mesh = []string{"PodChaos", "NetworkChaos", "StressChaos", "IOChaos", "TimeChaos", "KernelChaos", "DNSChaos", "HTTPChaos", "JVMChaos", "BlockChaos",
	"AWSChaos", "GCPChaos", "AzureChaos", "PhysicalMachineChaos", "Schedule", "Workflow"}

// Objects reads the experiments that are objects of Kubernetes.
func Objects() kube.ObjectReader {
	return kube.ObjectReader{Family: scorecard.Kubernetes, Knows: knows, Read: read}
}

func knows(o scorecard.ObjectRef) bool {
	switch o.Group() {
	case "litmuschaos.io":
		return o.Kind == "ChaosEngine" || o.Kind == "ChaosSchedule"
	case "chaos-mesh.org":
		return slices.Contains(mesh, o.Kind)
	case "argoproj.io":
		return o.Kind == "Workflow" || o.Kind == "CronWorkflow"
	case "chaosblade.io":
		return o.Kind == "ChaosBlade"
	case "chaos.datadoghq.com":
		return o.Kind == "Disruption" || o.Kind == "DisruptionCron"
	}
	return false
}

func read(n *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
	x := scorecard.Experiment{Location: at, Name: at.Object.Name}
	switch at.Object.Group() {
	case "litmuschaos.io":
		x.Tool = "litmus"
		engine(&x, n)
	case "argoproj.io":
		if !workflow(&x, n) {
			return
		}
	case "chaos-mesh.org":
		x.Tool = "chaos-mesh"
		if yamldoc.String(yamldoc.Get(n, "metadata", "annotations", "experiment.chaos-mesh.org/pause")) == "true" {
			x.Stopped = "it is paused"
		}
		selectors(&x, yamldoc.Get(n, "spec"), 0)
		if at.Object.Kind == "Workflow" && len(x.Selectors)+len(x.Names) == 0 && !hits(n) {
			return
		}
	case "chaosblade.io":
		x.Tool = "chaosblade"
	default:
		x.Tool = "chaos-controller"
		if labels := yamldoc.StringMap(yamldoc.Get(n, "spec", "selector")); labels != nil {
			x.Selectors = append(x.Selectors, scorecard.Selector{MatchLabels: labels})
		}
	}
	into.Experiments = append(into.Experiments, x)
}

// hits reports whether a workflow of Chaos Mesh holds an experiment.
func hits(n *yaml.Node) bool {
	return slices.ContainsFunc(yamldoc.Items(yamldoc.Get(n, "spec", "templates")), func(t *yaml.Node) bool {
		return slices.Contains(mesh, yamldoc.String(yamldoc.Get(t, "templateType")))
	})
}

// engine reads a ChaosEngine, or a schedule of one: the application that it hits.
func engine(x *scorecard.Experiment, n *yaml.Node) {
	spec := yamldoc.Get(n, "spec")
	if inner := yamldoc.Get(spec, "engineTemplateSpec"); inner != nil {
		spec = inner
	}
	if yamldoc.String(yamldoc.Get(spec, "engineState")) == "stop" {
		x.Stopped = "engineState is stop"
	}
	app := yamldoc.Get(spec, "appinfo")
	if ns := yamldoc.String(yamldoc.Get(app, "appns")); ns != "" && !strings.Contains(ns, "{{") {
		x.Namespaces = append(x.Namespaces, ns)
	}
	labels := map[string]string{}
	for pair := range strings.SplitSeq(yamldoc.String(yamldoc.Get(app, "applabel")), ",") {
		if k, v, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && k != "" && !strings.Contains(v, "{{") {
			labels[k] = strings.TrimPrefix(v, "=")
		}
	}
	if len(labels) > 0 {
		x.Selectors = append(x.Selectors, scorecard.Selector{MatchLabels: labels})
	}
}

// workflow reads an Argo workflow in which Litmus keeps its engines as text; false for
// any other workflow.
func workflow(x *scorecard.Experiment, n *yaml.Node) (found bool) {
	spec := yamldoc.Get(n, "spec")
	if inner := yamldoc.Get(spec, "workflowSpec"); inner != nil {
		if yamldoc.String(yamldoc.Get(spec, "suspend")) == "true" {
			x.Stopped = "suspend is true"
		}
		spec = inner
	}
	for _, t := range yamldoc.Items(yamldoc.Get(spec, "templates")) {
		for _, a := range yamldoc.Items(yamldoc.Get(t, "inputs", "artifacts")) {
			data := yamldoc.String(yamldoc.Get(a, "raw", "data"))
			if !strings.Contains(data, "litmuschaos.io") {
				continue
			}
			for _, doc := range yamldoc.Parse([]byte(data)) {
				if yamldoc.String(yamldoc.Get(doc.Root, "kind")) == "ChaosEngine" {
					found = true
					x.Tool = "litmus"
					engine(x, doc.Root)
				}
			}
			found = found || strings.Contains(data, "kind: ChaosEngine")
			x.Tool = "litmus"
		}
	}
	return found
}

// maxWalk bounds how deep a workflow's experiments are looked for.
const maxWalk = 12

// selectors collects what Chaos Mesh selects: by labels, by expressions, by the names of pods.
func selectors(x *scorecard.Experiment, n *yaml.Node, depth int) {
	if n = yamldoc.Follow(n); n == nil || depth > maxWalk || len(x.Selectors) >= 50 {
		return
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			if n.Content[i-1].Value == "selector" {
				selector(x, yamldoc.Follow(c))
				continue
			}
		}
		selectors(x, c, depth+1)
	}
}

func selector(x *scorecard.Experiment, n *yaml.Node) {
	s := scorecard.Selector{MatchLabels: yamldoc.StringMap(yamldoc.Get(n, "labelSelectors"))}
	for _, e := range yamldoc.Items(yamldoc.Get(n, "expressionSelectors")) {
		r := scorecard.Requirement{Key: yamldoc.String(yamldoc.Get(e, "key")), Operator: yamldoc.String(yamldoc.Get(e, "operator"))}
		for _, v := range yamldoc.Items(yamldoc.Get(e, "values")) {
			r.Values = append(r.Values, yamldoc.String(v))
		}
		s.MatchExpressions = append(s.MatchExpressions, r)
	}
	for _, ns := range yamldoc.Items(yamldoc.Get(n, "namespaces")) {
		x.Namespaces = append(x.Namespaces, yamldoc.String(ns))
	}
	if len(s.MatchLabels)+len(s.MatchExpressions) > 0 {
		x.Selectors = append(x.Selectors, s)
	} else if len(yamldoc.Items(yamldoc.Get(n, "namespaces"))) > 0 && yamldoc.Get(n, "pods") == nil && yamldoc.Get(n, "fieldSelectors") == nil {
		x.Selectors = append(x.Selectors, scorecard.Selector{}) // all pods of those namespaces
	}
}

// maxFile is how large a file of an experiment may be, in bytes.
const maxFile = 1 << 20

// Read appends the experiments that stand in files of their own.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		ext := strings.ToLower(path.Ext(f.Path))
		if ext != ".json" && ext != ".yaml" && ext != ".yml" || f.Size > maxFile {
			continue
		}
		lower := strings.ToLower(f.Path)
		proxy := strings.Contains(strings.ToLower(f.Base()), "toxiproxy")
		if !proxy && !strings.Contains(lower, "chaos") && !strings.Contains(lower, "experiment") && !strings.Contains(lower, "steadybit") && !strings.Contains(lower, "gremlin") {
			continue
		}
		data, ok := t.Read(f.Path, scorecard.Infrastructure)
		if !ok || !proxy && !bytes.Contains(data, []byte("steady-state-hypothesis")) && !bytes.Contains(data, []byte("steadybit")) && !strings.Contains(lower, "gremlin") {
			continue
		}
		for _, doc := range yamldoc.Parse(data) {
			if x, ok := file(doc.Root, proxy, strings.Contains(lower, "gremlin")); ok {
				x.Location = scorecard.Location{Path: f.Path, FirstLine: doc.FirstLine, LastLine: doc.LastLine}
				into.Experiments = append(into.Experiments, x)
			}
		}
	}
}

// file reads one document of an experiment's file.
func file(root *yaml.Node, proxy, gremlin bool) (x scorecard.Experiment, ok bool) {
	has := func(keys ...string) bool {
		return !slices.ContainsFunc(keys, func(k string) bool { return yamldoc.Get(root, k) == nil })
	}
	switch {
	case proxy:
		proxies := yamldoc.Items(root)
		for _, p := range proxies {
			upstream := yamldoc.String(yamldoc.Get(p, "upstream"))
			if upstream == "" || yamldoc.Get(p, "listen") == nil {
				return x, false
			}
			x.Tool = "toxiproxy"
		}
		return x, len(proxies) > 0
	case has("steady-state-hypothesis", "method"):
		x.Tool, x.Name = "chaostoolkit", yamldoc.String(yamldoc.Get(root, "title"))
		return x, true
	case has("lanes") && steadybit(root):
		x.Tool, x.Name = "steadybit", yamldoc.String(yamldoc.Get(root, "name"))
		return x, true
	case gremlin && (has("command", "target") || has("impactDefinition", "targetDefinition") || has("impact_definition", "target_definition") || has("steps") && has("hypothesis")):
		x.Tool, x.Name = "gremlin", yamldoc.String(yamldoc.Get(root, "name"))
		return x, true
	}
	return x, false
}

// steadybit reports whether one of the steps is an action of Steadybit.
func steadybit(root *yaml.Node) bool {
	for _, lane := range yamldoc.Items(yamldoc.Get(root, "lanes")) {
		for _, step := range yamldoc.Items(yamldoc.Get(lane, "steps")) {
			if strings.HasPrefix(yamldoc.String(yamldoc.Get(step, "actionType")), "com.steadybit.") {
				return true
			}
		}
	}
	return false
}
