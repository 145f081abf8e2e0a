package pipeline

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// program is the name by which a command is called, without its folder and ending.
func program(word string) string {
	p := path.Base(strings.ReplaceAll(word, `\`, "/"))
	for _, ending := range []string{".exe", ".cmd", ".bat", ".phar", ".ps1"} {
		p = strings.TrimSuffix(p, ending)
	}
	if i := strings.IndexByte(p, '@'); i > 0 { // a package with its version
		p = p[:i]
	}
	return versioned.ReplaceAllString(p, "$1")
}

var versioned = lazyregexp.New(`^(python|pip|nosetests|pytest)[0-9.]+$`)

// meaningOf finds what a command is for in the table; nil for one that is not in it.
func meaningOf(words []string) *meaning {
	if len(words) == 0 {
		return nil
	}
	for _, m := range byProgram()[program(words[0])] {
		if m.fits(words[1:]) {
			return m
		}
	}
	return nil
}

// fits reports whether the arguments have the meaning's subcommands, in order.
func (m *meaning) fits(args []string) bool {
	for _, u := range strings.Fields(m.unless) {
		for i, a := range args {
			if a == u || strings.HasPrefix(a, u+"=") || i+1 < len(args) && a+"="+strings.Trim(args[i+1], `'"`) == u {
				return false
			}
		}
	}
	subs := strings.Fields(m.words)[1:]
	at := 0
	for _, sub := range subs {
		anywhere := strings.HasPrefix(sub, "…")
		wanted := strings.Split(strings.TrimPrefix(sub, "…"), "|")
		if anywhere {
			if !slices.ContainsFunc(args, func(a string) bool {
				return slices.Contains(wanted, a) || slices.Contains(wanted, strings.TrimPrefix(a, ":"))
			}) {
				return false
			}
			continue
		}
		next := subcommand(args, at, wanted)
		if next < 0 {
			return false
		}
		at = next
	}
	return true
}

// subcommand finds one of the words as the next argument that is no flag and no
// flag's value, and gives where to go on; -1 when another one comes first.
func subcommand(args []string, at int, wanted []string) int {
	for i := at; i < len(args); i++ {
		a := args[i]
		switch {
		case slices.Contains(wanted, a):
			return i + 1
		case strings.HasPrefix(a, "-") || strings.HasPrefix(a, "+"):
		case i > 0 && strings.HasPrefix(args[i-1], "-") && !strings.Contains(args[i-1], "="):
		case strings.Contains(a, unknown): // a variable that holds flags, most likely
		default:
			return -1
		}
	}
	return -1
}

// name is the command as facts have it: the program, and the word that told.
func (m *meaning) name(words []string) string {
	out := program(words[0])
	for _, sub := range strings.Fields(m.words)[1:] {
		for _, w := range strings.Split(strings.TrimPrefix(sub, "…"), "|") {
			if slices.ContainsFunc(words[1:], func(a string) bool { return strings.TrimPrefix(a, ":") == w }) {
				out += " " + w
				break
			}
		}
	}
	return out
}

// wrappers run another program, whose name follows after as many words as said, flags
// and their values left out.
var wrappers = map[string]int{
	"sudo": 0, "time": 0, "nice": 0, "nohup": 0, "exec": 0, "command": 0, "xvfb-run": 0, "unbuffer": 0, "stdbuf": 0, "ionice": 0, "catchsegv": 0, "setarch": 1, "winpty": 0,
	"env": 0, "cross-env": 0, "dotenv": 0, "timeout": 1, "gtimeout": 1, "retry": 0, "travis_retry": 0, "travis_wait": 0, "nick-fields": 0, "npx": 0, "bunx": 0, "pnpx": 0, "c8": 0, "nyc": 0, "if-env": 1,
	"poetry": 1, "pipenv": 1, "uv": 1, "uvx": 0, "pdm": 1, "rye": 1, "hatch": 1, "pixi": 1, "conda": 1, "mamba": 1, "micromamba": 1, "bundle": 1, "chamber": 2, "aws-vault": 2, "doppler": 1, "op": 1, "infisical": 1, "vault-env": 0,
	"direnv": 2, "mise": 1, "asdf": 1, "nix": 1, "nix-shell": 0, "devbox": 1, "volta": 1, "fnm": 1, "rbenv": 1, "pyenv": 1, "opam": 1, "dbus-run-session": 0, "start-server-and-test": 0, "wait-on": 0, "gotestfmt": 0, "scan-build": 0, "valgrind": 0, "ts-node": 0, "tsx": 0,
	"corepack": 0, "dotenvx": 1, "env-cmd": 0, "tini": 0, "gosu": 1, "su-exec": 1, "teleport": 1, "aspect": 0, "retry.sh": 0, "bin/spring": 0, "spring": 0, "wine": 0, "php": 0, "ruby": 0, "perl": 0, "node": 0,
}

// runs are the subcommands of wrappers that have some; others do not run a program.
var runs = map[string]bool{"run": true, "exec": true, "develop": true, "shell": true, "x": true, "--": true, "dlx": true}

// inner gives the command that a wrapper runs; nil where there is none.
func inner(words []string) []string {
	name := program(words[0])
	rest := words[1:]
	switch name {
	case "docker", "podman", "docker-compose", "nerdctl", "kubectl", "lima", "oc", "make-in-docker":
		return contained(name, rest)
	case "bash", "sh", "zsh", "dash", "pwsh", "powershell", "cmd", "ash":
		return nil // a script: follow has them
	case "go":
		if len(rest) > 1 && (rest[0] == "run" || rest[0] == "tool") {
			at := slices.IndexFunc(rest[1:], func(a string) bool { return !strings.HasPrefix(a, "-") })
			if at >= 0 {
				return rest[1+at:]
			}
		}
		return nil
	case "python":
		for i, a := range rest {
			switch {
			case a == "-m" && i+1 < len(rest):
				return rest[i+1:]
			case !strings.HasPrefix(a, "-"):
				return rest[i:]
			}
		}
		return nil
	case "coverage":
		if len(rest) > 0 && rest[0] == "run" {
			return inner(append([]string{"python"}, rest[1:]...))
		}
		return nil
	}
	skip, ok := wrappers[name]
	if !ok {
		return nil
	}
	if skip > 0 && len(rest) > 0 && name != "timeout" && name != "gtimeout" && name != "if-env" && name != "gosu" && name != "su-exec" && !slices.ContainsFunc(rest[:min(len(rest), 4)], func(a string) bool { return runs[a] }) {
		return nil
	}
	for i, a := range rest {
		if a == "--" {
			return rest[i+1:]
		}
		switch {
		case strings.HasPrefix(a, "-"):
			if (a == "-c" || a == "--run" || a == "--command") && i+1 < len(rest) {
				return strings.Fields(rest[i+1])
			}
		case strings.Contains(a, "=") && !strings.HasPrefix(a, "="):
		case skip > 0:
			skip--
		case i > 0 && strings.HasPrefix(rest[i-1], "-") && !known(rest[i:]) && name != "npx" && !strings.Contains(rest[i-1], "="):
			// a flag's value
		default:
			return rest[i:]
		}
	}
	return nil
}

// known reports whether the table, or a reader of targets, knows the program.
func known(words []string) bool {
	p := program(words[0])
	return len(byProgram()[p]) > 0 || followed[p] || p == "bash" || p == "sh" || p == "python"
}

// contained finds the command that runs in a container: the first word behind the
// subcommand from which on the table knows something.
func contained(name string, rest []string) []string {
	at := slices.IndexFunc(rest, func(a string) bool { return a == "run" || a == "exec" })
	if at < 0 || (name == "kubectl" || name == "oc") && rest[at] == "run" {
		return nil
	}
	for i := at + 1; i < len(rest); i++ {
		words := rest[i:]
		if image := imageTool(words[0]); image != "" {
			return append(strings.Fields(image), words[1:]...)
		}
		if strings.HasPrefix(rest[i], "-") || strings.HasPrefix(rest[i-1], "-") && strings.Contains(rest[i], "/") {
			continue
		}
		if known(words) && i > at+1 {
			return words
		}
	}
	return nil
}

// imageTools are images whose entrypoint is a tool of the table.
var imageTools = map[string]string{
	"aquasec/trivy": "trivy", "anchore/grype": "grype", "grafana/k6": "k6", "loadimpact/k6": "k6", "locustio/locust": "locust", "bridgecrew/checkov": "checkov",
	"tenable/terrascan": "terrascan", "checkmarx/kics": "kics", "hashicorp/terraform": "terraform", "alpine/helm": "helm", "garethr/kubeval": "kubeval", "yannh/kubeconform": "kubeconform",
	"zegl/kube-score": "kube-score", "stackrox/kube-linter": "kube-linter", "openpolicyagent/conftest": "conftest", "quay.io/helmpack/chart-testing": "ct", "ghcr.io/terraform-linters/tflint": "tflint",
	"semgrep/semgrep": "semgrep", "returntocorp/semgrep": "semgrep", "securego/gosec": "gosec", "owasp/dependency-check": "dependency-check", "sonarsource/sonar-scanner-cli": "sonar-scanner", "postman/newman": "newman",
	"aquasec/tfsec": "tfsec", "helmunittest/helm-unittest": "helm unittest", "artilleryio/artillery": "artillery", "justb4/jmeter": "jmeter", "williamyeh/wrk": "wrk", "snyk/snyk": "snyk", "bats/bats": "bats", "goreleaser/goreleaser": "goreleaser",
}

func imageTool(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "docker.io/"), "ghcr.io/")
	for _, full := range []string{name, "ghcr.io/" + name} {
		if tool := imageTools[full]; tool != "" {
			return tool
		}
	}
	return ""
}

// A JVM build's goals and tasks that run tests.
var (
	mavenTests  = lazyregexp.New(`^(?:[\w.-]+:)*(?:test|surefire:test|package|verify|install|deploy|integration-test|failsafe:integration-test|failsafe:verify|post-integration-test|prepare-package|site-deploy)$`)
	gradleTests = lazyregexp.New(`^:?(?:[\w.-]+:)*(?:build|check|test|buildNeeded|buildDependents|jacocoTestReport|jacocoTestCoverageVerification|koverVerify|koverXmlReport|[a-zA-Z]*(?:Test|Tests|UnitTest|Check)|test[A-Z]\w*|publish\w*Test)$`)
	sbtTests    = lazyregexp.New(`(?i)(?:^|[;/:\s+])(?:test|testOnly|testQuick|it:test|testFull|coverageReport)(?:$|[;\s])`)
	skipsTests  = lazyregexp.New(`^-D(?:skipTests|maven\.test\.skip|skipUnitTests)(?:=true)?$|^-P\w*[sS]kip-?[tT]ests$`)
)

// java classifies the build tools of the JVM, whose goals may come in any order.
// implied: the tests run on the way to another goal.
func java(words []string) (m *meaning, implied bool) {
	args := words[1:]
	has := func(match func(string) bool) bool { return slices.ContainsFunc(args, match) }
	found := func(p scorecard.Purpose, w string) *meaning { return &meaning{w, p, "jvm", ""} }
	switch p := program(words[0]); p {
	case "mvn", "mvnw", "mvnd":
		switch {
		case has(func(a string) bool { return strings.Contains(a, "gatling:") }):
			return found(scorecard.LoadTest, "mvn gatling:test"), false
		case has(func(a string) bool { return strings.Contains(a, "jmeter:") }):
			return found(scorecard.LoadTest, "mvn jmeter:jmeter"), false
		case has(func(a string) bool { return strings.Contains(a, "dependency-check") && strings.Contains(a, ":") }):
			return found(scorecard.ScanCode, "mvn dependency-check"), false
		case has(func(a string) bool {
			return strings.Contains(a, "flyway:migrate") || strings.Contains(a, "liquibase:update")
		}):
			return found(scorecard.Migrate, "mvn flyway:migrate"), false
		case has(func(a string) bool {
			return strings.HasPrefix(a, "appengine:deploy") || strings.Contains(a, "k8s:apply") || strings.Contains(a, "k8s:deploy") || strings.Contains(a, "fabric8:deploy")
		}):
			return found(scorecard.Deploy, "mvn deploy to a platform"), false
		case !has(skipsTests.MatchString) && has(mavenTests.MatchString):
			return found(scorecard.Test, "mvn"), !has(func(a string) bool { return a == "test" })
		case has(func(a string) bool { return strings.Contains(a, "sonar:sonar") || strings.HasSuffix(a, ":sonar") }):
			return found(scorecard.ScanCode, "mvn sonar:sonar"), false
		}
	case "gradle", "gradlew":
		skip := false
		for i, a := range args {
			skip = skip || (a == "-x" || a == "--exclude-task") && i+1 < len(args) && strings.HasSuffix(args[i+1], "test") || a == "-xtest"
		}
		switch {
		case has(func(a string) bool { return strings.Contains(strings.ToLower(a), "gatlingrun") }):
			return found(scorecard.LoadTest, "gradle gatlingRun"), false
		case has(func(a string) bool { return strings.Contains(a, "dependencyCheck") }):
			return found(scorecard.ScanCode, "gradle dependencyCheckAnalyze"), false
		case has(func(a string) bool { return strings.HasSuffix(a, "flywayMigrate") }):
			return found(scorecard.Migrate, "gradle flywayMigrate"), false
		case has(func(a string) bool { return strings.HasSuffix(a, "appengineDeploy") }):
			return found(scorecard.Deploy, "gradle appengineDeploy"), false
		case !skip && has(gradleTests.MatchString):
			return found(scorecard.Test, "gradle"), !has(func(a string) bool { return strings.HasSuffix(a, "est") })
		case has(func(a string) bool { return strings.HasPrefix(a, "sonar") }):
			return found(scorecard.ScanCode, "gradle sonar"), false
		}
	case "sbt", "sbtx", "mill", "ant":
		all := strings.Join(args, " ; ")
		switch {
		case strings.Contains(strings.ToLower(all), "gatling"):
			return found(scorecard.LoadTest, p+" gatling"), false
		case sbtTests.MatchString(all) || p == "mill" && strings.Contains(all, ".test"):
			return found(scorecard.Test, p+" test"), false
		}
	}
	return nil, false
}
