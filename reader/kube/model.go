package kube

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// serverImages are the images of model servers, by their repository without the host.
var serverImages = []struct {
	server string
	image  lazyregexp.Regexp
}{
	{"nim", lazyregexp.New(`^nvcr\.io/nim/`)},
	{"vllm", lazyregexp.New(`(^|/)(vllm/vllm-[a-z0-9-]+|vllm-openai[a-z0-9-]*|vllm-(cpu|tpu|gaudi|neuron|rocm|xpu|hpu)[a-z0-9-]*|(rocm|opea|substratusai|lmcache)/vllm[a-z0-9-]*|llm-d/llm-d(-(cuda|xpu|aws|cpu|rocm|hpu|gb200)[a-z0-9-]*)?)$`)},
	{"tgi", lazyregexp.New(`(^|/)(tgi-gaudi|[a-z0-9-]*text-generation-inference[a-z0-9.-]*)(/|$)`)},
	{"tei", lazyregexp.New(`(^|/)(tei-gaudi|[a-z0-9-]*text-embeddings-inference[a-z0-9.-]*)(/|$)`)},
	{"triton", lazyregexp.New(`(^|/)tritonserver[a-z0-9-]*$`)},
	{"torchserve", lazyregexp.New(`(^|/)torchserve[a-z0-9-]*$`)},
	{"tensorflow-serving", lazyregexp.New(`(^|/)(tensorflow/serving|tensorflow-serving|tfserving[a-z-]*)$`)},
	{"ollama", lazyregexp.New(`(^|/)ollama(/ollama)?$`)},
	{"llama.cpp", lazyregexp.New(`(^|/)(ggml-org|ggerganov)/llama\.cpp$|(^|/)llama-cpp-server$`)},
	{"sglang", lazyregexp.New(`(^|/)lmsysorg/sglang[a-z0-9-]*$`)},
	{"seldon", lazyregexp.New(`(^|/)seldonio/(mlserver[a-z0-9-]*|[a-z0-9]+server[a-z0-9_-]*)$`)},
	{"kserve", lazyregexp.New(`(^|/)kserve/(sklearn|xgb|lgb|paddle|pmml|huggingface|predictive)server[a-z0-9-]*$`)},
	{"openvino", lazyregexp.New(`(^|/)openvino/model_server[a-z0-9-]*$`)},
	{"mosec", lazyregexp.New(`(^|/)mosecorg/mosec$`)},
	{"bentoml", lazyregexp.New(`(^|/)bentoml/[a-z0-9-]*(server|openllm)[a-z0-9-]*$`)},
	{"lmdeploy", lazyregexp.New(`(^|/)openmmlab/lmdeploy$`)},
	{"localai", lazyregexp.New(`(^|/)(localai/localai|go-skynet/local-ai|local-ai)$`)},
	{"infinity", lazyregexp.New(`(^|/)michaelf34/infinity$`)},
	{"djl", lazyregexp.New(`(^|/)(djl-serving|djl-inference)$`)},
	{"xinference", lazyregexp.New(`(^|/)xprobe/xinference$`)},
}

// serverWords are what every image of a model server has one of: a quick look that spares
// all other images the patterns.
var serverWords = []string{"nim/", "vllm", "llm-d", "tgi-", "text-generation", "tei-", "text-embeddings", "triton", "torchserve", "serving", "ollama", "llama",
	"sglang", "seldonio", "kserve", "openvino", "mosec", "bentoml", "lmdeploy", "local-ai", "localai", "infinity", "djl-", "xinference"}

// serverImage is the model server that an image is known to be; empty for any other.
func serverImage(image string) string {
	repository := strings.ToLower(scorecard.ParseImage(image).Repository)
	if !slices.ContainsFunc(serverWords, func(w string) bool { return strings.Contains(repository, w) }) {
		return ""
	}
	for i := range serverImages {
		if serverImages[i].image.MatchString(repository) {
			return serverImages[i].server
		}
	}
	return ""
}

// serverCommand finds the command that starts a model server among the words of one; rest
// are the words behind it.
func serverCommand(words []string) (server string, rest []string) {
	for i, w := range words {
		base, next := path.Base(w), ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case base == "vllm" && next == "serve", base == "bentoml" && next == "serve", base == "ollama" && next == "serve",
			base == "lmdeploy" && next == "serve", base == "serve" && next == "run" && i > 0, base == "mlserver" && next == "start":
			server = map[string]string{"serve": "ray", "mlserver": "seldon"}[base]
			return cmp.Or(server, base), words[i+2:]
		case w == "vllm.entrypoints.openai.api_server", w == "vllm.entrypoints.api_server":
			return "vllm", words[i+1:]
		case w == "sglang.launch_server", w == "sglang_router.launch_server":
			return "sglang", words[i+1:]
		}
		if server = map[string]string{"tritonserver": "triton", "torchserve": "torchserve", "text-generation-launcher": "tgi",
			"text-embeddings-router": "tei", "llama-server": "llama.cpp", "tensorflow_model_server": "tensorflow-serving", "ovms": "openvino",
			"infinity_emb": "infinity", "local-ai": "localai", "huggingfaceserver": "kserve"}[base]; server != "" && !strings.HasPrefix(w, "-") {
			return server, words[i+1:]
		}
	}
	return "", nil
}

// modelServer reads what a container says of the model that it serves; nil for one that
// serves none.
func modelServer(n *yaml.Node, image string) *scorecard.ModelServer {
	words, unread := commandWords(n)
	server, rest := serverCommand(words)
	if byImage := serverImage(image); byImage != "" {
		if server == "" {
			rest = words
		}
		server = cmp.Or(server, byImage)
	}
	if server == "" {
		return nil
	}
	m := &scorecard.ModelServer{Server: server, FirstLine: firstLine(n, "args", "command", "image")}
	s := serving{n: n, words: rest, all: words, env: variables(yamldoc.Get(n, "env")), m: m}
	s.find(image)
	if m.Model == "" && (unread || s.named() || written(yamldoc.Get(n, "envFrom"))) {
		m.Unread = true
	}
	m.NeedsAccelerator = needsAccelerator(server, image, s)
	m.Traces = slices.ContainsFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "--otlp-traces-endpoint") || strings.HasPrefix(w, "--otlp-endpoint")
	})
	return m
}

func firstLine(n *yaml.Node, keys ...string) int {
	for _, key := range keys {
		if line := yamldoc.KeyLine(n, key); line > 0 {
			return line
		}
	}
	return 0
}

// maxScript is how much of a script is looked at, in bytes.
const maxScript = 16 << 10

// commandWords are the words of a container's command and arguments, those of a shell's
// script taken apart; unread is true where some of them are not known.
func commandWords(n *yaml.Node) (words []string, unread bool) {
	for _, key := range []string{"command", "args"} {
		list := yamldoc.Get(n, key)
		unread = unread || yamldoc.IsUnknown(list)
		for _, item := range yamldoc.Items(list) {
			text := yamldoc.String(item)
			unread = unread || yamldoc.IsUnknown(item)
			if !strings.ContainsAny(text, " \n") || len(text) > maxScript || strings.HasPrefix(text, "{") {
				words = append(words, text)
				continue
			}
			for _, c := range commandsOf(text) {
				words = append(words, c.words...)
			}
		}
	}
	return words, unread
}

// modelVariables are those that name a model or its revision. Of no others is the value
// looked at, but for switches.
var modelVariables = []string{"MODEL_ID", "HF_MODEL_ID", "MODEL", "MODEL_NAME", "MODEL_PATH", "MODEL_URI", "MODEL_URL", "MODEL_BASE_PATH",
	"STORAGE_URI", "MLSERVER_MODEL_URI", "LLM_MODEL_ID", "EMBEDDING_MODEL_ID", "RERANK_MODEL_ID", "VLLM_MODEL", "OLLAMA_MODEL", "LLAMA_ARG_MODEL",
	"LLAMA_ARG_HF_REPO", "REVISION", "HF_REVISION", "MODEL_REVISION", "HF_MODEL_REVISION", "DEVICE", "VLLM_TARGET_DEVICE", "CUDA_VISIBLE_DEVICES"}

// variables gives the values of those variables; "\x00" for one that is filled in from
// elsewhere.
func variables(env *yaml.Node) map[string]string {
	out := map[string]string{}
	for _, v := range yamldoc.Items(env) {
		name := yamldoc.String(yamldoc.Get(v, "name"))
		if !slices.Contains(modelVariables, name) {
			continue
		}
		value := yamldoc.Get(v, "value")
		out[name] = yamldoc.String(value)
		if yamldoc.IsUnknown(value) || written(yamldoc.Get(v, "valueFrom")) {
			out[name] = elsewhere
		}
	}
	return out
}

const elsewhere = "\x00"

// serving looks for the model in a server's arguments and variables.
type serving struct {
	n          *yaml.Node
	words, all []string
	env        map[string]string
	m          *scorecard.ModelServer
}

// modelOptions and revisionOptions name a model and its revision on command lines.
var (
	modelOptions = []string{"--model", "--model-id", "--model_id", "--model-path", "--model-name-or-path",
		"--model-repository", "--model-store", "--model_base_path", "--model_path", "--model_dir", "--source_model"}
	llamaOptions    = []string{"-m", "-hf", "-hfr", "--hf-repo", "-mu", "--model-url"}
	revisionOptions = []string{"--revision", "--model_revision", "--model-revision"}
)

// option is the value of the first of the options that is given: `--model x`, `--model=x`.
func (s *serving) option(names ...string) string {
	for i, w := range s.words {
		name, value, joined := strings.Cut(w, "=")
		if !slices.Contains(names, name) {
			continue
		}
		if !joined && i+1 < len(s.words) {
			value = s.words[i+1]
		}
		return value
	}
	return ""
}

// variable is the value of the first of the variables that is set.
func (s *serving) variable(names ...string) string {
	for _, name := range names {
		if v := s.env[name]; v != "" {
			return v
		}
	}
	return ""
}

// named reports whether a variable that names the model is filled in from elsewhere.
func (s *serving) named() bool {
	return slices.Contains([]string{s.env["MODEL_ID"], s.env["MODEL"], s.env["MODEL_NAME"], s.env["HF_MODEL_ID"], s.env["LLM_MODEL_ID"]}, elsewhere)
}

// find fills in the model, its revision and where it comes from.
func (s *serving) find(image string) {
	model := s.option(modelOptions...)
	if model == "" && s.m.Server == "llama.cpp" {
		model = s.option(llamaOptions...)
	}
	if model == "" && len(s.words) > 0 && (s.m.Server == "vllm" || s.m.Server == "lmdeploy") {
		model = s.positional()
	}
	if s.m.Server == "ollama" {
		model = s.pulled()
	}
	if model == "" {
		model = s.variable("MODEL_ID", "HF_MODEL_ID", "STORAGE_URI", "MLSERVER_MODEL_URI", "VLLM_MODEL", "OLLAMA_MODEL", "LLAMA_ARG_HF_REPO", "LLAMA_ARG_MODEL",
			"MODEL_URI", "MODEL_URL", "MODEL_BASE_PATH", "MODEL_PATH", "MODEL")
	}
	s.m.Model, s.m.Unread = s.expand(model)
	revision := s.option(revisionOptions...)
	if revision == "" {
		revision = s.variable("REVISION", "HF_REVISION", "MODEL_REVISION", "HF_MODEL_REVISION")
	}
	open := false
	s.m.Revision, open = s.expand(revision)
	s.m.Unread = s.m.Unread || open
	s.m.Model = cleanAddress(s.m.Model)
	s.m.Source = s.source(s.m.Model)
	if s.m.Model == "" && !s.m.Unread && s.m.Server == "nim" {
		s.m.Model, s.m.Source = image, scorecard.ModelImage
	}
}

// positional is the model of `vllm serve MODEL`, `lmdeploy serve api_server MODEL`; the
// image of vLLM runs `vllm serve` by itself.
func (s *serving) positional() string {
	words := s.words
	if len(words) > 0 && (words[0] == "serve" || words[0] == "api_server") {
		words = words[1:]
	}
	if len(words) == 0 || strings.HasPrefix(words[0], "-") || !strings.ContainsAny(words[0], "/$") || strings.HasPrefix(words[0], "/bin/") {
		return ""
	}
	return words[0]
}

// pulled is the model that Ollama is told to get, by its command or the hook after its start.
func (s *serving) pulled() string {
	words := s.all
	for _, item := range yamldoc.Items(yamldoc.Get(s.n, "lifecycle", "postStart", "exec", "command")) {
		for _, c := range commandsOf(yamldoc.String(item)) {
			words = append(slices.Clone(words), c.words...)
		}
	}
	for i := 0; i+2 < len(words); i++ {
		if path.Base(words[i]) == "ollama" && (words[i+1] == "pull" || words[i+1] == "run") {
			return words[i+2]
		}
	}
	return ""
}

var variableRef = lazyregexp.New(`\$[({]?([A-Z][A-Z0-9_]*)[)}]?`)

// expand puts in the variables that the text refers to; true where that can't be told.
func (s *serving) expand(text string) (string, bool) {
	if text == elsewhere {
		return "", true
	}
	for range 3 {
		at := variableRef.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		value := s.env[text[at[2]:at[3]]]
		if value == "" || value == elsewhere {
			return "", true
		}
		text = text[:at[0]] + value + text[at[1]:]
	}
	if strings.ContainsAny(text, "${}<>") {
		return "", true
	}
	return text, false
}

// source tells where a model comes from by how it is written.
func (s *serving) source(model string) scorecard.ModelSource {
	scheme, _, hasScheme := strings.Cut(model, "://")
	switch {
	case model == "":
		return ""
	case s.m.Server == "ollama", scheme == "oci" && hasScheme:
		return scorecard.ModelRegistry
	case hasScheme && (scheme == "hf" || scheme == "ms"):
		return scorecard.ModelHub
	case hasScheme && (scheme == "pvc" || scheme == "file"):
		return scorecard.ModelVolume
	case hasScheme:
		return scorecard.ModelStore
	case strings.HasPrefix(model, "/"), strings.HasPrefix(model, "."), strings.HasSuffix(model, ".gguf"):
		return s.fileSource(model)
	case s.m.Server == "triton", s.m.Server == "torchserve", s.m.Server == "tensorflow-serving", s.m.Server == "openvino":
		return s.fileSource(model)
	case s.m.Server == "ray":
		return ""
	}
	return scorecard.ModelHub
}

// fileSource tells a file of a volume from one of the image.
func (s *serving) fileSource(model string) scorecard.ModelSource {
	for _, m := range yamldoc.Items(yamldoc.Get(s.n, "volumeMounts")) {
		if at := yamldoc.String(yamldoc.Get(m, "mountPath")); at != "" && (model == at || strings.HasPrefix(model, strings.TrimSuffix(at, "/")+"/")) {
			return scorecard.ModelVolume
		}
	}
	if strings.HasPrefix(model, "/mnt/models") { // where KServe puts what it fetched
		return scorecard.ModelVolume
	}
	return scorecard.ModelImage
}

var (
	cpuName         = lazyregexp.New(`(^|[^a-z])cpu([^a-z]|$)`)
	acceleratorName = lazyregexp.New(`(^|[^a-z])(gpu|cuda[0-9]*|cu1[0-9]+|rocm|gaudi|hpu|tpu|neuron|neuronx|xpu|musa|cann)([^a-z]|$)`)
)

// onCPU are images that are built for processors by the name of their owner alone.
var onCPU = []string{"opea/vllm", "opea/vllm-cpu", "opea/vllm-arc"}

// needsAccelerator reports whether what runs is made for an accelerator: by its server,
// unless image or arguments speak of a CPU, or by its image.
func needsAccelerator(server, image string, s serving) bool {
	im := scorecard.ParseImage(strings.ToLower(image))
	name := im.Repository + ":" + im.Tag
	device := strings.ToLower(cmp.Or(s.option("--device", "--device-type"), s.env["VLLM_TARGET_DEVICE"], s.env["DEVICE"]))
	if cpuName.MatchString(name) || device == "cpu" || slices.Contains(onCPU, im.Repository) {
		return false
	}
	if set, ok := s.env["CUDA_VISIBLE_DEVICES"]; ok && set == "" {
		return false
	}
	switch server {
	case "vllm", "tgi", "tei", "sglang", "nim", "lmdeploy":
		return true
	}
	return acceleratorName.MatchString(name)
}

// placement names the fields of a pod that steer it to some nodes.
func placement(spec fields) (out []string) {
	note := func(name string, found bool) {
		if found {
			out = append(out, name)
		}
	}
	everywhere := []string{"kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch"}
	steers := false
	for key := range yamldoc.StringMap(yamldoc.Get(spec.node, "nodeSelector")) {
		steers = steers || !slices.Contains(everywhere, key)
	}
	affinity := false
	walk(yamldoc.Get(spec.node, "affinity", "nodeAffinity"), func(n *yaml.Node) {
		if key := yamldoc.String(yamldoc.Get(n, "key")); n.Kind == yaml.MappingNode && key != "" {
			affinity = affinity || !slices.Contains(everywhere, key)
		}
	})
	note("affinity.nodeAffinity", affinity)
	note("nodeSelector", steers)
	note("resourceClaims", len(yamldoc.Items(yamldoc.Get(spec.node, "resourceClaims"))) > 0)
	note("runtimeClassName", written(yamldoc.Get(spec.node, "runtimeClassName")))
	note("tolerations", slices.ContainsFunc(yamldoc.Items(yamldoc.Get(spec.node, "tolerations")), func(n *yaml.Node) bool {
		return !strings.HasPrefix(yamldoc.String(yamldoc.Get(n, "key")), "node.kubernetes.io/")
	}))
	return out
}
