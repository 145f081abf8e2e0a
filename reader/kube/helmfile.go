package kube

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/kube/render"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The bounds of what Helmfiles may ask for.
const (
	maxHelmfiles       = 200   // files of one repository, each as often as it is used
	maxHelmfileDepth   = 6     // helmfiles in helmfiles, bases in bases
	maxHelmfileRenders = 1_000 // texts filled in
	maxEnvironments    = 4     // production environments of one Helmfile
)

// helmfileReader reads the Helmfiles of a repository: what they say is filled in with
// the values of an environment and nothing else.
type helmfileReader struct {
	r *reader
	// nested are Helmfiles that others take in.
	nested         map[string]bool
	files, renders int
	bytes          int // of values that releases have in place
	notes          collector
}

// readHelmfiles finds what Helmfiles deploy from this repository.
func (r *reader) readHelmfiles(ctx context.Context) error {
	var found []string
	for _, f := range r.t.Files() {
		if isHelmfile(f.Path) {
			found = append(found, f.Path)
		}
	}
	slices.SortStableFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), strings.Compare(a, b))
	})
	h := &helmfileReader{r: r, nested: map[string]bool{}, notes: collector{r: r}}
	for _, p := range found {
		if h.nested[p] {
			continue
		}
		for _, env := range r.names.environments(h.environments(p, 0)) {
			if err := h.load(ctx, p, env, nil, 0); err != nil {
				return err
			}
		}
	}
	r.notes = append(r.notes, h.notes.finish()...)
	return nil
}

func isHelmfile(p string) bool {
	base := strings.TrimSuffix(path.Base(p), ".gotmpl")
	ext := path.Ext(base)
	return ext == ".yaml" && base == "helmfile.yaml" || base == "helmfile.yml" ||
		path.Base(path.Dir(p)) == "helmfile.d" && (ext == ".yaml" || ext == ".yml")
}

// environments are those that are named production, else default, else the first
// that is not named after another environment, else the first.
func (n naming) environments(names []string) []string {
	var production []string
	neutral := ""
	for _, name := range names {
		switch n.rank("", name, -1) {
		case rankProduction:
			production = append(production, name)
		case -1:
			neutral = cmp.Or(neutral, name)
		}
	}
	switch {
	case len(production) > 0:
		return production[:min(len(production), maxEnvironments)]
	case len(names) == 0 || slices.Contains(names, "default"):
		return []string{"default"}
	case neutral != "":
		return []string{neutral}
	}
	return names[:1]
}

// environments are the names that a Helmfile, its bases and its helmfiles know, sorted.
func (h *helmfileReader) environments(p string, depth int) []string {
	b, ok := h.r.read(p)
	if !ok || depth > 2 {
		return nil
	}
	var out []string
	for _, part := range parts(string(b)) {
		out = append(out, keysOf(topBlock(part, "environments"))...)
		for _, field := range []string{"bases", "helmfiles"} {
			for _, doc := range yamldoc.Parse([]byte(topBlock(part, field))) {
				for _, n := range yamldoc.Items(yamldoc.Get(doc.Root, field)) {
					ref := cmp.Or(yamldoc.String(n), yamldoc.String(yamldoc.Get(n, "path")))
					for _, q := range h.glob(path.Dir(p), ref) {
						out = append(out, h.environments(q, depth+1)...)
					}
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// parts divides a Helmfile at its `---` lines; each is filled in with what those
// before it say.
func parts(text string) []string {
	var out []string
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimRight(line, " \t\r\n") == "---" {
			out = append(out, b.String())
			b.Reset()
			continue
		}
		b.WriteString(line)
	}
	return append(out, b.String())
}

// topBlock gives the lines of a top-level key, which need not be YAML as a whole yet.
func topBlock(text, key string) string {
	var b strings.Builder
	in := false
	for line := range strings.Lines(text) {
		if c := line[0]; c != ' ' && c != '\t' && c != '#' && c != '\n' && c != '\r' && c != '-' {
			in = strings.HasPrefix(line, key+":")
		}
		if in {
			b.WriteString(line)
		}
	}
	return b.String()
}

var keyLine = lazyregexp.New(`^( +)["']?([\w.-]+)["']?\s*:`)

// keysOf are the keys right below the first line of a block.
func keysOf(block string) []string {
	var out []string
	indent := ""
	for line := range strings.Lines(block) {
		m := keyLine.FindStringSubmatch(line)
		if m == nil || indent != "" && m[1] != indent {
			continue
		}
		indent = m[1]
		out = append(out, m[2])
	}
	return out
}

// state is a Helmfile that is being read.
type state struct {
	path, folder, env string
	source            string
	// defaults, environment and given are values, each over those before.
	defaults, environment, given map[string]any
	templates                    map[string]any
	namespace                    string
	missing                      []string
}

func (s *state) values() map[string]any {
	return merged(merged(s.defaults, s.environment), s.given)
}

// merged lays b over a as Helm merges values.
func merged(a, b map[string]any) map[string]any {
	out := make(map[string]any, len(a)+len(b))
	maps.Copy(out, a)
	for k, v := range b {
		over, ok := v.(map[string]any)
		under, ok2 := out[k].(map[string]any)
		if ok && ok2 {
			v = merged(under, over)
		}
		out[k] = v
	}
	return out
}

// load reads one Helmfile for an environment.
func (h *helmfileReader) load(ctx context.Context, p, env string, given map[string]any, depth int) error {
	if h.files++; h.files > maxHelmfiles || depth > maxHelmfileDepth {
		h.gap(p, "too-many", fmt.Sprintf("Helmfiles take in more than %d files, or themselves; %s was not read any more", maxHelmfiles, p))
		return nil
	}
	b, ok := h.r.read(p, hides()...)
	if !ok {
		return nil
	}
	s := &state{path: p, folder: path.Dir(p), env: env, source: string(b), given: given, templates: map[string]any{}}
	for _, part := range parts(s.source) {
		if err := h.part(ctx, s, part, depth); err != nil {
			return err
		}
	}
	return nil
}

func (h *helmfileReader) gap(p, reason, message string) {
	g := scorecard.Gap{Location: scorecard.Location{Path: p}, Reason: reason, Message: message}
	for _, folder := range sortedKeys(h.r.charts) {
		if h.r.charts[folder].renders() { // else there is nothing here that it could deploy
			g.Hides = hides()
			break
		}
	}
	h.r.t.Gap(g)
}

// part reads one part of a Helmfile, or of a base of it: first what the rest is filled
// in with, then the rest.
func (h *helmfileReader) part(ctx context.Context, s *state, text string, depth int) error {
	for _, field := range []string{"bases", "values", "environments"} {
		lines := topBlock(text, field)
		if lines == "" {
			continue
		}
		root, err := h.parse(ctx, s, lines)
		if err != nil {
			return err
		}
		n := yamldoc.Get(root, field)
		switch field {
		case "bases":
			err = h.bases(ctx, s, n, depth)
		case "values":
			var v map[string]any
			v, err = h.stateValues(ctx, s, yamldoc.Items(n))
			s.defaults = merged(s.defaults, v)
		case "environments":
			var v map[string]any
			v, err = h.stateValues(ctx, s, yamldoc.Items(yamldoc.Get(n, s.env, "values")))
			s.environment = merged(s.environment, v)
			if len(yamldoc.Items(yamldoc.Get(n, s.env, "secrets"))) > 0 {
				h.notes.note(scorecard.Location{Path: s.path}, "the Helmfile takes secrets for its environment %s, which were left out", s.env)
			}
		}
		if err != nil {
			return err
		}
	}
	root, err := h.parse(ctx, s, text)
	if err != nil || root == nil {
		return err
	}
	if t, ok := yamldoc.Value(yamldoc.Get(root, "templates")).(map[string]any); ok {
		s.templates = merged(s.templates, t)
	}
	s.namespace = cmp.Or(yamldoc.String(yamldoc.Get(root, "namespace")), s.namespace)
	for _, n := range yamldoc.Items(yamldoc.Get(root, "helmfiles")) {
		if err := h.nest(ctx, s, n, depth); err != nil {
			return err
		}
	}
	for _, n := range yamldoc.Items(yamldoc.Get(root, "releases")) {
		if err := h.release(ctx, s, n); err != nil {
			return err
		}
	}
	return nil
}

func (h *helmfileReader) bases(ctx context.Context, s *state, n *yaml.Node, depth int) error {
	for _, item := range yamldoc.Items(n) {
		for _, p := range h.glob(s.folder, yamldoc.String(item)) {
			h.nested[p] = true
			b, ok := h.r.read(p, hides()...)
			if !ok || depth > maxHelmfileDepth || h.files > maxHelmfiles {
				continue
			}
			h.files++
			for _, part := range parts(string(b)) {
				if err := h.part(ctx, s, part, depth+1); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// nest reads a Helmfile that another takes in.
func (h *helmfileReader) nest(ctx context.Context, s *state, n *yaml.Node, depth int) error {
	ref := cmp.Or(yamldoc.String(n), yamldoc.String(yamldoc.Get(n, "path")))
	if strings.Contains(ref, "://") || strings.Contains(ref, "::") {
		h.notes.away(scorecard.Location{Path: s.path}, "the Helmfile takes in %s, which is not in this repository; what it deploys was not judged", clean(ref))
		return nil
	}
	given, err := h.stateValues(ctx, s, yamldoc.Items(yamldoc.Get(n, "values")))
	if err != nil {
		return err
	}
	for _, p := range h.glob(s.folder, ref) {
		h.nested[p] = true
		if err := h.load(ctx, p, s.env, given, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// glob finds the files that a reference names: itself, or those that match.
func (h *helmfileReader) glob(folder, ref string) []string {
	p, ok := resolve(folder, ref)
	switch {
	case !ok || ref == "" || len(ref) > 1_000:
		return nil
	case h.r.t.Has(p):
		return []string{p}
	case !strings.ContainsAny(ref, "*?"):
		return nil
	}
	pattern := glob(p)
	var out []string
	for _, f := range h.r.t.Files() {
		if pattern.MatchString(f.Path) {
			out = append(out, f.Path)
		}
	}
	return out[:min(len(out), maxHelmfiles)]
}

// parse fills a text in and reads it; nil where it can't be, which is a gap.
func (h *helmfileReader) parse(ctx context.Context, s *state, text string) (*yaml.Node, error) {
	filled, failure, err := h.fill(ctx, s, nil, s.folder, text)
	if err != nil {
		return nil, err
	}
	if failure == "" {
		for _, doc := range yamldoc.Parse([]byte(filled[0])) {
			if doc.Err != nil {
				failure = doc.Err.Error()
				break
			}
			if doc.Root != nil && doc.Root.Kind == yaml.MappingNode {
				return plain(doc.Root), nil
			}
		}
	}
	if failure != "" {
		h.gap(s.path, "render-failed", fmt.Sprintf("%s could not be read for the environment %s, so what it deploys is not known: %s", s.path, s.env, failure))
	}
	return nil, nil
}

// fill fills texts in with the values of the state, and what is known of a release.
func (h *helmfileReader) fill(ctx context.Context, s *state, l *release, root string, texts ...string) (out []string, failure string, err error) {
	if !slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, "{{") }) {
		return texts, "", nil
	}
	if h.renders++; h.renders > maxHelmfileRenders {
		return nil, fmt.Sprintf("Helmfiles of this repository have more than %d texts to fill in", maxHelmfileRenders), nil
	}
	v := s.values()
	dot := map[string]any{"Values": v, "StateValues": v, "Environment": map[string]any{"Name": s.env, "Values": v, "KubeContext": ""}, "Namespace": s.namespace}
	if l != nil {
		dot["Release"] = map[string]any{"Name": l.name, "Namespace": l.namespace, "Chart": l.folder, "Labels": map[string]any{}}
	}
	values, err := json.Marshal(dot)
	if err != nil {
		return nil, "its values can't be written down", nil
	}
	job := render.Job{Tool: render.Text, Texts: texts, Values: [][]byte{values}, Root: root}
	if slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, "readFile") || strings.Contains(t, "isFile") }) {
		job.Files = h.beside(s.folder)
	}
	res, err := h.r.pool.Render(ctx, job)
	if err != nil {
		return nil, "", err
	}
	if res.Failure != nil || len(res.Documents) != len(texts) {
		failure = "it gives other texts than it has"
		if res.Failure != nil {
			failure = res.Failure.Message
		}
		return nil, failure, nil
	}
	for _, d := range res.Documents {
		out = append(out, string(d.Text))
	}
	return out, "", nil
}

// beside gathers what a Helmfile may read with readFile: small files of its folder.
func (h *helmfileReader) beside(folder string) map[string][]byte {
	b := &bundle{files: map[string][]byte{}}
	for _, p := range h.r.filesIn(folder) {
		if size, ok := h.r.size(p); !ok || size > maxElementBytes || len(b.files) >= 500 {
			continue
		}
		if data, ok := h.r.read(p); ok {
			b.put(p, data)
		}
	}
	return b.files
}

// stateValues reads values that a Helmfile itself is filled in with: files and maps.
func (h *helmfileReader) stateValues(ctx context.Context, s *state, items []*yaml.Node) (map[string]any, error) {
	out := map[string]any{}
	for _, n := range items {
		if n.Kind == yaml.MappingNode {
			if v, ok := yamldoc.Value(n).(map[string]any); ok {
				out = merged(out, v)
			}
			continue
		}
		files := h.glob(s.folder, yamldoc.String(n))
		if len(files) == 0 {
			s.missing = append(s.missing, "the values file "+clean(yamldoc.String(n))+" of the Helmfile is not in this repository")
		}
		for _, p := range files {
			text, failure, err := h.values(ctx, s, nil, p)
			if err != nil {
				return nil, err
			}
			if failure != "" {
				s.missing = append(s.missing, p+" could not be read: "+failure)
			}
			for _, doc := range yamldoc.Parse([]byte(text)) {
				if v, ok := yamldoc.Value(doc.Root).(map[string]any); ok && doc.Err == nil {
					out = merged(out, v)
				}
			}
		}
	}
	return out, nil
}

// values reads a values file, filled in where it is a template.
func (h *helmfileReader) values(ctx context.Context, s *state, l *release, p string) (text, failure string, err error) {
	b, ok := h.r.read(p, hides()...)
	if !ok {
		return "", "it is too large", nil
	}
	if path.Ext(p) != ".gotmpl" {
		return string(b), "", nil
	}
	filled, failure, err := h.fill(ctx, s, l, s.folder, string(b))
	if err != nil || failure != "" {
		return "", failure, err
	}
	return filled[0], "", nil
}

// release reads one release of a Helmfile.
func (h *helmfileReader) release(ctx context.Context, s *state, n *yaml.Node) error {
	fields, ok := yamldoc.Value(n).(map[string]any)
	if !ok {
		return nil
	}
	if inherit, ok := fields["inherit"].([]any); ok {
		for _, x := range inherit {
			m, _ := x.(map[string]any)
			t, _ := s.templates[text(m["template"])].(map[string]any)
			fields = merged(t, fields)
		}
	}
	if off(fields["installed"]) {
		return nil
	}
	if c := text(fields["condition"]); c != "" && valueAt(s.values(), c) != true {
		return nil
	}
	l := &release{tool: "Helmfile", environment: s.env, name: text(fields["name"]), namespace: cmp.Or(text(fields["forceNamespace"]), text(fields["namespace"]), s.namespace),
		missing: slices.Clone(s.missing)}
	l.at = scorecard.Location{Path: s.path}
	if line := lineOf(s.source, l.name); line > 0 {
		l.at.FirstLine, l.at.LastLine = line, line
	}
	filled, failure, err := h.fill(ctx, s, l, s.folder, l.name, l.namespace, text(fields["chart"]))
	if err != nil {
		return err
	}
	if failure != "" {
		h.gap(s.path, "render-failed", fmt.Sprintf("%s: the release %s could not be read: %s", s.path, l.name, failure))
		return nil
	}
	chart := filled[2]
	l.name, l.namespace = known(filled[0]), known(filled[1])
	folder, ok := resolve(s.folder, chart)
	if !ok || chart == "" || strings.Contains(chart, "://") || !h.r.deploys(folder) {
		h.notes.away(l.at, "the Helmfile deploys %s with the chart %s, which is not in this repository; what it makes was not judged", l.name, clean(chart))
		return nil
	}
	l.folder = folder
	if err := h.releaseValues(ctx, s, l, fields); err != nil {
		return err
	}
	for _, field := range []string{"strategicMergePatches", "jsonPatches", "transformers", "dependencies", "valuesTemplate", "setTemplate"} {
		if list, ok := fields[field].([]any); ok && len(list) > 0 {
			l.missing = append(l.missing, field+" of the release are not applied here")
		}
	}
	for _, v := range l.values {
		h.bytes += len(v.text)
	}
	if h.bytes > maxReleaseBytes || len(h.r.helmfiles) >= maxReleases {
		h.gap(s.path, "too-many", fmt.Sprintf("Helmfiles have more than %d releases, or more than %d bytes of values in them; those after were not followed", maxReleases, maxReleaseBytes))
		return nil
	}
	l.rankRelease(h.r.names, s.env, l.name, l.folder, l.namespace, s.path)
	h.r.helmfiles = append(h.r.helmfiles, l)
	return nil
}

// releaseValues reads what a release gives to its chart.
func (h *helmfileReader) releaseValues(ctx context.Context, s *state, l *release, fields map[string]any) error {
	handler := text(fields["missingFileHandler"])
	optional := handler != "" && handler != "Error"
	list, _ := fields["values"].([]any)
	for _, v := range list {
		ref, isText := v.(string)
		if !isText {
			if b, err := json.Marshal(v); err == nil && v != nil {
				l.values = append(l.values, valuesOf{text: b})
			}
			continue
		}
		filled, failure, err := h.fill(ctx, s, l, s.folder, ref)
		if err != nil {
			return err
		}
		if failure == "" {
			ref = text(fields["valuesPathPrefix"]) + filled[0]
		}
		files := h.glob(s.folder, ref)
		if len(files) == 0 && !optional {
			l.missing = append(l.missing, "the values file "+clean(ref)+" is not in this repository")
		}
		for _, p := range files {
			b, failure, err := h.values(ctx, s, l, p)
			if err != nil {
				return err
			}
			if failure != "" {
				l.missing = append(l.missing, p+" could not be read: "+failure)
				continue
			}
			l.values = append(l.values, valuesOf{path: p, text: []byte(b)})
		}
	}
	for _, field := range []string{"set", "setString"} {
		list, _ := fields[field].([]any)
		for _, x := range list {
			m, _ := x.(map[string]any)
			name, value := text(m["name"]), fmt.Sprint(m["value"])
			if several, ok := m["values"].([]any); ok {
				var items []string
				for _, v := range several {
					items = append(items, fmt.Sprint(v))
				}
				value = "{" + strings.Join(items, ",") + "}"
			} else if m["value"] == nil {
				l.missing = append(l.missing, "the value "+name+" is the text of a file")
				continue
			}
			l.set = append(l.set, setting(name, value, field == "setString"))
		}
	}
	if list, ok := fields["secrets"].([]any); ok && len(list) > 0 {
		h.notes.note(l.at, "the Helmfile takes secrets for the release %s, which were left out", l.name)
	}
	return nil
}

// off reports whether something is switched off in so many words.
func off(v any) bool { return v == false || v == "false" }

func valueAt(from any, dotted string) any {
	for key := range strings.SplitSeq(dotted, ".") {
		m, ok := from.(map[string]any)
		if !ok {
			return nil
		}
		from = m[key]
	}
	return from
}

// known is the text, unless it comes from outside of the files.
func known(s string) string {
	if fromOutside(s) {
		return ""
	}
	return s
}

// fromOutside reports whether a text holds what a Helmfile asks of its surroundings.
func fromOutside(s string) bool {
	return strings.Contains(s, render.Outside) || strings.HasPrefix(s, "ref+")
}

// markOutside makes values unknown that come from outside of the files, wherever they
// went in an object.
func markOutside(n *yaml.Node, keep keeping) {
	switch n.Kind {
	case yaml.ScalarNode:
		if fromOutside(n.Value) {
			unknownScalar(n, keep)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			markOutside(n.Content[i+1], keepingOf(n.Content[i].Value, keep))
		}
	default:
		for _, c := range n.Content {
			markOutside(c, keep)
		}
	}
}

// lineOf finds where a release is named; 0 where that can't be told.
func lineOf(source, name string) int {
	if name == "" {
		return 0
	}
	named := regexp.MustCompile(`^\s*(?:-\s+)?name:\s*["']?` + regexp.QuoteMeta(name) + `["']?\s*$`)
	i := 0
	for line := range strings.Lines(source) {
		if i++; named.MatchString(strings.TrimRight(line, "\r\n")) {
			return i
		}
	}
	return 0
}
