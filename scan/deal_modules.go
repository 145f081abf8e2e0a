package scan

import (
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dealModules gives each service the modules of its own code, and with them the settings
// and migrations that stand in these. A module is the service's whose folder it is in or
// whose name its path bears; or in whose folder, or above it, the service's own stands.
// Where no service has one of its own, all share the programs that are there, but those
// that run an image as it comes. What a module is made of in the same repository comes
// with it.
func (a *attribution) dealModules() {
	f := a.facts
	if len(f.Modules)+len(f.Settings)+len(f.Migrated) == 0 {
		return
	}
	byFolder := map[string][]*scorecard.Module{}
	for i := range f.Modules {
		byFolder[f.Modules[i].Folder] = append(byFolder[f.Modules[i].Folder], &f.Modules[i])
	}
	code := a.ownModules(byFolder)
	for _, m := range a.members {
		code[m] = withLocal(code[m], byFolder)
		for _, mod := range code[m] {
			m.inventory.Modules = append(m.inventory.Modules, a.narrowed(m, mod))
		}
	}
	for _, x := range f.Settings {
		for _, m := range a.holding(code, byFolder, x.Location.Path) {
			m.inventory.Settings = append(m.inventory.Settings, x)
		}
	}
	for _, x := range f.Migrated {
		for _, m := range a.holding(code, byFolder, x.Location.Path) {
			m.inventory.Migrated = append(m.inventory.Migrated, x)
		}
	}
}

// ownModules finds the modules of each service's own code.
func (a *attribution) ownModules(byFolder map[string][]*scorecard.Module) map[*member][]*scorecard.Module {
	own := map[*member][]*scorecard.Module{}
	var free []*scorecard.Module
	for i := range a.facts.Modules {
		mod := &a.facts.Modules[i]
		ms := a.members
		if len(a.members) > 1 {
			if ms = a.places.of(mod.Location.Path); ms == nil && !mod.Aggregate {
				free = append(free, mod)
			}
		}
		for _, m := range ms {
			own[m] = append(own[m], mod)
		}
	}
	var root []*member
	for _, m := range a.members {
		if m.service.Path == "." {
			root = append(root, m)
		}
	}
	if len(root) == 1 { // what is nobody else's in a repository that is one's own
		own[root[0]], free = append(own[root[0]], free...), nil
	}
	some := len(own) > 0
	for _, m := range a.members {
		if len(own[m]) == 0 && m.service.Path != "" && m.service.Path != "." {
			own[m] = above(byFolder, m.service.Path)
		}
		if len(own[m]) == 0 && len(a.members) > 1 && !m.offTheShelf() {
			own[m] = a.madeOf(m)
		}
		some = some || len(own[m]) > 0
	}
	if some {
		a.likeImage(own)
		return own
	}
	for _, mod := range free {
		if mod.Tooling || !mod.Program || mod.Folder != "." && !slices.Contains(codeRoots, mod.Folder) {
			continue
		}
		for _, m := range a.everyone(mod.Location.Path) {
			if !m.offTheShelf() {
				own[m] = append(own[m], mod)
			}
		}
	}
	return own
}

// codeRoots are the folders that hold all of a repository's code, besides its root.
var codeRoots = []string{"src", "app", "server", "backend", "api", "code"}

// above are the modules of the nearest folder above that holds one that is run.
func above(byFolder map[string][]*scorecard.Module, folder string) []*scorecard.Module {
	for folder != "." && folder != "/" {
		folder = path.Dir(folder)
		var out []*scorecard.Module
		for _, mod := range byFolder[folder] {
			if mod.Program && !mod.Tooling {
				out = append(out, mod)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// withLocal adds the modules that the modules are made of, and those that these are.
func withLocal(own []*scorecard.Module, byFolder map[string][]*scorecard.Module) []*scorecard.Module {
	for i := 0; i < len(own); i++ {
		for _, folder := range own[i].Local {
			for _, mod := range byFolder[folder] {
				if mod.Ecosystem == own[i].Ecosystem && !slices.Contains(own, mod) {
					own = append(own, mod)
				}
			}
		}
	}
	return own
}

// holding gives the services with the module that the file stands in; those of the file
// itself where it stands in none.
func (a *attribution) holding(code map[*member][]*scorecard.Module, byFolder map[string][]*scorecard.Module, file string) (out []*member) {
	if len(a.members) > 1 {
		if ms := a.places.of(file); ms != nil {
			return ms
		}
	}
	for folder := path.Dir(file); ; folder = path.Dir(folder) {
		for _, m := range a.members {
			if slices.ContainsFunc(code[m], func(mod *scorecard.Module) bool { return mod.Folder == folder }) {
				out = append(out, m)
			}
		}
		if len(out) > 0 || len(byFolder[folder]) > 0 && folder != "." {
			return out
		}
		if folder == "." || folder == "/" {
			return a.shared(file)
		}
	}
}

// shelf are the images of what is run as it comes: it has no code in the repository.
var shelf = []string{
	"postgres", "postgresql", "mysql", "mariadb", "redis", "valkey", "memcached", "mongo", "mongodb", "rabbitmq", "kafka", "cp-kafka", "zookeeper", "cp-zookeeper", "nats", "nginx", "traefik", "envoy",
	"haproxy", "prometheus", "alertmanager", "grafana", "loki", "tempo", "jaeger", "all-in-one", "zipkin", "elasticsearch", "opensearch", "kibana", "opentelemetry-collector", "opentelemetry-collector-contrib",
	"minio", "vault", "consul", "etcd", "keycloak", "cassandra", "busybox", "alpine", "curl", "adminer", "pgadmin4", "mailhog", "localstack", "cockroach", "clickhouse-server", "influxdb", "node-exporter", "fluent-bit", "fluentd", "vector", "promtail",
}

// offTheShelf reports whether all that the service runs are such images.
func (m *member) offTheShelf() bool {
	if len(m.workloads) == 0 {
		return false
	}
	for _, w := range m.workloads {
		c := w.MainContainer()
		if c == nil || !slices.Contains(shelf, scorecard.ParseImage(c.Image).Base()) {
			return false
		}
	}
	return true
}
