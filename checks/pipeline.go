package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// ran is a command of a pipeline, with where it runs.
type ran struct {
	pipeline *scorecard.Pipeline
	job      *scorecard.Job
	step     *scorecard.JobStep
	command  *scorecard.Command
}

// byItself are the triggers that nobody has to pull.
var byItself = []scorecard.Trigger{scorecard.OnPullRequest, scorecard.OnPush, scorecard.OnTag, scorecard.OnSchedule, scorecard.OnEvent}

// commandsOf are the commands of the service's pipelines that are for one of the
// purposes and are ever run; off are those that are switched off.
func commandsOf(v *scorecard.View, purposes ...scorecard.Purpose) (on, off []ran) {
	for i := range v.Pipelines {
		p := &v.Pipelines[i]
		for k := range p.Jobs {
			j := &p.Jobs[k]
			for n := range j.Steps {
				s := &j.Steps[n]
				for m := range s.Commands {
					c := &s.Commands[m]
					switch {
					case !slices.Contains(purposes, c.Purpose):
					case p.Disabled != "" || j.Disabled != "" || s.Disabled != "":
						off = append(off, ran{p, j, s, c})
					case !p.Starts(j, append([]scorecard.Trigger{scorecard.OnManual}, byItself...)...):
						// Others call it; there it was read, too.
					default:
						on = append(on, ran{p, j, s, c})
					}
				}
			}
		}
	}
	return on, off
}

// says is the command as evidence.
func (r ran) says(outcome scorecard.Outcome, format string, a ...any) scorecard.Evidence {
	text := r.command.Tool
	if r.command.Via != "" {
		text += fmt.Sprintf(" (through %s, %s)", r.command.Via, r.command.Location)
	}
	return scorecard.Evidence{Location: r.step.Location, Outcome: outcome, Message: fmt.Sprintf(format, a...) + " " + text}
}

// why says what switches the command off.
func (r ran) why() string {
	for _, s := range []string{r.step.Disabled, r.job.Disabled} {
		if s != "" {
			return s
		}
	}
	return r.pipeline.Disabled
}

// evidenceOf is one piece of evidence for each step and tool.
func evidenceOf(list []ran, outcome scorecard.Outcome, format string, a ...any) (out []scorecard.Evidence) {
	for _, r := range list {
		e := r.says(outcome, format, a...)
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// unseenIn are the parts of the service's pipelines that stand elsewhere and may have
// one of the purposes.
func unseenIn(v *scorecard.View, purposes []scorecard.Purpose) (out []scorecard.Evidence) {
	for i := range v.Pipelines {
		p := &v.Pipelines[i]
		if p.Disabled != "" {
			continue
		}
		for _, u := range p.Unseen {
			if len(u.May) > 0 && !slices.ContainsFunc(u.May, func(p scorecard.Purpose) bool { return slices.Contains(purposes, p) }) {
				continue
			}
			out = append(out, scorecard.Evidence{Location: u.Location, Outcome: scorecard.Unknown, Message: u.What + " can't be seen from this repository"})
		}
	}
	return out
}

// sought is the finding about something that a pipeline ought to do: found, switched
// off, perhaps where nobody can look, or missing.
func sought(v *scorecard.View, found, off []scorecard.Evidence, remedy func() string, missing string, purposes ...scorecard.Purpose) scorecard.Finding {
	if len(found) > 0 {
		return whole(found)
	}
	if unseen := unseenIn(v, purposes); len(unseen) > 0 {
		return scorecard.Finding{Outcome: scorecard.Unknown, Subjects: 1, Undecided: 1, Evidence: unseen, Reason: missing + ", but " + unseen[0].Message}
	}
	if len(off) > 0 {
		return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Evidence: off, Reason: off[0].Message, Remedy: remedy}
	}
	return scorecard.Missing(remedy, "%s", missing)
}

// usesGitLab: new jobs belong into GitLab's file.
func usesGitLab(v *scorecard.View) bool {
	return slices.ContainsFunc(v.Pipelines, func(p scorecard.Pipeline) bool { return p.System == "gitlab-ci" })
}

// jobRemedy is a new workflow, or a job of GitLab, that runs a command in the service's
// folder; on names when: "push", "schedule".
func jobRemedy(v *scorecard.View, sentence, name, command string, scheduled bool) string {
	folder := v.Service.Path
	if folder == "." {
		folder = ""
	}
	if usesGitLab(v) {
		script := []string{command}
		if folder != "" {
			script = []string{"cd " + folder, command}
		}
		job := object{{key: "script", value: script}}
		if scheduled {
			job = append(job, field{key: "rules", value: []object{{{key: "if", value: `$CI_PIPELINE_SOURCE == "schedule"`}}}})
		}
		return fenced(fmt.Sprintf("%s Add to `.gitlab-ci.yml`:", sentence), "yaml", yamlText(object{{key: name, value: job}}))
	}
	on := object{{key: "push", value: object{{key: "branches", value: []string{"main"}}}}, {key: "pull_request", value: object{}}}
	if scheduled {
		on = object{{key: "schedule", value: []object{{{key: "cron", value: "0 6 * * 1-5"}}}}}
	}
	run := object{{key: "run", value: command}}
	if folder != "" {
		run = append(run, field{key: "working-directory", value: folder})
	}
	file := name + ".yaml"
	if folder != "" {
		file = name + "-" + objectName(&v.Service) + ".yaml"
	}
	return fenced(fmt.Sprintf("%s Start with `.github/workflows/%s`, or the same in the system that you use:", sentence, file), "yaml", yamlText(object{
		{key: "name", value: strings.TrimSuffix(file, ".yaml")}, {key: "on", value: on},
		{key: "permissions", value: object{{key: "contents", value: "read"}}},
		{key: "jobs", value: object{{key: name, value: object{
			{key: "runs-on", value: "ubuntu-latest"},
			{key: "steps", value: []object{{{key: "uses", value: "actions/checkout@v4"}}, run}},
		}}}},
	}))
}
