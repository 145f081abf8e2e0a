// Package scrape reads the jobs of Prometheus configurations (scrape_configs): what
// they scrape by name, and whether they find it by themselves. Such configurations
// stand in files of their own, in the values of Helm charts, and as text in ConfigMaps
// and other objects, which package kube hands over.
package scrape

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds of what is looked for in one file or object.
const (
	maxJobs  = 1_000
	maxDepth = 40
	// maxTexts is how many texts in texts are opened.
	maxTexts = 3
)

// Read appends the jobs of the tree's YAML files that are no Kubernetes objects, and the
// monitors that values ask a chart from elsewhere to make. A file that would not parse is a gap that hides
// scorecard.Kubernetes only where its name says that it is a configuration.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	var found jobs
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		base := strings.ToLower(f.Base())
		if ext := path.Ext(base); ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, ok := t.Read(f.Path, scorecard.Kubernetes)
		if !ok || !mentioned(data) {
			continue
		}
		for _, doc := range yamldoc.Parse(data) {
			switch {
			case doc.Err != nil:
				if strings.HasPrefix(base, "prometheus") && !bytes.Contains(data, []byte("{{")) && !isObject(doc.Text) {
					t.Malformed(f.Path, doc.ErrLine, doc.Err, scorecard.Kubernetes)
				}
			case yamldoc.Get(doc.Root, "apiVersion") == nil || yamldoc.Get(doc.Root, "kind") == nil:
				found.add(doc.Root, scorecard.Location{Path: f.Path})
				into.Monitors = append(into.Monitors, monitors(doc.Root, scorecard.Location{Path: f.Path}, "", 0)...)
			}
		}
	}
	into.Scrapes = append(into.Scrapes, found.ofCompose(t)...)
}

// isObject reports whether a text that would not parse was to be a Kubernetes object.
func isObject(text []byte) bool { return bytes.Contains(text, []byte("apiVersion:")) }

// keys are those under which lists of jobs stand, as a list or as text.
var keys = map[string]bool{"scrape_configs": true, "scrapeConfigs": true, "extraScrapeConfigs": true, "additionalScrapeConfigs": true,
	"inlineScrapeConfig": true}

var marks = [][]byte{[]byte("scrape_configs"), []byte("crapeConfig"), []byte("job_name"), []byte("receivers:"), []byte("additionalServiceMonitors"), []byte("additionalPodMonitors")}

func mentioned(data []byte) bool {
	for _, m := range marks {
		if bytes.Contains(data, m) {
			return true
		}
	}
	return false
}

// Mentioned reports whether a job may be found below the node.
func Mentioned(n *yaml.Node) bool {
	return slices.Contains(kinds, yamldoc.String(yamldoc.Get(n, "kind"))) || mentions(n, 0)
}

// kinds are those of the operators' objects that are one job each.
var kinds = []string{"ScrapeConfig", "VMScrapeConfig", "VMStaticScrape"}

func mentions(n *yaml.Node, depth int) bool {
	if n == nil || depth > maxDepth {
		return false
	}
	if n.Kind == yaml.ScalarNode {
		return keys[n.Value] || isText(n)
	}
	for _, c := range n.Content {
		if mentions(yamldoc.Follow(c), depth+1) {
			return true
		}
	}
	return false
}

// isText reports whether a scalar may be a configuration, or a list of jobs, itself.
func isText(n *yaml.Node) bool {
	return strings.Contains(n.Value, "\n") && (strings.Contains(n.Value, "job_name:") || strings.Contains(n.Value, "scrape_configs:"))
}

// Find gives the jobs that stand below the node, at any depth. at is the place of the
// whole; lines are those of the nodes.
func Find(root *yaml.Node, at scorecard.Location) []scorecard.Scrape {
	f := finder{at: at}
	f.find(root)
	return f.out
}

func (f *finder) find(root *yaml.Node) {
	if slices.Contains(kinds, f.at.Object.Kind) {
		f.job(yamldoc.Get(root, "spec"), "spec")
		return
	}
	f.value("", "", root, 0)
}

type finder struct {
	at  scorecard.Location
	out []scorecard.Scrape
	// open are the targets of jobs, by their place in out, that have variables in them; nil
	// where nobody can fill these in.
	open map[int][]string
	// texts is how many texts were opened to come here.
	texts int
}

// value looks for jobs in the value of a key. field is its path in the whole.
func (f *finder) value(key, field string, n *yaml.Node, depth int) {
	if n = yamldoc.Follow(n); n == nil || depth > maxDepth || len(f.out) >= maxJobs {
		return
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if isText(n) && f.texts < maxTexts {
			f.text(key, field, n, depth)
		}
	case yaml.SequenceNode:
		jobs := keys[key] || depth == 0
		for _, item := range yamldoc.Items(n) {
			if jobs && isJob(item) {
				f.job(item, field)
				continue
			}
			f.value("", field, item, depth+1)
		}
	case yaml.MappingNode:
		if isLogs(n) {
			return
		}
		f.collector(n, field)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			f.value(key, join(field, key), n.Content[i+1], depth+1)
		}
	}
}

// text looks into a text that is YAML itself.
func (f *finder) text(key, field string, n *yaml.Node, depth int) {
	for _, doc := range yamldoc.Parse([]byte(n.Value)) {
		if doc.Err != nil || doc.Root == nil {
			continue
		}
		place(doc.Root, n, f.at.Form != "")
		root := doc.Root
		if root.Kind == yaml.SequenceNode { // a list of jobs, whatever its key is called
			key = "scrape_configs"
		}
		f.texts++
		f.value(key, field, root, depth+1)
		f.texts--
	}
}

// place gives nodes of a text the lines of the file that the text stands in. Only of a
// literal block are they known, and not once it was rendered.
func place(n, text *yaml.Node, rendered bool) {
	if text.Style == yaml.LiteralStyle && !rendered && text.Line > 0 {
		n.Line += text.Line
	} else {
		n.Line = text.Line
	}
	if n.Kind != yaml.AliasNode {
		for _, c := range n.Content {
			place(c, text, rendered)
		}
	}
}

// isLogs reports whether a mapping is the configuration of a log shipper (Promtail,
// the agent's logs), which calls its jobs by the same name.
func isLogs(n *yaml.Node) bool {
	return yamldoc.Get(n, "scrape_configs") != nil && (yamldoc.Get(n, "positions") != nil || yamldoc.Get(n, "clients") != nil)
}

func join(field, key string) string {
	switch {
	case strings.ContainsAny(key, "./"):
		return field + `["` + key + `"]`
	case field == "":
		return key
	}
	return field + "." + key
}
