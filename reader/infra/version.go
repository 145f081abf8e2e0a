package infra

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

var comparison = lazyregexp.New(`(==|!=|>=|<=|~>|=|\^|~|>|<)?\s*v?([0-9A-Za-z*][^\s,<>=~^!]*)`)

// boundedRange reports whether a version or range can't be met by every later
// version, in the notations of Ansible, Chef and Puppet.
func boundedRange(s string) bool {
	s = strings.TrimSpace(s)
	for _, m := range comparison.FindAllStringSubmatch(s, -1) {
		if m[2][0] < '0' || m[2][0] > '9' {
			continue // `*`, `latest`, `x`
		}
		switch m[1] {
		case "", "=", "==", "<", "<=", "^", "~", "~>":
			return true
		}
	}
	return false
}

// movingRefs are branches and words: what they name is another thing tomorrow.
var movingRefs = map[string]bool{
	"": true, "main": true, "master": true, "head": true, "develop": true, "dev": true, "devel": true, "trunk": true,
	"latest": true, "stable": true, "production": true, "staging": true, "*": true,
}

// fixedRef reports whether a tag, commit or version is no moving branch.
func fixedRef(s string) bool {
	return !movingRefs[strings.ToLower(strings.Trim(strings.TrimSpace(s), ":"))]
}

var userinfo = lazyregexp.New(`//[^/@?#]*@`)

// withoutCredentials takes user, password and parameters out of an address.
func withoutCredentials(s string) string {
	s, _, _ = strings.Cut(s, "?")
	return userinfo.ReplaceAllStringFunc(s, func(m string) string {
		if m == "//git@" {
			return m
		}
		return "//"
	})
}
