package directory

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// posix are the named classes that git knows, as regexp spells them.
var posix = map[string]string{
	"alnum": `[:alnum:]`, "alpha": `[:alpha:]`, "blank": `[:blank:]`, "cntrl": `[:cntrl:]`, "digit": `[:digit:]`,
	"graph": `[:graph:]`, "lower": `[:lower:]`, "print": `[:print:]`, "punct": `[:punct:]`, "space": `[:space:]`,
	"upper": `[:upper:]`, "xdigit": `[:xdigit:]`,
}

// never matches nothing.
const never = `[^\x00-\x{10FFFF}]`

// bracket translates the bracket expression at p[i] and gives where it ends. It
// never matches a slash. ok is false when it does not close.
func bracket(p string, i int) (class string, next int, ok bool) {
	i++
	negate := i < len(p) && (p[i] == '!' || p[i] == '^')
	if negate {
		i++
	}
	var b strings.Builder
	for first := true; ; first = false {
		if i >= len(p) {
			return "", 0, false
		}
		if p[i] == ']' && !first {
			break
		}
		if name, after, found := named(p, i); found {
			if posix[name] == "" {
				return "", 0, false
			}
			b.WriteString(posix[name])
			i = after
			continue
		}
		from, after, ok := member(p, i)
		if !ok {
			return "", 0, false
		}
		to := from
		if after+1 < len(p) && p[after] == '-' && p[after+1] != ']' {
			if to, after, ok = member(p, after+1); !ok {
				return "", 0, false
			}
		}
		writeRange(&b, from, to)
		i = after
	}
	switch {
	case negate:
		return `[^/` + b.String() + `]`, i + 1, true
	case b.Len() == 0:
		return never, i + 1, true
	}
	return `[` + b.String() + `]`, i + 1, true
}

// named finds a `[:class:]` at p[i].
func named(p string, i int) (name string, next int, found bool) {
	rest, ok := strings.CutPrefix(p[i:], "[:")
	if !ok {
		return "", 0, false
	}
	name, _, found = strings.Cut(rest, ":]")
	return name, i + len("[:") + len(name) + len(":]"), found
}

// member reads one character, which a backslash may stand before.
func member(p string, i int) (r rune, next int, ok bool) {
	if p[i] == '\\' {
		i++
	}
	if i >= len(p) {
		return 0, 0, false
	}
	r, n := utf8.DecodeRuneInString(p[i:])
	return r, i + n, true
}

// writeRange leaves out the slash, and ranges that run backwards.
func writeRange(b *strings.Builder, from, to rune) {
	if from <= '/' && '/' <= to {
		writeRange(b, from, '/'-1)
		writeRange(b, '/'+1, to)
		return
	}
	if from <= to {
		fmt.Fprintf(b, `\x{%X}-\x{%X}`, from, to)
	}
}
