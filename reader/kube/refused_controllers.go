package kube

import (
	"slices"
	"strings"

	"github.com/robfig/cron/v3"
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func deploymentUpdate(r *refuser, spec spot) {
	strategy := spec.in("strategy")
	if sort, ok := strategy.text("type"); ok && sort == "Recreate" {
		if strategy.value("rollingUpdate") != nil {
			r.refuse(strategy, "rollingUpdate", "must not be set beside the type Recreate")
		}
		return
	}
	r.oneOf(strategy, "type", "RollingUpdate", "Recreate")
	params := strategy.in("rollingUpdate")
	r.counts(params, "maxUnavailable", true)
	r.counts(params, "maxSurge", false)
	stuck(r, params)
}

// canaryUpdate is that of an Argo Rollout, whose controller does not go on with one
// that it finds wrong.
func canaryUpdate(r *refuser, spec spot) { stuck(r, spec.in("strategy", "canary")) }

// stuck refuses an update that may neither take a pod away nor add one.
func stuck(r *refuser, params spot) {
	if params.isZero("maxUnavailable") && params.isZero("maxSurge") {
		r.refuse(params, "maxUnavailable", "must not be 0 when maxSurge is 0: no pod could ever be replaced")
	}
}

func daemonUpdate(r *refuser, spec spot) {
	strategy := spec.in("updateStrategy")
	r.oneOf(strategy, "type", "RollingUpdate", "OnDelete")
	if sort, ok := strategy.text("type"); !ok || sort != "" && sort != "RollingUpdate" {
		return
	}
	params := strategy.in("rollingUpdate")
	r.counts(params, "maxUnavailable", true)
	r.counts(params, "maxSurge", true)
	// Not written, maxUnavailable is 1 and maxSurge 0.
	takes, adds := !params.isZero("maxUnavailable"), params.value("maxSurge") != nil && !params.isZero("maxSurge")
	for _, key := range []string{"maxUnavailable", "maxSurge"} {
		if v := params.value(key); v != nil && v.Tag != "!!int" && !isPercent(v) {
			return
		}
	}
	switch {
	case takes && adds:
		r.refuse(params, "maxSurge", "must not be set when maxUnavailable, which is 1 where it is left out, is not 0")
	case !takes && !adds:
		r.refuse(params, "maxUnavailable", "must not be 0 when maxSurge is 0: no pod could ever be replaced")
	}
}

func isPercent(v *yaml.Node) bool {
	_, ok := percentOf(v.Value)
	return ok && isText(v)
}

func statefulUpdate(r *refuser, spec spot) {
	strategy := spec.in("updateStrategy")
	if sort, ok := strategy.text("type"); ok && sort == "OnDelete" && strategy.value("rollingUpdate") != nil {
		r.refuse(strategy, "rollingUpdate", "must not be set beside the type OnDelete")
	}
	r.natural(strategy.in("rollingUpdate"), "partition")
	r.oneOf(spec, "podManagementPolicy", "OrderedReady", "Parallel")
}

// defaultDeadline is how long an update may make no progress, in seconds.
const defaultDeadline = 600

// deadline refuses an update that would have failed before a pod counts as ready.
func deadline(r *refuser, spec spot) {
	r.natural(spec, "replicas", "minReadySeconds", "revisionHistoryLimit")
	written := spec.value("progressDeadlineSeconds") != nil
	if !written && r.group == "extensions" {
		return // it had no end there
	}
	end, ok1 := spec.number("progressDeadlineSeconds", defaultDeadline)
	ready, ok2 := spec.number("minReadySeconds", 0)
	switch {
	case !ok1 || !ok2 || end > ready:
	case written:
		r.refuse(spec, "progressDeadlineSeconds", "(%d) must be more than minReadySeconds (%d)", end, ready)
	default:
		r.refuse(spec, "minReadySeconds", "(%d) must be less than progressDeadlineSeconds, which is %d where it is left out", ready, end)
	}
}

// ownSelection refuses a selector that does not select the pods of the controller's own
// template. The first API versions made one of the template's labels.
func ownSelection(r *refuser, spec spot) {
	if r.kind == "Rollout" && spec.value("workloadRef") != nil {
		return
	}
	labelSelector(r, spec, "selector")
	n := spec.value("selector")
	if n == nil {
		if r.version != "v1beta1" {
			r.refuse(spec, "selector", "is not set; it says by which labels the %s finds its pods", r.kind)
		}
		return
	}
	if n.Kind != yaml.MappingNode || !wellFormed(n) {
		return
	}
	if empty(yamldoc.Get(n, "matchLabels")) && empty(yamldoc.Get(n, "matchExpressions")) {
		r.refuse(spec, "selector", "is empty, which a %s's must not be", r.kind)
		return
	}
	selects(r, spec, n)
}

// selects refuses a selector of the spec that leaves out the pods of its template.
func selects(r *refuser, spec spot, n *yaml.Node) {
	labels := spec.in("template", "metadata").value("labels")
	if labels != nil && !labelMap(labels) {
		return
	}
	key, ok := leftOut(yamldoc.Get(n, "matchLabels"), labels)
	why := ": the label " + key + " differs"
	switch {
	case ok && !expressed(n, labels), leftOpen(n), leftOpen(labels):
		return
	case ok:
		why = ""
	case yamldoc.Get(labels, key) == nil:
		why = ": they have no label " + key
	}
	r.refuse(spec, "selector", "does not match the labels of the template's pods%s", why)
}

// leftOut gives the first label that is wanted and not there alike; true where all are.
func leftOut(want, labels *yaml.Node) (string, bool) {
	if isNull(want) {
		return "", true
	}
	for i := 0; i+1 < len(want.Content); i += 2 {
		key := want.Content[i].Value
		if v := yamldoc.Get(labels, key); v == nil || v.Value != yamldoc.Follow(want.Content[i+1]).Value {
			return key, false
		}
	}
	return "", true
}

// expressed reports whether the selector's expressions leave the labels out. One of an
// operator that does not exist says nothing.
func expressed(n, labels *yaml.Node) bool {
	if empty(yamldoc.Get(n, "matchExpressions")) {
		return false
	}
	s := selector(n)
	return !slices.ContainsFunc(s.MatchExpressions, func(e scorecard.Requirement) bool { return !slices.Contains(operators, e.Operator) }) &&
		!s.Matches(yamldoc.StringMap(labels))
}

// operators are those of a selector's expressions.
var operators = []string{"In", "NotIn", "Exists", "DoesNotExist"}

func empty(n *yaml.Node) bool { return isNull(n) || len(n.Content) == 0 }

// leftOpen reports whether some scalar below is null, not known or to be filled in.
func leftOpen(n *yaml.Node) bool {
	found := false
	walk(n, func(x *yaml.Node) {
		found = found || x.Kind == yaml.ScalarNode && (x.Tag == "!!null" || yamldoc.IsUnknown(x) || filledIn(x.Value))
	})
	return found
}

// jobSelection refuses a Job's own selector unless it says that it brings one: else the
// API server makes it, of a label that it gives to the pods.
func jobSelection(r *refuser, spec spot) {
	n, manual := spec.value("selector"), spec.value("manualSelector")
	if yamldoc.IsUnknown(manual) || n != nil && (n.Kind != yaml.MappingNode || !wellFormed(n)) {
		return
	}
	switch {
	case manual != nil && manual.Value == "true" && n == nil:
		r.refuse(spec, "selector", "is not set, although manualSelector says that it is")
	case manual != nil && manual.Value == "true":
		selects(r, spec, n)
	case n != nil && (!empty(yamldoc.Get(n, "matchLabels")) || !empty(yamldoc.Get(n, "matchExpressions"))):
		r.refuse(spec, "selector", "is made by the API server and must be left out, unless manualSelector is true")
	}
}

func jobCompletion(r *refuser, spec spot) {
	r.oneOf(spec, "completionMode", "NonIndexed", "Indexed")
	if mode, ok := spec.text("completionMode"); ok && mode == "Indexed" && spec.value("completions") == nil {
		r.refuse(spec, "completions", "is not set, which Indexed needs")
	}
	r.natural(spec, "completions", "parallelism", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished")
}

func schedule(r *refuser, spec spot) {
	text, ok := spec.text("schedule")
	switch {
	case !ok || filledIn(text):
	case text == "":
		r.refuse(spec, "schedule", "is not set")
	case strings.HasPrefix(text, "TZ=") || strings.HasPrefix(text, "CRON_TZ="):
		r.refuse(spec, "schedule", "must not name a time zone; timeZone does")
	default:
		if _, err := cron.ParseStandard(text); err != nil { // as Kubernetes does
			r.refuse(spec, "schedule", "is no schedule: %v", err)
		}
	}
	r.oneOf(spec, "concurrencyPolicy", "Allow", "Forbid", "Replace")
	r.natural(spec, "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
}

func cronTemplate(r *refuser, spec spot) {
	spec = spec.in("jobTemplate", "spec")
	if n := spec.value("selector"); n != nil {
		r.refuse(spec, "selector", "is made by the API server and must be left out")
	}
	jobCompletion(r, spec)
	podTemplate(r, spec, []string{"OnFailure", "Never"})
}
