package kube

import (
	"slices"
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
	return s, slices.Contains(s.groups, ref.Group())
}

// workload reads what runs containers; false for any other kind, and for pods and
// their like that something else made.
func workload(o object, origin string) (scorecard.Workload, bool) {
	s, ok := shapeOf(o.at.Object)
	if !ok || s.ownable && len(yamldoc.Items(yamldoc.Get(o.node, "metadata", "ownerReferences"))) > 0 {
		return scorecard.Workload{}, false
	}
	n := &notes{}
	object := fieldsOf(o.node, "", n)
	w := scorecard.Workload{
		Location: o.at, Object: o.at.Object, Origin: origin,
		Labels:      labelsOf(o.node),
		Annotations: annotations(yamldoc.Get(o.node, "metadata", "annotations")),
	}
	if o.at.Object.Kind == "InferenceService" {
		inference(&w, object.through("spec", "predictor"))
	} else {
		controller(&w, s, object)
	}
	object.through("metadata").get("namespace") // for its line
	w.Lines, w.Unreadable = n.lines, n.unreadable
	for i := range w.Pod.AntiAffinity {
		for j, ns := range w.Pod.AntiAffinity[i].Namespaces {
			w.Pod.AntiAffinity[i].Namespaces[j] = o.namespace(ns)
		}
	}
	return w, true
}

// controller reads what keeps a pod's template, or is a pod.
func controller(w *scorecard.Workload, s shape, object fields) {
	template := object.through(s.template...)
	meta := template.through("metadata")
	w.PodLabels = meta.labels("labels")
	w.PodAnnotations = annotations(yamldoc.Get(meta.node, "annotations"))
	kind := w.Object.Kind
	if kind != "Pod" {
		spec := object.through("spec")
		if w.Replicated() {
			w.Replicas = spec.int32("replicas")
		}
		w.Update, w.Batch = updateOf(kind, spec), batch(kind, spec)
		w.ServiceName = serviceName(kind, spec)
		w.ClaimTemplates = claimTemplates(kind, spec)
		w.Selector = ownSelector(s, spec, w.PodLabels)
	}
	if w.Object.Group() == "serving.knative.dev" {
		w.PodLabels = with(w.PodLabels, "serving.knative.dev/service", w.Object.Name)
	}
	podSpec(w, template.through("spec"))
}

func serviceName(kind string, spec fields) string {
	if kind != "StatefulSet" {
		return ""
	}
	return spec.text("serviceName")
}

// ownSelector is the controller's own selector. A plain map that is left out is the
// labels of the pods, by the API server's own default.
func ownSelector(s shape, spec fields, podLabels map[string]string) *scorecard.Selector {
	if !s.mapSelector {
		return spec.selector("selector")
	}
	labels := spec.labels("selector")
	if labels == nil {
		labels = podLabels
	}
	if labels == nil {
		return nil
	}
	return &scorecard.Selector{MatchLabels: labels}
}

// podSpec reads the pod and its containers. The workload's labels of pods are known.
func podSpec(w *scorecard.Workload, spec fields) {
	w.Pod = podOf(spec, w.PodLabels)
	hosts := hostVolumes(spec)
	for _, list := range []string{"initContainers", "containers"} {
		if n := spec.peek(list); n != nil && n.Kind != yaml.SequenceNode {
			spec.lost(list)
		}
		for i, c := range yamldoc.Items(yamldoc.Get(spec.node, list)) {
			role := scorecard.AppContainer
			if list == "initContainers" {
				role = scorecard.InitContainer
				if yamldoc.String(yamldoc.Get(c, "restartPolicy")) == "Always" {
					role = scorecard.SidecarContainer
				}
			}
			one := container(c, role, w.Location, join(spec.path, list)+"["+itemName(c, i)+"]")
			hosts.mount(&one, c)
			w.Containers = append(w.Containers, one)
		}
	}
	volumes(&w.Pod, spec)
	var ok bool
	if w.PodResources, ok = resources(spec.node); !ok {
		spec.lost("resources")
	}
}

// inference reads a KServe InferenceService: its predictor is a pod spec, with the
// model server beside it as a container of its own sort.
func inference(w *scorecard.Workload, predictor fields) {
	w.Replicas = predictor.int32("minReplicas")
	predictor.int32("maxReplicas") // for its line
	w.PodLabels = with(predictor.labels("labels"), "serving.kserve.io/inferenceservice", w.Object.Name)
	for k, v := range w.Labels {
		if _, have := w.PodLabels[k]; !have {
			w.PodLabels[k] = v
		}
	}
	w.PodAnnotations = annotations(yamldoc.Get(predictor.node, "annotations"))
	podSpec(w, predictor)
	if len(w.Containers) > 0 && w.Containers[0].Model == nil {
		w.Containers[0].Model = &scorecard.ModelServer{Server: "kserve", FirstLine: w.Containers[0].ImageLine}
	}
	defer predictorScales(w, predictor.node)
	if len(w.Containers) > 0 || predictor.node == nil {
		return
	}
	content := predictor.node.Content
	for i := 0; i+1 < len(content); i += 2 {
		key, server := content[i].Value, yamldoc.Follow(content[i+1])
		if server.Kind != yaml.MappingNode || !isModelServer(key) {
			continue
		}
		c := container(server, scorecard.AppContainer, w.Location, "spec.predictor."+key)
		if c.Name == "" {
			c.Name = "kserve-container"
		}
		c.Model = predictorModel(server, key, c.Model)
		w.Containers = append(w.Containers, c)
	}
}

// modelServers are the predictor's fields that are containers.
var modelServers = []string{"model", "sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface",
	"pmml", "lightgbm", "paddle", "mlserver"}

func isModelServer(key string) bool {
	return slices.Contains(modelServers, key)
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

// plainAnnotations are prefixes of annotations whose values are settings, known to be
// short and no secrets. Of all others the key alone is kept.
var plainAnnotations = []string{
	"admission.datadoghq.com/", "app.kubernetes.io/", "argocd.argoproj.io/", "autoscaling.keda.sh/", "autoscaling.knative.dev/", "backstage.io/", "checkov.io/",
	"cluster-autoscaler.kubernetes.io/", "config.linkerd.io/", "dapr.io/", "fluentbit.io/", "helm.sh/", "instrumentation.opentelemetry.io/",
	"karpenter.sh/", "keda.sh/", "konghq.com/", "linkerd.io/", "meta.helm.sh/", "prometheus.io/", "reloader.stakater.com/",
	"serving.knative.dev/", "serving.kserve.io/", "sidecar.istio.io/", "sidecar.jaegertracing.io/", "sidecar.opentelemetry.io/", "skaffold.dev/",
}

// maxAnnotation is the longest value that is kept, in bytes.
const maxAnnotation = 128

func annotations(n *yaml.Node) map[string]string {
	all := yamldoc.StringMap(n)
	for k, v := range all {
		keep := slices.ContainsFunc(plainAnnotations, func(p string) bool { return strings.HasPrefix(k, p) })
		if !keep || len(v) > maxAnnotation || yamldoc.IsUnknown(yamldoc.Get(n, k)) {
			all[k] = ""
		}
	}
	return all
}
