package terraform

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/seaworthy-dev/seaworthy/reader/terraform/hcldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// config is one parsed Terragrunt file.
type config struct {
	path   string
	body   *hclsyntax.Body
	broken bool
}

// terragrunt reads the Terragrunt units: each is a root, whose code is the folder's
// own files or the module that it names as its source, and whose state is where it,
// or a configuration that it includes, says. It gives the roots of units whose
// folder holds no Terraform files.
func (r *reader) terragrunt() []*folder {
	var out []*folder
	for _, file := range r.t.Files() {
		if r.ctx.Err() != nil {
			return out
		}
		switch file.Base() {
		case "terragrunt.hcl":
			if u := r.unit(file.Path); u != nil {
				out = append(out, u)
			}
		case "terragrunt.stack.hcl":
			if s := r.stack(file.Path); s != nil {
				out = append(out, s)
			}
		}
	}
	return out
}

// load parses a Terragrunt file once; nil where it is not there or can't be read.
func (r *reader) load(p string) *config {
	if c, again := r.hcl[p]; again {
		return c
	}
	r.hcl[p] = nil
	data, ok := r.t.Read(p, scorecard.Infrastructure)
	if !ok {
		return nil
	}
	file, bad := hcldoc.Parse(p, data, 1)
	if bad != nil {
		r.t.Malformed(p, bad.Line, bad, scorecard.Infrastructure)
	}
	if file == nil {
		return nil
	}
	if body, ok := file.Body.(*hclsyntax.Body); ok {
		r.hcl[p] = &config{p, body, bad != nil}
	}
	return r.hcl[p]
}

// unit reads one terragrunt.hcl; nil where it is no unit by itself, or where its
// folder's own root has taken it in.
func (r *reader) unit(p string) *folder {
	own := r.load(p)
	have := r.folders[path.Dir(p)]
	if own == nil {
		if have != nil {
			have.root.Incomplete = true
		}
		return nil
	}
	chain := []*config{own}
	incomplete := own.broken
	for _, b := range own.body.Blocks {
		if b.Type != "include" {
			continue
		}
		if c := r.included(p, b); c != nil {
			chain = append(chain, c)
			incomplete = incomplete || c.broken
		} else {
			incomplete = true // what it includes may hold anything
		}
	}
	source, at := r.source(p, chain)
	if have == nil && at == nil {
		return nil
	}
	u := have
	if u == nil {
		u = &folder{path: path.Dir(p), root: scorecard.TerraformRoot{Folder: path.Dir(p), Location: scorecard.Location{Path: p}}}
		if lock := path.Join(u.path, ".terraform.lock.hcl"); r.t.Has(lock) {
			u.root.Lock = scorecard.Location{Path: lock}
		}
	}
	u.root.Root = true
	u.root.Incomplete = u.root.Incomplete || incomplete
	r.generated(u, p, chain)
	if at != nil {
		r.sourced(u, p, chain, source, scorecard.Location{Path: at.Range().Filename, FirstLine: at.Range().Start.Line, LastLine: at.Range().End.Line})
	}
	r.remoteState(u, p, chain)
	if u.root.Incomplete { // what asks for no version here may be asked for where nobody can look
		u.root.Providers = slices.DeleteFunc(u.root.Providers, func(c scorecard.ProviderConstraint) bool { return c.Constraint.Text == "" })
	}
	if u == have {
		return nil
	}
	return u
}

// included is the configuration that an include block names.
func (r *reader) included(unit string, b *hclsyntax.Block) *config {
	a := b.Body.Attributes["path"]
	if a == nil {
		return nil
	}
	s := r.terragruntScope(unit, unit)
	s.include = nil // a path that is made of an include's own locals would never end
	v, _ := s.eval(a.Expr)
	if !v.known() {
		return nil
	}
	return r.load(absolute(path.Dir(unit), string(v)))
}

// source is the module that the unit runs, and the attribute that says so; nil
// where none does.
func (r *reader) source(unit string, chain []*config) (text, hclsyntax.Node) {
	for _, c := range chain {
		for _, b := range c.body.Blocks {
			if a := b.Body.Attributes["source"]; b.Type == "terraform" && a != nil {
				s := r.terragruntScope(unit, c.path)
				v, _ := s.eval(a.Expr)
				if !v.known() {
					if local, ok := r.localBranch(s, path.Dir(unit), a.Expr, maxHops); ok {
						return local, a
					}
				}
				return v, a
			}
		}
	}
	return "", nil
}

// sourced takes the module's own words for the unit's: the code of a local one is
// the unit's code; of a remote one nothing is known.
func (r *reader) sourced(u *folder, unit string, chain []*config, source text, at scorecard.Location) {
	call := newCall("terraform.source", u.path, source, "")
	if abs, ok := strings.CutPrefix(string(source), "/"); ok && source.known() {
		local := path.Clean(strings.TrimLeft(strings.ReplaceAll(abs, "//", "/"), "/"))
		call.Local, call.Pinned, call.Source = local, true, local
	}
	call.Location = at
	u.root.Modules = append(u.root.Modules, call)
	module := r.folders[call.Local]
	if call.Local == "" || module == nil {
		u.root.Incomplete = true
		return
	}
	r.called[call.Local] = true
	r.units = append(r.units, unitOf{root: u.path, module: call.Local, inputs: r.inputsOf(unit, chain)})
	u.root.RequiredVersion = both(u.root.RequiredVersion, module.root.RequiredVersion)
	for _, p := range module.root.Providers {
		i := slices.IndexFunc(u.root.Providers, func(have scorecard.ProviderConstraint) bool { return have.Name == p.Name })
		if i < 0 {
			u.root.Providers = append(u.root.Providers, p)
		} else {
			have := &u.root.Providers[i]
			have.Constraint = both(have.Constraint, p.Constraint)
			have.Source = cmp.Or(have.Source, p.Source)
		}
	}
	slices.SortFunc(u.root.Providers, func(a, b scorecard.ProviderConstraint) int { return strings.Compare(a.Name, b.Name) })
	if u.root.Lock.Path == "" {
		u.root.Lock = module.root.Lock
	}
	if u.root.Backend == nil && module.root.Backend != nil {
		u.root.Backend, u.state = module.root.Backend, module.state
	}
}

// remoteState finds the nearest remote_state block. It completes a backend block
// that stands in the code, and takes the place of none.
func (r *reader) remoteState(u *folder, unit string, chain []*config) {
	for _, c := range chain {
		s := r.terragruntScope(unit, c.path)
		if a := c.body.Attributes["terraform_version_constraint"]; a != nil {
			if v, ok := s.eval(a.Expr); ok {
				at := scorecard.Location{Path: c.path, FirstLine: a.SrcRange.Start.Line, LastLine: a.SrcRange.End.Line}
				u.root.RequiredVersion = both(u.root.RequiredVersion, constraintAt(at, v, false))
				break // the nearest one counts
			}
		}
	}
	for _, c := range chain {
		for _, b := range c.body.Blocks {
			if b.Type != "remote_state" {
				continue
			}
			if u.root.Backend != nil && u.root.Backend.Locks != "unknown" {
				return
			}
			s := r.terragruntScope(unit, c.path)
			u.state = s.remoteStateOf(b)
			at := scorecard.Location{Path: c.path, FirstLine: b.DefRange().Start.Line, LastLine: b.Body.SrcRange.End.Line}
			u.root.Backend = &scorecard.Backend{Location: at, Type: u.state.typ, Locks: u.state.locks()}
			return
		}
	}
	if u.root.Backend == nil && u.root.Incomplete {
		u.root.Backend = &scorecard.Backend{Location: u.root.Location, Type: "unknown", Locks: "unknown"}
	}
}

func (s *scope) remoteStateOf(b *hclsyntax.Block) *settings {
	typ := "unknown"
	if a := b.Body.Attributes["backend"]; a != nil {
		if v, ok := s.eval(a.Expr); ok && v.known() {
			typ = string(v)
		}
	}
	a := b.Body.Attributes["config"]
	if a == nil {
		return &settings{typ: typ, open: true}
	}
	attrs := pairsOf(s, a.Expr)
	out := s.settingsOf(typ, attrs)
	out.open = attrs == nil
	if o, ok := a.Expr.(*hclsyntax.ObjectConsExpr); ok && len(o.Items) != len(attrs) {
		out.open = true // a key is an expression
	}
	return out
}

// generated reads the blocks that Terragrunt writes into files beside the code:
// what their text says is the unit's.
func (r *reader) generated(u *folder, unit string, chain []*config) {
	var blocks []*block
	for _, c := range chain {
		s := r.terragruntScope(unit, c.path)
		for _, b := range c.body.Blocks {
			a := b.Body.Attributes["contents"]
			if b.Type != "generate" || a == nil {
				continue
			}
			v, _ := s.eval(a.Expr)
			if v.literal() == "" {
				u.root.Incomplete = true // it may write a backend
				continue
			}
			first := a.Expr.Range().Start.Line
			if tmpl, ok := a.Expr.(*hclsyntax.TemplateExpr); ok && len(tmpl.Parts) > 0 {
				first = tmpl.Parts[0].Range().Start.Line
			}
			// A hole stands in quotes most often; a word does where a value is asked for.
			file, _ := hcldoc.Parse(c.path, []byte(strings.ReplaceAll(string(v), hole, "unknown")), first)
			if file == nil {
				continue
			}
			content, _, _ := file.Body.PartialContent(schema)
			for _, g := range content.Blocks {
				blocks = append(blocks, newBlock(c.path, g))
			}
		}
	}
	if len(blocks) == 0 {
		return
	}
	gen := &folder{path: u.path, blocks: blocks, scope: newScope(blocks)}
	gen.settings(r)
	u.root.RequiredVersion = both(u.root.RequiredVersion, gen.root.RequiredVersion)
	if u.root.Backend == nil {
		u.root.Backend, u.state = gen.root.Backend, gen.state
	}
	for _, p := range gen.root.Providers {
		if !slices.ContainsFunc(u.root.Providers, func(have scorecard.ProviderConstraint) bool { return have.Name == p.Name }) {
			u.root.Providers = append(u.root.Providers, p)
		}
	}
}

// stack reads a terragrunt.stack.hcl: its units are made when it is run, from
// modules that stand elsewhere.
func (r *reader) stack(p string) *folder {
	c := r.load(p)
	if c == nil {
		return nil
	}
	s := &folder{path: path.Dir(p), root: scorecard.TerraformRoot{Folder: path.Dir(p), Location: scorecard.Location{Path: p}, Root: true, Incomplete: true}}
	for _, b := range c.body.Blocks {
		a := b.Body.Attributes["source"]
		if b.Type != "unit" && b.Type != "stack" || a == nil || len(b.Labels) != 1 {
			continue
		}
		v, _ := r.terragruntScope(p, p).eval(a.Expr)
		call := newCall(b.Labels[0], s.path, v, "")
		call.Location = scorecard.Location{Path: p, FirstLine: b.DefRange().Start.Line, LastLine: b.Body.SrcRange.End.Line}
		s.root.Modules = append(s.root.Modules, call)
	}
	if len(s.root.Modules) == 0 {
		return nil
	}
	s.root.Backend = &scorecard.Backend{Location: s.root.Location, Type: "unknown", Locks: "unknown"}
	return s
}
