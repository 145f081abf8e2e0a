package kube

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/credential"
	"github.com/seaworthy-dev/seaworthy/reader/kube/render"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The sorts of a Secret's values; see scorecard.SecretKey.
const (
	literalValue     = "literal"
	placeholderValue = "placeholder"
	emptyValue       = "empty"
	publicValue      = "public"
	encryptedValue   = "encrypted"
	generatedValue   = "generated"
	settingValue     = "setting"
	unreadableValue  = "unreadable"
)

// secret reads which keys a Secret has and what sort of value each holds. The values
// themselves go no further than this file. A key of both data and stringData is there
// twice: the API server takes the latter, but the file shows both.
func secret(o object) scorecard.SecretObject {
	s := scorecard.SecretObject{Location: o.at, Type: yamldoc.String(yamldoc.Get(o.node, "type"))}
	j := secretJudge{kind: s.Type, chart: o.release != ""}
	for _, field := range []string{"data", "stringData"} {
		eachKey(yamldoc.Get(o.node, field), func(key, value *yaml.Node) {
			k := scorecard.SecretKey{Name: key.Value, Value: unreadableValue, FirstLine: key.Line}
			switch {
			case value.Kind != yaml.ScalarNode:
			case yamldoc.IsUnknown(value):
				k.Value = placeholderValue
			case field == "data":
				k.Value = j.data(key.Value, yamldoc.String(value))
			default:
				k.Value = j.value(key.Value, yamldoc.String(value))
			}
			if k.Name != "<<" && !credential.Placeholder(k.Name) && !secretKeyName.MatchString(k.Name) || credential.ShowsKey(k.Name) {
				k.Name, k.Value = scorecard.Redacted, literalValue // a value where its name belongs
			}
			s.Keys = append(s.Keys, k)
		})
	}
	return s
}

// plainElsewhere are the Secrets of all forms with a plain value that those judged don't
// have: what stands in version control stands there whatever is deployed. A value is one
// by its file and line, however many forms it is in.
func plainElsewhere(judged, all []scorecard.SecretObject) (out []scorecard.SecretObject) {
	type value struct {
		path, name, key string
		line            int
	}
	seen := map[value]bool{}
	fresh := func(s *scorecard.SecretObject) (any bool) {
		for _, k := range s.Keys {
			v := value{path: s.Location.Path, key: k.Name, line: k.FirstLine}
			if v.line == 0 {
				v.name = s.Location.Object.Name
			}
			if k.Value == literalValue && !seen[v] {
				seen[v], any = true, true
			}
		}
		return any
	}
	for i := range judged {
		fresh(&judged[i])
	}
	for i := range all {
		if fresh(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}

// allSecrets are the Secrets of all forms.
func allSecrets(units []*unit) (out []scorecard.SecretObject) {
	for _, u := range units {
		out = append(out, u.facts.Secrets...)
	}
	return out
}

func eachKey(n *yaml.Node, do func(key, value *yaml.Node)) {
	if n = yamldoc.Follow(n); n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		do(n.Content[i], yamldoc.Follow(n.Content[i+1]))
	}
}

// secretJudge says what sort of value stands at a key.
type secretJudge struct {
	kind  string // the Secret's type
	chart bool   // a chart rendered it
}

// data judges a value of data: base64, or what something fills in first.
func (j secretJudge) data(key, raw string) string {
	switch {
	case j.chart && madeByRenderer(raw):
		return generatedValue
	case credential.Encrypted(raw):
		return encryptedValue
	case credential.Placeholder(raw):
		return placeholderValue
	case credential.ShowsKey(raw):
		return literalValue // no base64, and plain all the same
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(raw))
	if err != nil {
		return unreadableValue
	}
	return j.value(key, string(b))
}

// value judges a value as a container would see it.
func (j secretJudge) value(key, v string) string {
	switch {
	case strings.TrimSpace(v) == "":
		return emptyValue
	case j.chart && madeByRenderer(v):
		return generatedValue
	case credential.Encrypted(v):
		return encryptedValue
	case strings.Contains(v, bareLine):
		return unreadableValue
	case credential.Placeholder(v), credential.NamesItself(key, v) && !strings.EqualFold(strings.TrimSpace(v), "password"), strings.Contains(v, render.Outside):
		// A token called token opens nothing; no password opens more doors than "password".
		return placeholderValue
	case strings.Contains(v, "PRIVATE KEY"):
		return literalValue
	case j.kind == "kubernetes.io/tls" && (key == "tls.crt" || key == "ca.crt"), credential.Public(v):
		return publicValue
	}
	if sort, ok := registryLogins(key, v); ok {
		return sort
	}
	if m := credentials.FindStringSubmatch(v); m != nil && credential.Placeholder(m[1]) {
		return placeholderValue
	}
	switch plain, ok := credential.Configuration(key, v); {
	case plain:
		return literalValue
	case ok:
		return settingValue
	}
	if credential.Setting(key, v) {
		return settingValue
	}
	return literalValue
}

// credentials finds the password in a value that is a URL.
var credentials = lazyregexp.New(`^[a-zA-Z][\w+.-]*://[^/@\s]*?:([^/@\s]+)@\S*\s*$`)

// madeByRenderer reports whether the value has a stand-in of the rendering's random
// functions in it (see render's repeatable): in a cluster it would be made anew.
func madeByRenderer(v string) bool {
	for _, mark := range randomMarks {
		if strings.Contains(v, mark) {
			return true
		}
	}
	return render.Made(v) || hashMark.MatchString(v)
}

// randomMarks are parts of what random functions give that are no plain text.
var randomMarks = []string{"QUFBQUFBQUF", "00000000-0000-4000-8000-000000000000",
	"-----\nc3RhbmQtaW4=\n-----"}

var hashMark = lazyregexp.New(`\$2a\$10\$[0-9a-f]{53}$`)

// registryLogins judges a Docker configuration by the logins in it.
func registryLogins(key, v string) (sort string, ok bool) {
	if key != ".dockerconfigjson" && key != ".dockercfg" && key != "config.json" {
		return "", false
	}
	if key == "config.json" && !strings.Contains(v, `"auths"`) {
		return "", false // of some other program
	}
	type login struct{ Auth, Password, IdentityToken, RegistryToken string }
	var config struct{ Auths map[string]login }
	if json.Unmarshal([]byte(v), &config) != nil {
		return "", false
	}
	if key == ".dockercfg" && json.Unmarshal([]byte(v), &config.Auths) != nil {
		return "", false
	}
	sort = emptyValue
	for _, l := range config.Auths {
		if b, err := base64.StdEncoding.DecodeString(l.Auth); err == nil {
			_, l.Auth, _ = strings.Cut(string(b), ":")
		}
		for _, v := range []string{l.Auth, l.Password, l.IdentityToken, l.RegistryToken} {
			switch {
			case strings.TrimSpace(v) == "":
			case credential.Placeholder(v):
				sort = placeholderValue
			default:
				return literalValue, true
			}
		}
	}
	return sort, true
}
