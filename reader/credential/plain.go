package credential

import (
	"math"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// Plain reports whether a name and its value are a credential for all to see, in a place
// that is not made for them: an environment, a chart's values, a ConfigMap. There most
// is none, so what is called a password has to have a value that could be one, and what
// is called a secret, a token or a key, which may be a reference, a random one.
func Plain(name, value string) bool {
	if len(value) > maxPlain {
		return false
	}
	if v := strings.TrimSpace(value); strings.Contains(v, "\n") || slices.Contains(configFiles, strings.ToLower(path.Ext(name))) {
		return plainFile(v)
	}
	return plainValue(Words(name), value)
}

// maxPlain is how long a value, or a file of settings in one, may be.
const maxPlain = 1 << 20

func plainFile(v string) bool {
	low := strings.ToLower(v)
	if !slices.ContainsFunc(nameParts, func(p string) bool { return strings.Contains(low, p) }) && !strings.Contains(v, "://") {
		return false
	}
	c := configReader{judge: plainValue}
	if !c.document(v, strings.HasPrefix(v, "{")) && !c.lines(v) {
		return strings.Contains(v, "PRIVATE KEY-----") && !Placeholder(v)
	}
	return c.plain
}

// nameParts are parts of which one is in the name of every credential.
var nameParts = []string{"pass", "pwd", "secret", "token", "credential", "key", "psk", "pat", "webhook"}

func plainValue(names []string, v string) bool {
	v = strings.TrimSpace(v)
	switch {
	case len(v) < 3 && !short(names, v) || Encrypted(v) || Public(v) || Placeholder(v):
		return false
	case Shows(v): // of a login that is filled in in part, the password counts
		return !Sample(v)
	case StandsIn(v):
		return false
	case !Names(names) || harmlessValue(names, v) || slices.Contains(described, strings.ToLower(v)) || len(v) > 512:
		return false
	case passwords[names[len(names)-1]], names[len(names)-1] == "pass" && len(names) > 1 && !switches.MatchString(v):
		return !strings.ContainsAny(v, "{}<>") && !call.MatchString(v)
	}
	return Random(v)
}

// short reports whether a value of two letters is a password by its name, as those are that
// a developer has to type: anything else so short is a code for something.
func short(names []string, v string) bool {
	return len(v) == 2 && len(names) > 0 && passwords[names[len(names)-1]] && strings.Trim(strings.ToLower(v), "abcdefghijklmnopqrstuvwxyz0123456789") == "" && !switches.MatchString(v)
}

// passwords are words that call a value a password, and never what one is kept in.
var passwords = map[string]bool{"password": true, "passwd": true, "pwd": true, "passphrase": true, "passcode": true, "pgpassword": true,
	"dbpassword": true, "userpassword": true, "rootpassword": true}

// switches are values of what passes or lets pass, and no passwords.
var switches = lazyregexp.New(`^(?i:true|false|yes|no|on|off|\d+|all|none)$`)

// described are values that say what is to stand there.
var described = strings.Fields("string str text required optional secret password hidden sensitive bool boolean enabled disabled default generated random auto")

// call is an expression of a language: a function that is called, a field of something.
var call = lazyregexp.New(`^[A-Za-z_][\w.]*\(|^[a-z]\w*(?:\.[A-Za-z_]\w*)+$`)

// Random reports whether a value looks as if a machine had made it, which names and
// references don't: letters of several sorts in no order.
func Random(v string) bool {
	if len(v) < 12 || strings.ContainsAny(v, " \t") || Sample(v) {
		return false
	}
	if random(v) || uuid.MatchString(v) {
		return true
	}
	sorts := 0
	for _, chars := range []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"} {
		if strings.ContainsAny(v, chars) {
			sorts++
		}
	}
	return sorts == 3 && len(v) >= 20 && spread(v) >= 3.8
}

// spread is Shannon's entropy in bits a byte.
func spread(v string) (bits float64) {
	var counts [256]int
	for i := range len(v) {
		counts[v[i]]++
	}
	for _, n := range counts {
		if n > 0 {
			share := float64(n) / float64(len(v))
			bits -= share * math.Log2(share)
		}
	}
	return bits
}

// rows are letters in the order in which people type them who need any.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba", "01234567890123456789", "09876543210987654321", "qwertyuiop", "asdfghjkl"}

// Sample reports whether a value is one that was typed to look like something: with six
// letters or figures in a row, or one of them over and over.
func Sample(v string) bool {
	const run = 6
	low := strings.ToLower(v)
	for i := 0; i+run <= len(low); i++ {
		piece := low[i : i+run]
		if strings.Count(piece, piece[:1]) == run || slices.ContainsFunc(rows, func(r string) bool { return strings.Contains(r, piece) }) {
			return true
		}
	}
	return strings.Contains(low, "example") || strings.Contains(low, "sample") || strings.Contains(low, "dummy")
}
