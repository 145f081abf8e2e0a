package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// text is what is known of a string: its literal parts, with a hole for each part
// that files do not tell.
type text string

// hole stands for a part that is not known; no file in HCL can hold it as text.
const hole = "\x00"

func (s text) known() bool { return !strings.Contains(string(s), hole) }

// literal is the text without its holes.
func (s text) literal() string { return strings.ReplaceAll(string(s), hole, "") }

// whole is the text where all of it is known, else empty.
func (s text) whole() string {
	if !s.known() {
		return ""
	}
	return string(s)
}

// scope is what expressions of one module may refer to.
type scope struct {
	defaults map[string]hcl.Expression // of variables
	locals   map[string]hcl.Expression
	call     func(name string, args []text) text // functions that find files; may be nil
	include  func(name string) *scope            // what an include exposes; may be nil
	steps    int                                 // left for the expression being evaluated
}

// Locals that each name the next one twice would multiply without these bounds.
const (
	maxSteps = 5000
	maxText  = 64 << 10
)

func newScope(blocks []*block) *scope {
	s := &scope{defaults: map[string]hcl.Expression{}, locals: map[string]hcl.Expression{}}
	for _, b := range blocks {
		switch b.typ {
		case "variable":
			for _, body := range append([]hcl.Body{b.body}, b.over...) {
				if e := attrOf(body, "default"); e != nil {
					s.defaults[b.label(0)] = e
				}
			}
		case "locals":
			for name, e := range attributesOf(b.body) {
				s.locals[name] = e
			}
		}
	}
	return s
}

// attr evaluates an attribute of a block, override files considered; false where it
// is not written or null.
func (s *scope) attr(b *block, name string) (text, bool) {
	for i := len(b.over) - 1; i >= 0; i-- {
		if e := attrOf(b.over[i], name); e != nil {
			return s.eval(e)
		}
	}
	if e := attrOf(b.body, name); e != nil {
		return s.eval(e)
	}
	return "", false
}

// eval gives what is known of an expression; false for null.
func (s *scope) eval(e hcl.Expression) (text, bool) {
	s.steps = maxSteps
	return s.value(e, 32)
}

func (s *scope) value(e hcl.Expression, depth int) (text, bool) {
	if s.steps--; depth <= 0 || s.steps < 0 {
		return hole, true
	}
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return fromCty(e.Val)
	case *hclsyntax.TemplateExpr:
		var out strings.Builder
		for _, part := range e.Parts {
			v, _ := s.value(part, depth-1)
			if out.WriteString(string(v)); out.Len() > maxText {
				return hole, true
			}
		}
		return text(out.String()), true
	case *hclsyntax.TemplateWrapExpr:
		return s.value(e.Wrapped, depth-1)
	case *hclsyntax.ParenthesesExpr:
		return s.value(e.Expression, depth-1)
	case *hclsyntax.ObjectConsKeyExpr:
		if k := hcl.ExprAsKeyword(e.Wrapped); k != "" {
			return text(k), true
		}
		return s.value(e.Wrapped, depth-1)
	case *hclsyntax.ScopeTraversalExpr:
		if s.include != nil && e.Traversal.RootName() == "include" {
			return s.included(e.Traversal, depth-1)
		}
		if len(e.Traversal) != 2 {
			return hole, true
		}
		name, ok := e.Traversal[1].(hcl.TraverseAttr)
		if !ok {
			return hole, true
		}
		return s.named(e.Traversal.RootName(), name.Name, depth-1)
	case *hclsyntax.FunctionCallExpr:
		args := make([]text, len(e.Args))
		for i, a := range e.Args {
			args[i], _ = s.value(a, depth-1)
		}
		return s.function(e.Name, args), true
	case hclsyntax.Expression:
		return hole, true
	}
	return s.fromJSON(e, depth)
}

var verb = lazyregexp.New(`%[a-z]`)

// function evaluates a call of the few functions that names are made with.
func (s *scope) function(name string, args []text) text {
	switch {
	case name == "format" && len(args) > 0:
		next := 0
		out := verb.ReplaceAllStringFunc(string(args[0]), func(string) string {
			if next++; next < len(args) {
				return string(args[next])
			}
			return hole
		})
		if len(out) > maxText {
			return hole
		}
		return text(out)
	case name == "lower" && len(args) == 1:
		return text(strings.ToLower(string(args[0])))
	case s.call != nil:
		return s.call(name, args)
	}
	return hole
}

// included evaluates `include.NAME.locals.X`.
func (s *scope) included(t hcl.Traversal, depth int) (text, bool) {
	var names []string
	for _, step := range t[1:] {
		if a, ok := step.(hcl.TraverseAttr); ok {
			names = append(names, a.Name)
		}
	}
	if len(t) != 4 || len(names) != 3 || names[1] != "locals" {
		return hole, true
	}
	from := s.include(names[0])
	if from == nil {
		return hole, true
	}
	from.steps = s.steps
	v, ok := from.named("local", names[2], depth)
	s.steps = from.steps
	return v, ok
}

// named is a variable's default or a local.
func (s *scope) named(root, name string, depth int) (text, bool) {
	from := s.locals
	if root == "var" {
		from = s.defaults
	} else if root != "local" {
		return hole, true
	}
	e := from[name]
	if e == nil {
		return hole, true
	}
	v, ok := s.value(e, depth)
	if !ok { // a null default says that the caller decides
		return hole, true
	}
	return v, true
}

var reference = lazyregexp.New(`^\s*(var|local)\.([\pL_][\pL\pN_-]*)\s*$`)

// fromJSON evaluates an expression of the JSON syntax. Without a context HCL gives
// strings as written; the templates in them are looked at here, so that no nesting
// in a string reaches the parser.
func (s *scope) fromJSON(e hcl.Expression, depth int) (text, bool) {
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		return hole, true
	}
	raw, ok := fromCty(v)
	if !ok || !strings.Contains(string(raw), "${") && !strings.Contains(string(raw), "%{") {
		return raw, ok
	}
	var out strings.Builder
	rest := string(raw)
	for {
		i := strings.IndexAny(rest, "$%")
		if i < 0 || i+1 >= len(rest) {
			break
		}
		out.WriteString(rest[:i])
		if rest[i+1] != '{' {
			out.WriteByte(rest[i])
			rest = rest[i+1:]
			continue
		}
		end := strings.IndexByte(rest[i:], '}')
		if end < 0 {
			return hole, true
		}
		if m := reference.FindStringSubmatch(rest[i+2 : i+end]); m != nil && rest[i] == '$' {
			v, _ := s.named(m[1], m[2], depth-1)
			out.WriteString(string(v))
		} else {
			out.WriteString(hole)
		}
		if out.Len() > maxText {
			return hole, true
		}
		rest = rest[i+end+1:]
	}
	return text(out.String() + rest), true
}

func fromCty(v cty.Value) (text, bool) {
	if v.IsNull() {
		return "", false
	}
	if !v.IsWhollyKnown() || !v.Type().IsPrimitiveType() {
		return hole, true
	}
	c, err := convert.Convert(v, cty.String)
	if err != nil || c.IsNull() {
		return hole, true
	}
	return text(c.AsString()), true
}

// rootName is the first name of an expression that refers to something: `google-beta`
// of `google-beta.west`; empty for anything else.
func rootName(e hcl.Expression) string {
	if t, ok := e.(*hclsyntax.ScopeTraversalExpr); ok {
		return t.Traversal.RootName()
	}
	if _, native := e.(hclsyntax.Expression); native {
		if k := hcl.ExprAsKeyword(e); k != "" {
			return k
		}
		if v, ok := (&scope{}).eval(e); ok && v.known() { // quoted, as before 0.12
			name, _, _ := strings.Cut(string(v), ".")
			return name
		}
		return ""
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		return ""
	}
	s, _ := fromCty(v)
	name, _, _ := strings.Cut(strings.Trim(s.whole(), "${} "), ".")
	return name
}
