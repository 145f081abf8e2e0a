// Package gateway reads the configuration of gateways to models: LiteLLM's proxy and
// Kong's declarative files, Portkey's configurations, and the objects of Kubernetes that
// hold the same: ConfigMaps, Envoy AI Gateway's AIGatewayRoute, KongPlugin, Higress'
// WasmPlugin. Of them it keeps whether another route is there when a model does not
// answer, and where calls are recorded; of keys and addresses it keeps nothing.
package gateway

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Read appends the gateways that files of their own configure. One that names a gateway
// and would not parse is a gap that hides scorecard.Infrastructure.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		base := strings.ToLower(path.Base(f.Path))
		ext := path.Ext(base)
		portkey := ext == ".json" && strings.Contains(base, "portkey")
		if !portkey && ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, ok := t.Read(f.Path, scorecard.Infrastructure)
		if !ok || !portkey && !bytes.Contains(data, []byte("litellm_params")) && !bytes.Contains(data, []byte("ai-proxy")) {
			continue
		}
		for _, doc := range yamldoc.Parse(data) {
			if doc.Err != nil {
				if !bytes.Contains(data, []byte("{{")) { // a template is rendered elsewhere
					t.Malformed(f.Path, doc.ErrLine, doc.Err, scorecard.Infrastructure)
				}
				continue
			}
			if yamldoc.Get(doc.Root, "apiVersion") != nil && yamldoc.Get(doc.Root, "kind") != nil {
				continue // an object, which comes by Objects
			}
			into.Gateways = append(into.Gateways, read(doc.Root, scorecard.Location{Path: f.Path}, portkey)...)
		}
	}
}

// read finds the gateway that a document configures.
func read(n *yaml.Node, at scorecard.Location, portkey bool) []scorecard.ModelGateway {
	switch {
	case portkey:
		if g, ok := portkeyConfig(n, at); ok {
			return []scorecard.ModelGateway{g}
		}
	case yamldoc.Get(n, "model_list") != nil:
		if g, ok := liteLLM(n, at); ok {
			return []scorecard.ModelGateway{g}
		}
	case yamldoc.Get(n, "_format_version") != nil:
		return kong(n, at)
	}
	return nil
}

// lines points to where a node stands.
func lines(at scorecard.Location, n *yaml.Node) scorecard.Location {
	if n != nil && n.Line > 0 && at.Object.Kind == "" {
		return at.At(at.Field, n.Line, max(n.Line, yamldoc.LastLine(n)))
	}
	return at
}

func filled(n *yaml.Node) bool {
	switch {
	case n == nil || n.Tag == "!!null":
		return false
	case n.Kind == yaml.ScalarNode:
		return n.Value != "0" && n.Value != ""
	}
	return len(n.Content) > 0
}

// liteLLM reads the configuration of LiteLLM's proxy. Two deployments under one name of a
// model are a second route.
func liteLLM(n *yaml.Node, at scorecard.Location) (scorecard.ModelGateway, bool) {
	list := yamldoc.Get(n, "model_list")
	g := scorecard.ModelGateway{Location: lines(at, list), Tool: "litellm", Unread: yamldoc.IsUnknown(list)}
	counts := map[string]int{}
	served := g.Unread
	for _, m := range yamldoc.Items(list) {
		params := yamldoc.Get(m, "litellm_params")
		served = served || params != nil
		name := yamldoc.String(yamldoc.Get(m, "model_name"))
		if counts[name]++; counts[name] == 2 && g.Fallback == "" {
			g.Fallback, g.FallbackLine = "second route", m.Line
		}
	}
	for _, section := range []string{"router_settings", "litellm_settings"} {
		of := yamldoc.Get(n, section)
		g.Unread = g.Unread || yamldoc.IsUnknown(of)
		for _, key := range []string{"num_retries", "retry_policy", "context_window_fallbacks", "default_fallbacks", "fallbacks"} {
			if !filled(yamldoc.Get(of, key)) {
				continue
			}
			kind := "retries"
			if strings.HasSuffix(key, "fallbacks") {
				kind = "fallback"
			}
			if g.Fallback != "fallback" {
				g.Fallback, g.FallbackLine = kind, yamldoc.KeyLine(of, key)
			}
		}
		for _, key := range []string{"callbacks", "success_callback"} {
			if names := yamldoc.Get(of, key); filled(names) && g.Observed == "" {
				g.Observed, g.ObservedLine = first(names), yamldoc.KeyLine(of, key)
			}
		}
	}
	return g, served
}

func first(n *yaml.Node) string {
	for _, item := range yamldoc.Items(n) {
		return yamldoc.Written(item)
	}
	return yamldoc.Written(n)
}

// kong reads the AI plugins of Kong's declarative configuration, wherever they stand.
func kong(n *yaml.Node, at scorecard.Location) (out []scorecard.ModelGateway) {
	visit(n, func(x *yaml.Node) {
		if g, ok := kongPlugin(yamldoc.String(yamldoc.Get(x, "name")), yamldoc.Get(x, "config"), lines(at, x)); ok {
			out = append(out, g)
		}
	})
	return out
}

func kongPlugin(name string, config *yaml.Node, at scorecard.Location) (scorecard.ModelGateway, bool) {
	if name != "ai-proxy" && name != "ai-proxy-advanced" {
		return scorecard.ModelGateway{}, false
	}
	g := scorecard.ModelGateway{Location: at, Tool: "kong", Unread: yamldoc.IsUnknown(config)}
	targets := yamldoc.Get(config, "targets")
	if len(yamldoc.Items(targets)) > 1 {
		g.Fallback, g.FallbackLine = "second route", yamldoc.KeyLine(config, "targets")
	} else if retries := yamldoc.Get(config, "balancer", "retries"); filled(retries) {
		g.Fallback, g.FallbackLine = "retries", retries.Line
	}
	return g, config != nil
}

// portkeyConfig reads a configuration of Portkey's gateway.
func portkeyConfig(n *yaml.Node, at scorecard.Location) (scorecard.ModelGateway, bool) {
	targets, strategy := yamldoc.Get(n, "targets"), yamldoc.Get(n, "strategy", "mode")
	g := scorecard.ModelGateway{Location: lines(at, n), Tool: "portkey"}
	switch {
	case yamldoc.String(strategy) == "fallback" && len(yamldoc.Items(targets)) > 1:
		g.Fallback, g.FallbackLine = "fallback", strategy.Line
	case len(yamldoc.Items(targets)) > 1:
		g.Fallback, g.FallbackLine = "second route", targets.Line
	case filled(yamldoc.Get(n, "retry", "attempts")):
		g.Fallback, g.FallbackLine = "retries", yamldoc.KeyLine(n, "retry")
	}
	return g, targets != nil || yamldoc.Get(n, "retry") != nil || yamldoc.Get(n, "provider") != nil || yamldoc.Get(n, "virtual_key") != nil
}

// visit calls do for every mapping below.
func visit(n *yaml.Node, do func(*yaml.Node)) {
	if n == nil {
		return
	}
	if n.Kind == yaml.MappingNode {
		do(n)
	}
	for _, c := range n.Content {
		visit(c, do)
	}
}

// kinds are the objects that configure a gateway, by their groups.
var kinds = map[string][]string{
	"ConfigMap": {""}, "AIGatewayRoute": {"aigateway.envoyproxy.io"}, "KongPlugin": {"configuration.konghq.com"},
	"KongClusterPlugin": {"configuration.konghq.com"}, "WasmPlugin": {"extensions.higress.io"},
}

// Objects reads gateways out of objects of Kubernetes.
func Objects() kube.ObjectReader {
	return kube.ObjectReader{
		Family: scorecard.Infrastructure,
		Marks:  []string{"litellm_params", "AIGatewayRoute", "ai-proxy"},
		Knows:  func(o scorecard.ObjectRef) bool { return slices.Contains(kinds[o.Kind], o.Group()) },
		Read:   object,
	}
}

func object(n *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
	add := func(g scorecard.ModelGateway, ok bool) {
		if g.Name == "" {
			g.Name = at.Object.Name
		}
		if ok {
			into.Gateways = append(into.Gateways, g)
		}
	}
	switch at.Object.Kind {
	case "ConfigMap":
		data := yamldoc.Get(n, "data")
		for key, text := range yamldoc.StringMap(data) {
			if !strings.Contains(text, "litellm_params") {
				continue
			}
			for _, doc := range yamldoc.Parse([]byte(text)) {
				if doc.Err == nil {
					g, ok := liteLLM(doc.Root, at.At("data."+key, yamldoc.KeyLine(data, key), 0))
					g.FallbackLine, g.ObservedLine = 0, 0 // they count from the text's own beginning
					add(g, ok)
				}
			}
		}
	case "AIGatewayRoute":
		add(aiGatewayRoute(n, at), true)
	case "KongPlugin", "KongClusterPlugin":
		add(kongPlugin(yamldoc.String(yamldoc.Get(n, "plugin")), yamldoc.Get(n, "config"), at))
	case "WasmPlugin":
		add(higress(n, at))
	}
}

// aiGatewayRoute reads Envoy AI Gateway's route. A rule with several backends has a second
// route; a route all of whose rules have one has none.
func aiGatewayRoute(n *yaml.Node, at scorecard.Location) scorecard.ModelGateway {
	g := scorecard.ModelGateway{Location: at, Tool: "envoy-ai-gateway"}
	for _, rule := range yamldoc.Items(yamldoc.Get(n, "spec", "rules")) {
		refs := yamldoc.Items(yamldoc.Get(rule, "backendRefs"))
		if len(refs) < 2 {
			continue
		}
		g.Fallback, g.FallbackLine = "second route", yamldoc.KeyLine(rule, "backendRefs")
		for _, r := range refs {
			if yamldoc.Get(r, "priority") != nil {
				g.Fallback = "fallback"
			}
		}
	}
	return g
}

// higress reads the plugin ai-proxy of Higress.
func higress(n *yaml.Node, at scorecard.Location) (scorecard.ModelGateway, bool) {
	config := yamldoc.Get(n, "spec", "defaultConfig")
	address := yamldoc.String(yamldoc.Get(n, "spec", "url")) + " " + at.Object.Name
	g := scorecard.ModelGateway{Location: at, Tool: "higress"}
	visit(config, func(x *yaml.Node) {
		for _, key := range []string{"failover", "retryOnFailure"} {
			if yamldoc.String(yamldoc.Get(x, key, "enabled")) == "true" && g.Fallback == "" {
				g.Fallback, g.FallbackLine = map[string]string{"failover": "fallback", "retryOnFailure": "retries"}[key], yamldoc.KeyLine(x, key)
			}
		}
	})
	if len(yamldoc.Items(yamldoc.Get(config, "providers"))) > 1 && g.Fallback == "" {
		g.Fallback = "second route"
	}
	return g, strings.Contains(address, "ai-proxy") && config != nil
}
