package kube

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// shape says where a kind keeps its pods' template.
type shape struct {
	groups []string
	// template is the path to what has metadata and spec; none for a Pod itself.
	template []string
	// ownable kinds are made by others of the list and count only without an owner.
	ownable bool
	// mapSelector: spec.selector is a plain map of labels.
	mapSelector bool
}

var shapes = map[string]shape{
	"Deployment":            {groups: []string{"apps", "extensions"}, template: []string{"spec", "template"}},
	"StatefulSet":           {groups: []string{"apps"}, template: []string{"spec", "template"}},
	"DaemonSet":             {groups: []string{"apps", "extensions"}, template: []string{"spec", "template"}},
	"ReplicaSet":            {groups: []string{"apps", "extensions"}, template: []string{"spec", "template"}, ownable: true},
	"ReplicationController": {groups: []string{""}, template: []string{"spec", "template"}, ownable: true, mapSelector: true},
	"Pod":                   {groups: []string{""}, ownable: true},
	"Job":                   {groups: []string{"batch"}, template: []string{"spec", "template"}, ownable: true},
	"CronJob":               {groups: []string{"batch"}, template: []string{"spec", "jobTemplate", "spec", "template"}},
	"Rollout":               {groups: []string{"argoproj.io"}, template: []string{"spec", "template"}},
	"Service":               {groups: []string{"serving.knative.dev"}, template: []string{"spec", "template"}},
	"DeploymentConfig":      {groups: []string{"apps.openshift.io", ""}, template: []string{"spec", "template"}, mapSelector: true},
	"InferenceService":      {groups: []string{"serving.kserve.io", "serving.kubeflow.org"}, template: []string{"spec", "predictor"}},
}

func shapeOf(ref scorecard.ObjectRef) (shape, bool) {
	s, ok := shapes[ref.Kind]
	if !ok {
		return s, false
	}
	for _, g := range s.groups {
		if g == ref.Group() {
			return s, true
		}
	}
	return s, false
}

// workload reads what runs containers; false for any other kind, and for pods and
// their like that something else made.
func workload(o object, origin string) (scorecard.Workload, bool) {
	s, ok := shapeOf(o.at.Object)
	if !ok || s.ownable && len(yamldoc.Items(yamldoc.Get(o.node, "metadata", "ownerReferences"))) > 0 {
		return scorecard.Workload{}, false
	}
	w := scorecard.Workload{
		Location: o.at, Object: o.at.Object, Origin: origin,
		Labels:      labelsOf(o.node),
		Annotations: annotations(yamldoc.Get(o.node, "metadata", "annotations")),
	}
	pod := yamldoc.Get(o.node, s.template...)
	field := strings.Join(s.template, ".")
	w.PodLabels = yamldoc.StringMap(yamldoc.Get(pod, "metadata", "labels"))
	w.PodAnnotations = annotations(yamldoc.Get(pod, "metadata", "annotations"))
	switch o.at.Object.Kind {
	case "Job", "CronJob", "Pod", "DaemonSet":
	case "InferenceService":
		inference(&w, o, pod)
		return w, true
	default:
		w.Replicas, _ = whole(yamldoc.Get(o.node, "spec", "replicas"))
	}
	if s.mapSelector {
		if labels := yamldoc.StringMap(yamldoc.Get(o.node, "spec", "selector")); labels != nil {
			w.Selector = &scorecard.Selector{MatchLabels: labels}
		} else if w.PodLabels != nil {
			w.Selector = &scorecard.Selector{MatchLabels: w.PodLabels} // the API server's own default
		}
	} else if o.at.Object.Kind != "Pod" {
		w.Selector = selector(yamldoc.Get(o.node, "spec", "selector"))
	}
	if o.at.Object.Group() == "serving.knative.dev" {
		w.PodLabels = with(w.PodLabels, "serving.knative.dev/service", o.at.Object.Name)
	}
	podSpec(&w, yamldoc.Get(pod, "spec"), strings.TrimPrefix(field+".spec", "."))
	return w, true
}

// podSpec reads the containers and the resources of the pod as a whole.
func podSpec(w *scorecard.Workload, spec *yaml.Node, field string) {
	for _, list := range []string{"initContainers", "containers"} {
		for i, c := range yamldoc.Items(yamldoc.Get(spec, list)) {
			role := scorecard.AppContainer
			if list == "initContainers" {
				role = scorecard.InitContainer
				if yamldoc.String(yamldoc.Get(c, "restartPolicy")) == "Always" {
					role = scorecard.SidecarContainer
				}
			}
			w.Containers = append(w.Containers, container(c, role, w.Location, field+"."+list+"["+itemName(c, i)+"]"))
		}
	}
	w.PodResources, _ = resources(spec)
}

// inference reads a KServe InferenceService: its predictor is a pod spec, with the
// model server beside it as a container of its own sort.
func inference(w *scorecard.Workload, o object, predictor *yaml.Node) {
	w.Replicas, _ = whole(yamldoc.Get(predictor, "minReplicas"))
	w.PodLabels = with(yamldoc.StringMap(yamldoc.Get(predictor, "labels")), "serving.kserve.io/inferenceservice", o.at.Object.Name)
	for k, v := range w.Labels {
		if _, have := w.PodLabels[k]; !have {
			w.PodLabels[k] = v
		}
	}
	podSpec(w, predictor, "spec.predictor")
	if len(w.Containers) > 0 || predictor == nil {
		return
	}
	for i := 0; i+1 < len(predictor.Content); i += 2 {
		key, server := predictor.Content[i].Value, yamldoc.Follow(predictor.Content[i+1])
		if server.Kind != yaml.MappingNode || !isModelServer(key) {
			continue
		}
		c := container(server, scorecard.AppContainer, w.Location, "spec.predictor."+key)
		if c.Name == "" {
			c.Name = "kserve-container"
		}
		w.Containers = append(w.Containers, c)
	}
}

// modelServers are the predictor's fields that are containers.
var modelServers = []string{"model", "sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface",
	"pmml", "lightgbm", "paddle", "mlserver"}

func isModelServer(key string) bool {
	for _, s := range modelServers {
		if s == key {
			return true
		}
	}
	return false
}

func with(labels map[string]string, key, value string) map[string]string {
	if labels == nil {
		labels = map[string]string{}
	}
	if _, have := labels[key]; !have && value != "" {
		labels[key] = value
	}
	return labels
}

// rolloutRef is the workload whose template an Argo Rollout borrows; empty where it
// has its own.
func rolloutRef(o object) scorecard.ObjectRef {
	if o.at.Object.Kind != "Rollout" || o.at.Object.Group() != "argoproj.io" {
		return scorecard.ObjectRef{}
	}
	return target(yamldoc.Get(o.node, "spec", "workloadRef"), o.at.Object.Namespace)
}

// whole reads a whole number, in quotes or not: the API server refuses quotes, but
// what was meant is plain. nil and true where nothing is written, false where it
// can't be read.
func whole(n *yaml.Node) (*int32, bool) {
	n = yamldoc.Follow(n)
	if n == nil || n.Tag == "!!null" {
		return nil, true
	}
	if n.Kind != yaml.ScalarNode {
		return nil, false
	}
	v, err := strconv.ParseInt(strings.TrimSpace(n.Value), 0, 32)
	if err != nil {
		f, ferr := strconv.ParseFloat(n.Value, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
			return nil, false
		}
		v = int64(f)
	}
	i := int32(v)
	return &i, true
}

// plainAnnotations are prefixes of annotations whose values are settings, known to be
// short and no secrets. Of all others the key alone is kept.
var plainAnnotations = []string{
	"app.kubernetes.io/", "argocd.argoproj.io/", "autoscaling.knative.dev/", "backstage.io/", "checkov.io/",
	"cluster-autoscaler.kubernetes.io/", "config.linkerd.io/", "dapr.io/", "helm.sh/", "instrumentation.opentelemetry.io/",
	"karpenter.sh/", "keda.sh/", "linkerd.io/", "meta.helm.sh/", "prometheus.io/", "reloader.stakater.com/",
	"serving.knative.dev/", "serving.kserve.io/", "sidecar.istio.io/", "sidecar.opentelemetry.io/", "skaffold.dev/",
}

// maxAnnotation is the longest value that is kept, in bytes.
const maxAnnotation = 128

func annotations(n *yaml.Node) map[string]string {
	all := yamldoc.StringMap(n)
	for k, v := range all {
		keep := false
		for _, p := range plainAnnotations {
			keep = keep || strings.HasPrefix(k, p)
		}
		if !keep || len(v) > maxAnnotation {
			all[k] = ""
		}
	}
	return all
}
