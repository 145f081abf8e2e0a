package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/seaworthy-dev/seaworthy/reader/leak"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// leaks looks for credentials in literal values: defaults of variables, attributes, and
// the values files that were committed.
func (r *reader) leaks(order []string) {
	l := &leaks{r}
	for _, name := range order {
		for _, b := range r.folders[name].blocks {
			if r.ctx.Err() != nil {
				return
			}
			l.block(b)
		}
	}
	for _, f := range r.t.Files() {
		if !strings.HasSuffix(f.Path, ".tfvars") && !strings.HasSuffix(f.Path, ".tfvars.json") {
			continue
		}
		data, ok := r.t.Read(f.Path, scorecard.Infrastructure)
		if !ok {
			continue
		}
		if body := bodyOf(f.Path, data); body != nil {
			l.attributes(attributesOf(body))
		}
	}
}

type leaks struct{ r *reader }

// deepest bounds how far down expressions and blocks are followed.
const deepest = 50

func (l *leaks) block(b *block) {
	if b.typ == "variable" {
		if e := attrOf(b.body, "default"); e != nil {
			l.expression(b.label(0), e, 0)
		}
		return
	}
	l.body(b.body, 0)
	for _, over := range b.over {
		l.body(over, 0)
	}
}

func (l *leaks) body(body hcl.Body, depth int) {
	l.attributes(attributesOf(body))
	if native, ok := body.(*hclsyntax.Body); ok && depth < deepest {
		for _, nested := range native.Blocks {
			l.body(nested.Body, depth+1)
		}
	}
}

func (l *leaks) attributes(attrs map[string]hcl.Expression) {
	l.pair(attrs)
	for _, name := range sortedKeys(attrs) {
		l.expression(name, attrs[name], 0)
	}
}

// pair reads a name and its value, as environments of containers have them.
func (l *leaks) pair(attrs map[string]hcl.Expression) {
	name, value := attrs["name"], attrs["value"]
	if name == nil || value == nil {
		return
	}
	if text, ok := literal(name); ok {
		l.expression(text, value, deepest)
	}
}

// expression looks at what a name is given: a text, or one of several in a list, an
// object, or the argument of a function such as jsonencode.
func (l *leaks) expression(name string, e hcl.Expression, depth int) {
	if text, ok := literal(e); ok {
		line := e.Range().Start.Line
		at := scorecard.Location{Path: e.Range().Filename, FirstLine: line, LastLine: line}
		if found, ok := leak.Setting(at, scorecard.SettingInTerraform, name, text); ok {
			l.r.into.Leaks = append(l.r.into.Leaks, found)
		}
		return
	}
	if depth >= deepest {
		return
	}
	switch native := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		l.expression(name, native.Expression, depth+1)
		return
	case *hclsyntax.FunctionCallExpr:
		for _, arg := range native.Args {
			l.expression(name, arg, depth+1)
		}
		return
	}
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		attrs := map[string]hcl.Expression{}
		for _, pair := range pairs {
			if key, ok := keyOf(pair.Key); ok {
				attrs[key] = pair.Value
			}
		}
		l.pair(attrs)
		for _, key := range sortedKeys(attrs) {
			l.expression(key, attrs[key], depth+1)
		}
	} else if list, diags := hcl.ExprList(e); !diags.HasErrors() {
		for _, x := range list {
			l.expression(name, x, depth+1)
		}
	}
}

func keyOf(e hcl.Expression) (string, bool) {
	if key := hcl.ExprAsKeyword(e); key != "" {
		return key, true
	}
	return literal(e)
}

// literal is the text of an expression that is nothing else.
func literal(e hcl.Expression) (string, bool) {
	switch native := e.(type) {
	case *hclsyntax.TemplateExpr:
		if !native.IsStringLiteral() {
			return "", false
		}
	case *hclsyntax.LiteralValueExpr:
	case *hclsyntax.ObjectConsKeyExpr:
		if native.ForceNonLiteral {
			return "", false
		}
		return literal(native.Wrapped)
	case hclsyntax.Expression:
		return "", false
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}
