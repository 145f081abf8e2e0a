package deps

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// requirement is the beginning of a PEP 508 requirement: a name, extras, and the rest.
var requirement = lazyregexp.New(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*([^;#]*)`)

// pythonName is a name as PyPI compares it.
func pythonName(name string) string {
	var b strings.Builder
	last := byte(0)
	for i := range len(name) {
		c := name[i]
		if c == '_' || c == '.' {
			c = '-'
		}
		if c == '-' && last == '-' {
			continue
		}
		last = c
		b.WriteByte(c)
	}
	return strings.ToLower(b.String())
}

// python gives the module of Python code in the folder.
func (r *reader) pythonModule(f tree.File, folder string) *scorecard.Module {
	return r.module(pypi, folder, "", f, "python")
}

// require adds a PEP 508 requirement; extras become names of their own (`name[extra]`).
func require(m *scorecard.Module, file string, line int, text, scope string) {
	g := requirement.FindStringSubmatch(strings.TrimSpace(text))
	if g == nil {
		return
	}
	name, rest := pythonName(g[1]), strings.TrimSpace(g[3])
	if ref, ok := strings.CutPrefix(rest, "@"); ok {
		rest = ""
		if p, ok := strings.CutPrefix(strings.TrimSpace(ref), "file:"); ok {
			m.Local = append(m.Local, below(path.Dir(file), strings.TrimPrefix(p, "//")))
		}
	}
	add(m, file, line, name, withoutURL(rest), scope)
	for extra := range strings.SplitSeq(strings.Trim(g[2], "[]"), ",") {
		if extra = strings.TrimSpace(extra); extra != "" {
			add(m, file, line, name+"["+strings.ToLower(extra)+"]", "", scope)
		}
	}
}

// groupScope is what a group of optional requirements is for, by its name.
func groupScope(name, usual string) string {
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return c == '-' || c == '_' || c == '.' || c == '/' }) {
		switch w {
		case "test", "tests", "testing", "pytest", "coverage":
			return scorecard.ScopeTest
		case "dev", "devel", "develop", "development", "lint", "linting", "linters", "docs", "doc", "typing", "types", "mypy", "format", "ci", "style", "qa", "tools", "local", "debug", "precommit", "release", "build", "benchmark", "bench":
			return scorecard.ScopeDev
		}
	}
	return usual
}

// pyproject reads a pyproject.toml: PEP 621, dependency groups, Poetry, PDM, uv and
// Hatch. One that only configures tools is no module.
func (r *reader) pyproject(f tree.File, data []byte) {
	root := r.toml(f, data)
	if root == nil {
		return
	}
	project, poetry := root.get("project"), root.get("tool", "poetry")
	if project == nil && poetry == nil && root.get("dependency-groups") == nil {
		return
	}
	m := r.pythonModule(f, f.Folder())
	m.Name = pythonName(project.str("name") + poetryName(project, poetry))
	requirements := func(list *value, scope string) {
		for _, item := range list.list() {
			require(m, f.Path, item.line, item.text, scope)
		}
	}
	requirements(project.get("dependencies"), scorecard.ScopeRuntime)
	project.get("optional-dependencies").each(func(group string, list *value) { requirements(list, groupScope(group, scorecard.ScopeRuntime)) })
	root.get("dependency-groups").each(func(group string, list *value) { requirements(list, groupScope(group, scorecard.ScopeDev)) })
	requirements(root.get("tool", "uv", "dev-dependencies"), scorecard.ScopeDev)
	root.get("tool", "pdm", "dev-dependencies").each(func(group string, list *value) { requirements(list, scorecard.ScopeDev) })
	root.get("tool", "hatch", "envs").each(func(name string, env *value) {
		requirements(env.get("dependencies"), groupScope(name, scorecard.ScopeDev))
		requirements(env.get("extra-dependencies"), groupScope(name, scorecard.ScopeDev))
	})
	poetryTable(m, f, poetry.get("dependencies"), scorecard.ScopeRuntime)
	poetryTable(m, f, poetry.get("dev-dependencies"), scorecard.ScopeDev)
	poetry.get("group").each(func(group string, g *value) {
		poetryTable(m, f, g.get("dependencies"), groupScope(group, scorecard.ScopeDev))
	})
	root.get("tool", "uv", "sources").each(func(_ string, source *value) {
		if p := below(f.Folder(), source.str("path")); p != "" && source.str("path") != "" {
			m.Local = append(m.Local, p)
		}
	})
	m.Aggregate = root.get("tool", "uv", "workspace") != nil && len(m.Dependencies) == 0
}

func poetryName(project, poetry *value) string {
	if project.str("name") != "" {
		return ""
	}
	return poetry.str("name")
}

// poetryTable reads a table of requirements by name, as Poetry and Pipenv write them.
func poetryTable(m *scorecard.Module, f tree.File, table *value, scope string) {
	table.each(func(name string, spec *value) {
		if name == "python" {
			return
		}
		one := spec
		if items := spec.list(); len(items) > 0 {
			one = items[0]
		}
		version := one.text
		if one.object {
			version = one.str("version")
			if p := below(f.Folder(), one.str("path")); p != "" && one.str("path") != "" && scope == scorecard.ScopeRuntime {
				m.Local = append(m.Local, p)
			}
		}
		add(m, f.Path, spec.line, pythonName(name), withoutURL(version), scope)
		for _, extra := range one.get("extras").list() {
			add(m, f.Path, spec.line, pythonName(name)+"["+strings.ToLower(extra.text)+"]", "", scope)
		}
	})
}

// pipfile reads the file of Pipenv.
func (r *reader) pipfile(f tree.File, data []byte) {
	root := r.toml(f, data)
	if root == nil {
		return
	}
	m := r.pythonModule(f, f.Folder())
	poetryTable(m, f, root.get("packages"), scorecard.ScopeRuntime)
	poetryTable(m, f, root.get("dev-packages"), scorecard.ScopeDev)
}

// conda reads an environment of Conda: its own packages, and those it has pip install.
func (r *reader) conda(f tree.File, data []byte) {
	for _, doc := range yamldoc.Parse(data) {
		list := yamldoc.Items(yamldoc.Get(doc.Root, "dependencies"))
		if doc.Err != nil || len(list) == 0 {
			continue // other things are called environment, too
		}
		m := r.pythonModule(f, f.Folder())
		for _, item := range list {
			if text := yamldoc.String(item); text != "" {
				if _, after, ok := strings.Cut(text, "::"); ok {
					text = after
				}
				require(m, f.Path, item.Line, text, scorecard.ScopeRuntime)
			}
			for _, p := range yamldoc.Items(yamldoc.Get(item, "pip")) {
				require(m, f.Path, p.Line, yamldoc.String(p), scorecard.ScopeRuntime)
			}
		}
	}
}

// setupCfg reads what setuptools is told in setup.cfg.
func (r *reader) setupCfg(f tree.File, data []byte) {
	section, key := "", ""
	var m *scorecard.Module
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		trimmed := strings.TrimSpace(text)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
			continue
		case trimmed[0] == '[':
			section, key = strings.Trim(trimmed, "[] "), ""
			continue
		case text[0] != ' ' && text[0] != '\t':
			name, rest, ok := strings.Cut(trimmed, "=")
			if !ok {
				continue
			}
			key, trimmed = strings.TrimSpace(name), strings.TrimSpace(rest)
		}
		if section == "metadata" && key == "name" && text[0] == 'n' {
			m = r.pythonModule(f, f.Folder())
			m.Name = pythonName(trimmed)
		}
		scope := ""
		switch {
		case section == "options" && key == "install_requires":
			scope = scorecard.ScopeRuntime
		case section == "options" && key == "tests_require":
			scope = scorecard.ScopeTest
		case section == "options.extras_require":
			scope = groupScope(key, scorecard.ScopeRuntime)
		}
		if scope != "" && trimmed != "" {
			m = r.pythonModule(f, f.Folder())
			require(m, f.Path, line, trimmed, scope)
		}
	}
}
