package pipeline

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds on what one step leads to.
const (
	maxFollowed = 12  // files and targets behind one another
	maxCommands = 200 // of one step
)

// scope is where a script stands and runs.
type scope struct {
	file   string // where it is written
	line   int    // its first line
	folder string // where it runs, "." for the root
	via    []string
	// unseen collects what the script leads to and could not be looked at.
	unseen *[]scorecard.Unseen
	// budget is how many more targets and scripts may be followed.
	budget *int
}

func (r *reader) scope(file string, line int, folder string) scope {
	budget := 400
	return scope{file: file, line: max(line, 1), folder: path.Clean(folder), unseen: &[]scorecard.Unseen{}, budget: &budget}
}

// in is the scope of something that is followed; false where that is too far, or in a circle.
func (s scope) in(file string, line int, folder, via string) (scope, bool) {
	*s.budget--
	if len(s.via) >= maxFollowed || *s.budget < 0 || slices.Contains(s.via, via) {
		return s, false
	}
	return scope{file: file, line: line, folder: path.Clean(folder), via: append(slices.Clone(s.via), via), unseen: s.unseen, budget: s.budget}, true
}

func (s scope) location(line int) scorecard.Location {
	return scorecard.Location{Path: s.file, FirstLine: s.line + line, LastLine: s.line + line}
}

func (s scope) miss(what string) {
	if len(*s.unseen) < 20 {
		*s.unseen = append(*s.unseen, scorecard.Unseen{Location: s.location(0), What: what})
	}
}

// result is what a script does.
type result struct {
	commands []scorecard.Command
	// active: it runs something that is neither idle nor known to the table.
	active bool
}

func (x *result) add(y result) {
	if len(x.commands) < maxCommands {
		x.commands = append(x.commands, y.commands...)
	}
	x.active = x.active || y.active
}

// script reads what the text of a script does.
func (r *reader) script(text string, s scope) (out result) {
	for _, c := range calls(text) {
		sub := s
		sub.folder = path.Join(s.folder, c.folder)
		sub.line += c.line
		x := r.command(c.words, sub)
		if c.tolerated {
			x = x.tolerated("whatever comes of it, the script goes on")
		}
		out.add(x)
	}
	return out
}

// tolerated is the result of which a failure is of no consequence.
func (x result) tolerated(why string) result {
	x.commands = slices.Clone(x.commands)
	for i := range x.commands {
		x.commands[i].Tolerated = why
	}
	return x
}

// command reads what one command does: itself, or what it runs.
func (r *reader) command(words []string, s scope) result {
	for range 8 {
		if len(words) == 0 || words[0] == "" {
			return result{}
		}
		words[0] = strings.TrimPrefix(words[0], "@")
		p := program(words[0])
		if m, implied := java(words); m != nil {
			if implied && !r.hasTests(r.told(words, s)[0]) {
				return result{active: true}
			}
			return result{commands: r.emit(m.words, m, words, s)}
		}
		if p == "ssh" {
			return r.remote(words, s)
		}
		local := onThrowAway(p, words)
		if m := meaningOf(words); m != nil || local {
			var out []scorecard.Command
			if local {
				out = r.emit(p, &meaning{purpose: cluster}, words[:1], s)
			}
			if m != nil {
				out = append(out, r.emit(m.name(words), m, words, s)...)
			}
			return result{commands: append(out, r.testedByGo(out)...)}
		}
		if followed[p] {
			if x, ok := r.follow(p, words, s); ok {
				return x
			}
		}
		if x, ok := r.shellScript(p, words, s); ok {
			return x
		}
		next := inner(words)
		if next == nil {
			if composeTests(p, words) {
				return result{commands: r.emit("docker compose", &meaning{purpose: scorecard.Test}, words[:1], s)}
			}
			break
		}
		words = slices.Clone(next)
	}
	if x, ok := r.program(words, s); ok {
		return x
	}
	return result{active: !idle[program(words[0])] && !strings.HasPrefix(words[0], unknown)}
}

// composeTests reports whether Compose runs a service, or a file of services, that is
// called a test.
func composeTests(p string, words []string) bool {
	at := slices.IndexFunc(words, func(w string) bool { return w == "run" || w == "up" })
	if at < 0 || p != "docker-compose" && !(p == "docker" && slices.Contains(words[:at], "compose")) {
		return false
	}
	named := func(list []string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return !strings.HasPrefix(w, "-") && composeTest.MatchString(w) })
	}
	if words[at] == "run" {
		return named(words[at+1:])
	}
	ends := slices.ContainsFunc(words[at:], func(w string) bool {
		return w == "--abort-on-container-exit" || strings.HasPrefix(w, "--exit-code-from")
	})
	return ends && named(words)
}

var composeTest = lazyregexp.New(`(?:^|[-_./])(?:unit|integration|e2e|api|acceptance)?[-_]?tests?(?:$|[-_.])|[a-z]Tests?$`)

// emit makes the commands of one call: one for each folder that it is told to look at.
func (r *reader) emit(tool string, m *meaning, words []string, s scope) (out []scorecard.Command) {
	for _, folder := range r.told(words, s) {
		out = append(out, scorecard.Command{
			Location: s.location(0), Tool: tool, Purpose: m.purpose, Folder: folder, Language: m.language, Via: strings.Join(s.via, ", "),
		})
	}
	return out
}

// folderFlags are the arguments by which tools are told where to work.
var folderFlags = setOf("-C --directory --prefix --cwd --dir -chdir --chdir --project-directory --manifest-path -f --file -p --project-dir -pl --projects --working-dir --working-directory --rootDir --root -s")

// told gives the folders that a command is told to look at by its arguments, else the
// one that it runs in.
func (r *reader) told(words []string, s scope) []string {
	var out []string
	add := func(p string) {
		p = strings.TrimSuffix(strings.TrimSuffix(p, "..."), "/")
		if i := strings.Index(p, unknown); i >= 0 {
			if p = path.Dir(p[:i] + "x"); p == "." {
				return
			}
		}
		if p == "" || strings.HasPrefix(p, "/") || strings.HasPrefix(p, "-") || strings.ContainsAny(p, "*$=") || len(out) >= 20 {
			return
		}
		full := path.Join(s.folder, p)
		if r.t.Has(full) {
			full = path.Dir(full)
		} else if !r.folders[full] {
			return
		}
		if full = untested(full); !slices.Contains(out, full) {
			out = append(out, full)
		}
	}
	for i, a := range words[1:] {
		flag, value, both := strings.Cut(a, "=")
		switch {
		case both && folderFlags[flag]:
			for v := range strings.SplitSeq(value, ",") {
				add(v)
			}
		case i > 0 && folderFlags[words[i]]:
			for v := range strings.SplitSeq(a, ",") {
				add(strings.TrimPrefix(v, ":"))
			}
		case strings.Contains(a, "/") && !strings.Contains(a, "://"):
			add(a)
		}
	}
	if len(out) == 0 {
		return []string{untested(path.Clean(s.folder))}
	}
	return out
}

// untested is the folder whose tests stand in the one given.
func untested(folder string) string {
	for strings.Contains(folder, "/") || testFolders[folder] {
		if !testFolders[strings.ToLower(path.Base(folder))] {
			break
		}
		folder = path.Dir(folder)
	}
	return folder
}

var testFolders = setOf("test tests spec specs __tests__ e2e integration unit testing src/test it qa")

// hasTests reports whether a JVM build has tests that it could run.
func (r *reader) hasTests(folder string) bool {
	for _, f := range r.t.All() {
		if under(f.Path, folder) && testSource.MatchString(f.Path) {
			return true
		}
	}
	return false
}

var testSource = lazyregexp.New(`(?:^|/)(?:src/\w*[tT]est\w*/|[^/]*-tests?/).*\.(?:java|kt|groovy|scala|clj)$|(?:Test|Tests|IT|Spec)\.(?:java|kt|groovy|scala)$`)

// remote reads a command that runs on another machine: what restarts something there deploys.
func (r *reader) remote(words []string, s scope) result {
	text := strings.ToLower(strings.Join(words[1:], " "))
	if deploysThere.MatchString(text) {
		return result{commands: []scorecard.Command{{Location: s.location(0), Tool: "ssh", Purpose: scorecard.Deploy, Folder: s.folder, Via: strings.Join(s.via, ", ")}}}
	}
	return result{active: true}
}

var deploysThere = lazyregexp.New(`\bdocker[ -]compose\b.*\b(?:up|pull|restart)\b|\bdocker (?:run|pull|stack|service)\b|\bsystemctl\b.*\b(?:restart|start|reload)\b|\bkubectl\b|\bhelm\b|\bpm2\b|\bdeploy|\bgit pull\b|\bsupervisorctl\b`)

// shellScript follows a shell script of the repository.
func (r *reader) shellScript(p string, words []string, s scope) (result, bool) {
	file := words[0]
	switch p {
	case "bash", "sh", "zsh", "dash", "ash", "source", ".", "pwsh", "powershell":
		file = ""
		for i, a := range words[1:] {
			if strings.HasPrefix(a, "-") && strings.HasSuffix(a, "c") && len(a) < 7 && i+2 < len(words) {
				return r.script(words[i+2], s), true
			}
			if !strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "+") {
				file = a
				break
			}
		}
	}
	if file == "" || p != "bash" && p != "sh" && p != "source" && p != "." && !strings.Contains(file, "/") && path.Ext(file) != ".sh" && path.Ext(file) != ".ps1" {
		return result{}, false
	}
	file = strings.TrimPrefix(file, unknown+"/")
	full, ok := r.find(file, s.folder)
	if !ok {
		return result{}, false
	}
	data, ok := r.t.Read(full)
	if !ok || !isScript(full, data) {
		return result{}, false
	}
	sub, ok := s.in(full, 1, s.folder, path.Base(full))
	if !ok {
		return result{}, true
	}
	return r.named(path.Base(full), r.script(string(data), sub), words, s), true
}

// find finds a file that a command names, from where it runs or from the root.
func (r *reader) find(file, folder string) (string, bool) {
	for _, p := range []string{path.Join(folder, file), path.Clean(file)} {
		if !strings.HasPrefix(p, "../") && r.t.Has(p) {
			return p, true
		}
	}
	return "", false
}

func isScript(p string, data []byte) bool {
	switch path.Ext(p) {
	case ".sh", ".bash", ".ps1", ".ksh", ".zsh":
		return true
	case "":
		first, _, _ := strings.Cut(string(data[:min(len(data), 200)]), "\n")
		return strings.HasPrefix(first, "#!") && (strings.Contains(first, "sh") && !strings.Contains(first, "python"))
	}
	return false
}

// Names by which people call what tests and what deploys.
var (
	testName   = lazyregexp.New(`(?i)^(?:run[-_.]?)?(?:all[-_.]?)?(?:ci[-_.:]?)?(?:unit|integration|e2e|system|acceptance|functional|go|py|js|api|smoke)?[-_.:]?tests?(?:[-_.:](?:unit|integration|e2e|all|ci|cov|coverage|go|race|units|python|js|node|run|once|nowatch|system|acceptance|functional|headless|backend|frontend|server|client|app))*(?:\.sh|\.bash|\.py|\.js|\.ts|\.mjs|\.rb|\.ps1)?$|(?i)^(?:unit|integration|e2e)(?:\.sh)?$`)
	deployName = lazyregexp.New(`(?i)^(?:run[-_.]?)?(?:ci[-_.:]?)?deploy(?:[-_.:](?:prod|production|staging|stage|to|k8s|kubernetes|gke|eks|aks|aws|gcp|azure|all|app|service|helm|ecs|lambda|cloud|run)[\w-]*)*(?:\.sh|\.bash|\.py|\.js|\.ts|\.rb|\.ps1)?$`)
)

// named: something called a test that runs what nobody knows is taken for a test, unless
// all that it runs is idle. The same holds for what is called a deployment.
func (r *reader) named(name string, x result, words []string, s scope) result {
	if !x.active {
		return x
	}
	have := func(p scorecard.Purpose) bool {
		return slices.ContainsFunc(x.commands, func(c scorecard.Command) bool { return c.Purpose == p })
	}
	m := &meaning{}
	switch {
	case testName.MatchString(name) && !slices.ContainsFunc(x.commands, func(c scorecard.Command) bool { return serves(c.Purpose) }):
		m.purpose = scorecard.Test
	case deployName.MatchString(name) && !have(scorecard.Deploy):
		m.purpose = scorecard.Deploy
	default:
		return x
	}
	x.commands = append(x.commands, r.emit(name, m, words, s)...)
	return x
}

// program reads a program of the repository's own, in another language than the
// shell's: known by its name alone.
func (r *reader) program(words []string, s scope) (result, bool) {
	file := words[0]
	if len(words) > 1 {
		switch program(words[0]) {
		case "node", "python", "ruby", "php", "deno", "ts-node", "tsx", "bun":
			for _, a := range words[1:] {
				if !strings.HasPrefix(a, "-") && a != "run" {
					file = a
					break
				}
			}
		}
	}
	full, ok := r.find(file, s.folder)
	if !ok || path.Ext(full) == "" && !strings.Contains(file, "/") {
		return result{}, false
	}
	language := languageOf[path.Ext(full)]
	m := &meaning{language: language}
	switch base := path.Base(full); {
	case testName.MatchString(base) || strings.HasPrefix(base, "test_") || strings.HasSuffix(base, ".test.js"):
		m.purpose = scorecard.Test
	case deployName.MatchString(base):
		m.purpose = scorecard.Deploy
	default:
		return result{active: true}, true
	}
	return result{commands: r.emit(path.Base(full), m, []string{words[0]}, s)}, true
}

func under(p, folder string) bool {
	return folder == "." || folder == "" || p == folder || strings.HasPrefix(p, folder+"/")
}

// followed are the programs whose targets and scripts are followed.
var followed = setOf("make gmake npm yarn pnpm bun lerna nx turbo rush task go-task just tox nox pre-commit prek composer npm-run-all npm-run-all2 run-s run-p concurrently poe rake docker earthly deno")

func (r *reader) follow(p string, words []string, s scope) (result, bool) {
	switch p {
	case "make", "gmake":
		return r.make(words, s)
	case "npm", "yarn", "pnpm", "bun", "deno":
		return r.npm(p, words, s)
	case "lerna", "nx", "turbo", "rush":
		return r.monorepo(p, words, s)
	case "npm-run-all", "npm-run-all2", "run-s", "run-p", "concurrently":
		return r.together(words, s)
	case "task", "go-task":
		return r.task(words, s)
	case "just":
		return r.just(words, s)
	case "tox":
		return r.tox(words, s)
	case "nox":
		return r.nox(words, s)
	case "pre-commit", "prek":
		return r.preCommit(words, s)
	case "composer":
		return r.composer(words, s)
	case "poe", "rake":
		return r.nameOnly(p, words, s)
	case "docker":
		return r.dockerBuild(words, s)
	case "earthly":
		return r.earthly(words, s)
	}
	return result{}, false
}

// nameOnly takes the name of a task for what it does.
func (r *reader) nameOnly(p string, words []string, s scope) (result, bool) {
	language := map[string]string{"poe": "python", "rake": "ruby"}[p]
	for _, a := range words[1:] {
		if testName.MatchString(a) {
			return result{commands: r.emit(p+" "+a, &meaning{purpose: scorecard.Test, language: language}, words[:1], s)}, true
		}
	}
	if p == "rake" && len(words) == 1 { // its default is tests, by custom
		return result{commands: r.emit("rake", &meaning{purpose: scorecard.Test, language: language}, words, s)}, true
	}
	return result{active: true}, true
}

// children are the files of that name below a folder that speak, nearest first.
func (r *reader) children(folder, base string) (out []tree.File) {
	for _, f := range r.byBase[base] {
		if under(f.Path, folder) {
			out = append(out, f)
		}
	}
	return out
}
