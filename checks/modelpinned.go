package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var modelPinned = scorecard.Check{
	ID:      "model-pinned",
	Pillar:  scorecard.AI,
	Title:   "Every model server serves a model of a fixed version",
	Applies: modelServersApply,
	Passes: "the model's revision is written (`--revision`, `hf://org/name:revision`), or its tag (`llama3:8b`), or its address has a version in it (`s3://models/ranker/v3`), " +
		"and none of them is `main`, `master` or `latest`; a model that is in the image is as fixed as the image's tag. What a volume holds is not known",
	Why: "A model that is fetched by name alone is another one as soon as its owner uploads a new version: answers change, memory no longer suffices, and no release shows it. " +
		"Two replicas that started on different days may serve two models.",
	Fix: "Name the model's revision, best by the full commit; in object stores keep each version under a path of its own.",
	References: []scorecard.Reference{
		{Title: "Hugging Face: Download files from the Hub, revisions", URL: "https://huggingface.co/docs/huggingface_hub/guides/download"},
		{Title: "vLLM: Engine Arguments", URL: "https://docs.vllm.ai/en/latest/configuration/engine_args.html"},
	},
	Level: scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads:  []scorecard.Family{scorecard.Kubernetes},
	Charts: chartsOfModels,
	Rule:   modelServers(words{"model server", "serves a model of a fixed version", noModelServer}, judgeModelPinned),
}

func judgeModelPinned(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	outcome, message := pinOf(w, c)
	switch outcome {
	case scorecard.Pass:
		s.Pass(modelAt(c), "%s", message)
	case scorecard.Fail:
		s.Fail(modelAt(c), func() string { return modelPinRemedy(s, w, c) }, "%s", message)
	default:
		s.Undecided(modelAt(c), "%s", message)
	}
}

// pinOf judges the model that a container serves by where it comes from.
func pinOf(w *scorecard.Workload, c *scorecard.Container) (scorecard.Outcome, string) {
	m, who := c.Model, theServer(w, c)
	switch {
	case m.Unread:
		return scorecard.Unknown, fmt.Sprintf("which model %s serves is filled in when it is deployed", who)
	case m.Model == "" && m.Server == "kaito":
		return scorecard.Pass, fmt.Sprintf("%s serves a preset, whose model Kaito's release fixes", w.Object)
	case m.Model == "":
		return scorecard.Unknown, fmt.Sprintf("which model %s serves is not seen", who)
	case m.Source == scorecard.ModelVolume:
		return scorecard.Unknown, fmt.Sprintf("%s serves %s of a volume, and which version that holds is not known", who, m.Model)
	case m.Source == scorecard.ModelImage:
		return imagePin(w, c)
	}
	version := modelVersion(m)
	switch {
	case version == "":
		return scorecard.Fail, fmt.Sprintf("%s serves %s of no fixed revision", who, m.Model)
	case movingModel(version):
		return scorecard.Fail, fmt.Sprintf("%s serves %s at %s, which moves", who, m.Model, version)
	}
	return scorecard.Pass, fmt.Sprintf("%s serves %s at %s", who, m.Model, version)
}

// imagePin: a model in the image is as fixed as the image is.
func imagePin(w *scorecard.Workload, c *scorecard.Container) (scorecard.Outcome, string) {
	im := scorecard.ParseImage(c.Image)
	switch {
	case c.Image == "" || strings.ContainsAny(c.Image, "${}<>"):
		return scorecard.Unknown, fmt.Sprintf("%s has its model in its image, whose tag is not known", theServer(w, c))
	case im.Digest != "" || im.Tag != "" && !movingModel(im.Tag):
		return scorecard.Pass, fmt.Sprintf("%s has its model in its image %s", theServer(w, c), c.Image)
	}
	return scorecard.Fail, fmt.Sprintf("%s has its model in its image %s, which moves", theServer(w, c), c.Image)
}

func movingModel(version string) bool {
	return slices.Contains([]string{"latest", "main", "master", "head"}, strings.ToLower(version))
}

// modelVersion is the revision, tag, digest or version that is written of a model.
func modelVersion(m *scorecard.ModelServer) string {
	if m.Revision != "" {
		return m.Revision
	}
	name := m.Model
	if _, rest, ok := strings.Cut(name, "://"); ok {
		name = rest
	}
	switch m.Source {
	case scorecard.ModelHub, scorecard.ModelRegistry:
		if _, digest, ok := strings.Cut(name, "@"); ok {
			return digest
		}
		if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
			return name[i+1:]
		}
	case scorecard.ModelStore:
		return pathVersion(name)
	}
	return ""
}

// versionName is a part of a path that is a version: v3, 1.4.2, 20250131, a commit.
var versionName = lazyregexp.New(`^(v?[0-9]+([._-][0-9]+)*([-_.]?(rc|alpha|beta)[0-9]*)?|[0-9a-f]{7,64}|[0-9]{4}-[0-9]{2}-[0-9]{2}.*)$|[-_]v[0-9]+([._][0-9]+)*$|[-_][0-9]+(\.[0-9]+)+$|@[0-9a-z.]+$`)

// pathVersion is the last part of an address, or the branch of Hugging Face's, that says
// which version it is.
func pathVersion(address string) string {
	parts := strings.Split(address, "/")[1:] // without the host or the bucket
	slices.Reverse(parts)
	for _, p := range parts {
		if movingModel(p) {
			return p
		}
	}
	for _, p := range parts {
		for _, end := range []string{".gguf", ".tar.gz", ".zip", ".mar", ".onnx", ".bin", ".safetensors"} {
			p = strings.TrimSuffix(p, end)
		}
		if versionName.MatchString(p) {
			return p
		}
	}
	return ""
}

func modelPinRemedy(s *survey, w *scorecard.Workload, c *scorecard.Container) string {
	m := c.Model
	commit := field{key: "value", value: strings.Repeat("0", 40), comment: "the full commit of the revision that you have tested"}
	switch {
	case m.Source == scorecard.ModelHub && (m.Server == "tgi" || m.Server == "tei") && !strings.Contains(m.Model, "://"):
		return serverPatch(s.View, w, c, "fix the revision of "+m.Model+":", object{{key: "env", value: []object{{{key: "name", value: "REVISION"}, commit}}}})
	case w.Object.Kind == "InferenceService" && modelServer(w, c) != "" && m.Source == scorecard.ModelStore:
		return fenced(in(c.Location)+"keep each version of the model under a path of its own, and name that one:", "yaml",
			containerPatch(w, c, object{{key: "storageUri", value: strings.TrimSuffix(m.Model, "/") + "/v1"}}))
	case w.Object.Kind == "LLMInferenceService" && m.Source == scorecard.ModelHub:
		return fenced(in(c.Location)+"fix the revision of the model:", "yaml", specPatch(w.Object, object{{key: "model", value: object{
			{key: "uri", value: strings.SplitAfter(m.Model, "://")[0] + strings.SplitN(strings.SplitN(m.Model, "://", 2)[1], ":", 2)[0] + ":" + strings.Repeat("0", 40), comment: commit.comment}}}}))
	case m.Source == scorecard.ModelImage && !ofModels(s.View, w):
		return fenced(in(c.Location)+"give the image, which has the model in it, a version:", "yaml",
			containerPatch(w, c, object{{key: "image", value: scorecard.ParseImage(c.Image).Repository + ":1.0.0", comment: "the version that you have tested"}}))
	case m.Source == scorecard.ModelHub:
		return fmt.Sprintf("%sadd the revision of `%s` that you have tested, by its full commit, to what starts %s: `--revision=<commit>` (or `hf://org/name:<commit>` for a storage URI).", in(c.Location), m.Model, theServer(w, c))
	case m.Source == scorecard.ModelRegistry:
		return fmt.Sprintf("%sname `%s` with a tag or digest that does not move, such as `%s:8b`.", in(c.Location), m.Model, strings.SplitN(m.Model, ":", 2)[0])
	case m.Source == scorecard.ModelImage:
		return fmt.Sprintf("%sgive the image of %s, which has its model in it, a version: `%s:1.0.0`, or a digest.", in(c.Location), theServer(w, c), scorecard.ParseImage(c.Image).Repository)
	}
	return fmt.Sprintf("%skeep each version of the model under a path of its own, and name that one: `%s/v1`.", in(c.Location), strings.TrimSuffix(m.Model, "/"))
}
