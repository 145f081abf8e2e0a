package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var namespaceOwn = scorecard.Check{
	ID:      "namespace-own",
	Pillar:  scorecard.Config,
	Title:   "No workload runs in the default namespace",
	Applies: "workloads",
	Passes:  "a namespace other than `default` is written, in the manifest or in the overlay that sets it; where none is written, and for a release whose namespace is chosen when it is installed, files do not tell",
	Why: "Quotas, limits, network policies and rights are given by namespace. In `default`, where everything lands that says nothing, " +
		"none of them can be the service's own, and a command without `-n` hits it.",
	Fix: "Give the service a namespace of its own, or its team's, and write it into all of its manifests.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Namespaces", URL: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Low, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes},
	Rule: workloads(words{"workload", "has a namespace other than default", "no workload was seen"},
		func(s *survey, w *scorecard.Workload) {
			at := w.At("metadata.namespace")
			switch ns := w.Object.Namespace; {
			case !w.Readable("metadata.namespace"):
				s.Undecided(at, "the namespace of %s could not be read", w.Object)
			case ns == "":
				s.Undecided(w.Location, "no file says which namespace %s goes to", w.Object)
			case scorecard.IsReleaseNamespace(ns):
				s.Undecided(w.Location, "the namespace of %s is chosen when its chart is installed", w.Object)
			case ns == "default":
				s.Fail(at, func() string { return namespaceRemedy(s, w) }, "%s goes to the namespace default", w.Object)
			case !namespaceForm.MatchString(ns):
				s.Undecided(at, "the namespace of %s is filled in when it is deployed", w.Object)
			default:
				s.Pass(at, "%s goes to the namespace %s", w.Object, ns)
			}
		}),
}

// namespaceForm is what the API server takes for the name of a namespace.
var namespaceForm = lazyregexp.New(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func namespaceRemedy(s *survey, w *scorecard.Workload) string {
	name := namespaceFor(s, w)
	namespace := yamlText(object{{key: "apiVersion", value: "v1"}, {key: "kind", value: "Namespace"}, {key: "metadata", value: object{{key: "name", value: name}}}})
	patch := yamlText(object{
		{key: "apiVersion", value: w.Object.APIVersion}, {key: "kind", value: w.Object.Kind},
		{key: "metadata", value: object{{key: "name", value: w.Object.Name}, {key: "namespace", value: name, comment: "or your team's"}}},
	})
	return fenced("Declare a namespace:", "yaml", namespace) + "\n\n" +
		fenced(in(w.Location)+fmt.Sprintf("move %s there, and all that selects or calls it (Services, budgets, policies, accounts):", w.Object), "yaml", patch)
}

// namespaceFor is a name for the namespace of the service that the workload is of.
func namespaceFor(s *survey, w *scorecard.Workload) string {
	for _, name := range []string{s.Service.Name, w.Application()} {
		if name = strings.ToLower(name); namespaceForm.MatchString(name) && name != "default" {
			return name
		}
	}
	return "your-namespace"
}
