package kube

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// nodeVolumes are the volumes of a pod that are files of its node: their paths, by the
// volume's name, empty where the path is not known.
type nodeVolumes struct {
	paths map[string]string
	// lost: some of the volumes could not be read.
	lost bool
}

// hostVolumes finds the hostPath volumes of a pod.
func hostVolumes(spec fields) nodeVolumes {
	list := yamldoc.Get(spec.node, "volumes")
	v := nodeVolumes{lost: !isNull(list) && list.Kind != yaml.SequenceNode}
	for _, item := range yamldoc.Items(list) {
		host := yamldoc.Get(item, "hostPath")
		switch {
		case yamldoc.IsUnknown(item):
			v.lost = true
		case !isNull(host):
			if v.paths == nil {
				v.paths = map[string]string{}
			}
			v.paths[yamldoc.Written(yamldoc.Get(item, "name"))] = yamldoc.String(yamldoc.Get(host, "path"))
		}
	}
	return v
}

// mount notes what of the node the container mounts.
func (v nodeVolumes) mount(c *scorecard.Container, n *yaml.Node) {
	mounts := yamldoc.Get(n, "volumeMounts")
	if !isNull(mounts) && (v.lost || mounts.Kind != yaml.SequenceNode) {
		c.Unreadable = append(c.Unreadable, "volumeMounts")
	}
	for _, m := range yamldoc.Items(mounts) {
		host, ok := v.paths[yamldoc.Written(yamldoc.Get(m, "name"))]
		if !ok || yamldoc.IsUnknown(m) {
			continue
		}
		f := scratch(m)
		out := scorecard.HostMount{Volume: f.text("name"), Path: host, MountPath: f.text("mountPath"), ReadOnly: f.is("readOnly"), FirstLine: m.Line}
		if host != "" && !strings.Contains(host, `\`) {
			out.Path = path.Join(host, yamldoc.Written(yamldoc.Get(m, "subPath")), yamldoc.Written(yamldoc.Get(m, "subPathExpr")))
		}
		c.HostMounts = append(c.HostMounts, out)
		if !f.ok() && !slices.Contains(c.Unreadable, "volumeMounts") {
			c.Unreadable = append(c.Unreadable, "volumeMounts")
		}
	}
}
