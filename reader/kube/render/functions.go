package render

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"
)

// noon is the time at which every chart is rendered.
var noon = time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC)

// maxRandom bounds what a template may ask of a random function.
const maxRandom = 1 << 20

// pair is a certificate and its key, as genCA gives them.
type pair struct{ Cert, Key string }

// Alphabets of what stands for random text. Nobody writes words that begin so, and they
// may be parts of names: lower-case letters first.
const (
	standAlphaNum = "zqjxkvwbf7z0qxj9wkvy"
	standAlpha    = "zqjxkvwbfpzghwjqxkvm"
	standNumeric  = "7031629485"
)

// shortStand is how many characters of these tell them from anything else.
const shortStand = 4

// Made reports whether the text has something in it that stands for random text, so that
// it would be another one in a cluster.
func Made(text string) bool {
	low := strings.ToLower(text)
	return strings.Contains(low, standAlphaNum[:shortStand+1]) || low == standAlphaNum[:shortStand] || strings.Contains(low, standNumeric[:shortStand+2])
}

// repeatable replaces the template functions that give something else each time:
// random ones, the clock, keys and certificates, and those that walk a map in any
// order. What they give is of the right shape and no secret.
func repeatable() template.FuncMap {
	m := template.FuncMap{
		"randAlphaNum":             func(n int) (string, error) { return stand(standAlphaNum, n) },
		"randAlpha":                func(n int) (string, error) { return stand(standAlpha, n) },
		"randAscii":                func(n int) (string, error) { return stand(standAlphaNum, n) },
		"randNumeric":              func(n int) (string, error) { return stand(standNumeric, n) },
		"randBytes":                func(n int) (string, error) { return stand("QUFB", n/3*4+4) },
		"randInt":                  func(low, _ int) int { return low },
		"uuidv4":                   func() string { return "00000000-0000-4000-8000-000000000000" },
		"shuffle":                  func(s string) string { return s },
		"bcrypt":                   func(s string) string { return "$2a$10$" + digest(s)[:53] },
		"htpasswd":                 func(user, password string) string { return user + ":$2a$10$" + digest(password)[:53] },
		"encryptAES":               func(_, text string) string { return digest(text) },
		"genPrivateKey":            func(string) string { return pem("PRIVATE KEY") },
		"getHostByName":            func(string) string { return "" },
		"keys":                     sortedKeys,
		"values":                   sortedValues,
		"genCA":                    func(...any) pair { return standIn() },
		"genCAWithKey":             func(...any) pair { return standIn() },
		"genSelfSignedCert":        func(...any) pair { return standIn() },
		"genSelfSignedCertWithKey": func(...any) pair { return standIn() },
		"genSignedCert":            func(...any) pair { return standIn() },
		"genSignedCertWithKey":     func(...any) pair { return standIn() },
		"buildCustomCert":          func(...any) pair { return standIn() },
	}
	maps.Copy(m, clock())
	return m
}

// clock holds the functions that look at it, stopped at noon.
func clock() template.FuncMap {
	zoned := func(layout string, at any, zone string) string { return inZone(layout, at, zone) }
	local := func(layout string, at any) string { return inZone(layout, at, "UTC") }
	return template.FuncMap{
		"now":            func() time.Time { return noon },
		"ago":            func(at any) string { return noon.Sub(moment(at)).Round(time.Second).String() },
		"date":           local,
		"dateInZone":     zoned,
		"date_in_zone":   zoned,
		"htmlDate":       func(at any) string { return inZone("2006-01-02", at, "UTC") },
		"htmlDateInZone": func(at any, zone string) string { return inZone("2006-01-02", at, zone) },
	}
}

func inZone(layout string, at any, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	return moment(at).In(loc).Format(layout)
}

// moment makes a time of what templates hand to date functions.
func moment(at any) time.Time {
	switch t := at.(type) {
	case time.Time:
		return t
	case *time.Time:
		if t != nil {
			return *t
		}
	case int64:
		return time.Unix(t, 0)
	case int:
		return time.Unix(int64(t), 0)
	case int32:
		return time.Unix(int64(t), 0)
	}
	return noon
}

// stand gives n letters of the alphabet, always the same.
func stand(alphabet string, n int) (string, error) {
	if n < 0 || n > maxRandom {
		return "", fmt.Errorf("%d random characters are out of bounds: ask for 0 to %d", n, maxRandom)
	}
	return strings.Repeat(alphabet, n/len(alphabet)+1)[:n], nil
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func pem(kind string) string {
	return "-----BEGIN " + kind + "-----\nc3RhbmQtaW4=\n-----END " + kind + "-----\n"
}

func standIn() pair { return pair{pem("CERTIFICATE"), pem("RSA PRIVATE KEY")} }

func sortedKeys(dicts ...map[string]any) []string {
	var out []string
	for _, d := range dicts {
		out = append(out, slices.Sorted(maps.Keys(d))...)
	}
	return out
}

func sortedValues(dict map[string]any) []any {
	out := make([]any, 0, len(dict))
	for _, k := range slices.Sorted(maps.Keys(dict)) {
		out = append(out, dict[k])
	}
	return out
}
