package checks

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var deployAsCode = scorecard.Check{
	ID:      "deploy-as-code",
	Pillar:  scorecard.IaC,
	Title:   "How the service is deployed stands in version control",
	Applies: "all services",
	Passes:  "a manifest, chart, overlay, Nomad job, Compose, ECS, Cloud Run or serverless definition, or a Terraform resource that runs it, was read",
	Why: "What was set up by hand can't be reviewed, repeated in another cluster, or brought back after a loss. " +
		"With the deployment in version control, each change has an author and a way back.",
	Fix: "Put the manifests, chart or other definition that deploys the service into its repository.",
	References: []scorecard.Reference{
		{Title: "Site Reliability Engineering: Release Engineering, configuration management", URL: "https://sre.google/sre-book/release-engineering/"},
		{Title: "OpenGitOps principles", URL: "https://opengitops.dev/"},
		{Title: "DORA capabilities: version control", URL: "https://dora.dev/capabilities/version-control/"},
	},
	Level: scorecard.Bronze, Weight: scorecard.Critical, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Infrastructure, scorecard.Images},
	Rule: func(v *scorecard.View) scorecard.Finding {
		found := deployments(&v.Facts)
		if len(found) == 0 {
			return scorecard.Missing(func() string { return deployRemedy(&v.Service) }, "no manifest, chart or other definition that deploys the service was found in what is connected")
		}
		return whole(found)
	},
}

// whole is the finding of a service that has what was asked for, at least once.
func whole(found []scorecard.Evidence) scorecard.Finding {
	f := scorecard.Finding{Outcome: scorecard.Pass, Satisfied: 1, Subjects: 1, Evidence: found, Reason: found[0].Message, Settled: scorecard.Families()}
	if more := len(found) - 1; more > 0 {
		f.Reason += fmt.Sprintf(", and %d more", more)
	}
	return f
}

// deployments is all that says how the service is run.
func deployments(f *scorecard.Facts) []scorecard.Evidence {
	var found []scorecard.Evidence
	see := func(at scorecard.Location, format string, a ...any) {
		found = append(found, scorecard.Evidence{Location: at, Outcome: scorecard.Pass, Message: fmt.Sprintf(format, a...)})
	}
	for i := range f.Workloads {
		if w := &f.Workloads[i]; !w.Live {
			see(w.Location, "%s is declared", w.Object)
		}
	}
	for _, c := range f.Charts {
		if c.Type != "library" {
			see(c.Location, "Helm chart %s", c.Name)
		}
	}
	for _, d := range f.Infra {
		if d.Deploys {
			see(d.Location, "%s definition%s", d.Tool, named(d.Name))
		}
	}
	for _, t := range f.Terraform {
		for _, r := range t.Resources {
			if slices.Contains(runningResources, r.Type) {
				see(r.Location, "Terraform resource %s.%s runs it", r.Type, r.Name)
			}
		}
	}
	return found
}

func named(name string) string {
	if name == "" {
		return ""
	}
	return " " + name
}

// runningResources are the Terraform resources that run a service.
var runningResources = []string{
	"aws_apprunner_service", "aws_ecs_service", "aws_ecs_task_definition", "aws_elastic_beanstalk_environment", "aws_lambda_function",
	"azurerm_container_app", "azurerm_function_app_flex_consumption", "azurerm_linux_function_app", "azurerm_linux_web_app",
	"azurerm_windows_function_app", "azurerm_windows_web_app", "azurerm_container_group",
	"google_app_engine_flexible_app_version", "google_app_engine_standard_app_version", "google_cloud_run_service",
	"google_cloud_run_v2_job", "google_cloud_run_v2_service", "google_cloudfunctions2_function", "google_cloudfunctions_function",
	"helm_release", "kubernetes_daemon_set_v1", "kubernetes_daemonset", "kubernetes_deployment", "kubernetes_deployment_v1",
	"kubernetes_manifest", "kubernetes_stateful_set", "kubernetes_stateful_set_v1", "kubectl_manifest", "nomad_job",
}

// folderOf is the folder that a file stands in, "." for the root.
func folderOf(file string) string { return path.Dir(file) }

// within joins a file's name to the service's own folder.
func within(s *scorecard.Service, file string) string { return path.Join(cmp.Or(s.Path, "."), file) }

// objectName makes a name that Kubernetes and Backstage accept of the service's.
func objectName(s *scorecard.Service) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return '-'
	}, strings.ToLower(s.Name))
	name = strings.Trim(name[:min(len(name), 63)], "-")
	return cmp.Or(name, "service")
}

func deployRemedy(s *scorecard.Service) string {
	name := objectName(s)
	labels := object{{key: "app.kubernetes.io/name", value: name}}
	probe := func(p string, threshold int) object {
		return object{{key: "httpGet", value: object{{key: "path", value: p}, {key: "port", value: "http"}}}, {key: "failureThreshold", value: threshold}}
	}
	container := object{
		{key: "name", value: name},
		{key: "image", value: "registry.example.com/" + name + ":" + versionHint},
		{key: "ports", value: []object{{{key: "name", value: "http"}, {key: "containerPort", value: 8080}}}},
		{key: "readinessProbe", value: probe("/readyz", 3)},
		{key: "livenessProbe", value: probe("/livez", 6)},
		{key: "resources", value: object{
			{key: "requests", value: object{{key: "cpu", value: startCPU}, {key: "memory", value: startMemory}}},
			{key: "limits", value: object{{key: "memory", value: startMemory}}},
		}},
	}
	deployment := object{
		{key: "apiVersion", value: "apps/v1"}, {key: "kind", value: "Deployment"},
		{key: "metadata", value: object{{key: "name", value: name}, {key: "labels", value: labels}}},
		{key: "spec", value: object{
			{key: "replicas", value: redundant},
			{key: "selector", value: object{{key: "matchLabels", value: labels}}},
			{key: "template", value: object{
				{key: "metadata", value: object{{key: "labels", value: labels}}},
				{key: "spec", value: object{{key: "containers", value: []object{container}}}},
			}},
		}},
	}
	return fenced(fmt.Sprintf("Where the deployment stands in another repository, connect that one. Else start with `%s`:", within(s, "deploy/"+name+".yaml")), "yaml", yamlText(deployment))
}
