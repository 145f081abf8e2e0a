package kube

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// claimTemplates reads what a StatefulSet claims for each of its pods.
func claimTemplates(kind string, spec fields) (out []scorecard.ClaimTemplate) {
	if kind != "StatefulSet" {
		return nil
	}
	for _, t := range spec.items("volumeClaimTemplates") {
		meta := scratch(yamldoc.Get(t.node, "metadata"))
		out = append(out, scorecard.ClaimTemplate{
			Name: meta.text("name"), Class: yamldoc.String(yamldoc.Get(t.node, "spec", "storageClassName")), Labels: meta.labels("labels"),
		})
	}
	return out
}

// volumes reads the claims that a pod mounts, and the ConfigMaps and Secrets that it mounts or takes values from.
func volumes(p *scorecard.Pod, spec fields) {
	secret := func(ref *yaml.Node, key string) {
		list := &p.Secrets
		if optional(ref) {
			list = &p.OtherSecrets
		}
		*list = append(*list, yamldoc.Written(yamldoc.Get(ref, key)))
	}
	for _, v := range spec.items("volumes") {
		n := v.node
		p.Claims = append(p.Claims, yamldoc.Written(yamldoc.Get(n, "persistentVolumeClaim", "claimName")))
		p.ConfigMaps = append(p.ConfigMaps, yamldoc.Written(yamldoc.Get(n, "configMap", "name")))
		p.SecretStores = append(p.SecretStores, yamldoc.Written(yamldoc.Get(n, "csi", "volumeAttributes", "secretProviderClass")))
		secret(yamldoc.Get(n, "secret"), "secretName")
		for _, s := range yamldoc.Items(yamldoc.Get(n, "projected", "sources")) {
			secret(yamldoc.Get(s, "secret"), "name")
			p.ConfigMaps = append(p.ConfigMaps, yamldoc.Written(yamldoc.Get(s, "configMap", "name")))
		}
	}
	for _, list := range []string{"initContainers", "containers"} {
		for _, c := range yamldoc.Items(yamldoc.Get(spec.node, list)) {
			for _, e := range yamldoc.Items(yamldoc.Get(c, "env")) {
				secret(yamldoc.Get(e, "valueFrom", "secretKeyRef"), "name")
				p.ConfigMaps = append(p.ConfigMaps, yamldoc.Written(yamldoc.Get(e, "valueFrom", "configMapKeyRef", "name")))
			}
			for _, e := range yamldoc.Items(yamldoc.Get(c, "envFrom")) {
				secret(yamldoc.Get(e, "secretRef"), "name")
				p.ConfigMaps = append(p.ConfigMaps, yamldoc.Written(yamldoc.Get(e, "configMapRef", "name")))
			}
		}
	}
	for _, s := range yamldoc.Items(yamldoc.Get(spec.node, "imagePullSecrets")) {
		p.OtherSecrets = append(p.OtherSecrets, yamldoc.Written(yamldoc.Get(s, "name")))
	}
	for _, list := range []*[]string{&p.Claims, &p.ConfigMaps, &p.Secrets, &p.OtherSecrets, &p.SecretStores} {
		slices.Sort(*list)
		if *list = slices.DeleteFunc(slices.Compact(*list), func(s string) bool { return s == "" }); len(*list) == 0 {
			*list = nil
		}
	}
}

// optional reports whether a reference may lead nowhere.
func optional(ref *yaml.Node) bool { return yamldoc.String(yamldoc.Get(ref, "optional")) == "true" }
