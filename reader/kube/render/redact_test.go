package render

import (
	"strings"
	"testing"
)

// What goes wrong is told without what templates were filled with.
func TestFailuresKeepValuesToThemselves(t *testing.T) {
	const secret = "hunter2-S3cr3t"
	chart := func(template string) Job {
		return Job{Tool: Helm, Namespace: "ns", KubeVersion: "v1.37.0", Values: [][]byte{[]byte("pw: " + secret + "\nu: \"http://u:" + secret + "@ x\"\n")}, Files: map[string][]byte{
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
		"literals":     kustomize("secretGenerator: [{name: g, literals: [p=" + secret + ", badliteral]}]\n"),
		"replacements": kustomize("resources: [s.yaml]\nreplacements: [{source: {kind: Secret, fieldPath: stringData.a}, targets: [{select: {kind: Secret}, fieldPaths: [stringData.b.c]}]}]\n"),
		"patch":        kustomize("resources: [s.yaml]\npatches: [{target: {kind: Secret}, patch: 'kind: Secret " + secret + "'}]\n"),
	} {
		res := run(job)
		if res.Failure == nil {
			t.Errorf("%s: it rendered", name)
		} else if strings.Contains(res.Failure.Message, secret) || res.Failure.Message == "" {
			t.Errorf("%s: %s", name, res.Failure.Message)
		}
	}
}
