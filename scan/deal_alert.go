package scan

import (
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// dealAlerts gives out alerts, rule files, recording rules, routes and dashboards.
func (a *attribution) dealAlerts() {
	f := a.facts
	if len(f.Alerts)+len(f.RuleFiles)+len(f.Recordings)+len(f.Routings)+len(f.Dashboards) == 0 {
		return
	}
	d := &alertDealer{attribution: a, origins: a.byOrigin(), files: map[string][]*member{}, patterns: map[string]*regexp.Regexp{}}
	burning := map[scorecard.Location][]*member{}
	for i := range f.Alerts {
		x := &f.Alerts[i]
		to := d.alertOf(x)
		if len(x.BurnRate) > 0 {
			burning[x.Location] = to
		}
		for _, m := range to {
			m.inventory.Alerts = append(m.inventory.Alerts, *x)
			d.speaks(x.Location.Path, m)
		}
	}
	for i := range f.Recordings {
		x := &f.Recordings[i]
		for _, m := range d.of(x.Location, x.Expression, nil) {
			m.inventory.Recordings = append(m.inventory.Recordings, *x)
			d.speaks(x.Location.Path, m)
		}
	}
	for _, x := range f.SLOs {
		if x.Format != ruled {
			continue
		}
		to := burning[x.Location]
		if len(to) == 0 || !d.watches(x.Location) {
			continue
		}
		for _, m := range to {
			m.inventory.SLOs = append(m.inventory.SLOs, x)
		}
	}
	for i := range f.RuleFiles {
		x := &f.RuleFiles[i]
		to := d.own(x.Location)
		if to == nil {
			to = d.files[x.Location.Path]
		}
		if len(to) == 0 && x.Alerts+x.Recordings == 0 {
			to = a.everyone(x.Location.Path)
		}
		for _, m := range to {
			m.inventory.RuleFiles = append(m.inventory.RuleFiles, *x)
		}
	}
	for i := range f.Routings {
		// Alertmanager is one for all, wherever its configuration stands.
		for _, m := range a.everyone(f.Routings[i].Location.Path) {
			m.inventory.Routings = append(m.inventory.Routings, f.Routings[i])
		}
	}
	for i := range f.Dashboards {
		for _, m := range d.dashboardOf(&f.Dashboards[i]) {
			m.inventory.Dashboards = append(m.inventory.Dashboards, f.Dashboards[i])
		}
	}
}

// ruled is the format of objectives that rules over a pair of windows make.
const ruled = "prometheus"

// platform are the beginnings of metrics of what runs below services.
var platform = []string{"apiserver_", "etcd_", "kubelet_", "kubeproxy_", "kube_", "coredns_", "scheduler_", "workqueue_", "rest_client_", "node_", "cluster_", "machine_", "prometheus_", "alertmanager_", "grafana_", "thanos_", "cortex_", "loki_"}

// watches reports whether the rules at a place look at services, rather than at the platform
// below alone, for which even the only service of a repository does not answer.
func (d *alertDealer) watches(at scorecard.Location) bool {
	for i := range d.facts.Alerts {
		a := &d.facts.Alerts[i]
		if a.Location != at || len(a.BurnRate) == 0 {
			continue
		}
		read := slices.Clone(a.Metrics)
		for j := range d.facts.Recordings {
			if r := &d.facts.Recordings[j]; slices.Contains(a.Metrics, r.Name) {
				read = append(read, r.Metrics...)
			}
		}
		return len(d.measured(read)) > 0 || slices.ContainsFunc(read, func(metric string) bool {
			return !slices.ContainsFunc(platform, func(p string) bool {
				return strings.HasPrefix(metric, p) || strings.HasPrefix(metric, strings.TrimSuffix(p, "_")+":")
			})
		})
	}
	return false
}

// alertDealer deals what selects series by labels.
type alertDealer struct {
	*attribution
	origins map[string][]*member
	// files are those with rules, by the services that their rules are about.
	files    map[string][]*member
	patterns map[string]*regexp.Regexp
}

// speaks notes that a file has rules about the service.
func (d *alertDealer) speaks(file string, m *member) {
	if !slices.Contains(d.files[file], m) {
		d.files[file] = append(d.files[file], m)
	}
}

// own gives the services in whose folder or chart a place is; nil where it is nobody's own.
func (d *alertDealer) own(at scorecard.Location) []*member {
	if ms := subjects(d.places.of(at.Path)); ms != nil {
		return ms
	}
	for f := at.Path; f != "." && f != "/" && f != ""; f = folderOf(f) {
		if ms := subjects(d.origins[f]); len(ms) > 0 && f != at.Path {
			return ms
		}
	}
	return nil
}

// tools are the programs that keep rules and dashboards about others in their folders.
var tools = []string{"grafana", "prometheus", "alertmanager", "loki", "mimir", "tempo", "thanos", "cortex", "kubeprometheusstack", "kubeprometheus", "prometheusoperator", "grafanaoperator", "victoriametrics", "vmalert", "vmagent", "vmsingle",
	"signoz", "perses", "monitoring", "observability", "prom", "prometheusserver", "grafanadashboards", "prometheusrules", "alerts", "alerting", "dashboards", "otelcollector", "victoriametricsk8sstack", "lgtm", "otellgtm", "kubeprom"}

// subjects leaves out the programs that watch others: what stands in their folder is
// about whom it selects.
func subjects(ms []*member) (out []*member) {
	for _, m := range ms {
		if !watches(m.service.Name) {
			out = append(out, m)
		}
	}
	return out
}

// carriers are the ends of the names of what brings dashboards and rules to such a
// program: signoz-importer, grafana-dashboards.
var carriers = []string{"importer", "dashboard", "dashboards", "rules", "alerts", "provisioner", "provisioning"}

// watches reports whether a service of that name watches others, or brings the program
// that does what it shows.
func watches(name string) bool {
	if n := normal(name); slices.Contains(tools, n) || slices.Contains(tools, strings.TrimSuffix(n, "server")) {
		return true
	}
	i := strings.LastIndexByte(name, '-')
	return i > 0 && slices.Contains(carriers, name[i+1:]) && slices.Contains(tools, normal(name[:i]))
}

func folderOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return "."
}

// ownLabels are those of an alert that say which service it is about.
var ownLabels = []string{"service", "sloth_service", "service_name", "app", "application", "app_name", "component", "job", "workload", "deployment", "container", "type", "system"}

// alertOf gives the services that an alert is about: whom its own labels name, else
// whom its expression selects.
func (d *alertDealer) alertOf(x *scorecard.Alert) []*member {
	for _, key := range ownLabels {
		if ms := d.places.named(x.Labels[key]); len(ms) > 0 {
			return ms
		}
	}
	return d.of(x.Location, x.Expression, func() []*member { return d.places.named(x.Group) })
}

// of gives the services that an expression is about: whom its selectors name, else in
// whose folder it stands, else whose metrics it reads. One that looks at every workload
// is everybody's; one that names a stranger, or looks at the platform below, is nobody's,
// but for a repository of a single service.
func (d *alertDealer) of(at scorecard.Location, e scorecard.Expression, hint func() []*member) []*member {
	named, stranger := d.selected(e.Selects, e.Metrics)
	if len(named) > 0 {
		return named
	}
	if ms := d.own(at); ms != nil {
		return ms
	}
	if ms, known := d.belonging(at); known {
		return ms
	}
	if ms := d.measured(e.Metrics); len(ms) > 0 {
		return ms
	}
	if hint != nil && !stranger {
		if ms := hint(); len(ms) > 0 {
			return ms
		}
	}
	if len(d.members) > 1 && (stranger || !anyWorkload(e)) {
		return nil
	}
	left, _ := d.selected(e.Excludes, nil)
	return slices.DeleteFunc(slices.Clone(d.beside(at.Path)), func(m *member) bool { return slices.Contains(left, m) })
}

// labelRanks order the labels of series by how surely they name one service; those of
// one rank are asked together.
var labelRanks = [][]string{
	{"service", "service_name", "sloth_service", "app", "application", "app_name", "app_kubernetes_io_name", "app_kubernetes_io_instance", "app_kubernetes_io_component", "label_app", "label_app_kubernetes_io_name", "k8s_app",
		"deployment", "statefulset", "daemonset", "replicaset", "workload", "owner_name", "created_by_name", "cronjob", "job_name", "scaledobject", "horizontalpodautoscaler", "hpa", "persistentvolumeclaim", "poddisruptionbudget",
		"destination_service", "destination_service_name", "destination_workload", "destination_app", "destination_canonical_service", "exported_service", "exported_app", "exported_job", "servicename", "functionname", "loadbalancer",
		"kubernetes_name", "kube_deployment", "kube_app_name", "kube_container_name", "service.name", "appname", "apigatewayname", "apiname", "queuename", "tablename", "dbinstanceidentifier", "cacheclusterid", "clustername", "name",
		"ingress", "exported_ingress", "backend", "upstream", "envoy_cluster_name", "cluster_name", "route", "component", "release", "grpc_service", "target", "instance", "host", "svc", "type"},
	{"container", "container_name", "exported_container", "pod", "pod_name", "exported_pod"},
	{"job"},
}

// exporters are jobs that tell about others.
var exporters = []string{"kubestatemetrics", "kubelet", "cadvisor", "nodeexporter", "blackbox", "blackboxexporter", "kubernetespods", "kubernetesserviceendpoints", "kubernetescadvisor", "kubernetesnodes",
	"istiomesh", "envoystats", "integrations/kubernetes", "federate", "pushgateway", "otelcollector", "opentelemetrycollector", "statsdexporter"}

// selected gives the services that selectors name, and whether they name somebody who
// is none of them.
func (d *alertDealer) selected(selects []scorecard.LabelMatch, metrics []string) (out []*member, stranger bool) {
	about := !slices.ContainsFunc(metrics, func(m string) bool { return !ofOthers(m) }) && len(metrics) > 0
	for _, rank := range labelRanks {
		for _, s := range selects {
			label := strings.ToLower(s.Label)
			if !slices.Contains(rank, label) || label == "job" && (about || slices.Contains(exporters, normal(s.Value))) {
				continue
			}
			ms := d.matched(label, s)
			for _, m := range ms {
				if !slices.Contains(out, m) {
					out = append(out, m)
				}
			}
			if len(ms) == 0 && !weak(label) {
				stranger = true
			}
		}
		if len(out) > 0 {
			return d.inNamespace(out, selects), false
		}
	}
	if stranger {
		return nil, true
	}
	return d.ofNamespace(selects)
}

// weak are labels whose value may name something else than a service.
func weak(label string) bool {
	return slices.Contains([]string{"name", "instance", "type", "host", "target", "route", "component", "persistentvolumeclaim", "job_name", "owner_name", "container", "container_name", "cluster_name", "clustername", "release", "backend", "upstream"}, label)
}

// ofOthers are metrics that one exporter has of all workloads.
func ofOthers(metric string) bool {
	if strings.HasPrefix(metric, "kube_state_metrics_") {
		return false
	}
	for _, p := range []string{"kube_", "container_", "probe_", "kubelet_", "node_namespace_pod", "namespace_workload", "istio_", "envoy_"} {
		if strings.HasPrefix(metric, p) {
			return true
		}
	}
	return false
}

// matched gives the services that a matcher's value means.
func (d *alertDealer) matched(label string, s scorecard.LabelMatch) (out []*member) {
	words := []string{s.Value}
	if s.Regex {
		if words = alternatives(s.Value); words == nil {
			return d.matching(label, s.Value)
		}
	}
	add := func(ms []*member) {
		for _, m := range ms {
			if !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	for _, w := range words {
		if i := strings.LastIndexByte(w, '/'); i >= 0 && label != "instance" { // shop/cart
			w = w[i+1:]
		}
		if host, _, ok := strings.Cut(w, "."); ok && strings.HasPrefix(label, "destination") || label == "instance" || label == "host" || label == "target" {
			host, _, _ = strings.Cut(host, ":")
			w = host
		}
		add(d.places.named(w))
		if len(out) == 0 && strings.HasPrefix(label, "container") || label == "exported_container" {
			add(d.withContainer(w))
		}
	}
	return out
}

// alternatives are the words of an expression that is a choice of words: cart|orders;
// nil for any other.
func alternatives(pattern string) []string {
	pattern = strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$")
	if strings.HasPrefix(pattern, "(") && strings.HasSuffix(pattern, ")") && strings.Count(pattern, "(") == 1 {
		pattern = strings.TrimPrefix(pattern[1:len(pattern)-1], "?:")
	}
	if strings.ContainsAny(pattern, `.*+?()[]{}^$\`) {
		return nil
	}
	return strings.Split(pattern, "|")
}

// matching gives the services one of whose own names, or pods, the expression matches.
func (d *alertDealer) matching(label, pattern string) (out []*member) {
	re, known := d.patterns[pattern]
	if !known {
		re, _ = regexp.Compile("^(?:" + pattern + ")$")
		d.patterns[pattern] = re
	}
	if re == nil || re.MatchString("") || re.MatchString("zzz-no-such-thing-0") {
		return nil // it takes nearly everything
	}
	pods := strings.Contains(label, "pod")
	for _, m := range d.members {
		if slices.ContainsFunc(m.spellings(strings.HasPrefix(label, "container")), func(n string) bool {
			return re.MatchString(n) || pods && (re.MatchString(n+"-0") || re.MatchString(n+"-5d8f7c9b6-x2x4z") || re.MatchString(n+"-x2x4z"))
		}) {
			out = append(out, m)
		}
	}
	return out
}

// spellings are the names of the service and its workloads as written.
func (m *member) spellings(containers bool) []string {
	names := []string{m.service.Name}
	for _, w := range m.workloads {
		names = append(names, w.Object.Name, w.Application())
		for i := range w.Containers {
			if containers {
				names = append(names, w.Containers[i].Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (d *alertDealer) withContainer(name string) (out []*member) {
	for _, m := range d.members {
		if slices.Contains(m.spellings(true), name) {
			out = append(out, m)
		}
	}
	return out
}

// namespaceLabels are those that name a namespace.
var namespaceLabels = []string{"namespace", "exported_namespace", "kubernetes_namespace", "kube_namespace", "destination_service_namespace", "destination_workload_namespace", "namespace_name"}

// namespaces gives the matchers for namespaces.
func namespaces(selects []scorecard.LabelMatch) (out []scorecard.LabelMatch) {
	for _, s := range selects {
		if slices.Contains(namespaceLabels, strings.ToLower(s.Label)) {
			out = append(out, s)
		}
	}
	return out
}

// inNamespace leaves out namesakes that live in other namespaces than those asked for;
// where that would leave nobody, all stay.
func (d *alertDealer) inNamespace(ms []*member, selects []scorecard.LabelMatch) []*member {
	asked := namespaces(selects)
	if len(asked) == 0 || len(ms) < 2 {
		return ms
	}
	var kept []*member
	for _, m := range ms {
		if lives, known := d.lives(m, asked); lives || !known {
			kept = append(kept, m)
		}
	}
	if len(kept) == 0 {
		return ms
	}
	return kept
}

// lives reports whether a workload of the service is in one of the namespaces; known is
// false where files do not tell in which it is.
func (d *alertDealer) lives(m *member, asked []scorecard.LabelMatch) (lives, known bool) {
	for _, w := range m.workloads {
		ns := w.Object.Namespace
		if ns == "" || scorecard.IsReleaseNamespace(ns) {
			continue
		}
		known = true
		for _, s := range asked {
			if !s.Regex && s.Value == ns {
				return true, true
			}
			if s.Regex {
				if re, err := regexp.Compile("^(?:" + s.Value + ")$"); err == nil && re.MatchString(ns) {
					return true, true
				}
			}
		}
	}
	return false, known
}

// ofNamespace gives the services of the namespaces that selectors ask for.
func (d *alertDealer) ofNamespace(selects []scorecard.LabelMatch) (out []*member, stranger bool) {
	asked := namespaces(selects)
	if len(asked) == 0 {
		return nil, false
	}
	open := false
	for _, m := range d.members {
		lives, known := d.lives(m, asked)
		open = open || !known
		if lives {
			out = append(out, m)
		}
	}
	if len(out) > 0 {
		return out, false
	}
	for _, s := range asked {
		if ms := d.places.named(s.Value); len(ms) > 0 && !s.Regex {
			return ms, false
		}
	}
	return nil, !open
}

// generic are words that metrics of any service begin with.
var generic = []string{"http", "https", "grpc", "rpc", "process", "go", "jvm", "container", "kube", "node", "app", "application", "service", "api", "web", "server", "client", "request", "requests", "system", "job", "worker",
	"workers", "queue", "db", "database", "python", "nodejs", "dotnet", "aspnetcore", "ruby", "rails", "probe", "slo", "sli", "alerts", "error", "errors", "up", "total", "machine", "target", "rest", "core", "default", "cluster", "instance"}

// programs are those whose metrics begin with another word than their name, by it: their
// usual names as services and as images.
var programs = map[string][]string{
	"otelcol": {"otel-collector", "opentelemetry-collector", "otelcol", "otel-col", "opentelemetry-collector-contrib", "opentelemetry-collector-k8s"},
	"pg":      {"postgres", "postgresql"},
	"vm":      {"victoria-metrics", "vmsingle", "vmagent", "vmalert"},
	"redis":   {"redis", "valkey"},
	"argocd":  {"argocd-application-controller", "argocd-server"},
}

// ofProgram gives the services that are called by one of the names, else those that run
// an image of one.
func (d *alertDealer) ofProgram(names []string) (out []*member) {
	for _, n := range names {
		if out = append(out, d.places.byName[normal(n)]...); len(out) > 0 {
			return out
		}
	}
	if len(names) == 0 {
		return nil
	}
	for _, m := range d.members {
		if slices.ContainsFunc(m.workloads, func(w *scorecard.Workload) bool {
			c := w.MainContainer()
			return c != nil && slices.Contains(names, scorecard.ParseImage(c.Image).Base())
		}) {
			out = append(out, m)
		}
	}
	return out
}

// measured gives the services whose name all of the metrics begin with, as programs name
// their own: orders_failed_total is of orders.
func (d *alertDealer) measured(metrics []string) (out []*member) {
	for _, metric := range metrics {
		if i := strings.IndexByte(metric, ':'); i >= 0 {
			metric = strings.Trim(metric[i:], ":")
		}
		words := strings.FieldsFunc(metric, func(r rune) bool { return r == '_' || r == '.' || r == '/' })
		for n := min(len(words)-1, 4); n >= 1; n-- {
			name := strings.Join(words[:n], "-")
			if n == 1 && (slices.Contains(generic, name) || len(name) < 3) {
				continue
			}
			ms := d.places.byName[normal(name)]
			if len(ms) == 0 && n == 1 {
				ms = d.ofProgram(programs[name])
			}
			if len(ms) > 0 {
				for _, m := range ms {
					if !slices.Contains(out, m) {
						out = append(out, m)
					}
				}
				break
			}
		}
	}
	return out
}

// common are the beginnings of metrics that every workload has, or that one exporter
// has of all of them.
var common = []string{"up", "kube_pod", "kube_deployment", "kube_statefulset", "kube_daemonset", "kube_replicaset", "kube_job", "kube_cronjob", "kube_horizontalpodautoscaler", "kube_hpa", "kube_poddisruptionbudget", "kube_service", "kube_ingress",
	"kube_persistentvolumeclaim", "kube_endpoint", "container_", "http_", "grpc_", "rpc_", "istio_", "envoy_", "linkerd_", "nginx_ingress_", "traefik_", "haproxy_", "probe_", "process_", "go_", "jvm_", "python_", "nodejs_", "dotnet_", "aspnetcore_", "target_",
	"traces_", "calls_total", "latency_bucket", "duration_", "request_", "requests_", "response_", "log_", "logback_", "kubelet_volume", "kubelet_stats", "namespace_workload", "namespace_app", "service_", "app_", "ALERTS",
	"span_", "tomcat_", "hikaricp_", "spring_", "rails_", "flask_", "django_", "fastapi_", "sidekiq_", "celery_", "AWS/", "run.googleapis.com", "scrape_", "slo_", "sli_", "slo:", "sli:"}

// anyWorkload reports whether an expression looks at every workload, rather than at the
// nodes and the control plane, or at a program of which nothing is known here.
func anyWorkload(e scorecard.Expression) bool {
	if e.Language != "promql" && e.Language != "metricsql" {
		return true // a cloud's metrics, or logs: what they do not name they are over
	}
	for _, m := range e.Metrics {
		plain := m
		if level, rest, ok := strings.Cut(m, ":"); ok {
			plain = rest
			if slices.Contains([]string{"node", "cluster", "apiserver", "instance"}, level) {
				return false
			}
		}
		if slices.ContainsFunc(common, func(p string) bool {
			return strings.HasPrefix(m, p) && (p != "up" || m == "up") || strings.HasPrefix(plain, p) && p != "up"
		}) {
			return true
		}
	}
	return false
}

// dashboardOf gives the services that a dashboard shows: whom its file, title or tags
// name, else whom its queries select, else all. One that shows a stranger alone is
// nobody's, but for a repository of a single service.
func (d *alertDealer) dashboardOf(x *scorecard.Dashboard) []*member {
	if ms := d.places.named(x.Title); len(ms) > 0 {
		return ms
	}
	if ms := subjects(d.places.of(x.Location.Path)); ms != nil {
		return ms
	}
	named, stranger := d.selected(x.Selects, x.Metrics)
	titled := d.titled(x)
	switch {
	case len(titled) > 0:
		return titled
	case len(named) > 0:
		return named
	}
	if ms := d.own(x.Location); ms != nil {
		return ms
	}
	if ms, known := d.belonging(x.Location); known {
		return ms
	}
	if ms := d.measured(x.Metrics); len(ms) > 0 {
		return ms
	}
	if stranger && len(d.members) > 1 && !anyWorkload(scorecard.Expression{Language: "promql", Metrics: x.Metrics}) {
		return nil
	}
	return d.beside(x.Location.Path)
}

// titled gives the services that a dashboard's title or tags name among other words.
func (d *alertDealer) titled(x *scorecard.Dashboard) (out []*member) {
	text := strings.ToLower(x.Title)
	words := strings.FieldsFunc(text, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_') })
	for _, w := range x.Tags {
		words = append(words, strings.ToLower(w))
	}
	words = append(words, x.Location.Object.Name)
	for i, w := range words {
		names := []string{w}
		if i+1 < len(words) {
			names = append(names, w+words[i+1]) // "Cart Service"
		}
		for _, n := range names {
			if slices.Contains(generic, n) || len(n) < 3 {
				continue
			}
			for _, m := range d.places.byName[normal(n)] {
				if !slices.Contains(out, m) {
					out = append(out, m)
				}
			}
		}
	}
	return out
}
