package terraform

import (
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// unitOf is a use of a module by a Terragrunt unit.
type unitOf struct {
	// root is the unit's folder, module that of the code.
	root, module string
	inputs       map[string]cty.Value
}

// deployedUnits are the units by the module that they use: where some of a module's are
// for production, those and the ones that are for no environment.
func (r *reader) deployedUnits() map[string][]unitOf {
	production := map[string]bool{}
	for _, u := range r.units {
		production[u.module] = production[u.module] || rootIsProduction(u.root)
	}
	out := map[string][]unitOf{}
	for _, u := range r.units {
		if !production[u.module] || rootIsProduction(u.root) || environment(u.root) == "" {
			out[u.module] = append(out[u.module], u)
		}
	}
	return out
}

// inputsOf are the values that a unit passes to its module, as far as they are known: those
// of what it includes, and its own over them.
func (r *reader) inputsOf(unit string, chain []*config) map[string]cty.Value {
	out := map[string]cty.Value{}
	for i := len(chain) - 1; i >= 0; i-- {
		if a := chain[i].body.Attributes["inputs"]; a != nil {
			g := &given{r: r, unit: unit, scope: r.terragruntScope(unit, chain[i].path), steps: maxNodes}
			for name, v := range g.pairs(a.Expr, maxHops) {
				out[name] = v
			}
		}
	}
	return out
}

// given reads values of one configuration piece by piece, so that one part that is not
// known does not hide the others.
type given struct {
	r     *reader
	unit  string
	scope *scope
	steps int
}

// pairs are the known members of an object; of several that are merged those of all, and
// of a later one over an earlier.
func (g *given) pairs(e hcl.Expression, depth int) map[string]cty.Value {
	out := map[string]cty.Value{}
	if g.steps--; e == nil || depth <= 0 || g.steps < 0 {
		return out
	}
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return g.pairs(e.Expression, depth-1)
	case *hclsyntax.ObjectConsExpr:
		for _, i := range e.Items {
			if key, ok := g.scope.eval(i.KeyExpr); ok && key.known() {
				out[string(key)] = g.value(i.ValueExpr, depth-1)
			}
		}
	case *hclsyntax.ScopeTraversalExpr:
		if name, ok := memberOf(e.Traversal); ok && e.Traversal.RootName() == "local" && len(e.Traversal) == 2 {
			return g.pairs(g.scope.locals[name], depth-1)
		}
		return g.through(e.Traversal, depth-1)
	case *hclsyntax.FunctionCallExpr:
		switch {
		case e.Name == "merge":
			for _, a := range e.Args {
				for name, v := range g.pairs(a, depth-1) {
					out[name] = v
				}
			}
		case e.Name == "jsondecode" && len(e.Args) == 1:
			return g.pairs(e.Args[0], depth-1)
		case e.Name == "read_tfvars_file" && len(e.Args) == 1:
			return g.r.tfvars(g.file(e.Args[0]))
		}
	}
	return out
}

// value is one value; unknown where it is not a literal, nor leads to one.
func (g *given) value(e hcl.Expression, depth int) cty.Value {
	native, ok := e.(hclsyntax.Expression)
	if g.steps--; !ok || depth <= 0 || g.steps < 0 {
		return cty.DynamicVal
	}
	if t, refers := e.(*hclsyntax.ScopeTraversalExpr); refers {
		name, ok := memberOf(t.Traversal)
		switch {
		case !ok || t.Traversal.RootName() != "local":
		case len(t.Traversal) == 2 && g.scope.locals[name] != nil:
			return g.value(g.scope.locals[name], depth-1)
		case len(t.Traversal) == 3:
			if a, ok := t.Traversal[2].(hcl.TraverseAttr); ok {
				if v, known := g.pairs(g.scope.locals[name], depth-1)[a.Name]; known {
					return v
				}
			}
		}
		if found, ok := g.through(t.Traversal[:max(len(t.Traversal)-1, 1)], depth-1)[lastOf(t.Traversal)]; ok {
			return found
		}
		return cty.DynamicVal
	}
	if len(native.Variables()) == 0 && simple(native) {
		if v, diags := native.Value(&hcl.EvalContext{Functions: functions()}); !diags.HasErrors() {
			return sized(v)
		}
	}
	if text, ok := g.scope.eval(e); ok && text.known() {
		return cty.StringVal(string(text))
	}
	return cty.DynamicVal
}

// through gives the members of another configuration's locals or inputs, which a local
// reads: local.region.locals.
func (g *given) through(t hcl.Traversal, depth int) map[string]cty.Value {
	name, ok := memberOf(t)
	if !ok || t.RootName() != "local" || len(t) != 3 {
		return nil
	}
	call, ok := g.scope.locals[name].(*hclsyntax.FunctionCallExpr)
	if !ok || call.Name != "read_terragrunt_config" || len(call.Args) == 0 {
		return nil
	}
	c := g.r.load(g.file(call.Args[0]))
	if c == nil {
		return nil
	}
	other := &given{r: g.r, unit: g.unit, scope: g.r.terragruntScope(g.unit, c.path), steps: g.steps}
	switch lastOf(t) {
	case "locals":
		out := map[string]cty.Value{}
		for key, e := range other.scope.locals {
			out[key] = other.value(e, depth-1)
		}
		return out
	case "inputs":
		if a := c.body.Attributes["inputs"]; a != nil {
			return other.pairs(a.Expr, depth-1)
		}
	}
	return nil
}

func lastOf(t hcl.Traversal) string {
	if a, ok := t[len(t)-1].(hcl.TraverseAttr); ok && len(t) > 1 {
		return a.Name
	}
	return ""
}

// file is the path that an expression names, as a unit means it. Where a part of it is not
// known, such as the environment, it is production's file, if just one fits; else empty.
func (g *given) file(e hcl.Expression) string {
	v, _ := g.scope.eval(e)
	p := absolute(path.Dir(g.unit), string(v))
	if v.known() {
		return p
	}
	before, after, _ := strings.Cut(path.Base(p), hole)
	if strings.Contains(path.Dir(p), hole) || strings.Contains(after, hole) {
		return ""
	}
	found := ""
	for _, f := range g.r.t.Files() {
		base := f.Base()
		if f.Folder() != path.Dir(p) || len(base) < len(before)+len(after) || !strings.HasPrefix(base, before) || !strings.HasSuffix(base, after) {
			continue
		}
		if isProduction(base[len(before) : len(base)-len(after)]) {
			if found != "" {
				return ""
			}
			found = f.Path
		}
	}
	return found
}

// tfvars are the values of a file of them; none where it is not there.
func (r *reader) tfvars(p string) map[string]cty.Value {
	if out, again := r.vars[p]; again {
		return out
	}
	out := map[string]cty.Value{}
	if r.vars == nil {
		r.vars = map[string]map[string]cty.Value{}
	}
	r.vars[p] = out
	if p == "" || !r.t.Has(p) {
		return out
	}
	data, ok := r.t.Read(p, scorecard.Infrastructure)
	if !ok {
		return out
	}
	if body := bodyOf(p, data); body != nil {
		empty := r.newInstance(&noModule, path.Dir(p), nil)
		for name, e := range attributesOf(body) {
			out[name] = empty.value(e)
		}
	}
	return out
}

// localBranch is the source that a choice leads to where files do not tell which: the one
// that is a folder of this repository. Expressions in a text of their own are such too.
func (r *reader) localBranch(s *scope, folder string, e hcl.Expression, depth int) (text, bool) {
	if depth == 0 {
		return "", false
	}
	switch e := e.(type) {
	case *hclsyntax.TemplateWrapExpr:
		return r.localBranch(s, folder, e.Wrapped, depth-1)
	case *hclsyntax.ParenthesesExpr:
		return r.localBranch(s, folder, e.Expression, depth-1)
	case *hclsyntax.ConditionalExpr:
		for _, branch := range []hclsyntax.Expression{e.TrueResult, e.FalseResult} {
			if found, ok := r.localBranch(s, folder, branch, depth-1); ok {
				return found, true
			}
		}
		return "", false
	}
	v, ok := s.eval(e)
	if !ok || !v.known() {
		return "", false
	}
	local, ok := localSource(folder, string(v))
	return v, ok && r.folders[local] != nil
}
