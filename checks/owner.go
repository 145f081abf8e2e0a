package checks

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var ownerDeclared = scorecard.Check{
	ID:      "owner-declared",
	Pillar:  scorecard.Ownership,
	Title:   "Somebody owns the service",
	Applies: "all services",
	Passes:  "its catalog entity has an owner, the CODEOWNERS line that decides for its path names one, or an OWNERS file does",
	Why: "A service without an owner is one that nobody patches, and whose page goes to whoever answers first. " +
		"Incidents last as long as it takes to find the people who know it.",
	Fix: "Name the owning team in the catalog entity, or in CODEOWNERS for the service's path.",
	References: []scorecard.Reference{
		{Title: "Backstage: Descriptor Format of Catalog Entities, spec.owner", URL: "https://backstage.io/docs/features/software-catalog/descriptor-format"},
		{Title: "GitHub: About code owners", URL: "https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners"},
		{Title: "Site Reliability Engineering: Being On-Call", URL: "https://sre.google/sre-book/being-on-call/"},
	},
	Level: scorecard.Bronze, Weight: scorecard.Critical, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Catalog, scorecard.Owners},
	Rule:  judgeOwner,
}

func judgeOwner(v *scorecard.View) scorecard.Finding {
	var found, wrong []scorecard.Evidence
	if e := entityOf(v); e != nil {
		at := e.Location.At("spec.owner", e.OwnerLine, e.OwnerLine)
		switch {
		case isOwner(e.Owner):
			found = append(found, scorecard.Evidence{Location: at, Outcome: scorecard.Pass, Message: e.Owner + " owns it by its catalog entity"})
		case e.Owner != "":
			wrong = append(wrong, scorecard.Evidence{Location: at, Outcome: scorecard.Fail, Message: fmt.Sprintf("owner %q of its catalog entity is nobody", e.Owner)})
		}
	}
	deciding, ignored := owners(v.Owners)
	for _, r := range deciding {
		who := strings.Join(r.Owners, ", ")
		if who == "" {
			wrong = append(wrong, scorecard.Evidence{Location: r.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("the line that decides for it (%s) names no owner", r.Pattern)})
			continue
		}
		found = append(found, scorecard.Evidence{Location: r.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s owns it by %s", who, path.Base(r.Location.Path))})
	}
	for _, r := range ignored {
		wrong = append(wrong, scorecard.Evidence{Location: r.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("%s line %q is ignored: %s", path.Base(r.Location.Path), r.Pattern, r.Ignored)})
	}
	switch {
	case len(found) > 0:
		f := whole(found)
		if len(ignored) > 0 {
			f.Reason += fmt.Sprintf("; %s of CODEOWNERS ignored: %s", plural(len(ignored), "line"), ignored[0].Ignored)
		}
		return f
	case len(wrong) > 0:
		return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: "no owner counts: " + wrong[0].Message, Evidence: wrong, Remedy: func() string { return ownerRemedy(v) }}
	}
	return scorecard.Missing(func() string { return ownerRemedy(v) }, "no owner was found in the catalog, CODEOWNERS or OWNERS")
}

// owners gives the rules that decide: of CODEOWNERS the last one that counts, of
// OWNERS files each that names someone. ignored are the lines that count for nothing.
func owners(rules []scorecard.OwnerRule) (deciding, ignored []scorecard.OwnerRule) {
	last := -1
	for i, r := range rules {
		switch {
		case r.Ignored != "":
			ignored = append(ignored, r)
		case r.Format == "owners":
			if len(r.Owners) > 0 {
				deciding = append(deciding, r)
			}
		case last < 0 || rules[last].Location.Compare(r.Location) < 0:
			last = i
		}
	}
	if last >= 0 {
		deciding = append([]scorecard.OwnerRule{rules[last]}, deciding...)
	}
	return deciding, ignored
}

// nobodies are what stands where an owner was to be filled in.
var nobodies = []string{"unknown", "todo", "tbd", "none", "n/a", "na", "nobody", "changeme", "fixme", "guests", "guest", "owner"}

// isOwner reports whether the reference names a group or a person.
func isOwner(ref string) bool {
	name := strings.ToLower(strings.TrimSpace(ref))
	name = name[strings.LastIndexAny(name, ":/")+1:]
	return name != "" && !slices.Contains(nobodies, name) && !strings.HasPrefix(name, "your-") && !placeholder(ref) && !strings.ContainsAny(name, "<>")
}

func ownerRemedy(v *scorecard.View) string {
	if e := entityOf(v); e != nil {
		return fenced(in(e.Location)+"name the owning group of the catalog:", "yaml", yamlText(object{
			{key: "metadata", value: object{{key: "name", value: e.Name}}},
			{key: "spec", value: object{{key: "owner", value: "group:default/your-team"}}},
		}))
	}
	pattern := "*"
	if p := cmp.Or(v.Service.Path, "."); p != "." {
		pattern = "/" + strings.Trim(p, "/") + "/"
	}
	return fenced("In `"+cmp.Or(v.Codeowners, ".github/CODEOWNERS")+"` (below the lines that cover more), name the team, which needs write access:", "", pattern+" @your-org/your-team")
}
