package scan

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dealPipelines gives each service the pipelines that are about it, and of these the
// jobs and the commands that are.
func (a *attribution) dealPipelines() {
	f := a.facts
	a.resolveTekton()
	for i := range f.Pipelines {
		p := &f.Pipelines[i]
		about := a.pipelineOf(p)
		for _, m := range about {
			if share, ok := a.shareOf(p, m); ok {
				m.inventory.Pipelines = append(m.inventory.Pipelines, share)
			}
		}
	}
	for _, x := range f.Updates {
		for _, m := range a.everyone(x.Location.Path) {
			m.inventory.Updates = append(m.inventory.Updates, x)
		}
	}
	for _, m := range a.members {
		a.dealCode(m)
	}
	for _, x := range f.Syncs {
		for _, m := range a.syncOf(&x) {
			m.inventory.Syncs = append(m.inventory.Syncs, x)
		}
	}
	for _, x := range f.Drift {
		for _, m := range a.everyone(x.Location.Path) {
			m.inventory.Drift = append(m.inventory.Drift, x)
		}
	}
	for _, x := range a.generators() { // each is a service itself, and loads the others
		for _, m := range a.everyone(x.Location.Path) {
			m.inventory.LoadProbes = append(m.inventory.LoadProbes, x)
		}
	}
	for _, x := range f.LoadProbes {
		for _, m := range a.shared(x.Location.Path) {
			m.inventory.LoadProbes = append(m.inventory.LoadProbes, x)
		}
	}
	for _, x := range f.Tags {
		for _, m := range a.everyone(x.Location.Path) {
			m.inventory.Tags = append(m.inventory.Tags, a.tagsOf(m, x))
		}
	}
	for _, x := range f.Changelogs {
		for _, m := range a.changelogOf(x) {
			m.inventory.Changelogs = append(m.inventory.Changelogs, x)
		}
	}
}

// resolveTekton: a pipeline or a task that another object refers to is seen where the
// repository declares it.
func (a *attribution) resolveTekton() {
	declared := map[string]bool{}
	for _, p := range a.facts.Pipelines {
		if p.System == "tekton" {
			declared["the pipeline "+p.Name], declared["the task "+p.Name] = true, true
		}
	}
	for i := range a.facts.Pipelines {
		if p := &a.facts.Pipelines[i]; p.System == "tekton" {
			p.Unseen = slices.DeleteFunc(slices.Clone(p.Unseen), func(u scorecard.Unseen) bool { return declared[u.What] })
		}
	}
}

// pipelineOf: a pipeline belongs to the services under the paths that start it, to those
// that its file's name means, or whose folder it is in; else to all.
func (a *attribution) pipelineOf(p *scorecard.Pipeline) []*member {
	if len(a.members) == 1 {
		return a.members
	}
	if len(p.Paths) > 0 {
		var out []*member
		for _, m := range a.members {
			if m.service.Path != "" && m.service.Path != "." && m.touches(p.Paths) {
				out = append(out, m)
			}
		}
		if len(out) > 0 {
			return append(out, a.rooted()...)
		}
	}
	if ms := a.byNameOf(p.Location.Path); ms != nil {
		return ms
	}
	if folder := path.Dir(p.Location.Path); !strings.HasPrefix(folder, ".") && !ciFolders[path.Base(folder)] {
		if ms := a.places.of(path.Join(folder, "_")); ms != nil {
			return ms
		}
	}
	return a.everyone(p.Location.Path)
}

// rooted are the services whose folder is the whole repository.
func (a *attribution) rooted() (out []*member) {
	for _, m := range a.members {
		if m.service.Path == "." {
			out = append(out, m)
		}
	}
	return out
}

var ciFolders = map[string]bool{"ci": true, "jenkins": true, "pipelines": true, "build": true, "cicd": true, "deploy": true}

// touches reports whether one of the paths is in the service's folder, or around it.
func (m *member) touches(paths []string) bool {
	own := m.service.Path
	if own == "" || own == "." {
		return true
	}
	return slices.ContainsFunc(paths, func(p string) bool { return under(p, own) || under(own, p) })
}

// jobWords are what a pipeline's or a job's name says besides the service.
var jobWords = map[string]bool{
	"ci": true, "cd": true, "cicd": true, "build": true, "test": true, "tests": true, "deploy": true, "release": true, "lint": true, "main": true, "pr": true, "push": true, "publish": true,
	"pipeline": true, "workflow": true, "unit": true, "e2e": true, "integration": true, "docker": true, "image": true, "prod": true, "production": true, "staging": true, "dev": true, "check": true,
	"checks": true, "validate": true, "scan": true, "on": true, "and": true, "to": true, "the": true, "run": true, "azure": true, "pipelines": true, "cloudbuild": true, "buildspec": true, "jenkinsfile": true, "master": true, "pull": true, "request": true, "job": true,
}

// meant gives the services that the name of a file or a job means, once the words that
// say what is done are left out; nil where it means none.
func (a *attribution) meant(name string) []*member {
	name = strings.ToLower(name)
	var kept []string
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_. :/()", r) }) {
		if !jobWords[w] {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	if ms := a.places.byName[strings.Join(kept, "")]; len(ms) > 0 {
		return ms
	}
	return a.places.byName[normal(name)]
}

func (a *attribution) byNameOf(file string) []*member {
	base := path.Base(file)
	if ext := path.Ext(base); ext != "" && ext != base {
		base = strings.TrimSuffix(base, ext)
	}
	return a.meant(base)
}

// shareOf is what of a pipeline is about a service; false where nothing is left of one
// that had something.
func (a *attribution) shareOf(p *scorecard.Pipeline, m *member) (scorecard.Pipeline, bool) {
	if len(a.members) == 1 {
		return *p, true
	}
	share := *p
	share.Jobs = nil
	for _, j := range p.Jobs {
		if ms := a.meant(j.Name); ms != nil && !slices.Contains(ms, m) {
			continue
		}
		j.Steps = a.stepsOf(m, j.Steps)
		share.Jobs = append(share.Jobs, j)
	}
	return share, len(share.Jobs) > 0 || len(p.Jobs) == 0
}

// stepsOf are the steps with the commands that are about the service.
func (a *attribution) stepsOf(m *member, steps []scorecard.JobStep) (out []scorecard.JobStep) {
	for _, s := range steps {
		var mine []scorecard.Command
		for _, c := range s.Commands {
			if c.Folder == "" || c.Folder == "." || m.touches([]string{c.Folder}) && (m.service.Path != "" || a.folderOf(c.Folder) == nil) || c.Purpose == scorecard.Deploy && m.holds(c.Folder) || !m.judgedByFolder(c.Purpose) {
				mine = append(mine, c)
			}
		}
		if len(mine) > 0 {
			s.Commands = mine
			out = append(out, s)
		}
	}
	return out
}

// folderOf are the services in whose folder another one is.
func (a *attribution) folderOf(folder string) []*member {
	for d := folder; d != "." && d != "/"; d = path.Dir(d) {
		if ms := a.places.byFolder[d]; len(ms) > 0 {
			return ms
		}
	}
	return nil
}

// judgedByFolder: tests and scans are about code, which has a folder; infrastructure
// and deployments stand elsewhere.
func (m *member) judgedByFolder(p scorecard.Purpose) bool {
	return p == scorecard.Test || p == scorecard.ScanCode || p == scorecard.ScanImage || p == scorecard.Deploy
}

// dealCode gives a service what is code in its folder or in one of its name, and what of
// it names dependencies. One without a folder, among others, has none that is known.
func (a *attribution) dealCode(m *member) {
	alone := len(a.members) == 1
	own := m.service.Path
	if own == "." {
		alone = true
	}
	for _, c := range a.facts.Code {
		if alone || own != "" && (under(c.Folder, own) || under(own, c.Folder) && c.Folder != "." && strings.Count(c.Folder, "/") >= 2) || own == "" && a.unclaimed(c.Folder) || slices.Contains(a.places.of(outsidePackages(c.Location.Path)), m) ||
			own == "" && (a.inModule(m, c.Folder) || m.root != "" && len(a.roots[m.root]) == 1 && under(c.Folder, m.root)) {
			m.inventory.Code = append(m.inventory.Code, c)
		}
	}
	for _, e := range a.facts.Ecosystems {
		if alone || e.Name == "github-actions" || own != "" && under(e.Folder, own) || own == "" && e.Name != "docker" && a.unclaimed(e.Folder) && a.ownCode(m) {
			m.inventory.Ecosystems = append(m.inventory.Ecosystems, e)
		}
	}
}

// inModule reports whether code belongs to a module that the service is made of: the
// innermost one around it.
func (a *attribution) inModule(m *member, folder string) bool {
	for d := folder; ; d = path.Dir(d) {
		if a.places.byFolder[d] != nil {
			return false
		}
		if slices.ContainsFunc(a.facts.Modules, func(x scorecard.Module) bool { return x.Folder == d }) {
			return slices.ContainsFunc(m.inventory.Modules, func(x scorecard.Module) bool { return x.Folder == d })
		}
		if d == "." || d == "/" {
			return false
		}
	}
}

// ownCode: the service runs an image that the repository builds, as far as can be told.
func (a *attribution) ownCode(m *member) bool { return len(m.inventory.Code) > 0 }

// unclaimed: the folder is in no service's, so its code may be of those without one.
func (a *attribution) unclaimed(folder string) bool {
	if a.places.byFolder[folder] != nil {
		return false
	}
	for own := range a.places.byFolder {
		if under(folder, own) {
			return false
		}
	}
	return len(a.places.byFolder) == 0
}

// syncOf: what applies a folder is about the services whose manifests are in it; one
// of a chart from elsewhere about the service that it names.
func (a *attribution) syncOf(s *scorecard.Sync) []*member {
	var out []*member
	for _, m := range a.members {
		for _, p := range s.Paths {
			if m.holds(p) || slices.ContainsFunc(m.workloads, func(w *scorecard.Workload) bool { return w.Origin != "" && under(w.Origin, p) }) || m.service.Path != "" && m.service.Path != "." && (under(p, m.service.Path) || under(m.service.Path, p)) {
				out = append(out, m)
				break
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	if ms := a.places.named(s.Name); len(ms) > 0 {
		return ms
	}
	if ms := a.places.of(s.Location.Path); ms != nil {
		return ms
	}
	if len(a.members) == 1 || len(s.Paths) == 0 && s.Chart == "" {
		return a.everyone(s.Location.Path)
	}
	return nil
}

// loadTools are words by which images and names of load generators are known.
var loadTools = []string{"locust", "k6", "gatling", "jmeter", "vegeta", "artillery", "ghz", "wrk", "fortio"}

// generators are the load generators that are deployed.
func (a *attribution) generators() (out []scorecard.LoadProbe) {
	for i := range a.facts.Workloads {
		w := &a.facts.Workloads[i]
		for j := range w.Containers {
			name := path.Base(scorecard.ParseImage(w.Containers[j].Image).Repository)
			tool := loadTool(name)
			if tool == "" {
				tool = loadTool(w.Object.Name)
			}
			if tool != "" {
				out = append(out, scorecard.LoadProbe{Location: w.Location, Tool: tool, Via: w.Object.String()})
				break
			}
		}
	}
	for _, d := range a.facts.Infra {
		if tool := loadTool(d.Name); tool != "" && d.Deploys {
			out = append(out, scorecard.LoadProbe{Location: d.Location, Tool: tool, Via: d.Tool + " service " + d.Name})
		}
	}
	return out
}

func loadTool(name string) string {
	switch normal(name) {
	case "load", "loadgenerator", "loadgen", "loadtest", "loadtester", "loaddriver", "loadsimulator", "trafficgenerator":
		return "load generator"
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == '/' }) {
		if slices.Contains(loadTools, word) || slices.Contains(loadTools, strings.TrimSuffix(word, "io")) {
			return word
		}
	}
	return ""
}

// tagsOf leaves out of the dated releases those that name another service.
func (a *attribution) tagsOf(m *member, tags scorecard.Tags) scorecard.Tags {
	tags.Dated = slices.DeleteFunc(slices.Clone(tags.Dated), func(r scorecard.Released) bool {
		part := r.Version
		for _, cut := range []string{"@", "/", "-v", "_v", "-"} { // cart@1.2.3, cart/v1.2.3, cart-v1.2.3, cart-1.2.3
			if i := strings.LastIndex(r.Version, cut); i > 0 {
				part = r.Version[:i]
				break
			}
		}
		ms := a.places.named(part)
		return len(ms) > 0 && !slices.Contains(ms, m)
	})
	return tags
}

// changelogOf: a changelog speaks for the folder that it is in, the root's for all.
func (a *attribution) changelogOf(x scorecard.Changelog) []*member {
	if folder := path.Dir(x.Location.Path); folder != "." {
		var out []*member
		for _, m := range a.members {
			if m.service.Path != "" && (m.service.Path == folder || m.service.Path == ".") && len(a.members) > 1 {
				out = append(out, m)
			}
		}
		return out
	}
	return a.everyone(x.Location.Path)
}
