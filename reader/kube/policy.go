package kube

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// networkPolicy reads a policy of Kubernetes' own. What is left out is what the API
// server makes of it: an empty pod selector, and ingress among the types.
func networkPolicy(o object) scorecard.NetworkPolicy {
	spec := yamldoc.Get(o.node, "spec")
	p := scorecard.NetworkPolicy{Location: o.at, Selector: &scorecard.Selector{}, Ingress: true}
	if n := yamldoc.Get(spec, "podSelector"); written(n) {
		p.Selector, p.Unreadable = strictSelector(n, "spec.podSelector")
	}
	if types := yamldoc.Items(yamldoc.Get(spec, "policyTypes")); len(types) > 0 {
		p.Ingress = holds(types, "Ingress")
	}
	if p.Ingress {
		openRule(&p, yamldoc.Get(spec, "ingress"), opens)
	}
	return p
}

// written reports whether there is a value that is not null.
func written(n *yaml.Node) bool { return n != nil && n.Tag != "!!null" }

func holds(items []*yaml.Node, text string) bool {
	return slices.ContainsFunc(items, func(n *yaml.Node) bool { return yamldoc.String(n) == text })
}

// strictSelector is selector for objects where an empty one selects everything: a
// label that stands in the wrong place must not make it that. problem says what is
// wrong, and the selector is nil then.
func strictSelector(n *yaml.Node, field string) (s *scorecard.Selector, problem string) {
	n = yamldoc.Follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, field + " is no label selector"
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i].Value, yamldoc.Follow(n.Content[i+1])
		switch {
		case key != "matchLabels" && key != "matchExpressions":
			return nil, fmt.Sprintf("%s is no field of a label selector", join(field, key))
		case v.Tag == "!!null":
		case key == "matchLabels" && (v.Kind != yaml.MappingNode || len(yamldoc.StringMap(v)) != len(v.Content)/2):
			return nil, field + ".matchLabels can't be read"
		case key == "matchExpressions" && v.Kind != yaml.SequenceNode:
			return nil, field + ".matchExpressions can't be read"
		}
	}
	return selector(n), ""
}

// ciliumPolicies reads a policy of Cilium, which holds one rule or several. Rules for
// nodes select no pods and are left out.
func ciliumPolicies(o object) (out []scorecard.NetworkPolicy) {
	type rule struct {
		node  *yaml.Node
		field string
	}
	var rules []rule
	if spec := yamldoc.Get(o.node, "spec"); written(spec) {
		rules = append(rules, rule{spec, "spec"})
	}
	for i, spec := range yamldoc.Items(yamldoc.Get(o.node, "specs")) {
		rules = append(rules, rule{spec, fmt.Sprintf("specs[%d]", i)})
	}
	for _, r := range rules {
		endpoints := yamldoc.Get(r.node, "endpointSelector")
		if !written(endpoints) && written(yamldoc.Get(r.node, "nodeSelector")) {
			continue
		}
		p := scorecard.NetworkPolicy{Location: o.at, Ingress: ciliumIngress(r.node), Refuses: refuses(r.node), Everywhere: o.at.Object.Kind == "CiliumClusterwideNetworkPolicy"}
		openRule(&p, yamldoc.Get(r.node, "ingress"), ciliumOpens(p.Everywhere))
		if len(rules) > 1 {
			first, last := span(r.node)
			p.Location = o.at.At(r.field, first, last)
		}
		s, problem := strictSelector(endpoints, r.field+".endpointSelector")
		if s != nil {
			ciliumLabels(s).into(&p)
		} else {
			p.Unreadable = problem
		}
		out = append(out, p)
	}
	return out
}

// ciliumIngress reports whether the rule makes its pods refuse what it does not
// allow. A section without rules does not; one empty rule does.
func ciliumIngress(rule *yaml.Node) bool {
	if v := yamldoc.Get(rule, "enableDefaultDeny", "ingress"); written(v) {
		return yamldoc.String(v) == "true"
	}
	return len(yamldoc.Items(yamldoc.Get(rule, "ingress"))) > 0 || len(yamldoc.Items(yamldoc.Get(rule, "ingressDeny"))) > 0
}

// subjects are what a policy's own selector comes to, in the labels that pods and
// namespaces have.
type subjects struct {
	pods, namespaces []scorecard.Requirement
	nothing          bool // it selects no pods at all
	unreadable       string
}

// into puts them into the policy.
func (s *subjects) into(p *scorecard.NetworkPolicy) {
	p.Selector, p.Unreadable = nil, s.unreadable
	if s.nothing || s.unreadable != "" {
		return
	}
	p.Selector = conjunction(s.pods)
	if p.Everywhere && len(s.namespaces) > 0 {
		p.Namespaces = conjunction(s.namespaces)
	}
}

// inNamespace wants something of the name of the pod's namespace.
func (s *subjects) inNamespace(r scorecard.Requirement) {
	r.Key = scorecard.NamespaceLabel
	s.namespaces = append(s.namespaces, r)
}

// conjunction makes a selector of requirements. Those for one value are matchLabels,
// by which pods are found fast.
func conjunction(rs []scorecard.Requirement) *scorecard.Selector {
	out := &scorecard.Selector{}
	for _, r := range rs {
		if _, have := out.MatchLabels[r.Key]; have || r.Operator != "In" || len(r.Values) != 1 {
			out.MatchExpressions = append(out.MatchExpressions, r)
			continue
		}
		out.MatchLabels = with(out.MatchLabels, r.Key, r.Values[0])
	}
	return out
}

// requirements are all that a selector wants, in a fixed order.
func requirements(s *scorecard.Selector) []scorecard.Requirement {
	var out []scorecard.Requirement
	for _, k := range sortedKeys(s.MatchLabels) {
		out = append(out, scorecard.Requirement{Key: k, Operator: "In", Values: []string{s.MatchLabels[k]}})
	}
	return append(out, s.MatchExpressions...)
}

// ciliumLabels turns the labels that Cilium knows of pods into those that pods have:
// without the source before the colon, and with the pod's namespace apart.
func ciliumLabels(selector *scorecard.Selector) *subjects {
	s := &subjects{}
	for _, r := range requirements(selector) {
		source, key, found := strings.Cut(r.Key, ":")
		if !found {
			source, key = "any", r.Key
		}
		r.Key = key
		switch {
		case source == "reserved": // the host, the world, the ingress proxy: no pods
			s.nothing = true
		case source != "any" && source != "k8s":
			s.unreadable = fmt.Sprintf("it selects by labels of the source %q", source)
		case key == "io.kubernetes.pod.namespace":
			s.inNamespace(r)
		case key == "io.cilium.k8s.policy.cluster": // this one
		case strings.HasPrefix(key, "io.cilium.k8s."):
			s.unreadable = "it selects by " + key + ", which is no label of the pods"
		default:
			s.pods = append(s.pods, r)
		}
	}
	return s
}

// fileCilium files the rules of a policy of Cilium.
func fileCilium(f *scorecard.Facts, o object) bool {
	rules := ciliumPolicies(o)
	f.Policies = append(f.Policies, rules...)
	return len(rules) > 0
}

// fileCalico files a policy of Calico that is about pods.
func fileCalico(f *scorecard.Facts, o object) bool {
	p, ok := calicoPolicy(o)
	if ok {
		f.Policies = append(f.Policies, p)
	}
	return ok
}

// calicoPolicy reads a policy of Calico; false for one that is about hosts alone.
func calicoPolicy(o object) (scorecard.NetworkPolicy, bool) {
	spec := yamldoc.Get(o.node, "spec")
	for _, hosts := range []string{"preDNAT", "doNotTrack"} {
		if yamldoc.String(yamldoc.Get(spec, hosts)) == "true" {
			return scorecard.NetworkPolicy{}, false
		}
	}
	p := scorecard.NetworkPolicy{Location: o.at, Ingress: calicoIngress(spec), Everywhere: o.at.Object.Kind == "GlobalNetworkPolicy"}
	if p.Ingress {
		openRule(&p, yamldoc.Get(spec, "ingress"), calicoOpens(p.Everywhere))
		p.Refuses = refuses(spec)
	}
	s := calicoSelector(yamldoc.String(yamldoc.Get(spec, "selector")), false)
	if text := yamldoc.String(yamldoc.Get(spec, "namespaceSelector")); text != "" {
		of := calicoSelector(text, true)
		s.namespaces = append(s.namespaces, of.namespaces...)
		s.nothing = s.nothing || of.nothing
		if of.unreadable != "" {
			s.unreadable = of.unreadable
		}
	}
	if text := yamldoc.String(yamldoc.Get(spec, "serviceAccountSelector")); text != "" && strings.ReplaceAll(text, " ", "") != "all()" {
		s.unreadable = "it selects by the labels of service accounts"
	}
	s.into(&p)
	return p, true
}

// calicoIngress: without types, a policy is over what it has rules for, and over
// ingress when it has none at all.
func calicoIngress(spec *yaml.Node) bool {
	if types := yamldoc.Items(yamldoc.Get(spec, "types")); len(types) > 0 {
		return holds(types, "Ingress")
	}
	return len(yamldoc.Items(yamldoc.Get(spec, "ingress"))) > 0 || len(yamldoc.Items(yamldoc.Get(spec, "egress"))) == 0
}

// calicoSelector reads an expression like `app == "cart" && has(team)`. Calico's
// language can say more than a label selector can; what it says beyond is unreadable.
// of namespaces: the labels are those of the pod's namespace.
func calicoSelector(text string, ofNamespaces bool) *subjects {
	s := &subjects{}
	if strings.TrimSpace(text) == "" {
		return s
	}
	p := calicoParser{rest: text}
	reqs, all := p.conjunction(0)
	if p.problem == "" && p.peek() != "" {
		p.problem = "it has " + p.peek()
	}
	if p.problem != "" {
		s.unreadable = fmt.Sprintf("its selector can't be read as labels that all must match: %s", p.problem)
		return s
	}
	s.nothing = !all
	for _, r := range reqs {
		switch {
		case r.Key == "projectcalico.org/namespace" && !ofNamespaces,
			ofNamespaces && (r.Key == "projectcalico.org/name" || r.Key == scorecard.NamespaceLabel):
			s.inNamespace(r)
		case r.Key == "projectcalico.org/orchestrator":
			s.nothing = s.nothing || !(&scorecard.Selector{MatchExpressions: []scorecard.Requirement{r}}).Matches(map[string]string{r.Key: "k8s"})
		case ofNamespaces:
			s.unreadable = "it selects by the label " + r.Key + " of namespaces"
		case strings.HasPrefix(r.Key, "projectcalico.org/"):
			s.unreadable = "it selects by " + r.Key + ", which is no label of the pods"
		default:
			s.pods = append(s.pods, r)
		}
	}
	return s
}

// calicoParser reads the part of Calico's language that is a conjunction of terms. It
// takes one token after the other off the rest; problem is the first thing that it
// could not read.
type calicoParser struct {
	rest    string
	problem string
}

func (p *calicoParser) fail(format string, a ...any) {
	if p.problem == "" {
		p.problem = fmt.Sprintf(format, a...)
	}
}

// peek gives the next token without taking it: an operator, a bracket, a comma, a
// quoted text with its quotes, or a word. Empty at the end.
func (p *calicoParser) peek() string {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return ""
	}
	for _, op := range []string{"==", "!=", "&&", "||"} {
		if strings.HasPrefix(p.rest, op) {
			return op
		}
	}
	switch c := p.rest[0]; c {
	case '"', '\'':
		end := strings.IndexByte(p.rest[1:], c)
		if end < 0 {
			return p.rest
		}
		return p.rest[:end+2]
	case '!', '(', ')', '{', '}', ',':
		return p.rest[:1]
	}
	if end := strings.IndexAny(p.rest, " \t\r\n=!&|\"'(){},"); end > 0 {
		return p.rest[:end]
	}
	return p.rest
}

func (p *calicoParser) take() string {
	t := p.peek()
	p.rest = p.rest[len(t):]
	return t
}

func (p *calicoParser) want(token string) {
	if got := p.take(); got != token {
		p.fail("%s stands where %s should", orEnd(got), token)
	}
}

func orEnd(token string) string {
	if token == "" {
		return "its end"
	}
	return token
}

// maxCalicoDepth is how deep brackets are followed.
const maxCalicoDepth = 20

// conjunction reads terms with && between them. all is false where they can match nothing.
func (p *calicoParser) conjunction(depth int) (reqs []scorecard.Requirement, all bool) {
	for all = true; p.problem == ""; {
		more, ok := p.term(depth)
		reqs, all = append(reqs, more...), all && ok
		if p.peek() != "&&" {
			break
		}
		p.take()
	}
	return reqs, all
}

// term reads one comparison, has(), all(), global(), or a conjunction in brackets.
func (p *calicoParser) term(depth int) (reqs []scorecard.Requirement, all bool) {
	not := false
	for p.peek() == "!" {
		p.take()
		not = !not
	}
	switch t := p.take(); {
	case t == "(" && depth < maxCalicoDepth:
		reqs, all = p.conjunction(depth + 1)
		p.want(")")
		if not {
			p.fail("it has ! before brackets")
		}
		return reqs, all
	case t == "all" || t == "global":
		p.want("(")
		p.want(")")
		return nil, (t == "all") != not
	case t == "has":
		p.want("(")
		r := scorecard.Requirement{Key: p.take(), Operator: "Exists"}
		p.want(")")
		if not {
			r.Operator = "DoesNotExist"
		}
		return []scorecard.Requirement{r}, true
	case not || t == "" || strings.ContainsAny(t[:1], "!=&|(){},\"'"):
		p.fail("%s stands where a label should", orEnd(t))
		return nil, false
	default:
		return p.comparison(t), true
	}
}

func (p *calicoParser) comparison(key string) []scorecard.Requirement {
	r := scorecard.Requirement{Key: key, Operator: "In"}
	op := p.take()
	if op == "not" {
		op, r.Operator = p.take(), "NotIn"
		if op != "in" {
			p.fail("not %s is no operator", op)
		}
	}
	switch op {
	case "!=":
		r.Operator = "NotIn"
		r.Values = []string{p.text()}
	case "==":
		r.Values = []string{p.text()}
	case "in":
		p.want("{")
		for p.problem == "" && p.peek() != "}" {
			r.Values = append(r.Values, p.text())
			if p.peek() != "}" {
				p.want(",")
			}
		}
		p.want("}")
		slices.Sort(r.Values)
	default:
		p.fail("the operator %s compares otherwise than a label selector does", orEnd(op))
	}
	return []scorecard.Requirement{r}
}

// text takes a value in quotes.
func (p *calicoParser) text() string {
	t := p.take()
	if len(t) < 2 || t[0] != '"' && t[0] != '\'' || t[len(t)-1] != t[0] {
		p.fail("%s is no text in quotes", orEnd(t))
		return ""
	}
	return t[1 : len(t)-1]
}
