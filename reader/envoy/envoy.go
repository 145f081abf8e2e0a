// Package envoy reads Envoy's own configuration, as far as it says what happens to
// requests on their way: limits, retries, circuit breakers, traces. It stands in files of
// its own, and as text in ConfigMaps, which package kube hands over.
package envoy

import (
	"bytes"
	"context"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds of what is looked through in one configuration.
const (
	maxDepth = 100
	maxText  = 1 << 20 // bytes of a text in an object
)

// Read appends the configurations that files hold. One that would not parse is passed
// over: as a rule it is a template of it.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		if ext := strings.ToLower(path.Ext(f.Path)); ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, ok := t.Read(f.Path, scorecard.Runtime)
		if !ok || !bytes.Contains(data, []byte("envoy.")) || !bytes.Contains(data, []byte("_resources:")) {
			continue
		}
		for _, doc := range yamldoc.Parse(data) {
			if doc.Err != nil || !isConfiguration(doc.Root) {
				continue
			}
			if rules := Rules(doc.Root); len(rules) > 0 {
				into.Proxies = append(into.Proxies, scorecard.ProxyConfig{Location: scorecard.Location{Path: f.Path}, Rules: rules})
			}
		}
	}
}

// isConfiguration reports whether a document is Envoy's bootstrap.
func isConfiguration(root *yaml.Node) bool {
	return yamldoc.Get(root, "static_resources") != nil || yamldoc.Get(root, "dynamic_resources") != nil
}

// OfText gives the rules of a text that is a configuration; nil for any other.
func OfText(text string) (out []scorecard.TrafficRule) {
	if len(text) > maxText || !strings.Contains(text, "envoy.") || !strings.Contains(text, "_resources") {
		return nil
	}
	for _, doc := range yamldoc.Parse([]byte(text)) {
		if doc.Err == nil && isConfiguration(doc.Root) {
			out = append(out, Rules(doc.Root)...)
		}
	}
	return out
}

// filters are Envoy's filters by what they do, and settings its fields.
var (
	filters = map[string]string{
		"envoy.filters.http.ratelimit": scorecard.TrafficLimit, "envoy.filters.network.ratelimit": scorecard.TrafficLimit,
	}
	settings = map[string]string{
		"token_bucket":      scorecard.TrafficLimit, // a local limit is none without
		"outlier_detection": scorecard.TrafficBreaker, "circuit_breakers": scorecard.TrafficBreaker, "retry_policy": scorecard.TrafficRetry,
	}
)

// Rules gives what a piece of a configuration does with requests, each kind once, where
// it stands first.
func Rules(n *yaml.Node) (out []scorecard.TrafficRule) {
	found := map[string]bool{}
	note := func(kind, field string, line int) {
		if kind != "" && !found[kind] {
			found[kind] = true
			out = append(out, scorecard.TrafficRule{Kind: kind, Field: field, FirstLine: max(0, line)})
		}
	}
	var walk func(n *yaml.Node, field string, depth int)
	walk = func(n *yaml.Node, field string, depth int) {
		if n = yamldoc.Follow(n); n == nil || depth > maxDepth {
			return
		}
		switch n.Kind {
		case yaml.SequenceNode:
			for _, c := range n.Content {
				walk(c, field, depth+1)
			}
		case yaml.MappingNode:
			if yamldoc.String(yamldoc.Get(n, "operation")) == "REMOVE" {
				return // of an EnvoyFilter of Istio's: it takes away what it names
			}
			for i := 0; i+1 < len(n.Content); i += 2 {
				key, value := n.Content[i], yamldoc.Follow(n.Content[i+1])
				if key.Value != "token_bucket" || limits(n) {
					note(settings[key.Value], key.Value, key.Line)
				}
				if key.Value == "name" && value != nil && value.Kind == yaml.ScalarNode {
					note(filters[value.Value], field, value.Line)
					if field == "provider" || field == "http" { // of a listener, or of all: tracing.http
						note(tracer(value.Value), field, value.Line)
					}
				}
				walk(value, key.Value, depth+1)
			}
		}
	}
	walk(n, "", 0)
	return out
}

// limits reports whether a local limit is switched on: of HTTP's both shares, of requests
// that it looks at and that it refuses, are 0 % unless they are set.
func limits(n *yaml.Node) bool {
	http := strings.Contains(yamldoc.String(yamldoc.Get(n, "@type")), ".http.local_ratelimit.")
	for _, key := range []string{"filter_enabled", "filter_enforced"} {
		share := yamldoc.Get(n, key)
		if share == nil && http || share != nil && yamldoc.String(yamldoc.Get(share, "default_value", "numerator")) == "0" {
			return false
		}
	}
	return true
}

// tracer says whether the name is that of one of Envoy's tracers.
func tracer(name string) string {
	if strings.HasPrefix(name, "envoy.tracers.") || name == "envoy.zipkin" || name == "envoy.lightstep" || name == "envoy.dynamic.ot" {
		return scorecard.TrafficTrace
	}
	return ""
}
