package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var secretsManaged = scorecard.Check{
	ID:      "secrets-managed",
	Pillar:  scorecard.Security,
	Title:   "Secrets come from a store that is made for them",
	Applies: "services that use secrets: workloads that take values from Secrets, by environment or volume, or have them written into their environment, what Compose runs with a secret in its environment or in a file of it, and services that a secret store of the repository is about",
	Passes: "External Secrets, Sealed Secrets, SOPS, git-crypt, Vault (agent, operator), a CSI secret store, or a cloud's secret manager referenced natively (Cloud Run, ECS, Terraform) brings them; secrets of Compose files that are `external` or of the environment; " +
		"Secrets that are made when a chart is rendered or by an operator in the cluster pass too",
	Why: "A Secret that someone made by hand is in nobody's repository: it can't be rebuilt, nobody rotates it, and it is copied from one laptop to the next. " +
		"One in plain text is in everybody's. A store keeps it in one place, says who read it, and changes it without a commit.",
	Fix: "Keep values in a secret manager and declare how they come into the cluster.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Good practices for Kubernetes Secrets", URL: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/"},
		{Title: "OWASP: Secrets Management Cheat Sheet", URL: "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"},
		{Title: "External Secrets Operator: ExternalSecret", URL: "https://external-secrets.io/latest/api/externalsecret/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Day,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Infrastructure, scorecard.Runtime},
	Rule:  rule(words{"secret", "comes from a store", "nothing was seen that uses a secret"}, countSecrets),
}

// secretName is a Secret in its namespace.
type secretName struct{ namespace, name string }

func countSecrets(s *survey) {
	brings := map[secretName]*scorecard.SecretSource{}
	var general []*scorecard.SecretSource
	for i := range s.SecretSources {
		x := &s.SecretSources[i]
		if x.Makes != "" {
			brings[secretName{x.Location.Object.PairingNamespace(), x.Makes}] = x
		} else if !x.Rule && x.Tool != "compose" { // of no cluster
			general = append(general, x)
		}
	}
	manifests := map[secretName]*scorecard.SecretObject{}
	for i := range s.Secrets {
		o := &s.Secrets[i]
		manifests[secretName{o.Location.Object.PairingNamespace(), o.Location.Object.Name}] = o
	}
	seen := map[secretName]bool{}
	for i := range s.Workloads {
		w := &s.Workloads[i]
		for _, name := range w.Pod.Secrets {
			key := secretName{w.Object.PairingNamespace(), name}
			if seen[key] || platformSecret(name) {
				continue
			}
			seen[key] = true
			countSecret(s, w, key, brings[key], manifests[key], general)
		}
		if len(w.Pod.SecretStores) > 0 && len(w.Pod.Secrets) == 0 {
			s.Pass(w.AtPod("volumes"), "%s takes its secrets from the CSI secret store %s", w.Object, w.Pod.SecretStores[0])
		}
	}
	eachContainer(s, countWritten)
	countRunSecrets(s, general)
	if s.Empty() {
		for i := range s.SecretSources {
			if x := &s.SecretSources[i]; !x.Rule && x.Tool != "cert-manager" {
				s.Pass(x.Location, "secrets come from %s", sourceName(x))
				return
			}
		}
	}
}

// countWritten judges the secrets that a manifest writes into a container's environment.
func countWritten(s *survey, w *scorecard.Workload, c *scorecard.Container) {
	for i := range c.WrittenSecrets {
		x := &c.WrittenSecrets[i]
		s.Fail(variableAt(c, x), func() string { return writtenRemedy(w, c, x.Name) }, "the value of %s of %s stands in the manifest", x.Name, called(w, c))
	}
}

// writtenRemedy takes the variable from a Secret, and lets a store fill that.
func writtenRemedy(w *scorecard.Workload, c *scorecard.Container, variable string) string {
	name := w.Object.Name + "-secrets"
	ref := scorecard.ObjectRef{APIVersion: "v1", Kind: "Secret", Namespace: w.Object.Namespace, Name: name}
	return fenced(fmt.Sprintf("Replace the value of %s by a reference to a Secret:", called(w, c)), "yaml", yamlText(object{
		{key: "env", value: []object{{{key: "name", value: variable}, {key: "valueFrom", value: object{{key: "secretKeyRef", value: object{{key: "name", value: name}, {key: "key", value: variable}}}}}}}},
	})) + "\n\n" + storeRemedy(ref, nil)
}

// countRunSecrets judges the secrets in the environment of what Compose runs.
func countRunSecrets(s *survey, general []*scorecard.SecretSource) {
	runs := composed(s.View)
	for i := range runs {
		r := &runs[i]
		for _, x := range r.Secrets {
			at := r.Location.At("environment["+x.Name+"]", x.FirstLine, x.FirstLine)
			remedy := func() string { return composeSecretRemedy(r, &x) }
			switch {
			case len(general) > 0:
				s.Pass(general[0].Location, "%s of %s: secrets come from %s", x.Name, runCalled(r), sourceName(general[0]))
			case x.Plain:
				s.Fail(at, remedy, "the value of %s of %s stands in %s", x.Name, runCalled(r), cmp.Or(x.File, "a file"))
			case x.File != "":
				s.Lack(at, remedy, "where %s of %s comes from was not found, but that somebody writes it into %s", x.Name, runCalled(r), x.File)
			default:
				s.Lack(at, remedy, "where %s of %s comes from was not found, but that somebody sets it by hand", x.Name, runCalled(r))
			}
		}
	}
}

func composeSecretRemedy(r *scorecard.Run, x *scorecard.RunSecret) string {
	name, first := x.Name, ""
	if x.File != "" {
		first = fmt.Sprintf("Take `%s` out of `%s`. ", name, x.File)
	}
	secret := low(name)
	return fenced(first+in(r.Location)+"take the value from a secret, as a file (most images read a variable that ends in `_FILE`), and let a secret manager set it:", "yaml", yamlText(object{
		{key: "services", value: object{{key: r.Service, value: object{
			{key: "environment", value: object{{key: name + "_FILE", value: "/run/secrets/" + secret}}}, {key: "secrets", value: []string{secret}}}}}},
		{key: "secrets", value: object{{key: secret, value: object{{key: "environment", value: name}}}}},
	}))
}

func countSecret(s *survey, w *scorecard.Workload, key secretName, from *scorecard.SecretSource, manifest *scorecard.SecretObject, general []*scorecard.SecretSource) {
	at := w.AtPod("volumes")
	if at.FirstLine == w.Location.FirstLine || at.FirstLine == 0 {
		at = w.Location
	}
	switch {
	case from != nil:
		s.Pass(from.Location, "Secret %s comes from %s", key.name, sourceName(from))
	case len(w.Pod.SecretStores) > 0:
		s.Pass(at, "Secret %s of %s comes with the CSI secret store %s", key.name, w.Object, w.Pod.SecretStores[0])
	case manifest != nil && stored(manifest):
		s.Pass(manifest.Location, "%s holds nothing but values that are encrypted, or made when it is rendered", manifest.Location.Object)
	case manifest != nil && harmlessSecret(manifest):
		return // certificates, settings, a token that the cluster makes
	case manifest != nil && !holds(manifest, "literal"):
		s.Undecided(manifest.Location, "%s is filled in from outside of the files", manifest.Location.Object)
	case manifest != nil:
		s.Fail(manifest.Location, func() string { return storeRemedy(manifest.Location.Object, keysIn(manifest)) }, "%s stands in a plain manifest", manifest.Location.Object)
	case operatorMakes(s, key):
		s.Pass(at, "Secret %s is made by an operator in the cluster", key.name)
	case len(general) > 0:
		s.Pass(general[0].Location, "Secret %s: secrets come from %s", key.name, sourceName(general[0]))
	case certificate(key.name):
		return // a key pair that some program in the cluster makes, mostly
	default:
		ref := scorecard.ObjectRef{APIVersion: "v1", Kind: "Secret", Namespace: w.Object.Namespace, Name: key.name}
		s.Lack(at, func() string { return storeRemedy(ref, nil) }, "where Secret %s of %s comes from was not found", key.name, w.Object)
	}
}

// platformSecret reports whether the cluster or a mesh makes the Secret.
func platformSecret(name string) bool { return name == "istio-ca-secret" || name == "" }

func sourceName(x *scorecard.SecretSource) string {
	if x.Location.Object.Kind != "" {
		return x.Location.Object.String() + " (" + x.Tool + ")"
	}
	return x.Tool
}

// stored reports whether each value is encrypted, filled in from elsewhere, or made when
// the chart is rendered.
func stored(o *scorecard.SecretObject) bool {
	good := 0
	for _, k := range o.Keys {
		switch k.Value {
		case "encrypted", "generated":
			good++
		case "literal", "unreadable", "placeholder":
			return false
		}
	}
	return good > 0
}

// certificate reports whether the name is that of a certificate with its key.
func certificate(name string) bool {
	i := strings.LastIndexAny(name, "-_.")
	return slices.Contains([]string{"tls", "cert", "certs", "certificate", "certificates", "ca"}, name[i+1:])
}

func holds(o *scorecard.SecretObject, value string) bool {
	return slices.ContainsFunc(o.Keys, func(k scorecard.SecretKey) bool { return k.Value == value })
}

// harmlessSecret reports whether no value is a secret.
func harmlessSecret(o *scorecard.SecretObject) bool {
	if o.Type == "kubernetes.io/service-account-token" {
		return true
	}
	return len(o.Keys) > 0 && !slices.ContainsFunc(o.Keys, func(k scorecard.SecretKey) bool { return k.Value != "public" && k.Value != "setting" })
}

func keysIn(o *scorecard.SecretObject) (out []string) {
	for _, k := range o.Keys {
		out = append(out, k.Name)
	}
	return out
}

// operatorMakes reports whether the Secret's name is one that an operator of the
// repository gives: a database cluster's, or a certificate's.
func operatorMakes(s *survey, key secretName) bool {
	for i := range s.Stores {
		d := &s.Stores[i]
		if d.Tool == "kubernetes" && d.Kind != "volume" && d.Location.Object.PairingNamespace() == key.namespace && (len(key.name) > len(d.Name) && (key.name[:len(d.Name)+1] == d.Name+"-" || slices.Contains(splitDots(key.name), d.Name))) {
			return true
		}
	}
	return false
}

// splitDots are the parts of a name such as Zalando's `user.cluster.credentials…`.
func splitDots(name string) (out []string) {
	start := 0
	for i := range len(name) + 1 {
		if i == len(name) || name[i] == '.' {
			out = append(out, name[start:i])
			start = i + 1
		}
	}
	return out
}

// storeRemedy declares the Secret by what a secret manager holds.
func storeRemedy(ref scorecard.ObjectRef, keys []string) string {
	spec := object{
		{key: "refreshInterval", value: "1h"},
		{key: "secretStoreRef", value: object{{key: "kind", value: "ClusterSecretStore"}, {key: "name", value: "your-store"}}},
		{key: "target", value: object{{key: "name", value: ref.Name}}},
	}
	if len(keys) > 0 {
		var data []object
		for _, k := range keys {
			data = append(data, object{{key: "secretKey", value: k}, {key: "remoteRef", value: object{{key: "key", value: ref.Name}, {key: "property", value: k}}}})
		}
		spec = append(spec, field{key: "data", value: data})
	} else {
		spec = append(spec, field{key: "dataFrom", value: []object{{{key: "extract", value: object{{key: "key", value: ref.Name}}}}}})
	}
	sentence := fmt.Sprintf("Keep the values of %s in a secret manager and declare how they come into the cluster:", ref)
	if len(keys) > 0 {
		sentence = "Replace the Secret by one that a secret manager fills, and change its values:"
	}
	return fenced(sentence, "yaml", yamlText(object{
		{key: "apiVersion", value: "external-secrets.io/v1"}, {key: "kind", value: "ExternalSecret"}, {key: "metadata", value: metadata(ref, ref.Name)}, {key: "spec", value: spec},
	}))
}
