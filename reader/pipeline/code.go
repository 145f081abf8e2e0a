package pipeline

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// languageOf is the language of a file's ending, as commands name it.
var languageOf = map[string]string{
	".go": "go", ".py": "python", ".js": "javascript", ".jsx": "javascript", ".ts": "javascript", ".tsx": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".vue": "javascript", ".svelte": "javascript",
	".java": "jvm", ".kt": "jvm", ".scala": "jvm", ".groovy": "jvm", ".clj": "jvm", ".rb": "ruby", ".rs": "rust", ".cs": "dotnet", ".fs": "dotnet", ".vb": "dotnet", ".php": "php", ".ex": "elixir", ".exs": "elixir", ".erl": "elixir",
	".c": "c", ".cc": "c", ".cpp": "c", ".cxx": "c", ".h": "", ".swift": "swift", ".dart": "dart", ".hs": "haskell", ".zig": "zig", ".lua": "lua", ".ml": "ocaml", ".pl": "perl", ".jl": "julia", ".r": "r", ".elm": "elm", ".cr": "crystal",
}

// notCode are files of configuration, and of helpers, that are written in a language.
var notCode = lazyregexp.New(`(?i)(?:^|/)(?:[^/]*\.config\.(?:js|ts|mjs|cjs)|\.[^/]*\.(?:js|cjs|mjs)|gulpfile\.js|gruntfile\.js|setup\.py|conf\.py|noxfile\.py|tasks\.py|fabfile\.py|magefile\.go|[^/]*\.d\.ts|[^/]*\.min\.js|[^/]*\.pb\.go|[^/]*_pb2(?:_grpc)?\.py|tools\.go|doc\.go|serverless\.ts|__init__\.py)$`)

// notCodeFolders hold what builds, documents or deploys, but not the service itself.
var notCodeFolders = setOf(".github .gitlab .circleci ci .ci build-tools scripts script tools docs doc documentation website site terraform ansible charts helm deploy deployment deployments manifests k8s kubernetes kustomize infra infrastructure cdk pulumi iac modules roles playbooks cookbooks static public assets hooks .husky .yarn migrations load-test loadtest load-tests perf performance dashboards grafana monitoring mixin templates jsonnet")

// packageFiles are the files by which ecosystems name their dependencies.
var packageFiles = map[string]string{
	"go.mod": "gomod", "package.json": "npm", "pom.xml": "maven", "build.gradle": "gradle", "build.gradle.kts": "gradle", "requirements.txt": "pip", "pyproject.toml": "pip", "Pipfile": "pip", "setup.py": "pip", "requirements.in": "pip",
	"Gemfile": "bundler", "Cargo.toml": "cargo", "composer.json": "composer", "mix.exs": "mix", "pubspec.yaml": "pub", "Package.swift": "swift", "packages.config": "nuget", "Directory.Packages.props": "nuget", "build.sbt": "sbt",
}

// dependsOn is a mark without which a file names no dependency.
var dependsOn = map[string]lazyregexp.Regexp{
	"gomod": lazyregexp.New(`(?m)^\s*(?:require\b|\S+ v\d)`), "npm": lazyregexp.New(`"(?:dev|peer|optional)?[dD]ependencies"\s*:\s*\{\s*"`), "maven": lazyregexp.New(`<(?:dependency|parent|plugin)>`),
	"gradle": lazyregexp.New(`(?m)\b(?:implementation|api|compile|testImplementation|runtimeOnly|id|classpath|annotationProcessor|compileOnly|kapt|ksp|alias)\b`), "pip": lazyregexp.New(`(?m)^[^#\n]*[A-Za-z]`),
	"bundler": lazyregexp.New(`(?m)^\s*(?:gem|gemspec)\b`), "cargo": lazyregexp.New(`dependencies`), "composer": lazyregexp.New(`"require(?:-dev)?"\s*:\s*\{\s*"`), "docker": lazyregexp.New(`(?mi)^\s*FROM\s+(?:--platform=\S+\s+)?[^\s$]*[^\s]`), "nuget": lazyregexp.New(`PackageReference|PackageVersion|<package `),
}

var (
	projectDependencies = lazyregexp.New(`(?m)^\s*(?:dependencies\s*=|\[tool\.poetry\.dependencies\]|\[dependency-groups\]|\[project\.optional-dependencies\])`)
	setupDependencies   = lazyregexp.New(`install_requires|tests_require`)
	fromScratch         = lazyregexp.New(`(?mi)^\s*FROM\s+(?:--platform=\S+\s+)?scratch\b`)
)

// maxCode is how many folders of code, and how many package files, are kept.
const maxCode = 400

// ecosystems notes what stands in which language, and which files name dependencies.
func (r *reader) ecosystems() {
	code := map[[2]string]*scorecard.Code{}
	var order [][2]string
	for _, f := range r.t.Files() {
		if r.ctx.Err() != nil {
			return
		}
		r.ecosystem(f)
		language := languageOf[strings.ToLower(path.Ext(f.Path))]
		if language == "" || notCode.MatchString(f.Path) || testSource.MatchString(f.Path) || isTest(f.Base()) || outside(f.Folder()) {
			continue
		}
		key := [2]string{shallow(f.Folder()), language}
		c := code[key]
		if c == nil {
			if len(order) >= maxCode {
				continue
			}
			c = &scorecard.Code{Location: scorecard.Location{Path: f.Path}, Folder: key[0], Language: language}
			code[key] = c
			order = append(order, key)
		}
		c.Files++
	}
	for _, key := range order {
		r.into.Code = append(r.into.Code, *code[key])
	}
	r.members()
}

func isTest(base string) bool {
	return strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "test_") || strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") || strings.HasSuffix(base, "_test.py") || strings.HasSuffix(base, "_spec.rb")
}

// outside: the folder holds no code of a service.
func outside(folder string) bool {
	for part := range strings.SplitSeq(folder, "/") {
		if notCodeFolders[strings.ToLower(part)] {
			return true
		}
	}
	return false
}

// shallow is a folder's beginning, of three folders at most.
func shallow(folder string) string {
	parts := strings.Split(folder, "/")
	return strings.Join(parts[:min(len(parts), 3)], "/")
}

// ecosystem notes a file that names dependencies.
func (r *reader) ecosystem(f tree.File) {
	base := f.Base()
	name := packageFiles[base]
	lower := strings.ToLower(base)
	switch {
	case name != "":
	case strings.HasSuffix(lower, ".csproj") || strings.HasSuffix(lower, ".fsproj") || strings.HasSuffix(lower, ".vbproj"):
		name = "nuget"
	case lower == "dockerfile" || lower == "containerfile" || strings.HasPrefix(lower, "dockerfile.") && !notJenkins[path.Ext(lower)] || strings.HasSuffix(lower, ".dockerfile"):
		name = "docker"
	case strings.HasPrefix(lower, "requirements") && strings.HasSuffix(lower, ".txt") && !r.t.Has(path.Join(f.Folder(), "requirements.txt")):
		name = "pip"
	case f.Folder() == ".github/workflows" && (path.Ext(lower) == ".yml" || path.Ext(lower) == ".yaml"):
		name = "github-actions"
	default:
		return
	}
	if len(r.into.Ecosystems) >= maxCode || slices.ContainsFunc(r.into.Ecosystems, func(e scorecard.Ecosystem) bool { return e.Name == name && e.Folder == f.Folder() }) {
		return
	}
	data, ok := r.t.Read(f.Path, scorecard.Pipelines)
	if !ok || !names(name, base, data) {
		return
	}
	r.into.Ecosystems = append(r.into.Ecosystems, scorecard.Ecosystem{Location: at(f.Path, 1, 1), Name: name, Folder: f.Folder()})
}

// names reports whether the file names any dependency.
func names(ecosystem, base string, data []byte) bool {
	switch {
	case base == "pyproject.toml":
		return projectDependencies.Match(data)
	case base == "setup.py":
		return setupDependencies.Match(data)
	case ecosystem == "github-actions":
		return bytes.Contains(data, []byte("uses:"))
	case ecosystem == "docker" && fromScratch.Match(data) && bytes.Count(bytes.ToUpper(data), []byte("FROM ")) == 1:
		return false
	}
	mark, ok := dependsOn[ecosystem]
	return !ok || mark.Match(data)
}

// members marks those files that a bot finds through the root of their workspace.
func (r *reader) members() {
	roots := map[string][]string{}
	for _, e := range r.into.Ecosystems {
		switch e.Name {
		case "npm":
			if p := r.packageAt(e.Folder); p != nil && p.workspaces {
				roots[e.Name] = append(roots[e.Name], e.Folder)
			}
		case "maven", "gradle", "cargo", "nuget", "sbt":
			if data, ok := r.t.Read(e.Location.Path); ok && (e.Name != "maven" || bytes.Contains(data, []byte("<modules>"))) && (e.Name != "cargo" || bytes.Contains(data, []byte("[workspace]"))) {
				roots[e.Name] = append(roots[e.Name], e.Folder)
			}
		}
	}
	for i := range r.into.Ecosystems {
		e := &r.into.Ecosystems[i]
		for _, root := range roots[e.Name] {
			if root != e.Folder && under(e.Folder, root) && (e.Root == "" || len(root) < len(e.Root)) {
				e.Root = root
			}
		}
	}
}

// loadTargets finds load tests that make, npm and task can run.
func (r *reader) loadTargets() {
	probe := func(via string, x result) {
		for _, c := range x.commands {
			if c.Purpose == scorecard.LoadTest && len(r.into.LoadProbes) < 50 && !slices.ContainsFunc(r.into.LoadProbes, func(p scorecard.LoadProbe) bool { return p.Location == c.Location }) {
				r.into.LoadProbes = append(r.into.LoadProbes, scorecard.LoadProbe{Location: c.Location, Tool: c.Tool, Via: via})
			}
		}
	}
	marks := [][]byte{[]byte("k6"), []byte("locust"), []byte("gatling"), []byte("jmeter"), []byte("vegeta"), []byte("artillery"), []byte("ghz"), []byte("wrk"), []byte("autocannon"), []byte("fortio"), []byte("hey "), []byte("bzt"), []byte("oha "), []byte("bombardier"), []byte("h2load"), []byte("loadtest")}
	for _, base := range []string{"Makefile", "makefile", "GNUmakefile", "package.json", "Taskfile.yml", "Taskfile.yaml", "justfile"} {
		for _, f := range r.byBase[base] {
			data, ok := r.t.Read(f.Path)
			if !ok || !slices.ContainsFunc(marks, func(m []byte) bool { return bytes.Contains(data, m) }) {
				continue
			}
			s := r.scope(f.Path, 1, f.Folder())
			switch {
			case base == "package.json":
				if p := r.packageAt(f.Folder()); p != nil {
					for _, name := range sortedKeys(p.scripts) {
						x, _ := r.packageScript(p, name, f.Folder(), s)
						probe("npm run "+clean(name), x)
					}
				}
			case strings.HasPrefix(base, "Task"):
				for _, e := range entries(get(r.document(f.Path), "tasks")) {
					probe("task "+clean(e.key), r.taskOf(r.document(f.Path), f.Path, f.Folder(), e.key, s))
				}
			case base == "justfile":
				for _, line := range strings.Split(string(data), "\n") {
					if v := justRecipe.FindStringSubmatch(strings.TrimRight(line, "\r ")); v != nil {
						x, _ := r.just([]string{"just", v[1]}, s)
						probe("just "+clean(v[1]), x)
					}
				}
			default:
				m := r.makefileAt(f.Path)
				for _, name := range sortedKeys(m.targets) {
					s := r.scope(f.Path, 1, f.Folder())
					probe("make "+clean(name), r.target(m, name, f.Folder(), s, map[string]bool{}))
				}
			}
		}
	}
}
