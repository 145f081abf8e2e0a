package leak

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// token is nobody's: it looks random, and is of no known make.
const token = "q7Zk2Vb9Tn4Rw8Xs1Jd6Gf3Hm5Lp0Yc"

func read(t testing.TB, files map[string]string, o tree.Options) (scorecard.Facts, []scorecard.Gap) {
	t.Helper()
	fsys := fstest.MapFS{}
	for p, text := range files {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	tr, err := tree.Open(t.Context(), fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	var facts scorecard.Facts
	Read(t.Context(), tr, &facts)
	Finish(tr, &facts)
	return facts, tr.Gaps()
}

// places gives each leak as `path:line rule name allowed`.
func places(f scorecard.Facts) (out []string) {
	for _, l := range f.Leaks {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s:%d %s %s %s", l.Location.Path, l.Location.FirstLine, l.Rule, l.Name, l.Allowed)))
	}
	return out
}

// sample gives a text that a pattern matches, by its parts.
func sample(re *syntax.Regexp, r *rand.Rand, b *strings.Builder) {
	times := func(least, most int) {
		if most < 0 || most > least+20 {
			most = least + 20
		}
		for range least + r.IntN(most-least+1) {
			sample(re.Sub[0], r, b)
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		for range 100 {
			i := 2 * r.IntN(len(re.Rune)/2)
			if c := re.Rune[i] + rune(r.IntN(int(re.Rune[i+1]-re.Rune[i])+1)); c > ' ' && c < 0x7f {
				b.WriteRune(c)
				return
			}
		}
		b.WriteRune(re.Rune[0])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte("abcdefghijklmnop"[r.IntN(16)])
	case syntax.OpCapture:
		sample(re.Sub[0], r, b)
	case syntax.OpStar:
		times(0, 20)
	case syntax.OpPlus:
		times(1, 20)
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpRepeat:
		times(re.Min, re.Max)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			sample(sub, r, b)
		}
	case syntax.OpAlternate:
		sample(re.Sub[r.IntN(len(re.Sub))], r, b)
	}
}

// TestFindsWhatThePatternsMatch holds that asking a rule at its keywords finds what its
// pattern matches in the whole text.
func TestFindsWhatThePatternsMatch(t *testing.T) {
	set, r := defaults(), rand.New(rand.NewPCG(1, 2))
	for _, rule := range set.rules {
		if len(rule.keywords) == 0 {
			t.Errorf("%s has no keyword, so it is never asked", rule.id)
		}
		tree, err := syntax.Parse(patternOf(t, rule.id), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		matched := 0
		for range 20 {
			var b strings.Builder
			sample(tree, r, &b)
			text := []byte("# of " + rule.keywords[0] + "\nx = 1\n" + b.String() + "\nend\n")
			want := rule.text.FindAllSubmatchIndex(text, -1)
			if len(want) == 0 {
				continue // the parts fit, and the whole does not: a word goes on
			}
			matched++
			var got []int
			for _, p := range []string{"a/nuget.config", "a/x.php", "a/x.tf"} {
				set.search(p, text, func(f found) {
					if f.rule == rule {
						got = append(got, f.start)
					}
				})
			}
			if len(got) == 0 || len(got) > 0 && got[0] > want[0][1] {
				t.Errorf("%s: found at %v, want %v", rule.id, got, want[0][:2])
				break
			}
		}
		if matched == 0 {
			t.Logf("%s: no sample was made", rule.id)
		}
	}
}

func patternOf(t *testing.T, id string) string {
	var c configuration
	if err := toml.Unmarshal(gitleaksRules, &c); err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Rules {
		if r.ID == id {
			return r.Regex
		}
	}
	t.Fatalf("there is no rule %s", id)
	return ""
}

func TestAutomaton(t *testing.T) {
	words := []string{"he", "she", "his", "hers", "a3-"}
	var got []string
	newAutomaton(words).each([]byte("uSHErs a3- hi"), func(w, end int) { got = append(got, fmt.Sprint(words[w], end)) })
	if diff := cmp.Diff([]string{"she4", "he4", "hers6", "a3-10"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestNothingOfASecretIsKept holds that the facts, gaps included, have a rule and a place.
func TestNothingOfASecretIsKept(t *testing.T) {
	facts, gaps := read(t, map[string]string{
		"a.py": "API_TOKEN = '" + token + "'\n", ".env": "DB_PASSWORD=hunter2secret\n" + token + "=hunter2secret\n",
		"deploy/cm.yaml":       "apiVersion: v1\nkind: ConfigMap\ndata:\n  " + token + "_password: hunter2secret\n  u: https://me:hunter2secret@h/\n",
		".gitleaks.toml":       "[[allowlists]]\nregexes = ['" + token + "(']\n",
		"helm/values.yaml":     "x:\n  password: hunter2secret\n",
		"bin/AKIAQ3EGVOIQX.sh": "K=AKIAQ3EGVOIQX7M2ZC4T\n",
	}, tree.Options{})
	b, err := json.Marshal(map[string]any{"facts": facts, "gaps": gaps})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("hunter2")) || bytes.Contains(b, []byte("7M2ZC4T")) || bytes.Contains(b, []byte(token+"\"")) || bytes.Contains(b, []byte(token+"(")) {
		t.Errorf("%s", b)
	}
	if len(facts.Leaks) < 5 {
		t.Errorf("%v", places(facts))
	}
}

func TestBounds(t *testing.T) {
	long := strings.Repeat("nothing to see\n", 100)
	for _, c := range []struct {
		name   string
		files  map[string]string
		limits tree.Limits
		gaps   int
	}{
		{"a large text", map[string]string{"dump.sql": long}, tree.Limits{MaxFileBytes: 1000}, 1},
		{"a large file that is no text", map[string]string{"x.dat": "\x00" + long}, tree.Limits{MaxFileBytes: 1000}, 0},
		{"a large picture", map[string]string{"x.png": long}, tree.Limits{MaxFileBytes: 1000}, 0},
		{"a large file of tests", map[string]string{"spec/x.json": long}, tree.Limits{MaxFileBytes: 1000}, 0},
		{"all files together", map[string]string{"a.txt": long, "b.txt": long}, tree.Limits{MaxTotalBytes: 2000}, 1},
	} {
		if _, gaps := read(t, c.files, tree.Options{Limits: c.limits}); len(gaps) != c.gaps {
			t.Errorf("%s: %v", c.name, gaps)
		}
	}
}

// TestOneALine holds that what several readers find on one line counts once, by what
// says most.
func TestOneALine(t *testing.T) {
	facts, _ := read(t, map[string]string{".env": "API_TOKEN=" + token + "\nSTRIPE=rk_test_" + token + "\n", "two.py": "a_token = '" + token + "'; b_token = '" + token + "'\n"}, tree.Options{})
	if diff := cmp.Diff([]string{".env:1 env-file API_TOKEN", ".env:2 stripe-access-token", "two.py:1 generic-api-key"}, places(facts)); diff != "" {
		t.Error(diff)
	}
}

func TestStopsWithTheContext(t *testing.T) {
	tr, err := tree.Open(t.Context(), fstest.MapFS{"a.py": {Data: []byte("API_TOKEN = '" + token + "'\n")}}, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var facts scorecard.Facts
	if Read(ctx, tr, &facts); !facts.Empty() {
		t.Errorf("%v", facts)
	}
}

// FuzzRead holds that no file brings the reader down, whatever it is taken for.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"API_TOKEN=" + token, "kind: ConfigMap\ndata:\n  a_password: |\n    x: y\n", "[[allowlists]]\nregexes = ['x']\n", "a:b:1\nc:a:b:1\n",
		"spec:\n  values: &a\n    password: [*a, {name: x, value: y}]\n", "-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----", "\xff\xfe\x00", "ey" + strings.Repeat("a", 50) + ".ey"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		facts, _ := read(t, map[string]string{".env": text, "values.yaml": text, "x.py": text, ".gitleaks.toml": text, ".gitleaksignore": text, "k.yaml": "kind: ConfigMap\nvalue: 1\n" + text}, tree.Options{})
		for _, l := range facts.Leaks {
			if l.Location.FirstLine < 1 || l.Location.FirstLine > strings.Count(text, "\n")+3 {
				t.Errorf("%v", l)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	r := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields("key token api access they secret func return := = : { } \"value\" name cart order skip asia auth password nil error s.key curl")
	for text.Len() < 1<<20 {
		text.WriteString(words[r.IntN(len(words))])
		text.WriteByte(" \n\t "[r.IntN(4)])
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		read(b, map[string]string{"a.go": text.String()}, tree.Options{})
	}
}
