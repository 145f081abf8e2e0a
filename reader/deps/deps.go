// Package deps reads what code is built on: the manifests in which a module names its
// direct dependencies, the switches in an application's configuration that turn a library
// off, and the folders of migrations of a database's schema.
//
// # What is read
//
// go.mod; package.json; pyproject.toml (PEP 621, Poetry, dependency groups, uv, PDM),
// requirements files, setup.cfg, setup.py, Pipfile and Conda's environment.yml; pom.xml with
// its parents in the repository; build.gradle and build.gradle.kts with version catalogs,
// convention plugins and what a root project says for its subprojects; C#, F# and Visual
// Basic projects with Directory.Build.props and packages.config; Gemfile and gemspec;
// composer.json; Cargo.toml; mix.exs. Lock files are none of these: what they list is
// somebody's dependency, not the module's. A requirements file that was compiled is a lock
// file too; the file that it was compiled from counts.
//
// Formats that are programs (Gradle, Ruby, setup.py, mix.exs) are read as far as their
// text has the structure that the tool's documentation shows. Comments are no text.
//
// Go's standard library has packages that checks ask for and no manifest names; of those
// few the imports in the module's own files count.
package deps

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The ecosystems.
const (
	goModules = "go"
	npm       = "npm"
	pypi      = "pypi"
	maven     = "maven"
	gradle    = "gradle"
	nuget     = "nuget"
	rubygems  = "rubygems"
	packagist = "packagist"
	cargo     = "cargo"
	hex       = "hex"
)

type reader struct {
	ctx     context.Context
	t       *tree.Tree
	into    *scorecard.Facts
	files   []tree.File
	modules map[moduleKey]*scorecard.Module
	order   []*scorecard.Module
	// What several files make together is put together when all are read.
	poms     map[string]*pom // by file
	scripts  map[string]*script
	catalogs map[string]*catalog // by file
	python   map[string]*requirements
	props    map[string][]scorecard.Dependency // of Directory.Build.props, by folder
	crates   map[string]*crate
	// libraries are modules that say of themselves that they are none to run.
	libraries map[*scorecard.Module]bool
}

type moduleKey struct{ ecosystem, folder, file string }

// Read appends the modules, settings and migrations of the tree, and notes a gap for each
// manifest that can't be read or parsed. It stops when the context ends.
//
// Demonstrations are read where no other manifest is there: of a library that has
// examples, these are no programs to judge it by.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	all := t.Files()
	own := slices.DeleteFunc(slices.Clone(all), func(f tree.File) bool { return f.Class != tree.Spoken })
	readFiles(ctx, t, own, into)
	if len(into.Modules) == 0 && len(own) < len(all) {
		into.Settings, into.Migrated = nil, nil
		readFiles(ctx, t, all, into)
	}
}

func readFiles(ctx context.Context, t *tree.Tree, files []tree.File, into *scorecard.Facts) {
	r := &reader{
		ctx: ctx, t: t, into: into, files: files, modules: map[moduleKey]*scorecard.Module{},
		poms: map[string]*pom{}, scripts: map[string]*script{}, catalogs: map[string]*catalog{},
		python: map[string]*requirements{}, props: map[string][]scorecard.Dependency{}, crates: map[string]*crate{}, libraries: map[*scorecard.Module]bool{},
	}
	for _, f := range r.files {
		if ctx.Err() != nil {
			return
		}
		r.file(f)
	}
	r.finishPython()
	r.finishMaven()
	r.finishGradle()
	r.finishNuGet()
	r.finishCargo()
	r.link()
	r.findPrograms()
	r.goImports()
	r.goEntries()
	for _, m := range r.order {
		m.Dependencies = tidy(m.Dependencies)
		slices.Sort(m.Languages)
		m.Languages = slices.Compact(m.Languages)
		into.Modules = append(into.Modules, *m)
	}
	r.migrations()
}

// byName are the manifests that are known by their name alone, lower-cased.
var byName = map[string]func(*reader, tree.File, []byte){
	"go.mod": (*reader).goMod, "package.json": (*reader).packageJSON, "composer.json": (*reader).composer,
	"pyproject.toml": (*reader).pyproject, "pipfile": (*reader).pipfile, "setup.cfg": (*reader).setupCfg, "setup.py": (*reader).setupPy,
	"environment.yml": (*reader).conda, "environment.yaml": (*reader).conda,
	"pom.xml": (*reader).readPOM, "cargo.toml": (*reader).cargoToml, "gemfile": (*reader).gemfile, "mix.exs": (*reader).mix,
	"directory.build.props": (*reader).buildProps, "directory.packages.props": (*reader).buildProps, "packages.config": (*reader).packagesConfig,
}

func (r *reader) file(f tree.File) {
	base := strings.ToLower(f.Base())
	read := byName[base]
	if read == nil {
		read = r.byPattern(f, base)
	}
	if read == nil || skipped(f.Path) {
		return
	}
	if data, ok := r.t.Read(f.Path, scorecard.Dependencies); ok {
		read(r, f, bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	}
}

// byPattern are the manifests whose names have parts of their own.
func (r *reader) byPattern(f tree.File, base string) func(*reader, tree.File, []byte) {
	switch ext := path.Ext(base); ext {
	case ".gradle", ".kts":
		if ext == ".gradle" || strings.HasSuffix(base, ".gradle.kts") {
			return (*reader).readGradle
		}
	case ".csproj", ".fsproj", ".vbproj":
		return (*reader).project
	case ".gemspec":
		return (*reader).gemspec
	case ".toml":
		if strings.HasSuffix(base, ".versions.toml") {
			return (*reader).versionCatalog
		}
	case ".txt", ".in":
		if isRequirements(f.Path, base) {
			return (*reader).requirementsFile
		}
	case ".json":
		if strings.Contains(base, "service_config") || strings.Contains(base, "service-config") || strings.Contains(base, "serviceconfig") {
			return (*reader).serviceConfig
		}
	case ".yml", ".yaml", ".properties":
		if isApplication(base) {
			return (*reader).settings
		}
	}
	return nil
}

// skipped are manifests that a tool wrote, or that are filled in before they are one.
func skipped(p string) bool {
	for part := range strings.SplitSeq(path.Dir(p), "/") {
		switch part {
		case "cdk.out", "cdktf.out", ".serverless", ".aws-sam", ".next", ".yarn", "target", "archetype-resources", "skeleton", "cookiecutter", "__pycache__":
			return true
		}
		if strings.Contains(part, "{{") {
			return true
		}
	}
	return false
}

// toolingFolders hold what is made with a service or for it, and is not run as it.
var toolingFolders = map[string]bool{
	"docs": true, "doc": true, "documentation": true, "website": true, "site": true, "scripts": true, "script": true, "tools": true, "tool": true,
	"tooling": true, "ci": true, ".github": true, ".ci": true, ".circleci": true, "benchmark": true, "benchmarks": true, "bench": true, "loadtest": true, "load-test": true,
	"load-tests": true, "loadtests": true, "perf": true, "cypress": true, "playwright": true, "e2e-tests": true, "acceptance-tests": true, "smoke-tests": true,
	"buildsrc": true, "build-logic": true, "storybook": true, ".storybook": true, "templates": true, "contrib": true, "infra": true, "infrastructure": true, "terraform": true, "cdk": true, "pulumi": true,
	"genproto": true, "proto": true, "protos": true, "testlib": true, "test-utils": true, "integration": true, "integrationtests": true, "integration_tests": true, "eslint-config": true, "tsconfig": true,
}

func isTooling(folder string) bool {
	for part := range strings.SplitSeq(folder, "/") {
		if toolingFolders[strings.ToLower(part)] || len(part) > 1 && part[0] == '.' {
			return true
		}
	}
	return false
}

// module gives the module of the folder, and makes it where there is none yet; the first
// of its files is its location. Of ecosystems with several in one folder file tells them
// apart; it is empty for others.
func (r *reader) module(ecosystem, folder, file string, f tree.File, languages ...string) *scorecard.Module {
	key := moduleKey{ecosystem, folder, file}
	m := r.modules[key]
	if m == nil {
		m = &scorecard.Module{Location: scorecard.Location{Path: f.Path}, Ecosystem: ecosystem, Folder: folder, Tooling: isTooling(folder)}
		r.modules[key] = m
		r.order = append(r.order, m)
	}
	m.Languages = append(m.Languages, languages...)
	return m
}

// add adds a dependency of the file's line to the module.
func add(m *scorecard.Module, file string, line int, name, version, scope string) {
	m.Dependencies = append(m.Dependencies, dependency(file, line, name, version, scope))
}

func dependency(file string, line int, name, version, scope string) scorecard.Dependency {
	return scorecard.Dependency{
		Location: scorecard.Location{Path: file, FirstLine: line, LastLine: line},
		Name:     name, Version: version, Scope: scope,
	}
}

// scopeRank orders scopes: what is needed at run time is, whatever else it is for.
var scopeRank = map[string]int{scorecard.ScopeRuntime: 0, scorecard.ScopeBuild: 1, scorecard.ScopeDev: 2, scorecard.ScopeTest: 3}

// tidy sorts dependencies by place, keeps one of each name, and no more than the bound.
func tidy(ds []scorecard.Dependency) []scorecard.Dependency {
	best := map[string]int{}
	for i, d := range ds {
		if j, ok := best[d.Name]; !ok || scopeRank[d.Scope] < scopeRank[ds[j].Scope] {
			best[d.Name] = i
		}
	}
	var out []scorecard.Dependency
	for i, d := range ds {
		if best[d.Name] == i && d.Name != "" {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b scorecard.Dependency) int {
		return cmp.Or(a.Location.Compare(b.Location), strings.Compare(a.Name, b.Name))
	})
	return out[:min(len(out), scorecard.MaxDependencies)]
}

// link finds the modules of the repository among the dependencies, by folder where a path
// is written and else by name.
func (r *reader) link() {
	byFolder, byName := map[string]bool{}, map[moduleKey]string{}
	for _, m := range r.order {
		byFolder[m.Folder] = true
		if m.Name != "" && !m.Aggregate {
			byName[moduleKey{family(m.Ecosystem), "", m.Name}] = m.Folder
		}
	}
	for _, m := range r.order {
		local := m.Local
		m.Local = nil
		for _, d := range m.Dependencies {
			if folder, ok := byName[moduleKey{family(m.Ecosystem), "", d.Name}]; ok && (d.Scope == scorecard.ScopeRuntime) {
				local = append(local, folder)
			}
		}
		slices.Sort(local)
		for _, folder := range slices.Compact(local) {
			if folder != m.Folder && byFolder[folder] {
				m.Local = append(m.Local, folder)
			}
		}
	}
}

// family is what ecosystems that share their libraries have in common.
func family(ecosystem string) string {
	if ecosystem == gradle {
		return maven
	}
	return ecosystem
}

// below joins a relative path to a folder; empty when it leads out of the repository.
func below(folder, ref string) string {
	ref = strings.ReplaceAll(ref, `\`, "/")
	p := path.Join(folder, ref)
	if path.IsAbs(ref) || p == ".." || strings.HasPrefix(p, "../") {
		return ""
	}
	return p
}

// lineOf is the line of an offset in the text.
func lineOf(text string, offset int) int {
	return 1 + strings.Count(text[:min(max(offset, 0), len(text))], "\n")
}
