package docs

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// The scanners of AsciiDoc and reStructuredText know what makes headings, lists, code
// and prose, and leave the rest. There is no Go library for either that is both kept
// up and free to use here.

var (
	adocHeading   = lazyregexp.New(`^(={1,6}|#{1,6})[ \t]+(\S.*)$`)
	adocAttribute = lazyregexp.New(`^:!?[\w-]+!?:(?:\s|$)`)
	adocDirective = lazyregexp.New(`^(?:ifdef|ifndef|ifeval|endif|include|toc|image|video|audio)::`)
	adocBlockAttr = lazyregexp.New(`^\[.*\]$`)
	adocItem      = lazyregexp.New(`^\s*(?:\*{1,5}|-|\.{1,5}|\d+\.|[a-z]\.|<(?:\d+|\.)>)[ \t]+(.*)$`)
	adocTitle     = lazyregexp.New(`^\.[^\s.].*$`)
	adocMacro     = lazyregexp.New(`(?:image|icon|kbd|btn|menu|anchor|footnote|pass):[^\[\s]*\[[^\]]*\]`)
	adocLink      = lazyregexp.New(`(?:link:|xref:|mailto:|https?://)[^\s\[\]]*(?:\[([^\]]*)\])?`)
	adocReference = lazyregexp.New(`<<[^,>]*,?([^>]*)>>`)
	adocValue     = lazyregexp.New(`\{[\w-]+\}`)
	inlineCode    = lazyregexp.New("`+([^`]+)`+")
)

// asciidoc reads AsciiDoc line by line.
func (o *outline) asciidoc(lines []string) {
	var fence string // the delimiter of the block whose content is taken as it is
	literal, header := false, false
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " \t")
		switch kind := adocFence(line); {
		case fence != "":
			if line == fence {
				fence = ""
			}
			continue
		case kind != noBlock:
			if kind == verbatim && i+1 < len(lines) {
				o.command(i + 1)
			}
			if kind != container {
				fence = line
				if strings.HasPrefix(line, "```") {
					fence = "```"
				}
			}
			literal, header = false, false
			continue
		}
		blank := line == ""
		if blank {
			literal, header = false, false
			continue
		}
		if strings.HasPrefix(line, "|") {
			o.adocRow(lines, i)
		}
		if m := adocEntry.FindStringSubmatch(line); m != nil {
			o.reviewed.entry(i+1, m[1], m[2])
		}
		if literal || header {
			continue // the rest of a literal paragraph, or author and revision below the title
		}
		if i+1 < len(lines) && (i == 0 || strings.TrimSpace(lines[i-1]) == "") {
			if level := adocUnderline(line, strings.TrimRight(lines[i+1], " \t")); level > 0 {
				o.head(level, i+1, adocText(line))
				i++
				continue
			}
		}
		header = o.adocLine(line, i+1)
		if line[0] == ' ' || line[0] == '\t' {
			if !adocItem.MatchString(line) && (i == 0 || strings.TrimSpace(lines[i-1]) == "") {
				o.command(i + 1)
				literal = true
			}
		}
	}
}

// adocLine reads one line outside of blocks. header says that it was the document's
// title, below which authors stand.
func (o *outline) adocLine(line string, at int) (header bool) {
	if m := adocHeading.FindStringSubmatch(line); m != nil {
		o.head(len(m[1]), at, adocText(m[2]))
		return len(m[1]) == 1
	}
	if adocTitle.MatchString(line) { // of a block
		o.pieces = append(o.pieces, piece{kind: prose, text: labelStart + line[1:] + labelEnd, line: at})
	}
	if strings.HasPrefix(line, "//") {
		o.reviewed.text(at, strings.TrimLeft(line, "/ "))
	}
	switch {
	case strings.HasPrefix(line, "//"), adocAttribute.MatchString(line), adocDirective.MatchString(line), adocBlockAttr.MatchString(line),
		adocTitle.MatchString(line), line == "+", line == "'''", line == "<<<":
		return false
	}
	if m := adocItem.FindStringSubmatch(line); m != nil {
		o.step(at, 1+strings.Count(strings.TrimSpace(line[:len(line)-len(m[1])]), "*"))
		line = m[1]
	} else if line[0] == ' ' || line[0] == '\t' {
		return false // a literal paragraph
	}
	for _, m := range inlineCode.FindAllStringSubmatch(line, -1) {
		o.inline(at, strings.Trim(m[1], "+"))
	}
	o.prose(at, adocText(inlineCode.ReplaceAllString(line, " ")), adocFull(line))
	return false
}

// adocText is a line's words without macros, addresses and references.
func adocText(s string) string {
	s = adocMacro.ReplaceAllString(s, " ")
	s = adocLink.ReplaceAllString(s, " $1 ")
	s = adocReference.ReplaceAllString(s, " $1 ")
	return adocValue.ReplaceAllString(s, " ")
}

// block says what a delimiter opens.
type block int

const (
	noBlock   block = iota
	container       // prose goes on inside
	verbatim        // code
	hidden          // comments and passthrough
)

// adocFence tells the delimiter lines of blocks.
func adocFence(line string) block {
	if line == "--" || strings.HasPrefix(line, "|===") || strings.HasPrefix(line, ",===") {
		return container
	}
	if strings.HasPrefix(line, "```") && !strings.Contains(line[3:], "`") {
		return verbatim
	}
	if len(line) < 4 || strings.Trim(line, line[:1]) != "" {
		return noBlock
	}
	switch line[0] {
	case '-', '.':
		return verbatim
	case '/', '+':
		return hidden
	case '=', '*', '_':
		return container
	}
	return noBlock
}

// adocUnderline tells the older style of headings, underlined at their own length.
func adocUnderline(title, under string) int {
	level := 0
	if len(under) >= 3 && strings.Trim(under, under[:1]) == "" {
		level = 1 + strings.IndexByte("=-~^+", under[0])
	}
	long := len([]rune(title))
	if level == 0 || len(under) < long-2 || len(under) > long+2 || strings.ContainsAny(title[:1], "=-~^+.*[|:/ \t") {
		return 0
	}
	return level
}

var (
	adocEntry  = lazyregexp.New(`^:([\w-]+):\s+(\S.*)$`)
	adocStrong = lazyregexp.New(`^\s*(?:\*{1,2}|_{1,2})([^*_]+)(?:\*{1,2}|_{1,2})`)
	adocTerm   = lazyregexp.New(`^(\S[^:]*)(?:::+|;;)(?:\s+(.*))?$`)
	adocURL    = lazyregexp.New(`(?:link:|xref:)?((?:https?://|mailto:)?[^\s\[\]<>]+)\[([^\]]*)\]`)
)

// adocFull is all that a line says, in the form of a piece's text.
func adocFull(line string) string {
	if m := adocTerm.FindStringSubmatch(line); m != nil {
		line = labelStart + strings.Trim(m[1], "*_") + labelEnd + " " + m[2]
	} else {
		line = adocStrong.ReplaceAllString(line, labelStart+"$1"+labelEnd)
	}
	return adocURL.ReplaceAllString(strings.ReplaceAll(line, "`", ""), "$2 <$1>")
}

// adocRow adds the row of a table that stands whole on one line, or on one line a cell:
// the lines up to an empty one. The first row, with an empty line below it, names the columns.
func (o *outline) adocRow(lines []string, i int) {
	if strings.HasPrefix(lines[i], "|===") || i > 0 && strings.HasPrefix(lines[i-1], "|") && !strings.HasPrefix(lines[i-1], "|===") && strings.Count(lines[i-1], "|") == 1 {
		return // a cell of the row that began above
	}
	cells := adocCells(lines[i])
	last := i
	for len(cells) > 0 && strings.Count(lines[i], "|") == 1 && last+1 < len(lines) && strings.HasPrefix(lines[last+1], "|") && !strings.HasPrefix(lines[last+1], "|===") {
		last++
		cells = append(cells, adocCells(lines[last])...)
	}
	header := i > 0 && strings.HasPrefix(lines[i-1], "|===") && last+1 < len(lines) && strings.TrimSpace(lines[last+1]) == ""
	o.row(i+1, header, cells)
}

func adocCells(line string) (out []string) {
	for _, c := range strings.Split(line, "|")[1:] {
		out = append(out, plain(adocFull(strings.TrimSpace(c))))
	}
	return out
}
