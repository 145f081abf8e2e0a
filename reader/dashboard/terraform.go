package dashboard

import (
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/seaworthy-dev/seaworthy/reader/terraform/hcldoc"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// resources are Terraform's types that are dashboards, by whose they are.
var resources = map[string]string{
	"grafana_dashboard": "grafana", "grafana_apps_dashboard_dashboard_v1beta1": "grafana", "datadog_dashboard": "datadog", "datadog_dashboard_json": "datadog", "datadog_timeboard": "datadog",
	"datadog_screenboard": "datadog", "newrelic_one_dashboard": "newrelic", "newrelic_one_dashboard_json": "newrelic", "newrelic_one_dashboard_raw": "newrelic", "newrelic_dashboard": "newrelic",
	"google_monitoring_dashboard": "google", "aws_cloudwatch_dashboard": "cloudwatch", "azurerm_portal_dashboard": "azure", "azurerm_dashboard": "azure", "azurerm_application_insights_workbook": "azure",
	"signoz_dashboard": "signoz", "signalfx_dashboard": "signalfx", "sysdig_monitor_dashboard": "sysdig", "honeycombio_board": "honeycomb", "honeycombio_flexible_board": "honeycomb", "coralogix_dashboard": "coralogix",
	"dynatrace_dashboard": "dynatrace", "dynatrace_json_dashboard": "dynatrace", "dynatrace_document": "dynatrace", "lightstep_dashboard": "lightstep", "chronosphere_dashboard": "chronosphere",
}

// bodies are the attributes that hold a dashboard's JSON.
var bodies = []string{"config_json", "dashboard_json", "dashboard_body", "dashboard", "json", "contents"}

// module reads the dashboards of one folder's Terraform.
func module(t *tree.Tree, files []string, into *scorecard.Facts) {
	var all []*hcldoc.Block
	type resource struct {
		path  string
		block *hcldoc.Block
	}
	var found []resource
	for _, p := range files {
		data, ok := t.Read(p, scorecard.Dashboards)
		if !ok {
			continue
		}
		file, _ := hcldoc.Parse(p, data, 1) // what would not parse is package terraform's to say
		if file == nil {
			continue
		}
		for _, b := range hcldoc.Blocks(file, map[string]int{"variable": 1, "locals": 0, "resource": 2}) {
			if b.Type != "resource" {
				all = append(all, b)
			} else if resources[b.Label(0)] != "" {
				found = append(found, resource{p, b})
			}
		}
	}
	scope := hcldoc.NewScope(all)
	for _, x := range found {
		d := declared(t, scope, x.path, x.block)
		d.Location = scorecard.Location{Path: x.path, FirstLine: x.block.First, LastLine: x.block.Last}
		d.Source = "terraform"
		into.Dashboards = append(into.Dashboards, d)
	}
}

// declared reads one resource: what its JSON shows, where that stands in it or in a file
// that it names.
func declared(t *tree.Tree, scope *hcldoc.Scope, p string, b *hcldoc.Block) scorecard.Dashboard {
	d := scorecard.Dashboard{Format: resources[b.Label(0)], Title: title(scope, b)}
	for _, name := range bodies {
		e := b.Attr(name)
		if e == nil {
			continue
		}
		body := scope.Eval(e)
		if !hcldoc.Known(body) || body == "" {
			if file := hcldoc.File(e); file != "" {
				if data, ok := t.Read(path.Join(path.Dir(p), file)); ok {
					body = string(data)
				}
			}
		}
		if parsed, ok := Parse([]byte(strings.ReplaceAll(body, hcldoc.Hole, "x"))); ok {
			if parsed.Title == "" {
				parsed.Title = d.Title
			}
			parsed.Format = d.Format
			return parsed
		}
	}
	c := collector{d: &d}
	hcldoc.Attributes(b, func(name string, e hcl.Expression) {
		if language, ok := queryKeys[name]; ok {
			c.query(language, strings.ReplaceAll(scope.Eval(e), hcldoc.Hole, "x"))
		}
	})
	c.finish()
	return d
}

func title(scope *hcldoc.Scope, b *hcldoc.Block) string {
	for _, name := range []string{"title", "name", "dashboard_name", "display_name"} {
		if text := scope.Text(b, name); text != "" && hcldoc.Known(text) {
			return text
		}
	}
	return b.Label(1)
}
