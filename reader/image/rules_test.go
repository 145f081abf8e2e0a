package image

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"dockerfile": true, "containerfile": true, "dockerfile.prod": true, "api.dockerfile": true, "dockerfile-api": true, "dockerfile_api": true,
		"containerfile.ubi": true, "dockerfile.alpine3.20": true,
		"dockerfile.dockerignore": false, "dockerfile.md": false, "dockerfile.tmpl": false, "dockerfile.go": false, "dockerfile_test.go": false,
		"dockerfiles": false, "dockerfile.j2": false, "mydockerfile": false, "dockerfile.lock": false,
	} {
		if got := isDockerfile(name); got != want {
			t.Errorf("isDockerfile(%q) is %v", name, got)
		}
	}
	for name, want := range map[string]bool{
		"compose.yaml": true, "compose.yml": true, "docker-compose.yml": true, "docker-compose.prod.yaml": true, "compose-prod.yaml": true,
		"infra-compose.yml": true, "docker_compose.yml": true,
		"serverless-compose.yml": false, "composer.yaml": false, "decompose.yaml": false, "compose.json": false,
	} {
		if got := isCompose(name); got != want {
			t.Errorf("isCompose(%q) is %v", name, got)
		}
	}
	for name, want := range map[string]bool{
		"dockerfile.dev": true, "dev.dockerfile": true, "compose.override.yaml": true, "docker-compose-test.yml": true, "dockerfile.debug": true,
		"dockerfile": false, "dockerfile.prod": false, "compose.monitoring.yaml": false, "dockerfile.developer": false,
	} {
		if got := forDevelopment(name); got != want {
			t.Errorf("forDevelopment(%q) is %v", name, got)
		}
	}
}

func TestUntagged(t *testing.T) {
	for s, want := range map[string]string{
		"a/b:1": "a/b", "a/b": "a/b", "r:5000/a": "r:5000/a", "r:5000/a:${T}": "r:5000/a", "a/b:${T:-x:y}": "a/b", "${R:-x}/a": "${R:-x}/a", "a@sha256:0": "a@sha256",
	} {
		if got := untagged(s); got != want {
			t.Errorf("untagged(%q) is %q, want %q", s, got, want)
		}
	}
}

// TestSecretsStayInside: of a .env file only what an image names comes out.
func TestSecretsStayInside(t *testing.T) {
	facts := readAll(t, fstest.MapFS{
		".env":         {Data: []byte("PASSWORD=s3cr3t\nTAG=1.0\n")},
		"compose.yaml": {Data: []byte("services:\n  a:\n    image: a:$TAG\n    environment: {P: s3cr3t}\n")},
		"Dockerfile":   {Data: []byte("FROM a:1\nENV P=s3cr3t\n")},
	})
	b, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "s3cr3t") || !strings.Contains(string(b), "a:1.0") {
		t.Errorf("got %s", b)
	}
}

func TestHostile(t *testing.T) {
	for name, c := range map[string]struct{ file, data, gap string }{
		"binary":        {"Dockerfile", "\x00\xff\xfe", "not valid UTF-8"},
		"long line":     {"Dockerfile", "FROM " + strings.Repeat("a", 1<<20), ""},
		"nested":        {"Dockerfile", "FROM " + strings.Repeat("${A:-", 1000) + "x" + strings.Repeat("}", 1000), ""},
		"many":          {"Dockerfile", strings.Repeat("ARG A=$A\nFROM $A\n", 20_000), ""},
		"escape":        {"Dockerfile", "# escape=x\nFROM a\n", "escape"},
		"unclosed json": {"Dockerfile", "FROM a\nRUN [\"x\n", ""},
		"compose":       {"compose.yaml", "services:\n" + strings.Repeat("  a: {image: b}\n", 3), ""},
		"types":         {"compose.yaml", "services: {a: [x], b: {image: [x]}, c: {image: {}, build: 1}}\n", ""},
		"merge loop":    {"compose.yaml", "services: &s\n  a: {<<: *s, image: x:1}\n", ""},
		"deep xml":      {"pom.xml", "<artifactId>jib-maven-plugin</artifactId>" + strings.Repeat("<a>", 300_000), "nests"},
		"gradle":        {"build.gradle", strings.Repeat("jib { from {", 50_000), ""},
		"tilt":          {"Tiltfile", strings.Repeat("docker_build('a', '.')\n", 50_000), ""},
		"knot":          {"pom.xml", "<p><properties><a>${b}</a><b>${a}</b></properties><plugin><artifactId>jib-maven-plugin</artifactId><configuration><from><image>${a}</image></from></configuration></plugin></p>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			facts := readAll(t, fstest.MapFS{"x/" + c.file: {Data: []byte(c.data)}, "zz/Dockerfile": {Data: []byte("FROM alpine:3.20\n")}})
			if c.gap != "" && (len(facts.Gaps) != 1 || !strings.Contains(facts.Gaps[0].Message, c.gap)) {
				t.Errorf("want a gap that says %q, got %.300v", c.gap, facts.Gaps)
			}
			if n := len(facts.Images); n == 0 || facts.Images[n-1].Image != "alpine:3.20" {
				t.Errorf("the file beside it was not read: %.300v", facts.Images)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"ARG A=1\nFROM x:${A:-2} AS b\nCOPY --from=b --from=c:1 / /\nRUN --mount=from=d,target=/ <<E\nE\n",
		"services:\n  a: {image: 'x:${T:-1}', build: .}\n  b: {image: $X}\n", "T=1 # x\nexport X=\"$T\"\n",
		"<project><properties><a>b</a></properties><plugin><artifactId>jib-maven-plugin</artifactId><configuration><from><image>${a}</image></from></configuration></plugin></project>",
		"def v = '1'\njib { from { image = \"a:${v}\" } }\njib.from.image = b\n", "docker_build('a', '.')\n",
		"apiVersion: skaffold/v2\nbuild: {artifacts: [{image: a}]}\nprofiles: [{build: {artifacts: [{imageName: b}]}}]\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		files := fstest.MapFS{}
		for _, name := range []string{"Dockerfile", "compose.yaml", ".env", "pom.xml", "build.gradle", "Tiltfile", "skaffold.yaml"} {
			files[name] = &fstest.MapFile{Data: []byte(data)}
		}
		facts := readAll(t, files)
		for _, i := range facts.Images {
			if i.Format == "" || i.Image == "" && i.Unresolved == "" || i.Location.LastLine < i.Location.FirstLine {
				t.Errorf("not a whole image: %+v", i)
			}
		}
		if _, err := json.Marshal(facts); err != nil {
			t.Fatal(err)
		}
	})
}
