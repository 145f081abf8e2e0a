package kube

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// modelWorkload reads a custom object of which an operator makes a model server.
func modelWorkload(o object, read func(*scorecard.Workload, fields)) scorecard.Workload {
	n := &notes{}
	w := scorecard.Workload{Location: o.at, Object: o.at.Object, Labels: labelsOf(o.node),
		Annotations: annotations(yamldoc.Get(o.node, "metadata", "annotations"))}
	read(&w, fieldsOf(o.node, "", n).through("spec"))
	w.Lines, w.Unreadable = n.lines, n.unreadable
	return w
}

// podsOf adds the containers of a pod's spec that stands in a custom object, and how it is
// placed. All of them belong to the model server that the object is.
func podsOf(w *scorecard.Workload, spec fields, server string) {
	for _, name := range placement(spec) {
		if !slices.Contains(w.Pod.Placement, name) {
			w.Pod.Placement = append(w.Pod.Placement, name)
		}
	}
	for i, n := range yamldoc.Items(yamldoc.Get(spec.node, "containers")) {
		c := container(n, scorecard.AppContainer, w.Location, join(spec.path, "containers")+"["+itemName(n, i)+"]")
		if c.Model == nil && i == 0 {
			c.Model = &scorecard.ModelServer{Server: server, FirstLine: c.ImageLine}
		}
		w.Containers = append(w.Containers, c)
	}
}

// stand adds a container that stands for a server of which the object shows no pod.
func stand(w *scorecard.Workload, name string, m scorecard.ModelServer) {
	w.Containers = append(w.Containers, scorecard.Container{Name: name, Location: w.Location, Model: &m})
}

// refer puts the model that the object names into the first of its containers that serves
// one and names none.
func referTo(w *scorecard.Workload, name, uri, revision string, line int, unread bool) {
	for i := range w.Containers {
		if m := w.Containers[i].Model; m != nil && (m.Model == "" || m.Source == scorecard.ModelVolume) {
			setModel(m, uri, revision, line, unread)
			return
		}
	}
	m := scorecard.ModelServer{Server: name}
	setModel(&m, uri, revision, line, unread)
	stand(w, name, m)
}

func setModel(m *scorecard.ModelServer, uri, revision string, line int, unread bool) {
	m.Model, m.Revision, m.Unread = cleanAddress(uri), revision, unread
	m.Source = (&serving{m: m}).source(m.Model)
	m.FirstLine = cmp.Or(line, m.FirstLine)
}

// cleanAddress takes logins and queries out of a web address.
func cleanAddress(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return uri
	}
	rest, _, _ = strings.Cut(rest, "?")
	host, path, slash := strings.Cut(rest, "/")
	host = host[strings.LastIndexByte(host, '@')+1:]
	if slash {
		host += "/"
	}
	return scheme + "://" + host + path
}

// text and whether something outside of the files fills it in.
func uriOf(n *yaml.Node) (string, bool) {
	text := yamldoc.String(n)
	return text, yamldoc.IsUnknown(n) || strings.ContainsAny(text, "${}<>")
}

// predictorModel is the model server of a KServe predictor that names its sort: "model"
// with a format, "sklearn", "huggingface".
func predictorModel(n *yaml.Node, sort string, have *scorecard.ModelServer) *scorecard.ModelServer {
	m := have
	if m == nil {
		format := yamldoc.String(yamldoc.Get(n, "modelFormat", "name"))
		m = &scorecard.ModelServer{Server: "kserve", FirstLine: firstLine(n, "storageUri", "args", "image", "modelFormat")}
		words, _ := commandWords(n)
		s := serving{n: n, words: words, all: words, env: variables(yamldoc.Get(n, "env")), m: m}
		if strings.EqualFold(format, "huggingface") || sort == "huggingface" || strings.EqualFold(format, "vllm") {
			s.find("")
		}
	}
	for _, at := range []struct{ uri, key *yaml.Node }{
		{yamldoc.Get(n, "storageUri"), nil}, {yamldoc.Get(n, "storage", "path"), yamldoc.Get(n, "storage", "key")},
	} {
		if !written(at.uri) {
			continue
		}
		uri, unread := uriOf(at.uri)
		setModel(m, uri, m.Revision, at.uri.Line, unread)
		if at.key != nil && !strings.Contains(uri, "://") {
			m.Source = scorecard.ModelStore
		}
		break
	}
	return m
}

// predictorScales reads what a KServe predictor is scaled on, where it says so.
func predictorScales(w *scorecard.Workload, predictor *yaml.Node) {
	on := ""
	switch yamldoc.String(yamldoc.Get(predictor, "scaleMetric")) {
	case "concurrency", "rps":
		on = "requests"
	case "cpu", "memory":
		on = "resource"
	}
	for _, m := range yamldoc.Items(yamldoc.Get(predictor, "autoScaling", "metrics")) {
		if kind := yamldoc.String(yamldoc.Get(m, "type")); kind == "External" || kind == "PodMetric" {
			on = "requests"
		} else if on == "" {
			on = "resource"
		}
	}
	low, high := yamldoc.String(yamldoc.Get(predictor, "minReplicas")), yamldoc.String(yamldoc.Get(predictor, "maxReplicas"))
	if low != "" && low == high {
		on = "fixed"
	}
	scaleOn(w, on)
}

// llmInference reads KServe's LLMInferenceService.
func llmInference(w *scorecard.Workload, spec fields) {
	w.Replicas = spec.int32("replicas")
	podsOf(w, spec.in("template"), "vllm")
	model := spec.in("model")
	uri, unread := uriOf(yamldoc.Get(model.node, "uri"))
	referTo(w, "vllm", uri, "", model.line("uri"), unread)
	for i := range w.Containers {
		if m := w.Containers[i].Model; m != nil {
			m.NeedsAccelerator = true
		}
	}
	if spec.get("scaling") != nil || spec.get("autoscaling") != nil {
		scaleOn(w, "requests")
	}
}

// seldonDeployment reads Seldon Core's first API: predictors with pods and a graph, whose
// servers are made by its operator.
func seldonDeployment(w *scorecard.Workload, spec fields) {
	scaled := ""
	for _, p := range spec.items("predictors") {
		if r := p.int32("replicas"); r != nil && w.Replicas == nil {
			w.Replicas = r
		}
		for _, c := range p.items("componentSpecs") {
			podsOf(w, c.in("spec"), "seldon")
			if metrics := yamldoc.Items(yamldoc.Get(c.node, "hpaSpec", "metrics")); len(metrics) > 0 {
				scaled = metricKind(metrics)
			} else if yamldoc.Get(c.node, "kedaSpec") != nil {
				scaled = "requests"
			}
		}
		graph := p.in("graph")
		if uri := yamldoc.Get(graph.node, "modelUri"); written(uri) {
			text, unread := uriOf(uri)
			referTo(w, "seldon", text, "", uri.Line, unread)
		} else if len(w.Containers) == 0 {
			stand(w, cmp.Or(graph.text("name"), "seldon"), scorecard.ModelServer{Server: "seldon"})
		}
	}
	scaleOn(w, scaled)
}

// scaleOn notes what the object's own autoscaling looks at: "requests" or "resource".
func scaleOn(w *scorecard.Workload, on string) {
	for i := range w.Containers {
		if m := w.Containers[i].Model; m != nil {
			m.ScalesOn = on
		}
	}
}

func metricKind(metrics []*yaml.Node) string {
	for _, m := range metrics {
		switch yamldoc.String(yamldoc.Get(m, "type")) {
		case "Pods", "Object", "External":
			return "requests"
		}
	}
	return "resource"
}

// seldonModel reads a Model of Seldon Core 2.
func seldonModel(w *scorecard.Workload, spec fields) {
	w.Replicas = spec.int32("replicas")
	uri, unread := uriOf(spec.get("storageUri"))
	referTo(w, "seldon", uri, "", spec.line("storageUri"), unread)
	if spec.int32("minReplicas") != nil || spec.int32("maxReplicas") != nil {
		scaleOn(w, "requests") // the lag of inference
	}
}

// rayService reads a RayService: a cluster whose workers serve what its configuration says.
func rayService(w *scorecard.Workload, spec fields) {
	cluster := spec.in("rayClusterConfig")
	if cluster.node == nil {
		cluster = spec.in("rayClusterSpec")
	}
	for _, g := range cluster.items("workerGroupSpecs") {
		podsOf(w, g.through("template", "spec"), "ray")
	}
	if len(w.Containers) == 0 {
		podsOf(w, cluster.in("headGroupSpec").through("template", "spec"), "ray")
	}
	if len(w.Containers) == 0 {
		stand(w, "ray", scorecard.ModelServer{Server: "ray"})
	}
	config := yamldoc.Get(spec.node, "serveConfigV2")
	for _, doc := range yamldoc.Parse([]byte(yamldoc.String(config))) {
		if doc.Err != nil {
			continue
		}
		model, revision, scaled := serveModel(doc.Root)
		if model != "" {
			referTo(w, "ray", model, revision, config.Line, strings.ContainsAny(model, "${}<>"))
			for i := range w.Containers {
				if m := w.Containers[i].Model; m != nil && m.Model == model && !strings.Contains(model, "://") {
					m.Source = scorecard.ModelHub
				}
			}
		}
		if scaled {
			scaleOn(w, "requests")
		}
	}
}

// serveModel finds the model of Ray Serve's applications, and whether one of their
// deployments scales on the requests under way.
func serveModel(n *yaml.Node) (model, revision string, scaled bool) {
	walk(n, func(x *yaml.Node) {
		if x.Kind != yaml.MappingNode {
			return
		}
		if source := yamldoc.Get(x, "model_loading_config"); source != nil && model == "" {
			model = cmp.Or(yamldoc.String(yamldoc.Get(source, "model_source")), yamldoc.String(yamldoc.Get(source, "model_id")))
			revision = yamldoc.String(yamldoc.Get(x, "engine_kwargs", "revision"))
		}
		if env := yamldoc.Get(x, "env_vars"); env != nil && model == "" {
			model, revision = yamldoc.String(yamldoc.Get(env, "MODEL_ID")), cmp.Or(revision, yamldoc.String(yamldoc.Get(env, "REVISION")))
		}
		scaled = scaled || yamldoc.Get(x, "autoscaling_config") != nil || yamldoc.String(yamldoc.Get(x, "num_replicas")) == "auto"
	})
	return model, revision, scaled
}

// nimService reads a NIMService: the image is the model.
func nimService(w *scorecard.Workload, spec fields) {
	w.Replicas = spec.int32("replicas")
	c := container(spec.node, scorecard.AppContainer, w.Location, "spec")
	image := spec.in("image")
	repository, tag := yamldoc.Written(yamldoc.Get(image.node, "repository")), yamldoc.Written(yamldoc.Get(image.node, "tag"))
	c.Name, c.Image, c.ImageLine = w.Object.Name, scorecard.CleanImage(repository), spec.line("image")
	if tag != "" {
		c.Image += ":" + tag
	}
	c.Unreadable = nil
	for _, p := range []struct {
		name string
		to   **scorecard.Probe
	}{{"readinessProbe", &c.Readiness}, {"livenessProbe", &c.Liveness}, {"startupProbe", &c.Startup}} {
		own := yamldoc.Get(spec.node, p.name)
		*p.to = nil
		if yamldoc.Get(own, "probe") != nil {
			*p.to, _ = probe(own, "probe", &scorecard.Cleaner{})
		} else if yamldoc.String(yamldoc.Get(own, "enabled")) != "false" { // the operator's own
			*p.to = &scorecard.Probe{Handler: "httpGet", Path: "/v1/health/ready", FailureThreshold: 180, PeriodSeconds: 10}
		}
	}
	c.Model = &scorecard.ModelServer{Server: "nim", Model: c.Image, Source: scorecard.ModelImage, NeedsAccelerator: true, FirstLine: c.ImageLine,
		Unread: repository != "" && yamldoc.IsUnknown(yamldoc.Get(image.node, "tag"))}
	w.Containers, w.Pod.Placement = append(w.Containers, c), placement(spec)
	if scale := spec.in("scale"); scale.is("enabled") {
		scaleOn(w, metricKind(yamldoc.Items(yamldoc.Get(scale.node, "hpa", "metrics"))))
	}
}

// kaitoWorkspace reads Kaito's Workspace, which stands at the top of the object: a preset,
// whose image is the operator's, or a pod's template.
func kaitoWorkspace(f *scorecard.Facts, o object) {
	inference := yamldoc.Get(o.node, "inference")
	if inference == nil { // it tunes, and serves nobody
		return
	}
	f.Models = append(f.Models, modelWorkload(o, func(w *scorecard.Workload, _ fields) {
		if template := yamldoc.Get(inference, "template", "spec"); template != nil {
			podsOf(w, fieldsOf(template, "inference.template.spec", &notes{}), "kaito")
			return
		}
		stand(w, fmt.Sprint("preset ", yamldoc.String(yamldoc.Get(inference, "preset", "name"))), scorecard.ModelServer{Server: "kaito", FirstLine: inference.Line})
	}))
}
