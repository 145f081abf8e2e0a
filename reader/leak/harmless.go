package leak

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/credential"
)

// forTests are files that are tests, or samples to be copied, by their names.
var forTests = lazyregexp.New(`(?i)_test\.\w+$|[._-](?:test|tests|spec|specs|stories|e2e)\.\w+$|(?:^|/)(?:test_[^/]*|conftest)\.py$|(?-i:Tests?|Spec|IT)\.(?:java|kt|kts|cs|scala|groovy|swift)$|_spec\.rb$|` +
	`(?:^|/)(?:spec|specs|features|cypress|__snapshots__|snapshots|cassettes|vcr_cassettes|golden|mockdata|test[-_]?data|testresources|[^/]*[-_.]tests?|[^/]*Tests)/|` +
	`[._-](?:example|examples|sample|samples|template|tmpl|dist|defaults?|skel)(?:\.\w+)?$|(?:^|/)(?:example|sample|template|dummy|fake|mock)[._-][^/]*$|` +
	`(?:^|[/_-])(?:dev|development|test|testing|local)\.(?:exs|rb|py|js|ts|php|ini|cfg|conf|properties)$|(?:^|[/_.-])tests?[-_]?(?:data|util|utils|helper|helpers|fixtures?|keys?|certs?)\.\w+$|(?:^|/)\.secrets\.baseline$`)

// namesOther reports whether what a rule found that goes by a name and a value is none
// by its line: a comment (a default that is described, as a rule), a name that is not a
// credential's, or for gitleaks' rule for any key, a value that is not random. It is
// asked first, since it is answered fastest.
func namesOther(r *rule, s *sighting) bool {
	generic := strings.HasPrefix(r.id, "generic")
	return (generic || r.assigns) && (!names(s) || commented.Match(s.line) || generic && !credential.Random(string(s.secret)))
}

// harmless reports whether what a rule found is none by what it says itself, and by
// what it stands in.
func harmless(rule string, s *sighting, text []byte, at int) bool {
	secret := string(s.secret)
	return credential.StandsIn(secret) || rule == "jwt" && sampleToken(secret) || judgedElsewhere.Match(document(text, at))
}

// commented is a line that is a comment.
var commented = lazyregexp.New(`^\s*(?:#|;|//|\*|<!--)`)

// names reports whether the name before the value is that of a credential: gitleaks takes
// `key: web-1.4.2` and `client_id = …` for one.
func names(s *sighting) bool {
	before := s.match
	if i := bytes.LastIndex(before, s.secret); i >= 0 {
		before = before[:i]
	}
	m := lastName.FindSubmatch(before)
	return m == nil || credential.Names(credential.Words(string(m[1])))
}

// lastName is the name that a value is given to, and the sign that gives it.
var lastName = lazyregexp.New("([A-Za-z_][\\w.-]*)[ \t]*[\\s'\"]{0,3}(?:=|>|:{1,3}=|\\|\\||:|=>|\\?=|,)[\\x60'\"\\s=]*$")

// sampleToken reports whether a token is the one that jwt.io shows to everybody, or one
// like it.
func sampleToken(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) < 2 {
		return false
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	return err == nil && (bytes.Contains(claims, []byte("John Doe")) || bytes.Contains(claims, []byte(`"1234567890"`)))
}

// judgedElsewhere is a document of YAML whose values are encrypted or encoded, and
// which another reader judges.
var judgedElsewhere = lazyregexp.New(`(?m)^\s{0,4}kind:\s*["']?(?:Secret|SealedSecret|EncryptedSecret|SopsSecret)["']?\s*$`)

// document is the part between lines of three dashes that a place lies in.
func document(text []byte, at int) []byte {
	start, end := 0, len(text)
	if i := bytes.LastIndex(text[:at], []byte("\n---")); i >= 0 {
		start = i
	}
	if i := bytes.Index(text[at:], []byte("\n---")); i >= 0 {
		end = at + i
	}
	return text[start:end]
}
