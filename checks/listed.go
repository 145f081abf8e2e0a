package checks

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// addsObject matches a remediation that adds an object to those that are there, with its
// kind and name.
var addsObject = lazyregexp.New("(?s)^(?:Add an? .*?\n\n```yaml|.*\n\nAdd an? [^\n]*\n\n```yaml)\napiVersion: [^\n]+\nkind: (\\w+)\nmetadata:\n  name: ([a-z0-9][a-z0-9.-]*)\n")

// listed says of an object that is to be added where a kustomization deploys the others
// that it has to be listed there: a file that merely stands beside them is not deployed.
func (s *survey) listed(at scorecard.Location, text string) string {
	folder, built := strings.CutPrefix(at.Form, "kustomize ")
	m := addsObject.FindStringSubmatch(text)
	if !built || m == nil {
		return text
	}
	folder, _, _ = strings.Cut(folder, " (")
	kustomization := path.Join(folder, "kustomization.yaml")
	for i := range s.Manifests {
		if mf := &s.Manifests[i]; mf.Kind == "kustomization" && path.Dir(mf.Location.Path) == folder {
			kustomization = mf.Location.Path
		}
	}
	file := m[2] + "-" + strings.ToLower(m[1]) + ".yaml"
	return text + "\n\nWrite it to `" + path.Join(folder, file) + "` and list that under `resources:` of `" + kustomization + "` (`- " + file + "`), or it is not deployed."
}
