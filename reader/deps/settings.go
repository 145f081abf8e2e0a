package deps

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// isApplication reports whether the file is the configuration of a Spring, Quarkus or
// Micronaut application for production: that of all profiles, or of one so named.
func isApplication(base string) bool {
	stem := base[:strings.LastIndexByte(base, '.')]
	profile, ok := strings.CutPrefix(stem, "application")
	if !ok {
		if profile, ok = strings.CutPrefix(stem, "bootstrap"); !ok {
			return false
		}
	}
	return profile == "" || isProduction(strings.TrimPrefix(profile, "-"))
}

func isProduction(profile string) bool {
	switch profile {
	case "prod", "production", "prd", "live", "kubernetes", "k8s", "cloud", "default":
		return true
	}
	return false
}

// kept are the settings that are no `.enabled` or `.disabled` and decide something.
var kept = []string{
	"otel.traces.exporter", "otel.logs.exporter", "management.tracing.sampling.probability", "logging.structured.format.console", "quarkus.log.console.json",
	"spring.sleuth.sampler.probability",
}

// maxSettings is how many settings of one file are kept.
const maxSettings = 100

// settings reads the switches of an application's configuration.
func (r *reader) settings(f tree.File, data []byte) {
	if strings.HasSuffix(strings.ToLower(f.Path), ".properties") {
		r.properties(f, data)
		return
	}
	count := 0
	for _, doc := range yamldoc.Parse(data) {
		if doc.Root == nil {
			continue // a template, or a file for something else: it is no manifest
		}
		var found []scorecard.Setting
		flatten(doc.Root, "", 0, func(key, text string, line int) {
			found = append(found, scorecard.Setting{Location: scorecard.Location{Path: f.Path, FirstLine: line, LastLine: line}, Key: key, Value: text})
		})
		if forOtherProfile(found) {
			continue
		}
		for _, s := range found {
			if count < maxSettings && r.setting(s) {
				count++
			}
		}
	}
}

func forOtherProfile(found []scorecard.Setting) bool {
	for _, s := range found {
		if s.Key == "spring.config.activate.onprofile" || s.Key == "spring.profiles" {
			return !slices.ContainsFunc(strings.FieldsFunc(s.Value, func(c rune) bool { return c == ',' || c == ' ' || c == '|' || c == '&' }), isProduction)
		}
	}
	return false
}

// flatten gives the scalars of a mapping by their dotted keys, in relaxed spelling.
func flatten(n *yaml.Node, above string, depth int, do func(key, text string, line int)) {
	n = yamldoc.Follow(n)
	if n == nil || n.Kind != yaml.MappingNode || depth > 20 {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := relaxed(n.Content[i].Value)
		if above != "" {
			key = above + "." + key
		}
		v := yamldoc.Follow(n.Content[i+1])
		if v.Kind == yaml.ScalarNode {
			do(key, v.Value, n.Content[i].Line)
			continue
		}
		flatten(v, key, depth+1, do)
	}
}

// relaxed is a key as Spring compares it: without case, hyphens and quotes.
func relaxed(key string) string {
	return strings.NewReplacer("-", "", "_", "", `"`, "").Replace(strings.ToLower(strings.TrimSpace(key)))
}

// properties reads a Java properties file; a document of another profile is left out.
func (r *reader) properties(f tree.File, data []byte) {
	line, count := 0, 0
	var doc []scorecard.Setting
	flush := func() {
		if !forOtherProfile(doc) {
			for _, s := range doc {
				if count < maxSettings && r.setting(s) {
					count++
				}
			}
		}
		doc = nil
	}
	for text := range strings.Lines(string(data)) {
		line++
		text = strings.TrimSpace(text)
		if text == "#---" || text == "!---" {
			flush()
			continue
		}
		i := strings.IndexAny(text, "=:")
		if i <= 0 || text[0] == '#' || text[0] == '!' {
			continue
		}
		key := strings.TrimSpace(text[:i])
		if rest, ok := strings.CutPrefix(key, "%"); ok { // a profile of Quarkus
			profile, of, _ := strings.Cut(rest, ".")
			if key = of; !isProduction(profile) {
				continue
			}
		}
		doc = append(doc, scorecard.Setting{Location: scorecard.Location{Path: f.Path, FirstLine: line, LastLine: line}, Key: relaxed(key), Value: strings.TrimSpace(text[i+1:])})
	}
	flush()
}

// setting keeps a switch; false for anything else, which may be a secret.
func (r *reader) setting(s scorecard.Setting) bool {
	s.Value = strings.ToLower(defaulted(s.Value))
	known := slices.Contains(kept, s.Key)
	if !known && !(strings.HasSuffix(s.Key, ".enabled") || strings.HasSuffix(s.Key, ".disabled")) || s.Value == "" || len(s.Value) > 40 {
		return false
	}
	if !known && s.Value != "true" && s.Value != "false" {
		return false
	}
	r.into.Settings = append(r.into.Settings, s)
	return true
}

// defaulted is the default of a placeholder (`${TRACING:true}`); empty where it has none.
func defaulted(text string) string {
	inner, ok := strings.CutPrefix(text, "${")
	if !ok {
		return text
	}
	_, usual, ok := strings.Cut(strings.TrimSuffix(inner, "}"), ":")
	if !ok || strings.Contains(usual, "${") {
		return ""
	}
	return usual
}

// serviceConfig reads a service config of gRPC, which bounds and retries calls by method.
func (r *reader) serviceConfig(f tree.File, data []byte) {
	root, _, err := parseJSON(data)
	if err != nil {
		return // the name is no format's own
	}
	for _, m := range root.get("methodConfig").list() {
		for _, key := range []string{"timeout", "retryPolicy", "hedgingPolicy"} {
			if n := m.get(key); n != nil {
				r.into.Settings = append(r.into.Settings, scorecard.Setting{Location: scorecard.Location{Path: f.Path, FirstLine: n.line, LastLine: n.line}, Key: "grpc.methodconfig", Value: "true"})
				return
			}
		}
	}
}
