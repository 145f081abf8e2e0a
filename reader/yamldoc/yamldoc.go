// Package yamldoc reads YAML files of many documents for the readers that care for
// lines: every document by itself, so that one that will not parse hides no other,
// with the line of every node, and within bounds that alias bombs and endless files
// run into.
package yamldoc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
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
// block scalar for one, can hold it. JSON is YAML and goes the same way; of JSON objects
// that follow each other without a marker, as kubectl takes them, each is a document.
func Parse(data []byte) []Document {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return []Document{{FirstLine: 1, LastLine: 1 + bytes.Count(data, []byte("\n")), Err: errors.New("it is not valid UTF-8 text"), ErrLine: badLine(data)}}
	}
	var docs []Document
	line, start, startLine := 1, 0, 1
	flush := func(end int) {
		at := startLine
		for _, text := range values(data[start:end]) {
			if len(bytes.TrimSpace(text)) > 0 && len(docs) < MaxDocuments {
				docs = append(docs, parseOne(text, at))
			}
			at += bytes.Count(text, []byte("\n"))
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

// values splits JSON objects that follow each other; anything else is one text.
func values(text []byte) (out [][]byte) {
	for {
		body := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), []byte("---")))
		if !bytes.HasPrefix(body, []byte("{")) || nesting(text) > maxDepth {
			return append(out, text)
		}
		begin := bytes.IndexByte(text, '{')
		d := json.NewDecoder(bytes.NewReader(text[begin:]))
		var first json.RawMessage
		if d.Decode(&first) != nil {
			return append(out, text)
		}
		end := begin + int(d.InputOffset())
		if rest := bytes.TrimSpace(text[end:]); len(rest) == 0 || rest[0] != '{' || len(out) > MaxDocuments {
			return append(out, text)
		}
		out, text = append(out, text[:end]), text[end:]
	}
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

var yamlLine = lazyregexp.New(`^yaml: (?:line (\d+): )?`)

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
