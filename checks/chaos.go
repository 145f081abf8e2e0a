package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var chaosTested = scorecard.Check{
	ID:      "chaos-tested",
	Pillar:  scorecard.Resilience,
	Title:   "What breaks is broken on purpose first",
	Applies: "all services",
	Passes:  "an experiment as code hits the service: LitmusChaos, Chaos Mesh, Gremlin, Steadybit, the Chaos Toolkit, AWS Fault Injection Service, or Toxiproxy's configuration",
	Why: "Timeouts, retries, replicas and failover are code paths that run on the worst day only, and rot until then. " +
		"An experiment runs them on a day of your own choosing, and again after each change.",
	Fix: "Start with the loss of one pod while users are served, and add the latency and the loss of each dependency.",
	References: []scorecard.Reference{
		{Title: "Principles of Chaos Engineering", URL: "https://principlesofchaos.org/"},
		{Title: "AWS Well-Architected: Test resiliency using chaos engineering", URL: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_testing_resiliency_failure_injection_resiliency.html"},
		{Title: "Chaos Mesh: Simulate Pod Faults", URL: "https://chaos-mesh.org/docs/simulate-pod-chaos-on-kubernetes/"},
	},
	Level: scorecard.Platinum, Weight: scorecard.Medium, Effort: scorecard.Day,
	Reads:  []scorecard.Family{scorecard.Kubernetes, scorecard.Infrastructure},
	Charts: chartsOfChaos,
	Rule: func(v *scorecard.View) scorecard.Finding {
		var found, stopped []scorecard.Evidence
		for i := range v.Experiments {
			x := &v.Experiments[i]
			name := x.Tool
			switch {
			case x.Location.Object.Kind != "":
				name += " " + x.Location.Object.String()
			case x.Name != "":
				name += " " + x.Name
			}
			if x.Stopped != "" {
				stopped = append(stopped, scorecard.Evidence{Location: x.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("experiment %s does not run: %s", name, x.Stopped)})
				continue
			}
			found = append(found, scorecard.Evidence{Location: x.Location, Outcome: scorecard.Pass, Message: "experiment " + name})
		}
		remedy := func() string { return chaosRemedy(v) }
		switch {
		case len(found) > 0:
			return whole(found)
		case len(stopped) > 0:
			return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: stopped[0].Message, Evidence: stopped, Remedy: remedy}
		}
		return scorecard.Missing(remedy, "no chaos experiment was found in what is connected")
	},
}

func chaosRemedy(v *scorecard.View) string {
	name := objectName(&v.Service) + "-loses-a-pod"
	meta, selector := object{{key: "name", value: name}}, object{}
	labels := object{{key: "app.kubernetes.io/name", value: objectName(&v.Service)}}
	for i := range v.Workloads {
		w := &v.Workloads[i]
		if !w.LongRunning() || len(w.PodLabels) == 0 {
			continue
		}
		meta = metadata(w.Object, name)
		if ns := w.Object.Namespace; ns != "" && !scorecard.IsReleaseNamespace(ns) {
			selector = append(selector, field{key: "namespaces", value: []string{ns}})
		}
		labels = stringMap(w.PodLabels)
		break
	}
	selector = append(selector, field{key: "labelSelectors", value: labels})
	return fenced("Begin with the loss of one pod, every working day, with Chaos Mesh:", "yaml", yamlText(object{
		{key: "apiVersion", value: "chaos-mesh.org/v1alpha1"}, {key: "kind", value: "Schedule"}, {key: "metadata", value: meta},
		{key: "spec", value: object{
			{key: "schedule", value: "0 10 * * 1-5"}, {key: "historyLimit", value: 5}, {key: "concurrencyPolicy", value: "Forbid"}, {key: "type", value: "PodChaos"},
			{key: "podChaos", value: object{{key: "action", value: "pod-kill"}, {key: "mode", value: "one"}, {key: "selector", value: selector}}},
		}},
	}))
}
