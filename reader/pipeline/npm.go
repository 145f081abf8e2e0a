package pipeline

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// packageFile is what a package.json says of its scripts.
type packageFile struct {
	file, name string
	scripts    map[string]recipeLine
	workspaces bool
}

// packageAt reads the package.json of a folder, once; nil where there is none.
func (r *reader) packageAt(folder string) *packageFile {
	file := path.Join(folder, "package.json")
	if p, ok := r.packages[file]; ok {
		return p
	}
	r.packages[file] = nil
	if !r.t.Has(file) {
		return nil
	}
	data, ok := r.t.Read(file)
	if !ok {
		return nil
	}
	docs := yamldoc.Parse(data)
	if len(docs) != 1 || docs[0].Root == nil {
		return nil
	}
	root := docs[0].Root
	p := &packageFile{file: file, name: yamldoc.String(yamldoc.Get(root, "name")), scripts: map[string]recipeLine{}}
	p.workspaces = yamldoc.Get(root, "workspaces") != nil || r.t.Has(path.Join(folder, "pnpm-workspace.yaml")) || r.t.Has(path.Join(folder, "lerna.json"))
	scripts := yamldoc.Get(root, "scripts")
	for name := range yamldoc.StringMap(scripts) {
		n := yamldoc.Get(scripts, name)
		p.scripts[name] = recipeLine{n.Value, n.Line}
	}
	r.packages[file] = p
	return p
}

// shorthands are npm's words for a script of that name.
var shorthands = map[string]string{"test": "test", "t": "test", "tst": "test", "start": "start", "it": "test", "install-test": "test", "cit": "test", "clean-install-test": "test"}

// npm follows the script that a call of npm, yarn or pnpm runs.
func (r *reader) npm(p string, words []string, s scope) (result, bool) {
	folder, names, recursive, rest := s.folder, []string(nil), false, words[1:]
	var script string
	for i := 0; i < len(rest); i++ {
		w := rest[i]
		flag, value, both := strings.Cut(w, "=")
		next := func() string {
			if !both && i+1 < len(rest) {
				i++
				return rest[i]
			}
			return value
		}
		switch {
		case flag == "--prefix" || flag == "--cwd" || flag == "-C" || flag == "--dir":
			folder = path.Join(folder, knownFolder(next()))
		case flag == "-w" && p == "pnpm" || flag == "--workspace-root":
		case flag == "-w" || flag == "--workspace" || flag == "--filter" || flag == "-F" || flag == "--scope" || flag == "--include" || flag == "--from":
			names = append(names, next())
		case flag == "-r" || flag == "--recursive" || flag == "--workspaces" || flag == "-ws" || flag == "--ws":
			recursive = true
		case strings.HasPrefix(w, "-"):
		case w == "run" || w == "run-script" || w == "rum" || w == "exec" && script == "" || w == "task":
			if w == "exec" {
				if i+1 < len(rest) {
					s.folder = folder
					return r.command(slices.Clone(rest[i+1:]), s), true
				}
				return result{}, true
			}
		case w == "workspace" && p == "yarn" && i+1 < len(rest):
			i++
			names = append(names, rest[i])
		case (w == "workspaces" || w == "foreach") && p == "yarn":
			recursive = true
		case w == "dlx" || w == "x":
			return r.command(slices.Clone(rest[i+1:]), s), true
		default:
			script = w
			i = len(rest)
		}
	}
	if script == "" {
		return result{}, true
	}
	if short := shorthands[script]; short != "" && p != "yarn" {
		script = short
	}
	switch {
	case recursive || len(names) > 0:
		return r.everywhere(folder, script, names, s), true
	case r.packageAt(folder) == nil:
		// The folder is not known well, or is made by the pipeline.
		return r.everywhere(folder, script, nil, s), true
	}
	if x, ok := r.packageScript(r.packageAt(folder), script, folder, s); ok {
		return x, true
	}
	if p == "yarn" || p == "pnpm" || p == "bun" { // they run the programs of packages, too
		if i := slices.Index(words, script); i > 0 {
			s.folder = folder
			if m := meaningOf(words[i:]); m != nil {
				return result{commands: r.emit(m.name(words[i:]), m, words[i:], s)}, true
			}
			if followed[program(script)] {
				return r.follow(program(script), words[i:], s)
			}
		}
	}
	return result{}, true
}

// everywhere runs a script in each package below the folder that has it, or in those named.
func (r *reader) everywhere(folder, script string, names []string, s scope) (out result) {
	for i, f := range r.children(folder, "package.json") {
		p := r.packageAt(f.Folder())
		if p == nil || i >= 300 {
			continue
		}
		if len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool {
			n = strings.Trim(n, ".{}^!")
			return n == p.name || strings.ContainsAny(n, "*"+unknown+"[") || strings.TrimSuffix(path.Clean(n), "/") == f.Folder() || path.Base(n) == path.Base(f.Folder())
		}) {
			continue
		}
		if x, ok := r.packageScript(p, script, f.Folder(), s); ok {
			out.add(x)
		}
	}
	return out
}

// packageScript reads what a script of a package does; false when it has none such.
func (r *reader) packageScript(p *packageFile, name, folder string, s scope) (out result, ok bool) {
	for _, n := range []string{"pre" + name, name, "post" + name} {
		line, have := p.scripts[n]
		if !have {
			continue
		}
		ok = ok || n == name
		sub, fits := s.in(p.file, line.line, folder, "npm run "+clean(n)+inFolder(folder))
		if !fits {
			continue
		}
		x := r.script(line.text, sub)
		if n == name {
			own := s
			own.folder, own.file, own.line, own.via = folder, p.file, line.line, sub.via
			x = r.named(name, x, []string{"npm"}, own)
		}
		out.add(x)
	}
	return out, ok
}

func inFolder(folder string) string {
	if folder == "." {
		return ""
	}
	return " in " + folder
}

// together follows the scripts that run-s, run-p and concurrently name.
func (r *reader) together(words []string, s scope) (out result, ok bool) {
	p := r.packageAt(s.folder)
	for _, w := range words[1:] {
		if strings.HasPrefix(w, "-") {
			continue
		}
		name := strings.TrimPrefix(w, "npm:")
		if p == nil {
			continue
		}
		prefix, wild := strings.CutSuffix(name, "*")
		for _, n := range sortedKeys(p.scripts) {
			if n == name || wild && strings.HasPrefix(n, strings.TrimSuffix(prefix, "*")) {
				if x, have := r.packageScript(p, n, s.folder, s); have {
					out.add(x)
				}
			}
		}
		if strings.Contains(w, " ") {
			out.add(r.script(w, s))
		}
	}
	return out, true
}

// withValues are flags of monorepo tools that take the word behind them.
var withValues = strings.Fields("--base --head --parallel --maxParallel --exclude --configuration -c --concurrency --since --cache-dir --output-style")

// monorepo follows the targets that lerna, nx, turbo and rush run in many packages.
func (r *reader) monorepo(p string, words []string, s scope) (out result, ok bool) {
	var targets, projects []string
	args := words[1:]
	add := func(list string) {
		for t := range strings.SplitSeq(list, ",") {
			targets = append(targets, strings.Trim(t, `"'`))
		}
	}
	for i := 0; i < len(args); i++ {
		w := args[i]
		flag, value, both := strings.Cut(w, "=")
		switch {
		case flag == "-t" || flag == "--target" || flag == "--targets":
			if both {
				add(value)
				continue
			}
			for i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++
				add(args[i])
			}
		case flag == "--scope" || flag == "--filter" || flag == "-p" || flag == "--projects" || flag == "--to":
			if !both && i+1 < len(args) {
				i++
				value = args[i]
			}
			projects = append(projects, strings.Split(value, ",")...)
		case w == "--":
			i = len(args)
		case !both && slices.Contains(withValues, flag):
			i++
		case strings.HasPrefix(w, "-"):
		case w == "run" || w == "affected" || w == "run-many" || w == "exec" || w == "watch" || strings.HasPrefix(w, "affected:"):
			if rest, cut := strings.CutPrefix(w, "affected:"); cut {
				add(rest)
			}
		case p == "nx" && strings.Contains(w, ":"):
			project, target, _ := strings.Cut(w, ":")
			targets, projects = append(targets, target), append(projects, project)
		case p == "nx" && len(targets) > 0:
			projects = append(projects, w)
		default:
			targets = append(targets, w)
		}
	}
	for _, t := range targets {
		x := r.everywhere(s.folder, t, projects, s)
		if p == "nx" {
			x.add(r.nxTargets(t, projects, s))
		}
		if p == "turbo" && strings.HasPrefix(t, "//#") {
			if root := r.packageAt(s.folder); root != nil {
				own, _ := r.packageScript(root, strings.TrimPrefix(t, "//#"), s.folder, s)
				x.add(own)
			}
		}
		out.add(x)
	}
	return out, true
}

// nxTargets are those that project.json files declare, or plugins infer. What a target
// runs decides where it says so, else its name.
func (r *reader) nxTargets(name string, projects []string, s scope) (out result) {
	var byName *meaning
	switch {
	case testName.MatchString(name):
		byName = &meaning{purpose: scorecard.Test}
	case deployName.MatchString(name):
		byName = &meaning{purpose: scorecard.Deploy}
	}
	declared := false
	for _, f := range r.children(s.folder, "project.json") {
		data, ok := r.t.Read(f.Path)
		if !ok {
			continue
		}
		for _, d := range yamldoc.Parse(data) {
			project := yamldoc.String(yamldoc.Get(d.Root, "name"))
			if len(projects) > 0 && !slices.Contains(projects, project) && !slices.Contains(projects, path.Base(f.Folder())) {
				continue
			}
			n := yamldoc.Get(d.Root, "targets", name)
			if n == nil {
				continue
			}
			declared = true
			sub, ok := s.in(f.Path, n.Line, f.Folder(), "nx "+name+inFolder(f.Folder()))
			if !ok {
				continue
			}
			if runs := nxCommands(n); len(runs) > 0 {
				for _, text := range runs {
					out.add(r.script(text, sub))
				}
			} else if byName != nil {
				out.commands = append(out.commands, r.emit("nx "+name, byName, []string{"nx"}, sub)...)
			}
		}
	}
	// Plugins make targets of the configuration files of jest, vitest and their kin.
	if byName != nil && byName.purpose == scorecard.Test && !declared {
		for _, base := range []string{"jest.config.ts", "jest.config.js", "vitest.config.ts", "vite.config.ts"} {
			for _, f := range r.children(s.folder, base) {
				if sub, ok := s.in(f.Path, 1, f.Folder(), "nx "+name+inFolder(f.Folder())); ok {
					out.commands = append(out.commands, r.emit("nx "+name, &meaning{purpose: scorecard.Test, language: "javascript"}, []string{"nx"}, sub)...)
				}
			}
		}
	}
	return out
}

// nxCommands are what a target of the executor nx:run-commands runs.
func nxCommands(target *yaml.Node) (out []string) {
	options := yamldoc.Get(target, "options")
	for _, at := range []*yaml.Node{target, options} {
		if text := yamldoc.String(yamldoc.Get(at, "command")); text != "" {
			out = append(out, text)
		}
		for _, c := range yamldoc.Items(yamldoc.Get(at, "commands")) {
			out = append(out, first(yamldoc.String(c), yamldoc.String(yamldoc.Get(c, "command"))))
		}
	}
	return out
}
