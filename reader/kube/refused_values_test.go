package kube

import (
	"strings"
	"testing"
)

// TestRefusedValues holds objects by the field that is refused of them; none is for what
// is near to it and is taken.
func TestRefusedValues(t *testing.T) {
	rbac := func(kind, rest string) string { return of("rbac.authorization.k8s.io/v1", kind, rest+"\n") }
	subject := func(kind, s string) string {
		return rbac(kind, "roleRef: {kind: ClusterRole, name: a, apiGroup: rbac.authorization.k8s.io}\nsubjects: ["+s+"]")
	}
	policy := func(s string) string {
		return of("networking.k8s.io/v1", "NetworkPolicy", "spec: {podSelector: {}, ingress: ["+s+"]}\n")
	}
	hpa := func(s string) string {
		return of("autoscaling/v2", "HorizontalPodAutoscaler", "spec: {scaleTargetRef: {kind: Deployment, name: a}, maxReplicas: 3, "+s+"}\n")
	}
	budget := func(s string) string {
		return of("policy/v1", "PodDisruptionBudget", "spec: {maxUnavailable: 1, selector: {matchExpressions: ["+s+"]}}\n")
	}
	label := func(s string) string { return of("v1", "ServiceAccount", "") + "automountServiceAccountToken: " + s }
	service := func(s string) string { return of("v1", "Service", "spec: {selector: {a: a}, "+s+"}\n") }
	data := func(kind, s string) string { return of("v1", kind, s+"\n") }
	claim := func(s string) string { return of("v1", "PersistentVolumeClaim", "spec: {"+s+"}\n") }
	labels := func(s string) string { return strings.Replace(label("false"), "name: a}", "name: a, "+s+"}", 1) }
	volume := func(s string) string { return pod("", ", volumes: [{name: a, "+s+"}]") }
	variable := func(s string) string { return pod(", env: [{"+s+"}]", "") }

	for text, field := range map[string]string{
		labels("labels: {a: 'a b'}"):                                                                "metadata.labels.a",
		labels("labels: {a: " + strings.Repeat("a", 64) + "}"):                                      "metadata.labels.a",
		labels("labels: {a: " + strings.Repeat("a", 63) + ", b: '', c.d/E_f: 1.2-a}"):               "",
		labels("labels: {a: '${A}', b: APP_NAME_}"):                                                 "",
		labels("labels: {a/b/c: a}"):                                                                `metadata.labels["a/b/c"]`,
		labels("annotations: {a b: any thing}"):                                                     "metadata.annotations.a b",
		labels("annotations: {Example.com/A: any thing}"):                                           "",
		labels("namespace: Shop"):                                                                   "metadata.namespace",
		budget("{key: a, operator: In}"):                                                            "spec.selector.matchExpressions[0].values",
		budget("{key: a, operator: Exists, values: [b]}"):                                           "spec.selector.matchExpressions[0].values",
		budget("{key: a, operator: Has}"):                                                           "spec.selector.matchExpressions[0].operator",
		budget("{key: a, operator: NotIn, values: [b]}"):                                            "",
		rbac("Role", "rules: [{nonResourceURLs: [/a], verbs: [get]}]"):                              "rules[0].nonResourceURLs",
		rbac("ClusterRole", "rules: [{nonResourceURLs: [/a], verbs: [get]}]"):                       "",
		rbac("Role", "rules: [{apiGroups: [''], resources: [pods]}]"):                               "rules[0].verbs",
		rbac("ClusterRoleBinding", "roleRef: {kind: Role, name: a}"):                                "roleRef.kind",
		rbac("RoleBinding", "roleRef: {kind: Role, name: a}"):                                       "",
		subject("ClusterRoleBinding", "{kind: ServiceAccount, name: a}"):                            "subjects[a].namespace",
		subject("RoleBinding", "{kind: ServiceAccount, name: a}"):                                   "",
		hpa("behavior: {scaleDown: {stabilizationWindowSeconds: 3601}}"):                            "spec.behavior.scaleDown.stabilizationWindowSeconds",
		hpa("behavior: {scaleUp: {policies: [{type: Percentage, value: 1, periodSeconds: 1800}]}}"): "spec.behavior.scaleUp.policies[0].type",
		hpa("behavior: {scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 1801}]}}"):       "spec.behavior.scaleUp.policies[0].periodSeconds",
		hpa("metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 1, averageValue: 1}}}]"): "spec.metrics[0].resource.target.averageValue",
		hpa("metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageValue: 1}}}]"):                        "", // and it works by the value
		hpa("metrics: [{type: Resource, pods: {metric: {name: a}, target: {type: AverageValue, averageValue: 1}}, resource: {}}]"):     "spec.metrics[0].pods",
		policy("{from: [{ipBlock: {cidr: 10.0.0.0}}]}"):                                                                                "spec.ingress[0].from[0].ipBlock.cidr",
		policy("{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/9]}}]}"):                                                        "spec.ingress[0].from[0].ipBlock.except",
		policy("{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}"):                                                             "spec.ingress[0].from[0].ipBlock",
		policy("{from: [{}]}"):                                                              "spec.ingress[0].from[0].podSelector",
		policy("{ports: [{port: 90, endPort: 80}]}"):                                        "spec.ingress[0].ports[0].endPort",
		policy("{ports: [{port: 80, endPort: 90}], from: [{podSelector: {}}]}"):             "",
		volume("emptyDir: {}, configMap: {name: a}"):                                        inTemplate + "volumes[a].configMap",
		volume("hostPath: {path: /a/../b}"):                                                 inTemplate + "volumes[a].hostPath.path",
		pod("", ", volumes: [{name: a}]"):                                                   "",
		pod(", ports: [{containerPort: 80, hostPort: 81}]", ", hostNetwork: true"):          inA + "ports[0].hostPort",
		pod(", ports: [{containerPort: 80, hostPort: 81}]", ""):                             "",
		variable("name: A, valueFrom: {fieldRef: {fieldPath: metadata.foo}}"):               inA + "env[A].valueFrom.fieldRef.fieldPath",
		variable("name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['a/b']\"}}"): "",
		variable("name: 'A=B', value: a"):                                                   inA + "env[A=B].name",
		variable("name: a.b-c, value: a"):                                                   "",
		pod("", ", affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, podAffinityTerm: {topologyKey: a}}]}}"): inTemplate + "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight",
		pod("", ", tolerations: [{key: a, operator: Exists, value: b}]"):                                                                              inTemplate + "tolerations[0].value",
		pod("", ", tolerations: [{operator: Exists}, {key: a, value: b}]"):                                                                            "",
		pod("", ", topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, minDomains: 2}]"):                      inTemplate + "topologySpreadConstraints[0].minDomains",
		pod("", ", dnsPolicy: None"):                                                                        inTemplate + "dnsPolicy",
		pod("", ", dnsPolicy: None, dnsConfig: {nameservers: [1.1.1.1]}"):                                   "",
		pod(", volumeMounts: [{name: a, mountPath: /a, subPath: ../b}]", ", volumes: [{name: a}]"):          inA + "volumeMounts[a].subPath",
		service("ports: [{name: a, port: 80}, {name: b, port: 80}]"):                                        "spec.ports[b].port",
		service("ports: [{name: a, port: 53}, {name: b, port: 53, protocol: UDP}]"):                         "",
		service("type: LoadBalancer, clusterIP: None, ports: [{port: 80}]"):                                 "spec.clusterIP",
		service("externalTrafficPolicy: Local, ports: [{port: 80}]"):                                        "spec.externalTrafficPolicy",
		service("externalTrafficPolicy: Local, externalIPs: [1.2.3.4], ports: [{port: 80}]"):                "",
		service("ports: [{port: 80, nodePort: 30080}]"):                                                     "spec.ports[0].nodePort",
		data("Secret", "type: kubernetes.io/tls\ndata: {tls.crt: YQ==}"):                                    "data",
		data("Secret", "type: kubernetes.io/tls\ndata: {tls.crt: YQ==}\nstringData: {tls.key: a}"):          "",
		data("Secret", "data: {a: 'not base64!'}"):                                                          "data.a",
		data("Secret", "data: {a: '<base64>', b: 'ENC[AES256_GCM,data:x]', c: '${B}', d: YOUR_KEY, e: ''}"): "",
		data("ConfigMap", "data: {a/b: c}"):                                                                 `data["a/b"]`,
		data("ConfigMap", "data: {A_b.c-d: e}"):                                                             "",
		claim("resources: {requests: {storage: 1Gi}}"):                                                      "spec.accessModes",
		claim("accessModes: [ReadWriteOnce]"):                                                               "spec.resources",
		claim("accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}"):                        "",
		of("scheduling.k8s.io/v1", "PriorityClass", "value: 1000000001\n"):                                  "value",
		of("apps/v1", "StatefulSet", "spec: {podManagementPolicy: parallel, "+podSpec1+"}\n"):               "spec.podManagementPolicy",
		of("batch/v1", "Job", "spec: {completionMode: Indexed, "+jobPod+"}\n"):                              "spec.completions",
	} {
		facts := readFiles(t, map[string]string{"a.yaml": text}, Options{})
		var got []string
		for _, p := range facts.Manifests[0].Problems {
			got = append(got, p.Location.Field)
		}
		if strings.Join(got, " ") != field {
			t.Errorf("%s: refused are %q (%+v), want %q", text, got, facts.Manifests[0].Problems, field)
		}
	}
}
