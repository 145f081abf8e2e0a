package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Bounds of how far references are followed.
const (
	maxReach = 2000 // nodes that one service leads to
	maxHops  = 12   // variables, locals and outputs on the way to a resource
)

// node is a block of an instance by its address: "aws_sqs_queue.orders", "data.x.y",
// "module.z" for a call of a module that is not of this repository.
type node struct {
	x       *instance
	address string
}

// graph tells which blocks refer to which, across the calls of modules.
type graph struct {
	blocks map[*instance]map[string]*block
	refs   map[node][]node
}

func newGraph(all []*instance) *graph {
	g := &graph{blocks: map[*instance]map[string]*block{}, refs: map[node][]node{}}
	for _, x := range all {
		at := map[string]*block{}
		for _, b := range x.f.blocks {
			if a := b.address(); a != "" {
				at[a] = b
			}
		}
		g.blocks[x] = at
	}
	return g
}

// address is how expressions of its module refer to a block; empty for what makes nothing.
func (b *block) address() string {
	switch b.typ {
	case "resource":
		return b.label(0) + "." + b.label(1)
	case "data", "ephemeral":
		return b.typ + "." + b.label(0) + "." + b.label(1)
	case "module":
		return "module." + b.label(0)
	}
	return ""
}

// silent are the attributes and blocks that say nothing of what a block is about: where an
// alarm sends to, who makes it, and in which order.
var silent = []string{"alarm_actions", "ok_actions", "insufficient_data_actions", "notification_channels", "action", "actions", "notification_settings",
	"provider", "providers", "depends_on", "lifecycle", "tags", "labels", "count", "for_each", "provisioner", "connection", "timeouts"}

// references are the blocks that one refers to, whatever it is told of them.
func (g *graph) references(n node) []node {
	if out, known := g.refs[n]; known {
		return out
	}
	g.refs[n] = nil // a circle ends here
	b := g.blocks[n.x][n.address]
	if b == nil {
		return nil
	}
	var out []node
	for _, body := range append([]hcl.Body{b.body}, b.over...) {
		if native, ok := body.(*hclsyntax.Body); ok {
			out = g.within(out, n.x, native, deepest)
		}
	}
	g.refs[n] = out
	return out
}

// within adds the blocks that a body refers to.
func (g *graph) within(out []node, x *instance, body *hclsyntax.Body, depth int) []node {
	if depth == 0 {
		return out
	}
	for _, name := range sortedKeys(body.Attributes) {
		if !slices.Contains(silent, name) {
			out = g.resolve(out, x, body.Attributes[name].Expr, maxHops)
		}
	}
	for _, inner := range body.Blocks {
		if !slices.Contains(silent, inner.Type) {
			out = g.within(out, x, inner.Body, depth-1)
		}
	}
	return out
}

// resolve adds the blocks that an expression leads to.
func (g *graph) resolve(out []node, x *instance, e hcl.Expression, hops int) []node {
	if native, ok := e.(hclsyntax.Expression); ok && hops > 0 {
		for _, t := range native.Variables() {
			out = g.follow(out, x, t, hops)
		}
	}
	return out
}

func (g *graph) follow(out []node, x *instance, t hcl.Traversal, hops int) []node {
	name, ok := memberOf(t)
	if !ok || len(out) >= maxReach {
		return out
	}
	add := func(address string) []node {
		n := node{x, address}
		if g.blocks[x][address] == nil || slices.Contains(out, n) {
			return out
		}
		return append(out, n)
	}
	switch root := t.RootName(); root {
	case "var":
		if x.call != nil {
			return g.resolve(out, x.parent, exprOf(x.call, name), hops-1)
		}
		return out
	case "local":
		return g.resolve(out, x, x.f.scope.locals[name], hops-1)
	case "module":
		child := x.children[name]
		if child == nil {
			return add("module." + name)
		}
		if len(t) > 2 {
			for _, step := range t[2:] {
				if a, ok := step.(hcl.TraverseAttr); ok {
					return g.resolve(out, child, child.f.outputs[a.Name], hops-1)
				}
			}
		}
		return out
	case "data", "ephemeral":
		if len(t) > 2 {
			if a, ok := t[2].(hcl.TraverseAttr); ok {
				return add(root + "." + name + "." + a.Name)
			}
		}
		return out
	default:
		return add(root + "." + name)
	}
}

// joints are resources that join two others: what gives rights on one to another, sends
// from one to another, or lets one in to another. Whose one is, his is the other.
var joints = setOf(`aws_iam_role_policy aws_iam_role_policy_attachment aws_iam_policy_attachment aws_iam_policy
aws_security_group_rule aws_vpc_security_group_ingress_rule aws_vpc_security_group_egress_rule
aws_lambda_event_source_mapping aws_cloudwatch_event_target aws_sns_topic_subscription aws_s3_bucket_notification aws_lambda_alias aws_lambda_function_url
aws_lb_listener aws_lb_listener_rule aws_alb_listener aws_alb_listener_rule aws_lb_target_group_attachment aws_apigatewayv2_integration aws_api_gateway_integration
aws_appautoscaling_target aws_cloudwatch_log_metric_filter aws_cloudwatch_log_subscription_filter aws_pipes_pipe aws_scheduler_schedule aws_db_proxy_target
google_storage_bucket_iam_member google_secret_manager_secret_iam_member google_pubsub_subscription google_pubsub_topic_iam_member google_cloud_scheduler_job google_eventarc_trigger google_sql_user
azurerm_role_assignment azurerm_key_vault_access_policy azurerm_servicebus_subscription azurerm_eventgrid_event_subscription`)

// grounds are what many things stand on together, and which tells of none of them: parts of
// the names of types.
var grounds = []string{"_vpc", "subnet", "_network", "resource_group", "_project", "_kms_", "key_ring", "crypto_key", "caller_identity", "_region", "availability_zones", "_partition",
	"_zone", "_ecs_cluster", "container_app_environment", "service_plan", "log_analytics", "log_group", "_sns_topic", "iam_policy_document", "_cluster_auth", "random_", "archive_file", "null_resource", "local_file"}

func setOf(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}
