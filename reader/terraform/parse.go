package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/seaworthy-dev/seaworthy/reader/terraform/hcldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// block is one block of a file, native or JSON.
type block struct {
	typ         string
	labels      []string
	path        string
	first, last int
	body        hcl.Body
	over        []hcl.Body // bodies of override files, in order
	overrides   bool       // it stands in an override file itself
}

func (b *block) location() scorecard.Location {
	return scorecard.Location{Path: b.path, FirstLine: b.first, LastLine: b.last}
}

func (b *block) label(i int) string {
	if i < len(b.labels) {
		return b.labels[i]
	}
	return ""
}

// schema are the blocks of a module that are looked at.
var schema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "terraform"},
	{Type: "locals"},
	{Type: "provider", LabelNames: []string{"name"}},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "module", LabelNames: []string{"name"}},
	{Type: "output", LabelNames: []string{"name"}},
	{Type: "resource", LabelNames: []string{"type", "name"}},
	{Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "ephemeral", LabelNames: []string{"type", "name"}},
}}

// parseFile gives the blocks that could be made out, and the first problem where
// there is one.
func parseFile(p string, data []byte) ([]*block, *hcldoc.Problem) {
	file, bad := hcldoc.Parse(p, data, 1)
	if file == nil {
		return nil, bad
	}
	content, _, diags := file.Body.PartialContent(schema)
	if bad == nil {
		bad = hcldoc.First(diags)
	}
	if content == nil {
		return nil, bad
	}
	blocks := make([]*block, 0, len(content.Blocks))
	for _, b := range content.Blocks {
		blocks = append(blocks, newBlock(p, b))
	}
	return blocks, bad
}

func newBlock(p string, b *hcl.Block) *block {
	out := &block{typ: b.Type, labels: b.Labels, path: p, body: b.Body, first: b.DefRange.Start.Line, last: b.DefRange.End.Line}
	if native, ok := b.Body.(*hclsyntax.Body); ok {
		out.last = native.SrcRange.End.Line
	}
	return out
}

// attrOf is an attribute's expression; nil where the body has none such.
func attrOf(body hcl.Body, name string) hcl.Expression {
	if native, ok := body.(*hclsyntax.Body); ok {
		if a := native.Attributes[name]; a != nil {
			return a.Expr
		}
		return nil
	}
	content, _, _ := body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: name}}})
	if content == nil || content.Attributes[name] == nil {
		return nil
	}
	return content.Attributes[name].Expr
}

// blocksOf are the nested blocks of one type, with that many labels.
func blocksOf(p string, body hcl.Body, typ string, labels ...string) []*block {
	content, _, _ := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: typ, LabelNames: labels}}})
	if content == nil {
		return nil
	}
	var out []*block
	for _, b := range content.Blocks {
		out = append(out, newBlock(p, b))
	}
	return out
}

// attributesOf are all attributes of a body in no order.
func attributesOf(body hcl.Body) map[string]hcl.Expression {
	out := map[string]hcl.Expression{}
	if native, ok := body.(*hclsyntax.Body); ok {
		for name, a := range native.Attributes {
			out[name] = a.Expr
		}
		return out
	}
	attrs, _ := body.JustAttributes()
	for name, a := range attrs {
		if name != "//" {
			out[name] = a.Expr
		}
	}
	return out
}

// bodyOf parses a file of values; nil where nothing of it could be made out.
func bodyOf(p string, data []byte) hcl.Body {
	file, _ := hcldoc.Parse(p, data, 1)
	if file == nil {
		return nil
	}
	return file.Body
}
