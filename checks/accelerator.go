package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var acceleratorDeclared = scorecard.Check{
	ID:      "accelerator-declared",
	Pillar:  scorecard.AI,
	Title:   "Every model server that needs an accelerator asks for one, and is placed where one is",
	Applies: "model servers that need an accelerator: vLLM, TGI, TEI, SGLang, NIM and LMDeploy unless image or arguments speak of a CPU, others by the tag of their image (`-gpu`, `-cuda`), and whatever asks for one",
	Passes: "the container has a limit of a GPU, TPU or other accelerator, or a resource claim, and its pod a toleration, a node selector, node affinity or a runtime class: " +
		"nodes with accelerators are as a rule tainted, and their kinds differ",
	Why: "Without the limit the scheduler takes any node, and the server dies there or computes on the CPU, a hundred times slower. " +
		"Without a toleration or a selector it waits for ever beside a tainted node pool, or starts on a card whose memory is too small for the model.",
	Fix: "Set the limit of the accelerator, and a toleration of the taint or a selector of the node pool that has it.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Schedule GPUs", URL: "https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/"},
		{Title: "Kubernetes: Taints and Tolerations", URL: "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads:  []scorecard.Family{scorecard.Kubernetes},
	Charts: chartsOfModels,
	Rule: modelServers(words{"model server that needs an accelerator", "asks for one and is placed where one is",
		"no model server was seen that needs an accelerator"}, judgeAccelerator),
}

// acceleratorResource is the name of a resource that is an accelerator.
var acceleratorResource = lazyregexp.New(`^(nvidia\.com/(gpu|mig-.+|pgpu|.*\.shared)|amd\.com/gpu.*|google\.com/tpu|habana\.ai/gaudi|gpu\.intel\.com/.+|intel\.com/(gpu|xpu).*|` +
	`aws\.amazon\.com/neuron(core|device)?|huawei\.com/ascend.*|cambricon\.com/.+|aliyun\.com/gpu.*|[a-z0-9.-]+/(v?gpu|tpu|npu|xpu).*)$`)

// acceleratorOf is the accelerator that the container has a limit of; empty for none.
func acceleratorOf(c *scorecard.Container) string {
	for _, name := range sortedKeys(c.Resources.Limits) {
		if acceleratorResource.MatchString(strings.ToLower(name)) && c.Resources.Limits[name].Value > 0 {
			return name
		}
	}
	return ""
}

func judgeAccelerator(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	limit := acceleratorOf(c)
	claimed := false
	for _, p := range w.Pod.Placement {
		claimed = claimed || p == "resourceClaims"
	}
	at := fieldOf(c, "resources", c.Resources.FirstLine, c.Resources.FirstLine)
	if c.Resources.FirstLine == 0 {
		at = c.Location
	}
	switch {
	case !c.Model.NeedsAccelerator && limit == "":
	case unreadable(c, "resources"):
		s.Undecided(at, "the resources of %s could not be read", called(w, c))
	case limit == "" && !claimed && ofOperator(s.View, w, c) && c.Image == "":
		s.Undecided(at, "%s says nothing of an accelerator for its %s, and its serving runtime may", w.Object, serverName(c))
	case limit == "" && !claimed:
		s.Lack(at, func() string { return acceleratorRemedy(s, w, c) }, "%s needs an accelerator and has no limit of one", called(w, c))
	case len(w.Pod.Placement) == 0:
		s.Lack(at, func() string { return placementRemedy(s, w, limit) },
			"%s asks for %s, and neither a toleration nor a selector says on which nodes", called(w, c), limit)
	case limit == "":
		s.Pass(at, "%s claims an accelerator (resourceClaims)", called(w, c))
	default:
		s.Pass(at, "%s asks for %s, with %s", called(w, c), limit, strings.Join(w.Pod.Placement, ", "))
	}
}

func acceleratorRemedy(s *survey, w *scorecard.Workload, c *scorecard.Container) string {
	const gpu = "nvidia.com/gpu"
	fields := object{{key: "resources", value: object{{key: "limits", value: object{{key: gpu, value: 1, comment: "or the resource of your accelerator"}}}}}}
	sentence := fmt.Sprintf("let %s ask for its accelerator, on the nodes that have one:", called(w, c))
	if ofModels(s.View, w) || len(w.Pod.Placement) > 0 {
		return serverPatch(s.View, w, c, sentence, fields)
	}
	return fenced(in(c.Location)+sentence, "yaml", podPatch(w, append(inContainer(w, c, fields), toleration(gpu))))
}

func placementRemedy(s *survey, w *scorecard.Workload, limit string) string {
	fields := object{toleration(limit)}
	sentence := fmt.Sprintf("say on which nodes the pods of %s run:", w.Object)
	if ofModels(s.View, w) {
		return fenced(in(w.Location)+sentence, "yaml", yamlText(fields))
	}
	return fenced(in(w.Location)+sentence, "yaml", podPatch(w, fields))
}

func toleration(resource string) field {
	return field{key: "tolerations", value: []object{{{key: "key", value: resource, comment: "the taint of the nodes"},
		{key: "operator", value: "Exists"}, {key: "effect", value: "NoSchedule"}}}}
}
