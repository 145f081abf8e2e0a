package pipeline

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// azure reads Azure Pipelines: stages, jobs, deployments and steps, with the templates of
// this repository.
func (r *reader) azure(f tree.File, data []byte) {
	for _, root := range r.roots(f, data) {
		if get(root, "stages") == nil && get(root, "jobs") == nil && get(root, "steps") == nil && get(root, "extends") == nil {
			continue
		}
		p := begin(f, root, "azure-pipelines")
		p.Triggers, p.Paths = azureTriggers(root)
		a := &azurePipeline{r, &p, values{}}
		for _, e := range entries(get(root, "variables")) {
			if v := yamldoc.String(e.value); v != "" {
				a.vars[e.key] = v
			}
		}
		a.body(f.Path, root, 0)
		r.add(p)
	}
}

// azureTriggers: without `trigger` every push starts it, and without `pr`, on GitHub,
// every pull request.
func azureTriggers(root *yaml.Node) (on []scorecard.Trigger, paths []string) {
	trigger, pr := get(root, "trigger"), get(root, "pr")
	if yamldoc.String(trigger) != "none" {
		on = append(on, scorecard.OnPush)
		paths = prefixes(list(get(trigger, "paths", "include")))
	}
	if yamldoc.String(pr) != "none" && (pr != nil || yamldoc.String(trigger) != "none") {
		on = append(on, scorecard.OnPullRequest)
	}
	if len(yamldoc.Items(get(root, "schedules"))) > 0 {
		on = append(on, scorecard.OnSchedule)
	}
	if get(root, "resources", "pipelines") != nil {
		on = append(on, scorecard.OnEvent)
	}
	if len(on) == 0 {
		on = append(on, scorecard.OnManual)
	}
	return on, paths
}

type azurePipeline struct {
	*reader
	p    *scorecard.Pipeline
	vars values
}

// body reads what has stages, jobs or steps: a pipeline, a stage, a job, a template.
func (a *azurePipeline) body(file string, n *yaml.Node, depth int) {
	if depth > 8 {
		return
	}
	if t := text(n, "extends", "template"); t != "" {
		a.template(file, get(n, "extends"), t, depth)
	}
	for _, key := range []string{"stages", "jobs"} {
		for _, item := range flat(get(n, key), 0) {
			if t := text(item, "template"); t != "" {
				a.template(file, item, t, depth)
				continue
			}
			if disabled := azureOff(item); disabled != "" {
				continue
			}
			if get(item, "steps") != nil || get(item, "strategy") != nil && get(item, "deployment") != nil {
				a.job(file, item, depth)
				continue
			}
			a.body(file, item, depth+1)
		}
	}
	if get(n, "steps") != nil {
		a.job(file, n, depth)
	}
}

// flat are the items of a list, those inside of template conditions too.
func flat(n *yaml.Node, depth int) (out []*yaml.Node) {
	for _, item := range yamldoc.Items(n) {
		es := entries(item)
		if len(es) == 1 && strings.HasPrefix(es[0].key, "${{") && depth < 5 {
			out = append(out, flat(es[0].value, depth+1)...)
			continue
		}
		out = append(out, item)
	}
	return out
}

func azureOff(n *yaml.Node) string {
	if c := strings.ToLower(strings.ReplaceAll(text(n, "condition"), " ", "")); c == "false" || c == "never()" || c == "eq(1,2)" {
		return "its condition is `false`"
	}
	if text(n, "enabled") == "false" {
		return "it is set to `enabled: false`"
	}
	return ""
}

func (a *azurePipeline) template(file string, n *yaml.Node, name string, depth int) {
	name = strings.TrimSuffix(name, "@self")
	p := path.Join(path.Dir(file), name)
	if strings.HasPrefix(name, "/") {
		p = strings.TrimPrefix(name, "/")
	}
	root := a.document(p)
	if root == nil || strings.Contains(name, "@") {
		a.p.Unseen = append(a.p.Unseen, scorecard.Unseen{Location: where(file, n), What: "the template " + clean(name)})
		return
	}
	a.included[p] = true
	before := a.vars
	a.vars = a.vars.with("", nil)
	for _, e := range entries(get(root, "parameters")) {
		if v := yamldoc.String(e.value); v != "" {
			a.vars["parameters."+e.key] = v
		}
	}
	for _, e := range yamldoc.Items(get(root, "parameters")) {
		if v := text(e, "default"); v != "" {
			a.vars["parameters."+text(e, "name")] = v
		}
	}
	for k, v := range yamldoc.StringMap(get(n, "parameters")) {
		a.vars["parameters."+k] = before.fill(v)
	}
	a.body(p, root, depth+1)
	a.vars = before
}

func (a *azurePipeline) job(file string, n *yaml.Node, depth int) {
	j := scorecard.Job{Location: where(file, n), Name: clean(first(text(n, "displayName"), text(n, "job"), text(n, "deployment")))}
	a.steps(file, get(n, "steps"), &j, depth)
	for _, strategy := range []string{"runOnce", "rolling", "canary"} {
		for _, hook := range []string{"preDeploy", "deploy", "routeTraffic", "postRouteTraffic"} {
			a.steps(file, get(n, "strategy", strategy, hook, "steps"), &j, depth)
		}
	}
	finish(a.p, j)
}

func (a *azurePipeline) steps(file string, list *yaml.Node, j *scorecard.Job, depth int) {
	for _, s := range flat(list, 0) {
		if t := text(s, "template"); t != "" {
			name := strings.TrimSuffix(t, "@self")
			p := path.Join(path.Dir(file), name)
			if strings.HasPrefix(name, "/") {
				p = name[1:]
			}
			if root := a.document(p); root != nil && depth < 8 {
				a.included[p] = true
				a.steps(p, get(root, "steps"), j, depth+1)
			} else {
				a.p.Unseen = append(a.p.Unseen, scorecard.Unseen{Location: where(file, s), What: "the template " + clean(t)})
			}
			continue
		}
		step := scorecard.JobStep{Location: where(file, s), Name: clean(text(s, "displayName")), Uses: clean(text(s, "task")), Disabled: azureOff(s)}
		folder := azureFolder(a.vars.fill(first(text(s, "workingDirectory"), text(s, "inputs", "workingDirectory"), ".")))
		sub := a.scope(file, s.Line, folder)
		for _, key := range []string{"script", "bash", "pwsh", "powershell"} {
			if n := get(s, key); n != nil {
				filled := *n
				filled.Value = azurePaths(a.vars.fill(n.Value))
				x := a.scalar(&filled, sub)
				if text(s, "continueOnError") == "true" {
					x = x.tolerated("continueOnError is set")
				}
				keep(j, step, x)
			}
		}
		if task := text(s, "task"); task != "" {
			keep(j, step, a.task(task, get(s, "inputs"), sub))
		}
		a.p.Unseen = append(a.p.Unseen, *sub.unseen...)
	}
}

// azurePaths writes the folders that the agent gives as the repository's root.
func azurePaths(s string) string {
	return strings.NewReplacer("$(Build.SourcesDirectory)", ".", "$(System.DefaultWorkingDirectory)", ".", "$(Pipeline.Workspace)/s", ".", "$(Agent.BuildDirectory)/s", ".").Replace(s)
}

func azureFolder(p string) string { return path.Join(".", knownFolder(azureMacro(azurePaths(p)))) }

func azureMacro(p string) string {
	if i := strings.Index(p, "$("); i >= 0 {
		return p[:i] + unknown
	}
	return expression.ReplaceAllString(p, unknown)
}

// task is what one of Azure's tasks does.
func (a *azurePipeline) task(task string, in *yaml.Node, s scope) result {
	name, _, _ := strings.Cut(strings.ToLower(task), "@")
	input := func(keys ...string) string {
		for _, k := range keys {
			for _, e := range entries(in) {
				if strings.EqualFold(e.key, k) && yamldoc.String(e.value) != "" {
					return azurePaths(a.vars.fill(yamldoc.String(e.value)))
				}
			}
		}
		return ""
	}
	words := func(program string, more ...string) result {
		w := []string{program}
		for _, m := range more {
			w = append(w, strings.Fields(azureMacro(m))...)
		}
		return a.command(w, s)
	}
	is := func(p scorecard.Purpose, language string) result {
		return result{commands: a.emit(name, &meaning{purpose: p, language: language}, []string{name}, s)}
	}
	switch name {
	case "bash", "powershell", "cmdline", "shellscript", "azurecli", "azurepowershell":
		for _, e := range entries(in) {
			if k := strings.ToLower(e.key); k == "script" || k == "inlinescript" || k == "inline" {
				return a.scalar(e.value, s)
			}
		}
		return words("bash", input("filePath", "scriptPath", "targetPath"))
	case "dotnetcorecli":
		return words("dotnet", input("command"), input("projects"), input("custom"), input("arguments"))
	case "vstest", "visualstudiotest":
		return is(scorecard.Test, "dotnet")
	case "npm":
		return words("npm", first(input("customCommand"), input("command")), "--prefix", first(input("workingDir"), "."))
	case "yarn":
		return words("yarn", input("arguments"))
	case "maven":
		return words("mvn", first(input("goals"), "package"), input("options"), "-f", first(input("mavenPomFile"), "pom.xml"))
	case "gradle":
		return words("gradle", first(input("tasks"), "build"), input("options"))
	case "go":
		return words("go", input("command"), input("arguments"))
	case "make":
		return words("make", input("targets"))
	case "docker":
		if c := strings.ToLower(input("command")); c == "build" || c == "buildandpush" || c == "" {
			return a.imageBuild(azureMacro(first(input("Dockerfile"), "Dockerfile")), path.Dir(first(input("Dockerfile"), "Dockerfile")), s)
		}
	case "helmdeploy":
		return words("helm", first(input("command"), "ls"))
	case "kubernetes", "kubernetesmanifest":
		if action := strings.ToLower(first(input("action"), input("command"))); action == "deploy" || action == "apply" || action == "promote" || action == "set" || action == "patch" || action == "" && name == "kubernetesmanifest" {
			return is(scorecard.Deploy, "")
		}
	case "azurewebapp", "azurermwebappdeployment", "azurewebappcontainer", "azurefunctionapp", "azurefunctionappcontainer", "azurecontainerapps", "azurestaticwebapp", "azureresourcemanagertemplatedeployment", "azureresourcegroupdeployment", "azureappservicemanage",
		"iiswebappdeploymentonmachinegroup", "servicefabricdeploy", "octopusdeployrelease", "azurespringcloud", "sshdeploy", "ecsdeploytask", "lambdadeployfunction", "beanstalkdeployapplication", "cloudformationcreateorupdatestack", "copyfilesoverssh":
		return is(scorecard.Deploy, "")
	case "ssh":
		return a.remote([]string{"ssh", input("inline", "commands")}, s)
	case "sonarqubeanalyze", "sonarcloudanalyze", "snyksecurityscan", "whitesource", "mend", "dependency-check-build-task", "advancedsecurity-codeql-analyze", "advancedsecurity-dependency-scanning", "microsoftsecuritydevops", "veracode", "checkmarx cxsast", "blackduck", "componentgovernancecomponentdetection", "credscan":
		if name != "credscan" {
			return is(scorecard.ScanCode, "")
		}
	case "trivy", "aquasecurityscanner", "containerscan", "containerstructuretest":
		return is(scorecard.ScanImage, "")
	case "terraform", "terraformtask", "terraformtaskv1", "terraformtaskv2", "terraformtaskv3", "terraformtaskv4", "terraformcli":
		return words("terraform", input("command"))
	case "checkov", "tfsec", "tflint":
		return is(scorecard.LintIaC, "")
	case "apachejmeter", "azureloadtest":
		return is(scorecard.LoadTest, "")
	case "cypress", "publishtestresults":
	}
	return result{}
}
