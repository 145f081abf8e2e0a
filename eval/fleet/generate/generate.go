// Package generate writes fleets: many applications of one organisation as Kubernetes
// manifests, overlays or charts, to measure with. The same options give the same bytes.
// Some applications have the mistakes that people make, so that verdicts differ.
package generate

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"
)

// Options say what fleet is wanted.
type Options struct {
	// Apps is how many applications there are, each of which is a Deployment, a Service,
	// a PodDisruptionBudget and a HorizontalPodAutoscaler.
	Apps int
	// Namespaces is how many namespaces they are dealt out to; below 1 is 1.
	Namespaces int
	// OneFile puts all of a namespace into one file; else each application has its own.
	OneFile bool
}

// Files are contents by slash-separated path, made one by one: a large fleet is never
// in memory as a whole, which would be counted against the programs that are measured.
type Files iter.Seq2[string, []byte]

// Write writes the files below dir, which is made where it is not there.
func (f Files) Write(dir string) error {
	for name, content := range f {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Manifests makes a fleet of plain manifests: <namespace>/<application>.yaml, or
// <namespace>.yaml.
func Manifests(o Options) Files {
	return func(yield func(string, []byte) bool) {
		namespaces := max(1, o.Namespaces)
		for first := range min(namespaces, o.Apps) {
			var text bytes.Buffer
			for i := first; i < o.Apps; i += namespaces {
				a := newApp(i, namespaces)
				if o.OneFile && i > first {
					text.WriteString("---\n")
				}
				fill(&text, manifests, a)
				if !o.OneFile {
					if !yield(path.Join(a.Namespace, a.Name+".yaml"), text.Bytes()) {
						return
					}
					text.Reset()
				}
			}
			if o.OneFile && !yield(newApp(first, namespaces).Namespace+".yaml", text.Bytes()) {
				return
			}
		}
	}
}

// app is one application. The switches are mistakes, or what stands in their place.
type app struct {
	Name, Namespace, Team, Image string
	Number, Port, UID, Min       int

	Replicas     int  // fixed beside the autoscaler; 0 is not written
	NoLiveness   bool // no livenessProbe at all
	SameProbes   bool // liveness asks what readiness asks
	NoLimit      bool // no memory limit
	NoSecurity   bool // no securityContext
	NoSpread     bool // no topologySpreadConstraints
	Blocked      bool // a budget that lets no pod be evicted
	StrayBudget  bool // a budget that selects no pod
	StrayService bool // a Service that selects no pod
	StrayScaler  bool // an autoscaler that targets nothing
}

var (
	nouns  = []string{"cart", "catalogue", "checkout", "ledger", "mailer", "orders", "payments", "pricing", "ratings", "search", "shipping", "users", "vouchers"}
	layers = []string{"api", "worker", "gateway", "sync", "web"}
)

// newApp makes the i-th application. The divisors have few common factors, so that
// mistakes come together in many ways.
func newApp(i, namespaces int) app {
	a := app{
		Name:      fmt.Sprintf("%s-%s-%04d", nouns[i%len(nouns)], layers[i%len(layers)], i),
		Namespace: fmt.Sprintf("team-%02d", i%namespaces),
		Team:      fmt.Sprintf("team-%02d", i%20),
		Number:    i, Port: 8080 + i%5, UID: 10001 + i%50, Min: 2 + i%3,

		NoLiveness: i%7 == 3, SameProbes: i%9 == 2, NoLimit: i%13 == 6, NoSecurity: i%8 == 5, NoSpread: i%5 == 0,
		Blocked: i%10 == 4, StrayBudget: i%17 == 8, StrayService: i%41 == 9, StrayScaler: i%23 == 11,
	}
	a.Image = fmt.Sprintf("registry.example.com/%s/%s:%d.%d.%d", a.Team, a.Name, 1+i%4, i%10, i%7)
	if i%11 == 5 {
		a.Image = fmt.Sprintf("registry.example.com/%s/%s:latest", a.Team, a.Name)
	}
	if i%6 == 1 {
		a.Replicas = a.Min
	}
	if i%12 == 7 {
		a.Min = 1
	}
	return a
}

// fill writes the template's text for the value. Templates and values are this
// package's own, so one that does not fit is a defect.
func fill(to *bytes.Buffer, text *template.Template, value any) {
	if err := text.Execute(to, value); err != nil {
		panic(err)
	}
}

func parse(text string) *template.Template {
	return template.Must(template.New("").Parse(strings.TrimPrefix(text, "\n")))
}

// manifests is one application of about a hundred lines, in the order in which
// people write it.
var manifests = parse(`
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{.Name}}
  namespace: {{.Namespace}}
  labels:
    app.kubernetes.io/name: {{.Name}}
    app.kubernetes.io/part-of: shop
    example.com/team: {{.Team}}
spec:
{{- if .Replicas}}
  replicas: {{.Replicas}}
{{- end}}
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      app.kubernetes.io/name: {{.Name}}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {{.Name}}
        app.kubernetes.io/part-of: shop
        example.com/team: {{.Team}}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "{{.Port}}"
    spec:
      serviceAccountName: {{.Name}}
      terminationGracePeriodSeconds: 45
{{- if not .NoSecurity}}
      securityContext:
        runAsNonRoot: true
        runAsUser: {{.UID}}
        runAsGroup: {{.UID}}
        seccompProfile:
          type: RuntimeDefault
{{- end}}
{{- if not .NoSpread}}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {{.Name}}
{{- end}}
      containers:
        - name: app
          image: {{.Image}}
          args: ["--listen=:{{.Port}}", "--log=json"]
          ports:
            - name: http
              containerPort: {{.Port}}
          env:
            - name: OTEL_EXPORTER_OTLP_ENDPOINT
              value: http://otel-collector.observability:4317
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: {{.Name}}-database
                  key: url
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
{{- if not .NoLimit}}
            limits:
              memory: 256Mi
{{- end}}
{{- if not .NoLiveness}}
          livenessProbe:
            httpGet:
              path: {{if .SameProbes}}/readyz{{else}}/livez{{end}}
              port: http
            periodSeconds: 10
{{- if not .SameProbes}}
            failureThreshold: 6
{{- end}}
{{- end}}
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
            periodSeconds: {{if .SameProbes}}10{{else}}5{{end}}
{{- if not .NoSecurity}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: ["ALL"]
{{- end}}
---
apiVersion: v1
kind: Service
metadata:
  name: {{.Name}}
  namespace: {{.Namespace}}
  labels:
    app.kubernetes.io/name: {{.Name}}
spec:
  selector:
    app.kubernetes.io/name: {{.Name}}{{if .StrayService}}-old{{end}}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{.Name}}
  namespace: {{.Namespace}}
spec:
{{- if .Blocked}}
  minAvailable: 100%
{{- else}}
  maxUnavailable: 1
{{- end}}
  selector:
    matchLabels:
      app.kubernetes.io/name: {{.Name}}{{if .StrayBudget}}-old{{end}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{.Name}}
  namespace: {{.Namespace}}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{.Name}}{{if .StrayScaler}}-old{{end}}
  minReplicas: {{.Min}}
  maxReplicas: 12
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
`)
