package scorecard

// ModelServer is what a container that serves a model says of it.
type ModelServer struct {
	// Server is "vllm", "tgi", "tei", "triton", "nim", "torchserve", "tensorflow-serving",
	// "ollama", "llama.cpp", "sglang", "ray", "seldon", "kserve", "openvino", "mosec",
	// "bentoml", "lmdeploy", "localai", "infinity", "djl", "xinference" or "kaito".
	Server string `json:"server"`
	// Model is the model as written: "org/name", "s3://bucket/model/v1", "llama3:8b",
	// "/models/x.gguf", without credentials; empty where none is seen.
	Model string `json:"model,omitempty"`
	// Revision is the one that is written beside it.
	Revision string      `json:"revision,omitempty"`
	Source   ModelSource `json:"source,omitempty"`
	// Unread: a model or revision is written and files do not tell which.
	Unread bool `json:"unread,omitempty"`
	// NeedsAccelerator: it runs on an accelerator, by what server, image and arguments say.
	NeedsAccelerator bool `json:"needsAccelerator,omitempty"`
	// ScalesOn is what the scaling that the object itself describes looks at: "requests",
	// "resource" or "fixed"; empty where it describes none.
	ScalesOn string `json:"scalesOn,omitempty"`
	// Traces: its arguments send traces somewhere.
	Traces    bool `json:"traces,omitempty"`
	FirstLine int  `json:"firstLine,omitempty"` // of the model, else of the command or image
}

// ModelSource says where a model server has its model from.
type ModelSource string

// The sources of models. Empty is not known.
const (
	ModelHub      ModelSource = "hub"      // Hugging Face, ModelScope: a repository with revisions
	ModelRegistry ModelSource = "registry" // Ollama's and OCI registries: names with tags
	ModelStore    ModelSource = "store"    // an object store or a web address
	ModelVolume   ModelSource = "volume"   // a volume of the pod
	ModelImage    ModelSource = "image"    // the container's own image
)

// ModelGateway is a configuration that leads requests to models of other servers or
// providers: LiteLLM's proxy, Envoy AI Gateway, Kong's AI plugins, Portkey.
type ModelGateway struct {
	Location Location `json:"location"`
	Tool     string   `json:"tool"` // "litellm", "envoy-ai-gateway", "kong", "portkey", "higress"
	// Name is the object's or the route's, where it has one.
	Name string `json:"name,omitempty"`
	// Fallback says what happens when a model does not answer: "fallback", "retries",
	// "second route"; empty where nothing is written. FallbackLine is its line.
	Fallback     string `json:"fallback,omitempty"`
	FallbackLine int    `json:"fallbackLine,omitempty"`
	// Observed names what it sends its traces or logs of calls to: "langfuse", "otel".
	Observed     string `json:"observed,omitempty"`
	ObservedLine int    `json:"observedLine,omitempty"`
	// Unread: a part of it that would say so could not be read.
	Unread bool `json:"unread,omitempty"`
}
