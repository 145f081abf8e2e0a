package directory

import (
	"net/url"
	"strings"
	"testing"
)

func TestWebURL(t *testing.T) {
	for remote, want := range map[string]string{
		"https://github.com/team/shop.git":                          "https://github.com/team/shop",
		"https://github.com/team/shop/":                             "https://github.com/team/shop",
		"HTTPS://GitHub.com/Team/Shop":                              "https://github.com/Team/Shop",
		"http://github.com/team/shop":                               "https://github.com/team/shop",
		"git://github.com/team/shop.git":                            "https://github.com/team/shop",
		"git@github.com:team/shop.git":                              "https://github.com/team/shop",
		"github.com:team/shop":                                      "https://github.com/team/shop",
		"ssh://git@github.com/team/shop.git":                        "https://github.com/team/shop",
		"ssh://git@ssh.github.com:443/team/shop.git":                "https://github.com/team/shop",
		"git+ssh://git@github.com/team/shop.git":                    "https://github.com/team/shop",
		"https://token@github.com/team/shop.git":                    "https://github.com/team/shop",
		"https://x-access-token:s3cret@github.com/team/shop.git":    "https://github.com/team/shop",
		"https://me:p@ss@github.com/team/shop.git":                  "https://github.com/team/shop",
		"https://github.com/team/shop.git?access_token=s3cret#frag": "https://github.com/team/shop",
		"https://gitlab.example.com:8443/a/b/c/shop.git":            "https://gitlab.example.com:8443/a/b/c/shop",
		"https://gitlab.example.com:443/a/shop.git":                 "https://gitlab.example.com/a/shop",
		"ssh://git@gitlab.example.com:2222/a/b/shop.git":            "https://gitlab.example.com/a/b/shop",
		"https://gitlab-ci-token:s3cret@gitlab.com/a/shop.git":      "https://gitlab.com/a/shop",
		"git@bitbucket.org:team/shop.git":                           "https://bitbucket.org/team/shop",
		"https://me@bitbucket.org/team/shop.git":                    "https://bitbucket.org/team/shop",
		"https://git.example.com/scm/SHOP/cart.git":                 "https://git.example.com/projects/SHOP/repos/cart",
		"ssh://git@git.example.com:7999/SHOP/cart.git":              "https://git.example.com/projects/SHOP/repos/cart",
		"ssh://git@git.example.com:7999/~ann/cart.git":              "https://git.example.com/users/ann/repos/cart",
		"git@ghe.example.com:team/shop.git":                         "https://ghe.example.com/team/shop",
		"org-12345@github.com:team/shop.git":                        "https://github.com/team/shop",
		"git@ssh.dev.azure.com:v3/org/project/shop":                 "https://dev.azure.com/org/project/_git/shop",
		"https://org@dev.azure.com/org/project/_git/shop":           "https://dev.azure.com/org/project/_git/shop",
		"git@github.com:/team/shop.git":                             "https://github.com/team/shop",
		"https://github.com/team/../../shop.git":                    "https://github.com/shop",

		"":                                "",
		"/srv/git/shop.git":               "",
		"../shop":                         "",
		"file:///srv/git/shop.git":        "",
		`C:\git\shop`:                     "",
		"C:/git/shop":                     "",
		"work:team/shop.git":              "", // an alias of the user's own
		"http://git.example.com:3000/a/b": "",
		"https://github.com":              "",
		"https:///team/shop":              "",
		"ext::sh -c whoami":               "",
		"codecommit::eu-west-1://shop":    "",
		"javascript:alert(1)":             "",
		"https://github.com/a b":          "",
		"https://%zz/":                    "",
		"git@github.com:":                 "",
	} {
		if got := webURL(remote); got != want {
			t.Errorf("webURL(%q) = %q, want %q", remote, got, want)
		}
	}
}

// FuzzWebURL holds that whatever comes out is a plain https address without a user.
func FuzzWebURL(f *testing.F) {
	for _, s := range []string{"https://u:p@h/x", "git@h.x:a/b", "ssh://u@h.x:7999/a/b", "http://h:1/a", "a@b.c:d@e:f", "https://h/scm/a/b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, remote string) {
		got := webURL(remote)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Host, "@") {
			t.Errorf("webURL(%q) = %q: %+v, %v", remote, got, u, err)
		}
	})
}
