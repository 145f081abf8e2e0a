package kube

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/credential"
	"github.com/seaworthy-dev/seaworthy/reader/kube/render"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// container reads one container. What has the wrong type is left out and named in
// Unreadable; the rest counts.
func container(n *yaml.Node, role scorecard.ContainerRole, at scorecard.Location, field string) scorecard.Container {
	first, last := span(n)
	c := scorecard.Container{Role: role, Location: at.At(field, first, last)}
	if n.Kind != yaml.MappingNode {
		c.Unreadable = slices.Clone(containerFields)
		return c
	}
	f := scratch(n)
	c.Name, c.Image = cmp.Or(f.text("name"), yamldoc.Written(yamldoc.Get(n, "name"))), scorecard.CleanImage(f.text("image"))
	if c.Image != "" {
		c.ImageLine = yamldoc.KeyLine(n, "image")
	} else {
		c.ImageText = scorecard.CleanImage(yamldoc.Written(yamldoc.Get(n, "image")))
	}
	c.Unreadable = f.unreadable
	unreadable := func(name string, ok bool) {
		if !ok {
			c.Unreadable = append(c.Unreadable, name)
		}
	}
	var ok bool
	c.Ports, ok = ports(yamldoc.Get(n, "ports"))
	clean := &scorecard.Cleaner{} // of one container: its probes are compared with each other
	unreadable("ports", ok)
	for _, p := range []struct {
		name string
		to   **scorecard.Probe
	}{{"readinessProbe", &c.Readiness}, {"livenessProbe", &c.Liveness}, {"startupProbe", &c.Startup}} {
		*p.to, ok = probe(n, p.name, clean)
		unreadable(p.name, ok)
	}
	c.Resources, ok = resources(n)
	unreadable("resources", ok)
	c.PreStop, ok = preStop(scratch(n))
	unreadable("lifecycle", ok)
	s := scratch(n)
	c.Security = security(s)
	unreadable("securityContext", s.ok())
	c.Environment, ok = telemetry(yamldoc.Get(n, "env"))
	unreadable("env", ok)
	c.WrittenSecrets = writtenSecrets(yamldoc.Get(n, "env"))
	c.Model = modelServer(n, c.Image)
	return c
}

// containerFields are all that is read of a container.
var containerFields = []string{"name", "image", "ports", "readinessProbe", "livenessProbe", "startupProbe", "resources",
	"lifecycle", "securityContext", "env", "volumeMounts"}

// telemetryNames begin the names of variables that tell a program where its
// telemetry goes.
var telemetryNames = []string{"OTEL_", "DD_", "STATSD", "PUSHGATEWAY", "PROMETHEUS_PUSHGATEWAY", "NEW_RELIC_", "ELASTIC_APM_",
	"MANAGEMENT_", "SIGNALFX", "DYNATRACE", "DT_", "HONEYCOMB_",
	"JAEGER_", "ZIPKIN_", "AWS_XRAY_", "SPRING_ZIPKIN_", "SPRING_SLEUTH_", "SPRING_FLYWAY_", "SPRING_LIQUIBASE_", "INSTANA_", "APPLICATIONINSIGHTS_",
	"LANGFUSE_", "TRACELOOP_", "PHOENIX_", "LANGSMITH_", "LANGCHAIN_TRACING", "OPIK_", "HELICONE_", "ARIZE_"}

// databaseNames are those of variables by which a program is told where its relational
// database is. Their values may hold passwords, and are not kept.
var databaseNames = lazyregexp.New(`^(?:\w+_)?(?:DATABASE_(?:URL|URI|HOST|DSN)|DB_(?:URL|URI|HOST|DSN)|(?:POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|MSSQL|SQLSERVER)_?(?:HOST|HOSTNAME|URL|URI|DSN|ADDR|ADDRESS|SERVER|SERVICE_HOST)|` +
	`(?:SPRING_)?DATASOURCE_URL|SPRING_R2DBC_URL|JDBC_(?:DATABASE_)?URL|SQLALCHEMY_DATABASE_URI)$`)

// otherStore is how the address of a store begins that is no relational database.
var otherStore = lazyregexp.New(`^(?i:mongodb(?:\+srv)?|rediss?|neo4j(?:\+s(?:sc)?)?|bolt|amqps?|cassandra|couchbases?|https?)://`)

// telemetrySwitches are those of which the value is kept: it is a word, and no secret.
var telemetrySwitches = []string{"OTEL_METRICS_EXPORTER", "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED", "DD_TRACE_ENABLED",
	"MANAGEMENT_TRACING_ENABLED", "SPRING_ZIPKIN_ENABLED", "SPRING_SLEUTH_ENABLED", "SPRING_FLYWAY_ENABLED", "SPRING_LIQUIBASE_ENABLED", "NEW_RELIC_ENABLED", "ELASTIC_APM_ENABLED",
	"OTEL_SEMCONV_STABILITY_OPT_IN"}

// telemetry reads the variables of telemetry, by name; false when some of the
// environment can't be read as far as it matters.
func telemetry(env *yaml.Node) ([]scorecard.Variable, bool) {
	if isNull(env) {
		return nil, true
	}
	var out []scorecard.Variable
	ok := env.Kind == yaml.SequenceNode
	for _, item := range yamldoc.Items(env) {
		f := scratch(item)
		v, of := TelemetryVariable(f.text("name"), "", item.Line)
		if slices.Contains(telemetrySwitches, v.Name) {
			v.Value = f.text("value") // of others it may be anything, and is not looked at
		}
		v.Empty = strings.TrimSpace(yamldoc.Written(yamldoc.Get(item, "value"))) == "" && isNull(yamldoc.Get(item, "valueFrom"))
		ok = ok && item.Kind == yaml.MappingNode && f.ok()
		names, elsewhere := scorecard.NamesInfrastructure(v.Name)
		if of || names || elsewhere || databaseNames.MatchString(v.Name) && !otherStore.MatchString(yamldoc.Written(yamldoc.Get(item, "value"))) {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b scorecard.Variable) int { return strings.Compare(a.Name, b.Name) })
	return out, ok
}

// writtenSecrets are the variables that hold a secret, and have it from the manifest itself.
func writtenSecrets(env *yaml.Node) (out []scorecard.Variable) {
	for _, item := range yamldoc.Items(env) {
		name, value := yamldoc.String(yamldoc.Get(item, "name")), yamldoc.Written(yamldoc.Get(item, "value"))
		switch {
		case strings.TrimSpace(value) == "", strings.Contains(value, render.Outside), strings.Contains(value, "$("), !credential.Takes(name, value):
		case !environmentVariable.MatchString(name), credential.ShowsKey(name), len(out) >= scorecard.MaxWrittenSecrets:
		default:
			out = append(out, scorecard.Variable{Name: name, FirstLine: item.Line})
		}
	}
	slices.SortStableFunc(out, func(a, b scorecard.Variable) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// environmentVariable is what a variable may be called whose name is kept.
var environmentVariable = lazyregexp.New(`^[A-Za-z_][\w.-]{0,99}$`)

// TelemetryVariable is a variable of an environment, with its value where it is a switch;
// false where it tells nothing of where a program's telemetry goes.
func TelemetryVariable(name, value string, line int) (scorecard.Variable, bool) {
	v := scorecard.Variable{Name: name, FirstLine: line}
	if slices.Contains(telemetrySwitches, name) {
		v.Value = value
	}
	return v, slices.ContainsFunc(telemetryNames, func(p string) bool { return strings.HasPrefix(name, p) })
}

func ports(n *yaml.Node) (out []scorecard.Port, ok bool) {
	if isNull(n) {
		return nil, true
	}
	ok = n.Kind == yaml.SequenceNode
	for _, p := range yamldoc.Items(n) {
		number, readable := whole(yamldoc.Get(p, "containerPort"))
		if !readable || number == nil {
			ok = ok && readable
			continue
		}
		out = append(out, scorecard.Port{
			Name: yamldoc.String(yamldoc.Get(p, "name")), Number: *number, Protocol: yamldoc.String(yamldoc.Get(p, "protocol")),
		})
	}
	return out, ok
}

// probe reads a probe of the container; false when it is written and can't be read
// as far as it matters. An empty mapping is a probe without a handler, which a null is not.
func probe(c *yaml.Node, name string, clean *scorecard.Cleaner) (*scorecard.Probe, bool) {
	n := yamldoc.Get(c, name)
	if n == nil || n.Tag == "!!null" {
		return nil, true
	}
	if n.Kind != yaml.MappingNode {
		return nil, false
	}
	p := &scorecard.Probe{FirstLine: yamldoc.KeyLine(c, name)}
	if p.FirstLine > 0 {
		p.LastLine = max(p.FirstLine, yamldoc.LastLine(n))
	}
	ok := true
	for _, f := range []struct {
		name string
		to   *int32
	}{
		{"initialDelaySeconds", &p.InitialDelaySeconds}, {"periodSeconds", &p.PeriodSeconds}, {"timeoutSeconds", &p.TimeoutSeconds},
		{"failureThreshold", &p.FailureThreshold}, {"successThreshold", &p.SuccessThreshold},
	} {
		v, readable := whole(yamldoc.Get(n, f.name))
		ok = ok && readable
		if v != nil {
			*f.to = *v
		}
	}
	return p, handler(p, n, clean) && ok
}

// handler reads what the probe does; false when it is written and can't be read.
func handler(p *scorecard.Probe, n *yaml.Node, clean *scorecard.Cleaner) bool {
	f := scratch(n)
	for _, name := range []string{"httpGet", "tcpSocket", "grpc", "exec"} {
		h := f.in(name)
		if !f.ok() {
			return false
		}
		if h.node == nil {
			continue
		}
		p.Handler = name
		p.Path, p.Host, p.Scheme, p.Service = clean.Path(h.text("path")), clean.Host(h.text("host")), h.text("scheme"), h.text("service")
		p.Port, p.PortIsName = portOf(h.get("port"))
		if name == "grpc" && p.PortIsName { // it can only be a number
			if _, err := strconv.ParseUint(p.Port, 10, 16); err == nil {
				p.PortIsName = false
			}
		}
		p.Command = h.texts("command")
		for _, header := range yamldoc.Items(h.get("httpHeaders")) {
			p.Headers = append(p.Headers, yamldoc.String(yamldoc.Get(header, "name")))
		}
		return f.ok()
	}
	return true
}

// resources reads requests and limits of a container or a pod; false when something
// in them can't be read.
func resources(of *yaml.Node) (scorecard.Resources, bool) {
	n := yamldoc.Get(of, "resources")
	if n == nil || n.Tag == "!!null" {
		return scorecard.Resources{}, true
	}
	if n.Kind != yaml.MappingNode {
		return scorecard.Resources{}, false
	}
	requests, ok1 := quantities(yamldoc.Get(n, "requests"))
	limits, ok2 := quantities(yamldoc.Get(n, "limits"))
	return scorecard.Resources{Requests: requests, Limits: limits, FirstLine: yamldoc.KeyLine(of, "resources")}, ok1 && ok2
}

func quantities(n *yaml.Node) (map[string]scorecard.Quantity, bool) {
	if n == nil || n.Tag == "!!null" {
		return nil, true
	}
	if n.Kind != yaml.MappingNode {
		return nil, false
	}
	var out map[string]scorecard.Quantity
	ok := true
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := yamldoc.Follow(n.Content[i+1])
		if v.Tag == "!!null" {
			continue
		}
		q, err := resource.ParseQuantity(yamldoc.String(v))
		number := q.AsApproximateFloat64()
		if v.Kind != yaml.ScalarNode || err != nil || math.IsInf(number, 0) { // no JSON could hold it
			ok = false
			continue
		}
		if out == nil {
			out = map[string]scorecard.Quantity{}
		}
		out[n.Content[i].Value] = scorecard.Quantity{Text: v.Value, Value: number}
	}
	return out, ok
}
