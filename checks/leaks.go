package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// judgeLeak judges a place where a secret was found. A key that the repository's own
// configuration allows is right, and said.
func judgeLeak(s *survey, l *scorecard.Leak) {
	what := fmt.Sprintf("a secret in plain text, by gitleaks' rule %s", l.Rule)
	if l.Rule == scorecard.StateFile {
		what = "a state of Terraform, in which each password that it made stands in plain text"
	} else if in := settings[l.Rule].called; in != "" {
		what = fmt.Sprintf("%s in plain text, in %s", l.Name, in)
	}
	if l.Allowed != "" {
		s.Pass(l.Location, "%s holds %s, which %s allows%s", l.Location, what, l.Allowed, s.whose(l.Location))
		return
	}
	s.Fail(l.Location, func() string { return leakRemedy(l) }, "%s holds %s%s", l.Location, what, s.whose(l.Location))
}

// whose says that a file is of no service's folder, where others are; nothing else.
func (s *survey) whose(at scorecard.Location) string {
	shared := func(at scorecard.Location) bool {
		_, found := slices.BinarySearch(s.Shared, at.Path)
		return found
	}
	own := slices.ContainsFunc(s.Leaks, func(l scorecard.Leak) bool { return !shared(l.Location) }) ||
		slices.ContainsFunc(s.Secrets, func(o scorecard.SecretObject) bool { return !shared(o.Location) })
	if own && shared(at) {
		return " (of the repository as a whole)"
	}
	return ""
}

// judgeSearches says what was looked through, once nothing in it is left to say.
func judgeSearches(s *survey) {
	if len(s.Leaks) > 0 {
		return
	}
	for _, x := range s.Searches {
		s.Pass(x.Location, "no secret of the service stands in plain text in %s of text that were looked through", plural(x.Files, "file"))
	}
}

// settings are where a name with a plain value may stand: what a reader is told, and
// what to write in its place for a name.
var settings = map[string]struct {
	called, syntax string
	instead        func(name string) string
}{
	scorecard.SettingInEnvFile: {"an environment file", "sh", func(name string) string {
		return name + "=   # filled in where it runs; and keep the file out of version control: echo .env >> .gitignore"
	}},
	scorecard.SettingInDockerfile: {"a Dockerfile", "dockerfile", func(name string) string {
		return "# no ENV or ARG: both stay in the image. Where the build needs it:\nRUN --mount=type=secret,id=" + low(name) + ",env=" + name + " your-command"
	}},
	scorecard.SettingInCompose: {"a Compose file", "yaml", func(name string) string {
		return "environment:\n  " + name + ": ${" + name + ":?set it in the environment or in an .env file that is not committed}"
	}},
	scorecard.SettingInConfigMap: {"a ConfigMap", "yaml", fromSecret},
	scorecard.SettingInPod:       {"an environment", "yaml", fromSecret},
	scorecard.SettingInValues: {"a chart's values", "yaml", func(name string) string {
		return "# most charts take the name of a Secret instead, which a secret manager fills:\nexistingSecret: your-" + low(name)
	}},
	scorecard.SettingInSQL: {"a statement of SQL", "sql", func(string) string {
		return "-- a variable that who runs the script sets, from a secret manager: psql -v password=...\nCREATE USER your_user WITH PASSWORD :'password';"
	}},
	scorecard.SettingInTerraform: {"Terraform", "hcl", func(name string) string {
		return "variable \"" + name + "\" {\n  type      = string\n  sensitive = true # no default: TF_VAR_" + name + ", or a data source of your secret manager\n}"
	}},
}

func fromSecret(name string) string {
	return "env:\n- name: " + name + "\n  valueFrom:\n    secretKeyRef: # of a Secret that a secret manager fills\n      name: your-secret\n      key: " + low(name)
}

// low spells a variable's name as keys and names are spelled.
func low(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

// leakRemedy says what to write in the place of a secret.
func leakRemedy(l *scorecard.Leak) string {
	const change = "Change the secret first: history keeps what was committed. "
	if l.Rule == scorecard.StateFile {
		return stateRemedy()
	}
	in, known := settings[l.Rule]
	if !known || l.Name == scorecard.Redacted {
		return change + fileRemedy(l) + fmt.Sprintf("\n\nWhere it is none, say so on the line with `%s`, or in `.gitleaksignore` with `%s:%s:%d`.", "gitleaks:allow", l.Location.Path, l.Rule, l.Location.FirstLine)
	}
	return fenced(fmt.Sprintf("%sThen, in the place of `%s`:", change, l.Location), in.syntax, in.instead(l.Name)) +
		"\n\nWhere the value is no secret, say so on the line with `gitleaks:allow`."
}

// keyFiles are the endings of files that are a key and nothing else.
var keyFiles = []string{".key", ".pem", ".p12", ".pfx", ".ppk", ".jks", ".asc", ".gpg", ""}

// fromEnvironment is how a program takes a value from its environment, by the ending of
// its file.
var fromEnvironment = map[string]string{
	".go": `os.Getenv("YOUR_SECRET")`, ".py": `os.environ["YOUR_SECRET"]`, ".js": "process.env.YOUR_SECRET", ".ts": "process.env.YOUR_SECRET", ".java": `System.getenv("YOUR_SECRET")`,
	".kt": `System.getenv("YOUR_SECRET")`, ".rb": `ENV.fetch("YOUR_SECRET")`, ".php": `getenv("YOUR_SECRET")`, ".cs": `Environment.GetEnvironmentVariable("YOUR_SECRET")`,
	".rs": `std::env::var("YOUR_SECRET")`, ".ex": `System.fetch_env!("YOUR_SECRET")`, ".exs": `System.fetch_env!("YOUR_SECRET")`, ".tf": "var.your_secret",
}

// fileRemedy takes a file that is a key out of version control, and a secret out of a
// line of any other.
func fileRemedy(l *scorecard.Leak) string {
	ext := strings.ToLower(path.Ext(l.Location.Path))
	if file := shellWord(l.Location.Path); l.Location.FirstLine <= 1 && slices.Contains(keyFiles, ext) {
		return fenced(fmt.Sprintf("Then take `%s` out of version control, and let a secret manager bring it to where it is read:", l.Location.Path), "sh",
			"git rm --cached "+file+"\nprintf '%s\\n' "+file+" >> .gitignore")
	}
	instead := fromEnvironment[ext]
	if instead == "" {
		instead = "${YOUR_SECRET:?}"
	}
	return fenced(fmt.Sprintf("Then, at `%s`, take it from the environment, which a secret manager fills:", l.Location), "", instead)
}

// shellWord quotes a path for a shell where it needs to be.
func shellWord(p string) string {
	if strings.ContainsFunc(p, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-", r)
	}) {
		return "'" + strings.ReplaceAll(path.Clean(p), "'", `'\''`) + "'"
	}
	return p
}

func stateRemedy() string {
	return fenced("Take the state out of version control, keep it in a backend that encrypts it, and change every secret in it: history keeps them.", "sh",
		"git rm --cached '*.tfstate' '*.tfstate.backup'\nprintf '*.tfstate\\n*.tfstate.*\\n' >> .gitignore")
}
