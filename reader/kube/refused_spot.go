package kube

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// spot is one mapping of an object, and where it stands.
type spot struct {
	node  *yaml.Node // nil where no mapping is written
	key   *yaml.Node // shows the line: its key, an item itself, or what it ought to stand in
	trail *trail
}

func (s spot) pair(key string) (k, v *yaml.Node) {
	if s.node == nil || s.node.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(s.node.Content); i += 2 {
		if s.node.Content[i].Value == key {
			return s.node.Content[i], yamldoc.Follow(s.node.Content[i+1])
		}
	}
	return nil, nil
}

// value is what is written at the key; nil for null too.
func (s spot) value(key string) *yaml.Node {
	if _, v := s.pair(key); !isNull(v) {
		return v
	}
	return nil
}

// in is the mapping below the keys.
func (s spot) in(keys ...string) spot {
	for _, key := range keys {
		k, v := s.pair(key)
		if v == nil || v.Kind != yaml.MappingNode {
			return spot{}
		}
		s = spot{node: v, key: k, trail: &trail{up: s.trail, key: key}}
	}
	return s
}

// items are the mappings of a list below.
func (s spot) items(key string) []spot {
	k, v := s.pair(key)
	if v == nil || v.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]spot, 0, len(v.Content))
	up := &trail{up: s.trail, key: key}
	for i, item := range v.Content {
		at := item
		if item.Line == 0 {
			at = k
		}
		if item = yamldoc.Follow(item); item.Kind == yaml.MappingNode {
			out = append(out, spot{node: item, key: at, trail: &trail{up: up, item: item, index: i}})
		}
	}
	return out
}

// text is empty where nothing is written; false for what is not known, or no text.
func (s spot) text(key string) (string, bool) {
	v := s.value(key)
	if v == nil {
		return "", true
	}
	return v.Value, isText(v)
}

// number is unset where nothing is written; false for what is not known, or no number.
func (s spot) number(key string, unset int64) (int64, bool) {
	n, ok := integer(s.value(key), 64)
	if ok && n == nil {
		return unset, true
	}
	if !ok {
		return 0, false
	}
	return *n, true
}

// filledIn reports whether a text has marks of something that fills it in before the
// API server sees it: ${NAME}, $(NAME), {{ name }}, <name>, %NAME%, @NAME@, __NAME__, YOUR_NAME.
func filledIn(text string) bool {
	return strings.ContainsAny(text, "${}<>") || strings.Contains(text, "__") || strings.Count(text, "@") > 1 ||
		strings.Count(text, "%") > 1 || shouted(text)
}

// shouted reports whether there is a word of capitals with an underscore: APP_NAME.
func shouted(text string) bool {
	for i := 1; i+1 < len(text); i++ {
		if text[i] == '_' && capital(text[i-1]) && capital(text[i+1]) {
			return true
		}
	}
	return false
}

func capital(c byte) bool { return 'A' <= c && c <= 'Z' }

// percentOf is the number before the sign; false for anything that is no percentage.
func percentOf(text string) (int64, bool) {
	digits, ok := strings.CutSuffix(text, "%")
	if !ok || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	return v, err == nil
}

// isZero reports whether a count or a percentage is written and is nothing.
func (s spot) isZero(key string) bool {
	v := s.value(key)
	if v == nil || v.Kind != yaml.ScalarNode {
		return false
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(v.Value, "%"), 10, 64)
	return err == nil && n == 0
}

// counts refuses what is neither a count nor a percentage. Of those that must not be
// more than all, 100% is the most.
func (r *refuser) counts(s spot, key string, atMostAll bool) {
	v := s.value(key)
	if v == nil || v.Kind != yaml.ScalarNode || yamldoc.IsUnknown(v) {
		return
	}
	if !isText(v) {
		r.natural(s, key)
		return
	}
	percent, ok := percentOf(v.Value)
	switch {
	case !ok && strings.Trim(v.Value, "0123456789") == "" && v.Value != "":
		r.refuse(s, key, "is a number in quotes, which must be a percentage; take the quotes off")
	case !ok && !filledIn(v.Value):
		r.refuse(s, key, "must be a whole number from 0, or a percentage like 25%%")
	case ok && atMostAll && percent > 100:
		r.refuse(s, key, "must not be more than 100%%")
	}
}
