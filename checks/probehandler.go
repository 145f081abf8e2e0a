package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The API server's defaults of a probe.
const (
	defaultPeriod    = 10
	defaultThreshold = 3
)

// tolerance is for how many seconds a probe may fail before it acts.
func tolerance(p *scorecard.Probe) int64 {
	return int64(cmp.Or(p.PeriodSeconds, defaultPeriod)) * int64(cmp.Or(p.FailureThreshold, defaultThreshold))
}

// probeDifference names what the container's probes ask differently; empty when
// they ask the same.
func probeDifference(c *scorecard.Container) string {
	a, b := c.Liveness, c.Readiness
	if a.Handler != b.Handler {
		return fmt.Sprintf("handler (%s and %s)", a.Handler, b.Handler)
	}
	if a.Handler == "exec" {
		if !slices.Equal(a.Command, b.Command) {
			return "command"
		}
		return ""
	}
	if pa, pb := portAsked(c, a), portAsked(c, b); pa != pb {
		return fmt.Sprintf("port (%s and %s)", a.Port, b.Port)
	}
	switch a.Handler {
	case "httpGet":
		if pa, pb := pathAsked(a), pathAsked(b); pa != pb {
			return fmt.Sprintf("path (%s and %s)", pa, pb)
		}
		if !strings.EqualFold(cmp.Or(a.Scheme, "HTTP"), cmp.Or(b.Scheme, "HTTP")) {
			return "scheme"
		}
		if !slices.Equal(sortedFold(a.Headers), sortedFold(b.Headers)) {
			return "headers"
		}
	case "grpc":
		if a.Service != b.Service {
			return fmt.Sprintf("gRPC service (%q and %q)", a.Service, b.Service)
		}
	}
	if a.Host != b.Host {
		return "host"
	}
	return ""
}

// portAsked is the port as the kubelet resolves it: a name and the number that it
// stands for are one port, and a name that is none of the container's is tried as
// a number.
func portAsked(c *scorecard.Container, p *scorecard.Probe) string {
	if n, ok := c.PortNumber(p.Port, p.PortIsName); ok {
		return strconv.Itoa(int(n))
	}
	return p.Port
}

// pathAsked is the path as it is requested.
func pathAsked(p *scorecard.Probe) string { return "/" + strings.TrimPrefix(p.Path, "/") }

func sortedFold(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ToLower(n)
	}
	slices.Sort(out)
	return out
}

// describeProbe says what a probe asks: "httpGet /healthz on port http".
func describeProbe(p *scorecard.Probe) string {
	switch p.Handler {
	case "httpGet":
		return fmt.Sprintf("httpGet %s on port %s", pathAsked(p), p.Port)
	case "grpc":
		if p.Service != "" {
			return fmt.Sprintf("grpc %s on port %s", p.Service, p.Port)
		}
		return "grpc on port " + p.Port
	case "exec":
		if len(p.Command) > 0 {
			return "exec " + p.Command[0]
		}
		return "exec"
	}
	return p.Handler + " on port " + p.Port
}

// handlerFields writes a handler for a port that the container serves: as the other
// probe asks, else by the port's name, else whether the port is open.
func handlerFields(s *survey, w *scorecard.Workload, c *scorecard.Container, other *scorecard.Probe, path string) object {
	if asks(other) {
		return sameHandler(other, path)
	}
	name, number := servedPort(s, w, c)
	var port any = number
	if name != "" {
		port = name
	}
	switch {
	case number == 0 && name == "":
		return object{{key: "exec", value: object{{key: "command", value: []string{"cat", "/tmp/healthy"}, comment: "a command that fails when the process does not work"}}}}
	case strings.HasPrefix(name, "grpc") && number != 0:
		return object{{key: "grpc", value: object{{key: "port", value: number}}}}
	case strings.HasPrefix(name, "http"), strings.HasPrefix(name, "web"):
		get := object{{key: "path", value: path, comment: "an endpoint of your own"}, {key: "port", value: port}}
		if strings.HasPrefix(name, "https") {
			get = append(get, field{key: "scheme", value: "HTTPS"})
		}
		return object{{key: "httpGet", value: get}}
	}
	return object{{key: "tcpSocket", value: object{{key: "port", value: port}}, comment: "an httpGet or grpc handler says more, where there is one"}}
}

// sameHandler writes the other probe's handler; over HTTP with a path of its own.
func sameHandler(p *scorecard.Probe, path string) object {
	return handlerOf(p, field{key: "path", value: path, comment: "an endpoint of your own"})
}

// copiedHandler writes the other probe's handler as it is. The values of its headers
// are not known.
func copiedHandler(p *scorecard.Probe) object {
	path := field{key: "path", value: pathAsked(p)}
	if strings.Contains(p.Path, scorecard.Redacted) {
		path.comment = "with the values of the other probe's query"
	}
	if len(p.Headers) > 0 {
		path.comment = "with the same httpHeaders: " + strings.Join(p.Headers, ", ")
	}
	return handlerOf(p, path)
}

// handlerOf writes the probe's handler, over HTTP with that path.
func handlerOf(p *scorecard.Probe, path field) object {
	var port any = p.Port
	if n, err := strconv.Atoi(p.Port); err == nil && !p.PortIsName {
		port = n
	}
	var asked object
	switch p.Handler {
	case "exec":
		return object{{key: "exec", value: object{{key: "command", value: p.Command}}}}
	case "grpc":
		asked = object{{key: "port", value: port}}
		if p.Service != "" {
			asked = append(asked, field{key: "service", value: p.Service})
		}
		return object{{key: "grpc", value: asked}}
	case "httpGet":
		asked = object{path}
	}
	if p.Host != "" {
		asked = append(asked, field{key: "host", value: p.Host})
	}
	asked = append(asked, field{key: "port", value: port})
	if p.Handler == "httpGet" {
		if p.Scheme != "" {
			asked = append(asked, field{key: "scheme", value: p.Scheme})
		}
		return object{{key: "httpGet", value: asked}}
	}
	return object{{key: "tcpSocket", value: asked}}
}

// servedPort is the container's port that a Service targets, else its first, else
// the number that a Service sends to.
func servedPort(s *survey, w *scorecard.Workload, c *scorecard.Container) (name string, number int32) {
	for _, k := range s.ServicesOf(w) {
		for _, p := range k.Ports {
			for _, cp := range c.Ports {
				if p.TargetIsName && cp.Name == p.Target || !p.TargetIsName && strconv.Itoa(int(cp.Number)) == p.Target {
					return cp.Name, cp.Number
				}
			}
		}
	}
	if len(c.Ports) > 0 {
		return c.Ports[0].Name, c.Ports[0].Number
	}
	for _, k := range s.ServicesOf(w) {
		for _, p := range k.Ports {
			if n, err := strconv.ParseInt(p.Target, 10, 32); err == nil && !p.TargetIsName && targetsUndeclared(k, w) {
				return "", int32(n)
			}
		}
	}
	return "", 0
}

func readinessRemedy(s *survey, w *scorecard.Workload, c *scorecard.Container) string {
	probe := append(handlerFields(s, w, c, c.Liveness, "/readyz"), field{key: "periodSeconds", value: 5}, field{key: "failureThreshold", value: 3})
	return fenced(in(c.Location)+"let container `"+c.Name+"` say when it can take requests:", "yaml",
		containerPatch(w, c, object{{key: "readinessProbe", value: probe}}))
}

func livenessRemedy(s *survey, w *scorecard.Workload, c *scorecard.Container) string {
	threshold := int64(defaultThreshold)
	if asks(c.Readiness) {
		threshold = longerThreshold(c.Readiness, defaultPeriod)
	}
	probe := append(handlerFields(s, w, c, c.Readiness, "/livez"), field{key: "periodSeconds", value: defaultPeriod}, field{key: "failureThreshold", value: threshold})
	return fenced(in(c.Location)+"let container `"+c.Name+"` be restarted when it hangs:", "yaml",
		containerPatch(w, c, object{{key: "livenessProbe", value: probe}}))
}

func distinctRemedy(w *scorecard.Workload, c *scorecard.Container) string {
	period := cmp.Or(c.Liveness.PeriodSeconds, defaultPeriod)
	threshold := longerThreshold(c.Readiness, int64(period))
	probe := object{{key: "periodSeconds", value: period}, {key: "failureThreshold", value: threshold, comment: fmt.Sprintf("%d s, where readiness gives up after %d s", int64(period)*threshold, tolerance(c.Readiness))}}
	return fenced(in(c.Location)+"let liveness of container `"+c.Name+"` be more patient than readiness (or point it at an endpoint that depends on nothing else):", "yaml",
		containerPatch(w, c, object{{key: "livenessProbe", value: probe}}))
}

// longerThreshold is the failure threshold that makes a probe of that period
// tolerate twice what the other one does.
func longerThreshold(other *scorecard.Probe, period int64) int64 {
	return max(2*tolerance(other)/period+1, defaultThreshold)
}
