package terraform

import (
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// instance is one use of a module: a root with the values committed beside it, or a
// module as one call of it fills it in. Its expressions are evaluated with the HCL
// library; what files do not tell is an unknown value, never an error.
type instance struct {
	f *folder
	// root is the folder of the root that it belongs to.
	root   string
	inputs map[string]cty.Value
	// parent and call are who calls it, and how; nil for a root. children are the instances
	// of the modules that it calls.
	parent   *instance
	call     *block
	children map[string]*instance
	values   map[string]cty.Value // of variables and locals that were asked for
	busy     map[string]bool
	// turn holds what `count`, `each` and the iterators of dynamic blocks stand for in one
	// of several of a resource or block; none where it is evaluated as a whole.
	turn map[string]cty.Value
}

// Bounds of one evaluation: an expression has so many nodes, a value so many parts, a
// text so many bytes, and a local is made of others so deep. Loops are not evaluated at
// all: a few of them inside of each other never end.
const (
	maxNodes  = 1000
	maxParts  = 1000
	maxString = 4 << 10
	maxChain  = 30
)

// value evaluates an expression: null is not set, an unknown value can't be told.
func (x *instance) value(e hcl.Expression) cty.Value { return x.eval(e, maxChain) }

func (x *instance) eval(e hcl.Expression, depth int) cty.Value {
	if depth <= 0 {
		return cty.DynamicVal
	}
	native, ok := e.(hclsyntax.Expression)
	if !ok {
		return x.fromJSON(e, depth)
	}
	if !simple(native) {
		return cty.DynamicVal
	}
	ctx := &hcl.EvalContext{Functions: functions(), Variables: map[string]cty.Value{}}
	objects := map[string]map[string]cty.Value{"var": {}, "local": {}}
	for _, t := range native.Variables() {
		root := t.RootName()
		members := objects[root]
		if v, ok := x.turn[root]; ok {
			ctx.Variables[root] = v
			continue
		}
		if members == nil {
			ctx.Variables[root] = cty.DynamicVal // a resource, a data source, another module
			continue
		}
		name, ok := memberOf(t)
		if !ok {
			return cty.DynamicVal
		}
		members[name] = x.named(root, name, depth-1)
	}
	for root, members := range objects {
		ctx.Variables[root] = cty.ObjectVal(members)
	}
	v, diags := native.Value(ctx)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	return sized(v)
}

func memberOf(t hcl.Traversal) (string, bool) {
	if len(t) < 2 {
		return "", false
	}
	a, ok := t[1].(hcl.TraverseAttr)
	return a.Name, ok
}

// simple reports whether an expression costs no more than its length: it has no loop.
func simple(e hclsyntax.Expression) bool {
	nodes, ok := 0, true
	hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n.(type) {
		case *hclsyntax.ForExpr, *hclsyntax.SplatExpr:
			ok = false
		}
		nodes++
		return nil
	})
	return ok && nodes <= maxNodes
}

// sized is the value, or an unknown one where it is too large to go on with.
func sized(v cty.Value) cty.Value {
	parts, ok := 0, true
	v, _ = v.UnmarkDeep()
	err := cty.Walk(v, func(_ cty.Path, p cty.Value) (bool, error) {
		parts++
		if p.IsKnown() && !p.IsNull() && p.Type() == cty.String && len(p.AsString()) > maxString || parts > maxParts {
			ok = false
		}
		return ok, nil
	})
	if err != nil || !ok {
		return cty.DynamicVal
	}
	return v
}

// named is the value of a variable or a local.
func (x *instance) named(root, name string, depth int) cty.Value {
	key := root + "." + name
	if v, have := x.values[key]; have {
		return v
	}
	if x.busy[key] || depth <= 0 {
		return cty.DynamicVal
	}
	x.busy[key] = true
	v := cty.DynamicVal
	if root == "local" {
		if e := x.f.scope.locals[name]; e != nil {
			v = x.eval(e, depth)
		}
	} else {
		v = x.variable(name, depth)
	}
	delete(x.busy, key)
	x.values[key] = v
	return v
}

// variable is what the call or a file of values says, else the default; unknown without.
func (x *instance) variable(name string, depth int) cty.Value {
	v, given := x.inputs[name]
	if !given {
		e := x.f.scope.defaults[name]
		if e == nil {
			return cty.DynamicVal
		}
		v = x.eval(e, depth)
	}
	typ := x.f.types()[name]
	if typ == nil {
		return v
	}
	if _, native := typ.(hclsyntax.Expression); !native {
		return v
	}
	t, defaults, diags := typeexpr.TypeConstraintWithDefaults(typ)
	if diags.HasErrors() {
		return v
	}
	if defaults != nil && !v.IsNull() && v.IsKnown() {
		v = defaults.Apply(v)
	}
	if c, err := convert.Convert(v, t.WithoutOptionalAttributesDeep()); err == nil {
		return c
	}
	return v
}

// types are the type expressions of the module's variables.
func (f *folder) types() map[string]hcl.Expression {
	if f.variableTypes == nil {
		f.variableTypes = map[string]hcl.Expression{}
		for _, b := range f.blocks {
			if b.typ == "variable" {
				f.variableTypes[b.label(0)] = exprOf(b, "type")
			}
		}
	}
	return f.variableTypes
}

// fromJSON evaluates an expression of the JSON syntax: what is no template, and a
// template that is a reference to a variable or local alone.
func (x *instance) fromJSON(e hcl.Expression, depth int) cty.Value {
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	if v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
		s := v.AsString()
		if inner, ok := strings.CutPrefix(s, "${"); ok && strings.HasSuffix(inner, "}") {
			if m := reference.FindStringSubmatch(strings.TrimSuffix(inner, "}")); m != nil {
				return x.named(m[1], m[2], depth-1)
			}
		}
		if strings.Contains(s, "${") || strings.Contains(s, "%{") {
			return cty.DynamicVal
		}
	}
	return sized(v)
}

// functions are those of Terraform's that settings are made with, and that cost no
// more than what they are given.
var functions = sync.OnceValue(func() map[string]function.Function {
	return map[string]function.Function{
		"try": tryfunc.TryFunc, "can": tryfunc.CanFunc,
		"coalesce": stdlib.CoalesceFunc, "coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc,
		"contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc, "keys": stdlib.KeysFunc,
		"length": stdlib.LengthFunc, "lookup": stdlib.LookupFunc, "merge": stdlib.MergeFunc, "values": stdlib.ValuesFunc,
		"lower": stdlib.LowerFunc, "upper": stdlib.UpperFunc, "title": stdlib.TitleFunc, "trimspace": stdlib.TrimSpaceFunc,
		"trimprefix": stdlib.TrimPrefixFunc, "trimsuffix": stdlib.TrimSuffixFunc, "split": stdlib.SplitFunc, "join": stdlib.JoinFunc,
		"substr": stdlib.SubstrFunc, "max": stdlib.MaxFunc, "min": stdlib.MinFunc, "abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc,
		"startswith": affix(strings.HasPrefix), "endswith": affix(strings.HasSuffix),
		"tobool": stdlib.MakeToFunc(cty.Bool), "tostring": stdlib.MakeToFunc(cty.String), "tonumber": stdlib.MakeToFunc(cty.Number),
		"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
	}
})

func affix(has func(s, affix string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}, {Name: "affix", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(has(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// exprOf is an attribute's expression, override files considered; nil where there is none.
func exprOf(b *block, name string) hcl.Expression {
	for i := len(b.over) - 1; i >= 0; i-- {
		if e := attrOf(b.over[i], name); e != nil {
			return e
		}
	}
	return attrOf(b.body, name)
}

// nested are the blocks of one type within a block, dynamic ones too; open is true
// where files do not tell whether there are more.
func (x *instance) nested(b *block, typ string) (out []*block, open bool) {
	out = blocksOf(b.path, b.body, typ)
	for _, over := range b.over {
		if more := blocksOf(b.path, over, typ); len(more) > 0 {
			out = more
		}
	}
	for _, d := range blocksOf(b.path, b.body, "dynamic", "type") {
		if d.label(0) != typ {
			continue
		}
		content := blocksOf(d.path, d.body, "content")
		each := exprOf(d, "for_each")
		if each == nil || len(content) == 0 {
			continue
		}
		switch n, known := lengthOf(x.value(each)); {
		case !known:
			open = true
			out = append(out, content[0])
		case n > 0:
			out = append(out, content[0])
		}
	}
	return out, open
}

// lengthOf counts what for_each runs over; false where it is not known.
func lengthOf(v cty.Value) (int, bool) {
	switch {
	case !v.IsKnown():
		return 0, false
	case v.IsNull():
		return 0, true
	case v.CanIterateElements():
		return v.LengthInt(), true
	}
	return 0, false
}

// made counts how many of a resource or module there are; 1 and false where count or
// for_each can't be told.
func (x *instance) made(b *block) (int, bool) {
	if e := exprOf(b, "count"); e != nil {
		v, err := convert.Convert(x.value(e), cty.Number)
		if err != nil || !v.IsKnown() || v.IsNull() {
			return 1, false
		}
		n, _ := v.AsBigFloat().Int64()
		return int(min(n, maxParts)), true
	}
	if e := exprOf(b, "for_each"); e != nil {
		if n, known := lengthOf(x.value(e)); known {
			return n, true
		}
		return 1, false
	}
	return 1, true
}
