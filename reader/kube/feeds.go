package kube

import (
	"bytes"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// feeds says to whose objects something may be missing that a chart or a kustomization
// would have brought: those of its application's folder and of what it builds on, and those
// of the namespaces that it names. Zero, for everybody's, where it may deploy other folders.
func (r *reader) feeds(u *unit) scorecard.Feeds {
	if u.kind == "chart" && len(u.declared) == 0 && u.folder != "." {
		return scorecard.Feeds{Folders: []string{applicationFolder(u.folder)}, Namespaces: []string{u.namespace}}
	}
	k := r.kusts[u.folder]
	if u.kind != "kustomization" || k == nil || len(u.declared) > 0 {
		return scorecard.Feeds{}
	}
	out := r.feedsOf(k)
	if u.namespace != "" && !out.Everybody() {
		out.Namespaces = append(out.Namespaces, u.namespace)
	}
	return out
}

// feedsOf is feeds for a kustomization of which only its files are known.
func (r *reader) feedsOf(k *kustomization) scorecard.Feeds {
	closure, _ := r.closure(k)
	out := scorecard.Feeds{Folders: append(builtOn(closure), applicationFolder(k.folder))}
	for _, c := range closure {
		if ns := yamldoc.String(yamldoc.Get(c.root, "namespace")); ns != "" {
			out.Namespaces = append(out.Namespaces, ns)
		}
		for _, p := range c.resources {
			if text, ok := r.read(p); !ok || deploysFolders(text) {
				return scorecard.Feeds{}
			}
		}
	}
	for _, list := range []*[]string{&out.Folders, &out.Namespaces} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if slices.Contains(out.Folders, ".") {
		return scorecard.Feeds{}
	}
	return out
}

// deploysFolders reports whether the text may tell Argo CD or Flux to deploy a folder.
func deploysFolders(text []byte) bool {
	return bytes.Contains(text, []byte(" path: ")) &&
		(bytes.Contains(text, []byte("kind: Application")) || bytes.Contains(text, []byte("kustomize.toolkit.fluxcd.io/")))
}

// partFolders hold the parts of one application: its base, and its overlays.
var partFolders = []string{"base", "bases", "overlay", "overlays", "env", "envs", "environment", "environments", "ring", "rings", "cluster", "clusters"}

// holders hold a folder for each application, whatever that one is called.
var holders = []string{"components", "apps", "applications", "services", "addons"}

// applicationFolder is the folder above those that hold parts of the application or are
// named after an environment.
func applicationFolder(folder string) string {
	parts := strings.Split(folder, "/")
	for i, p := range parts {
		if i > 0 && !slices.Contains(holders, strings.ToLower(parts[i-1])) && (slices.Contains(partFolders, strings.ToLower(p)) || saysProduction(p) || isOther(p)) {
			return strings.Join(parts[:i], "/")
		}
	}
	return folder
}
