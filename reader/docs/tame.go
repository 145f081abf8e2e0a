package docs

// Bounds within which the Markdown parser's time stays linear. It scans ahead at
// every bracket, tag and run of backticks, and checks every open list at every line;
// a document written to exploit that would hold a scan up for minutes. No document
// written for people comes near them.
const (
	maxLineBrackets = 200
	maxParaBrackets = 2_000
	maxLineTags     = 500
	maxParaTags     = 10_000
	maxRun          = 10  // backticks in a row
	maxIndent       = 100 // columns
)

// tame gives the text without what goes beyond the bounds. Lines stay.
func tame(data []byte) []byte {
	out := make([]byte, 0, len(data))
	t := tamer{blank: true}
	for _, c := range data {
		if t.blank && (c == ' ' || c == '\t') {
			if t.indent++; c == '\t' {
				t.indent += 3
			}
			if t.indent > maxIndent {
				continue
			}
		}
		out = append(out, t.next(c))
	}
	return out
}

// tamer counts within the current line and the current paragraph.
type tamer struct {
	lineBrackets, paraBrackets int
	lineTags, paraTags         int
	run, indent                int
	blank                      bool // nothing but space on the line so far
}

func (t *tamer) next(c byte) byte {
	if c != '`' {
		t.run = 0
	}
	switch c {
	case '\n':
		if t.blank {
			t.paraBrackets, t.paraTags = 0, 0
		}
		t.lineBrackets, t.lineTags, t.run, t.indent, t.blank = 0, 0, 0, 0, true
		return c
	case ' ', '\t':
		return c
	case '[', ']', '!':
		t.lineBrackets++
		t.paraBrackets++
		if t.lineBrackets > maxLineBrackets || t.paraBrackets > maxParaBrackets {
			c = '.'
		}
	case '<':
		t.lineTags++
		t.paraTags++
		if t.lineTags > maxLineTags || t.paraTags > maxParaTags {
			c = '.'
		}
	case '`':
		if t.run++; t.run > maxRun {
			c = '.'
		}
	}
	t.blank = false
	return c
}
