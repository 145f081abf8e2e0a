package infra

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// runs are CloudFormation's resources that say how a service is run, and the
// property that names it.
var runs = map[string]string{
	"AWS::ECS::Service": "ServiceName", "AWS::ECS::TaskDefinition": "Family", "AWS::Lambda::Function": "FunctionName",
	"AWS::Serverless::Function": "FunctionName", "AWS::AppRunner::Service": "ServiceName",
	"AWS::ElasticBeanstalk::Environment": "EnvironmentName", "AWS::Batch::JobDefinition": "JobDefinitionName",
	"AWS::Lightsail::Container": "ServiceName", "AWS::Amplify::App": "Name",
}

// isCloudFormation: it has resources whose types are Amazon's, and is no other
// format that holds such a template inside.
func isCloudFormation(root *yaml.Node) bool {
	resources := yamldoc.Get(root, "Resources")
	if resources == nil || resources.Kind != yaml.MappingNode {
		return false
	}
	if yamldoc.Get(root, "AWSTemplateFormatVersion") != nil || yamldoc.Get(root, "Transform") != nil {
		return true
	}
	for i := 1; i < len(resources.Content); i += 2 {
		if typ := text(resources.Content[i], "Type"); strings.HasPrefix(typ, "AWS::") {
			return true
		}
	}
	return false
}

// cloudFormation reads a template: each thing it runs, and one for the rest.
func (r *reader) cloudFormation(f tree.File, doc yamldoc.Document) {
	tool := "cloudformation"
	transforms := []string{text(doc.Root, "Transform")}
	for _, n := range yamldoc.Items(yamldoc.Get(doc.Root, "Transform")) {
		transforms = append(transforms, yamldoc.String(n))
	}
	if slices.ContainsFunc(transforms, func(s string) bool { return strings.HasPrefix(s, "AWS::Serverless") }) {
		tool = "sam"
	}
	resources := yamldoc.Get(doc.Root, "Resources")
	provisions := false
	for i := 0; i+1 < len(resources.Content); i += 2 {
		name := resources.Content[i].Value
		property, ok := runs[text(resources, name, "Type")]
		if !ok {
			provisions = provisions || text(resources, name, "Type") != ""
			continue
		}
		r.add(scorecard.Definition{Location: lines(f, resources, name), Tool: tool, Deploys: true, Name: literal(resources, name, "Properties", property)})
	}
	if provisions {
		r.provisions(f, doc, tool)
	}
}

// azureRuns are Azure's resource types that say how a service is run.
var azureRuns = map[string]bool{
	"microsoft.app/containerapps": true, "microsoft.app/jobs": true, "microsoft.web/sites": true, "microsoft.web/staticsites": true,
	"microsoft.containerinstance/containergroups": true, "microsoft.appplatform/spring/apps": true,
}

// arm reads an Azure Resource Manager template. One that Bicep wrote from a file
// beside it is left to that file.
func (r *reader) arm(f tree.File, doc yamldoc.Document) {
	if strings.EqualFold(text(doc.Root, "metadata", "_generator", "name"), "bicep") && r.t.Has(strings.TrimSuffix(f.Path, ".json")+".bicep") {
		return
	}
	provisions := false
	var walk func(n *yaml.Node, depth int)
	walk = func(n *yaml.Node, depth int) {
		resources := yamldoc.Follow(n)
		if resources == nil || depth > 20 {
			return
		}
		for i, item := range resources.Content {
			if resources.Kind == yaml.MappingNode && i%2 == 0 {
				continue
			}
			item = yamldoc.Follow(item)
			switch typ := strings.ToLower(text(item, "type")); {
			case azureRuns[typ]:
				at := scorecard.Location{Path: f.Path, FirstLine: item.Line, LastLine: yamldoc.LastLine(item)}
				r.add(scorecard.Definition{Location: at, Tool: "arm", Deploys: true, Name: literal(item, "name")})
			case typ != "" && typ != "microsoft.resources/deployments":
				provisions = true
			}
			walk(yamldoc.Get(item, "resources"), depth+1)
			walk(yamldoc.Get(item, "properties", "template", "resources"), depth+1)
		}
	}
	walk(yamldoc.Get(doc.Root, "resources"), 0)
	if provisions {
		r.provisions(f, doc, "arm")
	}
}

var (
	bicepResource = lazyregexp.New(`^\s*resource\s+\w+\s+'([^'@]+)@[^']*'\s*=?(.*)$`)
	bicepModule   = lazyregexp.New(`^\s*module\s+\w+\s+'[^']+'\s*=`)
	bicepName     = lazyregexp.New(`^\s*name:\s*'([^'$]+)'\s*$`)
)

// bicep reads a Bicep file line by line: its declarations stand at the start of one.
func (r *reader) bicep(f tree.File, data []byte) {
	all := strings.Split(string(data), "\n")
	provisions := 0
	for i, line := range all {
		m := bicepResource.FindStringSubmatch(line)
		if m == nil {
			if bicepModule.MatchString(line) && provisions == 0 {
				provisions = i + 1
			}
			continue
		}
		if strings.Contains(m[2], "existing") {
			continue
		}
		if !azureRuns[strings.ToLower(m[1])] {
			if provisions == 0 {
				provisions = i + 1
			}
			continue
		}
		last, name := bicepBlock(all, i)
		r.add(scorecard.Definition{
			Location: scorecard.Location{Path: f.Path, FirstLine: i + 1, LastLine: last + 1}, Tool: "bicep", Deploys: true, Name: name,
		})
	}
	if provisions > 0 {
		r.add(scorecard.Definition{Location: at(f.Path, provisions), Tool: "bicep", Provisions: true})
	}
}

// maxBicepLines bounds how long one declaration is followed.
const maxBicepLines = 500

// bicepBlock gives the last line of the declaration that starts at a line, and the
// name in its first level where it is written out.
func bicepBlock(all []string, start int) (last int, name string) {
	depth := 0
	end := min(len(all), start+maxBicepLines)
	for i := start; i < end; i++ {
		if m := bicepName.FindStringSubmatch(all[i]); m != nil && depth == 1 && name == "" {
			name = m[1]
		}
		depth += strings.Count(all[i], "{") - strings.Count(all[i], "}")
		if depth <= 0 && i > start || i == start && depth == 0 && strings.Contains(all[i], "}") {
			return i, name
		}
	}
	return end - 1, name
}

// ecs reads a task definition as it is registered.
func (r *reader) ecs(f tree.File, doc yamldoc.Document, task *yaml.Node) {
	first := yamldoc.Items(yamldoc.Get(task, "containerDefinitions"))[0]
	if text(first, "image") == "" && text(first, "name") == "" {
		return
	}
	r.deploys(f, doc, "ecs", literal(task, "family"))
}

// groups are the API groups by which infrastructure is asked for in Kubernetes'
// words; the first that the object's group ends in counts.
var groups = []struct{ suffix, tool string }{
	{"crossplane.io", "crossplane"}, {"upbound.io", "crossplane"}, {"cnrm.cloud.google.com", "config-connector"},
	{"services.k8s.aws", "ack"}, {"azure.com", "azure-service-operator"},
}

// notMade are kinds of those groups that install or configure and make nothing.
var notMade = map[string]bool{
	"Provider": true, "ProviderConfig": true, "ClusterProviderConfig": true, "ProviderRevision": true, "Configuration": true, "Function": true,
	"ControllerConfig": true, "DeploymentRuntimeConfig": true, "StoreConfig": true, "EnvironmentConfig": true, "ImageConfig": true,
	"ConfigConnector": true, "ConfigConnectorContext": true, "Lock": true, "Usage": true, "ProviderConfigUsage": true,
}

// controlPlane reads an object that asks an operator for infrastructure.
func (r *reader) controlPlane(f tree.File, doc yamldoc.Document) {
	group, _, found := strings.Cut(text(doc.Root, "apiVersion"), "/")
	if !found || notMade[text(doc.Root, "kind")] {
		return
	}
	for _, g := range groups {
		if group == g.suffix || strings.HasSuffix(group, "."+g.suffix) {
			r.provisions(f, doc, g.tool)
			return
		}
	}
}
