// Package credential tells by its name and its form whether a piece of text lets its
// reader in: a password, a key, a token; or whether it stands where one would be filled
// in, is encrypted, is meant to be seen, or is a setting like any other. It knows no
// format and reads no file, and what it is asked about goes no further.
package credential

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

var encryptedMarks = []string{"ENC[", "ENC(", "$ANSIBLE_VAULT;", "-----BEGIN AGE ENCRYPTED FILE-----", "age-encryption.org/", "-----BEGIN PGP MESSAGE-----",
	"vault:v1:", "{cipher}"}

// Encrypted reports whether the whole value is what one of the usual tools encrypted.
func Encrypted(v string) bool {
	v = strings.TrimSpace(v)
	if strings.HasPrefix(v, "ENC[") && !strings.HasSuffix(v, "]") || strings.HasPrefix(v, "ENC(") && !strings.HasSuffix(v, ")") {
		return false
	}
	return slices.ContainsFunc(encryptedMarks, func(m string) bool { return strings.HasPrefix(v, m) })
}

var (
	publicMark = lazyregexp.New(`^(?:-----BEGIN (?:TRUSTED |X509 )?(?:CERTIFICATE|CERTIFICATE REQUEST|X509 CRL|(?:RSA |EC |DSA )?PUBLIC KEY|PGP PUBLIC KEY BLOCK|DH PARAMETERS)-----|ssh-(?:rsa|dss|ed25519) AAAA|ecdsa-sha2-\S+ AAAA|---- BEGIN SSH2 PUBLIC KEY ----)`)
	knownHost  = lazyregexp.New(`^\S+ (?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+) AAAA`)
)

// Public reports whether the value is meant to be seen: certificates, public keys,
// key sets, known hosts. The caller has looked for private keys.
func Public(v string) bool {
	v = strings.TrimSpace(v)
	if low := strings.ToLower(v); strings.Contains(low, "password") || strings.Contains(low, "token:") {
		return false // something stands behind it
	}
	return publicMark.MatchString(v) || knownHost.MatchString(v) || isKeySet(v)
}

// isKeySet reports whether the text is a JSON Web Key (Set) without private parts.
func isKeySet(v string) bool {
	if !strings.HasPrefix(v, "{") || !strings.Contains(v, `"kty"`) {
		return false
	}
	var set struct {
		key  map[string]any
		Keys []map[string]any `json:"keys"`
	}
	if json.Unmarshal([]byte(v), &set) != nil || json.Unmarshal([]byte(v), &set.key) != nil {
		return false
	}
	if set.Keys == nil {
		set.Keys = append(set.Keys, set.key)
	}
	return !slices.ContainsFunc(set.Keys, func(k map[string]any) bool { return k["d"] != nil || k["k"] != nil || k["p"] != nil || k["q"] != nil })
}
