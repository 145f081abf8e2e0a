package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var versionsPinned = scorecard.Check{
	ID:      "versions-pinned",
	Pillar:  scorecard.IaC,
	Title:   "Infrastructure code names the versions of what it builds on",
	Applies: "Terraform roots (the tool's version, the providers, the lock file), modules that they call from elsewhere, charts with dependencies from elsewhere, roles, collections, cookbooks and modules of Ansible, Chef and Puppet",
	Passes:  "`required_version` is set, every provider has a bound above (`>=` alone has none) and the lock file is there; a module has a version or ref; `Chart.lock` names each dependency; a role, cookbook or module has a version",
	Why: "Without versions the same code builds something else tomorrow, on the day when a provider or a chart releases a breaking change. " +
		"The lock file makes a colleague and CI use what was tested, with checksums.",
	Fix: "Set `required_version`, bound every provider and module, and commit `.terraform.lock.hcl` and `Chart.lock`.",
	References: []scorecard.Reference{
		{Title: "Terraform: Version constraints", URL: "https://developer.hashicorp.com/terraform/language/expressions/version-constraints"},
		{Title: "Terraform: Dependency lock file", URL: "https://developer.hashicorp.com/terraform/language/files/dependency-lock"},
		{Title: "Helm: Helm Dependency", URL: "https://helm.sh/docs/helm/helm_dependency/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Infrastructure, scorecard.Kubernetes},
	Local: true,
	Rule: rule(words{"version", "is pinned", "no Terraform root, chart dependency, role, cookbook or module was seen that needs a version"},
		func(s *survey) {
			reached := reachedModules(s.Terraform)
			for i := range s.Terraform {
				t := &s.Terraform[i]
				if t.Root {
					judgeRequiredVersion(s, t)
					judgeProviders(s, t)
					judgeLock(s, t)
				}
				if t.Root || reached[t.Folder] {
					judgeModules(s, t)
				}
			}
			for i := range s.Charts {
				judgeChart(s, &s.Charts[i])
			}
			for _, p := range s.Pins {
				if p.Pinned {
					s.Pass(p.Location, "%s %s is pinned%s", p.Tool, p.Name, named(p.Version))
				} else {
					s.Fail(p.Location, func() string { return pinRemedy(p) }, "%s %s has no fixed version", p.Tool, p.Name)
				}
			}
		}),
}

// reachedModules are the folders that roots call, directly or through others.
func reachedModules(modules []scorecard.TerraformRoot) map[string]bool {
	byFolder := map[string]*scorecard.TerraformRoot{}
	var todo []*scorecard.TerraformRoot
	for i := range modules {
		byFolder[modules[i].Folder] = &modules[i]
		if modules[i].Root {
			todo = append(todo, &modules[i])
		}
	}
	reached := map[string]bool{}
	for len(todo) > 0 {
		t := todo[0]
		todo = todo[1:]
		for _, m := range t.Modules {
			if next := byFolder[m.Local]; m.Local != "" && next != nil && !reached[m.Local] {
				reached[m.Local] = true
				todo = append(todo, next)
			}
		}
	}
	return reached
}

func judgeRequiredVersion(s *survey, t *scorecard.TerraformRoot) {
	c := t.RequiredVersion
	if c.Text == "" {
		s.Lack(t.Location, func() string {
			return fenced(fmt.Sprintf("In `%s`, say which Terraform it is for (`terraform version` shows yours):", inRoot(t, "versions.tf")), "hcl",
				"terraform {\n  required_version = \"~> 1.9\"\n}")
		}, "%s has no required_version", rootName(t))
		return
	}
	if !c.Bounded {
		s.Note("required_version %q sets no upper bound", c.Text)
	}
	s.Pass(orElse(c.Location, t.Location), "%s has required_version %q", rootName(t), c.Text)
}

func judgeProviders(s *survey, t *scorecard.TerraformRoot) {
	var loose, bound []scorecard.ProviderConstraint
	for _, p := range t.Providers {
		switch {
		case p.Name == "terraform" || strings.HasPrefix(p.Source, "terraform.io/builtin/"):
		case p.Constraint.Bounded:
			bound = append(bound, p)
		default:
			loose = append(loose, p)
		}
	}
	switch {
	case len(loose) > 0:
		for i, p := range loose {
			at, message := orElse(p.Constraint.Location, t.Location), fmt.Sprintf("provider %s of %s has no version", p.Name, rootName(t))
			if p.Constraint.Text != "" {
				message = fmt.Sprintf("provider %s of %s has %q, which bounds nothing above", p.Name, rootName(t), p.Constraint.Text)
			}
			if i == 0 {
				s.Fail(at, func() string { return providersRemedy(t, loose) }, "%s", message)
			} else {
				s.Also(at, scorecard.Fail, "%s", message)
			}
		}
	case len(bound) > 0:
		s.Pass(orElse(bound[0].Constraint.Location, t.Location), "%s bounds %s", rootName(t), plural(len(bound), "provider"))
	default:
		s.Pass(t.Location, "%s uses no provider that needs a version", rootName(t))
	}
}

func judgeLock(s *survey, t *scorecard.TerraformRoot) {
	if t.Lock.Path != "" {
		s.Pass(t.Lock, "%s has a lock file", rootName(t))
		return
	}
	folder := inRoot(t, ".")
	s.Lack(t.Location, func() string {
		return fenced("Make the lock file and commit it (and take it out of `.gitignore`):", "sh",
			fmt.Sprintf("terraform -chdir=%s providers lock -platform=linux_amd64 -platform=darwin_arm64\ngit add %s", folder, inRoot(t, ".terraform.lock.hcl")))
	},
		"%s has no .terraform.lock.hcl", rootName(t))
}

func judgeModules(s *survey, t *scorecard.TerraformRoot) {
	for _, m := range t.Modules {
		switch {
		case m.Local != "":
		case m.Pinned:
			s.Pass(m.Location, "module %s is pinned%s", m.Name, named(m.Version))
		default:
			s.Fail(m.Location, func() string { return moduleRemedy(m) }, "module %s (%s) has no version", m.Name, m.Source)
		}
	}
}

func judgeChart(s *survey, c *scorecard.Chart) {
	var open []string
	foreign := 0
	for _, d := range c.Dependencies {
		if d.Local {
			continue
		}
		foreign++
		if d.Locked == "" {
			open = append(open, d.Name)
		}
	}
	remedy := func() string {
		return fenced("Make the lock file and commit it:", "sh", fmt.Sprintf("helm dependency update %s\ngit add %s/Chart.lock", c.Folder, c.Folder))
	}
	switch {
	case foreign == 0:
	case c.Lock.Path == "":
		miss := s.Fail // it is not there, whatever else could not be seen
		if slices.ContainsFunc(s.Gaps, func(g scorecard.Gap) bool {
			return path.Dir(g.Location.Path) == c.Folder && strings.HasSuffix(g.Location.Path, ".lock")
		}) {
			miss = s.Lack
		}
		miss(c.Location, remedy, "chart %s has %s and no Chart.lock", c.Name, dependencies(foreign))
	case len(open) > 0:
		s.Fail(c.Lock, remedy, "the lock file of chart %s does not name %s", c.Name, strings.Join(open, ", "))
	default:
		s.Pass(c.Lock, "chart %s locks %s", c.Name, dependencies(foreign))
	}
}

func dependencies(n int) string {
	if n == 1 {
		return "1 dependency"
	}
	return fmt.Sprintf("%d dependencies", n)
}

func orElse(a, b scorecard.Location) scorecard.Location {
	if a.Path == "" {
		return b
	}
	return a
}

var firstVersion = lazyregexp.New(`^\s*>=?\s*v?(\d+)(\.\d+)?`)

// boundedVersion is a constraint that keeps the lower bound and adds an upper one.
func boundedVersion(text string) string {
	m := firstVersion.FindStringSubmatch(text)
	if m == nil {
		return "~> 1.0"
	}
	if m[2] == "" {
		m[2] = ".0"
	}
	return "~> " + m[1] + m[2]
}

func providersRemedy(t *scorecard.TerraformRoot, loose []scorecard.ProviderConstraint) string {
	var b strings.Builder
	b.WriteString("terraform {\n  required_providers {\n")
	for _, p := range loose {
		source, hint := p.Source, ""
		if source == "" {
			source = "hashicorp/" + p.Name
		}
		if p.Constraint.Text == "" {
			hint = " # the version that `terraform providers` shows"
		}
		fmt.Fprintf(&b, "    %s = {\n      source  = %q\n      version = %q%s\n    }\n", p.Name, source, boundedVersion(p.Constraint.Text), hint)
	}
	b.WriteString("  }\n}")
	return fenced(fmt.Sprintf("In `%s`, bound the providers:", inRoot(t, "versions.tf")), "hcl", b.String())
}

func moduleRemedy(m scorecard.ModuleCall) string {
	source, version := m.Source, ""
	if strings.HasPrefix(source, "git::") || strings.Contains(source, "github.com") || strings.HasSuffix(source, ".git") || strings.HasPrefix(source, "git@") {
		separator := "?"
		if strings.Contains(source, "?") {
			separator = "&"
		}
		source += separator + "ref=v" + versionHint
	} else {
		version = fmt.Sprintf("\n  version = %q", boundedVersion(m.Version))
	}
	return fenced(in(m.Location)+"name the version of the module (the one that you use now):", "hcl",
		fmt.Sprintf("module %q {\n  source = %q%s\n}", m.Name, source, version))
}

func pinRemedy(p scorecard.Pin) string {
	switch p.Tool {
	case "ansible":
		return fenced(in(p.Location)+"name the version:", "yaml", yamlText(object{{key: "roles", value: []object{{{key: "name", value: p.Name}, {key: "version", value: versionHint, comment: "the one that you use now"}}}, comment: "or collections"}}))
	case "chef":
		return fenced(in(p.Location)+"name the version:", "ruby", fmt.Sprintf("cookbook %q, \"~> 1.2\" # the one that you use now", p.Name))
	case "puppet":
		return fenced(in(p.Location)+"name the version:", "ruby", fmt.Sprintf("mod %q, %q # the one that you use now", p.Name, versionHint))
	}
	return in(p.Location) + fmt.Sprintf("name the version of %s.", p.Name)
}
