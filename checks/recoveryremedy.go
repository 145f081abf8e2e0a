package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// backupRemedy says how to back the keeper up: by the cloud that keeps it, by its
// operator, or by Velero.
func backupRemedy(s *survey, k *keeper) string {
	if k.store != nil {
		switch k.store.Tool {
		case "terraform":
			return terraformRemedy(k.store, "backups", backupSettings)
		case "cloudformation":
			return templateRemedy(k.store, backupProperties)
		case "kubernetes":
		default:
			return settingRemedy(k.store, k.store.Backups, "backups")
		}
		if text := operatorBackup(k.store); text != "" {
			return text
		}
	}
	o := k.object()
	include := object{}
	if o.Namespace != "" && !scorecard.IsReleaseNamespace(o.Namespace) {
		include = append(include, field{key: "includedNamespaces", value: []string{o.Namespace}})
	}
	template := append(include, field{key: "defaultVolumesToFsBackup", value: true, comment: "or snapshots, where the storage has them"}, field{key: "ttl", value: "720h0m0s"})
	return fenced(fmt.Sprintf("Back %s up every night with Velero (any tool that takes its volumes will do):", k.name), "yaml", yamlText(object{
		{key: "apiVersion", value: "velero.io/v1"}, {key: "kind", value: "Schedule"},
		{key: "metadata", value: object{{key: "name", value: objectName(&s.Service) + "-nightly"}, {key: "namespace", value: "velero"}}},
		{key: "spec", value: object{{key: "schedule", value: "17 2 * * *"}, {key: "template", value: template}}},
	}))
}

// operatorBackup is the operator's own schedule; empty for those that have none here.
func operatorBackup(d *scorecard.DataStore) string {
	o := d.Location.Object
	switch {
	case o.Group() == "postgresql.cnpg.io":
		return fenced(fmt.Sprintf("Say where the backups of %s go, and when they are taken:", o), "yaml", specPatch(o, object{
			{key: "backup", value: object{{key: "barmanObjectStore", value: object{{key: "destinationPath", value: "s3://your-backups/" + o.Name}}}, {key: "retentionPolicy", value: "30d"}}},
		})) + "\n\n" + fenced("And a schedule beside it:", "yaml", yamlText(object{
			{key: "apiVersion", value: o.APIVersion}, {key: "kind", value: "ScheduledBackup"}, {key: "metadata", value: metadata(o, o.Name+"-nightly")},
			{key: "spec", value: object{{key: "schedule", value: "0 17 2 * * *"}, {key: "cluster", value: object{{key: "name", value: o.Name}}}}},
		}))
	case o.Kind == "postgresql":
		return fenced(in(d.Location)+fmt.Sprintf("let the operator dump %s every night:", o), "yaml", specPatch(o, object{
			{key: "enableLogicalBackup", value: true}, {key: "logicalBackupSchedule", value: "17 2 * * *"},
		}))
	}
	return ""
}

// The settings that mend a resource of Terraform, by its type.
var (
	backupSettings = map[string]string{
		"aws_db_instance": "backup_retention_period = 7", "aws_dynamodb_table": "point_in_time_recovery {\n    enabled = true\n  }",
		"google_sql_database_instance": "settings {\n    backup_configuration {\n      enabled = true\n    }\n  }",
		"google_firestore_database":    "point_in_time_recovery_enablement = \"POINT_IN_TIME_RECOVERY_ENABLED\"", "aws_memorydb_cluster": "snapshot_retention_limit = 7",
		"mongodbatlas_cluster": "cloud_backup = true", "mongodbatlas_advanced_cluster": "backup_enabled = true",
	}
	replicaSettings = map[string]string{
		"aws_db_instance": "multi_az = true", "google_sql_database_instance": "settings {\n    availability_type = \"REGIONAL\"\n  }",
		"azurerm_postgresql_flexible_server": "high_availability {\n    mode = \"ZoneRedundant\"\n  }", "azurerm_mysql_flexible_server": "high_availability {\n    mode = \"ZoneRedundant\"\n  }",
		"azurerm_mssql_database": "zone_redundant = true", "digitalocean_database_cluster": "node_count = 2", "scaleway_rdb_instance": "is_ha_cluster = true",
	}
	protectSettings = map[string]string{
		"aws_db_instance": "deletion_protection = true", "aws_rds_cluster": "deletion_protection = true", "aws_docdb_cluster": "deletion_protection = true", "aws_neptune_cluster": "deletion_protection = true",
		"aws_dynamodb_table": "deletion_protection_enabled = true", "google_sql_database_instance": "deletion_protection = true", "google_bigtable_instance": "deletion_protection = true",
		"google_storage_bucket": "force_destroy = false\n  versioning {\n    enabled = true\n  }", "google_alloydb_cluster": "deletion_protection = true",
		"google_firestore_database": "delete_protection_state = \"DELETE_PROTECTION_ENABLED\"", "google_filestore_instance": "deletion_protection_enabled = true",
		"azurerm_storage_account": "blob_properties {\n    versioning_enabled = true\n  }", "alicloud_db_instance": "deletion_protection = true",
	}
	moduleSettings = map[string]string{"backups": "backup_retention_period = 7", "replicated": "multi_az = true", "protected": "deletion_protection = true"}
)

// terraformRemedy says what to set in a resource or a module's call.
func terraformRemedy(d *scorecard.DataStore, question string, settings map[string]string) string {
	if source, ok := strings.CutPrefix(d.Type, "module "); ok {
		setting := moduleSettings[question]
		if d.Kind == "bucket" {
			setting = "force_destroy = false\n  versioning = {\n    enabled = true\n  }"
		}
		return fenced(in(d.Location)+"set it where the module is called, beside what is there:", "hcl", fmt.Sprintf("module %q {\n  source = %q\n  %s\n}", d.Name, source, setting))
	}
	setting := settings[d.Type]
	switch {
	case d.Type == "aws_s3_bucket" && question == "protected":
		return fenced(in(d.Location)+"keep versions of what stands in the bucket, and take `force_destroy = true` away:", "hcl", fmt.Sprintf(
			"resource \"aws_s3_bucket_versioning\" %[1]q {\n  bucket = aws_s3_bucket.%[1]s.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}", d.Name))
	case setting == "" && question == "backups":
		return fenced("Select it in a backup plan:", "hcl", fmt.Sprintf("resource \"aws_backup_selection\" %[1]q {\n  name         = %[1]q\n  plan_id      = aws_backup_plan.nightly.id\n  iam_role_arn = aws_iam_role.backup.arn\n  resources    = [%[2]s.%[1]s.arn]\n}", d.Name, d.Type))
	case setting == "" && question == "replicated" && strings.HasSuffix(d.Type, "_cluster"):
		return fenced(in(d.Location)+"give the cluster a second instance, in another zone:", "hcl", fmt.Sprintf("resource \"%[2]s_instance\" \"%[1]s_standby\" {\n  cluster_identifier = %[2]s.%[1]s.id\n  instance_class     = \"db.r6g.large\"\n}", d.Name, d.Type))
	case setting == "" && question == "replicated":
		return fmt.Sprintf("%skeep the data of %s in a type that spans zones (a regional disk, a file system, a database with a standby): this one has a single copy.", in(d.Location), d.Called())
	case setting == "":
		setting = "lifecycle {\n    prevent_destroy = true\n  }"
	}
	return fenced(in(d.Location)+"set it, beside what is there:", "hcl", fmt.Sprintf("resource %q %q {\n  %s\n}", d.Type, d.Name, setting))
}

var (
	backupProperties  = object{{key: "BackupRetentionPeriod", value: 7}}
	replicaProperties = object{{key: "MultiAZ", value: true}}
)

// templateRemedy says what to set in a resource of CloudFormation.
func templateRemedy(d *scorecard.DataStore, properties object) string {
	resource := object{{key: "Type", value: d.Type}}
	switch {
	case properties == nil:
		resource = append(resource, field{key: "DeletionPolicy", value: "Retain"}, field{key: "UpdateReplacePolicy", value: "Retain"})
		if d.Kind == "bucket" {
			properties = object{{key: "VersioningConfiguration", value: object{{key: "Status", value: "Enabled"}}}}
		}
	case strings.Contains(d.Type, "Dynamo") || strings.Contains(d.Type, "SimpleTable"):
		properties = object{{key: "PointInTimeRecoverySpecification", value: object{{key: "PointInTimeRecoveryEnabled", value: true}}}}
	case d.Type == "AWS::EFS::FileSystem":
		properties = object{{key: "BackupPolicy", value: object{{key: "Status", value: "ENABLED"}}}}
	}
	if len(properties) > 0 {
		resource = append(resource, field{key: "Properties", value: properties})
	}
	return fenced(in(d.Location)+"set it in the resource, beside what is there:", "yaml", yamlText(object{{key: "Resources", value: object{{key: d.Name, value: resource}}}}))
}

// settingRemedy says what to set in an object of Crossplane and its kin.
func settingRemedy(d *scorecard.DataStore, a scorecard.Answer, question string) string {
	name := strings.TrimSuffix(a.Says, " is not set")
	if i := strings.Index(name, " is "); i >= 0 {
		name = name[:i]
	}
	path := strings.Split(name, ".")
	var value any = true
	switch path[len(path)-1] {
	case "backupRetentionPeriod", "backupRetentionDays":
		value = 7
	case "availabilityType":
		value = "REGIONAL"
	case "mode":
		value = "ZoneRedundant"
	case "status":
		value = "Enabled"
	}
	if question == "protected" && d.Tool == "crossplane" {
		return fenced(in(d.Location)+"let what it asked for outlive the object:", "yaml", specPatch(d.Location.Object, object{{key: "deletionPolicy", value: "Orphan"}}))
	}
	spec := object{{key: path[len(path)-1], value: value}}
	for i := len(path) - 2; i >= 0; i-- {
		spec = object{{key: path[i], value: spec}}
	}
	if d.Tool == "crossplane" {
		spec = object{{key: "forProvider", value: spec}}
	}
	return fenced(in(d.Location)+"set it, beside what is there:", "yaml", specPatch(d.Location.Object, spec))
}

// memberFields are the fields by which operators are asked for members.
var memberFields = map[string][]string{
	"Cluster": {"instances"}, "postgresql": {"numberOfInstances"}, "MongoDBCommunity": {"members"}, "MongoDB": {"members"}, "RabbitmqCluster": {"replicas"}, "Kafka": {"kafka", "replicas"},
	"PerconaXtraDBCluster": {"pxc", "size"}, "InnoDBCluster": {"instances"}, "MariaDB": {"replicas"}, "MysqlCluster": {"replicas"}, "CrdbCluster": {"nodes"}, "EtcdCluster": {"size"},
	"CassandraDatacenter": {"size"}, "TidbCluster": {"tikv", "replicas"}, "RedisCluster": {"clusterSize"},
}

func replicaRemedy(s *survey, k *keeper) string {
	if k.store != nil {
		switch k.store.Tool {
		case "terraform":
			return terraformRemedy(k.store, "replicated", replicaSettings)
		case "cloudformation":
			return templateRemedy(k.store, replicaProperties)
		case "kubernetes":
		default:
			return settingRemedy(k.store, k.store.Replicated, "replicated")
		}
		if path := memberFields[k.store.Type]; path != nil {
			spec := object{{key: path[len(path)-1], value: enoughReplicas}}
			for i := len(path) - 2; i >= 0; i-- {
				spec = object{{key: path[i], value: spec}}
			}
			return fenced(in(k.store.Location)+fmt.Sprintf("give %s three members:", k.name), "yaml", specPatch(k.store.Location.Object, spec))
		}
	}
	if w := k.workload; w != nil && len(w.ClaimTemplates) > 0 && k.claim == "" {
		return fenced(in(w.Location)+fmt.Sprintf("run three replicas of %s, and have the program copy its data between them:", w.Object), "yaml",
			specPatch(w.Object, object{{key: "replicas", value: enoughReplicas}}))
	}
	return fmt.Sprintf("One volume is one copy. Move the data of %s into a database with a standby, run it as a StatefulSet of three replicas that copy their data, "+
		"or have a StorageClass make its volume whose storage keeps copies (`replication-type: regional-pd`, `skuName: Premium_ZRS`, Amazon EFS, Longhorn or Ceph with three replicas).", k.name)
}

func protectRemedy(k *keeper) string {
	switch k.store.Tool {
	case "terraform":
		return terraformRemedy(k.store, "protected", protectSettings)
	case "cloudformation":
		return templateRemedy(k.store, nil)
	}
	return settingRemedy(k.store, k.store.Protected, "protected")
}

// retainRemedy keeps volumes when their claims go.
func retainRemedy(c *scorecard.StorageClass) string {
	o := c.Location.Object
	patch := object{{key: "apiVersion", value: o.APIVersion}, {key: "kind", value: o.Kind}, {key: "metadata", value: object{{key: "name", value: o.Name}}}}
	if o.Kind == "PersistentVolume" {
		patch = append(patch, field{key: "spec", value: object{{key: "persistentVolumeReclaimPolicy", value: "Retain"}}})
	} else {
		patch = append(patch, field{key: "reclaimPolicy", value: "Retain"})
	}
	return fenced(in(c.Location)+"keep volumes when their claims are deleted (a class is replaced, and volumes that are there are patched):", "yaml", yamlText(patch))
}

func planRemedy(s *scorecard.Service) string {
	return fenced(fmt.Sprintf("Agree on both numbers and write them into `%s`:", within(s, "docs/disaster-recovery.md")), "markdown", fmt.Sprintf(`# Disaster recovery of %s

## Objectives
- Recovery time objective (RTO): 4 hours
- Recovery point objective (RPO): 24 hours

## What is lost, and how it comes back
1. The database: restore the last backup, then let the service start.
2. The zone: fail over, or deploy to another one.`, s.Name))
}

// drillRemedy is a job that restores the last dump into an empty database.
func drillRemedy(v *scorecard.View) string {
	name := objectName(&v.Service) + "-restore-test"
	return fenced("Restore the last backup by the clock, into a database that is thrown away (or drill it once a year, and keep the record with its date in a folder named drills):", "yaml", yamlText(object{
		{key: "apiVersion", value: "batch/v1"}, {key: "kind", value: "CronJob"}, {key: "metadata", value: object{{key: "name", value: name}}},
		{key: "spec", value: object{
			{key: "schedule", value: "0 6 * * 1"}, {key: "concurrencyPolicy", value: "Forbid"},
			{key: "jobTemplate", value: object{{key: "spec", value: object{{key: "backoffLimit", value: 0}, {key: "template", value: object{
				{key: "metadata", value: object{{key: "labels", value: object{{key: "app.kubernetes.io/name", value: appLabel(v)}}}}},
				{key: "spec", value: object{{key: "restartPolicy", value: "Never"}, {key: "containers", value: []object{{
					{key: "name", value: "restore"}, {key: "image", value: "postgres:17"},
					{key: "command", value: []string{"pg_restore", "--exit-on-error", "--dbname=restore_test", "/backup/latest.dump"}},
				}}}}},
			}}}}}},
		}},
	}))
}

// appLabel is the name by which the service's pods go, so that a new one is its own.
func appLabel(v *scorecard.View) string {
	if len(v.Workloads) > 0 {
		return v.Workloads[0].Application()
	}
	return objectName(&v.Service)
}
