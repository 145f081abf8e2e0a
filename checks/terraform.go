package checks

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var stateRemote = scorecard.Check{
	ID:      "state-remote",
	Pillar:  scorecard.IaC,
	Title:   "Terraform keeps its state in a shared place that locks",
	Applies: "Terraform and OpenTofu root modules, other than the one that creates the state's own bucket; state files in version control",
	Passes:  "a `backend` or `cloud` block that locks while it writes, and no state file in version control",
	Why: "State on one person's disk is lost with it, and two applies at once without a lock corrupt it. " +
		"A state file in version control gives away every secret that it holds.",
	Fix: "Name a remote backend that locks, move the state there with `terraform init -migrate-state`, and take state files out of version control.",
	References: []scorecard.Reference{
		{Title: "Terraform: Remote state", URL: "https://developer.hashicorp.com/terraform/language/state/remote"},
		{Title: "Terraform: State locking", URL: "https://developer.hashicorp.com/terraform/language/state/locking"},
		{Title: "Terraform: Sensitive data in state", URL: "https://developer.hashicorp.com/terraform/language/state/sensitive-data"},
	},
	Level: scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Infrastructure},
	Rule: rule(words{"Terraform root", "keeps its state in a place that locks", "no Terraform root was seen that could keep its state elsewhere"},
		func(s *survey) {
			left := slices.Clone(s.States)
			for i := range s.Terraform {
				t := &s.Terraform[i]
				if !t.Root || t.CreatesState {
					continue
				}
				var own []scorecard.Location
				own, left = statesUnder(t.Folder, left)
				judgeState(s, t, own)
			}
			for _, at := range left {
				s.Fail(at, func() string { return stateFileRemedy(at) }, "a Terraform state is in version control")
			}
		}),
}

// statesUnder parts the state files that a root in that folder wrote from the rest.
func statesUnder(folder string, states []scorecard.Location) (own, rest []scorecard.Location) {
	for _, at := range states {
		dir := path.Dir(at.Path)
		workspaces := path.Join(folder, "terraform.tfstate.d")
		if dir == path.Clean(folder) || dir == workspaces || strings.HasPrefix(dir, workspaces+"/") {
			own = append(own, at)
		} else {
			rest = append(rest, at)
		}
	}
	return own, rest
}

func judgeState(s *survey, t *scorecard.TerraformRoot, files []scorecard.Location) {
	b := t.Backend
	switch {
	case len(files) > 0:
		s.Fail(files[0], func() string { return stateFileRemedy(files...) }, "the state of %s is in version control", rootName(t))
		for _, at := range files[1:] {
			s.Also(at, scorecard.Fail, "the state of %s is in version control", rootName(t))
		}
	case b == nil:
		s.Lack(t.Location, func() string { return backendRemedy(&s.Service, t) }, "%s names no backend, so its state stays on one disk", rootName(t))
	case b.Type == "local":
		s.Fail(b.Location, func() string { return backendRemedy(&s.Service, t) }, "%s keeps its state in a local file", rootName(t))
	case b.Locks == "yes":
		s.Pass(b.Location, "%s keeps its state in %s, which locks", rootName(t), b.Type)
	case b.Locks == "no":
		s.Fail(b.Location, func() string { return lockRemedy(&s.Service, t) }, "%s keeps its state in %s without a lock", rootName(t), b.Type)
	default:
		s.Undecided(b.Location, "whether %s locks its state in %s is not written in the file", rootName(t), b.Type)
	}
}

func rootName(t *scorecard.TerraformRoot) string {
	if t.Folder == "." || t.Folder == "" {
		return "the Terraform root"
	}
	return "Terraform root " + t.Folder
}

// inRoot names a file of the root.
func inRoot(t *scorecard.TerraformRoot, file string) string {
	return path.Join(cmp.Or(t.Folder, "."), file)
}

// stateKey names the state of a root within a bucket that many share: the same for
// every service that shares the root.
func stateKey(s *scorecard.Service, t *scorecard.TerraformRoot) string {
	return path.Join(cmp.Or(s.Repository, objectName(s)), strings.Trim(path.Clean("/"+t.Folder), "/"))
}

func backendRemedy(s *scorecard.Service, t *scorecard.TerraformRoot) string {
	uses := func(name string) bool {
		return slices.ContainsFunc(t.Providers, func(p scorecard.ProviderConstraint) bool {
			return p.Name == name || strings.HasSuffix(p.Source, "/"+name)
		})
	}
	key := stateKey(s, t)
	block := fmt.Sprintf("  backend \"s3\" {\n    bucket       = \"your-terraform-state\"\n    key          = \"%s/terraform.tfstate\"\n    region       = \"eu-west-1\"\n    use_lockfile = true\n    encrypt      = true\n  }", key)
	switch {
	case uses("aws"):
	case uses("google"):
		block = fmt.Sprintf("  backend \"gcs\" {\n    bucket = \"your-terraform-state\"\n    prefix = \"%s\"\n  }", key)
	case uses("azurerm"):
		block = fmt.Sprintf("  backend \"azurerm\" {\n    resource_group_name  = \"terraform\"\n    storage_account_name = \"yourterraformstate\"\n    container_name       = \"state\"\n    key                  = \"%s.tfstate\"\n  }", key)
	}
	return fenced(fmt.Sprintf("Keep the state of %s in a shared place that locks; in `%s`:", rootName(t), inRoot(t, "backend.tf")), "hcl", "terraform {\n"+block+"\n}") +
		"\n\nThen move it there: `terraform init -migrate-state`."
}

func lockRemedy(s *scorecard.Service, t *scorecard.TerraformRoot) string {
	if t.Backend.Type != "s3" {
		return backendRemedy(s, t)
	}
	return fenced(in(t.Backend.Location)+"let the backend lock:", "hcl", "terraform {\n  backend \"s3\" {\n    use_lockfile = true # beside what is there\n  }\n}") +
		"\n\nThen `terraform init -reconfigure`."
}

func stateFileRemedy(files ...scorecard.Location) string {
	command := ""
	for _, at := range files {
		command += "git rm --cached " + at.Path + "\n"
	}
	return fenced("Take the state out of version control, and change every secret that it holds, since history keeps it:", "sh",
		command+"printf '*.tfstate\\n*.tfstate.*\\n.terraform/\\n' >> .gitignore")
}
