package pipeline

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Marks are words of which one stands in every file with an object that ObjectReader reads.
func Marks() []string {
	var out []string
	for _, group := range []string{"argoproj.io/", "kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/", "infra.contrib.fluxcd.io/", "fluxcd.controlplane.io/", "configsync.gke.io/", "fleet.cattle.io/", "tekton.dev/", "k6.io/", "deploy.cloud.google.com/"} {
		out = append(out, "apiVersion: "+group, `apiVersion: "`+group, `"apiVersion": "`+group)
	}
	return out
}

// syncers are the kinds that apply what a repository says, by group and kind.
var syncers = map[string]string{
	"argoproj.io/Application": "Argo CD", "argoproj.io/ApplicationSet": "Argo CD",
	"kustomize.toolkit.fluxcd.io/Kustomization": "Flux", "helm.toolkit.fluxcd.io/HelmRelease": "Flux", "infra.contrib.fluxcd.io/Terraform": "Flux", "fluxcd.controlplane.io/FluxInstance": "Flux",
	"configsync.gke.io/RootSync": "Config Sync", "configsync.gke.io/RepoSync": "Config Sync", "fleet.cattle.io/GitRepo": "Fleet", "deploy.cloud.google.com/DeliveryPipeline": "Cloud Deploy",
}

// others are the kinds that are read besides.
var others = setOf("tekton.dev/Task tekton.dev/ClusterTask tekton.dev/Pipeline tekton.dev/PipelineRun tekton.dev/TaskRun k6.io/K6 k6.io/TestRun")

// Knows reports whether ObjectReader reads the object.
func Knows(o scorecard.ObjectRef) bool {
	key := o.Group() + "/" + o.Kind
	return syncers[key] != "" || others[key]
}

// ObjectReader gives a function that appends what an object of Argo CD, Flux and their
// kin applies, or what a task of Tekton runs, whose scripts are followed in the tree.
// Several goroutines may call it.
func ObjectReader(ctx context.Context, t *tree.Tree) func(*yaml.Node, scorecard.Location, *scorecard.Facts) {
	index := sync.OnceValue(func() *reader { return newReader(ctx, t, nil) })
	return func(n *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
		readObject(index, n, at, into)
	}
}

func readObject(index func() *reader, n *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
	key := at.Object.Group() + "/" + at.Object.Kind
	switch {
	case strings.HasPrefix(key, "tekton.dev/"):
		r := *index()
		r.makefiles, r.packages = map[string]*makefile{}, map[string]*packageFile{}
		r.tekton(n, at, into)
	case strings.HasPrefix(key, "k6.io/"):
		into.LoadProbes = append(into.LoadProbes, scorecard.LoadProbe{Location: at, Tool: "k6", Via: at.Object.String()})
	case syncers[key] != "":
		into.Syncs = append(into.Syncs, syncOf(n, at, key))
	}
}

func syncOf(n *yaml.Node, at scorecard.Location, key string) scorecard.Sync {
	s := scorecard.Sync{Location: at, Tool: syncers[key], Name: at.Object.Name}
	spec := get(n, "spec")
	add := func(p string) {
		if p = path.Clean(strings.TrimPrefix(strings.TrimPrefix(p, "./"), "/")); p != "." && !strings.ContainsAny(p, "{$") && !slices.Contains(s.Paths, p) {
			s.Paths = append(s.Paths, p)
		}
	}
	switch key {
	case "argoproj.io/Application":
		argo(spec, &s, add)
	case "argoproj.io/ApplicationSet":
		argo(get(spec, "template", "spec"), &s, add)
		generators(get(spec, "generators"), add, 0)
	case "kustomize.toolkit.fluxcd.io/Kustomization", "infra.contrib.fluxcd.io/Terraform":
		add(text(spec, "path"))
		s.Heals = true
		s.Suspended = text(spec, "suspend") == "true"
	case "helm.toolkit.fluxcd.io/HelmRelease":
		chart := first(text(spec, "chart", "spec", "chart"), text(spec, "chartRef", "name"))
		if strings.HasPrefix(chart, ".") || strings.Contains(chart, "/") {
			add(chart)
		}
		s.Chart = clean(chart)
		s.Heals = text(spec, "driftDetection", "mode") == "enabled"
		s.Suspended = text(spec, "suspend") == "true"
	case "configsync.gke.io/RootSync", "configsync.gke.io/RepoSync":
		add(first(text(spec, "git", "dir"), text(spec, "oci", "dir"), "."))
		s.Heals = true
	case "fleet.cattle.io/GitRepo":
		for _, p := range list(get(spec, "paths")) {
			add(p)
		}
		s.Heals = text(spec, "correctDrift", "enabled") == "true"
		s.Suspended = text(spec, "paused") == "true"
	case "fluxcd.controlplane.io/FluxInstance":
		add(text(spec, "sync", "path"))
		s.Heals = true
	}
	return s
}

// argo reads the sources and the policy of an Application.
func argo(spec *yaml.Node, s *scorecard.Sync, add func(string)) {
	sources := append(yamldoc.Items(get(spec, "sources")), get(spec, "source"))
	for _, src := range sources {
		add(text(src, "path"))
		s.Chart = first(s.Chart, clean(text(src, "chart")))
	}
	automated := get(spec, "syncPolicy", "automated")
	s.Heals = text(automated, "selfHeal") == "true" && text(automated, "enabled") != "false"
}

// generators reads the folders that an ApplicationSet makes applications of.
func generators(n *yaml.Node, add func(string), depth int) {
	if depth > 4 {
		return
	}
	for _, g := range yamldoc.Items(n) {
		for _, d := range yamldoc.Items(get(g, "git", "directories")) {
			if text(d, "exclude") != "true" {
				p := text(d, "path")
				if i := strings.IndexByte(p, '*'); i >= 0 {
					p = p[:i]
				}
				add(p)
			}
		}
		for _, e := range yamldoc.Items(get(g, "list", "elements")) {
			add(text(e, "path"))
		}
		for _, both := range []string{"matrix", "merge"} {
			generators(get(g, both, "generators"), add, depth+1)
		}
	}
}

// tekton reads the steps of a task, or those that stand in a pipeline.
func (r *reader) tekton(n *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
	p := scorecard.Pipeline{Location: at, System: "tekton", Name: at.Object.Name, Triggers: tektonTriggers(n)}
	spec := get(n, "spec")
	tasks := func(s *yaml.Node) {
		for _, t := range append(yamldoc.Items(get(s, "tasks")), yamldoc.Items(get(s, "finally"))...) {
			j := scorecard.Job{Location: at, Name: clean(text(t, "name"))}
			r.tektonSteps(&j, get(t, "taskSpec", "steps"), at)
			if ref := referred(get(t, "taskRef")); ref != "" {
				if purpose := tektonTasks[ref]; purpose != "" {
					keep(&j, scorecard.JobStep{Location: lines(at, t), Uses: clean(ref)}, result{commands: []scorecard.Command{{Location: lines(at, t), Tool: "task " + clean(ref), Purpose: purpose, Folder: "."}}})
				} else if len(p.Unseen) < 20 {
					p.Unseen = append(p.Unseen, scorecard.Unseen{Location: lines(at, t), What: "the task " + clean(ref)})
				}
			}
			finish(&p, j)
		}
	}
	tasks(spec)
	tasks(get(spec, "pipelineSpec"))
	for _, s := range []*yaml.Node{spec, get(spec, "taskSpec")} {
		j := scorecard.Job{Location: at, Name: clean(at.Object.Name)}
		r.tektonSteps(&j, get(s, "steps"), at)
		if len(j.Steps) > 0 {
			finish(&p, j)
		}
	}
	if ref := get(spec, "pipelineRef"); ref != nil {
		p.Unseen = append(p.Unseen, scorecard.Unseen{Location: at, What: strings.TrimSpace(runsPipeline + clean(referred(ref)))})
	}
	p.Triggers = triggers(p.Triggers...)
	into.Pipelines = append(into.Pipelines, p)
}

// runsPipeline begins what a run says of the pipeline that it refers to.
const runsPipeline = "the pipeline "

// referred is the name of what a run or a task refers to, by itself or through a resolver.
func referred(ref *yaml.Node) string {
	if name := text(ref, "name"); name != "" {
		return name
	}
	for _, p := range yamldoc.Items(get(ref, "params")) {
		if text(p, "name") == "name" {
			return text(p, "value")
		}
	}
	return ""
}

// Join gives Tekton's runs the jobs of the pipelines that they refer to, where those stand
// in the repository.
func Join(facts *scorecard.Facts) {
	named := map[string]*scorecard.Pipeline{}
	for i := range facts.Pipelines {
		if p := &facts.Pipelines[i]; p.System == "tekton" && p.Location.Object.Kind == "Pipeline" && named[p.Name] == nil {
			named[p.Name] = p
		}
	}
	for i := range facts.Pipelines {
		run := &facts.Pipelines[i]
		if len(named) == 0 || run.System != "tekton" || run.Location.Object.Kind != "PipelineRun" {
			continue
		}
		run.Unseen = slices.DeleteFunc(run.Unseen, func(u scorecard.Unseen) bool {
			name, refers := strings.CutPrefix(u.What, runsPipeline)
			if refers && named[name] != nil {
				run.Jobs = append(run.Jobs, named[name].Jobs...)
				return true
			}
			return false
		})
	}
}

// tektonTriggers: Pipelines as Code names the events; what else starts it stands elsewhere.
func tektonTriggers(n *yaml.Node) (out []scorecard.Trigger) {
	notes := yamldoc.StringMap(get(n, "metadata", "annotations"))
	on := notes["pipelinesascode.tekton.dev/on-event"] + " " + notes["pipelinesascode.tekton.dev/on-cel-expression"]
	if strings.Contains(on, "pull_request") {
		out = append(out, scorecard.OnPullRequest)
	}
	if strings.Contains(on, "push") {
		out = append(out, scorecard.OnPush)
	}
	if len(out) == 0 {
		out = append(out, scorecard.OnEvent)
	}
	return out
}

// tektonTasks are tasks of Tekton's catalogue that are known.
var tektonTasks = map[string]scorecard.Purpose{
	"golang-test": scorecard.Test, "pytest": scorecard.Test, "maven": scorecard.Test, "gradle": scorecard.Test, "kubernetes-actions": scorecard.Deploy, "helm-upgrade-from-source": scorecard.Deploy, "helm-upgrade-from-repo": scorecard.Deploy,
	"openshift-client": scorecard.Deploy, "argocd-task-sync-and-wait": scorecard.Deploy, "kn": scorecard.Deploy, "trivy-scanner": scorecard.ScanImage, "grype": scorecard.ScanImage, "clair-scan": scorecard.ScanImage, "sast-snyk-check": scorecard.ScanCode, "sonarqube-scanner": scorecard.ScanCode, "roxctl-scan": scorecard.ScanImage, "jest": scorecard.Test, "npm": "",
}

func (r *reader) tektonSteps(j *scorecard.Job, steps *yaml.Node, at scorecard.Location) {
	for _, s := range yamldoc.Items(steps) {
		here := lines(at, s)
		sub := r.scope(at.Path, max(here.FirstLine, 1), ".")
		var x result
		if script := get(s, "script"); script != nil {
			x = r.script(script.Value, sub)
		} else {
			x = r.command(append(list(get(s, "command")), list(get(s, "args"))...), sub)
		}
		for i := range x.commands {
			x.commands[i].Location = here
		}
		keep(j, scorecard.JobStep{Location: here, Name: clean(text(s, "name"))}, x)
	}
}

// lines is the location of a part of an object, where its lines are known.
func lines(at scorecard.Location, n *yaml.Node) scorecard.Location {
	if n != nil && n.Line > 0 && at.FirstLine > 0 && at.Form == "" {
		return at.At(at.Field, n.Line, yamldoc.LastLine(n))
	}
	return at
}
