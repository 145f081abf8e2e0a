package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// deploys are the resources that say how a service is run, and where its name
// stands: an attribute, or one in a nested block (`metadata.name`).
var deploys = map[string]string{
	"aws_ecs_service": "name", "aws_ecs_task_definition": "family", "aws_lambda_function": "function_name",
	"aws_apprunner_service": "service_name", "aws_elastic_beanstalk_environment": "name", "aws_batch_job_definition": "name",
	"aws_lightsail_container_service": "name", "aws_amplify_app": "name",
	"google_cloud_run_service": "name", "google_cloud_run_v2_service": "name", "google_cloud_run_v2_job": "name",
	"google_cloudfunctions_function": "name", "google_cloudfunctions2_function": "name",
	"google_app_engine_standard_app_version": "service", "google_app_engine_flexible_app_version": "service",
	"azurerm_container_app": "name", "azurerm_container_app_job": "name", "azurerm_container_group": "name",
	"azurerm_linux_web_app": "name", "azurerm_windows_web_app": "name", "azurerm_app_service": "name", "azurerm_static_web_app": "name",
	"azurerm_linux_function_app": "name", "azurerm_windows_function_app": "name", "azurerm_function_app": "name",
	"azurerm_function_app_flex_consumption": "name", "azurerm_spring_cloud_app": "name",
	"kubernetes_deployment": "metadata.name", "kubernetes_deployment_v1": "metadata.name",
	"kubernetes_stateful_set": "metadata.name", "kubernetes_stateful_set_v1": "metadata.name",
	"kubernetes_daemonset": "metadata.name", "kubernetes_daemon_set_v1": "metadata.name",
	"kubernetes_job": "metadata.name", "kubernetes_job_v1": "metadata.name",
	"kubernetes_cron_job": "metadata.name", "kubernetes_cron_job_v1": "metadata.name",
	"kubernetes_pod": "metadata.name", "kubernetes_pod_v1": "metadata.name",
	"kubernetes_replication_controller": "metadata.name", "kubernetes_replication_controller_v1": "metadata.name",
	"argocd_application": "metadata.name", "helm_release": "name", "nomad_job": "",
	"docker_container": "name", "docker_service": "name", "fly_app": "name", "heroku_app": "name", "digitalocean_app": "spec.name",
	"cloudflare_worker_script": "name", "cloudflare_workers_script": "script_name", "vercel_project": "name",
	"render_web_service": "name", "render_private_service": "name", "render_background_worker": "name",
	"scaleway_container": "name", "scaleway_function": "name", "ibm_code_engine_app": "name",
	"alicloud_fc_function": "name", "alicloud_sae_application": "app_name", "oci_functions_function": "display_name",
}

// deployModules are well-known modules that run a service, and where its name stands.
var deployModules = []struct {
	source lazyregexp.Regexp
	names  []string
}{
	{lazyregexp.New(`terraform-aws-modules/(?:terraform-aws-)?lambda(?:/aws)?(?:$|[.?])`), []string{"function_name"}},
	{lazyregexp.New(`terraform-aws-modules/(?:terraform-aws-)?ecs(?:/aws)?(?:\.git)?//modules/service`), []string{"name"}},
	{lazyregexp.New(`terraform-aws-modules/(?:terraform-aws-)?app-runner`), []string{"service_name"}},
	{lazyregexp.New(`(?i)GoogleCloudPlatform/(?:terraform-google-)?cloud-run`), []string{"service_name"}},
	{lazyregexp.New(`(?i)cloudposse/(?:terraform-aws-)?(?:ecs-alb-service-task|ecs-web-app|lambda-function)`), []string{"function_name", "name"}},
}

// notInfrastructure are the providers whose resources make nothing outside of
// Terraform itself.
var notInfrastructure = map[string]bool{
	"null": true, "random": true, "local": true, "tls": true, "time": true, "terraform": true, "archive": true, "external": true, "http": true,
}

// definitions are what a folder deploys, one for each thing that its instances make, and
// one for the rest that it provisions.
func (f *folder) definitions(uses []*instance) []scorecard.Definition {
	var out []scorecard.Definition
	provisions := false
	for _, b := range f.blocks {
		if b.typ != "resource" && b.typ != "module" {
			continue
		}
		static, deploys := f.runs(b)
		if deploys {
			names := []string{}
			for _, x := range uses {
				if name, _ := x.runs(b); name != "" && !slices.Contains(names, name) && len(names) < maxTurns {
					names = append(names, name)
				}
			}
			if len(names) == 0 {
				names = []string{static}
			}
			for _, name := range names {
				out = append(out, scorecard.Definition{Location: b.location(), Tool: "terraform", Deploys: true, Name: name})
			}
			continue
		}
		if provider, _, _ := strings.Cut(b.label(0), "_"); b.typ == "resource" && notInfrastructure[provider] {
			continue
		}
		if !provisions {
			provisions = true
			out = append(out, scorecard.Definition{Location: b.location(), Tool: "terraform", Provisions: true})
		}
	}
	return out
}

// runs reports whether a resource, or a module of somebody else's, runs something, and
// under which name, by the defaults of variables.
func (f *folder) runs(b *block) (name string, ok bool) {
	if b.typ == "resource" {
		return f.deployed(b)
	}
	source, _ := f.scope.attr(b, "source")
	names, ok := deployModule(source.literal())
	for _, n := range names {
		if v, written := f.scope.attr(b, n); written && v.whole() != "" {
			return v.whole(), ok
		}
	}
	return "", ok
}

// runs is what the folder's is by the values of the instance. A task of ECS goes by the
// name of the service that runs it.
func (x *instance) runs(b *block) (name string, ok bool) {
	static, ok := x.f.runs(b)
	if !ok {
		return "", false
	}
	attrs := []string{deploys[b.label(0)]}
	switch {
	case b.typ == "module":
		source, _ := x.f.scope.attr(b, "source")
		attrs, _ = deployModule(source.literal())
	case b.label(0) == "aws_ecs_task_definition":
		if s := x.f.runner(b); s != nil {
			b, attrs = s, []string{"name"}
		}
	}
	for _, attr := range attrs {
		at := b
		if outer, inner, nested := strings.Cut(attr, "."); nested {
			one, found := x.one(b, outer)
			if !found {
				continue
			}
			at, attr = one.block, inner
		}
		if text := x.says(at, attr); text != "" && !strings.Contains(text, hole) {
			return text, true
		}
	}
	return static, true
}

// runner is the service of ECS that runs a task; nil where none of the module does.
func (f *folder) runner(task *block) *block {
	for _, b := range f.blocks {
		if b.typ != "resource" || b.label(0) != "aws_ecs_service" {
			continue
		}
		e := exprOf(b, "task_definition")
		if e == nil {
			continue
		}
		for _, t := range e.Variables() {
			if name, ok := memberOf(t); ok && t.RootName() == "aws_ecs_task_definition" && name == task.label(1) {
				return b
			}
		}
	}
	return nil
}

func deployModule(source string) ([]string, bool) {
	for _, m := range deployModules {
		if m.source.MatchString(source) {
			return m.names, true
		}
	}
	return nil, false
}

// deployed reports whether a resource runs something, and its name where it is known.
func (f *folder) deployed(b *block) (string, bool) {
	if b.label(0) == "kubernetes_manifest" {
		return f.manifest(b)
	}
	where, ok := deploys[b.label(0)]
	if !ok {
		return "", false
	}
	nested, attr, inside := strings.Cut(where, ".")
	if !inside {
		v, _ := f.scope.attr(b, where)
		return v.whole(), true
	}
	for _, n := range blocksOf(b.path, b.body, nested) {
		if v, ok := f.scope.attr(n, attr); ok {
			return v.whole(), true
		}
	}
	return "", true
}

// workloadKinds are the kinds by which a Kubernetes object runs something.
var workloadKinds = map[string]bool{
	"Deployment": true, "StatefulSet": true, "DaemonSet": true, "ReplicaSet": true, "Pod": true, "Job": true, "CronJob": true,
	"Rollout": true, "DeploymentConfig": true, "InferenceService": true, "Application": true, "HelmRelease": true,
}

// manifest reads the object of a kubernetes_manifest as far as it is written out.
func (f *folder) manifest(b *block) (string, bool) {
	e := attrOf(b.body, "manifest")
	if e == nil {
		return "", false
	}
	kind, name := "", ""
	for key, v := range pairsOf(f.scope, e) {
		switch key {
		case "kind":
			s, _ := f.scope.eval(v)
			kind = s.whole()
		case "metadata":
			if n := pairsOf(f.scope, v)["name"]; n != nil {
				s, _ := f.scope.eval(n)
				name = s.whole()
			}
		}
	}
	return name, workloadKinds[kind]
}

// pairsOf are the members of an object that is written out; nil for any other expression.
func pairsOf(s *scope, e hcl.Expression) map[string]hcl.Expression {
	pairs, diags := hcl.ExprMap(e)
	if diags.HasErrors() {
		return nil
	}
	out := map[string]hcl.Expression{}
	for _, p := range pairs {
		if k, ok := s.eval(p.Key); ok && k.known() {
			out[string(k)] = p.Value
		}
	}
	return out
}
