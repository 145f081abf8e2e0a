package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// task reads how a task of ECS is run: its first essential container, where the
// definitions are written out. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
func (k *keeper) task(x *instance, b *block) {
	name, _ := x.runs(b)
	all := x.containers(exprOf(b, "container_definitions"))
	container := mainContainer(all)
	if container == nil || name == "" {
		return
	}
	for _, c := range all {
		k.image(x, b, field(c, "image"), name)
	}
	run := scorecard.Run{Location: b.location(), Tool: scorecard.ECS, Service: name}
	if e := field(container, "healthCheck"); e != nil {
		run.Health = scorecard.RunSetting{Location: placeOf(b, e), State: scorecard.RunSet}
	}
	if ports, ok := field(container, "portMappings").(*hclsyntax.TupleConsExpr); ok && len(ports.Exprs) > 0 {
		run.Port = placeOf(b, ports)
	}
	for _, e := range []hcl.Expression{field(container, "memory"), exprOf(b, "memory")} {
		if e != nil && run.Memory.State == "" {
			v, _ := x.f.scope.eval(e)
			run.Memory = scorecard.RunSetting{Location: placeOf(b, e), State: scorecard.RunSet, Text: v.whole()}
		}
	}
	if at := x.f.balanced(b); at != nil {
		if run.Port == (scorecard.Location{}) {
			run.Port = *at
		}
		if run.Health.State == "" { // a load balancer's own check replaces what does not answer
			run.Health = scorecard.RunSetting{Location: *at, State: scorecard.RunSet, Text: "of its load balancer"}
		}
	}
	run.Environment = x.telemetry(container)
	k.runs = append(k.runs, run)
}

// containers are those of definitions that jsonencode writes, here or in a local; none
// where one of them comes from elsewhere.
func (x *instance) containers(e hcl.Expression) (out []*hclsyntax.ObjectConsExpr) {
	for range 4 {
		t, refers := e.(*hclsyntax.ScopeTraversalExpr)
		name, ok := "", false
		if refers {
			name, ok = memberOf(t.Traversal)
		}
		if !ok || t.Traversal.RootName() != "local" || len(t.Traversal) != 2 {
			break
		}
		e = x.f.scope.locals[name]
	}
	call, ok := e.(*hclsyntax.FunctionCallExpr)
	if !ok || call.Name != "jsonencode" || len(call.Args) != 1 {
		return nil
	}
	all, ok := call.Args[0].(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil
	}
	for _, c := range all.Exprs {
		o, ok := c.(*hclsyntax.ObjectConsExpr)
		if !ok {
			return nil
		}
		out = append(out, o)
	}
	return out
}

// mainContainer is the first essential container; nil where there is none.
func mainContainer(all []*hclsyntax.ObjectConsExpr) *hclsyntax.ObjectConsExpr {
	for _, o := range all {
		if essential, ok := field(o, "essential").(*hclsyntax.LiteralValueExpr); ok {
			if v, _ := fromCty(essential.Val); v.whole() == "false" {
				continue
			}
		}
		return o
	}
	return nil
}

// field is the value of a key, in whatever case it is written; nil where there is none.
func field(o *hclsyntax.ObjectConsExpr, name string) hcl.Expression {
	for _, i := range o.Items {
		key := hcl.ExprAsKeyword(i.KeyExpr)
		if key == "" {
			if v, diags := i.KeyExpr.Value(nil); !diags.HasErrors() {
				text, _ := fromCty(v)
				key = text.whole()
			}
		}
		if strings.EqualFold(key, name) {
			return i.ValueExpr
		}
	}
	return nil
}

// telemetry is what the container is told of its telemetry.
func (x *instance) telemetry(container *hclsyntax.ObjectConsExpr) (out []scorecard.Variable) {
	list, ok := field(container, "environment").(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil
	}
	for _, e := range list.Exprs {
		pair, ok := e.(*hclsyntax.ObjectConsExpr)
		if !ok || field(pair, "name") == nil || field(pair, "value") == nil {
			continue
		}
		name, _ := x.f.scope.eval(field(pair, "name"))
		value, _ := x.f.scope.eval(field(pair, "value"))
		if v, of := kube.TelemetryVariable(name.whole(), value.whole(), e.Range().Start.Line); of {
			v.Empty = value.known() && value.whole() == ""
			out = append(out, v)
		}
	}
	sortVariables(out)
	return out
}

func sortVariables(list []scorecard.Variable) {
	slices.SortStableFunc(list, func(a, b scorecard.Variable) int { return strings.Compare(a.Name, b.Name) })
}

// balanced is where the service that runs a task says that a load balancer sends to it;
// nil where none does.
func (f *folder) balanced(task *block) *scorecard.Location {
	if b := f.runner(task); b != nil {
		if to := blocksOf(b.path, b.body, "load_balancer"); len(to) > 0 {
			at := to[0].location()
			return &at
		}
	}
	return nil
}
