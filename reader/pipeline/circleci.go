package pipeline

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func slicesSortJobs(jobs []scorecard.Job) {
	slices.SortStableFunc(jobs, func(a, b scorecard.Job) int {
		return cmp.Or(a.Location.Compare(b.Location), strings.Compare(a.Name, b.Name))
	})
}

// circleci reads CircleCI: the jobs that workflows run, with commands of the file and of orbs.
func (r *reader) circleci(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		p := begin(f, root, "circleci")
		if text(root, "setup") == "true" { // it writes the pipeline that goes on
			p.Unseen = append(p.Unseen, scorecard.Unseen{Location: p.Location, What: "the pipeline that a setup workflow writes"})
		}
		run := false
		for _, w := range entries(get(root, "workflows")) {
			if w.value == nil || w.value.Kind != yaml.MappingNode {
				continue
			}
			on := always()
			if yamldoc.String(get(w.value, "when")) == "false" {
				continue
			}
			if len(yamldoc.Items(get(w.value, "triggers"))) > 0 {
				on = []scorecard.Trigger{scorecard.OnSchedule}
			}
			p.Triggers = append(p.Triggers, on...)
			for _, item := range yamldoc.Items(get(w.value, "jobs")) {
				name, settings := yamldoc.String(item), (*yaml.Node)(nil)
				if es := entries(item); len(es) > 0 {
					name, settings = es[0].key, es[0].value
				}
				triggers := on
				if get(settings, "filters", "tags") != nil && slices.Contains(list(get(settings, "filters", "branches", "ignore")), "/.*/") {
					triggers = []scorecard.Trigger{scorecard.OnTag}
					p.Triggers = append(p.Triggers, scorecard.OnTag)
				}
				run = true
				r.circleJob(f, root, &p, item, name, settings, triggers)
			}
		}
		if !run && get(root, "jobs", "build") != nil {
			p.Triggers = always()
			r.circleJob(f, root, &p, get(root, "jobs", "build"), "build", nil, nil)
		}
		if len(p.Triggers) > 0 || len(p.Unseen) > 0 {
			if len(p.Triggers) == 0 {
				p.Triggers = always()
			}
			r.add(p)
		}
	}
}

func (r *reader) circleJob(f tree.File, root *yaml.Node, p *scorecard.Pipeline, item *yaml.Node, name string, settings *yaml.Node, on []scorecard.Trigger) {
	j := scorecard.Job{Location: where(f.Path, item), Name: clean(name), Triggers: on}
	defer func() { finish(p, j) }()
	steps := get(settings, "pre-steps")
	r.circleSteps(f, root, p, &j, steps, ".", 0)
	job := get(root, "jobs", name)
	if job == nil {
		if orb, rest, ok := strings.Cut(name, "/"); ok {
			if inline := get(root, "orbs", orb, "jobs", rest); inline != nil {
				job = inline
			} else {
				r.orb(p, &j, where(f.Path, item), text(root, "orbs", orb), name, settings)
				return
			}
		}
	}
	folder := strings.TrimPrefix(strings.TrimPrefix(text(job, "working_directory"), "~/project"), "/")
	if strings.HasPrefix(folder, "~") {
		folder = "."
	}
	r.circleSteps(f, root, p, &j, get(job, "steps"), first(folder, "."), 0)
}

func (r *reader) circleSteps(f tree.File, root *yaml.Node, p *scorecard.Pipeline, j *scorecard.Job, steps *yaml.Node, folder string, depth int) {
	if depth > 6 {
		return
	}
	for _, s := range yamldoc.Items(steps) {
		name, body := yamldoc.String(s), (*yaml.Node)(nil)
		if es := entries(s); len(es) > 0 {
			name, body = es[0].key, es[0].value
		}
		switch {
		case name == "run":
			script, here := body, folder
			if body != nil && body.Kind == yaml.MappingNode {
				script = get(body, "command")
				if dir := text(body, "working_directory"); dir != "" {
					here = strings.TrimPrefix(strings.TrimPrefix(dir, "~/project"), "/")
				}
			}
			r.one(p, j, f.Path, s, scorecard.JobStep{Name: clean(text(body, "name"))}, script, first(here, "."))
		case name == "when" || name == "unless":
			r.circleSteps(f, root, p, j, get(body, "steps"), folder, depth+1)
		case get(root, "commands", name) != nil:
			r.circleSteps(f, root, p, j, get(root, "commands", name, "steps"), folder, depth+1)
		case strings.Contains(name, "/"):
			orb, rest, _ := strings.Cut(name, "/")
			if inline := get(root, "orbs", orb, "commands", rest); inline != nil {
				r.circleSteps(f, root, p, j, get(inline, "steps"), folder, depth+1)
				continue
			}
			r.orb(p, j, where(f.Path, s), text(root, "orbs", orb), name, body)
		}
	}
}

// orbs are commands and jobs of CircleCI's registry that are known.
var orbs = map[string]scorecard.Purpose{
	"aws-ecs/deploy-service-update": scorecard.Deploy, "aws-ecs/deploy_service_update": scorecard.Deploy, "aws-ecs/update-service": scorecard.Deploy, "aws-eks/update-container-image": scorecard.Deploy, "kubernetes/create-or-update-resource": scorecard.Deploy,
	"helm/upgrade-helm-chart": scorecard.Deploy, "helm/install-helm-chart": scorecard.Deploy, "heroku/deploy-via-git": scorecard.Deploy, "gcp-cloud-run/deploy": scorecard.Deploy, "cloud-run/deploy": scorecard.Deploy, "aws-serverless/deploy": scorecard.Deploy, "aws-sam-serverless/deploy": scorecard.Deploy,
	"cypress/run": scorecard.Test, "go/test": scorecard.Test, "node/test": scorecard.Test, "python/test": scorecard.Test, "maven/test": scorecard.Test, "gradle/test": scorecard.Test, "ruby/rspec-test": scorecard.Test, "rust/test": scorecard.Test,
	"snyk/scan": scorecard.ScanCode, "sonarcloud/scan": scorecard.ScanCode, "anchore/analyze_local_image": scorecard.ScanImage, "anchore-engine/analyze_local_image": scorecard.ScanImage, "trivy/scan": scorecard.ScanImage, "aquasec/scan": scorecard.ScanImage,
	"terraform/validate": scorecard.LintIaC, "terraform/fmt": scorecard.LintIaC, "terraform/plan": scorecard.PlanIaC, "terraform/apply": scorecard.Deploy, "k6io/test": scorecard.LoadTest, "grafana/k6": scorecard.LoadTest,
}

// orb is a step or a job that an orb brings; address is the orb's own name, which an
// alias may hide.
func (r *reader) orb(p *scorecard.Pipeline, j *scorecard.Job, at scorecard.Location, address, name string, settings *yaml.Node) {
	_, rest, _ := strings.Cut(name, "/")
	full, _, _ := strings.Cut(path.Base(address), "@")
	purpose := orbs[full+"/"+rest]
	if purpose == "" {
		purpose = orbs[name]
	}
	if full == "node" && rest == "run" || full == "node" && rest == "test" {
		s := r.scope(at.Path, at.FirstLine, cleanFolder(first(text(settings, "app-dir"), ".")))
		if x := r.command([]string{"npm", "run", first(text(settings, "npm-run"), text(settings, "yarn-run"), text(settings, "run-command"), "test")}, s); len(x.commands) > 0 {
			keep(j, scorecard.JobStep{Location: at, Uses: clean(name)}, x)
			return
		}
		if rest == "test" {
			return // the script is not there, or does nothing
		}
	}
	if purpose == "" {
		if rest != "install" && rest != "setup" && !strings.Contains(rest, "install") && !strings.Contains(rest, "cache") && len(p.Unseen) < 20 && (strings.Contains(rest, "test") || strings.Contains(rest, "deploy") || strings.Contains(rest, "scan") || strings.Contains(rest, "build")) {
			p.Unseen = append(p.Unseen, scorecard.Unseen{Location: at, What: "what the orb's " + clean(name) + " does"})
		}
		return
	}
	keep(j, scorecard.JobStep{Location: at, Uses: clean(name)}, result{commands: []scorecard.Command{{Location: at, Tool: "orb " + clean(name), Purpose: purpose, Folder: "."}}})
}
