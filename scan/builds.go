package scan

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// builds tells of what each service's image is made in the repository.
type builds struct {
	of     map[*member][]*scorecard.BuiltImage
	byFile map[string][]*member // by Dockerfile
	// below are those whose images are built of the folder or of one below it.
	below map[string][]*member
	// images are the repositories of what each service runs, and running who runs one.
	images  map[*member][]string
	running map[string][]*member
	// beside are the services by the folders of their code, where they are declared there
	// alone; nil until somebody asks.
	beside map[string]*member
}

// findBuilds pairs the services with the images that they run: those of their main
// containers, and of Compose by their names.
func (a *attribution) findBuilds() {
	b := builds{of: map[*member][]*scorecard.BuiltImage{}, byFile: map[string][]*member{}, below: map[string][]*member{}, images: map[*member][]string{}, running: map[string][]*member{}}
	runs := func(m *member, image string) {
		if image != "" && !slices.Contains(b.images[m], image) {
			b.images[m] = append(b.images[m], image)
			b.running[image] = append(b.running[image], m)
		}
	}
	for _, m := range a.members {
		for _, w := range m.workloads {
			if c := w.MainContainer(); c != nil {
				runs(m, scorecard.ParseImage(c.Image).Repository)
			}
		}
	}
	for _, x := range a.facts.Images {
		if x.Format == "compose" && x.Service != "" {
			for _, m := range a.places.named(x.Service) {
				runs(m, scorecard.ParseImage(x.Image).Repository)
			}
		}
	}
	named := map[string][]*scorecard.BuiltImage{}
	for i := range a.facts.Built {
		x := &a.facts.Built[i]
		name := scorecard.ParseImage(x.Name).Repository
		named[name] = append(named[name], x)
		named["/"+path.Base(name)] = append(named["/"+path.Base(name)], x)
		if x.Service != "" {
			for _, m := range a.places.named(x.Service) {
				b.made(m, x)
			}
		}
	}
	for _, m := range a.members {
		for _, image := range b.images[m] {
			made := named[image]
			if len(made) == 0 { // pushed under the name of another registry
				if made = named["/"+path.Base(image)]; !sameBuild(made) || slices.Contains(shelf, path.Base(image)) {
					made = nil
				}
			}
			for _, x := range made {
				b.made(m, x)
			}
		}
	}
	a.builds = b
}

func (b *builds) made(m *member, x *scorecard.BuiltImage) {
	if x.Context == "" || slices.Contains(b.of[m], x) {
		return
	}
	b.of[m] = append(b.of[m], x)
	b.lies(m, x.Context)
	if x.File != "" && !slices.Contains(b.byFile[x.File], m) {
		b.byFile[x.File] = append(b.byFile[x.File], m)
		b.lies(m, path.Dir(x.File))
	}
}

func (b *builds) lies(m *member, folder string) {
	for ; folder != "." && folder != "/" && !slices.Contains(b.below[folder], m); folder = path.Dir(folder) {
		b.below[folder] = append(b.below[folder], m)
	}
}

// sameBuild reports whether all make one image.
func sameBuild(xs []*scorecard.BuiltImage) bool {
	return !slices.ContainsFunc(xs, func(x *scorecard.BuiltImage) bool { return x.Context != xs[0].Context || x.File != xs[0].File })
}

// forImages are folders that hold what images are built with, for no service in particular.
var forImages = []string{"docker", ".docker", "dockerfiles", "dockerfile", "container", "containers", "image", "images", "build", "ci", "deploy", "deployment", "deployments", "package", "packaging", "ops", "infra", "scripts"}

// builtFolder is the service's own folder by what its image is built of: that of its
// Dockerfile, else the context, if it is no other's; else the one that bears the image's
// name, or whose module does. Empty where there is none.
func (a *attribution) builtFolder(m *member, bearing, modules map[string][]string) string {
	for _, x := range a.builds.of[m] {
		for _, folder := range []string{path.Dir(x.File), x.Context} {
			if folder != "." && len(a.builds.below[folder]) == 1 && !slices.Contains(forImages, strings.ToLower(path.Base(folder))) {
				return folder
			}
		}
	}
	for _, image := range a.builds.images[m] {
		base := path.Base(image)
		if len(a.builds.running[image]) > 1 || slices.Contains(shelf, base) {
			continue
		}
		n := normal(base)
		for _, f := range bearing[n] {
			if outsidePackages(f) == f && (path.Dir(f) == "." || slices.Contains(codeParents, path.Base(path.Dir(f)))) {
				return f
			}
		}
		if fs := modules[n]; len(fs) == 1 && fs[0] != "." {
			return fs[0]
		}
	}
	return ""
}

// besideCode is the folder in which the service's workloads are declared beside a Dockerfile
// and code, where no other service's are: there it is built and deployed. Empty for none.
func (a *attribution) besideCode(m *member) string {
	if len(m.workloads) == 0 {
		return ""
	}
	folder := path.Dir(m.workloads[0].Location.Path)
	if a.builds.beside == nil {
		a.builds.beside = a.alone()
	}
	if a.builds.beside[folder] != m || slices.ContainsFunc(m.workloads, func(w *scorecard.Workload) bool { return path.Dir(w.Location.Path) != folder }) {
		return ""
	}
	return folder
}

// alone are the folders that hold code, a Dockerfile and the workloads of one service.
func (a *attribution) alone() map[string]*member {
	code, built := map[string]bool{}, map[string]bool{}
	for i := range a.facts.Modules {
		if x := &a.facts.Modules[i]; !x.Aggregate && x.Folder != "." {
			code[x.Folder] = true
		}
	}
	for i := range a.facts.Images {
		built[path.Dir(a.facts.Images[i].Location.Path)] = true
	}
	out, shared := map[string]*member{}, map[string]bool{}
	for _, m := range a.members {
		for _, w := range m.workloads {
			folder := path.Dir(w.Location.Path)
			if !code[folder] || !built[folder] {
				continue
			}
			shared[folder] = shared[folder] || out[folder] != nil && out[folder] != m
			out[folder] = m
		}
	}
	for folder := range shared {
		if shared[folder] {
			delete(out, folder)
		}
	}
	return out
}

// modulesByName are the folders of the modules by their names without a group or scope.
func (a *attribution) modulesByName() map[string][]string {
	out := map[string][]string{}
	for i := range a.facts.Modules {
		m := &a.facts.Modules[i]
		if m.Aggregate || m.Tooling {
			continue
		}
		name := m.Name[strings.LastIndexAny(m.Name, ":/")+1:]
		if n := normal(name); n != "" && !slices.Contains(out[n], m.Folder) {
			out[n] = append(out[n], m.Folder)
		}
	}
	return out
}

// copied reports whether an image is made of the module: its Dockerfile puts in the
// module's manifest, or all of its folder.
func copied(x *scorecard.BuiltImage, mod *scorecard.Module) bool {
	return slices.ContainsFunc(x.Copies, func(p string) bool {
		if p == mod.Folder {
			return true
		}
		if strings.ContainsAny(path.Dir(p), "*?[") {
			return false
		}
		ok, err := path.Match(p, mod.Location.Path)
		return err == nil && ok
	})
}
