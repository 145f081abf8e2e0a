package scorecard

import "testing"

func TestWebURL(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	file := Location{Path: "deploy/a b#1.yaml", FirstLine: 3, LastLine: 9}
	for _, c := range []struct {
		name string
		rev  Revision
		at   Location
		want string
	}{
		{"GitHub", Revision{URL: "https://github.com/o/r", Commit: commit}, file, "https://github.com/o/r/blob/" + commit + "/deploy/a%20b%231.yaml#L3-L9"},
		{"a folder of the work tree", Revision{URL: "https://github.com/o/r", Commit: commit, Folder: "services/cart"}, Location{Path: "a.yaml"}, "https://github.com/o/r/blob/" + commit + "/services/cart/a.yaml"},
		{"GitHub, .git", Revision{URL: "https://github.com/o/r.git", Commit: commit}, Location{Path: "a.yaml"}, "https://github.com/o/r/blob/" + commit + "/a.yaml"},
		{"GitHub, one line", Revision{URL: "https://github.com/o/r/", Commit: commit}, Location{Path: "a.yaml", FirstLine: 4}, "https://github.com/o/r/blob/" + commit + "/a.yaml#L4-L4"},
		{"GitHub, prose", Revision{URL: "https://github.com/o/r", Commit: commit}, Location{Path: "README.md", FirstLine: 4, LastLine: 5}, "https://github.com/o/r/blob/" + commit + "/README.md?plain=1#L4-L5"},
		{"GitHub of one's own", Revision{URL: "https://github.example.com:8443/o/r", Commit: commit}, Location{Path: "a"}, "https://github.example.com:8443/o/r/blob/" + commit + "/a"},
		{"GitHub, the root", Revision{URL: "https://github.com/o/r", Commit: commit}, Location{Path: "."}, "https://github.com/o/r/tree/" + commit},
		{"GitLab", Revision{URL: "https://gitlab.com/g/s/r", Commit: commit}, Location{Path: "a.yaml", FirstLine: 3, LastLine: 9}, "https://gitlab.com/g/s/r/-/blob/" + commit + "/a.yaml#L3-9"},
		{"Bitbucket", Revision{URL: "https://bitbucket.org/o/r", Commit: commit}, Location{Path: "a.yaml", FirstLine: 3, LastLine: 9}, "https://bitbucket.org/o/r/src/" + commit + "/a.yaml#lines-3:9"},
		{"credentials", Revision{URL: "https://user:secret@github.com/o/r", Commit: commit}, Location{Path: "a"}, "https://github.com/o/r/blob/" + commit + "/a"},
		{"dirty", Revision{URL: "https://github.com/o/r", Commit: commit, Dirty: true}, file, ""},
		{"no commit", Revision{URL: "https://github.com/o/r"}, file, ""},
		{"no address", Revision{Commit: commit}, file, ""},
		{"no file", Revision{URL: "https://github.com/o/r", Commit: commit}, Location{Field: "spec"}, ""},
		{"another host", Revision{URL: "https://git.example.com/o/r", Commit: commit}, file, ""},
		{"a script", Revision{URL: "javascript://github.com/o/r", Commit: commit}, file, ""},
		{"out of the tree", Revision{URL: "https://github.com/o/r", Commit: commit}, Location{Path: "../../login"}, ""},
	} {
		if got := c.rev.WebURL(c.at); got != c.want {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
	}
}
