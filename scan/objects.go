package scan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dealKubernetes gives each service its workloads and what selects or targets them:
// never by the object's own name. What selects nothing stays with the services of
// its file, chart or folder.
func (a *attribution) dealKubernetes() {
	f := a.facts
	for i := range f.Workloads {
		if m := a.owner[&f.Workloads[i]]; m != nil {
			m.inventory.Workloads = append(m.inventory.Workloads, f.Workloads[i])
		}
	}
	pairs := scorecard.Pair(f)
	f.Dangling = scorecard.FindDangling(f, pairs)
	if a.partial {
		f.Dangling = slices.DeleteFunc(f.Dangling, func(x scorecard.Dangling) bool { return !x.Seen })
	}
	d := &dealer{
		attribution: a, pairs: pairs, origins: a.byOrigin(), files: map[string][]*member{},
		near: map[scorecard.Location][]*member{}, dangling: map[scorecard.Location][]*scorecard.Dangling{},
		mounting: map[string][]*scorecard.Workload{}, configured: map[string][]*scorecard.Workload{}, inFile: map[string][]*scorecard.Workload{},
	}
	for i := range f.Workloads {
		w := &f.Workloads[i]
		for _, name := range slices.Concat(w.Pod.Secrets, w.Pod.OtherSecrets) {
			d.mounting[name] = append(d.mounting[name], w)
		}
		for _, name := range w.Pod.ConfigMaps {
			d.configured[name] = append(d.configured[name], w)
		}
		d.inFile[w.Location.Path] = append(d.inFile[w.Location.Path], w)
	}
	d.findDangling()
	d.selecting()
	d.granting()
	d.releasing()
	d.filing()
}

// dealer deals the objects of Kubernetes.
type dealer struct {
	*attribution
	pairs   *scorecard.Pairs
	origins map[string][]*member
	// files are those of objects that select or target pods, by the services of these.
	files map[string][]*member
	// near are the services of the workloads that dangling things probably mean.
	near map[scorecard.Location][]*member
	// dangling are the selectors and targets that match nothing, by their object's place:
	// they go where the object goes.
	dangling map[scorecard.Location][]*scorecard.Dangling
	// formOrigins are like origins, of other forms; nil until they are asked for.
	formOrigins map[string][]*member
	// named are the Services by their names, once they are asked for.
	named map[string][]*scorecard.KubeService
	// mounting are the workloads whose pods refer to a Secret of that name.
	mounting map[string][]*scorecard.Workload
	// configured are those whose pods refer to a ConfigMap of that name.
	configured map[string][]*scorecard.Workload
	// inFile are the workloads that are declared in each file.
	inFile map[string][]*scorecard.Workload
	// given are the services that are given each file or folder, once it is asked for.
	given map[string][]*member
}

// findDangling notes what dangles, by its object, and whose it probably is.
func (d *dealer) findDangling() {
	f := d.facts
	if len(f.Dangling) == 0 {
		return
	}
	owners := map[scorecard.ObjectRef]*member{}
	for i := range f.Workloads {
		owners[f.Workloads[i].Object] = d.owner[&f.Workloads[i]]
	}
	for i := range f.Dangling {
		x := &f.Dangling[i]
		at := whole(x.Location)
		d.dangling[at] = append(d.dangling[at], x)
		if m := owners[x.Near]; m != nil {
			d.near[at] = []*member{m}
		}
	}
}

// whole is the place of the object as a whole.
func whole(l scorecard.Location) scorecard.Location {
	l.Field, l.FirstLine, l.LastLine = "", 0, 0
	return l
}

// deal gives one thing to the services, and with it what of it dangles.
func deal[T any](d *dealer, to []*member, thing *T, at scorecard.Location, part func(*scorecard.Facts) *[]T) {
	for _, m := range to {
		list := part(&m.inventory.Facts)
		if len(to) > maxSharing && len(*list) >= scorecard.MaxRelated {
			d.crowd(m, at)
			continue
		}
		*list = append(*list, *thing)
	}
	d.dealDangling(to, at)
}

// crowd notes, once, that a service shares more objects than are dealt to it.
func (d *dealer) crowd(m *member, at scorecard.Location) {
	if m.crowded {
		return
	}
	m.crowded = true
	m.inventory.Gaps = append(m.inventory.Gaps, scorecard.Gap{Location: at, Hides: []scorecard.Family{scorecard.Kubernetes}, Reason: "too-many",
		Message: fmt.Sprintf("more than %d objects of one kind are shared by this service and others; those after were not looked at", scorecard.MaxRelated)})
}

// maxSharing is how many services a file speaks for because of what is in it; one
// that holds a policy for hundreds is no file of theirs.
const maxSharing = 20

// filedBy notes that a file of objects speaks for the services.
func (d *dealer) filedBy(file string, to []*member) {
	for _, m := range to {
		if !slices.Contains(d.files[file], m) {
			d.files[file] = append(d.files[file], m)
		}
	}
}

// dealDangling gives the services what dangles of the object at that place.
func (d *dealer) dealDangling(to []*member, at scorecard.Location) {
	if len(d.dangling) == 0 {
		return
	}
	for _, x := range d.dangling[whole(at)] {
		for _, m := range to {
			m.inventory.Dangling = append(m.inventory.Dangling, *x)
		}
	}
	delete(d.dangling, whole(at))
}

// selecting deals what selects or targets pods, and what leads to them.
func (d *dealer) selecting() {
	f, pairs := d.facts, d.pairs
	for i := range f.Workloads {
		w := &f.Workloads[i]
		if m := d.owner[w]; m != nil {
			d.dealDangling([]*member{m}, w.Location)
			if pairs.Crowded(w) {
				d.crowd(m, w.Location)
			}
		}
	}
	for i := range f.Services {
		s := &f.Services[i]
		deal(d, d.selected(pairs.OfService[s], s.Location), s, s.Location, func(f *scorecard.Facts) *[]scorecard.KubeService { return &f.Services })
	}
	for i := range f.Budgets {
		b := &f.Budgets[i]
		members := d.selected(pairs.OfBudget[b], b.Location)
		for _, m := range members {
			share := *b
			if len(members) > 1 {
				share.OtherPods = d.otherPods(m, b, pairs.OfBudget[b])
			}
			m.inventory.Budgets = append(m.inventory.Budgets, share)
		}
		d.dealDangling(members, b.Location)
	}
	for i := range f.Scalers {
		s := &f.Scalers[i]
		deal(d, d.selected(pairs.OfScaler[s], s.Location), s, s.Location, func(f *scorecard.Facts) *[]scorecard.Autoscaler { return &f.Scalers })
	}
	for i := range f.Policies {
		n := &f.Policies[i]
		deal(d, d.selected(pairs.OfPolicy[n], n.Location), n, n.Location, func(f *scorecard.Facts) *[]scorecard.NetworkPolicy { return &f.Policies })
	}
	for i := range f.Monitors {
		mo := &f.Monitors[i]
		deal(d, d.selected(pairs.OfMonitor[mo], mo.Location), mo, mo.Location, func(f *scorecard.Facts) *[]scorecard.Monitor { return &f.Monitors })
	}
	for i := range f.Routes {
		r := &f.Routes[i]
		var ws []*scorecard.Workload
		for _, s := range pairs.OfRoute[r] {
			ws = append(ws, pairs.OfService[s]...)
		}
		if len(ws) == 0 {
			ws = d.probablyBehind(r)
		}
		deal(d, d.led(ws, r.Location), r, r.Location, func(f *scorecard.Facts) *[]scorecard.Route { return &f.Routes })
	}
	for i := range f.Traffic {
		t := &f.Traffic[i]
		deal(d, d.selected(pairs.OfTraffic[t], t.Location), t, t.Location, func(f *scorecard.Facts) *[]scorecard.TrafficPolicy { return &f.Traffic })
	}
	if len(f.Scrapes) == 0 {
		return
	}
	behind := d.behind()
	for i := range f.Scrapes {
		s := &f.Scrapes[i]
		deal(d, d.scraped(s, behind), s, s.Location, func(f *scorecard.Facts) *[]scorecard.Scrape { return &f.Scrapes })
	}
}

// scraped gives the services that a scrape job is about: those behind the Services
// that its targets name, or by the name of a service or its pods; all, where it finds
// them by itself.
func (d *dealer) scraped(s *scorecard.Scrape, behind map[string][]*scorecard.Workload) (out []*member) {
	if s.Annotated || s.Discovered {
		return d.members
	}
	add := func(m *member) {
		if m != nil && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	for _, target := range s.Targets {
		labels := strings.Split(target, ".") // cart, cart.shop.svc, cart-0.cart.shop.svc
		for _, host := range labels[:min(len(labels), 2)] {
			if s.Compose {
				break
			}
			for _, w := range behind[host] {
				add(d.owner[w])
			}
		}
		for _, m := range d.places.named(labels[0]) {
			add(m)
		}
	}
	return out
}

// behind are the workloads of each Service, by its name.
func (d *dealer) behind() map[string][]*scorecard.Workload {
	out := map[string][]*scorecard.Workload{}
	for i := range d.facts.Services {
		s := &d.facts.Services[i]
		name := s.Location.Object.Name
		out[name] = append(out[name], d.pairs.OfService[s]...)
	}
	return out
}

// granting deals rights: bindings to the services whose pods run as their subjects,
// and roles along with them. Those of nobody here are nobody's.
func (d *dealer) granting() {
	f, pairs := d.facts, d.pairs
	gives := map[*scorecard.Role][]*scorecard.Workload{}
	for i := range f.Bindings {
		b := &f.Bindings[i]
		ws := pairs.OfBinding[b]
		if len(ws) == 0 {
			continue
		}
		if role := pairs.RoleOf[b]; role != nil {
			gives[role] = append(gives[role], ws...)
		}
		for _, part := range pairs.PartsOf[b] {
			gives[part] = append(gives[part], ws...)
		}
		deal(d, d.selected(ws, b.Location), b, b.Location, func(f *scorecard.Facts) *[]scorecard.Binding { return &f.Bindings })
	}
	for i := range f.Roles {
		r := &f.Roles[i]
		if ws := gives[r]; len(ws) > 0 {
			deal(d, d.selected(ws, r.Location), r, r.Location, func(f *scorecard.Facts) *[]scorecard.Role { return &f.Roles })
		}
	}
}

// filing deals what belongs to a file, a chart or a folder.
func (d *dealer) filing() {
	f := d.facts
	for i := range f.Secrets {
		s := &f.Secrets[i]
		to := d.users(s.Location.Object, d.mounting)
		if len(to) == 0 {
			to = d.holding(s.Location.Path)
		}
		deal(d, to, s, s.Location, func(f *scorecard.Facts) *[]scorecard.SecretObject { return &f.Secrets })
	}
	for i := range f.Leaks {
		l := &f.Leaks[i]
		deal(d, d.leaking(l), l, l.Location, func(f *scorecard.Facts) *[]scorecard.Leak { return &f.Leaks })
	}
	for i := range f.Searches { // of the whole repository
		s := &f.Searches[i]
		deal(d, d.members, s, s.Location, func(f *scorecard.Facts) *[]scorecard.Search { return &f.Searches })
	}
	for i := range f.Priorities { // of the whole cluster
		c := &f.Priorities[i]
		deal(d, d.members, c, c.Location, func(f *scorecard.Facts) *[]scorecard.PriorityClass { return &f.Priorities })
	}
	for i := range f.Objects {
		for _, m := range d.places.of(f.Objects[i].Location.Path) {
			m.inventory.Objects = append(m.inventory.Objects, f.Objects[i])
		}
	}
	for i := range f.Manifests {
		mf := &f.Manifests[i]
		for _, m := range d.filed(mf.Location.Path) {
			m.inventory.Manifests = append(m.inventory.Manifests, *mf)
			m.inventory.KubeVersion = f.KubeVersion
		}
	}
	for i := range f.Charts {
		ms := d.filed(f.Charts[i].Location.Path)
		if len(ms) == len(d.members) && len(ms) > 1 && len(d.origins[f.Charts[i].Folder]) == 0 {
			continue // a library or CRDs: no service's own
		}
		for _, m := range ms {
			m.inventory.Charts = append(m.inventory.Charts, f.Charts[i])
		}
	}
	d.gaps()
	for i := range f.Notes {
		for _, m := range d.filed(f.Notes[i].Location.Path) {
			m.inventory.Notes = append(m.inventory.Notes, f.Notes[i])
		}
	}
	for _, m := range d.members {
		if len(m.inventory.Manifests) > 0 {
			m.inventory.KubeVersion = f.KubeVersion
		}
	}
}

// otherPods counts the pods of other services than m that the budget selects too: its
// numbers are over all of them. Those of another form of the same objects are not its own.
func (a *attribution) otherPods(m *member, b *scorecard.Budget, selected []*scorecard.Workload) (n int32) {
	if a.whole == nil {
		a.whole = scorecard.NewView(&scorecard.Inventory{Facts: *a.facts})
	}
	for _, w := range selected {
		if a.owner[w] != m && (w.Location.Form == b.Location.Form || b.Location.Form == "" || w.Location.Form == "") {
			count, _ := a.whole.Replicas(w)
			n += int32(count)
		}
	}
	return n
}

// byOrigin maps files, charts and overlays to the services whose workloads come from them.
func (a *attribution) byOrigin() map[string][]*member {
	at := map[string][]*member{}
	note := func(where string, m *member) { // members come one after the other
		if ms := at[where]; where != "" && (len(ms) == 0 || ms[len(ms)-1] != m) {
			at[where] = append(ms, m)
		}
	}
	for _, m := range a.members {
		for _, w := range m.workloads {
			note(w.Location.Path, m)
			note(w.Origin, m)
		}
	}
	return at
}

// selected gives the services of the workloads, for whom the file speaks from then on;
// where there are none, those of the file, or those that were probably meant.
func (d *dealer) selected(ws []*scorecard.Workload, at scorecard.Location) []*member {
	var out []*member
	d.round++
	for _, w := range ws {
		if m := d.owner[w]; m != nil && m.round != d.round {
			m.round = d.round
			out = append(out, m)
		}
	}
	if len(out) > 0 {
		if len(out) <= maxSharing {
			d.filedBy(at.Path, out)
		}
		return out
	}
	if ms := d.places.of(at.Path); ms == nil && len(d.origins[at.Path]) == 0 && len(d.near[whole(at)]) > 0 {
		return d.near[whole(at)]
	}
	ms, ok := d.speaking(at.Path)
	if dangling := d.dangling[whole(at)]; !ok && len(d.members) > 1 && len(dangling) > 0 {
		// What selects nothing, in a file of nobody, is nobody's: it is listed for the repository.
		x := dangling[0]
		message := fmt.Sprintf("%s asks for %s, which nothing here is, and belongs to no service", x.Location.Object, x.Wants)
		d.facts.Notes = append(d.facts.Notes, scorecard.Problem{Location: at, Message: message})
		return nil
	}
	return ms
}

// filed gives the services that a file speaks for: those whose workloads come from
// it, or from the chart or overlay that it is in; else whose folder or name its path
// bears; else all.
func (d *dealer) filed(file string) []*member {
	ms, _ := d.speaking(file)
	return ms
}

// ofForms gives the services of whose workloads another form comes from the file, or from
// the chart or overlay that it is in.
func (d *dealer) ofForms(file string) []*member {
	if d.formOrigins == nil {
		d.formOrigins = d.byFormOrigin()
	}
	for f := file; f != "." && f != "/"; f = path.Dir(f) {
		if ms := d.formOrigins[f]; len(ms) > 0 {
			return ms
		}
	}
	return nil
}

// holding gives the services that a file of Secrets speaks for, in any form of the
// objects; all, who share it then, where it speaks for none.
func (d *dealer) holding(file string) []*member {
	ms, ok := d.speaking(file)
	if ok {
		return ms
	}
	if ms = d.ofForms(file); len(ms) > 0 {
		return ms
	}
	return d.everyone(file)
}

// speaking is filed, and false where it is all only because the file speaks for none.
func (d *dealer) speaking(file string) ([]*member, bool) {
	if ms := d.origins[file]; len(ms) > 0 {
		return ms, true
	}
	folder, built := d.chartOf(file)
	if ms := d.places.of(file); ms != nil {
		if len(built) > 0 && len(d.places.living(ms, folder)) == 0 && !slices.ContainsFunc(ms, func(m *member) bool { return slices.Contains(built, m) }) {
			return built, true // the name of a service that is no part of the chart or overlay
		}
		return ms, true
	}
	if ms := d.files[file]; len(ms) > 0 {
		return ms, true
	}
	if len(built) > 0 {
		return built, true
	}
	return d.members, false
}

// chartOf is the innermost chart or overlay that a file is in, and the services whose
// workloads come from it.
func (d *dealer) chartOf(file string) (string, []*member) {
	for f := path.Dir(file); f != "." && f != "/"; f = path.Dir(f) {
		if ms := d.origins[f]; len(ms) > 0 {
			return f, ms
		}
	}
	return "", nil
}
