package credential

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// configFiles are the endings of keys that hold whole files of settings.
var configFiles = strings.Fields(".yaml .yml .json .ini .conf .cfg .cnf .toml .properties .env .tmpl .tpl .gotmpl")

// Configuration judges a value that is a whole file of settings by the credentials in
// it: most applications take their configuration from a Secret because of one password,
// and some without one. ok is false for any other text.
func Configuration(key, v string) (plain, ok bool) {
	const most = 1 << 20
	named := slices.Contains(configFiles, strings.ToLower(path.Ext(key)))
	object := strings.HasPrefix(strings.TrimSpace(v), "{")
	if len(v) > most || !named && !object && !strings.Contains(strings.TrimSpace(v), "\n") {
		return false, false
	}
	if strings.Contains(v, `"kty"`) {
		return false, false // a private key set: public ones were told before
	}
	c := configReader{judge: func(names []string, v string) bool { return Names(names) && !harmlessValue(names, v) }}
	switch structured := c.document(v, object); {
	case structured:
	case !c.lines(v) && !(named && strings.Contains(v, "{{")):
		return false, false
	}
	return Shows(uncommented(v)) || c.plain, true
}

// configReader looks for credentials in a file of settings.
type configReader struct {
	plain bool // a credential has a literal value
	pairs int
	// judge tells whether a name and its value are a credential.
	judge func(names []string, v string) bool
}

// document reads YAML and JSON; false where the text is neither, or no mapping.
func (c *configReader) document(v string, object bool) bool {
	if object && !json.Valid([]byte(v)) && strings.Contains(v, "{{") {
		return false
	}
	docs := yamldoc.Parse([]byte(v))
	if len(docs) == 0 {
		return false
	}
	for _, d := range docs {
		if d.Err != nil || d.Root != nil && d.Root.Kind != yaml.MappingNode && d.Root.Kind != yaml.SequenceNode {
			return false
		}
	}
	for _, d := range docs {
		c.node(nil, d.Root, 0)
	}
	return c.pairs > 0
}

// node looks at all that stands below a key; aliases stand somewhere else already.
func (c *configReader) node(names []string, n *yaml.Node, depth int) {
	const deep = 100
	if n == nil || depth > deep {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			c.pairs++
			c.node(Words(n.Content[i].Value), n.Content[i+1], depth+1)
		}
	case yaml.SequenceNode:
		for _, x := range n.Content {
			c.node(names, x, depth+1)
		}
	case yaml.ScalarNode:
		c.value(names, n.Value)
	}
}

// value judges what stands at a key; a text of several lines may be a file in its turn.
func (c *configReader) value(names []string, v string) {
	v = strings.TrimSpace(v)
	if c.judge(names, v) {
		c.plain = true
	}
	if strings.Contains(v, "\n") {
		c.lines(v)
	}
}

// harmlessValue reports whether what stands at a credential's key is none: nothing, a
// placeholder, a switch, a path or a URL to fetch it from.
func harmlessValue(names []string, v string) bool {
	switch strings.ToLower(v) {
	case "", "true", "false", "null", "~", "|", ">", "{}", "[]", "yes", "no", "off", "on":
		return true
	}
	return StandsIn(v) || NamesItself(strings.Join(names, "_"), v) || filePath.MatchString(v) || bareURL.MatchString(v)
}

var (
	// pair is a line of an INI, properties or env file, or of YAML with templates in it.
	pair = lazyregexp.New(`^\s*(?:export\s+|-\s+)?["']?([A-Za-z_][\w./-]*)["']?\s*(?:=|:(?:\s|$))\s*(.*?)\s*,?$`)
	// section is the head of a part of an INI or TOML file.
	section = lazyregexp.New(`^\s*\[{1,2}[^\[\]]+\]{1,2}\s*$`)
	// action is a line of a template that is nothing else.
	action = lazyregexp.New(`^\s*\{\{.*\}\}\s*$`)
)

// lines reads text line by line; false where most of it is no list of settings.
func (c *configReader) lines(v string) bool {
	known, all := 0, 0
	for line := range strings.Lines(uncommented(v)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		all++
		if section.MatchString(line) || action.MatchString(line) {
			known++
			continue
		}
		if m := pair.FindStringSubmatch(line); m != nil {
			known++
			c.value(Words(m[1]), strings.Trim(m[2], `"'`))
		}
	}
	return 4*known >= 3*all
}

// uncommented is the text without the lines that are comments.
func uncommented(v string) string {
	var b strings.Builder
	for line := range strings.Lines(v) {
		t := strings.TrimSpace(line)
		if strings.HasPrefix(t, "#") || strings.HasPrefix(t, ";") || strings.HasPrefix(t, "//") || strings.HasPrefix(t, "{{/*") {
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}
