package leak

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var (
	pairName  = lazyregexp.New(`^\s*-?\s*name:\s*["']?([A-Za-z_]\w*)["']?\s*$`)
	pairValue = lazyregexp.New(`^\s*value:\s*(\S.*?)\s*$`)
)

// template reads the pairs of a name and a value that a chart's template writes out, line by
// line, since it is no YAML before it is rendered. What an action fills in is none.
func (s *settingReader) template(text []byte) {
	if !bytes.Contains(text, []byte("{{")) || !mayPair(text, namedLines(text)) {
		return
	}
	s.in = scorecard.SettingInPod
	name, n := "", 0
	for line := range bytes.Lines(text) {
		n++
		line = bytes.TrimRight(line, "\r\n")
		if m := pairName.FindSubmatch(line); m != nil {
			name = string(m[1])
			continue
		}
		if m := pairValue.FindSubmatch(line); m != nil && name != "" && !bytes.Contains(m[1], []byte("{{")) {
			value := string(m[1])
			if i := strings.Index(value, " #"); i >= 0 {
				value = value[:i]
			}
			s.add(n, name, strings.Trim(strings.TrimSpace(value), `"'`))
		}
		name = ""
	}
}

// switches reports whether a file says of two parts of something or more whether they are
// on, as the values of a chart do that is made of others, whatever the file is called.
func switches(root *yaml.Node) bool {
	if root = yamldoc.Follow(root); root == nil || root.Kind != yaml.MappingNode {
		return false
	}
	parts := 0
	for i := 1; i < len(root.Content); i += 2 {
		if on := yamldoc.Get(root.Content[i], "enabled"); on != nil && on.Tag == "!!bool" {
			parts++
		}
	}
	return parts >= 2
}

// sqlPassword is the password that a statement gives to a user.
var sqlPassword = lazyregexp.New(`(?i)\b(?:PASSWORD|IDENTIFIED\s+(?:WITH\s+\w+\s+)?BY)\s+'([^'\n]{1,200})'`)

// sql reads the passwords of users that statements make.
func (s *settingReader) sql(text []byte) {
	if low := bytes.ToLower(text); !bytes.Contains(low, []byte("password")) && !bytes.Contains(low, []byte("identified")) {
		return
	}
	s.in = scorecard.SettingInSQL
	for _, m := range sqlPassword.FindAllSubmatchIndex(text, maxLeaksOfFile) {
		before := text[bytes.LastIndexByte(text[:m[0]], '\n')+1 : m[0]]
		if bytes.Contains(before, []byte("--")) {
			continue // a comment
		}
		s.add(1+bytes.Count(text[:m[0]], []byte("\n")), "PASSWORD", string(text[m[2]:m[3]]))
	}
}
