package docs

import (
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// Tables are read line by line, as GitHub's flavour of Markdown has them. The parser's
// own extension gives each row as many cells as the table has columns, so that a small
// file could ask for millions.

var (
	tableRule = lazyregexp.New(`^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$`)
	inlineURL = lazyregexp.New(`!?\[([^\]]*)\]\(<?([^)\s>]+)[^)]*\)`)
	lineBreak = lazyregexp.New(`(?i)<br\s*/?>`)
)

// tableAt gives which line of a paragraph parts a table's head from its rows; 0 where
// it is no table.
func (m *markdown) tableAt(n ast.Node) int {
	if n.Kind() != ast.KindParagraph && n.Kind() != ast.KindTextBlock {
		return 0
	}
	for i := 1; i < n.Lines().Len(); i++ {
		head, rule := n.Lines().At(i-1), n.Lines().At(i)
		text := rule.Value(m.src)
		if strings.ContainsRune(string(text), '-') && strings.ContainsRune(string(head.Value(m.src)), '|') && tableRule.Match(text) {
			return i
		}
	}
	return 0
}

// table adds the rows of a table, whose rule is the line at the index.
func (m *markdown) table(n ast.Node, rule int) {
	line := m.line(n)
	for i := rule - 1; i < n.Lines().Len(); i++ {
		if i == rule {
			continue
		}
		s := n.Lines().At(i)
		m.outline.row(line+i, i < rule, cellsOf(string(s.Value(m.src))))
	}
}

// cellsOf parts a row at its bars, those behind a backslash excepted.
func cellsOf(row string) (out []string) {
	row = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(row), "|"), "|")
	for _, c := range strings.SplitN(strings.ReplaceAll(row, `\|`, "\x00"), "|", maxColumns+1) {
		c = lineBreak.ReplaceAllString(inlineURL.ReplaceAllString(c, "$1 <$2>"), " ")
		c = strings.NewReplacer("\x00", "|", "**", "", "__", "", "`", "").Replace(c)
		out = append(out, strings.TrimSpace(c))
	}
	return out[:min(len(out), maxColumns)]
}
