package pipeline

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// token is a word, a string or a mark of a Jenkinsfile.
type token struct {
	kind byte // 'w' word, 's' string, or the mark itself
	text string
	line int
}

// groovy takes a Jenkinsfile apart. Comments are left out, strings are whole.
func groovy(src string) (out []token) {
	line := 1
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == '\n':
			line++
			i++
		case strings.HasPrefix(src[i:], "//") || i == 0 && strings.HasPrefix(src, "#!"):
			for i < len(src) && src[i] != '\n' {
				i++
			}
		case strings.HasPrefix(src[i:], "/*"):
			end := strings.Index(src[i+2:], "*/")
			if end < 0 {
				return out
			}
			line += strings.Count(src[i:i+2+end], "\n")
			i += end + 4
		case c == '\'' || c == '"':
			text, n := groovyString(src[i:])
			out = append(out, token{'s', text, line})
			line += strings.Count(src[i:i+n], "\n")
			i += n
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			j := i
			for j < len(src) && (src[j] == '_' || src[j] == '.' || src[j] >= '0' && src[j] <= '9' || src[j] >= 'a' && src[j] <= 'z' || src[j] >= 'A' && src[j] <= 'Z') {
				j++
			}
			out = append(out, token{'w', src[i:j], line})
			i = j
		case c == ' ' || c == '\t' || c == '\r':
			i++
		default:
			out = append(out, token{c, string(c), line})
			i++
		}
	}
	return out
}

// groovyString reads a string of one, or of three, quotes: its text and its length.
func groovyString(s string) (text string, n int) {
	quote := s[:1]
	if strings.HasPrefix(s, quote+quote+quote) {
		quote = s[:3]
	}
	var b strings.Builder
	for i := len(quote); i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			if s[i+1] == '\n' {
				b.WriteString("\\\n")
			} else if s[i+1] == 'n' {
				b.WriteByte('\n')
			} else {
				b.WriteByte(s[i+1])
			}
			i++
		case strings.HasPrefix(s[i:], quote):
			return b.String(), i + len(quote)
		case len(quote) == 1 && s[i] == '\n':
			return b.String(), i
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), len(s)
}

// block is what a brace of a Jenkinsfile opens.
type block struct {
	what, arg string
	folder    string
	disabled  string
}

var jenkinsDollar = lazyregexp.New(`\$\{[^}]*\}`)

// jenkins reads a Jenkinsfile: the shell steps, by the stage that they stand in.
func (r *reader) jenkins(f tree.File, data []byte) {
	tokens := groovy(string(data))
	if len(tokens) == 0 {
		return
	}
	p := scorecard.Pipeline{Location: at(f.Path, 1, strings.Count(strings.TrimRight(string(data), "\n"), "\n")+1), System: "jenkins", Triggers: append(always(), scorecard.OnTag)}
	k := &jenkinsfile{reader: r, p: &p, file: f.Path, tokens: tokens}
	k.read()
	if !k.known || k.library && !k.own {
		what := "what the shared library does"
		p.Unseen = append(p.Unseen, scorecard.Unseen{Location: p.Location, What: what})
	}
	r.add(p)
}

type jenkinsfile struct {
	*reader
	p      *scorecard.Pipeline
	file   string
	tokens []token
	stack  []block
	job    *scorecard.Job
	known  bool // it says itself what is done
	// library: it takes steps of a shared library; own: it is a pipeline that it lays out itself.
	library, own bool
}

func (k *jenkinsfile) read() {
	k.job = &scorecard.Job{Location: k.p.Location, Name: "pipeline"}
	for i := 0; i < len(k.tokens); i++ {
		t := k.tokens[i]
		switch {
		case t.kind == '{':
			k.stack = append(k.stack, k.opened(i))
		case t.kind == '}':
			if n := len(k.stack); n > 0 {
				if k.stack[n-1].what == "stage" {
					k.end()
				}
				k.stack = k.stack[:n-1]
			}
		case t.kind != 'w':
		case t.text == "pipeline" || t.text == "node" || t.text == "podTemplate":
			k.known, k.own = true, true
		case t.text == "Library" || t.text == "library":
			k.library = true
		case t.text == "sh" || t.text == "bat" || t.text == "powershell" || t.text == "pwsh":
			if script, line, ok := k.argument(i, "script"); ok {
				k.known = true
				k.step(script, line)
			}
		case t.text == "cron" && len(k.stack) > 0 && k.stack[len(k.stack)-1].what == "triggers":
			k.p.Triggers = append(k.p.Triggers, scorecard.OnSchedule)
		case t.text == "expression" || t.text == "return":
			k.condition(i)
		case t.text == "sonarToGitHub" || t.text == "withSonarQubeEnv":
		case plugins[t.text] != "":
			k.plugin(t)
		case t.text == "build" && i+1 < len(k.tokens) && (k.tokens[i+1].text == "job" || k.tokens[i+1].kind == '('):
			k.p.Unseen = append(k.p.Unseen, scorecard.Unseen{Location: at(k.file, t.line, t.line), What: "another job that is started"})
		}
	}
	k.end()
}

// plugins are steps of Jenkins' plugins that are known.
var plugins = map[string]scorecard.Purpose{
	"dependencyCheck": scorecard.ScanCode, "snykSecurity": scorecard.ScanCode, "anchore": scorecard.ScanImage, "aquaMicroscanner": scorecard.ScanImage, "prismaCloudScanImage": scorecard.ScanImage, "trivy": "",
	"kubernetesDeploy": scorecard.Deploy, "azureWebAppPublish": scorecard.Deploy, "openshiftDeploy": scorecard.Deploy, "ansiblePlaybook": scorecard.Deploy, "acsDeploy": scorecard.Deploy, "bzt": scorecard.LoadTest, "gatlingArchive": "",
}

func (k *jenkinsfile) plugin(t token) {
	here := at(k.file, t.line, t.line)
	keep(k.job, scorecard.JobStep{Location: here, Name: k.stage(), Uses: t.text, Disabled: k.disabled()}, result{commands: []scorecard.Command{{Location: here, Tool: t.text, Purpose: plugins[t.text], Folder: "."}}})
}

// opened tells what a brace opens: `stage('Test') {`, `dir('web') {`, `when {`.
func (k *jenkinsfile) opened(i int) (b block) {
	if n := len(k.stack); n > 0 {
		b.folder, b.disabled = k.stack[n-1].folder, k.stack[n-1].disabled
	}
	j := i - 1
	if j >= 0 && k.tokens[j].kind == ')' {
		depth := 0
		for ; j >= 0; j-- {
			switch k.tokens[j].kind {
			case ')':
				depth++
			case '(':
				depth--
			case 's':
				b.arg = k.tokens[j].text
			}
			if depth == 0 {
				break
			}
		}
		j--
	} else if j >= 0 && k.tokens[j].kind == 's' {
		b.arg = k.tokens[j].text
		j--
	}
	if j >= 0 && k.tokens[j].kind == 'w' {
		b.what = k.tokens[j].text
	}
	switch b.what {
	case "stage":
		k.end()
		k.job = &scorecard.Job{Location: at(k.file, k.tokens[i].line, k.tokens[i].line), Name: clean(b.arg)}
	case "dir":
		b.folder = path.Join(b.folder, knownFolder(jenkinsDollar.ReplaceAllString(strings.NewReplacer("${WORKSPACE}", ".", "${env.WORKSPACE}", ".").Replace(b.arg), unknown)))
	case "if":
		if k.tokens[i-1].kind == ')' && i >= 4 && k.tokens[i-2].text == "false" && k.tokens[i-3].kind == '(' {
			b.disabled = "its condition is `false`"
		}
	}
	return b
}

// condition: `when { expression { false } }` switches its stage off.
func (k *jenkinsfile) condition(i int) {
	n := len(k.stack)
	if n < 2 {
		return
	}
	within := k.stack[n-1].what == "when" || k.stack[n-1].what == "expression"
	rest := k.tokens[i+1:]
	for len(rest) > 0 && (rest[0].kind == '{' || rest[0].text == "return") {
		rest = rest[1:]
	}
	if within && len(rest) > 1 && rest[0].text == "false" && rest[1].kind == '}' {
		for s := n - 1; s >= 0; s-- {
			if k.stack[s].what == "stage" {
				k.stack[s].disabled = "its condition is `false`"
				k.job.Disabled = k.stack[s].disabled
				return
			}
		}
	}
}

// argument is the string that a step is given: the only one, or that of a name.
func (k *jenkinsfile) argument(i int, name string) (text string, line int, ok bool) {
	j := i + 1
	if j < len(k.tokens) && k.tokens[j].kind == '(' {
		j++
	}
	for n := 0; j < len(k.tokens) && n < 12; j, n = j+1, n+1 {
		t := k.tokens[j]
		switch {
		case t.kind == 's' && (j == i+1 || k.tokens[j-1].kind == '(' || k.tokens[j-1].kind == ':' && j >= 2 && k.tokens[j-2].text == name):
			return t.text, t.line, true
		case t.kind == '{' || t.kind == '}' || t.kind == ')':
			return "", 0, false
		}
	}
	return "", 0, false
}

func (k *jenkinsfile) step(script string, line int) {
	folder := "."
	if n := len(k.stack); n > 0 {
		folder = first(k.stack[n-1].folder, ".")
	}
	if strings.HasPrefix(folder, "..") {
		folder = "."
	}
	s := k.scope(k.file, line, folder)
	keep(k.job, scorecard.JobStep{Location: at(k.file, line, line+strings.Count(strings.TrimRight(script, "\n "), "\n")), Name: k.stage(), Disabled: k.disabled()}, k.script(strings.ReplaceAll(script, "\\$", "$"), s))
	k.p.Unseen = append(k.p.Unseen, *s.unseen...)
}

func (k *jenkinsfile) stage() string {
	for i := len(k.stack) - 1; i >= 0; i-- {
		if k.stack[i].what == "stage" {
			return clean(k.stack[i].arg)
		}
	}
	return ""
}

func (k *jenkinsfile) disabled() string {
	if n := len(k.stack); n > 0 {
		return k.stack[n-1].disabled
	}
	return ""
}

// end keeps the stage's job.
func (k *jenkinsfile) end() {
	if len(k.job.Steps) > 0 {
		k.job.Location.LastLine = max(k.job.Location.LastLine, k.job.Steps[len(k.job.Steps)-1].Location.LastLine)
		finish(k.p, *k.job)
	}
	k.job = &scorecard.Job{Location: k.job.Location, Name: k.job.Name}
}
