package scan

import (
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// leaking gives the services to which a secret in plain text belongs: those of Compose that
// are given it; those whose workload it stands in, or that refer to its ConfigMap; else
// those that speak for its file and those that are given the file. Where nobody is or
// does, it is everybody's.
func (d *dealer) leaking(l *scorecard.Leak) []*member {
	var out []*member
	for _, s := range l.Services {
		out = with(out, d.places.named(s)...)
	}
	if len(out) > 0 {
		return out
	}
	if out = d.declaring(l); len(out) > 0 {
		return out
	}
	if l.Object.Kind == "ConfigMap" {
		if out = d.users(l.Object, d.configured); len(out) > 0 {
			return out
		}
	}
	ms, ok := d.speaking(l.Location.Path)
	given := d.givenTo(l.Location.Path)
	if ok {
		return with(slices.Clone(ms), given...)
	}
	if ms = d.ofForms(l.Location.Path); len(ms) > 0 || len(given) > 0 {
		return with(slices.Clone(ms), given...)
	}
	return d.everyone(l.Location.Path)
}

// declaring gives the services of the workloads whose manifest the secret stands in.
func (d *dealer) declaring(l *scorecard.Leak) (out []*member) {
	at := l.Location.FirstLine
	for _, w := range d.inFile[l.Location.Path] {
		if m := d.owner[w]; m != nil && at > 0 && w.Location.FirstLine <= at && at <= w.Location.LastLine {
			out = with(out, m)
		}
	}
	return out
}

// givenTo gives the services that are given a file of the repository, by itself or with the
// folder that it is in: by Compose, or by the Dockerfile that their image is built with. Who
// is given all services is not given what stands in the folder of one.
func (d *dealer) givenTo(file string) (out []*member) {
	if d.given == nil {
		d.given = map[string][]*member{}
		for i := range d.facts.Runs {
			r := &d.facts.Runs[i]
			for _, p := range r.Files {
				d.given[p] = with(d.given[p], d.places.named(r.Service)...)
			}
		}
		for _, m := range d.members {
			for _, b := range d.builds.of[m] {
				for _, p := range b.Copies {
					if p != "." && p != b.Context {
						d.given[p] = with(d.given[p], m)
					}
				}
			}
		}
	}
	for p := file; p != "." && p != "/"; p = path.Dir(p) {
		out = with(out, d.given[p]...)
		if len(d.places.byFolder[p]) > 0 {
			break
		}
	}
	return out
}

// with adds those that are not among them yet.
func with(ms []*member, more ...*member) []*member {
	for _, m := range more {
		if !slices.Contains(ms, m) {
			ms = append(ms, m)
		}
	}
	return ms
}
