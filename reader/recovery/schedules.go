package recovery

import (
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// schedules are the kinds that back something up by the clock.
var schedules = []operator{
	{"Schedule", []string{"velero.io"}, velero},
	{"Schedule", []string{"k8up.io", "backup.appuio.ch"}, k8up},
	{"SnapshotSchedule", []string{"snapscheduler.backube"}, snapscheduler},
	{"ReplicationSource", []string{"volsync.backube"}, volsync},
	{"BackupConfiguration", []string{"stash.appscode.com", "core.kubestash.com"}, stash},
	{"Policy", []string{"config.kio.kasten.io"}, kasten},
	{"RecurringJob", []string{"longhorn.io"}, longhorn},
	{"ScheduledBackup", []string{"postgresql.cnpg.io"}, named("cloudnative-pg", "spec.cluster.name", "spec.suspend")},
	{"KafkaMirrorMaker2", []string{"kafka.strimzi.io"}, named("strimzi", "", "")},
	{"SnapshotLifecyclePolicy", []string{"elasticsearch.k8s.elastic.co"}, named("elasticsearch", "", "")},
	{"StackConfigPolicy", []string{"stackconfigpolicy.k8s.elastic.co"}, slm},
	{"OpensearchSnapshotPolicy", []string{"opensearch.opster.io", "opensearch.org"}, named("opensearch", "spec.opensearchCluster.name", "")},
	{"BackupSchedule", []string{"pingcap.com"}, named("tidb", "spec.backupTemplate.br.cluster", "spec.pause")},
	{"MedusaBackupSchedule", []string{"medusa.k8ssandra.io"}, named("medusa", "spec.backupSpec.cassandraDatacenter", "spec.disabled")},
	{"Backup", []string{"k8s.mariadb.com", "mariadb.mmontes.io"}, mariadb},
	{"PhysicalBackup", []string{"k8s.mariadb.com"}, mariadb},
	{"EtcdBackup", []string{"etcd.database.coreos.com"}, named("etcd", "", "")},
	{"EtcdBackupSchedule", []string{"etcd.aenix.io"}, named("etcd", "spec.cluster.name", "")},
	{"ProtectedApplication", []string{"gkebackup.gke.io"}, named("gke-backup", "", "")},
}

// backup is what is common to all schedules.
func (o object) backup(tool string) scorecard.Backup {
	return scorecard.Backup{Location: o.at, Tool: tool, Name: o.at.Object.Name}
}

// stop notes the switch by which the schedule does not run.
func (o object) stop(b *scorecard.Backup, path string) {
	if o.text(path) == "true" {
		b.Stopped = path[strings.LastIndexByte(path, '.')+1:] + " is true"
	}
}

// own limits a backup to the object's own namespace.
func (o object) own(b *scorecard.Backup) {
	if ns := o.at.Object.Namespace; ns != "" {
		b.Namespaces = []string{ns}
	}
}

// named reads a schedule that names the cluster that it is over, in its own namespace.
func named(tool, cluster, stop string) func(object, *scorecard.Facts) {
	return func(o object, into *scorecard.Facts) {
		b := o.backup(tool)
		o.own(&b)
		if cluster != "" {
			if name := o.text(cluster); name != "" {
				b.Names = []string{name}
			}
		}
		b.Everything = len(b.Names) == 0
		if stop != "" {
			o.stop(&b, stop)
		}
		into.Backups = append(into.Backups, b)
	}
}

// velero reads a Schedule: namespaces, what is left out, and a label selector. One that
// takes no volumes along saves no data.
func velero(o object, into *scorecard.Facts) {
	b := o.backup("velero")
	b.Everything = true
	template := object{o.get("spec.template"), o.at}
	for _, ns := range texts(template.get("includedNamespaces")) {
		if ns != "*" {
			b.Namespaces = append(b.Namespaces, ns)
		}
	}
	b.Excluded = texts(template.get("excludedNamespaces"))
	if s := labelSelector(template.get("labelSelector")); s != nil {
		b.Selector, b.Everything = s, false
	}
	o.stop(&b, "spec.paused")
	resources, excluded := texts(template.get("includedResources")), texts(template.get("excludedResources"))
	isVolume := func(r string) bool {
		r, _, _ = strings.Cut(strings.ToLower(r), ".")
		return slices.Contains([]string{"*", "pvc", "persistentvolumeclaim", "persistentvolumeclaims", "pv", "persistentvolume", "persistentvolumes", "pod", "pods"}, r)
	}
	switch {
	case len(resources) > 0 && !slices.ContainsFunc(resources, isVolume):
		b.Stopped = "it includes no volumes"
	case slices.ContainsFunc(excluded, func(r string) bool { return isVolume(r) && !strings.HasPrefix(strings.ToLower(r), "pod") }):
		b.Stopped = "it leaves volumes out"
	case template.text("snapshotVolumes") == "false" && template.text("defaultVolumesToFsBackup") != "true" && template.text("defaultVolumesToRestic") != "true":
		b.Stopped = "snapshotVolumes is false"
	}
	into.Backups = append(into.Backups, b)
}

// k8up reads a Schedule, which is over all claims of its namespace.
func k8up(o object, into *scorecard.Facts) {
	b := o.backup("k8up")
	b.Everything = true
	o.own(&b)
	if s := labelSelector(o.get("spec.backup.labelSelectors.0")); s != nil {
		b.Selector = s
	}
	if !o.written("spec.backup") {
		b.Stopped = "it has no backup"
	}
	into.Backups = append(into.Backups, b)
}

// snapscheduler reads a SnapshotSchedule: the claims that it selects, all where it does not.
func snapscheduler(o object, into *scorecard.Facts) {
	b := o.backup("snapscheduler")
	o.own(&b)
	b.Selector = labelSelector(o.get("spec.claimSelector"))
	b.Everything = b.Selector == nil
	o.stop(&b, "spec.disabled")
	into.Backups = append(into.Backups, b)
}

// volsync reads a ReplicationSource, which names one claim.
func volsync(o object, into *scorecard.Facts) {
	b := o.backup("volsync")
	o.own(&b)
	b.Names = []string{o.text("spec.sourcePVC")}
	o.stop(&b, "spec.paused")
	if !o.written("spec.trigger.schedule") {
		b.Stopped = "it has no schedule"
	}
	into.Backups = append(into.Backups, b)
}

// stash reads a BackupConfiguration of Stash or KubeStash, which names its target.
func stash(o object, into *scorecard.Facts) {
	b := o.backup("stash")
	o.own(&b)
	for _, path := range []string{"spec.target.ref.name", "spec.target.name"} {
		if name := o.text(path); name != "" {
			b.Names = []string{name}
		}
	}
	b.Everything = len(b.Names) == 0
	o.stop(&b, "spec.paused")
	into.Backups = append(into.Backups, b)
}

// kasten reads a Policy of K10 that backs up; its selector picks applications, by the
// label with their namespace.
func kasten(o object, into *scorecard.Facts) {
	backs := slices.ContainsFunc(yamldoc.Items(o.get("spec.actions")), func(a *yaml.Node) bool { return yamldoc.String(yamldoc.Get(a, "action")) == "backup" })
	if !backs {
		return
	}
	b := o.backup("kasten")
	b.Everything = true
	const label = "k10.kasten.io/appNamespace"
	if ns := yamldoc.String(yamldoc.Get(o.get("spec.selector.matchLabels"), label)); ns != "" {
		b.Namespaces = []string{ns}
	}
	for _, e := range yamldoc.Items(o.get("spec.selector.matchExpressions")) {
		if yamldoc.String(yamldoc.Get(e, "key")) == label {
			b.Namespaces = append(b.Namespaces, texts(yamldoc.Get(e, "values"))...)
		}
	}
	o.stop(&b, "spec.paused")
	into.Backups = append(into.Backups, b)
}

// longhorn reads a RecurringJob, which is over the volumes of its groups; `default` is
// all that name none.
func longhorn(o object, into *scorecard.Facts) {
	task := o.text("spec.task")
	if !strings.HasPrefix(task, "backup") && !strings.HasPrefix(task, "snapshot") || strings.HasSuffix(task, "-delete") || strings.HasSuffix(task, "-cleanup") {
		return
	}
	b := o.backup("longhorn")
	b.Everything = slices.Contains(texts(o.get("spec.groups")), "default")
	if !b.Everything {
		b.Stopped = "it is in no default group, and which volumes are in its own can't be told"
	}
	into.Backups = append(into.Backups, b)
}

// slm reads a policy of Elastic's operator that has snapshot policies.
func slm(o object, into *scorecard.Facts) {
	if !o.written("spec.elasticsearch.snapshotLifecyclePolicies") {
		return
	}
	b := o.backup("elasticsearch")
	b.Selector = labelSelector(o.get("spec.resourceSelector"))
	b.Everything = b.Selector == nil
	into.Backups = append(into.Backups, b)
}

// mariadb reads a backup of the MariaDB operator, which runs once without a schedule.
func mariadb(o object, into *scorecard.Facts) {
	b := o.backup("mariadb")
	o.own(&b)
	b.Names = []string{o.text("spec.mariaDbRef.name")}
	o.stop(&b, "spec.schedule.suspend")
	if !o.written("spec.schedule.cron") {
		b.Stopped = "it has no schedule"
	}
	into.Backups = append(into.Backups, b)
}

// programs copy data, by the words of a command; restores bring it back.
var (
	programs = []string{"pg_dump", "pg_dumpall", "pg_basebackup", "mysqldump", "mariadb-dump", "mydumper", "xtrabackup", "mariabackup", "mongodump", "restic", "pgbackrest",
		"wal-g", "wal-e", "barman", "barman-cloud-backup", "etcdctl", "etcdutl", "velero", "kopia", "borg", "borgmatic", "duplicity", "redis-cli", "influxd", "influx", "clickhouse-backup", "cqlsh",
		"nodetool", "elasticdump", "mongodb-consistent-backup", "neo4j-admin", "cockroach", "consul", "vault", "gitlab-backup", "backup-utility", "rclone", "pgcopydb", "sqlite3", "litestream", "k8up", "dgraph"}
	restores = []string{"pg_restore", "mongorestore", "pg_verifybackup", "myloader"}
	// needed are words beside a program that does other things too.
	needed = map[string][]string{
		"etcdctl": {"save"}, "etcdutl": {"save"}, "redis-cli": {"--rdb", "bgsave", "save"}, "consul": {"snapshot"}, "vault": {"snapshot"}, "nodetool": {"snapshot"}, "cqlsh": {"copy"},
		"cockroach": {"backup"}, "influxd": {"backup"}, "influx": {"backup"}, "neo4j-admin": {"backup", "dump"}, "sqlite3": {".backup", ".dump"}, "restic": {"backup", "restore", "check"},
		"velero": {"backup", "restore"}, "kopia": {"snapshot", "restore"}, "rclone": {"sync", "copy", "copyto"}, "borg": {"create", "extract", "restore"}, "wal-g": {"backup-push", "backup-fetch", "wal-verify"},
		"pgbackrest": {"backup", "restore", "verify"}, "barman": {"backup", "recover"}, "dgraph": {"backup", "export"},
	}
	// restoring are words by which such a program brings data back.
	restoring = []string{"restore", "recover", "extract", "backup-fetch"}
	// images copy data by themselves.
	images = []string{"postgres-backup-s3", "postgres-backup-local", "pg-backup", "pgbackup", "mysql-backup", "mysql-backup-s3", "mongodb-backup", "mongo-backup", "db-backup", "docker-db-backup",
		"postgres-backup", "docker-pg-backup", "etcd-backup", "backup-restic", "k8s-mongo-backup", "mysql-backup4", "stash", "velero", "resticker", "postgresql-backup", "backrest", "gitea-backup", "vault-backup", "logical-backup"}
)

// cronJob reads a job that dumps, or that restores a dump to try it. Of its commands
// nothing but the program's name is kept.
func cronJob(o object, into *scorecard.Facts) {
	b := o.backup("cron")
	o.own(&b)
	var found, restores bool
	see := func(c *yaml.Node) {
		program, restoring := programOf(c)
		if program == "" || found && !restoring {
			return
		}
		found, restores, b.Program = true, restores || restoring, program
		if slices.Contains(clients, program) {
			b.Hosts = append(b.Hosts, hostsOf(c)...)
		}
	}
	if o.at.Object.Kind == "CronWorkflow" {
		for _, t := range yamldoc.Items(o.get("spec.workflowSpec.templates")) {
			see(yamldoc.Get(t, "container"))
			see(yamldoc.Get(t, "script"))
		}
	} else {
		pod := o.get("spec.jobTemplate.spec.template.spec")
		for _, list := range []string{"initContainers", "containers"} {
			for _, c := range yamldoc.Items(yamldoc.Get(pod, list)) {
				see(c)
			}
		}
		for _, v := range yamldoc.Items(yamldoc.Get(pod, "volumes")) {
			if name := yamldoc.Written(yamldoc.Get(v, "persistentVolumeClaim", "claimName")); name != "" {
				b.Names = append(b.Names, name)
			}
		}
	}
	if !found {
		return
	}
	b.Restores = restores
	o.stop(&b, "spec.suspend")
	into.Backups = append(into.Backups, b)
}

// programOf is the program by which a container copies data, and whether it brings data
// back rather; empty where it does neither.
func programOf(c *yaml.Node) (program string, restore bool) {
	base := scorecard.ParseImage(yamldoc.String(yamldoc.Get(c, "image"))).Base()
	var words []string
	if slices.Contains(programs, base) {
		words = append(words, base) // its entry point
	}
	for _, field := range []string{"command", "args"} {
		n := yamldoc.Get(c, field)
		lines := texts(n)
		if s := yamldoc.String(n); s != "" {
			lines = append(lines, s)
		}
		for _, line := range lines {
			words = append(words, commandWords(line)...)
		}
	}
	words = append(words, commandWords(yamldoc.String(yamldoc.Get(c, "source")))...)
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	for _, w := range words {
		if slices.Contains(restores, w) {
			return w, true
		}
	}
	for _, w := range words {
		if slices.Contains(programs, w) && (needed[w] == nil || has(needed[w])) {
			return w, has(restoring) && needed[w] != nil
		}
	}
	if slices.Contains(images, base) {
		return base, has(restoring)
	}
	return "", false
}

// clients are the programs that ask a server for its data.
var clients = []string{"pg_dump", "pg_dumpall", "pg_basebackup", "mysqldump", "mariadb-dump", "mydumper", "mongodump", "redis-cli", "elasticdump", "cqlsh", "pg_restore", "mongorestore", "myloader"}

// hostFlags and hostVariables are where a server is named whose data are copied.
var (
	hostFlags     = []string{"-h", "--host", "--hostname"}
	hostVariables = []string{"PGHOST", "POSTGRES_HOST", "POSTGRESQL_HOST", "MYSQL_HOST", "MARIADB_HOST", "MONGO_HOST", "MONGODB_HOST", "DB_HOST", "DATABASE_HOST", "DB_SERVER"}
)

// hostsOf are the servers that a container's command and variables name; those that something
// fills in are left out.
func hostsOf(c *yaml.Node) (out []string) {
	keep := func(host string) {
		host, _, _ = strings.Cut(strings.Trim(host, `"'`), ":")
		host, _, _ = strings.Cut(host, ".")
		if host != "" && host != "localhost" && !strings.ContainsAny(host, "${}()/ ") && !isNumber(host) && !slices.Contains(out, host) && len(out) < 10 {
			out = append(out, host)
		}
	}
	var words []string
	for _, field := range []string{"command", "args"} {
		n := yamldoc.Get(c, field)
		for _, line := range append(texts(n), yamldoc.String(n)) {
			words = append(words, strings.Fields(line)...)
		}
	}
	words = append(words, strings.Fields(yamldoc.String(yamldoc.Get(c, "source")))...)
	for i, w := range words {
		flag, value, joined := strings.Cut(w, "=")
		switch {
		case strings.Contains(w, "://"):
			if u, err := url.Parse(strings.Trim(value, `"'`)); joined && err == nil && u.Host != "" {
				keep(u.Host)
			} else if u, err := url.Parse(strings.Trim(w, `"'`)); err == nil {
				keep(u.Hostname())
			}
		case !slices.Contains(hostFlags, flag):
		case joined:
			keep(value)
		case i+1 < len(words):
			keep(words[i+1])
		}
	}
	for _, e := range yamldoc.Items(yamldoc.Get(c, "env")) {
		if slices.Contains(hostVariables, yamldoc.String(yamldoc.Get(e, "name"))) {
			keep(yamldoc.String(yamldoc.Get(e, "value")))
		}
	}
	return out
}

// isNumber reports whether the host is a part of an address.
func isNumber(host string) bool {
	return strings.Trim(host, "0123456789") == ""
}

// commandWords are the lower-cased words of a shell's command, comments left out and
// programs without their folders.
func commandWords(text string) (out []string) {
	for line := range strings.Lines(text) {
		for _, w := range strings.FieldsFunc(strings.ToLower(line), func(r rune) bool { return strings.ContainsRune(" \t\r\n;|&()<>$`\"'=", r) }) {
			if strings.HasPrefix(w, "#") {
				break
			}
			if !strings.Contains(w, "://") {
				w = w[strings.LastIndexByte(w, '/')+1:]
			}
			if w != "" {
				out = append(out, w)
			}
		}
	}
	return out
}
