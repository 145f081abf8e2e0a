package checks

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestPushes(t *testing.T) {
	for _, c := range []struct {
		env  string // NAME or NAME=value, separated by spaces
		want scorecard.Outcome
	}{
		{env: "", want: ""},
		{env: "OTEL_EXPORTER_OTLP_ENDPOINT", want: scorecard.Pass},
		{env: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", want: scorecard.Pass},
		{env: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT OTEL_TRACES_EXPORTER=otlp OTEL_SERVICE_NAME OTEL_RESOURCE_ATTRIBUTES", want: ""},
		{env: "OTEL_METRICS_EXPORTER=otlp", want: scorecard.Pass},
		{env: "OTEL_METRICS_EXPORTER=prometheus,otlp", want: scorecard.Pass},
		{env: "OTEL_EXPORTER_OTLP_ENDPOINT OTEL_METRICS_EXPORTER=none", want: ""},
		{env: "OTEL_EXPORTER_OTLP_ENDPOINT OTEL_METRICS_EXPORTER=prometheus", want: ""},
		{env: "OTEL_EXPORTER_OTLP_ENDPOINT OTEL_METRICS_EXPORTER=console", want: ""},
		{env: "OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SDK_DISABLED=TRUE", want: ""},
		{env: "OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SDK_DISABLED=false", want: scorecard.Pass},
		{env: "OTEL_EXPORTER_OTLP_ENDPOINT OTEL_METRICS_EXPORTER", want: scorecard.Unknown},
		{env: "OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SDK_DISABLED", want: scorecard.Unknown},
		{env: "OTEL_METRICS_EXPORTER", want: scorecard.Unknown},
		{env: "OTEL_SDK_DISABLED", want: ""},
		{env: "DD_AGENT_HOST", want: scorecard.Pass},
		{env: "DD_DOGSTATSD_URL", want: scorecard.Pass},
		{env: "DD_TRACE_AGENT_URL DD_TRACE_ENABLED=true DD_ENV DD_SERVICE DD_VERSION DD_LOGS_INJECTION", want: ""},
		{env: "STATSD_HOST", want: scorecard.Pass},
		{env: "STATSD_ENABLED STATSD_PREFIX", want: ""},
		{env: "PUSHGATEWAY_URL", want: scorecard.Pass},
		{env: "PROMETHEUS_PUSHGATEWAY", want: scorecard.Pass},
		{env: "PUSHGATEWAY_ENABLED", want: ""},
		{env: "NEW_RELIC_LICENSE_KEY", want: scorecard.Pass},
		{env: "NEW_RELIC_APP_NAME", want: ""},
		{env: "MANAGEMENT_OTLP_METRICS_EXPORT_URL", want: scorecard.Pass},
		{env: "MANAGEMENT_DATADOG_METRICS_EXPORT_APIKEY", want: scorecard.Pass},
		{env: "MANAGEMENT_OTLP_TRACING_ENDPOINT MANAGEMENT_SERVER_PORT MANAGEMENT_PROMETHEUS_METRICS_EXPORT_ENABLED", want: ""},
		{env: "OTEL_SDK_DISABLED=true DD_AGENT_HOST", want: scorecard.Pass},
	} {
		t.Run(c.env, func(t *testing.T) {
			var one scorecard.Container
			for _, v := range strings.Fields(c.env) {
				name, value, _ := strings.Cut(v, "=")
				one.Environment = append(one.Environment, scorecard.Variable{Name: name, Value: value})
			}
			got, by := pushes(&one)
			if got != c.want || (got != "") != (by.Name != "") {
				t.Errorf("%q by %q, want %q", got, by.Name, c.want)
			}
		})
	}
}

func TestNamesService(t *testing.T) {
	shop := scorecard.ObjectRef{APIVersion: "v1", Kind: "Service", Namespace: "shop", Name: "cart"}
	with := func(namespace string) scorecard.ObjectRef { o := shop; o.Namespace = namespace; return o }
	config := func(namespace string) scorecard.ObjectRef {
		return scorecard.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Namespace: namespace, Name: "prometheus"}
	}
	for _, c := range []struct {
		host    string
		service scorecard.ObjectRef
		job     scorecard.ObjectRef
		want    scorecard.Outcome
	}{
		{host: "cart", service: shop, want: scorecard.Pass},
		{host: "cart", service: shop, job: config("shop"), want: scorecard.Pass},
		{host: "cart", service: shop, job: config("monitoring"), want: scorecard.Unknown},
		{host: "carts", service: shop, want: scorecard.Fail},
		{host: "cart.shop", service: shop, want: scorecard.Pass},
		{host: "cart.shop.svc", service: shop, want: scorecard.Pass},
		{host: "cart.shop.svc.cluster.local", service: shop, want: scorecard.Pass},
		{host: "CART.shop.svc.cluster.local.", service: shop, want: scorecard.Pass},
		{host: "cart.other.svc", service: shop, want: scorecard.Fail},
		{host: "cart.example.com", service: shop, want: scorecard.Fail},
		{host: "cart.shop.example.com", service: shop, want: scorecard.Fail},
		{host: "cart.default.svc", service: with(""), want: scorecard.Pass},
		{host: "cart.default.svc", service: with("default"), want: scorecard.Pass},
		{host: "cart.shop.svc", service: with(""), want: scorecard.Unknown},
		{host: "cart.shop.svc", service: with(scorecard.ReleaseNamespace("chart")), want: scorecard.Unknown},
		{host: "cart-0.cart.shop.svc", service: shop, want: scorecard.Pass},
		{host: "cart-x.cart.shop.svc", service: shop, want: scorecard.Fail},
		{host: "db-0.cart.shop.svc", service: shop, want: scorecard.Fail},
	} {
		job := &scorecard.Scrape{Location: scorecard.Location{Path: "prometheus.yml", Object: c.job}}
		w := &scorecard.Workload{Object: scorecard.ObjectRef{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: c.service.Namespace, Name: "cart"}}
		if got := namesService(job, c.host, w, &scorecard.KubeService{Location: scorecard.Location{Object: c.service}}); got != c.want {
			t.Errorf("%s in %v is %v: %s, want %s", c.host, c.job, c.service, got, c.want)
		}
	}
}

func TestPortReached(t *testing.T) {
	w := &scorecard.Workload{Containers: []scorecard.Container{{Ports: []scorecard.Port{{Name: "http", Number: 8080}, {Number: 9090}}}}}
	open := &scorecard.Workload{Containers: []scorecard.Container{{Unreadable: []string{"ports"}}}}
	service := &scorecard.KubeService{Ports: []scorecard.ServicePort{
		{Name: "web", Number: 80, Target: "http", TargetIsName: true}, {Name: "raw", Number: 81, Target: "9999"}, {Name: "lost", Number: 82, Target: "admin", TargetIsName: true},
	}}
	google := scorecard.Location{Object: scorecard.ObjectRef{APIVersion: "monitoring.googleapis.com/v1", Kind: "PodMonitoring"}}
	for _, c := range []struct {
		name     string
		workload *scorecard.Workload
		service  *scorecard.KubeService
		at       scorecard.Location
		port     scorecard.MonitorPort
		want     scorecard.Outcome
	}{
		{name: "of the Service", service: service, port: scorecard.MonitorPort{Port: "web"}, want: scorecard.Pass},
		{name: "of the Service, to a number that is not declared", service: service, port: scorecard.MonitorPort{Port: "raw"}, want: scorecard.Pass},
		{name: "of the Service, to a name that is not declared", service: service, port: scorecard.MonitorPort{Port: "lost"}, want: scorecard.Fail},
		{name: "of the container, not of the Service", service: service, port: scorecard.MonitorPort{Port: "http"}, want: scorecard.Fail},
		{name: "a Service's number is no name", service: service, port: scorecard.MonitorPort{Port: "80"}, want: scorecard.Fail},
		{name: "target by name", service: service, port: scorecard.MonitorPort{Target: "http", TargetIsName: true}, want: scorecard.Pass},
		{name: "target by number", service: service, port: scorecard.MonitorPort{Target: "9090"}, want: scorecard.Pass},
		{name: "target by a number in quotes is a name", service: service, port: scorecard.MonitorPort{Target: "9090", TargetIsName: true}, want: scorecard.Fail},
		{name: "target that is not declared", service: service, port: scorecard.MonitorPort{Target: "9999"}, want: scorecard.Fail},
		{name: "every port", service: service, want: scorecard.Pass},
		{name: "every port of none", service: &scorecard.KubeService{}, want: scorecard.Fail},
		{name: "of the pod", port: scorecard.MonitorPort{Port: "http"}, want: scorecard.Pass},
		{name: "a pod's number is no name", port: scorecard.MonitorPort{Port: "8080"}, want: scorecard.Fail},
		{name: "Google takes a number", at: google, port: scorecard.MonitorPort{Port: "9999"}, want: scorecard.Pass},
		{name: "Google by name", at: google, port: scorecard.MonitorPort{Port: "admin"}, want: scorecard.Fail},
		{name: "ports that could not be read", workload: open, port: scorecard.MonitorPort{Port: "http"}, want: scorecard.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			of := c.workload
			if of == nil {
				of = w
			}
			watch := scorecard.Watch{Monitor: &scorecard.Monitor{Location: c.at, Pods: c.service == nil}, Service: c.service}
			if got := portReached(of, watch, c.port); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
