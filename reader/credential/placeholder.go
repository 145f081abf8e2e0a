package credential

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

var (
	// toFill are the ways to mark what something has to fill in, over the whole value.
	// A password may have any of these signs in it: what is between them has to be a
	// name, of capitals where the sign alone says little.
	toFill = lazyregexp.New(`^(?:<[A-Za-z][A-Za-z .,'/]*>|<[\w .,:'/-]*[ _-][\w .,:'/-]*>|<path:[^<>]+>|<%.*%>|\$\{[^{}:]*\}|\$\([^()]*\)|\$\{\{[^|]*\}\}|\$[A-Z_][A-Z0-9_]*|\$[a-z][\w-]*(?:[.:][\w-]+)+|\{\{[^|{}\n]*\}\}(?:[-./:@]?\{\{[^|{}\n]*\}\})*|\[\[.*\]\]|\[[A-Za-z _-]*\]|%[A-Z_][A-Z0-9_]*%|%\(\w+\)s|@[A-Z_][A-Z0-9_]*@|@[a-z]+(?:\.[a-zA-Z]+)+@|__[A-Z][A-Z0-9_]*__|#\{.*\}#?|\.\.\.+|…|-+|\?+)$`)
	// storeRef is a value that names where the real one is.
	storeRef = lazyregexp.New(`^(?:ref\+\w+://|vault:[\w-]+/|op://|arn:aws:(?:secretsmanager|ssm):|projects/[^/]+/secrets/|azurekeyvault:|awssm:|gcpsm:|secretref:)`)
	// saysSo are words that only a stand-in has, wherever they are in it.
	saysSo = lazyregexp.New(`change[\s_.-]?(?:me|this|it)|replace[\s_.-]?(?:me|this|with|it)|(?:to|must|should)[\s_.-]be[\s_.-](?:changed|replaced|set|filled|added)|(?:fill|set|insert|enter|put|add|paste)[\s_.-](?:me|this|in|your|here|the|real)|placeholder|redacted|dummy|(?:^|[\s_.-])your[a-z0-9\s_.-]*(?:pass|pwd|secret|token|key|user|name|id|host|value|here|domain|mail|account|access|client|hook|url|database|db|credential|string|salt|hash|cert|org|project|bucket|licen[cs]e|dsn|region|app)|not[\s_.-]?(?:a[\s_.-]?)?real|fake[\s_.-]|fixme|\bto-?do\b|\btbd\b|xxxx`)
	// fillers are values that mean nothing but that there should be one.
	fillers = strings.Fields("todo tbd fixme dummy sample example fake mock placeholder redacted none null nil undefined unset notset n/a na empty temp tmp some-value xxx yyy zzz insert fill secret-value-here")
)

// Placeholder reports whether the value stands where a real one would be filled in.
func Placeholder(v string) bool {
	v = strings.Trim(strings.TrimSpace(v), `"'`)
	low := strings.ToLower(v)
	switch {
	case v == "" || len(v) > 200:
		return false
	case toFill.MatchString(v), storeRef.MatchString(v), slices.Contains(fillers, low), oneSign(low):
		return true
	case strings.Contains(v, "://"), strings.ContainsAny(v, "\n\"@") || strings.Count(v, "=") == 1 && !strings.HasSuffix(v, "=") || strings.Count(strings.TrimRight(v, "="), "=") > 1:
		return false // a part of it does not speak for the whole
	}
	return saysSo.MatchString(low) || exampleWord.MatchString(v)
}

// exampleWord: AWS' own sample keys end in it.
var exampleWord = lazyregexp.New(`^(?i:example)[\s_.-]|[\s_.-](?i:example)$|EXAMPLE(?:KEY)?$`)

// oneSign reports whether the value is one sign that stands for none, three times or more.
func oneSign(v string) bool {
	return len(v) >= 3 && strings.Contains("x*.-?_#0", v[:1]) && strings.Trim(v, v[:1]) == ""
}

// called are the words for one thing, each of which is no more than its name.
var called = map[string]string{"pass": "password", "passwd": "password", "pwd": "password", "password": "password", "passphrase": "password",
	"token": "token", "secret": "secret", "key": "key", "apikey": "key", "credentials": "credential", "credential": "credential"}

// NamesItself reports whether the value is what its key is called, in whole or by its
// last words: `token: token`, `DB_PASS: password`, `apiKey: api-key`.
func NamesItself(key, v string) bool {
	names, value := Words(key), strings.Join(Words(strings.TrimSpace(v)), "")
	if len(names) == 0 || len(value) < 3 {
		return false
	}
	last := names[len(names)-1]
	if called[last] != "" && called[last] == called[value] {
		return true
	}
	return Names(names) && (value == strings.Join(names, "") || value == lastTwo(names))
}
