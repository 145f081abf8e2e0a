// Package yamldoc reads YAML files of many documents for the readers that care for
// lines: every document by itself, so that one that will not parse hides no other,
// with the line of every node, and within bounds that alias bombs and endless files
// run into.
package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxDocuments is how many documents of one file are read.
const MaxDocuments = 20_000

// MaxAliased is how many nodes the aliases of one document may repeat.
const MaxAliased = 50_000

// maxDepth is how deep one document may nest.
const maxDepth = 200

// Document is one document of a file.
type Document struct {
	// Root is the document's content; nil when it is empty or would not parse. Lines
	// in it count from the top of the file.
	Root *yaml.Node
	// FirstLine and LastLine are the document's, from 1.
	FirstLine, LastLine int
	// Text is the document as written.
	Text []byte
	// Err says why it would not parse; ErrLine is the line in the file, 0 when not known.
	Err     error
	ErrLine int
}

// ErrTooMany is the error of the last document returned when a file holds more than
// MaxDocuments.
var ErrTooMany = fmt.Errorf("more than %d documents; those after were not read", MaxDocuments)

// Parse splits a file at its document markers and parses each document by itself.
// A marker stands at the start of a line: by YAML's own rules nothing indented, a
// block scalar for one, can hold it. JSON is YAML and goes the same way.
func Parse(data []byte) []Document {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return []Document{{FirstLine: 1, LastLine: 1 + bytes.Count(data, []byte("\n")), Err: errors.New("it is not valid UTF-8 text"), ErrLine: badLine(data)}}
	}
	var docs []Document
	line, start, startLine := 1, 0, 1
	flush := func(end int) {
		if text := data[start:end]; len(bytes.TrimSpace(text)) > 0 {
			docs = append(docs, parseOne(text, startLine))
		}
	}
	for at := 0; at < len(data); line++ {
		end := bytes.IndexByte(data[at:], '\n')
		next := len(data)
		if end >= 0 {
			next = at + end + 1
		}
		if marker(data[at:next]) {
			flush(at)
			if len(docs) >= MaxDocuments {
				return append(docs, Document{FirstLine: line, LastLine: line, Err: ErrTooMany, ErrLine: line})
			}
			start, startLine = at, line
		}
		at = next
	}
	flush(len(data))
	return docs
}

func badLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			return line
		}
		if r == '\n' {
			line++
		}
		data = data[n:]
	}
	return 0
}

// marker reports whether a line starts a document: `---` alone or followed by a space.
func marker(line []byte) bool {
	return bytes.HasPrefix(line, []byte("---")) && (len(line) == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\n' || line[3] == '\r')
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func parseOne(text []byte, first int) Document {
	doc := Document{FirstLine: first, LastLine: first + bytes.Count(bytes.TrimRight(text, "\n"), []byte("\n")), Text: text}
	if nesting(text) > maxDepth {
		doc.Err, doc.ErrLine = fmt.Errorf("it nests more than %d deep", maxDepth), first
		return doc
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		msg := err.Error()
		if m := yamlLine.FindStringSubmatch(msg); m != nil {
			msg = msg[len(m[0]):]
			if n, e := strconv.Atoi(m[1]); e == nil {
				// The library counts from 0 where it missed the end of a collection, and
				// from 1 elsewhere.
				if strings.HasPrefix(msg, "did not find expected ") && !strings.HasSuffix(msg, "node content") {
					n++
				}
				doc.ErrLine = min(n+first-1, doc.LastLine)
			}
		}
		doc.Err = errors.New(msg)
		return doc
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		return doc
	}
	doc.Root = root.Content[0]
	if doc.Root.Kind == yaml.ScalarNode && doc.Root.Tag == "!!null" {
		doc.Root = nil
		return doc
	}
	shift(doc.Root, first-1)
	if err := Check(doc.Root); err != nil {
		doc.Root, doc.Err, doc.ErrLine = nil, err, first
	}
	return doc
}

// nesting is a cheap upper guess of how deep flow collections open, so that a
// megabyte of brackets does not reach the recursive parser.
func nesting(text []byte) int {
	depth, deepest := 0, 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	if deepest <= maxDepth {
		return 0
	}
	return deepest
}

func shift(n *yaml.Node, by int) {
	if by == 0 {
		return
	}
	n.Line += by
	for _, c := range n.Content {
		shift(c, by)
	}
}

// Check refuses a node whose aliases multiply it beyond MaxAliased nodes or nest it
// beyond reason.
func Check(n *yaml.Node) error {
	budget := MaxAliased
	return spend(n, &budget, 0, false)
}

// spend counts the nodes that aliases repeat; what is written out is bounded by the
// size of the file.
func spend(n *yaml.Node, budget *int, depth int, aliased bool) error {
	if depth > maxDepth {
		return fmt.Errorf("it nests more than %d deep", maxDepth)
	}
	if aliased {
		if *budget--; *budget < 0 {
			return fmt.Errorf("its aliases repeat more than %d nodes", MaxAliased)
		}
	}
	if n.Kind == yaml.AliasNode {
		return spend(n.Alias, budget, depth+1, true)
	}
	for _, c := range n.Content {
		if err := spend(c, budget, depth+1, aliased); err != nil {
			return err
		}
	}
	return nil
}

// Follow gives what an alias stands for, and any other node itself; nil for nil.
func Follow(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// Get walks down mappings by key and gives the value there, aliases followed; nil
// where the path does not exist. Merge keys (`<<`) are looked into last.
func Get(n *yaml.Node, keys ...string) *yaml.Node {
	n = Follow(n)
	for _, k := range keys {
		if n = get(n, k, 0); n == nil {
			return nil
		}
	}
	return n
}

func get(n *yaml.Node, key string, depth int) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode || depth > maxDepth {
		return nil
	}
	var merged *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch {
		case n.Content[i].Value == key:
			return Follow(n.Content[i+1])
		case n.Content[i].Tag == "!!merge":
			merged = Follow(n.Content[i+1])
		}
	}
	if merged != nil && merged.Kind == yaml.SequenceNode {
		for _, m := range merged.Content {
			if v := get(Follow(m), key, depth+1); v != nil {
				return v
			}
		}
		return nil
	}
	return get(merged, key, depth+1)
}

// KeyLine is the line of a key of a mapping; 0 when it has none such.
func KeyLine(n *yaml.Node, key string) int {
	if n = Follow(n); n == nil || n.Kind != yaml.MappingNode {
		return 0
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i].Line
		}
	}
	return 0
}

// LastLine is the last line that a node reaches.
func LastLine(n *yaml.Node) int {
	n = Follow(n)
	if n == nil {
		return 0
	}
	last := n.Line
	if n.Kind == yaml.ScalarNode {
		if n.Style == yaml.LiteralStyle || n.Style == yaml.FoldedStyle {
			last += strings.Count(strings.TrimRight(n.Value, "\n"), "\n") + 1
		}
		return last
	}
	for _, c := range n.Content {
		if c.Kind != yaml.AliasNode {
			last = max(last, LastLine(c))
		}
	}
	return last
}

// String is a scalar's text as written, numbers and booleans too; "" for anything else.
func String(n *yaml.Node) string {
	if n = Follow(n); n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// StringMap is a mapping of scalars; nil for anything else. Values keep their text.
func StringMap(n *yaml.Node) map[string]string {
	if n = Follow(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	out := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if v := Follow(n.Content[i+1]); v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
			out[n.Content[i].Value] = v.Value
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// Items are a sequence's items, aliases followed; nil for anything else.
func Items(n *yaml.Node) []*yaml.Node {
	if n = Follow(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out[i] = Follow(c)
	}
	return out
}

// Duplicate is a key that a mapping has twice.
type Duplicate struct {
	Path            string // dotted, e.g. `spec.template.spec`
	Key             string
	Line, EarlierAt int
}

// Duplicates finds keys that stand twice in one mapping, which YAML forbids and
// parsers silently take.
func Duplicates(n *yaml.Node) []Duplicate { return duplicates(n, "", 0) }

func duplicates(n *yaml.Node, at string, depth int) (out []Duplicate) {
	if n == nil || depth > maxDepth {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if first, twice := seen[k.Value]; twice && k.Tag != "!!merge" {
				out = append(out, Duplicate{at, k.Value, k.Line, first})
			} else {
				seen[k.Value] = k.Line
			}
			below := k.Value
			if at != "" {
				below = at + "." + k.Value
			}
			out = append(out, duplicates(n.Content[i+1], below, depth+1)...)
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			out = append(out, duplicates(c, fmt.Sprintf("%s[%d]", at, i), depth+1)...)
		}
	}
	return out
}

// Value makes plain Go values of a node, as JSON would hold them: map[string]any,
// []any, string, bool, int64, float64, nil. Of keys that stand twice the last one
// counts; merge keys are merged. The node must have passed Check, as Parse sees to.
func Value(n *yaml.Node) any {
	n = Follow(n)
	if n == nil {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		mergeInto(m, n)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Tag != "!!merge" {
				m[n.Content[i].Value] = Value(n.Content[i+1])
			}
		}
		return m
	case yaml.SequenceNode:
		s := make([]any, len(n.Content))
		for i, c := range n.Content {
			s[i] = Value(c)
		}
		return s
	case yaml.ScalarNode:
		return scalar(n)
	}
	return nil
}

func mergeInto(m map[string]any, n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!merge" {
			continue
		}
		from := Follow(n.Content[i+1])
		sources := []*yaml.Node{from}
		if from.Kind == yaml.SequenceNode {
			sources = Items(from)
		}
		for _, s := range sources {
			if v, ok := Value(s).(map[string]any); ok {
				for k, x := range v {
					if _, have := m[k]; !have {
						m[k] = x
					}
				}
			}
		}
	}
}

func scalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			return i
		}
		var f float64
		if n.Decode(&f) == nil {
			return f
		}
	case "!!float":
		var f float64
		if n.Decode(&f) == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f
		}
	case "!!timestamp":
		var ts time.Time
		if n.Decode(&ts) == nil {
			return n.Value // as written: JSON has no dates
		}
	}
	return n.Value
}
