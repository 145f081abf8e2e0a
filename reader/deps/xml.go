package deps

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// element is an XML element with its line. Names are without their prefixes.
type element struct {
	name     string
	line     int
	text     string
	attrs    map[string]string // names lower-cased
	children []*element
}

// get gives the first element below by names; nil where there is none.
func (e *element) get(names ...string) *element {
	for _, name := range names {
		if e == nil {
			return nil
		}
		var found *element
		for _, c := range e.children {
			if c.name == name {
				found = c
				break
			}
		}
		e = found
	}
	return e
}

// str is the text of an element below, without space around it.
func (e *element) str(names ...string) string {
	if x := e.get(names...); x != nil {
		return strings.TrimSpace(x.text)
	}
	return ""
}

// all gives the children of a name; nil of nil.
func (e *element) all(name string) (out []*element) {
	if e == nil {
		return nil
	}
	for _, c := range e.children {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

// parseXML reads a document. Comments are left out.
func parseXML(data []byte) (root *element, line int, err error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // names are ASCII
	d.Strict = true
	var stack []*element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if root == nil {
				return nil, 1, errors.New("it holds no element")
			}
			return root, 0, nil
		}
		line, _ := d.InputPos()
		if err != nil {
			var bad *xml.SyntaxError
			if errors.As(err, &bad) {
				line, err = bad.Line, errors.New(bad.Msg)
			}
			return nil, line, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local, line: line}
			if len(t.Attr) > 0 {
				e.attrs = map[string]string{}
			}
			for _, a := range t.Attr {
				e.attrs[strings.ToLower(a.Name.Local)] = a.Value
			}
			switch {
			case len(stack) >= maxNesting:
				return nil, line, fmt.Errorf("it nests more than %d deep", maxNesting)
			case len(stack) > 0:
				above := stack[len(stack)-1]
				above.children = append(above.children, e)
			case root == nil:
				root = e
			}
			stack = append(stack, e)
		case xml.EndElement:
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text += string(t)
			}
		}
	}
}

// xml reads a file of a format, and notes a gap where it does not parse.
func (r *reader) xml(f tree.File, data []byte) *element {
	root, line, err := parseXML(data)
	if err != nil {
		r.t.Malformed(f.Path, line, err, scorecard.Dependencies)
		return nil
	}
	return root
}
