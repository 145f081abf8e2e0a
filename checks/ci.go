package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var ciPresent = scorecard.Check{
	ID:      "ci-present",
	Pillar:  scorecard.Delivery,
	Title:   "A pipeline runs on every change",
	Applies: "all services",
	Passes:  "a pipeline of GitHub Actions, GitLab CI, Jenkins, CircleCI, Azure Pipelines, Buildkite, Tekton, Bitbucket, Drone, Woodpecker, Travis, Cloud Build, CodeBuild or Prow runs on pushes or pull requests, and is not switched off",
	Why: "A change that nothing checks is found broken by users. " +
		"DORA's research finds continuous integration among what separates teams that deliver often and safely from the rest.",
	Fix: "Add a pipeline that builds and tests each push and each pull request.",
	References: []scorecard.Reference{
		{Title: "DORA capabilities: continuous integration", URL: "https://dora.dev/capabilities/continuous-integration/"},
		{Title: "Site Reliability Engineering: Release Engineering", URL: "https://sre.google/sre-book/release-engineering/"},
	},
	Level: scorecard.Bronze, Weight: scorecard.High, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Pipelines},
	Rule: func(v *scorecard.View) scorecard.Finding {
		var found, idle []scorecard.Evidence
		for i := range v.Pipelines {
			p := &v.Pipelines[i]
			switch {
			case p.Disabled != "":
				idle = append(idle, scorecard.Evidence{Location: p.Location, Outcome: scorecard.Fail, Message: pipelineName(p) + " never runs: " + p.Disabled})
			case p.Runs():
				found = append(found, scorecard.Evidence{Location: p.Location, Outcome: scorecard.Pass, Message: pipelineName(p) + " runs on " + triggerWords(p)})
			case slices.Contains(p.Triggers, scorecard.OnWorkflow):
			case p.System == "tekton" && slices.Contains(p.Triggers, scorecard.OnEvent):
				found = append(found, scorecard.Evidence{Location: p.Location, Outcome: scorecard.Pass, Message: pipelineName(p) + " is started by events"})
			default:
				idle = append(idle, scorecard.Evidence{Location: p.Location, Outcome: scorecard.Fail, Message: pipelineName(p) + " runs on neither pushes nor pull requests"})
			}
		}
		remedy := func() string {
			return jobRemedy(v, "Run a pipeline on each change.", "ci", testCommand(v), false)
		}
		switch {
		case len(found) > 0:
			return whole(found)
		case len(idle) > 0:
			return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Evidence: idle, Reason: idle[0].Message, Remedy: remedy}
		}
		return scorecard.Missing(remedy, "no pipeline was found in what is connected")
	},
}

func pipelineName(p *scorecard.Pipeline) string {
	if p.Name != "" {
		return p.System + " pipeline " + p.Name
	}
	return p.System + " pipeline"
}

func triggerWords(p *scorecard.Pipeline) string {
	push, pull := slices.Contains(p.Triggers, scorecard.OnPush), slices.Contains(p.Triggers, scorecard.OnPullRequest)
	switch {
	case push && pull:
		return "pushes and pull requests"
	case push:
		return "pushes"
	}
	return "pull requests"
}

var ciTests = scorecard.Check{
	ID:      "ci-tests",
	Pillar:  scorecard.Delivery,
	Title:   "The pipeline runs the service's tests",
	Applies: "services with code and a pipeline",
	Passes: "a step that runs by itself runs tests that cover the service's folder: a known command of its language, or a target of make, npm, nx, task, gradle, maven, tox, nox, just, pre-commit or a script that does; " +
		"`exit 0`, `echo`, npm's placeholder, a disabled step or a job merely named test is none",
	Why: "Tests that nobody has to remember to run are the ones that catch the change that breaks production. " +
		"A pipeline that is green without having tested anything is worse than none: people trust it.",
	Fix: "Add a step that runs the tests, and let it fail the pipeline.",
	References: []scorecard.Reference{
		{Title: "Site Reliability Engineering: Testing for Reliability", URL: "https://sre.google/sre-book/testing-reliability/"},
		{Title: "DORA capabilities: test automation", URL: "https://dora.dev/capabilities/test-automation/"},
	},
	Level: scorecard.Bronze, Weight: scorecard.High, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Pipelines},
	Rule: func(v *scorecard.View) scorecard.Finding {
		switch {
		case !slices.ContainsFunc(v.Pipelines, func(p scorecard.Pipeline) bool { return p.Disabled == "" }):
			return scorecard.Skip("no pipeline was found that could run tests")
		case len(v.Code) == 0:
			return scorecard.Skip("no code was found that could be tested")
		}
		on, off := commandsOf(v, scorecard.Test)
		on = slices.DeleteFunc(on, func(r ran) bool { return !r.pipeline.Starts(r.job, byItself...) || !speaks(v, r.command.Language) })
		var disabled []scorecard.Evidence
		remedy := func() string {
			return jobRemedy(v, "Run the tests on each change.", "test", testCommand(v), false)
		}
		on = slices.DeleteFunc(on, func(r ran) bool {
			if r.command.Tolerated != "" {
				remedy = func() string {
					return fmt.Sprintf("In `%s`, let a failure of %s stop the pipeline: %s.", r.step.Location, r.command.Tool, r.command.Tolerated)
				}
				disabled = append(disabled, r.says(scorecard.Fail, "a failure of tests stops nothing, since %s:", r.command.Tolerated))
			}
			return r.command.Tolerated != ""
		})
		for _, r := range off {
			disabled = append(disabled, r.says(scorecard.Fail, "a step that never runs, since %s:", r.why()))
		}
		return sought(v, evidenceOf(on, scorecard.Pass, "tests are run by"), disabled, remedy,
			"no step of a pipeline was found that runs tests of the service", scorecard.Test)
	},
}

// speaks reports whether tests of that language can be of the service's code.
func speaks(v *scorecard.View, language string) bool {
	return language == "" || slices.ContainsFunc(v.Code, func(c scorecard.Code) bool { return c.Language == language })
}

// testCommands run the tests of a language.
var testCommands = map[string]string{
	"go": "go test ./...", "python": "python -m pytest", "javascript": "node --test", "jvm": "mvn --batch-mode test", "ruby": "bundle exec rspec", "rust": "cargo test", "dotnet": "dotnet test",
	"php": "vendor/bin/phpunit", "elixir": "mix test", "swift": "swift test", "dart": "dart test", "c": "ctest --test-dir build", "haskell": "cabal test", "zig": "zig build test",
}

// testCommand runs the tests of the service's main language.
func testCommand(v *scorecard.View) string {
	files := map[string]int{}
	best := ""
	for _, c := range v.Code {
		files[c.Language] += c.Files
	}
	for _, c := range v.Code {
		if testCommands[c.Language] != "" && (best == "" || files[c.Language] > files[best] || files[c.Language] == files[best] && c.Language < best) {
			best = c.Language
		}
	}
	if best == "jvm" && slices.ContainsFunc(v.Ecosystems, func(e scorecard.Ecosystem) bool { return e.Name == "gradle" }) {
		return "./gradlew test"
	}
	if best == "" {
		return "make test"
	}
	return testCommands[best]
}
