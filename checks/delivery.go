package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var deployAutomated = scorecard.Check{
	ID:      "deploy-automated",
	Pillar:  scorecard.Delivery,
	Title:   "A machine deploys the service",
	Applies: "all services",
	Passes: "Argo CD, Flux, Config Sync, Fleet or Cloud Deploy applies it, or a step of a pipeline does: kubectl, helm, helmfile, kustomize, skaffold, terraform, oc, a cloud's command line or action; " +
		"what is deployed into a cluster that lives for one job, or by pull requests alone, is none",
	Why: "A deployment by hand depends on who does it, and on a bad day nobody can repeat it. " +
		"Google counts release engineering by hand as toil; DORA finds deployment automation among what makes releases frequent and safe.",
	Fix: "Let Argo CD or Flux apply the manifests, or deploy from the pipeline.",
	References: []scorecard.Reference{
		{Title: "DORA capabilities: deployment automation", URL: "https://dora.dev/capabilities/deployment-automation/"},
		{Title: "Site Reliability Engineering: Release Engineering", URL: "https://sre.google/sre-book/release-engineering/"},
		{Title: "OpenGitOps principles", URL: "https://opengitops.dev/"},
	},
	Level: scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Pipelines},
	Rule: func(v *scorecard.View) scorecard.Finding {
		var found, off []scorecard.Evidence
		for _, s := range v.Syncs {
			if s.Suspended {
				off = append(off, scorecard.Evidence{Location: s.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("%s %s would deploy it and is suspended", s.Tool, s.Name)})
				continue
			}
			found = append(found, scorecard.Evidence{Location: s.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s deploys it (%s)", s.Tool, s.Name)})
		}
		on, disabled := commandsOf(v, scorecard.Deploy)
		on = slices.DeleteFunc(on, func(r ran) bool {
			return !r.pipeline.Starts(r.job, scorecard.OnPush, scorecard.OnTag, scorecard.OnManual, scorecard.OnEvent, scorecard.OnSchedule)
		})
		found = append(found, evidenceOf(on, scorecard.Pass, "it is deployed by")...)
		for _, r := range disabled {
			off = append(off, r.says(scorecard.Fail, "a step that never runs, since %s:", r.why()))
		}
		return sought(v, found, off, func() string { return syncRemedy(v) }, "nothing was found in what is connected that deploys the service", scorecard.Deploy)
	},
}

// syncRemedy is an Argo CD Application for the service's manifests.
func syncRemedy(v *scorecard.View) string {
	name := objectName(&v.Service)
	app := object{
		{key: "apiVersion", value: "argoproj.io/v1alpha1"}, {key: "kind", value: "Application"},
		{key: "metadata", value: object{{key: "name", value: name}, {key: "namespace", value: "argocd"}}},
		{key: "spec", value: object{
			{key: "project", value: "default"},
			{key: "source", value: object{
				{key: "repoURL", value: "https://git.example.com/your-org/" + v.Service.Repository + ".git"},
				{key: "targetRevision", value: "HEAD"}, {key: "path", value: within(&v.Service, "deploy")},
			}},
			{key: "destination", value: object{{key: "server", value: "https://kubernetes.default.svc"}, {key: "namespace", value: name}}},
			{key: "syncPolicy", value: object{{key: "automated", value: object{{key: "prune", value: true}, {key: "selfHeal", value: true}}}}},
		}},
	}
	return fenced(fmt.Sprintf("Where the deployment stands in another repository, connect that one. Else let Argo CD apply what is there, with `argocd/%s.yaml`:", name), "yaml", yamlText(app))
}

var releasesTagged = scorecard.Check{
	ID:      "releases-tagged",
	Pillar:  scorecard.Delivery,
	Title:   "Releases have versions",
	Applies: "repositories whose history or changelog can be seen",
	Passes:  "tags that are semantic versions, or a changelog with versions; where the clone has no tags, a pipeline that makes them",
	Why: "Who rolls back must name what to roll back to, and who looks for the change that broke something must know what is in which version. " +
		"Without tags or a changelog both begin with archaeology.",
	Fix: "Tag each release with a semantic version, by hand or by release-please, semantic-release or GoReleaser.",
	References: []scorecard.Reference{
		{Title: "Semantic Versioning", URL: "https://semver.org/"},
		{Title: "Keep a Changelog", URL: "https://keepachangelog.com/en/1.1.0/"},
		{Title: "Site Reliability Engineering: Release Engineering", URL: "https://sre.google/sre-book/release-engineering/"},
	},
	Level: scorecard.Bronze, Weight: scorecard.Low, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.History, scorecard.Pipelines},
	Rule:  released,
}

func released(v *scorecard.View) scorecard.Finding {
	var found, lacking []scorecard.Evidence
	known := false
	for _, t := range v.Tags {
		known = known || !t.Shallow
		if t.Releases > 0 {
			found = append(found, scorecard.Evidence{Location: t.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s of releases, the newest %s", plural(t.Releases, "tag"), t.Versions[0])})
		} else if !t.Shallow {
			lacking = append(lacking, scorecard.Evidence{Location: t.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("none of %s is a version", plural(t.Count, "tag"))})
		}
	}
	for _, c := range v.Changelogs {
		if c.Versions > 0 {
			found = append(found, scorecard.Evidence{Location: c.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s has %s, the newest %s", c.Location.Path, plural(c.Versions, "version"), c.Latest)})
		} else {
			lacking = append(lacking, scorecard.Evidence{Location: c.Location, Outcome: scorecard.Fail, Message: c.Location.Path + " names no version"})
		}
	}
	if on, _ := commandsOf(v, scorecard.Release); !known && len(found) == 0 {
		found = evidenceOf(on, scorecard.Pass, "releases are made by")
	}
	switch {
	case len(found) > 0:
		return whole(found)
	case known && len(lacking) > 0:
		return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Evidence: lacking, Reason: lacking[0].Message, Remedy: releaseRemedy}
	case known:
		return scorecard.Missing(releaseRemedy, "no release was found: neither a tag nor a changelog")
	}
	at := scorecard.Location{Path: "."}
	return scorecard.Finding{Outcome: scorecard.Unknown, Subjects: 1, Undecided: 1, Reason: "the history was not seen, so whether releases are tagged is not known",
		Evidence: []scorecard.Evidence{{Location: at, Outcome: scorecard.Unknown, Message: "no history, or only the last part of it, is in what was read"}}}
}

func releaseRemedy() string {
	return fenced("Say what is in the first version in `CHANGELOG.md`:", "text", "# Changelog\n\n## [0.1.0]\n\n- The first release.") +
		"\n\nThen tag it: `git tag --annotate v0.1.0 --message v0.1.0 && git push origin v0.1.0`."
}

var loadTested = scorecard.Check{
	ID:      "load-tested",
	Pillar:  scorecard.Capacity,
	Title:   "Somebody knows how much load it takes",
	Applies: "all services",
	Passes:  "a load test with k6, Locust, Gatling, JMeter, Vegeta, Artillery, ghz, wrk or their kin is named in a pipeline or in a target of make, npm, task or just, or a load generator is deployed",
	Why: "Until a service has been loaded to its limit, nobody knows whether a campaign takes twice what it can serve. " +
		"Google's guidance is to test components until they break, and to base capacity on that instead of on belief.",
	Fix: "Write a load test for the requests that matter, and give it a target that anybody can run.",
	References: []scorecard.Reference{
		{Title: "Site Reliability Engineering: Addressing Cascading Failures, testing", URL: "https://sre.google/sre-book/addressing-cascading-failures/"},
		{Title: "Grafana k6 documentation", URL: "https://grafana.com/docs/k6/latest/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Pipelines},
	Rule: func(v *scorecard.View) scorecard.Finding {
		on, disabled := commandsOf(v, scorecard.LoadTest)
		found := evidenceOf(on, scorecard.Pass, "load is made by")
		for _, p := range v.LoadProbes {
			found = append(found, scorecard.Evidence{Location: p.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("load is made by %s (%s)", p.Tool, p.Via)})
		}
		var off []scorecard.Evidence
		for _, r := range disabled {
			off = append(off, r.says(scorecard.Fail, "a step that never runs, since %s:", r.why()))
		}
		if len(found) > 0 {
			return whole(found)
		}
		if len(off) > 0 {
			return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Evidence: off, Reason: off[0].Message, Remedy: func() string { return loadRemedy(v) }}
		}
		return scorecard.Missing(func() string { return loadRemedy(v) }, "no load test was found that a pipeline or a target runs")
	},
}

func loadRemedy(v *scorecard.View) string {
	name := objectName(&v.Service)
	script := "loadtest/" + name + ".js"
	test := fenced(fmt.Sprintf("Write what users do in `%s`:", script), "javascript", fmt.Sprintf(`import http from "k6/http";

export const options = {
  stages: [{ duration: "2m", target: 50 }, { duration: "5m", target: 50 }],
  thresholds: { http_req_failed: ["rate<0.01"], http_req_duration: ["p(95)<500"] },
};

export default function () {
  http.get(`+"`${__ENV.TARGET || \"http://localhost:8080\"}/`"+`); // what users of %s ask for most
}`, name))
	make := fenced("and let anybody run it, in `loadtest/Makefile`:", "make", strings.Join([]string{".PHONY: " + name, name + ":", "\tk6 run " + name + ".js"}, "\n"))
	return test + "\n\n" + make
}
