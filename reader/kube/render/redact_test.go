package render

import (
	"strings"
	"testing"
)

// What goes wrong is told without what templates were filled with.
func TestFailuresKeepValuesToThemselves(t *testing.T) {
	const secret = "hunter2-S3cr3t"
	chart := func(template string) Job {
		return Job{Tool: Helm, Namespace: "ns", KubeVersion: "v1.37.0", Values: [][]byte{[]byte("pw: " + secret + "\nt: '{{ hunter2S3cr3t }}'\nn: '{{ .hunter2S3cr3t.x.y }}\n\nu: \"http://u:" + secret + "@ x\"\n")}, Files: map[string][]byte{
			"Chart.yaml": []byte("apiVersion: v2\nname: a\nversion: 1.0.0\n"), "values.yaml": []byte("inner: " + secret + "-2\n"), "templates/a.yaml": []byte(template),
		}}
	}
	kustomize := func(text string) Job {
		return Job{Tool: Kustomize, Root: ".", Files: map[string][]byte{"kustomization.yaml": []byte(text), "s.yaml": []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: x, b: " + secret + "}\n")}}
	}
	for name, job := range map[string]Job{
		"fail":         chart(`{{ fail .Values.pw }}`),
		"required":     chart(`{{ required (printf "set %s" .Values.inner) nil }}`),
		"url":          chart(`{{ urlParse .Values.u }}`),
		"date":         chart(`{{ mustToDate "2006" .Values.pw }}`),
		"include":      chart(`{{ include .Values.pw . }}`),
		"tpl":          chart(`{{ tpl (printf "{{ %s }}" .Values.pw) . }}`),
		"template":     chart(`{{ tpl .Values.t . }}`),
		"path":         chart(`{{ tpl .Values.n . }}`),
		"base64":       chart(`{{ fail (.Values.pw | b64enc) }}`),
		"hex":          chart(`{{ fail (printf "%x" .Values.pw) }}`),
		"piece":        chart(`{{ fail (printf "no %s" (substr 0 9 .Values.pw)) }}`),
		"encoded":      chart(`{{ include (.Values.pw | b64enc) . }}`),
		"literals":     kustomize("secretGenerator: [{name: g, literals: [p=" + secret + ", badliteral]}]\n"),
		"replacements": kustomize("resources: [s.yaml]\nreplacements: [{source: {kind: Secret, fieldPath: stringData.a}, targets: [{select: {kind: Secret}, fieldPaths: [stringData.b.c]}]}]\n"),
		"patch":        kustomize("resources: [s.yaml]\npatches: [{target: {kind: Secret}, patch: 'kind: Secret " + secret + "'}]\n"),
	} {
		res := run(job)
		if res.Failure == nil {
			t.Errorf("%s: it rendered", name)
		} else if said := strings.ToLower(strings.ReplaceAll(res.Failure.Message, "-", "")); strings.Contains(said, "hunter2") || strings.Contains(said, "ahvudgvy") || strings.Contains(said, "68756e74") || res.Failure.Message == "" {
			t.Errorf("%s: %s", name, res.Failure.Message)
		}
	}
}

// What a template says in words of its own is told.
func TestFailuresSayWhatTemplatesSay(t *testing.T) {
	res := run(Job{Tool: Helm, Namespace: "ns", KubeVersion: "v1.37.0", Values: [][]byte{[]byte("pw: hunter2secret\n")}, Files: map[string][]byte{
		"Chart.yaml": []byte("apiVersion: v2\nname: a\nversion: 1.0.0\n"), "templates/a.yaml": []byte(`{{ fail (printf "set image.tag, not %s" .Values.pw) }}`)}})
	if res.Failure == nil || !strings.Contains(res.Failure.Message, "set image.tag, not …") {
		t.Errorf("got %+v", res.Failure)
	}
}
