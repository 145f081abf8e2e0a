package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// platforms are tools whose files say how to run something on a platform, and not what
// infrastructure it stands on.
var platforms = []string{"compose", "procfile", "vercel", "netlify", "cloudflare", "fly", "render", "heroku", "kamal", "app-engine", "digitalocean", "app-runner"}

// iacOf is what of infrastructure as code, charts and manifests there is, by sort, the
// first of each.
func iacOf(v *scorecard.View) (terraform, charts, manifests, others []scorecard.Location) {
	for i := range v.Terraform {
		terraform = append(terraform, v.Terraform[i].Location)
	}
	for _, c := range v.Charts {
		charts = append(charts, c.Location)
	}
	for i := range v.Workloads {
		if w := &v.Workloads[i]; !w.Live {
			manifests = append(manifests, w.Location)
		}
	}
	for _, d := range v.Infra {
		if !slices.Contains(platforms, d.Tool) {
			others = append(others, d.Location)
		}
	}
	return terraform, charts, manifests, others
}

func hasIaC(v *scorecard.View) bool {
	a, b, c, d := iacOf(v)
	return len(a)+len(b)+len(c)+len(d) > 0
}

// iacReads are what the checks of infrastructure as code in pipelines look at.
var iacReads = []scorecard.Family{scorecard.Pipelines, scorecard.Kubernetes, scorecard.Infrastructure}

var iacTested = scorecard.Check{
	ID:      "iac-tested",
	Pillar:  scorecard.IaC,
	Title:   "Infrastructure as code is checked before it is applied",
	Applies: "services with Terraform, charts, manifests or other infrastructure as code",
	Passes: "a pipeline validates, plans or lints it: terraform or tofu validate and plan, tflint, checkov, trivy config, kics, ansible-lint, molecule, cookstyle, puppet-lint, " +
		"helm lint, chart-testing, kubeconform, kube-linter, conftest and their kin, pre-commit hooks of these, or Go tests that render a chart or use Terratest",
	Why: "A typing error in a manifest or a module takes down as much as one in code, and shows only when it is applied. " +
		"Linters and plans find it while the change is still a pull request.",
	Fix: "Add a step that validates, plans or lints what is applied.",
	References: []scorecard.Reference{
		{Title: "Terraform: terraform validate", URL: "https://developer.hashicorp.com/terraform/cli/commands/validate"},
		{Title: "Helm: helm lint", URL: "https://helm.sh/docs/helm/helm_lint/"},
		{Title: "Site Reliability Engineering: Testing for Reliability, configuration tests", URL: "https://sre.google/sre-book/testing-reliability/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: iacReads,
	Local: true,
	Rule: func(v *scorecard.View) scorecard.Finding {
		if !hasIaC(v) {
			return scorecard.Skip("no infrastructure as code, chart or manifest was found")
		}
		on, disabled := commandsOf(v, scorecard.LintIaC, scorecard.PlanIaC)
		on = slices.DeleteFunc(on, func(r ran) bool { return !r.pipeline.Starts(r.job, byItself...) })
		var off []scorecard.Evidence
		for _, r := range disabled {
			off = append(off, r.says(scorecard.Fail, "a step that never runs, since %s:", r.why()))
		}
		return sought(v, evidenceOf(on, scorecard.Pass, "it is checked by"), off,
			func() string {
				return jobRemedy(v, "Check it on each change.", "lint-deployment", lintCommand(v), false)
			},
			"no step of a pipeline was found that validates, plans or lints it", scorecard.LintIaC, scorecard.PlanIaC)
	},
}

// lintCommand checks what there is.
func lintCommand(v *scorecard.View) string {
	terraform, charts, manifests, _ := iacOf(v)
	base := v.Service.Path
	switch {
	case len(charts) > 0:
		return "helm lint " + relative(base, folderOf(charts[0].Path))
	case len(terraform) > 0:
		return fmt.Sprintf("terraform -chdir=%[1]s init -backend=false && terraform -chdir=%[1]s validate", relative(base, folderOf(terraform[0].Path)))
	case len(manifests) > 0:
		return "kubeconform -summary -ignore-missing-schemas " + relative(base, folderOf(manifests[0].Path))
	}
	return "checkov --directory ."
}

// relative is the way from a folder to another, both relative to the root.
func relative(from, to string) string {
	if from == "" || from == "." {
		return to
	}
	up := ""
	for f := from; ; f = folderOf(f) {
		if f == "." {
			return up + to
		}
		if to == f {
			if up == "" {
				return "."
			}
			return up[:len(up)-1]
		}
		if len(to) > len(f) && to[:len(f)+1] == f+"/" {
			return up + to[len(f)+1:]
		}
		up += "../"
	}
}

var iacDriftWatched = scorecard.Check{
	ID:      "iac-drift-watched",
	Pillar:  scorecard.IaC,
	Title:   "What was changed by hand is noticed",
	Applies: "services with Terraform, charts, manifests or other infrastructure as code",
	Passes:  "Argo CD with selfHeal, a Flux Kustomization, Config Sync or another controller that corrects drift applies it, in manifests or set up by Terraform, a scheduled pipeline plans it, or Atlantis, Spacelift, HCP Terraform or their kin apply it",
	Why: "A change by hand at night is forgotten by day, and the next apply takes it back when nobody expects it. " +
		"A controller that heals, or a plan each morning, shows it while somebody remembers.",
	Fix: "Let Argo CD heal (`selfHeal: true`) or Flux reconcile, or plan on a schedule and look at what it says.",
	References: []scorecard.Reference{
		{Title: "Argo CD: Automated Sync Policy, self-healing", URL: "https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/"},
		{Title: "HCP Terraform: Health assessments", URL: "https://developer.hashicorp.com/terraform/cloud-docs/workspaces/health"},
		{Title: "OpenGitOps principles: continuously reconciled", URL: "https://opengitops.dev/"},
	},
	Level: scorecard.Platinum, Weight: scorecard.Low, Effort: scorecard.Hour,
	Reads:  iacReads,
	Charts: chartsOfSyncs,
	Rule: func(v *scorecard.View) scorecard.Finding {
		if !hasIaC(v) {
			return scorecard.Skip("no infrastructure as code, chart or manifest was found")
		}
		found, off := driftWatches(v)
		return sought(v, found, off, func() string { return driftRemedy(v) }, "nothing was found that notices when what runs differs from the code", scorecard.PlanIaC)
	},
}

func driftWatches(v *scorecard.View) (found, off []scorecard.Evidence) {
	see := func(at scorecard.Location, format string, a ...any) {
		found = append(found, scorecard.Evidence{Location: at, Outcome: scorecard.Pass, Message: fmt.Sprintf(format, a...)})
	}
	for _, s := range v.Syncs {
		switch {
		case s.Suspended:
			off = append(off, scorecard.Evidence{Location: s.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("%s %s is suspended", s.Tool, s.Name)})
		case s.Heals:
			see(s.Location, "%s %s takes back what was changed by hand", s.Tool, s.Name)
		case s.Tool == "Argo CD":
			off = append(off, scorecard.Evidence{Location: s.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("Argo CD Application %s does not heal", s.Name)})
		}
	}
	for _, d := range v.Drift {
		see(d.Location, "%s watches it", d.Tool)
	}
	for i := range v.Terraform {
		if b := v.Terraform[i].Backend; b != nil && (b.Type == "cloud" || b.Type == "remote") {
			see(b.Location, "HCP Terraform keeps %s", rootName(&v.Terraform[i]))
		}
	}
	on, _ := commandsOf(v, scorecard.PlanIaC)
	on = slices.DeleteFunc(on, func(r ran) bool { return !r.pipeline.Starts(r.job, scorecard.OnSchedule) })
	return append(found, evidenceOf(on, scorecard.Pass, "on a schedule it is compared by")...), off
}

func driftRemedy(v *scorecard.View) string {
	for _, s := range v.Syncs {
		if s.Tool == "Argo CD" && !s.Suspended && s.Location.Object.Kind == "Application" {
			return fenced(in(s.Location)+"let Argo CD heal:", "yaml", specPatch(s.Location.Object, object{{key: "syncPolicy", value: object{{key: "automated", value: object{{key: "selfHeal", value: true}}}}}}))
		}
	}
	if terraform, charts, manifests, _ := iacOf(v); len(terraform) > 0 || len(charts)+len(manifests) == 0 {
		folder := "."
		if len(terraform) > 0 {
			folder = relative(v.Service.Path, folderOf(terraform[0].Path))
		}
		return jobRemedy(v, "Plan on a schedule; a plan that differs fails the run.", "drift", fmt.Sprintf("terraform -chdir=%[1]s init && terraform -chdir=%[1]s plan -detailed-exitcode", folder), true)
	}
	return syncRemedy(v)
}
