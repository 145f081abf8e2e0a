package pipeline

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// gitlabJob is a job's mapping and where it stands; a job may be written in parts.
type gitlabJob struct {
	file string
	line int
	node *yaml.Node
}

// gitlabCI is one pipeline of GitLab with all that it includes.
type gitlabCI struct {
	*reader
	p     *scorecard.Pipeline
	jobs  map[string][]gitlabJob // the last part counts first
	order []string
	files map[string]bool
	// defaults are the parts of `default` and of the top level.
	defaults []gitlabJob
	workflow *yaml.Node
}

// reserved are the keys of the top level that are no jobs.
var reserved = setOf("default include stages variables workflow image services cache before_script after_script spec types")

func (r *reader) gitlab(f tree.File, data []byte) { r.gitlabPipeline(f.Path, nil) }

// gitlabPipeline reads a pipeline from its first file. call are the triggers of one that
// another pipeline starts; nil for the project's own.
func (r *reader) gitlabPipeline(file string, call []scorecard.Trigger) {
	p := scorecard.Pipeline{Location: scorecard.Location{Path: file}, System: "gitlab-ci"}
	g := &gitlabCI{reader: r, p: &p, jobs: map[string][]gitlabJob{}, files: map[string]bool{}}
	g.load(file, 0)
	p.Triggers, p.Name = call, ""
	if call == nil {
		p.Triggers = g.started(g.workflow)
	}
	for _, name := range g.order {
		g.job(name)
	}
	if len(g.order) == 0 && len(p.Unseen) == 0 && len(p.Jobs) == 0 {
		return
	}
	if call == nil {
		p.Triggers = triggers(append(p.Triggers, g.all()...)...)
	}
	r.add(p)
}

// all are the triggers that single jobs name.
func (g *gitlabCI) all() (out []scorecard.Trigger) {
	for _, j := range g.p.Jobs {
		out = append(out, j.Triggers...)
	}
	return out
}

// load reads a file and what it includes, which comes first: later parts win.
func (g *gitlabCI) load(file string, depth int) {
	if g.files[file] || depth > 10 || len(g.files) > 100 {
		return
	}
	g.files[file] = true
	data, ok := g.t.Read(file, scorecard.Pipelines)
	if !ok {
		return
	}
	for _, root := range g.roots(tree.File{Path: file}, data) {
		if g.p.Location.Path == file && g.p.Location.FirstLine == 0 {
			g.p.Location = at(file, root.Line, yamldoc.LastLine(root))
		}
		g.include(file, get(root, "include"), depth)
		for _, e := range entries(root) {
			switch {
			case e.key == "workflow":
				g.workflow = e.value
			case e.key == "default":
				g.defaults = append(g.defaults, gitlabJob{file, e.line, e.value})
			case reserved[e.key] || e.value == nil || e.value.Kind != yaml.MappingNode:
			default:
				if g.jobs[e.key] == nil {
					g.order = append(g.order, e.key)
				}
				g.jobs[e.key] = append([]gitlabJob{{file, e.line, e.value}}, g.jobs[e.key]...)
			}
		}
		g.defaults = append(g.defaults, gitlabJob{file, root.Line, root})
	}
}

// gitlabTemplates are what GitLab's own templates and components do, by a word of their path.
var gitlabTemplates = []struct {
	word     string
	purposes []scorecard.Purpose
}{
	{"secret-detection", nil}, {"iac", []scorecard.Purpose{scorecard.LintIaC}}, {"sast", []scorecard.Purpose{scorecard.ScanCode}}, {"dependency-scanning", []scorecard.Purpose{scorecard.ScanCode}},
	{"container-scanning", []scorecard.Purpose{scorecard.ScanImage}}, {"dast", []scorecard.Purpose{scorecard.ScanCode}}, {"load-performance-testing", []scorecard.Purpose{scorecard.LoadTest}},
	{"auto-devops", []scorecard.Purpose{scorecard.Test, scorecard.Deploy, scorecard.ScanCode, scorecard.ScanImage}}, {"terraform", []scorecard.Purpose{scorecard.LintIaC, scorecard.PlanIaC}}, {"opentofu", []scorecard.Purpose{scorecard.LintIaC, scorecard.PlanIaC}},
	{"jobs/test", []scorecard.Purpose{scorecard.Test}}, {"jobs/deploy", []scorecard.Purpose{scorecard.Deploy}}, {"aws/deploy-ecs", []scorecard.Purpose{scorecard.Deploy}}, {"code-quality", nil}, {"security/", []scorecard.Purpose{scorecard.ScanCode}},
}

func (g *gitlabCI) include(file string, n *yaml.Node, depth int) {
	items := yamldoc.Items(n)
	if len(items) == 0 && n != nil {
		items = []*yaml.Node{n}
	}
	for _, item := range items {
		local := first(yamldoc.String(item), text(item, "local"))
		switch {
		case strings.Contains(local, "://") || text(item, "remote") != "":
			g.p.Unseen = append(g.p.Unseen, scorecard.Unseen{Location: where(file, item), What: "a file included from another host"})
		case local != "":
			for _, p := range g.match(strings.TrimPrefix(expression.ReplaceAllString(local, ""), "/")) {
				g.included[p] = true
				g.load(p, depth+1)
			}
		case text(item, "template") != "" || text(item, "component") != "":
			g.template(file, item, first(text(item, "template"), text(item, "component")))
		case get(item, "project") != nil:
			g.p.Unseen = append(g.p.Unseen, scorecard.Unseen{Location: where(file, item), What: "files included from the project " + clean(text(item, "project"))})
		}
	}
}

func (g *gitlabCI) template(file string, n *yaml.Node, name string) {
	lower := strings.ToLower(name)
	if at := strings.IndexByte(lower, '@'); at > 0 {
		lower = lower[:at]
	}
	for _, t := range gitlabTemplates {
		if !strings.Contains(lower, t.word) {
			continue
		}
		j := scorecard.Job{Location: where(file, n), Name: clean(path.Base(lower))}
		for _, p := range t.purposes {
			keep(&j, scorecard.JobStep{Location: j.Location, Uses: clean(name)}, result{commands: []scorecard.Command{{Location: j.Location, Tool: "template " + clean(name), Purpose: p, Folder: "."}}})
		}
		finish(g.p, j)
		return
	}
	if get(n, "component") != nil {
		g.p.Unseen = append(g.p.Unseen, scorecard.Unseen{Location: where(file, n), What: "the component " + clean(name)})
	}
}

// match gives the files that a local include names, with wildcards.
func (g *gitlabCI) match(pattern string) (out []string) {
	pattern = path.Clean(pattern)
	if !strings.ContainsAny(pattern, "*?") {
		if g.t.Has(pattern) {
			out = append(out, pattern)
		}
		return out
	}
	for _, f := range g.t.Files() {
		if ok, err := path.Match(pattern, f.Path); err == nil && ok {
			out = append(out, f.Path)
		} else if before, after, deep := strings.Cut(pattern, "**"); deep && strings.HasPrefix(f.Path, before) && strings.HasSuffix(f.Path, strings.TrimLeft(after, "/*")) {
			out = append(out, f.Path)
		}
	}
	return out
}

// lookup finds a key of a job: in its own parts, then in those that it extends, the last first.
func (g *gitlabCI) lookup(name, key string, depth int) (*yaml.Node, string) {
	if depth > 11 {
		return nil, ""
	}
	for _, part := range g.jobs[name] {
		if n := get(part.node, key); n != nil {
			return n, part.file
		}
	}
	for _, part := range g.jobs[name] {
		bases := list(get(part.node, "extends"))
		for _, b := range slices.Backward(bases) {
			if n, file := g.lookup(b, key, depth+1); n != nil {
				return n, file
			}
		}
	}
	return nil, ""
}

// job reads one job; hidden ones are only for others to extend.
func (g *gitlabCI) job(name string) {
	if strings.HasPrefix(name, ".") {
		return
	}
	part := g.jobs[name][0]
	j := scorecard.Job{Location: at(part.file, part.line, yamldoc.LastLine(part.node)), Name: clean(name)}
	var paths []string
	j.Triggers, j.Disabled, paths = g.rules(name)
	if child, _ := g.lookup(name, "trigger", 0); child != nil {
		g.child(name, part, child, j)
		return
	}
	sub := g.scope(part.file, part.line, ".")
	folder := "."
	for _, key := range []string{"before_script", "script", "after_script"} {
		n, file := g.lookup(name, key, 0)
		if n == nil && key != "script" {
			n, file = g.fallback(key)
		}
		sub.file, sub.folder = first(file, part.file), folder
		keep(&j, scorecard.JobStep{Location: where(sub.file, n)}, g.gitlabLines(n, &sub, 0))
		if key == "before_script" {
			folder = sub.folder
		}
	}
	if n, _ := g.lookup(name, "allow_failure", 0); yamldoc.String(n) == "true" {
		tolerate(&j, "allow_failure is set")
	}
	g.p.Unseen = append(g.p.Unseen, *sub.unseen...)
	if len(paths) > 0 { // changes under these folders alone start it: it is about them
		for i := range j.Steps {
			for k, c := range j.Steps[i].Commands {
				if c.Folder == "." && len(paths) == 1 {
					j.Steps[i].Commands[k].Folder = paths[0]
				}
			}
		}
	}
	finish(g.p, j)
}

func (g *gitlabCI) fallback(key string) (*yaml.Node, string) {
	for _, d := range slices.Backward(g.defaults) {
		if n := get(d.node, key); n != nil {
			return n, d.file
		}
	}
	return nil, ""
}

// gitlabLines reads the lines of a script, `!reference` followed.
func (g *gitlabCI) gitlabLines(n *yaml.Node, s *scope, depth int) (out result) {
	n = yamldoc.Follow(n)
	switch {
	case n == nil || depth > 8:
	case n.Tag == "!reference":
		keys := list(&yaml.Node{Kind: yaml.SequenceNode, Content: n.Content})
		if len(keys) < 2 {
			return out
		}
		target, file := g.lookup(keys[0], keys[1], 0)
		if len(keys) == 2 && target != nil {
			sub := *s
			sub.file = first(file, s.file)
			out = g.gitlabLines(target, &sub, depth+1)
			s.folder = sub.folder
		}
	case n.Kind == yaml.SequenceNode:
		for _, item := range yamldoc.Items(n) {
			out.add(g.gitlabLines(item, s, depth+1))
		}
	case n.Kind == yaml.ScalarNode:
		out = g.scalar(n, *s)
		if m := leadingCD.FindStringSubmatch(n.Value); m != nil {
			s.folder = path.Join(s.folder, knownFolder(strings.NewReplacer("$CI_PROJECT_DIR", ".", "${CI_PROJECT_DIR}", ".").Replace(variable.ReplaceAllStringFunc(strings.Trim(m[1], `"'`), func(v string) string {
				if strings.Contains(v, "CI_PROJECT_DIR") {
					return v
				}
				return unknown
			}))))
			if strings.HasPrefix(s.folder, "..") {
				s.folder = "."
			}
		}
	}
	return out
}

var variable = lazyregexp.New(`\$\{?\w+\}?`)

// child reads what a job triggers: a pipeline of this repository is read by itself.
func (g *gitlabCI) child(name string, part gitlabJob, n *yaml.Node, j scorecard.Job) {
	defer finish(g.p, j)
	for _, item := range append(yamldoc.Items(get(n, "include")), get(n, "include")) {
		local := first(yamldoc.String(item), text(item, "local"))
		for _, p := range g.match(strings.TrimPrefix(local, "/")) {
			if local != "" && j.Disabled == "" && !g.files[p] {
				g.files[p] = true
				on := j.Triggers
				if len(on) == 0 {
					on = g.started(g.workflow)
				}
				g.gitlabPipeline(p, on)
			}
		}
	}
	if get(n, "project") != nil || n.Kind == yaml.ScalarNode || get(n, "include") != nil && text(n, "include") == "" && len(g.match(text(n, "include", "local"))) == 0 && len(yamldoc.Items(get(n, "include"))) == 0 {
		g.p.Unseen = append(g.p.Unseen, scorecard.Unseen{Location: where(part.file, n), What: "the pipeline that the job " + clean(name) + " starts"})
	}
}

// started are the triggers of the pipeline as a whole.
func (g *gitlabCI) started(workflow *yaml.Node) []scorecard.Trigger {
	all := []scorecard.Trigger{scorecard.OnPullRequest, scorecard.OnPush, scorecard.OnTag, scorecard.OnSchedule, scorecard.OnManual}
	rules := get(workflow, "rules")
	if rules == nil {
		return all
	}
	on, _, _ := rulesOf(rules)
	if len(on) == 0 {
		return all
	}
	return on
}

var sourceIs = map[string]scorecard.Trigger{
	"schedule": scorecard.OnSchedule, "merge_request_event": scorecard.OnPullRequest, "push": scorecard.OnPush, "web": scorecard.OnManual,
	"trigger": scorecard.OnEvent, "api": scorecard.OnEvent, "pipeline": scorecard.OnEvent, "parent_pipeline": scorecard.OnEvent,
}

var sourceTest = lazyregexp.New(`\$CI_PIPELINE_SOURCE\s*==\s*["'](\w+)["']`)

// rules reads when a job runs: its triggers where they are named, why it never does,
// and the folders whose changes start it.
func (g *gitlabCI) rules(name string) (on []scorecard.Trigger, disabled string, paths []string) {
	if n, _ := g.lookup(name, "rules", 0); n != nil {
		return rulesOf(n)
	}
	if n, _ := g.lookup(name, "when", 0); yamldoc.String(n) == "never" {
		return nil, "it is set to run never", nil
	}
	only, _ := g.lookup(name, "only", 0)
	refs := list(only)
	if only != nil && only.Kind == yaml.MappingNode {
		refs = list(get(only, "refs"))
		paths = prefixes(list(get(only, "changes")))
	}
	for _, ref := range refs {
		switch ref {
		case "schedules":
			on = append(on, scorecard.OnSchedule)
		case "tags":
			on = append(on, scorecard.OnTag)
		case "merge_requests", "external_pull_requests":
			on = append(on, scorecard.OnPullRequest)
		case "web":
			on = append(on, scorecard.OnManual)
		case "triggers", "api", "pipelines":
			on = append(on, scorecard.OnEvent)
		default:
			on = append(on, scorecard.OnPush)
		}
	}
	return triggers(on...), "", paths
}

func rulesOf(n *yaml.Node) (on []scorecard.Trigger, disabled string, paths []string) {
	never, open := 0, false
	items := yamldoc.Items(n)
	for _, rule := range items {
		if rule.Tag == "!reference" || rule.Kind != yaml.MappingNode {
			open = true
			continue
		}
		condition, when := text(rule, "if"), text(rule, "when")
		if when == "never" {
			never++
			if condition == "" && get(rule, "changes") == nil && get(rule, "exists") == nil {
				break // nothing comes behind it
			}
			continue
		}
		paths = append(paths, list(get(rule, "changes"))...)
		paths = append(paths, list(get(rule, "changes", "paths"))...)
		ms := sourceTest.FindAllStringSubmatch(condition, -1)
		for _, m := range ms {
			if t := sourceIs[m[1]]; t != "" {
				on = append(on, t)
			}
		}
		switch {
		case len(ms) > 0:
		case strings.Contains(condition, "$CI_COMMIT_TAG") && !strings.Contains(condition, "== null"):
			on = append(on, scorecard.OnTag)
		case strings.Contains(condition, "$CI_MERGE_REQUEST_"):
			on = append(on, scorecard.OnPullRequest)
		case strings.Contains(condition, "$CI_COMMIT_BRANCH"), strings.Contains(condition, "$CI_COMMIT_REF_NAME"), strings.Contains(condition, "$CI_DEFAULT_BRANCH"):
			on = append(on, scorecard.OnPush)
		default:
			open = true
		}
	}
	if len(items) > 0 && never > 0 && len(on) == 0 && !open {
		return nil, "its rules never let it run", nil
	}
	if open {
		on = nil
	}
	return triggers(on...), "", prefixes(paths)
}
