package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"
	"text/template"

	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// Outside stands in rendered text for what a Helmfile asks of its surroundings: the
// environment, commands, stores of secrets. It is a valid name, and nobody's.
const Outside = "seaworthy-unknown-value"

// texts is the template that renders the job's texts: each with the context as its `.`
// and its `$`.
const texts = `{{- range .Values.texts }}{{ tpl . $.Values.context }}` + "\x00" + `{{ end }}`

// runTexts fills texts in as Helmfile does: with Helm's engine and functions, and those
// that Helmfile has on top of them. Nothing outside of the job is asked.
func runTexts(job Job) Result {
	dot, err := mergeValues(job)
	if err != nil {
		return failed("", err)
	}
	list := make([]any, len(job.Texts))
	for i, t := range job.Texts {
		list[i] = guard.ReplaceAllString(t, `${1}""${2}`)
	}
	ch := &chart.Chart{
		Metadata:  &chart.Metadata{APIVersion: "v2", Name: "text", Version: "0.0.0"},
		Templates: []*common.File{{Name: "templates/text", Data: []byte(texts)}},
	}
	values := common.Values{"Values": map[string]any{"texts": list, "context": dot}, "Release": map[string]any{}, "Capabilities": common.DefaultCapabilities}
	funcs := repeatable()
	maps.Copy(funcs, helmfileFuncs(job))
	rendered, err := engine.Engine{CustomTemplateFuncs: funcs}.RenderWithContext(context.Background(), ch, values)
	if err != nil {
		return Result{Failure: &Failure{Reason: "failed", Message: withoutText(err)}}
	}
	var res Result
	for _, text := range strings.SplitN(rendered["text/templates/text"], "\x00", len(list)+1) {
		if len(res.Documents) < len(list) {
			res.Documents = append(res.Documents, Document{Text: []byte(text)})
		}
	}
	return res
}

// guard is a block that is there only where somebody sets a variable before the call: what a
// Helmfile deploys is what it is without.
var guard = lazyregexp.New(`(\{\{-?\s*if\s+)env\s+"[^"{}\n]*"(\s*-?\}\})`)

// inText is where and how the engine failed in a text, which has the engine's own name.
var inText = lazyregexp.New(`(?s)^(\d+)(?::\d+)?:\s*(?:executing "[^"]*" at\s+<([^<>]*)>:)?(.*)$`)

// withoutText is the innermost of an error without the text that was rendered, which
// Helm's message holds whole.
func withoutText(err error) string {
	text := err.Error()
	if m := execution.FindStringSubmatch(oneLine(text)); m != nil {
		return "it asks: " + m[1]
	}
	i := strings.LastIndex(text, "gotpl:")
	if i < 0 {
		return "it could not be filled in"
	}
	m := inText.FindStringSubmatch(text[i+len("gotpl:"):])
	switch {
	case m == nil:
		return "it could not be filled in"
	case m[2] == "":
		return oneLine("line " + m[1] + ": " + m[3])
	}
	return oneLine("line " + m[1] + ": " + m[2] + ": " + m[3])
}

// helmfileFuncs are the functions that Helmfile has beside Helm's.
func helmfileFuncs(job Job) template.FuncMap {
	outside := func(...any) string { return Outside }
	// What is derived from what is not known is not known, and must not look like a value.
	derived := func(args ...any) string {
		for _, a := range args {
			if strings.Contains(fmt.Sprint(a), Outside) {
				return Outside
			}
		}
		return "seaworthy-derived-value"
	}
	file := func(name string) ([]byte, bool) {
		b, ok := job.Files[path.Join(job.Root, name)]
		return b, ok
	}
	return template.FuncMap{
		"env": outside, "requiredEnv": outside, "expandEnv": outside, "expandenv": outside, "exec": outside, "envExec": outside,
		"fetchSecretValue": outside, "lookup": func(...any) map[string]any { return map[string]any{} },
		"derivePassword": derived, "htpasswd": derived, "bcrypt": derived, "encryptAES": derived,
		"sha1sum": derived, "sha256sum": derived, "sha512sum": derived, "adler32sum": derived,
		"expandSecretRefs": func(v any) any { return v },
		"readFile": func(name string) string {
			if b, ok := file(name); ok {
				return string(b)
			}
			return Outside
		},
		"isFile":   func(name string) bool { _, ok := file(name); return ok },
		"get":      getPath,
		"getOrNil": func(name string, from any) any { return at(name, from) },
		"fromYaml": func(text string) map[string]any {
			v, err := loader.LoadValues(bytes.NewReader([]byte(text)))
			if err != nil {
				return map[string]any{}
			}
			return v
		},
	}
}

// getPath is Helmfile's `get "a.b" [default] MAP`, and Sprig's `get MAP key`.
func getPath(args ...any) (any, error) {
	if len(args) < 2 {
		return nil, errors.New("get needs a key and a map")
	}
	if m, ok := args[0].(map[string]any); ok {
		if v, ok := m[fmt.Sprint(args[1])]; ok {
			return v, nil
		}
		return "", nil
	}
	name := fmt.Sprint(args[0])
	if v := at(name, args[len(args)-1]); v != nil {
		return v, nil
	}
	if len(args) > 2 {
		return args[1], nil
	}
	return nil, fmt.Errorf("there is no value %s", name)
}

// at walks down maps by a dotted path; nil where it ends.
func at(name string, from any) any {
	for key := range strings.SplitSeq(name, ".") {
		m, ok := from.(map[string]any)
		if !ok {
			return nil
		}
		from = m[key]
	}
	return from
}
