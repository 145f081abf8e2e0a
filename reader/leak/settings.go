package leak

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/credential"
	"github.com/seaworthy-dev/seaworthy/reader/dotenv"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Setting gives the leak of a name and its value where they are a credential for all to
// see; false where they are none. Other readers ask it of what they parse.
func Setting(at scorecard.Location, in, name, value string) (scorecard.Leak, bool) {
	if !credential.Plain(name, value) {
		return scorecard.Leak{}, false
	}
	if !nameForm.MatchString(name) || credential.ShowsKey(name) {
		name = scorecard.Redacted // a value where its name belongs
	}
	return scorecard.Leak{Location: at, Rule: in, Name: name}, true
}

// nameForm is what variables and keys are called.
var nameForm = lazyregexp.New(`^[A-Za-z_][\w.-]{0,99}$`)

// settings gives the names with plain values of environment files, ConfigMaps, the
// environments of pods, and charts' values. Compose files, Dockerfiles and Terraform are
// read by those who parse them.
func settings(f tree.File, text []byte) (leaks []scorecard.Leak) {
	base := strings.ToLower(f.Base())
	s := settingReader{path: f.Path}
	switch ext := path.Ext(base); {
	case base == ".env" || ext == ".env" || strings.HasPrefix(base, ".env."):
		if !slices.Contains(personal, strings.TrimPrefix(base, ".env.")) {
			s.envFile(text)
		}
	case ext == ".yaml" || ext == ".yml":
		s.yaml(base, text)
	case ext == ".tpl":
		s.template(text)
	case ext == ".sql":
		s.sql(text)
	}
	return s.leaks
}

// personal are environments of a developer's machine, and of tests.
var personal = strings.Fields("local dev development test testing e2e ci")

// settingReader reads one file.
type settingReader struct {
	path  string
	in    string
	leaks []scorecard.Leak
}

func (s *settingReader) add(line int, name, value string) {
	if l, ok := Setting(scorecard.Location{Path: s.path, FirstLine: line, LastLine: line}, s.in, name, value); ok {
		s.leaks = append(s.leaks, l)
	}
}

// variable is a line of an environment file.
var variable = lazyregexp.New(`^\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=\s*(.*)$`)

func (s *settingReader) envFile(text []byte) {
	s.in = scorecard.SettingInEnvFile
	n := 0
	for line := range bytes.Lines(text) {
		n++
		m := variable.FindSubmatch(bytes.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		v := string(m[2])
		if i := strings.Index(v, " #"); i >= 0 && !strings.HasPrefix(v, `"`) && !strings.HasPrefix(v, "'") {
			v = v[:i]
		}
		s.add(n, string(m[1]), dotenv.Defaulted(strings.Trim(strings.TrimSpace(v), `"'`)))
	}
}

// Parts of a file in YAML of which one stands in each that may hold settings.
var (
	configMapMark = []byte("ConfigMap")
	valueMark     = []byte("value:")
	valuesMark    = []byte("values")
	enabledMark   = []byte("enabled:")
)

func (s *settingReader) yaml(base string, text []byte) {
	values := isValues(base)
	if !values && !bytes.Contains(text, configMapMark) && !bytes.Contains(text, valueMark) && !bytes.Contains(text, valuesMark) && !bytes.Contains(text, enabledMark) {
		return
	}
	if !values && bytes.Count(text, enabledMark) < 2 && !yamldoc.HasKey(text, "kind") {
		return // of what is neither values nor an object, nothing is looked at
	}
	if named := namedLines(text); len(named) == 0 || !values && !bytes.Contains(text, configMapMark) && !mayPair(text, named) {
		return
	}
	for _, doc := range yamldoc.Parse(text) {
		if doc.Err != nil || doc.Root == nil {
			if doc.Err != nil {
				s.template(text)
				return
			}
			continue // who reads manifests says so
		}
		kind := yamldoc.String(yamldoc.Get(doc.Root, "kind"))
		switch {
		case kind == "" && yamldoc.Get(doc.Root, "apiVersion") == nil:
			if values || switches(doc.Root) {
				s.in = scorecard.SettingInValues
				s.values(doc.Root, 0)
			}
		case kind == "ConfigMap":
			s.configMap(doc.Root)
		case sealed[kind]:
		default:
			s.object(doc.Root, 0)
		}
	}
}

// sealed are kinds whose values are encrypted, or judged by who reads them.
var sealed = map[string]bool{"Secret": true, "SealedSecret": true, "EncryptedSecret": true, "SopsSecret": true, "CustomResourceDefinition": true}

// isValues reports whether a file is a chart's values by its name.
func isValues(base string) bool {
	stem := strings.TrimSuffix(base, path.Ext(base))
	return slices.Contains(strings.FieldsFunc(stem, func(r rune) bool { return r == '-' || r == '_' || r == '.' }), "values")
}

// mayName reports whether a part of a credential's name is in the text. It tells most
// files without parsing them.
func mayName(text []byte) bool {
	for _, part := range nameParts {
		if bytes.Contains(text, part) {
			return true
		}
	}
	_, rest, url := bytes.Cut(text, []byte("://"))
	return url && bytes.IndexByte(rest, '@') >= 0
}

// nameParts are parts of which each name of a credential has one; else its value has a login.
var nameParts = [][]byte{[]byte("assw"), []byte("ASSW"), []byte("ecret"), []byte("ECRET"), []byte("oken"), []byte("OKEN"), []byte("pwd"), []byte("PWD"), []byte("Pwd"),
	[]byte("Key"), []byte("_key"), []byte("-key"), []byte("apikey"), []byte("_KEY"), []byte("redential"), []byte("phrase")}

// refers are fields of Kubernetes that say where a credential is, and hold none.
var refers = strings.Fields("secretKeyRef configMapKeyRef secretRef secretName secret secrets imagePullSecrets topologyKey key " +
	"automountServiceAccountToken serviceAccountToken")

// nameWords finds the lines that may have such a part, in one pass and whatever their case.
var nameWords = sync.OnceValue(func() *automaton {
	words := []string{"://"}
	for _, part := range nameParts {
		if w := strings.ToLower(string(part)); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return newAutomaton(words)
})

// namedLines are where the lines begin that have a part of a credential's name.
func namedLines(text []byte) (starts []int) {
	last := -1 // where the last line that was looked at ends
	nameWords().each(text, func(_, end int) {
		if end <= last {
			return
		}
		start := bytes.LastIndexByte(text[:end], '\n') + 1
		if last = len(text); bytes.IndexByte(text[end:], '\n') >= 0 {
			last = end + bytes.IndexByte(text[end:], '\n')
		}
		if mayName(text[start:last]) {
			starts = append(starts, start)
		}
	})
	return starts
}

// mayPair reports whether a line of manifests may hold a credential: one that has a part of
// its name and does more than refer to it. A name counts with the value beside it.
func mayPair(text []byte, named []int) bool {
	for _, start := range named {
		line, after, _ := bytes.Cut(text[start:], []byte("\n"))
		key, rest, _ := bytes.Cut(bytes.TrimLeft(line, " \t-"), []byte(":"))
		switch {
		case bytes.ContainsAny(key, "{["), bytes.HasPrefix(bytes.TrimLeft(rest, " "), []byte("{")):
			return true
		case string(key) == "name":
			before := bytes.TrimSuffix(text[:start], []byte("\n"))
			before = before[bytes.LastIndexByte(before, '\n')+1:]
			if isValue(before) || isValue(after) {
				return true
			}
		case !slices.Contains(refers, string(key)):
			return true
		}
	}
	return false
}

// isValue reports whether a text begins with the value of a pair.
func isValue(line []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(line, " \t-"), valueMark) }

func (s *settingReader) configMap(root *yaml.Node) {
	s.in = scorecard.SettingInConfigMap
	data := yamldoc.Follow(yamldoc.Get(root, "data"))
	if data == nil || data.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(data.Content); i += 2 {
		if v := yamldoc.Follow(data.Content[i+1]); v != nil && v.Kind == yaml.ScalarNode {
			s.add(data.Content[i].Line, data.Content[i].Value, v.Value)
		}
	}
}

// deep bounds how far down is looked.
const deep = 60

// object reads an object of another kind: pairs of a name and a value, as environments
// have them, and what deployment tools give a chart as values.
func (s *settingReader) object(n *yaml.Node, depth int) {
	if n = yamldoc.Follow(n); n == nil || depth > deep {
		return
	}
	if n.Kind == yaml.SequenceNode {
		for _, x := range n.Content {
			s.object(x, depth+1)
		}
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	s.in = scorecard.SettingInPod
	s.pair(n)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i].Value; key == "values" || key == "valuesObject" {
			s.in = scorecard.SettingInValues
			s.written(yamldoc.Follow(n.Content[i+1]), depth+1)
			continue
		}
		s.object(n.Content[i+1], depth+1)
	}
}

// written reads values that stand in an object as they are, or as a text that is YAML.
func (s *settingReader) written(n *yaml.Node, depth int) {
	if n == nil || n.Kind != yaml.ScalarNode {
		s.values(n, depth)
		return
	}
	inner := settingReader{path: s.path, in: s.in}
	for _, doc := range yamldoc.Parse([]byte(n.Value)) {
		if doc.Root != nil && doc.Root.Kind != yaml.ScalarNode {
			inner.values(doc.Root, depth)
		}
	}
	for _, l := range inner.leaks {
		line := n.Line
		if n.Style&yaml.LiteralStyle != 0 { // its lines are the file's
			line += l.Location.FirstLine
		}
		l.Location.FirstLine, l.Location.LastLine = line, line
		s.leaks = append(s.leaks, l)
	}
}

// pair reads a mapping of a name and a value.
func (s *settingReader) pair(n *yaml.Node) {
	name, value := yamldoc.Get(n, "name"), yamldoc.Get(n, "value")
	if name != nil && value != nil && name.Kind == yaml.ScalarNode && value.Kind == yaml.ScalarNode {
		s.add(value.Line, name.Value, value.Value)
	}
}

// values reads a chart's values: all keys, at any depth, and text that is YAML again.
func (s *settingReader) values(n *yaml.Node, depth int) {
	if n == nil || depth > deep || n.Kind == yaml.AliasNode {
		return // what an alias means stands somewhere else
	}
	switch n.Kind {
	case yaml.SequenceNode:
		for _, x := range n.Content {
			s.values(x, depth+1)
		}
	case yaml.MappingNode:
		s.pair(n)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, v := n.Content[i], n.Content[i+1]
			if v.Kind == yaml.ScalarNode {
				s.add(key.Line, key.Value, v.Value)
				continue
			}
			s.values(v, depth+1)
		}
	}
}
