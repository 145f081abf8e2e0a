package docs

import (
	"bytes"
	"fmt"
	"html"
	"slices"
	"sort"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// maxNesting is how deep quotes and lists may open on one line: a parser that
// recurses must not be led further.
const maxNesting = 100

// markdown reads Markdown and, before it, front matter.
func (o *outline) markdown(data []byte) error {
	if line := tooDeep(data); line > 0 {
		return fmt.Errorf("line %d nests quotes or lists more than %d deep", line, maxNesting)
	}
	body := o.frontMatter(data)
	// Lines keep their numbers: the front matter becomes empty ones.
	src := append(bytes.Repeat([]byte("\n"), bytes.Count(data[:len(data)-len(body)], []byte("\n"))), body...)
	src = tame(src)
	m := markdown{outline: o, src: src, starts: lineStarts(src)}
	root := goldmark.DefaultParser().Parse(text.NewReader(src))
	return ast.Walk(root, m.visit)
}

// opener is what opens a quote or a list item.
var opener = lazyregexp.New(`^[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])`)

// tooDeep gives the first line that opens more than maxNesting quotes or lists.
func tooDeep(data []byte) int {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if len(line) <= maxNesting || len(bytes.Trim(line, "- \t")) == 0 || len(bytes.Trim(line, "* \t")) == 0 {
			continue // too short, or a rule, which opens nothing however long
		}
		for depth := 0; ; depth++ {
			if depth > maxNesting {
				return i + 1
			}
			at := opener.FindIndex(line)
			if at == nil {
				break
			}
			line = line[at[1]:]
		}
	}
	return 0
}

type markdown struct {
	outline *outline
	src     []byte
	starts  []int
}

func lineStarts(src []byte) []int {
	starts := []int{0}
	for i, c := range src {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// line is where a block stands, 1 when it can't be told.
func (m *markdown) line(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if n.Type() != ast.TypeBlock || n.Kind() == ast.KindDocument {
			continue
		}
		if l := n.Lines(); l != nil && l.Len() > 0 {
			return sort.SearchInts(m.starts, l.At(0).Start+1)
		}
	}
	return 1
}

// diagrams are languages of code blocks that draw and command nothing.
var diagrams = []string{"mermaid", "plantuml", "puml", "dot", "graphviz", "ditaa", "math", "latex"}

func (m *markdown) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *ast.Heading:
		m.outline.head(n.Level, m.line(n), m.text(n))
		return ast.WalkSkipChildren, nil
	case *ast.FencedCodeBlock:
		if lang := strings.ToLower(string(n.Language(m.src))); !slices.Contains(diagrams, lang) && n.Lines().Len() > 0 {
			m.outline.command(m.line(n))
			if slices.Contains([]string{"", "md", "markdown", "text"}, lang) {
				m.quoted(n)
			}
		}
		return ast.WalkSkipChildren, nil
	case *ast.CodeBlock:
		m.outline.command(m.line(n))
		return ast.WalkSkipChildren, nil
	case *ast.HTMLBlock:
		m.html(n)
		return ast.WalkSkipChildren, nil
	case *ast.ListItem:
		if !contents(n) {
			m.outline.step(m.line(n.FirstChild()), depth(n))
		}
		return ast.WalkContinue, nil
	}
	if c := n.FirstChild(); n.Type() == ast.TypeBlock && c != nil && c.Type() == ast.TypeInline {
		if item, ok := n.Parent().(*ast.ListItem); !ok || !contents(item) {
			m.prose(n)
		}
		return ast.WalkSkipChildren, nil
	}
	return ast.WalkContinue, nil
}

// contents reports whether a list item is one of a table of contents: links into the
// page itself and nothing else.
func contents(item *ast.ListItem) bool {
	block := item.FirstChild()
	if block == nil {
		return false
	}
	links := 0
	for c := block.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Link:
			if !bytes.HasPrefix(c.Destination, []byte("#")) {
				return false
			}
			links++
		case *ast.Text:
			if c.Segment.Len() > 0 {
				return false
			}
		default:
			return false
		}
	}
	return links > 0
}

// quoted keeps the headings of a text that is shown as code: a template to copy.
func (m *markdown) quoted(n *ast.FencedCodeBlock) {
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		line := strings.TrimSpace(string(s.Value(m.src)))
		title := strings.TrimLeft(line, "#")
		if strings.HasPrefix(line, "##") && strings.HasPrefix(title, " ") || strings.HasPrefix(line, "**") && strings.HasSuffix(strings.TrimRight(line, ":"), "**") {
			m.outline.pieces = append(m.outline.pieces, piece{kind: quoted, text: strings.Trim(title, " *:"), line: m.line(n) + i})
		}
	}
}

// depth is how many lists a list item is in.
func depth(n ast.Node) (d int) {
	for ; n != nil; n = n.Parent() {
		if n.Kind() == ast.KindList {
			d++
		}
	}
	return d
}

// prose counts a block's words and finds commands among them. Badges (links around
// pictures), addresses and tags are no words.
func (m *markdown) prose(n ast.Node) {
	var b strings.Builder
	line := m.line(n)
	m.write(&b, n, func(code string) { m.outline.inline(line, code) })
	if at := m.tableAt(n); at > 0 {
		m.outline.prose(line, b.String(), "")
		m.table(n, at)
		return
	}
	m.outline.prose(line, b.String(), m.full(n))
}

// full is all that a block says, in the form of a piece's text.
func (m *markdown) full(n ast.Node) string {
	var b strings.Builder
	m.writeFull(&b, n, true)
	return b.String()
}

// writeFull writes a node's children. start says that they begin a line; the result is
// whether what follows does.
func (m *markdown) writeFull(b *strings.Builder, n ast.Node, start bool) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			v := c.Segment.Value(m.src)
			b.Write(v)
			start = start && len(bytes.TrimSpace(v)) == 0
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte('\n')
				start = true
			}
		case *ast.String:
			b.Write(c.Value)
			start = false
		case *ast.RawHTML:
			b.WriteByte(' ')
			if html := string(c.Segments.Value(m.src)); strings.HasPrefix(strings.ToLower(html), "<br") {
				b.WriteByte('\n')
				start = true
			}
		case *ast.Emphasis:
			if start {
				b.WriteString(labelStart)
				m.writeFull(b, c, false)
				b.WriteString(labelEnd)
			} else {
				m.writeFull(b, c, false)
			}
			start = false
		case *ast.Link:
			m.writeFull(b, c, false)
			b.WriteString(" <" + string(c.Destination) + ">")
			start = false
		case *ast.AutoLink:
			b.WriteString("<" + string(c.URL(m.src)) + ">")
			start = false
		case *ast.Image:
		default:
			start = m.writeFull(b, c, start)
		}
	}
	return start
}

// text is a block's text, code included.
func (m *markdown) text(n ast.Node) string {
	var b strings.Builder
	m.write(&b, n, func(code string) { b.WriteString(code) })
	return b.String()
}

func (m *markdown) write(b *strings.Builder, n ast.Node, code func(string)) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(m.src))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.CodeSpan:
			var span strings.Builder
			m.write(&span, c, nil)
			code(span.String())
		case *ast.Image:
		case *ast.RawHTML:
			b.WriteByte(' ')
		default:
			m.write(b, c, code)
		}
	}
}

var (
	htmlComment = lazyregexp.New(`(?s)<!--.*?(?:-->|\z)`)
	htmlHeading = lazyregexp.New(`(?is)<h([1-6])(?:\s[^>]*)?>(.*?)</h[1-6]\s*>`)
	htmlCode    = lazyregexp.New(`(?is)<pre(?:\s[^>]*)?>.*?(?:</pre\s*>|\z)`)
	htmlHidden  = lazyregexp.New(`(?is)<(?:script|style)(?:\s[^>]*)?>.*?(?:</(?:script|style)\s*>|\z)`)
	htmlTag     = lazyregexp.New(`(?s)<[^>]*>?`)
)

// html reads a block of HTML, which many READMEs begin with.
func (m *markdown) html(n *ast.HTMLBlock) {
	var b strings.Builder
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		b.Write(s.Value(m.src))
	}
	if n.HasClosure() {
		b.Write(n.ClosureLine.Value(m.src))
	}
	line := m.line(n)
	m.outline.reviewed.comments(line, b.String())
	s := htmlComment.ReplaceAllString(b.String(), " ")
	s = htmlHidden.ReplaceAllString(s, " ")
	for range htmlCode.FindAllString(s, -1) {
		m.outline.command(line)
	}
	s = htmlCode.ReplaceAllString(s, " ")
	for _, h := range htmlHeading.FindAllStringSubmatch(s, maxHeadings) {
		m.outline.head(int(h[1][0]-'0'), line, html.UnescapeString(htmlTag.ReplaceAllString(h[2], " ")))
	}
	s = htmlHeading.ReplaceAllString(s, " ")
	said := html.UnescapeString(htmlTag.ReplaceAllString(s, " "))
	m.outline.prose(line, said, said)
}
