package scrape

import (
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// get gives the first of the fields that is there. A job is written in snake case in
// Prometheus' own files and in camel case in its operators' objects.
func get(n *yaml.Node, fields ...string) *yaml.Node {
	for _, f := range fields {
		if v := yamldoc.Get(n, f); v != nil {
			return v
		}
	}
	return nil
}

// isJob reports whether an item of a list is a job that scrapes metrics.
func isJob(n *yaml.Node) bool {
	if yamldoc.Get(n, "job_name") == nil {
		return false
	}
	for _, logs := range []string{"pipeline_stages", "journal", "syslog", "loki_push_api"} {
		if yamldoc.Get(n, logs) != nil {
			return false
		}
	}
	return true
}

// job reads one job. One that leads nowhere that can be told is left out: it proves
// nothing.
func (f *finder) job(n *yaml.Node, field string) {
	if n == nil || len(f.out) >= maxJobs {
		return
	}
	s, open := read(n)
	s.Location = f.at.At(field, n.Line, yamldoc.LastLine(n))
	f.found(s, open)
}

// found keeps a job that leads anywhere, or may once its variables are filled in.
func (f *finder) found(s scorecard.Scrape, open []string) {
	if len(open) > 0 && f.open != nil {
		f.open[len(f.out)] = open
	} else if len(s.Targets) == 0 && !s.Annotated && !s.Discovered {
		return
	}
	f.out = append(f.out, s)
}

// read reads a job; open are those of its targets that have variables in them.
func read(n *yaml.Node) (s scorecard.Scrape, open []string) {
	s.Job = yamldoc.String(get(n, "job_name", "jobName"))
	relabel := yamldoc.Items(get(n, "relabel_configs", "relabelings", "relabelConfigs"))
	if probes(relabel) {
		return s, nil
	}
	for _, static := range yamldoc.Items(get(n, "static_configs", "staticConfigs", "targetEndpoints")) {
		for _, t := range yamldoc.Items(yamldoc.Get(static, "targets")) {
			s.Targets, open = target(s.Targets, open, yamldoc.String(t))
		}
	}
	for _, sd := range yamldoc.Items(get(n, "dns_sd_configs", "dnsSDConfigs")) {
		for _, name := range yamldoc.Items(yamldoc.Get(sd, "names")) {
			s.Targets = add(s.Targets, hostOf(serviceRecord.ReplaceAllString(yamldoc.String(name), "")))
		}
	}
	for _, sd := range yamldoc.Items(get(n, "kubernetes_sd_configs", "kubernetesSDConfigs")) {
		if slices.Contains(roles, strings.ToLower(yamldoc.String(yamldoc.Get(sd, "role")))) {
			discover(&s, relabel)
			break
		}
	}
	return s, open
}

// roles are the sorts of things that are found and belong to workloads.
var roles = []string{"pod", "endpoints", "endpointslice", "service"}

// serviceRecord is what stands before the name in DNS records for services.
var serviceRecord = lazyregexp.New(`^_[^.]+\._[^.]+\.`)

// maxTargets is how many hosts of one job are kept.
const maxTargets = 1_000

// target adds what is written as a target to the hosts, or to what is open yet where
// variables stand in it.
func target(hosts, open []string, written string) (_, _ []string) {
	if strings.Contains(written, "${") && len(open) < maxTargets {
		return hosts, append(open, written)
	}
	return add(hosts, hostOf(written)), open
}

func add(targets []string, host string) []string {
	if host == "" || len(targets) >= maxTargets || slices.Contains(targets, host) {
		return targets
	}
	return append(targets, host)
}

// hostOf is a target's host; empty for the scraper itself, and for what something has
// to fill in.
func hostOf(target string) string {
	host := strings.TrimSpace(target)
	if strings.Contains(host, "://") {
		u, err := url.Parse(host)
		if err != nil {
			return ""
		}
		host = u.Host
	}
	host, _, _ = strings.Cut(host, "/")
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasPrefix(host, "127.") || host == "0.0.0.0" || strings.ContainsAny(host, "${}[]<>@ ") {
		return ""
	}
	return host
}

// probes reports whether the targets are handed to a prober (the blackbox exporter and
// its like): what answers is not the target's own metrics.
func probes(relabel []*yaml.Node) bool {
	return slices.ContainsFunc(relabel, func(r *yaml.Node) bool {
		return yamldoc.String(get(r, "target_label", "targetLabel")) == "__param_target"
	})
}

var (
	annotation = lazyregexp.New(`^__meta_kubernetes_(?:pod|service|endpoints|endpointslice)_annotation(?:present)?_(.+)$`)
	// named are labels that are a Service's name, or as good as.
	named = lazyregexp.New(`^__meta_kubernetes_(?:service_name|endpoints_name|endpointslice_name|pod_controller_name|pod_container_name|` +
		`(?:service|pod|endpoints)_label_(?:app|k8s_app|app_kubernetes_io_name|app_kubernetes_io_instance|name|component|service|application))$`)
	// literals is a regular expression that is one word, or a choice of words.
	literals = lazyregexp.New(`^\^?\(?(?:\?:)?([\w-]+(?:\|[\w-]+)*)\)?\$?$`)
)

// discover says what a job keeps of the things that it finds by itself. One that keeps
// only Services with certain names scrapes those, as if it had listed them; one that
// keeps what another annotation asks for proves nothing of any pod.
func discover(s *scorecard.Scrape, relabel []*yaml.Node) {
	var pinned []string
	for _, r := range relabel {
		if !strings.EqualFold(yamldoc.String(yamldoc.Get(r, "action")), "keep") {
			continue
		}
		wants := wanted(r)
		if slices.ContainsFunc(wants, func(w want) bool { return annotationOf(w) == "prometheus_io_scrape" }) {
			s.Annotated = true
			return
		}
		if slices.ContainsFunc(wants, func(w want) bool { return annotationOf(w) != "" }) {
			return
		}
		namespace := ""
		for _, w := range wants {
			if words := w.words(); w.label == "__meta_kubernetes_namespace" && len(words) == 1 {
				namespace = "." + words[0]
			}
		}
		for _, w := range wants {
			if named.MatchString(w.label) {
				for _, name := range w.words() {
					pinned = append(pinned, name+namespace)
				}
			}
		}
	}
	s.Discovered = len(pinned) == 0
	for _, host := range pinned {
		s.Targets = add(s.Targets, host)
	}
}

// want is a label of what was found, and the expression that it must match.
type want struct{ label, regex string }

// words are the values that alone match; none where the expression is a pattern.
func (w want) words() []string {
	if m := literals.FindStringSubmatch(w.regex); m != nil {
		return strings.Split(m[1], "|")
	}
	return nil
}

// annotationOf is the annotation that the label shows, as Prometheus spells it.
func annotationOf(w want) string {
	if m := annotation.FindStringSubmatch(w.label); m != nil {
		return m[1]
	}
	return ""
}

// wanted gives what each source label of a rule must match; an empty expression where
// the parts of the rule's can't be told apart.
func wanted(r *yaml.Node) (out []want) {
	for _, l := range yamldoc.Items(get(r, "source_labels", "sourceLabels")) {
		out = append(out, want{label: yamldoc.String(l)})
	}
	separator := ";"
	if n := yamldoc.Get(r, "separator"); n != nil {
		separator = yamldoc.String(n)
	}
	regexes := []string{yamldoc.String(yamldoc.Get(r, "regex"))}
	if len(out) > 1 && separator != "" {
		regexes = strings.Split(regexes[0], separator)
	}
	if len(regexes) == len(out) {
		for i := range out {
			out[i].regex = regexes[i]
		}
	}
	return out
}
