package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// formsNamed is how many renderings a service's head names, unless it gives each a mark.
const formsNamed = 4

// forms says how the objects that were judged came to be. The name of a form is long: one
// that would stand in several lines below gets a mark here, and those lines have that.
func (c *canvas) forms(card *scorecard.Scorecard) {
	c.judged, c.marks = "", map[string]string{}
	judged := card.Forms()
	switch {
	case len(judged) == 1:
		c.judged = judged[0]
		c.para(3, 5, toned(faint, "judged as rendered by "+clean(judged[0])))
	case len(judged) > 1 && c.opts.Verbose:
		c.para(3, 5, toned(faint, "judged as rendered by "+c.marked(judged)))
	case len(judged) > 1:
		c.para(3, 5, toned(faint, "judged as rendered by "+clean(listed(judged))))
	}
}

// others is forms for those that were only compared with.
func (c *canvas) others(results []scorecard.Result) {
	times := map[string]int{}
	var often []string
	for i := range results {
		for _, v := range results[i].Otherwise {
			if times[v.Form]++; times[v.Form] == 2 && c.marks[v.Form] == "" {
				often = append(often, v.Form)
			}
		}
	}
	if len(often) > 0 {
		c.para(3, 5, toned(faint, "compared with "+c.marked(often)))
	}
}

// marked gives the forms marks and lists them.
func (c *canvas) marked(forms []string) string {
	var out []string
	for _, f := range forms {
		c.marks[f] = fmt.Sprintf("[%d]", len(c.marks)+1)
		out = append(out, c.marks[f]+" "+clean(f))
	}
	return strings.Join(out, ", ")
}

// formName is the form's mark, or its name where it has none.
func (c *canvas) formName(form string) string {
	if m, ok := c.marks[form]; ok {
		return m
	}
	return clean(form)
}

// listed are the first renderings, and how many more there are.
func listed(forms []string) string {
	out := strings.Join(forms[:min(len(forms), formsNamed)], ", ")
	if more := len(forms) - formsNamed; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

// withoutForms is the remediation without the name of the form, which the service's head
// says for all; where that has marks, with the mark.
func (c *canvas) withoutForms(r *scorecard.Result) string {
	s := r.Remediation
	for _, e := range r.Evidence {
		if e.Location.Form == "" {
			continue
		}
		mark := ""
		if m := c.marks[e.Location.Form]; m != "" {
			mark = " (" + m + ")"
		}
		s = strings.ReplaceAll(s, " (rendered by "+e.Location.Form+")", mark)
	}
	return s
}
