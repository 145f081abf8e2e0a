package docs

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

var (
	rstDirective = lazyregexp.New(`^(\s*)\.\.\s+([\w:-]+)::\s*(.*)$`)
	rstExplicit  = lazyregexp.New(`^\s*\.\.(?:\s|$)`)
	rstField     = lazyregexp.New(`^\s*:[^:\s][^:]*:(?:\s|$)`)
	rstItem      = lazyregexp.New(`^\s*(?:[-*+•]|\d+[.)]|#\.|\(\w\)|[a-zA-Z][.)])[ \t]+(.*)$`)
	rstCode      = lazyregexp.New("``([^`]+)``")
	rstRole      = lazyregexp.New(":[\\w:-]+:`([^`<]*)(?:<[^>`]*>)?`")
	rstReference = lazyregexp.New("`([^`<]*)(?:<[^>`]*>)?`_{0,2}")
	rstValue     = lazyregexp.New(`\|[^|\s][^|]*\|_?`)
	webAddress   = lazyregexp.New(`https?://\S+`)
)

// rstCodes are directives whose body is code, rstOther those whose body is neither
// code nor prose. The body of any other is read like what stands around it.
var (
	rstCodes = []string{"code", "code-block", "sourcecode", "parsed-literal", "prompt", "console"}
	rstOther = []string{"image", "figure", "raw", "include", "literalinclude", "math", "graphviz", "digraph", "graph", "mermaid", "uml", "plantuml", "toctree",
		"contents", "index", "meta", "role", "default-role", "replace", "unicode", "date", "class", "csv-table", "highlight", "module", "currentmodule",
		"automodule", "autoclass", "autofunction", "click", "argparse", "openapi", "raw-html", "youtube"}
)

// restructured reads reStructuredText line by line.
func (o *outline) restructured(lines []string) {
	var styles []string // of headings, the highest first
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " \t")
		if line == "" {
			continue
		}
		if title, style, used := rstHeading(lines, i); used > 0 {
			level := slices.Index(styles, style)
			if level < 0 {
				styles = append(styles, style)
				level = len(styles) - 1
			}
			o.head(level+1, i+used-1, rstText(title))
			i += used - 1
			continue
		}
		if m := rstDirective.FindStringSubmatch(line); m != nil {
			switch name := strings.ToLower(m[2]); {
			case slices.Contains(rstCodes, name):
				end := rstBody(lines, i+1, len(m[1]))
				if end > i+1 {
					o.command(i + 1)
				}
				i = end - 1
			case slices.Contains(rstOther, name):
				i = rstBody(lines, i+1, len(m[1])) - 1
			default:
				o.prose(i+1, rstText(m[3]), rstFull(m[3]))
			}
			continue
		}
		if rstExplicit.MatchString(line) { // comments, targets, substitutions, footnotes
			o.reviewed.text(i+1, strings.TrimLeft(line, ". "))
			i = rstBody(lines, i+1, indent(line)) - 1
			continue
		}
		i = o.rstLine(lines, i, line)
	}
}

// rstLine reads one line of prose and gives the index of the last line it used.
func (o *outline) rstLine(lines []string, i int, line string) int {
	o.rstSaid(line, i+1)
	switch {
	case rstField.MatchString(line), punctuation(line), strings.Trim(line, "+-=| ") == "":
		return i
	case strings.HasPrefix(strings.TrimSpace(line), ">>> "):
		o.command(i + 1)
		for i+1 < len(lines) && strings.TrimSpace(lines[i+1]) != "" {
			i++
		}
		return i
	}
	at, start := i+1, indent(line)
	if m := rstItem.FindStringSubmatch(line); m != nil {
		o.step(at, 1+start/2)
		line = m[1]
	}
	for _, m := range rstCode.FindAllStringSubmatch(line, -1) {
		o.inline(at, m[1])
	}
	o.prose(at, rstText(rstCode.ReplaceAllString(line, " ")), rstFull(line))
	if strings.HasSuffix(line, "::") {
		if end := rstBody(lines, i+1, start); end > i+1 {
			o.command(at + 1)
			return end - 1
		}
	}
	return i
}

// rstBody gives the index behind the lines that are indented below a line of that
// indent; blank ones at their end are not of them.
func rstBody(lines []string, from, above int) int {
	end := from
	for i := from; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == "" {
			continue
		}
		if indent(lines[i]) <= above {
			break
		}
		end = i + 1
	}
	return end
}

// rstHeading tells a title with a line below it, or one above and one below, and how
// many lines these are.
func rstHeading(lines []string, i int) (title, style string, used int) {
	at := func(j int) string {
		if j >= len(lines) {
			return ""
		}
		return strings.TrimRight(lines[j], " \t")
	}
	first, second, third := at(i), at(i+1), at(i+2)
	if punctuation(first) && second != "" && third == first && utf8.RuneCountInString(strings.TrimSpace(second)) <= len(first) {
		return strings.TrimSpace(second), first[:1] + first[:1], 3
	}
	if punctuation(second) && !punctuation(first) && indent(first) == 0 && (utf8.RuneCountInString(first) <= len(second) || len(second) >= 4) {
		return first, second[:1], 2
	}
	return "", "", 0
}

// punctuation reports whether a line is one punctuation mark, repeated.
func punctuation(line string) bool {
	return len(line) >= 2 && strings.ContainsAny(line[:1], "=-`:.'\"~^_*+#<>!$%&(),/;?@[\\]{|}") && strings.Trim(line, line[:1]) == "" &&
		line != "::" && line != ".." && line != "--"
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// rstText is a line's words without roles, addresses and substitutions.
func rstText(s string) string {
	s = rstRole.ReplaceAllString(s, " $1 ")
	s = rstReference.ReplaceAllString(s, " $1 ")
	s = rstValue.ReplaceAllString(s, " ")
	return webAddress.ReplaceAllString(s, " ")
}

var (
	rstStrong = lazyregexp.New(`^\s*\*{1,2}([^*]+)\*{1,2}`)
	rstNamed  = lazyregexp.New(`^\s*:([^:\s][^:]*):\s+(\S.*)$`)
	rstLink   = lazyregexp.New("`([^`<]*)<([^>`]*)>`_{0,2}")
)

// rstFull is all that a line says, in the form of a piece's text.
func rstFull(line string) string {
	line = rstStrong.ReplaceAllString(line, labelStart+"$1"+labelEnd)
	return strings.ReplaceAll(rstLink.ReplaceAllString(line, "$1<$2>"), "`", "")
}

// rstSaid adds what lines say that are no prose: fields, and the rows of grid tables.
func (o *outline) rstSaid(line string, at int) {
	if m := rstNamed.FindStringSubmatch(line); m != nil {
		o.reviewed.text(at, m[1]+": "+m[2])
		o.pieces = append(o.pieces, piece{kind: prose, text: labelStart + m[1] + labelEnd + " " + m[2], line: at})
	}
	if inner := strings.TrimSpace(line); len(inner) > 2 && strings.HasPrefix(inner, "|") && strings.HasSuffix(inner, "|") {
		var cells []string
		for _, c := range strings.Split(inner[1:len(inner)-1], "|") {
			cells = append(cells, plain(rstFull(strings.TrimSpace(c))))
		}
		first := !slices.ContainsFunc(o.pieces[max(0, len(o.pieces)-3):], func(p piece) bool { return p.kind == row })
		o.row(at, first, cells)
	}
}
