package scorecard

import (
	"slices"
	"strings"
)

// Answer is what files tell of one question about a thing.
type Answer struct {
	// Is is "yes", "no" or "unknown" where an expression leaves it open; empty where the
	// question does not arise for the thing.
	Is string `json:"is,omitempty"`
	// Location is that of the line that decides; of the thing where nothing is written.
	Location Location `json:"location,omitzero"`
	// Says is what was seen, without a subject: "multi_az is true".
	Says string `json:"says,omitempty"`
}

// The answers.
const (
	Yes  = "yes"
	No   = "no"
	Open = "unknown"
)

// DataStore is something that keeps data and is declared by itself: a managed database,
// a bucket, a disk, a claim for a volume, the cluster of a database operator. What a
// StatefulSet claims stands with the workload.
type DataStore struct {
	Location Location `json:"location"`
	// Kind is "database", "bucket", "volume", "cache", "queue" or "search".
	Kind string `json:"kind"`
	// Tool is "terraform", "cloudformation", "crossplane", "config-connector", "ack" or "kubernetes".
	Tool string `json:"tool"`
	// Type is the resource's type, a module's source or an object's kind:
	// "aws_db_instance", "AWS::RDS::DBInstance", "Cluster".
	Type string `json:"type"`
	// Name is the one in its file: the label of a Terraform resource, a logical ID, an
	// object's name. Names are all by which it may name a service, Name first.
	Name  string   `json:"name"`
	Names []string `json:"names,omitempty"`
	// Managed: somebody else runs it, and only asks for it here.
	Managed bool `json:"managed,omitempty"`
	// Root is the Terraform root, or the stack's folder, that it is declared for; empty elsewhere.
	Root string `json:"root,omitempty"`
	// Class is the storage class of a claim, Labels are its own, and those by which an
	// operator's pods are found.
	Class  string            `json:"class,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
	// Shared: a claim that many nodes may write (ReadWriteMany).
	Shared bool `json:"sharedAccess,omitempty"`

	Backups    Answer `json:"backups,omitzero"`
	Replicated Answer `json:"replicated,omitzero"`
	Protected  Answer `json:"protected,omitzero"`
}

// Called names the store: "aws_db_instance cart", "Cluster shop/cart-db".
func (d *DataStore) Called() string {
	if d.Location.Object != (ObjectRef{}) {
		return d.Location.Object.String()
	}
	return d.Type + " " + d.Name
}

// State reports whether losing the store loses something: all but caches.
func (d *DataStore) State() bool { return d.Kind != "cache" }

// Backup is something that copies data on a schedule, or that restores such a copy.
type Backup struct {
	Location Location `json:"location"`
	// Tool is "velero", "snapscheduler", "k8up", "stash", "cloudnative-pg", "zalando",
	// "percona", "strimzi", "elasticsearch", "cron", "aws-backup", "aws-dlm",
	// "google-snapshots", "gke-backup", "azure-backup", …
	Tool string `json:"tool"`
	Name string `json:"name,omitempty"`
	// Program is what a job runs: "pg_dump", "restic".
	Program string `json:"program,omitempty"`
	// Everything: it is over all that there is where it looks: Namespaces, or all of them
	// where there are none.
	Everything bool     `json:"everything,omitempty"`
	Namespaces []string `json:"namespaces,omitempty"`
	Excluded   []string `json:"excluded,omitempty"` // namespaces
	// Selector picks claims, or pods with theirs, by their labels.
	Selector *Selector `json:"selector,omitempty"`
	// Names are objects or resources that it names: clusters, claims, workloads.
	Names []string `json:"names,omitempty"`
	// Hosts are the servers that a job's commands and variables name, without their domains.
	Hosts []string `json:"hosts,omitempty"`
	// Stopped says why it does not run: "it is suspended"; empty where it does.
	Stopped string `json:"stopped,omitempty"`
	// Restores: it restores a copy to try it, and saves nothing.
	Restores bool `json:"restores,omitempty"`
}

// CoversNamespace reports whether it looks into the namespace; names in lists may end in `*`.
func (b *Backup) CoversNamespace(ns string) bool {
	named := func(list []string) bool {
		return slices.ContainsFunc(list, func(p string) bool {
			if stem, ok := strings.CutSuffix(p, "*"); ok {
				return strings.HasPrefix(ns, stem)
			}
			return p == ns || (p == "default" && ns == "")
		})
	}
	// A namespace that files leave open may be any.
	open := ns == "" || IsReleaseNamespace(ns)
	return !named(b.Excluded) && (len(b.Namespaces) == 0 || named(b.Namespaces) || open)
}

// StorageClass is a StorageClass, or a PersistentVolume, which is a class of its own.
type StorageClass struct {
	Location Location `json:"location"`
	Name     string   `json:"name"`
	Default  bool     `json:"default,omitempty"`
	// Claim is the claim that a PersistentVolume is bound to, as "namespace/name"; empty for a class.
	Claim string `json:"claim,omitempty"`
	// Retain: what it made stays when its claim is deleted.
	Retain     bool   `json:"retain,omitempty"`
	Replicated Answer `json:"replicated,omitzero"`
}

// SecretSource is where secrets come from other than plain manifests.
type SecretSource struct {
	Location Location `json:"location"`
	// Tool is "external-secrets", "sealed-secrets", "sops", "vault", "csi", "git-crypt",
	// "aws-secrets-manager", "google-secret-manager", "azure-key-vault", "cloud-run", "ecs", "compose", …
	Tool string `json:"tool"`
	Name string `json:"name,omitempty"`
	// Makes is the Secret that it makes, in its own namespace; empty where it makes none.
	Makes string `json:"makes,omitempty"`
	// Services are those of Compose that are given a secret of the Compose file.
	Services []string `json:"services,omitempty"`
	// Rule: it says how files are encrypted, or which store there is, and holds no secret itself.
	Rule bool `json:"rule,omitempty"`
}

// Experiment is a chaos experiment as code.
type Experiment struct {
	Location Location `json:"location"`
	// Tool is "litmus", "chaos-mesh", "gremlin", "steadybit", "aws-fis", "toxiproxy", "chaostoolkit".
	Tool string `json:"tool"`
	Name string `json:"name,omitempty"`
	// Selectors pick the pods that it hits, in Namespaces; none where it names none.
	Selectors  []Selector `json:"selectors,omitempty"`
	Namespaces []string   `json:"namespaces,omitempty"`
	// Names are what it hits by name: workloads, services.
	Names []string `json:"names,omitempty"`
	// Stopped: it does not run ("engineState is stop").
	Stopped string `json:"stopped,omitempty"`
}
