package dotenv

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestParse(t *testing.T) {
	got := Parse([]byte("# all hosts\nHOST=cart # inside\nexport PORT = 8080\nADDR=${HOST}:${PORT}\nOPEN=${NOBODY}:1\nQUOTED=\"a # b\"\nno assignment\nEMPTY=\n"))
	want := Variables{"HOST": "cart", "PORT": "8080", "ADDR": "cart:8080", "QUOTED": "a # b", "EMPTY": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEach(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"list":    {"- A=1\n- B\n- C=\n- [d]\n", []string{"A=1", "B?", "C="}},
		"mapping": {"A: 1\nB:\nC: ''\nD: [d]\n", []string{"A=1", "B?", "C="}},
		"neither": {"text", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var n yaml.Node
			if err := yaml.Unmarshal([]byte(tt.text), &n); err != nil {
				t.Fatal(err)
			}
			var got []string
			Each(n.Content[0], func(name, value string, written bool, _ int) {
				if written {
					name += "=" + value
				} else {
					name += "?"
				}
				got = append(got, name)
			})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("A=1\nB=${A}\nC=${B:-x}\nD='"))
	f.Fuzz(func(_ *testing.T, data []byte) { Parse(data) })
}
