package scan

import (
	"path"
	"strings"
)

// findRoots notes the services that Terraform defines by the root that does: what stands in
// that is theirs, and other roots keep their state without them.
func (a *attribution) findRoots() {
	a.roots = map[string][]*member{}
	folders := map[string]bool{}
	for i := range a.facts.Terraform {
		if x := &a.facts.Terraform[i]; x.Root {
			folders[x.Folder] = true
		}
	}
	for _, m := range a.members {
		if p := m.service.Location.Path; isTerraform(p) {
			if root := rootOf(p, folders); root != "" {
				m.root = root
				a.roots[root] = append(a.roots[root], m)
			}
		}
	}
}

func isTerraform(p string) bool {
	return strings.HasSuffix(p, ".tf") || strings.HasSuffix(p, ".tf.json") || strings.HasSuffix(p, ".tofu")
}

// rootOf is the innermost of the folders that the file is in; empty for none, and for the
// repository's own.
func rootOf(file string, folders map[string]bool) string {
	for d := path.Dir(file); d != "." && d != "/"; d = path.Dir(d) {
		if folders[d] {
			return d
		}
	}
	return ""
}

// definedBeside are the services that the Terraform root of a file defines.
func (a *attribution) definedBeside(file string) []*member {
	for d := path.Dir(file); d != "." && d != "/"; d = path.Dir(d) {
		if ms := a.roots[d]; len(ms) > 0 {
			return ms
		}
	}
	return nil
}

// withoutRoot leaves out those that have a root of their own, unless it is this one.
func withoutRoot(ms []*member, folder string) (out []*member) {
	for _, m := range ms {
		if m.root == "" || m.root == folder {
			out = append(out, m)
		}
	}
	return out
}

// beside gives the services that the Terraform root of a file defines, else all.
func (a *attribution) beside(file string) []*member {
	if ms := a.definedBeside(file); ms != nil {
		return ms
	}
	return a.everyone(file)
}
