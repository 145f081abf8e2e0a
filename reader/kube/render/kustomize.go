package render

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// building lets one kustomization be built at a time: Kustomize keeps the API's schema
// in variables of its packages, and not all that reads them takes its lock. In a worker
// there is only one job at a time anyway.
var building sync.Mutex

// runKustomize builds a kustomization from files in memory. The caller has taken
// out what leads elsewhere: Kustomize itself would run git and open connections.
func runKustomize(job Job) Result {
	building.Lock()
	defer building.Unlock()
	if m, ok := marked(job); ok {
		// What fails is built again as it was written, so that lines are told as they are;
		// and so is that of which a patch took the marks away.
		res := build(m)
		if res.Failure == nil && !slices.ContainsFunc(res.Documents, func(d Document) bool { return d.Path == "" }) {
			return res
		}
	}
	return build(job)
}

func build(job Job) Result {
	fsys := filesys.MakeFsInMemory()
	for p, b := range job.Files {
		if err := fsys.WriteFile("/"+p, b); err != nil {
			return Result{Failure: &Failure{Reason: "failed", Message: fmt.Sprintf("%s can't be laid out: %v", p, err)}}
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fsys, path.Join("/", job.Root))
	if err != nil {
		return kustomizeFailure(err, job)
	}
	var res Result
	for _, r := range built.Resources() {
		var d Document
		if d.Path, err = takeOrigin(r, job.Root); err != nil {
			return Result{Failure: &Failure{Reason: "failed", Message: oneLine(err.Error())}}
		}
		text, err := r.AsYAML()
		if err != nil {
			return Result{Failure: &Failure{Reason: "failed", Message: oneLine(err.Error())}}
		}
		d.Text = text
		res.Documents = append(res.Documents, d)
	}
	return res
}

// takeOrigin tells of which file an object was made and takes the annotation that says
// so out of it; empty where none does.
func takeOrigin(r *resource.Resource, root string) (file string, err error) {
	annotations := r.GetAnnotations()
	if file, ok := annotations[mark]; ok {
		delete(annotations, mark)
		return file, r.SetAnnotations(annotations)
	}
	if origin, err := r.GetOrigin(); err == nil && origin != nil {
		switch {
		case origin.Path != "":
			file = path.Join(root, origin.Path)
		case origin.ConfiguredIn != "":
			file = path.Join(root, origin.ConfiguredIn)
		}
	}
	return file, r.SetOrigin(nil)
}

// named finds the files that an error of Kustomize speaks of.
var named = lazyregexp.New(`'?/?((?:[\w@.+-]+/)*[\w@.+-]+\.(?:ya?ml|json))'?`)

func kustomizeFailure(err error, job Job) Result {
	// The chain repeats itself at every level; the innermost says what happened.
	inner := err
	for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(next) {
		inner = next
	}
	text := strings.ReplaceAll(err.Error(), "'/", "'")
	f := &Failure{Reason: "failed", Message: oneLine(text)}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		for _, p := range []string{path.Clean(m[1]), path.Join(job.Root, m[1])} {
			if _, ok := job.Files[p]; ok {
				f.Path = p
			}
		}
	}
	return Result{Failure: f}
}
