package pipeline

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Purposes that no fact has: they tell what the deployments beside them are for. A cluster
// that is made for one job, and what is taken away again at its end, are for a test.
const (
	cluster  scorecard.Purpose = "local-cluster"
	teardown scorecard.Purpose = "teardown"
)

// serves reports whether a purpose is one of facts.
func serves(p scorecard.Purpose) bool { return p != cluster && p != teardown }

// localContext are the contexts of clusters that run on the machine that asks them.
var localContext = lazyregexp.New(`^(?:(?:kind|k3d)-[\w.-]+|minikube|microk8s|docker-desktop|docker-for-desktop|rancher-desktop|colima|orbstack)$`)

// onThrowAway reports whether a command speaks to a cluster on the machine itself, or
// installs one there.
func onThrowAway(p string, words []string) bool {
	switch p {
	case "kubectl", "helm", "helmfile", "oc", "kustomize", "skaffold", "flux", "argocd":
		for i, w := range words[1:] {
			flag, value, both := strings.Cut(w, "=")
			if !both && i+2 < len(words) {
				value = words[i+2]
			}
			if (flag == "--context" || flag == "--kube-context" || flag == "use-context") && localContext.MatchString(value) {
				return true
			}
		}
	case "curl", "wget":
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "get.k3s.io") || strings.Contains(w, "get.k0s.sh") })
	}
	return false
}

// forATest reports whether what a job deploys is deployed for a test: into a cluster that
// lives for the job, or to be taken away by the same program once all is deployed.
func forATest(j *scorecard.Job) bool {
	last, taken := map[string]int{}, map[string]int{}
	n := 0
	for _, s := range j.Steps {
		for _, c := range s.Commands {
			n++
			tool, _, _ := strings.Cut(c.Tool, " ")
			switch c.Purpose {
			case cluster:
				return true
			case scorecard.Deploy:
				last[tool] = n
			case teardown:
				taken[tool] = n
			}
		}
	}
	for tool, at := range last {
		if tool != "kubectl" && taken[tool] > at {
			return true
		}
	}
	// What kubectl applies may be taken away in part; only where that is all that is deployed
	// is it sure to be the whole.
	return len(last) == 1 && taken["kubectl"] > last["kubectl"] && last["kubectl"] > 0
}
