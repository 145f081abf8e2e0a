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

// workflow is one GitHub workflow while it is read.
type workflow struct {
	*reader
	p    *scorecard.Pipeline
	seen map[string]bool // the uses that are kept
}

func (r *reader) github(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		if get(root, "jobs") == nil {
			continue
		}
		p := scorecard.Pipeline{Location: at(f.Path, root.Line, yamldoc.LastLine(root)), System: "github-actions", Name: clean(text(root, "name"))}
		p.Triggers, p.Paths = githubTriggers(get(root, "on"))
		p.Permissions = permissionsOf(f.Path, root)
		w := &workflow{r, &p, map[string]bool{}}
		w.jobs(f.Path, root, values{}, 0, "")
		if len(p.Jobs) > 0 && !slices.ContainsFunc(p.Jobs, func(j scorecard.Job) bool { return j.Disabled == "" }) {
			p.Disabled = p.Jobs[0].Disabled
		}
		r.add(p)
	}
}

// githubTriggers reads `on`: a word, a list, or a mapping.
func githubTriggers(n *yaml.Node) (out []scorecard.Trigger, paths []string) {
	everywhere, n := false, yamldoc.Follow(n)
	one := func(event string, value *yaml.Node) {
		filter := list(get(value, "paths"))
		switch event {
		case "push":
			tags, branches := get(value, "tags") != nil || get(value, "tags-ignore") != nil, get(value, "branches") != nil || get(value, "branches-ignore") != nil
			if tags || !branches && value == nil {
				out = append(out, scorecard.OnTag)
			}
			if !tags || branches {
				out = append(out, scorecard.OnPush)
			}
			everywhere = everywhere || len(filter) == 0
		case "pull_request", "pull_request_target", "merge_group":
			out = append(out, scorecard.OnPullRequest)
			everywhere = everywhere || len(filter) == 0 && event != "merge_group"
		case "schedule":
			out = append(out, scorecard.OnSchedule)
		case "workflow_dispatch":
			out = append(out, scorecard.OnManual)
		case "workflow_call":
			out = append(out, scorecard.OnWorkflow)
		case "release", "create":
			out, everywhere = append(out, scorecard.OnTag), true
		default:
			out, everywhere = append(out, scorecard.OnEvent), true
		}
		paths = append(paths, filter...)
	}
	for _, e := range list(n) {
		one(e, nil)
	}
	for _, e := range entries(n) {
		v := e.value
		if v != nil && v.Tag == "!!null" {
			v = nil
		}
		one(e.key, v)
	}
	if everywhere {
		paths = nil
	}
	return triggers(out...), prefixes(paths)
}

// permissionsOf reads `permissions` of a workflow or a job.
func permissionsOf(file string, n *yaml.Node) scorecard.Permissions {
	v := get(n, "permissions")
	if v == nil {
		return scorecard.Permissions{}
	}
	line := yamldoc.KeyLine(n, "permissions")
	return scorecard.Permissions{Set: true, WriteAll: yamldoc.String(v) == "write-all", Location: at(file, max(line, 1), max(yamldoc.LastLine(v), line))}
}

// values are what expressions are filled in with: "matrix.service", "inputs.folder".
type values map[string]string

var githubExpression = lazyregexp.New(`\$\{\{\s*([\w.-]+)\s*\}\}`)

func (v values) fill(s string) string {
	if !strings.Contains(s, "${{") {
		return s
	}
	return githubExpression.ReplaceAllStringFunc(s, func(x string) string {
		name := githubExpression.FindStringSubmatch(x)[1]
		if name == "github.workspace" {
			return "."
		}
		if value, ok := v[name]; ok {
			return value
		}
		return x
	})
}

func (v values) with(prefix string, n *yaml.Node) values {
	out := values{}
	for k, x := range v {
		out[k] = x
	}
	for k, x := range yamldoc.StringMap(n) {
		out[prefix+k] = v.fill(x)
	}
	return out
}

// off says why a condition never holds; empty when it may.
func off(n *yaml.Node) string {
	s := strings.TrimSpace(yamldoc.String(n))
	if inner, ok := strings.CutPrefix(s, "${{"); ok {
		s = strings.TrimSpace(strings.TrimSuffix(inner, "}}"))
	}
	if strings.EqualFold(s, "false") || strings.HasPrefix(strings.ToLower(s), "false &&") {
		return "its condition is `false`"
	}
	return ""
}

var eventIs = lazyregexp.New(`^\s*(?:\$\{\{)?\s*github\.event_name\s*==\s*'(\w+)'\s*(?:&&[^|]*)?(?:\}\})?\s*$`)

var events = map[string]scorecard.Trigger{
	"push": scorecard.OnPush, "pull_request": scorecard.OnPullRequest, "pull_request_target": scorecard.OnPullRequest, "schedule": scorecard.OnSchedule,
	"workflow_dispatch": scorecard.OnManual, "release": scorecard.OnTag,
}

// jobs reads the jobs of a workflow, or of one that it calls.
func (w *workflow) jobs(file string, root *yaml.Node, v values, depth int, disabled string) {
	env := v.with("env.", get(root, "env"))
	for _, e := range entries(get(root, "jobs")) {
		if e.value == nil || e.value.Kind != yaml.MappingNode {
			continue
		}
		j := scorecard.Job{Location: at(file, e.line, yamldoc.LastLine(e.value)), Name: clean(e.key), Disabled: disabled, Permissions: permissionsOf(file, e.value)}
		if j.Disabled == "" {
			j.Disabled = off(get(e.value, "if"))
		}
		if m := eventIs.FindStringSubmatch(text(e.value, "if")); m != nil {
			if t := events[m[1]]; t != "" {
				j.Triggers = []scorecard.Trigger{t}
			}
		}
		jobEnv := env.with("env.", get(e.value, "env"))
		if uses := text(e.value, "uses"); uses != "" {
			w.called(file, e.value, uses, &j, jobEnv, depth)
			finish(w.p, j)
			continue
		}
		folder := first(text(e.value, "defaults", "run", "working-directory"), text(root, "defaults", "run", "working-directory"))
		for _, row := range matrix(e.value, jobEnv) {
			w.steps(file, get(e.value, "steps"), row, row.fill(folder), &j, 0)
		}
		ofLanguages(&j)
		if text(e.value, "continue-on-error") == "true" {
			tolerate(&j, goesOn)
		}
		finish(w.p, j)
	}
}

// goesOn is why nothing comes of a failure.
const goesOn = "continue-on-error is set"

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// own gives the path of an action or workflow of this repository, which may be named by
// its address, too.
func (w *workflow) own(uses string) (string, bool) {
	if local, ok := strings.CutPrefix(uses, "./"); ok {
		return local, true
	}
	file, _, _ := strings.Cut(uses, "@")
	if n := len(w.home) + 1; w.home != "" && len(file) > n && strings.EqualFold(file[:n], w.home+"/") {
		return file[n:], true
	}
	return "", false
}

// called reads a job that is a workflow of its own: one of this repository is followed.
func (w *workflow) called(file string, job *yaml.Node, uses string, j *scorecard.Job, v values, depth int) {
	local, ok := w.own(uses)
	if !ok {
		w.use(at(file, get(job, "uses").Line, 0), uses)
		s := w.scope(file, get(job, "uses").Line, path.Join(".", folderAsked(get(job, "with"))))
		commands := w.actionCommands(uses, get(job, "with"), s)
		if len(commands) == 0 {
			commands = stated(uses, s)
		}
		if len(commands) > 0 {
			j.Steps = append(j.Steps, scorecard.JobStep{Location: where(file, get(job, "uses")), Uses: uses, Commands: commands})
		} else if may, any := purposesOf(path.Base(strings.Split(uses, "@")[0]), j.Name, w.p.Name, path.Base(file)); j.Disabled == "" && (any || len(may) > 0) {
			w.p.Unseen = append(w.p.Unseen, scorecard.Unseen{Location: where(file, get(job, "uses")), What: "the workflow " + clean(uses), May: may})
		}
		return
	}
	root := w.document(local)
	if root == nil || depth >= 4 {
		return
	}
	for _, row := range matrix(job, v) {
		inner := values{}.with("", nil)
		for _, in := range entries(get(root, "on", "workflow_call", "inputs")) {
			if d := text(in.value, "default"); d != "" {
				inner["inputs."+in.key] = d
			}
		}
		for k, x := range yamldoc.StringMap(get(job, "with")) {
			inner["inputs."+k] = row.fill(x)
		}
		before := len(w.p.Jobs)
		w.jobs(local, root, inner, depth+1, j.Disabled)
		for i := before; i < len(w.p.Jobs); i++ {
			if len(w.p.Jobs[i].Triggers) == 0 {
				w.p.Jobs[i].Triggers = j.Triggers
			}
			w.p.Jobs[i].Name = j.Name + " / " + w.p.Jobs[i].Name
			// What the called file may do is judged in its own place.
			w.p.Jobs[i].Permissions = scorecard.Permissions{Set: true}
		}
	}
}

// maxRows is how many combinations of a matrix are read.
const maxRows = 40

// matrix gives the values of each combination of a job's matrix, or the values alone.
func matrix(job *yaml.Node, v values) []values {
	m := get(job, "strategy", "matrix")
	rows := []values{v}
	for _, e := range entries(m) {
		if e.key == "include" || e.key == "exclude" {
			continue
		}
		items := yamldoc.Items(e.value)
		var next []values
		for _, row := range rows {
			for _, item := range items {
				if item.Kind == yaml.MappingNode {
					next = append(next, row.with("matrix."+e.key+".", item))
				} else {
					next = append(next, row.with("matrix.", &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: e.key}, item}}))
				}
			}
		}
		if len(next) > 0 && len(next) <= maxRows {
			rows = next
		}
	}
	include := yamldoc.Items(get(m, "include"))
	if len(include) > 0 && len(include) <= maxRows {
		base := rows
		if len(rows) == 1 && len(entries(m)) == 1 {
			rows = nil
		}
		for _, item := range include {
			rows = append(rows, base[0].with("matrix.", item))
		}
	}
	return rows
}

// steps reads the steps of a job or of a composite action.
func (w *workflow) steps(file string, steps *yaml.Node, v values, folder string, j *scorecard.Job, depth int) {
	for _, n := range yamldoc.Items(steps) {
		if n.Kind != yaml.MappingNode || len(j.Steps) > 300 {
			continue
		}
		step := scorecard.JobStep{Location: where(file, n), Name: clean(text(n, "name")), Uses: clean(text(n, "uses")), Disabled: off(get(n, "if"))}
		here := v.with("env.", get(n, "env"))
		if run := get(n, "run"); run != nil {
			if shell := text(n, "shell"); shell == "python" || shell == "node" {
				continue
			}
			sub := w.scope(file, run.Line, cleanFolder(here.fill(first(text(n, "working-directory"), folder))))
			filled := *run
			filled.Value = here.fill(run.Value)
			x := w.scalar(&filled, sub)
			if text(n, "continue-on-error") == "true" {
				x = x.tolerated(goesOn)
			}
			keep(j, step, x)
			w.p.Unseen = append(w.p.Unseen, *sub.unseen...)
			continue
		}
		uses := text(n, "uses")
		switch local, ok := w.own(uses); {
		case uses == "":
		case ok && step.Disabled == "":
			w.action(path.Clean(local), get(n, "with"), here, folder, j, depth)
		case !ok:
			w.use(where(file, get(n, "uses")), uses)
			sub := w.scope(file, n.Line, cleanFolder(here.fill(first(folder, "."))))
			with := filledMap(get(n, "with"), here)
			x := result{commands: w.actionCommands(uses, with, sub)}
			if len(x.commands) == 0 && !strings.HasPrefix(uses, "docker:") {
				sub.folder = path.Join(sub.folder, folderAsked(with))
				x.commands = stated(uses, sub)
			}
			if text(n, "continue-on-error") == "true" {
				x = x.tolerated(goesOn)
			}
			keep(j, step, x)
			w.p.Unseen = append(w.p.Unseen, *sub.unseen...)
		}
	}
}

// filledMap is a mapping of texts with its expressions filled in.
func filledMap(n *yaml.Node, v values) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return n
	}
	out := *n
	out.Content = slices.Clone(n.Content)
	for i := 1; i < len(out.Content); i += 2 {
		if c := yamldoc.Follow(out.Content[i]); c.Kind == yaml.ScalarNode {
			filled := *c
			filled.Value = v.fill(c.Value)
			out.Content[i] = &filled
		}
	}
	return &out
}

// cleanFolder is a working directory as far as it is known.
func cleanFolder(p string) string {
	return path.Join(".", knownFolder(expression.ReplaceAllString(p, unknown)))
}

// action follows a composite action of this repository.
func (w *workflow) action(folder string, with *yaml.Node, v values, work string, j *scorecard.Job, depth int) {
	file := w.first(folder, "action.yml", "action.yaml")
	root := w.document(file)
	if root == nil || depth >= 5 || text(root, "runs", "using") != "composite" {
		return
	}
	inner := values{}
	for k, x := range v {
		if !strings.HasPrefix(k, "inputs.") {
			inner[k] = x
		}
	}
	for _, in := range entries(get(root, "inputs")) {
		if d := text(in.value, "default"); d != "" {
			inner["inputs."+in.key] = d
		}
	}
	for k, x := range yamldoc.StringMap(with) {
		inner["inputs."+k] = v.fill(x)
	}
	_ = work // a composite action starts in the workspace, whatever its caller's default is
	w.steps(file, get(root, "runs", "steps"), inner, ".", j, depth+1)
}

var (
	fullCommit = lazyregexp.New(`@[0-9a-fA-F]{40}$`)
	digest     = lazyregexp.New(`@sha256:[0-9a-f]{64}$`)
)

// use keeps an action, or a workflow, of another repository.
func (w *workflow) use(at scorecard.Location, ref string) {
	if w.seen[ref] || strings.Contains(ref, "${{") || len(w.p.Uses) >= 300 {
		return
	}
	w.seen[ref] = true
	u := scorecard.ActionUse{Location: at, Ref: ref[:min(len(ref), 200)]}
	if image, ok := strings.CutPrefix(ref, "docker://"); ok {
		u.Pinned = digest.MatchString(image)
	} else {
		o, _, _ := strings.Cut(strings.ToLower(ref), "/")
		u.Known = o == "actions" || o == "github" || o != "" && strings.HasPrefix(w.home, o+"/")
		u.Pinned = fullCommit.MatchString(ref)
	}
	w.p.Uses = append(w.p.Uses, u)
}
