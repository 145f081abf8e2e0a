package scorecard

import (
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// Redacted stands for a value that may be a secret.
const Redacted = "…"

// pinned is what may stand behind the @ of an image's name: a digest, or what something
// fills in.
var pinned = lazyregexp.New(`^(?:(?:sha\d+|blake3|md5)(?::|$)|[^0-9a-zA-Z]|$)`)

// CleanImage takes user and password out of an image's reference, where they have no
// place, and which people write all the same: "me:secret@registry/app:1" is
// "registry/app:1". A digest stays.
func CleanImage(ref string) string {
	for {
		i := strings.IndexByte(ref, '@')
		if i < 0 || pinned.MatchString(ref[i+1:]) && !strings.Contains(ref[:i], "://") {
			return ref
		}
		ref = ref[i+1:]
	}
}

// login is what stands before the host of a URL.
var login = lazyregexp.New(`//[^/@?#\s]*@`)

// Cleaner takes what may be secret out of the paths and hosts that probes ask. Two values
// that are not the same stay told apart. The zero Cleaner is ready.
type Cleaner struct{ values []string }

// Path gives the path without logins, and with the values of its query redacted:
// "/health?token=…".
func (c *Cleaner) Path(path string) string {
	path, query, found := strings.Cut(login.ReplaceAllString(path, "//"), "?")
	if !found {
		return path
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		if key, value, ok := strings.Cut(pair, "="); ok && value != "" {
			pairs[i] = key + "=" + c.redact(value)
		} else if !ok && len(pairs) == 1 && pair != "" {
			pairs[i] = c.redact(pair) // a value alone
		}
	}
	return path + "?" + strings.Join(pairs, "&")
}

// Host gives the host without a login.
func (c *Cleaner) Host(host string) string { return host[strings.LastIndexByte(host, '@')+1:] }

// redact numbers the values from the second on.
func (c *Cleaner) redact(value string) string {
	for i, v := range c.values {
		if v == value {
			return numbered(i)
		}
	}
	c.values = append(c.values, value)
	return numbered(len(c.values) - 1)
}

func numbered(i int) string {
	if i == 0 {
		return Redacted
	}
	return Redacted + strconv.Itoa(i+1)
}
