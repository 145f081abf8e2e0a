package generate

// The files of Repository, as templates of a service.

const dockerfile = `FROM registry.example.com/base/build:1.4.2 AS build
WORKDIR /src
COPY . .
RUN ./build.sh --output /out

FROM registry.example.com/base/run:1.4.2
COPY --from=build /out /app
USER {{.UID}}
EXPOSE {{.Port}}
HEALTHCHECK CMD ["/app/healthcheck"]
ENTRYPOINT ["/app/{{.Name}}"]
`

const readme = `# {{.Name}}

What {{.Team}} answers for. It listens on port {{.Port}}.

## Run it

    make run

## When it is broken

The [runbook](../../docs/runbooks/{{.Name}}.md) says what to do.
`

const catalogInfo = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: {{.Name}}
  description: A service of the shop
  annotations:
    backstage.io/kubernetes-label-selector: app.kubernetes.io/name={{.Name}}
spec:
  type: service
  lifecycle: production
{{- if not .NoSpread}}
  owner: group:default/{{.Team}}
{{- end}}
  system: shop
`

const workflow = `name: {{.Name}}
on:
  push:
    branches: [main]
    paths: ["{{.Folder}}/**"]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - run: make -C {{.Folder}} test
  deploy:
    needs: test
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - run: docker build -t {{.Image}} {{.Folder}}
      - run: docker push {{.Image}}
`

const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {{.Name}}
  namespace: argocd
spec:
  project: default
  source:
    repoURL: https://git.example.com/shop/shop.git
    path: {{.Folder}}/PATH
    targetRevision: main
  destination:
    server: https://kubernetes.default.svc
    namespace: {{.Namespace}}
`

const environmentOverlay = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {{.Namespace}}-ENVIRONMENT
resources:
  - ../../base
labels:
  - pairs:
      environment: ENVIRONMENT
patches:
  - path: resources.yaml
images:
  - name: registry.example.com/{{.Team}}/{{.Name}}
    newTag: 2.{{.Number}}.0
`

const resourcesPatch = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{.Name}}
  namespace: {{.Namespace}}
spec:
  template:
    spec:
      containers:
        - name: app
          resources:
            requests:
              cpu: 250m
`

const alertRules = `groups:
  - name: {{.Name}}
    rules:
      - record: job:{{.Number}}:errors:rate5m
        expr: sum(rate(http_requests_total{job="{{.Name}}", code=~"5.."}[5m])) / sum(rate(http_requests_total{job="{{.Name}}"}[5m]))
      - alert: ErrorsHigh{{.Number}}
        expr: job:{{.Number}}:errors:rate5m > 0.02
{{- if not .NoLimit}}
        for: 10m
{{- end}}
        labels:
          severity: page
          service: {{.Name}}
        annotations:
          summary: "{{.Name}} fails"
          runbook_url: https://git.example.com/shop/shop/blob/main/docs/runbooks/{{.Name}}.md
      - alert: Slow{{.Number}}
        expr: histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job="{{.Name}}"}[5m]))) > 1
        for: 15m
        labels:
          severity: ticket
          service: {{.Name}}
        annotations:
          summary: "{{.Name}} is slow"
`

const objective = `version: prometheus/v1
service: {{.Name}}
slos:
  - name: requests
    objective: 99.9
    description: Requests are answered without an error
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="{{.Name}}",code=~"5.."}[{{"{{.window}}"}}]))
        total_query: sum(rate(http_requests_total{job="{{.Name}}"}[{{"{{.window}}"}}]))
    alerting:
      name: Budget{{.Number}}
      page_alert:
        labels: {severity: page}
`

const dashboard = `{
  "title": "{{.Name}}",
  "uid": "service-{{.Number}}",
  "schemaVersion": 39,
  "panels": [
    {"id": 1, "type": "timeseries", "title": "Requests", "targets": [{"expr": "sum(rate(http_requests_total{job=\"{{.Name}}\"}[5m]))"}]},
    {"id": 2, "type": "timeseries", "title": "Errors", "targets": [{"expr": "sum(rate(http_requests_total{job=\"{{.Name}}\",code=~\"5..\"}[5m]))"}]},
    {"id": 3, "type": "timeseries", "title": "Latency", "targets": [{"expr": "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"{{.Name}}\"}[5m])))"}]}
  ]
}
`

const runbook = `# {{.Name}}: runbook

## Symptoms

The alert ErrorsHigh{{.Number}} pages, or customers say that {{.Name}} fails.

## Diagnose

1. Look at the dashboard of {{.Name}}.
2. Read the logs: ` + "`kubectl -n {{.Namespace}} logs deploy/{{.Name}}`" + `

## Mend

1. Roll back: ` + "`kubectl -n {{.Namespace}} rollout undo deploy/{{.Name}}`" + `
2. Scale up: ` + "`kubectl -n {{.Namespace}} scale deploy/{{.Name}} --replicas=6`" + `

## Escalate

Call {{.Team}}, see [on call](../oncall.md).
`

const terraformLive = `terraform {
  backend "s3" {
    bucket = "shop-state"
    key    = "production/{{.Name}}.tfstate"
  }
}

module "database" {
  source    = "../../../modules/cart"
  name      = "{{.Name}}"
  retention = {{.Min}}
}
`

// terraformModule is filled in by fmt.
const terraformModule = `resource "aws_db_instance" "this" {
  identifier              = "${var.name}-%[1]s"
  engine                  = "postgres"
  instance_class          = "db.t4g.medium"
  multi_az                = true
  backup_retention_period = var.retention
  deletion_protection     = true
  storage_encrypted       = true
}

resource "aws_s3_bucket" "this" {
  bucket = "${var.name}-%[1]s"
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id
  versioning_configuration {
    status = "Enabled"
  }
}
`
