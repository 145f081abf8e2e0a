package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
)

var update = flag.Bool("update", false, "write the generated pages")

// asProgram in the environment makes the test binary be the program.
const asProgram = "RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if _, done := kube.RenderWorker(); done {
		return
	}
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// run runs the program in this process.
func run(t testing.TB, env []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return runWith(t, t.Context(), env, args...)
}

func runWith(t testing.TB, ctx context.Context, env []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	p := Program{In: strings.NewReader(""), Out: &out, Err: &err, Env: env}
	status = p.Run(ctx, args)
	return status, out.String(), err.String()
}

// repository makes a folder with the files.
func repository(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const entities = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: cart
spec:
  type: service
  lifecycle: production
  owner: team-shop
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: checkout
spec:
  type: service
  lifecycle: production
  owner: team-shop
`

func shop(t testing.TB) string {
	return repository(t, map[string]string{"catalog-info.yaml": entities, "README.md": "# Shop\n\nSells things.\n"})
}

func TestExitStatus(t *testing.T) {
	dir := shop(t)
	file := filepath.Join(dir, "README.md")
	rubrics := repository(t, map[string]string{
		"rubric.yaml": "name: acme\nchecks: {slo-defined: {level: BRONZE}, zone-spread: off}\n", "broken.yaml": "name: acme\nlevels: {}\n"})
	rubricFile, brokenRubric := filepath.Join(rubrics, "rubric.yaml"), filepath.Join(rubrics, "broken.yaml")
	broken := filepath.Join(repository(t, map[string]string{"broken.yaml": "scan: {timeout: ["}), "broken.yaml")
	for _, c := range []struct {
		name           string
		args           []string
		status         int
		stdout, stderr string // parts of what is written
	}{
		{"help", []string{"--help"}, exitOK, "Exit status:", ""},
		{"nothing", nil, exitOK, "Usage:", ""},
		{"version", []string{"version"}, exitOK, "seaworthy ", ""},
		{"unknown command", []string{"scn"}, exitUsage, "", `did you mean "scan"?`},
		{"unknown flag", []string{"scan", "--colour"}, exitUsage, "", "unknown flag: --colour"},
		{"flag that is nearly one", []string{"scan", "--verbos"}, exitUsage, "", "unknown flag: --verbos; did you mean --verbose?"},
		{"unknown short flag", []string{"scan", "-z"}, exitUsage, "", "unknown flag: -z\n"},
		{"flag without its value", []string{"scan", "--service"}, exitUsage, "", "--service wants a value: --service NAME"},
		{"no number", []string{"scan", "--max-files", "abc"}, exitUsage, "", `--max-files: "abc" is no whole number`},
		{"no duration", []string{"scan", "--timeout", "5"}, exitUsage, "", `--timeout: "5" is no duration such as 30s`},
		{"neither true nor false", []string{"scan", "--verbose=maybe"}, exitUsage, "", `--verbose: "maybe" is neither true nor false`},
		{"help with nothing", []string{"help", "nope"}, exitUsage, "", `there is no command "nope" to help with; there are checks, completion, rubric, scan, serve, version`},
		{"help with a command of a command", []string{"help", "checks", "list"}, exitOK, "List every check", ""},
		{"completion for nothing", []string{"completion", "bsh"}, exitUsage, "", `did you mean "bash"?`},
		{"two paths", []string{"scan", "a", "b"}, exitUsage, "", "takes one argument"},
		{"scan", []string{"scan", dir}, exitOK, "checkout", ""},
		{"unknown format", []string{"scan", dir, "--format", "sarf"}, exitUsage, "", `did you mean "sarif"?`},
		{"unknown service", []string{"scan", dir, "--service", "chekout"}, exitUsage, "", `did you mean "checkout"?`},
		{"service", []string{"scan", dir, "--service", "cart", "--service", "default.checkout"}, exitOK, "2 services", ""},
		{"unknown check", []string{"scan", dir, "--check", "docs-presnt"}, exitUsage, "", `did you mean "docs-present"?`},
		{"check", []string{"scan", dir, "--check", "docs-present"}, exitOK, "levels and scores are those of all checks", ""},
		{"level reached by no one", []string{"scan", dir, "--min-level", "platinum"}, exitLevel, "checkout", "below PLATINUM: cart ("},
		{"level that no check asks for", []string{"scan", dir, "--min-level", "platinum"}, exitLevel, "", "below PLATINUM"},
		{"no such level", []string{"scan", dir, "--min-level", "diamond"}, exitUsage, "", "is no level"},
		{"no such folder", []string{"scan", filepath.Join(dir, "nowhere")}, exitScan, "", "nowhere"},
		{"a file", []string{"scan", file}, exitScan, "", "README.md"},
		{"bad limit", []string{"scan", dir, "--max-files", "0"}, exitUsage, "", "--max-files must be above 0"},
		{"no version", []string{"scan", dir, "--kube-version", "1.31.x"}, exitUsage, "", `--kube-version: "1.31.x" is no version of Kubernetes; write one like 1.37 or v1.37.2`},
		{"version", []string{"scan", dir, "--kube-version", "1.31"}, exitOK, "checkout", ""},
		{"bad size", []string{"scan", dir, "--max-file-size", "lots"}, exitUsage, "", "no size such as 512KiB"},
		{"no time", []string{"scan", dir, "--timeout", "1ns"}, exitScan, "", "--timeout allows more"},
		{"output is a folder", []string{"scan", dir, "--output", dir}, exitUsage, "", "is a folder"},
		{"output nowhere", []string{"scan", dir, "--output", filepath.Join(dir, "no", "file")}, exitUsage, "", "there is no folder " + filepath.Join(dir, "no") + "; make it first"},
		{"output below a file", []string{"scan", dir, "--output", filepath.Join(file, "x")}, exitUsage, "", file + " is a file, not a folder"},
		{"checks show a part of a name", []string{"checks", "show", "pdb"}, exitUsage, "", "did you mean pdb-allows-eviction or pdb-present?"},
		{"checks show nothing like it", []string{"checks", "show", "xyzzy"}, exitUsage, "", "; seaworthy checks list has them all"},
		{"an empty folder", []string{"scan", t.TempDir()}, exitOK, "the folder holds no file to read", ""},
		{"an empty folder has no level", []string{"scan", t.TempDir(), "--min-level", "bronze"}, exitLevel, "coverage 0%", "below BRONZE"},
		{"serve, no YAML", []string{"serve", "--config", broken}, exitUsage, "", "broken.yaml:1: this is not valid YAML: did not find"},
		{"serve, no file", []string{"serve", "--config", filepath.Join(dir, "no.yaml")}, exitUsage, "", "no.yaml can't be read: there is no such file or folder"},
		{"serve, no folder", []string{"serve", "--data-dir", filepath.Join(file, "x"), "--listen-grpc", "localhost:0", "--listen-http", "localhost:0"}, exitUsage, "", "x can't be used: a part of its path is a file, not a folder; name a folder"},
		{"checks list", []string{"checks", "list"}, exitOK, "readiness-probe", ""},
		{"checks list json", []string{"checks", "list", "--format", "json"}, exitOK, `"id": "readiness-probe"`, ""},
		{"checks show", []string{"checks", "show", "slo-defined"}, exitOK, "What to do", ""},
		{"checks explain, its other name", []string{"checks", "explain", "slo-defined"}, exitOK, "What to do", ""},
		{"rubric shown", []string{"rubric", "show"}, exitOK, "graceful-shutdown:", ""},
		{"rubric checked", []string{"rubric", "check", rubricFile}, exitOK, "the rubric acme asks ", ""},
		{"rubric of nothing", []string{"rubric", "check"}, exitUsage, "", "wants the file"},
		{"rubric with a fault", []string{"rubric", "check", brokenRubric}, exitUsage, "", `broken.yaml:2: the rubric has no "levels"`},
		{"rubric that is not there", []string{"scan", ".", "--rubric", "/nope/r.yaml"}, exitUsage, "", "/nope/r.yaml"},
		{"check of a rubric", []string{"checks", "show", "slo-defined", "--rubric", rubricFile}, exitOK, "BRONZE", ""},
		{"check that a rubric does not ask", []string{"checks", "show", "zone-spread", "--rubric", rubricFile}, exitUsage, "", "zone-spread"},
		{"checks show nothing", []string{"checks", "show"}, exitUsage, "", "wants the ID"},
		{"checks show unknown", []string{"checks", "show", "slo-defind"}, exitUsage, "", `did you mean "slo-defined"?`},
		{"checks unknown", []string{"checks", "lst"}, exitUsage, "", `did you mean "list"?`},
		{"completion", []string{"completion", "bash"}, exitOK, "bash completion", ""},
		{"serve, unknown key", []string{"serve", "--config", file}, exitUsage, "", "README.md"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := run(t, nil, c.args...)
			if status != c.status || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
				t.Errorf("status %d (want %d)\nstdout (want %q):\n%s\nstderr (want %q):\n%s", status, c.status, c.stdout, stdout, c.stderr, stderr)
			}
			if strings.Contains(stdout+stderr, "\x1b") {
				t.Error("escape sequences although nothing is a terminal")
			}
			for _, word := range []string{"invalid: ", "strconv", "yaml: ", "no such file or directory", ".seaworthy-", "goroutine"} {
				if strings.Contains(stderr, word) {
					t.Errorf("the error reads like a program's: %s", stderr)
				}
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, stdout, stderr := runWith(t, ctx, nil, "scan", shop(t)); status != exitInterrupted || stdout != "" || stderr != "seaworthy: interrupted\n" {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

// A full disk is told in words, and leaves nothing behind.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	var stderr bytes.Buffer
	p := Program{In: strings.NewReader(""), Out: full, Err: &stderr}
	if status := p.Run(t.Context(), []string{"checks", "list"}); status != exitInternal || stderr.String() != "seaworthy: standard output can't be written: no space is left on the device\n" {
		t.Errorf("status %d, stderr %q", status, &stderr)
	}
	if status, _, stderr := run(t, nil, "scan", shop(t), "--output", "/dev/full"); status != exitInternal || stderr != "seaworthy: --output /dev/full can't be written: no space is left on the device\n" {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
}

// The machine formats give the same bytes each time, and to a file the same as to
// standard output.
func TestFormats(t *testing.T) {
	dir := shop(t)
	for _, format := range formats {
		_, first, _ := run(t, nil, "scan", dir, "--format", format)
		_, second, _ := run(t, []string{"LANG=tr_TR.UTF-8", "TZ=Asia/Tokyo"}, "scan", dir, "--format", format, "-j", "1")
		if first == "" || first != second {
			t.Errorf("%s: two scans of the same folder differ", format)
		}
		path := filepath.Join(t.TempDir(), "out")
		if status, stdout, stderr := run(t, nil, "scan", dir, "--format", format, "--output", path); status != exitOK || stdout != "" {
			t.Fatalf("%s: status %d, stdout %q, stderr %q", format, status, stdout, stderr)
		}
		b, err := os.ReadFile(path)
		if err != nil || string(b) != first {
			t.Errorf("%s: the file differs from standard output (%v)", format, err)
		}
		if format == "json" || format == "sarif" {
			if !json.Valid(b) {
				t.Errorf("%s: no JSON", format)
			}
		}
	}
}

// --check narrows what is shown, not the score.
func TestCheckKeepsScore(t *testing.T) {
	dir := shop(t)
	type document struct {
		Scorecards []struct {
			Score   float64
			Level   string
			Results []json.RawMessage
		}
	}
	var all, one document
	for doc, args := range map[*document][]string{&all: nil, &one: {"--check", "docs-present"}} {
		_, out, _ := run(t, nil, append([]string{"scan", dir, "--format", "json"}, args...)...)
		if err := json.Unmarshal([]byte(out), doc); err != nil {
			t.Fatal(err)
		}
	}
	if len(all.Scorecards) != 2 || len(one.Scorecards) != 2 {
		t.Fatalf("%d and %d scorecards", len(all.Scorecards), len(one.Scorecards))
	}
	if len(one.Scorecards[0].Results) != 1 || len(all.Scorecards[0].Results) < 10 {
		t.Errorf("%d and %d results", len(all.Scorecards[0].Results), len(one.Scorecards[0].Results))
	}
	if all.Scorecards[0].Score != one.Scorecards[0].Score || all.Scorecards[0].Level != one.Scorecards[0].Level {
		t.Error("--check changes the score")
	}
}

func TestColor(t *testing.T) {
	dir := shop(t)
	for _, c := range []struct {
		env   []string
		color bool
	}{
		{nil, false},
		{[]string{"TERM=xterm-256color"}, false}, // no terminal
		{[]string{"CLICOLOR_FORCE=1"}, true},
		{[]string{"CLICOLOR_FORCE=0"}, false},
		{[]string{"CLICOLOR_FORCE=1", "NO_COLOR=1"}, false},
	} {
		_, out, _ := run(t, c.env, "scan", dir)
		if got := strings.Contains(out, "\x1b["); got != c.color {
			t.Errorf("%v: colour is %t", c.env, got)
		}
		if strings.Contains(out, "\x1b]8") {
			t.Errorf("%v: links without a terminal", c.env)
		}
	}
}

// The program starts fast enough to be called from a prompt or a hook: 150 ms. The
// test counts the processor's time, which a busy machine does not stretch as much.
func TestStartUp(t *testing.T) {
	limit := 150 * time.Millisecond
	if raceDetector {
		limit *= 10
	}
	best := time.Hour
	for range 10 {
		best = min(best, startUp(t))
	}
	if best > limit {
		t.Errorf("checks list takes the processor %s at best; at most %s is promised", best, limit)
	}
}

func BenchmarkStartUp(b *testing.B) {
	for b.Loop() {
		startUp(b)
	}
}

func startUp(t testing.TB) time.Duration {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, "checks", "list")
	c.Env = append(os.Environ(), asProgram+"=1")
	if out, err := c.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("readiness-probe")) {
		t.Fatalf("%v: %s", err, out)
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
}

func TestPagesFresh(t *testing.T) {
	p := Program{}
	root := p.root()
	root.InitDefaultCompletionCmd("completion", "bash")
	for path, page := range map[string]string{"configuration.md": configurationPage(), "cli.md": commandPage(root)} {
		path = filepath.Join("..", "..", "docs", path)
		if *update {
			if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != page {
			t.Errorf("%s is stale (%v): go test ./cmd/seaworthy -update writes it", path, err)
		}
	}
}
