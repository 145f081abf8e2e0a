package render

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
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
		if origin, err := r.GetOrigin(); err == nil && origin != nil {
			switch {
			case origin.Path != "":
				d.Path = path.Join(job.Root, origin.Path)
			case origin.ConfiguredIn != "":
				d.Path = path.Join(job.Root, origin.ConfiguredIn)
			}
		}
		if err := r.SetOrigin(nil); err != nil {
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
