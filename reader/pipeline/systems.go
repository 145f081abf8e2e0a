package pipeline

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// always are the triggers of systems that run on every change unless told otherwise.
func always() []scorecard.Trigger {
	return []scorecard.Trigger{scorecard.OnPullRequest, scorecard.OnPush}
}

// begin is a pipeline that a document describes.
func begin(f tree.File, root *yaml.Node, system string, on ...scorecard.Trigger) scorecard.Pipeline {
	return scorecard.Pipeline{Location: at(f.Path, root.Line, yamldoc.LastLine(root)), System: system, Name: clean(text(root, "name")), Triggers: on}
}

// one adds a step that reads scripts to a job.
func (r *reader) one(p *scorecard.Pipeline, j *scorecard.Job, file string, n *yaml.Node, step scorecard.JobStep, scripts *yaml.Node, folder string) {
	if scripts == nil {
		return
	}
	step.Location = where(file, n)
	s := r.scope(file, scripts.Line, cleanFolder(folder))
	keep(j, step, r.scripts(scripts, s))
	p.Unseen = append(p.Unseen, *s.unseen...)
}

// bitbucket reads Bitbucket Pipelines.
func (r *reader) bitbucket(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		p := begin(f, root, "bitbucket")
		var on []scorecard.Trigger
		for _, e := range entries(get(root, "pipelines")) {
			switch e.key {
			case "default":
				on = always()
				r.bitbucketItems(f, &p, e.value, e.key, []scorecard.Trigger{scorecard.OnPush, scorecard.OnPullRequest})
				continue
			case "branches":
				on = append(on, scorecard.OnPush)
			case "pull-requests":
				on = append(on, scorecard.OnPullRequest)
			case "tags":
				on = append(on, scorecard.OnTag)
			case "custom":
				on = append(on, scorecard.OnManual)
			}
			for _, b := range entries(e.value) {
				r.bitbucketItems(f, &p, b.value, b.key, map[string][]scorecard.Trigger{"branches": {scorecard.OnPush}, "pull-requests": {scorecard.OnPullRequest}, "tags": {scorecard.OnTag}, "custom": {scorecard.OnManual, scorecard.OnSchedule}}[e.key])
			}
		}
		p.Triggers = append(p.Triggers, on...)
		r.add(p)
	}
}

func (r *reader) bitbucketItems(f tree.File, p *scorecard.Pipeline, n *yaml.Node, name string, on []scorecard.Trigger) {
	for _, item := range yamldoc.Items(n) {
		steps := []*yaml.Node{get(item, "step")}
		steps = append(steps, yamldoc.Items(get(item, "parallel"))...)
		steps = append(steps, yamldoc.Items(get(item, "parallel", "steps"))...)
		steps = append(steps, yamldoc.Items(get(item, "stage", "steps"))...)
		for _, s := range steps {
			if inner := get(s, "step"); inner != nil {
				s = inner
			}
			if s == nil {
				continue
			}
			j := scorecard.Job{Location: where(f.Path, s), Name: clean(first(text(s, "name"), name)), Triggers: on}
			r.one(p, &j, f.Path, s, scorecard.JobStep{Name: j.Name}, get(s, "script"), ".")
			for _, line := range yamldoc.Items(get(s, "script")) {
				if pipe := text(line, "pipe"); pipe != "" {
					keep(&j, scorecard.JobStep{Location: where(f.Path, line), Uses: clean(pipe)}, result{commands: pipeCommands(pipe, where(f.Path, line))})
				}
			}
			finish(p, j)
		}
	}
}

// pipeCommands is what a pipe of Bitbucket does, by its name.
func pipeCommands(pipe string, at scorecard.Location) []scorecard.Command {
	name, _, _ := strings.Cut(path.Base(pipe), ":")
	purpose := scorecard.Purpose("")
	switch {
	case strings.Contains(name, "scan") || strings.Contains(name, "snyk") || strings.Contains(name, "sonar"):
		purpose = scorecard.ScanCode
	case strings.Contains(name, "deploy") || strings.HasPrefix(name, "kubectl") || strings.HasPrefix(name, "helm") || strings.HasSuffix(name, "-run") && !strings.Contains(name, "trigger"):
		purpose = scorecard.Deploy
	default:
		return nil
	}
	return []scorecard.Command{{Location: at, Tool: "pipe " + clean(name), Purpose: purpose, Folder: "."}}
}

// drone reads Drone, whose documents are pipelines, and Woodpecker, whose steps look alike.
func (r *reader) drone(f tree.File, data []byte) { r.steps(f, data, "drone") }

func (r *reader) woodpecker(f tree.File, data []byte) { r.steps(f, data, "woodpecker") }

func (r *reader) steps(f tree.File, data []byte, system string) {
	for _, root := range r.roots(f, data) {
		if kind := text(root, "kind"); kind != "" && kind != "pipeline" {
			continue
		}
		p := begin(f, root, system)
		trigger := get(root, "trigger")
		if trigger == nil {
			trigger = get(root, "when")
		}
		p.Triggers = droneTriggers(trigger)
		j := scorecard.Job{Location: p.Location, Name: clean(first(text(root, "name"), "default"))}
		var each []entry
		for _, key := range []string{"steps", "pipeline"} {
			for _, s := range yamldoc.Items(get(root, key)) {
				each = append(each, entry{text(s, "name"), s.Line, s})
			}
			each = append(each, entries(get(root, key))...)
		}
		for _, s := range each {
			if s.value == nil || s.value.Kind != yaml.MappingNode {
				continue
			}
			r.one(&p, &j, f.Path, s.value, scorecard.JobStep{Name: clean(s.key)}, get(s.value, "commands"), first(text(s.value, "directory"), "."))
			image := text(s.value, "image")
			if strings.HasSuffix(path.Base(strings.Split(image, ":")[0]), "-helm") || strings.Contains(image, "drone-helm") || strings.Contains(image, "drone-kubernetes") || strings.Contains(image, "drone-gke") || strings.Contains(image, "drone-ecs") || strings.Contains(image, "drone-ssh") {
				keep(&j, scorecard.JobStep{Location: where(f.Path, s.value), Uses: clean(image)}, result{commands: []scorecard.Command{{Location: where(f.Path, s.value), Tool: clean(image), Purpose: scorecard.Deploy, Folder: "."}}})
			}
		}
		finish(&p, j)
		r.add(p)
	}
}

func droneTriggers(n *yaml.Node) (out []scorecard.Trigger) {
	events := list(get(n, "event"))
	events = append(events, list(get(n, "event", "include"))...)
	for _, item := range yamldoc.Items(n) {
		events = append(events, list(get(item, "event"))...)
	}
	for _, e := range events {
		switch e {
		case "push":
			out = append(out, scorecard.OnPush)
		case "pull_request":
			out = append(out, scorecard.OnPullRequest)
		case "tag":
			out = append(out, scorecard.OnTag)
		case "cron":
			out = append(out, scorecard.OnSchedule)
		case "promote", "custom", "manual":
			out = append(out, scorecard.OnManual)
		default:
			out = append(out, scorecard.OnEvent)
		}
	}
	if len(out) == 0 {
		out = append(always(), scorecard.OnTag)
	}
	return out
}

// buildkite reads a pipeline of Buildkite.
func (r *reader) buildkite(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		if get(root, "steps") == nil {
			continue
		}
		p := begin(f, root, "buildkite", append(always(), scorecard.OnTag)...)
		r.buildkiteSteps(f, &p, get(root, "steps"))
		r.add(p)
	}
}

func (r *reader) buildkiteSteps(f tree.File, p *scorecard.Pipeline, steps *yaml.Node) {
	for _, s := range yamldoc.Items(steps) {
		if s.Kind != yaml.MappingNode {
			continue
		}
		if group := get(s, "steps"); group != nil {
			r.buildkiteSteps(f, p, group)
			continue
		}
		j := scorecard.Job{Location: where(f.Path, s), Name: clean(first(text(s, "label"), text(s, "name"), text(s, "key")))}
		if text(s, "skip") == "true" || text(s, "if") == "false" {
			j.Disabled = "it is set to be skipped"
		}
		r.one(p, &j, f.Path, s, scorecard.JobStep{Name: j.Name}, firstNode(get(s, "command"), get(s, "commands")), ".")
		if text(s, "trigger") != "" {
			p.Unseen = append(p.Unseen, scorecard.Unseen{Location: where(f.Path, s), What: "the pipeline that a step triggers"})
		}
		finish(p, j)
	}
}

// travis reads Travis CI, which runs tests by itself for most languages.
func (r *reader) travis(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		p := begin(f, root, "travis", append(always(), scorecard.OnTag)...)
		j := scorecard.Job{Location: p.Location, Name: "default"}
		script := get(root, "script")
		for _, key := range []string{"before_script", "script", "after_success", "after_script", "install", "before_install"} {
			r.one(&p, &j, f.Path, get(root, key), scorecard.JobStep{Name: key}, get(root, key), ".")
		}
		jobs := get(root, "jobs", "include")
		if jobs == nil {
			jobs = get(root, "matrix", "include")
		}
		own := script != nil
		for _, s := range yamldoc.Items(jobs) {
			own = own || get(s, "script") != nil
			r.one(&p, &j, f.Path, s, scorecard.JobStep{Name: clean(text(s, "stage"))}, get(s, "script"), ".")
		}
		if line := travisDefault[text(root, "language")]; line != "" && !own {
			s := r.scope(f.Path, max(yamldoc.KeyLine(root, "language"), 1), ".")
			keep(&j, scorecard.JobStep{Location: s.location(0), Name: "the default of the language"}, r.script(r.travisScript(text(root, "language"), line), s))
		}
		for _, d := range append(yamldoc.Items(get(root, "deploy")), get(root, "deploy")) {
			if provider := text(d, "provider"); provider != "" {
				purpose := scorecard.Deploy
				switch provider {
				case "releases", "npm", "pypi", "rubygems", "cargo", "pages", "bintray", "hackage", "cocoapods":
					purpose = scorecard.Release
				case "script":
					r.one(&p, &j, f.Path, d, scorecard.JobStep{Name: "deploy"}, get(d, "script"), ".")
					continue
				}
				keep(&j, scorecard.JobStep{Location: where(f.Path, d), Name: "deploy"}, result{commands: []scorecard.Command{{Location: where(f.Path, d), Tool: "deploy to " + clean(provider), Purpose: purpose, Folder: "."}}})
			}
		}
		finish(&p, j)
		r.add(p)
	}
}

// travisDefault is what runs where a language is named and no script.
var travisDefault = map[string]string{
	"go": "go test ./...", "node_js": "npm test", "ruby": "rake", "java": "mvn test -B", "scala": "sbt test", "php": "phpunit", "rust": "cargo test",
	"elixir": "mix test", "clojure": "lein test", "groovy": "gradle check", "crystal": "crystal spec", "erlang": "rebar3 eunit", "haskell": "cabal test", "perl": "prove", "dart": "dart test", "julia": "julia test",
}

func (r *reader) travisScript(language, line string) string {
	if language == "go" && r.findMakefile(".", "") != nil {
		return "make"
	}
	if (language == "java" || language == "scala") && (r.t.Has("build.gradle") || r.t.Has("build.gradle.kts")) {
		return "gradle check"
	}
	return line
}

// appveyor reads AppVeyor.
func (r *reader) appveyor(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		p := begin(f, root, "appveyor", always()...)
		j := scorecard.Job{Location: p.Location, Name: "default"}
		for _, key := range []string{"build_script", "before_test", "test_script", "after_test", "deploy_script"} {
			for _, item := range append(yamldoc.Items(get(root, key)), get(root, key)) {
				for _, shell := range []string{"", "cmd", "ps", "sh", "pwsh"} {
					n := item
					if shell != "" {
						n = get(item, shell)
					}
					if n != nil && n.Kind == yaml.ScalarNode {
						r.one(&p, &j, f.Path, n, scorecard.JobStep{Name: key}, n, ".")
					}
				}
			}
		}
		finish(&p, j)
		r.add(p)
	}
}

// cloudBuild reads Google Cloud Build: an image a step, with its arguments. What
// starts it stands in the cloud, and is a push or a pull request mostly.
func (r *reader) cloudBuild(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		if len(yamldoc.Items(get(root, "steps"))) == 0 {
			continue
		}
		p := begin(f, root, "cloud-build", append(always(), scorecard.OnTag)...)
		j := scorecard.Job{Location: p.Location, Name: "build"}
		for _, s := range yamldoc.Items(get(root, "steps")) {
			step := scorecard.JobStep{Location: where(f.Path, s), Name: clean(text(s, "id")), Uses: clean(text(s, "name"))}
			sub := r.scope(f.Path, s.Line, cleanFolder(first(text(s, "dir"), ".")))
			if script := get(s, "script"); script != nil {
				keep(&j, step, r.scalar(script, sub))
				continue
			}
			words := list(get(s, "args"))
			if entry := list(get(s, "entrypoint")); len(entry) > 0 {
				words = append(entry, words...)
			} else {
				words = append([]string{builder(text(s, "name"))}, words...)
			}
			if n := get(s, "args"); n != nil {
				sub.line = n.Line
			}
			keep(&j, step, r.command(words, sub))
			p.Unseen = append(p.Unseen, *sub.unseen...)
		}
		finish(&p, j)
		r.add(p)
	}
}

// builder is the program that a builder's image runs.
func builder(image string) string {
	if tool := imageTool(image); tool != "" {
		return tool
	}
	name, _, _ := strings.Cut(path.Base(image), ":")
	name, _, _ = strings.Cut(name, "@")
	switch name {
	case "gke-deploy", "gcloud", "docker", "npm", "yarn", "go", "mvn", "gradle", "bazel", "kubectl", "helm", "terraform", "dotnet", "git":
		return name
	case "cloud-sdk", "cloud-sdk-docker":
		return "gcloud"
	case "skaffold", "k8s-skaffold":
		return "skaffold"
	case "node":
		return "node"
	}
	return name
}

// codeBuild reads the build specification of AWS CodeBuild.
func (r *reader) codeBuild(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		if get(root, "phases") == nil {
			continue
		}
		p := begin(f, root, "codebuild", always()...)
		j := scorecard.Job{Location: p.Location, Name: "build"}
		for _, e := range entries(get(root, "phases")) {
			r.one(&p, &j, f.Path, e.value, scorecard.JobStep{Name: clean(e.key)}, get(e.value, "commands"), ".")
		}
		finish(&p, j)
		r.add(p)
	}
}

// prow reads the jobs of Prow.
func (r *reader) prow(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		p := begin(f, root, "prow")
		for kind, on := range map[string]scorecard.Trigger{"presubmits": scorecard.OnPullRequest, "postsubmits": scorecard.OnPush, "periodics": scorecard.OnSchedule} {
			jobs := yamldoc.Items(get(root, kind))
			for _, e := range entries(get(root, kind)) {
				jobs = append(jobs, yamldoc.Items(e.value)...)
			}
			for _, n := range jobs {
				p.Triggers = append(p.Triggers, on)
				j := scorecard.Job{Location: where(f.Path, n), Name: clean(text(n, "name")), Triggers: []scorecard.Trigger{on}}
				for _, c := range yamldoc.Items(get(n, "spec", "containers")) {
					r.container(&p, &j, f.Path, c)
				}
				finish(&p, j)
			}
		}
		if len(p.Jobs) > 0 {
			slicesSortJobs(p.Jobs)
			r.add(p)
		}
	}
}

// container reads what a container runs: its command with its arguments.
func (r *reader) container(p *scorecard.Pipeline, j *scorecard.Job, file string, c *yaml.Node) {
	n := firstNode(get(c, "command"), get(c, "args"))
	if n == nil {
		return
	}
	words := append(list(get(c, "command")), list(get(c, "args"))...)
	s := r.scope(file, n.Line, ".")
	keep(j, scorecard.JobStep{Location: where(file, c), Name: clean(text(c, "name")), Uses: clean(text(c, "image"))}, r.command(words, s))
	p.Unseen = append(p.Unseen, *s.unseen...)
}
