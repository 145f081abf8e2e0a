package kube

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// feeds says to whose objects something may be missing that a chart or a kustomization
// would have brought: those of its application's folder and of what it builds on, and, where
// it is no application itself, those of the namespaces that it names. Zero, for everybody's,
// where it may deploy other folders.
func (r *reader) feeds(u *unit) scorecard.Feeds {
	deploys := slices.ContainsFunc(u.declared, func(o object) bool { return r.mayDeploy(o.node) })
	if u.kind == "chart" && !deploys && u.folder != "." {
		return scorecard.Feeds{Folders: []string{applicationFolder(u.folder)}, Namespaces: []string{u.namespace}}
	}
	k := r.kusts[u.folder]
	if u.kind != "kustomization" || k == nil || deploys {
		return scorecard.Feeds{}
	}
	return r.feedsOf(k, u.namespace)
}

// runs matches what an application that goes on running is written as.
var runs = lazyregexp.New(`(?m)^kind: *"?(Deployment|StatefulSet|DaemonSet|ReplicaSet|Rollout|DeploymentConfig)\b`)

// rules are words of what is laid over whole namespaces, whoever brings it.
var rules = []string{"policy", "policies", "network", "networkpolicy", "networkpolicies", "netpol", "netpols", "common", "shared", "tenant", "tenants", "budgets"}

// feedsOf is feeds for a kustomization of which only its files are known, and a namespace
// that somebody else puts it in.
func (r *reader) feedsOf(k *kustomization, namespace string) scorecard.Feeds {
	closure, _ := r.closure(k)
	out := scorecard.Feeds{Folders: builtOn(closure)}
	if app := applicationFolder(k.folder); !slices.ContainsFunc(closure, func(c *kustomization) bool {
		return c != k && strings.HasPrefix(c.folder, app+"/")
	}) { // else its application is what it builds on, and not all that stands beside
		out.Folders = append(out.Folders, app)
	}
	application := false
	namespaces := []string{namespace}
	for _, c := range closure {
		namespaces = append(namespaces, yamldoc.String(yamldoc.Get(c.root, "namespace")))
		for _, p := range c.resources {
			text, ok := r.read(p)
			if !ok || r.deploysFolders(text) {
				return scorecard.Feeds{}
			}
			application = application || runs.Match(text)
		}
	}
	if !application || laysRules(closure) {
		out.Namespaces = slices.DeleteFunc(namespaces, func(ns string) bool { return ns == "" })
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

// laysRules reports whether something that is missing of the kustomizations is called like
// what is laid over whole namespaces.
func laysRules(closure []*kustomization) bool {
	return slices.ContainsFunc(closure, func(c *kustomization) bool {
		return slices.ContainsFunc(c.refused, func(f refusal) bool {
			return slices.ContainsFunc(words(f.text), func(w string) bool { return slices.Contains(rules, w) })
		})
	})
}

// deploysFolders reports whether the text may tell Argo CD or Flux to deploy a folder of
// this repository.
func (r *reader) deploysFolders(text []byte) bool {
	if !bytes.Contains(text, []byte("argoproj.io/")) && !bytes.Contains(text, []byte("toolkit.fluxcd.io/")) {
		return false
	}
	for _, doc := range yamldoc.Parse(text) {
		if doc.Err != nil || slices.ContainsFunc(objectsOf(doc.Root), r.mayDeploy) {
			return true
		}
	}
	return false
}

// mayDeploy reports whether the object tells Argo CD or Flux to deploy what is, or may be,
// in this repository. A chart of a registry and a path that is not here are none of it.
func (r *reader) mayDeploy(n *yaml.Node) bool {
	ref, spec := refOf(n), yamldoc.Get(n, "spec")
	if !declares(ref) {
		return false
	}
	switch ref.Kind {
	case "Application":
		return r.leadsHere(spec)
	case "ApplicationSet":
		found := yamldoc.Get(spec, "templatePatch") != nil || r.leadsHere(yamldoc.Get(spec, "template", "spec"))
		walk(yamldoc.Get(spec, "generators"), func(g *yaml.Node) { // which may have templates of their own
			found = found || r.leadsHere(yamldoc.Get(g, "template", "spec"))
		})
		return found
	case "HelmRelease":
		if chart := yamldoc.Get(spec, "chart", "spec"); chart != nil {
			return yamldoc.String(yamldoc.Get(chart, "sourceRef", "kind")) != "HelmRepository" && r.isHere(yamldoc.Get(chart, "chart"))
		}
		return yamldoc.String(yamldoc.Get(spec, "chartRef", "kind")) == "HelmChart"
	case "HelmChart":
		return yamldoc.String(yamldoc.Get(spec, "sourceRef", "kind")) != "HelmRepository" && r.isHere(yamldoc.Get(spec, "chart"))
	}
	kind := yamldoc.String(yamldoc.Get(spec, "sourceRef", "kind"))
	return (kind == "" || kind == "GitRepository") && r.isHere(yamldoc.Get(spec, "path"))
}

// leadsHere reports whether a source of an Argo CD Application may lead into this repository.
func (r *reader) leadsHere(spec *yaml.Node) bool {
	sources := append(slices.Clone(yamldoc.Items(yamldoc.Get(spec, "sources"))), yamldoc.Get(spec, "source"))
	return slices.ContainsFunc(sources, func(s *yaml.Node) bool {
		return yamldoc.String(yamldoc.Get(s, "chart")) == "" && yamldoc.Get(s, "path") != nil && r.isHere(yamldoc.Get(s, "path"))
	})
}

// isHere reports whether there is something at a path of this repository, or may be once
// its placeholders are filled in. No path is the whole repository.
func (r *reader) isHere(n *yaml.Node) bool {
	written := yamldoc.String(n)
	if strings.Contains(written, "{{") || strings.Contains(written, "${") {
		return true
	}
	folder, ok := resolve(".", strings.TrimPrefix(written, "/"))
	return ok && (folder == "." || r.deploys(folder))
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
