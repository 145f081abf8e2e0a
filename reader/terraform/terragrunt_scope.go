package terraform

import (
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// terragruntScope is what expressions of a configuration may refer to: its own
// locals, and the functions that find other files. Paths that such a function gives
// start with a slash, which is the repository's root.
func (r *reader) terragruntScope(unit, file string) *scope {
	s := &scope{defaults: map[string]hcl.Expression{}, locals: map[string]hcl.Expression{}}
	if c := r.hcl[file]; c != nil {
		for _, b := range c.body.Blocks {
			if b.Type == "locals" {
				s.locals = attributesOf(b.Body)
			}
		}
	}
	s.call = func(name string, args []text) text { return r.function(unit, file, name, args) }
	if c := r.hcl[unit]; c != nil && unit == file {
		s.include = func(name string) *scope {
			for _, b := range c.body.Blocks {
				if b.Type == "include" && (len(b.Labels) == 1 && b.Labels[0] == name || len(b.Labels) == 0 && name == "") {
					if inc := r.included(unit, b); inc != nil && inc != c {
						return r.terragruntScope(unit, inc.path)
					}
				}
			}
			return nil
		}
	}
	return s
}

func (r *reader) function(unit, file, name string, args []text) text {
	switch name {
	case "find_in_parent_folders":
		want := "terragrunt.hcl"
		if len(args) > 0 {
			want = args[0].whole()
		}
		for d := path.Dir(unit); want != "" && d != "."; {
			d = path.Dir(d)
			if p := path.Join(d, want); r.t.Has(p) {
				return text("/" + p)
			}
		}
		return hole
	case "dirname":
		if len(args) == 1 && args[0].known() {
			return text(path.Dir(string(args[0])))
		}
	case "get_terragrunt_dir", "get_original_terragrunt_dir":
		return text("/" + path.Dir(unit))
	case "get_parent_terragrunt_dir":
		return text("/" + path.Dir(file))
	case "get_repo_root":
		return "/."
	case "path_relative_to_include":
		return hole
	case "get_path_to_repo_root":
		return text(strings.Repeat("../", strings.Count(path.Clean(unit), "/")))
	}
	return hole
}

// absolute is a path as Terragrunt means it, relative to the repository's root.
func absolute(dir, p string) string {
	if strings.HasPrefix(p, "/") {
		return path.Clean(strings.TrimLeft(p, "/"))
	}
	return path.Join(dir, p)
}
