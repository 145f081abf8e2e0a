package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var noPlainSecrets = scorecard.Check{
	ID:     "no-plain-secrets",
	Pillar: scorecard.Security,
	Title:  "No secret stands in version control as plain text",
	Applies: "every repository: all files of text, by gitleaks' rules (private keys, keys of clouds, tokens), and Secret manifests with data, also of overlays and values that are not judged where they hold plain ones; " +
		"values that are called passwords, or called secrets and look random, in environment files, Dockerfiles, Compose files, ConfigMaps, environments of pods, Helm values and Terraform; Terraform's state files. " +
		"A secret is of the service whose workload, ConfigMap or Compose environment it stands in, in whose folder its file is, or that is given the file (mounted, as an environment, by a Dockerfile); anything else counts for all of the repository. Folders and files of tests and samples are passed over, and so is what a package manager wrote",
	Passes: "nothing of that holds a literal secret: placeholders, samples, empty values, certificates, public keys and key sets, encrypted text, settings (a host, a user's name, a URL without credentials), " +
		"and what is made when a chart is rendered are none. What the repository's own gitleaks configuration allows (allowlists and disabled rules of `.gitleaks.toml`, `.gitleaksignore`, `gitleaks:allow` on the line) is allowed, and said",
	Why: "Base64 is no encryption: whoever can read the repository, its clones and its build logs has the password, and history keeps it after it is deleted. " +
		"A store of secrets gives it to the cluster alone, and lets it be changed without a commit.",
	Fix: "Keep the value in a secret manager and let External Secrets, Sealed Secrets, SOPS or a CSI driver make the Secret; give programs theirs from there when they start; change every value that was committed.",
	References: []scorecard.Reference{
		{Title: "OWASP: Secrets Management Cheat Sheet", URL: "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"},
		{Title: "gitleaks: the rules by which files are looked through", URL: "https://github.com/gitleaks/gitleaks"},
		{Title: "Kubernetes: Good practices for Kubernetes Secrets", URL: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/"},
		{Title: "External Secrets Operator: ExternalSecret", URL: "https://external-secrets.io/latest/api/externalsecret/"},
	},
	Level: scorecard.Bronze, Weight: scorecard.Critical, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Files},
	Local: true,
	Rule: rule(words{"place where a secret could stand", "is free of plain ones", "no file was looked through, and no Secret manifest with data was seen"}, func(s *survey) {
		judged := map[scorecard.Location]bool{}
		for i := range s.Secrets {
			o := &s.Secrets[i]
			if len(o.Keys) == 0 {
				continue
			}
			judgeSecret(s, o)
			for _, k := range o.Keys {
				judged[lineOf(o.Location.Path, k.FirstLine)] = true
			}
		}
		for i := range s.Leaks {
			if l := &s.Leaks[i]; !judged[lineOf(l.Location.Path, l.Location.FirstLine)] {
				judgeLeak(s, l)
			}
		}
		judgeSearches(s)
	}),
}

func lineOf(path string, line int) scorecard.Location {
	return scorecard.Location{Path: path, FirstLine: line}
}

func judgeSecret(s *survey, o *scorecard.SecretObject) {
	plain, allowed := keysOf(o, "literal"), []scorecard.SecretKey(nil)
	for i := len(plain) - 1; i >= 0; i-- {
		if plain[i].Allowed != "" {
			allowed, plain = append(allowed, plain[i]), slices.Delete(plain, i, i+1)
		}
	}
	if len(plain) > 0 {
		s.Fail(keyAt(o, plain[0]), func() string { return secretRemedy(o) }, "%s holds %s in plain text: %s", o.Location.Object, plural(len(plain), "value"), keyNames(plain))
		return
	}
	if open := keysOf(o, "unreadable"); len(open) > 0 {
		s.Undecided(keyAt(o, open[0]), "%s of %s could not be read: %s", plural(len(open), "value"), o.Location.Object, keyNames(open))
		return
	}
	var holds []string
	for _, sort := range harmless {
		if keys := keysOf(o, sort.value); len(keys) > 0 {
			holds = append(holds, sort.called+" ("+keyNames(keys)+")")
		}
	}
	if len(allowed) > 0 {
		slices.Reverse(allowed)
		s.Pass(keyAt(o, allowed[0]), "%s holds %s in plain text, which %s allows: %s", o.Location.Object, plural(len(allowed), "value"), allowed[0].Allowed, keyNames(allowed))
		return
	}
	s.Pass(o.Location, "%s holds no plain value: %s", o.Location.Object, strings.Join(holds, ", "))
}

// harmless are the sorts of value that a repository may hold, and what a reader is told.
var harmless = []struct{ value, called string }{
	{"placeholder", "placeholders"}, {"empty", "empty values"}, {"public", "public keys or certificates"},
	{"setting", "settings"}, {"encrypted", "encrypted values"}, {"generated", "values made when the chart is rendered"},
}

func keysOf(o *scorecard.SecretObject, value string) (out []scorecard.SecretKey) {
	for _, k := range o.Keys {
		if k.Value == value {
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(a, b scorecard.SecretKey) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func keyAt(o *scorecard.SecretObject, k scorecard.SecretKey) scorecard.Location {
	return o.Location.At("", k.FirstLine, k.FirstLine)
}

// keysNamed is how many keys a message names.
const keysNamed = 5

func keyNames(keys []scorecard.SecretKey) string {
	var names []string
	for _, k := range keys[:min(len(keys), keysNamed)] {
		names = append(names, k.Name)
	}
	if rest := len(keys) - len(names); rest > 0 {
		names = append(names, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(names, ", ")
}

// secretRemedy replaces the Secret by one that a secret manager fills.
func secretRemedy(o *scorecard.SecretObject) string {
	ref := o.Location.Object
	remote := ref.Name
	if ref.Namespace != "" && !scorecard.IsReleaseNamespace(ref.Namespace) {
		remote = ref.Namespace + "/" + ref.Name
	}
	var data []object
	for _, k := range o.Keys {
		data = append(data, object{{key: "secretKey", value: k.Name}, {key: "remoteRef", value: object{{key: "key", value: remote}, {key: "property", value: k.Name}}}})
	}
	target := object{{key: "name", value: ref.Name}}
	if o.Type != "" && o.Type != "Opaque" {
		target = append(target, field{key: "template", value: object{{key: "type", value: o.Type}}})
	}
	return fenced(fmt.Sprintf("Replace the Secret by one that a secret manager fills (delete it from `%s`, and change its values: history keeps what was committed):", o.Location.Path), "yaml",
		yamlText(object{
			{key: "apiVersion", value: "external-secrets.io/v1"}, {key: "kind", value: "ExternalSecret"},
			{key: "metadata", value: metadata(ref, ref.Name)},
			{key: "spec", value: object{
				{key: "refreshInterval", value: "1h"},
				{key: "secretStoreRef", value: object{{key: "kind", value: "ClusterSecretStore"}, {key: "name", value: "your-store"}}},
				{key: "target", value: target},
				{key: "data", value: data},
			}},
		}))
}
