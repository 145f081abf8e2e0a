package credential

import (
	"slices"
	"strings"
	"unicode"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// settingKeys are names, whole keys or the last word or two of one, whose values say
// where and as whom and not with what: who may read them can do nothing with them.
var settingKeys = strings.Fields("name server type project enableoci insecure username user host hostname port ports database dbname databasename namespace region " +
	"endpoint email scheme sslmode tls enabled bucket issuer clientid appid applicationid tenantid subscriptionid accountid projectid orgid organizationid organisationid " +
	"installationid userid teamid channelid zoneid directoryid loglevel timezone locale")

// bareURL is a URL without a user, a path and a query: those of webhooks are secrets.
var bareURL = lazyregexp.New(`^[a-z][a-z0-9+.-]*://[A-Za-z0-9.-]+(?::\d{1,5})?/?$`)

var (
	// filePath is an absolute path of two parts or more.
	filePath = lazyregexp.New(`^(?:file://)?(?:~|\.{1,2})?(?:/[\w.@-]+){2,}/?$`)
	// hostPort is what may stand behind a colon in an address.
	hostPort = lazyregexp.New(`^(?:\[[0-9A-Fa-f:.]+\]|[\w.-]*)(?::\d{1,5})?$`)
	uuid     = lazyregexp.New(`^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$`)
	// issued is an identity as the large providers write theirs.
	issued = lazyregexp.New(`^(?:\d+|[\w-]+\.apps\.googleusercontent\.com)$`)
)

// Setting reports whether a value is no secret by its key and its form.
func Setting(key, v string) bool {
	v = strings.TrimSpace(v)
	names := Words(key)
	secret := Names(names)
	if len(v) > 200 || strings.Contains(v, "\n") || Shows(v) {
		return false
	}
	switch {
	case v == "true", v == "false", filePath.MatchString(v):
		return !secret
	case bareURL.MatchString(v):
		return true
	case strings.ContainsAny(v, "@?"):
		return false
	}
	whole := strings.Join(names, "")
	if whole == "url" { // of a repository, in Argo CD's Secrets
		return !strings.Contains(strings.ToLower(v), "hook") && !random(v)
	}
	if strings.Contains(v, "://") || strings.ContainsAny(v, ":(") && !hostPort.MatchString(v) && !strings.HasPrefix(v, "arn:") {
		return false
	}
	known := slices.Contains(settingKeys, whole) || len(names) > 0 && (slices.Contains(settingKeys, names[len(names)-1]) || slices.Contains(settingKeys, lastTwo(names)))
	identity := known && (uuid.MatchString(v) || issued.MatchString(v)) || strings.HasSuffix(whole, "id")
	return known && !secret && (identity || !random(v))
}

// Words are the words of a key in lower case: `apiTokenName`, `API_TOKEN_NAME` and
// `api-token.name` are api, token, name.
func Words(key string) []string {
	var b strings.Builder
	rs := []rune(key)
	for i, r := range rs {
		if i > 0 && unicode.IsUpper(r) && (unicode.IsLower(rs[i-1]) || unicode.IsUpper(rs[i-1]) && i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.FieldsFunc(strings.ToLower(b.String()), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func lastTwo(names []string) string { return strings.Join(names[max(0, len(names)-2):], "") }

var (
	credentialWords = strings.Fields("password passwords passwd pwd pass passphrase passcode secret secrets token tokens credential credentials apikey accesskey secretkey privatekey authtoken psk pat " +
		"clientsecret dbpassword userpassword rootpassword")
	credentialPairs = strings.Fields("apikey accesskey privatekey secretkey encryptionkey signingkey accountkey sharedkey authkey servicekey routingkey integrationkey licensekey masterkey sessionkey " +
		"cookiekey jwtkey hmackey aeskey sshkey storagekey webhookurl keydata keybase")
)

// Names reports whether what a key holds lets its holder in, by its last
// words: `db.password` and `apiKey` do, `passwordFile` and `token_url` don't.
func Names(names []string) bool {
	return len(names) > 0 && (slices.Contains(credentialWords, names[len(names)-1]) || slices.Contains(credentialPairs, lastTwo(names)))
}

var (
	// knownKeys are keys and tokens that say by their first letters what they open.
	knownKeys = lazyregexp.New(`-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:[sr]k_(?:live|test)_\w{8}|gh[pousr]_\w{16}|github_pat_\w{16}|(?:AKIA|ASIA)[A-Z0-9]{16}|xox[abposr]-\w{4}|xapp-\d|glpat-[\w-]{8}|AIza[\w-]{30}|npm_\w{20}|dop_v1_\w{16}|hv[sb]\.\w{16}|SG\.[\w-]{16}|sk-(?:ant-|proj-)?\w{16}|eyJ[\w-]{8,}\.eyJ[\w-]{8,})`)
	// webhooks are addresses that need no more than to be known.
	webhooks = lazyregexp.New(`(?i)hooks\.slack\.com/(?:services|workflows)/\w|discord(?:app)?\.com/api/webhooks/\w|webhook\.office\.com/\w`)
	// login is a URL with user and password, whose password is caught.
	login = lazyregexp.New(`[a-zA-Z][\w+.-]*://[^/@\s"'<>]*?:([^/@\s"'<>]+)@`)
	// assigned is a credential in a list of them: `Server=x;Password=y`.
	assigned = lazyregexp.New(`(?i)(?:password|passwd|pwd|secret|token|api_?key|access_?key|account_?key|shared_?access_?key|signature)=([^\s;&"',]+)`)
	// bearer is a token as it is sent.
	bearer = lazyregexp.New(`(?i)\b(?:bearer|basic)\s+([\w+/=.~-]{8,})`)
	// hashed is a password as crypt writes it.
	hashed = lazyregexp.New(`\$(?:apr1|2[aby]|argon2\w*|[156])\$[\w./$,=+-]+`)
)

// ShowsKey reports whether a key or token of a known make stands in the text.
func ShowsKey(v string) bool {
	return knownKeys.MatchString(v) && !strings.Contains(v, "EXAMPLE") || webhooks.MatchString(v)
}

// Takes reports whether a variable of an environment holds a secret, whoever gives it: by
// its name, or by a login or an assignment in its value, of which the password may be filled
// in elsewhere. A switch and the path of a file that holds the secret are none.
func Takes(name, value string) bool {
	v := strings.TrimSpace(value)
	if login.MatchString(v) || assigned.MatchString(v) {
		return true
	}
	names := Words(name)
	switch strings.ToLower(v) {
	case "true", "false", "yes", "no", "on", "off":
		return false
	}
	if v != "" && len(v) < 7 && strings.Trim(v, "0123456789.") == "" {
		return false // how many, or for how long
	}
	return Names(names) && !filePath.MatchString(v) && !bareURL.MatchString(v)
}

// Shows reports whether something that lets its holder in stands in the text
// for all to see, whatever the text is called.
func Shows(v string) bool {
	if ShowsKey(v) || hashed.MatchString(v) {
		return true
	}
	for _, form := range []func(string, int) [][]string{login.FindAllStringSubmatch, assigned.FindAllStringSubmatch, bearer.FindAllStringSubmatch} {
		for _, m := range form(v, -1) {
			if !StandsIn(m[1]) {
				return true
			}
		}
	}
	return false
}

// StandsIn reports whether a credential's value is none yet.
func StandsIn(v string) bool {
	return v == "" || Placeholder(v) || Encrypted(v) || filled.MatchString(v)
}

// filled is a value of which a part is filled in by something else.
var filled = lazyregexp.New(`\$\{[^{}]*\}?|\$\([^()]*\)?|\{\{.*|\$__\w+\{`)

// run is a piece of text that could be a key.
var run = lazyregexp.New(`[A-Za-z0-9+/=]{12,}`)

// random reports whether the text has a piece that nobody would think of: letters and
// digits in turns, as keys have and names have not.
func random(v string) bool {
	for _, piece := range run.FindAllString(v, -1) {
		turns := 0
		for i := 1; i < len(piece); i++ {
			if isDigit(piece[i]) != isDigit(piece[i-1]) {
				turns++
			}
		}
		if turns >= 4 {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
