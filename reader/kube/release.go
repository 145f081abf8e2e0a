package kube

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/kube/render"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds of what deployment tools may ask for.
const (
	// maxReleases is how many releases of one repository are followed.
	maxReleases = 2_000
	// maxReleaseBytes bounds the values that all releases together have in place.
	maxReleaseBytes = 32 << 20
	// maxChartReleases is how many releases of one chart are rendered.
	maxChartReleases = 200
	// maxReleaseNotes is how many releases of what is elsewhere get a note of their own.
	maxReleaseNotes = 20
	// maxRounds is how deep releases may make releases (an app of apps of apps).
	maxRounds = 4
)

// release is something in this repository that a deployment tool is told to deploy: a
// chart, a kustomization or a folder of manifests, with what goes into it.
type release struct {
	tool string // "Argo CD", "Flux", "Helmfile"
	// at is who says so.
	at scorecard.Location
	// name is the release's, namespace where it goes; empty where they can't be told.
	name, namespace string
	folder          string
	environment     string // of a Helmfile; empty where there is but the default
	// recurse: a folder of manifests counts with all that is below it.
	recurse bool
	// values lie over each other in this order, and settings over all of them. replaces
	// says that they stand in place of the chart's own values.yaml.
	values   []valuesOf
	set      []render.Setting
	replaces bool
	rank     int
	// apply is what it changes of what it deploys; nil for nothing.
	apply *applied
	// missing are values that can't be known from files, in words.
	missing []string
	// number tells releases apart that are alike in all that is shown of them.
	number int
	// digest is the key, once all is said.
	digest string
}

// valuesOf is a values file, or text that stands in place of one, or what a file gives
// once it is filled in.
type valuesOf struct {
	path string // empty for text alone
	text []byte // nil for a file as it is
}

// who names the release where its form is shown.
func (l *release) who() string {
	s := l.tool + " "
	if l.name != "" {
		s += l.name + ", "
	}
	s += l.at.Path
	if l.environment != "" && l.environment != "default" {
		s += " for " + l.environment
	}
	if l.number > 1 {
		s += fmt.Sprintf(" #%d", l.number)
	}
	return s
}

// key stands for all that the release says.
func (l *release) key() string {
	if l.digest != "" {
		return l.digest
	}
	b := sha256.New()
	fmt.Fprintf(b, "%s\x00%s\x00%d\x00%s\x00%s\x00%s\x00%s\x00%t\x00%t\x00%d\x00%q\x00%v\x00%s", l.tool, l.at.Path, l.at.FirstLine, l.at.Form,
		l.name, l.namespace, l.folder, l.recurse, l.replaces, l.rank, l.missing, l.set, l.environment)
	for _, v := range l.values {
		fmt.Fprintf(b, "\x00%s\x00%s", v.path, v.text)
	}
	if a := l.apply; a != nil {
		fields, _ := json.Marshal(a.fields) // they come from YAML
		fmt.Fprintf(b, "\x00%s\x00%v\x00%t\x00%q", fields, a.variables, a.substitutes, a.unclear)
	}
	return hex.EncodeToString(b.Sum(nil))
}

// form says how an object of the release came to be.
func (l *release) form() string {
	s := "helm " + l.folder
	var names []string
	for _, v := range l.values {
		if v.path != "" {
			names = append(names, shortPath(l.folder, v.path))
		}
	}
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	if len(names) > 0 {
		s += " with " + strings.Join(names, ", ")
	}
	return s + " (" + l.who() + ")"
}

// shortPath is a path below the folder where it is in it.
func shortPath(folder, p string) string {
	if inside(folder, p) {
		return below(folder, p)
	}
	return p
}

// rankRelease ranks a release by the first of its names that says something of an
// environment: those of its values files, then the others in the order given.
func (l *release) rankRelease(by naming, names ...string) {
	l.rank = rankReleased
	said := -1
	for _, v := range l.values {
		switch by.rank(l.folder, v.path, -1) {
		case rankProduction:
			l.rank = rankProduction
			return
		case rankOther:
			said = rankOther
		}
	}
	for _, n := range names {
		if said >= 0 {
			break
		}
		said = by.rank("", n, -1)
	}
	if said >= 0 {
		l.rank = said
	}
}

// declares reports whether an object tells a deployment tool what to deploy.
func declares(ref scorecard.ObjectRef) bool {
	switch ref.Group() {
	case "argoproj.io":
		return ref.Kind == "Application" || ref.Kind == "ApplicationSet"
	case "helm.toolkit.fluxcd.io":
		return ref.Kind == "HelmRelease"
	case "kustomize.toolkit.fluxcd.io":
		return ref.Kind == "Kustomization"
	case "source.toolkit.fluxcd.io":
		return ref.Kind == "HelmChart"
	}
	return false
}

// maxHeld is how large a ConfigMap may be that is kept for the values in it, in bytes.
const maxHeld = 256 << 10

// hold keeps what the unit says of releases until all is read.
func (u *unit) hold(o object) {
	ref := o.at.Object
	switch {
	case declares(ref):
		u.declared = append(u.declared, o)
	case ref.Kind == "ConfigMap" && ref.APIVersion == "v1":
		size, wanted := 0, false
		for key, text := range yamldoc.StringMap(yamldoc.Get(o.node, "data")) {
			size += len(text)
			wanted = wanted || strings.Contains(key, "values") || path.Ext(key) == ".yaml" || path.Ext(key) == ".yml"
		}
		if wanted && size <= maxHeld {
			u.held = append(u.held, o)
		}
	}
}

// collector makes releases of what units declare.
type collector struct {
	r        *reader
	units    []*unit
	releases []*release
	notes    []scorecard.Problem
	// elsewhere counts releases of what is not in this repository.
	elsewhere int
	// bytes are those of the values written in place; full says that a bound was hit.
	bytes int
	full  bool
}

// collect gives all releases that the units and the Helmfiles declare, in a fixed order.
func (r *reader) collect(units []*unit) *collector {
	c := &collector{r: r, units: units, releases: slices.Clone(r.helmfiles)}
	for _, u := range units {
		for _, o := range u.declared {
			switch o.at.Object.Kind {
			case "Application":
				c.application(u, o.at, yamldoc.Get(o.node, "spec"), o.at.Object.Name, nil)
			case "ApplicationSet":
				c.applicationSet(u, o)
			case "HelmRelease":
				c.helmRelease(u, o)
			case "Kustomization":
				c.fluxKustomization(u, o)
			}
		}
	}
	for _, l := range c.releases {
		l.digest = l.key()
	}
	slices.SortStableFunc(c.releases, func(a, b *release) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.name, b.name), strings.Compare(a.digest, b.digest))
	})
	c.releases = slices.CompactFunc(c.releases, func(a, b *release) bool { return a.key() == b.key() })
	alike := map[string]int{}
	for i, l := range c.releases {
		l := *l // a Helmfile's are shared between rounds
		form := l.form()
		alike[form]++
		l.number = alike[form]
		c.releases[i] = &l
	}
	return c
}

// add takes a release in, with its rank by the names that it goes by.
func (c *collector) add(u *unit, l *release, names ...string) {
	for _, v := range l.values {
		c.bytes += len(v.text)
	}
	if !c.full && (len(c.releases) >= maxReleases || c.bytes > maxReleaseBytes) {
		c.full = true
		c.r.t.Gap(scorecard.Gap{Location: l.at, Hides: hides(), Reason: "too-many",
			Message: fmt.Sprintf("the repository has more than %d releases, or more than %d bytes of values in them; those after were not followed", maxReleases, maxReleaseBytes)})
	}
	if c.full {
		return
	}
	l.rankRelease(c.r.names, append(names, l.name, l.folder, l.namespace, l.at.Path, u.folder)...)
	c.releases = append(c.releases, l)
}

// away notes a release of what is not in this repository.
func (c *collector) away(at scorecard.Location, format string, a ...any) {
	before := len(c.notes)
	c.note(at, format, a...)
	if len(c.notes) == before {
		return // it was said
	}
	if c.elsewhere++; c.elsewhere > maxReleaseNotes {
		c.notes = c.notes[:before]
	}
}

func (c *collector) note(at scorecard.Location, format string, a ...any) {
	n := scorecard.Problem{Location: scorecard.Location{Path: at.Path, FirstLine: at.FirstLine, LastLine: at.LastLine}, Message: fmt.Sprintf(format, a...)}
	if !slices.Contains(c.notes, n) {
		c.notes = append(c.notes, n)
	}
}

// finish gives the notes of the last round.
func (c *collector) finish() []scorecard.Problem {
	if more := c.elsewhere - maxReleaseNotes; more > 0 {
		c.notes = append(c.notes, scorecard.Problem{Location: scorecard.Location{Path: "."},
			Message: fmt.Sprintf("%d more releases deploy what is not in this repository, and were not judged", more)})
	}
	return c.notes
}

// deploys finds what is at a path of this repository: a chart, a kustomization or a
// folder that holds files.
func (r *reader) deploys(p string) bool {
	return r.charts[p] != nil || r.kusts[p] != nil || p != "." && len(r.filesIn(p)) > 0
}

// file takes a values file in, by its path in the repository.
func (l *release) file(r *reader, ref, p string, ok bool) {
	switch {
	case ok && r.t.Has(p):
		l.values = append(l.values, valuesOf{path: p})
	default:
		l.missing = append(l.missing, "the values file "+clean(ref)+" is not in this repository")
	}
}

// inline takes values in that are written in place; null and nothing are none.
func (l *release) inline(n *yaml.Node) {
	if n = yamldoc.Follow(n); n == nil || n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return
	}
	if text, err := json.Marshal(yamldoc.Value(n)); err == nil { // JSON is YAML
		l.values = append(l.values, valuesOf{text: text})
	}
}

// setting makes a single value. A comma in it would be the end of it for Helm, but
// for lists in braces.
func setting(name, value string, text bool) render.Setting {
	if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
		return render.Setting{Text: name + "=" + value, String: text}
	}
	var b strings.Builder
	for i, c := range value {
		if c == ',' && (i == 0 || value[i-1] != '\\') {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return render.Setting{Text: name + "=" + b.String(), String: text}
}

// releasesOf gives the releases of a chart, most deployed first, and a gap where there
// are too many of them.
func (r *reader) releasesOf(folder string) []*release {
	var out []*release
	for _, l := range r.releases {
		if l.folder == folder {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b *release) int { return cmp.Compare(a.rank, b.rank) })
	return out
}

// deployed says how a kustomization or a folder of manifests is deployed: its rank, and
// the namespace that those of that rank agree on. ok is false where no release does.
func (r *reader) deployed(folder string, usual int) (rank int, namespace string, ok bool) {
	rank = usual
	for _, l := range r.releases {
		whole := l.folder == folder
		if !whole && !(l.recurse && inside(l.folder, folder)) {
			continue
		}
		ns := l.namespace
		if !whole && r.kusts[folder] != nil {
			ns = "" // a kustomization of its own below a folder
		}
		lr := l.rank
		if named := r.names.rank("", folder, -1); named >= 0 {
			lr = named // what it is called says more than who deploys it
		}
		switch {
		case !ok || lr < rank:
			rank, namespace, ok = lr, ns, true
		case lr == rank && ns != namespace:
			namespace = ""
		}
	}
	return rank, namespace, ok
}
