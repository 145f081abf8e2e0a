package infra

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// pulumi reads a Pulumi project: its resources where it is written in YAML, else
// its code for what runs a service.
func (r *reader) pulumi(f tree.File, data []byte) {
	r.documents(f, data, true, func(r *reader, f tree.File, doc yamldoc.Document) {
		if text(doc.Root, "runtime") == "" && text(doc.Root, "runtime", "name") == "" {
			return
		}
		r.provisions(f, doc, "pulumi")
		resources := yamldoc.Get(doc.Root, "resources")
		if resources == nil {
			r.code(f, "pulumi", pulumiRuns)
			return
		}
		for i := 0; i+1 < len(resources.Content); i += 2 {
			if key := resources.Content[i].Value; pulumiTypes.MatchString(text(resources, key, "type")) {
				name := firstOf(literal(resources, key, "properties", "name"), literal(resources, key, "properties", "metadata", "name"))
				r.add(scorecard.Definition{Location: lines(f, resources, key), Tool: "pulumi", Deploys: true, Name: name})
			}
		}
	})
}

// pulumiTypes are the types, as YAML writes them, that run a service.
var pulumiTypes = lazyregexp.New(`(?i)^(?:aws(?:-native|x)?:(?:ecs|lambda|apprunner)(?:[:/]\w+)*:(?:Service|Function|TaskDefinition|FargateService|CallbackFunction)|` +
	`gcp:(?:cloudrun|cloudrunv2|cloudfunctions|cloudfunctionsv2)(?:[:/]\w+)*:(?:Service|Function|Job)|` +
	`azure(?:-native)?:(?:app|web|containerinstance|appservice)(?:[:/]\w+)*:(?:ContainerApp|WebApp|ContainerGroup|LinuxWebApp|FunctionApp)|` +
	`kubernetes:(?:apps|batch)/\w+:\w+|kubernetes:helm\.sh/v\d:(?:Release|Chart)|docker:.*:Container)$`)

// The constructs, in the languages that projects are written in, that run a service.
var (
	pulumiRuns = lazyregexp.New(`\b(?:ecs|lambda_?|apprunner|cloudrun|cloudrunv2|cloudfunctions|cloudfunctionsv2|containerinstance|appservice)\.(?:v\d\.)?(?:New)?(?:Fargate)?(?:Service|TaskDefinition|Function|CallbackFunction|ContainerGroup|App)\s*[(<]|` +
		`\b(?:New)?(?:FargateService|CallbackFunction|ContainerApp|LinuxWebApp|LinuxFunctionApp|WebApp)\(|` +
		`\b(?:apps\.v1|appsv1|apps_v1|batch\.v1)\.(?:New)?(?:Deployment|StatefulSet|DaemonSet|CronJob|Job)\s*\(|` +
		`\bhelm\.(?:v\d|sh\.v\d)\.(?:New)?(?:Chart|Release)\s*\(`)
	cdkRuns = lazyregexp.New(`\b(?:New)?(?:ApplicationLoadBalanced|NetworkLoadBalanced|ApplicationMultipleTargetGroups|NetworkMultipleTargetGroups|QueueProcessing)?(?:Fargate|Ec2|External)Service\b\s*[({.<]|` +
		`\b(?:New)?(?:NodejsFunction|PythonFunction|GoFunction|RustFunction|DockerImageFunction|SingletonFunction)\s*[(.]|` +
		`\b\w*(?:lambda|lmb|Lambda)\w*\.(?:New)?(?:CfnFunction|Function|DockerImageFunction)\s*\(|` +
		`\bFunction\(\s*(?:this|self)\b|\bFunction\.Builder\b|\bapprunner\w*\.(?:New)?(?:CfnService|Service)\s*\(`)
)

// cdk reads a project of the AWS CDK, which has a program that makes the stacks.
func (r *reader) cdk(f tree.File, data []byte) {
	r.documents(f, data, true, func(r *reader, f tree.File, doc yamldoc.Document) {
		if text(doc.Root, "app") != "" {
			r.provisions(f, doc, "cdk")
			r.code(f, "cdk", cdkRuns)
		}
	})
}

// cdktf reads a project of the CDK for Terraform.
func (r *reader) cdktf(f tree.File, data []byte) {
	r.documents(f, data, true, func(r *reader, f tree.File, doc yamldoc.Document) {
		if text(doc.Root, "app") != "" || text(doc.Root, "language") != "" {
			r.provisions(f, doc, "cdktf")
		}
	})
}

// languages are the endings of code that a project may be written in.
var languages = map[string]bool{
	".ts": true, ".js": true, ".mjs": true, ".py": true, ".go": true, ".java": true, ".cs": true, ".kt": true,
}

// The bounds on the code of one project; what lies behind them is not looked at.
const (
	maxCodeFiles = 400
	maxCodeBytes = 512 << 10
)

// code looks through a project's code for what runs a service, and takes the first
// place as evidence: by it alone the program is known to deploy, not what.
func (r *reader) code(project tree.File, tool string, runs lazyregexp.Regexp) {
	looked := 0
	for _, f := range r.files {
		if !inside(project.Folder(), f.Path) || !languages[path.Ext(f.Path)] || strings.HasSuffix(f.Path, ".d.ts") ||
			generated(f.Path) || f.Size > min(maxCodeBytes, r.t.Limits().MaxFileBytes) {
			continue
		}
		if looked++; looked > maxCodeFiles || r.ctx.Err() != nil {
			return
		}
		data, ok := r.t.Read(f.Path, scorecard.Infrastructure)
		if !ok {
			continue
		}
		if m := runs.FindIndex(data); m != nil {
			line := 1 + strings.Count(string(data[:m[0]]), "\n")
			r.add(scorecard.Definition{Location: at(f.Path, line), Tool: tool, Deploys: true})
			return
		}
	}
}

func inside(folder, p string) bool {
	return folder == "." || strings.HasPrefix(p, folder+"/")
}
