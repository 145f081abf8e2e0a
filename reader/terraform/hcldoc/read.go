package hcldoc

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Hole stands in a text for a part that files do not tell; no file in HCL can hold it.
const Hole = "\x00"

// Known reports whether all of a text is known.
func Known(text string) bool { return !strings.Contains(text, Hole) }

// Block is one block of a file, with its attributes for those who ask by name.
type Block struct {
	Type   string
	Labels []string
	// First and Last are its lines.
	First, Last int
	body        hcl.Body
}

// Label is the block's label of that number; empty where it has none such.
func (b *Block) Label(i int) string {
	if i < len(b.Labels) {
		return b.Labels[i]
	}
	return ""
}

// Blocks gives the blocks of a module's file of those types, which take that many labels.
func Blocks(file *hcl.File, labels map[string]int) []*Block {
	schema := &hcl.BodySchema{}
	for typ, n := range labels {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: typ, LabelNames: []string{"a", "b", "c"}[:n]})
	}
	return blocks(file.Body, schema)
}

func blocks(body hcl.Body, schema *hcl.BodySchema) (out []*Block) {
	content, _, _ := body.PartialContent(schema)
	if content == nil {
		return nil
	}
	for _, b := range content.Blocks {
		one := &Block{Type: b.Type, Labels: b.Labels, First: b.DefRange.Start.Line, Last: b.DefRange.End.Line, body: b.Body}
		if native, ok := b.Body.(*hclsyntax.Body); ok {
			one.Last = native.SrcRange.End.Line
		}
		out = append(out, one)
	}
	return out
}

// Blocks gives the nested blocks of that type, those of `dynamic` blocks too.
func (b *Block) Blocks(typ string) []*Block {
	out := blocks(b.body, &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: typ}}})
	for _, d := range blocks(b.body, &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "dynamic", LabelNames: []string{"type"}}}}) {
		if d.Label(0) == typ {
			out = append(out, blocks(d.body, &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "content"}}})...)
		}
	}
	return out
}

// Attr is an attribute's expression; nil where the block has none such.
func (b *Block) Attr(name string) hcl.Expression {
	if native, ok := b.body.(*hclsyntax.Body); ok {
		if a := native.Attributes[name]; a != nil {
			return a.Expr
		}
		return nil
	}
	content, _, _ := b.body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: name}}})
	if content == nil || content.Attributes[name] == nil {
		return nil
	}
	return content.Attributes[name].Expr
}

// Line is where an attribute stands; the block's own line where it has none such.
func (b *Block) Line(name string) int {
	if e := b.Attr(name); e != nil {
		return e.Range().Start.Line
	}
	return b.First
}

// Scope is what expressions of one module may refer to: defaults of variables, and locals.
type Scope struct {
	variables, locals map[string]hcl.Expression
	steps             int
}

// The bounds of one evaluation: locals that each name the next one twice would multiply
// without them.
const (
	maxSteps = 5000
	maxText  = 64 << 10
	maxDeep  = 32
)

// NewScope makes the scope of a module of its blocks "variable" and "locals".
func NewScope(all []*Block) *Scope {
	s := &Scope{variables: map[string]hcl.Expression{}, locals: map[string]hcl.Expression{}}
	for _, b := range all {
		switch b.Type {
		case "variable":
			if e := b.Attr("default"); e != nil {
				s.variables[b.Label(0)] = e
			}
		case "locals":
			if native, ok := b.body.(*hclsyntax.Body); ok {
				for name, a := range native.Attributes {
					s.locals[name] = a.Expr
				}
			} else if attrs, _ := b.body.JustAttributes(); attrs != nil {
				for name, a := range attrs {
					s.locals[name] = a.Expr
				}
			}
		}
	}
	return s
}

// Text gives what is known of an attribute's text, with a Hole for each part that is
// not; empty where it is not written or null.
func (s *Scope) Text(b *Block, name string) string {
	return s.Eval(b.Attr(name))
}

// Eval is Text of any expression.
func (s *Scope) Eval(e hcl.Expression) string {
	if e == nil {
		return ""
	}
	s.steps = maxSteps
	return s.text(e, maxDeep)
}

func (s *Scope) text(e hcl.Expression, depth int) string {
	e = s.follow(e, &depth)
	if e == nil || depth <= 0 {
		return Hole
	}
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return literal(e.Val)
	case *hclsyntax.TemplateExpr:
		var out strings.Builder
		for _, part := range e.Parts {
			if out.WriteString(s.text(part, depth-1)); out.Len() > maxText {
				return Hole
			}
		}
		return out.String()
	case *hclsyntax.TemplateWrapExpr:
		return s.text(e.Wrapped, depth-1)
	case *hclsyntax.ObjectConsKeyExpr:
		if k := hcl.ExprAsKeyword(e.Wrapped); k != "" {
			return k
		}
		return s.text(e.Wrapped, depth-1)
	case *hclsyntax.UnaryOpExpr:
		if v, diags := e.Value(nil); !diags.HasErrors() {
			return literal(v)
		}
		return Hole
	case *hclsyntax.ConditionalExpr:
		if t, f := s.text(e.TrueResult, depth-1), s.text(e.FalseResult, depth-1); t == f {
			return t
		}
		return Hole
	case *hclsyntax.FunctionCallExpr:
		return s.call(e, depth)
	case hclsyntax.Expression:
		return Hole
	}
	v, diags := e.Value(nil) // JSON: strings come as written
	if diags.HasErrors() {
		return Hole
	}
	if text := literal(v); !strings.Contains(text, "${") {
		return text
	}
	return Hole
}

// call evaluates the few functions that texts are made with.
func (s *Scope) call(e *hclsyntax.FunctionCallExpr, depth int) string {
	if len(e.Args) == 0 {
		return Hole
	}
	first := s.text(e.Args[0], depth-1)
	switch e.Name {
	case "lower":
		return strings.ToLower(first)
	case "upper":
		return strings.ToUpper(first)
	case "trimspace", "chomp":
		return strings.TrimSpace(first)
	case "tostring", "coalesce", "try", "nonsensitive":
		return first
	case "format":
		out, rest := first, e.Args[1:]
		for i := 0; i+1 < len(out) && len(rest) > 0; i++ {
			if out[i] == '%' && out[i+1] != '%' {
				value := s.text(rest[0], depth-1)
				out, rest = out[:i]+value+out[i+2:], rest[1:]
				if i += len(value) - 1; len(out) > maxText {
					return Hole
				}
			}
		}
		return out
	}
	return Hole
}

// follow goes from a reference to what it stands for, and takes brackets off; nil where
// that is not known.
func (s *Scope) follow(e hcl.Expression, depth *int) hcl.Expression {
	for {
		if *depth--; *depth <= 0 {
			return nil
		}
		if s.steps--; s.steps < 0 {
			return nil
		}
		switch x := e.(type) {
		case *hclsyntax.ParenthesesExpr:
			e = x.Expression
			continue
		case *hclsyntax.ScopeTraversalExpr:
			if len(x.Traversal) != 2 {
				return nil
			}
			name, ok := x.Traversal[1].(hcl.TraverseAttr)
			if !ok {
				return nil
			}
			switch x.Traversal.RootName() {
			case "var":
				e = s.variables[name.Name]
			case "local":
				e = s.locals[name.Name]
			default:
				return nil
			}
			if e == nil {
				return nil
			}
			continue
		}
		return e
	}
}

// Items gives the items of a list; ok is false where it is not known, or is none.
func (s *Scope) Items(e hcl.Expression) (items []hcl.Expression, ok bool) {
	depth := maxDeep
	s.steps = maxSteps
	if e = s.follow(e, &depth); e == nil {
		return nil, false
	}
	if call, isCall := e.(*hclsyntax.FunctionCallExpr); isCall && (call.Name == "toset" || call.Name == "tolist" || call.Name == "compact" || call.Name == "distinct") && len(call.Args) == 1 {
		return s.Items(call.Args[0])
	}
	items, diags := hcl.ExprList(e)
	return items, !diags.HasErrors()
}

// Pair is one entry of an object.
type Pair struct {
	Key   string
	Value hcl.Expression
}

// Pairs gives the entries of an object in their order, those of jsonencode's and of
// merge's arguments too; ok is false where it is not known, or is none.
func (s *Scope) Pairs(e hcl.Expression) (out []Pair, ok bool) {
	s.steps = maxSteps
	return s.pairs(e, maxDeep)
}

func (s *Scope) pairs(e hcl.Expression, depth int) (out []Pair, ok bool) {
	if e = s.follow(e, &depth); e == nil || depth <= 0 {
		return nil, false
	}
	if call, isCall := e.(*hclsyntax.FunctionCallExpr); isCall {
		switch call.Name {
		case "jsonencode", "yamlencode", "merge", "tomap":
			for _, a := range call.Args {
				pairs, one := s.pairs(a, depth-1)
				out, ok = append(out, pairs...), ok || one
			}
		}
		return out, ok
	}
	entries, diags := hcl.ExprMap(e)
	if diags.HasErrors() {
		return nil, false
	}
	for _, p := range entries {
		out = append(out, Pair{s.text(p.Key, depth-1), p.Value})
	}
	return out, true
}

func literal(v cty.Value) string {
	if v.IsNull() {
		return ""
	}
	if !v.IsWhollyKnown() || !v.Type().IsPrimitiveType() {
		return Hole
	}
	c, err := convert.Convert(v, cty.String)
	if err != nil || c.IsNull() {
		return ""
	}
	return c.AsString()
}

// File is the file that an expression reads, relative to its own: of
// `file("${path.module}/x.json")` and templatefile it is x.json. Empty for any other.
func File(e hcl.Expression) string {
	call, ok := e.(*hclsyntax.FunctionCallExpr)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	switch call.Name {
	case "file", "templatefile":
		text := (&Scope{}).Eval(call.Args[0])
		text = strings.TrimPrefix(strings.TrimPrefix(text, Hole), "/")
		if Known(text) {
			return text
		}
	case "jsonencode", "jsondecode", "replace":
		return File(call.Args[0])
	}
	return ""
}

// maxBlocks is how many nested blocks of one are walked through.
const maxBlocks = 5_000

// Attributes calls f for each attribute of a native block and of the blocks in it.
func Attributes(b *Block, f func(name string, e hcl.Expression)) {
	native, ok := b.body.(*hclsyntax.Body)
	if !ok {
		return
	}
	room := maxBlocks
	attributes(native, &room, f)
}

func attributes(body *hclsyntax.Body, room *int, f func(string, hcl.Expression)) {
	if *room--; *room < 0 {
		return
	}
	all := make([]*hclsyntax.Attribute, 0, len(body.Attributes))
	for _, a := range body.Attributes {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *hclsyntax.Attribute) int { return cmp.Compare(a.SrcRange.Start.Byte, b.SrcRange.Start.Byte) })
	for _, a := range all {
		f(a.Name, a.Expr)
	}
	for _, b := range body.Blocks {
		attributes(b.Body, room, f)
	}
}
