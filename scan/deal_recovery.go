package scan

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dealRecovery gives out what keeps data, what backs it up, where secrets come from and
// what tries the service.
func (a *attribution) dealRecovery() {
	f := a.facts
	if len(f.Stores)+len(f.Backups)+len(f.StorageClasses)+len(f.SecretSources)+len(f.Experiments) == 0 {
		return
	}
	origins := a.byOrigin()
	for _, x := range f.Stores {
		for _, m := range a.storeOf(x, origins) {
			m.inventory.Stores = append(m.inventory.Stores, x)
		}
	}
	for _, x := range f.Backups {
		for _, m := range a.backupOf(x, origins) {
			m.inventory.Backups = append(m.inventory.Backups, x)
		}
	}
	for _, x := range f.SecretSources {
		for _, m := range a.secretsOf(x, origins) {
			m.inventory.SecretSources = append(m.inventory.SecretSources, x)
		}
	}
	var pods *scorecard.Index[scorecard.Workload]
	for _, x := range f.Experiments {
		if pods == nil {
			pods = scorecard.NewPodIndex(f.Workloads)
		}
		for _, m := range a.experimentOf(x, pods, origins) {
			m.inventory.Experiments = append(m.inventory.Experiments, x)
		}
	}
	for _, m := range a.members { // they are the cluster's
		m.inventory.StorageClasses = append(m.inventory.StorageClasses, f.StorageClasses...)
	}
}

// storeOf: a claim belongs to the services whose pods mount it, and any other store to
// the service that one of its names is or holds as whole words; else to those of its
// chart or folder, else to those whose definition in Terraform leads to it, else to all.
func (a *attribution) storeOf(d scorecard.DataStore, origins map[string][]*member) []*member {
	if d.Location.Object.Kind == "PersistentVolumeClaim" {
		if ms := a.usersOf(d.Location.Object, func(w *scorecard.Workload) []string { return w.Pod.Claims }); len(ms) > 0 {
			return ms
		}
	}
	if ms := a.called(d.Names, nil); len(ms) > 0 {
		return ms
	}
	if d.Root != "" && d.Root != "." {
		if ms := a.places.of(path.Join(d.Root, "_")); len(ms) > 0 {
			return ms
		}
	}
	if ms, known := a.belonging(d.Location); known {
		return ms
	}
	return a.standing(d.Location, origins)
}

// usersOf are the services with a workload in the object's namespace that uses it by name.
func (a *attribution) usersOf(o scorecard.ObjectRef, uses func(*scorecard.Workload) []string) (out []*member) {
	for i := range a.facts.Workloads {
		w := &a.facts.Workloads[i]
		if m := a.owner[w]; m != nil && w.Object.PairingNamespace() == o.PairingNamespace() && slices.Contains(uses(w), o.Name) && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// standing are the services of the file, chart or folder that something stands in, else
// all of them.
func (a *attribution) standing(at scorecard.Location, origins map[string][]*member) []*member {
	for p := at.Path; ; p = path.Dir(p) {
		if ms := origins[p]; len(ms) > 0 && (p == at.Path || len(ms) < len(a.members) || len(a.members) == 1) {
			return ms
		}
		if p == "." || p == "/" || p == "" {
			break
		}
	}
	return a.shared(at.Path)
}

// commonWords are names of services that say what they are made with, not what they are for.
var commonWords = []string{"db", "database", "postgres", "postgresql", "mysql", "mariadb", "mongo", "mongodb", "redis", "kafka", "rabbitmq", "elasticsearch", "storage", "bucket", "data", "backup", "app", "api",
	"web", "service", "server", "main", "default"}

// called gives the services that names mean: one that is a service's own, else the
// longest service's name that stands in one of them as whole words.
func (a *attribution) called(names []string, but *member) []*member {
	without := func(ms []*member) []*member {
		return slices.DeleteFunc(slices.Clone(ms), func(m *member) bool { return m == but })
	}
	for _, n := range names {
		if ms := without(a.places.named(n)); len(ms) > 0 {
			return ms
		}
	}
	var best []*member
	length := 0
	for _, m := range a.members {
		if m == but {
			continue
		}
		name := strings.Join(partsOf(m.service.Name), " ")
		size := len(name)
		if slices.Contains(commonWords, name) {
			size = 1 // only where nothing else is named
		}
		if name == "" || size < length || !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(" "+strings.Join(partsOf(n), " ")+" ", " "+name+" ") }) {
			continue
		}
		if size > length {
			best, length = nil, size
		}
		best = append(best, m)
	}
	return best
}

// partsOf are the lower-cased words of a name.
func partsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
}

// backupOf: what selects by namespace or label is weighed against every service's data;
// what names something, and a job that dumps, belongs to whom the names mean.
func (a *attribution) backupOf(b scorecard.Backup, origins map[string][]*member) []*member {
	if b.Everything || b.Selector != nil {
		return a.beside(b.Location.Path)
	}
	var own *member
	for i := range a.facts.Workloads {
		if w := &a.facts.Workloads[i]; w.Location == b.Location {
			own = a.owner[w]
		}
	}
	if ms := a.called(append(append(slices.Clone(b.Hosts), b.Names...), b.Name), own); len(ms) > 0 {
		return ms
	}
	if own != nil && len(own.workloads) > 1 {
		return []*member{own}
	}
	if own != nil { // a service of its own, made for others
		return a.beside(b.Location.Path)
	}
	return a.standing(b.Location, origins)
}

// secretsOf: a Secret that is made belongs to those who use it, and one of Compose's to
// those that are given it; anything else to whom its name means, else to those of its chart
// or folder.
func (a *attribution) secretsOf(s scorecard.SecretSource, origins map[string][]*member) []*member {
	if s.Tool == "compose" {
		var out []*member
		for _, name := range s.Services {
			out = with(out, a.places.named(name)...)
		}
		if len(a.members) == 1 && len(a.members[0].workloads) == 0 {
			return a.members
		}
		return out
	}
	ref := s.Location.Object
	if s.Makes != "" {
		ref.Name = s.Makes
		if ms := a.usersOf(ref, func(w *scorecard.Workload) []string { return w.Pod.Secrets }); len(ms) > 0 {
			return ms
		}
	}
	if s.Tool == "csi" {
		if ms := a.usersOf(ref, func(w *scorecard.Workload) []string { return w.Pod.SecretStores }); len(ms) > 0 {
			return ms
		}
	}
	if s.Rule {
		return a.shared(s.Location.Path)
	}
	if ms := a.called([]string{s.Name}, nil); len(ms) > 0 {
		return ms
	}
	if ms, known := a.belonging(s.Location); known {
		return ms
	}
	return a.standing(s.Location, origins)
}

// experimentOf: an experiment belongs to the services whose pods it selects or that it
// names, else to those of its folder, else to all. One that selects strangers is nobody's,
// but for a repository of a single service.
func (a *attribution) experimentOf(x scorecard.Experiment, pods *scorecard.Index[scorecard.Workload], origins map[string][]*member) []*member {
	var out []*member
	for i := range x.Selectors {
		for _, w := range pods.SelectEverywhere(&x.Selectors[i]) {
			ns := w.Object.PairingNamespace()
			if len(x.Namespaces) > 0 && ns != "" && !scorecard.IsReleaseNamespace(ns) && !slices.Contains(x.Namespaces, ns) {
				continue
			}
			if m := a.owner[w]; m != nil && !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	for _, n := range x.Names {
		for _, m := range a.places.named(n) {
			if !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	if len(a.members) > 1 && (len(x.Selectors) > 0 || len(x.Names) > 0) {
		return a.places.of(x.Location.Path)
	}
	if ms := a.called([]string{x.Name}, nil); len(ms) > 0 {
		return ms
	}
	return a.standing(x.Location, origins)
}
