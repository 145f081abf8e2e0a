package scrape

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func readFiles(t testing.TB, files map[string]string) (scorecard.Facts, []scorecard.Gap) {
	t.Helper()
	fsys := fstest.MapFS{}
	for p, text := range files {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	tr, err := tree.Open(context.Background(), fsys, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var facts scorecard.Facts
	Read(context.Background(), tr, &facts)
	return facts, tr.Gaps()
}

// show writes a job in one line: path:lines field job targets, and A or D.
func show(ss []scorecard.Scrape) (out []string) {
	for _, s := range ss {
		line := fmt.Sprintf("%s:%d-%d %s %s %v", s.Location.Path, s.Location.FirstLine, s.Location.LastLine, s.Location.Field, s.Job, s.Targets)
		if s.Annotated {
			line += " A"
		}
		if s.Discovered {
			line += " D"
		}
		out = append(out, line)
	}
	return out
}

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct {
		path, text string
		want       []string
	}{
		"static targets": {"monitoring/prometheus.yml", `global: {}
scrape_configs:
  - job_name: shop
    static_configs:
      - targets: ["cart:8080", "cart.shop.svc:8080", "Checkout:80", "localhost:9090", "127.0.0.1:80"]
      - targets: ["http://user:pass@pay:80/metrics", "10.0.0.7:9100", "$HOST:80"]
  - job_name: dns
    dns_sd_configs: [{names: [tasks.orders, _metrics._tcp.stock.shop.svc.cluster.local.]}]
`, []string{
			"monitoring/prometheus.yml:3-6 scrape_configs shop [cart cart.shop.svc checkout pay 10.0.0.7]",
			"monitoring/prometheus.yml:7-8 scrape_configs dns [tasks.orders stock.shop.svc.cluster.local]",
		}},
		"a file of another name": {"ops/agent.yaml", "scrape_configs: [{job_name: a, static_configs: [{targets: [a]}]}]", []string{"ops/agent.yaml:1-1 scrape_configs a [a]"}},
		"discovery": {"prometheus.yaml", `scrape_configs:
- job_name: annotated
  kubernetes_sd_configs: [{role: endpoints}]
  relabel_configs:
  - {source_labels: [__meta_kubernetes_service_annotation_prometheus_io_scrape], action: keep, regex: "true"}
- job_name: opt-out
  kubernetes_sd_configs: [{role: pod}]
  relabel_configs:
  - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], action: drop, regex: "false"}
- job_name: by-port
  kubernetes_sd_configs: [{role: pod}]
  relabel_configs:
  - {source_labels: [__meta_kubernetes_pod_container_port_name], action: keep, regex: .*-metrics}
- job_name: other-annotation
  kubernetes_sd_configs: [{role: endpoints}]
  relabel_configs:
  - {source_labels: [__meta_kubernetes_service_annotation_prometheus_io_scrape_slow], action: keep, regex: true}
- job_name: apiserver
  kubernetes_sd_configs: [{role: endpoints}]
  relabel_configs:
  - {source_labels: [__meta_kubernetes_namespace, __meta_kubernetes_service_name, __meta_kubernetes_endpoint_port_name], action: keep, regex: default;kubernetes;https}
- job_name: by-label
  kubernetes_sd_configs: [{role: pod}]
  relabel_configs:
  - {source_labels: [__meta_kubernetes_pod_label_app], action: keep, regex: (cart|checkout)}
- job_name: nodes
  kubernetes_sd_configs: [{role: node}]
- job_name: cloud
  ec2_sd_configs: [{region: eu-west-1}]
`, []string{
			"prometheus.yaml:2-5 scrape_configs annotated [] A",
			"prometheus.yaml:6-9 scrape_configs opt-out [] D",
			"prometheus.yaml:10-13 scrape_configs by-port [] D",
			"prometheus.yaml:18-21 scrape_configs apiserver [kubernetes.default]",
			"prometheus.yaml:22-25 scrape_configs by-label [cart checkout]",
		}},
		"a prober's targets": {"prometheus.yml", `scrape_configs:
- job_name: blackbox
  metrics_path: /probe
  static_configs: [{targets: ["http://cart"]}]
  relabel_configs:
  - {source_labels: [__address__], target_label: __param_target}
`, nil},
		"Helm values": {"chart/values.yaml", `prometheus:
  serverFiles:
    prometheus.yml:
      scrape_configs:
        - job_name: cart
          static_configs: [{targets: ["cart:80"]}]
  extraScrapeConfigs: |
    - job_name: pay
      static_configs: [{targets: ["pay:80"]}]
  prometheusSpec:
    additionalScrapeConfigs:
      - job_name: orders
        static_configs: [{targets: ["orders:80"]}]
`, []string{
			`chart/values.yaml:5-6 prometheus.serverFiles["prometheus.yml"].scrape_configs cart [cart]`,
			`chart/values.yaml:8-9 prometheus.extraScrapeConfigs pay [pay]`,
			`chart/values.yaml:12-13 prometheus.prometheusSpec.additionalScrapeConfigs orders [orders]`,
		}},
		"a collector": {"otel.yaml", `receivers:
  prometheus:
    config:
      scrape_configs: [{job_name: a, static_configs: [{targets: ["a:80", "${env:POD_IP}:8888"]}]}]
`, []string{"otel.yaml:4-4 receivers.prometheus.config.scrape_configs a [a]"}},
		"log shippers": {"promtail.yaml", `positions: {filename: /p}
scrape_configs: [{job_name: a, static_configs: [{targets: [a]}]}]
---
scrape_configs: [{job_name: a, static_configs: [{targets: [a]}], pipeline_stages: []}]
`, nil},
		"an object":            {"k8s/cm.yaml", "apiVersion: v1\nkind: ConfigMap\ndata: {a: 'scrape_configs:\n - {job_name: a}'}", nil},
		"a list of other jobs": {"k8s/job.yaml", "jobs: [{job_name: nightly, static_configs: [{targets: [a]}]}]", nil},
		"wrong types":          {"prometheus.yml", "scrape_configs: [1, {job_name: {a: b}, static_configs: 3}, {job_name: b, static_configs: [{targets: a}], kubernetes_sd_configs: [x, {role: [pod]}], relabel_configs: {}}]", nil},
		"a list that is one":   {"prometheus.yml", "scrape_configs: {job_name: a, static_configs: [{targets: [a]}]}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			facts, gaps := readFiles(t, map[string]string{tt.path: tt.text})
			if diff := cmp.Diff(tt.want, show(facts.Scrapes)); diff != "" || len(gaps) > 0 {
				t.Errorf("(-want +got):\n%s%v", diff, gaps)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	for p, want := range map[string]int{"prometheus.yml": 1, "other.yml": 0} {
		_, gaps := readFiles(t, map[string]string{p: "scrape_configs:\n- job_name: [a\nb: c"})
		if len(gaps) != want {
			t.Errorf("%s: %v", p, gaps)
		}
	}
	if _, gaps := readFiles(t, map[string]string{"prometheus.yml": "scrape_configs:\n{{ if .X }}\n- job_name: [a"}); len(gaps) != 0 {
		t.Errorf("a template is a gap: %v", gaps)
	}
}

func TestBounds(t *testing.T) {
	facts, _ := readFiles(t, map[string]string{"prometheus.yml": "scrape_configs:\n" + strings.Repeat("- {job_name: a, static_configs: [{targets: [a]}]}\n", maxJobs+10)})
	if len(facts.Scrapes) != maxJobs {
		t.Errorf("%d jobs", len(facts.Scrapes))
	}
}

// FuzzFind looks for jobs in anything, in a reasonable time.
func FuzzFind(f *testing.F) {
	f.Add([]byte("scrape_configs: [{job_name: a, kubernetes_sd_configs: [{role: pod}], relabel_configs: [{source_labels: [__meta_kubernetes_service_name], action: keep, regex: (a|b)}]}]"))
	f.Add([]byte("data:\n  a: |\n    scrape_configs:\n    - job_name: x\n      static_configs: [{targets: ['http://a:80']}]\n"))
	f.Add([]byte("a: &a\n  job_name: x\nscrape_configs: [*a, {<<: *a, static_configs: [{targets: [x]}]}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		for _, doc := range yamldoc.Parse(data) {
			if doc.Err != nil {
				continue
			}
			found := Find(doc.Root, scorecard.Location{Path: "p"})
			if len(found) > 0 && doc.Root.Kind == yaml.MappingNode && !Mentioned(doc.Root) {
				t.Error("jobs that are not mentioned")
			}
			for _, s := range found {
				if len(s.Targets) == 0 && !s.Annotated && !s.Discovered || s.Location.FirstLine > 0 && s.Location.LastLine < s.Location.FirstLine {
					t.Errorf("%+v", s)
				}
			}
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}
