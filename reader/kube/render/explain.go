package render

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

var (
	// expression is what a template was at when it failed, and what failed.
	expression = lazyregexp.New(`at <([^<>]*)>: ([^<>]*)`)
	valuePath  = lazyregexp.New(`\.Values\.([\w.-]+)`)
	execution  = lazyregexp.New(`^execution error at \([^()]*\): (.*)$`)
)

// explain makes a sentence of Helm's error: what failed, and which value is to blame
// where that can be told.
func explain(err error) string {
	text := oneLine(err.Error())
	if m := execution.FindStringSubmatch(text); m != nil {
		return "the chart asks: " + strings.TrimSpace(m[1])
	}
	all := expression.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return text
	}
	last := all[len(all)-1] // the innermost
	if v := valuePath.FindStringSubmatch(last[1]); v != nil && (strings.Contains(last[2], "nil pointer") || strings.Contains(last[2], "can't evaluate field")) {
		return fmt.Sprintf("the value %s is missing, or is not what the template expects of it (%s)", v[1], strings.TrimSpace(last[2]))
	}
	return fmt.Sprintf("%s: %s", last[1], strings.TrimSpace(last[2]))
}
