package scorecard

// Module is a piece of code with a manifest of what it is built on: a Go module, an npm
// package, a Python project, a project of Maven, Gradle or .NET, a gem, a Composer package,
// a crate. All that one folder's manifests of one ecosystem say is one module (a
// pyproject.toml and the requirements.txt beside it).
type Module struct {
	Location Location `json:"location"` // its manifest
	// Ecosystem is "go", "npm", "pypi", "maven", "gradle", "nuget", "rubygems", "packagist",
	// "cargo" or "hex".
	Ecosystem string   `json:"ecosystem"`
	Folder    string   `json:"folder"`              // "." for the root
	Name      string   `json:"name,omitempty"`      // as the manifest gives it; of Maven "group:artifact"
	Languages []string `json:"languages,omitempty"` // lower-cased: "java", "kotlin"
	// Dependencies are the direct ones, at most MaxDependencies, by their place.
	Dependencies []Dependency `json:"dependencies,omitempty"`
	// Local are the folders of modules of the same repository that it is built on.
	Local []string `json:"local,omitempty"`
	// Aggregate: it only holds others together (the root of a workspace, a parent POM) and
	// is no program or library itself.
	Aggregate bool `json:"aggregate,omitempty"`
	// Program: files say that it is run by itself: a Dockerfile beside it, a main package, a
	// start script, a plugin that makes a program of it.
	Program bool `json:"program,omitempty"`
	// Tooling: its folder says that it is no part of what runs: documentation, scripts, load
	// tests, the build itself.
	Tooling bool `json:"tooling,omitempty"`
	// Entries are the programs that the module holds, where files tell them apart: the main
	// packages of Go. A service that runs one of them is given the module with what that one
	// imports, and without this list.
	Entries []Entry `json:"entries,omitempty"`
	// Incomplete says why dependencies may be missing: "install_requires is computed"; empty
	// where the manifest tells all.
	Incomplete string `json:"incomplete,omitempty"`
}

// Entry is one program of a module that may hold several.
type Entry struct {
	Folder string `json:"folder"`
	// Uses are the names of the module's dependencies that it is built of, sorted, and Own
	// what it imports of the standard library. Both are empty where Whole is true: it is the
	// only program, or not all that it imports could be followed.
	Uses  []string     `json:"uses,omitempty"`
	Own   []Dependency `json:"own,omitempty"`
	Whole bool         `json:"whole,omitempty"`
}

// MaxDependencies is how many dependencies of one module are kept.
const MaxDependencies = 1000

// The scopes of a dependency.
const (
	ScopeRuntime = "runtime"
	ScopeDev     = "dev"
	ScopeTest    = "test"
	ScopeBuild   = "build" // plugins of the build, and what only the compiler needs
)

// Dependency is a library or plugin that a module's manifest names. What its own code
// imports of Go's standard library is one too, where a check asks for it: "log/slog".
type Dependency struct {
	Location Location `json:"location"`
	// Name is as the ecosystem compares it: lower-cased for PyPI ("python-json-logger") and
	// NuGet, "group:artifact" for Maven and Gradle, a plugin's id for Gradle's plugins.
	Name    string `json:"name"`
	Version string `json:"version,omitempty"` // as written, properties filled in; empty where another file decides
	Scope   string `json:"scope"`
}

// Setting is a switch in the configuration of an application that decides whether a
// library works: `spring.zipkin.enabled=false`.
type Setting struct {
	Location Location `json:"location"`
	// Key is dotted and lower-cased, without hyphens: "management.tracing.enabled".
	Key   string `json:"key"`
	Value string `json:"value"` // lower-cased; a placeholder's default
}

// Migration is a folder of versioned changes to the schema of a relational database, or
// the configuration of a tool that applies them.
type Migration struct {
	Location Location `json:"location"` // the first file of it
	Tool     string   `json:"tool"`     // "flyway", "liquibase", "alembic", "rails", …
	Folder   string   `json:"folder"`
}
