package pipeline

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// wordsOf are what the names of pipelines that nobody can look into tell of what they do.
var wordsOf = map[string][]scorecard.Purpose{
	"deploy": {scorecard.Deploy}, "deployment": {scorecard.Deploy}, "rollout": {scorecard.Deploy}, "promote": {scorecard.Deploy}, "cd": {scorecard.Deploy}, "sync": {scorecard.Deploy},
	"release": {scorecard.Release, scorecard.Deploy}, "publish": {scorecard.Release}, "docker": {scorecard.Release, scorecard.ScanImage}, "image": {scorecard.Release, scorecard.ScanImage}, "container": {scorecard.Release, scorecard.ScanImage},
	"codeql": {scorecard.ScanCode}, "scan": {scorecard.ScanCode, scorecard.ScanImage}, "scanning": {scorecard.ScanCode, scorecard.ScanImage}, "security": {scorecard.ScanCode, scorecard.ScanImage}, "sast": {scorecard.ScanCode}, "trivy": {scorecard.ScanCode, scorecard.ScanImage}, "snyk": {scorecard.ScanCode, scorecard.ScanImage}, "sonar": {scorecard.ScanCode}, "vulnerability": {scorecard.ScanCode, scorecard.ScanImage}, "osv": {scorecard.ScanCode}, "audit": {scorecard.ScanCode},
	"terraform": {scorecard.LintIaC, scorecard.PlanIaC, scorecard.Deploy}, "tf": {scorecard.LintIaC, scorecard.PlanIaC, scorecard.Deploy}, "plan": {scorecard.PlanIaC}, "helm": {scorecard.LintIaC, scorecard.Deploy}, "chart": {scorecard.LintIaC}, "charts": {scorecard.LintIaC}, "drift": {scorecard.PlanIaC}, "lint": {scorecard.LintIaC}, "linter": {scorecard.LintIaC},
	"test": {scorecard.Test}, "tests": {scorecard.Test}, "unit": {scorecard.Test}, "e2e": {scorecard.Test}, "integration": {scorecard.Test}, "load": {scorecard.LoadTest},
}

// wholePipelines are words of pipelines that may do anything.
var wholePipelines = setOf("ci cicd build pipeline verify validate continuous pr check checks main go golang java maven gradle node nodejs npm python rust ruby dotnet php default all quality validation service microservice app")

// surely are those of them that outweigh a word of housekeeping.
var surely = setOf("ci cicd build pipeline verify")

// housekeeping are words of pipelines that look after the repository, and not the code.
var housekeeping = setOf("project projects issue issues label labels labeler labeller stale assign assignment reviewers review first time contributor contributors welcome greet greeting greetings cla dco lock triage notify notification slack discord title titles conventional commit commits commitlint dependabot automerge merge cleanup clean cache caches backport cherry changelog docs doc documentation comment comments owner owners codeowners spelling spellcheck link links license licenses fossa survey roadmap milestone todo duplicate size scorecard scorecards template bot pages website retest rerun retry retrigger")

// purposesOf are the purposes that something unseen may have, by the names that it has:
// the innermost that tells decides. any is true where no name tells.
func purposesOf(names ...string) (may []scorecard.Purpose, any bool) {
	for _, name := range names {
		whole, chores, sure := false, false, false
		name = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), ".yml"), ".yaml")
		for _, w := range strings.FieldsFunc(name, func(r rune) bool { return r < 'a' && !(r >= '0' && r <= '9') || r > 'z' }) {
			may = append(may, wordsOf[w]...)
			whole = whole || wholePipelines[w]
			chores = chores || housekeeping[w]
			sure = sure || surely[w]
		}
		switch {
		case chores && len(may) == 0 && !sure:
			return nil, false
		case whole:
			return nil, true
		}
	}
	slices.Sort(may)
	return slices.Compact(may), len(may) == 0
}
