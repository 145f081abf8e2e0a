package terraform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// question is one way in which a resource's settings may answer: an attribute, by its
// path through nested blocks, and what of its values is a yes.
type question struct {
	attr string
	// values are those that are a yes; none: all but false, 0, "" and null.
	values []string
	least  int64 // the number that it takes; for blocks, how many
	blocks bool  // attr names nested blocks
	denies bool  // a yes is a decisive no
	// unset is the answer where nothing is written; says is why.
	unset, says string
}

// always is the answer by the nature of the thing, whatever is written.
func always(says string) question { return question{unset: scorecard.Yes, says: says} }

// none is a no unless something beside the thing says yes.
func none(says string) question   { return question{unset: scorecard.No, says: says} }
func on(attr string) question     { return question{attr: attr} }
func denies(attr string) question { return question{attr: attr, denies: true} }
func is(attr string, values ...string) question {
	return question{attr: attr, values: values}
}
func atLeast(attr string, n int64) question     { return question{attr: attr, least: n} }
func blocksNamed(attr string, n int64) question { return question{attr: attr, blocks: true, least: n} }

// orElse gives the answer where the attribute is not written.
func (q question) orElse(answer, says string) question {
	q.unset, q.says = answer, says
	return q
}

// ask puts the questions to a block: a decisive no comes first, then any yes; what is
// open stays open, and a no is where the first of them is written.
func (x *instance) ask(b *block, qs []question) scorecard.Answer {
	var open, no scorecard.Answer
	var asked []string
	for _, q := range qs {
		a := x.answer(b, q)
		switch {
		case q.denies && a.Is == scorecard.Yes:
			a.Is = scorecard.No
			return a
		case q.denies && a.Is == scorecard.Open && open.Is == "":
			open = a
		case q.denies:
		case a.Is == scorecard.Yes:
			if open.Is != "" && slices.ContainsFunc(qs, func(q question) bool { return q.denies }) {
				return open // what may deny it is open
			}
			return a
		case a.Is == scorecard.Open && open.Is == "":
			open = a
		case a.Is == scorecard.No && a.Says != "" && no.Is == "":
			no = a
		case a.Is == "":
			asked = append(asked, q.attr)
		}
	}
	switch {
	case open.Is != "":
		return open
	case no.Is != "":
		return no
	case len(asked) > 0:
		return scorecard.Answer{Is: scorecard.No, Location: b.location(), Says: asked[0] + " is not set"}
	}
	return scorecard.Answer{}
}

// answer is what one question gives; its Is is empty where nothing is written and
// nothing follows from that.
func (x *instance) answer(b *block, q question) scorecard.Answer {
	at := b.location()
	unset := scorecard.Answer{Is: q.unset, Location: at, Says: q.says}
	switch {
	case q.attr == "":
		return unset
	case q.blocks:
		outer, last := []*block{b}, q.attr
		if i := strings.LastIndexByte(q.attr, '.'); i >= 0 {
			outer, _ = x.nested(b, q.attr[:i])
			last = q.attr[i+1:]
		}
		var found []*block
		open := false
		for _, o := range outer {
			in, more := x.nested(o, last)
			found, open = append(found, in...), open || more
		}
		a := scorecard.Answer{Is: scorecard.No, Location: at, Says: fmt.Sprintf("%d of %s", len(found), q.attr)}
		switch {
		case int64(len(found)) >= q.least:
			a.Is = scorecard.Yes
		case open:
			a.Is = scorecard.Open
		}
		if len(found) > 0 {
			a.Location = found[0].location()
		} else if !open {
			return unset
		}
		return a
	}
	v, at, written := x.find(b, q.attr)
	if !written || v.IsKnown() && v.IsNull() {
		return unset
	}
	name := q.attr[strings.LastIndexByte(q.attr, '.')+1:]
	a := scorecard.Answer{Is: scorecard.Open, Location: at, Says: name + " can't be known from files"}
	text, known := plainText(v)
	if !known {
		return a
	}
	a.Says = name + " is " + text
	a.Is = scorecard.No
	if q.accepts(text, v) {
		a.Is = scorecard.Yes
	}
	return a
}

func (q question) accepts(text string, v cty.Value) bool {
	switch {
	case len(q.values) > 0:
		return slices.ContainsFunc(q.values, func(w string) bool { return strings.EqualFold(w, text) })
	case q.least > 0:
		n, err := convert.Convert(v, cty.Number)
		if err != nil {
			if v.CanIterateElements() {
				return int64(v.LengthInt()) >= q.least
			}
			return false
		}
		i, _ := n.AsBigFloat().Int64()
		return i >= q.least
	}
	return text != "false" && text != "0" && text != ""
}

// plainText is a known value in words; collections by how many they hold.
func plainText(v cty.Value) (string, bool) {
	if !v.IsKnown() || v.IsNull() {
		return "", false
	}
	if v.Type().IsPrimitiveType() {
		s, err := convert.Convert(v, cty.String)
		if err != nil {
			return "", false
		}
		text := s.AsString()
		if len(text) > 80 {
			text = text[:80] + "…"
		}
		return strings.ToValidUTF8(text, ""), true
	}
	if v.CanIterateElements() {
		return fmt.Sprintf("%d long", v.LengthInt()), v.LengthInt() > 0
	}
	return "", false
}

// find looks an attribute up by its path: through nested blocks, then through the
// members of an object. written is false where the path leads nowhere.
func (x *instance) find(b *block, path string) (v cty.Value, at scorecard.Location, written bool) {
	head, rest, deeper := strings.Cut(path, ".")
	if deeper {
		if found, open := x.nested(b, head); len(found) > 0 {
			v, at, written = x.find(found[0], rest)
			if open && written {
				v = cty.DynamicVal
			}
			return v, at, written
		}
	}
	e := exprOf(b, head)
	if e == nil {
		return cty.NilVal, b.location(), false
	}
	at = placeOf(b, e)
	v = x.value(e)
	for deeper {
		head, rest, deeper = strings.Cut(rest, ".")
		if !v.IsKnown() {
			return cty.DynamicVal, at, true
		}
		if v = member(v, head); v == cty.NilVal {
			return v, at, false
		}
	}
	return v, at, true
}

// member is an object's or map's member; of a list of such, of its first.
func member(v cty.Value, name string) cty.Value {
	if v.IsNull() {
		return cty.NilVal
	}
	t := v.Type()
	switch {
	case t.IsObjectType():
		if t.HasAttribute(name) {
			return v.GetAttr(name)
		}
	case t.IsMapType():
		if k := cty.StringVal(name); v.HasIndex(k).True() {
			return v.Index(k)
		}
	case (t.IsListType() || t.IsTupleType()) && v.LengthInt() > 0:
		return member(v.Index(cty.NumberIntVal(0)), name)
	}
	return cty.NilVal
}

func placeOf(b *block, e hcl.Expression) scorecard.Location {
	r := e.Range()
	if r.Filename == "" || r.Start.Line == 0 {
		return b.location()
	}
	return scorecard.Location{Path: r.Filename, FirstLine: r.Start.Line, LastLine: max(r.Start.Line, r.End.Line)}
}
