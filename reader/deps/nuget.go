package deps

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var dotnetLanguages = map[string]string{".csproj": "csharp", ".fsproj": "fsharp", ".vbproj": "visualbasic"}

// project reads a .NET project. Its SDK counts as a dependency: that of the web brings
// the server.
func (r *reader) project(f tree.File, data []byte) {
	root := r.xml(f, data)
	if root == nil || root.name != "Project" {
		return
	}
	m := r.module(nuget, f.Folder(), f.Path, f, dotnetLanguages[strings.ToLower(path.Ext(f.Path))])
	m.Name = strings.TrimSuffix(f.Base(), path.Ext(f.Path))
	if sdk, _, _ := strings.Cut(root.attrs["sdk"], "/"); sdk != "" {
		add(m, f.Path, root.line, strings.ToLower(sdk), "", scorecard.ScopeBuild)
	}
	m.Dependencies = append(m.Dependencies, packageReferences(f, root)...)
	for _, group := range root.all("ItemGroup") {
		for _, p := range group.all("ProjectReference") {
			if ref := below(f.Folder(), p.attrs["include"]); ref != "" {
				m.Local = append(m.Local, path.Dir(ref))
			}
		}
		for _, p := range group.all("FrameworkReference") {
			add(m, f.Path, p.line, strings.ToLower(p.attrs["include"]), "", scorecard.ScopeRuntime)
		}
	}
	lower := strings.ToLower(m.Name)
	test := strings.HasSuffix(lower, "tests") || strings.HasSuffix(lower, ".test") || strings.HasSuffix(lower, "_test")
	for _, group := range root.all("PropertyGroup") {
		m.Program = m.Program || strings.EqualFold(group.str("OutputType"), "Exe")
		test = test || strings.EqualFold(group.str("IsTestProject"), "true")
		for _, screen := range screens {
			if e := group.get(screen); e != nil && strings.EqualFold(strings.TrimSpace(e.text), "true") {
				add(m, f.Path, e.line, strings.ToLower(screen), "", scorecard.ScopeBuild)
			}
		}
	}
	m.Tooling = m.Tooling || test || dependsOn(m, "microsoft.net.test.sdk")
}

// screens are the properties of a project that is run on its users' devices. They count as
// dependencies, like its SDK.
var screens = []string{"UseMaui", "UseWPF", "UseWindowsForms"}

func packageReferences(f tree.File, root *element) (out []scorecard.Dependency) {
	for _, group := range root.all("ItemGroup") {
		for _, kind := range []string{"PackageReference", "GlobalPackageReference"} {
			for _, p := range group.all(kind) {
				name, version := p.attrs["include"], p.attrs["version"]
				if version == "" {
					version = p.str("Version")
				}
				scope := scorecard.ScopeRuntime
				private := p.attrs["privateassets"]
				if private == "" {
					private = p.str("PrivateAssets")
				}
				if strings.EqualFold(private, "all") {
					scope = scorecard.ScopeBuild
				}
				out = append(out, dependency(f.Path, p.line, strings.ToLower(name), withoutURL(version), scope))
			}
		}
	}
	return out
}

// buildProps reads what all projects below a folder have: Directory.Build.props, and the
// global packages of Directory.Packages.props, whose other packages are only versions.
func (r *reader) buildProps(f tree.File, data []byte) {
	if root := r.xml(f, data); root != nil {
		r.props[f.Folder()] = append(r.props[f.Folder()], packageReferences(f, root)...)
	}
}

// packagesConfig reads packages.config, which stands beside its project.
func (r *reader) packagesConfig(f tree.File, data []byte) {
	root := r.xml(f, data)
	if root == nil {
		return
	}
	var list []scorecard.Dependency
	for _, p := range root.all("package") {
		scope := scorecard.ScopeRuntime
		if strings.EqualFold(p.attrs["developmentdependency"], "true") {
			scope = scorecard.ScopeDev
		}
		list = append(list, dependency(f.Path, p.line, strings.ToLower(p.attrs["id"]), p.attrs["version"], scope))
	}
	r.props["packages.config "+f.Folder()] = list
}

// finishNuGet gives projects what stands beside and above them.
func (r *reader) finishNuGet() {
	for _, m := range r.order {
		if m.Ecosystem != nuget {
			continue
		}
		m.Dependencies = append(m.Dependencies, r.props["packages.config "+m.Folder]...)
		for folder := m.Folder; ; folder = path.Dir(folder) {
			m.Dependencies = append(m.Dependencies, r.props[folder]...)
			if folder == "." || folder == "/" {
				break
			}
		}
	}
}
