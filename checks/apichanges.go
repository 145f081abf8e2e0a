package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// move is what a manifest must say otherwise when it moves to another API version.
type move struct {
	kinds []string
	// from are the API versions that it is true of; none are all.
	from    []string
	changes []string
}

// selectorIsRequired is true of all workloads of apps/v1.
const selectorIsRequired = "`spec.selector` is required, and can't be changed later; take the labels of the pod template"

// moves are from Kubernetes' deprecation guide.
var moves = []move{
	{[]string{"Ingress"}, nil, []string{
		"every path needs a `pathType`: `Prefix` or `Exact`, or `ImplementationSpecific` for what it did before",
		"a backend's `serviceName` is `service.name`, and its `servicePort` is `service.port.number`, or `service.port.name` where it is a name",
		"`spec.backend` is `spec.defaultBackend`",
	}},
	{[]string{"PodDisruptionBudget"}, nil, []string{
		"an empty selector (`spec.selector: {}`) selects every pod of the namespace, where it selected none",
	}},
	{[]string{"HorizontalPodAutoscaler"}, []string{"autoscaling/v2beta1"}, []string{
		"a metric's `targetAverageUtilization` is `target.averageUtilization` with `target.type: Utilization`, and its `targetAverageValue` is `target.averageValue` with `target.type: AverageValue`",
		"the `metricName` of a Pods, Object or External metric is `metric.name`",
	}},
	{[]string{"Deployment"}, nil, []string{selectorIsRequired, "`spec.rollbackTo` is gone"}},
	{[]string{"Deployment"}, []string{"extensions/v1beta1"}, []string{
		"what is left out has other defaults: `progressDeadlineSeconds` 600, `revisionHistoryLimit` 10, `maxSurge` and `maxUnavailable` 25%",
	}},
	{[]string{"DaemonSet"}, nil, []string{selectorIsRequired, "`spec.templateGeneration` is gone"}},
	{[]string{"DaemonSet"}, []string{"extensions/v1beta1"}, []string{"`spec.updateStrategy.type` is `RollingUpdate` where it is left out; it was `OnDelete`"}},
	{[]string{"StatefulSet"}, nil, []string{selectorIsRequired}},
	{[]string{"StatefulSet"}, []string{"apps/v1beta1"}, []string{"`spec.updateStrategy.type` is `RollingUpdate` where it is left out; it was `OnDelete`"}},
	{[]string{"ReplicaSet"}, nil, []string{selectorIsRequired}},
	{[]string{"CustomResourceDefinition"}, nil, []string{
		"`spec.version` is the list `spec.versions`, and `validation`, `subresources` and `additionalPrinterColumns` stand in each of its items, the first as `schema`",
		"every version needs a structural `schema.openAPIV3Schema`",
		"`spec.preserveUnknownFields: true` is not allowed; write `x-kubernetes-preserve-unknown-fields: true` in the schema",
		"`JSONPath` of a printer column is `jsonPath`",
		"`spec.conversion.webhookClientConfig` is `spec.conversion.webhook.clientConfig`",
		"`spec.scope` must be written",
	}},
	{[]string{"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"}, nil, []string{
		"every webhook needs `sideEffects` (`None` or `NoneOnDryRun`) and `admissionReviewVersions`",
		"what is left out has other defaults: `failurePolicy` is `Fail`, `matchPolicy` is `Equivalent`, `timeoutSeconds` is 10",
	}},
	{[]string{"CertificateSigningRequest"}, nil, []string{"`spec.signerName` and `spec.usages` are required"}},
	{[]string{"SubjectAccessReview", "LocalSubjectAccessReview"}, nil, []string{"`spec.group` is `spec.groups`"}},
	{[]string{"EndpointSlice"}, []string{"discovery.k8s.io/v1beta1", "discovery.k8s.io/v1alpha1"}, []string{
		"of an endpoint, `nodeName` and `zone` stand for the entries of `topology`",
	}},
	{[]string{"PriorityLevelConfiguration"}, []string{"flowcontrol.apiserver.k8s.io/v1alpha1", "flowcontrol.apiserver.k8s.io/v1beta1", "flowcontrol.apiserver.k8s.io/v1beta2"}, []string{
		"`spec.limited.assuredConcurrencyShares` is `spec.limited.nominalConcurrencyShares`",
	}},
}

// changesIn says what else is different where the object goes; empty where nothing is,
// or where it is not known.
func changesIn(from, to scorecard.ObjectRef) string {
	var changes []string
	for _, m := range moves {
		if slices.Contains(m.kinds, from.Kind) && (len(m.from) == 0 || slices.Contains(m.from, from.APIVersion)) {
			changes = append(changes, m.changes...)
		}
	}
	if len(changes) == 0 {
		return ""
	}
	return fmt.Sprintf("What else is different in a %s of %s:\n\n- %s", to.Kind, to.APIVersion, strings.Join(changes, "\n- "))
}
