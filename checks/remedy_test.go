package checks

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// One edit of a base is spelled once for all overlays of it; two objects of one file are
// two edits, and so are two files.
func TestOneEditIsSpelledOnce(t *testing.T) {
	web := func(path, form, namespace, name string) scorecard.Workload {
		o := scorecard.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: namespace, Name: name}
		at := scorecard.Location{Path: path, FirstLine: 1, Object: o, Form: form}
		return scorecard.Workload{Location: at, Object: o, Containers: []scorecard.Container{{Name: "main", Image: "web", Location: at}}}
	}
	for name, c := range map[string]struct {
		workloads []scorecard.Workload
		want      int
	}{
		"two overlays of one base":          {[]scorecard.Workload{web("base/web.yaml", "kustomize eu", "eu", "eu-web"), web("base/web.yaml", "kustomize us", "us", "us-web")}, 1},
		"one with, one without a namespace": {[]scorecard.Workload{web("base/web.yaml", "kustomize eu", "eu", "web"), web("base/web.yaml", "kustomize us", "", "web")}, 1},
		"two bases":                         {[]scorecard.Workload{web("base/web.yaml", "kustomize eu", "eu", "web"), web("other/web.yaml", "kustomize us", "us", "web")}, 2},
		"two objects of a form":             {[]scorecard.Workload{web("base/web.yaml", "kustomize eu", "eu", "web"), web("base/web.yaml", "kustomize eu", "eu", "api")}, 2},
		"two objects of a file":             {[]scorecard.Workload{web("k8s/web.yaml", "", "", "web"), web("k8s/web.yaml", "", "", "api")}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := imagePinned.Rule(scorecard.NewView(&scorecard.Inventory{Facts: scorecard.Facts{Workloads: c.workloads}}))
			text := f.Remedy()
			if got := strings.Count(text, "```yaml"); got != c.want {
				t.Errorf("%d patches, want %d:\n%s", got, c.want, text)
			}
			if f.Subjects != 2 || len(f.Evidence) != 2 {
				t.Errorf("%d subjects, %d pieces of evidence, want two of each", f.Subjects, len(f.Evidence))
			}
		})
	}
}
