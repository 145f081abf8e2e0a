// Package recovery reads what keeps data and what would bring it back: clusters of
// database operators, claims for volumes and their storage classes, managed databases
// and buckets of Crossplane and its kin, backup schedules and dump jobs, and the
// databases and buckets of CloudFormation and SAM templates. What a Terraform resource
// says is read by package terraform.
//
// Commands of jobs may hold passwords: of these only the name of the program that
// copies or restores is kept.
package recovery

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Objects reads the objects of Kubernetes. They hide the family Kubernetes when they
// can't be read, which every check of recovery reads.
func Objects() kube.ObjectReader {
	return kube.ObjectReader{
		Family: scorecard.Kubernetes,
		Knows:  func(o scorecard.ObjectRef) bool { return readerOf(o) != nil },
		Read: func(n *yaml.Node, at scorecard.Location, into *scorecard.Facts) {
			o := object{n, at}
			if read := readerOf(at.Object); read != nil {
				read(o, into)
			}
		},
	}
}

// object is one object of Kubernetes being read.
type object struct {
	node *yaml.Node
	at   scorecard.Location
}

// readerOf gives what reads objects of a kind; nil for kinds that say nothing here.
func readerOf(ref scorecard.ObjectRef) func(object, *scorecard.Facts) {
	group := ref.Group()
	for _, o := range operators {
		if ref.Kind == o.kind && inGroup(group, o.groups) {
			return o.read
		}
	}
	for _, b := range schedules {
		if ref.Kind == b.kind && inGroup(group, b.groups) {
			return b.read
		}
	}
	if m, ok := managedKinds[ref.Kind]; ok && inGroup(group, m.groups) {
		return m.read
	}
	switch {
	case ref.Kind == "PersistentVolumeClaim" && group == "":
		return claim
	case ref.Kind == "PersistentVolume" && group == "":
		return volume
	case ref.Kind == "StorageClass" && group == "storage.k8s.io":
		return storageClass
	case (ref.Kind == "CronJob" || ref.Kind == "CronWorkflow") && (group == "batch" || group == "argoproj.io"):
		return cronJob
	}
	return nil
}

// inGroup reports whether the group is one of the list; one that starts with a dot is
// the end of many.
func inGroup(group string, list []string) bool {
	for _, g := range list {
		if group == g || strings.HasPrefix(g, ".") && strings.HasSuffix(group, g) {
			return true
		}
	}
	return false
}

// get is a field's node by its path: "spec.backup.barmanObjectStore".
func (o object) get(path string) *yaml.Node {
	return yamldoc.Get(o.node, strings.Split(path, ".")...)
}

func (o object) text(path string) string { return yamldoc.String(o.get(path)) }

// written reports whether a field is there and says something.
func (o object) written(path string) bool {
	n := o.get(path)
	return n != nil && n.Tag != "!!null" && !(n.Kind != yaml.ScalarNode && len(n.Content) == 0)
}

// place is where a field stands, with its line where the object's are known.
func (o object) place(path string) scorecard.Location {
	keys := strings.Split(path, ".")
	parent := o.node
	if len(keys) > 1 {
		parent = yamldoc.Get(o.node, keys[:len(keys)-1]...)
	}
	line := yamldoc.KeyLine(parent, keys[len(keys)-1])
	if o.at.FirstLine == 0 {
		line = 0
	}
	return o.at.At(path, line, line)
}

// number reads a whole number; ok is false where none is written, open true where
// something fills it in.
func (o object) number(path string) (n int, ok, open bool) {
	node := o.get(path)
	if yamldoc.IsUnknown(node) {
		return 0, false, true
	}
	n, err := strconv.Atoi(strings.TrimSpace(yamldoc.String(node)))
	return n, err == nil, false
}

func answer(is string, at scorecard.Location, says string) scorecard.Answer {
	return scorecard.Answer{Is: is, Location: at, Says: says}
}

func labelsOf(n *yaml.Node) map[string]string {
	return yamldoc.StringMap(yamldoc.Get(n, "metadata", "labels"))
}

// labelSelector reads a label selector; nil where none is written.
func labelSelector(n *yaml.Node) *scorecard.Selector {
	if n == nil || n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return nil
	}
	s := &scorecard.Selector{MatchLabels: yamldoc.StringMap(yamldoc.Get(n, "matchLabels"))}
	for _, e := range yamldoc.Items(yamldoc.Get(n, "matchExpressions")) {
		r := scorecard.Requirement{Key: yamldoc.String(yamldoc.Get(e, "key")), Operator: yamldoc.String(yamldoc.Get(e, "operator"))}
		r.Values = texts(yamldoc.Get(e, "values"))
		s.MatchExpressions = append(s.MatchExpressions, r)
	}
	return s
}

func texts(n *yaml.Node) (out []string) {
	for _, v := range yamldoc.Items(n) {
		if s := yamldoc.String(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// first walks a path in which `.0.` is the first item of a list; it gives the last
// mapping that is not one of a list's, and the path below it.
func (o object) first(path string) (*yaml.Node, string) {
	node := o.node
	for {
		list, rest, found := strings.Cut(path, ".0.")
		if !found {
			return node, path
		}
		items := yamldoc.Items(yamldoc.Get(node, strings.Split(list, ".")...))
		if len(items) == 0 {
			return nil, rest
		}
		node, path = items[0], rest
	}
}
