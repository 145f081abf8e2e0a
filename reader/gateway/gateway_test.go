package gateway_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/seaworthy-dev/seaworthy/reader/gateway"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

const liteLLM = "model_list:\n- model_name: chat\n  litellm_params:\n    model: openai/gpt-4o\n    api_key: sk-1234\n"

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		tool, back string
		gap        bool
	}{
		"one route":   {"config.yaml", liteLLM, "litellm", "", false},
		"fallbacks":   {"config.yaml", liteLLM + "litellm_settings:\n  fallbacks: [{chat: [other]}]\n", "litellm", "fallback", false},
		"none of it":  {"config.yaml", liteLLM + "litellm_settings:\n  fallbacks: []\n", "litellm", "", false},
		"broken":      {"config.yaml", liteLLM + "router_settings: [\n", "", "", true},
		"not a list":  {"config.yaml", "model_list: litellm_params\n", "", "", false},
		"kong":        {"kong.yaml", "_format_version: '3.0'\nplugins:\n- name: ai-proxy\n  config: {balancer: {retries: 3}}\n", "kong", "retries", false},
		"portkey":     {"portkey.json", `{"retry": {"attempts": 3}}`, "portkey", "retries", false},
		"other plain": {"values.yaml", "name: ai-proxy\n", "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			facts, gaps := read(t, c.file, c.text)
			if c.gap != (len(gaps) > 0) {
				t.Errorf("gaps: %v", gaps)
			}
			switch {
			case c.tool == "" && len(facts.Gateways) == 0:
			case len(facts.Gateways) != 1:
				t.Errorf("gateways: %+v", facts.Gateways)
			case facts.Gateways[0].Tool != c.tool || facts.Gateways[0].Fallback != c.back:
				t.Errorf("got %+v", facts.Gateways[0])
			}
		})
	}
}

func read(t testing.TB, file, text string) (scorecard.Facts, []scorecard.Gap) {
	t.Helper()
	tr, err := tree.Open(t.Context(), fstest.MapFS{file: {Data: []byte(text)}}, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var facts scorecard.Facts
	gateway.Read(context.Background(), tr, &facts)
	return facts, tr.Gaps()
}

func FuzzRead(f *testing.F) {
	f.Add(liteLLM)
	f.Add("_format_version: '3.0'\nservices:\n- plugins:\n  - name: ai-proxy-advanced\n    config: {targets: [{}, {}]}\n")
	f.Add("model_list: &a [*a]\nrouter_settings: {fallbacks: litellm_params}\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, file := range []string{"config.yaml", "portkey.json"} {
			read(t, file, text)
		}
	})
}
