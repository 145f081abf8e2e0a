package terraform

import (
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/terraform/hcldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// settings are what is known of a backend's arguments.
type settings struct {
	typ    string
	values map[string]text // without those that are null
	// open: more arguments may come from elsewhere (an expression, a file, a flag).
	open bool
	// also are the sets of a partial configuration's files, each with values laid under it.
	also []*settings
}

// backend reads the backend or cloud block of a terraform block. Later ones, and
// those of override files, take the place of earlier ones.
func (f *folder) backend(r *reader, b *block) {
	for _, c := range blocksOf(b.path, b.body, "cloud") {
		f.state = &settings{typ: "cloud"}
		f.root.Backend = &scorecard.Backend{Location: c.location(), Type: "cloud", Locks: "yes"}
	}
	for _, c := range blocksOf(b.path, b.body, "backend", "type") {
		f.state = f.scope.settingsOf(c.label(0), attributesOf(c.body))
		if f.state.partial() {
			f.state.open = true
			f.state.also = r.backendFiles(f)
		}
		f.root.Backend = &scorecard.Backend{Location: c.location(), Type: c.label(0), Locks: f.state.locks()}
	}
}

func (s *scope) settingsOf(typ string, attrs map[string]hcl.Expression) *settings {
	out := &settings{typ: typ, values: map[string]text{}}
	for _, name := range sortedKeys(attrs) {
		if v, ok := s.eval(attrs[name]); ok {
			out.values[name] = v
		}
	}
	return out
}

// needed are the arguments without which a backend can't be initialised: a block
// that lacks one gets it by -backend-config, and perhaps others with it.
var needed = map[string][]string{
	"s3": {"bucket", "key"}, "oss": {"bucket"}, "http": {"address"}, "consul": {"path"},
}

func (s *settings) partial() bool {
	for _, name := range needed[s.typ] {
		if v, ok := s.values[name]; !ok || v == "" {
			return true
		}
	}
	return false
}

// lockAlways are the backends that lock by themselves. A local file is locked too,
// but is not remote.
var lockAlways = map[string]bool{
	"local": true, "gcs": true, "azurerm": true, "remote": true, "cloud": true, "pg": true,
	"kubernetes": true, "cos": true, "oci": true, "manta": true, "atlas": true,
}

// locks says whether state is locked while it is written: "yes", "no" or "unknown".
func (s *settings) locks() string {
	if s.typ == "s3" || s.typ == "oss" || s.typ == "http" || s.typ == "consul" {
		if own := s.own(); own != "unknown" || len(s.also) == 0 {
			return own
		}
		all := "yes"
		for _, a := range s.also {
			switch a.locks() {
			case "no":
				return "no"
			case "unknown":
				all = "unknown"
			}
		}
		return all
	}
	switch {
	case lockAlways[s.typ]:
		return "yes"
	case s.typ == "etcdv3" || s.typ == "swift":
		return s.unless("lock")
	case s.typ == "artifactory" || s.typ == "etcd":
		return "no"
	}
	return "unknown"
}

// own is the answer of the backends that are told to lock.
func (s *settings) own() string {
	names := map[string][]string{
		"s3": {"use_lockfile", "dynamodb_table", "lock_table"}, "oss": {"tablestore_table"}, "http": {"lock_address"},
	}[s.typ]
	if s.typ == "consul" {
		return s.unless("lock")
	}
	answer := "no"
	if s.open {
		answer = "unknown"
	}
	for _, name := range names {
		v, ok := s.values[name]
		switch {
		case !ok || v == "" || v == "false":
		case v.literal() == "":
			answer = "unknown" // an expression alone
		default:
			return "yes"
		}
	}
	return answer
}

// unless: the backend locks but where the argument says false.
func (s *settings) unless(name string) string {
	v, ok := s.values[name]
	switch {
	case ok && v == "false":
		return "no"
	case ok && !v.known():
		return "unknown"
	}
	return "yes"
}

// backendFile is the name of a file that completes a partial configuration.
var backendFile = lazyregexp.New(`(?i)(?:\.tfbackend|^(?:.*[._-])?backend(?:[._-].*)?\.(?:hcl|conf|config|tfvars))$`)

// backendFiles reads the files in or below the folder that complete its backend.
func (r *reader) backendFiles(f *folder) []*settings {
	var out []*settings
	for _, file := range r.completions {
		if !within(f.path, file.Folder()) || r.nearer(f.path, file.Folder()) {
			continue
		}
		data, ok := r.t.Read(file.Path, scorecard.Infrastructure)
		if !ok {
			continue
		}
		parsed, bad := hcldoc.Parse(file.Path, data, 1)
		if bad != nil {
			r.t.Malformed(file.Path, bad.Line, bad, scorecard.Infrastructure)
		}
		if parsed == nil {
			continue
		}
		s := f.scope.settingsOf(f.state.typ, attributesOf(parsed.Body))
		for name, v := range f.state.values {
			if _, have := s.values[name]; !have {
				s.values[name] = v
			}
		}
		// A file that still lacks an argument gets it elsewhere, most often the key alone.
		_, names := s.values["bucket"]
		s.open = bad != nil || s.typ == "s3" && !names || s.typ == "http" && s.partial()
		out = append(out, s)
	}
	return out
}

// nearer reports whether another module's folder stands between the two.
func (r *reader) nearer(outer, inner string) bool {
	for d := inner; d != outer && d != "."; d = path.Dir(d) {
		if r.folders[d] != nil {
			return true
		}
	}
	return false
}

func within(outer, inner string) bool {
	return outer == "." || inner == outer || strings.HasPrefix(inner, outer+"/")
}
