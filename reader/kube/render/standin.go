package render

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	chart "helm.sh/helm/v4/pkg/chart/v2"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// maxStandIns is how many values a chart may lack. One that lacks more says too little.
const maxStandIns = 20

// standIns puts Outside where a chart asks for a value that nothing gives: often a
// pipeline sets an image's tag or a password. The rest of the chart can be seen then.
type standIns struct {
	// names are the values by their path, and what `required` was to say of others.
	names []string
}

// derivers are functions whose result no longer shows that it comes from a stand-in, and
// would look like a value that the chart has.
var derivers = []string{
	"int", "int64", "float64", "atoi", "toDecimal", "add", "add1", "addf", "sub", "subf", "mul", "mulf", "div", "divf", "mod",
	"max", "min", "maxf", "minf", "ceil", "floor", "round", "b64enc", "b64dec", "b32enc", "b32dec", "sha1sum", "sha256sum", "sha512sum", "adler32sum",
	"upper", "title", "untitle", "camelcase", "snakecase", "kebabcase", "swapcase", "initials", "abbrev", "trunc", "substr", "replace", "nospace",
	"regexFind", "regexReplaceAll", "regexReplaceAllLiteral", "derivePassword", "semver",
}

// functions are those that know of stand-ins.
func (s *standIns) functions() template.FuncMap {
	m := template.FuncMap{"required": func(message string, value any) any {
		if value != nil && value != "" {
			return value
		}
		message = oneLine(message)
		s.note(message)
		return Outside + "." + digest(message)[:8]
	}}
	all := sprig.TxtFuncMap()
	for _, name := range derivers {
		if f := all[name]; f != nil {
			m[name] = unlessUnknown(f)
		}
	}
	return m
}

func (s *standIns) note(name string) {
	if !slices.Contains(s.names, name) {
		s.names = append(s.names, name)
	}
}

// unlessUnknown is the function that gives Outside where it is given that.
func unlessUnknown(f any) func(...any) (any, error) {
	call := reflect.ValueOf(f)
	return func(args ...any) (any, error) {
		in := make([]reflect.Value, len(args))
		for i, a := range args {
			if strings.Contains(fmt.Sprint(a), Outside) {
				return Outside, nil
			}
			if in[i] = reflect.ValueOf(a); a == nil {
				in[i] = reflect.Zero(reflect.TypeFor[any]())
			}
		}
		out := call.Call(in) // the template engine makes an error of a panic
		if err, ok := out[len(out)-1].Interface().(error); ok {
			return nil, err
		}
		return out[0].Interface(), nil
	}
}

var (
	// valueAlone is an expression that is one value and nothing else.
	valueAlone = lazyregexp.New(`^\$?\.Values((?:\.[\w-]+)+)$`)
	// inSubchart is the path of a subchart's template.
	inSubchart = lazyregexp.New(`^charts/([^/]+)/`)
)

// fill gives the value whose lack made the rendering fail a stand-in; false where it
// is not one value that is to blame, or where the chart decides by it what it renders.
func (s *standIns) fill(ch *chart.Chart, values map[string]any, err error) bool {
	all := expression.FindAllStringSubmatch(oneLine(err.Error()), -1)
	if len(all) == 0 || len(s.names) >= maxStandIns {
		return false
	}
	last := all[len(all)-1] // the innermost
	m := valueAlone.FindStringSubmatch(last[1])
	if m == nil || !strings.Contains(last[2], "nil pointer") && !strings.Contains(last[2], "invalid value; expected string") {
		return false
	}
	name := strings.TrimPrefix(m[1], ".")
	if decides(ch, m[1]) {
		return false
	}
	keys := strings.Split(name, ".")
	p, _ := place(err.Error(), ch.Name())
	for {
		sub := inSubchart.FindStringSubmatch(p)
		if sub == nil {
			break
		}
		p = p[len(sub[0]):]
		keys = slices.Insert(keys, len(keys)-strings.Count(m[1], "."), sub[1])
	}
	if !put(values, keys) {
		return false
	}
	s.note("the value " + strings.Join(keys, "."))
	return true
}

// put sets the value in the maps that lead to it, which are made where there are none;
// false where something else stands in the way, or the value is there.
func put(values map[string]any, keys []string) bool {
	for _, k := range keys[:len(keys)-1] {
		switch next := values[k].(type) {
		case map[string]any:
			values = next
		case nil:
			made := map[string]any{}
			values[k] = made
			values = made
		default:
			return false
		}
	}
	last := keys[len(keys)-1]
	if values[last] != nil {
		return false
	}
	values[last] = Outside + "." + strings.Join(keys, ".") // the same wherever it is used, and no other's
	return true
}

// decides reports whether a template of the chart asks by the value what to render: a
// stand-in would be an answer.
func decides(ch *chart.Chart, path string) bool {
	asks := regexp.MustCompile(`\{\{-?\s*(?:if|else if|with|range)\b[^}]*\.Values` + regexp.QuoteMeta(path) + `\b|` +
		`\b(?:eq|ne|lt|le|gt|ge|and|or|not|ternary|empty|kindIs|typeIs|semverCompare|hasKey|contains|hasPrefix|hasSuffix|has)\b[^}|]*\.Values` + regexp.QuoteMeta(path) + `\b`)
	for _, t := range ch.Templates {
		if asks.Match(t.Data) {
			return true
		}
	}
	return slices.ContainsFunc(ch.Dependencies(), func(d *chart.Chart) bool { return decides(d, path) })
}
