// Package checks holds the practices that Seaworthy looks for: one file a
// practice, each check a value with its words in it.
//
// A check's rule is a pure function of one service's evidence. Most rules are
// about one thing of many, and are written for one: [workloads] and [containers]
// make of them a rule for the service, as http.HandlerFunc makes a handler of a
// function. Each subject is counted as right, wrong or undecided; "cannot see" is
// never wrong, and never right.
//
// To add a check: write its value in the file of its practice, add one line to
// [All], and write its cases in testdata/<id>.txtar. The tests refuse a check
// without cases, and write its section of docs/checks.md with -update.
package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// All lists every check, in the order of the catalogue.
func All() []scorecard.Check {
	return []scorecard.Check{
		readinessProbe,
		livenessProbe,
		startupProtected,
		probesDistinct,
		probeTargetExists,
		gracefulShutdown,
		batchBounded,
		cronConcurrency,
		replicasRedundant,
		pdbPresent,
		pdbAllowsEviction,
		nodeSpread,
		zoneSpread,
		rolloutSafe,
		rollbackKept,
		prioritySet,
		requestsSet,
		memoryLimited,
		autoscaled,
		autoscalerEffective,
		loadTested,
		capacityPlan,
		manifestsValid,
		apiVersionsServed,
		selectorMatches,
		namespaceOwn,
		sloDefined,
		sloSound,
		sloKinds,
		sloBurnRateAlerts,
		alertsDefined,
		alertRunbooks,
		runbookLinksResolve,
		alertRouting,
		alertDebounced,
		rulesValid,
		errorBudgetPolicy,
		runbookPresent,
		runbookActionable,
		runbookFresh,
		oncallDeclared,
		escalationPolicy,
		postmortemsKept,
		postmortemActionsTracked,
		metricsScraped,
		traced,
		logsStructured,
		modelReadyProbe,
		modelPinned,
		acceleratorDeclared,
		modelAutoscaled,
		inferenceSLO,
		llmObserved,
		modelFallback,
		modelCanary,
		ciPresent,
		ciTests,
		deployAutomated,
		progressiveDelivery,
		autoRollback,
		migrationsManaged,
		releasesTagged,
		deployFrequency,
		goldenSignals,
		dashboardsAsCode,
		deployAsCode,
		infraAsCode,
		stateRemote,
		versionsPinned,
		timeoutsAndRetries,
		circuitBreaker,
		rateLimited,
		iacTested,
		iacDriftWatched,
		networkIsolated,
		chaosTested,
		backupsScheduled,
		dataReplicated,
		deleteProtected,
		drPlan,
		restoreDrilled,
		imagePinned,
		noPlainSecrets,
		secretsManaged,
		unprivileged,
		dependenciesUpdated,
		vulnerabilitiesScanned,
		actionsPinned,
		leastPrivilege,
		ciTokenLimited,
		ownerDeclared,
		catalogRegistered,
		lifecycleAndTier,
		dependenciesDeclared,
		docsPresent,
	}
}

// Builtin is the rubric that asks every check at the catalogue's level and weight.
func Builtin() (*scorecard.Rubric, error) {
	r, err := scorecard.NewRubric("builtin", All())
	if err != nil {
		return nil, fmt.Errorf("built-in rubric: %w", err)
	}
	return r, nil
}
