package scan

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// madeOf are the modules of a service that has no folder of its own: those that the
// Dockerfile of its image puts in, else those with a program that is called like it.
func (a *attribution) madeOf(m *member) (out []*scorecard.Module) {
	for _, of := range []func(*scorecard.Module) bool{
		func(mod *scorecard.Module) bool {
			return slices.ContainsFunc(a.builds.of[m], func(x *scorecard.BuiltImage) bool { return copied(x, mod) })
		},
		func(mod *scorecard.Module) bool {
			return slices.ContainsFunc(mod.Entries, func(e scorecard.Entry) bool { return slices.Contains(a.entryOf(mod, e), m) })
		},
	} {
		for i := range a.facts.Modules {
			if mod := &a.facts.Modules[i]; !mod.Aggregate && !mod.Tooling && of(mod) {
				out = append(out, mod)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// likeImage gives services without modules those of the service that runs the same image,
// if that has no other.
func (a *attribution) likeImage(own map[*member][]*scorecard.Module) {
	for _, m := range a.members {
		if len(own[m]) > 0 || m.offTheShelf() {
			continue
		}
		for _, image := range a.builds.images[m] {
			for _, other := range a.builds.running[image] {
				if other != m && len(own[m]) == 0 && len(a.builds.images[other]) == 1 {
					own[m] = slices.Clone(own[other])
				}
			}
		}
	}
}

// anyEntry are folders of main packages that name no service.
var anyEntry = []string{"cmd", "main", "app", "bin", "server", "src", "service", "services", "apps", "pkg", "internal"}

// entryOf gives the services that a program's folder names: its own name, or that of the
// folder that it is in where its own says nothing.
func (a *attribution) entryOf(mod *scorecard.Module, e scorecard.Entry) []*member {
	for d := e.Folder; d != mod.Folder && d != "." && d != "/"; d = path.Dir(d) {
		if ms := a.places.byName[normal(path.Base(d))]; len(ms) > 0 {
			return ms
		}
		if !slices.Contains(anyEntry, strings.ToLower(path.Base(d))) {
			return nil
		}
	}
	return nil
}

// narrowed is the module as the service has it: of several programs in it that share its
// libraries, with those of the service's own program alone. The program is the one below
// the service's folder, or that is called like it; a service that is no one's of these has
// those that are nobody's.
func (a *attribution) narrowed(m *member, mod *scorecard.Module) scorecard.Module {
	out := *mod
	out.Entries = nil
	if len(mod.Entries) < 2 || len(a.members) < 2 || m.service.Path == "." {
		return out
	}
	var its, free []scorecard.Entry
	for _, e := range mod.Entries {
		of := a.entryOf(mod, e)
		switch p := m.service.Path; {
		case slices.Contains(of, m), p != "" && p != mod.Folder && under(p, mod.Folder) && under(e.Folder, p):
			its = append(its, e)
		case len(of) == 0:
			free = append(free, e)
		}
	}
	if len(its) == 0 && m.service.Path == "" {
		its = free
	}
	if len(its) == 0 || slices.ContainsFunc(its, func(e scorecard.Entry) bool { return e.Whole }) {
		return out
	}
	uses := map[string]bool{}
	out.Dependencies = nil
	for _, e := range its {
		for _, name := range e.Uses {
			uses[name] = true
		}
		for _, d := range e.Own {
			if !slices.ContainsFunc(out.Dependencies, func(have scorecard.Dependency) bool { return have.Name == d.Name }) {
				out.Dependencies = append(out.Dependencies, d)
			}
		}
	}
	for _, d := range mod.Dependencies {
		if uses[d.Name] || d.Scope != scorecard.ScopeRuntime {
			out.Dependencies = append(out.Dependencies, d)
		}
	}
	return out
}
