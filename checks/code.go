package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// program is something of the service's own code that is run: a module, the modules of
// other ecosystems in its folder, and those of the repository that it is built on.
type program struct {
	*scorecard.Module
	parts []*scorecard.Module
}

// programs are those of the service: the modules that files say are run, or where there
// are none such, those that no other is built on. What only holds others together, helps
// to build and has no code is none.
func programs(v *scorecard.View) []program {
	var candidates []*scorecard.Module
	used := map[string]bool{}
	for i := range v.Modules {
		m := &v.Modules[i]
		if !m.Aggregate && hasCode(m) {
			candidates = append(candidates, m)
		}
		for _, folder := range m.Local {
			used[folder] = true
		}
	}
	keep := func(choose func(*scorecard.Module) bool) {
		if slices.ContainsFunc(candidates, choose) {
			candidates = slices.DeleteFunc(candidates, func(m *scorecard.Module) bool { return !choose(m) })
		}
	}
	keep(func(m *scorecard.Module) bool { return !m.Tooling })
	keep(func(m *scorecard.Module) bool { return m.Program })
	published := map[string]bool{}
	for _, by := range candidates {
		for _, m := range candidates {
			published[m.Folder] = published[m.Folder] || installs(by, m)
		}
	}
	keep(func(m *scorecard.Module) bool { return !published[m.Folder] })
	if !slices.ContainsFunc(candidates, func(m *scorecard.Module) bool { return m.Program }) {
		keep(func(m *scorecard.Module) bool { return !used[m.Folder] })
	}
	var out []program
	for _, m := range candidates {
		if i := slices.IndexFunc(out, func(p program) bool { return p.Folder == m.Folder && p.Ecosystem != m.Ecosystem }); i >= 0 {
			out[i].parts = append(out[i].parts, withParts(v, m)...)
			continue
		}
		out = append(out, program{m, withParts(v, m)})
	}
	return out
}

// installs reports whether a program installs the module as a package, by its name: a
// library that is published from the repository of those who use it, with an image
// to build it in.
func installs(by, m *scorecard.Module) bool {
	if by == m || m.Name == "" || by.Ecosystem != m.Ecosystem || m.Ecosystem != "npm" && m.Ecosystem != "pypi" {
		return false
	}
	return slices.ContainsFunc(by.Dependencies, func(d scorecard.Dependency) bool {
		return d.Scope == scorecard.ScopeRuntime && strings.EqualFold(strings.ReplaceAll(d.Name, "_", "-"), strings.ReplaceAll(m.Name, "_", "-"))
	})
}

// hasCode: an npm package without anything that is there at run time holds the tools of
// something else.
func hasCode(m *scorecard.Module) bool {
	return m.Ecosystem != "npm" || m.Program || slices.ContainsFunc(m.Dependencies, func(d scorecard.Dependency) bool { return d.Scope == scorecard.ScopeRuntime })
}

// withParts are the module and those of the repository that it is built on.
func withParts(v *scorecard.View, m *scorecard.Module) []*scorecard.Module {
	out := []*scorecard.Module{m}
	for i := 0; i < len(out); i++ {
		for j := range v.Modules {
			part := &v.Modules[j]
			if slices.Contains(out[i].Local, part.Folder) && !slices.Contains(out, part) {
				out = append(out, part)
			}
		}
	}
	return out
}

// library is the first dependency of the program for the purpose; nil where it has none. Of
// other modules of the repository it has what they need at run time, and not their plugins.
func (p program) library(of purpose) *scorecard.Dependency {
	for _, m := range p.parts {
		scopes := []string{scorecard.ScopeRuntime}
		if m.Folder == p.Folder {
			scopes = append(scopes, scorecard.ScopeBuild)
		}
		if d := libraryFor(m, of, scopes...); d != nil {
			return d
		}
	}
	return nil
}

// incomplete says why dependencies of the program may be missing; empty where none are.
func (p program) incomplete() string {
	for _, m := range p.parts {
		if m.Incomplete != "" {
			return m.Incomplete
		}
	}
	return ""
}

// called names the program.
func (p program) called() string {
	if p.Name != "" && p.Ecosystem != "gradle" {
		return p.Name
	}
	if p.Folder == "." {
		return "the code of " + p.Location.Path
	}
	return "the code in " + p.Folder
}

// languages of the program, those of its parts too.
func (p program) speaks(language string) bool {
	return slices.ContainsFunc(p.parts, func(m *scorecard.Module) bool { return slices.Contains(m.Languages, language) })
}

// setting gives the first setting in the program's folders that is one of the wanted
// ("management.tracing.enabled=false"); nil where there is none.
func (p program) setting(v *scorecard.View, wanted ...string) *scorecard.Setting {
	for i := range v.Settings {
		s := &v.Settings[i]
		if !slices.ContainsFunc(p.parts, func(m *scorecard.Module) bool { return under(s.Location.Path, m.Folder) }) {
			continue
		}
		if slices.Contains(wanted, s.Key+"="+s.Value) || slices.Contains(wanted, s.Key+"=*") {
			return s
		}
	}
	return nil
}

// under reports whether a path is below the folder.
func under(p, folder string) bool { return folder == "." || strings.HasPrefix(p, folder+"/") }

// onDevice reports whether the program runs where its users are: a page that a browser runs,
// which has a framework for that and no server, or an app of a phone or a desktop.
func (p program) onDevice() bool {
	if slices.ContainsFunc(p.Dependencies, func(d scorecard.Dependency) bool {
		switch d.Name {
		case "usemaui", "usewpf", "usewindowsforms", "microsoft.net.sdk.blazorwebassembly", "com.android.application":
			return d.Scope == scorecard.ScopeBuild
		}
		return false
	}) {
		return true
	}
	if p.Ecosystem != "npm" || libraryFor(p.Module, webServer, scorecard.ScopeRuntime) != nil ||
		slices.ContainsFunc(p.parts, func(m *scorecard.Module) bool { return m.Folder == p.Folder && m.Ecosystem != p.Ecosystem }) {
		return false
	}
	return slices.ContainsFunc(p.Dependencies, func(d scorecard.Dependency) bool {
		switch d.Name {
		case "react-dom", "vue", "@angular/core", "svelte", "preact", "solid-js", "react-native", "lit", "ember-source":
			return true
		}
		return false
	})
}

// onServers leaves out what runs on users' devices where the service has other programs.
func onServers(ps []program) []program {
	if !slices.ContainsFunc(ps, func(p program) bool { return !p.onDevice() }) {
		return ps
	}
	return slices.DeleteFunc(ps, program.onDevice)
}

// codeTakesRequests says why the code alone is taken to serve requests, of a service of which
// nothing shows how it is run (a chart that could not be rendered does not, either): a
// program that is built on a server's framework.
func codeTakesRequests(v *scorecard.View) (why string, at scorecard.Location) {
	switch {
	case len(v.Workloads) > 0, len(composed(v)) > 0:
		return "", at
	case v.Service.Discovery == scorecard.ByRepository && len(v.Runs) > 0:
		return "", at
	case v.Service.Discovery == scorecard.ByWorkload && len(v.Charts) == 0:
		return "", at
	}
	for _, p := range onServers(programs(v)) {
		if d := p.library(webServer); p.Program && d != nil && d.Name != "net/http" && !strings.HasSuffix(d.Name, "/grpc") {
			return fmt.Sprintf("%s is a server (%s)", p.called(), d.Name), d.Location
		}
	}
	return "", at
}

// addLibrary says how to add a library to the program: the line of its manifest where that
// can be a line of its own, else the command or the element.
func addLibrary(p program, what string, names map[string]string) string {
	name := names[ecosystemOf(p.Ecosystem)]
	file := p.Location.Path
	sentence := fmt.Sprintf("In `%s`, add %s:", file, what)
	switch p.Ecosystem {
	case "go":
		return fenced(sentence, "text", "require "+name)
	case "pypi":
		if strings.HasSuffix(file, ".txt") || strings.HasSuffix(file, ".in") {
			return fenced(sentence, "text", name)
		}
		return fenced(fmt.Sprintf("Add %s to the dependencies in `%s`:", what, file), "text", name)
	case "rubygems":
		return fenced(sentence, "ruby", fmt.Sprintf("gem %q", name))
	case "maven":
		group, artifact, _ := strings.Cut(name, ":")
		return fenced(sentence, "xml", fmt.Sprintf("<dependency>\n  <groupId>%s</groupId>\n  <artifactId>%s</artifactId>\n</dependency>", group, artifact))
	case "gradle":
		return fenced(sentence, "kotlin", fmt.Sprintf("dependencies {\n    implementation(%q)\n}", name))
	}
	commands := map[string]string{"npm": "npm install ", "nuget": "dotnet add package ", "packagist": "composer require ", "cargo": "cargo add ", "hex": "mix igniter.install "}
	return fenced(fmt.Sprintf("Add %s, in `%s`:", what, path.Dir(file)), "sh", commands[p.Ecosystem]+name)
}

func ecosystemOf(ecosystem string) string {
	if ecosystem == "maven" || ecosystem == "gradle" {
		return "jvm"
	}
	return ecosystem
}
