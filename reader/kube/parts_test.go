package kube

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestCalicoSelector(t *testing.T) {
	in := func(key string, values ...string) scorecard.Requirement {
		return scorecard.Requirement{Key: key, Operator: "In", Values: values}
	}
	for text, want := range map[string]subjects{
		``:                                      {},
		` all() `:                               {},
		`!all()`:                                {nothing: true},
		`global()`:                              {nothing: true},
		`app=='a'`:                              {pods: []scorecard.Requirement{in("app", "a")}},
		`app == "a" && (b in {"x",'y'})`:        {pods: []scorecard.Requirement{in("app", "a"), in("b", "x", "y")}},
		`a.b/c-d_e != ''`:                       {pods: []scorecard.Requirement{{Key: "a.b/c-d_e", Operator: "NotIn", Values: []string{""}}}},
		`has(x) && !has(y) && !!has(z)`:         {pods: []scorecard.Requirement{{Key: "x", Operator: "Exists"}, {Key: "y", Operator: "DoesNotExist"}, {Key: "z", Operator: "Exists"}}},
		`x not in {'a'}`:                        {pods: []scorecard.Requirement{{Key: "x", Operator: "NotIn", Values: []string{"a"}}}},
		`x in {}`:                               {pods: []scorecard.Requirement{in("x")}},
		`projectcalico.org/namespace == "s"`:    {namespaces: []scorecard.Requirement{in(scorecard.NamespaceLabel, "s")}},
		`projectcalico.org/orchestrator=='k8s'`: {},
		`projectcalico.org/orchestrator!='k8s'`: {nothing: true},
	} {
		got := calicoSelector(text, false)
		if diff := cmp.Diff(&want, got, cmp.AllowUnexported(subjects{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{`a == 'x' || b == 'y'`, `a contains 'x'`, `a starts with 'x'`, `!(a == 'x')`, `a == x`, `a == 'x`, `a`, `&&`, `(`, `has(a`,
		`a in {'x'`, `a in {'x' 'y'}`, `a == 'x' b`, `projectcalico.org/serviceaccount == 'x'`, `! a == 'x'`, `a not == 'x'`, strings.Repeat("(", 1000)} {
		if s := calicoSelector(text, false); s.unreadable == "" {
			t.Errorf("%.50s is read as %+v", text, s)
		}
	}
}

// FuzzCalicoSelector holds that reading ends, and that what was read says what it is about.
func FuzzCalicoSelector(f *testing.F) {
	for _, s := range []string{`a == 'x' && !has(b)`, `a not in {"x", 'y'}`, `(all())`, `((`, `a in {`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := calicoSelector(text, false)
		if s.unreadable == "" && slices.ContainsFunc(s.pods, func(r scorecard.Requirement) bool { return r.Key == "" }) {
			t.Errorf("%+v", s)
		}
	})
}

func TestSecretValues(t *testing.T) {
	for want, values := range map[string][]string{
		placeholderValue: {"changeme", "CHANGE_ME", "change-this-password", "<password>", "${DB_PASSWORD}", "$(PASSWORD)", "$PASSWORD", "{{ password }}", "[[ x ]]",
			"xxx", "xxxxxxxxxxxx", "********", "000000", "<db-password>", "your-256-bit-secret", "TODO", "replace-me", "replace-with-real-key", "your-token", "YourPingdomApiToken", "<YOUR API KEY>",
			"example", "my-example", "AKIAIOSFODNN7EXAMPLE", "dummy", "dummy-key", "REDACTED", "[redacted]", "placeholder", "to-be-replaced", "insert-your-key-here",
			"'changeme'", "%TOKEN%", "@TOKEN@", "__TOKEN__", "#{TOKEN}#", "...", "…", "none", "<path:secret/data/x#y>", "vault:secret/data/x#y", "ref+vault://x/y",
			"op://vault/item/field", "arn:aws:secretsmanager:eu-west-1:1:secret:x", "postgres://u:${PASS}@h/db", "mongodb://u:changeme@h", "fake-token", "temp"},
		settingValue: {"true", "false", "mongodb://mongodb:27017", "https://example.com/"},
		literalValue: {"$hunter2", "$Tr0ngPassw0rd", "%abc123%", "@abc123@", "<Zx9!kk2>", "<hunter2>", "foobar", "1111111111", "S3cr3tExample", "your-mom-is-Gr8-99", "hunter2", "password", "admin", "s3cr3t", "12345", "postgres://u:hunter2@h/example", "https://example.com/hook/x1y2", "examples3cr3t",
			"AKIAQ3EGVOIQX7M2ZC4T", "todoist-key-9f8e", "key with $VAR in it", "a\nb\nc", "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
			`{"kty":"RSA","d":"x"}`, `{"kty":"RSA","n":"x","p":"y"}`, "ENC[hunter2", "ssh-rsa AAAAB3Nz x\npassword: hunter2", `{"keys":[{"kty":"oct","k":"x"}]}`, "abcdefghij0123456789", "\x00\x01\xff"},
		emptyValue:     {"", " ", "\n"},
		publicValue:    {"-----BEGIN CERTIFICATE-----\nMIIB", "-----BEGIN PUBLIC KEY-----\nMIIB", "ssh-rsa AAAAB3Nz x", "github.com ssh-ed25519 AAAAC3Nz", `{"kty":"RSA","n":"x"}`, `{"keys":[{"kty":"EC"}]}`},
		encryptedValue: {"ENC[AES256_GCM,data:x]", "$ANSIBLE_VAULT;1.1;AES256\n66", "-----BEGIN PGP MESSAGE-----\nx", "vault:v1:8SDd3W", "ENC(G6N718)"},
	} {
		for _, v := range values {
			j := secretJudge{}
			if got := j.value("key-of-it", v); got != want {
				t.Errorf("%q is %s, want %s", v, got, want)
			}
			if got := j.data("key-of-it", base64.StdEncoding.EncodeToString([]byte(v))); got != want {
				t.Errorf("%q in base64 is %s, want %s", v, got, want)
			}
		}
	}
}

// TestSecretsByKey holds what a value is by the key that it stands at.
func TestSecretsByKey(t *testing.T) {
	for _, c := range []struct{ want, key, value string }{
		{literalValue, "import", "sk_live_51Habcdefghijk"}, {literalValue, "SUPPORT", "sk_live_51Habcdefghijk"}, {literalValue, "user", "sk_live_51Habcdefghijk"},
		{literalValue, "stripe_secret_user", "sk_live_51Habcdefghijk"}, {literalValue, "DEPLOY_TYPE_TLS", "sk_live_51Habcdefghijk"},
		{literalValue, "database", "Server=x;User=sa;Password=Hunter2zz"}, {literalValue, "endpoint", "u:Hunter2zz(tcp/x)"},
		{literalValue, "url", "https://chat.example.com/incoming/sk_live_51Habcdef"}, {literalValue, "url", "https://u:pw123456@h/x"},
		{literalValue, "apiTokenName", "s3cr3t-9f8e7d6c5b4a"}, {literalValue, "rootadmin", "admin"}, {literalValue, "admin_password", "admin"}, {literalValue, "redis_password", "redis"},
		{literalValue, "password", "true"}, {literalValue, "password", "/K7MDENG/bPxRfiCY"}, {literalValue, "auth", "admin:$apr1$abcd"},
		{literalValue, "aws_access_key_id", "AKIAQ3EGVOIQX7M2ZC4T"}, {literalValue, "secret_id", "c9bf9e57-1685-4c89-bafb-ff5af830be8a"}, {literalValue, "PGUSERPASS", "Hunter2zz"},
		{placeholderValue, "token", "token"}, {literalValue, "pass", "password"}, {literalValue, "password", "password"}, {placeholderValue, "apiKey", "api-key"},
		{settingValue, "NODE_EXTRA_CA_CERTS", "/opt/certs/ca.pem"}, {settingValue, "DB_USER", "cart"}, {settingValue, "db-host", "db.shop.svc:5432"}, {settingValue, "import", "true"},
		{settingValue, "clientId", "c9bf9e57-1685-4c89-bafb-ff5af830be8a"}, {settingValue, "GITHUB_APP_ID", "123456"}, {settingValue, "oauth2-client-id", "123-a1b2c3d4e5f6g7h8.apps.googleusercontent.com"},
		{settingValue, "url", "https://github.com/acme/shop.git"}, {settingValue, "port", "5432"},
		{settingValue, "alertmanager.yaml", "route:\n  receiver: none\nreceivers:\n- name: none\n"},
		{literalValue, "alertmanager.yaml", "route:\n  receiver: mail\nreceivers:\n- name: mail\n  email_configs:\n  - auth_password: Hunter2zz\n"},
		{literalValue, "alertmanager.yaml", "global:\n  slack_api_url: https://hooks.slack.com/services/T0/B0/x\n"},
		{settingValue, "alertmanager.yaml", "global:\n  smtp_auth_password_file: /etc/x/y\n  slack_api_url: <secret url>\n"},
		{settingValue, "grafana.ini", "[date_formats]\ndefault_timezone = UTC\n"}, {literalValue, "grafana.ini", "[security]\nadmin_password = Hunter2zz\n"},
		{settingValue, "grafana.ini", "[security]\n;admin_password = Hunter2zz\n# secret_key = SW2YcwTIb9zpOOhoPsMm\nadmin_user = root\n"},
		{settingValue, "grafana.ini", "[security]\nadmin_password = ${PASSWORD}\n"},
		{settingValue, "datasources.yaml", "datasources:\n- url: http://prometheus:9090\n  name: prometheus\n"},
		{literalValue, "datasources.yaml", "datasources:\n- url: http://me:Hunter2zz@prometheus:9090\n"},
		{settingValue, "slack.tmpl", "{{ define \"title\" }}\n[{{ .Status }}] {{ .Name }} is\n down, see the runbook\n{{ end }}\n"},
		{literalValue, "slack.tmpl", "{{ define \"title\" }}\npassword: Hunter2zz\n{{ end }}\n"},
		{literalValue, "config.json", `{"db": {"user": "a", "password": "Hunter2zz"}}`}, {settingValue, "config.json", `{"db": {"user": "a", "passwordFile": "/run/secrets/db"}}`},
		{literalValue, "app.properties", "db.user=a\ndb.password=Hunter2zz\n"}, {literalValue, "settings.yaml", "token: |\n  Hunter2zz\n"},
		{literalValue, "run.yaml", "args:\n- --password=Hunter2zz\n"}, {literalValue, "x.env", "A=b\nexport API_TOKEN=Hunter2zz\n"},
		{literalValue, ".pgpass", "db:5432:shop:me:Hunter2zz\ndb:5432:cart:me:Hunter3zz"}, {literalValue, "init.sql", "CREATE USER a\nPASSWORD 'x';\nGRANT ALL;"},
	} {
		if got := (secretJudge{}).value(c.key, c.value); got != c.want {
			t.Errorf("%s: %q is %s, want %s", c.key, c.value, got, c.want)
		}
	}
}

// TestBareLines holds that a line of an env file without a key is not taken for one.
func TestBareLines(t *testing.T) {
	got := string(withoutBareLines([]byte("# why\nA=b\nPASSWORD\nghp_hunter2ZZTOPabcdefghijklmnopqrstu\nhunter2 x=y\n\nAKIAQ3EGVOIQX7M2ZC4T")))
	want := "# why\nA=b\nPASSWORD=${PASSWORD}\nline-4=" + bareLine + "\nline-5=" + bareLine + "\n\nline-7=" + bareLine + "\n"
	if got != want && got != strings.Replace(want, "\n\nline", "\nline", 1) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRegistryLogins(t *testing.T) {
	for v, want := range map[string]string{
		`{"auths":{}}`: emptyValue, `{"auths":{"r":{"auth":""}}}`: emptyValue, `{"credHelpers":{"r":"gcr"}}`: emptyValue,
		`{"auths":{"r":{"username":"u","password":"changeme"}}}`: placeholderValue, `{"auths":{"r":{"password":"hunter2"}}}`: literalValue,
		`{"auths":{"r":{"auth":"dTpjaGFuZ2VtZQ=="}}}`: placeholderValue, `{"auths":{"r":{"auth":"dTpodW50ZXIy"}}}`: literalValue, `no JSON`: literalValue,
	} {
		if got := (secretJudge{}).value(".dockerconfigjson", v); got != want {
			t.Errorf("%s is %s, want %s", v, got, want)
		}
	}
}

// formsOf is a chart with defaults and a plain copy of what it renders.
func formsOf(objects string) map[string]string {
	return map[string]string{
		"chart/Chart.yaml":       "apiVersion: v2\nname: cart\nversion: 1.0.0\n",
		"chart/templates/a.yaml": fmt.Sprintf(deployment, "cart") + "---\n" + objects,
		"plain/a.yaml":           fmt.Sprintf(deployment, "cart") + "---\n" + objects,
	}
}

// TestPartsOfOtherForms holds that what belongs to a workload goes with it where
// another form of it counts.
func TestPartsOfOtherForms(t *testing.T) {
	facts := readFiles(t, formsOf(`apiVersion: v1
kind: Service
metadata: {name: cart, labels: {app: cart}}
spec: {selector: {app: a}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart}
spec: {podSelector: {}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: cart}
spec: {selector: {matchLabels: {app: cart}}, endpoints: [{port: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: cart}
spec: {defaultBackend: {service: {name: cart, port: {number: 80}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: cart}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: cart}
roleRef: {kind: Role, name: cart}
subjects: [{kind: ServiceAccount, name: default}]
---
apiVersion: v1
kind: Secret
metadata: {name: cart}
stringData: {a: b}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: prometheus}
data:
  prometheus.yml: |
    scrape_configs: [{job_name: cart, static_configs: [{targets: [cart]}]}]
`), Options{Worker: worker})
	for part, at := range map[string][]scorecard.Location{
		"workloads": places(facts.Workloads, func(x scorecard.Workload) scorecard.Location { return x.Location }),
		"services":  places(facts.Services, func(x scorecard.KubeService) scorecard.Location { return x.Location }),
		"policies":  places(facts.Policies, func(x scorecard.NetworkPolicy) scorecard.Location { return x.Location }),
		"monitors":  places(facts.Monitors, func(x scorecard.Monitor) scorecard.Location { return x.Location }),
		"routes":    places(facts.Routes, func(x scorecard.Route) scorecard.Location { return x.Location }),
		"roles":     places(facts.Roles, func(x scorecard.Role) scorecard.Location { return x.Location }),
		"bindings":  places(facts.Bindings, func(x scorecard.Binding) scorecard.Location { return x.Location }),
		"scrapes":   places(facts.Scrapes, func(x scorecard.Scrape) scorecard.Location { return x.Location }),
		"objects":   places(facts.Objects, func(x scorecard.OtherObject) scorecard.Location { return x.Location }),
	} {
		if len(at) != 1 || at[0].Path != "chart/templates/a.yaml" {
			t.Errorf("%s: %v", part, at)
		}
	}
	// A plain value stands in version control in each of the two.
	if len(facts.Secrets) != 2 || facts.Secrets[0].Location.Path != "chart/templates/a.yaml" || facts.Secrets[1].Location.Path != "plain/a.yaml" {
		t.Errorf("secrets: %+v", facts.Secrets)
	}
	pairs := scorecard.Pair(&facts)
	for part, n := range map[string]int{
		"policy": len(pairs.OfPolicy[&facts.Policies[0]]), "monitor": len(pairs.OfMonitor[&facts.Monitors[0]]),
		"route": len(pairs.OfRoute[&facts.Routes[0]]), "binding": len(pairs.OfBinding[&facts.Bindings[0]]),
	} {
		if n != 1 {
			t.Errorf("the %s is paired with %d things", part, n)
		}
	}
	if pairs.RoleOf[&facts.Bindings[0]] == nil {
		t.Error("the binding's role is not found")
	}
}

func places[T any](things []T, at func(T) scorecard.Location) (out []scorecard.Location) {
	for _, x := range things {
		out = append(out, at(x))
	}
	return out
}

// TestEqualInProduction holds that what two production forms hold alike is one, and
// that what differs is two.
func TestEqualInProduction(t *testing.T) {
	policy := "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: cart}\nspec: {podSelector: {matchLabels: {app: %s}}}\n---\n"
	role := "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: cart}\nrules:\n- {apiGroups: [apps], resources: [pods], verbs: [get]}\n---\n"
	facts := readFiles(t, map[string]string{
		"prod/eu/a.yaml": fmt.Sprintf(policy, "cart") + role + fmt.Sprintf(deployment, "cart"),
		"prod/us/a.yaml": fmt.Sprintf(policy, "carts") + "# a line more\n" + role + fmt.Sprintf(deployment, "cart"),
	}, Options{Worker: worker})
	if len(facts.Policies) != 2 || len(facts.Roles) != 1 || len(facts.Workloads) != 1 {
		t.Errorf("%d policies, %d roles, %d workloads", len(facts.Policies), len(facts.Roles), len(facts.Workloads))
	}
}

// A key may say that its value is none to hide; a URL with a path or a user is.
func TestSettings(t *testing.T) {
	for _, c := range []struct {
		key, value string
		setting    bool
	}{
		{"username", "postgres", true}, {"DB_HOST", "db.example.com", true}, {"db-port", "5432", true}, {"url", "https://charts.example.com/x", true},
		{"enableOCI", "true", true}, {"project", "default", true}, {"password", "db", false}, {"webhook-url", "https://hooks.example.com/T/B/x1", false},
		{"url", "https://hooks.example.com/T/B/x1", false}, {"endpoint", "https://u:p@h", false}, {"token", "default", false}, {"apikey", "x1", false},
	} {
		if got := (secretJudge{}).value(c.key, c.value) == settingValue; got != c.setting {
			t.Errorf("%s: %s is a setting: %v, want %v", c.key, c.value, got, c.setting)
		}
	}
}

// All ways in which a pod refers to a Secret; names of anything else are none.
func TestSecretsOfAPod(t *testing.T) {
	f := readFiles(t, map[string]string{"web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      imagePullSecrets: [{name: pull}]
      initContainers: [{name: i, image: "i:1", envFrom: [{secretRef: {name: init}}, {configMapRef: {name: no}}]}]
      containers:
        - name: web
          image: web:1
          env: [{name: A, valueFrom: {secretKeyRef: {name: variable, key: a}}}, {name: B, value: no}, {name: C, valueFrom: {secretKeyRef: {name: variable, key: b}}}]
      volumes: [{name: v, secret: {secretName: volume}}, {name: p, projected: {sources: [{secret: {name: projected}}, {configMap: {name: no}}]}}, {name: c, configMap: {name: no}}]
`}, Options{})
	want := []string{"init", "projected", "variable", "volume", "pull"}
	if pod := f.Workloads[0].Pod; !slices.Equal(slices.Concat(pod.Secrets, pod.OtherSecrets), want) {
		t.Errorf("the pod's Secrets are %v and %v, want %v", pod.Secrets, pod.OtherSecrets, want)
	}
}
