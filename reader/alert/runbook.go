package alert

import (
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// runbookKeys are the annotations that lead to a runbook, without case and signs.
var runbookKeys = []string{"runbookurl", "runbook", "runbooklink", "runbookuri", "runbooks", "runbookpath", "runbookdoc", "playbook", "playbookurl", "playbooklink", "sopurl", "sop", "soplink"}

func isRunbookKey(key string) bool {
	key = strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(key))
	return slices.Contains(runbookKeys, key)
}

// runbookOf finds what a rule's annotations, or its labels, say to follow.
func runbookOf(rule *yaml.Node) scorecard.RunbookLink {
	name := yamldoc.Written(yamldoc.Get(rule, "alert"))
	labels := yamldoc.StringMap(yamldoc.Get(rule, "labels"))
	for _, part := range []string{"annotations", "labels"} {
		m := yamldoc.Get(rule, part)
		if m == nil || m.Kind != yaml.MappingNode {
			continue
		}
		best := scorecard.RunbookLink{}
		for i := 0; i+1 < len(m.Content); i += 2 {
			key, value := m.Content[i].Value, yamldoc.Follow(m.Content[i+1])
			if !isRunbookKey(key) || isNothing(yamldoc.Written(value)) {
				continue
			}
			link := scorecard.RunbookLink{Text: fill(yamldoc.Written(value), name, labels), Line: value.Line, Field: part + "." + key}
			if best.Text == "" || !strings.Contains(best.Text, "://") && strings.Contains(link.Text, "://") {
				best = link
			}
		}
		if best.Text != "" {
			best.Text = harmless(best.Text)
			return best
		}
	}
	return scorecard.RunbookLink{}
}

// isNothing reports whether a text only holds the place of a link.
func isNothing(text string) bool {
	switch strings.ToLower(strings.Trim(strings.TrimSpace(text), "<>[]()\"'.!")) {
	case "", "todo", "tbd", "none", "n/a", "na", "null", "-", "fixme", "changeme", "xxx", "https://example.com", "http://example.com", "https://todo", "https://tbd":
		return true
	}
	return false
}

var labelAction = lazyregexp.New(`\{\{-?\s*\$labels\.([a-zA-Z_]\w*)\s*-?\}\}|\{\{-?\s*\.Labels\.([a-zA-Z_]\w*)\s*-?\}\}`)

// fill puts into a text what of its templating is known from the rule itself: the
// alert's name and its own labels.
func fill(text, name string, labels map[string]string) string {
	return labelAction.ReplaceAllStringFunc(text, func(s string) string {
		m := labelAction.FindStringSubmatch(s)
		switch label := m[1] + m[2]; {
		case label == "alertname" && name != "" && strings.Contains(text, "://"):
			return strings.ReplaceAll(name, " ", "%20")
		case label == "alertname" && name != "":
			return name
		case labels[label] != "" && !strings.Contains(labels[label], "{{"):
			return labels[label]
		}
		return s
	})
}

// maxLink is how much of a link is kept.
const maxLink = 500

// harmless takes credentials out of a link: a user, and parameters, which may hold keys.
func harmless(text string) string {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "://") && !strings.ContainsAny(text, " \n\t") {
		if u, err := url.Parse(text); err == nil {
			u.User = nil
			if u.RawQuery != "" {
				q := u.Query()
				for k := range q {
					if k != "path" && k != "version" && k != "plain" && k != "ref" && k != "at" && k != "_a" {
						q.Del(k)
					}
				}
				u.RawQuery = q.Encode()
			}
			if !strings.Contains(text, "{{") {
				text = u.String()
			} else if i := strings.IndexByte(text, '?'); i >= 0 {
				text = text[:i]
			}
		}
	}
	if len(text) > maxLink {
		text = strings.ToValidUTF8(text[:maxLink], "") + "…"
	}
	return text
}

var (
	webLink  = lazyregexp.New(`https?://[^\s)"'<>\]]+`)
	filePath = lazyregexp.New("(?:\\./|\\b)[\\w./-]+\\.(?:md|adoc|rst|html)(?:#[\\w-]+)?")
	bookLine = lazyregexp.New(`(?i)\b(?:runbook|playbook)\b[^\n]*`)
)

// linkIn finds the link or path to follow in a monitor's message or description: one
// that is called a runbook before any other.
func linkIn(text string) string {
	for _, part := range append(bookLine.FindAllString(text, 5), text) {
		if m := webLink.FindAllString(part, 1); m != nil {
			return harmless(strings.TrimRight(m[0], ".,;:*|"))
		}
		if m := filePath.FindAllString(part, 1); m != nil {
			return m[0]
		}
	}
	return ""
}
