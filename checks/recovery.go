package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// stateReads are the families that tell what keeps state and what becomes of it.
var stateReads = []scorecard.Family{scorecard.Kubernetes, scorecard.Infrastructure}

const noState = "nothing was seen in which the service keeps state"

var backupsScheduled = scorecard.Check{
	ID:      "backups-scheduled",
	Pillar:  scorecard.Recovery,
	Title:   "What the service keeps is backed up by the clock",
	Applies: "what keeps state: StatefulSets with volume claims or that are databases by their name or image, PersistentVolumeClaims, clusters of database operators, managed databases and disks; not caches",
	Passes: "a Velero, VolumeSnapshot, K8up or Stash schedule, a backup of the operator's own, a CronJob that dumps, a retention above 0, point-in-time recovery or a backup plan in Terraform, CloudFormation or Crossplane is over it; " +
		"managed databases that are backed up unless that is switched off pass",
	Why: "Replicas copy a wrong DELETE as faithfully as a right one, and a volume goes with its claim. What was not copied to another place at a known time is gone. " +
		"Backups that a person starts are not there on the day they are needed.",
	Fix: "Let the operator, the cloud or Velero take backups on a schedule, and keep them in another place than the data.",
	References: []scorecard.Reference{
		{Title: "Site Reliability Engineering: Data Integrity", URL: "https://sre.google/sre-book/data-integrity/"},
		{Title: "AWS Well-Architected: Perform data backup automatically", URL: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_backing_up_data_automated_backups_data.html"},
		{Title: "Velero: Backup API and schedules", URL: "https://velero.io/docs/main/api-types/schedule/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Critical, Effort: scorecard.Day,
	Reads:  stateReads,
	Charts: chartsOfStores,
	Rule: rule(words{"store", "is backed up on a schedule", noState}, func(s *survey) {
		ks := keepers(s.View)
		for i := range ks {
			countBackup(s, &ks[i])
		}
	}),
}

func countBackup(s *survey, k *keeper) {
	own := scorecard.Answer{Is: scorecard.No, Location: k.at, Says: "nothing backs it up"}
	if k.store != nil {
		own = k.store.Backups
	}
	if own.Is == scorecard.Yes {
		s.Pass(own.Location, "%s is backed up: %s", k.name, own.Says)
		return
	}
	running, stopped := covering(s.View, k)
	switch {
	case running != nil:
		s.Pass(running.Location, "%s is backed up by %s", k.name, backupName(running))
	case own.Is == scorecard.Open:
		s.Undecided(own.Location, "whether %s is backed up: %s", k.name, own.Says)
	case stopped != nil:
		s.Fail(stopped.Location, func() string { return backupRemedy(s, k) }, "%s would be backed up by %s, but %s", k.name, backupName(stopped), stopped.Stopped)
	case decided(own, k):
		s.Fail(own.Location, func() string { return backupRemedy(s, k) }, "%s is not backed up: %s", k.name, own.Says)
	default:
		s.Lack(own.Location, func() string { return backupRemedy(s, k) }, "no backup of %s was found: %s", k.name, own.Says)
	}
}

// decided reports whether an answer stands on a line of its own, not on what is not written.
func decided(a scorecard.Answer, k *keeper) bool {
	return a.Location != k.at && a.Location.FirstLine > 0
}

func backupName(b *scorecard.Backup) string {
	name := b.Tool
	switch {
	case b.Program != "":
		name = b.Location.Object.String() + " (" + b.Program + ")"
	case b.Location.Object.Kind != "":
		name = b.Location.Object.String() + " (" + b.Tool + ")"
	case b.Name != "":
		name += " " + b.Name
	}
	return name
}

var dataReplicated = scorecard.Check{
	ID:      "data-replicated",
	Pillar:  scorecard.Recovery,
	Title:   "The loss of one copy of the data is not the loss of the service",
	Applies: "what keeps state: StatefulSets with volume claims or that are databases by their name or image, PersistentVolumeClaims, clusters of database operators, managed databases and disks; not caches",
	Passes: "three replicas, two of a database that an operator fails over, a database in several zones (`multi_az`, `availability_type = \"REGIONAL\"`, zone-redundant), two cluster instances, or storage that keeps copies by itself; " +
		"that the program in a StatefulSet copies its data between the replicas can't be seen",
	Why: "A volume lives in one zone, mostly on one machine. Until it is back, or restored from a backup, the service has no data: minutes to hours, and all that was written since the backup is lost. " +
		"With a second copy in another zone the loss of one is a failover.",
	Fix: "Run the database with a standby in another zone or with three members, or keep the data in a storage that is replicated.",
	References: []scorecard.Reference{
		{Title: "AWS Well-Architected: Deploy the workload to multiple locations", URL: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_fault_isolation_multiaz_region_system.html"},
		{Title: "Kubernetes: StatefulSets", URL: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/"},
		{Title: "Google Cloud SQL: About high availability", URL: "https://cloud.google.com/sql/docs/postgres/high-availability"},
	},
	Level: scorecard.Gold, Weight: scorecard.High, Effort: scorecard.Day,
	Reads:  stateReads,
	Charts: chartsOfStores,
	Rule: rule(words{"store", "keeps more than one copy", noState}, func(s *survey) {
		ks := keepers(s.View)
		for i := range ks {
			countReplication(s, &ks[i])
		}
	}),
}

func countReplication(s *survey, k *keeper) {
	a := replication(s, k)
	if a.Is != scorecard.Yes && (k.workload != nil || k.store.Type == "PersistentVolumeClaim") {
		if c := storageClassOf(s.View, k); c != nil && c.Replicated.Is != "" {
			a = c.Replicated
		}
	}
	switch a.Is {
	case scorecard.Yes:
		s.Pass(a.Location, "%s is replicated: %s", k.name, a.Says)
	case scorecard.Open:
		s.Undecided(a.Location, "whether %s is replicated: %s", k.name, a.Says)
	case scorecard.No:
		s.Fail(a.Location, func() string { return replicaRemedy(s, k) }, "%s is not replicated: %s", k.name, a.Says)
	}
}

// enoughReplicas is how many replicas of a StatefulSet keep the data through the loss of one.
const enoughReplicas = 3

func replication(s *survey, k *keeper) scorecard.Answer {
	if k.store != nil {
		return k.store.Replicated
	}
	w := k.workload
	if k.claim != "" || len(w.ClaimTemplates) == 0 {
		return scorecard.Answer{Is: scorecard.No, Location: k.at, Says: "one volume holds the only copy"}
	}
	if !w.Readable("spec.replicas") {
		return scorecard.Answer{Is: scorecard.Open, Location: w.At("spec.replicas"), Says: "its replicas can't be known from files"}
	}
	n, at := s.Replicas(w)
	a := scorecard.Answer{Is: scorecard.Yes, Location: at, Says: fmt.Sprintf("it has %s", plural(n, "replica"))}
	if n < enoughReplicas {
		a.Is = scorecard.No
		a.Says += fmt.Sprintf(", and a copy survives the loss of one with %d", enoughReplicas)
	}
	return a
}

var deleteProtected = scorecard.Check{
	ID:      "delete-protected",
	Pillar:  scorecard.Recovery,
	Title:   "Data is not deleted by a slip",
	Applies: "managed databases, buckets and disks that are declared as code, and volume claims of which files tell the storage class or the volume; not caches",
	Passes:  "`deletion_protection`, `prevent_destroy`, versioning, soft delete or a lock; `DeletionPolicy: Retain` or a snapshot; `deletionPolicy: Orphan`; `reclaimPolicy: Retain`; `force_destroy = true` fails",
	Why: "A renamed resource, a wrong workspace or a deleted namespace is one command away from deleting a database, and `terraform apply` asks once for all its changes together. " +
		"Protection makes of it an error message.",
	Fix: "Switch deletion protection on, keep versions of objects, and let volumes outlive their claims.",
	References: []scorecard.Reference{
		{Title: "Terraform: the lifecycle meta-argument, prevent_destroy", URL: "https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle"},
		{Title: "Amazon RDS: Deleting a DB instance", URL: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"},
		{Title: "Kubernetes: Persistent Volumes, reclaiming", URL: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming"},
	},
	Level: scorecard.Silver, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads:  stateReads,
	Charts: chartsOfStores,
	Rule: rule(words{"store", "is kept from deletion", "no managed database, bucket or volume is declared of which files tell"}, func(s *survey) {
		for i := range s.Stores {
			d := &s.Stores[i]
			if !d.State() {
				continue
			}
			k := keeper{store: d, at: d.Location, name: d.Called()}
			if a := d.Protected; a.Is != "" {
				countProtection(s, &k, a)
			} else if d.Type == "PersistentVolumeClaim" {
				countReclaim(s, &k)
			}
		}
		ks := keepers(s.View)
		for i := range ks {
			if ks[i].workload != nil {
				countReclaim(s, &ks[i])
			}
		}
	}),
}

func countProtection(s *survey, k *keeper, a scorecard.Answer) {
	switch {
	case a.Is == scorecard.Yes:
		s.Pass(a.Location, "%s is kept from deletion: %s", k.name, a.Says)
	case a.Is == scorecard.Open:
		s.Undecided(a.Location, "whether %s is kept from deletion: %s", k.name, a.Says)
	default:
		s.Fail(a.Location, func() string { return protectRemedy(k) }, "%s can be deleted: %s", k.name, a.Says)
	}
}

// countReclaim counts a claim by the class or volume that files show. Of the cluster's
// own classes nothing is known, and such a claim is no subject.
func countReclaim(s *survey, k *keeper) {
	c := storageClassOf(s.View, k)
	switch {
	case c == nil:
	case c.Retain:
		s.Pass(c.Location, "the volumes of %s are kept: %s retains them", k.name, c.Location.Object)
	default:
		s.Fail(c.Location, func() string { return retainRemedy(c) }, "the volumes of %s are deleted with their claims: %s does not retain them", k.name, c.Location.Object)
	}
}

var drPlan = scorecard.Check{
	ID:      "dr-plan",
	Pillar:  scorecard.Recovery,
	Title:   "It is written how long recovery may take and how much data may be lost",
	Applies: "services that keep state, and services of tier 1",
	Passes:  "a document about recovery with a recovery time objective (RTO) and a recovery point objective (RPO), both with values",
	Why: "Without the two numbers nobody can say whether nightly backups are enough or a standby is needed, and in the disaster it is decided by whoever is awake. " +
		"With them backups, replicas and drills can be held against something.",
	Fix: "Agree on both with those who depend on the service, write them down beside the steps of recovery, and check them in drills.",
	References: []scorecard.Reference{
		{Title: "AWS Well-Architected: Define recovery objectives for downtime and data loss", URL: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_planning_for_recovery_objective_defined_recovery.html"},
		{Title: "Google Cloud: Disaster recovery planning guide", URL: "https://cloud.google.com/architecture/dr-scenarios-planning-guide"},
	},
	Level: scorecard.Gold, Weight: scorecard.High, Effort: scorecard.Day,
	Reads:  []scorecard.Family{scorecard.Documents, scorecard.Kubernetes, scorecard.Infrastructure, scorecard.Catalog},
	Charts: chartsOfStores,
	Rule: func(v *scorecard.View) scorecard.Finding {
		if len(keepers(v)) == 0 && !tierOne(v) {
			return scorecard.Skip("%s, and its tier is not the first", noState)
		}
		var found, half []scorecard.Evidence
		for i := range v.Documents {
			d := &v.Documents[i]
			switch {
			case d.Kind != scorecard.RecoveryPlan:
			case d.RTO != "" && d.RPO != "":
				found = append(found, scorecard.Evidence{Location: d.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s says an RTO of %s and an RPO of %s", d.Location.Path, d.RTO, d.RPO)})
			default:
				half = append(half, scorecard.Evidence{Location: d.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("%s names %s without values for both", d.Location.Path, named2(d))})
			}
		}
		if len(found) > 0 {
			return whole(found)
		}
		remedy := func() string { return planRemedy(&v.Service) }
		if len(half) > 0 {
			return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: half[0].Message, Evidence: half, Remedy: remedy}
		}
		return scorecard.Missing(remedy, "no document with an RTO and an RPO was found in what is connected")
	},
}

func named2(d *scorecard.Document) string {
	switch {
	case d.RTO != "":
		return "an RTO"
	case d.RPO != "":
		return "an RPO"
	}
	return "recovery objectives"
}

var restoreDrilled = scorecard.Check{
	ID:      "restore-drilled",
	Pillar:  scorecard.Recovery,
	Title:   "Recovery was tried within a year",
	Applies: "services that keep state, and services of tier 1",
	Passes:  "the record of a drill (a restore, a failover, a game day) with a date within 12 months of the scan, or a job that restores backups by the clock",
	Why: "Nobody wants backups, people want restores. A backup that was never restored fails in the restore: it is empty, its key is gone, or it takes three days. " +
		"A drill finds that out on a day of your own choosing.",
	Fix: "Restore the last backup into an empty database on a schedule, or drill it once a year and write down when and how long it took.",
	References: []scorecard.Reference{
		{Title: "Site Reliability Engineering: Data Integrity", URL: "https://sre.google/sre-book/data-integrity/"},
		{Title: "AWS Well-Architected: Perform periodic recovery of the data to verify backup integrity", URL: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_backing_up_data_periodic_recovery_testing_data.html"},
	},
	Level: scorecard.Platinum, Weight: scorecard.High, Effort: scorecard.Day,
	Reads:  []scorecard.Family{scorecard.Documents, scorecard.Kubernetes, scorecard.Infrastructure, scorecard.Catalog, scorecard.History},
	Charts: chartsOfStores,
	Rule: func(v *scorecard.View) scorecard.Finding {
		if len(keepers(v)) == 0 && !tierOne(v) {
			return scorecard.Skip("%s, and its tier is not the first", noState)
		}
		return drilled(v)
	},
}

func drilled(v *scorecard.View) scorecard.Finding {
	var found, old, open []scorecard.Evidence
	for i := range v.Backups {
		switch b := &v.Backups[i]; {
		case !b.Restores:
		case b.Stopped != "":
			old = append(old, scorecard.Evidence{Location: b.Location, Outcome: scorecard.Fail, Message: fmt.Sprintf("%s restores backups, but %s", backupName(b), b.Stopped)})
		default:
			found = append(found, scorecard.Evidence{Location: b.Location, Outcome: scorecard.Pass, Message: backupName(b) + " restores backups by the clock"})
		}
	}
	for i := range v.Documents {
		d := &v.Documents[i]
		if d.Kind != scorecard.RestoreDrill || d.Date == "" {
			continue
		}
		e := scorecard.Evidence{Location: d.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s records a drill of %s", d.Location.Path, d.Date)}
		switch fresh, known := withinYear(d.Date, v.AsOf); {
		case !known:
			e.Outcome = scorecard.Unknown
			open = append(open, e)
		case fresh:
			found = append(found, e)
		default:
			e.Outcome = scorecard.Fail
			e.Message += ", which is not within the 12 months before the scan"
			old = append(old, e)
		}
	}
	remedy := func() string { return drillRemedy(v) }
	switch {
	case len(found) > 0:
		return whole(found)
	case len(open) > 0:
		return scorecard.Finding{Outcome: scorecard.Unknown, Subjects: 1, Undecided: 1, Reason: open[0].Message + ", and the day of the scan is not known", Evidence: open}
	case len(old) > 0:
		return scorecard.Finding{Outcome: scorecard.Fail, Subjects: 1, Reason: old[0].Message, Evidence: old, Remedy: remedy}
	}
	return scorecard.Missing(remedy, "no dated drill and no automated restore test was found in what is connected")
}

// withinYear reports whether a day, or a month, is at most 12 months before the day of
// the scan; known is false where that is not said or the date makes no sense.
func withinYear(date, asOf string) (fresh, known bool) {
	if len(asOf) < len("2006-01") || len(date) < len("2006-01") {
		return false, false
	}
	n := min(len(date), len(asOf))
	var year int
	if _, err := fmt.Sscanf(asOf[:4], "%d", &year); err != nil {
		return false, false
	}
	from := fmt.Sprintf("%04d", year-1) + asOf[4:]
	return strings.Compare(date[:n], from[:n]) >= 0 && strings.Compare(date[:n], asOf[:n]) <= 0, true
}
