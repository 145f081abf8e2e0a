package kube

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pod puts a container and the rest of a pod's spec into a Deployment.
func pod(container, rest string) string {
	return deploymentOf("", "{name: a, image: 'a:1'"+container+"}", rest)
}

func deploymentOf(spec, containers, rest string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  template: {metadata: {labels: {app: a}}, spec: {containers: [%s]%s}}
%s`, containers, rest, spec)
}

func of(apiVersion, kind, rest string) string {
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: a}\n%s", apiVersion, kind, rest)
}

const (
	podSpec1   = "selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}"
	jobPod     = "template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}"
	inTemplate = "spec.template.spec."
	inA        = inTemplate + "containers[a]."
)

// TestRefused holds what is refused, with its field, and what is near to it and is not.
func TestRefused(t *testing.T) {
	strategy := func(s string) string { return deploymentOf("  strategy: "+s+"\n", "{name: a, image: a}", "") }
	ingress := func(s string) string {
		return of("networking.k8s.io/v1", "Ingress", "spec: {rules: [{http: {paths: ["+s+"]}}]}\n")
	}
	backend := func(port string) string {
		return ingress("{path: /, pathType: Prefix, backend: {service: {name: a, port: " + port + "}}}")
	}
	hpa := func(s string) string {
		return of("autoscaling/v2", "HorizontalPodAutoscaler", "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, "+s+"}\n")
	}
	scaled := func(s string) string {
		return of("keda.sh/v1alpha1", "ScaledObject", "spec: {scaleTargetRef: {name: a}, "+s+"}\n")
	}
	budget := func(s string) string { return of("policy/v1", "PodDisruptionBudget", "spec: {selector: {}, "+s+"}\n") }
	rollout := func(s string) string { return of("argoproj.io/v1alpha1", "Rollout", "spec: {"+podSpec1+", "+s+"}\n") }
	cron := func(s string) string {
		return of("batch/v1", "CronJob", "spec: {schedule: "+s+", jobTemplate: {spec: {"+jobPod+"}}}\n")
	}
	service := func(s string) string { return of("v1", "Service", "spec: {selector: {a: a}, "+s+"}\n") }
	spread := func(s string) string { return pod("", ", topologySpreadConstraints: ["+s+"]") }
	resources := func(s string) string { return pod(", resources: "+s, "") }

	tests := map[string][]string{
		// updates
		strategy("{rollingUpdate: {maxUnavailable: 0, maxSurge: 0}}"):                                                           {"spec.strategy.rollingUpdate.maxUnavailable must not be 0 when maxSurge is 0: no pod could ever be replaced"},
		strategy("{rollingUpdate: {maxUnavailable: 0%, maxSurge: 0}}"):                                                          {"spec.strategy.rollingUpdate.maxUnavailable must not be 0 when maxSurge is 0: no pod could ever be replaced"},
		strategy("{rollingUpdate: {maxUnavailable: 0}}"):                                                                        nil,
		strategy("{rollingUpdate: {maxUnavailable: 0, maxSurge: '${SURGE}'}}"):                                                  nil,
		strategy("{rollingUpdate: {maxUnavailable: '1', maxSurge: -1}}"):                                                        {"spec.strategy.rollingUpdate.maxUnavailable is a number in quotes, which must be a percentage; take the quotes off", "spec.strategy.rollingUpdate.maxSurge must not be below 0"},
		strategy("{rollingUpdate: {maxUnavailable: 101%, maxSurge: 200%}}"):                                                     {"spec.strategy.rollingUpdate.maxUnavailable must not be more than 100%"},
		strategy("{type: Recreate, rollingUpdate: {maxSurge: 1}}"):                                                              {"spec.strategy.rollingUpdate must not be set beside the type Recreate"},
		strategy("{type: Recreate, rollingUpdate: null}"):                                                                       nil,
		strategy("{type: Rolling}"):                                                                                             {"spec.strategy.type must be RollingUpdate or Recreate"},
		rollout("strategy: {canary: {maxUnavailable: 0, maxSurge: 0%}}"):                                                        {"spec.strategy.canary.maxUnavailable must not be 0 when maxSurge is 0: no pod could ever be replaced"},
		rollout("strategy: {canary: {maxUnavailable: 0, maxSurge: 1}}"):                                                         nil,
		of("apps/v1", "DaemonSet", "spec: {"+podSpec1+", updateStrategy: {rollingUpdate: {maxSurge: 1}}}\n"):                    {"spec.updateStrategy.rollingUpdate.maxSurge must not be set when maxUnavailable, which is 1 where it is left out, is not 0"},
		of("apps/v1", "DaemonSet", "spec: {"+podSpec1+", updateStrategy: {rollingUpdate: {maxUnavailable: 0}}}\n"):              {"spec.updateStrategy.rollingUpdate.maxUnavailable must not be 0 when maxSurge is 0: no pod could ever be replaced"},
		of("apps/v1", "DaemonSet", "spec: {"+podSpec1+", updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}}\n"): nil,
		of("apps/v1", "StatefulSet", "spec: {"+podSpec1+", updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}}\n"): {"spec.updateStrategy.rollingUpdate must not be set beside the type OnDelete"},
		deploymentOf("  progressDeadlineSeconds: 30\n  minReadySeconds: 30\n", "{name: a, image: a}", ""):                       {"spec.progressDeadlineSeconds (30) must be more than minReadySeconds (30)"},
		deploymentOf("  minReadySeconds: 600\n", "{name: a, image: a}", ""):                                                     {"spec.minReadySeconds (600) must be less than progressDeadlineSeconds, which is 600 where it is left out"},
		deploymentOf("  progressDeadlineSeconds: 0\n", "{name: a, image: a}", ""):                                               {"spec.progressDeadlineSeconds (0) must be more than minReadySeconds (0)"},
		deploymentOf("  minReadySeconds: 599\n", "{name: a, image: a}", ""):                                                     nil,
		rollout("minReadySeconds: 700"):                                                                                         {"spec.minReadySeconds (700) must be less than progressDeadlineSeconds, which is 600 where it is left out"},

		// autoscalers and budgets
		hpa("minReplicas: 0, maxReplicas: 3"):                                            {"spec.minReplicas must not be 0 without a metric of the type Object or External: with no pod there is nothing else to look at"},
		hpa("minReplicas: 0, maxReplicas: 3, metrics: [{type: External, external: {}}]"): nil,
		hpa("minReplicas: 4, maxReplicas: 3"):                                            {"spec.maxReplicas (3) is less than minReplicas (4)"},
		hpa("minReplicas: 4"):                                                            {"spec.maxReplicas is not set"},
		hpa("maxReplicas: 0"):                                                            {"spec.maxReplicas must be 1 or more"},
		hpa("minReplicas: 3, maxReplicas: 3"):                                            nil,
		scaled("maxReplicaCount: 3"):                                                     {"spec.triggers has no trigger, so KEDA does not take it"},
		scaled("triggers: []"):                                                           {"spec.triggers has no trigger, so KEDA does not take it"},
		scaled("minReplicaCount: 5, maxReplicaCount: 3, triggers: [{type: cron}]"):       {"spec.minReplicaCount (5) is more than maxReplicaCount (3), so KEDA does not scale"},
		scaled("minReplicaCount: 101, triggers: [{type: cron}]"):                         {"spec.minReplicaCount (101) is more than maxReplicaCount, which is 100 where it is left out, so KEDA does not scale"},
		scaled("minReplicaCount: 3, maxReplicaCount: 3, triggers: [{type: cron}]"):       nil,
		budget("minAvailable: 1, maxUnavailable: 1"):                                     {"spec.maxUnavailable must not be set beside minAvailable: a budget has one of them"},
		budget("minAvailable: -1"):                                                       {"spec.minAvailable must not be below 0"},
		budget("minAvailable: '50'"):                                                     {"spec.minAvailable is a number in quotes, which must be a percentage; take the quotes off"},
		budget("maxUnavailable: half"):                                                   {"spec.maxUnavailable must be a whole number from 0, or a percentage like 25%"},
		budget("maxUnavailable: 150%"):                                                   {"spec.maxUnavailable must not be more than 100%"},
		budget("maxUnavailable: '{{ max }}'"):                                            nil,
		budget("maxUnavailable: 0"):                                                      nil,

		// spread
		spread("{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}, {maxSkew: 2, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}"): nil,
		spread("{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}"):                                                                     {inTemplate + "topologySpreadConstraints[0].maxSkew must be set, to 1 or more"},
		spread("{maxSkew: 1}"): {inTemplate + "topologySpreadConstraints[0].topologyKey is not set", inTemplate + "topologySpreadConstraints[0].whenUnsatisfiable must be set, to DoNotSchedule or ScheduleAnyway"},
		spread("{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: Never}"):                                                                            {inTemplate + "topologySpreadConstraints[0].whenUnsatisfiable must be DoNotSchedule or ScheduleAnyway"},
		spread("{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}, {maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}"): {inTemplate + "topologySpreadConstraints[1].topologyKey is that of another constraint too, with the same whenUnsatisfiable"},

		// probes and hooks
		pod(", readinessProbe: {httpGet: {port: 80}, tcpSocket: {port: 80}}", ""):                                         {inA + "readinessProbe.tcpSocket must not be set beside httpGet: a probe or a hook does one thing"},
		pod(", readinessProbe: {periodSeconds: 5}", ""):                                                                   {inA + "readinessProbe must have one of exec, httpGet, tcpSocket or grpc"},
		pod(", readinessProbe: {tcpSocket: null}", ""):                                                                    {inA + "readinessProbe must have one of exec, httpGet, tcpSocket or grpc"},
		pod(", readinessProbe: {exec: {}}", ""):                                                                           {inA + "readinessProbe.exec.command is not set"},
		pod(", readinessProbe: {httpGet: {path: /}}", ""):                                                                 {inA + "readinessProbe.httpGet.port is not set"},
		pod(", readinessProbe: {tcpSocket: {port: 70000}}", ""):                                                           {inA + "readinessProbe.tcpSocket.port must be a number from 1 to 65535"},
		pod(", readinessProbe: {httpGet: {port: '8080'}}", ""):                                                            {inA + "readinessProbe.httpGet.port is a number in quotes, which would be a name, and names of ports have a letter"},
		pod(", readinessProbe: {httpGet: {port: a_port}}", ""):                                                            {inA + "readinessProbe.httpGet.port is no name of a port: at most 15 lower-case letters, digits and single hyphens, with a letter among them"},
		pod(", readinessProbe: {httpGet: {port: $(PORT)}}", ""):                                                           nil,
		pod(", readinessProbe: {httpGet: {port: http}, successThreshold: 2}", ""):                                         nil,
		pod(", livenessProbe: {grpc: {port: 80}, successThreshold: 2}", ""):                                               {inA + "livenessProbe.successThreshold must be 1"},
		pod(", startupProbe: {grpc: {port: 80}, successThreshold: 0}", ""):                                                nil,
		pod(", startupProbe: {grpc: {port: 80}, periodSeconds: -1}", ""):                                                  {inA + "startupProbe.periodSeconds must not be below 0"},
		pod(", lifecycle: {preStop: {exec: {command: [a]}, sleep: {seconds: 1}}}", ""):                                    {inA + "lifecycle.preStop.sleep must not be set beside exec: a probe or a hook does one thing"},
		pod(", lifecycle: {preStop: {}}", ""):                                                                             {inA + "lifecycle.preStop must have one of exec, httpGet, tcpSocket or sleep"},
		pod(", lifecycle: {preStop: {sleep: {seconds: 31}}}", ""):                                                         {inA + "lifecycle.preStop.sleep.seconds must be from 0 to terminationGracePeriodSeconds (30)"},
		pod(", lifecycle: {preStop: {sleep: {seconds: 31}}}", ", terminationGracePeriodSeconds: 60"):                      nil,
		pod("", ", initContainers: [{name: b, image: b, readinessProbe: {exec: {command: [b]}}}]"):                        {inTemplate + "initContainers[b].readinessProbe must not be set for an init container that is no sidecar (restartPolicy: Always)"},
		pod("", ", initContainers: [{name: b, image: b, restartPolicy: Always, readinessProbe: {exec: {command: [b]}}}]"): nil,

		// containers
		pod(", securityContext: {runAsUser: -1}", ", securityContext: {fsGroup: -5, runAsGroup: 0}"):                                 {inTemplate + "securityContext.fsGroup must be a number from 0 to 2147483647", inA + "securityContext.runAsUser must be a number from 0 to 2147483647"},
		pod(", securityContext: {privileged: true, allowPrivilegeEscalation: false}", ""):                                            {inA + "securityContext.allowPrivilegeEscalation must not be false when privileged is true"},
		deploymentOf("", "{name: a, image: a}, {name: a, image: b}", ""):                                                             {inA + "name is the name of another container too"},
		deploymentOf("", "{name: A_b, image: a}", ""):                                                                                {inTemplate + "containers[A_b].name is no name that a container can have: at most 63 lower-case letters, digits and '-', with a letter or a digit at both ends"},
		deploymentOf("", "{name: a}, {name: b, image: b}", ""):                                                                       {inA + "image is not set"},
		pod(", ports: [{name: http, containerPort: 80}, {name: http, containerPort: 81}]", ""):                                       {inA + "ports[http].name is the name of another port of the container too"},
		pod(", ports: [{containerPort: 80}, {containerPort: 80, protocol: udp}]", ""):                                                {inA + "ports[1].protocol must be TCP, UDP or SCTP"},
		pod(", ports: [{name: '80', containerPort: 0}]", ""):                                                                         {inA + "ports[80].containerPort must be a number from 1 to 65535", inA + "ports[80].name is a number in quotes, which would be a name, and names of ports have a letter"},
		pod(", env: [{name: A, value: x}, {name: A, value: y}]", ""):                                                                 nil,
		pod(", env: [{name: A, value: hunter2, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]", ""):                             {inA + "env[A].valueFrom must not be set beside value"},
		pod(", volumeMounts: [{name: data, mountPath: /d}]", ""):                                                                     {inA + `volumeMounts[data].name is "data", and the pod has no volume of that name`},
		pod(", volumeMounts: [{name: data, mountPath: /d}, {name: data, mountPath: /d}]", ", volumes: [{name: data, emptyDir: {}}]"): {inA + "volumeMounts[data].mountPath is that of another volume mount of the container too"},
		pod(", volumeMounts: [{name: $(NAME), mountPath: /d}]", ""):                                                                  nil,
		of("apps/v1", "StatefulSet", strings.Replace("spec: {"+podSpec1+", volumeClaimTemplates: [{metadata: {name: data}}]}\n", "image: a", "image: a, volumeMounts: [{name: data, mountPath: /d}]", 1)): nil,
		pod("", ", volumes: [{name: a, emptyDir: {}}, {name: a, emptyDir: {}}]"):             {inTemplate + "volumes[a].name is the name of another volume too"},
		resources("{requests: {cpu: 2, memory: 1Gi}, limits: {cpu: 1500m, memory: 1024Mi}}"): {inA + "resources.requests.cpu is more than its limit"},
		resources("{requests: {cpu: '${CPU}'}, limits: {cpu: 1}}"):                           {inA + "resources.requests.cpu is no quantity; write one like 250m or 1Gi"}, // as before
		resources("{requests: {nvidia.com/gpu: 1}}"):                                         {inA + `resources.requests["nvidia.com/gpu"] has no limit, and it can't be shared: set a limit of the same`},
		resources("{requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 1}}"):            nil,
		resources("{limits: {cpu: -1}}"):                                                     {inA + "resources.limits.cpu must not be below 0"},

		// selectors
		of("apps/v1", "Deployment", "spec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}\n"):      {"spec.selector is not set; it says by which labels the Deployment finds its pods"},
		of("apps/v1beta1", "Deployment", "spec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}\n"): nil,
		strings.Replace(pod("", ""), "matchLabels: {app: a}", "", 1):                                                                      {"spec.selector is empty, which a Deployment's must not be"},
		strings.Replace(pod("", ""), "matchLabels: {app: a}", "matchLabels: {app: b}", 1):                                                 {"spec.selector does not match the labels of the template's pods: the label app differs"},
		strings.Replace(pod("", ""), "matchLabels: {app: a}", "matchLabels: {app: a, tier: b}", 1):                                        {"spec.selector does not match the labels of the template's pods: they have no label tier"},
		strings.Replace(pod("", ""), "matchLabels: {app: a}", "matchLabels: {app: '${APP}'}", 1):                                          nil,
		strings.Replace(pod("", ""), "matchLabels: {app: a}", "matchExpressions: [{key: app, operator: NotIn, values: [a]}]", 1):          {"spec.selector does not match the labels of the template's pods"},
		of("argoproj.io/v1alpha1", "Rollout", "spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: a}}\n"):                  nil,
		of("apps/v1", "Deployment", "spec: {replicas: 2, template: {spec: {containers: [{name: a, resources: {}}]}}}\n"):                  nil, // laid over another one

		// jobs
		of("batch/v1", "Job", "spec: {template: {spec: {containers: [{name: a, image: a}]}}}\n"):                        {inTemplate + "restartPolicy is not set, which means Always; the pods of a Job need OnFailure or Never"},
		of("batch/v1", "Job", "spec: {template: {spec: {restartPolicy: Always, containers: [{name: a, image: a}]}}}\n"): {inTemplate + "restartPolicy must be OnFailure or Never in the pods of a Job"},
		pod("", ", restartPolicy: OnFailure"):                                                                {inTemplate + "restartPolicy must be Always in the pods of a Deployment"},
		of("batch/v1", "Job", "spec: {selector: {matchLabels: {a: a}}, "+jobPod+"}\n"):                       {"spec.selector is made by the API server and must be left out, unless manualSelector is true"},
		of("batch/v1", "Job", "spec: {manualSelector: true, selector: {matchLabels: {a: a}}, "+jobPod+"}\n"): {"spec.selector does not match the labels of the template's pods: they have no label a"},
		cron("'0 3 * * 7'"):        {"spec.schedule is no schedule: end of range (7) above maximum (6): 7"},
		cron("'* * * *'"):          {"spec.schedule is no schedule: expected exactly 5 fields, found 4: [* * * *]"},
		cron("'TZ=UTC 0 3 * * *'"): {"spec.schedule must not name a time zone; timeZone does"},
		cron("'@daily'"):           nil,
		cron("''"):                 {"spec.schedule is not set"},

		// routes
		backend("{name: '80'}"):             {"spec.rules[0].http.paths[0].backend.service.port.name is a number in quotes, which would be a name, and names of ports have a letter"},
		backend("{name: http, number: 80}"): {"spec.rules[0].http.paths[0].backend.service.port.name must not be set beside number"},
		backend("{number: 80}"):             nil,
		backend("{}"):                       {"spec.rules[0].http.paths[0].backend.service.port has neither a name nor a number"},
		ingress("{path: /, backend: {service: {name: a, port: {number: 80}}}}"):                   {"spec.rules[0].http.paths[0].pathType is not set; it is Prefix, Exact or ImplementationSpecific"},
		ingress("{path: a, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}"): {"spec.rules[0].http.paths[0].path must begin with a slash"},
		ingress("{pathType: exact, backend: {service: {name: a, port: {number: 80}}}}"):           {"spec.rules[0].http.paths[0].pathType must be Exact, Prefix or ImplementationSpecific"},
		ingress("{path: /, pathType: Exact}"):                                                     {"spec.rules[0].http.paths[0].backend has no service"},
		service("ports: [{port: 80}, {port: 81, name: b}]"):                                       {"spec.ports[0].name is not set; each port of a Service with several has one"},
		service("ports: [{port: 80, targetPort: '8080'}]"):                                        {"spec.ports[0].targetPort is a number in quotes, which would be a name, and names of ports have a letter"},
		service("ports: [{port: 80, targetPort: 0}]"):                                             nil,
		service("clusterIP: None"):                                                                nil,
		service("type: LoadBalancer"):                                                             {"spec.ports has no port; only a headless Service may have none"},

		// names and groups
		strings.Replace(pod("", ""), "name: a}", "name: My_App}", 1):                           {"metadata.name is no name that a Deployment can have: lower-case letters, digits, '-' and '.', with a letter or a digit at both ends"},
		strings.Replace(pod("", ""), "name: a}", "name: a.b}", 1):                              nil,
		strings.Replace(pod("", ""), "name: a}", "name: '${NAME}'}", 1):                        nil,
		strings.Replace(pod("", ""), "name: a}", "name: APP_NAME}", 1):                         nil,
		strings.Replace(service("ports: [{port: 80}]"), "name: a}", "name: a.b}", 1):           {"metadata.name must not have dots in a Service"},
		strings.Replace(cron("'@daily'"), "name: a}", "name: "+strings.Repeat("a", 53)+"}", 1): {"metadata.name has 53 characters; a CronJob may have 52"},
		strings.Replace(pod("", ""), "apps/v1", "app/v1", 1):                                   {"Deployment is of apps/v1, not app/v1"},
		strings.Replace(pod("", ""), "apps/v1", "v1", 1):                                       {"Deployment is of apps/v1, not v1"},
	}
	for text, want := range tests {
		facts := readFiles(t, map[string]string{"a.yaml": text}, Options{})
		if len(facts.Manifests) != 1 {
			t.Errorf("%d manifests of\n%s", len(facts.Manifests), text)
			continue
		}
		var got []string
		for _, p := range facts.Manifests[0].Problems {
			got = append(got, p.Message)
			if p.Location.FirstLine == 0 || p.Location.Field == "" {
				t.Errorf("no place: %+v", p)
			}
		}
		if diff := cmp.Diff(setOf(want), setOf(got)); diff != "" {
			t.Errorf("%s(-want +got)\n%s", text, diff)
		}
	}
}

func setOf(all []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range all {
		out[s] = true
	}
	return out
}

// An object of a group that is misspelt is judged as what it means.
func TestMeant(t *testing.T) {
	facts := readFiles(t, map[string]string{"a.yaml": strings.Replace(pod("", ""), "apps/v1", "app/v1", 1)}, Options{})
	if len(facts.Workloads) != 1 || facts.Workloads[0].Object.APIVersion != "apps/v1" || facts.Manifests[0].Problems[0].Location.FirstLine != 1 {
		t.Errorf("%+v", facts)
	}
	for name, want := range map[string]string{
		"app/v1 Deployment": "apps/v1", "Apps/v1 Deployment": "apps/v1", "apps.k8s.io/v1 StatefulSet": "apps/v1", "v1 CronJob": "batch/v1",
		"networking/v1 Ingress": "networking.k8s.io/v1", "rbac/v1 Role": "rbac.authorization.k8s.io/v1", "core/v1 Service": "v1",
		"apps/v1 Service": "v1", "policy/v1 HorizontalPodAutoscaler": "autoscaling/v2",
		"apps/v1 Deployment": "", "apps/v1beta1 Deployment": "", "extensions/v1beta1 Deployment": "", "v1 Role": "", "openslo/v1 Service": "",
		"apps.kruise.io/v1alpha1 StatefulSet": "", "batch.volcano.sh/v1alpha1 Job": "", "serving.knative.dev/v1 Service": "",
		"networking.istio.io/v1 Ingress": "", "n9/v1alpha Service": "", "app/v1 Widget": "", "apps Deployment": "", "apps/latest Deployment": "",
	} {
		apiVersion, kind, _ := strings.Cut(name, " ")
		if got, wrong := meant(apiVersion, kind); wrong != (want != "") || wrong && got != want {
			t.Errorf("%s: %q %v, want %q", name, got, wrong, want)
		}
	}
}

// What a chart leaves empty for its values, and what a kustomization was to complete,
// is not refused.
func TestNotRefused(t *testing.T) {
	chart := readFiles(t, map[string]string{
		"c/Chart.yaml":       goodChart,
		"c/templates/a.yaml": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: '{{ .Values.name }}-job'}\nspec: {schedule: '{{ .Values.schedule }}', jobTemplate: {spec: {" + jobPod + "}}}\n",
	}, Options{Worker: worker})
	if m := chart.Manifests; len(m) != 1 || len(m[0].Problems) != 0 {
		t.Errorf("%+v", m)
	}
	bare := of("apps/v1", "Deployment", "spec: {template: {spec: {containers: [{name: a, image: a}]}}}\n")
	kust := readFiles(t, map[string]string{
		"k/kustomization.yaml": "resources: [a.yaml, 'https://example.org/b.yaml']\nlabels: [{pairs: {app: a}, includeSelectors: true}]\n", "k/a.yaml": bare,
	}, Options{Worker: worker})
	for _, m := range kust.Manifests {
		if len(m.Problems) > 0 || len(kust.Workloads) != 1 {
			t.Errorf("%+v", kust.Manifests)
		}
	}
}
