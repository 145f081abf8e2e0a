package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// maxConfigFile bounds the configuration file, in bytes.
const maxConfigFile = 1 << 20

// fileReader reads a configuration file and gathers everything that is wrong with it.
type fileReader struct {
	path  string
	known map[string]setting
	layer layer
	errs  []error
}

// fileLayer reads the file: YAML, by the table of settings. Every error names file,
// line and key.
func fileLayer(path string) (layer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("configuration file %s can't be read: %s", path, reason(err))
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfigFile+1))
	if err != nil {
		return nil, fmt.Errorf("configuration file %s can't be read: %s", path, reason(err))
	}
	if len(b) > maxConfigFile {
		return nil, fmt.Errorf("configuration file %s has more than %s", path, sizeValue(maxConfigFile))
	}
	return parseFile(path, b)
}

func parseFile(path string, b []byte) (layer, error) {
	r := &fileReader{path: path, known: map[string]setting{}, layer: layer{}}
	for _, s := range settings() {
		r.known[s.key] = s
	}
	d := yaml.NewDecoder(strings.NewReader(string(b)))
	var doc, second yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return r.layer, nil // an empty file says nothing
	case err != nil:
		return nil, notYAML(path, err)
	}
	switch err := d.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, notYAML(path, err)
	default:
		return nil, fmt.Errorf("%s: there is more than one YAML document in it; write one", path)
	}
	if len(doc.Content) == 1 && doc.Content[0].Tag != "!!null" {
		r.mapping("", doc.Content[0])
	}
	return r.layer, errors.Join(r.errs...)
}

// yamlLine begins an error of the YAML library.
var yamlLine = lazyregexp.New(`^yaml: (?:line (\d+): )?`)

// notYAML says where the file is no YAML, and why.
func notYAML(path string, err error) error {
	text := err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if m[1] != "" {
			path += ":" + m[1]
		}
	}
	return fmt.Errorf("%s: this is not valid YAML: %s", path, text)
}

func (r *fileReader) fail(n *yaml.Node, format string, a ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", r.path, n.Line, fmt.Sprintf(format, a...)))
}

// keys gives the names that may stand below a prefix, sorted.
func (r *fileReader) keys(prefix string) []string {
	var out []string
	for key := range r.known {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			first, _, _ := strings.Cut(rest, ".")
			out = append(out, first)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(out)))
}

// mapping reads the keys below a prefix, such as "listen.".
func (r *fileReader) mapping(prefix string, n *yaml.Node) {
	n = follow(n)
	if n.Kind != yaml.MappingNode {
		what := "the file"
		if prefix != "" {
			what = strings.TrimSuffix(prefix, ".")
		}
		r.fail(n, "%s must be a mapping with the keys %s", what, strings.Join(r.keys(prefix), ", "))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		key := prefix + name.Value
		if line, twice := seen[key]; twice {
			r.fail(name, "%s is given twice, first in line %d", key, line)
			continue
		}
		seen[key] = name.Line
		s, isSetting := r.known[key]
		switch {
		case isSetting:
			r.setting(s, value)
		case slices.ContainsFunc(r.allKeys(), func(k string) bool { return strings.HasPrefix(k, key+".") }):
			r.mapping(key+".", value)
		default:
			r.fail(name, "%s is no key of the configuration%s", key, r.nearestKey(key, name.Value, prefix))
		}
	}
}

// nearestKey looks beside the unknown key first, then at all.
func (r *fileReader) nearestKey(key, name, prefix string) string {
	if best, ok := nearest(name, r.keys(prefix)); ok {
		return fmt.Sprintf("; did you mean %q?", prefix+best)
	}
	return didYouMean(key, r.allKeys())
}

func (r *fileReader) allKeys() []string {
	var out []string
	for _, s := range settings() {
		out = append(out, s.key)
	}
	return out
}

func (r *fileReader) setting(s setting, n *yaml.Node) {
	n = follow(n)
	switch s.kind {
	case pathsKind:
		paths := []string{}
		for _, item := range r.items(s.key, n) {
			if p, ok := r.text(s.key, item); ok {
				paths = append(paths, r.relative(p))
			}
		}
		r.layer[s.key] = paths
		return
	case patternsKind:
		patterns := []string{}
		for _, item := range r.items(s.key, n) {
			p, ok := r.text(s.key, item)
			if !ok {
				continue
			}
			if err := s.check(p); err != nil {
				r.fail(follow(item), "%s: %v", s.key, err)
			}
			patterns = append(patterns, p)
		}
		r.layer[s.key] = patterns
		return
	case repoKind:
		repos := []repositoryConfig{}
		for _, item := range r.items(s.key, n) {
			repos = append(repos, r.repository(s.key, follow(item)))
		}
		r.layer[s.key] = repos
		return
	}
	tags := map[kind][]string{boolKind: {"!!bool"}, numberKind: {"!!int"}, sizeKind: {"!!int", "!!str"}, durationKind: {"!!str"}, textKind: {"!!str"}, versionKind: {"!!str", "!!float"}}[s.kind]
	if n.Kind != yaml.ScalarNode || !slices.Contains(tags, n.Tag) && (s.kind != durationKind || n.Value != "0") {
		want := string(s.kind)
		if s.kind == durationKind {
			want = "duration such as 30s or 10m"
		}
		r.fail(n, "%s must be %s, not %s", s.key, article(want), describe(n))
		return
	}
	v, err := s.parse(n.Value)
	if err != nil {
		r.fail(n, "%s: %v", s.key, err)
		return
	}
	switch text, _ := v.(string); s.key {
	case "data_dir", "database_file":
		v = r.relative(text)
	case "database":
		if path, ok := strings.CutPrefix(text, "sqlite:"); ok {
			v = "sqlite:" + r.relative(path)
		}
	}
	r.layer[s.key] = v
}

func (r *fileReader) items(key string, n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "%s must be a list, not %s", key, describe(n))
		return nil
	}
	return n.Content
}

func (r *fileReader) text(key string, n *yaml.Node) (string, bool) {
	n = follow(n)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" || n.Value == "" {
		r.fail(n, "%s must be text, not %s", key, describe(n))
		return "", false
	}
	return n.Value, true
}

func (r *fileReader) repository(key string, n *yaml.Node) (c repositoryConfig) {
	fields := map[string]*string{"id": &c.ID, "path": &c.Path, "display_name": &c.DisplayName}
	names := []string{"id", "path", "display_name"}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "an item of %s must be a mapping with the keys %s, not %s", key, strings.Join(names, ", "), describe(n))
		return c
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		field, ok := fields[name.Value]
		if !ok {
			r.fail(name, "%s.%s is no key of the configuration%s", key, name.Value, didYouMean(name.Value, names))
			continue
		}
		if *field != "" {
			r.fail(name, "%s.%s is given twice", key, name.Value)
		}
		*field, _ = r.text(key+"."+name.Value, value)
	}
	if c.Path == "" {
		r.fail(n, "an item of %s has no path", key)
		return c
	}
	c.Path = r.relative(c.Path)
	return c
}

// relative resolves a path in the file, which is relative to the file's folder.
func (r *fileReader) relative(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(r.path), path)
}

// follow gives what an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "the number " + n.Value + " (text is quoted)"
	}
	if n.Value == "" {
		return "empty text"
	}
	return "text"
}

func article(s string) string {
	if s == string(textKind) || s == string(boolKind) {
		return s
	}
	return "a " + s
}
