package scan

import (
	"slices"
	"strings"
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
