package scan

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// places tells whose a path is: the service whose folder it is in, else the one whose
// name its file or one of its folders bears; the innermost counts.
type places struct {
	byFolder map[string][]*member // own folders, never "."
	byName   map[string][]*member // normalised names
	// holding are the folders in or below which a service's workloads are declared.
	holding map[holding]bool
}

type holding struct {
	folder string
	m      *member
}

func (a *attribution) index() {
	a.places = places{map[string][]*member{}, map[string][]*member{}, map[holding]bool{}}
	for _, m := range a.members {
		for _, w := range m.workloads {
			for d := path.Dir(w.Location.Path); d != "." && d != "/" && !a.places.holding[holding{d, m}]; d = path.Dir(d) {
				a.places.holding[holding{d, m}] = true
			}
		}
		for _, n := range m.names() {
			a.places.byName[n] = append(a.places.byName[n], m)
		}
	}
	bearing := map[string][]string{}
	for _, f := range a.folders {
		n := normal(path.Base(f))
		bearing[n] = append(bearing[n], f)
	}
	a.findBuilds()
	modules := a.modulesByName()
	for _, m := range a.members {
		if m.service.Path == "" && normal(m.service.Name) == normal(a.repository) {
			m.service.Path = "." // the repository is named after it
		}
		if m.service.Path == "" {
			m.service.Path = cmp.Or(ownFolder(m, bearing), a.builtFolder(m, bearing, modules), a.besideCode(m))
		}
		if p := m.service.Path; p != "" && p != "." {
			a.places.byFolder[p] = append(a.places.byFolder[p], m)
		}
	}
}

// names are the spellings by which evidence may name the service.
func (m *member) names() []string {
	names := []string{normal(m.service.Name)}
	for _, w := range m.workloads {
		names = append(names, normal(w.Application()), normal(w.Object.Name))
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(n string) bool { return n == "" })
}

// normal makes `Cart_Service`, `cart-service` and `cartservice` one.
func normal(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// codeParents hold one folder a service in the common layouts of a monorepo.
var codeParents = []string{"src", "services", "service", "apps", "app", "cmd", "packages", "components", "modules", "backend"}

// outsidePackages is the part of a path before the packages of Java and its kin: what is
// below names parts of one program, such as its client of another.
func outsidePackages(p string) string {
	for _, language := range []string{"java", "kotlin", "scala", "groovy"} {
		if before, _, found := strings.Cut(p, "/src/main/"+language+"/"); found {
			return before
		}
	}
	return p
}

// ownFolder is the folder that bears the service's name: the one with code rather
// than with manifests, then the shallowest. Empty when there is none.
func ownFolder(m *member, bearing map[string][]string) string {
	best, rank := "", 0
	for _, n := range m.names() {
		for _, f := range bearing[n] {
			if outsidePackages(f) != f {
				continue
			}
			r := 100 - strings.Count(f, "/")
			switch {
			case slices.Contains(codeParents, path.Base(path.Dir(f))) || path.Dir(f) == ".":
				r += 1000
			case !m.holds(f):
				continue // a namesake somewhere else
			}
			if r > rank || r == rank && f < best {
				best, rank = f, r
			}
		}
	}
	return best
}

// holds reports whether a workload of the service is declared in or below the folder.
func (m *member) holds(folder string) bool {
	return slices.ContainsFunc(m.workloads, func(w *scorecard.Workload) bool { return under(w.Location.Path, folder) })
}

// of gives the services that a file belongs to; nil when it names none and so
// belongs to all. A service's own folder, of code or of its manifests, says more than
// another one's name in it, unless something of that other one stands there as well.
func (p *places) of(file string) []*member {
	stem := path.Base(file)
	if i := strings.IndexByte(stem, '.'); i > 0 {
		stem = stem[:i]
	}
	named := p.byName[normal(stem)]
	for d := path.Dir(file); d != "." && d != "/"; d = path.Dir(d) {
		bearing := p.byName[normal(path.Base(d))]
		own := p.byFolder[d]
		if len(own) == 0 {
			own = p.living(bearing, d)
		}
		if len(own) > 0 {
			if ms := p.living(named, d); len(ms) > 0 {
				return ms
			}
			return own
		}
		if named = notBeside(named, d); len(named) == 0 {
			named = notBeside(bearing, d)
		}
	}
	return named
}

// living gives those of the services that have something in or below the folder.
func (p *places) living(ms []*member, folder string) (out []*member) {
	for _, m := range ms {
		if own := m.service.Path; p.holding[holding{folder, m}] || own != "" && own != "." && under(own, folder) {
			out = append(out, m)
		}
	}
	return out
}

// notBeside leaves out the services that have a folder of their own beside this one
// where there is one folder a service: what is below this one is another's.
func notBeside(ms []*member, folder string) (out []*member) {
	parent := path.Dir(folder)
	if !slices.Contains(codeParents, path.Base(parent)) {
		return ms
	}
	for _, m := range ms {
		if m.service.Path == folder || path.Dir(m.service.Path) != parent {
			out = append(out, m)
		}
	}
	return out
}

// named gives the services that a name in some evidence means: exactly, or but for
// a trailing "service" or "svc" on either side.
func (p *places) named(name string) []*member {
	n := normal(name)
	if n == "" {
		return nil
	}
	if ms := p.byName[n]; len(ms) > 0 {
		return ms
	}
	short := strings.TrimSuffix(strings.TrimSuffix(n, "service"), "svc")
	for _, try := range []string{short, short + "service", short + "svc"} {
		if ms := p.byName[try]; try != "" && len(ms) > 0 {
			return ms
		}
	}
	return nil
}
