package generate

import (
	"bytes"
	"path"
)

// Overlays makes n overlays of one Kustomize base: overlays/<name>/kustomization.yaml.
// Each is an application with a name, a namespace, an image tag and replicas of its own.
func Overlays(n int) Files {
	return func(yield func(string, []byte) bool) {
		ok := yield("base/kustomization.yaml", []byte(baseKustomization)) &&
			yield("base/deployment.yaml", []byte(baseDeployment)) &&
			yield("base/service.yaml", []byte(baseService))
		for i := 0; ok && i < n; i++ {
			a := newApp(i, 20)
			var text bytes.Buffer
			fill(&text, overlay, a)
			ok = yield(path.Join("overlays", a.Name, "kustomization.yaml"), text.Bytes())
		}
	}
}

// Charts makes n charts, each with a copy of one library chart below charts/ as
// `helm dependency build` leaves it: <name>/Chart.yaml.
func Charts(n int) Files {
	return func(yield func(string, []byte) bool) {
		for i := range n {
			a := newApp(i, 20)
			var manifest, values bytes.Buffer
			fill(&manifest, chartManifest, a)
			fill(&values, chartValues, a)
			for _, file := range []struct{ name, content string }{
				{"Chart.yaml", manifest.String()},
				{"values.yaml", values.String()},
				{"templates/deployment.yaml", "{{ include \"common.deployment\" . }}\n"},
				{"templates/service.yaml", "{{ include \"common.service\" . }}\n"},
				{"charts/common/Chart.yaml", "apiVersion: v2\nname: common\nversion: 1.0.0\ntype: library\n"},
				{"charts/common/templates/_common.tpl", commonTemplates},
			} {
				if !yield(path.Join(a.Name, file.name), []byte(file.content)) {
					return
				}
			}
		}
	}
}

const baseKustomization = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - deployment.yaml
  - service.yaml
`

const baseDeployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  selector:
    matchLabels:
      app.kubernetes.io/component: server
  template:
    metadata:
      labels:
        app.kubernetes.io/component: server
    spec:
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
      containers:
        - name: app
          image: registry.example.com/shop/app
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          livenessProbe:
            httpGet:
              path: /livez
              port: http
            failureThreshold: 6
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
`

const baseService = `apiVersion: v1
kind: Service
metadata:
  name: app
spec:
  selector:
    app.kubernetes.io/component: server
  ports:
    - name: http
      port: 80
      targetPort: http
`

var overlay = parse(`
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {{.Namespace}}
namePrefix: {{.Name}}-
resources:
  - ../../base
labels:
  - pairs:
      app.kubernetes.io/name: {{.Name}}
    includeSelectors: true
images:
  - name: registry.example.com/shop/app
    newName: registry.example.com/{{.Team}}/{{.Name}}
    newTag: 1.{{.Number}}.0
replicas:
  - name: app
    count: {{.Min}}
`)

var chartManifest = parse(`
apiVersion: v2
name: {{.Name}}
version: 1.0.0
appVersion: 1.{{.Number}}.0
dependencies:
  - name: common
    version: 1.0.0
    repository: file://../common
`)

var chartValues = parse(`
image:
  repository: registry.example.com/{{.Team}}/{{.Name}}
  tag: 1.{{.Number}}.0
replicas: {{.Min}}
port: {{.Port}}
resources:
  requests:
    cpu: 100m
    memory: 128Mi
{{- if not .NoLimit}}
  limits:
    memory: 256Mi
{{- end}}
`)

const commonTemplates = `{{- define "common.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "common.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Chart.Name }}
  labels:
    {{- include "common.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      {{- include "common.labels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "common.labels" . | nindent 8 }}
    spec:
      containers:
        - name: app
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          ports:
            - name: http
              containerPort: {{ .Values.port }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
          livenessProbe:
            httpGet:
              path: /livez
              port: http
            failureThreshold: 6
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
{{- end -}}

{{- define "common.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .Chart.Name }}
  labels:
    {{- include "common.labels" . | nindent 4 }}
spec:
  selector:
    {{- include "common.labels" . | nindent 4 }}
  ports:
    - name: http
      port: 80
      targetPort: http
{{- end -}}
`
