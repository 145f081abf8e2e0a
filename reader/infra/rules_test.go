package infra

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestBoundedRange(t *testing.T) {
	for text, want := range map[string]bool{
		"1.2.3": true, "==1.2.3": true, "= 1.2": true, "~> 1.2": true, "^1.0": true, ">=1.0,<2.0": true,
		">= 4.0.0 < 10.0.0": true, "< 2": true, "9.x": true, "v1.2.3": true,
		"": false, "*": false, "latest": false, ">=1.0": false, "> 1.0": false, "!= 1.0": false, ">= 1.0, != 1.5": false,
	} {
		if got := boundedRange(text); got != want {
			t.Errorf("boundedRange(%q) is %v", text, got)
		}
	}
}

func TestFixedRef(t *testing.T) {
	for text, want := range map[string]bool{
		"v1.2.3": true, "4b9e1c2": true, "release-2024": true,
		"": false, "main": false, "Master": false, "HEAD": false, "devel": false, ":latest": false,
	} {
		if got := fixedRef(text); got != want {
			t.Errorf("fixedRef(%q) is %v", text, got)
		}
	}
}

// TestHostile reads what is broken, endless or not what its name says. Each may
// give a gap, none may take long or hide its neighbour.
func TestHostile(t *testing.T) {
	for name, c := range map[string]struct{ file, data, gap string }{
		"binary":         {"serverless.yml", "\x00\xff\xfe", "not valid UTF-8"},
		"brackets":       {"vercel.json", strings.Repeat("[", 300_000), "nests"},
		"alias bomb":     {"template.yaml", "AWSTemplateFormatVersion: x\na: &a [x,x,x,x,x,x,x,x,x,x]\n" + bomb(12) + "Resources: *l\n", ""},
		"nomad brackets": {"x.nomad", "job \"x\" {\n a = " + strings.Repeat("(", 300_000) + "\n}", "nests"},
		"ruby commas":    {"Berksfile", strings.Repeat("x,\n", 1<<18), ""},
		"bicep open":     {"x.bicep", strings.Repeat("resource a 'Microsoft.Web/sites@1' = {\n", 3000), ""},
		"lock":           {"Policyfile.rb", "cookbook 'x'\n", ""},
		"toml":           {"fly.toml", strings.Repeat("a = [", 10_000), "would not parse"},
		"types":          {"requirements.yml", "roles: {a: b}\ncollections: x\n", ""},
		"job":            {"x.json", `{"job": "x", "Job": []}`, ""},
		"play":           {"x.yml", "- hosts: {}\n  tasks: x\n- 1\n", ""},
		"arm":            {"x.json", `{"$schema": "deploymentTemplate.json#", "resources": "x"}`, ""},
		"services":       {"azure.yaml", "services: [x]\n", ""},
		"empty":          {"Pulumi.yaml", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			facts := readAll(t, fstest.MapFS{
				"x/" + c.file: {Data: []byte(c.data)}, "zz/Procfile": {Data: []byte("web: x\n")},
				"x/Policyfile.lock.json": {Data: []byte(`{"cookbook_locks": {}}`)},
			})
			if c.gap != "" && (len(facts.Gaps) == 0 || !strings.Contains(facts.Gaps[0].Message, c.gap)) {
				t.Errorf("want a gap that says %q, got %.300v", c.gap, facts.Gaps)
			}
			if n := len(facts.Infra); n == 0 || facts.Infra[n-1].Tool != "procfile" {
				t.Errorf("the file beside it was not read: %.300v", facts.Infra)
			}
		})
	}
}

func bomb(levels int) string {
	var b strings.Builder
	for i := range levels - 1 {
		from, to := string(rune('a'+i)), string(rune('b'+i))
		b.WriteString(to + ": &" + to + " [" + strings.Repeat("*"+from+",", 9) + "*" + from + "]\n")
	}
	return b.String()
}

// TestBrokenLock: a lock file that would not parse is a gap, and pins nothing.
func TestBrokenLock(t *testing.T) {
	facts := readAll(t, fstest.MapFS{"Policyfile.rb": {Data: []byte("cookbook 'x'\n")}, "Policyfile.lock.json": {Data: []byte("{")}})
	if len(facts.Gaps) != 1 || facts.Gaps[0].Location.Path != "Policyfile.lock.json" {
		t.Errorf("gaps: %v", facts.Gaps)
	}
	if len(facts.Pins) != 1 || facts.Pins[0].Pinned {
		t.Errorf("pins: %v", facts.Pins)
	}
}

// fuzzed are the names under which each input is read: one for each parser.
var fuzzed = []string{
	"a.yaml", "a.json", "requirements.yml", "roles/r/tasks/main.yml", "roles/r/meta/main.yml", "metadata.rb", "Berksfile", "Berksfile.lock",
	"p/Policyfile.rb", "p/Policyfile.lock.json", "Puppetfile", "metadata.json", "a.pp", "serverless.yml", "serverless.ts", "fly.toml", "wrangler.toml",
	"wrangler.jsonc", "netlify.toml", "vercel.json", "Procfile", "render.yaml", "apprunner.yaml", "Dockerrun.aws.json", "azure.yaml", "a.bicep", "a.nomad",
	"a.hcl", "Pulumi.yaml", "cdk.json", "cdktf.json", "a.ts", "copilot/x/manifest.yml", "app.yaml", ".do/app.yaml", "config/deploy.yml",
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"AWSTemplateFormatVersion: x\nTransform: [AWS::Serverless-2016-10-31]\nResources:\n  A: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Ref x}}\n",
		"- hosts: all\n  tasks:\n    - block: [{docker_container: {name: x}}]\n- import_playbook: x\n",
		"roles: [a, {src: 'git+https://a:b@c/d', version: main}]\ncollections: ['a.b:1.0', {name: x, version: '>=1'}]\n",
		"name 'x'\ncookbook 'a', '~> 1', git: 'https://a@b/c', :tag => 'v1'\nmod 'b', :latest\ndepends 'c',\n",
		"job \"x\" {\n  group \"y\" {}\n}\n", "resource a 'Microsoft.Web/sites@1' = {\n  name: 'x'\n}\n",
		"name: x\nruntime: yaml\nresources: {a: {type: 'aws:lambda:Function'}}\nservices: [{type: web, name: a}]\n",
		`{"Job": {"ID": "x", "TaskGroups": []}, "cookbook_locks": {"a": {"version": "1"}}, "app": "x", "name": "a-b", "requirements": [1], "dependencies": [{"name": "c/d"}]}`,
		"app = \"x\"\n[build]\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		files := fstest.MapFS{}
		for _, name := range fuzzed {
			files[name] = &fstest.MapFile{Data: []byte(data)}
		}
		facts := readAll(t, files)
		for _, d := range facts.Infra {
			if d.Tool == "" || !d.Deploys && !d.Provisions || d.Location.Path == "" || d.Location.LastLine < d.Location.FirstLine {
				t.Errorf("not a whole definition: %+v", d)
			}
		}
		marshal(t, facts)
	})
}

func marshal(t testing.TB, facts *scorecard.Facts) {
	t.Helper()
	if _, err := json.Marshal(facts); err != nil {
		t.Fatal(err)
	}
}
