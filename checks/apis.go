package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var apiVersionsServed = scorecard.Check{
	ID:      "api-versions-served",
	Pillar:  scorecard.Config,
	Title:   "Every manifest is of API versions that the cluster still serves",
	Applies: "manifests, charts and kustomizations with objects of Kubernetes' own kinds",
	Passes:  "the target version of Kubernetes serves the apiVersion of each of its objects: it was not removed in that version or before it, did not come after it, and was ever there; the target is the newest version unless the scan is told another",
	Why: "The API server refuses an object of an API version that it no longer serves. What runs already runs on, so the upgrade looks fine; " +
		"the next deployment, a rollback or the rebuilding of a lost cluster fails instead.",
	Fix: "Write the API version that replaced it, and change what the new one calls otherwise.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Deprecated API Migration Guide", URL: "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"},
		{Title: "Kubernetes: Deprecation Policy", URL: "https://kubernetes.io/docs/reference/using-api/deprecation-policy/"},
	},
	Level: scorecard.Bronze, Weight: scorecard.Critical, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: rule(words{"manifest", "has only API versions that are served", "no manifest of Kubernetes' own kinds was seen"}, func(s *survey) {
		for i := range s.Manifests {
			// An object whose API is gone counts as custom: its schema is not known any more.
			if m := &s.Manifests[i]; m.Objects > m.Custom || len(m.Retiring) > 0 {
				judgeAPIs(s, m)
			}
		}
	}),
}

func judgeAPIs(s *survey, m *scorecard.Manifest) {
	target, known := kubeVersion(s.KubeVersion)
	var gone, going, unsure []*scorecard.RetiringAPI
	for i := range m.Retiring {
		api := &m.Retiring[i]
		removed, ends := kubeVersion(api.Removed)
		switch {
		case api.Unsure:
			unsure = append(unsure, api)
		case api.Written != "" || api.Introduced != "" || ends && !(known && target.before(removed)):
			gone = append(gone, api)
		default:
			going = append(going, api)
		}
	}
	switch {
	case len(gone) == 0 && len(unsure) > 0:
		api := unsure[0]
		s.Undecided(api.Location, "%s is of %s, which no known version of Kubernetes has, and Kubernetes %s is newer than those", api.Location.Object, api.Written, target)
	case len(gone) == 0:
		served := "Kubernetes serves"
		if known {
			served = fmt.Sprintf("Kubernetes %s serves", target)
		}
		s.Pass(m.Location, "%s %s has only API versions that %s", m.Kind, m.Location.Path, served)
	case !known && gone[0].Written == "":
		s.Undecided(gone[0].Location, "%s %s: it is not known for which version of Kubernetes it was read", m.Kind, m.Location.Path)
	default:
		s.Fail(gone[0].Location, func() string { return apisRemedy(s, gone) }, "%s", goneMessage(gone[0]))
		for _, api := range gone[1:] {
			s.Also(api.Location, scorecard.Fail, "%s", goneMessage(api))
		}
	}
	for _, api := range going {
		s.Also(api.Location, scorecard.Pass, "%s is of %s, which is %s", api.Location.Object, api.Location.Object.APIVersion, fate(api))
		s.Note("%s %s is %s", api.Location.Object.APIVersion, api.Location.Object.Kind, fate(api))
	}
}

func goneMessage(api *scorecard.RetiringAPI) string {
	o := api.Location.Object
	if api.Written != "" {
		return fmt.Sprintf("%s is of %s, which no version of Kubernetes has ever served", o, api.Written)
	}
	if api.Introduced != "" {
		return fmt.Sprintf("%s is of %s, which is not served before Kubernetes %s", o, o.APIVersion, api.Introduced)
	}
	return fmt.Sprintf("%s is of %s, which is not served as of Kubernetes %s", o, o.APIVersion, api.Removed)
}

// fate is "deprecated as of v1.21 and removed as of v1.25".
func fate(api *scorecard.RetiringAPI) string {
	var parts []string
	if api.Deprecated != "" {
		parts = append(parts, "deprecated as of "+api.Deprecated)
	}
	if api.Removed != "" {
		parts = append(parts, "removed as of "+api.Removed)
	}
	return strings.Join(parts, " and ")
}

// kubeMinor is a minor version of Kubernetes.
type kubeMinor struct{ major, minor int }

// kubeVersion reads "v1.25" and "v1.25.3"; not what is neither.
func kubeVersion(s string) (v kubeMinor, ok bool) {
	n, _ := fmt.Sscanf(s, "v%d.%d", &v.major, &v.minor)
	return v, n == 2
}

func (v kubeMinor) before(w kubeMinor) bool {
	return v.major < w.major || v.major == w.major && v.minor < w.minor
}

func (v kubeMinor) String() string { return fmt.Sprintf("v%d.%d", v.major, v.minor) }

// apisSpelled is how many objects of one manifest its remediation spells out.
const apisSpelled = 5

// apisRemedy says for each object what to write, and what the new version wants else.
func apisRemedy(s *survey, gone []*scorecard.RetiringAPI) string {
	var parts []string
	var changes []string
	for _, api := range gone[:min(len(gone), apisSpelled)] {
		o := api.Location.Object
		if api.Introduced != "" {
			parts = append(parts, fmt.Sprintf("%s (%s) is of an API that came with Kubernetes %s: write an older version of it, or apply it to clusters of that version only.", o, api.Location, api.Introduced))
			continue
		}
		if api.Replacement == "" {
			parts = append(parts, fmt.Sprintf("%stake out the %s. %s", in(api.Location), o, insteadOf(o)))
			continue
		}
		apiVersion, kind, _ := strings.Cut(api.Replacement, " ")
		to := scorecard.ObjectRef{APIVersion: apiVersion, Kind: kind, Namespace: o.Namespace, Name: o.Name}
		from := cmp.Or(api.Written, o.APIVersion)
		parts = append(parts, fenced(fmt.Sprintf("%smove the %s from %s to %s:", in(api.Location), o, from, apiVersion), "yaml", movedTo(s, api, to)))
		if c := changesIn(o, to); c != "" && !slices.Contains(changes, c) {
			changes = append(changes, c)
		}
	}
	if rest := len(gone) - apisSpelled; rest > 0 {
		parts = append(parts, fmt.Sprintf("…and %s more of this manifest in the same way.", plural(rest, "object")))
	}
	return strings.Join(append(parts, changes...), "\n\n")
}

// movedTo is the head of the object in its new version. The workloads of apps/v1 must
// have the selector that older versions took from the template's labels.
func movedTo(s *survey, api *scorecard.RetiringAPI, to scorecard.ObjectRef) string {
	text := object{{key: "apiVersion", value: to.APIVersion}, {key: "kind", value: to.Kind}}
	if to.Name != "" {
		text = append(text, field{key: "metadata", value: metadata(to, to.Name)})
	}
	for i := range s.Workloads {
		w := &s.Workloads[i]
		if w.Object == api.Location.Object && w.Location.Path == api.Location.Path && w.Selector == nil && len(w.PodLabels) > 0 && to.APIVersion == "apps/v1" {
			text = append(text, field{key: "spec", value: object{{key: "selector", value: object{{key: "matchLabels", value: stringMap(w.PodLabels)}}}}})
			break
		}
	}
	return yamlText(text)
}

// insteadOf says what does the work of an API that nothing has replaced.
func insteadOf(o scorecard.ObjectRef) string {
	switch o.Kind {
	case "PodSecurityPolicy":
		return "Pod Security admission does its work: label the namespaces with `pod-security.kubernetes.io/enforce: baseline` or `restricted`, or use an admission webhook where you need finer rules."
	case "PodPreset":
		return "Write what it injects into the pod templates themselves, or let a mutating admission webhook do it."
	case "ThirdPartyResource":
		return "Declare the kind with a CustomResourceDefinition."
	}
	return "No API has taken its place."
}
