// Package lazyregexp compiles regular expressions when they are first needed. A run
// needs few of the program's patterns, and compiling all of them before main takes
// longer than to judge a small repository.
//
// In a test they are compiled at once: a bad one fails the tests of its package, and
// never waits for the file that needs it.
package lazyregexp

import (
	"regexp"
	"sync"
	"testing"
)

// Regexp is a regular expression for a package variable. Its methods are those of
// [regexp.Regexp], and goroutines can share it.
type Regexp struct{ compiled func() *regexp.Regexp }

// New gives the regular expression of a pattern. One that is wrong panics, as with
// [regexp.MustCompile]: in a test at once, else when it is first used.
func New(pattern string) Regexp {
	r := Regexp{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })}
	if testing.Testing() {
		r.compiled()
	}
	return r
}

func (r Regexp) Match(b []byte) bool { return r.compiled().Match(b) }

func (r Regexp) MatchString(s string) bool { return r.compiled().MatchString(s) }

func (r Regexp) FindIndex(b []byte) []int { return r.compiled().FindIndex(b) }

func (r Regexp) FindSubmatch(b []byte) [][]byte { return r.compiled().FindSubmatch(b) }

func (r Regexp) FindSubmatchIndex(b []byte) []int { return r.compiled().FindSubmatchIndex(b) }

func (r Regexp) FindAllSubmatchIndex(b []byte, n int) [][]int {
	return r.compiled().FindAllSubmatchIndex(b, n)
}

func (r Regexp) FindStringSubmatch(s string) []string { return r.compiled().FindStringSubmatch(s) }

func (r Regexp) FindStringSubmatchIndex(s string) []int {
	return r.compiled().FindStringSubmatchIndex(s)
}

func (r Regexp) FindAllString(s string, n int) []string { return r.compiled().FindAllString(s, n) }

func (r Regexp) FindAllStringIndex(s string, n int) [][]int {
	return r.compiled().FindAllStringIndex(s, n)
}

func (r Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return r.compiled().FindAllStringSubmatch(s, n)
}

func (r Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return r.compiled().FindAllStringSubmatchIndex(s, n)
}

func (r Regexp) ReplaceAllString(src, repl string) string {
	return r.compiled().ReplaceAllString(src, repl)
}

func (r Regexp) ReplaceAllStringFunc(src string, repl func(string) string) string {
	return r.compiled().ReplaceAllStringFunc(src, repl)
}

func (r Regexp) Split(s string, n int) []string { return r.compiled().Split(s, n) }
