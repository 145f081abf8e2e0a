package checks

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var dependenciesUpdated = scorecard.Check{
	ID:      "dependencies-updated",
	Pillar:  scorecard.Security,
	Title:   "A bot proposes newer dependencies",
	Applies: "the service's package files, Dockerfiles, and the repository's GitHub workflows that use actions",
	Passes:  "Dependabot, Renovate or another bot covers the ecosystem in that folder",
	Why: "Most known vulnerabilities are fixed in a release that nobody has taken yet. " +
		"A bot that proposes each release keeps the step to the fixed one small.",
	Fix: "Name each ecosystem and folder in `.github/dependabot.yml`, or let Renovate find them.",
	References: []scorecard.Reference{
		{Title: "GitHub: Dependabot version updates", URL: "https://docs.github.com/en/code-security/dependabot/dependabot-version-updates/about-dependabot-version-updates"},
		{Title: "Renovate documentation", URL: "https://docs.renovatebot.com/"},
		{Title: "OpenSSF Scorecard: Dependency-Update-Tool", URL: "https://github.com/ossf/scorecard/blob/main/docs/checks.md#dependency-update-tool"},
	},
	Level: scorecard.Silver, Weight: scorecard.Low, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Pipelines},
	Rule: rule(words{"place with dependencies", "is covered by a bot", "nothing was found that names dependencies"}, func(s *survey) {
		seen := map[[2]string]bool{}
		for i := range s.Ecosystems {
			e := &s.Ecosystems[i]
			folder := cmp.Or(e.Root, e.Folder)
			if e.Name == "github-actions" {
				folder = "."
			}
			key := [2]string{e.Name, folder}
			if seen[key] {
				continue
			}
			seen[key] = true
			bot, off := botFor(s.View, e, folder)
			switch {
			case bot != nil:
				s.Pass(bot.Location, "%s updates %s%s", bot.Bot, e.Name, inPlace(folder))
			case off != nil:
				s.Fail(off.Location, func() string { return updateRemedy(e.Name, folder) }, "%s is switched off, so %s%s is not updated: %s", off.Bot, e.Name, inPlace(folder), off.Disabled)
			default:
				s.Lack(e.Location, func() string { return updateRemedy(e.Name, folder) }, "no bot updates %s%s", e.Name, inPlace(folder))
			}
		}
	}),
}

func inPlace(folder string) string {
	if folder == "." {
		return ""
	}
	return " in " + folder
}

// botFor finds the bot that covers an ecosystem in a folder, else one that would and is
// switched off.
func botFor(v *scorecard.View, e *scorecard.Ecosystem, folder string) (bot, off *scorecard.UpdateBot) {
	for i := range v.Updates {
		b := &v.Updates[i]
		if len(b.Ecosystems) > 0 && !slices.Contains(b.Ecosystems, e.Name) || !updates(b, folder) {
			continue
		}
		if b.Disabled != "" {
			off = b
			continue
		}
		return b, nil
	}
	return nil, off
}

// updates reports whether a bot looks at the folder.
func updates(b *scorecard.UpdateBot, folder string) bool {
	below := func(list []string) bool {
		return slices.ContainsFunc(list, func(f string) bool { return folder == f || strings.HasPrefix(folder, f+"/") })
	}
	if below(b.Ignored) {
		return false
	}
	if len(b.Folders) == 0 {
		return true
	}
	if b.Bot == "renovate" {
		return below(b.Folders)
	}
	return slices.ContainsFunc(b.Folders, func(pattern string) bool { return matches(pattern, folder) })
}

// matches reports whether a folder fits a pattern of Dependabot, in which `**` stands
// for any number of folders.
func matches(pattern, folder string) bool {
	if pattern == folder || pattern == "**" || pattern == "**/*" {
		return true
	}
	if before, after, deep := strings.Cut(pattern, "**"); deep {
		before, after = strings.TrimSuffix(before, "/"), strings.Trim(after, "/*")
		return (before == "" || folder == before || strings.HasPrefix(folder, before+"/")) && (after == "" || strings.HasSuffix(folder, "/"+after) || folder == after)
	}
	ok, err := path.Match(pattern, folder)
	return err == nil && ok
}

func updateRemedy(ecosystem, folder string) string {
	directory := "/" + strings.TrimPrefix(folder, ".")
	return fenced("Add to `.github/dependabot.yml`:", "yaml", yamlText(object{
		{key: "version", value: 2},
		{key: "updates", value: []object{{
			{key: "package-ecosystem", value: ecosystem}, {key: "directory", value: directory},
			{key: "schedule", value: object{{key: "interval", value: "weekly"}}},
		}}},
	}))
}

var vulnerabilitiesScanned = scorecard.Check{
	ID:      "vulnerabilities-scanned",
	Pillar:  scorecard.Security,
	Title:   "Images or code are scanned for vulnerabilities",
	Applies: "services with code, a Dockerfile or a pipeline",
	Passes:  "a pipeline scans an image or code: Trivy, Grype, Snyk, CodeQL, Semgrep, govulncheck, osv-scanner, npm audit, Sonar, GitLab's scanners and their kin; scanning for secrets, or of infrastructure as code, is another matter",
	Why: "New vulnerabilities are found in old code every day. " +
		"A scan in the pipeline says which of them are in what is about to run; without one, the first to look is somebody else.",
	Fix: "Add a scan of the image, or of the code, to the pipeline.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Cloud Native Security", URL: "https://kubernetes.io/docs/concepts/security/cloud-native-security/"},
		{Title: "GitHub: About code scanning", URL: "https://docs.github.com/en/code-security/code-scanning/introduction-to-code-scanning/about-code-scanning"},
		{Title: "Trivy documentation", URL: "https://trivy.dev/"},
	},
	Level: scorecard.Gold, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Pipelines},
	Rule: func(v *scorecard.View) scorecard.Finding {
		if len(v.Code)+len(v.Pipelines)+len(v.Ecosystems) == 0 {
			return scorecard.Skip("neither code nor a pipeline was found")
		}
		on, disabled := commandsOf(v, scorecard.ScanImage, scorecard.ScanCode)
		on = slices.DeleteFunc(on, func(r ran) bool {
			return !r.pipeline.Starts(r.job, byItself...) || r.command.Language != "" && len(v.Code) > 0 && !speaks(v, r.command.Language)
		})
		var off []scorecard.Evidence
		for _, r := range disabled {
			off = append(off, r.says(scorecard.Fail, "a step that never runs, since %s:", r.why()))
		}
		return sought(v, evidenceOf(on, scorecard.Pass, "vulnerabilities are looked for by"), off,
			func() string {
				return jobRemedy(v, "Scan what is built, or the folder that it is built from.", "scan", "trivy filesystem --exit-code 1 --severity HIGH,CRITICAL .", false)
			},
			"no step of a pipeline was found that scans an image or code", scorecard.ScanImage, scorecard.ScanCode)
	},
}

var actionsPinned = scorecard.Check{
	ID:      "actions-pinned",
	Pillar:  scorecard.Security,
	Title:   "Actions of others are pinned by commit",
	Applies: "actions and reusable workflows that GitHub workflows use, other than those of `actions/`, `github/` and the repository's own owner",
	Passes:  "the reference is a full commit, or for an image its digest",
	Why: "A tag of an action can be moved to other code, which then runs with the workflow's token and secrets. " +
		"In March 2025 that happened to tj-actions/changed-files in thousands of repositories; those that had pinned a commit were safe.",
	Fix: "Write the full commit, with the version in a comment, and let Dependabot or Renovate move both.",
	References: []scorecard.Reference{
		{Title: "GitHub: Secure use reference, pin actions to a full-length commit", URL: "https://docs.github.com/en/actions/reference/security/secure-use"},
		{Title: "OpenSSF Scorecard: Pinned-Dependencies", URL: "https://github.com/ossf/scorecard/blob/main/docs/checks.md#pinned-dependencies"},
	},
	Level: scorecard.Gold, Weight: scorecard.Low, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Pipelines},
	Rule: rule(words{"third-party action", "is pinned by commit", "no GitHub workflow uses an action of a third party"}, func(s *survey) {
		seen := map[string]bool{}
		for i := range s.Pipelines {
			p := &s.Pipelines[i]
			for _, u := range p.Uses {
				if u.Known || seen[u.Ref] || p.System != "github-actions" {
					continue
				}
				seen[u.Ref] = true
				if u.Pinned {
					s.Pass(u.Location, "%s is pinned", u.Ref)
				} else {
					s.Fail(u.Location, func() string { return pinAction(u) }, "%s can be moved to other code", u.Ref)
				}
			}
		}
	}),
}

func pinAction(u scorecard.ActionUse) string {
	name, version, _ := strings.Cut(strings.TrimPrefix(u.Ref, "docker://"), "@")
	if strings.HasPrefix(u.Ref, "docker://") {
		return fenced(in(u.Location)+"write the image's digest, which this prints, behind its name:", "sh", "docker buildx imagetools inspect "+name)
	}
	repository := strings.Join(strings.SplitN(name, "/", 3)[:min(2, strings.Count(name, "/")+1)], "/")
	return fenced(fmt.Sprintf("%swrite `%s@COMMIT # %s` with the commit that this prints:", in(u.Location), name, version), "sh", fmt.Sprintf("git ls-remote https://github.com/%s %s", repository, version))
}

var ciTokenLimited = scorecard.Check{
	ID:      "ci-token-limited",
	Pillar:  scorecard.Security,
	Title:   "Workflows say what their token may do",
	Applies: "GitHub workflows",
	Passes:  "`permissions` stand at the top, or on each job, and none is `write-all`",
	Why: "Without `permissions` a workflow's token may do what the repository's default allows, which may be to write everything. " +
		"Any action and any dependency that runs in it may use the token.",
	Fix: "Write `permissions: contents: read` at the top, and what a job needs more on that job.",
	References: []scorecard.Reference{
		{Title: "GitHub: Use GITHUB_TOKEN for authentication in workflows", URL: "https://docs.github.com/en/actions/tutorials/authenticate-with-github_token"},
		{Title: "OpenSSF Scorecard: Token-Permissions", URL: "https://github.com/ossf/scorecard/blob/main/docs/checks.md#token-permissions"},
	},
	Level: scorecard.Silver, Weight: scorecard.Low, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Pipelines},
	Rule: rule(words{"workflow", "limits its token", "there is no GitHub workflow"}, func(s *survey) {
		for i := range s.Pipelines {
			if p := &s.Pipelines[i]; p.System == "github-actions" {
				judgeToken(s, p)
			}
		}
	}),
}

// jobToken limits the token of one job.
func jobToken(p *scorecard.Pipeline, job string) string {
	return fenced(fmt.Sprintf("In `%s`, with what the job needs:", p.Location.Path), "yaml",
		yamlText(object{{key: "jobs", value: object{{key: job, value: object{{key: "permissions", value: object{{key: "contents", value: "read"}}}}}}}}))
}

func judgeToken(s *survey, p *scorecard.Pipeline) {
	remedy := func() string {
		return fenced(fmt.Sprintf("In `%s`, beside `on`:", p.Location.Path), "yaml", "permissions:\n  contents: read") +
			"\n\nA job that needs more says so under its own `permissions`."
	}
	if p.Permissions.WriteAll {
		s.Fail(p.Permissions.Location, remedy, "%s gives its token `write-all`", p.Location.Path)
		return
	}
	for _, j := range p.Jobs {
		switch {
		case j.Permissions.WriteAll:
			s.Fail(j.Permissions.Location, func() string { return jobToken(p, j.Name) }, "job %s of %s gives its token `write-all`", j.Name, p.Location.Path)
			return
		case !j.Permissions.Set && !p.Permissions.Set:
			s.Fail(j.Location, remedy, "job %s of %s does not say what its token may do", j.Name, p.Location.Path)
			return
		}
	}
	s.Pass(p.Location, "%s limits its token", p.Location.Path)
}
