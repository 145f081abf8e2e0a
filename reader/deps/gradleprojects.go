package deps

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// finishGradle makes modules of the build scripts, with what convention plugins, applied
// scripts and the projects above say for them.
func (r *reader) finishGradle() {
	var order []string
	for file := range r.scripts {
		order = append(order, file)
	}
	slices.Sort(order)
	conventions, included := map[string]*script{}, map[string]bool{}
	for _, file := range order {
		s := r.scripts[file]
		if !isBuildScript(s.file) && !s.settings {
			conventions[strings.TrimSuffix(strings.TrimSuffix(s.file.Base(), ".kts"), ".gradle")] = s
		}
		if s.settings && len(s.includes) > 0 {
			included[s.file.Folder()] = true
		}
	}
	for _, file := range order {
		s := r.scripts[file]
		if !isBuildScript(s.file) || isConvention(file) {
			continue
		}
		m := r.module(gradle, s.file.Folder(), "", s.file, "java")
		m.Name = ":" + path.Base(s.file.Folder())
		r.take(m, s, conventions, map[*script]bool{})
		own := len(m.Dependencies)
		for folder := s.file.Folder(); folder != "." && folder != "/"; {
			folder = path.Dir(folder)
			for _, base := range []string{"build.gradle", "build.gradle.kts"} {
				if above := r.scripts[path.Join(folder, base)]; above != nil {
					m.Dependencies = append(m.Dependencies, above.all...)
					r.resolve(m, above, above.allRefs)
				}
			}
		}
		m.Aggregate = included[s.file.Folder()] && !slices.ContainsFunc(m.Dependencies[:own], func(d scorecard.Dependency) bool { return d.Scope == scorecard.ScopeRuntime })
		for _, d := range m.Dependencies {
			if strings.Contains(d.Name, "kotlin.jvm") || d.Name == "kotlin" || strings.HasSuffix(d.Name, ":kotlin-stdlib") {
				m.Languages = append(m.Languages, "kotlin")
			}
		}
	}
}

func isBuildScript(f tree.File) bool {
	base := f.Base()
	return base == "build.gradle" || base == "build.gradle.kts" ||
		// A project may name its script after itself: foo/foo.gradle.
		strings.TrimSuffix(strings.TrimSuffix(base, ".kts"), ".gradle") == path.Base(f.Folder()) && !isConvention(f.Path)
}

// isConvention: the script is part of the build of the build.
func isConvention(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		switch part {
		case "buildSrc", "build-logic", "buildLogic", "build-plugin", "build-plugins", "gradle":
			return true
		}
	}
	return false
}

// take adds what a script, and those that it applies, say for the module.
func (r *reader) take(m *scorecard.Module, s *script, conventions map[string]*script, seen map[*script]bool) {
	if seen[s] {
		return
	}
	seen[s] = true
	m.Dependencies = append(m.Dependencies, s.own...)
	m.Dependencies = append(m.Dependencies, s.plugins...)
	r.resolve(m, s, s.refs)
	for _, project := range s.local {
		m.Local = append(m.Local, r.projectFolder(s.file.Folder(), project))
	}
	for _, p := range s.plugins {
		if c := conventions[p.Name]; c != nil {
			r.take(m, c, conventions, seen)
		}
	}
	for _, ref := range s.applied {
		base := path.Base(ref)
		if c := conventions[strings.TrimSuffix(strings.TrimSuffix(base, ".kts"), ".gradle")]; c != nil && c.file.Base() == base {
			r.take(m, c, conventions, seen)
		}
	}
}

// projectFolder is where the project of a path (":core:api") stands: below the nearest
// settings file above.
func (r *reader) projectFolder(from, project string) string {
	want := strings.ReplaceAll(strings.Trim(project, ":"), ":", "/")
	for folder := from; ; folder = path.Dir(folder) {
		for _, base := range []string{"settings.gradle", "settings.gradle.kts"} {
			if r.scripts[path.Join(folder, base)] != nil {
				return path.Join(folder, want)
			}
		}
		if folder == "." || folder == "/" {
			return want
		}
	}
}

// resolve puts libraries of the nearest version catalog in the place of their aliases.
func (r *reader) resolve(m *scorecard.Module, s *script, refs []catalogRef) {
	var c *catalog
	for folder := s.file.Folder(); c == nil; folder = path.Dir(folder) {
		c = r.catalogs[path.Join(folder, "gradle/libs.versions.toml")]
		if folder == "." || folder == "/" {
			break
		}
	}
	if c == nil {
		return
	}
	put := func(alias string, ref catalogRef) {
		if d, ok := c.libraries[alias]; ok {
			add(m, s.file.Path, ref.line, d.Name, d.Version, ref.scope)
		}
	}
	for _, ref := range refs {
		alias := strings.TrimSuffix(ref.alias, ".get")
		bundle, isBundle := strings.CutPrefix(alias, "bundles.")
		switch {
		case ref.plugin:
			if id := c.plugins[accessor(ref.alias)]; id != "" {
				add(m, s.file.Path, ref.line, id, "", ref.scope)
			}
		case isBundle:
			for _, one := range c.bundles[bundle] {
				put(one, ref)
			}
		default:
			put(alias, ref)
		}
	}
}
