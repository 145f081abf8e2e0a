package checks_test

import (
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// fleet is an inventory of n workloads, each with a Service, a budget and an autoscaler.
func fleet(n int) *scorecard.Inventory {
	inv := &scorecard.Inventory{Service: scorecard.Service{ID: "shop.fleet", Name: "fleet", Path: "."}}
	for i := range n {
		name := fmt.Sprintf("app-%04d", i)
		at := func(api, kind string) scorecard.Location {
			return scorecard.Location{Path: "deploy/" + name + ".yaml", FirstLine: 1, LastLine: 40,
				Object: scorecard.ObjectRef{APIVersion: api, Kind: kind, Namespace: "shop", Name: name}}
		}
		labels := map[string]string{"app": name, "team": "shop"}
		selector := &scorecard.Selector{MatchLabels: map[string]string{"app": name}}
		deployment, two := at("apps/v1", "Deployment"), int32(2)
		inv.Workloads = append(inv.Workloads, scorecard.Workload{
			Location: deployment, Object: deployment.Object, PodLabels: labels, Selector: selector,
			Containers: []scorecard.Container{{Name: "app", Image: "registry.example.com/" + name + ":1.0.0", Location: deployment,
				Ports: []scorecard.Port{{Name: "http", Number: 8080}}, Readiness: &scorecard.Probe{Handler: "httpGet", Path: "/", Port: "http", PortIsName: true}}},
		})
		inv.Services = append(inv.Services, scorecard.KubeService{Location: at("v1", "Service"), Selector: selector,
			Ports: []scorecard.ServicePort{{Number: 80, Target: "http", TargetIsName: true}}})
		inv.Budgets = append(inv.Budgets, scorecard.Budget{Location: at("policy/v1", "PodDisruptionBudget"), Selector: selector, MaxUnavailable: "1"})
		inv.Scalers = append(inv.Scalers, scorecard.Autoscaler{Location: at("autoscaling/v2", "HorizontalPodAutoscaler"), Target: deployment.Object, Min: &two})
	}
	return inv
}

// BenchmarkJudge shows that judging stays linear in what an inventory holds.
func BenchmarkJudge(b *testing.B) {
	rubric, err := checks.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{500, 1000, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			inv := fleet(n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := scorecard.Judge(inv, rubric); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/workload")
		})
	}
}
