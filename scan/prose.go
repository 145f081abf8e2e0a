package scan

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// called reports whether the name is the service's.
func (m *member) called(name string) bool {
	return name != "" && normal(name) == normal(m.service.Name)
}

// namedIn reports whether a title names the service, by whole words: "Checkout service
// is down" names `checkout-service` as well.
func (m *member) namedIn(text string) bool { return len(m.nameIn(wordsOf(text))) > 0 }

// headed reports whether a heading is about the service. One that is called by a word
// of every second runbook has to be all that the heading speaks of: "Redis is down",
// not "Restart redis".
func (m *member) headed(heading string) bool {
	words := wordsOf(heading)
	name := m.nameIn(words)
	if len(name) == 0 || !slices.Contains(everyday, normal(m.service.Name)) {
		return len(name) > 0
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(name, w) && !slices.Contains(filling, w) })
}

// nameIn gives the words that are the service's name; none where it is not among them.
func (m *member) nameIn(words []string) []string {
	want := normal(m.service.Name)
	for i := range words {
		have := ""
		for j := i; j < len(words) && len(have) < len(want); j++ {
			if have += normal(words[j]); have == want {
				return words[i : j+1]
			}
		}
	}
	return nil
}

// discussed adds the services that a document which headings give to some has a passage
// about: it names no other one, and that one more than once.
func (a *attribution) discussed(d scorecard.Document, known []*member) []*member {
	for _, passage := range d.Passages {
		var only *member
		times := 0
		words := wordsOf(passage)
		for i := 0; i < len(words); i++ {
			m, n := a.nameAt(words[i:])
			if m == nil {
				continue
			}
			if only != nil && m != only {
				only = nil
				break
			}
			only, times, i = m, times+1, i+n-1
		}
		if only != nil && times > 1 && !slices.Contains(known, only) {
			known = append(known, only)
		}
	}
	return known
}

// maxNameWords is of how many words a service's name may be made in prose.
const maxNameWords = 4

// nameAt gives the service that the first of the words name, and how many they are; of
// several the one with the longest name, and none that is called by an everyday word.
func (a *attribution) nameAt(words []string) (*member, int) {
	name, found, n := "", (*member)(nil), 0
	for i := range min(len(words), maxNameWords) {
		name += normal(words[i])
		for _, m := range a.places.byName[name] {
			if m.called(name) && !m.called(a.repository) && !slices.Contains(everyday, name) {
				found, n = m, i+1
			}
		}
	}
	return found, n
}

// wordsOf are the lower-cased words of a text; names keep their hyphens, underscores and dots.
func wordsOf(text string) (out []string) {
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	}) {
		if w = strings.Trim(w, "-_."); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// everyday are names of services that stand in headings about something else: roles,
// and programs that many services use.
var everyday = []string{
	"admin", "alerting", "alertmanager", "alerts", "api", "app", "auth", "backend", "backup", "cache", "client", "config", "consumer", "core",
	"cron", "dashboard", "database", "db", "default", "dns", "docs", "elasticsearch", "email", "events", "frontend", "gateway", "grafana",
	"health", "images", "ingress", "jobs", "kafka", "kibana", "logging", "login", "logs", "loki", "mail", "main", "memcached", "metrics",
	"mongo", "mongodb", "monitor", "monitoring", "mysql", "nginx", "node", "operator", "postgres", "postgresql", "producer", "prometheus",
	"proxy", "queue", "rabbitmq", "redis", "registry", "router", "scheduler", "search", "server", "service", "site", "status", "storage",
	"test", "tests", "traefik", "ui", "users", "vault", "web", "webhook", "website", "worker", "workers",
}

// filling are words of a heading that add nothing to what it is about.
var filling = []string{
	"a", "alert", "alerts", "an", "and", "are", "down", "fails", "failing", "failure", "failures", "for", "goes", "if", "incident", "incidents", "is",
	"not", "of", "operations", "outage", "outages", "playbook", "responding", "runbook", "service", "services", "slow", "the", "troubleshooting",
	"unavailable", "unhealthy", "when",
}
