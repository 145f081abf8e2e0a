package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// none stands for a date that is not known.
const none = -1

// key names an API.
type key struct{ Group, Version, Kind string }

func (k key) compare(o key) int {
	return cmp.Or(cmp.Compare(k.Group, o.Group), cmp.Compare(k.Version, o.Version), cmp.Compare(k.Kind, o.Kind))
}

func (k key) String() string { return strings.TrimPrefix(k.Group+"/"+k.Version, "/") + " " + k.Kind }

// dates are minor versions, none where nothing is said.
type dates struct {
	introduced, deprecated, removed int
	replacement                     string // "apps/v1 Deployment"
}

// seen is what the releases say of one API, the last one winning.
type seen struct {
	first, last int
	dates
}

// row is one line of the table.
type row struct {
	key
	dates
}

// history is all that was ever registered.
type history map[key]*seen

// payloads are packages of what webhooks and discovery send, which no API server keeps.
var payloads = regexp.MustCompile(`/(admission|imagepolicy|apidiscovery)/v[0-9a-z]+$`)

var versionFolder = regexp.MustCompile(`^v\d+((alpha|beta)\d+)?$`)

// scan adds what one release of a module registers.
func (h history) scan(minor int, module string) error {
	return filepath.WalkDir(module, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != "register.go" {
			return err
		}
		dir := filepath.Dir(p)
		if !versionFolder.MatchString(filepath.Base(dir)) || payloads.MatchString(filepath.ToSlash(dir)) {
			return nil
		}
		pkg, err := parse(dir)
		if err != nil {
			return err
		}
		for _, kind := range pkg.registered {
			if !pkg.objects[kind] {
				continue
			}
			k := key{pkg.group, filepath.Base(dir), kind}
			s := h[k]
			if s == nil {
				s = &seen{first: minor}
				h[k] = s
			}
			s.last, s.dates = minor, pkg.dates(kind)
		}
		return nil
	})
}

// pkg is one package of API types.
type pkg struct {
	group      string
	registered []string
	objects    map[string]bool // structs with an ObjectMeta
	comments   map[string]string
	results    map[string]map[string][]ast.Expr // by kind and method, what the lifecycle methods return
}

func parse(dir string) (*pkg, error) {
	p := &pkg{objects: map[string]bool{}, comments: map[string]string{}, results: map[string]map[string][]ast.Expr{}}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		base := filepath.Base(name)
		if strings.HasSuffix(base, "_test.go") || base == "generated.pb.go" || strings.HasPrefix(base, "zz_") && base != "zz_generated.prerelease-lifecycle.go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				p.declaration(d)
			case *ast.FuncDecl:
				p.function(d)
			}
		}
	}
	if len(p.registered) == 0 {
		return nil, fmt.Errorf("%s registers nothing", dir)
	}
	return p, nil
}

func (p *pkg) declaration(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.ValueSpec:
			if len(s.Names) == 1 && s.Names[0].Name == "GroupName" && len(s.Values) == 1 {
				p.group = text(s.Values[0])
			}
		case *ast.TypeSpec:
			if st, ok := s.Type.(*ast.StructType); ok {
				p.objects[s.Name.Name] = hasMetadata(st)
				p.comments[s.Name.Name] = strings.Join(strings.Fields(d.Doc.Text()), " ")
			}
		}
	}
}

func hasMetadata(s *ast.StructType) bool {
	return slices.ContainsFunc(s.Fields.List, func(f *ast.Field) bool {
		sel, ok := f.Type.(*ast.SelectorExpr)
		return len(f.Names) == 0 && ok && sel.Sel.Name == "ObjectMeta"
	})
}

// function notes what is registered, and what a lifecycle method returns.
func (p *pkg) function(f *ast.FuncDecl) {
	if f.Recv != nil {
		star, ok := f.Recv.List[0].Type.(*ast.StarExpr)
		if !ok || !strings.HasPrefix(f.Name.Name, "APILifecycle") || len(f.Body.List) != 1 {
			return
		}
		kind := star.X.(*ast.Ident).Name
		if ret, ok := f.Body.List[0].(*ast.ReturnStmt); ok {
			if p.results[kind] == nil {
				p.results[kind] = map[string][]ast.Expr{}
			}
			p.results[kind][strings.TrimPrefix(f.Name.Name, "APILifecycle")] = ret.Results
		}
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "AddKnownTypes" {
			return true
		}
		for _, a := range call.Args {
			if u, ok := a.(*ast.UnaryExpr); ok {
				if lit, ok := u.X.(*ast.CompositeLit); ok {
					if id, ok := lit.Type.(*ast.Ident); ok {
						p.registered = append(p.registered, id.Name)
					}
				}
			}
		}
		return true
	})
}

var (
	deprecatedIn = regexp.MustCompile(`(?i)\bdeprecated (?:in|since) v?1\.(\d+)`)
	removedIn    = regexp.MustCompile(`no longer be served in v1\.(\d+)`)
	inFavorOf    = regexp.MustCompile(`in favor of ([a-z0-9.]+/v\d+ [A-Z]\w+)`)
	useInstead   = regexp.MustCompile(`deprecated in v1\.\d+\+\. Use ([a-z]+)(v\d+)\.([A-Z]\w+)`)
)

// dates gives what the package says of a kind: its methods, else its comment.
func (p *pkg) dates(kind string) dates {
	methods, comment := p.results[kind], p.comments[kind]
	d := dates{minor(methods["Introduced"]), minor(methods["Deprecated"]), minor(methods["Removed"]), replacement(methods["Replacement"])}
	if d.deprecated == none {
		d.deprecated = number(deprecatedIn, comment)
		if d.removed == none {
			d.removed = number(removedIn, comment)
		}
	}
	if m := inFavorOf.FindStringSubmatch(comment); m != nil && d.replacement == "" {
		d.replacement = m[1]
	}
	if m := useInstead.FindStringSubmatch(comment); m != nil && d.replacement == "" {
		d.replacement = fmt.Sprintf("%s.k8s.io/%s %s", m[1], m[2], m[3]) // the import's name: discoveryv1
	}
	return d
}

func number(form *regexp.Regexp, s string) int {
	m := form.FindStringSubmatch(s)
	if m == nil {
		return none
	}
	n, _ := strconv.Atoi(m[1]) // digits by the expression
	return n
}

// minor reads `1, 16`.
func minor(results []ast.Expr) int {
	if len(results) != 2 {
		return none
	}
	n, err := strconv.Atoi(results[1].(*ast.BasicLit).Value)
	if err != nil {
		return none
	}
	return n
}

// replacement reads `schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}`.
func replacement(results []ast.Expr) string {
	if len(results) != 1 {
		return ""
	}
	var k key
	for _, e := range results[0].(*ast.CompositeLit).Elts {
		kv := e.(*ast.KeyValueExpr)
		switch kv.Key.(*ast.Ident).Name {
		case "Group":
			k.Group = text(kv.Value)
		case "Version":
			k.Version = text(kv.Value)
		case "Kind":
			k.Kind = text(kv.Value)
		}
	}
	return k.String()
}

func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

// table makes the rows. An API that releases drop is gone with the first that has it no
// more, if it was not removed before; one whose beginning nobody tells began with the
// first release that has it, unless that is the first that was looked at.
func (h history) table(newest int) []row {
	oldest := map[string]int{}
	for k, s := range h {
		if at, ok := oldest[module(k.Group)]; !ok || s.first < at {
			oldest[module(k.Group)] = s.first
		}
	}
	var rows []row
	for k, s := range h {
		r := row{k, s.dates}
		if r.introduced == none && s.first > oldest[module(k.Group)] {
			r.introduced = s.first
		}
		if s.last < newest && (r.removed == none || r.removed > s.last+1) {
			r.removed = s.last + 1
		}
		if r.deprecated != none && r.removed != none {
			r.deprecated = min(r.deprecated, r.removed)
		}
		if !h.has(r.replacement) {
			r.replacement = "" // IngressClassList, which the source names by mistake
		}
		if r.replacement == "" && (r.deprecated != none || r.removed != none) {
			r.replacement = h.successor(k, newest)
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b row) int { return a.compare(b.key) })
	return rows
}

func (h history) has(name string) bool {
	for k := range h {
		if k.String() == name {
			return true
		}
	}
	return false
}

// module is the same for groups that come from one module, whose releases were looked at
// from the same one on.
func module(group string) string {
	switch group {
	case "apiextensions.k8s.io", "apiregistration.k8s.io":
		return group
	}
	return ""
}

// successor is the same kind in the most stable version of its group that the newest
// release has and that is not itself on its way out.
func (h history) successor(k key, newest int) string {
	best := k
	for o, s := range h {
		if o.Group == k.Group && o.Kind == k.Kind && s.last == newest && (s.removed == none || s.removed > newest) && stability(o.Version) > stability(best.Version) {
			best = o
		}
	}
	if best == k {
		return ""
	}
	return best.String()
}

// stability orders versions: alphas, betas and the stable ones, each by number.
func stability(version string) int {
	var major, pre int
	switch {
	case strings.Contains(version, "alpha"):
		fmt.Sscanf(version, "v%dalpha%d", &major, &pre)
		return major*10 + pre
	case strings.Contains(version, "beta"):
		fmt.Sscanf(version, "v%dbeta%d", &major, &pre)
		return 1000 + major*10 + pre
	}
	fmt.Sscanf(version, "v%d", &major)
	return 2000 + major*10
}
