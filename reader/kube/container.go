package kube

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// container reads one container. What has the wrong type is left out and named in
// Unreadable; the rest counts.
func container(n *yaml.Node, role scorecard.ContainerRole, at scorecard.Location, field string) scorecard.Container {
	first, last := span(n)
	c := scorecard.Container{Role: role, Location: at.At(field, first, last)}
	unreadable := func(name string, ok bool) {
		if !ok && !slices.Contains(c.Unreadable, name) {
			c.Unreadable = append(c.Unreadable, name)
		}
	}
	text := func(name string) string {
		v := yamldoc.Get(n, name)
		unreadable(name, v == nil || v.Kind == yaml.ScalarNode)
		return yamldoc.String(v)
	}
	c.Name, c.Image = text("name"), text("image")
	if c.Image != "" {
		c.ImageLine = yamldoc.KeyLine(n, "image")
	}
	var ok bool
	c.Ports, ok = ports(yamldoc.Get(n, "ports"))
	unreadable("ports", ok)
	for _, p := range []struct {
		name string
		to   **scorecard.Probe
	}{{"readinessProbe", &c.Readiness}, {"livenessProbe", &c.Liveness}, {"startupProbe", &c.Startup}} {
		*p.to, ok = probe(n, p.name)
		unreadable(p.name, ok)
	}
	c.Resources, ok = resources(n)
	unreadable("resources", ok)
	return c
}

func ports(n *yaml.Node) (out []scorecard.Port, ok bool) {
	if n == nil || n.Tag == "!!null" {
		return nil, true
	}
	ok = n.Kind == yaml.SequenceNode
	for _, p := range yamldoc.Items(n) {
		number, readable := whole(yamldoc.Get(p, "containerPort"))
		if !readable || number == nil {
			ok = ok && readable
			continue
		}
		out = append(out, scorecard.Port{
			Name: yamldoc.String(yamldoc.Get(p, "name")), Number: *number, Protocol: yamldoc.String(yamldoc.Get(p, "protocol")),
		})
	}
	return out, ok
}

// probe reads a probe of the container; false when it is written and can't be read
// as far as it matters. An empty mapping is a probe without a handler, which a null is not.
func probe(c *yaml.Node, name string) (*scorecard.Probe, bool) {
	n := yamldoc.Get(c, name)
	if n == nil || n.Tag == "!!null" {
		return nil, true
	}
	if n.Kind != yaml.MappingNode {
		return nil, false
	}
	p := &scorecard.Probe{FirstLine: yamldoc.KeyLine(c, name)}
	if p.FirstLine > 0 {
		p.LastLine = max(p.FirstLine, yamldoc.LastLine(n))
	}
	ok := true
	for _, f := range []struct {
		name string
		to   *int32
	}{
		{"initialDelaySeconds", &p.InitialDelaySeconds}, {"periodSeconds", &p.PeriodSeconds}, {"timeoutSeconds", &p.TimeoutSeconds},
		{"failureThreshold", &p.FailureThreshold}, {"successThreshold", &p.SuccessThreshold},
	} {
		v, readable := whole(yamldoc.Get(n, f.name))
		ok = ok && readable
		if v != nil {
			*f.to = *v
		}
	}
	return p, handler(p, n) && ok
}

// handler reads what the probe does; false when it is written and can't be read.
func handler(p *scorecard.Probe, n *yaml.Node) bool {
	for _, name := range []string{"httpGet", "tcpSocket", "grpc", "exec"} {
		h := yamldoc.Get(n, name)
		if h == nil || h.Tag == "!!null" {
			continue
		}
		if h.Kind != yaml.MappingNode {
			return false
		}
		p.Handler = name
		p.Path = yamldoc.String(yamldoc.Get(h, "path"))
		p.Host = yamldoc.String(yamldoc.Get(h, "host"))
		p.Scheme = yamldoc.String(yamldoc.Get(h, "scheme"))
		p.Service = yamldoc.String(yamldoc.Get(h, "service"))
		p.Port, p.PortIsName = portOf(yamldoc.Get(h, "port"))
		if name == "grpc" && p.PortIsName { // it can only be a number
			if _, err := strconv.ParseUint(p.Port, 10, 16); err == nil {
				p.PortIsName = false
			}
		}
		for _, w := range yamldoc.Items(yamldoc.Get(h, "command")) {
			p.Command = append(p.Command, yamldoc.String(w))
		}
		for _, header := range yamldoc.Items(yamldoc.Get(h, "httpHeaders")) {
			p.Headers = append(p.Headers, yamldoc.String(yamldoc.Get(header, "name")))
		}
		return true
	}
	return true
}

// resources reads requests and limits of a container or a pod; false when something
// in them can't be read.
func resources(of *yaml.Node) (scorecard.Resources, bool) {
	n := yamldoc.Get(of, "resources")
	if n == nil || n.Tag == "!!null" {
		return scorecard.Resources{}, true
	}
	if n.Kind != yaml.MappingNode {
		return scorecard.Resources{}, false
	}
	requests, ok1 := quantities(yamldoc.Get(n, "requests"))
	limits, ok2 := quantities(yamldoc.Get(n, "limits"))
	return scorecard.Resources{Requests: requests, Limits: limits, FirstLine: yamldoc.KeyLine(of, "resources")}, ok1 && ok2
}

func quantities(n *yaml.Node) (map[string]scorecard.Quantity, bool) {
	if n == nil || n.Tag == "!!null" {
		return nil, true
	}
	if n.Kind != yaml.MappingNode {
		return nil, false
	}
	var out map[string]scorecard.Quantity
	ok := true
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := yamldoc.Follow(n.Content[i+1])
		if v.Tag == "!!null" {
			continue
		}
		q, err := resource.ParseQuantity(yamldoc.String(v))
		if v.Kind != yaml.ScalarNode || err != nil {
			ok = false
			continue
		}
		if out == nil {
			out = map[string]scorecard.Quantity{}
		}
		out[n.Content[i].Value] = scorecard.Quantity{Text: v.Value, Value: q.AsApproximateFloat64()}
	}
	return out, ok
}
