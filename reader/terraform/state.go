package terraform

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// places are the arguments by which backends name where they keep state, and the
// kind of thing that each names.
var places = map[string]map[string]string{
	"s3":      {"bucket": "aws_s3_bucket", "dynamodb_table": "aws_dynamodb_table"},
	"gcs":     {"bucket": "google_storage_bucket"},
	"azurerm": {"storage_account_name": "azurerm_storage_account", "container_name": "azurerm_storage_container"},
	"oss":     {"bucket": "alicloud_oss_bucket", "tablestore_table": "alicloud_ots_table"},
	"cos":     {"bucket": "tencentcloud_cos_bucket"},
	"oci":     {"bucket": "oci_objectstorage_bucket"},
}

// nameOf is the argument by which a resource of that kind is named.
var nameOf = map[string]string{
	"aws_s3_bucket": "bucket", "aws_dynamodb_table": "name", "google_storage_bucket": "name",
	"azurerm_storage_account": "name", "azurerm_storage_container": "name", "alicloud_oss_bucket": "bucket",
	"alicloud_ots_table": "table_name", "tencentcloud_cos_bucket": "bucket", "oci_objectstorage_bucket": "name",
}

// stateWord is how people name a bucket that holds state.
var stateWord = lazyregexp.New(`(?i)(?:tf|terraform|tofu|terragrunt|remote)[-_.]?states?\b|tfstate`)

// stateModule are modules of registries that make a place for state.
var stateModule = lazyregexp.New(`(?i)tf-?state|terraform-state|remote-state|state-(?:bucket|backend|storage)`)

// storeModule are modules that make buckets, whatever for.
var storeModule = lazyregexp.New(`(?i)s3-bucket|bucket|storage`)

// named are the places that the backends of a repository name, by kind.
type named map[string][]text

func (n named) add(s *settings) {
	if s == nil {
		return
	}
	for arg, kind := range places[s.typ] {
		v, ok := s.values[arg]
		switch {
		case ok && v != "":
			n[kind] = append(n[kind], v)
		case s.open && len(s.also) == 0:
			n[kind] = append(n[kind], hole)
		}
	}
	for _, a := range s.also {
		n.add(a)
	}
}

// markStateCreators finds the roots that make what a backend keeps its state in.
func markStateCreators(all []*folder) {
	names := named{}
	for _, f := range all {
		names.add(f.state)
	}
	if len(names) == 0 {
		return
	}
	kinds := map[string]map[string]bool{} // by folder, which of the kinds it makes
	for _, f := range all {
		kinds[f.path] = map[string]bool{}
		for _, res := range f.root.Resources {
			kinds[f.path][res.Type] = true
		}
	}
	for _, f := range all {
		f.root.CreatesState = f.createsState(names, kinds)
	}
}

func (f *folder) createsState(names named, kinds map[string]map[string]bool) bool {
	call := 0
	for _, b := range f.blocks {
		switch b.typ {
		case "resource":
			kind := b.label(0)
			v, ok := f.scope.attr(b, nameOf[kind])
			if nameOf[kind] != "" && ok && names.has(kind, v) {
				return true
			}
		case "module":
			c := f.root.Modules[call]
			call++
			if c.Local == "" && stateModule.MatchString(c.Source) {
				return true
			}
			if f.passesName(b, c, names, kinds) {
				return true
			}
		}
	}
	return false
}

// passesName: the module is given the name of a place for state, and makes such places.
func (f *folder) passesName(b *block, c scorecard.ModuleCall, names named, kinds map[string]map[string]bool) bool {
	for kind, argument := range nameOf {
		if c.Local != "" && !kinds[c.Local][kind] || c.Local == "" && !storeModule.MatchString(c.Source) {
			continue
		}
		for _, arg := range []string{argument, "name", "bucket", "bucket_name", "s3_bucket_name", "table_name", "dynamodb_table_name", "container_name", "storage_account_name", "state_bucket_name", "state_bucket"} {
			if v, ok := f.scope.attr(b, arg); ok && v.literal() != "" && names.has(kind, v) {
				return true
			}
		}
	}
	return false
}

// has reports whether a backend keeps state in a thing of that kind and name. Names
// with unknown parts match when both speak of state.
func (n named) has(kind string, name text) bool {
	for _, have := range n[kind] {
		if have.known() && name.known() {
			if have == name {
				return true
			}
			continue
		}
		if stateWord.MatchString(name.literal()) && (have == hole || fits(have, name)) {
			return true
		}
	}
	return false
}

// fits reports whether two texts may be the same once their holes are filled; only
// one of them is matched as a pattern, which is enough for names.
func fits(a, b text) bool {
	if a.known() {
		a, b = b, a
	}
	if !b.known() {
		return stateWord.MatchString(a.literal())
	}
	rest := string(b)
	parts := strings.Split(string(a), hole)
	for i, part := range parts {
		at := strings.Index(rest, part)
		if at < 0 || i == 0 && at != 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return rest == "" || strings.HasSuffix(string(b), parts[len(parts)-1])
}

// oddName are names under which state files are kept besides their own.
var oddName = lazyregexp.New(`(?i)state`)

// stateFiles lists the state files that were checked in. Their values are looked at
// by nobody: the name tells, and for odd names the keys that every state has.
func (r *reader) stateFiles() {
	for _, f := range r.t.Files() {
		if r.ctx.Err() != nil {
			return
		}
		base := strings.ToLower(f.Base())
		byName := strings.HasSuffix(base, ".tfstate") || strings.Contains(base, ".tfstate.") && (strings.HasSuffix(base, ".backup") || strings.HasSuffix(base, ".bak"))
		switch {
		case byName && !r.empty(f.Path, f.Size):
		case oddExtension(base) && oddName.MatchString(base) && r.looksLikeState(f.Path, f.Size):
		default:
			continue
		}
		r.into.States = append(r.into.States, scorecard.Location{Path: f.Path})
		if r.showsValues(f.Path) {
			at := scorecard.Location{Path: f.Path, FirstLine: 1, LastLine: 1}
			r.into.Leaks = append(r.into.Leaks, scorecard.Leak{Location: at, Rule: scorecard.StateFile})
		}
	}
}

// showsValues reports whether a state file has the values of something that was made, in
// plain text: OpenTofu can encrypt it, and one of a new root is empty.
func (r *reader) showsValues(p string) bool {
	data, ok := r.t.Read(p, scorecard.Infrastructure)
	if !ok {
		return false
	}
	var state struct {
		Resources []struct{}
		Modules   []struct{ Resources map[string]struct{} } // as it was before 0.12
	}
	if err := json.Unmarshal(data, &state); err != nil {
		return false
	}
	return len(state.Resources) > 0 || slices.ContainsFunc(state.Modules, func(m struct{ Resources map[string]struct{} }) bool { return len(m.Resources) > 0 })
}

// empty reports whether a state file holds nothing: no bytes, or `{}`.
func (r *reader) empty(p string, size int64) bool {
	if size > 16 {
		return false
	}
	data, ok := r.t.Read(p, scorecard.Infrastructure)
	return ok && strings.Trim(string(data), "{} \t\r\n") == ""
}

func oddExtension(base string) bool {
	switch path.Ext(base) {
	case ".json", ".backup", ".bak", ".old", ".state", ".orig", ".txt", "":
		return true
	}
	return strings.Contains(base, "tfstate")
}

func (r *reader) looksLikeState(p string, size int64) bool {
	if size > r.t.Limits().MaxFileBytes {
		return false // whatever it is, its name does not say that it is state
	}
	data, ok := r.t.Read(p, scorecard.Infrastructure)
	if !ok || !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return false
	}
	for _, key := range []string{`"terraform_version"`, `"serial"`, `"lineage"`} {
		if !bytes.Contains(data, []byte(key)) {
			return false
		}
	}
	return true
}
