package docs

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

var tomlTitle = lazyregexp.New(`(?m)^\s*title\s*=\s*["'](.*)["']\s*$`)

// aboutKeys are the keys of front matter by which a document names what it is about.
var aboutKeys = []string{"service", "services", "component", "components", "app", "apps", "application", "applications", "workload", "workloads", "tag", "tags"}

// frontMatter takes the block of YAML (`---`) or TOML (`+++`) off the document's head.
func (o *outline) frontMatter(data []byte) []byte {
	for _, fence := range []string{"---", "+++"} {
		rest, ok := bytes.CutPrefix(data, []byte(fence+"\n"))
		if !ok {
			continue
		}
		end := bytes.Index(append([]byte("\n"), rest...), []byte("\n"+fence))
		if end < 0 {
			return data
		}
		block, after := rest[:max(end-1, 0)], rest[end:]
		if i := bytes.IndexByte(after, '\n'); i >= 0 {
			after = after[i+1:]
		} else {
			after = nil
		}
		if fence == "+++" {
			if m := tomlTitle.FindSubmatch(block); m != nil {
				o.title = string(m[1])
			}
			for i, line := range strings.Split(string(block), "\n") {
				if key, value, ok := strings.Cut(line, "="); ok {
					o.reviewed.entry(i+2, strings.TrimSpace(key), value)
				}
			}
			return after
		}
		docs := yamldoc.Parse(block)
		if len(docs) != 1 || docs[0].Err != nil || docs[0].Root == nil || docs[0].Root.Kind != yaml.MappingNode {
			return data // a rule, not front matter
		}
		o.title = strings.TrimSpace(yamldoc.String(yamldoc.Get(docs[0].Root, "title")))
		if len(o.title) > maxHeading {
			o.title = strings.ToValidUTF8(o.title[:maxHeading], "") + "…"
		}
		o.meta = scalars(docs[0].Root, nil)
		for i := 0; i+1 < len(docs[0].Root.Content); i += 2 {
			key, value := docs[0].Root.Content[i], docs[0].Root.Content[i+1]
			if value.Kind == yaml.ScalarNode {
				o.reviewed.entry(key.Line+1, key.Value, value.Value)
			}
		}
		for _, key := range aboutKeys {
			if n := yamldoc.Follow(yamldoc.Get(docs[0].Root, key)); n != nil && n.Kind != yaml.MappingNode {
				o.about = scalars(n, o.about)
			}
		}
		return after
	}
	return data
}

// scalars are the values of front matter, lists included.
func scalars(n *yaml.Node, out []string) []string {
	if len(out) >= maxMentions {
		return out
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return append(out, n.Value)
	case yaml.SequenceNode:
		for _, c := range n.Content {
			out = scalars(c, out)
		}
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			out = scalars(n.Content[i], out)
		}
	}
	return out
}
