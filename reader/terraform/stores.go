package terraform

import (
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Bounds of how modules are followed.
const (
	maxInstances = 2000
	maxCalls     = 8 // one within the other
	maxStores    = 1000
)

// instances are the uses of the modules that nobody in the repository calls, with those
// of the modules that they call.
func (r *reader) instances(order []string) (all []*instance) {
	entered := map[string]bool{} // called by a module that speaks
	for _, name := range order {
		for _, call := range r.folders[name].root.Modules {
			if call.Local != "" && call.Local != name {
				entered[call.Local] = true
			}
		}
	}
	units := r.deployedUnits()
	for _, name := range order {
		for _, u := range units[name] {
			all = r.expand(all, r.newInstance(r.folders[name], u.root, u.inputs), 0)
		}
		if !entered[name] && len(units[name]) == 0 {
			all = r.expand(all, r.newInstance(r.folders[name], name, r.committed(name)), 0)
		}
	}
	return all
}

// stores appends what keeps data, once for each root that makes it, the backups of it,
// the secrets that come from a store, and chaos experiments.
func (r *reader) stores(all []*instance) {
	k := &keeper{}
	for _, x := range all {
		if r.ctx.Err() != nil {
			return
		}
		k.collect(x)
		for _, d := range x.drift() {
			if !slices.Contains(r.into.Drift, d) {
				r.into.Drift = append(r.into.Drift, d)
			}
		}
	}
	k.companions(all)
	r.into.Stores = append(r.into.Stores, k.deployed()...)
	r.into.Backups = append(r.into.Backups, k.backups...)
	r.into.SecretSources = append(r.into.SecretSources, k.secrets...)
	r.into.Runs = append(r.into.Runs, k.runs...)
	r.into.Images = append(r.into.Images, k.images...)
	r.into.Experiments = append(r.into.Experiments, k.experiments...)
}

func (r *reader) newInstance(f *folder, root string, inputs map[string]cty.Value) *instance {
	return &instance{f: f, root: root, inputs: inputs, values: map[string]cty.Value{}, busy: map[string]bool{}, children: map[string]*instance{}}
}

// expand adds the instance and those of the modules of this repository that it calls.
func (r *reader) expand(all []*instance, x *instance, depth int) []*instance {
	if len(all) >= maxInstances || r.ctx.Err() != nil {
		return all
	}
	all = append(all, x)
	if depth >= maxCalls {
		return all
	}
	call := 0
	for _, b := range x.f.blocks {
		if b.typ != "module" {
			continue
		}
		local := x.f.root.Modules[call].Local
		call++
		f := r.folders[local]
		if local == "" || f == nil || f == x.f {
			continue
		}
		if n, _ := x.made(b); n == 0 {
			continue
		}
		inputs := map[string]cty.Value{}
		for name := range attributesOf(b.body) {
			if name != "source" && name != "version" && name != "providers" && name != "count" && name != "for_each" && name != "depends_on" {
				inputs[name] = x.value(exprOf(b, name))
			}
		}
		for name, v := range inputs { // a null takes the default, but for variables that may be null: the same in effect
			if v.IsKnown() && v.IsNull() {
				delete(inputs, name)
			}
		}
		y := r.newInstance(f, x.root, inputs)
		y.parent, y.call = x, b
		x.children[b.label(0)] = y
		all = r.expand(all, y, depth+1)
	}
	return all
}

// committed are the values of variables that stand in files beside a root: those that
// Terraform loads by itself, and where there are files named for environments, those of
// production.
func (r *reader) committed(folder string) map[string]cty.Value {
	if !r.variables[folder] {
		return nil
	}
	var auto, production []tree.File
	for _, f := range r.t.Files() {
		base := f.Base()
		switch {
		case f.Folder() != folder || !strings.HasSuffix(base, ".tfvars") && !strings.HasSuffix(base, ".tfvars.json"):
		case base == "terraform.tfvars" || base == "terraform.tfvars.json" || strings.HasSuffix(base, ".auto.tfvars") || strings.HasSuffix(base, ".auto.tfvars.json"):
			auto = append(auto, f)
		case isProduction(strings.TrimSuffix(strings.TrimSuffix(base, ".json"), ".tfvars")):
			production = append(production, f)
		}
	}
	out := map[string]cty.Value{}
	empty := r.newInstance(&noModule, folder, nil)
	for _, f := range append(auto, production[:min(len(production), 1)]...) {
		data, ok := r.t.Read(f.Path, scorecard.Infrastructure)
		if !ok {
			continue
		}
		body := bodyOf(f.Path, data)
		if body == nil {
			continue
		}
		for name, e := range attributesOf(body) {
			out[name] = empty.value(e)
		}
	}
	return out
}

// noModule is an empty module: files of values refer to nothing.
var noModule = folder{scope: &scope{}}

// isProduction reports whether a folder's or file's name is production's.
func isProduction(name string) bool {
	for _, w := range splitWords(name) {
		switch w {
		case "prod", "production", "prd", "live":
			return true
		}
	}
	return false
}

// splitWords are the lower-cased words of a name.
func splitWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
}

// keeper collects what keeps data.
type keeper struct {
	stores      []*store
	backups     []scorecard.Backup
	secrets     []scorecard.SecretSource
	runs        []scorecard.Run
	images      []scorecard.BuildImage
	experiments []scorecard.Experiment
	seen        map[string]bool
}

// store is a store and where it comes from.
type store struct {
	scorecard.DataStore
	x *instance
	b *block
	// address is that of the resource within its module: "aws_s3_bucket.logs".
	address string
	tags    map[string]string
	// open: not all of its tags are known.
	open bool
}

// collect reads one instance.
func (k *keeper) collect(x *instance) {
	call := 0
	for _, b := range x.f.blocks {
		switch b.typ {
		case "module":
			source := x.f.root.Modules[call].Source
			call++
			for i := range storeModules {
				if m := &storeModules[i]; m.source.MatchString(source) {
					k.add(x, b, &m.as, moduleType(source), b.label(0), "module."+b.label(0))
					break
				}
			}
		case "resource":
			if t, ok := storeTypes[b.label(0)]; ok {
				k.add(x, b, &t, b.label(0), b.label(1), b.label(0)+"."+b.label(1))
			}
			k.aside(x, b)
		case "data", "ephemeral":
			k.aside(x, b)
		}
	}
}

// moduleType is a module's source without its version.
func moduleType(source string) string {
	source, _, _ = strings.Cut(source, "?")
	return "module " + source
}

// add makes a store of a resource or module call.
func (k *keeper) add(x *instance, b *block, t *storeType, typ, name, address string) {
	if len(k.stores) >= maxStores {
		return
	}
	if n, _ := x.made(b); n == 0 {
		return
	}
	if t.replica != "" {
		if v, _, written := x.find(b, t.replica); written && !(v.IsKnown() && v.IsNull()) {
			return
		}
	}
	if typ == "aws_dynamodb_table" || strings.Contains(typ, "dynamodb") {
		if v, _, ok := x.find(b, "hash_key"); ok {
			if key, known := plainText(v); known && key == "LockID" {
				return // the lock of a Terraform state
			}
		}
	}
	s := &store{x: x, b: b, address: address}
	s.DataStore = scorecard.DataStore{
		Location: b.location(), Kind: t.kind, Tool: "terraform", Type: typ, Name: name, Managed: true, Root: x.root,
		Backups: x.ask(b, t.backups), Replicated: x.ask(b, t.replicated), Protected: x.ask(b, t.protected),
	}
	if a := x.answer(b, on(prevented)); a.Is == scorecard.Yes {
		s.Protected = a
	}
	s.tags, s.open = x.tags(b)
	s.Names = []string{name}
	for _, attr := range t.names {
		if v, _, ok := x.find(b, attr); ok {
			if text, known := plainText(v); known {
				s.Names = append(s.Names, text)
			} else if part, ok := x.f.scope.attr(b, attr); ok {
				s.Names = append(s.Names, strings.ReplaceAll(string(part), hole, " "))
			}
		}
	}
	for _, key := range []string{"service", "Service", "app", "App", "application", "Application", "Name", "name", "component", "Component"} {
		if v := s.tags[key]; v != "" {
			s.Names = append(s.Names, v)
		}
	}
	s.Names = slices.DeleteFunc(unique(s.Names), func(n string) bool { return strings.TrimSpace(n) == "" || len(n) > 200 })
	if s.Kind == "bucket" || s.Kind == "volume" {
		if slices.ContainsFunc(s.Names, isCache) {
			s.Kind = "cache"
		}
	}
	k.stores = append(k.stores, s)
}

// isCache reports whether a name says that what it names can be lost.
func isCache(name string) bool {
	for _, w := range splitWords(name) {
		switch w {
		case "cache", "caches", "cached", "tmp", "temp", "temporary", "scratch", "ephemeral":
			return true
		}
	}
	return false
}

func unique(list []string) (out []string) {
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// tags are the resource's own that are known; open is true where there may be more.
func (x *instance) tags(b *block) (out map[string]string, open bool) {
	for _, attr := range []string{"tags", "labels", "user_labels"} {
		v, _, written := x.find(b, attr)
		if !written || v.IsKnown() && v.IsNull() {
			continue
		}
		if !v.IsKnown() || !v.CanIterateElements() || !(v.Type().IsObjectType() || v.Type().IsMapType()) {
			open = true
			continue
		}
		for it := v.ElementIterator(); it.Next(); {
			key, val := it.Element()
			text, known := plainText(val)
			if !known {
				open = true
				continue
			}
			if out == nil {
				out = map[string]string{}
			}
			out[key.AsString()] = text
		}
	}
	return out, open
}

// deployed are the stores of the roots that count: where a resource is made for
// production and for other environments, that for production.
func (k *keeper) deployed() (out []scorecard.DataStore) {
	production := map[string]bool{}
	for _, s := range k.stores {
		if rootIsProduction(s.Root) {
			production[s.address] = true
		}
	}
	seen := map[string]bool{}
	for _, s := range k.stores {
		if production[s.address] && !rootIsProduction(s.Root) && environment(s.Root) != "" {
			continue
		}
		key := strings.Join([]string{s.Location.String(), s.Backups.Is, s.Replicated.Is, s.Protected.Is, strings.Join(s.Names, "\x00"), s.Root}, "\x01")
		if environment(s.Root) == "" || !rootIsProduction(s.Root) {
			key = strings.TrimSuffix(key, s.Root)
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, s.DataStore)
		}
	}
	return out
}

func rootIsProduction(root string) bool {
	return slices.ContainsFunc(strings.Split(root, "/"), isProduction)
}

// environments are folders that hold what is not production.
var environments = []string{"dev", "develop", "development", "test", "testing", "tst", "qa", "uat", "stage", "staging", "stg", "stag", "int",
	"integration", "sandbox", "preprod", "nonprod", "demo", "preview", "acc", "acceptance", "poc", "lab"}

// environment is the word by which a root's path says for which environment it is;
// empty where it says nothing.
func environment(root string) string {
	for part := range strings.SplitSeq(root, "/") {
		for _, w := range splitWords(part) {
			if slices.Contains(environments, w) || isProduction(w) {
				return w
			}
		}
	}
	return ""
}

// refers reports whether an expression leads to a resource of the module, through locals too.
func (x *instance) refers(e hclsyntax.Expression, address string, depth int) bool {
	if depth <= 0 {
		return false
	}
	for _, t := range e.Variables() {
		name, ok := memberOf(t)
		switch {
		case !ok:
		case t.RootName()+"."+name == address:
			return true
		case t.RootName() == "local":
			if local, native := x.f.scope.locals[name].(hclsyntax.Expression); native && x.refers(local, address, depth-1) {
				return true
			}
		}
	}
	return false
}

// about reports whether an attribute of a block leads to the store: by a reference, or
// by a name that is one of the store's.
func (x *instance) about(b *block, attr string, s *store) bool {
	e := exprOf(b, attr)
	if e == nil {
		return false
	}
	if x == s.x {
		if native, ok := e.(hclsyntax.Expression); ok {
			if x.refers(native, s.address, 4) {
				return true
			}
		} else if v, diags := e.Value(nil); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String && strings.Contains(v.AsString(), "${"+s.address+".") {
			return true
		}
	}
	text, known := plainText(x.value(e))
	return known && x.root == s.Root && slices.Contains(s.Names[min(1, len(s.Names)):], path.Base(text))
}
