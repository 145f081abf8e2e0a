package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var dashboardsAsCode = scorecard.Check{
	ID:      "dashboards-as-code",
	Pillar:  scorecard.Observability,
	Title:   "The service has a dashboard in version control",
	Applies: "all services",
	Passes: "there is a dashboard about the service, or about every workload: Grafana's JSON in a file, a ConfigMap or an object of its operator, jsonnet that makes it, " +
		"one of Google Cloud, SigNoz, Datadog, New Relic or CloudWatch as exported, or one that Terraform declares",
	Why: "A dashboard that was clicked together is gone with the instance that it was clicked in, and nobody can say what changed on it. " +
		"As code it is there after a rebuild, and its changes are reviewed like any other.",
	Fix: "Export the dashboard as JSON into the repository and let the cluster or Terraform load it from there.",
	References: []scorecard.Reference{
		{Title: "Grafana: Provision Grafana", URL: "https://grafana.com/docs/grafana/latest/administration/provisioning/"},
		{Title: "The Site Reliability Workbook: Monitoring", URL: "https://sre.google/workbook/monitoring/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Hour,
	Reads: []scorecard.Family{scorecard.Dashboards},
	Rule: func(v *scorecard.View) scorecard.Finding {
		var found []scorecard.Evidence
		for i := range v.Dashboards {
			d := &v.Dashboards[i]
			title := d.Title
			if title == "" {
				title = d.Location.Path
			}
			found = append(found, scorecard.Evidence{Location: d.Location, Outcome: scorecard.Pass, Message: fmt.Sprintf("%s dashboard %s", d.Format, title)})
		}
		if len(found) > 0 {
			return whole(found)
		}
		return scorecard.Missing(func() string { return dashboardRemedy(&v.Service) }, "no dashboard of the service was found in what is connected")
	},
}

func dashboardRemedy(s *scorecard.Service) string {
	name := objectName(s)
	return fenced(fmt.Sprintf("Where its dashboards stand in another repository, connect that one. Else export the dashboard into `%s`; this one has a first panel:", within(s, "dashboards/"+name+".json")), "json",
		fmt.Sprintf(`{
  "title": %[1]q,
  "uid": %[1]q,
  "schemaVersion": 39,
  "time": {"from": "now-6h", "to": "now"},
  "panels": [
    {
      "id": 1,
      "type": "timeseries",
      "title": "Requests per second",
      "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
      "targets": [{"refId": "A", "expr": "sum by (code) (rate(http_requests_total{service=\"%[2]s\"}[5m]))"}]
    }
  ]
}`, s.Name, name))
}
