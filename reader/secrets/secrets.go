// Package secrets reads where secrets come from, other than from plain manifests:
// External Secrets, Sealed Secrets, Vault, CSI secret stores, files encrypted by SOPS or
// git-crypt, and cloud services that are given secrets of a store. No value is read.
package secrets

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// kinds are the objects that make Secrets of something that may stand in a repository.
var kinds = map[string]struct {
	groups []string
	tool   string
	// makes is the field that names the Secret; empty is the object's own name.
	makes string
	rule  bool
}{
	"ExternalSecret":        {[]string{"external-secrets.io", "kubernetes-client.io"}, "external-secrets", "spec.target.name", false},
	"ClusterExternalSecret": {[]string{"external-secrets.io"}, "external-secrets", "spec.externalSecretName", false},
	"SecretStore":           {[]string{"external-secrets.io"}, "external-secrets", "", true},
	"ClusterSecretStore":    {[]string{"external-secrets.io"}, "external-secrets", "", true},
	"SealedSecret":          {[]string{"bitnami.com"}, "sealed-secrets", "spec.template.metadata.name", false},
	"VaultStaticSecret":     {[]string{"secrets.hashicorp.com"}, "vault", "spec.destination.name", false},
	"VaultDynamicSecret":    {[]string{"secrets.hashicorp.com"}, "vault", "spec.destination.name", false},
	"VaultPKISecret":        {[]string{"secrets.hashicorp.com"}, "vault", "spec.destination.name", false},
	"VaultAuth":             {[]string{"secrets.hashicorp.com"}, "vault", "", true},
	"VaultSecret":           {[]string{"ricoberger.de", "redhatcop.redhat.io"}, "vault", "", false},
	"SecretProviderClass":   {[]string{"secrets-store.csi.x-k8s.io"}, "csi", "spec.secretObjects.0.secretName", false},
	"SopsSecret":            {[]string{"isindir.github.com", "craftypath.github.com", "addons.projectcapsule.dev"}, "sops", "", false},
	"AzureKeyVaultSecret":   {[]string{"spv.no"}, "azure-key-vault", "spec.output.secret.name", false},
	"OnePasswordItem":       {[]string{"onepassword.com"}, "1password", "", false},
	"InfisicalSecret":       {[]string{"secrets.infisical.com"}, "infisical", "spec.managedSecretReference.secretName", false},
	"DopplerSecret":         {[]string{"secrets.doppler.com"}, "doppler", "spec.managedSecret.name", false},
	"BitwardenSecret":       {[]string{"k8s.bitwarden.com"}, "bitwarden", "spec.secretName", false},
	"AWSSecret":             {[]string{"mumoshu.github.io"}, "aws-secrets-manager", "", false},
	"EncryptedSecret":       {[]string{"secrets.contentful.com"}, "kube-secret-syncer", "", false},
	"Certificate":           {[]string{"cert-manager.io"}, "cert-manager", "spec.secretName", false},
	"KSOPS":                 {[]string{"viaduct.ai"}, "sops", "", false},
	"ksops":                 {[]string{"viaduct.ai"}, "sops", "", false},
}

// Objects reads the objects of Kubernetes that bring secrets, and workloads into whose
// pods Vault brings them.
func Objects() kube.ObjectReader {
	return kube.ObjectReader{
		Family: scorecard.Kubernetes,
		Knows: func(o scorecard.ObjectRef) bool {
			k, ok := kinds[o.Kind]
			return ok && slices.Contains(k.groups, o.Group()) || podPath(o) != nil || o.Kind == "Secret" && o.APIVersion == "v1" || o.Kind == "Service" && o.Group() == "serving.knative.dev"
		},
		Read: readObject,
	}
}

// podPath is where a workload keeps its pods' template; nil for what is none.
func podPath(o scorecard.ObjectRef) []string {
	switch o.Kind {
	case "Deployment", "StatefulSet", "DaemonSet", "Rollout", "Job", "DeploymentConfig", "ReplicaSet":
		return []string{"spec", "template"}
	case "CronJob":
		return []string{"spec", "jobTemplate", "spec", "template"}
	}
	return nil
}

func readObject(n *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
	add := func(s scorecard.SecretSource) { into.SecretSources = append(into.SecretSources, s) }
	source := scorecard.SecretSource{Location: at, Name: at.Object.Name}
	if k, ok := kinds[at.Object.Kind]; ok && slices.Contains(k.groups, at.Object.Group()) {
		source.Tool, source.Rule = k.tool, k.rule
		if !k.rule {
			source.Makes = at.Object.Name
			if k.makes != "" {
				if name := text(n, k.makes); name != "" {
					source.Makes = name
				} else if k.tool == "csi" {
					source.Makes = ""
				}
			}
		}
		add(source)
		return
	}
	if at.Object.Kind == "Secret" {
		if yamldoc.Get(n, "sops", "mac") != nil {
			source.Tool, source.Makes = "sops", at.Object.Name
			add(source)
		} else if placeholders(n) {
			source.Tool, source.Makes = "vault", at.Object.Name
			add(source)
		}
		return
	}
	if path := podPath(at.Object); path != nil {
		annotations := yamldoc.Get(n, append(slices.Clone(path), "metadata", "annotations")...)
		for _, key := range []string{"vault.hashicorp.com/agent-inject", "vault.security.banzaicloud.io/vault-addr", "conjur.org/inject", "operator.1password.io/inject"} {
			if v := yamldoc.String(yamldoc.Get(annotations, key)); v != "" && v != "false" {
				source.Tool = "vault"
				if !strings.Contains(key, "vault") {
					source.Tool = strings.TrimSuffix(strings.SplitN(key, "/", 2)[0], ".org")
				}
				if line := yamldoc.KeyLine(annotations, key); at.FirstLine > 0 {
					source.Location = at.At(strings.Join(path, ".")+".metadata.annotations", line, line)
				}
				add(source)
				return
			}
		}
	}
}

// placeholders reports whether a Secret's values are all filled from Vault when Argo CD
// renders it: `<path:…>`, or an annotation of the plugin.
func placeholders(n *yaml.Node) bool {
	if yamldoc.Get(n, "metadata", "annotations", "avp.kubernetes.io/path") != nil {
		return true
	}
	found := false
	for _, field := range []string{"data", "stringData"} {
		for _, v := range yamldoc.StringMap(yamldoc.Get(n, field)) {
			if !strings.HasPrefix(v, "<path:") && !strings.HasPrefix(v, "ref+") {
				return false
			}
			found = true
		}
	}
	return found
}

// text is a field's text by its path; `.0.` is the first item of a list.
func text(n *yaml.Node, path string) string {
	list, rest, found := strings.Cut(path, ".0.")
	n = yamldoc.Get(n, strings.Split(list, ".")...)
	if !found {
		return yamldoc.String(n)
	}
	items := yamldoc.Items(n)
	if len(items) == 0 {
		return ""
	}
	return text(items[0], rest)
}

// maxFile is how large a file that SOPS encrypted may be, in bytes.
const maxFile = 1 << 20

// Read appends what files of their own say: SOPS' rules and the files that it encrypted,
// git-crypt's attributes, and task definitions of ECS and services of Cloud Run.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	add := func(p string, line int, tool string, rule bool) {
		into.SecretSources = append(into.SecretSources, scorecard.SecretSource{
			Location: scorecard.Location{Path: p, FirstLine: line, LastLine: line}, Tool: tool, Name: path.Base(path.Dir(p)), Rule: rule,
		})
	}
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		base := f.Base()
		switch {
		case base == ".sops.yaml" || base == ".sops.yml":
			if data, ok := t.Read(f.Path, scorecard.Infrastructure); ok {
				sopsRules(t, f.Path, data, add)
			}
		case base == ".gitattributes":
			if data, ok := t.Read(f.Path, scorecard.Infrastructure); ok {
				if line := gitCrypt(data); line > 0 {
					add(f.Path, line, "git-crypt", false)
				}
			}
		case f.Size > maxFile:
		default:
			switch path.Ext(base) {
			case ".yaml", ".yml", ".json", ".enc", ".env", ".ini":
				structured(t, f, into, add)
			}
		}
	}
}

// sopsRules reads SOPS' configuration: it says how files are encrypted.
func sopsRules(t *tree.Tree, p string, data []byte, add func(string, int, string, bool)) {
	for _, doc := range yamldoc.Parse(data) {
		if doc.Err != nil {
			t.Malformed(p, doc.ErrLine, doc.Err, scorecard.Infrastructure)
			continue
		}
		if len(yamldoc.Items(yamldoc.Get(doc.Root, "creation_rules"))) > 0 {
			add(p, yamldoc.KeyLine(doc.Root, "creation_rules"), "sops", true)
			return
		}
	}
}

// gitCrypt is the line by which git-crypt encrypts files; 0 where there is none.
func gitCrypt(data []byte) int {
	for i, line := range strings.Split(string(data), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 1 && !strings.HasPrefix(fields[0], "#") && slices.Contains(fields[1:], "filter=git-crypt") {
			return i + 1
		}
	}
	return 0
}

// structured reads a file that SOPS encrypted, or one by which a cloud is told to give
// a container secrets, or that some tool gives one secrets of a store.
func structured(t *tree.Tree, f tree.File, into *scorecard.Facts, add func(string, int, string, bool)) {
	data, ok := t.Read(f.Path)
	if !ok {
		return
	}
	sops := bytes.Contains(data, []byte("sops")) && bytes.Contains(data, []byte("ENC[AES256_GCM"))
	cloud := bytes.Contains(data, []byte("containerDefinitions")) || bytes.Contains(data, []byte("serving.knative.dev"))
	arns := bytes.Contains(data, []byte("valueFrom")) && bytes.Contains(data, []byte(arnOfSecret))
	if !sops && !cloud && !arns {
		return
	}
	if base := path.Ext(f.Path); sops && (base == ".env" || base == ".ini") {
		if bytes.Contains(data, []byte("sops_mac=ENC[")) || bytes.Contains(data, []byte("\n[sops]")) {
			add(f.Path, 1, "sops", false)
		}
		return
	}
	for _, doc := range yamldoc.Parse(data) {
		switch {
		case yamldoc.Get(doc.Root, "sops", "mac") != nil && yamldoc.Get(doc.Root, "apiVersion") == nil:
			add(f.Path, yamldoc.KeyLine(doc.Root, "sops"), "sops", false)
			return
		case taskSecrets(doc.Root) > 0:
			add(f.Path, taskSecrets(doc.Root), "ecs", false)
			return
		case strings.HasPrefix(yamldoc.String(yamldoc.Get(doc.Root, "apiVersion")), "serving.knative.dev/") && cloudRun(doc.Root) > 0:
			add(f.Path, cloudRun(doc.Root), "cloud-run", false)
			return
		case arns && yamldoc.Get(doc.Root, "apiVersion") == nil:
			storedSecrets(doc.Root, map[string]bool{}, func(line int, name string) {
				into.SecretSources = append(into.SecretSources, scorecard.SecretSource{
					Location: scorecard.Location{Path: f.Path, FirstLine: line, LastLine: line}, Tool: "aws-secrets-manager", Name: name,
				})
			})
		}
	}
}

// arnOfSecret is what the names of AWS Secrets Manager's secrets begin with.
const arnOfSecret = "arn:aws:secretsmanager:"

// maxStored is how many parts of a store are kept of one file.
const maxStored = 20

// storedSecrets finds, in the configuration of any tool, variables that a container is given
// of AWS Secrets Manager, as ECS has them: `{name, valueFrom}`. Secrets of one application
// begin with its name, as a rule; each first part is told once.
func storedSecrets(n *yaml.Node, seen map[string]bool, do func(line int, name string)) {
	if from := yamldoc.Get(n, "valueFrom"); from != nil && len(seen) < maxStored {
		if _, name, ok := strings.Cut(yamldoc.String(from), ":secret:"); ok && strings.HasPrefix(from.Value, arnOfSecret) {
			name, _, _ = strings.Cut(strings.TrimPrefix(name, "/"), "/")
			if !seen[name] {
				seen[name] = true
				do(from.Line, name)
			}
			return
		}
	}
	if n == nil {
		return
	}
	for _, x := range n.Content { // what an alias means stands somewhere else
		storedSecrets(x, seen, do)
	}
}

// taskSecrets is the line of the first secret of an ECS task definition; 0 for none.
func taskSecrets(root *yaml.Node) int {
	for _, list := range []*yaml.Node{yamldoc.Get(root, "containerDefinitions"), yamldoc.Get(root, "taskDefinition", "containerDefinitions")} {
		for _, c := range yamldoc.Items(list) {
			for _, s := range yamldoc.Items(yamldoc.Get(c, "secrets")) {
				if yamldoc.Get(s, "valueFrom") != nil {
					return s.Line
				}
			}
		}
	}
	return 0
}

// cloudRun is the line of the first secret that a service of Cloud Run is given: Knative
// by itself, whose objects look alike, has no such launch stage or annotation.
func cloudRun(root *yaml.Node) int {
	ours := false
	for _, at := range [][]string{{"metadata", "annotations"}, {"spec", "template", "metadata", "annotations"}} {
		for key := range yamldoc.StringMap(yamldoc.Get(root, at...)) {
			ours = ours || strings.HasPrefix(key, "run.googleapis.com/")
		}
	}
	if !ours {
		return 0
	}
	for _, c := range yamldoc.Items(yamldoc.Get(root, "spec", "template", "spec", "containers")) {
		for _, e := range yamldoc.Items(yamldoc.Get(c, "env")) {
			if ref := yamldoc.Get(e, "valueFrom", "secretKeyRef"); ref != nil {
				return ref.Line
			}
		}
	}
	return 0
}
