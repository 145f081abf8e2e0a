package kube

import (
	"path"
	"slices"
	"strings"
	"unicode"
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

// isProduction reports whether a path is named production.
func isProduction(p string) bool {
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

// rankOf ranks a folder or file by its name, and as usual where that says nothing.
func rankOf(p string, usual int) int {
	switch {
	case isProduction(p):
		return rankProduction
	case isOther(p):
		return rankOther
	}
	return usual
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
