package kube

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// kustomization is a folder with a kustomization file.
type kustomization struct {
	folder string
	path   string
	speaks bool
	// component: it is part of others and nothing by itself.
	component bool
	root      *yaml.Node
	// uses are the folders of kustomizations that it builds on, components the ones
	// among them that are listed as such.
	uses []reference
	// resources are the files that it lists as resources; files are all that it names.
	resources []string
	files     []string
	// refused are references that were taken out: remote ones, missing ones, charts.
	refused []refusal
	usedBy  []string
	// problems are those of its own file.
	problems []scorecard.Problem
	broken   bool
}

// reference is something that a kustomization names, and where.
type reference struct {
	path string
	line int
}

// refusal is a reference that can't be followed.
type refusal struct {
	line    int
	reason  string // of the gap
	message string
	text    string
	// wrong: the file is at fault, not what can be seen from here.
	wrong bool
	// alters: it may change what the others are, and not only add to them.
	alters bool
	// foreign: what it adds is somebody else's project, and of this one's services nothing;
	// release: a published installation of it.
	foreign, release bool
	// quiet: what is missing are values that are kept out of repositories on purpose, which
	// change no object but the ConfigMap or Secret that they are filled into.
	quiet bool
}

// findKustomization takes in a kustomization file. A file of that name may hold an
// object of another tool (Flux), and is a manifest then.
func (r *reader) findKustomization(f tree.File, speaks bool) {
	if r.kusts[f.Folder()] != nil {
		return
	}
	families := hides()
	if !speaks {
		families = nil
	}
	b, ok := r.read(f.Path, families...)
	if !ok {
		return
	}
	k := &kustomization{folder: f.Folder(), path: f.Path, speaks: speaks}
	for _, doc := range yamldoc.Parse(b) {
		if doc.Err != nil {
			k.broken = true
			if speaks {
				at := scorecard.Location{Path: f.Path, FirstLine: doc.ErrLine, LastLine: doc.ErrLine}
				k.problems = append(k.problems, scorecard.Problem{Location: at, Message: fmt.Sprintf("would not parse: %v", doc.Err)})
				r.t.Gap(scorecard.Gap{Location: at, Hides: hides(), Reason: "malformed",
					Message: fmt.Sprintf("%s would not parse: %v", at, doc.Err), Alters: namedIn(f.Folder(), b)})
			}
			break
		}
		if doc.Root == nil || doc.Root.Kind != yaml.MappingNode {
			continue
		}
		if v := yamldoc.String(yamldoc.Get(doc.Root, "apiVersion")); v != "" && !strings.HasPrefix(v, "kustomize.config.k8s.io/") {
			return
		}
		for _, d := range yamldoc.Duplicates(doc.Root) {
			at := scorecard.Location{Path: f.Path, FirstLine: d.Line, LastLine: d.Line, Field: join(d.Path, d.Key)}
			k.problems = append(k.problems, scorecard.Problem{Location: at, Message: at.Field + " is written twice in one mapping; only the last one counts"})
		}
		k.root = plain(lastKeys(doc.Root))
		k.component = yamldoc.String(yamldoc.Get(k.root, "kind")) == "Component"
		break
	}
	r.kusts[f.Folder()] = k
}

// namedIn are the paths that the text of a kustomization which would not parse seems to
// build on: what stands alone in a line, or in a list in one line.
func namedIn(folder string, text []byte) []string {
	out := []string{folder}
	for _, word := range strings.FieldsFunc(string(text), func(c rune) bool { return strings.ContainsRune(" \t\r\n,[]{}\"'", c) }) {
		if strings.ContainsAny(word, "./") && !isRemote(word) && len(out) < maxNamed {
			if p, ok := resolve(folder, word); ok && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	slices.Sort(out)
	return out
}

// maxNamed bounds the paths of a text that would not parse.
const maxNamed = 50

// readKustomizations works out who uses what.
func (r *reader) readKustomizations() {
	for _, folder := range sortedKeys(r.kusts) {
		if k := r.kusts[folder]; k.root != nil {
			r.link(k)
		}
	}
	for _, folder := range sortedKeys(r.kusts) {
		k := r.kusts[folder]
		if !k.speaks {
			continue
		}
		r.left[k.path] = true
		for _, f := range k.files {
			r.left[f] = true
		}
		for _, u := range k.uses {
			used := r.kusts[u.path]
			if u.path != folder && !slices.Contains(used.usedBy, folder) {
				used.usedBy = append(used.usedBy, folder)
			}
		}
	}
	r.leaveComponents()
}

// leaveComponents leaves out what stands in components: they are no manifests even
// where nobody uses them.
func (r *reader) leaveComponents() {
	for _, folder := range sortedKeys(r.kusts) {
		k := r.kusts[folder]
		if !k.speaks || !k.component {
			continue
		}
		for _, f := range r.filesIn(folder) {
			r.left[f] = true
		}
		if len(k.usedBy) == 0 {
			r.notes = append(r.notes, scorecard.Problem{Location: scorecard.Location{Path: k.path}, Message: "the component is used by no overlay and was not judged"})
		}
	}
}

// Fields of a kustomization that list files or folders, and those that list mappings
// which name files.
var (
	resourceFields = []string{"resources", "bases", "components"}
	fileFields     = []string{"patchesStrategicMerge", "configurations", "crds", "generators", "transformers", "validators"}
	pathFields     = []string{"patches", "patchesJson6902", "replacements"}
	// loadingFields are those of fileFields whose files may name further files to load.
	loadingFields = []string{"generators", "transformers", "validators"}
	chartFields   = []string{"helmCharts", "helmChartInflationGenerator"}
)

// link follows everything that the kustomization names.
func (r *reader) link(k *kustomization) {
	for _, field := range resourceFields {
		for _, n := range yamldoc.Items(yamldoc.Get(k.root, field)) {
			r.linkResource(k, n, field == "components")
		}
	}
	for _, field := range fileFields {
		for _, n := range yamldoc.Items(yamldoc.Get(k.root, field)) {
			ref := yamldoc.String(n)
			inline := strings.Contains(ref, "\n") && !isRemote(strings.SplitN(strings.TrimSpace(ref), "\n", 2)[0])
			switch {
			case slices.Contains(loadingFields, field) && r.loadsRemote(k, ref, inline):
				k.refuse(n, "remote", false, "what %s names loads from outside of this repository, so it was left out and what it makes or changes is missing", field)
				k.alters(field == "transformers")
			case ref != "" && !inline:
				r.linkFile(k, n, ref, true)
			}
		}
	}
	for _, field := range pathFields {
		for _, n := range yamldoc.Items(yamldoc.Get(k.root, field)) {
			p := yamldoc.Get(n, "path")
			if n.Kind == yaml.ScalarNode {
				p = n // as Kustomize had it long ago
			}
			if ref := yamldoc.String(p); ref != "" {
				r.linkFile(k, p, ref, true)
			}
		}
	}
	if p := yamldoc.Get(k.root, "openapi", "path"); p != nil {
		r.linkFile(k, p, yamldoc.String(p), true)
	}
	for _, field := range []string{"configMapGenerator", "secretGenerator"} {
		r.linkGenerator(k, yamldoc.Get(k.root, field))
	}
	for _, field := range chartFields {
		if n := yamldoc.Get(k.root, field); n != nil && len(n.Content) > 0 {
			k.refused = append(k.refused, refusal{line: yamldoc.KeyLine(k.root, field), reason: "render-failed",
				message: field + " names charts that Kustomize would download and render; they are not rendered here, so their objects are missing"})
		}
	}
}

// linkGenerator finds the files that go into ConfigMaps and Secrets: `name=path` or a path.
func (r *reader) linkGenerator(k *kustomization, list *yaml.Node) {
	for _, g := range yamldoc.Items(list) {
		for _, n := range yamldoc.Items(yamldoc.Get(g, "files")) {
			ref := yamldoc.String(n)
			if _, after, found := strings.Cut(ref, "="); found {
				ref = after
			}
			r.linkFile(k, n, ref, false)
		}
		envs := yamldoc.Items(yamldoc.Get(g, "envs"))
		if env := yamldoc.Get(g, "env"); env != nil {
			envs = append(envs, env)
		}
		for _, n := range envs {
			r.linkEnv(k, n)
		}
	}
}

// linkEnv follows a file with variables. One that is not there is left out: as a rule git
// ignores it, and whoever deploys puts it there.
func (r *reader) linkEnv(k *kustomization, n *yaml.Node) {
	known := len(k.refused)
	r.linkFile(k, n, yamldoc.String(n), false)
	for i := range k.refused[known:] {
		if f := &k.refused[known+i]; f.reason == "render-failed" {
			f.quiet, f.wrong = true, false
		}
	}
}

// linkResource follows a resource, base or component: a file, or the folder of
// another kustomization.
func (r *reader) linkResource(k *kustomization, n *yaml.Node, component bool) {
	ref := yamldoc.String(n)
	if ref == "" {
		return
	}
	if isRemote(ref) {
		k.refuse(n, "remote", false, "%s lies outside of this repository and is not fetched, so what it adds is missing; vendor it to have it judged", clean(ref))
		k.alters(component)
		f := &k.refused[len(k.refused)-1]
		f.foreign = !component && r.foreign(ref)
		f.release = f.foreign && strings.Contains(ref, "/releases/download/")
		return
	}
	p, ok := resolve(k.folder, ref)
	switch {
	case !ok:
		k.refuse(n, "remote", false, "%s leads out of the repository, so what it adds is missing", ref)
		k.alters(component)
	case r.t.Has(p) && !component:
		k.resources = append(k.resources, p)
		k.files = append(k.files, p)
	case r.kusts[p] != nil:
		k.uses = append(k.uses, reference{p, n.Line})
	default:
		k.refuse(n, "render-failed", true, "%s does not exist, or is no folder with a kustomization", ref)
		k.alters(component)
	}
}

// linkFile follows a file that changes or feeds others.
func (r *reader) linkFile(k *kustomization, n *yaml.Node, ref string, mayBeInline bool) {
	if isRemote(ref) {
		k.refuse(n, "remote", false, "%s lies outside of this repository and is not fetched, so what it changes is not seen", clean(ref))
		k.alters(mayBeInline)
		return
	}
	p, ok := resolve(k.folder, ref)
	switch {
	case ok && r.t.Has(p):
		k.files = append(k.files, p)
		r.linkNested(k, p)
	case ok && r.kusts[p] != nil:
		k.uses = append(k.uses, reference{p, n.Line})
	case mayBeInline && strings.ContainsAny(ref, "{:"):
		// a patch or transformer written in place, in one line
	default:
		k.refuse(n, "render-failed", true, "%s does not exist in the repository", ref)
		k.alters(mayBeInline)
	}
}

// linkNested adds what a generator's or transformer's own file names.
func (r *reader) linkNested(k *kustomization, p string) {
	if !isManifestName(path.Base(p)) {
		return
	}
	b, ok := r.read(p)
	if !ok || len(b) > maxOtherBytes {
		return
	}
	for _, doc := range yamldoc.Parse(b) {
		walk(doc.Root, func(n *yaml.Node) {
			if n.Kind != yaml.ScalarNode || len(n.Value) > 256 || !strings.Contains(n.Value, ".") {
				return
			}
			_, ref, found := strings.Cut(n.Value, "=")
			if !found {
				ref = n.Value
			}
			if q, ok := resolve(k.folder, ref); ok && q != p && r.t.Has(q) && !slices.Contains(k.files, q) {
				k.files = append(k.files, q)
			}
		})
	}
}

// loadsRemote reports whether a generator or transformer, written in place or in a
// file, names something to load from elsewhere.
func (r *reader) loadsRemote(k *kustomization, ref string, inline bool) bool {
	data := []byte(ref)
	if !inline {
		p, ok := resolve(k.folder, ref)
		if !ok || !r.t.Has(p) {
			return false
		}
		if data, ok = r.read(p); !ok {
			return false
		}
	}
	found := false
	for _, doc := range yamldoc.Parse(data) {
		walk(doc.Root, func(n *yaml.Node) {
			_, after, _ := strings.Cut(n.Value, "=")
			found = found || n.Kind == yaml.ScalarNode && (isRemote(n.Value) || isRemote(after))
		})
	}
	return found
}

func (k *kustomization) refuse(n *yaml.Node, reason string, wrong bool, format string, a ...any) {
	k.refused = append(k.refused, refusal{line: n.Line, reason: reason, wrong: wrong, text: yamldoc.String(n), message: fmt.Sprintf(format, a...)})
}

// alters says of the last refusal whether it may change what the others are.
func (k *kustomization) alters(so bool) { k.refused[len(k.refused)-1].alters = so }

// isRemote reports whether Kustomize might open a connection or run git for the
// reference. It is wider than Kustomize's own test, and does not ask whether there is
// a folder of that name, since Kustomize does not either.
func isRemote(ref string) bool {
	low := strings.ToLower(strings.TrimSpace(ref))
	if strings.Contains(low, "://") || strings.HasPrefix(low, "git::") {
		return true
	}
	if strings.HasPrefix(low, "github.com/") || strings.HasPrefix(low, "github.com:") || strings.HasPrefix(low, "gh:") {
		return true
	}
	at := strings.IndexByte(low, '@')
	return at > 0 && !strings.ContainsAny(low[:at], "/. ") && strings.ContainsAny(low[at:], ":/")
}

// forge is the owner of a repository that a reference leads to.
var forge = lazyregexp.New(`(?i)(?:^|[/@.])(?:github|gitlab|bitbucket|raw\.githubusercontent)\.(?:com|org)[:/]([\w.-]+)/`)

// foreign reports whether a reference leads to a repository of another owner than this one's.
func (r *reader) foreign(ref string) bool {
	m := forge.FindStringSubmatch(ref)
	owner, _, known := strings.Cut(r.t.Home(), "/")
	return m != nil && known && !strings.EqualFold(m[1], owner)
}

// clean drops credentials and bounds a reference that is shown.
func clean(ref string) string {
	ref = withoutCredentials(ref)
	if len(ref) > 200 {
		ref = strings.ToValidUTF8(ref[:200], "") + "…"
	}
	return ref
}
