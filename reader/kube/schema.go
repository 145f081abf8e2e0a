package kube

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// schema compares documents with Kubernetes' own Go types, field by field, as the API
// server's strict decoding does. It walks the YAML nodes rather than decoding, since
// a decoder stops at the first wrong type and knows no lines. It may be used by
// several goroutines; what it learns of a type it keeps.
type schema struct {
	mu     sync.Mutex
	fields map[reflect.Type]map[string]reflect.Type
}

func newSchema() *schema { return &schema{fields: map[reflect.Type]map[string]reflect.Type{}} }

// fault is one place where a document does not fit its type.
type fault struct {
	node    *yaml.Node // for the line
	field   string     // e.g. `spec.template.spec.containers[api].ports`
	message string
}

// maxFaults is how many of one object are listed.
const maxFaults = 50

// check lists where the node does not fit the type.
func (s *schema) check(n *yaml.Node, t reflect.Type) []fault {
	c := checker{schema: s}
	c.value(n, n, t, nil)
	return c.faults
}

// trail is the way to a field. It is written out only where there is a fault.
type trail struct {
	up    *trail
	key   string
	item  *yaml.Node // an item of a list, at index
	index int
}

func (t *trail) String() string {
	switch {
	case t == nil:
		return ""
	case t.item != nil:
		return fmt.Sprintf("%s[%s]", t.up, itemName(t.item, t.index))
	}
	return join(t.up.String(), t.key)
}

type checker struct {
	*schema
	faults []fault
}

func (c *checker) fault(n *yaml.Node, field *trail, format string, a ...any) {
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, fault{n, field.String(), fmt.Sprintf(format, a...)})
	}
}

var (
	quantityType    = reflect.TypeFor[resource.Quantity]()
	intOrStringType = reflect.TypeFor[intstr.IntOrString]()
	timeType        = reflect.TypeFor[metav1.Time]()
	microTimeType   = reflect.TypeFor[metav1.MicroTime]()
	durationType    = reflect.TypeFor[metav1.Duration]()
	rawType         = reflect.TypeFor[runtime.RawExtension]()
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
)

// value checks one value. at is the node whose line is shown: the key where there is one.
func (c *checker) value(at, n *yaml.Node, t reflect.Type, field *trail) {
	n = yamldoc.Follow(n)
	if n == nil || n.Tag == "!!null" || yamldoc.IsUnknown(n) || len(c.faults) >= maxFaults {
		return
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case quantityType:
		if n.Kind != yaml.ScalarNode {
			c.fault(at, field, "must be a quantity like 250m or 1Gi")
		} else if _, err := resource.ParseQuantity(n.Value); err != nil {
			c.fault(at, field, "is no quantity; write one like 250m or 1Gi")
		}
		return
	case intOrStringType:
		if n.Kind != yaml.ScalarNode || n.Tag != "!!int" && !isText(n) {
			c.fault(at, field, "must be a whole number or text")
		}
		return
	case timeType, microTimeType, durationType:
		if n.Kind != yaml.ScalarNode {
			c.fault(at, field, "must be text")
		}
		return
	case rawType:
		return
	}
	if t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(unmarshaler) {
		return // it reads itself, in ways that only it knows
	}
	c.byKind(at, n, t, field)
}

func (c *checker) byKind(at, n *yaml.Node, t reflect.Type, field *trail) {
	switch t.Kind() {
	case reflect.Struct:
		c.object(at, n, t, field)
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			c.fault(at, field, "must be a mapping, not %s", describe(n))
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			c.value(n.Content[i], n.Content[i+1], t.Elem(), &trail{up: field, key: n.Content[i].Value})
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			if !isText(n) {
				c.fault(at, field, "must be base64 text, not %s", describe(n))
			}
			return
		}
		if n.Kind != yaml.SequenceNode {
			c.fault(at, field, "must be a list, not %s", describe(n))
			return
		}
		for i, item := range n.Content {
			c.value(item, item, t.Elem(), &trail{up: field, item: item, index: i})
		}
	case reflect.String:
		if !isText(n) {
			c.fault(at, field, "must be text, not %s%s", describe(n), quoteIt(n))
		}
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" && !oldBool(n) {
			c.fault(at, field, "must be true or false, not %s", describe(n))
		}
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64, reflect.Int16, reflect.Uint16:
		if v, ok := whole(n); n.Tag != "!!int" && !(n.Tag == "!!float" && ok && v != nil) { // 60.0 is 60
			c.fault(at, field, "must be a whole number, not %s", describe(n))
		}
	case reflect.Float32, reflect.Float64:
		if n.Kind != yaml.ScalarNode || n.Tag != "!!int" && n.Tag != "!!float" {
			c.fault(at, field, "must be a number, not %s", describe(n))
		}
	}
}

func (c *checker) object(at, n *yaml.Node, t reflect.Type, field *trail) {
	if n.Kind != yaml.MappingNode {
		c.fault(at, field, "must be a mapping, not %s", describe(n))
		return
	}
	known := c.known(t)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		ft, ok := known[key.Value]
		if yamldoc.IsUnknown(key) {
			continue
		}
		if !ok {
			c.fault(key, &trail{up: field, key: key.Value}, "is no field that Kubernetes knows%s", suggest(key.Value, known))
			continue
		}
		c.value(key, n.Content[i+1], ft, &trail{up: field, key: key.Value})
	}
}

// known gives the JSON fields of a struct, embedded ones included.
func (s *schema) known(t reflect.Type) map[string]reflect.Type {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.learn(t)
}

func (s *schema) learn(t reflect.Type) map[string]reflect.Type {
	if m, ok := s.fields[t]; ok {
		return m
	}
	m := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous && name == "":
			ft := f.Type
			if ft.Kind() == reflect.Pointer {
				ft = ft.Elem()
			}
			for k, v := range s.learn(ft) {
				m[k] = v
			}
		case name != "":
			m[name] = f.Type
		}
	}
	s.fields[t] = m
	return m
}

// suggest names the field that was probably meant.
func suggest(key string, known map[string]reflect.Type) string {
	best, distance := "", 3
	names := make([]string, 0, len(known))
	for k := range known {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		if strings.EqualFold(k, key) {
			return fmt.Sprintf("; %q is", k)
		}
		if d := levenshtein.Distance(key, k, nil); d < distance {
			best, distance = k, d
		}
	}
	if best == "" || distance*2 >= len(key) {
		return ""
	}
	return fmt.Sprintf("; %q is", best)
}

// oldBools are words that YAML 1.1, which Kubernetes reads, takes for true and false.
var oldBools = []string{"yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"}

func oldBool(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Style == 0 && slices.Contains(oldBools, n.Value)
}

// isText reports whether the API server will see a string.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.Tag == "!!str" || n.Tag == "!!timestamp" || n.Tag == "!!binary") && !oldBool(n)
}

// describe names a value's kind and never the value, which may be a secret.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!bool" || oldBool(n):
		return "true or false"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "a number"
	case n.Style != 0:
		return "quoted text"
	}
	return "text"
}

func quoteIt(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return "; quote it"
	}
	return ""
}

// itemName names an item of a list: by its `name`, else by its place.
func itemName(n *yaml.Node, i int) string {
	if name := yamldoc.String(yamldoc.Get(n, "name")); name != "" && len(name) <= 63 {
		return name
	}
	return fmt.Sprint(i)
}

func join(field, key string) string {
	switch {
	case field == "":
		return key
	case strings.ContainsAny(key, "./"):
		return fmt.Sprintf("%s[%q]", field, key)
	}
	return field + "." + key
}
