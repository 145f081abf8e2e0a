package scorecard

import (
	"slices"
	"strconv"
	"strings"
)

// Redacted stands for a value that may be a secret.
const Redacted = "…"

// CleanImage takes user and password out of an image's reference, where they have no
// place, and which people write all the same: "me:secret@registry/app:1" is
// "registry/app:1". A digest stays.
func CleanImage(ref string) string {
	for {
		i := strings.IndexByte(ref, '@')
		if i < 0 || pinned(ref[i+1:]) && !strings.Contains(ref[:i], "://") {
			return ref
		}
		ref = ref[i+1:]
	}
}

// pinned reports whether what stands behind the @ of an image's name is a digest, or
// what something fills in.
func pinned(text string) bool {
	if text == "" || !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyz", rune(text[0]|0x20)) {
		return true
	}
	algorithm, _, _ := strings.Cut(text, ":")
	return slices.Contains([]string{"sha256", "sha384", "sha512", "sha1", "blake3", "md5"}, algorithm)
}

// withoutLogins takes out what stands between the // of a URL and the @ before its host.
func withoutLogins(text string) string {
	parts := strings.Split(text, "//")
	for i, p := range parts[1:] {
		host := p
		if end := strings.IndexAny(p, "/?#"); end >= 0 {
			host = p[:end]
		}
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			parts[i+1] = p[at+1:]
		}
	}
	return strings.Join(parts, "//")
}

// Cleaner takes what may be secret out of the paths and hosts that probes ask. Two values
// that are not the same stay told apart. The zero Cleaner is ready.
type Cleaner struct{ values []string }

// Path gives the path without logins, and with the values of its query redacted:
// "/health?token=…".
func (c *Cleaner) Path(path string) string {
	path, query, found := strings.Cut(withoutLogins(path), "?")
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
	if i := slices.Index(c.values, value); i >= 0 {
		return numbered(i)
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
