package recovery

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// operator is a kind by which a database operator is asked for a cluster.
type operator struct {
	kind   string
	groups []string
	read   func(object, *scorecard.Facts)
}

// spec says how the cluster's object tells what is asked.
type spec struct {
	kind string // of the store
	// replicas is the field that counts its members, copies how many make it redundant:
	// two where one stands by, three where a majority decides. unset is how many there
	// are where nothing is written.
	replicas      string
	copies, unset int
	// backups are fields of which one that is written backs it up.
	backups []string
	// asks are left out where the operator has no backups of its own.
}

var operators = []operator{
	{"Cluster", []string{"postgresql.cnpg.io"}, cnpg},
	{"postgresql", []string{"acid.zalan.do"}, zalando},
	{"PostgresCluster", []string{"postgres-operator.crunchydata.com"}, crunchy},
	{"PerconaPGCluster", []string{"pg.percona.com", "pgv2.percona.com"}, clusterOf(spec{kind: "database", replicas: "spec.instances.0.replicas", copies: 2, unset: 1, backups: []string{"spec.backups.pgbackrest.repos", "spec.backup.schedule"}})},
	{"PerconaXtraDBCluster", []string{"pxc.percona.com"}, clusterOf(spec{kind: "database", replicas: "spec.pxc.size", copies: 3, unset: 3, backups: []string{"spec.backup.schedule"}})},
	{"PerconaServerMongoDB", []string{"psmdb.percona.com"}, clusterOf(spec{kind: "database", replicas: "spec.replsets.0.size", copies: 3, unset: 3, backups: []string{"spec.backup.tasks"}})},
	{"PerconaServerMySQL", []string{"ps.percona.com"}, clusterOf(spec{kind: "database", replicas: "spec.mysql.size", copies: 3, unset: 3, backups: []string{"spec.backup.schedule"}})},
	{"MongoDBCommunity", []string{"mongodbcommunity.mongodb.com"}, clusterOf(spec{kind: "database", replicas: "spec.members", copies: 3, unset: 1})},
	{"MongoDB", []string{"mongodb.com"}, clusterOf(spec{kind: "database", replicas: "spec.members", copies: 3, unset: 1, backups: []string{"spec.backup"}})},
	{"AtlasDeployment", []string{"atlas.mongodb.com"}, clusterOf(spec{kind: "database", copies: 1, unset: 3, backups: []string{"spec.backupRef", "spec.deploymentSpec.backupEnabled"}})},
	{"InnoDBCluster", []string{"mysql.oracle.com"}, clusterOf(spec{kind: "database", replicas: "spec.instances", copies: 3, unset: 1, backups: []string{"spec.backupSchedules"}})},
	{"MysqlCluster", []string{"mysql.presslabs.org"}, clusterOf(spec{kind: "database", replicas: "spec.replicas", copies: 2, unset: 1, backups: []string{"spec.backupSchedule"}})},
	{"MariaDB", []string{"k8s.mariadb.com", "mariadb.mmontes.io"}, clusterOf(spec{kind: "database", replicas: "spec.replicas", copies: 2, unset: 1})},
	{"CrdbCluster", []string{"crdb.cockroachlabs.com"}, clusterOf(spec{kind: "database", replicas: "spec.nodes", copies: 3, unset: 3})},
	{"TidbCluster", []string{"pingcap.com"}, clusterOf(spec{kind: "database", replicas: "spec.tikv.replicas", copies: 3, unset: 1})},
	{"CassandraDatacenter", []string{"cassandra.datastax.com"}, clusterOf(spec{kind: "database", replicas: "spec.size", copies: 3, unset: 1})},
	{"K8ssandraCluster", []string{"k8ssandra.io"}, clusterOf(spec{kind: "database", replicas: "spec.cassandra.datacenters.0.size", copies: 3, unset: 1, backups: []string{"spec.medusa"}})},
	{"ScyllaCluster", []string{"scylla.scylladb.com"}, clusterOf(spec{kind: "database", replicas: "spec.datacenter.racks.0.members", copies: 3, unset: 1, backups: []string{"spec.backups"}})},
	{"ClickHouseInstallation", []string{"clickhouse.altinity.com"}, clusterOf(spec{kind: "database", replicas: "spec.configuration.clusters.0.layout.replicasCount", copies: 2, unset: 1})},
	{"Kafka", []string{"kafka.strimzi.io"}, kafka},
	{"RabbitmqCluster", []string{"rabbitmq.com"}, clusterOf(spec{kind: "queue", replicas: "spec.replicas", copies: 3, unset: 1})},
	{"Elasticsearch", []string{"elasticsearch.k8s.elastic.co"}, elasticsearch},
	{"OpenSearchCluster", []string{"opensearch.opster.io", "opensearch.org"}, elasticsearch},
	{"EtcdCluster", []string{"etcd.database.coreos.com", "operator.etcd.io", "etcd.aenix.io"}, clusterOf(spec{kind: "database", replicas: "spec.size", copies: 3, unset: 3})},
	{"Redis", []string{"redis.redis.opstreelabs.in", "databases.spotahome.com"}, nil},
	{"RedisCluster", []string{"redis.redis.opstreelabs.in"}, clusterOf(spec{kind: "database", replicas: "spec.clusterSize", copies: 3, unset: 3})},
	{"RedisFailover", []string{"databases.spotahome.com"}, clusterOf(spec{kind: "cache"})},
}

// clusterOf reads a cluster by its spec.
func clusterOf(s spec) func(object, *scorecard.Facts) {
	return func(o object, into *scorecard.Facts) { into.Stores = append(into.Stores, o.cluster(s)) }
}

func (o object) cluster(s spec) scorecard.DataStore {
	d := o.store(s.kind)
	d.Replicated = o.replicated(s)
	d.Backups = answer(scorecard.No, o.at, "it declares no backups")
	for _, path := range s.backups {
		if o.written(path) && o.text(path+".enabled") != "false" && o.text(path) != "false" {
			d.Backups = answer(scorecard.Yes, o.place(path), path[strings.LastIndexByte(path, '.')+1:]+" is declared")
			break
		}
	}
	return d
}

// store is what is common to all.
func (o object) store(kind string) scorecard.DataStore {
	name := o.at.Object.Name
	d := scorecard.DataStore{Location: o.at, Kind: kind, Tool: "kubernetes", Type: o.at.Object.Kind, Name: name, Names: []string{name}, Labels: labelsOf(o.node)}
	return d
}

// replicated compares the number of members with what it takes.
func (o object) replicated(s spec) scorecard.Answer {
	if s.replicas == "" {
		if s.unset >= s.copies && s.copies > 0 {
			return answer(scorecard.Yes, o.at, "it is a replica set of three")
		}
		return scorecard.Answer{}
	}
	path := s.replicas
	// One of a list is meant by its first, as `instances.0.replicas`.
	node, field := o.first(path)
	n, ok, open := object{node, o.at}.number(field)
	at := o.at
	if ok {
		at = object{node, o.at}.place(field)
		at.Field = strings.ReplaceAll(path, ".0.", "[0].")
	}
	switch {
	case open:
		return answer(scorecard.Open, at, "how many members it has can't be known from files")
	case !ok:
		n = s.unset
	}
	says := fmt.Sprintf("it has %s", members(n))
	if n >= s.copies {
		return answer(scorecard.Yes, at, says)
	}
	return answer(scorecard.No, at, fmt.Sprintf("%s, and it takes %d", says, s.copies))
}

func members(n int) string {
	if n == 1 {
		return "1 member"
	}
	return fmt.Sprintf("%d members", n)
}

// cnpg reads a cluster of CloudNativePG: its backup says where to, a ScheduledBackup or
// the archive of its log says when.
func cnpg(o object, into *scorecard.Facts) {
	if o.written("spec.replica.source") && o.text("spec.replica.enabled") != "false" {
		return // a copy of a cluster elsewhere
	}
	d := o.cluster(spec{kind: "database", replicas: "spec.instances", copies: 2, unset: 1})
	switch {
	case o.written("spec.backup.barmanObjectStore"):
		d.Backups = answer(scorecard.Yes, o.place("spec.backup"), "its log is archived (backup.barmanObjectStore)")
	case archives(o):
		d.Backups = answer(scorecard.Yes, o.place("spec.plugins"), "its log is archived (plugin barman-cloud)")
	}
	into.Stores = append(into.Stores, d)
}

// archives reports whether a plugin archives the log.
func archives(o object) bool {
	for _, p := range yamldoc.Items(o.get("spec.plugins")) {
		name, on := yamldoc.String(yamldoc.Get(p, "name")), yamldoc.String(yamldoc.Get(p, "enabled"))
		if strings.HasPrefix(name, "barman-cloud") && on != "false" {
			return true
		}
	}
	return false
}

// zalando reads a cluster of the Zalando operator, whose backups are a switch or the
// environment of Spilo.
func zalando(o object, into *scorecard.Facts) {
	if o.written("spec.standby") {
		return
	}
	d := o.cluster(spec{kind: "database", replicas: "spec.numberOfInstances", copies: 2, unset: 1})
	if o.text("spec.enableLogicalBackup") == "true" {
		d.Backups = answer(scorecard.Yes, o.place("spec.enableLogicalBackup"), "enableLogicalBackup is true")
	}
	for _, e := range yamldoc.Items(o.get("spec.env")) {
		switch yamldoc.String(yamldoc.Get(e, "name")) {
		case "WAL_S3_BUCKET", "WAL_GS_BUCKET", "WALG_GS_PREFIX", "WALE_S3_PREFIX", "WALG_S3_PREFIX", "AWS_S3_WAL_BUCKET", "WALG_AZ_PREFIX":
			d.Backups = answer(scorecard.Yes, o.place("spec.env"), "its log is archived to a bucket")
		}
	}
	into.Stores = append(into.Stores, d)
}

// crunchy reads a cluster of Crunchy's operator: pgBackRest archives always, and takes
// backups by the schedules of its repositories.
func crunchy(o object, into *scorecard.Facts) {
	if o.text("spec.standby.enabled") == "true" {
		return
	}
	d := o.cluster(spec{kind: "database", replicas: "spec.instances.0.replicas", copies: 2, unset: 1})
	d.Backups = answer(scorecard.No, o.at, "no repository of pgBackRest has a schedule")
	for _, r := range yamldoc.Items(o.get("spec.backups.pgbackrest.repos")) {
		if yamldoc.Get(r, "schedules") != nil {
			d.Backups = answer(scorecard.Yes, o.place("spec.backups"), "pgBackRest has schedules")
		}
	}
	into.Stores = append(into.Stores, d)
}

// kafka reads a cluster of Strimzi: its brokers stand in itself or in node pools, and a
// copy is kept by MirrorMaker.
func kafka(o object, into *scorecard.Facts) {
	d := o.cluster(spec{kind: "queue", replicas: "spec.kafka.replicas", copies: 3, unset: 0})
	if !o.written("spec.kafka.replicas") {
		d.Replicated = answer(scorecard.Open, o.at, "its brokers stand in node pools")
	}
	if o.text("spec.kafka.storage.type") == "ephemeral" {
		d.Kind = "cache"
	}
	into.Stores = append(into.Stores, d)
}

// elasticsearch adds up the nodes of a cluster's sets.
func elasticsearch(o object, into *scorecard.Facts) {
	d := o.cluster(spec{kind: "search"})
	total, open := 0, false
	for _, list := range []struct{ path, field string }{{"spec.nodeSets", "count"}, {"spec.nodePools", "replicas"}} {
		for _, s := range yamldoc.Items(o.get(list.path)) {
			n, ok, more := object{s, o.at}.number(list.field)
			if !ok && !more {
				n = 1
			}
			total, open = total+n, open || more
		}
	}
	switch {
	case open:
		d.Replicated = answer(scorecard.Open, o.at, "how many nodes it has can't be known from files")
	case total >= 3:
		d.Replicated = answer(scorecard.Yes, o.at, fmt.Sprintf("it has %d nodes", total))
	default:
		d.Replicated = answer(scorecard.No, o.at, fmt.Sprintf("it has %d nodes, and it takes 3", total))
	}
	into.Stores = append(into.Stores, d)
}
