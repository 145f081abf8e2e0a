package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxTurns is how many of one resource, or of one dynamic block, are looked at one by one.
const maxTurns = 50

// turns gives the instance once for each of a resource that count or for_each makes; once,
// with what they stand for unknown, where files do not tell how many there are.
func (x *instance) turns(b *block) []*instance {
	n, known := x.made(b)
	count, each := exprOf(b, "count"), exprOf(b, "for_each")
	switch {
	case count == nil && each == nil:
		return []*instance{x}
	case known && n == 0:
		return nil
	case known && count != nil && n <= maxTurns:
		var out []*instance
		for i := range n {
			out = append(out, x.with("count", cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(int64(i))})))
		}
		return out
	case known && each != nil && n <= maxTurns:
		return x.over(x.value(each), "each")
	}
	return []*instance{x}
}

// over gives the instance once for each element of a collection, by the name that stands
// for it there.
func (x *instance) over(v cty.Value, name string) (out []*instance) {
	isSet := v.Type().IsSetType()
	for it := v.ElementIterator(); it.Next(); {
		key, element := it.Element()
		if isSet {
			key = element
		}
		out = append(out, x.with(name, cty.ObjectVal(map[string]cty.Value{"key": key, "value": element})))
	}
	return out
}

// with is the instance where that name stands for a value.
func (x *instance) with(name string, v cty.Value) *instance {
	y := *x
	y.turn = map[string]cty.Value{name: v}
	for k, have := range x.turn {
		if k != name {
			y.turn[k] = have
		}
	}
	return &y
}

// part is a nested block, and the instance in whose turn it stands.
type part struct {
	*block
	x *instance
	// open: files do not tell whether there is one, or how many.
	open bool
}

// parts gives the nested blocks of one type, those of dynamic blocks one by one.
func (x *instance) parts(b *block, typ string) (out []part) {
	for _, n := range blocksOf(b.path, b.body, typ) {
		out = append(out, part{n, x, false})
	}
	for _, over := range b.over {
		if more := blocksOf(b.path, over, typ); len(more) > 0 {
			out = nil
			for _, n := range more {
				out = append(out, part{n, x, false})
			}
		}
	}
	for _, d := range blocksOf(b.path, b.body, "dynamic", "type") {
		content := blocksOf(d.path, d.body, "content")
		each := exprOf(d, "for_each")
		if d.label(0) != typ || each == nil || len(content) == 0 {
			continue
		}
		name := typ
		if k := exprOf(d, "iterator"); k != nil {
			name = hcl.ExprAsKeyword(k)
		}
		v := x.value(each)
		switch n, known := lengthOf(v); {
		case !known || n > maxTurns:
			out = append(out, part{content[0], x, true})
		case n > 0:
			for _, y := range x.over(v, name) {
				out = append(out, part{content[0], y, false})
			}
		}
	}
	return out
}

// one is the first nested block of one type; false where there is none.
func (x *instance) one(b *block, typ string) (part, bool) {
	all := x.parts(b, typ)
	if len(all) == 0 {
		return part{}, false
	}
	return all[0], true
}

// attribute gives the value of a block's attribute; false where it is not written or null.
func (x *instance) attribute(b *block, name string) (v cty.Value, written bool) {
	e := exprOf(b, name)
	if e == nil {
		return cty.NilVal, false
	}
	v = x.value(e)
	return v, !v.IsKnown() || !v.IsNull()
}

// says is what is known of an attribute's text, with a hole for each part that is not;
// empty where it is not written or null.
func (x *instance) says(b *block, name string) string {
	e := exprOf(b, name)
	if e == nil {
		return ""
	}
	steps := maxNodes
	return x.textOf(e, maxChain, &steps)
}

// textOf evaluates a text part by part, so that one unknown part does not hide the rest.
func (x *instance) textOf(e hcl.Expression, depth int, steps *int) string {
	if *steps--; depth <= 0 || *steps < 0 {
		return hole
	}
	if v := x.value(e); v.IsKnown() {
		if s, ok := fromCty(v); ok {
			return string(s)
		}
		return ""
	}
	var out strings.Builder
	switch e := e.(type) {
	case *hclsyntax.TemplateExpr:
		for _, p := range e.Parts {
			if out.WriteString(x.textOf(p, depth-1, steps)); out.Len() > maxText {
				return hole
			}
		}
		return out.String()
	case *hclsyntax.TemplateWrapExpr:
		return x.textOf(e.Wrapped, depth-1, steps)
	case *hclsyntax.ParenthesesExpr:
		return x.textOf(e.Expression, depth-1, steps)
	case *hclsyntax.FunctionCallExpr:
		return x.textOfCall(e, depth, steps)
	case *hclsyntax.ScopeTraversalExpr:
		if name, ok := memberOf(e.Traversal); ok && len(e.Traversal) == 2 && e.Traversal.RootName() == "local" && x.f.scope.locals[name] != nil {
			return x.textOf(x.f.scope.locals[name], depth-1, steps)
		}
	}
	return hole
}

// textOfCall joins a written list, which is how long filters are put together.
func (x *instance) textOfCall(e *hclsyntax.FunctionCallExpr, depth int, steps *int) string {
	switch {
	case len(e.Args) == 0:
	case e.Name == "trimspace" || e.Name == "chomp" || e.Name == "tostring":
		return x.textOf(e.Args[0], depth-1, steps)
	case e.Name == "join" && len(e.Args) == 2:
		list, ok := e.Args[1].(*hclsyntax.TupleConsExpr)
		if !ok || len(list.Exprs) > maxTurns {
			return hole
		}
		var words []string
		for _, w := range list.Exprs {
			words = append(words, x.textOf(w, depth-1, steps))
		}
		if text := strings.Join(words, x.textOf(e.Args[0], depth-1, steps)); len(text) <= maxText {
			return text
		}
	case e.Name == "format":
		args := make([]text, len(e.Args))
		for i, a := range e.Args {
			args[i] = text(x.textOf(a, depth-1, steps))
		}
		return string(x.f.scope.function("format", args))
	}
	return hole
}

// written is an expression as a person would find it: `var.goal`, `local.slo.target`.
func written(e hcl.Expression) string {
	t, ok := e.(*hclsyntax.ScopeTraversalExpr)
	if !ok {
		return "${…}"
	}
	out := t.Traversal.RootName()
	for _, step := range t.Traversal[1:] {
		if a, ok := step.(hcl.TraverseAttr); ok {
			out += "." + a.Name
		}
	}
	return "${" + out + "}"
}
