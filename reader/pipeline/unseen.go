package pipeline

import (
	"path"
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
var wholePipelines = setOf("cicd build pipeline continuous main go golang java maven gradle node nodejs npm python rust ruby dotnet php default all service microservice app")

// checking are words of pipelines that look at a change, and bring nothing anywhere.
var checking = setOf("ci pr check checks verify validate validation quality")

// checksMay is what those may do.
var checksMay = []scorecard.Purpose{scorecard.Test, scorecard.LintIaC, scorecard.ScanCode, scorecard.ScanImage, scorecard.LoadTest, scorecard.Release}

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
		for _, w := range words(name) {
			may = append(may, wordsOf[w]...)
			if checking[w] {
				may = append(may, checksMay...)
			}
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
		if len(may) > 0 {
			break
		}
	}
	slices.Sort(may)
	return slices.Compact(may), len(may) == 0
}

// plain is a purpose that the name of another repository's workflow or action states: one of its
// words, with another one of them, and none that speak of something else.
type plain struct {
	purpose   scorecard.Purpose
	of        map[string]bool
	with, but map[string]bool // with is nil where no other word is needed
}

// saying are words of what only tells of something.
const saying = " report reporter reporting publish result results upload comment summary annotate annotations retest check-run badge"

const manifests = "helm chart charts terraform tf tofu kubernetes k8s manifests kustomize bicep cloudformation"

var manifestWords, manifestOrSaying = setOf(manifests), setOf(manifests + saying)

// plainNames are what names state. "Test" alone is said of many things; "node_unit_tests" is not.
var plainNames = []plain{
	{scorecard.ScanCode, setOf("codeql veracode snyk semgrep sast brakeman bandit gosec osv trivy"), nil, setOf(saying)},
	{scorecard.ScanCode, setOf("dependency dependencies vulnerability vulnerabilities"), setOf("security review scan scanning audit"), nil},
	{scorecard.ScanCode, setOf("security"), setOf("scan scanning analysis"), nil},
	{scorecard.ScanImage, setOf("trivy grype clair"), nil, setOf("fs config")},
	{scorecard.LintIaC, setOf("lint linter validate test"), manifestWords, nil},
	{scorecard.Test, setOf("test tests testing"), setOf("unit integration e2e acceptance node npm yarn python pytest django go golang java jvm maven gradle kotlin ruby rspec rails dotnet php phpunit rust cargo jest cypress playwright analyse analyze coverage"), manifestOrSaying},
	{scorecard.Deploy, setOf("deploy deployer deployment"), setOf("env environment prod production staging dev app service helm k8s kubernetes openshift ecs lambda cloud namespace"), setOf("resources docs pages site preview undeploy destroy cleanup create delete notify status" + saying)},
}

// languagesNamed are the languages that words of such names speak of.
var languagesNamed = map[string]string{
	"node": "javascript", "npm": "javascript", "yarn": "javascript", "jest": "javascript", "python": "python", "pytest": "python", "django": "python", "go": "go", "golang": "go",
	"java": "jvm", "jvm": "jvm", "maven": "jvm", "gradle": "jvm", "kotlin": "jvm", "ruby": "ruby", "rspec": "ruby", "rails": "ruby", "brakeman": "ruby", "dotnet": "dotnet", "php": "php", "phpunit": "php",
	"rust": "rust", "cargo": "rust", "bandit": "python", "gosec": "go",
}

// stated are the commands that a workflow or an action of another repository runs by what
// its name states; none where that states nothing.
func stated(uses string, s scope) (out []scorecard.Command) {
	file, _, _ := strings.Cut(uses, "@")
	what := "the action "
	if strings.Contains(file, "/.github/workflows/") {
		what = "the workflow "
	}
	name := strings.ToLower(path.Base(file))
	ws := words(strings.TrimSuffix(strings.TrimSuffix(name, ".yml"), ".yaml"))
	language := ""
	for _, w := range ws {
		if l := languagesNamed[w]; l != "" {
			language = l
		}
	}
	has := func(set map[string]bool) bool { return slices.ContainsFunc(ws, func(w string) bool { return set[w] }) }
	for _, p := range plainNames {
		if has(p.of) && (p.with == nil || has(p.with)) && !has(p.but) {
			out = append(out, scorecard.Command{Location: s.location(0), Tool: what + clean(file), Purpose: p.purpose, Folder: s.folder, Language: language})
		}
	}
	return out
}

// words are the words of a name.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r < 'a' && !(r >= '0' && r <= '9') || r > 'z' })
}
