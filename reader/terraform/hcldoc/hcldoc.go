// Package hcldoc parses files in HCL within bounds that hostile ones run into: the
// parser is recursive, and what would send it too deep is refused before.
package hcldoc

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
)

// MaxBytes is how large a file in HCL may be: a token costs the parser some
// hundred bytes.
const MaxBytes = 1 << 20

// maxDepth bounds what the recursive parser descends into; maxOperators bounds the
// operators that nest without a bracket.
const (
	maxDepth     = 250
	maxOperators = 5000
)

// Problem says why a file, or a part of it, would not parse.
type Problem struct {
	// Line is 0 where it is not known.
	Line int
	Text string
}

// Error is the sentence alone; the line stands beside it.
func (p *Problem) Error() string { return p.Text }

// Parse parses native syntax, or JSON where the path ends so. Lines count from
// firstLine. The file may be nil, and holds what could be made out where there is a
// problem too.
func Parse(p string, data []byte, firstLine int) (*hcl.File, *Problem) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(data) > MaxBytes {
		return nil, &Problem{Text: fmt.Sprintf("it has %d bytes; files in HCL are read up to %d", len(data), MaxBytes)}
	}
	if strings.HasSuffix(p, ".json") {
		if line := tooDeep(data); line > 0 {
			return nil, &Problem{line, fmt.Sprintf("it nests more than %d deep", maxDepth)}
		}
		file, diags := json.Parse(data, p)
		return file, First(diags)
	}
	if bad := guard(p, data); bad != nil {
		return nil, bad
	}
	file, diags := hclsyntax.ParseConfig(data, p, hcl.Pos{Line: firstLine, Column: 1, Byte: 0})
	return file, First(diags)
}

// tooDeep gives the line where brackets open deeper than maxDepth; 0 where they
// never do. It counts those in strings too, so it errs on the side of refusing.
func tooDeep(data []byte) int {
	depth, line := 0, 1
	for _, c := range data {
		switch c {
		case '\n':
			line++
		case '[', '{', '(':
			if depth++; depth > maxDepth {
				return line
			}
		case ']', '}', ')':
			depth = max(0, depth-1)
		}
	}
	return 0
}

// guard refuses what would send the recursive parser too deep: the lexer is not
// recursive, so its tokens can be counted first.
func guard(p string, data []byte) *Problem {
	if tooDeep(data) == 0 && bytes.Count(data, []byte("?"))+bytes.Count(data, []byte("!"))+
		bytes.Count(data, []byte("-"))+bytes.Count(data, []byte("%{")) < maxOperators {
		return nil // the common case, without a second lexing
	}
	tokens, _ := hclsyntax.LexConfig(data, p, hcl.InitialPos)
	depth, run, nested := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenOBrace, hclsyntax.TokenTemplateInterp,
			hclsyntax.TokenTemplateControl, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			depth++
		case hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd,
			hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			depth = max(0, depth-1)
		}
		switch t.Type {
		case hclsyntax.TokenBang, hclsyntax.TokenMinus:
			run++
		default:
			run = 0
		}
		if t.Type == hclsyntax.TokenQuestion || t.Type == hclsyntax.TokenTemplateControl {
			nested++
		}
		if depth > maxDepth || run > maxDepth || nested > maxOperators {
			return &Problem{t.Range.Start.Line, fmt.Sprintf("it nests more than %d deep", maxDepth)}
		}
	}
	return nil
}

// First is the first error among the diagnostics; nil where there is none.
func First(diags hcl.Diagnostics) *Problem {
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		p := &Problem{Text: strings.TrimSuffix(d.Summary, ".")}
		if d.Subject != nil {
			p.Line = d.Subject.Start.Line
		}
		if detail := strings.TrimSpace(d.Detail); detail != "" {
			p.Text += ": " + detail
		}
		return p
	}
	return nil
}
