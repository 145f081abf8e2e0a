package pipeline

import (
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// targetsIn are the arguments that name targets.
func targetsIn(words []string) (out []string) {
	for i, w := range words[1:] {
		if w == "--" {
			break
		}
		if !strings.HasPrefix(w, "-") && !strings.Contains(w, "=") && (i == 0 || !folderFlags[words[i]] && words[i] != "-t" && words[i] != "--taskfile" && words[i] != "-d") {
			out = append(out, w)
		}
	}
	return out
}

// first gives the first of the files that there is.
func (r *reader) first(folder string, names ...string) string {
	for _, n := range names {
		if p := path.Join(folder, n); r.t.Has(p) {
			return p
		}
	}
	return ""
}

// document is the only, or first, document of a YAML, JSON file; nil where it can't be read.
func (r *reader) document(file string) *yaml.Node {
	if file == "" {
		return nil
	}
	data, ok := r.t.Read(file)
	if !ok {
		return nil
	}
	for _, d := range yamldoc.Parse(data) {
		if d.Root != nil {
			return d.Root
		}
	}
	return nil
}

// task follows the tasks of a Taskfile.
func (r *reader) task(words []string, s scope) (out result, ok bool) {
	file := r.first(s.folder, "Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml", "Taskfile.dist.yml", "Taskfile.dist.yaml")
	root := r.document(file)
	if root == nil {
		return result{}, false
	}
	targets := targetsIn(words)
	if len(targets) == 0 {
		targets = []string{"default"}
	}
	for _, t := range targets {
		out.add(r.taskOf(root, file, s.folder, t, s))
	}
	return out, true
}

func (r *reader) taskOf(root *yaml.Node, file, folder, name string, s scope) (out result) {
	n := yamldoc.Get(root, "tasks", name)
	if n == nil {
		if space, rest, ok := strings.Cut(name, ":"); ok {
			inc := yamldoc.Get(root, "includes", space)
			at := yamldoc.String(inc)
			dir := path.Dir(file)
			if at == "" {
				at = yamldoc.String(yamldoc.Get(inc, "taskfile"))
				if d := yamldoc.String(yamldoc.Get(inc, "dir")); d != "" {
					dir = path.Join(dir, d)
				}
			}
			at = path.Join(path.Dir(file), at)
			if !r.t.Has(at) {
				at = r.first(at, "Taskfile.yml", "Taskfile.yaml")
			}
			if sub := r.document(at); sub != nil {
				return r.taskOf(sub, at, dir, rest, s)
			}
		}
		return result{}
	}
	if d := yamldoc.String(yamldoc.Get(n, "dir")); d != "" {
		folder = path.Join(folder, knownFolder(d))
	}
	sub, ok := s.in(file, n.Line, folder, "task "+clean(name))
	if !ok {
		return result{}
	}
	for _, d := range yamldoc.Items(yamldoc.Get(n, "deps")) {
		if t := yamldoc.String(d); t != "" {
			out.add(r.taskOf(root, file, folder, t, sub))
		} else if t := yamldoc.String(yamldoc.Get(d, "task")); t != "" {
			out.add(r.taskOf(root, file, folder, t, sub))
		}
	}
	var own result
	steps := append(yamldoc.Items(yamldoc.Get(n, "cmds")), yamldoc.Get(n, "cmd"))
	if n.Kind == yaml.ScalarNode || n.Kind == yaml.SequenceNode {
		steps = append(yamldoc.Items(n), n)
	}
	for _, c := range steps {
		text := c
		if c != nil && c.Kind == yaml.MappingNode {
			if t := yamldoc.String(yamldoc.Get(c, "task")); t != "" {
				out.add(r.taskOf(root, file, folder, strings.TrimPrefix(t, ":"), sub))
			}
			text = yamldoc.Get(c, "cmd")
		}
		own.add(r.scalar(text, sub))
	}
	out.add(r.named(name, own, []string{"task"}, sub))
	return out
}

// scalar reads a script that stands in a YAML scalar.
func (r *reader) scalar(n *yaml.Node, s scope) result {
	n = yamldoc.Follow(n)
	if n == nil || n.Kind != yaml.ScalarNode {
		return result{}
	}
	s.line = n.Line
	if n.Style == yaml.LiteralStyle || n.Style == yaml.FoldedStyle {
		s.line++
	}
	return r.script(n.Value, s)
}

var justRecipe = lazyregexp.New(`^@?([A-Za-z_][\w-]*)(?:\s[^:=]*)?:(?:\s+(.*))?$`)

// just follows the recipes of a justfile.
func (r *reader) just(words []string, s scope) (out result, ok bool) {
	file := r.first(s.folder, "justfile", "Justfile", ".justfile", "JUSTFILE")
	if file == "" {
		return result{}, false
	}
	data, ok := r.t.Read(file)
	if !ok {
		return result{}, false
	}
	m := &makefile{targets: map[string]*target{}, vars: map[string]string{}}
	var current *target
	for i, line := range strings.Split(string(data), "\n") {
		switch {
		case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
			if current != nil {
				current.recipe = append(current.recipe, recipeLine{strings.TrimSpace(line), i + 1})
			}
		case strings.Contains(line, ":="):
		default:
			if v := justRecipe.FindStringSubmatch(strings.TrimRight(line, "\r ")); v != nil {
				needs, _, _ := strings.Cut(v[2], "#")
				current = &target{file: file, line: i + 1, needs: strings.Fields(strings.ReplaceAll(needs, "&&", ""))}
				m.targets[v[1]] = current
				if m.first == "" {
					m.first = v[1]
				}
			}
		}
	}
	targets := targetsIn(words)
	if len(targets) == 0 {
		targets = []string{m.first}
	}
	for _, t := range targets[:min(len(targets), 10)] {
		out.add(r.target(m, t, s.folder, s, map[string]bool{}))
	}
	return out, true
}

var (
	iniSection = lazyregexp.New(`^\s*\[+([^\]]+)\]+\s*$`)
	noxRun     = lazyregexp.New(`session\.run(?:_always)?\(\s*["']([\w./-]+)["']((?:\s*,\s*["'][^"']*["'])*)`)
	noxSession = lazyregexp.New(`^def\s+(\w+)\s*\(`)
	quoted     = lazyregexp.New(`["']([^"']*)["']`)
)

// tox follows the environments that tox runs.
func (r *reader) tox(words []string, s scope) (out result, ok bool) {
	var envs []string
	for i, w := range words {
		if (w == "-e" || w == "-m") && i+1 < len(words) {
			envs = strings.Split(words[i+1], ",")
		} else if strings.HasPrefix(w, "-e") && len(w) > 2 {
			envs = strings.Split(w[2:], ",")
		}
	}
	file := r.first(s.folder, "tox.ini", "setup.cfg", "pyproject.toml", "tox.toml")
	if file == "" {
		return result{}, false
	}
	data, _ := r.t.Read(file)
	sections := toxSections(string(data))
	if len(envs) == 0 {
		envs = []string{"", "test", "tests", "unit"}
	}
	for _, e := range envs {
		e = strings.TrimSpace(e)
		lines, have := sections["testenv:"+e]
		if !have && (strings.HasPrefix(e, "py") || e == "" || strings.Contains(e, unknown) || e == "unit" || e == "tests" || e == "test") {
			lines = sections["testenv"]
		}
		sub, ok := s.in(file, 1, s.folder, strings.TrimSpace("tox "+clean(e)))
		if !ok {
			continue
		}
		for _, l := range lines {
			at := sub
			at.line = l.line
			out.add(r.script(strings.TrimPrefix(strings.NewReplacer("{posargs}", "", "{toxinidir}", ".").Replace(l.text), "-"), at))
		}
	}
	if path.Ext(file) == ".toml" && len(out.commands) == 0 && strings.Contains(string(data), "pytest") && !slices.ContainsFunc(envs, func(e string) bool { return strings.Contains(e, "lint") }) {
		out.commands = r.emit("tox", &meaning{purpose: scorecard.Test, language: "python"}, words[:1], s)
	}
	return out, true
}

// toxSections are the command lines of each section of a tox.ini.
func toxSections(text string) map[string][]recipeLine {
	out := map[string][]recipeLine{}
	section, key := "", ""
	for i, line := range strings.Split(text, "\n") {
		if v := iniSection.FindStringSubmatch(line); v != nil {
			section, key = v[1], ""
			if _, known := out[section]; !known {
				out[section] = nil
			}
			continue
		}
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if name, value, ok := strings.Cut(trimmed, "="); ok && line[0] != ' ' && line[0] != '\t' {
			key, trimmed = strings.TrimSpace(name), strings.TrimSpace(value)
		}
		if strings.HasPrefix(key, "commands") && trimmed != "" {
			if _, rest, ok := strings.Cut(trimmed, ": "); ok && !strings.Contains(trimmed[:len(trimmed)-len(rest)], " -") {
				if head := strings.TrimSuffix(trimmed[:len(trimmed)-len(rest)], ": "); !strings.Contains(head, " ") {
					trimmed = rest
				}
			}
			out[section] = append(out[section], recipeLine{trimmed, i + 1})
		}
	}
	return out
}

// nox follows the sessions that nox runs.
func (r *reader) nox(words []string, s scope) (out result, ok bool) {
	var sessions []string
	for i, w := range words {
		if (w == "-s" || w == "--session" || w == "--sessions" || w == "-e") && i+1 < len(words) {
			sessions = append(sessions, words[i+1])
		} else if rest, ok := strings.CutPrefix(w, "--session="); ok {
			sessions = append(sessions, rest)
		}
	}
	file := r.first(s.folder, "noxfile.py")
	data, have := r.t.Read(file)
	if file == "" || !have {
		return result{}, false
	}
	current := ""
	for i, line := range strings.Split(string(data), "\n") {
		if v := noxSession.FindStringSubmatch(line); v != nil {
			current = v[1]
		}
		wanted := len(sessions) == 0 || slices.ContainsFunc(sessions, func(n string) bool {
			n, _, _ = strings.Cut(n, "-")
			return n == current || strings.Contains(n, unknown)
		})
		if v := noxRun.FindStringSubmatch(line); v != nil && wanted && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			call := []string{v[1]}
			for _, a := range quoted.FindAllStringSubmatch(v[2], -1) {
				call = append(call, a[1])
			}
			if sub, ok := s.in(file, i+1, s.folder, "nox "+current); ok {
				out.add(r.command(call, sub))
			}
		}
	}
	return out, true
}

// hooks are hooks of pre-commit by what they do.
var hooks = map[string]scorecard.Purpose{
	"terraform_validate": scorecard.LintIaC, "terraform_fmt": scorecard.LintIaC, "terraform_tflint": scorecard.LintIaC, "terraform_checkov": scorecard.LintIaC, "terraform_tfsec": scorecard.LintIaC,
	"terraform_trivy": scorecard.LintIaC, "terragrunt_validate": scorecard.LintIaC, "terragrunt_fmt": scorecard.LintIaC, "terrascan": scorecard.LintIaC, "terraform-validate": scorecard.LintIaC, "terraform-fmt": scorecard.LintIaC, "tflint": scorecard.LintIaC, "tofu-validate": scorecard.LintIaC, "tofu_validate": scorecard.LintIaC,
	"checkov": scorecard.LintIaC, "checkov_container": scorecard.LintIaC, "ansible-lint": scorecard.LintIaC, "helmlint": scorecard.LintIaC, "helm-lint": scorecard.LintIaC, "kubeconform": scorecard.LintIaC, "kubeval": scorecard.LintIaC, "kube-linter": scorecard.LintIaC, "cfn-python-lint": scorecard.LintIaC, "cfn-lint": scorecard.LintIaC, "puppet-lint": scorecard.LintIaC, "kustomize-build": scorecard.LintIaC,
	"helm-unittest": scorecard.LintIaC, "helm-kubeconform": scorecard.LintIaC, "kubeconform-helm": scorecard.LintIaC, "k8skubeval": scorecard.LintIaC, "k8svalidate": scorecard.LintIaC, "chart-testing": scorecard.LintIaC, "ct-lint": scorecard.LintIaC, "kube-linter-system": scorecard.LintIaC, "kube-score": scorecard.LintIaC, "conftest": scorecard.LintIaC,
	"checkov_diff": scorecard.LintIaC, "tfsec": scorecard.LintIaC, "terraform-tfsec": scorecard.LintIaC, "terraform_terrascan": scorecard.LintIaC, "terragrunt_validate_inputs": scorecard.LintIaC, "terragrunt-hclfmt": scorecard.LintIaC, "tofu_fmt": scorecard.LintIaC, "tofu_tflint": scorecard.LintIaC, "tofu_checkov": scorecard.LintIaC, "tofu_trivy": scorecard.LintIaC,
	"trivyconfig-docker": scorecard.LintIaC, "trivy-config": scorecard.LintIaC, "trivyfs-docker": scorecard.ScanCode, "kics-scan": scorecard.LintIaC, "cookstyle": scorecard.LintIaC,
	"bandit": scorecard.ScanCode, "semgrep": scorecard.ScanCode, "python-safety-dependencies-check": scorecard.ScanCode, "pip-audit": scorecard.ScanCode, "gosec": scorecard.ScanCode, "govulncheck": scorecard.ScanCode, "go-sec-mod": scorecard.ScanCode,
	"go-unit-tests": scorecard.Test, "go-test-mod": scorecard.Test, "go-test-repo-mod": scorecard.Test, "pytest": scorecard.Test,
}

// preCommit reads the hooks of pre-commit's configuration that a call runs: the one that
// it names, else all of the stage that it asks for.
func (r *reader) preCommit(words []string, s scope) (out result, ok bool) {
	if len(words) > 1 && !slices.Contains(words, "run") && program(words[0]) != "prek" {
		return result{}, true
	}
	named, manual := hookAsked(words)
	file := r.first(s.folder, ".pre-commit-config.yaml", ".pre-commit-config.yml")
	root := r.document(file)
	for _, repo := range yamldoc.Items(yamldoc.Get(root, "repos")) {
		for _, h := range yamldoc.Items(yamldoc.Get(repo, "hooks")) {
			id := yamldoc.String(yamldoc.Get(h, "id"))
			sub, ok := s.in(file, h.Line, s.folder, "pre-commit "+clean(id))
			byHand := slices.ContainsFunc(yamldoc.Items(yamldoc.Get(h, "stages")), func(n *yaml.Node) bool { return n.Value == "manual" })
			if !ok || byHand && !manual || named != "" && named != id && named != yamldoc.String(yamldoc.Get(h, "alias")) {
				continue
			}
			if p := hooks[id]; p != "" {
				out.commands = append(out.commands, r.emit(clean(id), &meaning{purpose: p}, []string{id}, sub)...)
			} else if entry := yamldoc.Get(h, "entry"); entry != nil {
				out.add(r.scalar(entry, sub))
			}
		}
	}
	return out, true
}

// hookValues are the flags of pre-commit that a value follows.
var hookValues = setOf("--hook-stage --from-ref --to-ref -s -o --source --origin -c --config --color --remote-branch --remote-name --local-branch --remote-url")

// hookAsked gives the hook that a call of pre-commit names, empty for all, and whether it
// asks for those that are only run by hand.
func hookAsked(words []string) (hook string, manual bool) {
	for i := 1; i < len(words); i++ {
		switch w := words[i]; {
		case w == "--files":
			return hook, manual
		case w == "--hook-stage=manual" || w == "--hook-stage" && i+1 < len(words) && words[i+1] == "manual":
			manual = true
			fallthrough
		case hookValues[w]:
			if !strings.Contains(w, "=") {
				i++
			}
		case w != "run" && !strings.HasPrefix(w, "-") && !strings.Contains(w, unknown) && hook == "":
			hook = w
		}
	}
	return hook, manual
}

// composer follows a script of a composer.json.
func (r *reader) composer(words []string, s scope) (out result, ok bool) {
	folder := s.folder
	targets := targetsIn(words)
	if len(targets) > 0 && (targets[0] == "run" || targets[0] == "run-script") {
		targets = targets[1:]
	}
	file := r.first(folder, "composer.json")
	root := r.document(file)
	if len(targets) == 0 || root == nil {
		return result{}, true
	}
	name := strings.TrimPrefix(targets[0], "@")
	n := yamldoc.Get(root, "scripts", name)
	if n == nil {
		return result{}, true
	}
	sub, fits := s.in(file, n.Line, folder, "composer "+clean(name))
	if !fits {
		return result{}, true
	}
	for _, item := range append(yamldoc.Items(n), n) {
		if next, is := strings.CutPrefix(yamldoc.String(item), "@"); is {
			next = strings.TrimPrefix(next, "php ")
			if yamldoc.Get(root, "scripts", next) != nil {
				next = "composer " + next
			}
			out.add(r.script(next, sub))
			continue
		}
		out.add(r.scalar(item, sub))
	}
	return r.named(name, out, []string{"composer"}, sub), true
}

var fileRun = lazyregexp.New(`(?i)^\s*RUN\s+(.*)$`)

// dockerBuild reads what the build of an image runs: tests may be one of its stages.
func (r *reader) dockerBuild(words []string, s scope) (result, bool) {
	at := slices.Index(words, "build")
	if at < 0 || at > 3 {
		return result{}, false
	}
	file, context := "", ""
	var tags []string
	args := words[at+1:]
	for i := 0; i < len(args); i++ {
		flag, value, both := strings.Cut(args[i], "=")
		switch {
		case flag == "-f" || flag == "--file":
			if !both && i+1 < len(args) {
				i++
				value = args[i]
			}
			file = value
		case flag == "-t" || flag == "--tag":
			if !both && i+1 < len(args) {
				i++
				value = args[i]
			}
			tags = append(tags, value)
		case strings.HasPrefix(flag, "-"):
			if !both && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") && i+2 < len(args) {
				i++
			}
		default:
			context = args[i]
		}
	}
	r.built(tags, file, context, s)
	return r.imageBuild(file, context, s), true
}

// imageBuild reads the RUN instructions of a Dockerfile.
func (r *reader) imageBuild(file, context string, s scope) (out result) {
	folder := path.Join(s.folder, knownFolder(context))
	p := path.Join(s.folder, file)
	if file == "" || strings.Contains(file, unknown) {
		p = path.Join(folder, "Dockerfile")
	}
	data, ok := r.t.Read(p)
	if !ok {
		return result{active: true}
	}
	sub, ok := s.in(p, 1, folder, "docker build "+clean(p))
	if !ok {
		return result{active: true}
	}
	lines := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		v := fileRun.FindStringSubmatch(lines[i])
		if v == nil {
			continue
		}
		at, text := sub, v[1]
		at.line = i + 1
		for strings.HasSuffix(strings.TrimSpace(text), `\`) && i+1 < len(lines) {
			i++
			if next := strings.TrimSpace(lines[i]); !strings.HasPrefix(next, "#") {
				text = strings.TrimSuffix(strings.TrimSpace(text), `\`) + " " + next
			}
		}
		for strings.HasPrefix(text, "--") {
			_, rest, _ := strings.Cut(text, " ")
			text = strings.TrimSpace(rest)
		}
		for _, c := range r.script(text, at).commands {
			if c.Purpose != scorecard.Deploy && serves(c.Purpose) {
				c.Folder = folder
				out.commands = append(out.commands, c)
			}
		}
	}
	out.active = true
	return out
}

// earthly follows the targets of an Earthfile.
func (r *reader) earthly(words []string, s scope) (out result, ok bool) {
	for _, w := range words[1:] {
		place, name, is := strings.Cut(w, "+")
		if !is || strings.HasPrefix(w, "-") {
			continue
		}
		out.add(r.earthTarget(path.Join(s.folder, knownFolder(place)), name, s))
	}
	return out, true
}

var (
	earthTarget = lazyregexp.New(`^([a-zA-Z][\w.-]*):\s*$`)
	earthCalls  = lazyregexp.New(`^\s*(?:BUILD|FROM|COPY)\s.*?([\w./-]*)\+([\w.-]+)`)
)

func (r *reader) earthTarget(folder, name string, s scope) (out result) {
	file := path.Join(folder, "Earthfile")
	data, ok := r.t.Read(file)
	sub, fits := s.in(file, 1, folder, "earthly "+path.Clean(folder)+"+"+clean(name))
	if !ok || !fits {
		return result{}
	}
	current := ""
	var own result
	for i, line := range strings.Split(string(data), "\n") {
		if v := earthTarget.FindStringSubmatch(line); v != nil {
			current = v[1]
			continue
		}
		if current != name {
			continue
		}
		at := sub
		at.line = i + 1
		if v := fileRun.FindStringSubmatch(line); v != nil {
			own.add(r.script(v[1], at))
		} else if v := earthCalls.FindStringSubmatch(line); v != nil {
			out.add(r.earthTarget(path.Join(folder, v[1]), v[2], at))
		}
	}
	out.add(r.named(name, own, []string{"earthly"}, sub))
	return out
}
