package kube

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var (
	productionWords = []string{"prod", "production", "prd", "live"}
	otherWords      = []string{"dev", "devel", "development", "develop", "test", "testing", "tests", "stage", "staging", "stg", "qa", "uat",
		"sit", "int", "integration", "preprod", "preproduction", "nonprod", "nonproduction", "sandbox", "local", "preview", "ci",
		"kind", "minikube", "k3d", "e2e", "demo", "review", "perf", "loadtest", "example", "examples"}
	negations = []string{"non", "not", "pre", "no"}
)

// words splits a path into lower-cased words.
func words(p string) []string {
	return strings.FieldsFunc(strings.ToLower(p), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// naming tells by the name of a file, folder or environment what it is for. Its
// patterns say what is production, in the place of the usual words; without any the
// words do.
type naming []string

// CheckProduction refuses what is no pattern for Options.Production, with an error that
// wraps scorecard.ErrInvalid.
func CheckProduction(pattern string) error { return naming{pattern}.check() }

// check refuses patterns that can't be read.
func (n naming) check() error {
	for _, pattern := range n {
		if _, err := path.Match(pattern, ""); err != nil || strings.Trim(pattern, "/") == "" {
			return fmt.Errorf("%w: production form %q is no pattern such as values-live*.yaml or overlays/eu-*", scorecard.ErrInvalid, pattern)
		}
	}
	return nil
}

// rank ranks a folder, file or name, and as usual where that says nothing. Of a path in
// a folder (of a chart) only the words below it count.
func (n naming) rank(folder, p string, usual int) int {
	switch {
	case n.isProduction(folder, p):
		return rankProduction
	case isOther(shortPath(folder, p)):
		return rankOther
	}
	return usual
}

// isProduction reports whether something is named production. A pattern is that of the
// path or of the end of it: overlays/eu-* is deploy/overlays/eu-1, too.
func (n naming) isProduction(folder, p string) bool {
	if len(n) == 0 {
		return saysProduction(shortPath(folder, p))
	}
	for _, pattern := range n {
		pattern = strings.Trim(pattern, "/")
		for rest := p; ; {
			if ok, err := path.Match(pattern, rest); ok && err == nil {
				return true
			}
			_, after, more := strings.Cut(rest, "/")
			if !more {
				break
			}
			rest = after
		}
	}
	return false
}

// saysProduction reports whether a path is named production by the usual words.
func saysProduction(p string) bool {
	ws := words(p)
	for i, w := range ws {
		if slices.Contains(productionWords, w) && (i == 0 || !slices.Contains(negations, ws[i-1])) {
			return true
		}
	}
	return false
}

// isOther reports whether a path is named after an environment that is not production.
func isOther(p string) bool {
	ws := words(p)
	for i, w := range ws {
		if slices.Contains(otherWords, w) || i > 0 && slices.Contains(productionWords, w) && slices.Contains(negations, ws[i-1]) {
			return true
		}
	}
	return false
}

// below gives a path's part below a folder; the path itself when it is not below it.
func below(folder, p string) string {
	if folder == "." {
		return p
	}
	return strings.TrimPrefix(strings.TrimPrefix(p, folder), "/")
}

// inside reports whether a path is the folder or in it.
func inside(folder, p string) bool {
	return folder == "." || p == folder || strings.HasPrefix(p, folder+"/")
}

// resolve joins a relative reference to a folder; false when it leads out of the repository.
func resolve(folder, ref string) (string, bool) {
	if path.IsAbs(ref) {
		return "", false
	}
	p := path.Join(folder, ref)
	return p, p != ".." && !strings.HasPrefix(p, "../")
}
