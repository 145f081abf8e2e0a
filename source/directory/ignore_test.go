package directory

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The first column is a .gitignore file's content, the second what of ignorePaths it
// leaves out; git itself is asked too where the machine has it.
var ignoreCases = []struct {
	rules string
	out   []string
}{
	{"*.log\n", []string{"a/b.log", "a/keep/c.log", "x.log"}},
	{"# *.log\n\n   \n", nil},
	{"*.log\n!keep\n", []string{"a/b.log", "a/keep/c.log", "x.log"}},
	{"*.log\n!c.log\n", []string{"a/b.log", "x.log"}},
	{"a/\n!a/keep/c.log\n", []string{"a/b.log", "a/keep/c.log", "a/keep/d"}},
	{"a/*\n!a/keep\n", []string{"a/b.log"}},
	{"/x.log\r\n", []string{"x.log"}},
	{"\uFEFFx.log", []string{"x.log"}},
	{"keep/", []string{"a/keep/c.log", "a/keep/d"}},
	{"/keep", nil},
	{"a/**/c.log", []string{"a/keep/c.log"}},
	{"**/b.log", []string{"a/b.log"}},
	{"a/**", []string{"a/b.log", "a/keep/c.log", "a/keep/d"}},
	{"d/**/e/f", []string{"d/1/e/2/e/f"}},
	{"[!a-c].log", []string{"x.log"}},
	{"[^x].log", []string{"a/b.log", "a/keep/c.log"}},
	{"[[:digit:]]", []string{"d/1/e/2/e/f"}},
	{"[", nil},
	{"x.lo[g", nil},
	{"x\\.log", []string{"x.log"}},
	{"x.log\\", nil},
	{"\\#hash", []string{"#hash"}},
	{"#hash", nil},
	{"\\!bang", []string{"!bang"}},
	{"two words   ", []string{"two words"}},
	{"two\\ words", []string{"two words"}},
	{"end\\ ", []string{"end "}},
	{"?.log", []string{"a/b.log", "a/keep/c.log", "x.log"}},
	{"a?b.log", nil},
	{"a/*.log", []string{"a/b.log"}},
	{"b**g", []string{"a/b.log"}},
	{"*", []string{"!bang", "#hash", "a/b.log", "a/keep/c.log", "a/keep/d", "d/1/e/2/e/f", "end ", "two words", "x.log"}},
	{"*\n!*/\n!*.log\n", []string{"!bang", "#hash", "a/keep/d", "d/1/e/2/e/f", "end ", "two words"}},
	{"/", nil},
	{"//x.log", nil},
	{"x.log/", nil},
}

var ignorePaths = []string{"!bang", "#hash", "a/b.log", "a/keep/c.log", "a/keep/d", "d/1/e/2/e/f", "end ", "two words", "x.log"}

func TestIgnoreRules(t *testing.T) {
	for _, c := range ignoreCases {
		t.Run(c.rules, func(t *testing.T) {
			if diff := cmp.Diff(c.out, leftOut(t, c.rules, ignorePaths)); diff != "" {
				t.Errorf("left out (-want +got):\n%s", diff)
			}
		})
	}
}

// leftOut walks the paths as a walk of the disk would, under one file of rules.
func leftOut(t *testing.T, rules string, paths []string) (out []string) {
	t.Helper()
	budget := maxWildBytes
	parsed, complete := parseRules([]byte(rules), &budget)
	if !complete {
		t.Fatal("the rules were cut")
	}
	f := &folder{path: ".", rules: parsed}
	for _, p := range paths {
		parts := strings.Split(p, "/")
		for i := range parts {
			if f.ignores(strings.Join(parts[:i+1], "/"), i+1 < len(parts)) {
				out = append(out, p)
				break
			}
		}
	}
	return out
}

// TestIgnoreLikeGit asks git about the cases and about rules put together at random.
func TestIgnoreLikeGit(t *testing.T) {
	dir := t.TempDir()
	gitCommand(t, dir, "init", "-q")
	random := rand.New(rand.NewPCG(1, 2))
	paths := randomPaths(random)
	for _, p := range append(slices.Clone(ignorePaths), paths...) {
		writeFile(t, filepath.Join(dir, p), "")
	}
	for _, c := range ignoreCases {
		compareWithGit(t, dir, c.rules, ignorePaths)
	}
	for range 300 {
		compareWithGit(t, dir, randomRules(random), paths)
	}
}

func compareWithGit(t *testing.T, dir, rules string, paths []string) {
	t.Helper()
	writeFile(t, filepath.Join(dir, ".gitignore"), rules)
	cmd := exec.Command("git", "-c", "core.excludesFile=", "check-ignore", "-z", "--stdin")
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(strings.Join(paths, "\x00"))
	b, err := cmd.Output()
	if err != nil && cmd.ProcessState.ExitCode() != 1 { // 1: none is ignored
		t.Fatal(err)
	}
	var want []string
	for p := range bytes.SplitSeq(bytes.TrimSuffix(b, []byte{0}), []byte{0}) {
		if len(p) > 0 {
			want = append(want, string(p))
		}
	}
	if diff := cmp.Diff(want, leftOut(t, rules, paths)); diff != "" {
		t.Errorf("rules %q leave out (-git +ours):\n%s", rules, diff)
	}
}

func randomPaths(r *rand.Rand) []string {
	seen := map[string]bool{}
	for range 60 {
		parts := make([]string, 1+r.IntN(4))
		for i := range parts {
			parts[i] = pick(r, "a", "b", "ab", "ba", "a.b", "aa", "é")
		}
		parts[len(parts)-1] += pick(r, ".x", ".y") // so that no file stands where a folder is
		seen[strings.Join(parts, "/")] = true
	}
	out := make([]string, 0, len(seen))
	for p := range seen {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

func randomRules(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteString(pick(r, "", "", "", "!", "/", "!/"))
		for range 1 + r.IntN(6) {
			b.WriteString(pick(r, "a", "b", ".", "*", "**", "?", "/", "/", "/**/", "[ab]", "[!b]", "\\a", "x", ".x", "é", "[a-]", "[]a]", " "))
		}
		b.WriteString(pick(r, "\n", "\n", "/\n"))
	}
	return b.String()
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

// FuzzRules holds that no rules and no path bring the matcher down.
func FuzzRules(f *testing.F) {
	for _, c := range ignoreCases {
		f.Add([]byte(c.rules), "a/keep/c.log")
	}
	f.Add([]byte("[\xff-\xfe]\n[a-\\]]\n[[:nope:]]\n[/-]"), "\xff/[")
	f.Fuzz(func(t *testing.T, rules []byte, p string) {
		budget := 4 << 10
		parsed, _ := parseRules(rules, &budget)
		fo := &folder{path: ".", rules: parsed}
		fo.ignores(p, false)
		fo.ignores(p, true)
	})
}

func writeFile(t testing.TB, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// gitCommand runs the machine's git, away from the user's configuration; the test is
// skipped, visibly, where there is none.
func gitCommand(t testing.TB, dir string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("this machine has no git to compare with")
	}
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=protocol.file.allow", "GIT_CONFIG_VALUE_0=always", "HOME="+dir,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out))
	}
	return strings.TrimSpace(string(out))
}
