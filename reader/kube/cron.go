package kube

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// cronField is one field of a schedule, and what may stand in it.
type cronField struct {
	name     string
	min, max int
	words    []string // names of the numbers from min
}

var cronFields = []cronField{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")},
	{"day of the week", 0, 6, strings.Fields("sun mon tue wed thu fri sat")},
}

// cronWords are schedules that have a name.
var cronWords = strings.Fields("@yearly @annually @monthly @weekly @daily @midnight @hourly")

// cronFault says why the API server would not take a CronJob's schedule; empty when it
// would. It follows the parser that Kubernetes uses (github.com/robfig/cron): five
// fields, of which the day of the week ends at 6.
func cronFault(text string) string {
	if strings.HasPrefix(text, "@") {
		for _, word := range cronWords {
			if text == word {
				return ""
			}
		}
		if every, ok := strings.CutPrefix(text, "@every "); ok {
			if _, err := time.ParseDuration(every); err == nil {
				return ""
			}
			return "behind @every stands no duration like 1h30m"
		}
		return "there is no word " + strconv.Quote(text) + " for one"
	}
	fields := strings.Fields(text)
	if len(fields) != len(cronFields) {
		return fmt.Sprintf("it has %d fields and must have %d", len(fields), len(cronFields))
	}
	for i, f := range cronFields {
		for item := range strings.SplitSeq(fields[i], ",") {
			if item == "" {
				continue // the parser drops what is between two commas
			}
			if why := f.fault(item); why != "" {
				return fmt.Sprintf("the %s %s: %s", f.name, strconv.Quote(item), why)
			}
		}
	}
	return ""
}

// fault looks at one item of a field: a number, a range or a star, each with a step or not.
func (f cronField) fault(item string) string {
	span, step, stepped := strings.Cut(item, "/")
	low, high, ranged := strings.Cut(span, "-")
	first, last := f.min, f.max
	if low != "*" && low != "?" {
		var ok bool
		if first, ok = f.number(low); !ok {
			return "it is no number"
		}
		switch {
		case ranged:
			if last, ok = f.number(high); !ok {
				return "its end is no number"
			}
		case !stepped:
			last = first
		}
	}
	if stepped {
		if n, err := strconv.Atoi(step); err != nil || n < 1 {
			return "its step must be a number from 1"
		}
	}
	switch {
	case first < f.min || last > f.max:
		return fmt.Sprintf("it must be from %d to %d", f.min, f.max)
	case first > last:
		return "it ends before it begins"
	}
	return ""
}

func (f cronField) number(text string) (int, bool) {
	for i, word := range f.words {
		if strings.EqualFold(word, text) {
			return f.min + i, true
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}
