package infra

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// statement is one call in a file of Ruby that only lists things, with the lines
// that it reaches over.
type statement struct {
	text        string
	first, last int
}

// maxStatement bounds what is joined to one statement, in bytes.
const maxStatement = 16 << 10

// statements joins lines that end in a comma with those after them, and drops
// comments. It is enough for the four files that are read with it.
func statements(data []byte) []statement {
	var out []statement
	var parts []string
	size := 0
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(withoutComment(line))
		if line == "" {
			continue
		}
		if len(parts) == 0 {
			out = append(out, statement{first: i + 1})
		}
		parts, size = append(parts, line), size+len(line)
		last := &out[len(out)-1]
		last.last = i + 1
		if !continues(line) || size > maxStatement {
			last.text = strings.Join(parts, " ")
			parts, size = nil, 0
		}
	}
	if len(parts) > 0 {
		out[len(out)-1].text = strings.Join(parts, " ")
	}
	return out
}

// continues reports whether the next line belongs to this one.
func continues(line string) bool {
	return strings.HasSuffix(line, ",") || strings.HasSuffix(line, "=>") || strings.HasSuffix(line, "(") || strings.HasSuffix(line, "{")
}

// withoutComment cuts a line at a `#` that no quote holds.
func withoutComment(line string) string {
	quote := rune(0)
	for i, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote == 0 && c == '#':
			return line[:i]
		}
	}
	return line
}

var (
	rubyCall   = lazyregexp.New(`^(\w+)\s*\(?\s*['"]([^'"]+)['"](.*)$`)
	rubyOption = lazyregexp.New(`(?::(\w+)\s*=>|\b(\w+):)\s*(?:['"]([^'"]*)['"]|:(\w+)|(\w+))`)
	rubyString = lazyregexp.New(`['"]([^'"]*)['"]`)
)

// dependency is what a call such as `cookbook 'x', '~> 1', git: 'y', tag: 'z'` says.
type dependency struct {
	name    string
	version string
	options map[string]string
}

// call takes a statement apart; false where it is no call of that name on a string.
func (s statement) call(name string) (dependency, bool) {
	m := rubyCall.FindStringSubmatch(s.text)
	if m == nil || m[1] != name {
		return dependency{}, false
	}
	d := dependency{name: m[2], options: map[string]string{}}
	rest := m[3]
	for _, o := range rubyOption.FindAllStringSubmatch(rest, -1) {
		d.options[o[1]+o[2]] = o[3] + o[4] + o[5]
	}
	rest = rubyOption.ReplaceAllString(rest, "")
	var versions []string
	for _, v := range rubyString.FindAllStringSubmatch(rest, -1) {
		versions = append(versions, v[1])
	}
	d.version = strings.Join(versions, ", ")
	return d, true
}

// pinned judges the dependency by itself, without a lock file.
func (d dependency) pinned() (version string, ok bool) {
	for _, key := range []string{"ref", "revision", "tag", "commit"} {
		if v, have := d.options[key]; have {
			return v, fixedRef(v)
		}
	}
	for _, key := range []string{"path", "local"} {
		if _, have := d.options[key]; have {
			return d.version, true
		}
	}
	for _, key := range []string{"git", "github", "gitlab", "bitbucket", "branch"} {
		if _, have := d.options[key]; have {
			return d.options["branch"], false
		}
	}
	return d.version, boundedRange(d.version)
}

func (r *reader) pin(f tree.File, s statement, tool string, d dependency, locked map[string]string) {
	p := scorecard.Pin{Location: scorecard.Location{Path: f.Path, FirstLine: s.first, LastLine: s.last}, Tool: tool, Name: withoutCredentials(d.name)}
	p.Version, p.Pinned = d.pinned()
	if v, ok := locked[d.name]; ok {
		p.Version, p.Pinned = v, true
	}
	r.into.Pins = append(r.into.Pins, p)
}

// cookbook reads a Chef cookbook's metadata; other tools have files of that name.
func (r *reader) cookbook(f tree.File, data []byte) {
	named := false
	var depends []statement
	for _, s := range statements(data) {
		if _, ok := s.call("name"); ok {
			named = true
		}
		if _, ok := s.call("depends"); ok {
			depends = append(depends, s)
		}
	}
	if !named {
		return
	}
	r.add(scorecard.Definition{Location: scorecard.Location{Path: f.Path}, Tool: "chef", Provisions: true})
	locked := r.chefLock(f.Folder())
	for _, s := range depends {
		d, _ := s.call("depends")
		r.pin(f, s, "chef", d, locked)
	}
}

// berksfile reads the cookbooks that Berkshelf fetches.
func (r *reader) berksfile(f tree.File, data []byte) { r.cookbooks(f, data) }

// policyfile reads a Chef policy and the cookbooks that it asks for.
func (r *reader) policyfile(f tree.File, data []byte) { r.cookbooks(f, data) }

func (r *reader) cookbooks(f tree.File, data []byte) {
	if !r.t.Has(path.Join(f.Folder(), "metadata.rb")) {
		r.add(scorecard.Definition{Location: scorecard.Location{Path: f.Path}, Tool: "chef", Provisions: true})
	}
	locked := r.chefLock(f.Folder())
	for _, s := range statements(data) {
		if d, ok := s.call("cookbook"); ok {
			r.pin(f, s, "chef", d, locked)
		}
	}
}

var berksLocked = lazyregexp.New(`(?m)^  ([\w.-]+) \(([^)\s]+)\)`)

// chefLock gives the versions that lock files of the folder fix.
func (r *reader) chefLock(folder string) map[string]string {
	out := map[string]string{}
	if data, ok := r.t.Read(path.Join(folder, "Berksfile.lock"), scorecard.Infrastructure); ok {
		_, graph, _ := strings.Cut(string(data), "GRAPH")
		for _, m := range berksLocked.FindAllStringSubmatch(graph, -1) {
			out[m[1]] = m[2]
		}
	}
	lock := path.Join(folder, "Policyfile.lock.json")
	data, ok := r.t.Read(lock, scorecard.Infrastructure)
	if !ok {
		return out
	}
	var policy struct {
		Locks map[string]struct {
			Version string `json:"version"`
		} `json:"cookbook_locks"`
	}
	if err := json.Unmarshal(data, &policy); err != nil {
		r.t.Malformed(lock, 0, err, scorecard.Infrastructure)
		return out
	}
	for name, l := range policy.Locks {
		out[name] = l.Version
	}
	return out
}

// puppetfile reads the modules that r10k or Code Manager fetch.
func (r *reader) puppetfile(f tree.File, data []byte) {
	r.add(scorecard.Definition{Location: scorecard.Location{Path: f.Path}, Tool: "puppet", Provisions: true})
	for _, s := range statements(data) {
		d, ok := s.call("mod")
		if !ok {
			continue
		}
		if strings.Contains(s.text, ":latest") && len(d.options) == 0 {
			d.version = "latest"
		}
		r.pin(f, s, "puppet", d, nil)
	}
}

// maxModule bounds a module's metadata, in bytes; real ones have a few thousand.
const maxModule = 256 << 10

// puppetModule reads the metadata.json of a Puppet module; files of that name are
// many, and a module's names its author and what it needs.
func (r *reader) puppetModule(f tree.File, data []byte) {
	if len(data) > maxModule {
		return
	}
	var module struct {
		Name         string            `json:"name"`
		Version      string            `json:"version"`
		Requirements []json.RawMessage `json:"requirements"`
		Supports     []json.RawMessage `json:"operatingsystem_support"`
		Dependencies []struct {
			Name    string `json:"name"`
			Version string `json:"version_requirement"`
		} `json:"dependencies"`
	}
	if json.Unmarshal(data, &module) != nil || !strings.ContainsAny(module.Name, "-/") || len(module.Requirements)+len(module.Supports) == 0 {
		return
	}
	if !r.puppet[f.Folder()] {
		r.puppet[f.Folder()] = true
		r.add(scorecard.Definition{Location: scorecard.Location{Path: f.Path}, Tool: "puppet", Provisions: true})
	}
	for _, d := range module.Dependencies {
		where := scorecard.Location{Path: f.Path}
		if i := strings.Index(string(data), `"`+d.Name+`"`); i >= 0 {
			where = at(f.Path, 1+strings.Count(string(data[:i]), "\n"))
		}
		r.into.Pins = append(r.into.Pins, scorecard.Pin{Location: where, Tool: "puppet", Name: d.Name, Version: d.Version, Pinned: boundedRange(d.Version)})
	}
}

var puppetCode = lazyregexp.New(`(?m)^\s*(?:class|define|node|include|package|service|file|exec|contain)\b.*`)

// manifest reads a file of Puppet's language: one definition for each module.
func (r *reader) manifest(f tree.File) {
	module := f.Folder()
	for d := module; d != "."; d = path.Dir(d) {
		if path.Base(d) == "manifests" {
			module = path.Dir(d)
			break
		}
	}
	if r.puppet[module] {
		return
	}
	data, ok := r.t.Read(f.Path, scorecard.Infrastructure)
	if !ok || !puppetCode.Match(data) || strings.ContainsRune(string(data), 0) { // SELinux' modules are binary
		return
	}
	r.puppet[module] = true
	r.add(scorecard.Definition{Location: scorecard.Location{Path: f.Path}, Tool: "puppet", Provisions: true})
}
