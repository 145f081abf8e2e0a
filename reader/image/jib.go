package image

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maven reads the base image of the Jib plugin in a pom.xml. Without one Jib takes
// its own, which nothing in the file names.
func (r *reader) maven(f tree.File, data []byte) {
	if !bytes.Contains(data, []byte("jib-maven-plugin")) {
		return
	}
	properties, found, err := scanPOM(data)
	if err != nil {
		line := 0
		var bad *xml.SyntaxError
		if errors.As(err, &bad) {
			line, err = bad.Line, errors.New(bad.Msg)
		}
		r.t.Malformed(f.Path, line, err, scorecard.Images)
	}
	for _, b := range found {
		image, unresolved := fill(b.image, properties)
		r.into.Images = append(r.into.Images, scorecard.BuildImage{Location: at(f.Path, b.line, b.line), Format: "jib", Image: scorecard.CleanImage(image), Unresolved: unresolved})
	}
}

// base is a base image as written.
type base struct {
	image string
	line  int
}

// maxElements bounds how deep a pom.xml may nest.
const maxElements = 200

// scanPOM gives the properties of a pom.xml and the bases of its Jib plugins. What
// it found before an error is given with it.
func scanPOM(data []byte) (properties map[string]string, found []base, err error) {
	properties = map[string]string{}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // names are ASCII
	var stack []string
	var pending []base // of the plugin being read
	artifact := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return properties, found, nil
		}
		if err != nil {
			return properties, found, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(stack) >= maxElements {
				return properties, found, fmt.Errorf("it nests more than %d deep", maxElements)
			}
			stack = append(stack, t.Name.Local)
			if t.Name.Local == "plugin" {
				pending, artifact = nil, ""
			}
		case xml.EndElement:
			if t.Name.Local == "plugin" && artifact == "jib-maven-plugin" {
				found = append(found, pending...)
			}
			stack = stack[:len(stack)-1]
		case xml.CharData:
			text := strings.TrimSpace(string(t))
			if text == "" {
				break
			}
			line, _ := d.InputPos()
			line -= strings.Count(strings.TrimLeft(string(t), " \t\r\n"), "\n")
			switch {
			case ends(stack, "properties", "*"):
				properties[stack[len(stack)-1]] = text
			case ends(stack, "plugin", "artifactId"):
				artifact = text
			case ends(stack, "configuration", "from", "image"):
				pending = append(pending, base{text, line})
			}
		}
	}
}

// ends reports whether a path ends in these names; `*` is any.
func ends(stack []string, names ...string) bool {
	if len(stack) < len(names) {
		return false
	}
	for i, n := range names {
		if have := stack[len(stack)-len(names)+i]; n != "*" && have != n {
			return false
		}
	}
	return true
}

var property = lazyregexp.New(`\$\{([^}]+)\}`)

// fill puts properties in, which may be made of others.
func fill(s string, properties map[string]string) (value, unresolved string) {
	out := s
	for range 5 {
		m := property.FindStringSubmatch(out)
		if m == nil {
			return out, ""
		}
		v, ok := properties[m[1]]
		if !ok || len(out) > 4096 {
			return s, fmt.Sprintf("property %s is not set in this file", m[1])
		}
		out = strings.ReplaceAll(out, m[0], v)
	}
	return s, "its properties are made of one another"
}

var (
	jibBlock    = lazyregexp.New(`(?m)(?:^|[\s;{])jib\s*\{`)
	fromBlock   = lazyregexp.New(`(?:^|[\s;{])from\s*\{`)
	imageSet    = lazyregexp.New(`(?:^|[\s;{.])image(?:\s*=\s*|\s*\.set\(\s*|\s+)(?:['"]([^'"\n]+)['"]|([A-Za-z_][\w.]*))`)
	fromImage   = lazyregexp.New(`(?:^|[\s;{.])from\.image(?:\s*=\s*|\s*\.set\(\s*)(?:['"]([^'"\n]+)['"]|([A-Za-z_][\w.]*))`)
	jibImage    = lazyregexp.New(`\bjib\.from\.image(?:\s*=\s*|\s*\.set\(\s*)(?:['"]([^'"\n]+)['"]|([A-Za-z_][\w.]*))`)
	gradleValue = lazyregexp.New(`(?m)^\s*(?:def|val|ext\.|String|const val)?\s*([A-Za-z_]\w*)\s*=\s*['"]([^'"$\n]+)['"]\s*$`)
	gradleRef   = lazyregexp.New(`\$\{?([A-Za-z_]\w*)\}?`)
)

// The bounds on the blocks of one kind in a file: how many are read, and how many
// bytes of each.
const (
	maxBlocks = 20
	maxBlock  = 16 << 10
)

// gradle reads the base image of the Jib extension in a Gradle build, as far as its
// text tells: `jib { from { image = "…" } }` or `jib.from.image = "…"`.
func (r *reader) gradle(f tree.File, data []byte) {
	if !bytes.Contains(data, []byte("jib")) {
		return
	}
	code := withoutComments(string(data), "//")
	var found [][]int // start of the match, and where the literal or the name stands
	for _, j := range jibBlock.FindAllStringIndex(code, maxBlocks) {
		body, start := braces(code, j[1])
		if m := fromImage.FindStringSubmatchIndex(body); m != nil {
			found = append(found, shifted(m, start))
		}
		for _, fr := range fromBlock.FindAllStringIndex(body, maxBlocks) {
			inner, at := braces(body, fr[1])
			if m := imageSet.FindStringSubmatchIndex(inner); m != nil {
				found = append(found, shifted(m, start+at))
			}
		}
	}
	found = append(found, jibImage.FindAllStringSubmatchIndex(code, maxBlocks)...)
	slices.SortFunc(found, func(a, b []int) int { return a[0] - b[0] })
	values := map[string]string{}
	for _, m := range gradleValue.FindAllStringSubmatch(code, -1) {
		values[m[1]] = m[2]
	}
	for _, m := range found {
		r.gradleImage(f, code, m, values)
	}
}

func (r *reader) gradleImage(f tree.File, code string, m []int, values map[string]string) {
	image, unresolved, stands := "", "", m[2]
	if m[2] >= 0 {
		image = code[m[2]:m[3]]
		image = gradleRef.ReplaceAllStringFunc(image, func(ref string) string {
			name := gradleRef.FindStringSubmatch(ref)[1]
			if v, ok := values[name]; ok {
				return v
			}
			unresolved = fmt.Sprintf("%s is not set in this file by a literal", name)
			return ref
		})
	} else {
		stands = m[4]
		name := code[m[4]:m[5]]
		if v, ok := values[name]; ok {
			image = v
		} else {
			image, unresolved = name, fmt.Sprintf("%s is not set in this file by a literal", name)
		}
	}
	line := 1 + strings.Count(code[:stands], "\n")
	r.into.Images = append(r.into.Images, scorecard.BuildImage{Location: at(f.Path, line, line), Format: "jib", Image: scorecard.CleanImage(image), Unresolved: unresolved})
}

// braces gives what stands between an open brace just before a place and the one
// that closes it, and where it starts.
func braces(code string, start int) (string, int) {
	depth, end := 1, min(len(code), start+maxBlock)
	for i := start; i < end; i++ {
		switch code[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return code[start:i], start
			}
		}
	}
	return code[start:end], start
}

func shifted(m []int, by int) []int {
	out := make([]int, len(m))
	for i, v := range m {
		if out[i] = v; v >= 0 {
			out[i] = v + by
		}
	}
	return out
}
