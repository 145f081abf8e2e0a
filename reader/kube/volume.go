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

// volumes reads the claims that a pod mounts, and the Secrets that it takes values from.
func volumes(p *scorecard.Pod, spec fields) {
	secret := func(name string) { p.Secrets = append(p.Secrets, name) }
	for _, v := range spec.items("volumes") {
		n := v.node
		if name := yamldoc.Written(yamldoc.Get(n, "persistentVolumeClaim", "claimName")); name != "" {
			p.Claims = append(p.Claims, name)
		}
		if ref := yamldoc.Get(n, "secret"); !optional(ref) {
			secret(yamldoc.Written(yamldoc.Get(ref, "secretName")))
		}
		for _, s := range yamldoc.Items(yamldoc.Get(n, "projected", "sources")) {
			secret(yamldoc.Written(yamldoc.Get(s, "secret", "name")))
		}
		if class := yamldoc.Written(yamldoc.Get(n, "csi", "volumeAttributes", "secretProviderClass")); class != "" {
			p.SecretStores = append(p.SecretStores, class)
		}
	}
	for _, list := range []string{"initContainers", "containers"} {
		for _, c := range yamldoc.Items(yamldoc.Get(spec.node, list)) {
			for _, e := range yamldoc.Items(yamldoc.Get(c, "env")) {
				if ref := yamldoc.Get(e, "valueFrom", "secretKeyRef"); !optional(ref) {
					secret(yamldoc.Written(yamldoc.Get(ref, "name")))
				}
			}
			for _, e := range yamldoc.Items(yamldoc.Get(c, "envFrom")) {
				if ref := yamldoc.Get(e, "secretRef"); !optional(ref) {
					secret(yamldoc.Written(yamldoc.Get(ref, "name")))
				}
			}
		}
	}
	for _, list := range []*[]string{&p.Claims, &p.Secrets, &p.SecretStores} {
		slices.Sort(*list)
		if *list = slices.DeleteFunc(slices.Compact(*list), func(s string) bool { return s == "" }); len(*list) == 0 {
			*list = nil
		}
	}
}

// optional reports whether a reference may lead nowhere.
func optional(ref *yaml.Node) bool { return yamldoc.String(yamldoc.Get(ref, "optional")) == "true" }
