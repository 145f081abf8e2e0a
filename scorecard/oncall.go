package scorecard

// OnCall is something in Terraform that says who is called: a service, schedule, team
// or rotation of a tool for on-call, an escalation policy, or the integration by which
// alerts reach such a tool.
type OnCall struct {
	Location Location `json:"location"`
	Tool     string   `json:"tool"` // "PagerDuty", "Opsgenie", "Grafana OnCall", …
	Type     string   `json:"type"` // the resource's type, "module" for a module
	Name     string   `json:"name"` // the block's own name
	// Service is the service that it names, where that is known.
	Service string `json:"service,omitempty"`
	// Escalates: it says who is called next.
	Escalates bool `json:"escalates,omitempty"`
	// Unresolved says why files do not tell whether it is made: "count depends on
	// var.pagerduty, which has no default"; empty where it is.
	Unresolved string `json:"unresolved,omitempty"`
}
