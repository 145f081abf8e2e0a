package terraform

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// reach is a service that Terraform runs, and what its definition leads to.
type reach struct {
	name  string
	roots map[string]bool // of Terraform, where it is defined
	in    map[*instance]bool
	nodes map[node]bool
	start []node // its definitions
}

// belongings say of each alarm, dashboard, objective, store and secret whose it is, where
// Terraform runs several services: of those whose definition leads to it or to what it is
// about, else of the one that nearly all of its module or root is for.
func (r *reader) belongings(all []*instance) {
	services := r.services(all)
	if len(services) < 2 {
		return
	}
	g, joined := newGraph(all), jointsOf(all)
	leads := map[node][]*reach{}
	for _, s := range services {
		s.spread(g, joined)
		for n := range s.nodes {
			leads[n] = append(leads[n], s)
		}
	}
	own := grounded(services, g, all)
	at := map[scorecard.Location]*scorecard.Belonging{}
	for _, x := range all {
		if r.ctx.Err() != nil {
			return
		}
		for _, b := range x.f.blocks {
			if !evident(b) {
				continue
			}
			have := at[b.location()]
			if have == nil {
				have = &scorecard.Belonging{Location: b.location(), Apart: true}
				at[b.location()] = have
			}
			names, apart := whose(node{x, b.address()}, b, leads, own, g)
			have.Services = append(have.Services, names...)
			have.Apart = have.Apart && apart
		}
	}
	for _, have := range at {
		slices.Sort(have.Services)
		have.Services = slices.Compact(have.Services)
		have.Apart = have.Apart && len(have.Services) == 0
		r.into.Belongings = append(r.into.Belongings, *have)
	}
	for _, s := range services {
		r.into.Told = append(r.into.Told, s.name)
	}
	slices.SortFunc(r.into.Belongings, func(a, b scorecard.Belonging) int { return a.Location.Compare(b.Location) })
}

// services are those that Terraform runs, by name.
func (r *reader) services(all []*instance) []*reach {
	byName := map[string]*reach{}
	for _, x := range all {
		for _, b := range x.f.blocks {
			name, ok := x.runs(b)
			if n, _ := x.made(b); !ok || name == "" || n == 0 || len(byName) >= 500 {
				continue
			}
			s := byName[name]
			if s == nil {
				s = &reach{name: name, roots: map[string]bool{}, in: map[*instance]bool{}, nodes: map[node]bool{}}
				byName[name] = s
			}
			s.roots[x.root], s.in[x] = true, true
			if n := (node{x, b.address()}); !s.nodes[n] {
				s.nodes[n] = true
				s.start = append(s.start, n)
			}
		}
	}
	out := make([]*reach, 0, len(byName))
	for _, name := range sortedKeys(byName) {
		out = append(out, byName[name])
	}
	return out
}

// spread finds all that a service leads to: what its definition refers to, and what the
// joints of its roots tie to that.
func (s *reach) spread(g *graph, joined map[string][]node) {
	queue := slices.Clone(s.start)
	flow := func() {
		for len(queue) > 0 && len(s.nodes) < maxReach {
			n := queue[0]
			queue = queue[1:]
			for _, to := range g.references(n) {
				if !s.nodes[to] {
					s.nodes[to] = true
					queue = append(queue, to)
				}
			}
		}
	}
	flow()
	for range 3 {
		queue = queue[:0]
		for _, root := range sortedKeys(s.roots) {
			for _, n := range joined[root] {
				if !s.nodes[n] && slices.ContainsFunc(g.references(n), func(to node) bool {
					return s.nodes[to] && !ground(to.address) && ties(typeOf(n.address), to.address)
				}) {
					s.nodes[n] = true
					queue = append(queue, n)
				}
			}
		}
		if len(queue) == 0 {
			return
		}
		flow()
	}
}

// jointsOf are the joints of each root.
func jointsOf(all []*instance) map[string][]node {
	out := map[string][]node{}
	for _, x := range all {
		for _, b := range x.f.blocks {
			if b.typ == "resource" && (joints[b.label(0)] || strings.Contains(b.label(0), "security_group")) {
				out[x.root] = append(out[x.root], node{x, b.address()})
			}
		}
	}
	return out
}

// ties reports whether a joint of that type makes something the service's by what of it
// it refers to: a policy by the role that has it, not by what it gives rights on.
func ties(joint, to string) bool {
	switch {
	case strings.Contains(joint, "security_group"):
		return strings.Contains(to, "security_group")
	case strings.HasPrefix(joint, "aws_iam_role"), joint == "aws_iam_policy_attachment":
		return strings.HasPrefix(to, "aws_iam_role")
	case joint == "aws_iam_policy":
		return false
	case strings.Contains(joint, "_iam_member"), joint == "azurerm_role_assignment", joint == "azurerm_key_vault_access_policy":
		return strings.Contains(to, "service_account") || strings.Contains(to, "identity") || deploys[typeOf(to)] != ""
	}
	return true
}

func typeOf(address string) string {
	typ, _, _ := strings.Cut(address, ".")
	return typ
}

// ground reports whether a block is what many things stand on.
func ground(address string) bool {
	return slices.ContainsFunc(grounds, func(g string) bool { return strings.Contains(address[:max(strings.LastIndexByte(address, '.'), 0)], g) })
}

// grounded are the instances that are one service's: a module that runs it alone, and a
// root of which a good part, leaving out what watches, is what it leads to.
func grounded(services []*reach, g *graph, all []*instance) map[*instance]*reach {
	alone := map[*instance]*reach{}
	inRoot, total, led := map[string]*reach{}, map[string]int{}, map[string]int{}
	crowd := map[any]bool{}
	for _, s := range services {
		for x := range s.in {
			crowd[x] = crowd[x] || alone[x] != nil
			alone[x] = s
		}
		for root := range s.roots {
			crowd[root] = crowd[root] || inRoot[root] != nil
			inRoot[root] = s
		}
	}
	for _, x := range all {
		s := inRoot[x.root]
		if s == nil || crowd[x.root] {
			continue
		}
		for _, b := range x.f.blocks {
			if b.typ != "resource" || watches(b.label(0)) {
				continue
			}
			total[x.root]++
			if s.nodes[node{x, b.address()}] {
				led[x.root]++
			}
		}
	}
	out := map[*instance]*reach{}
	for _, x := range all {
		switch s := inRoot[x.root]; {
		case s != nil && !crowd[x.root] && led[x.root]*4 >= total[x.root]:
			out[x] = s
		case alone[x] != nil && !crowd[x] && x.call != nil:
			out[x] = alone[x]
		}
	}
	return out
}

// watchWords are parts of the names of types that watch others.
var watchWords = []string{"alarm", "alert", "monitor", "dashboard", "_slo", "service_level", "budget"}

func watches(typ string) bool {
	return slices.ContainsFunc(watchWords, func(w string) bool { return strings.Contains(typ, w) })
}

// evident reports whether a block is evidence that is dealt out to services.
func evident(b *block) bool {
	switch b.typ {
	case "resource":
		_, store := storeTypes[b.label(0)]
		return store || secretData[b.label(0)] != "" || watches(b.label(0))
	case "data", "ephemeral":
		return secretData[b.label(0)] != ""
	}
	return b.typ == "module"
}

// whose gives the services that a block belongs to; apart is true of one that is about
// something, and about none of them.
func whose(n node, b *block, leads map[node][]*reach, own map[*instance]*reach, g *graph) (names []string, apart bool) {
	refs := g.references(n)
	watch := b.typ == "resource" && watches(b.label(0))
	about := refs
	if watch { // who watches a service by name watches no other that shares its cluster
		if exact := slices.DeleteFunc(slices.Clone(refs), func(to node) bool { return deploys[typeOf(to.address)] == "" }); len(exact) > 0 {
			about = exact
		}
	} else {
		for _, s := range leads[n] {
			names = append(names, s.name)
		}
	}
	for _, to := range about {
		if watch && loose(to.address) || !watch && ground(to.address) {
			continue
		}
		for _, s := range leads[to] {
			names = append(names, s.name)
		}
	}
	if s := own[n.x]; len(names) == 0 && s != nil {
		names = append(names, s.name)
	}
	if !watch {
		return names, len(names) == 0
	}
	return names, len(names) == 0 && (len(refs) > 0 || n.x.pointed(b))
}

// serving are the namespaces of CloudWatch in which each service of a kind has metrics.
var serving = []string{"AWS/Lambda", "AWS/ECS", "ECS/ContainerInsights", "AWS/ApplicationELB", "AWS/NetworkELB", "AWS/ApiGateway", "AWS/AppRunner", "ApplicationSignals"}

// pointed reports whether what watches points to something by a name: it has dimensions,
// or reads metrics that are those of one program or product.
func (x *instance) pointed(b *block) bool {
	switch {
	case b.label(0) == "aws_cloudwatch_dashboard":
		body := x.says(b, "dashboard_body")
		reads := slices.ContainsFunc([]string{`"metrics"`, `"query"`, "SOURCE "}, func(w string) bool { return strings.Contains(body, w) })
		return reads && !serves(body) && !strings.Contains(body, "/aws/lambda/")
	case !strings.HasPrefix(b.label(0), "aws_cloudwatch_"):
		return false
	}
	outer := []*block{b}
	queries, _ := x.nested(b, "metric_query")
	for _, q := range queries {
		if from := x.says(q, "expression"); strings.Contains(from, "FROM ") && !serves(from) {
			return true
		}
		metrics, _ := x.nested(q, "metric")
		outer = append(outer, metrics...)
	}
	return slices.ContainsFunc(outer, func(o *block) bool {
		namespace := x.says(o, "namespace")
		return exprOf(o, "dimensions") != nil || namespace != "" && !serves(namespace)
	})
}

// serves reports whether a text has one of the namespaces of services.
func serves(text string) bool {
	return slices.ContainsFunc(serving, func(n string) bool { return strings.Contains(text, n) })
}

// loose are the grounds that tell nothing even of what watches them: those that a service
// uses and does not own.
func loose(address string) bool {
	return ground(address) && !slices.ContainsFunc([]string{"_ecs_cluster", "log_group", "service_plan"}, func(w string) bool { return strings.Contains(address, w) })
}
