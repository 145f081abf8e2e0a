package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// fenced is a Markdown block of code behind a sentence.
func fenced(sentence, language, code string) string {
	return sentence + "\n\n```" + language + "\n" + strings.TrimRight(code, "\n") + "\n```"
}

// metadata is an object's name and, where one is written, its namespace.
func metadata(o scorecard.ObjectRef, name string) object {
	m := object{{key: "name", value: name}}
	if o.Namespace != "" && !scorecard.IsReleaseNamespace(o.Namespace) {
		m = append(m, field{key: "namespace", value: o.Namespace})
	}
	return m
}

// specPatch is a piece of the object's own manifest with what to write under `spec`.
func specPatch(o scorecard.ObjectRef, spec object) string {
	return yamlText(object{
		{key: "apiVersion", value: o.APIVersion}, {key: "kind", value: o.Kind},
		{key: "metadata", value: metadata(o, o.Name)}, {key: "spec", value: spec},
	})
}

// podPath is where the pod's spec stands in a workload of that kind, below `spec`.
func podPath(kind string) []string {
	switch kind {
	case "Pod":
		return nil
	case "CronJob":
		return []string{"jobTemplate", "spec", "template", "spec"}
	case "InferenceService":
		return []string{"predictor"}
	}
	return []string{"template", "spec"}
}

// podPatch is a piece of the workload's manifest with what to write in its pod's spec.
func podPatch(w *scorecard.Workload, fields object) string {
	path := podPath(w.Object.Kind)
	for i := len(path) - 1; i >= 0; i-- {
		fields = object{{key: path[i], value: fields}}
	}
	return specPatch(w.Object, fields)
}

// containerPatch is a piece of the workload's manifest with what to write in one of
// its containers.
func containerPatch(w *scorecard.Workload, c *scorecard.Container, fields object) string {
	return podPatch(w, inContainer(w, c, fields))
}

// inContainer is what to write in the pod's spec for fields of one of its containers.
func inContainer(w *scorecard.Workload, c *scorecard.Container, fields object) object {
	if server := modelServer(w, c); server != "" {
		return object{{key: server, value: fields}}
	}
	list := "containers"
	if c.Role != scorecard.AppContainer {
		list = "initContainers"
	}
	return object{{key: list, value: []object{append(object{{key: "name", value: c.Name}}, fields...)}}}
}

// modelServer is the predictor's field that is the container, of an InferenceService
// that names its model server by its sort ("model", "sklearn"); empty where the
// container is one of a list.
func modelServer(w *scorecard.Workload, c *scorecard.Container) string {
	field, below := strings.CutPrefix(c.Location.Field, "spec.predictor.")
	if w.Object.Kind != "InferenceService" || !below || strings.ContainsAny(field, ".[") {
		return ""
	}
	return field
}

// in names the file to edit: "In `deploy/cart.yaml`, ", or nothing for what no file shows.
func in(l scorecard.Location) string {
	switch {
	case l.Path == "":
		return ""
	case l.Form != "":
		return fmt.Sprintf("In `%s` (rendered by %s), ", l.Path, l.Form)
	}
	return fmt.Sprintf("In `%s`, ", l.Path)
}

// freeName is the name, with the suffix as often as it takes until nothing has it.
func freeName(name, suffix string, taken func(string) bool) string {
	for taken(name) {
		name += suffix
	}
	return name
}
