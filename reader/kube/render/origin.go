package render

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mark is the annotation that tells of which file an object is, while it is built.
//
// Kustomize has one of its own, config.kubernetes.io/origin. But who asks for it gets
// each transformer's name written into each object too, into a list that is parsed and
// printed anew every time, which was half of all that building cost. So the mark is put
// into the sources before, and taken out of what is built of them; where that can't be
// done without a doubt, Kustomize's own is used.
const mark = "seaworthy.dev/built-of"

// kustomizationNames are those that Kustomize looks for.
var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// marked gives the job with the mark in each file that is a resource, and on what is
// generated; false where Kustomize's own annotation is not wanted, or the only way.
func marked(job Job) (Job, bool) {
	kustomizations, resources := map[string]map[string]any{}, map[string]bool{}
	for p, text := range job.Files {
		if !slices.Contains(kustomizationNames, path.Base(p)) {
			continue
		}
		var k map[string]any
		if json.Unmarshal(text, &k) != nil {
			return job, false // not as package kube writes them
		}
		kustomizations[p] = k
		list, _ := k["resources"].([]any)
		for _, x := range list {
			name, _ := x.(string)
			if file := path.Join(path.Dir(p), name); job.Files[file] != nil {
				resources[file] = true
			}
		}
	}
	out := job
	out.Files = maps.Clone(job.Files)
	asked := false
	for p, k := range kustomizations {
		if resources[p] || k["generators"] != nil || k["transformers"] != nil || namesOne(k, path.Dir(p), resources, 0) {
			return job, false
		}
		asked = asked || k["buildMetadata"] != nil
		delete(k, "buildMetadata")
		markGenerated(k, p)
		text, err := json.Marshal(k)
		if err != nil {
			return job, false
		}
		out.Files[p] = text
	}
	if !asked {
		return job, false
	}
	for file := range resources {
		text, ok := markObjects(job.Files[file], file)
		if !ok {
			return job, false
		}
		out.Files[file] = text
	}
	return out, true
}

// namesOne reports whether a kustomization names one of the files as something else
// than a resource: as a patch, say, which must not have the mark.
func namesOne(v any, folder string, files map[string]bool, depth int) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, x := range v {
			if depth > 0 || key != "resources" {
				if namesOne(x, folder, files, depth+1) {
					return true
				}
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return namesOne(x, folder, files, depth+1) })
	case string:
		_, after, found := strings.Cut(v, "=") // files: [key=path]
		return files[path.Join(folder, v)] || found && files[path.Join(folder, after)]
	}
	return false
}

// markGenerated puts the mark on what the kustomization generates, but for what is
// merged into an object of somewhere else, which stays of there.
func markGenerated(k map[string]any, p string) {
	for _, field := range []string{"configMapGenerator", "secretGenerator"} {
		list, _ := k[field].([]any)
		for _, x := range list {
			g, ok := x.(map[string]any)
			if behavior, _ := g["behavior"].(string); !ok || behavior == "merge" {
				continue
			}
			options, _ := g["options"].(map[string]any)
			annotations, _ := options["annotations"].(map[string]any)
			if options == nil {
				options = map[string]any{}
			}
			if annotations == nil {
				annotations = map[string]any{}
			}
			annotations[mark] = p
			options["annotations"], g["options"] = annotations, options
		}
	}
}

// insertion is text to be written into a line, before its byte at.
type insertion struct {
	line, at int
	text     string
}

// markObjects writes the mark into the metadata of each object of a file and leaves all
// else as it is; false where an object is not written in one of the usual ways.
func markObjects(text []byte, file string) ([]byte, bool) {
	value, err := json.Marshal(file) // JSON is YAML
	if err != nil || bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) || bytes.ContainsAny(text, "\u0085\u2028\u2029") ||
		bytes.Contains(bytes.ReplaceAll(text, []byte("\r\n"), nil), []byte("\r")) {
		return nil, false // what counts as a line there is not what counts here
	}
	m := marker{lines: bytes.SplitAfter(text, []byte("\n")), entry: mark + ": " + string(value)}
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var doc yaml.Node
		switch err := decoder.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return m.written(), true
		case err != nil || len(doc.Content) == 0 || shared(&doc):
			return nil, false
		}
		if root := doc.Content[0]; root.Tag != "!!null" && !m.object(root, 0) {
			return nil, false
		}
	}
}

// shared reports whether something of the document stands for itself in several places,
// so that what is written into one would be in others too.
func shared(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || n.Anchor != "" || slices.ContainsFunc(n.Content, shared)
}

// marker gathers where a file's objects get the mark.
type marker struct {
	lines [][]byte
	entry string
	into  []insertion
}

// object marks one, or each of a list.
func (m *marker) object(n *yaml.Node, depth int) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	if kind := field(n, "kind"); depth == 0 && kind != nil && strings.HasSuffix(kind.Value, "List") && field(n, "items") != nil {
		items := field(n, "items")
		return items.Kind == yaml.SequenceNode && !slices.ContainsFunc(items.Content, func(item *yaml.Node) bool { return !m.object(item, 1) })
	}
	metadata := field(n, "metadata")
	if metadata == nil || metadata.Kind != yaml.MappingNode {
		return false
	}
	if annotations := field(metadata, "annotations"); annotations != nil {
		return annotations.Kind == yaml.MappingNode && m.insert(annotations, m.entry)
	}
	return m.insert(metadata, "annotations: {"+m.entry+"}")
}

// insert puts an entry before the first of a mapping.
func (m *marker) insert(n *yaml.Node, entry string) bool {
	if n.Style&yaml.FlowStyle != 0 {
		at := n.Column - 1
		if line := m.lines[n.Line-1]; at >= len(line) || line[at] != '{' {
			return false
		}
		if len(n.Content) > 0 {
			entry += ", "
		}
		m.into = append(m.into, insertion{n.Line - 1, at + 1, entry})
		return true
	}
	if len(n.Content) == 0 {
		return false
	}
	first := n.Content[0]
	indent := first.Column - 1
	if line := m.lines[first.Line-1]; indent >= len(line) || len(bytes.Trim(line[:indent], " ")) > 0 {
		return false
	}
	m.into = append(m.into, insertion{first.Line - 1, 0, strings.Repeat(" ", indent) + entry + "\n"})
	return true
}

// written is the text with all insertions.
func (m *marker) written() []byte {
	slices.SortFunc(m.into, func(a, b insertion) int { return cmp.Or(a.line-b.line, a.at-b.at) })
	var b bytes.Buffer
	into := m.into
	for n, line := range m.lines {
		from := 0
		for ; len(into) > 0 && into[0].line == n; into = into[1:] {
			b.Write(line[from:into[0].at])
			b.WriteString(into[0].text)
			from = into[0].at
		}
		b.Write(line[from:])
	}
	return b.Bytes()
}

// field is the value of a key in a mapping; nil where there is none.
func field(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
