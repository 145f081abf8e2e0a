package scorecard

import (
	"maps"
	"reflect"
	"regexp"
	"strings"
	"sync"
)

// Withhold takes out of all that was seen what lets its reader in: users and passwords
// of URLs, credentials in their queries, and keys of known makes, wherever people wrote
// them. Readers take out what they know to be secret; this is for the texts that none
// of them takes for one (an owner, a title, a port), before anything is matched, judged
// or kept.
func (f *Facts) Withhold() { withhold(reflect.ValueOf(f).Elem()) }

// withhold cleans all texts that can be reached, in place.
func withhold(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); mayShow(s) {
			v.SetString(WithoutCredentials(s))
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Kind() == reflect.Pointer {
			withhold(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				withhold(f)
			}
		}
	case reflect.Slice, reflect.Array:
		if !plain(v.Type().Elem()) {
			for i := range v.Len() {
				withhold(v.Index(i))
			}
		}
	case reflect.Map:
		withholdMap(v)
	}
}

// plain reports whether values of the type hold no text.
func plain(t reflect.Type) bool {
	k := t.Kind()
	return k <= reflect.Complex128
}

// withholdMap cleans keys and values, which can't be set in place.
func withholdMap(m reflect.Value) {
	if plain(m.Type().Elem()) && plain(m.Type().Key()) {
		return
	}
	if texts, ok := m.Interface().(map[string]string); ok {
		for k, v := range maps.Clone(texts) {
			if mayShow(k) || mayShow(v) {
				delete(texts, k)
				texts[WithoutCredentials(k)] = WithoutCredentials(v)
			}
		}
		return
	}
	for _, key := range m.MapKeys() {
		k, v := reflect.New(key.Type()).Elem(), reflect.New(m.Type().Elem()).Elem()
		k.Set(key)
		v.Set(m.MapIndex(key))
		withhold(k)
		withhold(v)
		if !k.Equal(key) {
			m.SetMapIndex(key, reflect.Value{})
		}
		m.SetMapIndex(k, v)
	}
}

// mayShow tells the many texts that need no closer look.
func mayShow(s string) bool {
	return len(s) > 4 && (strings.Contains(s, ":/") || strings.Contains(s, "//") || strings.ContainsAny(s, "?&") || len(s) >= 12 && makes(s))
}

// makeMarks are parts of keys of known makes.
var makeMarks = []string{"k_live_", "k_test_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "AKIA", "ASIA", "xox", "glpat-", "AIza", "hooks.slack.com", "/api/webhooks/"}

// makes reports whether a key of a known make may stand in the text.
func makes(s string) bool {
	for _, m := range makeMarks {
		if strings.Contains(s, m) {
			return true
		}
	}
	return false
}

// pattern is compiled when it is first asked for.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

var (
	// userinfo is what stands between a scheme and the last @ before the host's end; one
	// slash is left of it where the text was taken for a path.
	userinfo = pattern(`([A-Za-z][A-Za-z0-9+.-]*):(/{1,3})([^/?#\s<>]*)@((?:sha\d+|md5|blake3):)?`)
	// bareUserinfo is that of an address without a scheme.
	bareUserinfo = pattern(`(^|[\s"'=(\[])//([^/?#\s<>:]*:[^/?#\s<>]*)@`)
	// queried is a credential in a query.
	queried = pattern(`(?i)([?&;](?:[\w.-]*(?:token|secret|passw|pwd|passphrase|credential|signature|api[_-]?key|access[_-]?key|auth|ssh[_-]?key|private)[\w.-]*|sig|key|code|pass)=)([^&;#\s"'<>\x60)\]}]+)`)
	// keyMakes are keys that say themselves what they open.
	keyMakes = pattern(`\b(?:[sr]k_(?:live|test)_\w{8,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|(?:AKIA|ASIA)[A-Z0-9]{16}\b|xox[abposr]-[\w-]{8,}|glpat-[\w-]{16,}|AIza[\w-]{30,})`)
	// hookPath is the part of a webhook's address that nobody else knows.
	hookPath = pattern(`(hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/)[^\s"'<>)\]]+`)
)

// WithoutCredentials gives the text without users and passwords of URLs, with
// credentials in queries and keys of known makes redacted. The user of an SSH address
// stays, which is no secret. It is idempotent.
func WithoutCredentials(text string) string {
	if strings.Contains(text, "@") {
		text = replaceGroups(userinfo(), text, func(g []string) string {
			if g[4] != "" {
				return g[0] // the digest of an image
			}
			if user, _, found := strings.Cut(g[3], ":"); strings.HasSuffix(g[1], "ssh") && !strings.Contains(user, "@") {
				if !found {
					return g[0]
				}
				return g[1] + ":" + g[2] + user + "@"
			}
			return g[1] + ":" + g[2]
		})
		text = replaceGroups(bareUserinfo(), text, func(g []string) string { return g[1] + "//" })
	}
	if strings.Contains(text, "=") {
		text = replaceGroups(queried(), text, func(g []string) string {
			if strings.HasPrefix(g[2], Redacted) || strings.HasPrefix(g[2], "$") || strings.HasPrefix(g[2], "{") {
				return g[0]
			}
			return g[1] + Redacted
		})
	}
	if makes(text) {
		text = keyMakes().ReplaceAllString(text, Redacted)
		text = hookPath().ReplaceAllString(text, "${1}"+Redacted)
	}
	return text
}

// replaceGroups replaces each match by what is made of its groups.
func replaceGroups(re *regexp.Regexp, text string, by func(groups []string) string) string {
	return re.ReplaceAllStringFunc(text, func(m string) string { return by(re.FindStringSubmatch(m)) })
}
