package generate

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// Repository makes one large repository of n services, about forty files and 400 kB
// each: code in five languages with what it depends on, images, charts or overlays with
// what deploys them, pipelines, Terraform, rules of alerts, objectives, dashboards,
// documents; and most of it, as everywhere, what says nothing about reliability: code,
// pictures, tests and vendored libraries. 250 services are 10,000 files and 100 MB.
func Repository(n int) Files {
	return func(yield func(string, []byte) bool) {
		w := &writer{yield: yield, ok: true}
		w.top()
		for i := 0; w.ok && i < n; i++ {
			a := newApp(i, 20)
			s := service{app: a, Folder: path.Join("services", a.Name), language: languages[i%len(languages)]}
			w.service(s)
			w.deployment(s)
			w.operation(s)
			w.ballast(s)
		}
	}
}

// service is an application with its code.
type service struct {
	app
	Folder string
	language
}

// writer hands on files as long as they are wanted.
type writer struct {
	yield func(string, []byte) bool
	ok    bool
}

func (w *writer) file(name, content string) {
	w.ok = w.ok && w.yield(name, []byte(content))
}

// top is what stands once in the repository.
func (w *writer) top() {
	w.file("README.md", "# The shop\n\nAll services of the shop. Each has its folder in `services`.\n")
	w.file(".github/CODEOWNERS", strings.Join([]string{"* @shop/platform", "/terraform/ @shop/platform", "/docs/ @shop/writers", ""}, "\n"))
	w.file(".github/dependabot.yml", "version: 2\nupdates:\n  - package-ecosystem: github-actions\n    directory: /\n    schedule:\n      interval: weekly\n")
	w.file("docs/oncall.md", "# On call\n\n## Escalation\n\n1. The service's team in PagerDuty, at once.\n2. The platform team after 15 minutes.\n")
	for i := range 10 {
		module := fmt.Sprintf("terraform/modules/%s", nouns[i])
		w.file(module+"/main.tf", fmt.Sprintf(terraformModule, nouns[i]))
		w.file(module+"/variables.tf", "variable \"name\" {\n  type = string\n}\n\nvariable \"retention\" {\n  type    = number\n  default = 7\n}\n")
		w.file(module+"/outputs.tf", "output \"arn\" {\n  value = aws_db_instance.this.arn\n}\n")
	}
}

// service writes the code and what is built of it.
func (w *writer) service(s service) {
	w.file(path.Join(s.Folder, s.manifest), s.text(s.depends))
	w.file(path.Join(s.Folder, "Dockerfile"), s.text(dockerfile))
	w.file(path.Join(s.Folder, "README.md"), s.text(readme))
	w.file(path.Join(s.Folder, "catalog-info.yaml"), s.text(catalogInfo))
	for i := range 13 {
		w.file(path.Join(s.Folder, s.folder, fmt.Sprintf("%s%02d%s", nouns[i%len(nouns)], i, s.ext)), s.code(i))
	}
	w.file(path.Join(".github/workflows", s.Name+".yaml"), s.text(workflow))
}

// deployment writes a chart for one half of the services, and overlays for the other.
func (w *writer) deployment(s service) {
	if s.Number%2 == 0 {
		chart := path.Join(s.Folder, "chart")
		w.file(chart+"/Chart.yaml", "apiVersion: v2\nname: "+s.Name+"\nversion: 1.0.0\n")
		w.file(chart+"/values.yaml", s.values())
		w.file(chart+"/values-production.yaml", "replicas: 3\n")
		w.file(chart+"/templates/_common.tpl", commonTemplates)
		w.file(chart+"/templates/deployment.yaml", "{{ include \"common.deployment\" . }}\n")
		w.file(chart+"/templates/service.yaml", "{{ include \"common.service\" . }}\n")
		w.file(path.Join("platform/applications", s.Name+".yaml"), s.text(strings.ReplaceAll(application, "PATH", "chart")))
		return
	}
	deploy := path.Join(s.Folder, "deploy")
	var text bytes.Buffer
	fill(&text, manifests, s.app)
	w.file(deploy+"/base/kustomization.yaml", "resources:\n  - app.yaml\n")
	w.file(deploy+"/base/app.yaml", text.String())
	for _, environment := range []string{"production", "staging"} {
		w.file(path.Join(deploy, "overlays", environment, "kustomization.yaml"), s.text(strings.ReplaceAll(environmentOverlay, "ENVIRONMENT", environment)))
		w.file(path.Join(deploy, "overlays", environment, "resources.yaml"), s.text(resourcesPatch))
	}
	w.file(path.Join("platform/applications", s.Name+".yaml"), s.text(strings.ReplaceAll(application, "PATH", "deploy/overlays/production")))
}

// operation writes what those read who keep the service running.
func (w *writer) operation(s service) {
	w.file(path.Join(s.Folder, "ops/alerts.yaml"), s.text(alertRules))
	w.file(path.Join(s.Folder, "ops/slo.yaml"), s.text(objective))
	w.file(path.Join(s.Folder, "ops/dashboard.json"), s.text(dashboard))
	w.file(path.Join("docs/runbooks", s.Name+".md"), s.text(runbook))
	w.file(path.Join("terraform/live/production", s.Name, "main.tf"), s.text(terraformLive))
}

// ballast writes what no practice asks about: tests, vendored code and pictures.
func (w *writer) ballast(s service) {
	for i := range 3 {
		w.file(path.Join(s.Folder, "tests", fmt.Sprintf("case%d%s", i, s.ext)), s.code(100+i))
		w.file(path.Join(s.Folder, "third_party/lib", fmt.Sprintf("part%d%s", i, s.ext)), s.code(200+i))
	}
	w.file(path.Join(s.Folder, "tests/fixture.yaml"), s.text("cart: {{.Name}}\nitems: [1, 2, 3]\n"))
	w.file(path.Join("web/assets", s.Name, "strings.csv"), strings.Repeat(fmt.Sprintf("%d,label,text of %s\n", s.Number, s.Name), 100))
	for i := range 2 {
		w.file(path.Join("web/assets", s.Name, fmt.Sprintf("%d.png", i)), noise(s.Number*7+i, 100_000))
	}
}

// noise is bytes that no compressor likes: a picture, as far as anybody here can tell.
func noise(seed, size int) string {
	b := append(make([]byte, 0, size+8), "\x89PNG\r\n\x1a\n\x00"...)
	for x := uint64(seed)*2685821657736338717 + 1; len(b) < size; {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b = append(b, byte(x), byte(x>>8), byte(x>>16), byte(x>>24))
	}
	return string(b)
}

// text fills a template in.
func (s service) text(template string) string {
	var b bytes.Buffer
	fill(&b, parse(template), s)
	return b.String()
}

func (s service) values() string {
	var b bytes.Buffer
	fill(&b, chartValues, s.app)
	return b.String()
}

// code is a source file of some 8 kB.
func (s service) code(i int) string {
	var b strings.Builder
	b.WriteString(s.head)
	for j := range 18 {
		fmt.Fprintf(&b, strings.ReplaceAll(s.body, "N", fmt.Sprintf("%s%d", layers[(i+j)%len(layers)], i*100+j)), s.Name, nouns[(i+j)%len(nouns)], i*31+j)
	}
	return b.String()
}
