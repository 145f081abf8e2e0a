package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

const modelServersApply = "containers of long-running workloads that serve a model (vLLM, TGI, Triton, NIM, KServe, Seldon, Ray Serve, TorchServe, TF Serving, Ollama, llama.cpp, SGLang and others, by image, command or kind)"

const noModelServer = "no model server was seen"

// eachServer calls do for every container that serves a model.
func eachServer(v *scorecard.View, do func(*scorecard.Workload, *scorecard.Container)) {
	for _, ws := range [][]scorecard.Workload{v.Workloads, v.Models} {
		for i := range ws {
			w := &ws[i]
			for j := range w.Containers {
				if c := &w.Containers[j]; c.Model != nil && c.Role != scorecard.InitContainer && w.LongRunning() {
					do(w, c)
				}
			}
		}
	}
}

// modelServers makes a rule of a function that judges one container that serves a model.
func modelServers(w words, count func(*survey, *scorecard.Workload, *scorecard.Container)) func(*scorecard.View) scorecard.Finding {
	return rule(w, func(s *survey) {
		eachServer(s.View, func(w *scorecard.Workload, c *scorecard.Container) { count(s, w, c) })
	})
}

// serving are the workloads that serve a model, each with the first container that does.
type serving struct {
	w *scorecard.Workload
	c *scorecard.Container
}

func servingWorkloads(v *scorecard.View) (out []serving) {
	eachServer(v, func(w *scorecard.Workload, c *scorecard.Container) {
		if !slices.ContainsFunc(out, func(x serving) bool { return x.w == w }) {
			out = append(out, serving{w, c})
		}
	})
	return out
}

// ofOperator reports whether an operator makes the container, so that the object does not
// show all that is in it.
func ofOperator(v *scorecard.View, w *scorecard.Workload, c *scorecard.Container) bool {
	return ofModels(v, w) || modelServer(w, c) != ""
}

// ofModels reports whether the workload is a custom object and no workload of its own.
func ofModels(v *scorecard.View, w *scorecard.Workload) bool {
	for i := range v.Models {
		if &v.Models[i] == w {
			return true
		}
	}
	return false
}

func modelAt(c *scorecard.Container) scorecard.Location {
	if c.Model.FirstLine == 0 {
		return c.Location
	}
	return c.Location.At(c.Location.Field, c.Model.FirstLine, c.Model.FirstLine)
}

// serverPatch is what to write into the container, as a piece of the object where that is
// a workload, else as the container's own fields.
func serverPatch(v *scorecard.View, w *scorecard.Workload, c *scorecard.Container, sentence string, fields object) string {
	if ofModels(v, w) {
		if c.Location.Field != "" {
			sentence = strings.TrimSuffix(sentence, ":") + " (`" + c.Location.Field + "`):"
		}
		return fenced(in(c.Location)+sentence, "yaml", yamlText(fields))
	}
	return fenced(in(c.Location)+sentence, "yaml", containerPatch(w, c, fields))
}

// healthPaths are where servers say whether they can answer requests, and the ports that
// they listen on unless they are told otherwise.
var healthPaths = map[string]struct {
	path string
	port int
}{
	"vllm": {"/health", 8000}, "tgi": {"/health", 80}, "tei": {"/health", 80}, "triton": {"/v2/health/ready", 8000}, "nim": {"/v1/health/ready", 8000},
	"torchserve": {"/ping", 8080}, "tensorflow-serving": {"/v1/models/your-model", 8501}, "ollama": {"/api/tags", 11434}, "llama.cpp": {"/health", 8080},
	"sglang": {"/health_generate", 30000}, "ray": {"/-/healthz", 8000}, "seldon": {"/v2/health/ready", 8080}, "kserve": {"/v2/health/ready", 8080},
	"openvino": {"/v2/health/ready", 8000}, "mosec": {"/metrics", 8000}, "bentoml": {"/readyz", 3000}, "lmdeploy": {"/health", 23333},
	"localai": {"/readyz", 8080}, "infinity": {"/health", 7997}, "djl": {"/ping", 8080}, "xinference": {"/v1/models", 9997},
}

// aliveOnly reports whether a path asks whether the process lives, and not whether the
// model is there.
func aliveOnly(p *scorecard.Probe) bool {
	path := strings.ToLower(strings.Trim(p.Path, "/"))
	for _, end := range []string{"live", "livez", "liveness", "metrics", "docs", "version", "openapi.json"} {
		if path == end || strings.HasSuffix(path, "/"+end) {
			return true
		}
	}
	return false
}

func serverName(c *scorecard.Container) string { return c.Model.Server + " server" }

func theServer(w *scorecard.Workload, c *scorecard.Container) string {
	return fmt.Sprintf("the %s of %s", serverName(c), w.Object)
}
