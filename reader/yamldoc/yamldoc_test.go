package yamldoc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	type doc struct {
		First, Last int
		Err         string
		ErrLine     int
	}
	for _, c := range []struct {
		name, in string
		want     []doc
	}{
		{"empty", "", nil},
		{"only markers and comments", "---\n---\n# nothing\n", []doc{{1, 1, "", 0}, {2, 3, "", 0}}},
		{"two", "a: 1\n---\nb: 2\n", []doc{{1, 1, "", 0}, {2, 3, "", 0}}},
		{"a broken one hides no other", "a: 1\n---\nb: [\n---\nc: 3\n", []doc{{1, 1, "", 0}, {2, 3, "did not find expected node content", 3}, {4, 5, "", 0}}},
		{"the line of what is not closed", "a: 1\nkind: [Component\nb: 2\n", []doc{{1, 3, "did not find expected ',' or ']'", 2}}},
		{"an indented marker is text", "a: |\n  x\n  ---\n  y\n", []doc{{1, 4, "", 0}}},
		{"windows line ends", "a: 1\r\n---\r\nb: 2\r\n", []doc{{1, 1, "", 0}, {2, 3, "", 0}}},
		{"json", "{\"a\": [1, 2]}", []doc{{1, 1, "", 0}}},
		{"not text", "a: \xff\xfe\n", []doc{{1, 2, "it is not valid UTF-8 text", 1}}},
		{"nested too deep", strings.Repeat("[", 5000), []doc{{1, 1, "it nests more than 200 deep", 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []doc
			for _, d := range Parse([]byte(c.in)) {
				e := doc{d.FirstLine, d.LastLine, "", d.ErrLine}
				if d.Err != nil {
					e.Err = d.Err.Error()
				}
				got = append(got, e)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("documents (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinesCountFromTheFile(t *testing.T) {
	docs := Parse([]byte("# top\na: 1\n---\nb:\n  - name: x\n    image: y\n"))
	item := Items(Get(docs[1].Root, "b"))[0]
	if item.Line != 5 || KeyLine(item, "image") != 6 || LastLine(docs[1].Root) != 6 {
		t.Errorf("lines are %d, %d and %d; want 5, 6 and 6", item.Line, KeyLine(item, "image"), LastLine(docs[1].Root))
	}
}

func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	docs := Parse([]byte(b.String()))
	if len(docs) != 1 || docs[0].Err == nil || docs[0].Root != nil {
		t.Fatalf("a document of 10^10 nodes was taken")
	}
}

func TestSelfReference(t *testing.T) {
	for _, d := range Parse([]byte("a: &a\n  b: *a\n")) {
		if d.Err == nil {
			t.Errorf("a node that holds itself was taken")
		}
	}
}

func TestTooManyDocuments(t *testing.T) {
	docs := Parse([]byte(strings.Repeat("---\na: 1\n", MaxDocuments+5)))
	if last := docs[len(docs)-1]; len(docs) != MaxDocuments+1 || last.Err != ErrTooMany {
		t.Errorf("%d documents, the last with %v; want %d and %v", len(docs), last.Err, MaxDocuments+1, ErrTooMany)
	}
}

func TestValueAndMerge(t *testing.T) {
	docs := Parse([]byte("base: &b {cpu: 1, mem: 2}\nover:\n  <<: *b\n  cpu: 9\n  date: 2026-01-02\n  big: 0x10\n  float: 1.5\n  yes: yes\n  quoted: \"1\"\n  none: ~\n"))
	want := map[string]any{"cpu": int64(9), "mem": int64(2), "date": "2026-01-02", "big": int64(16), "float": 1.5, "yes": "yes", "quoted": "1", "none": nil}
	if diff := cmp.Diff(want, Value(Get(docs[0].Root, "over"))); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
	if got := String(Get(docs[0].Root, "over", "mem")); got != "2" {
		t.Errorf("a merged key reads %q, want 2", got)
	}
}

func TestDuplicates(t *testing.T) {
	docs := Parse([]byte("spec:\n  a: 1\n  b:\n    - x: 1\n      x: 2\n  a: 3\n"))
	want := []Duplicate{{"spec.b[0]", "x", 5, 4}, {"spec", "a", 6, 2}}
	if diff := cmp.Diff(want, Duplicates(docs[0].Root)); diff != "" {
		t.Errorf("duplicates (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: 1\n---\nb: 2", "{", "&a [*a]", "a: &x {<<: *x}", "a:\n  - b: |\n      ---\n", "\xff", "? {a: b}\n: c", "--- |\n a\n---\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		lines := strings.Count(string(in), "\n") + 1
		for _, d := range Parse(in) {
			if d.FirstLine < 1 || d.LastLine > lines || d.FirstLine > d.LastLine {
				t.Fatalf("document at lines %d to %d of %d", d.FirstLine, d.LastLine, lines)
			}
			if d.Root != nil {
				Value(d.Root)
				Duplicates(d.Root)
				LastLine(d.Root)
				Get(d.Root, "a", "b")
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	one := "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: cart\nspec:\n  selector: {app: cart}\n  ports:\n  - port: 80\n"
	for _, n := range []int{100, 1000, 10000} {
		data := []byte(strings.Repeat(one, n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				Parse(data)
			}
		})
	}
}

func TestWhatIsFilledInFromOutsideIsNoText(t *testing.T) {
	root := Parse([]byte("a: !seaworthy/unknown ${A}\nb: !seaworthy/unknown [c]\nc: &c !seaworthy/unknown 7\nd: *c\n"))[0].Root
	for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true, "e": false} {
		if n := Get(root, key); IsUnknown(n) != want || String(n) != "" {
			t.Errorf("%s: unknown is %v, text %q; want %v and none", key, IsUnknown(n), String(n), want)
		}
	}
	if n := Get(root, "a"); Written(n) != "${A}" || Value(n) != nil || StringMap(root)["a"] != "${A}" {
		t.Errorf("written %q, value %v; want ${A} and nil", Written(n), Value(n))
	}
}

// kubectl reads JSON objects that follow each other; each is a document at its own line.
func TestObjectsOfJSONFollowEachOther(t *testing.T) {
	for text, want := range map[string]string{
		"{\"a\": 1}\n{\"a\": 2}\n":                  "1@1 2@2",
		"{\"a\": 1}{\"a\": 2} {\n\"a\": 3}":         "1@1 2@1 3@2",
		"{\"a\": 1}\n---\n{\"a\": 2}\n{\"a\": 3}\n": "1@1 2@3 3@4",
		"{\"a\": 1}\n# the end\n":                   "1@1",
		"{a: 1}\n":                                  "1@1",
		"{\"a\": 1}\n{\"a\": \n":                    "1@1 error",
	} {
		var got []string
		for _, d := range Parse([]byte(text)) {
			if d.Err != nil {
				got = append(got, "error")
				continue
			}
			got = append(got, fmt.Sprintf("%s@%d", String(Get(d.Root, "a")), Get(d.Root, "a").Line))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
}
