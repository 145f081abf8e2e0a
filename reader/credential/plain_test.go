package credential

import "testing"

// token is nobody's, and looks random.
const token = "q7Zk2Vb9Tn4Rw8Xs1Jd6Gf3Hm5Lp0Yc"

// TestPlain holds what counts as a credential in a place that is not made for them.
func TestPlain(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        bool
	}{
		{"DB_PASSWORD", "correct-horse-7", true}, {"adminPassword", "admin", true}, {"MYSQL_PWD", "root", true}, {"db.passphrase", "correct horse", true}, {"POSTGRES_PASSWORD", "kc", true},
		{"API_TOKEN", token, true}, {"clientSecret", token, true}, {"SECRET_KEY_BASE", token, true}, {"webhookToken", "6168DB8D-DC58-4094-AF24-483278923590", true},
		{"DATABASE_URL", "postgres://cart:correct-horse-7@db/cart", true}, {"ANYTHING", "AKIAQ3EGVOIQX7M2ZC4T", true}, {"CONNECTION", "Server=x;Password=Hunter2zz", true},
		{"application.yaml", "spring:\n  datasource:\n    password: correct-horse-7\n", true}, {"x.properties", "db.password=correct-horse-7\n", true},
		{"tls.pem", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", true},

		{"DB_PASSWORD", "", false}, {"password", "no", false}, {"password", "10", false}, {"password", "--", false}, {"token", "kc", false}, {"password", "x", false}, {"DB_PASSWORD", "changeme", false}, {"DB_PASSWORD", "password", false}, {"DB_PASSWORD", "${DB_PASSWORD}", false}, {"DB_PASSWORD", "$(PASSWORD)", false},
		{"DB_PASSWORD", "/run/secrets/db", false}, {"DB_PASSWORD_FILE", "/run/secrets/db", false}, {"password", "true", false}, {"password", "required", false}, {"password", "<your password>", false},
		{"password", "getPassword()", false}, {"password", "config.db.password", false}, {"password", "ENC[AES256_GCM,data:x]", false}, {"PASSWORD_MIN_LENGTH", "12345678", false},
		{"secret", "cart-tls", false}, {"existingSecret", "cart-db-credentials", false}, {"tokenSecret", "cart", false}, {"MAX_TOKENS", "4096", false}, {"token", "abcdefgh12345678abcdefgh", false},
		{"clientSecret", "$oidc.example.clientSecret", false}, {"tokenURL", "https://id.example.com/token", false}, {"api_key", "example-api-key-1234", false}, {"key", token, false},
		{"DATABASE_URL", "postgres://cart:${DB_PASSWORD}@db/cart", false}, {"DATABASE_URL", "postgres://db:5432/cart", false}, {"pub.pem", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", false},
		{"application.yaml", "spring:\n  datasource:\n    password: ${DB_PASSWORD}\n", false}, {"dashboard.json", "{\"title\": \"tokens\", \"panels\": [{\"id\": 1}]}", false},
	} {
		if got := Plain(c.name, c.value); got != c.want {
			t.Errorf("%s: %q: %t, want %t", c.name, c.value, got, c.want)
		}
	}
}

func TestRandom(t *testing.T) {
	for v, want := range map[string]bool{
		token: true, "yYrECL4qbNwleYInGJYvVnSkwJuSQJ4ijPTx5tirGUXrbznF": true, "8f14e45fceea167a5a36dedd4bea2543": true,
		"session-of-the-cart": false, "my-very-long-secret-name": false, "2026-11-23T10:00:00": false, "aaaaaaaaaaaaaaaaaaaa": false, "short1a2b": false,
		"abcdefgh1234567890": false, "00000000-0000-0000-0000-000000000000": false,
	} {
		if Random(v) != want {
			t.Errorf("%q: %t", v, !want)
		}
	}
}

// FuzzPlain holds that any value gets an answer.
func FuzzPlain(f *testing.F) {
	for _, seed := range [][2]string{{"password", token}, {"a.yaml", "a: &x [*x]\n"}, {"a.json", "{\"a\": {\"password\": 1}}"}, {"x", "postgres://a:b@c"}, {".env", "A_PASSWORD=x\n[y]\n"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		if Plain(name, value) && value == "" {
			t.Error("nothing is no credential")
		}
		Setting(name, value)
		Configuration(name, value)
	})
}
