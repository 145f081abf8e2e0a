package pipeline

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// call is one command of a script.
type call struct {
	words []string
	line  int // counts from 0 at the script's first line
	// folder is where it runs, relative to the script's; "" for the same.
	folder string
	// tolerated: that it fails is of no consequence (`|| true`).
	tolerated bool
}

// Templates of CI systems inside of a script; what they become is not known.
var expression = lazyregexp.New(`\$\{\{[^}]*\}\}|<<\s*[\w.\- ]+\s*>>|\$\[\[[^\]]*\]\]|\{\{[^}]*\}\}`)

// unknown stands for what is not known in a word.
const unknown = "\uFFFD"

// maxScript is how much of one script is read.
const maxScript = 256 << 10

// calls gives the commands of a shell script, in their order. Scripts of other shells,
// and broken ones, are read line by line.
func calls(script string) []call {
	if len(script) > maxScript {
		script = script[:maxScript]
	}
	script = expression.ReplaceAllString(strings.ReplaceAll(script, "\r\n", "\n"), unknown)
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), "")
	if err != nil {
		return callsByLine(script)
	}
	s := &scripted{vars: map[string]string{}}
	for _, st := range file.Stmts {
		if c, ok := st.Cmd.(*syntax.CallExpr); ok && len(c.Args) > 0 && c.Args[0].Lit() == "exit" {
			break // what follows never runs
		}
		s.stmt(st)
	}
	return s.calls
}

// scripted collects the commands of a script that parsed.
type scripted struct {
	calls  []call
	folder string
	vars   map[string]string
	depth  int
	steps  int
}

// maxSteps is how many statements of one script are read, those of loops each time.
const maxSteps = 5000

func (s *scripted) stmts(list []*syntax.Stmt) {
	for _, st := range list {
		s.stmt(st)
	}
}

func (s *scripted) stmt(st *syntax.Stmt) {
	if s.steps++; st == nil || s.depth > 50 || s.steps > maxSteps {
		return
	}
	s.depth++
	defer func() { s.depth-- }()
	switch c := st.Cmd.(type) {
	case *syntax.CallExpr:
		s.call(c, st)
	case *syntax.BinaryCmd:
		if never(c) {
			return
		}
		first := len(s.calls)
		s.stmt(c.X)
		if c.Op == syntax.OrStmt && harmless(c.Y) {
			for i := range s.calls[first:] {
				s.calls[first+i].tolerated = true
			}
		}
		s.stmt(c.Y)
	case *syntax.Subshell:
		before := s.folder
		s.stmts(c.Stmts)
		s.folder = before
	case *syntax.Block:
		s.stmts(c.Stmts)
	case *syntax.IfClause:
		for i := c; i != nil; i = i.Else {
			s.stmts(i.Cond)
			s.stmts(i.Then)
		}
	case *syntax.WhileClause:
		s.stmts(c.Cond)
		s.stmts(c.Do)
	case *syntax.ForClause:
		s.loop(c)
	case *syntax.CaseClause:
		for _, item := range c.Items {
			s.stmts(item.Stmts)
		}
	case *syntax.FuncDecl:
		before := s.folder
		s.stmt(c.Body)
		s.folder = before
	case *syntax.TimeClause:
		s.stmt(c.Stmt)
	case *syntax.DeclClause:
		for _, a := range c.Args {
			s.assign(a)
		}
	}
}

// never: `false && …` and `true || …` never come to their second half.
func never(c *syntax.BinaryCmd) bool {
	x, ok := c.X.Cmd.(*syntax.CallExpr)
	if !ok || len(x.Args) != 1 {
		return false
	}
	switch x.Args[0].Lit() {
	case "false":
		return c.Op == syntax.AndStmt
	case "true", ":":
		return c.Op == syntax.OrStmt
	}
	return false
}

// harmless reports whether what stands behind `||` makes a success of a failure: it only
// says something.
func harmless(st *syntax.Stmt) bool {
	switch c := st.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) == 0 {
			return false
		}
		switch c.Args[0].Lit() {
		case "true", ":", "echo", "printf":
			return true
		case "exit", "return":
			return len(c.Args) == 2 && c.Args[1].Lit() == "0"
		}
	case *syntax.Block:
		return all(c.Stmts, harmless)
	case *syntax.Subshell:
		return all(c.Stmts, harmless)
	}
	return false
}

func all(list []*syntax.Stmt, is func(*syntax.Stmt) bool) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(st *syntax.Stmt) bool { return !is(st) })
}

// loop reads the body once for each word of the list, where they are few.
func (s *scripted) loop(c *syntax.ForClause) {
	it, ok := c.Loop.(*syntax.WordIter)
	if !ok || len(it.Items) == 0 || len(it.Items) > 30 {
		s.stmts(c.Do)
		return
	}
	before := s.folder
	for _, w := range it.Items {
		for _, value := range strings.Fields(s.word(w)) {
			if s.steps > maxSteps {
				return
			}
			s.vars[it.Name.Value] = value
			s.stmts(c.Do)
			s.folder = before
		}
	}
	delete(s.vars, it.Name.Value)
}

func (s *scripted) assign(a *syntax.Assign) {
	if a.Name != nil && a.Value != nil && !a.Append {
		s.vars[a.Name.Value] = s.word(a.Value)
	}
	if a.Value != nil {
		s.inside(a.Value)
	}
}

// inside reads the commands whose output makes a word.
func (s *scripted) inside(w *syntax.Word) {
	syntax.Walk(w, func(n syntax.Node) bool {
		if sub, ok := n.(*syntax.CmdSubst); ok {
			before := s.folder
			s.stmts(sub.Stmts)
			s.folder = before
			return false
		}
		return true
	})
}

func (s *scripted) call(c *syntax.CallExpr, st *syntax.Stmt) {
	if len(c.Args) == 0 {
		for _, a := range c.Assigns {
			s.assign(a)
		}
		return
	}
	words := make([]string, 0, len(c.Args))
	for _, a := range c.Args {
		s.inside(a)
		w := s.word(a)
		if _, quoted := a.Parts[0].(*syntax.DblQuoted); !quoted && len(words) == 0 && strings.Contains(w, " ") {
			words = append(words, strings.Fields(w)...) // a variable that holds a whole command
			continue
		}
		words = append(words, w)
	}
	line := int(c.Pos().Line()) - 1
	switch words[0] {
	case "cd", "pushd":
		if len(words) > 1 {
			s.folder = into(s.folder, words[1])
		}
		return
	case "popd":
		s.folder = ""
		return
	}
	s.calls = append(s.calls, call{words: words, line: line, folder: s.folder})
	for _, r := range st.Redirs { // a script on standard input: ssh host <<EOF
		if r.Hdoc != nil && (path.Base(words[0]) == "ssh" || path.Base(words[0]) == "bash" || path.Base(words[0]) == "sh") {
			for _, inner := range calls(s.word(r.Hdoc)) {
				inner.line += line + 1
				if path.Base(words[0]) == "ssh" {
					inner.words = append([]string{"ssh", unknown}, inner.words...)
				}
				s.calls = append(s.calls, inner)
			}
		}
	}
}

// into changes the folder; as far as it is known.
func into(folder, to string) string {
	if i := strings.Index(to, unknown); i >= 0 {
		if to = to[:i]; strings.Contains(to, "/") {
			to = path.Dir(to + "x")
		} else {
			to = "."
		}
	}
	if path.IsAbs(to) || strings.HasPrefix(to, "~") || to == "-" {
		return ""
	}
	return path.Join(folder, to)
}

// word is a word's text as far as it is known.
func (s *scripted) word(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	var b strings.Builder
	s.parts(&b, w.Parts)
	return b.String()
}

// places are variables of CI systems that hold the repository's own folder.
var places = map[string]bool{
	"GITHUB_WORKSPACE": true, "CI_PROJECT_DIR": true, "WORKSPACE": true, "PWD": true, "CIRCLE_WORKING_DIRECTORY": true,
	"BUILD_SOURCESDIRECTORY": true, "TRAVIS_BUILD_DIR": true, "BITBUCKET_CLONE_DIR": true, "DRONE_WORKSPACE": true, "CODEBUILD_SRC_DIR": true,
}

func (s *scripted) parts(b *strings.Builder, parts []syntax.WordPart) {
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit:
			b.WriteString(strings.ReplaceAll(p.Value, "\\\n", ""))
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			s.parts(b, p.Parts)
		case *syntax.ParamExp:
			value, ok := "", false
			if p.Param != nil {
				value, ok = s.vars[p.Param.Value]
				if places[p.Param.Value] {
					value, ok = ".", true
				}
			}
			if !ok && p.Exp != nil && p.Exp.Word != nil && (p.Exp.Op == syntax.DefaultUnsetOrNull || p.Exp.Op == syntax.DefaultUnset) {
				value, ok = s.word(p.Exp.Word), true
			}
			if !ok {
				value = unknown
			}
			b.WriteString(value)
		default:
			b.WriteString(unknown)
		}
	}
}

// callsByLine reads what is no shell script that parses: PowerShell, batch files, or a
// script with a mistake in it.
func callsByLine(script string) (out []call) {
	folder := ""
	for i, line := range strings.Split(script, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "::") || strings.HasPrefix(strings.ToUpper(line), "REM ") || line == "" {
			continue
		}
		for _, part := range separators.Split(line, -1) {
			words := strings.Fields(strings.NewReplacer(`"`, "", "'", "", "`", "").Replace(strings.TrimPrefix(strings.TrimSpace(part), "& ")))
			if len(words) == 0 {
				continue
			}
			if w := strings.ToLower(words[0]); (w == "cd" || w == "set-location" || w == "pushd") && len(words) > 1 {
				folder = into(folder, strings.ReplaceAll(words[len(words)-1], `\`, "/"))
				continue
			}
			out = append(out, call{words: words, line: i, folder: folder})
		}
	}
	return out
}

var separators = lazyregexp.New(`&&|\|\||;|\||\{|\}`)
