package deps

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var (
	setupList   = lazyregexp.New(`\b(install_requires|tests_require|setup_requires)\s*=\s*(\[|\(|[A-Za-z_])`)
	setupExtras = lazyregexp.New(`\bextras_require\s*=\s*\{`)
	setupCall   = lazyregexp.New(`\bsetup\s*\(`)
)

// setupPy reads the lists that setup() is given as they stand. One that is computed is
// not known, unless requirements stand beside it.
func (r *reader) setupPy(f tree.File, data []byte) {
	code := withoutHash(string(data), true)
	if !setupCall.MatchString(code) {
		return
	}
	m := r.pythonModule(f, f.Folder())
	for _, g := range setupList.FindAllStringSubmatchIndex(code, 20) {
		scope := scorecard.ScopeRuntime
		switch code[g[2]:g[3]] {
		case "tests_require":
			scope = scorecard.ScopeTest
		case "setup_requires":
			scope = scorecard.ScopeBuild
		}
		switch code[g[4]] {
		case '[', '(':
			for _, s := range stringsIn(code, g[5], closing(code, g[4])) {
				require(m, f.Path, lineOf(code, s.at), s.text, scope)
			}
		default:
			if scope == scorecard.ScopeRuntime {
				m.Incomplete = "install_requires of " + f.Path + " is computed"
			}
		}
	}
	if g := setupExtras.FindStringSubmatchIndex(code); g != nil {
		group := ""
		for _, s := range stringsIn(code, g[1], closing(code, g[1]-1)) {
			if rest := strings.TrimLeft(code[min(len(code), s.at+len(s.text)+2):], " \t\n"); strings.HasPrefix(rest, ":") {
				group = s.text
				continue
			}
			require(m, f.Path, lineOf(code, s.at), s.text, groupScope(group, scorecard.ScopeRuntime))
		}
	}
}

// literal is a string in code, without its quotes, and the place of its opening quote.
type literal struct {
	text string
	at   int
}

// stringsIn gives the string literals of code between two places, in single or double
// quotes on one line each.
func stringsIn(code string, from, to int) (out []literal) {
	to = min(to, len(code))
	for i := from; i < to; i++ {
		c := code[i]
		if c != '"' && c != '\'' {
			continue
		}
		end := i + 1
		for end < to && code[end] != c && code[end] != '\n' {
			if code[end] == '\\' {
				end++
			}
			end++
		}
		if end < to && code[end] == c {
			out = append(out, literal{code[i+1 : end], i})
		}
		i = end
	}
	return out
}

// closing is the place of the bracket that closes the one at that place, strings left
// out; the end of the code where there is none.
func closing(code string, open int) int {
	depth, quote := 0, byte(0)
	for i := open; i < len(code); i++ {
		c := code[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote || c == '\n' {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			if depth--; depth <= 0 {
				return i
			}
		}
	}
	return len(code)
}

// withoutHash blanks out comments that a `#` begins; of Python its docstrings too.
func withoutHash(code string, python bool) string {
	out := []byte(code)
	for i := 0; i < len(out); i++ {
		switch c := out[i]; c {
		case '#':
			for i < len(out) && out[i] != '\n' {
				out[i] = ' '
				i++
			}
		case '"', '\'':
			if triple := strings.Repeat(string(c), 3); python && strings.HasPrefix(code[i:], triple) {
				end := strings.Index(code[i+3:], triple)
				if end < 0 {
					end = len(code) - i - 3
				}
				for j := i; j < min(i+3+end+3, len(out)); j++ {
					if out[j] != '\n' {
						out[j] = ' '
					}
				}
				i += end + 5
				continue
			}
			for i++; i < len(out) && out[i] != c && out[i] != '\n'; i++ {
				if out[i] == '\\' {
					i++
				}
			}
		}
	}
	return string(out)
}
