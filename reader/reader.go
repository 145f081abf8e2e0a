// Package reader reads a whole repository: it asks each reader below it for the
// parts that it knows and puts them together. Readers know formats; none knows
// which service a part belongs to (package scan decides that) or what is good
// (package checks does).
package reader

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/seaworthy-dev/seaworthy/reader/alert"
	"github.com/seaworthy-dev/seaworthy/reader/catalog"
	"github.com/seaworthy-dev/seaworthy/reader/chaos"
	"github.com/seaworthy-dev/seaworthy/reader/dashboard"
	"github.com/seaworthy-dev/seaworthy/reader/deps"
	"github.com/seaworthy-dev/seaworthy/reader/docs"
	"github.com/seaworthy-dev/seaworthy/reader/envoy"
	"github.com/seaworthy-dev/seaworthy/reader/gateway"
	"github.com/seaworthy-dev/seaworthy/reader/history"
	"github.com/seaworthy-dev/seaworthy/reader/image"
	"github.com/seaworthy-dev/seaworthy/reader/infra"
	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/leak"
	"github.com/seaworthy-dev/seaworthy/reader/owners"
	"github.com/seaworthy-dev/seaworthy/reader/pipeline"
	"github.com/seaworthy-dev/seaworthy/reader/recovery"
	"github.com/seaworthy-dev/seaworthy/reader/scaffold"
	"github.com/seaworthy-dev/seaworthy/reader/scrape"
	"github.com/seaworthy-dev/seaworthy/reader/secrets"
	"github.com/seaworthy-dev/seaworthy/reader/slo"
	"github.com/seaworthy-dev/seaworthy/reader/terraform"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Options say how to read. The zero value is ready.
type Options struct {
	Kube kube.Options
	// Home is where the tree's repository is, so that links into it can be followed.
	Home alert.Home
	// Progress, when set, is called as the readers finish, from one goroutine at a time.
	Progress func(scorecard.Progress)
}

// part is one reader and what it may miss when it fails as a whole.
type part struct {
	name  string
	hides []scorecard.Family
	read  func(context.Context, *tree.Tree, *scorecard.Facts) error
}

// noError fits a reader that can't fail.
func noError(read func(context.Context, *tree.Tree, *scorecard.Facts)) func(context.Context, *tree.Tree, *scorecard.Facts) error {
	return func(ctx context.Context, t *tree.Tree, f *scorecard.Facts) error {
		read(ctx, t, f)
		return nil
	}
}

// Read reads everything that the tree's files say. What could not be read is a gap;
// errors are the context's, and ErrInvalid for options that make no sense. The collection has no revision: only the source
// knows it.
func Read(ctx context.Context, t *tree.Tree, o Options) (*scorecard.Collection, error) {
	scaffolds := scaffold.Silence(ctx, t)
	facts, err := readAll(ctx, t, o)
	if err != nil {
		return nil, err
	}
	if len(facts.Workloads) == 0 && len(facts.Charts) == 0 && hasDemonstrations(t) {
		// Manifests stand nowhere else, so the demonstrations are what this repository deploys.
		t.IncludeDemonstrations()
		if facts, err = readAll(ctx, t, o); err != nil {
			return nil, err
		}
		if len(facts.Workloads) == 0 { // they deploy nothing, so their objectives are nobody's
			facts.SLOs = slices.DeleteFunc(facts.SLOs, func(o scorecard.Objective) bool { return o.Example })
		}
	}
	if len(t.Files()) == 0 {
		// Nothing was seen, so nothing can be said to be missing: as a rule the folder is
		// another one than was meant, or what belongs into it was not fetched.
		facts.Gaps = append(facts.Gaps, scorecard.Gap{Location: scorecard.Location{Path: "."}, Hides: scorecard.Families(), Reason: "empty",
			Message: "the folder holds no file to read, so there is nothing to judge; is it the folder that was meant, and are its submodules and large files fetched?"})
	}
	facts.Notes = append(facts.Notes, scaffolds...)
	facts.Sort() // rules of several files are put together in one order
	alert.Finish(t, o.Home, &facts)
	slo.FromRules(&facts)
	pipeline.Join(&facts)
	leak.Finish(t, &facts)
	facts.Gaps = append(facts.Gaps, t.Gaps()...)
	facts.Sort()
	return &scorecard.Collection{Facts: facts, Folders: t.Folders()}, nil
}

func hasDemonstrations(t *tree.Tree) bool {
	for _, f := range t.All() {
		if f.Class == tree.Demonstration {
			return true
		}
	}
	return false
}

// objects are the readers of objects that kube hands on.
func objects(ctx context.Context, t *tree.Tree) []kube.ObjectReader {
	return []kube.ObjectReader{
		recovery.Objects(),
		secrets.Objects(),
		chaos.Objects(),
		{Family: scorecard.Alerts, Marks: alert.Marks(), Knows: alert.Knows, Read: alert.ReadObject},
		{Family: scorecard.Dashboards, Marks: dashboard.Marks(), Knows: dashboard.Knows, Read: dashboard.ReadObject},
		{Family: scorecard.Pipelines, Marks: pipeline.Marks(), Knows: pipeline.Knows, Read: pipeline.ObjectReader(ctx, t)},
		gateway.Objects(),
	}
}

func parts(o Options) []part {
	return []part{
		{"kubernetes", []scorecard.Family{scorecard.Kubernetes, scorecard.Infrastructure},
			func(ctx context.Context, t *tree.Tree, f *scorecard.Facts) (err error) {
				ko := o.Kube
				ko.Objects = slices.Concat(ko.Objects, objects(ctx, t))
				*f, err = kube.Read(ctx, t, ko)
				return err
			}},
		{"catalog", []scorecard.Family{scorecard.Catalog}, noError(catalog.Read)},
		{"owners", []scorecard.Family{scorecard.Owners}, noError(owners.Read)},
		{"documents", []scorecard.Family{scorecard.Documents}, noError(docs.Read)},
		{"objectives", []scorecard.Family{scorecard.Objectives}, noError(slo.Read)},
		{"terraform", []scorecard.Family{scorecard.Infrastructure, scorecard.Objectives}, noError(terraform.Read)},
		{"infrastructure", []scorecard.Family{scorecard.Infrastructure}, noError(infra.Read)},
		{"pipelines", []scorecard.Family{scorecard.Pipelines}, noError(pipeline.Read)},
		{"history", []scorecard.Family{scorecard.History}, noError(history.Read)},
		{"scrapes", []scorecard.Family{scorecard.Kubernetes}, noError(scrape.Read)},
		{"proxies", []scorecard.Family{scorecard.Runtime}, noError(envoy.Read)},
		{"recovery", []scorecard.Family{scorecard.Infrastructure}, noError(recovery.Read)},
		{"secrets", []scorecard.Family{scorecard.Infrastructure}, noError(secrets.Read)},
		{"leaks", []scorecard.Family{scorecard.Files}, noError(leak.Read)},
		{"chaos", []scorecard.Family{scorecard.Infrastructure}, noError(chaos.Read)},
		{"alerts", []scorecard.Family{scorecard.Alerts}, noError(alert.Read)},
		{"dashboards", []scorecard.Family{scorecard.Dashboards}, noError(dashboard.Read)},
		{"gateways", []scorecard.Family{scorecard.Infrastructure}, noError(gateway.Read)},
		{"images", []scorecard.Family{scorecard.Images, scorecard.Runtime}, noError(image.Read)},
		{"dependencies", []scorecard.Family{scorecard.Dependencies}, noError(deps.Read)},
	}
}

// readAll runs the readers side by side, each on facts of its own, and appends these
// in a fixed order.
func readAll(ctx context.Context, t *tree.Tree, o Options) (scorecard.Facts, error) {
	ps := parts(o)
	found := make([]scorecard.Facts, len(ps))
	errs := make([]error, len(ps))
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for i, p := range ps {
		wg.Go(func() {
			errs[i] = readOne(ctx, t, p, &found[i])
			mu.Lock()
			defer mu.Unlock()
			done++
			if o.Progress != nil {
				o.Progress(scorecard.Progress{Stage: "read", Done: done, Total: len(ps), Item: p.name})
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return scorecard.Facts{}, context.Cause(ctx)
	}
	if err := errors.Join(errs...); err != nil {
		return scorecard.Facts{}, err
	}
	var all scorecard.Facts
	for i := range found {
		all.Append(&found[i])
	}
	return all, nil
}

// readOne makes a gap of a reader's panic: a file that brings down one reader must
// not bring down the scan.
func readOne(ctx context.Context, t *tree.Tree, p part, into *scorecard.Facts) error {
	defer func() {
		if r := recover(); r != nil {
			t.Gap(scorecard.Gap{
				Location: scorecard.Location{Path: "."}, Hides: p.hides, Reason: "unreadable",
				Message: fmt.Sprintf("the reader of %s failed; please report this as a defect of Seaworthy: %v at %s", p.name, r, frame(debug.Stack())),
			})
		}
	}()
	return p.read(ctx, t, into)
}
