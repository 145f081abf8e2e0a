package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// techdocsRef is the annotation that says where an entity's documentation stands.
const techdocsRef = "backstage.io/techdocs-ref"

var docsPresent = scorecard.Check{
	ID:      "docs-present",
	Pillar:  scorecard.Ownership,
	Title:   "A README says what the service is",
	Applies: "all services: their README, and the documentation that their catalog entity points to",
	Passes:  "there is a README with more in it than its title; `backstage.io/techdocs-ref`, where it is set, leads to documentation",
	Why: "Whoever comes to a service that they do not know, in an incident or in their first week, starts with its README. " +
		"DORA's research finds that good documentation goes with meeting reliability targets.",
	Fix: "Say in the README what the service does, how to run it, and where its dashboards and runbooks are.",
	References: []scorecard.Reference{
		{Title: "DORA capabilities: documentation quality", URL: "https://dora.dev/capabilities/documentation-quality/"},
		{Title: "Backstage: Creating and publishing your docs", URL: "https://backstage.io/docs/features/techdocs/creating-and-publishing"},
		{Title: "GitHub: About READMEs", URL: "https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-readmes"},
	},
	Level: scorecard.Bronze, Weight: scorecard.Low, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Documents, scorecard.Catalog},
	Rule: rule(words{"document", "is there", ""}, func(s *survey) {
		s.settled = []scorecard.Family{scorecard.Documents} // more of them take no README away
		countReadme(s)
		countTechDocs(s)
	}),
}

func countReadme(s *survey) {
	var bare *scorecard.Document
	for i := range s.Documents {
		d := &s.Documents[i]
		switch {
		case d.Kind != scorecard.Readme:
		case d.Words+d.Steps+d.Commands > 0:
			s.Pass(d.Location, "%s says more than its title", d.Location.Path)
			return
		case bare == nil:
			bare = d
		}
	}
	if bare != nil {
		s.Fail(bare.Location, func() string { return readmeRemedy(&s.Service, bare.Location.Path) }, "%s says nothing but its title", bare.Location.Path)
		return
	}
	s.Lack(s.Service.Location, func() string { return readmeRemedy(&s.Service, within(&s.Service, "README.md")) }, "no README was found for the service")
}

func countTechDocs(s *survey) {
	e := entityOf(s.View)
	if e == nil || e.Annotations[techdocsRef] == "" {
		return
	}
	ref := e.Annotations[techdocsRef]
	target, isDir := strings.CutPrefix(ref, "dir:")
	if !isDir {
		s.Undecided(e.Location, "%s %s leads out of what is connected", techdocsRef, ref)
		return
	}
	folder := besides(e, target)
	for _, site := range s.Sites {
		if site.Folder == folder && site.Pages > 0 {
			s.Pass(site.Location, "%s %s leads to %s", techdocsRef, ref, site.Location.Path)
			return
		}
	}
	s.Lack(e.Location, func() string { return techdocsRemedy(&s.Service, folder) }, "%s %s leads to no documentation: %s has no mkdocs.yml with pages", techdocsRef, ref, folder)
}

func readmeRemedy(s *scorecard.Service, file string) string {
	return fenced(fmt.Sprintf("In `%s`, say the least that a newcomer needs:", file), "markdown", fmt.Sprintf(`# %s

What it does and for whom, in two sentences.

## Run it
The commands to build, test and start it here.

## In production
Where its dashboards, alerts and runbook are, and how it is released.`, s.Name))
}

func techdocsRemedy(s *scorecard.Service, folder string) string {
	return fenced(fmt.Sprintf("Add `%s/mkdocs.yml` and a page `%s/docs/index.md`, or take the annotation away:", folder, folder), "yaml",
		yamlText(object{{key: "site_name", value: s.Name}, {key: "docs_dir", value: "docs"}, {key: "plugins", value: []string{"techdocs-core"}}}))
}
