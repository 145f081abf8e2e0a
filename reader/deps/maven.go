package deps

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// pom is one pom.xml.
type pom struct {
	file   tree.File
	root   *element
	parent *pom
}

// readPOM keeps a pom.xml until its parents are read.
func (r *reader) readPOM(f tree.File, data []byte) {
	if root := r.xml(f, data); root != nil && root.name == "project" {
		r.poms[f.Path] = &pom{file: f, root: root}
	}
}

// finishMaven makes modules of the POMs, with what they have of their parents.
func (r *reader) finishMaven() {
	var order []string
	for file := range r.poms {
		order = append(order, file)
	}
	slices.Sort(order)
	for _, file := range order {
		r.linkParent(r.poms[file])
	}
	for _, file := range order {
		p := r.poms[file]
		m := r.module(maven, p.file.Folder(), "", p.file, "java")
		m.Name = p.fill("${project.groupId}") + ":" + p.artifact()
		m.Aggregate = p.fill(p.root.str("packaging")) == "pom"
		for q, depth := p, 0; q != nil && depth < maxParents; q, depth = q.parent, depth+1 {
			p.collect(m, q)
		}
		for _, language := range []string{"kotlin", "scala", "groovy"} {
			if slices.ContainsFunc(m.Dependencies, func(d scorecard.Dependency) bool {
				return strings.HasSuffix(d.Name, language+"-maven-plugin") || strings.HasSuffix(d.Name, ":"+language+"-stdlib") || strings.HasSuffix(d.Name, ":"+language+"-library")
			}) {
				m.Languages = append(m.Languages, language)
			}
		}
	}
}

// maxParents is how many parents of a POM are followed.
const maxParents = 10

// linkParent finds the parent in the repository: where relativePath says, which is
// ../pom.xml where nothing is written, if it is the one that is meant.
func (r *reader) linkParent(p *pom) {
	parent := p.root.get("parent")
	if parent == nil {
		return
	}
	ref := "../pom.xml"
	if rel := parent.get("relativePath"); rel != nil {
		if ref = strings.TrimSpace(rel.text); ref == "" {
			return
		}
	}
	where := below(p.file.Folder(), ref)
	if !strings.HasSuffix(where, ".xml") {
		where = path.Join(where, "pom.xml")
	}
	if q := r.poms[where]; q != nil && q != p && q.artifact() == parent.str("artifactId") {
		p.parent = q
	}
}

func (p *pom) artifact() string { return p.root.str("artifactId") }

var mavenProperty = lazyregexp.New(`\$\{([^{}]+)\}`)

// fill puts the project's properties in, its parents' too. What is not set stays as it is.
func (p *pom) fill(s string) string {
	for range 5 {
		before := s
		for _, g := range mavenProperty.FindAllStringSubmatch(s, 10) {
			if v, ok := p.property(g[1]); ok && len(s) < 1000 {
				s = strings.ReplaceAll(s, g[0], v)
			}
		}
		if s == before {
			break
		}
	}
	return s
}

func (p *pom) property(name string) (string, bool) {
	if field, ok := strings.CutPrefix(name, "project."); ok || strings.HasPrefix(name, "pom.") {
		switch strings.TrimPrefix(field, "pom.") {
		case "groupId":
			if v := p.root.str("groupId"); v != "" {
				return v, true
			}
			return p.root.str("parent", "groupId"), true
		case "artifactId":
			return p.artifact(), true
		case "version":
			if v := p.root.str("version"); v != "" {
				return v, true
			}
			return p.root.str("parent", "version"), true
		}
	}
	for q, depth := p, 0; q != nil && depth < maxParents; q, depth = q.parent, depth+1 {
		if e := q.root.get("properties", name); e != nil {
			return strings.TrimSpace(e.text), true
		}
	}
	return "", false
}

// collect adds the dependencies and plugins that one of the module's POMs names. Those of
// dependencyManagement and pluginManagement are only versions; those of a profile count
// where it is active by default.
func (p *pom) collect(m *scorecard.Module, q *pom) {
	roots := []*element{q.root}
	for _, profile := range q.root.get("profiles").all("profile") {
		if profile.str("activation", "activeByDefault") == "true" {
			roots = append(roots, profile)
		}
	}
	for _, root := range roots {
		for _, d := range root.get("dependencies").all("dependency") {
			name := p.fill(d.str("groupId")) + ":" + p.fill(d.str("artifactId"))
			scope := mavenScope(p.fill(d.str("scope")))
			if scope == scorecard.ScopeRuntime && d.str("optional") == "true" {
				scope = scorecard.ScopeBuild // those that depend on the module do not have it
			}
			add(m, q.file.Path, d.line, name, withoutURL(p.fill(d.str("version"))), scope)
		}
		for _, plugin := range root.get("build", "plugins").all("plugin") {
			group := p.fill(plugin.str("groupId"))
			if group == "" {
				group = "org.apache.maven.plugins"
			}
			add(m, q.file.Path, plugin.line, group+":"+p.fill(plugin.str("artifactId")), withoutURL(p.fill(plugin.str("version"))), scorecard.ScopeBuild)
		}
	}
}

func mavenScope(scope string) string {
	switch scope {
	case "test":
		return scorecard.ScopeTest
	case "provided", "system":
		return scorecard.ScopeBuild
	}
	return scorecard.ScopeRuntime
}
