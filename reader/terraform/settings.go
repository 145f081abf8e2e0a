package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// settings reads the terraform and provider blocks: versions asked for, and where
// the state is kept.
func (f *folder) settings(r *reader) {
	providers := map[string]*scorecard.ProviderConstraint{}
	overridden := false
	for _, b := range f.blocks {
		if b.typ != "terraform" {
			continue
		}
		if v, ok := f.scope.attr(b, "required_version"); ok {
			c := constraintAt(lineOf(b, "required_version"), v, false)
			if b.overrides && !overridden {
				f.root.RequiredVersion, overridden = c, true
			} else {
				f.root.RequiredVersion = both(f.root.RequiredVersion, c)
			}
		}
		for _, req := range blocksOf(b.path, b.body, "required_providers") {
			f.required(req, b.overrides, providers)
		}
		f.backend(r, b)
	}
	f.implied(providers)
	for _, name := range sortedKeys(providers) {
		f.root.Providers = append(f.root.Providers, *providers[name])
	}
}

// required reads one required_providers block; in an override file each of its
// entries takes the place of the one before.
func (f *folder) required(req *block, override bool, into map[string]*scorecard.ProviderConstraint) {
	attrs := attributesOf(req.body)
	for _, name := range sortedKeys(attrs) {
		e := attrs[name]
		at := scorecard.Location{Path: req.path, FirstLine: e.Range().Start.Line, LastLine: e.Range().End.Line}
		p := scorecard.ProviderConstraint{Name: name, Constraint: scorecard.Constraint{Location: at}}
		if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
			for _, pair := range pairs {
				key, _ := f.scope.eval(pair.Key)
				if key != "source" && key != "version" {
					continue // configuration_aliases holds what can't be evaluated
				}
				v, ok := f.scope.eval(pair.Value)
				switch {
				case key == "source":
					p.Source = v.whole()
				case ok:
					p.Constraint = constraintAt(at, v, true)
				}
			}
		} else if v, ok := f.scope.eval(e); ok { // `aws = "~> 2.0"`, as in 0.12
			p.Constraint = constraintAt(at, v, true)
		}
		if have := into[name]; have != nil && !override {
			have.Constraint = both(have.Constraint, p.Constraint)
			continue
		}
		into[name] = &p
	}
}

// implied adds the providers that blocks use without asking for them, and versions
// in provider blocks, as Terraform took them before 0.13.
func (f *folder) implied(providers map[string]*scorecard.ProviderConstraint) {
	for _, b := range f.blocks {
		name := ""
		switch b.typ {
		case "provider":
			name = b.label(0)
		case "resource", "data", "ephemeral":
			name, _, _ = strings.Cut(b.label(0), "_")
			if e := attrOf(b.body, "provider"); e != nil {
				if root := rootName(e); root != "" {
					name = root
				}
			}
		}
		if name == "" || name == "terraform" { // built in
			continue
		}
		p := providers[name]
		if p == nil {
			p = &scorecard.ProviderConstraint{Name: name, Constraint: scorecard.Constraint{Location: b.location()}}
			providers[name] = p
		}
		if b.typ == "provider" {
			if v, ok := f.scope.attr(b, "version"); ok {
				p.Constraint = both(p.Constraint, constraintAt(lineOf(b, "version"), v, true))
			}
		}
	}
}

// lineOf is where a block's attribute stands; the block's own place where it has none.
func lineOf(b *block, attr string) scorecard.Location {
	for _, body := range slices.Backward(append([]hcl.Body{b.body}, b.over...)) {
		if e := attrOf(body, attr); e != nil && e.Range().Filename == b.path {
			return scorecard.Location{Path: b.path, FirstLine: e.Range().Start.Line, LastLine: e.Range().End.Line}
		}
	}
	return b.location()
}

// modules reads the module blocks.
func (f *folder) modules(r *reader) {
	for _, b := range f.blocks {
		if b.typ != "module" {
			continue
		}
		source, _ := f.scope.attr(b, "source")
		version, _ := f.scope.attr(b, "version")
		call := newCall(b.label(0), f.path, source, version)
		call.Location = b.location()
		f.root.Modules = append(f.root.Modules, call)
		if call.Local != "" {
			r.called[call.Local] = true
		}
	}
}

// resources lists the resource blocks.
func (f *folder) resources() {
	for _, b := range f.blocks {
		if b.typ == "resource" {
			f.root.Resources = append(f.root.Resources, scorecard.TerraformResource{Location: b.location(), Type: b.label(0), Name: b.label(1)})
		}
	}
}
