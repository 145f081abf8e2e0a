package checks

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// keeper is one thing in which the service keeps state: a store that is declared, or a
// workload with volumes of its own.
type keeper struct {
	store *scorecard.DataStore
	// workload claims the volumes; for a store nil.
	workload *scorecard.Workload
	// claim is a claim that the workload mounts and no file declares.
	claim string
	at    scorecard.Location
	name  string
}

// keepers are all that keep state, caches and buckets aside.
func keepers(v *scorecard.View) (out []keeper) {
	declared := map[string]bool{}
	for i := range v.Stores {
		d := &v.Stores[i]
		if d.Location.Object.Kind == "PersistentVolumeClaim" {
			declared[d.Location.Object.PairingNamespace()+"/"+d.Name] = true
		}
		if d.State() && d.Backups.Is != "" {
			out = append(out, keeper{store: d, at: d.Location, name: d.Called()})
		}
	}
	for i := range v.Workloads {
		w := &v.Workloads[i]
		if w.Replicas != nil && *w.Replicas == 0 || isCacheServer(w) {
			continue
		}
		if slices.ContainsFunc(w.ClaimTemplates, func(t scorecard.ClaimTemplate) bool { return !losable(t.Name) }) {
			out = append(out, keeper{workload: w, at: w.At("spec.volumeClaimTemplates"), name: w.Object.String()})
			continue
		}
		claimed := len(out)
		for _, c := range w.Pod.Claims {
			key := w.Object.PairingNamespace() + "/" + c
			if !declared[key] && !losable(c) {
				declared[key] = true
				out = append(out, keeper{workload: w, claim: c, at: w.AtPod("volumes"), name: "volume claim " + c + " of " + w.Object.String()})
			}
		}
		if len(out) == claimed && w.Object.Kind == "StatefulSet" && len(w.ClaimTemplates)+len(w.Pod.Claims) == 0 && isDatabase(w) {
			out = append(out, keeper{workload: w, at: w.Location, name: w.Object.String()})
		}
	}
	return out
}

// losable reports whether the name of a volume says that it can be lost, or holds copies itself.
func losable(name string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }) {
		if slices.Contains([]string{"cache", "caches", "tmp", "temp", "scratch", "backup", "backups", "dump", "dumps"}, w) {
			return true
		}
	}
	return false
}

// databaseWords are those of which the name or the image of a database has one.
var databaseWords = strings.Fields("db database postgres postgresql mysql mariadb mongo mongodb cassandra scylla cockroachdb clickhouse influxdb elasticsearch opensearch etcd kafka minio neo4j couchdb timescaledb documentdb ferretdb arangodb dgraph questdb yugabyte yugabytedb tidb tikv qdrant weaviate milvus zookeeper percona mssql oracle")

// isDatabase reports whether the workload is a database by its name or image: it keeps
// state, even where it is lost with the pod.
func isDatabase(w *scorecard.Workload) bool {
	name := w.Object.Name
	if c := w.MainContainer(); c != nil {
		name += "-" + scorecard.ParseImage(c.Image).Base()
	}
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' }),
		func(word string) bool { return slices.Contains(databaseWords, word) })
}

// isCacheServer reports whether the workload is a cache by its image or its own name.
func isCacheServer(w *scorecard.Workload) bool {
	c := w.MainContainer()
	return c != nil && (strings.Contains(scorecard.ParseImage(c.Image).Base(), "memcached") || slices.Contains(strings.Split(w.Object.Name, "-"), "cache"))
}

// object is the Kubernetes object that keeps the state; empty for a store elsewhere.
func (k *keeper) object() scorecard.ObjectRef {
	if k.workload != nil {
		return k.workload.Object
	}
	return k.store.Location.Object
}

// covering is the first backup that is over the keeper, and one that would be but does not run.
func covering(v *scorecard.View, k *keeper) (running, stopped *scorecard.Backup) {
	for i := range v.Backups {
		b := &v.Backups[i]
		if b.Restores || !covers(v, b, k) {
			continue
		}
		if b.Stopped == "" {
			return b, stopped
		}
		if stopped == nil {
			stopped = b
		}
	}
	return nil, stopped
}

// dumps are the tools that are told by a program which data they copy.
func dumps(b *scorecard.Backup) bool { return b.Tool == "cron" || b.Tool == "argo-workflows" }

func covers(v *scorecard.View, b *scorecard.Backup, k *keeper) bool {
	o := k.object()
	inCluster := o != (scorecard.ObjectRef{})
	if b.Tool == "aws-backup" || b.Tool == "aws-dlm" {
		return false // it answers at the store itself
	}
	if dumps(b) {
		if inCluster && !b.CoversNamespace(o.Namespace) && !scorecard.IsReleaseNamespace(b.Location.Object.Namespace) {
			return false
		}
		return dumpsOf(v, b, k)
	}
	if !inCluster || k.store != nil && k.store.Tool != "kubernetes" || !b.CoversNamespace(o.Namespace) {
		return false
	}
	switch {
	case len(b.Names) > 0:
		return slices.ContainsFunc(b.Names, k.called)
	case b.Selector != nil:
		return slices.ContainsFunc(k.labels(), b.Selector.Matches)
	}
	return b.Everything && rightKind(b.Tool, k)
}

// rightKind: the backups of one operator are over its own clusters.
func rightKind(tool string, k *keeper) bool {
	switch tool {
	case "strimzi":
		return k.store != nil && k.store.Type == "Kafka"
	case "elasticsearch", "opensearch":
		return k.store != nil && k.store.Kind == "search" || k.workload != nil && strings.Contains(k.name, "search")
	case "etcd", "tidb", "medusa", "mariadb", "cloudnative-pg":
		return k.store != nil && k.store.Kind == "database"
	}
	return true
}

// called reports whether a name means the keeper: its own, or that of one of its claims.
func (k *keeper) called(name string) bool {
	if k.store != nil {
		return slices.Contains(k.store.Names, name)
	}
	if name == k.workload.Object.Name || name == k.claim || slices.Contains(k.workload.Pod.Claims, name) {
		return true
	}
	return slices.ContainsFunc(k.workload.ClaimTemplates, func(t scorecard.ClaimTemplate) bool {
		return name == t.Name || strings.HasPrefix(name, t.Name+"-"+k.workload.Object.Name+"-")
	})
}

// labels are those by which a selector may find the keeper.
func (k *keeper) labels() []map[string]string {
	if k.store != nil {
		return []map[string]string{k.store.Labels}
	}
	out := []map[string]string{k.workload.PodLabels, k.workload.Labels}
	for _, t := range k.workload.ClaimTemplates {
		out = append(out, t.Labels)
	}
	return out
}

// engines are the words by which what a program dumps is known.
var engines = map[string][]string{
	"pg_dump": {"postgres", "pg", "sql", "timescale", "rds", "aurora"}, "pg_dumpall": {"postgres", "pg", "sql", "timescale", "rds", "aurora"}, "pg_basebackup": {"postgres", "pg", "timescale"},
	"mysqldump": {"mysql", "maria", "percona", "sql", "rds", "aurora"}, "mariadb-dump": {"mysql", "maria", "sql", "rds"}, "mydumper": {"mysql", "maria", "sql", "rds"}, "mongodump": {"mongo", "docdb"},
	"etcdctl": {"etcd"}, "etcdutl": {"etcd"}, "redis-cli": {"redis", "valkey"}, "influx": {"influx"}, "influxd": {"influx"}, "consul": {"consul"}, "vault": {"vault"}, "elasticdump": {"elastic", "opensearch"},
	"nodetool": {"cassandra", "scylla"}, "clickhouse-backup": {"clickhouse"}, "neo4j-admin": {"neo4j"}, "cockroach": {"cockroach", "crdb"}, "xtrabackup": {"mysql", "percona", "maria"}, "mariabackup": {"maria", "mysql"},
}

// dumpsOf reports whether a job's program copies what the keeper holds: what it mounts
// or names, or data of its program's engine. One that is the repository's and names
// nobody must be of the engine; one of the service's own is trusted. A server that it names decides.
func dumpsOf(v *scorecard.View, b *scorecard.Backup, k *keeper) bool {
	if slices.ContainsFunc(b.Names, k.called) || slices.ContainsFunc(b.Hosts, k.called) {
		return true
	}
	if slices.ContainsFunc(keepers(v), func(other keeper) bool { return slices.ContainsFunc(b.Hosts, other.called) }) {
		return false // it asks another server
	}
	words, known := engines[b.Program]
	if _, shared := slices.BinarySearch(v.Shared, b.Location.Path); !shared && (!known || len(keepers(v)) == 1) {
		return true
	}
	if !known {
		return false
	}
	text := strings.ToLower(k.name)
	if k.store != nil {
		text += " " + strings.ToLower(k.store.Type+" "+strings.Join(k.store.Names, " "))
	} else {
		for i := range k.workload.Containers {
			text += " " + strings.ToLower(k.workload.Containers[i].Image)
		}
	}
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// storageClassOf is the storage class, or the volume, that decides over a keeper's volumes; nil
// where files do not tell.
func storageClassOf(v *scorecard.View, k *keeper) *scorecard.StorageClass {
	name, ns, claim := "", k.object().PairingNamespace(), k.claim
	switch {
	case k.store != nil:
		name, claim = k.store.Class, k.store.Name
	case len(k.workload.ClaimTemplates) > 0:
		name = k.workload.ClaimTemplates[0].Class
	}
	var found *scorecard.StorageClass
	for i := range v.StorageClasses {
		c := &v.StorageClasses[i]
		switch bound, volume, _ := strings.Cut(c.Claim, "/"); {
		case c.Claim != "" && claim != "" && volume == claim && (bound == ns || bound == "default" && ns == "" || bound == ""):
			return c
		case c.Claim == "*/" && name != "" && c.Name == name:
			return c // made by hand, for claims that name its class
		case c.Claim == "" && (name != "" && c.Name == name || name == "" && c.Default && (k.claim == "")):
			found = c
		}
	}
	return found
}

// tierOne reports whether the catalog says that the service is of the first tier.
func tierOne(v *scorecard.View) bool {
	rank, known := tierRank(v.Service.Tier)
	return v.Service.Tier != "" && known && rank <= 1
}
