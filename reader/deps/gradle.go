package deps

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// script is what a Gradle script says of dependencies, as far as its blocks and calls
// tell.
type script struct {
	file tree.File
	// own are of the project itself, all of its subprojects, by the block they stand in.
	own, all []scorecard.Dependency
	// refs are aliases of version catalogs ("libs.foo"), resolved when catalogs are read.
	refs, allRefs []catalogRef
	local         []string // paths of projects (":core:api")
	plugins       []scorecard.Dependency
	applied       []string // scripts that it applies
	includes      []string // projects that a settings file includes
	settings      bool
}

type catalogRef struct {
	alias, scope string
	line         int
	plugin       bool
}

// catalog is a version catalog.
type catalog struct {
	libraries map[string]scorecard.Dependency // by accessor: "spring.web"
	bundles   map[string][]string
	plugins   map[string]string
}

// versionCatalog reads gradle/libs.versions.toml.
func (r *reader) versionCatalog(f tree.File, data []byte) {
	root := r.toml(f, data)
	if root == nil {
		return
	}
	c := &catalog{libraries: map[string]scorecard.Dependency{}, bundles: map[string][]string{}, plugins: map[string]string{}}
	version := func(spec *value) string {
		if ref := spec.str("version", "ref"); ref != "" {
			return root.str("versions", ref)
		}
		return spec.str("version")
	}
	root.get("libraries").each(func(alias string, spec *value) {
		name, v := spec.str("module"), version(spec)
		if group := spec.str("group"); group != "" {
			name = group + ":" + spec.str("name")
		}
		if parts := strings.Split(spec.text, ":"); len(parts) >= 2 {
			name, v = parts[0]+":"+parts[1], strings.Join(parts[2:], ":")
		}
		c.libraries[accessor(alias)] = dependency(f.Path, spec.line, name, v, "")
	})
	root.get("bundles").each(func(alias string, list *value) {
		for _, item := range list.list() {
			c.bundles[accessor(alias)] = append(c.bundles[accessor(alias)], accessor(item.text))
		}
	})
	root.get("plugins").each(func(alias string, spec *value) {
		id, _, _ := strings.Cut(spec.text, ":")
		if spec.object {
			id = spec.str("id")
		}
		c.plugins[accessor(alias)] = id
	})
	r.catalogs[f.Path] = c
}

// accessor is an alias as scripts write it.
func accessor(alias string) string {
	return strings.ToLower(strings.NewReplacer("-", ".", "_", ".").Replace(alias))
}

var (
	configuration = lazyregexp.New(`(?:^|[\s;{(])["']?(api|implementation|compile|compileOnly|compileOnlyApi|runtime|runtimeOnly|provided|providedCompile|providedRuntime|annotationProcessor|kapt|ksp|developmentOnly|classpath|quarkusDev|integrationTest\w*|(?:\w+(?:Implementation|Api|RuntimeOnly|CompileOnly|AnnotationProcessor|Compile|Runtime)))["']?\s*[( \t]`)
	coordinates   = lazyregexp.New(`^[A-Za-z0-9_.\-]+:[A-Za-z0-9_.\-]+(?::[^:\s]*)?(?::[^:\s]*)?(?:@\w+)?$`)
	catalogUse    = lazyregexp.New(`\blibs((?:\.[A-Za-z][A-Za-z0-9_]*)+)`)
	mapNotation   = lazyregexp.New(`group\s*[:=]\s*["']([^"'$]+)["']\s*,\s*name\s*[:=]\s*["']([^"'$]+)["'](?:\s*,\s*version\s*[:=]\s*["']([^"']*)["'])?`)
	projectUse    = lazyregexp.New(`\bproject\s*\(\s*(?:path\s*[:=]\s*)?["'](:[^"']*)["']`)
	projectsUse   = lazyregexp.New(`\bprojects((?:\.[A-Za-z][A-Za-z0-9_]*)+)`)
	pluginID      = lazyregexp.New(`\bid\s*[( ]\s*["']([^"']+)["']`)
	pluginKotlin  = lazyregexp.New(`\bkotlin\s*\(\s*["']([^"']+)["']`)
	pluginAlias   = lazyregexp.New(`\balias\s*\(\s*libs\.plugins((?:\.[A-Za-z][A-Za-z0-9_]*)+)`)
	pluginWord    = lazyregexp.New("(?m)^\\s*(?:`([a-z][a-z.-]+)`|(java|application))\\s*$")
	applyPlugin   = lazyregexp.New(`\bapply\s*\(?\s*plugin\s*[:=]\s*["']([^"']+)["']`)
	applyFrom     = lazyregexp.New(`\bapply\s*\(?\s*from\s*[:=]\s*(?:file\(|rootProject\.file\()?\s*["']([^"']+)["']`)
	includeCall   = lazyregexp.New(`(?m)^\s*include\b\s*\(?([^)\n]*(?:,\s*\n[^)\n]*)*)`)
	gradleWord    = lazyregexp.New(`([A-Za-z_][\w.]*)\s*(?:\([^(){}]*\)\s*)?$`)
)

// gradleScope is what a configuration is for.
func gradleScope(configuration string) string {
	lower := strings.ToLower(configuration)
	switch {
	case strings.Contains(lower, "test"):
		return scorecard.ScopeTest
	case lower == "developmentonly" || lower == "quarkusdev":
		return scorecard.ScopeDev
	case lower == "compileonly" || lower == "compileonlyapi" || lower == "provided" || lower == "annotationprocessor" || lower == "kapt" || lower == "ksp" || lower == "classpath" ||
		lower == "providedcompile" || strings.HasSuffix(lower, "compileonly") || strings.HasSuffix(lower, "annotationprocessor"):
		return scorecard.ScopeBuild
	}
	return scorecard.ScopeRuntime
}

// readGradle reads a script.
func (r *reader) readGradle(f tree.File, data []byte) {
	s := &script{file: f, settings: strings.HasPrefix(strings.ToLower(f.Base()), "settings.gradle")}
	code := withoutSlashes(string(data))
	if s.settings {
		for _, g := range includeCall.FindAllStringSubmatch(code, 500) {
			for _, l := range stringsIn(g[1], 0, len(g[1])) {
				s.includes = append(s.includes, l.text)
			}
		}
	}
	for _, b := range blocks(code) {
		switch b.name() {
		case "dependencies":
			s.dependencies(code, b)
		case "plugins":
			s.pluginBlock(code, b)
		}
	}
	for _, g := range applyPlugin.FindAllStringSubmatchIndex(code, 100) {
		s.plugins = append(s.plugins, dependency(f.Path, lineOf(code, g[2]), code[g[2]:g[3]], "", scorecard.ScopeBuild))
	}
	for _, g := range applyFrom.FindAllStringSubmatch(code, 50) {
		s.applied = append(s.applied, g[1])
	}
	r.scripts[f.Path] = s
}

// block is a pair of braces and the names of those it stands in, its own last.
type block struct {
	names    []string
	from, to int
}

func (b block) name() string { return b.names[len(b.names)-1] }

func (b block) within(names ...string) bool {
	return slices.ContainsFunc(b.names[:len(b.names)-1], func(n string) bool { return slices.Contains(names, n) })
}

// blocks finds the named blocks of a script, strings left out.
func blocks(code string) (out []block) {
	type open struct {
		name string
		at   int
	}
	var stack []open
	quote := byte(0)
	for i := 0; i < len(code); i++ {
		c := code[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote || c == '\n' {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			name := ""
			if g := gradleWord.FindStringSubmatch(code[max(0, i-200):i]); g != nil {
				name = g[1]
			}
			if len(stack) < maxNesting {
				stack = append(stack, open{name, i + 1})
			}
		case c == '}' && len(stack) > 0:
			b := block{from: stack[len(stack)-1].at, to: i}
			for _, o := range stack {
				b.names = append(b.names, o.name)
			}
			stack = stack[:len(stack)-1]
			out = append(out, b)
		}
	}
	return out
}

// dependencies reads a dependencies block. Those of a buildscript are plugins; those of a
// root's subprojects and allprojects are theirs.
func (s *script) dependencies(code string, b block) {
	if b.within("dependencyManagement", "constraints", "publishing", "dependencySubstitution", "suites", "testing") {
		return
	}
	shared := b.within("subprojects", "allprojects")
	body := code[b.from:b.to]
	var uses []use
	for _, g := range configuration.FindAllStringSubmatchIndex(body, -1) {
		uses = append(uses, use{g[2], body[g[2]:g[3]]})
	}
	put := func(at int, name, version string) {
		scope, ok := scopeAt(uses, at, body)
		if !ok {
			return
		}
		if b.within("buildscript") {
			scope = scorecard.ScopeBuild
		}
		d := dependency(s.file.Path, lineOf(code, b.from+at), name, version, scope)
		if shared {
			s.all = append(s.all, d)
		} else {
			s.own = append(s.own, d)
		}
	}
	for _, l := range stringsIn(body, 0, len(body)) {
		if text := strings.NewReplacer("${", "", "}", "").Replace(l.text); coordinates.MatchString(strings.ReplaceAll(text, "$", "")) && strings.Count(l.text, ":") >= 1 {
			parts := strings.Split(l.text, ":")
			put(l.at, parts[0]+":"+parts[1], strings.Join(parts[2:], ":"))
		}
	}
	for _, g := range mapNotation.FindAllStringSubmatchIndex(body, -1) {
		version := ""
		if g[6] >= 0 {
			version = body[g[6]:g[7]]
		}
		put(g[0], body[g[2]:g[3]]+":"+body[g[4]:g[5]], version)
	}
	for _, g := range catalogUse.FindAllStringSubmatchIndex(body, -1) {
		if scope, ok := scopeAt(uses, g[0], body); ok {
			ref := catalogRef{strings.ToLower(strings.TrimPrefix(body[g[2]:g[3]], ".")), scope, lineOf(code, b.from+g[0]), false}
			if shared {
				s.allRefs = append(s.allRefs, ref)
			} else {
				s.refs = append(s.refs, ref)
			}
		}
	}
	for _, g := range projectUse.FindAllStringSubmatchIndex(body, -1) {
		if scope, ok := scopeAt(uses, g[0], body); ok && scope == scorecard.ScopeRuntime {
			s.local = append(s.local, body[g[2]:g[3]])
		}
	}
	for _, g := range projectsUse.FindAllStringSubmatchIndex(body, -1) {
		if scope, ok := scopeAt(uses, g[0], body); ok && scope == scorecard.ScopeRuntime {
			s.local = append(s.local, strings.ReplaceAll(body[g[2]:g[3]], ".", ":"))
		}
	}
}

// use is where a configuration is named.
type use struct {
	at   int
	name string
}

// scopeAt is the scope of what stands at that place: that of the last configuration
// before it. A platform brings versions only, and an exclusion takes away.
func scopeAt(uses []use, at int, body string) (string, bool) {
	i, _ := slices.BinarySearchFunc(uses, at, func(u use, at int) int { return u.at - at })
	if i == 0 {
		return "", false
	}
	between := body[uses[i-1].at:at]
	if strings.Contains(between, "latform(") || strings.Contains(between, "exclude") || strings.Contains(between, "latform ") || strings.Contains(between, "mavenBom") {
		return "", false
	}
	return gradleScope(uses[i-1].name), true
}

func (s *script) pluginBlock(code string, b block) {
	body := code[b.from:b.to]
	put := func(at int, id string) {
		rest, _, _ := strings.Cut(body[at:], "\n")
		if strings.Contains(rest, "apply false") || strings.Contains(rest, "apply(false)") {
			return
		}
		s.plugins = append(s.plugins, dependency(s.file.Path, lineOf(code, b.from+at), id, "", scorecard.ScopeBuild))
	}
	for _, g := range pluginID.FindAllStringSubmatchIndex(body, -1) {
		put(g[0], body[g[2]:g[3]])
	}
	for _, g := range pluginKotlin.FindAllStringSubmatchIndex(body, -1) {
		put(g[0], "org.jetbrains.kotlin."+body[g[2]:g[3]])
	}
	for _, g := range pluginWord.FindAllStringSubmatchIndex(body, -1) {
		i := 2
		if g[2] < 0 {
			i = 4
		}
		put(g[i], body[g[i]:g[i+1]])
	}
	for _, g := range pluginAlias.FindAllStringSubmatchIndex(body, -1) {
		rest, _, _ := strings.Cut(body[g[0]:], "\n")
		if !strings.Contains(rest, "apply false") && !strings.Contains(rest, "apply(false)") {
			s.refs = append(s.refs, catalogRef{strings.ToLower(strings.TrimPrefix(body[g[2]:g[3]], ".")), scorecard.ScopeBuild, lineOf(code, b.from+g[0]), true})
		}
	}
}

// withoutSlashes blanks out comments of the C family, strings left alone.
func withoutSlashes(code string) string {
	out := []byte(code)
	quote := byte(0)
	for i := 0; i < len(out); i++ {
		c := out[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote || c == '\n' {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '/' && i+1 < len(out) && out[i+1] == '/':
			for i < len(out) && out[i] != '\n' {
				out[i] = ' '
				i++
			}
		case c == '/' && i+1 < len(out) && out[i+1] == '*':
			end := strings.Index(code[i+2:], "*/")
			if end < 0 {
				end = len(code) - i - 4
			}
			for j := i; j < min(i+end+4, len(out)); j++ {
				if out[j] != '\n' {
					out[j] = ' '
				}
			}
			i += max(end+3, 1)
		}
	}
	return string(out)
}
