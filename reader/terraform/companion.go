package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// companion is a resource that answers a question about the store that it names.
type companion struct {
	attr string // names the store
	// which is the question that it answers: "backups", "replicated", "protected".
	which string
	ask   []question
	// least is how many of it there must be; 0 is one.
	least int
	says  string
}

var companions = map[string][]companion{
	"aws_s3_bucket_versioning":                                           {{attr: "bucket", which: "protected", ask: []question{is("versioning_configuration.status", "Enabled")}}},
	"aws_s3_bucket_object_lock_configuration":                            {{attr: "bucket", which: "protected", says: "objects are locked"}},
	"aws_efs_backup_policy":                                              {{attr: "file_system_id", which: "backups", ask: []question{is("backup_policy.status", "ENABLED")}}},
	"aws_rds_cluster_instance":                                           {{attr: "cluster_identifier", which: "replicated", least: 2, says: "the cluster has two instances or more"}},
	"aws_docdb_cluster_instance":                                         {{attr: "cluster_identifier", which: "replicated", least: 2, says: "the cluster has two instances or more"}},
	"aws_neptune_cluster_instance":                                       {{attr: "cluster_identifier", which: "replicated", least: 2, says: "the cluster has two instances or more"}},
	"aws_db_instance":                                                    {{attr: "replicate_source_db", which: "replicated", says: "it has a read replica"}},
	"google_sql_database_instance":                                       {{attr: "master_instance_name", which: "replicated", says: "it has a read replica"}},
	"google_compute_disk_resource_policy_attachment":                     {{attr: "disk", which: "backups", says: "a schedule of snapshots is attached"}},
	"google_compute_region_disk_resource_policy_attachment":              {{attr: "disk", which: "backups", says: "a schedule of snapshots is attached"}},
	"google_spanner_backup_schedule":                                     {{attr: "instance", which: "backups", says: "it has a backup schedule"}},
	"google_firestore_backup_schedule":                                   {{attr: "database", which: "backups", says: "it has a backup schedule"}},
	"google_alloydb_instance":                                            {{attr: "cluster", which: "replicated", ask: []question{is("availability_type", "REGIONAL")}}},
	"azurerm_management_lock":                                            {{attr: "scope", which: "protected", says: "a management lock keeps it"}},
	"azurerm_data_protection_backup_instance_disk":                       {{attr: "disk_id", which: "backups", says: "Azure Backup protects it"}},
	"azurerm_data_protection_backup_instance_postgresql_flexible_server": {{attr: "server_id", which: "backups", says: "Azure Backup protects it"}},
	"azurerm_data_protection_backup_instance_mysql_flexible_server":      {{attr: "server_id", which: "backups", says: "Azure Backup protects it"}},
	"mongodbatlas_cloud_backup_schedule":                                 {{attr: "cluster_name", which: "backups", says: "it has a backup schedule"}},
}

// answerOf is the store's answer to a question by its name.
func (s *store) answerOf(which string) *scorecard.Answer {
	switch which {
	case "backups":
		return &s.Backups
	case "replicated":
		return &s.Replicated
	}
	return &s.Protected
}

// companions lets what stands beside the stores answer for them.
func (k *keeper) companions(all []*instance) {
	for _, x := range all {
		count := map[*scorecard.Answer]int{}
		for _, b := range x.f.blocks {
			if b.typ != "resource" {
				continue
			}
			n, known := x.made(b)
			if n == 0 {
				continue
			}
			for _, c := range companions[b.label(0)] {
				k.companion(x, b, c, n, known, count)
			}
			switch b.label(0) {
			case "aws_backup_selection":
				k.selection(x, b)
			case "aws_dlm_lifecycle_policy":
				k.lifecyclePolicy(x, b)
			}
		}
	}
}

func (k *keeper) companion(x *instance, b *block, c companion, n int, known bool, count map[*scorecard.Answer]int) {
	for _, s := range k.stores {
		if s.b == b || s.x != x && s.Root != x.root || !x.about(b, c.attr, s) {
			continue
		}
		to := s.answerOf(c.which)
		count[to] += n
		a := scorecard.Answer{Is: scorecard.Yes, Location: b.location(), Says: c.says}
		switch {
		case len(c.ask) > 0:
			a = x.ask(b, c.ask)
		case count[to] < c.least && !known:
			a = scorecard.Answer{Is: scorecard.Open, Location: b.location(), Says: "how many instances the cluster has can't be known from files"}
		case count[to] < c.least:
			a = scorecard.Answer{Is: scorecard.No, Location: b.location(), Says: "the cluster has one instance"}
		}
		if vetoed(*to) || rank(a) < rank(*to) {
			continue
		}
		*to = a
	}
}

// vetoed: what is written on the thing itself decides against it.
func vetoed(a scorecard.Answer) bool {
	return a.Is == scorecard.No && strings.HasPrefix(a.Says, "force_destroy ")
}

func rank(a scorecard.Answer) int {
	return slices.Index([]string{scorecard.No, scorecard.Open, scorecard.Yes}, a.Is)
}

// arnTypes are the services in Amazon's resource names, and the types of stores in them.
var arnTypes = map[string][]string{
	"rds":      {"aws_db_", "aws_rds_", "aws_docdb_", "aws_neptune_", "module terraform-aws-modules/rds", "module cloudposse/rds"},
	"dynamodb": {"aws_dynamodb_", "module terraform-aws-modules/dynamodb"}, "elasticfilesystem": {"aws_efs_", "module terraform-aws-modules/efs"},
	"ec2": {"aws_ebs_"}, "s3": {"aws_s3_", "module terraform-aws-modules/s3"}, "fsx": {"aws_fsx_"}, "redshift": {"aws_redshift_"},
}

// selection reads what an AWS Backup plan is over: resources by reference or name, and
// those with a tag.
func (k *keeper) selection(x *instance, b *block) {
	a := scorecard.Answer{Is: scorecard.Yes, Location: b.location(), Says: "AWS Backup selects it"}
	tags, _ := x.nested(b, "selection_tag")
	var wild []string
	if e := exprOf(b, "resources"); e != nil {
		for _, part := range listOf(x.value(e)) {
			if strings.Contains(part, "*") {
				wild = append(wild, part)
			}
		}
	}
	k.backups = append(k.backups, scorecard.Backup{Location: b.location(), Tool: "aws-backup", Name: b.label(1)})
	for _, s := range k.stores {
		if !strings.Contains(s.Type, "aws") && !strings.Contains(s.Type, "cloudposse") || s.Backups.Is == "" || s.Backups.Is == scorecard.Yes {
			continue
		}
		switch {
		case x.about(b, "resources", s), slices.ContainsFunc(wild, func(w string) bool { return arnCovers(w, s.Type) }):
			s.Backups = a
		default:
			for _, tag := range tags {
				k.tagged(x, tag, "key", "value", s, a)
			}
		}
	}
}

// tagged lets a selection by a tag answer for a store that has it, or may.
func (k *keeper) tagged(x *instance, tag *block, keyAttr, valueAttr string, s *store, a scorecard.Answer) {
	kv, _, _ := x.find(tag, keyAttr)
	vv, _, _ := x.find(tag, valueAttr)
	k.byTag(kv, vv, s, a)
}

func (k *keeper) byTag(kv, vv cty.Value, s *store, a scorecard.Answer) {
	if kv == cty.NilVal || vv == cty.NilVal {
		return
	}
	key, known := plainText(kv)
	want, alsoKnown := plainText(vv)
	switch got, have := s.tags[key]; {
	case known && alsoKnown && have && got == want:
		s.Backups = a
	case known && alsoKnown && have:
	case s.open || !known || !alsoKnown:
		a.Is, a.Says = scorecard.Open, "AWS Backup selects by a tag, and whether it has that can't be known from files"
		s.Backups = a
	}
}

func arnCovers(arn, typ string) bool {
	if arn == "*" {
		return true
	}
	parts := strings.Split(arn, ":")
	if len(parts) < 4 {
		return false
	}
	if parts[2] == "*" {
		return true
	}
	return slices.ContainsFunc(arnTypes[parts[2]], func(p string) bool { return strings.HasPrefix(typ, p) })
}

// lifecyclePolicy reads what the snapshots of Data Lifecycle Manager are over: volumes with a tag.
func (k *keeper) lifecyclePolicy(x *instance, b *block) {
	k.backups = append(k.backups, scorecard.Backup{Location: b.location(), Tool: "aws-dlm", Name: b.label(1)})
	if v, _, ok := x.find(b, "state"); ok {
		if text, known := plainText(v); known && text == "DISABLED" {
			k.backups[len(k.backups)-1].Stopped = "it is disabled"
			return
		}
	}
	v, _, ok := x.find(b, "policy_details.target_tags")
	if !ok || !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return
	}
	a := scorecard.Answer{Is: scorecard.Yes, Location: b.location(), Says: "Data Lifecycle Manager snapshots it"}
	for _, s := range k.stores {
		if s.Type != "aws_ebs_volume" || s.Backups.Is == scorecard.Yes {
			continue
		}
		for it := v.ElementIterator(); it.Next(); {
			key, val := it.Element()
			if key.Type() == cty.String {
				k.byTag(key, val, s, a)
			}
		}
	}
}

// listOf are the known texts of a list.
func listOf(v cty.Value) (out []string) {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return nil
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if text, known := plainText(e); known {
			out = append(out, text)
		}
	}
	return out
}

// secretData are data sources and resources by which secrets come from a cloud's store.
var secretData = map[string]string{
	"aws_secretsmanager_secret": "aws-secrets-manager", "aws_secretsmanager_secret_version": "aws-secrets-manager", "aws_secretsmanager_random_password": "",
	"google_secret_manager_secret": "google-secret-manager", "google_secret_manager_secret_version": "google-secret-manager",
	"google_secret_manager_secret_version_access": "google-secret-manager", "azurerm_key_vault_secret": "azure-key-vault",
	"vault_generic_secret": "vault", "vault_kv_secret_v2": "vault", "vault_kv_secret": "vault", "vault_aws_access_credentials": "vault",
	"onepassword_item": "1password", "sops_file": "sops", "doppler_secrets": "doppler", "infisical_secrets": "infisical",
}

// aside reads what has to do with secrets, backups of clusters and experiments.
func (k *keeper) aside(x *instance, b *block) {
	typ := b.label(0)
	if n, _ := x.made(b); n == 0 {
		return
	}
	key := b.location().String() + "\x00" + typ
	if name, _ := x.runs(b); name != "" { // one for each service that a module runs
		key += "\x00" + name
	}
	if k.seen == nil {
		k.seen = map[string]bool{}
	}
	if k.seen[key] {
		return
	}
	k.seen[key] = true
	switch tool := secretData[typ]; {
	case tool != "":
		k.secrets = append(k.secrets, scorecard.SecretSource{Location: b.location(), Tool: tool, Name: b.label(1)})
	case b.typ != "resource":
	case typ == "aws_fis_experiment_template":
		k.experiments = append(k.experiments, scorecard.Experiment{Location: b.location(), Tool: "aws-fis", Name: b.label(1)})
	case typ == "google_gke_backup_backup_plan":
		k.backups = append(k.backups, x.clusterBackup(b))
	case typ == "aws_ecs_task_definition" || strings.HasPrefix(typ, "google_cloud_run_"):
		k.fromStore(x, b)
		if typ == "aws_ecs_task_definition" {
			k.task(x, b)
			break
		}
		k.platform(x, b)
	case strings.HasPrefix(typ, "azurerm_container_app"):
		k.platform(x, b)
	case typ == "aws_lambda_function":
		k.function(x, b)
	}
}

// clusterBackup reads what a GKE backup plan is over.
func (x *instance) clusterBackup(b *block) scorecard.Backup {
	out := scorecard.Backup{Location: b.location(), Tool: "gke-backup", Name: b.label(1)}
	if v, _, ok := x.find(b, "backup_config.all_namespaces"); ok {
		text, known := plainText(v)
		out.Everything = known && text == "true"
	}
	if v, _, ok := x.find(b, "backup_config.selected_namespaces.namespaces"); ok {
		out.Namespaces = listOf(v)
		out.Everything = len(out.Namespaces) > 0
	}
	if v, _, ok := x.find(b, "backup_config.include_volume_data"); !ok {
		out.Stopped = "it includes no data of volumes"
	} else if text, known := plainText(v); known && text == "false" {
		out.Stopped = "it includes no data of volumes"
	}
	if _, _, ok := x.find(b, "backup_schedule.cron_schedule"); !ok {
		if _, _, ok := x.find(b, "backup_schedule.rpo_config.target_rpo_minutes"); !ok {
			out.Stopped = "it has no schedule"
		}
	}
	return out
}

// fromStore notes the secrets of a store that a deployed thing is given.
func (k *keeper) fromStore(x *instance, b *block) {
	name, _ := x.runs(b)
	if strings.HasPrefix(b.label(0), "aws_ecs_") {
		if e := exprOf(b, "container_definitions"); e != nil && secretsIn(e) {
			k.secrets = append(k.secrets, scorecard.SecretSource{Location: placeOf(b, e), Tool: "ecs", Name: name})
		}
		return
	}
	if body, native := b.body.(*hclsyntax.Body); native {
		if line := secretRef(body); line > 0 {
			at := scorecard.Location{Path: b.path, FirstLine: line, LastLine: line}
			k.secrets = append(k.secrets, scorecard.SecretSource{Location: at, Tool: "cloud-run", Name: name})
		}
	}
}

// secretRef is the line of the first secret_key_ref, or of a volume's secret, within a
// body; 0 where there is none.
func secretRef(body *hclsyntax.Body) int {
	for _, b := range body.Blocks {
		if b.Type == "secret_key_ref" {
			return b.DefRange().Start.Line
		}
		if line := secretRef(b.Body); line > 0 {
			return line
		}
	}
	return 0
}

// secretsIn reports whether container definitions give a container secrets of a store:
// an object that is written out with a member `secrets`, or JSON text with one.
func secretsIn(e hcl.Expression) (found bool) {
	native, ok := e.(hclsyntax.Expression)
	if !ok {
		return false
	}
	hclsyntax.VisitAll(native, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.ObjectConsKeyExpr:
			found = found || hcl.ExprAsKeyword(n.Wrapped) == "secrets"
		case *hclsyntax.LiteralValueExpr:
			if n.Val.Type() == cty.String && n.Val.IsKnown() && !n.Val.IsNull() {
				text := n.Val.AsString()
				found = found || strings.Contains(text, `"secrets"`) || text == "secrets"
			}
		}
		return nil
	})
	return found
}
