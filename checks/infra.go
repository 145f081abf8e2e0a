package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var infraAsCode = scorecard.Check{
	ID:      "infra-as-code",
	Pillar:  scorecard.IaC,
	Title:   "The infrastructure that the service uses stands in version control",
	Applies: "services that use infrastructure: code that makes some, a Terraform state file, a catalog entity that depends on a Resource, or pods that are told of a database, a cache, a queue or a bucket of a cloud (a Secret or a variable named for RDS, ElastiCache, S3, Cloud SQL, Service Bus and their like)",
	Passes:  "Terraform/OpenTofu, Pulumi, CloudFormation/SAM, CDK, Bicep, Crossplane and its kin, Ansible, Chef or Puppet that makes infrastructure was read",
	Why: "A database or a network that was clicked together can't be reviewed, and nobody can build it again after it is lost. " +
		"Infrastructure as code makes recovery a command.",
	Fix: "Describe what the service uses as code, and import what exists.",
	References: []scorecard.Reference{
		{Title: "AWS: Introduction to DevOps, infrastructure as code", URL: "https://docs.aws.amazon.com/whitepapers/latest/introduction-devops-aws/infrastructure-as-code.html"},
		{Title: "DORA capabilities: version control", URL: "https://dora.dev/capabilities/version-control/"},
		{Title: "Terraform: Import existing infrastructure", URL: "https://developer.hashicorp.com/terraform/language/import"},
	},
	Level: scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Day,
	Reads:  []scorecard.Family{scorecard.Infrastructure, scorecard.Catalog, scorecard.Kubernetes},
	Charts: chartsOfStores,
	Rule: func(v *scorecard.View) scorecard.Finding {
		if found := provisions(&v.Facts); len(found) > 0 {
			return whole(found)
		}
		used := uses(v)
		if len(used) == 0 {
			return scorecard.Skip("nothing shows that the service uses infrastructure of its own")
		}
		f := scorecard.Missing(func() string { return infraRemedy(&v.Service) }, "%s, but no code that makes infrastructure was found in what is connected", used[0].Message)
		f.Evidence = used
		return f
	},
}

// infraGroups are the suffixes of the API groups whose objects are infrastructure
// outside of the cluster.
var infraGroups = []string{
	"crossplane.io", "upbound.io", "services.k8s.aws", "cnrm.cloud.google.com", "azure.com", "infra.contrib.fluxcd.io", "app.terraform.io", "pulumi.com",
}

// provisions is all that makes infrastructure.
func provisions(f *scorecard.Facts) []scorecard.Evidence {
	var found []scorecard.Evidence
	see := func(at scorecard.Location, format string, a ...any) {
		found = append(found, scorecard.Evidence{Location: at, Outcome: scorecard.Pass, Message: fmt.Sprintf(format, a...)})
	}
	shown := map[string]bool{}
	for _, t := range f.Terraform {
		remote := slices.IndexFunc(t.Modules, func(m scorecard.ModuleCall) bool { return m.Local == "" })
		switch {
		case len(t.Resources) > 0:
			see(t.Resources[0].Location, "Terraform in %s makes %s", t.Folder, plural(len(t.Resources), "resource"))
			shown[t.Folder] = true
		case remote >= 0:
			see(t.Modules[remote].Location, "Terraform in %s calls module %s", t.Folder, t.Modules[remote].Name)
			shown[t.Folder] = true
		}
	}
	for _, d := range f.Infra {
		if d.Provisions && !(d.Tool == "terraform" && shown[folderOf(d.Location.Path)]) {
			see(d.Location, "%s definition%s makes infrastructure", d.Tool, named(d.Name))
		}
	}
	for _, o := range f.Objects {
		if group := o.Location.Object.Group(); slices.ContainsFunc(infraGroups, func(s string) bool { return group == s || strings.HasSuffix(group, "."+s) }) {
			see(o.Location, "%s (%s) makes infrastructure", o.Location.Object, group)
		}
	}
	return found
}

// uses is what shows that the service uses infrastructure which no code makes.
func uses(v *scorecard.View) []scorecard.Evidence {
	var found []scorecard.Evidence
	if e := entityOf(v); e != nil {
		for _, ref := range e.DependsOn {
			if kind, _, ok := strings.Cut(ref, ":"); ok && strings.EqualFold(kind, "resource") {
				found = append(found, scorecard.Evidence{Location: e.Location, Outcome: scorecard.Fail, Message: "its catalog entity depends on " + ref})
			}
		}
	}
	for _, at := range v.States {
		found = append(found, scorecard.Evidence{Location: at, Outcome: scorecard.Fail, Message: "there is a Terraform state in " + at.Path})
	}
	for i := range v.Workloads {
		found = append(found, usedBy(&v.Workloads[i])...)
	}
	return found
}

// usedBy is what of a cloud a workload is told of: by the Secrets that it takes values
// from, and by its variables, unless one of these says to ask something else.
func usedBy(w *scorecard.Workload) (found []scorecard.Evidence) {
	see := func(at scorecard.Location, format string, a ...any) {
		found = append(found, scorecard.Evidence{Location: at, Outcome: scorecard.Fail, Message: fmt.Sprintf(format, a...)})
	}
	for _, secret := range w.Pod.Secrets {
		if product := scorecard.InfrastructureOf(secret); product != "" {
			see(w.Location, "%s is given Secret %s, which is about %s", w.Object, secret, product)
		}
	}
	for i := range w.Containers {
		c := &w.Containers[i]
		for j := range c.Environment {
			e := &c.Environment[j]
			if names, _ := scorecard.NamesInfrastructure(e.Name); names && !e.Empty && !slices.ContainsFunc(c.Environment, func(o scorecard.Variable) bool {
				_, elsewhere := scorecard.NamesInfrastructure(o.Name)
				return elsewhere && !o.Empty
			}) {
				see(variableAt(c, e), "%s is told of infrastructure by %s", called(w, c), e.Name)
			}
		}
	}
	return found
}

func infraRemedy(s *scorecard.Service) string {
	name := objectName(s)
	return fenced(fmt.Sprintf("Where the code stands in another repository, connect that one. Else describe what exists in `%s` and import it:", within(s, "terraform/main.tf")), "hcl",
		fmt.Sprintf(`import {
  to = aws_db_instance.%[1]s
  id = "%[2]s" # the database's identifier
}

resource "aws_db_instance" "%[1]s" {
  identifier          = "%[2]s"
  deletion_protection = true
  # terraform plan -generate-config-out=generated.tf writes the rest
}`, strings.ReplaceAll(name, "-", "_"), name))
}
