// Package scorecard holds Seaworthy's words: what is known of a service, what a
// check is, what its result means, and how results become a score and a level.
//
// Everything flows one way:
//
//	source → reader → Facts → Inventory → Judge → Scorecard → store → server
//
// A source answers with Facts: all that was seen in one repository (or, later,
// one cluster). Attribution (package scan) deals the facts out to services, one
// Inventory each. Judge is pure: the same inventory and rubric give the same
// bytes, on any host, in any time zone, in any order.
//
// The package imports nothing of this module, and neither reads files nor asks
// the clock.
package scorecard

import (
	"cmp"
	"fmt"
)

// Outcome is what a check says of a service.
type Outcome string

// The four outcomes. "Cannot see" is never Fail, and never Pass.
const (
	// Pass: the practice was seen, everywhere it was looked for.
	Pass Outcome = "PASS"
	// Fail: the practice is missing in at least one place that was seen.
	Fail Outcome = "FAIL"
	// NotApplicable: the question does not arise for this service.
	NotApplicable Outcome = "NOT_APPLICABLE"
	// Unknown: the question arises but no source could answer it.
	Unknown Outcome = "UNKNOWN"
)

// Level is a step of maturity; a service holds one when every check required at
// it and below passes, does not apply, or is exempt.
type Level string

// The levels, lowest first.
const (
	None     Level = "NONE"
	Bronze   Level = "BRONZE"
	Silver   Level = "SILVER"
	Gold     Level = "GOLD"
	Platinum Level = "PLATINUM"
)

// Levels lists every level, lowest first.
func Levels() []Level { return []Level{None, Bronze, Silver, Gold, Platinum} }

// Rank is the level's place, None being 0; -1 for a word that is no level.
func (l Level) Rank() int {
	for i, x := range Levels() {
		if x == l {
			return i
		}
	}
	return -1
}

// Compare orders levels, lowest first.
func (l Level) Compare(m Level) int { return cmp.Compare(l.Rank(), m.Rank()) }

// Weight says how much a check counts in the score.
type Weight float64

// The named weights of the catalogue.
const (
	Critical Weight = 10
	High     Weight = 7.5
	Medium   Weight = 5
	Low      Weight = 2.5
)

// String is the weight's name, or its number where it has none.
func (w Weight) String() string {
	switch w {
	case Critical:
		return "critical"
	case High:
		return "high"
	case Medium:
		return "medium"
	case Low:
		return "low"
	}
	return fmt.Sprintf("%g", float64(w))
}

// Effort is Seaworthy's own estimate of what mending one failing subject takes.
// It orders the next steps and has no part in the score.
type Effort int

// The efforts, smallest first.
const (
	Minutes Effort = 1 // an edit of a few lines in a file that exists
	Hour    Effort = 4 // a new file, or a number that must be looked up first
	Day     Effort = 12
)

// Pillar is a field of reliability work; it groups checks.
type Pillar string

// The pillars of the catalogue.
const (
	Health        Pillar = "health"
	Availability  Pillar = "availability"
	Capacity      Pillar = "capacity"
	Config        Pillar = "config"
	SLO           Pillar = "slo"
	Alerting      Pillar = "alerting"
	Incident      Pillar = "incident"
	Observability Pillar = "observability"
	AI            Pillar = "ai"
	Delivery      Pillar = "delivery"
	IaC           Pillar = "iac"
	Resilience    Pillar = "resilience"
	Recovery      Pillar = "recovery"
	Security      Pillar = "security"
	Ownership     Pillar = "ownership"
)

// Pillars lists every pillar in the order in which they are shown.
func Pillars() []Pillar {
	return []Pillar{Health, Availability, Capacity, Config, SLO, Alerting, Incident,
		Observability, AI, Delivery, IaC, Resilience, Recovery, Security, Ownership}
}

// Family names one kind of evidence. A check names the families it reads and a
// gap the families it may hide, so that a broken file touches only the checks
// that would have read it.
type Family string

// The families of evidence.
const (
	Kubernetes     Family = "kubernetes"     // manifests, charts, overlays
	Catalog        Family = "catalog"        // Backstage entities
	Objectives     Family = "objectives"     // SLO definitions
	Documents      Family = "documents"      // READMEs, runbooks, other prose
	Infrastructure Family = "infrastructure" // Terraform and its kin, deployment definitions
	Owners         Family = "owners"         // CODEOWNERS, OWNERS
	Images         Family = "images"         // Dockerfiles, Compose files
	Runtime        Family = "runtime"        // how Compose files run services
	Alerts         Family = "alerts"         // alert rules, and where alerts are sent
	Dashboards     Family = "dashboards"     // dashboards as code
	Pipelines      Family = "pipelines"      // continuous integration and delivery, update bots
	Dependencies   Family = "dependencies"   // what code is built on, and its configuration
	Files          Family = "files"          // any file, looked through for secrets
	History        Family = "history"        // commits and tags
)

// Families lists every family of evidence.
func Families() []Family {
	return []Family{Kubernetes, Catalog, Objectives, Documents, Infrastructure, Owners, Images, Runtime, Alerts, Dashboards, Pipelines, Dependencies, Files, History}
}

// Reads says of which files the family's evidence is read, in a sentence.
func (f Family) Reads() string { return reads[f] }

var reads = map[Family]string{
	Kubernetes:     "Kubernetes manifests in YAML and JSON, Helm charts, Kustomize overlays, OpenShift Templates, Helmfiles, and what Argo CD and Flux deploy of the same repository; Prometheus' scrape_configs",
	Catalog:        "Backstage's catalog-info.yaml and the Locations that it names",
	Objectives:     "Sloth (its own files and PrometheusServiceLevel), Pyrra, and OpenSLO v1 and v1alpha",
	Documents:      "Markdown, AsciiDoc, reStructuredText and plain text; MkDocs sites",
	Infrastructure: "Terraform and OpenTofu (HCL and JSON), Terragrunt, Pulumi, CloudFormation, SAM, CDK, Bicep, Crossplane, Ansible, Chef, Puppet, Serverless, Nomad, Compose, Cloud Run, ECS, App Engine",
	Owners:         "CODEOWNERS and OWNERS files",
	Images:         "Dockerfiles, Compose files, Jib in Maven and Gradle; what Skaffold and Tilt build",
	Runtime:        "Compose files",
	Alerts:         "rule files of Prometheus, Loki and VictoriaMetrics, plain, in objects, ConfigMaps and Helm values; monitors of Grafana, Datadog, New Relic, CloudWatch, Google and Azure in files and Terraform; Alertmanager's configuration and AlertmanagerConfigs",
	Dashboards:     "dashboards of Grafana (JSON, ConfigMaps, objects, jsonnet), Perses, SigNoz, Google Cloud, Datadog, New Relic and CloudWatch in files and Terraform",
	Pipelines:      "GitHub Actions, GitLab CI, Jenkins, CircleCI, Azure Pipelines, Buildkite, Tekton, Bitbucket, Drone, Woodpecker, Travis, AppVeyor, Cloud Build, CodeBuild and Prow, with what their steps run; Dependabot and Renovate; Atlantis, Spacelift and their kin; Argo CD and Flux",
	Dependencies:   "dependency manifests of Go, npm, Python, Maven, Gradle, .NET, Ruby, PHP, Rust and Elixir, Spring's settings, migrations and gRPC service configurations",
	Files:          "all files of text, looked through for secrets by gitleaks' rules; values of environment files, Compose files, Dockerfiles, ConfigMaps, pods, Helm values and Terraform by their names",
	History:        "tags, changelogs, and when a document was last changed",
}
