// Package infra reads what describes infrastructure or a deployment as code besides
// Kubernetes, Terraform and Compose: CloudFormation and SAM, ARM and Bicep, CDK and
// Pulumi projects, Crossplane and its kin, Ansible, Chef and Puppet with the versions
// that they ask for, Nomad jobs, ECS task definitions, Serverless, and the files by
// which hosting platforms are told how to run a service.
//
// A file is known by its name where its name is its own, and else by what is
// written in it: neither every list in YAML is a playbook nor every JSON with
// resources a template.
package infra

import (
	"bytes"
	"context"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxSniffed is how large a file is looked into whose name says nothing: the
// largest of the formats, ARM, allows 4 MiB.
const maxSniffed = 4 << 20

type reader struct {
	ctx   context.Context
	t     *tree.Tree
	into  *scorecard.Facts
	files []tree.File
	// puppet holds the modules that have been counted.
	puppet map[string]bool
}

// Read appends the definitions and pins of the tree, and notes a gap for each file
// of a known format that can't be read or parsed. It stops when the context ends.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	r := &reader{ctx: ctx, t: t, into: into, files: t.Files(), puppet: map[string]bool{}}
	for _, f := range r.files {
		if ctx.Err() != nil {
			return
		}
		r.file(f)
	}
}

func (r *reader) file(f tree.File) {
	if generated(f.Path) {
		return
	}
	base := strings.ToLower(f.Base())
	if base == "metadata.json" && f.Size > maxModule {
		return // no module's, whatever it is
	}
	if read, ok := byName[base]; ok {
		if data, ok := r.t.Read(f.Path, scorecard.Infrastructure); ok {
			read(r, f, data)
		}
		return
	}
	switch ext := path.Ext(base); ext {
	case ".yaml", ".yml", ".json", ".template":
		r.sniff(f)
	case ".bicep":
		if data, ok := r.t.Read(f.Path, scorecard.Infrastructure); ok {
			r.bicep(f, data)
		}
	case ".nomad", ".hcl":
		r.nomad(f)
	case ".pp":
		r.manifest(f)
	}
}

// generated reports paths of what tools write: CDK's output, Serverless packages.
func generated(p string) bool {
	for part := range strings.SplitSeq(path.Dir(p), "/") {
		switch part {
		case "cdk.out", "cdktf.out", ".serverless", ".aws-sam", ".terragrunt-cache":
			return true
		}
	}
	return false
}

// byName are the files that are known by their name alone.
var byName = map[string]func(*reader, tree.File, []byte){
	"pulumi.yaml": (*reader).pulumi, "pulumi.yml": (*reader).pulumi,
	"cdk.json": (*reader).cdk, "cdktf.json": (*reader).cdktf,
	"requirements.yml": (*reader).requirements, "requirements.yaml": (*reader).requirements,
	"metadata.rb": (*reader).cookbook, "berksfile": (*reader).berksfile, "policyfile.rb": (*reader).policyfile,
	"puppetfile": (*reader).puppetfile, "metadata.json": (*reader).puppetModule,
	"serverless.yml": (*reader).serverless, "serverless.yaml": (*reader).serverless, "serverless.json": (*reader).serverless,
	"serverless.ts": (*reader).serverlessCode, "serverless.js": (*reader).serverlessCode,
	"fly.toml": (*reader).fly, "wrangler.toml": (*reader).wrangler, "netlify.toml": (*reader).netlify,
	"wrangler.json": (*reader).wranglerJSON, "wrangler.jsonc": (*reader).wranglerJSON, "vercel.json": (*reader).vercel,
	"procfile": (*reader).procfile, "render.yaml": (*reader).render, "apprunner.yaml": (*reader).appRunner,
	"dockerrun.aws.json": (*reader).dockerrun, "azure.yaml": (*reader).azd, "azure.yml": (*reader).azd,
}

// hints are words without which no format that is told by its content can be.
var hints = [][]byte{
	[]byte("AWSTemplateFormatVersion"), []byte("AWS::"), []byte("eploymentTemplate.json"), []byte("containerDefinitions"),
	[]byte("crossplane.io"), []byte("upbound.io"), []byte("cnrm.cloud.google.com"), []byte("services.k8s.aws"), []byte("azure.com/v"),
	[]byte("Microsoft.App/"), []byte("hosts:"), []byte("import_playbook"), []byte("runtime:"), []byte("servers:"), []byte(`"job"`), []byte(`"Job"`),
}

// sniff looks into a YAML or JSON file.
func (r *reader) sniff(f tree.File) {
	if f.Size > maxSniffed || rendered(r.t, f.Path) {
		return
	}
	named := r.namedByPlace(f)
	data, ok := r.t.Read(f.Path, scorecard.Infrastructure)
	if !ok {
		return
	}
	if named != nil {
		r.documents(f, data, true, named)
		return
	}
	for _, h := range hints {
		if bytes.Contains(data, h) {
			r.documents(f, data, surelyOurs(data), (*reader).recognise)
			return
		}
	}
}

// surelyOurs: the file would be one of the formats if it did parse.
func surelyOurs(data []byte) bool {
	return bytes.Contains(data, []byte("AWSTemplateFormatVersion")) || bytes.Contains(data, []byte("AWS::Serverless-2016-10-31")) ||
		bytes.Contains(data, []byte("/deploymentTemplate.json#"))
}

// rendered: the file is a template of a Helm chart, which says nothing before it is rendered.
func rendered(t *tree.Tree, p string) bool {
	for d := path.Dir(p); d != "."; d = path.Dir(d) {
		if path.Base(d) == "templates" && t.Has(path.Join(path.Dir(d), "Chart.yaml")) {
			return true
		}
	}
	return false
}

// documents hands each document that parses to read; those that do not are gaps
// when the file is known to be of a format.
func (r *reader) documents(f tree.File, data []byte, ours bool, read func(*reader, tree.File, yamldoc.Document)) {
	for _, doc := range yamldoc.Parse(data) {
		switch {
		case doc.Err != nil && ours:
			r.t.Malformed(f.Path, doc.ErrLine, doc.Err, scorecard.Infrastructure)
		case doc.Root != nil:
			read(r, f, doc)
		}
	}
}

// namedByPlace are the files that folder and name tell together; nil for any other.
func (r *reader) namedByPlace(f tree.File) func(*reader, tree.File, yamldoc.Document) {
	base, folder := strings.ToLower(f.Base()), f.Folder()
	parent := path.Dir(folder)
	switch {
	case base == "main.yml" || base == "main.yaml":
		inRoles := path.Base(parent) == "roles" || strings.Contains("/"+parent+"/", "/roles/")
		switch path.Base(folder) {
		case "tasks":
			if inRoles || r.t.Has(path.Join(parent, "meta/main.yml")) {
				return (*reader).role
			}
		case "meta":
			if inRoles || r.t.Has(path.Join(parent, "tasks/main.yml")) {
				return (*reader).roleMeta
			}
		}
	case (base == "manifest.yml" || base == "manifest.yaml") && path.Base(parent) == "copilot":
		return (*reader).copilot
	case (base == "app.yaml" || base == "app.yml") && path.Base(folder) == ".do":
		return (*reader).digitalOcean
	case base == "deploy.yml" && path.Base(folder) == "config":
		return (*reader).kamal
	}
	return nil
}

// recognise tells a document by what is written in it.
func (r *reader) recognise(f tree.File, doc yamldoc.Document) {
	root := doc.Root
	switch {
	case root.Kind == yaml.SequenceNode:
		r.playbook(f, doc)
	case root.Kind != yaml.MappingNode:
	case isCloudFormation(root):
		r.cloudFormation(f, doc)
	case strings.Contains(text(root, "$schema"), "eploymentTemplate.json"):
		r.arm(f, doc)
	case len(yamldoc.Items(yamldoc.Get(root, "containerDefinitions"))) > 0:
		r.ecs(f, doc, root)
	case len(yamldoc.Items(yamldoc.Get(root, "taskDefinition", "containerDefinitions"))) > 0:
		r.ecs(f, doc, yamldoc.Get(root, "taskDefinition"))
	case strings.HasPrefix(strings.ToLower(text(root, "type")), "microsoft.app/containerapps"):
		r.deploys(f, doc, "azure-container-apps", literal(root, "name"))
	case text(root, "apiVersion") != "" && text(root, "kind") != "":
		r.controlPlane(f, doc)
	case isAppEngine(f, root):
		r.deploys(f, doc, "app-engine", firstOf(literal(root, "service"), literal(root, "module")))
	default:
		r.nomadJSON(f, doc)
	}
}

// deploys adds what says how a service is run.
func (r *reader) deploys(f tree.File, doc yamldoc.Document, tool, name string) {
	r.into.Infra = append(r.into.Infra, scorecard.Definition{Location: whole(f, doc), Tool: tool, Deploys: true, Name: name})
}

// provisions adds what makes infrastructure.
func (r *reader) provisions(f tree.File, doc yamldoc.Document, tool string) {
	r.into.Infra = append(r.into.Infra, scorecard.Definition{Location: whole(f, doc), Tool: tool, Provisions: true})
}

func (r *reader) add(d scorecard.Definition) { r.into.Infra = append(r.into.Infra, d) }

func whole(f tree.File, doc yamldoc.Document) scorecard.Location {
	return scorecard.Location{Path: f.Path, FirstLine: doc.FirstLine, LastLine: doc.LastLine}
}

// lines is where a member of a mapping stands, its key to its last line.
func lines(f tree.File, parent *yaml.Node, key string) scorecard.Location {
	first := yamldoc.KeyLine(parent, key)
	return scorecard.Location{Path: f.Path, FirstLine: first, LastLine: max(first, yamldoc.LastLine(yamldoc.Get(parent, key)))}
}

func at(p string, line int) scorecard.Location {
	return scorecard.Location{Path: p, FirstLine: line, LastLine: line}
}

// text is a member that is a scalar, as written.
func text(n *yaml.Node, keys ...string) string { return yamldoc.String(yamldoc.Get(n, keys...)) }

// literal is a member that is a plain string: no function, reference, or template.
func literal(n *yaml.Node, keys ...string) string {
	v := yamldoc.Get(n, keys...)
	if v == nil || strings.HasPrefix(v.Tag, "!") && !strings.HasPrefix(v.Tag, "!!") {
		return ""
	}
	return plain(yamldoc.String(v))
}

// plain is a string where nothing in it is filled in later, else empty.
func plain(s string) string {
	if strings.ContainsAny(s, "{}$<>") || strings.HasPrefix(s, "[") || strings.Contains(s, "%(") {
		return ""
	}
	return strings.TrimSpace(s)
}

func firstOf(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}
