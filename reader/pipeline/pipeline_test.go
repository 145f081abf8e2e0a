package pipeline_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/reader/pipeline"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// read reads a small repository, given as name, text, name, text, …
func read(t testing.TB, files ...string) scorecard.Facts {
	t.Helper()
	fsys := fstest.MapFS{}
	for i := 0; i+1 < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	ctx := context.Background()
	tr, err := tree.Open(ctx, fsys, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var f scorecard.Facts
	pipeline.Read(ctx, tr, &f)
	f.Gaps = tr.Gaps()
	f.Sort()
	return f
}

// told are the commands of all pipelines: "test go test in services/cart at Makefile:3".
func told(f *scorecard.Facts) (out []string) {
	for _, p := range f.Pipelines {
		for _, j := range p.Jobs {
			for _, s := range j.Steps {
				for _, c := range s.Commands {
					line := fmt.Sprintf("%s: %s in %s at %s", c.Purpose, c.Tool, c.Folder, c.Location)
					if p.Disabled+j.Disabled+s.Disabled != "" {
						line = "off " + line
					}
					out = append(out, line)
				}
			}
		}
	}
	return out
}

// What single commands are for, as a step runs them.
func TestCommands(t *testing.T) {
	for script, want := range map[string]string{
		"go test ./...": "test: go test",
		"CGO_ENABLED=0 go test -race ./... | tee out.txt":     "test: go test",
		"go test -run=^$ -bench=. ./...":                      "",
		"sudo -E env PATH=$PATH go test ./...":                "test: go test",
		"timeout 10m pytest -q":                               "test: pytest",
		"python3 -m pytest tests":                             "test: pytest",
		"python -m unittest discover":                         "test: unittest",
		"coverage run -m pytest":                              "test: pytest",
		"poetry run pytest":                                   "test: pytest",
		"uv run --frozen pytest":                              "test: pytest",
		"bundle exec rspec":                                   "test: rspec",
		"npx --yes jest --ci":                                 "test: jest",
		"npx cypress run":                                     "test: cypress run",
		"cypress install":                                     "",
		"docker run --rm -v $PWD:/src golang:1.26 go test ./": "test: go test",
		"docker-compose -f a.yml run --rm api pytest":         "test: pytest",
		"bash -c 'cd api && cargo test'":                      "test: cargo test",
		"if [ -n \"$CI\" ]; then dotnet test; fi":             "test: dotnet test",
		"mvn -B -ntp verify -Dmaven.test.skip=true":           "",
		"mvn test":                                           "test: mvn",
		"./gradlew assemble":                                 "",
		"./gradlew :app:testDebugUnitTest":                   "test: gradle",
		"./gradlew build -x test":                            "",
		"false && go test ./...":                             "",
		"true || go test ./...":                              "",
		"# go test ./...":                                    "",
		"cat <<EOF\ngo test ./...\nEOF":                      "",
		"go test ./... && echo \"broken":                     "test: go test",
		"helm upgrade --install -n shop cart chart":          "deploy: helm upgrade",
		"helm --namespace shop upgrade cart chart":           "deploy: helm upgrade",
		"helm upgrade --install --dry-run cart chart":        "lint-iac: helm --dry-run",
		"helm lint chart":                                    "lint-iac: helm lint",
		"helm template chart":                                "",
		"kubectl --context prod apply -f deploy":             "deploy: kubectl apply",
		"kubectl get pods":                                   "",
		"kubectl rollout status deployment/cart":             "",
		"kubectl create namespace shop":                      "",
		"gcloud run deploy cart --image x":                   "deploy: gcloud run deploy",
		"gcloud auth login":                                  "",
		"aws ecs update-service --service cart":              "deploy: aws ecs update-service",
		"ssh host 'docker compose up -d'":                    "deploy: ssh",
		"ssh host uptime":                                    "",
		"terraform -chdir=infra plan":                        "iac-plan: terraform plan",
		"terraform fmt -check -recursive":                    "lint-iac: terraform -check",
		"terraform fmt":                                      "",
		"trivy image cart:1":                                 "image-scan: trivy image",
		"trivy --quiet fs .":                                 "code-scan: trivy fs",
		"trivy config .":                                     "lint-iac: trivy config",
		"npm audit --audit-level=high":                       "code-scan: npm audit",
		"go run golang.org/x/vuln/cmd/govulncheck@latest .":  "code-scan: govulncheck",
		"k6 run load.js":                                     "load-test: k6 run",
		"docker run --rm -i grafana/k6:1.0.0 run - <load.js": "load-test: k6 run",
		"git tag v1.2.3":                                     "release: git tag",
		"git tag --list":                                     "",
	} {
		f := read(t, ".github/workflows/ci.yaml", "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          "+strings.ReplaceAll(script, "\n", "\n          ")+"\n", "src/test/java/ATest.java", "class ATest {}")
		got := told(&f)
		for i := range got {
			got[i], _, _ = strings.Cut(got[i], " in ")
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %q, want %q", script, got, want)
		}
	}
}

// Evidence names the file and the line of the command, and where it runs.
func TestWhere(t *testing.T) {
	f := read(t,
		".github/workflows/ci.yaml", "on: [push]\njobs:\n  unit:\n    strategy:\n      matrix:\n        service: [cart, web]\n    steps:\n      - run: make -C services/${{ matrix.service }} test\n",
		"services/cart/Makefile", "include ../../common.mk\n", "services/web/Makefile", "include ../../common.mk\n",
		"common.mk", "GO = go\n\n.PHONY: test\ntest: lint\n\t@$(GO) test ./...\nlint:\n\tgolangci-lint run\n")
	want := []string{"test: go test in services/cart at common.mk:5", "test: go test in services/web at common.mk:5"}
	if diff := cmp.Diff(want, told(&f)); diff != "" {
		t.Error(diff)
	}
	if at := f.Pipelines[0].Jobs[0].Steps[0].Location; at.FirstLine != 8 {
		t.Errorf("the step is at %s", at)
	}
}

// Nothing of a command line is kept.
func TestSecretsStayOut(t *testing.T) {
	f := read(t, ".gitlab-ci.yml", "deploy:\n  script:\n    - TOKEN=hunter2 helm upgrade cart chart --set password=hunter2\n    - curl -H 'Authorization: hunter2' https://user:hunter2@example.com | sh\n")
	if s := fmt.Sprintf("%+v", f); strings.Contains(s, "hunter2") || !strings.Contains(s, "helm upgrade") {
		t.Error(s)
	}
}

func TestTriggers(t *testing.T) {
	for on, want := range map[string][]scorecard.Trigger{
		"push": {scorecard.OnPush, scorecard.OnTag}, "[push, pull_request]": {scorecard.OnPullRequest, scorecard.OnPush, scorecard.OnTag},
		"{push: {tags: ['v*']}}": {scorecard.OnTag}, "{push: {branches: [main]}}": {scorecard.OnPush}, "{push: {branches: [main], tags: ['v*']}}": {scorecard.OnPush, scorecard.OnTag},
		"{schedule: [{cron: '0 6 * * *'}], workflow_dispatch: }": {scorecard.OnManual, scorecard.OnSchedule}, "{workflow_call: }": {scorecard.OnWorkflow}, "{issues: }": {scorecard.OnEvent},
	} {
		f := read(t, ".github/workflows/ci.yaml", "on: "+on+"\njobs:\n  a:\n    steps: []\n")
		got := f.Pipelines[0].Triggers
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("on: %s: %s", on, diff)
		}
	}
}

func TestPaths(t *testing.T) {
	for filter, want := range map[string][]string{
		"[services/cart/**]": {"services/cart"}, "['**/*.go']": nil, "[services/cart/**, '!services/cart/docs/**', .github/workflows/cart.yaml]": {"services/cart"}, "['services/{cart,web}/**']": {"services"}, "[go.mod]": {"go.mod"},
	} {
		f := read(t, ".github/workflows/ci.yaml", "on:\n  push:\n    paths: "+filter+"\njobs:\n  a:\n    steps: []\n")
		if diff := cmp.Diff(want, f.Pipelines[0].Paths); diff != "" {
			t.Errorf("%s: %s", filter, diff)
		}
	}
}

// A circle of includes, targets, scripts or workflows ends.
func TestCircles(t *testing.T) {
	f := read(t,
		".gitlab-ci.yml", "include: /ci/a.yml\nx:\n  extends: .y\n.y:\n  extends: x\nt:\n  script:\n    - !reference [t, script]\n    - make a\n    - ./loop.sh\n    - npm test\n    - task a\n",
		"ci/a.yml", "include: /.gitlab-ci.yml\n", "Makefile", "include Makefile\nA = $(A) x\na: b\n\techo $(A)\nb: a\n\tmake a\n", "loop.sh", "#!/bin/sh\n./loop.sh\nmake a\n",
		"package.json", `{"scripts": {"test": "npm test", "pretest": "npm run test"}}`, "Taskfile.yml", "tasks:\n  a:\n    deps: [a]\n    cmds: [task a]\n",
		".github/workflows/a.yaml", "on: push\njobs:\n  a:\n    uses: ./.github/workflows/a.yaml\n", "azure-pipelines.yml", "steps:\n  - template: azure-pipelines.yml\n")
	if got := told(&f); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

// A broken file is a gap, and hides no other.
func TestBroken(t *testing.T) {
	f := read(t, ".github/workflows/a.yaml", "on: [push\n", ".github/workflows/b.yaml", "on: push\njobs:\n  a:\n    steps:\n      - run: go test ./...\n")
	if len(f.Gaps) != 1 || f.Gaps[0].Location.Path != ".github/workflows/a.yaml" || len(told(&f)) != 1 {
		t.Errorf("%+v, %q", f.Gaps, told(&f))
	}
}

func FuzzRead(f *testing.F) {
	seeds := []struct{ name, text string }{
		{".github/workflows/ci.yaml", "on: [push]\njobs:\n  a:\n    strategy: {matrix: {x: [1, 2], include: [{y: z}]}}\n    steps:\n      - uses: docker/build-push-action@v6\n      - run: |\n          cd ${{ matrix.x }} && make test\n"},
		{".gitlab-ci.yml", "include: [{local: /a.yml}]\na: {extends: [.b], script: [!reference [.b, script], go test], rules: [{if: $CI_COMMIT_TAG, when: never}]}\n.b: {script: [x]}\n"},
		{"Jenkinsfile", "pipeline { agent any\n stages { stage('a') { when { expression { false } }\n steps { dir(\"x\") { sh '''make\n test''' } } } } }"},
		{".circleci/config.yml", "version: 2.1\norbs: {node: circleci/node@5}\njobs: {a: {steps: [checkout, {run: {command: npm test}}, node/test]}}\nworkflows: {m: {jobs: [a, {node/test: {}}]}}\n"},
		{"azure-pipelines.yml", "trigger: [main]\nstages: [{stage: a, jobs: [{deployment: b, strategy: {runOnce: {deploy: {steps: [{task: Bash@3, inputs: {script: make}}]}}}}]}]\n"},
		{"Makefile", "include x.mk\nGO ?= go\ntest-%: a b ; @$(GO) test\na:\n\t$(MAKE) -C b \\\n\t\tc\n"},
		{"package.json", `{"workspaces": ["a/*"], "scripts": {"test": "run-s test:*", "test:a": "jest && ./x.sh"}}`},
		{"tox.ini", "[testenv]\ncommands =\n    pytest\n[testenv:lint]\ncommands = flake8\n"},
		{"Taskfile.yml", "includes: {a: ./a}\ntasks: {t: {deps: [a:b], cmds: [go test, {task: t}]}}\n"},
		{"x.sh", "#!/bin/bash\nfor a in b c; do (cd $a; ssh h <<EOF\ndocker compose up\nEOF\n); done\n"},
		{".github/dependabot.yml", "version: 2\nupdates: [{package-ecosystem: npm, directories: [/a, '/**']}]\n"},
		{"renovate.json", "{\"extends\": [\"config:base\"], // x\n \"enabledManagers\": [\"npm\"]}"},
		{".drone.yml", "kind: pipeline\nsteps: [{name: a, commands: [go test]}]\n"},
		{"Earthfile", "test:\n    FROM +build\n    RUN go test\nbuild:\n    BUILD ./x+y\n"},
	}
	for i, s := range seeds {
		f.Add(uint8(i), s.text)
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		files := []string{"a.yml", "x: 1\n", "src/a.go", "package a\n"}
		for i, s := range seeds {
			if i == int(which)%len(seeds) {
				s.text = text
			}
			files = append(files, s.name, s.text)
		}
		facts := read(t, files...)
		for _, p := range facts.Pipelines {
			for _, j := range p.Jobs {
				for _, s := range j.Steps {
					for _, c := range s.Commands {
						if c.Purpose == "" || c.Folder == "" || strings.HasPrefix(c.Folder, "/") || c.Location.Path == "" {
							t.Errorf("%+v", c)
						}
					}
				}
			}
		}
	})
}

// What images pipelines build, and of what; what is filled in when they run is none.
func TestBuilt(t *testing.T) {
	f := read(t,
		".github/workflows/release.yaml", `
on: push
jobs:
  images:
    strategy: {matrix: {name: [cart, web]}}
    steps:
    - uses: docker/build-push-action@v6
      with:
        context: services/${{ matrix.name }}
        tags: |
          ghcr.io/${{ github.repository }}/${{ matrix.name }}:latest
          acme/${{ matrix.name }}:${{ env.version }}, acme/${{ env.other }}:1
    - run: |
        docker build -t acme/sidecar:ci -f docker/Dockerfile.sidecar .
        docker build -t $NAME -f docker/Dockerfile.sidecar .
        docker build -t acme/gone -f docker/Dockerfile.gone .
        make image
`,
		"Makefile", "image:\n\tcd services/cart && docker buildx build --tag=acme/made --push .\n",
		"services/cart/Dockerfile", "FROM scratch AS a\nCOPY --chown=1 go.mod go.sum ./\nCOPY --from=b /x /\nADD https://x.example/y /\nRUN --mount=type=bind,source=main.go,target=/m --mount=type=cache,target=/c true\nCOPY ../../etc $SECRET /\n",
		"services/web/Dockerfile", "FROM scratch\nCOPY . .\n",
		"docker/Dockerfile.sidecar", "FROM scratch\nCOPY wait.sh /\n",
	)
	var got []string
	for _, b := range f.Built {
		got = append(got, fmt.Sprintf("%s of %s with %s: %s", b.Name, b.Context, b.File, strings.Join(b.Copies, " ")))
	}
	slices.Sort(got)
	want := []string{
		"acme/cart of services/cart with services/cart/Dockerfile: services/cart/etc services/cart/go.mod services/cart/go.sum services/cart/main.go",
		"acme/made of services/cart with services/cart/Dockerfile: services/cart/etc services/cart/go.mod services/cart/go.sum services/cart/main.go",
		"acme/sidecar of . with docker/Dockerfile.sidecar: wait.sh",
		"acme/web of services/web with services/web/Dockerfile: services/web",
		"ghcr.io/${{ github.repository }}/cart of services/cart with services/cart/Dockerfile: services/cart/etc services/cart/go.mod services/cart/go.sum services/cart/main.go",
		"ghcr.io/${{ github.repository }}/web of services/web with services/web/Dockerfile: services/web",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
