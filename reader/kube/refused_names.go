package kube

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// nameForm is what names of a kind look like.
type nameForm int

const (
	anyName   nameForm = iota // all that a path can hold
	subdomain                 // labels with dots between them
	label                     // one label of DNS
)

// nameForms are those of kinds in their groups; what is not here may have any name. Of a
// PodDisruptionBudget and the kinds of RBAC the API server takes nearly everything.
var nameForms = map[string]map[string]nameForm{
	"": {
		"Pod": subdomain, "ReplicationController": subdomain, "ConfigMap": subdomain, "Secret": subdomain, "ServiceAccount": subdomain,
		"PersistentVolume": subdomain, "PersistentVolumeClaim": subdomain, "LimitRange": subdomain, "ResourceQuota": subdomain,
		"Endpoints": subdomain, "Service": label, "Namespace": label,
	},
	"apps":              {"Deployment": subdomain, "DaemonSet": subdomain, "ReplicaSet": subdomain, "StatefulSet": label},
	"batch":             {"Job": subdomain, "CronJob": subdomain},
	"autoscaling":       {"HorizontalPodAutoscaler": subdomain},
	"networking.k8s.io": {"Ingress": subdomain, "IngressClass": subdomain, "NetworkPolicy": subdomain},
	"storage.k8s.io":    {"StorageClass": subdomain},
	"scheduling.k8s.io": {"PriorityClass": subdomain},
	"argoproj.io":       {"Rollout": subdomain},
	"keda.sh":           {"ScaledObject": subdomain},
}

// cronNameRoom is how long a CronJob's name may be: its Jobs' names are 11 longer.
const cronNameRoom = 52

func objectName(r *refuser, o spot) {
	form := nameForms[r.group][r.kind]
	if form == anyName {
		return
	}
	meta := o.in("metadata")
	name, ok := meta.text("name")
	if !ok || name == "" {
		return
	}
	switch {
	case !isSubdomain(name):
		if !filledIn(name) {
			r.refuse(meta, "name", "is no name that a %s can have: lower-case letters, digits, '-'%s, with a letter or a digit at both ends", r.kind, dots(form))
		}
	case form == label && strings.Contains(name, "."):
		r.refuse(meta, "name", "must not have dots in a %s", r.kind)
	case form == label && len(name) > labelRoom:
		r.refuse(meta, "name", "has %d characters; a %s may have %d", len(name), r.kind, labelRoom)
	case r.kind == "CronJob" && len(name) > cronNameRoom:
		r.refuse(meta, "name", "has %d characters; a CronJob may have %d", len(name), cronNameRoom)
	}
}

func dots(form nameForm) string {
	if form == subdomain {
		return " and '.'"
	}
	return ""
}

// The most characters that a label and a subdomain of DNS may have.
const (
	labelRoom     = 63
	subdomainRoom = 253
)

func isSubdomain(s string) bool {
	if len(s) > subdomainRoom {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if !hyphened(part) {
			return false
		}
	}
	return true
}

func isLabel(s string) bool { return len(s) <= labelRoom && hyphened(s) }

// hyphened reports whether there are lower-case letters and digits, with hyphens inside.
func hyphened(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !lower(c) && !digit(c) && (c != '-' || i == 0 || i == len(s)-1) {
			return false
		}
	}
	return s != ""
}

func lower(c byte) bool { return 'a' <= c && c <= 'z' }

func digit(c byte) bool { return '0' <= c && c <= '9' }

// isPortName reports whether a text is a service name by IANA's rules, as names of ports are.
func isPortName(s string) bool {
	return len(s) <= 15 && hyphened(s) && !strings.Contains(s, "--") && strings.ContainsFunc(s, func(c rune) bool { return 'a' <= c && c <= 'z' })
}

// portName refuses a text that is no port's name.
func (r *refuser) portName(s spot, key string) {
	name, ok := s.text(key)
	switch {
	case !ok || name == "" || isPortName(name) || filledIn(name):
	case strings.Trim(name, "0123456789") == "":
		r.refuse(s, key, "is a number in quotes, which would be a name, and names of ports have a letter")
	default:
		r.refuse(s, key, "is no name of a port: at most 15 lower-case letters, digits and single hyphens, with a letter among them")
	}
}

// portNumber refuses a number that is no port; one that is not written is 0.
func (r *refuser) portNumber(s spot, key string) {
	n, ok := s.number(key, 0)
	switch {
	case !ok || 0 < n && n < 1<<16:
	case s.value(key) == nil:
		r.refuse(s, key, "is not set")
	default:
		r.refuse(s, key, "must be a number from 1 to 65535")
	}
}

// port refuses what is neither the number nor the name of a port.
func (r *refuser) port(s spot, key string) {
	v := s.value(key)
	switch {
	case v == nil || v.Tag == "!!int":
		r.portNumber(s, key)
	case yamldoc.IsUnknown(v):
	case isText(v) && v.Value == "":
		r.refuse(s, key, "is empty")
	default:
		r.portName(s, key)
	}
}

// names refuses names that stand twice in a list, and gives those that there are; false
// when one of them is not known.
func (r *refuser) names(items []spot, what string) (all []string, known bool) {
	known = true
	for _, item := range items {
		name, ok := item.text("name")
		known = known && ok
		if !ok || name == "" {
			continue
		}
		if slices.Contains(all, name) && !filledIn(name) {
			r.refuse(item, "name", "is the name of another %s too", what)
		}
		all = append(all, name)
	}
	return all, known
}
