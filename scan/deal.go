package scan

import (
	"path"
	"slices"
	"strings"

	"github.com/hmarr/codeowners"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dealFiles gives out what stands in files of its own.
func (a *attribution) dealFiles() {
	f := a.facts
	a.dealModules()
	a.dealPipelines()
	a.dealCalls()
	for _, m := range a.members {
		if m.entity != nil {
			m.inventory.Entities = []scorecard.Entity{*m.entity}
		}
		m.inventory.Built = a.builtFor(m)
	}
	for _, x := range f.Images {
		for _, m := range a.builtFrom(x) {
			m.inventory.Images = append(m.inventory.Images, x)
		}
	}
	for _, x := range f.Runs {
		for _, m := range a.builtFrom(scorecard.BuildImage{Location: x.Location, Service: x.Service}) {
			m.inventory.Runs = append(m.inventory.Runs, x)
		}
	}
	for _, x := range f.SLOs {
		if x.Format == ruled {
			continue // whose they are is for dealAlerts to say
		}
		for _, m := range a.objectiveOf(x) {
			m.inventory.SLOs = append(m.inventory.SLOs, x)
		}
	}
	for _, x := range f.Documents {
		to := a.documentOf(x)
		x.Passages = nil
		for _, m := range to {
			m.inventory.Documents = append(m.inventory.Documents, x)
		}
	}
	for _, m := range a.members {
		m.dealDay(f.AsOf)
	}
	for _, x := range f.Proxies {
		to := a.places.of(x.Location.Path)
		if len(a.members) == 1 {
			to = a.members
		}
		for _, m := range to {
			m.inventory.Proxies = append(m.inventory.Proxies, x)
		}
	}
	for _, x := range f.Sites {
		for _, m := range a.shared(x.Location.Path) {
			m.inventory.Sites = append(m.inventory.Sites, x)
		}
	}
	for _, x := range f.Terraform {
		to := a.shared(x.Location.Path)
		if x.Root {
			to = withoutRoot(to, x.Folder)
		}
		for _, m := range to {
			m.inventory.Terraform = append(m.inventory.Terraform, x)
		}
	}
	for _, x := range f.Infra {
		for _, m := range a.deployed(x) {
			m.inventory.Infra = append(m.inventory.Infra, x)
		}
	}
	for _, x := range f.Pins {
		for _, m := range a.shared(x.Location.Path) {
			m.inventory.Pins = append(m.inventory.Pins, x)
		}
	}
	a.dealModels()
	for _, x := range f.States {
		for _, m := range a.shared(x.Path) {
			m.inventory.States = append(m.inventory.States, x)
		}
	}
	a.dealRecovery()
	a.dealAlerts()
}

// shared gives the services that a path names, else all.
func (a *attribution) shared(file string) []*member {
	if ms := a.places.of(file); ms != nil {
		return ms
	}
	return a.beside(file)
}

// about gives the services that evidence is about: those of the first of the names that
// is a service's, else those of the file, else all.
func (a *attribution) about(file string, names ...string) []*member {
	for _, n := range names {
		if ms := a.places.named(n); len(ms) > 0 {
			return ms
		}
	}
	return a.shared(file)
}

// everyone gives all services, and notes that they share what the file says.
func (a *attribution) everyone(file string) []*member {
	if len(a.members) > 1 {
		if a.sharing == nil {
			a.sharing = map[string]bool{}
		}
		a.sharing[file] = true
	}
	return a.members
}

// dealShared tells each service which of its evidence is everybody's.
func (a *attribution) dealShared() {
	for file := range a.sharing {
		for _, m := range a.members {
			m.inventory.Shared = append(m.inventory.Shared, file)
		}
	}
}

// deployed gives the services that a definition is about: the one it names, else those
// of its path, else all. One that deploys something by another name is about none of
// them, but for a repository of a single service.
func (a *attribution) deployed(d scorecard.Definition) []*member {
	ms := a.places.named(d.Name)
	if len(ms) == 0 {
		ms = a.places.of(d.Location.Path)
	}
	if len(ms) == 0 && (d.Name == "" || !d.Deploys || d.Provisions || len(a.members) == 1) {
		ms = a.members
	}
	return ms
}

// builtFrom gives the services that an image's build is about: the one that a Compose
// file names, else those whose image is built with the Dockerfile, else those of its path, else those that live in or below its folder.
// One of a stranger is nobody's, but for a repository of a single service.
func (a *attribution) builtFrom(x scorecard.BuildImage) []*member {
	switch ms := a.places.named(x.Service); {
	case len(ms) > 0:
		return ms
	case len(a.members) == 1:
		return a.members
	case x.Service != "":
		return nil
	}
	if ms := a.builds.byFile[x.Location.Path]; len(ms) > 0 {
		return ms
	}
	if ms := a.places.of(x.Location.Path); ms != nil {
		return ms
	}
	var out []*member
	for _, m := range a.members {
		if under(m.folder(), path.Dir(x.Location.Path)) {
			out = append(out, m)
		}
	}
	return out
}

// builtFor are the image names that pipelines fill in, of those the service runs.
func (a *attribution) builtFor(m *member) (out []scorecard.BuiltImage) {
	runs := map[string]bool{}
	for _, w := range m.workloads {
		for i := range w.Containers {
			runs[scorecard.ParseImage(w.Containers[i].Image).Repository] = true
		}
	}
	for _, b := range a.facts.Built {
		b.Copies = nil
		if b.Tool != "docker" && runs[scorecard.ParseImage(b.Name).Repository] {
			out = append(out, b)
		}
	}
	return out
}

// namingLabels are the labels by which a metric's selector names a service.
var namingLabels = []string{"service", "app.kubernetes.io/name", "app", "service_name", "job", "destination_service_name", "container", "deployment", "workload"}

// hintLabels may name a service, and often name something else: what a monitoring tool
// calls the thing that it watches.
var hintLabels = []string{"app_name", "component", "resource_name", "entity", "service_id", "display_name"}

// objectiveOf: an objective belongs to the service that it names, else to the one
// that its selectors' labels name, else to the one its path names. One that names
// nobody is everybody's; one that names a stranger is nobody's, but for a repository
// of a single service, whose only objective is surely its own. One among demonstrations
// is only of whom it names.
func (a *attribution) objectiveOf(o scorecard.Objective) []*member {
	if ms := a.places.named(o.Service); len(ms) > 0 {
		return ms
	}
	for _, key := range slices.Concat(namingLabels, []string{"namespace"}, hintLabels) {
		if ms := a.places.named(o.Labels[key]); len(ms) > 0 {
			return ms
		}
	}
	if o.Example {
		return nil
	}
	if ms := a.places.of(o.Location.Path); ms != nil {
		return ms
	}
	if ms, known := a.belonging(o.Location); known {
		return ms
	}
	if len(a.members) == 1 || o.Service == "" && !slices.ContainsFunc(namingLabels, func(key string) bool { return o.Labels[key] != "" }) {
		return a.beside(o.Location.Path)
	}
	return nil
}

// documentOf: a README, and a section of one, speaks for the folder that it is in, and
// the root's for all; a runbook for whom its path names, else its front matter, else
// its title, else its headings and passages; else for all. A title that names the
// repository names all of it.
func (a *attribution) documentOf(d scorecard.Document) []*member {
	folder, base := path.Dir(d.Location.Path), strings.ToLower(path.Base(d.Location.Path))
	if d.Kind == scorecard.Readme || strings.HasPrefix(base, "readme") && d.Location.FirstLine > 0 {
		var out []*member
		for _, m := range a.members {
			if folder == "." || folder == m.service.Path || m.service.Path == "." && m.service.Location.Path != "" && folder == path.Dir(m.service.Location.Path) {
				out = append(out, m)
			}
		}
		if len(out) == 0 { // beside the code of a service that is deployed from another folder
			return a.places.named(path.Base(folder))
		}
		return out
	}
	if ms := a.places.of(d.Location.Path); ms != nil {
		return ms
	}
	for _, about := range []func(*member) bool{
		func(m *member) bool { return slices.ContainsFunc(d.About, m.called) },
		func(m *member) bool { return m.namedIn(d.Title) && !m.called(a.repository) },
	} {
		var out []*member
		for _, m := range a.members {
			if about(m) {
				out = append(out, m)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	var headed []*member
	for _, m := range a.members {
		if slices.ContainsFunc(d.Headings, m.headed) {
			headed = append(headed, m)
		}
	}
	if len(headed) > 0 {
		return a.discussed(d, headed)
	}
	return a.everyone(d.Location.Path)
}

// maxIgnoredRules is how many ignored CODEOWNERS lines are passed on.
const maxIgnoredRules = 20

// dealOwners gives each service the rule that covers its path: of CODEOWNERS the
// last that matches, of OWNERS files the nearest; and the lines that the host
// ignores, so that a result can say so.
func (a *attribution) dealOwners() {
	matchers := make([]*codeowners.Rule, len(a.facts.Owners))
	var ignored []scorecard.OwnerRule
	for i, r := range a.facts.Owners {
		switch {
		case r.Ignored != "":
			if len(ignored) < maxIgnoredRules {
				ignored = append(ignored, r)
			}
		case r.Format == "codeowners":
			// The library parses lines, not patterns; the owner only completes the line.
			if set, err := codeowners.ParseFile(strings.NewReader(r.Pattern + " @owner\n")); err == nil && len(set) == 1 {
				matchers[i] = &set[0]
			}
		}
	}
	for _, m := range a.members {
		m.inventory.Codeowners = a.facts.Codeowners
		folder := m.folder()
		last, nearest := -1, -1
		for i, r := range a.facts.Owners {
			if matchers[i] != nil {
				if ok, err := matchers[i].Match(path.Join(folder, "_")); err == nil && ok {
					last = i
				}
			}
			if r.Format == "owners" && r.Ignored == "" && under(folder, r.Pattern) && (nearest < 0 || len(r.Pattern) > len(a.facts.Owners[nearest].Pattern)) {
				nearest = i
			}
		}
		for _, i := range []int{last, nearest} {
			if i >= 0 {
				m.inventory.Owners = append(m.inventory.Owners, a.facts.Owners[i])
			}
		}
		m.inventory.Owners = append(m.inventory.Owners, ignored...)
	}
}

// folder is where the service lives, for rules that own folders: its path, else the
// folder of its first workload, or of its definition in Terraform.
func (m *member) folder() string {
	if m.service.Path != "" {
		return m.service.Path
	}
	if len(m.workloads) > 0 {
		return path.Dir(m.workloads[0].Location.Path)
	}
	if p := m.service.Location.Path; isTerraform(p) {
		return path.Dir(p)
	}
	return "."
}
