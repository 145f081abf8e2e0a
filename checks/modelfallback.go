package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var modelFallback = scorecard.Check{
	ID:      "model-fallback",
	Pillar:  scorecard.AI,
	Title:   "Where one model does not answer, another one does",
	Applies: "gateways to models (LiteLLM, Envoy AI Gateway, Kong, Portkey, Higress) and programs that ask models of others",
	Passes:  "a fallback, retries or a second route is configured (LiteLLM's `fallbacks`, `num_retries` or two deployments of one name; several `backendRefs` of an AIGatewayRoute; several targets of Kong's ai-proxy-advanced; Portkey's mode fallback)",
	Why: "Providers of models limit rates, run out of capacity and go down, all of them several times a year. " +
		"A gateway with one route passes each of these on to the users; one with a second asks elsewhere, and nobody notices.",
	Fix: "Configure a second model or provider to fall back to, and a bounded number of retries.",
	References: []scorecard.Reference{
		{Title: "LiteLLM: Fallbacks", URL: "https://docs.litellm.ai/docs/proxy/reliability"},
		{Title: "Envoy AI Gateway: Provider Fallback", URL: "https://aigateway.envoyproxy.io/docs/capabilities/traffic/provider-fallback/"},
	},
	Level: scorecard.Platinum, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Infrastructure, scorecard.Dependencies},
	Rule: rule(words{"gateway or client of models", "goes elsewhere or tries again", "no gateway or client of models was seen"}, func(s *survey) {
		for i := range s.Gateways {
			g := &s.Gateways[i]
			at := g.Location
			if g.FallbackLine > 0 {
				at = at.At(at.Field, g.FallbackLine, g.FallbackLine)
			}
			switch {
			case g.Fallback != "":
				s.Pass(at, "%s has %s", gatewayName(g), fallbackWords[g.Fallback])
			case g.Unread:
				s.Undecided(at, "a part of the configuration of %s could not be read", gatewayName(g))
			default:
				s.Fail(at, func() string { return fallbackRemedy(g) }, "%s has one route to a model, and neither a fallback nor retries", gatewayName(g))
			}
		}
		for _, client := range llmClients(s.View) {
			if client.fallback != "" {
				s.Pass(client.at, "%s", client.fallback)
			} else {
				s.Lack(client.at, clientFallbackRemedy, "%s, and neither a fallback nor retries were found", client.lacks)
			}
		}
	}),
}

var fallbackWords = map[string]string{"fallback": "a fallback", "retries": "retries", "second route": "a second route"}

// clientFallbackRemedy puts a gateway before a program that asks one provider.
func clientFallbackRemedy() string {
	return fenced("Ask through a gateway that falls back, such as LiteLLM's proxy with `litellm/config.yaml`, or try again and elsewhere in code:", "yaml", yamlText(object{
		{key: "model_list", value: []object{
			{{key: "model_name", value: "chat"}, {key: "litellm_params", value: object{{key: "model", value: "openai/your-model"}}}},
			{{key: "model_name", value: "chat-elsewhere"}, {key: "litellm_params", value: object{{key: "model", value: "anthropic/your-other-model"}}}}}},
		{key: "router_settings", value: object{{key: "num_retries", value: 2}, {key: "fallbacks", value: []object{{{key: "chat", value: []string{"chat-elsewhere"}}}}}}},
		{key: "litellm_settings", value: object{{key: "callbacks", value: []string{"otel"}}}},
	}))
}

func fallbackRemedy(g *scorecard.ModelGateway) string {
	switch g.Tool {
	case "litellm":
		return fenced(in(g.Location)+"try again, and fall back to another model:", "yaml", yamlText(object{{key: "router_settings", value: object{
			{key: "num_retries", value: 2},
			{key: "fallbacks", value: []object{{{key: "your-model", value: []string{"your-other-model"}}}}, comment: "names of your model_list"}}}}))
	case "envoy-ai-gateway":
		return fmt.Sprintf("%sadd a second entry to `backendRefs` of the rule in %s, with `priority: 1`, and a BackendTrafficPolicy that retries.", in(g.Location), gatewayName(g))
	case "kong":
		return fmt.Sprintf("%suse the plugin `ai-proxy-advanced` with two `targets` and `balancer.retries`.", in(g.Location))
	}
	return fmt.Sprintf("%sgive %s a second target to fall back to, and retries.", in(g.Location), gatewayName(g))
}
