package terraform

import (
	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// storeType says what a type of resource keeps, and which of its settings tell whether
// that is backed up, replicated and kept from deletion. A question without any is not
// asked of the type.
type storeType struct {
	kind string
	// names are the attributes that name it.
	names []string
	// replica is the attribute by which it is a copy of another, and no store of its own.
	replica                        string
	backups, replicated, protected []question
}

// prevented is asked of every type by its lifecycle; it alone is no question of a type.
const prevented = "lifecycle.prevent_destroy"

const zones = "it is kept in several zones by the service itself"

// storeTypes are the resources that keep data, by their providers' documentation; what
// is not set is answered by the provider's own default.
var storeTypes = map[string]storeType{
	// Amazon
	"aws_db_instance": {kind: "database", names: []string{"identifier", "db_name"}, replica: "replicate_source_db",
		backups: []question{on("backup_retention_period")}, replicated: []question{on("multi_az")}, protected: []question{on("deletion_protection")}},
	"aws_rds_cluster": {kind: "database", names: []string{"cluster_identifier", "database_name"}, replica: "replication_source_identifier",
		backups:    []question{on("backup_retention_period"), always("Aurora always keeps backups, for a day at least")},
		replicated: []question{on("db_cluster_instance_class"), is("engine_mode", "serverless", "global")}, protected: []question{on("deletion_protection")}},
	"aws_docdb_cluster": {kind: "database", names: []string{"cluster_identifier"},
		backups:    []question{on("backup_retention_period"), always("DocumentDB always keeps backups, for a day at least")},
		replicated: []question{none("it has one copy")}, protected: []question{on("deletion_protection")}},
	"aws_neptune_cluster": {kind: "database", names: []string{"cluster_identifier"},
		backups:    []question{on("backup_retention_period"), always("Neptune always keeps backups, for a day at least")},
		replicated: []question{none("it has one copy")}, protected: []question{on("deletion_protection")}},
	"aws_dynamodb_table": {kind: "database", names: []string{"name"},
		backups: []question{on("point_in_time_recovery.enabled")}, replicated: []question{always(zones)}, protected: []question{on("deletion_protection_enabled")}},
	"aws_redshift_cluster": {kind: "database", names: []string{"cluster_identifier"},
		backups:    []question{on("automated_snapshot_retention_period").orElse(scorecard.Yes, "Redshift keeps snapshots for a day where nothing is set")},
		replicated: []question{on("multi_az"), atLeast("number_of_nodes", 2)}, protected: []question{on(prevented)}},
	"aws_memorydb_cluster": {kind: "database", names: []string{"name"},
		backups: []question{on("snapshot_retention_limit")}, replicated: []question{on("num_replicas_per_shard").orElse(scorecard.Yes, "MemoryDB keeps a replica of each shard where nothing is set")}},
	"aws_opensearch_domain":             searchDomain,
	"aws_elasticsearch_domain":          searchDomain,
	"aws_elasticache_cluster":           {kind: "cache"},
	"aws_elasticache_serverless_cache":  {kind: "cache"},
	"aws_elasticache_replication_group": {kind: "cache"},
	"aws_s3_bucket": {kind: "bucket", names: []string{"bucket", "bucket_prefix"},
		protected: []question{denies("force_destroy"), on("versioning.enabled").orElse(scorecard.No, "no versions of its objects are kept"), on("object_lock_enabled"), blocksNamed("object_lock_configuration", 1)}},
	"aws_efs_file_system": {kind: "volume", names: []string{"creation_token"},
		backups: []question{none("nothing backs it up")}, replicated: []question{denies("availability_zone_name"), always(zones)}, protected: []question{on(prevented)}},
	"aws_ebs_volume":              {kind: "volume", backups: []question{none("nothing backs it up")}, replicated: []question{none("it has one copy")}, protected: []question{on("final_snapshot")}},
	"aws_fsx_lustre_file_system":  fsx,
	"aws_fsx_openzfs_file_system": fsx,
	"aws_fsx_windows_file_system": {kind: "volume", backups: []question{on("automatic_backup_retention_days").orElse(scorecard.Yes, "FSx for Windows keeps backups for a week where nothing is set")},
		replicated: []question{is("deployment_type", "MULTI_AZ_1")}, protected: []question{on(prevented)}},

	// Google
	"google_sql_database_instance": {kind: "database", names: []string{"name"}, replica: "master_instance_name",
		backups: []question{on("settings.backup_configuration.enabled")}, replicated: []question{is("settings.availability_type", "REGIONAL")},
		protected: []question{on("settings.deletion_protection_enabled"), on("deletion_protection").orElse(scorecard.Yes, "the provider refuses to delete it where nothing is set")}},
	"google_spanner_instance": {kind: "database", names: []string{"name"}, replicated: []question{always(zones)},
		backups:   []question{is("default_backup_schedule_type", "AUTOMATIC").orElse(scorecard.Open, "whether it has the default backup schedule can't be known from files")},
		protected: []question{denies("force_destroy"), always("the provider refuses to delete an instance that has backups")}},
	"google_bigtable_instance": {kind: "database", names: []string{"name"}, replicated: []question{blocksNamed("cluster", 2)},
		protected: []question{on("deletion_protection").orElse(scorecard.Yes, "the provider refuses to delete it where nothing is set")}},
	"google_firestore_database": {kind: "database", names: []string{"name"}, replicated: []question{always(zones)},
		backups:   []question{is("point_in_time_recovery_enablement", "POINT_IN_TIME_RECOVERY_ENABLED")},
		protected: []question{is("delete_protection_state", "DELETE_PROTECTION_ENABLED"), is("deletion_policy", "ABANDON")}},
	"google_alloydb_cluster": {kind: "database", names: []string{"cluster_id"}, replicated: []question{always("AlloyDB's storage is regional")},
		backups:   []question{on("automated_backup_policy.enabled").orElse(scorecard.Yes, "AlloyDB backs up daily where nothing is set")},
		protected: []question{on("deletion_protection").orElse(scorecard.Yes, "the provider refuses to delete it where nothing is set")}},
	"google_storage_bucket": {kind: "bucket", names: []string{"name"},
		protected: []question{denies("force_destroy"), on("versioning.enabled").orElse(scorecard.No, "no versions of its objects are kept"), on("retention_policy.retention_period"), on("soft_delete_policy.retention_duration_seconds")}},
	"google_compute_disk": {kind: "volume", names: []string{"name"}, backups: []question{on("resource_policies")},
		replicated: []question{none("it has one copy")}, protected: []question{on("create_snapshot_before_destroy")}},
	"google_compute_region_disk": {kind: "volume", names: []string{"name"}, backups: []question{on("resource_policies")},
		replicated: []question{always("a regional disk is kept in two zones")}, protected: []question{on("create_snapshot_before_destroy")}},
	"google_filestore_instance": {kind: "volume", names: []string{"name"}, backups: []question{none("nothing backs it up")},
		replicated: []question{is("tier", "ENTERPRISE", "REGIONAL")}, protected: []question{on("deletion_protection_enabled")}},
	"google_redis_instance":       {kind: "cache"},
	"google_redis_cluster":        {kind: "cache"},
	"google_memcache_instance":    {kind: "cache"},
	"google_memorystore_instance": {kind: "cache"},

	// Azure
	"azurerm_postgresql_flexible_server": azureFlexible,
	"azurerm_mysql_flexible_server":      azureFlexible,
	"azurerm_postgresql_server":          azureServer,
	"azurerm_mysql_server":               azureServer,
	"azurerm_mariadb_server":             azureServer,
	"azurerm_mssql_database": {kind: "database", names: []string{"name"}, backups: []question{always("Azure SQL keeps backups for a week where nothing else is set")},
		replicated: []question{on("zone_redundant")}, protected: []question{on(prevented)}},
	"azurerm_mssql_managed_instance": {kind: "database", names: []string{"name"}, backups: []question{always("Azure SQL keeps backups for a week where nothing else is set")},
		replicated: []question{on("zone_redundant_enabled")}, protected: []question{on(prevented)}},
	"azurerm_cosmosdb_account": {kind: "database", names: []string{"name"}, backups: []question{always("Cosmos DB backs up every four hours where nothing else is set")},
		replicated: []question{always("Cosmos DB keeps four copies in a region")}, protected: []question{on(prevented)}},
	"azurerm_storage_account": {kind: "bucket", names: []string{"name"},
		protected: []question{on("blob_properties.versioning_enabled"), blocksNamed("blob_properties.delete_retention_policy", 1)}},
	"azurerm_managed_disk": {kind: "volume", names: []string{"name"}, backups: []question{none("nothing backs it up")},
		replicated: []question{is("storage_account_type", "Premium_ZRS", "StandardSSD_ZRS")}, protected: []question{on(prevented)}},
	"azurerm_redis_cache":   {kind: "cache"},
	"azurerm_managed_redis": {kind: "cache"},

	// Others
	"digitalocean_database_cluster": {kind: "database", names: []string{"name"}, backups: []question{always("DigitalOcean backs up daily")},
		replicated: []question{atLeast("node_count", 2)}, protected: []question{on(prevented)}},
	"digitalocean_spaces_bucket": {kind: "bucket", names: []string{"name"}, protected: []question{denies("force_destroy"), on("versioning.enabled").orElse(scorecard.No, "no versions of its objects are kept")}},
	"digitalocean_volume":        {kind: "volume", names: []string{"name"}, backups: []question{none("nothing backs it up")}, replicated: []question{none("it has one copy")}, protected: []question{on(prevented)}},
	"mongodbatlas_cluster":       atlas,
	"mongodbatlas_advanced_cluster": {kind: "database", names: []string{"name"}, backups: []question{on("backup_enabled")}, replicated: []question{always("an Atlas cluster is a replica set of three")},
		protected: []question{on("termination_protection_enabled")}},
	"scaleway_rdb_instance": {kind: "database", names: []string{"name"}, backups: []question{denies("disable_backup"), always("Scaleway backs up daily where nothing else is set")},
		replicated: []question{on("is_ha_cluster")}, protected: []question{on(prevented)}},
	"alicloud_db_instance": {kind: "database", names: []string{"instance_name"}, backups: []question{always("ApsaraDB keeps backups for a week where nothing else is set")},
		replicated: []question{on("zone_id_slave_a"), is("category", "HighAvailability", "AlwaysOn", "Finance", "cluster")}, protected: []question{on("deletion_protection")}},
}

var (
	searchDomain = storeType{kind: "search", names: []string{"domain_name"}, backups: []question{always("the service takes snapshots every hour")},
		replicated: []question{on("cluster_config.zone_awareness_enabled"), on("cluster_config.multi_az_with_standby_enabled"), atLeast("cluster_config.instance_count", 3)}}
	fsx = storeType{kind: "volume", backups: []question{on("automatic_backup_retention_days")},
		replicated: []question{is("deployment_type", "MULTI_AZ_1")}, protected: []question{on(prevented)}}
	azureFlexible = storeType{kind: "database", names: []string{"name"}, replica: "source_server_id",
		backups:    []question{on("backup_retention_days").orElse(scorecard.Yes, "Azure keeps backups for a week where nothing is set")},
		replicated: []question{is("high_availability.mode", "ZoneRedundant", "SameZone")}, protected: []question{on(prevented)}}
	azureServer = storeType{kind: "database", names: []string{"name"}, replica: "creation_source_server_id",
		backups:    []question{on("backup_retention_days").orElse(scorecard.Yes, "Azure keeps backups for a week where nothing is set")},
		replicated: []question{on("geo_redundant_backup_enabled")}, protected: []question{on(prevented)}}
	atlas = storeType{kind: "database", names: []string{"name"}, backups: []question{on("cloud_backup"), on("backup_enabled"), on("provider_backup_enabled")},
		replicated: []question{always("an Atlas cluster is a replica set of three")}, protected: []question{on("termination_protection_enabled")}}
)

// storeModules are well-known modules that make a store, and their inputs.
var storeModules = []struct {
	source lazyregexp.Regexp
	as     storeType
}{
	{lazyregexp.New(`terraform-aws-modules/(?:terraform-aws-)?rds(?:/aws|\.git|$|[?])(?:$|[?])?`), storeType{kind: "database", names: []string{"identifier", "db_name"}, replica: "replicate_source_db",
		backups: []question{on("backup_retention_period")}, replicated: []question{on("multi_az")}, protected: []question{on("deletion_protection")}}},
	{lazyregexp.New(`terraform-aws-modules/(?:terraform-aws-)?rds-aurora`), storeType{kind: "database", names: []string{"name", "database_name"},
		backups:    []question{on("backup_retention_period"), always("Aurora always keeps backups, for a day at least")},
		replicated: []question{atLeast("instances", 2), atLeast("replica_count", 1), on("db_cluster_instance_class"), on("autoscaling_enabled")}, protected: []question{on("deletion_protection")}}},
	{lazyregexp.New(`terraform-aws-modules/(?:terraform-aws-)?s3-bucket(?:/aws)?(?:\.git)?(?:$|[?])`), storeType{kind: "bucket", names: []string{"bucket", "bucket_prefix"},
		protected: []question{denies("force_destroy"), on("versioning.enabled"), is("versioning.status", "Enabled", "true"), on("object_lock_enabled")}}},
	{lazyregexp.New(`terraform-aws-modules/(?:terraform-aws-)?dynamodb-table`), storeType{kind: "database", names: []string{"name"},
		backups: []question{on("point_in_time_recovery_enabled")}, replicated: []question{always(zones)}, protected: []question{on("deletion_protection_enabled")}}},
	{lazyregexp.New(`terraform-aws-modules/(?:terraform-aws-)?efs`), storeType{kind: "volume", names: []string{"name"},
		backups: []question{on("enable_backup_policy").orElse(scorecard.Yes, "the module turns AWS Backup on where nothing is set")}, replicated: []question{denies("availability_zone_name"), always(zones)}}},
	{lazyregexp.New(`(?i)(?:terraform-google-modules|GoogleCloudPlatform)/(?:terraform-google-)?sql-db(?:/google)?(?:\.git)?//modules/(?:postgresql|mysql|mssql)`), storeType{kind: "database", names: []string{"name"},
		backups: []question{on("backup_configuration.enabled")}, replicated: []question{is("availability_type", "REGIONAL")},
		protected: []question{on("deletion_protection_enabled"), on("deletion_protection").orElse(scorecard.Yes, "the module refuses to delete it where nothing is set")}}},
	{lazyregexp.New(`(?i)terraform-google-modules/(?:terraform-google-)?cloud-storage(?:/google)?(?:\.git)?//modules/simple_bucket`), storeType{kind: "bucket", names: []string{"name"},
		protected: []question{denies("force_destroy"), on("versioning").orElse(scorecard.Yes, "the module turns versioning on where nothing is set")}}},
	{lazyregexp.New(`cloudposse/(?:terraform-aws-)?rds(?:/aws)?(?:\.git)?(?:$|[?])`), storeType{kind: "database", names: []string{"name", "database_name"},
		backups: []question{on("backup_retention_period")}, replicated: []question{on("multi_az")}, protected: []question{on("deletion_protection")}}},
	{lazyregexp.New(`cloudposse/(?:terraform-aws-)?rds-cluster`), storeType{kind: "database", names: []string{"name"},
		backups:    []question{on("retention_period").orElse(scorecard.Yes, "the module keeps backups for five days where nothing is set")},
		replicated: []question{atLeast("cluster_size", 2).orElse(scorecard.Yes, "the module makes two instances where nothing is set")}, protected: []question{on("deletion_protection")}}},
	{lazyregexp.New(`cloudposse/(?:terraform-aws-)?s3-bucket(?:/aws)?(?:\.git)?(?:$|[?])`), storeType{kind: "bucket", names: []string{"bucket_name", "name"},
		protected: []question{denies("force_destroy"), on("versioning_enabled").orElse(scorecard.Yes, "the module turns versioning on where nothing is set")}}},
	{lazyregexp.New(`cloudposse/(?:terraform-aws-)?dynamodb(?:/aws)?(?:\.git)?(?:$|[?])`), storeType{kind: "database", names: []string{"name"},
		backups:    []question{on("enable_point_in_time_recovery").orElse(scorecard.Yes, "the module turns recovery to a point in time on where nothing is set")},
		replicated: []question{always(zones)}, protected: []question{on("deletion_protection_enabled")}}},
	{lazyregexp.New(`(?:terraform-aws-modules|cloudposse)/(?:terraform-aws-)?(?:elasticache|elasticache-redis|elasticache-memcached)`), storeType{kind: "cache"}},
}
