package envoy

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

const whole = `static_resources:
  listeners:
  - address:
      socket_address: {address: "${ADDR}"}
    port_value: ${PORT}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          tracing:
            provider:
              name: envoy.tracers.opentelemetry
          route_config:
            virtual_hosts:
            - name: all
              routes:
              - match: {prefix: /}
                route: {cluster: backend, retry_policy: {retry_on: 5xx}}
          http_filters:
          - name: envoy.filters.http.local_ratelimit
            typed_config: {token_bucket: {max_tokens: 100}}
          - name: envoy.filters.http.router
  clusters:
  - name: backend
    outlier_detection: {}
`

func TestRead(t *testing.T) {
	rules := []scorecard.TrafficRule{
		{Kind: scorecard.TrafficTrace, Field: "provider", FirstLine: 12}, {Kind: scorecard.TrafficRetry, Field: "retry_policy", FirstLine: 18},
		{Kind: scorecard.TrafficLimit, Field: "token_bucket", FirstLine: 21}, {Kind: scorecard.TrafficBreaker, Field: "outlier_detection", FirstLine: 25},
	}
	for name, tt := range map[string]struct {
		path, text string
		want       []scorecard.ProxyConfig
	}{
		"all":                     {"web/envoy.tmpl.yaml", whole, []scorecard.ProxyConfig{{Location: scorecard.Location{Path: "web/envoy.tmpl.yaml"}, Rules: rules}}},
		"nothing of it":           {"envoy.yaml", "static_resources:\n  listeners:\n  - name: envoy.filters.http.router\n    # name: envoy.filters.http.ratelimit\n", nil},
		"an object that holds it": {"deploy/map.yaml", "kind: ConfigMap\ndata:\n  static_resources: envoy.tracers.zipkin\n", nil},
		"a tracer's name as text": {"envoy.yaml", "static_resources: {clusters: [{name: envoy.tracers.zipkin}]}\n", nil},
		"no file of YAML":         {"envoy.txt", whole, nil},
		"a template":              {"envoy.yaml", "static_resources:\n  {{ range .Clusters }}\n  envoy.tracers.zipkin\n", nil},
		"a limit of nothing":      {"envoy.yaml", "static_resources:\n  typed_config:\n    token_bucket: {max_tokens: 100}\n    filter_enabled: {default_value: {numerator: 100}}\n    filter_enforced: {default_value: {numerator: 0, denominator: HUNDRED}}\n", nil},
		"a limit that is not on":  {"envoy.yaml", "static_resources:\n  typed_config:\n    \"@type\": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit\n    token_bucket: {max_tokens: 100}\n", nil},
		"a limit that is on":      {"envoy.yaml", "static_resources:\n  typed_config:\n    \"@type\": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit\n    token_bucket: {max_tokens: 100}\n    filter_enabled: {default_value: {numerator: 100}}\n    filter_enforced: {default_value: {numerator: 100}}\n", []scorecard.ProxyConfig{{Location: scorecard.Location{Path: "envoy.yaml"}, Rules: []scorecard.TrafficRule{{Kind: scorecard.TrafficLimit, Field: "token_bucket", FirstLine: 4}}}}},
		"the tracer of all":       {"envoy.yaml", "static_resources: {}\ntracing:\n  http:\n    name: envoy.tracers.zipkin\n", []scorecard.ProxyConfig{{Location: scorecard.Location{Path: "envoy.yaml"}, Rules: []scorecard.TrafficRule{{Kind: scorecard.TrafficTrace, Field: "http", FirstLine: 4}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := tree.Open(context.Background(), fstest.MapFS{tt.path: {Data: []byte(tt.text)}}, tree.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var facts scorecard.Facts
			Read(context.Background(), tr, &facts)
			if diff := cmp.Diff(tt.want, facts.Proxies); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzOfText(f *testing.F) {
	f.Add(whole)
	f.Add("static_resources: &a [*a]\nx: envoy.\n")
	f.Fuzz(func(_ *testing.T, text string) { OfText(text) })
}
