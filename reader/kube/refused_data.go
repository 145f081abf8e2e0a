package kube

import (
	"encoding/base64"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// secretKeys are the keys that the types of Secrets need; of the last, one of the two.
var secretKeys = map[string][]string{
	"kubernetes.io/tls":              {"tls.crt", "tls.key"},
	"kubernetes.io/dockerconfigjson": {".dockerconfigjson"},
	"kubernetes.io/dockercfg":        {".dockercfg"},
	"kubernetes.io/ssh-auth":         {"ssh-privatekey"},
}

// secretData looks at a Secret's keys, and whether its data is base64. One that SOPS
// has encrypted is looked at for its keys alone.
func secretData(r *refuser, o spot) {
	dataKeys(r, o, "data")
	dataKeys(r, o, "stringData")
	if o.value("sops") == nil {
		base64Data(r, o, "data")
	}
	sort, ok := o.text("type")
	data, plain := o.value("data"), o.value("stringData")
	if !ok || openMapping(data) || openMapping(plain) {
		return
	}
	for _, key := range secretKeys[sort] {
		if yamldoc.Get(data, key) == nil && yamldoc.Get(plain, key) == nil {
			r.refuse(o, "data", "has no %s, which a Secret of the type %s needs", key, sort)
		}
	}
	if sort == "kubernetes.io/basic-auth" && !slices.ContainsFunc([]string{"username", "password"}, func(key string) bool {
		return yamldoc.Get(data, key) != nil || yamldoc.Get(plain, key) != nil
	}) {
		r.refuse(o, "data", "has neither username nor password, and a Secret of the type %s needs one", sort)
	}
}

// openMapping reports whether there may be keys that are not seen.
func openMapping(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	return n.Kind != yaml.MappingNode || slices.ContainsFunc(n.Content, func(k *yaml.Node) bool { return k.Tag == "!!merge" || yamldoc.IsUnknown(k) && k.Value == "" }) ||
		keyLeftOpen(n)
}

// keyLeftOpen reports whether a key is not known, or to be filled in.
func keyLeftOpen(n *yaml.Node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if yamldoc.IsUnknown(n.Content[i]) || filledIn(n.Content[i].Value) {
			return true
		}
	}
	return false
}

func configMapData(r *refuser, o spot) {
	dataKeys(r, o, "data")
	dataKeys(r, o, "binaryData")
	base64Data(r, o, "binaryData")
	text := o.in("data")
	for _, key := range resourcesOf(o.in("binaryData")) {
		if text.value(key) != nil {
			r.refuse(o.in("binaryData"), key, "is a key of data too")
		}
	}
}

// dataKeys refuses what can be no key of a ConfigMap or a Secret.
func dataKeys(r *refuser, o spot, field string) {
	data := o.in(field)
	for _, key := range resourcesOf(data) {
		if !isDataKey(key) && !filledIn(key) {
			r.refuse(data, key, "is no key that a %s can have: at most 253 letters, digits, '-', '_' and '.', and not with '..' before all", r.kind)
		}
	}
}

func isDataKey(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !lower(c) && !capital(c) && !digit(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return s != "" && len(s) <= subdomainRoom && s != "." && !strings.HasPrefix(s, "..")
}

// base64Data refuses values that are no base64. It says nothing of what they are.
func base64Data(r *refuser, o spot, field string) {
	data := o.in(field)
	for _, key := range resourcesOf(data) {
		text, ok := data.text(key)
		if !ok || filledIn(text) || strings.Trim(text, "xX.*-") == "" || strings.HasPrefix(text, "ENC[") || strings.HasPrefix(text, "ref+") {
			continue
		}
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			r.refuse(data, key, "is no base64; stringData takes text as it is")
		}
	}
}

// claim looks at what a volume is claimed for.
func claim(r *refuser, spec spot) {
	labelSelector(r, spec, "selector")
	modes := spec.value("accessModes")
	if lacks(spec, "accessModes") {
		r.refuse(spec, "accessModes", "has no access mode")
	}
	known := []string{"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"}
	for _, mode := range writtenTexts(modes) {
		if !slices.Contains(known, mode) && !filledIn(mode) {
			r.refuse(spec, "accessModes", "must hold %s", either(known))
			break
		}
	}
	r.oneOf(spec, "volumeMode", "Filesystem", "Block")
	resources := spec.value("resources")
	asked := spec.in("resources").value("requests")
	if resources != nil && resources.Kind != yaml.MappingNode || asked != nil && openMapping(asked) {
		return
	}
	if yamldoc.Get(asked, "storage") == nil {
		r.refuse(spec, "resources", "does not request storage")
	}
}

func statefulClaims(r *refuser, spec spot) {
	for _, c := range spec.items("volumeClaimTemplates") {
		if c.in("spec").node != nil {
			claim(r, c.in("spec"))
		}
	}
}

// highestPriority is the highest that a class of somebody's own may have.
const highestPriority = 1_000_000_000

func priorityValue(r *refuser, o spot) {
	name, ok := o.in("metadata").text("name")
	if n, known := o.number("value", 0); ok && known && n > highestPriority && !strings.HasPrefix(name, "system-") {
		r.refuse(o, "value", "must not be more than %d", highestPriority)
	}
	r.oneOf(o, "preemptionPolicy", "Never", "PreemptLowerPriority")
}
