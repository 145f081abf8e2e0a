// Package kube reads everything Kubernetes that a repository's files declare: plain
// manifests, Helm charts and Kustomize overlays, the last two rendered in memory.
//
// # What is read
//
// Plain manifests are found by what they say (apiVersion and kind), wherever they
// stand: YAML of many documents, JSON, lists, and OpenShift Templates, whose parameters
// are filled in with their defaults; one that has none leaves what it stands in unknown.
// Helm templates, Kustomize patches, values, Compose files, CRD schemas and whatever
// else is YAML are none. Each object is compared with Kubernetes' own types, old API
// versions included, and with what the API server's validation refuses; what does not
// fit is a Problem of its manifest with file and line, and the object still counts for
// what it says, one of a misspelt API group for what it means. Custom kinds are taken as
// they are; of those that are known to check, scrape, isolate or expose workloads, what
// they say is read. Of Secrets only the keys are kept, and what sort of value each has.
//
// Charts are rendered with Helm's engine and kustomizations with Kustomize's, in
// worker processes with bounds of processor time and memory (see RenderWorker), without
// network, disk or cluster. Rendered objects point to the template or resource that
// they come from, and to its lines where those can be told.
//
// # Releases
//
// What deployment tools are told to deploy from this same repository is followed, as
// far as it is data in it: Argo CD's Applications and ApplicationSets, Flux's
// HelmReleases and Kustomizations, and Helmfiles, the last for the environments named
// production or else the default one. A path that exists here is taken for this
// repository's, since an address does not say whether it is. Each release of a chart is
// rendered with its own values, name and namespace; of a kustomization or a folder of
// manifests a release decides the rank and the namespace. What Argo CD and Flux change of
// a kustomization (images, replicas, patches, components, names) is applied to it; what
// can't be (a HelmRelease's postRenderers, values in a Secret) is a gap that alters what
// was read. Releases may hold releases (an
// app of apps).
//
// Helmfiles are filled in with Helm's engine and nothing of their surroundings: what
// they ask of those (env, exec, stores of secrets) is unknown in the objects that it
// ends up in. A values file that is not here is a gap, and the release is rendered
// without. Releases of what is elsewhere are Notes.
//
// # Which form counts
//
// The same objects often stand in several forms: a chart with values for three
// environments, overlays, plain copies. Judged is what is deployed:
//
//  1. Values and overlays named production (the words prod, production, prd or live in
//     the name, not after non or pre). Several of them are all subjects; an object
//     that comes out of two of them alike is one. A release goes by the first of these
//     that says something: its values files, environment, cluster, name, path,
//     namespace, and where it is declared.
//  2. What a release deploys. A chart that has releases is not rendered with its
//     defaults, unless none of them renders.
//  3. Charts with their defaults, or else the first values file beside the chart that
//     makes it render.
//  4. Kustomizations that no other uses, and the base of overlays that are all named
//     after other environments.
//  5. Plain manifests.
//  6. What is named after another environment (dev, test, staging, …).
//
// A chart, overlay or folder of which more than half of the workloads were already
// seen in a form before it is another form of those: the objects seen before are left
// out, with all that belongs to them (Services, budgets, autoscalers, policies, monitors,
// routes, role bindings), and a Note says so. Two objects are the same when kind and
// name agree, and the namespace where both name one; or when Kustomize made them of the
// same source. Components that no overlay uses, and files beside a kustomization that
// it does not list, do not speak.
package kube

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/seaworthy-dev/seaworthy/reader/kube/lifecycle"
	"github.com/seaworthy-dev/seaworthy/reader/kube/render"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Options say how to read. The zero value is ready.
type Options struct {
	// KubeVersion is the version of Kubernetes that manifests are read and charts are
	// rendered for: "1.33", "v1.33" or "v1.33.2"; empty is DefaultKubeVersion.
	KubeVersion string
	// Production are patterns (as of path.Match) of the values files, folders and
	// environments that are production, matched with the end of their path; none are the
	// usual words.
	Production []string
	// Worker is an executable whose main calls RenderWorker before anything else:
	// usually what RenderWorker returned. Empty renders in this process, where a template
	// that loops can't be stopped and one that eats memory can't be bounded.
	Worker string
	// Deadline (of processor time, where there is a worker) and Memory (bytes) bound the
	// rendering of one chart or overlay with one set of values. Zero means 10 s and 512 MiB.
	Deadline time.Duration
	Memory   int64
	// Workers is how many are rendered side by side; zero means GOMAXPROCS.
	Workers int
	// Objects read objects for other readers.
	Objects []ObjectReader
	// Progress, when set, is called with stage "read" and "render", from one goroutine at a time.
	Progress func(scorecard.Progress)
}

// RenderWorker makes this executable able to render in processes of its own. main
// (and TestMain) call it before anything else:
//
//	worker, done := kube.RenderWorker()
//	if done {
//		return
//	}
//
// done means that this process was such a worker and has served. Else worker is what
// to put into Options.Worker; it is empty when the executable's path is not known.
func RenderWorker() (worker string, done bool) {
	if render.Worker() {
		return "", true
	}
	exe, err := os.Executable()
	if err != nil {
		return "", false
	}
	return exe, false
}

// Read gives what the tree's files declare for Kubernetes. What can't be read, or
// rendered, becomes a gap of the tree. The only errors are the context's, and one
// that wraps scorecard.ErrInvalid for options that make no sense.
func Read(ctx context.Context, t *tree.Tree, o Options) (scorecard.Facts, error) {
	if o.KubeVersion == "" {
		o.KubeVersion = DefaultKubeVersion
	}
	if err := naming(o.Production).check(); err != nil {
		return scorecard.Facts{}, err
	}
	version, whole, err := lifecycle.Parse(o.KubeVersion)
	if err != nil {
		return scorecard.Facts{}, fmt.Errorf("%w: %w", scorecard.ErrInvalid, err)
	}
	o.KubeVersion = whole
	pool := render.NewPool(render.Options{Executable: o.Worker, Deadline: o.Deadline, Memory: o.Memory, Workers: o.Workers})
	defer pool.Close()
	r := &reader{t: t, o: o, version: version, api: newAPI(), schema: newSchema(), pool: pool, names: o.Production, built: map[string]render.Result{}, sources: map[string]*parsedSource{}}
	r.survey()
	if err := r.plain(ctx); err != nil {
		return scorecard.Facts{}, err
	}
	if err := r.readHelmfiles(ctx); err != nil {
		return scorecard.Facts{}, err
	}
	if err := r.render(ctx); err != nil {
		return scorecard.Facts{}, err
	}
	return r.facts(), nil
}

// reader is one reading of one tree.
type reader struct {
	t *tree.Tree
	o Options
	// version is that of the options.
	version lifecycle.Version
	api     *api
	schema  *schema
	pool    *render.Pool
	names   naming

	charts map[string]*chart // by folder, all that there are
	kusts  map[string]*kustomization
	// left are plain files that some kustomization accounts for.
	left map[string]bool

	units []*unit
	// releases are what deployment tools deploy from this repository, helmfiles those
	// among them that a Helmfile says.
	releases, helmfiles []*release
	// custom are the API versions of custom resources that plain files hold or define.
	custom   map[string]bool
	capsOnce sync.Once
	caps     []string
	mu       sync.Mutex
	// built are kustomizations that were built, by folder.
	built      map[string]render.Result
	builtBytes int
	// sources are files that several kustomizations are built of.
	sources     map[string]*parsedSource
	sourceBytes int
	// rendered is how many charts and kustomizations were, so far.
	rendered int
	// parts that no form decides
	chartFacts []scorecard.Chart
	notes      []scorecard.Problem
}

// unit is what one form gave: a chart with one set of values, a kustomization, the
// plain manifests of one folder.
type unit struct {
	kind   string // "manifest", "chart", "kustomization"
	origin string // the folder of the chart or kustomization; empty when plain
	folder string
	form   string
	rank   int
	// namespace is that of objects which name none.
	namespace string

	facts     scorecard.Facts
	custom    []custom
	manifests []scorecard.Manifest
	refs      []rolloutOf
	gaps      []scorecard.Gap
	// declared are objects that tell a deployment tool what to deploy, held ConfigMaps
	// that may have values for it.
	declared, held []object
	// outside: values in it may come from outside of the files.
	outside bool
	// ranked: its rank is a release's, and not that of its folder.
	ranked bool
	// failed: it would not render, so other forms stand in for it.
	failed bool
	// bases: its manifests are what a kustomization that would not build was to complete.
	bases bool
	// other: it is rendered only to be compared with what counts.
	other bool
}

// rolloutOf says that the workload at that index borrows another's template.
type rolloutOf struct {
	index int
	from  scorecard.ObjectRef
}

// The ranks of forms, most deployed first.
const (
	rankProduction = iota
	rankReleased
	rankChart
	rankKustomization
	rankPlain
	rankOther
)

// hides are the families that a file or rendering may hide when it can't be read.
func hides() []scorecard.Family { return []scorecard.Family{scorecard.Kubernetes} }
