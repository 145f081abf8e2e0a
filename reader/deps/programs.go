package deps

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// entrances are files of which one stands in the folder of a program, by ecosystem. Those
// of Go and Cargo are found anywhere below.
var entrances = map[string][]string{
	pypi:      {"manage.py", "app.py", "main.py", "wsgi.py", "asgi.py", "server.py", "__main__.py"},
	rubygems:  {"config.ru"},
	packagist: {"artisan", "public/index.php", "bin/console"},
	npm:       {"server.js", "next.config.js", "next.config.mjs", "next.config.ts"},
	cargo:     {"src/main.rs"},
	hex:       {"config/runtime.exs", "config/prod.exs"},
}

// makers are the plugins and SDKs that make a program of a module.
var makers = []string{
	"org.springframework.boot:spring-boot-maven-plugin", "org.springframework.boot", "application", "com.google.cloud.tools:jib-maven-plugin", "com.google.cloud.tools.jib",
	"io.quarkus:quarkus-maven-plugin", "io.quarkus.platform:quarkus-maven-plugin", "io.quarkus", "io.micronaut.application", "io.micronaut.maven:micronaut-maven-plugin", "io.ktor.plugin",
	"com.github.johnrengelman.shadow", "com.gradleup.shadow", "microsoft.net.sdk.web", "microsoft.net.sdk.worker", "war",
}

// findPrograms tells the modules that are run from those that others are made of.
func (r *reader) findPrograms() {
	modules := map[string]*scorecard.Module{}
	for _, m := range r.order {
		if m.Ecosystem == goModules {
			modules[m.Folder] = m
		}
	}
	images := map[string]bool{}
	for _, f := range r.files {
		base := strings.ToLower(f.Base())
		switch {
		case strings.HasPrefix(base, "dockerfile") || base == "containerfile" || strings.HasSuffix(base, ".dockerfile"):
			images[f.Folder()] = true
		case base == "main.go":
			if m := innermost(modules, f.Folder()); m != nil {
				m.Program = true
			}
		case strings.HasSuffix(f.Path, ".rs") && path.Base(f.Folder()) == "bin" && path.Base(path.Dir(f.Folder())) == "src":
			images[path.Dir(path.Dir(f.Folder()))] = true
		}
	}
	for _, m := range r.order {
		m.Program = m.Program || images[m.Folder] ||
			slices.ContainsFunc(entrances[m.Ecosystem], func(file string) bool { return r.t.Has(path.Join(m.Folder, file)) }) ||
			slices.ContainsFunc(m.Dependencies, func(d scorecard.Dependency) bool { return slices.Contains(makers, d.Name) })
		if m.Aggregate || r.libraries[m] {
			m.Program = false
		}
	}
}
