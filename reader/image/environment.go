package image

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/credential"
	"github.com/seaworthy-dev/seaworthy/reader/dotenv"
	"github.com/seaworthy-dev/seaworthy/reader/leak"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// leaks looks for credentials in what a service is given. What a variable becomes that
// nobody sets is what runs mostly.
func (r *reader) leaks(f tree.File, service string, given *yaml.Node) {
	dotenv.Each(given, func(name, value string, _ bool, line int) {
		if l, ok := leak.Setting(at(f.Path, line, line), scorecard.SettingInCompose, name, dotenv.Defaulted(value)); ok {
			l.Services = []string{service}
			r.into.Leaks = append(r.into.Leaks, l)
		}
	})
}

// secretsIn are the variables of a service's environment that hold a secret: those that are
// written, those that a variable fills in and those that are passed on as they are. One that
// is written empty holds none.
func (r *reader) secretsIn(f tree.File, given *yaml.Node) (out []scorecard.RunSecret) {
	dotenv.Each(given, func(name, value string, written bool, line int) {
		if written && strings.TrimSpace(value) == "" || !credential.Takes(name, value) || !variableName.MatchString(name) || credential.ShowsKey(name) || len(out) >= maxSecrets {
			return
		}
		text := value
		if !written {
			text = "${" + name + "}"
		}
		filled, unresolved := r.interpolate(f.Folder(), text)
		out = append(out, scorecard.RunSecret{Name: name, FirstLine: line, Plain: unresolved == "" && strings.TrimSpace(filled) != ""})
	})
	return out
}

// maxSecrets is how many of them are kept, and variableName what they are called.
const maxSecrets = 100

var variableName = lazyregexp.New(`^[A-Za-z_][\w.-]{0,99}$`)

// maxSecret is how large the file of one of Compose's secrets may be, in bytes.
const maxSecret = 64 << 10

// composeSecrets reads where the secrets of a Compose file come from: a store that is
// outside of it, the environment of who runs it, or a file, which is in the repository or
// not.
func (r *reader) composeSecrets(f tree.File, secrets, services *yaml.Node) {
	if secrets = yamldoc.Follow(secrets); secrets == nil || secrets.Kind != yaml.MappingNode {
		return
	}
	users := grantees(services)
	for i := 0; i+1 < len(secrets.Content); i += 2 {
		name, s := secrets.Content[i], secrets.Content[i+1]
		external := yamldoc.Get(s, "external")
		switch file := yamldoc.String(yamldoc.Get(s, "file")); {
		case external != nil && yamldoc.String(external) != "false", yamldoc.Get(s, "environment") != nil:
			r.into.SecretSources = append(r.into.SecretSources, scorecard.SecretSource{Location: at(f.Path, name.Line, name.Line), Tool: "compose", Name: name.Value, Services: users[name.Value]})
		case file != "" && !path.IsAbs(file):
			r.secretFile(path.Join(f.Folder(), file), name.Value)
		}
	}
}

// grants are the names that a service lists under `secrets` or `configs`.
func grants(service *yaml.Node, key string) (names []string) {
	for _, x := range yamldoc.Items(yamldoc.Get(service, key)) {
		if x.Kind == yaml.MappingNode {
			x = yamldoc.Get(x, "source")
		}
		if name := yamldoc.String(x); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// grantees are the services that are given each secret of a Compose file.
func grantees(services *yaml.Node) map[string][]string {
	out := map[string][]string{}
	for i := 0; i+1 < len(services.Content); i += 2 {
		name := services.Content[i].Value
		for _, secret := range grants(services.Content[i+1], "secrets") {
			if !slices.Contains(out[secret], name) {
				out[secret] = append(out[secret], name)
			}
		}
	}
	return out
}

// secretFile notes the file of a secret that is in the repository, and says something.
func (r *reader) secretFile(p, name string) {
	data, ok := r.t.Peek(p, maxSecret)
	if !ok || credential.StandsIn(strings.TrimSpace(string(data))) || credential.Public(string(data)) {
		return
	}
	r.into.Leaks = append(r.into.Leaks, scorecard.Leak{Location: at(p, 1, 1), Rule: scorecard.SettingInCompose, Name: name})
}
