package render

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	chart "helm.sh/helm/v4/pkg/chart/v2"
)

// elsewhere refuses to load a schema that lies outside of the chart, and notes it.
type elsewhere struct{ asked bool }

func (e *elsewhere) Load(string) (any, error) {
	e.asked = true
	return nil, errors.New("it is not loaded from elsewhere")
}

// maxMisfits is how many places of the values a message names.
const maxMisfits = 5

// fits compares a chart's values with its values.schema.json, and those of its subcharts
// with theirs, as Helm does before it renders. A schema that refers to one outside of the
// chart is not asked, since nothing is fetched. The message names places, never values.
func fits(ch *chart.Chart, values map[string]any) error {
	if len(ch.Schema) > 0 {
		if err := fitsOne(ch.Schema, values); err != nil {
			return fmt.Errorf("the values don't fit values.schema.json of the chart %s: %w", ch.Name(), err)
		}
	}
	for _, d := range ch.Dependencies() {
		below, ok := values[d.Name()].(map[string]any)
		if !ok {
			continue
		}
		if err := fits(d, below); err != nil {
			return err
		}
	}
	return nil
}

func fitsOne(text []byte, values map[string]any) error {
	const name = "file:///values.schema.json"
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return errors.New("it is no JSON")
	}
	outside := &elsewhere{}
	c := jsonschema.NewCompiler()
	c.UseLoader(outside)
	if err := c.AddResource(name, doc); err != nil {
		return errors.New("it is no JSON schema")
	}
	schema, err := c.Compile(name)
	switch {
	case outside.asked:
		return nil
	case err != nil:
		return errors.New("it is no JSON schema")
	}
	var wrong *jsonschema.ValidationError
	if err := schema.Validate(values); !errors.As(err, &wrong) {
		return nil // it fits
	}
	places := misfits(wrong, nil)
	if more := len(places) - maxMisfits; more > 0 {
		places = append(places[:maxMisfits], fmt.Sprintf("and %d more", more))
	}
	return errors.New(strings.Join(places, ", "))
}

// misfits lists where the values don't fit, and by which keyword.
func misfits(e *jsonschema.ValidationError, out []string) []string {
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			out = misfits(c, out)
		}
		return out
	}
	at := "the values"
	if len(e.InstanceLocation) > 0 {
		at = strings.Join(e.InstanceLocation, ".")
	}
	say := at + " (" + strings.Join(e.ErrorKind.KeywordPath(), ".") + ")"
	if missing, ok := e.ErrorKind.(*kind.Required); ok {
		say = at + " lacks " + strings.Join(missing.Missing, ", ")
	}
	if !slices.Contains(out, say) {
		out = append(out, say)
	}
	slices.Sort(out)
	return out
}
