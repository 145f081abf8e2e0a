package recovery

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// managedKind is a kind by which Crossplane, Config Connector or an AWS controller is
// asked for something that keeps data.
type managedKind struct {
	groups []string
	kind   string
	// Fields below what is asked for, in the spellings of the providers. A question
	// without any is not asked.
	backups, replicated, protected []string
	// always answers by the nature of the thing.
	replicatedAlways bool
	backupsDefault   string // the answer where nothing is written
}

var (
	crossplane = []string{".aws.crossplane.io", ".aws.upbound.io", ".aws.m.upbound.io", ".gcp.crossplane.io", ".gcp.upbound.io", ".gcp.m.upbound.io", ".azure.crossplane.io", ".azure.upbound.io", ".azure.m.upbound.io",
		".services.k8s.aws", ".cnrm.cloud.google.com"}
	relational = managedKind{groups: crossplane, kind: "database", backups: []string{"backupRetentionPeriod", "backupRetentionDays"}, replicated: []string{"multiAz", "multiAZ", "highAvailability.0.mode"}, protected: []string{"deletionProtection"}}
	aurora     = managedKind{groups: crossplane, kind: "database", backups: []string{"backupRetentionPeriod"}, backupsDefault: scorecard.Yes, replicated: []string{"dbClusterInstanceClass", "availabilityZones"}, protected: []string{"deletionProtection"}}
	cloudSQL   = managedKind{groups: crossplane, kind: "database", backups: []string{"settings.0.backupConfiguration.0.enabled", "settings.backupConfiguration.enabled"},
		replicated: []string{"settings.0.availabilityType", "settings.availabilityType"}, protected: []string{"deletionProtection", "settings.0.deletionProtectionEnabled", "settings.deletionProtectionEnabled"}}
	dynamo = managedKind{groups: crossplane, kind: "database", backups: []string{"pointInTimeRecovery.0.enabled", "pointInTimeRecoveryEnabled", "continuousBackups.pointInTimeRecoveryEnabled"}, replicatedAlways: true,
		protected: []string{"deletionProtectionEnabled"}}
	bucket  = managedKind{groups: crossplane, kind: "bucket", protected: []string{"versioning.0.enabled", "versioning.enabled", "versioningConfiguration.status", "versioning.status"}}
	azureDB = managedKind{groups: crossplane, kind: "database", backups: []string{"backupRetentionDays"}, backupsDefault: scorecard.Yes, replicated: []string{"highAvailability.0.mode", "highAvailability.mode"}, protected: []string{"deletionProtection"}}
)

var managedKinds = map[string]managedKind{
	"RDSInstance": relational, "DBInstance": relational, "Instance": inOnly(relational, "rds.aws.crossplane.io", "rds.aws.upbound.io", "rds.aws.m.upbound.io"),
	"DBCluster": aurora, "CloudSQLInstance": cloudSQL, "DatabaseInstance": cloudSQL, "SQLInstance": cloudSQL,
	"Table":  inOnly(dynamo, "dynamodb.aws.crossplane.io", "dynamodb.aws.upbound.io", "dynamodb.aws.m.upbound.io", "dynamodb.services.k8s.aws"),
	"Bucket": bucket, "StorageBucket": bucket, "FlexibleServer": azureDB, "PostgreSQLServer": azureDB, "MySQLServer": azureDB,
}

func inOnly(m managedKind, groups ...string) managedKind {
	m.groups = groups
	return m
}

// read makes a store of the object.
func (m managedKind) read(o object, into *scorecard.Facts) {
	d := o.store(m.kind)
	d.Managed = true
	group := o.at.Object.Group()
	base := "spec.forProvider"
	switch {
	case strings.HasSuffix(group, "cnrm.cloud.google.com"):
		d.Tool, base = "config-connector", "spec"
	case strings.HasSuffix(group, "services.k8s.aws"):
		d.Tool, base = "ack", "spec"
	default:
		d.Tool = "crossplane"
	}
	if scratch(d.Name) && m.kind == "bucket" {
		d.Kind = "cache"
	}
	if o.written(base+".replicateSourceDb") || o.written(base+".masterInstanceName") || o.written(base+".instanceRef") && m.kind == "database" && o.at.Object.Kind == "SQLInstance" {
		return
	}
	d.Backups = o.any(base, m.backups, m.backupsDefault)
	d.Replicated = o.any(base, m.replicated, "")
	if m.replicatedAlways {
		d.Replicated = answer(scorecard.Yes, o.at, "it is kept in several zones by the service itself")
	}
	d.Protected = o.any(base, m.protected, "")
	if o.text(base+".forceDestroy") == "true" {
		d.Protected = answer(scorecard.No, o.place(base+".forceDestroy"), "forceDestroy is true")
	}
	o.kept(&d)
	into.Stores = append(into.Stores, d)
}

// kept: what the object asked for stays when the object is deleted.
func (o object) kept(d *scorecard.DataStore) {
	if o.text("spec.deletionPolicy") == "Orphan" {
		d.Protected = answer(scorecard.Yes, o.place("spec.deletionPolicy"), "deletionPolicy is Orphan")
	}
	for _, key := range []string{"cnrm.cloud.google.com/deletion-policy", "services.k8s.aws/deletion-policy"} {
		n := object{o.get("metadata.annotations"), o.at}
		if n.node == nil {
			continue
		}
		for i := 0; i+1 < len(n.node.Content); i += 2 {
			if n.node.Content[i].Value == key && (n.node.Content[i+1].Value == "abandon" || n.node.Content[i+1].Value == "retain") {
				d.Protected = answer(scorecard.Yes, o.at, key+" is "+n.node.Content[i+1].Value)
			}
		}
	}
}

// any asks fields of which one that is on is a yes; a list that holds one mapping, as
// Terraform's blocks become, is walked by `.0.`.
func (o object) any(base string, fields []string, unset string) scorecard.Answer {
	if len(fields) == 0 {
		return scorecard.Answer{}
	}
	var no scorecard.Answer
	for _, f := range fields {
		node, path := o.first(base + "." + f)
		in := object{node, o.at}
		if node == nil || !in.written(path) {
			continue
		}
		name := path[strings.LastIndexByte(path, '.')+1:]
		at := in.place(path)
		at.Field = base + "." + f
		value := in.text(path)
		switch {
		case value == "" && len(in.get(path).Content) == 0:
			return answer(scorecard.Open, at, name+" can't be known from files")
		case name == "availabilityType" && value != "REGIONAL", name == "mode" && value == "Disabled", name == "status" && value != "Enabled",
			value == "false", value == "0":
			no = answer(scorecard.No, at, name+" is "+value)
		default:
			return answer(scorecard.Yes, at, strings.TrimSpace(name+" is "+value))
		}
	}
	switch {
	case no.Is != "":
		return no
	case unset != "":
		return answer(unset, o.at, "the service keeps backups where nothing is set")
	}
	short := strings.ReplaceAll(fields[0], ".0", "")
	return answer(scorecard.No, o.at, short+" is not set")
}
