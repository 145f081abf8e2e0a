package render

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if Worker() {
		return
	}
	os.Exit(m.Run())
}

func pool(t *testing.T, o Options) *Pool {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o.Executable = exe
	p := NewPool(o)
	t.Cleanup(p.Close)
	return p
}

func helmJob(template string) Job {
	return Job{Tool: Helm, Namespace: "ns", Files: map[string][]byte{
		"Chart.yaml":          []byte("apiVersion: v2\nname: c\nversion: 1.0.0\n"),
		"values.yaml":         []byte("a: 1\n"),
		"templates/x.yaml":    []byte(template),
		"templates/NOTES.txt": []byte("a: never read"),
	}}
}

func TestWorkers(t *testing.T) {
	p := pool(t, Options{Workers: 1, Deadline: 2 * time.Minute, Memory: 96 << 20})
	bomb := "{{- $s := \"xxxxxxxxxxxxxxxx\" }}{{ range until 40 }}{{ $s = printf \"%s%s\" $s $s }}{{ end }}{{ len $s }}"
	tests := []struct{ name, template, reason, text string }{
		{"plain", "a: {{ .Values.a }}\nns: {{ .Release.Namespace }}", "", "a: 1\nns: ns"},
		{"loop", "{{ range $i := 9000000000000 }}{{ end }}", "timeout", ""},
		{"after a loop", "a: {{ .Values.a }}", "", "a: 1"},
		{"memory", bomb, "memory", ""},
		{"one huge allocation", "{{ repeat 2000000000 \"xxxxxxxx\" | len }}", "memory", ""},
		{"after memory", "a: {{ .Values.a }}", "", "a: 1"},
		{"recursion", `{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`, "failed or memory", ""},
		{"recursion by include", `{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`, "failed or memory", ""},
		{"error", "a: 1\nb: {{ required \"set b\" .Values.b }}", "failed", ""},
		{"no network", `{{ getHostByName "example.org" }}-{{ lookup "v1" "Pod" "a" "b" }}`, "", "-map[]"},
		{"no environment", `{{ env "PATH" }}`, "failed", ""},
		{"repeatable", `{{ randAlphaNum 4 }} {{ now | date "2006" }} {{ (genCA "x" 1).Cert | len }} {{ keys (dict "b" 1 "a" 2) }}`, "", "zqjx 2025 67 [a b]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.o.Deadline = 2 * time.Minute
			if tt.reason == "timeout" {
				p.o.Deadline = time.Second
			}
			res, err := p.Render(context.Background(), helmJob(tt.template))
			if err != nil {
				t.Fatal(err)
			}
			if got := reason(res); got != tt.reason && (got == "" || !strings.Contains(tt.reason, got)) {
				t.Fatalf("reason %q (%+v), want %q", got, res.Failure, tt.reason)
			}
			if tt.reason == "" && (len(res.Documents) != 1 || string(res.Documents[0].Text) != tt.text) {
				t.Fatalf("got %+q, want %q", res.Documents, tt.text)
			}
			if tt.name == "error" && (res.Failure.Path != "templates/x.yaml" || res.Failure.Line != 2 || !strings.Contains(res.Failure.Message, "set b")) {
				t.Fatalf("%+v", res.Failure)
			}
		})
	}
}

func reason(r Result) string {
	if r.Failure == nil {
		return ""
	}
	return r.Failure.Reason
}

func TestCancelled(t *testing.T) {
	p := pool(t, Options{Workers: 1})
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := p.Render(ctx, helmJob("{{ range $i := 9000000000000 }}{{ end }}")); err == nil || time.Since(begin) > time.Minute {
		t.Fatalf("err %v after %v", err, time.Since(begin))
	}
	if res, err := p.Render(context.Background(), helmJob("a: 1")); err != nil || res.Failure != nil {
		t.Fatalf("the pool is broken after it: %v %+v", err, res.Failure)
	}
}

// TestTexts fills in texts of a Helmfile: nothing of this process' surroundings gets in,
// and a failure does not repeat the text, which may hold a secret.
func TestTexts(t *testing.T) {
	t.Setenv("SEAWORTHY_TEST", "leaked")
	pool := pool(t, Options{})
	tests := []struct{ name, text, want, failure string }{
		{"values", `a: {{ .Values.a.b }} {{ $.Environment.Name }}`, "a: 1 prod", ""},
		{"environment", `{{ env "SEAWORTHY_TEST" }} {{ requiredEnv "SEAWORTHY_TEST" }} {{ expandenv "$SEAWORTHY_TEST" }}`, Outside + " " + Outside + " " + Outside, ""},
		{"switches of the environment are off", `{{ if env "CI" }}a{{ else }}b{{ end }} {{- if env "X" -}} {{ env "X" }} {{- end }} {{ if eq (env "X") "1" }}c{{ end }}`, "b ", ""},
		{"command", `{{ exec "touch" (list "/tmp/x") }}`, Outside, ""},
		{"file", `{{ readFile "a.txt" }} {{ readFile "/etc/hostname" }} {{ readFile "../../etc/hostname" }}`, "text " + Outside + " " + Outside, ""},
		{"get", `{{ .Values | get "a.b" 2 }} {{ .Values | get "a.c" 2 }} {{ get .Values.a "b" }} {{ .Values | getOrNil "x.y" | default 3 }}`, "1 2 1 3", ""},
		{"missing", "secret\n{{ .Values.x.y }}", "", "line 2: .Values.x.y: nil pointer"},
		{"broken", "secret\n{{ if }}", "", "line 2: missing value for if"},
		{"unknown function", "secret {{ nonesuch }}", "", `line 1: function "nonesuch" not defined`},
		{"own failure", `secret {{ fail "no luck" }}`, "", "no luck"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			job := Job{Tool: Text, Texts: []string{"first", tt.text}, Root: "x", Files: map[string][]byte{"x/a.txt": []byte("text")},
				Values: [][]byte{[]byte(`{"Values": {"a": {"b": 1}}, "Environment": {"Name": "prod"}}`)}}
			res, err := pool.Render(context.Background(), job)
			if err != nil {
				t.Fatal(err)
			}
			if tt.failure != "" {
				if res.Failure == nil || !strings.Contains(res.Failure.Message, tt.failure) || strings.Contains(res.Failure.Message, "secret") {
					t.Fatalf("got %+v, want %q", res.Failure, tt.failure)
				}
				return
			}
			if res.Failure != nil || len(res.Documents) != 2 || string(res.Documents[0].Text) != "first" || string(res.Documents[1].Text) != tt.want {
				t.Errorf("got %+v %q, want %q", res.Failure, res.Documents, tt.want)
			}
		})
	}
}
