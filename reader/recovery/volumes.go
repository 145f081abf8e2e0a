package recovery

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// claim reads a PersistentVolumeClaim. What a copy of other data is kept in, or what
// can be lost, is told by its name.
func claim(o object, into *scorecard.Facts) {
	d := o.store("volume")
	if scratch(d.Name) {
		d.Kind = "cache"
	}
	d.Class = o.text("spec.storageClassName")
	for _, mode := range texts(o.get("spec.accessModes")) {
		d.Shared = d.Shared || mode == "ReadWriteMany" || mode == "ReadOnlyMany"
	}
	d.Backups = answer(scorecard.No, o.at, "nothing backs it up")
	if d.Shared {
		d.Replicated = answer(scorecard.Open, o.place("spec.accessModes"), "whether the shared file system keeps copies can't be known from files")
	} else {
		d.Replicated = answer(scorecard.No, o.at, "one volume holds the only copy")
	}
	for _, a := range []struct{ key, value string }{
		{"helm.sh/resource-policy", "keep"}, {"argocd.argoproj.io/sync-options", "Prune=false"}, {"argocd.argoproj.io/sync-options", "Delete=false"},
		{"kustomize.toolkit.fluxcd.io/prune", "disabled"},
	} {
		if v := yamldoc.String(yamldoc.Get(o.get("metadata.annotations"), a.key)); strings.Contains(v, a.value) {
			at := o.at
			if at.FirstLine > 0 {
				line := yamldoc.KeyLine(o.get("metadata.annotations"), a.key)
				at = at.At("metadata.annotations", line, line)
			}
			d.Protected = answer(scorecard.Yes, at, a.key+" is "+a.value)
		}
	}
	into.Stores = append(into.Stores, d)
}

// scratch reports whether a claim's name says that it can be lost, or that it holds
// copies itself.
func scratch(name string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }) {
		if slices.Contains([]string{"cache", "caches", "tmp", "temp", "scratch", "backup", "backups", "dump", "dumps"}, w) {
			return true
		}
	}
	return false
}

// volume reads a PersistentVolume, whose policy is that of the claim bound to it.
func volume(o object, into *scorecard.Facts) {
	c := scorecard.StorageClass{Location: o.at, Name: o.text("spec.storageClassName")}
	c.Claim = "*/"
	if name := o.text("spec.claimRef.name"); name != "" {
		c.Claim = o.text("spec.claimRef.namespace") + "/" + name
	}
	// One that a person made is kept where nothing is written.
	policy := o.text("spec.persistentVolumeReclaimPolicy")
	c.Retain = policy == "" || policy == "Retain"
	into.StorageClasses = append(into.StorageClasses, c)
}

// storageClass reads what happens to volumes of a class, and whether they have copies.
func storageClass(o object, into *scorecard.Facts) {
	c := scorecard.StorageClass{Location: o.at, Name: o.at.Object.Name, Retain: o.text("reclaimPolicy") == "Retain"}
	c.Default = yamldoc.String(yamldoc.Get(o.get("metadata.annotations"), "storageclass.kubernetes.io/is-default-class")) == "true"
	parameter := func(key string) string { return yamldoc.String(yamldoc.Get(o.get("parameters"), key)) }
	yes := func(key, says string) {
		at := o.at
		if at.FirstLine > 0 {
			line := yamldoc.KeyLine(o.get("parameters"), key)
			at = at.At("parameters."+key, line, line)
		}
		c.Replicated = answer(scorecard.Yes, at, says)
	}
	switch {
	case parameter("replication-type") == "regional-pd":
		yes("replication-type", "its volumes are kept in two zones")
	case slices.Contains([]string{"3", "4", "5"}, parameter("numberOfReplicas")):
		yes("numberOfReplicas", "its volumes have "+parameter("numberOfReplicas")+" copies")
	case slices.Contains([]string{"3", "4", "5"}, parameter("repl")):
		yes("repl", "its volumes have "+parameter("repl")+" copies")
	case strings.HasSuffix(strings.ToUpper(parameter("skuName")+parameter("skuname")), "_ZRS"):
		yes("skuName", "its volumes are kept in several zones")
	case strings.Contains(o.text("provisioner"), "efs.csi.aws.com"):
		c.Replicated = answer(scorecard.Yes, o.place("provisioner"), "Amazon EFS keeps its volumes in several zones")
	case strings.Contains(o.text("provisioner"), "ceph"):
		c.Replicated = answer(scorecard.Open, o.place("provisioner"), "how many copies Ceph keeps is said by its pool")
	}
	into.StorageClasses = append(into.StorageClasses, c)
}
