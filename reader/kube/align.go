package kube

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// template is a Helm template's text, taken apart so that rendered lines can be
// found in it again.
type template struct {
	lines []templateLine
	// starts are the indexes at which its documents begin, the first 0.
	starts []int
}

// templateLine is what a template line says literally, between its actions.
type templateLine struct {
	parts  []string // the first must begin the line, the last must end it
	weight int      // letters and digits in parts; 0 for a line that says nothing
	// loose: there are blocks in the line, so what stands between may be left out.
	loose bool
}

// minWeight is how much a line must say literally to be told from others.
const minWeight = 3

func newTemplate(b []byte) *template {
	t := &template{}
	inAction := false
	for line := range bytes.Lines(b) {
		if !inAction && bytes.HasPrefix(line, []byte("---")) {
			t.starts = append(t.starts, len(t.lines))
		}
		t.lines = append(t.lines, literal(string(line), &inAction))
	}
	if len(t.starts) == 0 || t.starts[0] != 0 {
		t.starts = append([]int{0}, t.starts...)
	}
	return t
}

// block matches the beginning of an action that opens, divides or closes a block.
var block = lazyregexp.New(`^-?\s*(?:if|else|end|with|range|define|block)\b`)

// literal takes the actions out of a line; they may go on over several lines.
func literal(line string, inAction *bool) templateLine {
	var l templateLine
	line = strings.TrimSpace(line)
	for {
		if *inAction {
			_, after, found := strings.Cut(line, "}}")
			if !found {
				l.parts = append(l.parts, "")
				break
			}
			line, *inAction = after, false
			if len(l.parts) == 0 {
				l.parts = append(l.parts, "")
			}
		}
		before, after, found := strings.Cut(line, "{{")
		l.parts = append(l.parts, before)
		if !found {
			break
		}
		line, *inAction = after, true
		l.loose = l.loose || block.MatchString(line)
	}
	for i, p := range l.parts {
		if i == 0 {
			p = strings.TrimLeft(p, " \t")
		}
		if i == len(l.parts)-1 {
			p = strings.TrimRight(p, " \t")
		}
		l.parts[i] = p
		for _, r := range p {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				l.weight++
			}
		}
	}
	if l.weight < minWeight || strings.HasPrefix(l.parts[0], "#") {
		l.weight = 0
	}
	return l
}

// matches reports whether a rendered line, trimmed, can come from this one.
func (l *templateLine) matches(s string) bool {
	if len(l.parts) == 1 {
		return s == l.parts[0]
	}
	first, last := l.parts[0], l.parts[len(l.parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	if l.loose {
		return true
	}
	for _, p := range l.parts[1 : len(l.parts)-1] {
		_, after, found := strings.Cut(s, p)
		if !found {
			return false
		}
		s = after
	}
	return true
}

// maxAlign bounds the work of aligning one document: rendered lines times template lines.
const maxAlign = 2_000_000

// align finds for each line of a rendered document the template line that it comes
// from, 0 where it can't be told. It tries every document of the template and takes
// the one that agrees best.
func (t *template) align(text []byte) []int {
	var rendered []string
	for line := range bytes.Lines(text) {
		rendered = append(rendered, strings.TrimSpace(string(line)))
	}
	best, out := int32(0), make([]int, len(rendered))
	if len(rendered)*len(t.lines) > maxAlign {
		return out
	}
	for i, start := range t.starts {
		end := len(t.lines)
		if i+1 < len(t.starts) {
			end = t.starts[i+1]
		}
		if score, lines := alignPart(rendered, t.lines[start:end], start); score > best {
			best, out = score, lines
		}
	}
	return out
}

// alignPart keeps the order of both sides (the longest common subsequence, weighed by
// how much the lines say), so a line that stands twice goes where its neighbours go.
func alignPart(rendered []string, lines []templateLine, offset int) (int32, []int) {
	rows, cols := len(rendered), len(lines)
	out, width := make([]int, rows), cols+1
	best := make([]int32, (rows+1)*width)
	for i := rows - 1; i >= 0; i-- {
		for j := cols - 1; j >= 0; j-- {
			b := max(best[(i+1)*width+j], best[i*width+j+1])
			if l := &lines[j]; l.weight > 0 && l.matches(rendered[i]) {
				b = max(b, best[(i+1)*width+j+1]+int32(l.weight))
			}
			best[i*width+j] = b
		}
	}
	for i, j := 0, 0; i < rows && j < cols; {
		here, l := best[i*width+j], &lines[j]
		switch {
		case l.weight > 0 && here == best[(i+1)*width+j+1]+int32(l.weight) && l.matches(rendered[i]):
			out[i] = offset + j + 1
			i, j = i+1, j+1
		case here == best[(i+1)*width+j]:
			i++
		default:
			j++
		}
	}
	pull(rendered, lines, offset, out)
	return best[0], out
}

// pull moves a line that the template says more than once to the last of them before
// the line that follows: a key belongs to what stands below it.
func pull(rendered []string, lines []templateLine, offset int, out []int) {
	for i := len(out) - 2; i >= 0; i-- {
		if out[i] == 0 || out[i+1] == 0 {
			continue
		}
		for j := out[i+1] - 1 - offset - 1; j+1+offset > out[i]; j-- {
			if l := &lines[j]; l.weight > 0 && l.matches(rendered[i]) {
				out[i] = j + 1 + offset
				break
			}
		}
	}
}

// kindOnly is the cheap way for objects of which only the place matters: the line of
// the kind, when the template says it once.
func (t *template) kindOnly(kind string) int {
	found := 0
	for i, l := range t.lines {
		if len(l.parts) == 1 && l.parts[0] == "kind: "+kind {
			if found > 0 {
				return 0
			}
			found = i + 1
		}
	}
	return found
}

// setLines gives every node the line that f makes of its own.
func setLines(n *yaml.Node, f func(int) int) {
	walk(n, func(x *yaml.Node) { x.Line = f(x.Line) })
}

// follow gives a rendered node and all below it the lines of the source's node of
// the same place: keys by name, items by their `name` or their place. What the source
// does not have gets 0.
func follow(n, source *yaml.Node) {
	source = yamldoc.Follow(source)
	if source == nil || source.Kind != n.Kind {
		setLines(n, func(int) int { return 0 })
		return
	}
	n.Line = source.Line
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			key.Line = yamldoc.KeyLine(source, key.Value)
			follow(n.Content[i+1], yamldoc.Get(source, key.Value))
		}
	case yaml.SequenceNode:
		items := yamldoc.Items(source)
		for i, item := range n.Content {
			follow(item, counterpart(item, i, items))
		}
	}
}

func counterpart(item *yaml.Node, i int, of []*yaml.Node) *yaml.Node {
	if name := yamldoc.String(yamldoc.Get(item, "name")); name != "" {
		for _, c := range of {
			if yamldoc.String(yamldoc.Get(c, "name")) == name {
				return c
			}
		}
		return nil
	}
	if i < len(of) {
		return of[i]
	}
	return nil
}
