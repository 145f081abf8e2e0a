package alert

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds of what is looked for in one file or object.
const (
	maxDepth = 40
	// maxTexts is how many texts in texts are opened.
	maxTexts = 3
	// maxAlerts is how many alerts of one repository's files are kept.
	maxAlerts = 20_000
)

// finder looks for alerts in one document.
type finder struct {
	at     scorecard.Location
	into   *scorecard.Facts
	source string
	// texts is how many texts were opened to come here.
	texts int
	// contacts collects Grafana's contact points; may be nil.
	contacts *[]scorecard.Receiver
}

// document looks at a document that is no Kubernetes object.
func (f *finder) document(root *yaml.Node) {
	if isTest(root) || f.cloudFormation(root) || f.provisioning(root) {
		return
	}
	f.value("", "", root, 0)
}

// isTest reports whether a document tests rules or templates: promtool's, helm-unittest's.
func isTest(root *yaml.Node) bool {
	return yamldoc.Items(yamldoc.Get(root, "tests")) != nil &&
		(yamldoc.Get(root, "rule_files") != nil || yamldoc.Get(root, "suite") != nil || yamldoc.Get(root, "templates") != nil || yamldoc.Get(root, "evaluation_interval") != nil)
}

// value looks for rules and routes in the value of a key, at any depth. field is its
// path in the whole.
func (f *finder) value(key, field string, n *yaml.Node, depth int) {
	if n = yamldoc.Follow(n); n == nil || depth > maxDepth || len(f.into.Alerts) > maxAlerts {
		return
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if isText(n) && f.texts < maxTexts {
			f.text(key, field, n, depth)
		}
	case yaml.SequenceNode:
		f.list(key, field, n, depth)
	case yaml.MappingNode:
		if isRouting(n) {
			f.routing(n, field)
			return
		}
		if groups := yamldoc.Get(n, "groups"); isGroups(groups) {
			f.groups(groups, join(field, "groups"), n)
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			f.value(key, join(field, key), n.Content[i+1], depth+1)
		}
	}
}

// list looks at a sequence: of groups, of rules, or of anything.
func (f *finder) list(key, field string, n *yaml.Node, depth int) {
	switch items := yamldoc.Items(n); {
	case isGroups(n):
		f.groups(n, field, n)
	case slices.ContainsFunc(items, isRule):
		f.ruleList(items, field, n)
	default:
		for _, item := range items {
			f.value(key, field, item, depth+1)
		}
	}
}

// isText reports whether a scalar may be a rule file or a configuration itself.
func isText(n *yaml.Node) bool {
	return strings.Contains(n.Value, "\n") && (strings.Contains(n.Value, "expr:") && (strings.Contains(n.Value, "alert:") || strings.Contains(n.Value, "record:")) ||
		strings.Contains(n.Value, "receivers") && strings.Contains(n.Value, "route") || // as jsonnet writes it, in quotes: "route":
		strings.Contains(n.Value, `"groups"`) && strings.Contains(n.Value, `"expr"`) ||
		strings.Contains(n.Value, "groups:") && strings.Contains(n.Value, "datasourceUid") || strings.Contains(n.Value, "contactPoints:"))
}

// text looks into a text that is YAML itself.
func (f *finder) text(key, field string, n *yaml.Node, depth int) {
	for _, doc := range yamldoc.Parse([]byte(n.Value)) {
		if doc.Err != nil || doc.Root == nil {
			continue
		}
		place(doc.Root, n, f.at.Form != "")
		f.texts++
		if !isObject(doc.Root) && !f.provisioning(doc.Root) {
			f.value(key, field, doc.Root, depth+1)
		}
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

func join(field, key string) string {
	switch {
	case strings.ContainsAny(key, "./"):
		return field + `["` + key + `"]`
	case field == "":
		return key
	}
	return field + "." + key
}

// isGroups reports whether a sequence is one of groups of rules.
func isGroups(n *yaml.Node) bool {
	return slices.ContainsFunc(yamldoc.Items(n), func(g *yaml.Node) bool {
		return slices.ContainsFunc(yamldoc.Items(yamldoc.Get(g, "rules")), isRule)
	})
}

// isRule reports whether a mapping is a rule: an alert or a record, with an expression.
func isRule(n *yaml.Node) bool {
	if n == nil || n.Kind != yaml.MappingNode {
		return false
	}
	named := yamldoc.Get(n, "alert") != nil || yamldoc.Get(n, "record") != nil
	expr := yamldoc.Get(n, "expr")
	return named && expr != nil && expr.Kind == yaml.ScalarNode
}

// lines gives the lines of a node, 0 where they are not known.
func lines(n *yaml.Node) (first, last int) {
	if n == nil || n.Line <= 0 {
		return 0, 0
	}
	return n.Line, max(n.Line, yamldoc.LastLine(n))
}

// here is the place of a part of the document.
func (f *finder) here(n *yaml.Node, field string) scorecard.Location {
	first, last := lines(n)
	at := f.at.At(field, first, last)
	if first == 0 && f.at.FirstLine == 0 {
		at.FirstLine, at.LastLine = 0, 0
	}
	return at
}
