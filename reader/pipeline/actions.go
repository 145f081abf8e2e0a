package pipeline

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// action is what an action of GitHub, or of its kin, is for.
type action struct {
	purpose scorecard.Purpose
	// input names what it is told to do: only with one of the words is it for that.
	input string
	words string
}

// actions are those that are known, lower-case, without version.
var actions = map[string][]action{
	"github/codeql-action/analyze": {{scorecard.ScanCode, "", ""}}, "actions/dependency-review-action": {{scorecard.ScanCode, "", ""}},
	"aquasecurity/trivy-action": {{scorecard.LintIaC, "scan-type", "config"}, {scorecard.ScanCode, "scan-type", "fs repo rootfs sbom filesystem repository"}, {scorecard.ScanImage, "", ""}},
	"anchore/scan-action":       {{scorecard.ScanImage, "", ""}}, "anchore/grype-action": {{scorecard.ScanImage, "", ""}}, "docker/scout-action": {{scorecard.ScanImage, "", ""}}, "azure/container-scan": {{scorecard.ScanImage, "", ""}}, "crazy-max/ghaction-container-scan": {{scorecard.ScanImage, "", ""}},
	"lacework/lw-scanner-action": {{scorecard.ScanImage, "", ""}}, "sysdiglabs/scan-action": {{scorecard.ScanImage, "", ""}}, "stackrox/roxctl-action": {{scorecard.ScanImage, "", ""}}, "palo-alto-networks/prisma-cloud-scan": {{scorecard.ScanImage, "", ""}}, "phonito/phonito-scanner-action": {{scorecard.ScanImage, "", ""}}, "sysdiglabs/secure-inline-scan-action": {{scorecard.ScanImage, "", ""}}, "wizsec/wizcli": {{scorecard.ScanImage, "", ""}}, "jfrog/frogbot": {{scorecard.ScanCode, "", ""}}, "rapidfort/": {{scorecard.ScanImage, "", ""}}, "goodwithtech/dockle-action": {{scorecard.ScanImage, "", ""}}, "erzz/dockle-action": {{scorecard.ScanImage, "", ""}},
	"golang/govulncheck-action": {{scorecard.ScanCode, "", ""}}, "securego/gosec": {{scorecard.ScanCode, "", ""}}, "google/osv-scanner-action": {{scorecard.ScanCode, "", ""}}, "pypa/gh-action-pip-audit": {{scorecard.ScanCode, "", ""}}, "trailofbits/gh-action-pip-audit": {{scorecard.ScanCode, "", ""}}, "rustsec/audit-check": {{scorecard.ScanCode, "", ""}}, "actions-rs/audit-check": {{scorecard.ScanCode, "", ""}}, "actions-rust-lang/audit": {{scorecard.ScanCode, "", ""}}, "embarkstudios/cargo-deny-action": {{scorecard.ScanCode, "", ""}},
	"returntocorp/semgrep-action": {{scorecard.ScanCode, "", ""}}, "semgrep/semgrep-action": {{scorecard.ScanCode, "", ""}}, "dependency-check/dependency-check_action": {{scorecard.ScanCode, "", ""}}, "sonarsource/sonarcloud-github-action": {{scorecard.ScanCode, "", ""}}, "sonarsource/sonarqube-scan-action": {{scorecard.ScanCode, "", ""}}, "sonarsource/sonarcloud-github-c-cpp": {{scorecard.ScanCode, "", ""}}, "checkmarx/ast-github-action": {{scorecard.ScanCode, "", ""}}, "checkmarx-ts/checkmarx-cxflow-github-action": {{scorecard.ScanCode, "", ""}}, "veracode/": {{scorecard.ScanCode, "", ""}}, "shiftleftsecurity/": {{scorecard.ScanCode, "", ""}}, "microsoft/security-devops-action": {{scorecard.ScanCode, "", ""}}, "snyk/actions": {{scorecard.LintIaC, "command", "iac"}, {scorecard.ScanCode, "", ""}}, "snyk/actions/docker": {{scorecard.ScanImage, "", ""}}, "snyk/actions/iac": {{scorecard.LintIaC, "", ""}}, "snyk/actions/setup": nil,
	"mend/": {{scorecard.ScanCode, "", ""}}, "fossas/fossa-action": {{scorecard.ScanCode, "run-tests", "true"}}, "pyupio/safety-action": {{scorecard.ScanCode, "", ""}}, "debricked/actions": {{scorecard.ScanCode, "", ""}}, "sonatype-nexus-community/": {{scorecard.ScanCode, "", ""}}, "zaproxy/": {{scorecard.ScanCode, "", ""}}, "bearer/bearer-action": {{scorecard.ScanCode, "", ""}}, "synopsys-sig/": {{scorecard.ScanCode, "", ""}}, "presidentbeef/brakeman-action": {{scorecard.ScanCode, "", ""}}, "endorlabs/github-action": {{scorecard.ScanCode, "", ""}}, "datadog/datadog-sca-github-action": {{scorecard.ScanCode, "", ""}}, "datadog/datadog-static-analyzer-github-action": {{scorecard.ScanCode, "", ""}}, "symfonycorp/security-checker-action": {{scorecard.ScanCode, "", ""}}, "jetbrains/qodana-action": {{scorecard.ScanCode, "", ""}}, "mariojuniortrab/": nil,

	"bridgecrewio/checkov-action": {{scorecard.LintIaC, "", ""}}, "checkmarx/kics-github-action": {{scorecard.LintIaC, "", ""}}, "checkmarx/kics-action": {{scorecard.LintIaC, "", ""}}, "aquasecurity/tfsec-action": {{scorecard.LintIaC, "", ""}}, "aquasecurity/tfsec-pr-commenter-action": {{scorecard.LintIaC, "", ""}}, "aquasecurity/tfsec-sarif-action": {{scorecard.LintIaC, "", ""}}, "reviewdog/action-tflint": {{scorecard.LintIaC, "", ""}}, "reviewdog/action-tfsec": {{scorecard.LintIaC, "", ""}}, "tenable/terrascan-action": {{scorecard.LintIaC, "", ""}}, "accurics/terrascan-action": {{scorecard.LintIaC, "", ""}}, "triat/terraform-security-scan": {{scorecard.LintIaC, "", ""}},
	"dflook/terraform-plan": {{scorecard.PlanIaC, "", ""}}, "dflook/terraform-check": {{scorecard.PlanIaC, "", ""}}, "dflook/terraform-validate": {{scorecard.LintIaC, "", ""}}, "dflook/terraform-fmt-check": {{scorecard.LintIaC, "", ""}}, "dflook/terraform-test": {{scorecard.LintIaC, "", ""}}, "dflook/terraform-apply": {{scorecard.Deploy, "", ""}}, "dflook/tofu-plan": {{scorecard.PlanIaC, "", ""}}, "dflook/tofu-validate": {{scorecard.LintIaC, "", ""}}, "dflook/tofu-apply": {{scorecard.Deploy, "", ""}}, "dflook/tofu-check": {{scorecard.PlanIaC, "", ""}},
	"gruntwork-io/terragrunt-action": {{scorecard.Deploy, "tg_command", "apply"}, {scorecard.PlanIaC, "tg_command", "plan"}, {scorecard.LintIaC, "tg_command", "validate hclfmt"}}, "hashicorp/tfc-workflows-github/actions/create-run": {{scorecard.PlanIaC, "", ""}}, "hashicorp/tfc-workflows-github/actions/apply-run": {{scorecard.Deploy, "", ""}}, "diggerhq/digger": {{scorecard.PlanIaC, "", ""}}, "op5dev/tf-via-pr": {{scorecard.PlanIaC, "", ""}}, "devsectop/tf-via-pr": {{scorecard.PlanIaC, "", ""}},
	"ansible/ansible-lint": {{scorecard.LintIaC, "", ""}}, "ansible/ansible-lint-action": {{scorecard.LintIaC, "", ""}}, "ansible-community/ansible-lint-action": {{scorecard.LintIaC, "", ""}}, "gofrolist/molecule-action": {{scorecard.LintIaC, "", ""}}, "robertdebock/molecule-action": {{scorecard.LintIaC, "", ""}}, "dawidd6/action-ansible-playbook": {{scorecard.Deploy, "", ""}}, "arillso/action.playbook": {{scorecard.Deploy, "", ""}},
	"stackrox/kube-linter-action": {{scorecard.LintIaC, "", ""}}, "azure/k8s-lint": {{scorecard.LintIaC, "", ""}}, "instrumenta/kubeval-action": {{scorecard.LintIaC, "", ""}}, "instrumenta/conftest-action": {{scorecard.LintIaC, "", ""}}, "open-policy-agent/conftest": {{scorecard.LintIaC, "", ""}}, "makocchi-git/actions-k8s-manifests-validate-kubeval": {{scorecard.LintIaC, "", ""}}, "helm/chart-testing-action": nil, "d3adb5/helm-unittest-action": {{scorecard.LintIaC, "", ""}}, "kubescape/github-action": {{scorecard.LintIaC, "", ""}}, "datreeio/action-datree": {{scorecard.LintIaC, "", ""}}, "docker://ghcr.io/yannh/kubeconform": {{scorecard.LintIaC, "", ""}}, "docker://yannh/kubeconform": {{scorecard.LintIaC, "", ""}}, "nlamirault/helm-kubeconform-action": {{scorecard.LintIaC, "", ""}}, "bmuschko/setup-kubeconform": nil, "fairwindsops/polaris": nil, "frenck/action-addon-linter": nil, "allenporter/flux-local": {{scorecard.LintIaC, "", ""}}, "controlplaneio-fluxcd/": nil, "scottbrenner/cfn-lint-action": nil, "stelligent/cfn_nag": {{scorecard.LintIaC, "", ""}}, "scottbrenner/": nil,
	"github/super-linter": {{scorecard.LintIaC, "", ""}}, "super-linter/super-linter": {{scorecard.LintIaC, "", ""}}, "oxsecurity/megalinter": {{scorecard.LintIaC, "", ""}}, "megalinter/megalinter": {{scorecard.LintIaC, "", ""}}, "puppetlabs/action-litmus_spec": {{scorecard.LintIaC, "", ""}}, "sous-chefs/.github": {{scorecard.LintIaC, "", ""}}, "chef/github-chef-cookstyle": {{scorecard.LintIaC, "", ""}}, "actionshub/cookstyle": {{scorecard.LintIaC, "", ""}}, "actionshub/test-kitchen": {{scorecard.LintIaC, "", ""}},

	"azure/k8s-deploy": {{scorecard.Deploy, "", ""}}, "azure/webapps-deploy": {{scorecard.Deploy, "", ""}}, "azure/functions-action": {{scorecard.Deploy, "", ""}}, "azure/functions-container-action": {{scorecard.Deploy, "", ""}}, "azure/container-apps-deploy-action": {{scorecard.Deploy, "", ""}}, "azure/aci-deploy": {{scorecard.Deploy, "", ""}}, "azure/static-web-apps-deploy": {{scorecard.Deploy, "", ""}}, "azure/appservice-settings": {{scorecard.Deploy, "", ""}}, "azure/arm-deploy": {{scorecard.Deploy, "", ""}}, "azure/bicep-deploy": {{scorecard.Deploy, "", ""}}, "azure/spring-apps-deploy": {{scorecard.Deploy, "", ""}},
	"google-github-actions/deploy-cloudrun": {{scorecard.Deploy, "", ""}}, "google-github-actions/deploy-appengine": {{scorecard.Deploy, "", ""}}, "google-github-actions/deploy-cloud-functions": {{scorecard.Deploy, "", ""}}, "google-github-actions/create-cloud-deploy-release": {{scorecard.Deploy, "", ""}},
	"aws-actions/amazon-ecs-deploy-task-definition": {{scorecard.Deploy, "", ""}}, "aws-actions/amazon-ecs-deploy-express-service": {{scorecard.Deploy, "", ""}}, "aws-actions/aws-cloudformation-github-deploy": {{scorecard.Deploy, "", ""}}, "aws-actions/aws-lambda-deploy": {{scorecard.Deploy, "", ""}}, "awslabs/amazon-app-runner-deploy": {{scorecard.Deploy, "", ""}}, "einaregilsson/beanstalk-deploy": {{scorecard.Deploy, "", ""}}, "appleboy/lambda-action": {{scorecard.Deploy, "", ""}}, "youyo/aws-cdk-github-actions": {{scorecard.Deploy, "cdk_subcommand", "deploy"}, {scorecard.PlanIaC, "cdk_subcommand", "diff"}},
	"superfly/flyctl-actions": {{scorecard.Deploy, "args", "deploy"}}, "amondnet/vercel-action": {{scorecard.Deploy, "", ""}}, "nwtgck/actions-netlify": {{scorecard.Deploy, "", ""}}, "netlify/actions/cli": {{scorecard.Deploy, "", ""}}, "cloudflare/wrangler-action": {{scorecard.Deploy, "", ""}}, "cloudflare/pages-action": {{scorecard.Deploy, "", ""}}, "firebaseextended/action-hosting-deploy": {{scorecard.Deploy, "", ""}}, "w9jds/firebase-action": {{scorecard.Deploy, "", ""}}, "akhileshns/heroku-deploy": {{scorecard.Deploy, "", ""}}, "digitalocean/app_action": {{scorecard.Deploy, "", ""}}, "serverless/github-action": {{scorecard.Deploy, "args", "deploy"}}, "deliverybot/helm": {{scorecard.Deploy, "", ""}}, "wyrihaximus/github-action-helm3": {{scorecard.Deploy, "", ""}}, "bitovi/github-actions-deploy-": {{scorecard.Deploy, "", ""}}, "actions-hub/kubectl": {{scorecard.Deploy, "args", "apply set rollout"}}, "steebchen/kubectl": {{scorecard.Deploy, "args", "apply set rollout"}}, "kodermax/kubectl-aws-eks": {{scorecard.Deploy, "args", "apply set rollout"}}, "pulumi/actions": {{scorecard.Deploy, "command", "up update"}, {scorecard.PlanIaC, "command", "preview refresh"}}, "redhat-actions/oc-new-app": {{scorecard.Deploy, "", ""}}, "redhat-actions/openshift-tools-installer": nil, "caprover/deploy-from-github": {{scorecard.Deploy, "", ""}}, "dokku/github-action": {{scorecard.Deploy, "", ""}}, "johnnyhuy/actions-render-deploy": {{scorecard.Deploy, "", ""}}, "bervprojects/railway-deploy": {{scorecard.Deploy, "", ""}}, "clowdhaus/argo-cd-action": {{scorecard.Deploy, "", ""}}, "omegion/argocd-app-actions": {{scorecard.Deploy, "", ""}}, "fjogeleit/yaml-update-action": {{scorecard.Deploy, "", ""}}, "stefanprodan/kube-tools": {{scorecard.LintIaC, "", ""}}, "koslib/helm-eks-action": {{scorecard.Deploy, "", ""}}, "blueman1/": nil, "quickbase/": nil, "bitovi/": nil, "glopezep/helm": {{scorecard.Deploy, "", ""}}, "vimeda/helm": {{scorecard.Deploy, "", ""}}, "octopusdeploy/deploy-release-action": {{scorecard.Deploy, "", ""}}, "octopusdeploy/create-release-action": {{scorecard.Deploy, "", ""}}, "qovery/": {{scorecard.Deploy, "", ""}}, "koyeb/": {{scorecard.Deploy, "", ""}}, "nais/deploy/actions/deploy": {{scorecard.Deploy, "", ""}}, "porter-dev/porter-cli-action": {{scorecard.Deploy, "", ""}}, "harness/": nil, "deployphp/action": {{scorecard.Deploy, "", ""}}, "helmfile/helmfile-action": {{scorecard.Deploy, "helmfile-args", "apply sync"}, {scorecard.PlanIaC, "helmfile-args", "diff"}, {scorecard.LintIaC, "helmfile-args", "lint"}},

	"helm/kind-action": {{cluster, "", ""}}, "engineerd/setup-kind": {{cluster, "", ""}}, "container-tools/kind-action": {{cluster, "", ""}}, "medyagh/setup-minikube": {{cluster, "", ""}}, "manusa/actions-setup-minikube": {{cluster, "", ""}}, "abslenergy/k3d-action": {{cluster, "", ""}}, "absaoss/k3d-action": {{cluster, "", ""}}, "nolar/setup-k3d-k3s": {{cluster, "", ""}}, "jupyterhub/action-k3s-helm": {{cluster, "", ""}}, "balchua/microk8s-actions": {{cluster, "", ""}}, "loft-sh/setup-vcluster": nil, "debianmaster/actions-k3s": {{cluster, "", ""}}, "palmsoftware/quick-k8s": {{cluster, "", ""}}, "lemonldapng/": nil,

	"cypress-io/github-action": {{scorecard.Test, "runTests", "!false"}}, "browserstack/github-actions": nil, "robburger/": nil, "php-actions/phpunit": {{scorecard.Test, "", ""}}, "php-actions/pest": {{scorecard.Test, "", ""}}, "artiomtr/jest-coverage-report-action": {{scorecard.Test, "", ""}}, "joonvena/robotframework-reporter-action": nil, "matt-ball/newman-action": {{scorecard.Test, "", ""}}, "anthonyvscode/newman-action": {{scorecard.Test, "", ""}}, "cssnr/": nil, "robherley/go-test-action": {{scorecard.Test, "", ""}}, "paambaati/codeclimate-action": nil, "tauri-apps/": nil, "pavelzw/pytest-action": {{scorecard.Test, "", ""}}, "coactions/": nil, "gradle/gradle-build-action": nil, "kyverno/action-install-chainsaw": nil, "plengauer/": nil, "bahmutov/npm-install": nil, "davelosert/vitest-coverage-report-action": nil, "ruby/": nil, "julia-actions/julia-runtest": {{scorecard.Test, "", ""}}, "r-lib/actions/check-r-package": {{scorecard.Test, "", ""}}, "lycheeverse/lychee-action": nil, "mymindstorm/": nil, "hackmdio/": nil, "dgraph-io/": nil, "elixir-lang/": nil,

	"grafana/k6-action": {{scorecard.LoadTest, "", ""}}, "grafana/run-k6-action": {{scorecard.LoadTest, "", ""}}, "k6io/action": {{scorecard.LoadTest, "", ""}}, "apardo04/locust-github-action": {{scorecard.LoadTest, "", ""}}, "artilleryio/action-cli": {{scorecard.LoadTest, "", ""}}, "rbhadti94/apache-jmeter-action": {{scorecard.LoadTest, "", ""}}, "qainsights/perfaction": {{scorecard.LoadTest, "", ""}}, "azure/load-testing": {{scorecard.LoadTest, "", ""}}, "gatling/enterprise-action": {{scorecard.LoadTest, "", ""}},

	"goreleaser/goreleaser-action": {{scorecard.Release, "args", "release"}}, "googleapis/release-please-action": {{scorecard.Release, "", ""}}, "google-github-actions/release-please-action": {{scorecard.Release, "", ""}}, "softprops/action-gh-release": {{scorecard.Release, "", ""}}, "actions/create-release": {{scorecard.Release, "", ""}}, "ncipollo/release-action": {{scorecard.Release, "", ""}}, "cycjimmy/semantic-release-action": {{scorecard.Release, "", ""}}, "go-semantic-release/action": {{scorecard.Release, "", ""}}, "helm/chart-releaser-action": {{scorecard.Release, "", ""}}, "changesets/action": {{scorecard.Release, "", ""}}, "mathieudutour/github-tag-action": {{scorecard.Release, "", ""}}, "anothrnick/github-tag-action": {{scorecard.Release, "", ""}}, "release-drafter/release-drafter": {{scorecard.Release, "", ""}}, "pypa/gh-action-pypi-publish": {{scorecard.Release, "", ""}}, "marvinpinto/action-automatic-releases": {{scorecard.Release, "", ""}}, "python-semantic-release/python-semantic-release": {{scorecard.Release, "", ""}}, "jreleaser/release-action": {{scorecard.Release, "", ""}},
}

// actionCommands is what a step does that is made of an action, or of a workflow.
func (r *reader) actionCommands(uses string, with *yaml.Node, s scope) []scorecard.Command {
	name, _, _ := strings.Cut(strings.ToLower(uses), "@")
	if image, ok := strings.CutPrefix(name, "docker://"); ok {
		if tool := imageTool(image); tool != "" {
			return r.command(append([]string{tool}, strings.Fields(text(with, "args"))...), s).commands
		}
	}
	switch name {
	case "docker/build-push-action", "redhat-actions/buildah-build":
		r.built(append(strings.FieldsFunc(text(with, "tags"), func(c rune) bool { return c == '\n' || c == ',' }), text(with, "image")),
			first(text(with, "file"), text(with, "containerfiles")), first(text(with, "context"), "."), s)
		return r.imageBuild(first(text(with, "file"), text(with, "containerfiles")), first(text(with, "context"), "."), s).commands
	case "pre-commit/action", "clowdhaus/terraform-composite-actions/pre-commit", "pre-commit-ci/lite-action", "j178/prek-action":
		asked := first(text(with, "extra_args"), text(with, "extra-args"), "--all-files")
		x, _ := r.preCommit(append([]string{"pre-commit", "run"}, strings.Fields(asked)...), s)
		return x.commands
	case "gradle/gradle-build-action", "gradle/actions/setup-gradle", "burrunan/gradle-cache-action":
		return r.command(append([]string{"gradle"}, strings.Fields(text(with, "arguments"))...), s).commands
	case codeqlInit:
		return codeql(with, s)
	case "earthly/actions-setup", "actions/checkout":
		return nil
	case "actions/github-script":
		return nil
	case "nick-fields/retry", "nick-invision/retry", "gabrielbb/xvfb-action", "coactions/setup-xvfb", "reactivecircus/android-emulator-runner", "addnab/docker-run-action", "wandalen/wretry.action", "devcontainers/ci", "tj-actions/run-script":
		return r.scalar(firstNode(get(with, "command"), get(with, "run"), get(with, "script"), get(with, "runCmd")), s).commands
	case "actions-rs/cargo":
		return r.command(append([]string{"cargo", text(with, "command")}, strings.Fields(text(with, "args"))...), s).commands
	case "borales/actions-yarn":
		return r.command(append([]string{"yarn"}, strings.Fields(text(with, "cmd"))...), s).commands
	case "azure/cli", "azure/powershell", "redhat-actions/oc-installer":
		return r.scalar(firstNode(get(with, "inlineScript"), get(with, "script")), s).commands
	case "appleboy/ssh-action", "garygrossgarten/github-action-ssh", "fifsky/ssh-action", "cross-the-world/ssh-scp-ssh-pipelines":
		if x := r.remote([]string{"ssh", text(with, "script") + text(with, "command")}, s); len(x.commands) > 0 {
			return x.commands
		}
		return nil
	case "nrwl/nx-cloud/.github/workflows/nx-cloud-main.yml":
		return r.scalar(get(with, "parallel-commands-on-agents"), s).commands
	}
	a := actionFor(name, with)
	if a == nil {
		return nil
	}
	s.folder = path.Join(s.folder, folderAsked(with))
	language := ""
	if a.purpose == scorecard.Test && strings.HasPrefix(name, "cypress") {
		language = "javascript"
	}
	return r.emit(name, &meaning{purpose: a.purpose, language: language}, []string{name}, s)
}

// CodeQL is told at its first step which languages its last one analyses.
const (
	codeqlInit    = "github/codeql-action/init"
	codeqlAnalyze = "github/codeql-action/analyze"
)

// codeqlLanguages are CodeQL's names of languages; "actions" are the workflows themselves.
var codeqlLanguages = map[string]string{
	"javascript": "javascript", "typescript": "javascript", "javascript-typescript": "javascript", "python": "python", "go": "go", "ruby": "ruby", "rust": "rust", "swift": "swift",
	"java": "jvm", "kotlin": "jvm", "java-kotlin": "jvm", "csharp": "dotnet", "c": "c", "cpp": "c", "c-cpp": "c", "actions": "actions",
}

// codeql is a scan for each language; none where the languages are not said.
func codeql(with *yaml.Node, s scope) (out []scorecard.Command) {
	for _, name := range strings.FieldsFunc(strings.ToLower(text(with, "languages")), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
		if language := codeqlLanguages[name]; language != "" {
			out = append(out, scorecard.Command{Location: s.location(0), Tool: codeqlAnalyze, Purpose: scorecard.ScanCode, Folder: s.folder, Language: language})
		}
	}
	return out
}

// ofLanguages drops CodeQL's scans of no language where the job says which it analyses.
func ofLanguages(j *scorecard.Job) {
	scan := func(c scorecard.Command) bool { return c.Tool == codeqlAnalyze }
	if !slices.ContainsFunc(j.Steps, func(s scorecard.JobStep) bool {
		return slices.ContainsFunc(s.Commands, func(c scorecard.Command) bool { return scan(c) && c.Language != "" })
	}) {
		return
	}
	for i := range j.Steps {
		j.Steps[i].Commands = slices.DeleteFunc(j.Steps[i].Commands, func(c scorecard.Command) bool { return scan(c) && c.Language == "" })
	}
}

// folderAsked is the folder that an action or a workflow is told to work in; empty for none.
func folderAsked(with *yaml.Node) string {
	dir := first(text(with, "working-directory"), text(with, "working_directory"), text(with, "path"), text(with, "tg_dir"), text(with, "directory"), text(with, "app_location"))
	if strings.ContainsAny(dir, "$*,") {
		return ""
	}
	return strings.TrimPrefix(dir, "/")
}

func firstNode(nodes ...*yaml.Node) *yaml.Node {
	for _, n := range nodes {
		if n != nil {
			return n
		}
	}
	return nil
}

// actionFor finds what the table says of an action, by its whole name, by that of the
// repository that it is in, or by a beginning.
func actionFor(name string, with *yaml.Node) *action {
	parts := strings.Split(name, "/")
	var list []action
	have := false
	for n := len(parts); n >= 2 && !have; n-- {
		list, have = actions[strings.Join(parts[:n], "/")]
	}
	if !have {
		list = actions[parts[0]+"/"]
	}
	for i := range list {
		a := &list[i]
		if a.input == "" {
			return a
		}
		value := strings.ToLower(text(with, a.input))
		if value == "" {
			value = strings.ToLower(text(with, strings.ReplaceAll(a.input, "-", "_")))
		}
		if not, negated := strings.CutPrefix(a.words, "!"); negated {
			if value != not {
				return a
			}
			continue
		}
		for w := range strings.FieldsSeq(a.words) {
			if strings.Contains(" "+strings.NewReplacer(",", " ", "\n", " ").Replace(value)+" ", " "+w+" ") || strings.HasPrefix(value, w) {
				return a
			}
		}
	}
	return nil
}
