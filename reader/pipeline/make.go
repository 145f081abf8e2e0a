package pipeline

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// makefile is what one Makefile, with what it includes, says.
type makefile struct {
	targets map[string]*target
	first   string
	vars    map[string]string
	// missing are included files that are not there: targets may stand in them.
	missing bool
	// steps counts the variables that one line has needed so far.
	steps int
}

// maxExpansions is how many variables are filled in for one line.
const maxExpansions = 2000

// target is a target of make, a recipe of just, a task.
type target struct {
	file   string
	line   int
	needs  []string
	recipe []recipeLine
}

type recipeLine struct {
	text string
	line int
}

var (
	makeRule = lazyregexp.New(`^([^\s:#=][^:#=]*?)\s*::?\s*(?:([^=].*)|)$`)
	makeVar  = lazyregexp.New(`^(?:export\s+|override\s+)?([\w.-]+)\s*(\?|:|::|\+|)=\s*(.*)$`)
	makeRef  = lazyregexp.New(`\$[({]([\w.-]+)[)}]`)
)

// makefileAt reads a Makefile, once.
func (r *reader) makefileAt(file string) *makefile {
	if m, ok := r.makefiles[file]; ok {
		return m
	}
	m := &makefile{targets: map[string]*target{}, vars: map[string]string{}}
	r.makefiles[file] = m
	r.readMakefile(m, file, 0)
	return m
}

func (r *reader) readMakefile(m *makefile, file string, depth int) {
	data, ok := r.t.Read(file)
	if !ok {
		m.missing = true
		return
	}
	lines := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	var current []*target
	for i := 0; i < len(lines); i++ {
		at := i + 1
		line := lines[i]
		for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
			i++
			line = line[:len(line)-1] + " " + strings.TrimLeft(lines[i], "\t ")
		}
		if strings.HasPrefix(line, "\t") {
			for _, t := range current {
				t.recipe = append(t.recipe, recipeLine{strings.TrimSpace(line), at})
			}
			continue
		}
		line, _, _ = strings.Cut(line, " #")
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if rest, ok := includes(trimmed); ok {
			r.include(m, file, m.expand(rest, 0), depth)
			continue
		}
		if v := makeVar.FindStringSubmatch(trimmed); v != nil {
			m.set(v[1], v[2], v[3])
			continue
		}
		if t := makeRule.FindStringSubmatch(line); t != nil {
			current = m.rule(file, at, m.expand(t[1], 0), t[2])
		}
	}
}

func includes(line string) (string, bool) {
	for _, word := range []string{"include ", "-include ", "sinclude "} {
		if rest, ok := strings.CutPrefix(line, word); ok {
			return rest, true
		}
	}
	return "", false
}

func (r *reader) include(m *makefile, file, names string, depth int) {
	for name := range strings.FieldsSeq(names) {
		p := path.Join(path.Dir(file), name)
		if !r.t.Has(p) {
			p = path.Clean(name)
		}
		switch {
		case strings.ContainsAny(name, "*?"):
			for _, f := range r.t.All() {
				if ok, err := path.Match(path.Join(path.Dir(file), name), f.Path); err == nil && ok && depth < 5 {
					r.readMakefile(m, f.Path, depth+1)
				}
			}
		case r.t.Has(p) && depth < 5:
			r.readMakefile(m, p, depth+1)
		case path.Base(name) != ".env" && !strings.HasSuffix(name, ".d") && !strings.HasSuffix(name, ".env"):
			m.missing = true
		}
	}
}

func (m *makefile) set(name, how, value string) {
	if _, have := m.vars[name]; have && how == "?" {
		return
	}
	if how == "+" {
		value = m.vars[name] + " " + value
	}
	if len(value) < 4096 {
		m.vars[name] = value
	}
}

// rule begins the targets of a rule.
func (m *makefile) rule(file string, line int, names, needs string) (out []*target) {
	needs, inline, _ := strings.Cut(needs, ";")
	for name := range strings.FieldsSeq(names) {
		if strings.HasPrefix(name, ".") {
			continue
		}
		t := m.targets[name]
		if t == nil {
			t = &target{file: file, line: line}
			m.targets[name] = t
			if m.first == "" && !strings.Contains(name, "%") {
				m.first = name
			}
		}
		if !strings.Contains(needs, ":=") {
			t.needs = append(t.needs, strings.Fields(m.expand(needs, 0))...)
		}
		if inline = strings.TrimSpace(inline); inline != "" {
			t.recipe = append(t.recipe, recipeLine{inline, line})
		}
		out = append(out, t)
	}
	return out
}

// expand fills in the variables of make that are known.
func (m *makefile) expand(text string, depth int) string {
	if depth == 0 {
		m.steps = 0
	}
	if m.steps++; depth > 6 || m.steps > maxExpansions || len(text) > 8192 || !strings.Contains(text, "$") {
		return text
	}
	return makeRef.ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[2 : len(ref)-1]
		switch name {
		case "MAKE":
			return "make"
		case "CURDIR", "PWD":
			return "."
		}
		if v, ok := m.vars[name]; ok {
			if depth > 5 {
				return ""
			}
			return m.expand(v, depth+1)
		}
		return ref
	})
}

// make follows the targets that a call of make names.
func (r *reader) make(words []string, s scope) (out result, ok bool) {
	folder, file := s.folder, ""
	var targets []string
	for i := 1; i < len(words); i++ {
		w := words[i]
		switch {
		case (w == "-C" || w == "--directory" || w == "-f" || w == "--file") && i+1 < len(words):
			i++
			if w == "-C" || w == "--directory" {
				folder = path.Join(s.folder, knownFolder(words[i]))
			} else {
				file = words[i]
			}
		case strings.HasPrefix(w, "--directory="):
			folder = path.Join(s.folder, knownFolder(strings.TrimPrefix(w, "--directory=")))
		case strings.HasPrefix(w, "-C"):
			folder = path.Join(s.folder, knownFolder(w[2:]))
		case w == "-j" || w == "-l":
			if i+1 < len(words) && strings.Trim(words[i+1], "0123456789"+unknown) == "" {
				i++
			}
		case strings.HasPrefix(w, "-") || strings.Contains(w, "="):
		default:
			targets = append(targets, w)
		}
	}
	m := r.findMakefile(folder, file)
	if m == nil {
		return r.generated(targets, folder, s), true
	}
	if len(targets) == 0 {
		targets = []string{m.first}
	}
	for _, t := range targets {
		out.add(r.target(m, t, folder, s, map[string]bool{}))
	}
	return out, true
}

// knownFolder is a folder as far as it is known.
func knownFolder(p string) string { return into("", p) }

func (r *reader) findMakefile(folder, file string) *makefile {
	names := []string{"GNUmakefile", "makefile", "Makefile"}
	if file != "" {
		names = []string{file}
	}
	for _, n := range names {
		if p := path.Join(folder, n); r.t.Has(p) {
			return r.makefileAt(p)
		}
	}
	return nil
}

// generated: a Makefile that CMake or the autotools write knows the targets test and check.
func (r *reader) generated(targets []string, folder string, s scope) (out result) {
	for _, t := range targets {
		if t != "test" && t != "check" {
			continue
		}
		for _, source := range []string{"CMakeLists.txt", "Makefile.am", "configure.ac", "Makefile.in", "Makefile.PL"} {
			if r.t.Has(path.Join(folder, source)) || r.t.Has(source) {
				s.folder = folder
				out.commands = r.emit("make "+t, &meaning{purpose: scorecard.Test}, []string{"make"}, s)
			}
		}
	}
	out.active = true
	return out
}

// target reads what a target does, its prerequisites first.
func (r *reader) target(m *makefile, name, folder string, s scope, seen map[string]bool) (out result) {
	if seen[name] || len(seen) > 100 {
		return result{}
	}
	seen[name] = true
	t := m.targets[name]
	if t == nil {
		for pattern, candidate := range m.targets {
			if before, after, ok := strings.Cut(pattern, "%"); ok && len(name) >= len(pattern) && strings.HasPrefix(name, before) && strings.HasSuffix(name, after) && (t == nil || candidate.line < t.line) && before+after != "" {
				t = candidate
			}
		}
	}
	if t == nil {
		if m.missing && strings.Trim(name, unknown) != "" {
			s.miss("a Makefile that is included and not in the repository")
		}
		return result{}
	}
	sub, ok := s.in(t.file, t.line, folder, "make "+clean(name))
	if !ok {
		return result{}
	}
	for _, n := range t.needs {
		out.add(r.target(m, n, folder, sub, seen))
	}
	var own result
	for _, line := range t.recipe {
		at := sub
		at.line = line.line
		text := strings.ReplaceAll(m.expand(strings.ReplaceAll(strings.TrimLeft(line.text, "@-+ "), "$@", name), 0), "$$", "$")
		own.add(r.script(text, at))
	}
	s.folder = folder
	out.add(r.named(name, own, []string{"make"}, s))
	return out
}

// clean is a name from a file, fit for a message.
func clean(name string) string {
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c == '`' || c == 0xFFFD {
			return -1
		}
		return c
	}, name)
	if len(name) > 60 {
		name = name[:60] + "…"
	}
	return name
}
