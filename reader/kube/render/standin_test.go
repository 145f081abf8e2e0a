package render

import (
	"slices"
	"strings"
	"testing"
)

// Where a chart fails for want of a value, and says with it no more than what stands in a
// field, the rest of it is seen. What it asks in order to decide stays a failure.
func TestStandIns(t *testing.T) {
	for _, tt := range []struct {
		name, template string
		want           string // empty: it fails
		names          []string
	}{
		{"nothing lacks", `a: {{ .Values.a }}`, "a: 1", nil},
		{"below nothing", `image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"`, `image: "` + Outside + `.image.repository:"`, []string{"the value image.repository"}},
		{"from the top, in a range", `{{ range list 1 2 }}{{ $.Values.b.c }} {{ end }}`, strings.Repeat(Outside+".b.c ", 2), []string{"the value b.c"}},
		{"required", `a: {{ required "set the host" .Values.host }}`, "a: " + Outside + "." + digest("set the host")[:8], []string{"set the host"}},
		{"worked out", `a: {{ int .Values.b.port }} b: {{ .Values.b.port | b64enc }} c: {{ .Values.b.port | replace "-" "_" | upper }} d: {{ add 1 2 | int64 }}`,
			"a: " + Outside + " b: " + Outside + " c: " + Outside + " d: 3", []string{"the value b.port"}},
		{"two", `{{ .Values.b.x }}{{ .Values.c.y.z }}`, Outside + ".b.x" + Outside + ".c.y.z", []string{"the value b.x", "the value c.y.z"}},
		{"a condition", `{{ if .Values.b.on }}a: 1{{ end }}`, "", nil},
		{"a condition elsewhere", "{{ .Values.b.on }}\n{{- if and .Values.a .Values.b.on }}a: 1{{ end }}", "", nil},
		{"compared", `{{ .Values.b.env }} {{ ternary 1 2 (eq .Values.b.env "prod") }}`, "", nil},
		{"a number compared", `{{ .Values.b.n }}{{ $n := int .Values.b.n }}{{ if gt $n 3 }}a{{ end }}`, "", nil},
		{"something in the way", `{{ .Values.a.b }}`, "", nil},
		{"its own words", `{{ fail "no" }}`, "", nil},
		{"not one value", `{{ (index .Values.list 3).name }}`, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job := helmJob(tt.template)
			if strict := run(job); (strict.Failure == nil) != (tt.want != "" && tt.names == nil) || strict.StandIns != nil {
				t.Errorf("without stand-ins: %+v", strict)
			}
			job.StandIns = true
			res := run(job)
			if tt.want == "" {
				if res.Failure == nil {
					t.Fatalf("it renders %q", res.Documents)
				}
				return
			}
			if res.Failure != nil || len(res.Documents) != 1 || string(res.Documents[0].Text) != tt.want || !slices.Equal(res.StandIns, tt.names) {
				t.Errorf("got %+v %q %q, want %q %q", res.Failure, res.Documents, res.StandIns, tt.want, tt.names)
			}
		})
	}
}

// A value that a subchart lacks is set where the subchart looks for it.
func TestStandInOfSubchart(t *testing.T) {
	job := helmJob("a: {{ .Values.b.c }}")
	job.Files["charts/sub/Chart.yaml"] = []byte("apiVersion: v2\nname: sub\nversion: 1.0.0\n")
	job.Files["charts/sub/templates/y.yaml"] = []byte("b: {{ .Values.b.d }}")
	job.StandIns = true
	res := run(job)
	if want := []string{"the value b.c", "the value sub.b.d"}; res.Failure != nil || !slices.Equal(slices.Sorted(slices.Values(res.StandIns)), want) {
		t.Errorf("got %+v %q, want %q", res.Failure, res.StandIns, want)
	}
}

// A chart that lacks very much is not made up.
func TestTooManyStandIns(t *testing.T) {
	var text strings.Builder
	for i := range maxStandIns + 1 {
		text.WriteString("{{ .Values.b" + strings.Repeat("x", i) + ".c }}\n")
	}
	job := helmJob(text.String())
	job.StandIns = true
	if res := run(job); res.Failure == nil {
		t.Errorf("it renders with %d stand-ins", len(res.StandIns))
	}
}
