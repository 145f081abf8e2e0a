package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var resilienceDocs = []scorecard.Reference{
	{Title: "Site Reliability Engineering: Addressing Cascading Failures", URL: "https://sre.google/sre-book/addressing-cascading-failures/"},
	{Title: "Site Reliability Engineering: Handling Overload", URL: "https://sre.google/sre-book/handling-overload/"},
}

const callsOrCalled = "services that call others or are called: a Service selects their pods or their containers declare a port, or their code depends on a server or a client of HTTP or gRPC"

var timeoutsAndRetries = scorecard.Check{
	ID:      "timeouts-and-retries",
	Pillar:  scorecard.Resilience,
	Title:   "Calls have a timeout, and are tried again",
	Applies: callsOrCalled,
	Passes: "requests to the pods have a timeout or are retried by a mesh or gateway (VirtualService, HTTPRoute, ServiceProfile, BackendTrafficPolicy, HTTPProxy, annotations of an Ingress, and others); " +
		"or every program depends directly on a library that does it (resilience4j, Polly, tenacity, go-retryablehttp, cockatiel and their like), or has a service config of gRPC with timeouts or retries",
	Why: "A call without a timeout waits as long as the other side takes, and holds a thread and a connection meanwhile, until the caller has none left. " +
		"A retry, bounded and with backoff, hides the loss of one pod from users.",
	Fix:        "Set a timeout and a bounded number of retries for each route, in the mesh or in the client.",
	References: append(slices.Clone(resilienceDocs), scorecard.Reference{Title: "Gateway API: HTTPRoute timeouts", URL: "https://gateway-api.sigs.k8s.io/guides/http-timeouts/"}),
	Level:      scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Dependencies, scorecard.Catalog, scorecard.Runtime},
	Rule: rule(words{"program or workload", "bounds and retries its calls", "it neither calls nor is called, as far as can be seen"}, func(s *survey) {
		protection{
			survey: s, kinds: []string{scorecard.TrafficTimeout, scorecard.TrafficRetry}, library: retrying, settings: []string{"grpc.methodconfig=true"},
			done: "bounds or retries requests to", lacks: "no timeouts and retries are set for calls of", remedy: timeoutRemedy,
		}.judge()
	}),
}

var circuitBreaker = scorecard.Check{
	ID:      "circuit-breaker",
	Pillar:  scorecard.Resilience,
	Title:   "What fails is cut off until it works again",
	Applies: callsOrCalled,
	Passes: "a mesh or gateway ejects failing pods or bounds connections and pending requests (DestinationRule, BackendTrafficPolicy, Traefik's circuit breaker, Linkerd's failure accrual, and others); " +
		"or every program depends directly on a library that does it (gobreaker, resilience4j, opossum, Polly, pybreaker and their like)",
	Why: "A service that is down or slow gets more requests than ever, for all who call it wait and try again, and fail with it. " +
		"A circuit breaker answers at once while it is down, and lets it recover.",
	Fix:        "Set outlier detection and limits of connections for the Service, or wrap calls in a circuit breaker.",
	References: append(slices.Clone(resilienceDocs), scorecard.Reference{Title: "Istio: Circuit Breaking", URL: "https://istio.io/latest/docs/tasks/traffic-management/circuit-breaking/"}),
	Level:      scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Dependencies, scorecard.Catalog, scorecard.Runtime},
	Rule: rule(words{"program or workload", "has a circuit breaker", "it neither calls nor is called, as far as can be seen"}, func(s *survey) {
		protection{
			survey: s, kinds: []string{scorecard.TrafficBreaker}, library: circuitBreaking,
			done: "cuts off or bounds requests to", lacks: "no circuit breaker was found for calls of", remedy: breakerRemedy,
		}.judge()
	}),
}

// protection judges one way of protecting calls: by what a mesh or gateway does with
// requests to the pods, or by libraries of the programs.
type protection struct {
	*survey
	kinds    []string // of traffic rules
	library  purpose
	settings []string // that do the same
	done     string
	lacks    string
	remedy   func(*survey, *scorecard.Workload) string
	// of, where it is set, are the only workloads that the question is about.
	of []*scorecard.Workload
}

// judge asks of the workloads where all are protected on the way, or of some and no
// library is there; else of the programs; else it is missing as a whole.
func (p protection) judge() {
	ps := onServers(programs(p.View))
	called := p.of
	if called == nil {
		called = calledWorkloads(p.View)
	}
	calls := slices.ContainsFunc(ps, func(x program) bool { return x.library(webServer) != nil || x.library(remoteClient) != nil })
	if len(called) == 0 && (!calls || p.of != nil) {
		if why, _ := takesRequests(p.View); why == "" || p.of != nil {
			return
		}
	}
	covered := slices.ContainsFunc(called, func(w *scorecard.Workload) bool { return p.covering(w) != nil })
	all := len(called) > 0 && !slices.ContainsFunc(called, func(w *scorecard.Workload) bool { return p.covering(w) == nil })
	having := slices.ContainsFunc(ps, func(x program) bool { return p.has(x) != nil })
	open := slices.ContainsFunc(called, func(w *scorecard.Workload) bool { return p.openly(w) != nil })
	switch {
	case all, covered && !having, open && !having:
		for _, w := range called {
			p.workload(w)
		}
	case len(ps) > 0:
		p.programs(ps, called)
	case len(called) > 0:
		for _, w := range called {
			p.workload(w)
		}
	default:
		_, at := takesRequests(p.View)
		w := p.at(at)
		p.Lack(at, func() string { return p.remedy(p.survey, w) }, "%s the service", p.lacks)
	}
}

// at is the workload that the place is of; the first where none is.
func (p protection) at(l scorecard.Location) *scorecard.Workload {
	for i := range p.Workloads {
		if p.Workloads[i].Object == l.Object {
			return &p.Workloads[i]
		}
	}
	if len(p.Workloads) > 0 {
		return &p.Workloads[0]
	}
	return nil
}

// calledWorkloads are the long-running workloads behind a Service, but for its metrics.
func calledWorkloads(v *scorecard.View) (out []*scorecard.Workload) {
	for i := range v.Workloads {
		w := &v.Workloads[i]
		if !w.LongRunning() {
			continue
		}
		if selfServing(w) || slices.ContainsFunc(v.ServicesOf(w), func(k *scorecard.KubeService) bool {
			return slices.ContainsFunc(k.Ports, func(p scorecard.ServicePort) bool { return !forMetrics(p.Name) && !forMetrics(p.Target) })
		}) {
			out = append(out, w)
		}
	}
	return out
}

// covering is a policy that protects requests to the workload; nil where there is none.
func (p protection) covering(w *scorecard.Workload) *scorecard.TrafficPolicy {
	for _, t := range p.TrafficOf(w) {
		if t.Rule(p.kinds...) != nil {
			return t
		}
	}
	return nil
}

// openly is a policy that names the workload's Service in a namespace that may be its own
// once a release's is chosen.
func (p protection) openly(w *scorecard.Workload) *scorecard.TrafficPolicy {
	for i := range p.Traffic {
		t := &p.Traffic[i]
		if t.Rule(p.kinds...) == nil {
			continue
		}
		for _, k := range p.ServicesOf(w) {
			o := k.Location.Object
			if slices.ContainsFunc(t.Services, func(ref scorecard.ObjectRef) bool { return ref.Name == o.Name && openTogether(ref, o) }) {
				return t
			}
		}
	}
	return nil
}

func (p protection) workload(w *scorecard.Workload) {
	if t := p.covering(w); t != nil {
		r := t.Rule(p.kinds...)
		p.Pass(t.Location.At(r.Field, r.FirstLine, r.FirstLine), "%s %s %s (%s)", t.Location.Object, p.done, w.Object, r.Kind)
		return
	}
	if t := p.openly(w); t != nil {
		p.Undecided(t.Location, "%s names the Service of %s, but which namespace the release goes to is not known", t.Location.Object, w.Object)
		return
	}
	p.Lack(w.Location, func() string { return p.remedy(p.survey, w) }, "%s %s", p.lacks, w.Object)
}

// found is what protects a program's calls.
type found struct {
	at   scorecard.Location
	what string
}

func (p protection) has(x program) *found {
	if d := x.library(p.library); d != nil {
		return &found{d.Location, "depends on " + d.Name}
	}
	if set := x.setting(p.View, p.settings...); set != nil {
		return &found{set.Location, "has a service config of gRPC"}
	}
	return nil
}

func (p protection) programs(ps []program, called []*scorecard.Workload) {
	p.settled = ofManifests
	for _, x := range ps {
		h := p.has(x)
		switch {
		case h != nil:
			p.Pass(h.at, "%s %s", x.called(), h.what)
		case x.incomplete() != "":
			p.Undecided(x.Location, "whether %s depends on a library for %s is not known: %s", x.called(), p.library, x.incomplete())
		default:
			p.Lack(x.Location, func() string {
				if len(called) > 0 {
					return p.remedy(p.survey, called[0]) // requests to all of them are then protected
				}
				return addLibrary(x, "a library for "+string(p.library), protectingLibraries[p.library])
			}, "%s %s: no library, and nothing on the way", p.lacks, x.called())
		}
	}
}

var protectingLibraries = map[purpose]map[string]string{
	retrying: {
		"go": "github.com/hashicorp/go-retryablehttp v0.7.8", "npm": "cockatiel", "pypi": "tenacity", "jvm": "io.github.resilience4j:resilience4j-spring-boot3", "nuget": "Microsoft.Extensions.Http.Resilience",
		"rubygems": "retriable", "packagist": "caseyamcl/guzzle_retry_middleware", "cargo": "backon", "hex": "retry",
	},
	circuitBreaking: {
		"go": "github.com/sony/gobreaker v1.0.0", "npm": "opossum", "pypi": "pybreaker", "jvm": "io.github.resilience4j:resilience4j-spring-boot3", "nuget": "Microsoft.Extensions.Http.Resilience",
		"rubygems": "circuitbox", "packagist": "ackintosh/ganesha", "cargo": "failsafe", "hex": "fuse",
	},
	rateLimiting: {
		"go": "github.com/go-chi/httprate v0.15.0", "npm": "express-rate-limit", "pypi": "limits", "jvm": "com.bucket4j:bucket4j_jdk17-core", "nuget": "AspNetCoreRateLimit",
		"rubygems": "rack-attack", "packagist": "symfony/rate-limiter", "cargo": "governor", "hex": "hammer",
	},
}

// meshHost is the Service's name as a mesh's objects in its namespace write it.
func meshHost(v *scorecard.View, w *scorecard.Workload) (host string, at scorecard.ObjectRef) {
	if w != nil {
		for _, k := range v.ServicesOf(w) {
			return k.Location.Object.Name, k.Location.Object
		}
		return w.Object.Name, w.Object
	}
	name := objectName(&v.Service)
	return name, scorecard.ObjectRef{Name: name}
}

func timeoutRemedy(s *survey, w *scorecard.Workload) string {
	host, o := meshHost(s.View, w)
	return fenced(fmt.Sprintf("With Istio, bound and retry requests to %s (without a mesh, use a library for it in those who call):", host), "yaml", yamlText(object{
		{key: "apiVersion", value: "networking.istio.io/v1"}, {key: "kind", value: "VirtualService"},
		{key: "metadata", value: metadata(o, host)},
		{key: "spec", value: object{
			{key: "hosts", value: []string{host}},
			{key: "http", value: []object{{
				{key: "route", value: []object{{{key: "destination", value: object{{key: "host", value: host}}}}}},
				{key: "timeout", value: "5s"},
				{key: "retries", value: object{{key: "attempts", value: 2}, {key: "perTryTimeout", value: "2s"}, {key: "retryOn", value: "connect-failure,refused-stream,unavailable"}}},
			}}},
		}},
	}))
}

func breakerRemedy(s *survey, w *scorecard.Workload) string {
	host, o := meshHost(s.View, w)
	return fenced(fmt.Sprintf("With Istio, cut off failing pods of %s and bound what waits for it (without a mesh, use a library for it in those who call):", host), "yaml", yamlText(object{
		{key: "apiVersion", value: "networking.istio.io/v1"}, {key: "kind", value: "DestinationRule"},
		{key: "metadata", value: metadata(o, host)},
		{key: "spec", value: object{
			{key: "host", value: host},
			{key: "trafficPolicy", value: object{
				{key: "connectionPool", value: object{{key: "tcp", value: object{{key: "maxConnections", value: 100}}}, {key: "http", value: object{{key: "http1MaxPendingRequests", value: 100}}}}},
				{key: "outlierDetection", value: object{{key: "consecutive5xxErrors", value: 5}, {key: "interval", value: "10s"}, {key: "baseEjectionTime", value: "30s"}}},
			}},
		}},
	}))
}

// outside reports whether the route leads in from outside, and not from one service of a
// mesh to another.
func outside(r *scorecard.Route) bool {
	switch kind := r.Location.Object.Kind; {
	case kind == "VirtualService":
		return len(r.Parents) > 0
	case kind == "TraefikService":
		return false
	case strings.HasSuffix(kind, "Route") && len(r.Parents) > 0:
		return slices.ContainsFunc(r.Parents, func(p scorecard.ObjectRef) bool { return p.Kind != "Service" })
	}
	return true
}
