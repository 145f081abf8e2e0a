// Package terraform reads Terraform, OpenTofu and Terragrunt: which folders are
// modules and which of them roots, where a root keeps its state and whether that
// locks, what versions are asked for, which resources are made, which of them run a
// service, and state files that were checked in.
//
// Nothing is evaluated but literals, defaults of variables, and locals made of
// these: what can't be known from files is said to be unknown. Values of attributes
// never leave the package but for the names of what is deployed, of backends and
// of module sources, from which credentials are taken out.
package terraform

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/seaworthy-dev/seaworthy/reader/terraform/hcldoc"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// reader is one reading of one tree.
type reader struct {
	ctx     context.Context
	t       *tree.Tree
	into    *scorecard.Facts
	folders map[string]*folder
	// called holds the folders that another module of the repository calls, from
	// files that do not speak too: a module that only an example calls is no root.
	called map[string]bool
	// variables are the folders with a variables file; completions the files that may
	// complete a partial backend configuration.
	variables   map[string]bool
	completions []tree.File

	// broken are the files that would not parse, by the line from which on.
	broken map[string]int

	units []unitOf // of Terragrunt, with the modules of this repository that they use
	vars  map[string]map[string]cty.Value

	hcl map[string]*config // parsed Terragrunt configurations, by path; nil for what would not parse
}

// folder is one module being read.
type folder struct {
	path   string
	blocks []*block
	index  map[string]*block // by key, once an override file asks for it
	scope  *scope
	root   scorecard.TerraformRoot
	// state is what its backend names; nil where there is none.
	state *settings
	// outputs are what it gives to who calls it.
	outputs map[string]hcl.Expression
	// variableTypes are the type expressions of variables, once asked for.
	variableTypes map[string]hcl.Expression
}

// Read appends the Terraform roots, the definitions made of their resources and the
// state files of the tree, and notes a gap for each file that can't be read or
// parsed; the rest of its folder is still read. It stops when the context ends.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	r := &reader{ctx: ctx, t: t, into: into, folders: map[string]*folder{}, called: map[string]bool{}, variables: map[string]bool{}, broken: map[string]int{}, hcl: map[string]*config{}}
	r.parseAll()
	order := sortedKeys(r.folders)
	for _, name := range order {
		r.folders[name].read(r)
	}
	units := r.terragrunt()
	for _, name := range order {
		f := r.folders[name]
		f.root.Root = f.root.Root && !r.called[name]
	}
	all := make([]*folder, 0, len(order)+len(units))
	for _, name := range order {
		all = append(all, r.folders[name])
	}
	all = append(all, units...)
	markStateCreators(all)
	used := r.instances(order)
	r.stores(used)
	r.objectives(used)
	r.belongings(used)
	r.leaks(order)
	uses := map[*folder][]*instance{}
	for _, x := range used {
		uses[x.f] = append(uses[x.f], x)
	}
	for _, f := range all {
		if ctx.Err() != nil {
			return
		}
		into.Infra = append(into.Infra, f.definitions(uses[f])...)
		into.OnCall = append(into.OnCall, f.onCall(r)...)
		into.Hosted = append(into.Hosted, f.hosted()...)
		into.Terraform = append(into.Terraform, f.root)
	}
	r.stateFiles()
}

// parseAll parses each Terraform file into its folder's blocks. Files in folders
// that do not speak are parsed for their module calls alone.
func (r *reader) parseAll() {
	speaks := r.speaking()
	for _, f := range r.t.Files() {
		if strings.HasSuffix(f.Path, ".tfvars") || strings.HasSuffix(f.Path, ".tfvars.json") {
			r.variables[f.Folder()] = true
		}
		if backendFile.MatchString(f.Base()) {
			r.completions = append(r.completions, f)
		}
	}
	var overrides []tree.File
	for _, f := range r.t.All() {
		if r.ctx.Err() != nil {
			return
		}
		switch {
		case !isTerraform(f.Base()) || r.superseded(f.Path):
		case !speaks[f.Path]:
			r.callsOnly(f)
		case isOverride(f.Base()):
			overrides = append(overrides, f)
		default:
			r.add(f)
		}
	}
	for _, f := range overrides {
		r.add(f)
	}
}

// speaking gives the Terraform files that count. Where demonstrations do, because
// the repository has no manifests elsewhere, those of Terraform still do not when
// Terraform stands elsewhere: a module's examples are nobody's infrastructure.
func (r *reader) speaking() map[string]bool {
	all, proper := map[string]bool{}, map[string]bool{}
	for _, f := range r.t.Files() {
		if !isTerraform(f.Base()) {
			continue
		}
		all[f.Path] = true
		if f.Class != tree.Demonstration {
			proper[f.Path] = true
		}
	}
	if len(proper) > 0 {
		return proper
	}
	return all
}

func (r *reader) add(file tree.File) {
	name := file.Folder()
	f := r.folders[name]
	if f == nil {
		f = &folder{path: name, root: scorecard.TerraformRoot{Folder: name, Location: scorecard.Location{Path: file.Path}}}
		r.folders[name] = f
	}
	data, ok := r.t.Read(file.Path, scorecard.Infrastructure)
	if !ok {
		f.root.Incomplete = true
		return
	}
	blocks, problem := parseFile(file.Path, data)
	if problem != nil {
		hides := []scorecard.Family{scorecard.Infrastructure}
		if namesObjective(data) {
			hides = append(hides, scorecard.Objectives)
		}
		r.t.Malformed(file.Path, problem.Line, problem, hides...)
		r.broken[file.Path] = problem.Line
		f.root.Incomplete = true
	}
	for _, b := range blocks {
		if b.typ == "output" {
			if f.outputs == nil {
				f.outputs = map[string]hcl.Expression{}
			}
			f.outputs[b.label(0)] = attrOf(b.body, "value")
			continue
		}
		if isOverride(file.Base()) && f.overlay(b) {
			continue
		}
		f.blocks = append(f.blocks, b)
	}
}

// overlay lays a block of an override file over the one that it names, as
// Terraform does; false where there is none to lay it over.
func (f *folder) overlay(b *block) bool {
	if b.typ == "terraform" || b.typ == "locals" {
		b.overrides = true
		return false
	}
	if f.index == nil {
		f.index = map[string]*block{}
		for _, have := range f.blocks {
			f.index[have.key()] = have
		}
	}
	have := f.index[b.key()]
	if have == nil {
		return false
	}
	have.over = append(have.over, b.body)
	return true
}

// key names a block within its module.
func (b *block) key() string { return b.typ + "\x00" + strings.Join(b.labels, "\x00") }

// callsOnly marks what a file that does not speak calls. It spends none of the
// bounds' gaps: what it can't read, it leaves out.
func (r *reader) callsOnly(f tree.File) {
	if f.Class == tree.Vendored || f.Size > min(hcldoc.MaxBytes, r.t.Limits().MaxFileBytes) {
		return
	}
	data, ok := r.t.Read(f.Path)
	if !ok {
		return
	}
	blocks, _ := parseFile(f.Path, data)
	for _, b := range blocks {
		if b.typ != "module" {
			continue
		}
		if source, ok := (&scope{}).attr(b, "source"); ok && source.known() {
			if local, ok := localSource(f.Folder(), string(source)); ok {
				r.called[local] = true
			}
		}
	}
}

// extensions are the endings of Terraform's files, native and JSON.
var extensions = []string{".tf", ".tofu", ".tf.json", ".tofu.json"}

func isTerraform(base string) bool {
	return slices.ContainsFunc(extensions, func(e string) bool { return strings.HasSuffix(base, e) && len(base) > len(e) })
}

func isOverride(base string) bool {
	for _, e := range extensions {
		if stem, ok := strings.CutSuffix(base, e); ok {
			return stem == "override" || strings.HasSuffix(stem, "_override")
		}
	}
	return false
}

// superseded reports whether OpenTofu has its own form of the file beside it.
func (r *reader) superseded(p string) bool {
	if stem, ok := strings.CutSuffix(p, ".tf"); ok {
		return r.t.Has(stem + ".tofu")
	}
	if stem, ok := strings.CutSuffix(p, ".tf.json"); ok {
		return r.t.Has(stem + ".tofu.json")
	}
	return false
}

// read makes the facts of one folder, once all its files are parsed.
func (f *folder) read(r *reader) {
	f.scope = newScope(f.blocks)
	f.settings(r)
	f.modules(r)
	f.resources()
	if lock := path.Join(f.path, ".terraform.lock.hcl"); r.t.Has(lock) {
		f.root.Lock = scorecard.Location{Path: lock}
	}
	f.root.Root = f.root.Backend != nil || r.variables[f.path] ||
		slices.ContainsFunc(f.blocks, func(b *block) bool { return b.typ == "provider" })
	if f.root.Incomplete && f.root.Backend == nil {
		// The file that would not parse may hold it.
		f.root.Backend = &scorecard.Backend{Location: f.root.Location, Type: "unknown", Locks: "unknown"}
	}
	if len(f.blocks) > 0 {
		f.root.Location = f.blocks[0].location()
	}
	for _, b := range f.blocks {
		if b.typ == "terraform" {
			f.root.Location = b.location()
			break
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
