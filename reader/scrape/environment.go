package scrape

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/dotenv"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// maxEnvFile is how large a file of variables may be, in bytes.
const maxEnvFile = 256 << 10

// variable is one as the OpenTelemetry Collector and Compose write it, with its default:
// ${env:HOST}, ${HOST:-cart}.
var variable = lazyregexp.New(`\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::?-([^{}]*))?\}`)

// filled is the text with its variables filled in; those that nothing fills in stay.
func filled(text string, env map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(v string) string {
		m := variable.FindStringSubmatch(v)
		if value := env[m[1]]; value != "" {
			return value
		}
		if m[2] != "" {
			return m[2]
		}
		return v
	})
}

// environment is what the services find in theirs: what their Compose files set, which
// the .env file beside these fills in.
func (c *compose) environment(users []user) map[string]string {
	out := map[string]string{}
	for _, u := range users {
		if u.service == nil {
			continue
		}
		beside := c.variables(u.folder)
		files := yamldoc.Get(u.service, "env_file")
		for _, x := range append(yamldoc.Items(files), files) {
			name := yamldoc.String(x)
			if name == "" {
				name = yamldoc.String(yamldoc.Get(x, "path"))
			}
			for key, value := range c.variablesOf(path.Join(u.folder, name)) {
				out[key] = value
			}
		}
		dotenv.Each(yamldoc.Get(u.service, "environment"), func(name, value string, written bool, _ int) {
			if !written {
				value = beside[name]
			} else if strings.Contains(value, "$") {
				value = filled(value, beside)
			}
			if value != "" {
				out[name] = value
			}
		})
	}
	return out
}

// variables are those of the folder's .env file, by which Compose fills in its file.
func (c *compose) variables(folder string) map[string]string {
	return c.variablesOf(path.Join(folder, ".env"))
}

func (c *compose) variablesOf(file string) map[string]string {
	if have, ok := c.dotenv[file]; ok {
		return have
	}
	var out map[string]string
	if data, ok := c.t.Peek(file, maxEnvFile); ok {
		out = dotenv.Parse(data)
	}
	c.dotenv[file] = out
	return out
}
