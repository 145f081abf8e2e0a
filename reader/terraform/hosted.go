package terraform

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// host says how a type of resource tells what it does with new versions.
type host struct {
	name   string // the attribute with its name
	serves bool
	// gradual and rollsBack are what the resource is by itself.
	gradual, rollsBack string
	// look reads its blocks.
	look func(*folder, *block, *scorecard.HostedService)
}

var hosts = map[string]host{
	"aws_ecs_service":                         {name: "name", look: (*folder).ecs},
	"aws_ecs_express_gateway_service":         {name: "service_name", serves: true, gradual: "its own canary deployments", rollsBack: "its own alarms"},
	"aws_codedeploy_deployment_group":         {name: "app_name", look: (*folder).codeDeploy},
	"aws_lambda_alias":                        {name: "function_name", look: (*folder).lambdaAlias},
	"google_cloud_run_service":                {name: "name", serves: true, look: (*folder).cloudRun},
	"google_cloud_run_v2_service":             {name: "name", serves: true, look: (*folder).cloudRun},
	"google_app_engine_service_split_traffic": {name: "service", serves: true, gradual: "a traffic split"},
	"google_clouddeploy_delivery_pipeline":    {name: "name", look: (*folder).cloudDeploy},
	"azurerm_linux_web_app":                   {name: "name", serves: true},
	"azurerm_windows_web_app":                 {name: "name", serves: true},
	"azurerm_app_service":                     {name: "name", serves: true},
	"azurerm_linux_web_app_slot":              {name: "name", gradual: "a deployment slot"},
	"azurerm_windows_web_app_slot":            {name: "name", gradual: "a deployment slot"},
	"azurerm_app_service_slot":                {name: "app_service_name", gradual: "a deployment slot"},
	"azurerm_linux_function_app_slot":         {name: "name", gradual: "a deployment slot"},
	"azurerm_windows_function_app_slot":       {name: "name", gradual: "a deployment slot"},
	"azurerm_container_app":                   {name: "name", look: (*folder).containerApp},
}

// hosted lists what a cloud's platform runs for requests.
func (f *folder) hosted() (out []scorecard.HostedService) {
	for _, b := range f.blocks {
		h, ok := hosts[b.label(0)]
		if b.typ != "resource" || !ok {
			continue
		}
		name, _ := f.scope.attr(b, h.name)
		s := scorecard.HostedService{Location: b.location(), Resource: b.label(0), Name: name.whole(), Serves: h.serves, Gradual: h.gradual, RollsBack: h.rollsBack}
		if s.Name == "" {
			s.Name = b.label(1)
		}
		if h.look != nil {
			h.look(f, b, &s)
		}
		out = append(out, s)
	}
	return out
}

// is reports whether an attribute of the block is true, and whether files leave it open.
func (f *folder) is(b *block, attribute string) (on, open bool) {
	v, ok := f.scope.attr(b, attribute)
	return v.whole() == "true", ok && !v.known()
}

// dynamic reports whether the block makes blocks of that type by a rule.
func dynamic(b *block, typ string) bool {
	for _, d := range blocksOf(b.path, b.body, "dynamic", "type") {
		if d.label(0) == typ {
			return true
		}
	}
	return false
}

func (f *folder) ecs(b *block, s *scorecard.HostedService) {
	s.Serves = len(blocksOf(b.path, b.body, "load_balancer")) > 0 || dynamic(b, "load_balancer")
	for _, d := range blocksOf(b.path, b.body, "deployment_circuit_breaker") {
		on, open := f.is(d, "enable")
		back, openBack := f.is(d, "rollback")
		s.Unread = s.Unread || open || openBack
		if on && back {
			s.RollsBack = "deployment circuit breaker"
		}
	}
	s.Unread = s.Unread || dynamic(b, "deployment_circuit_breaker")
	for _, d := range blocksOf(b.path, b.body, "deployment_controller") {
		if v, _ := f.scope.attr(d, "type"); v.whole() == "CODE_DEPLOY" {
			s.Gradual = "CodeDeploy"
		}
	}
	for _, d := range blocksOf(b.path, b.body, "deployment_configuration") {
		if v, _ := f.scope.attr(d, "strategy"); v.whole() == "BLUE_GREEN" || v.whole() == "CANARY" || v.whole() == "LINEAR" {
			s.Gradual = strings.ToLower(strings.ReplaceAll(v.whole(), "_", "/")) + " deployments"
		}
	}
}

func (f *folder) codeDeploy(b *block, s *scorecard.HostedService) {
	for _, d := range blocksOf(b.path, b.body, "deployment_style") {
		if v, _ := f.scope.attr(d, "deployment_type"); v.whole() == "BLUE_GREEN" {
			s.Gradual = "CodeDeploy"
		}
	}
	for _, d := range blocksOf(b.path, b.body, "auto_rollback_configuration") {
		on, open := f.is(d, "enabled")
		s.Unread = s.Unread || open
		if on {
			s.RollsBack = "CodeDeploy"
		}
	}
}

func (f *folder) lambdaAlias(b *block, s *scorecard.HostedService) {
	if len(blocksOf(b.path, b.body, "routing_config")) > 0 || dynamic(b, "routing_config") {
		s.Gradual = "a weighted alias"
	}
}

// cloudRun: a service with two targets of traffic, or with a tag to try a revision by.
func (f *folder) cloudRun(b *block, s *scorecard.HostedService) {
	if len(blocksOf(b.path, b.body, "traffic")) > 1 {
		s.Gradual = "a traffic split"
	}
	s.Unread = s.Gradual == "" && dynamic(b, "traffic")
}

func (f *folder) cloudDeploy(b *block, s *scorecard.HostedService) {
	for _, stages := range blocksOf(b.path, b.body, "serial_pipeline") {
		for _, stage := range blocksOf(b.path, stages.body, "stages") {
			for _, strategy := range blocksOf(b.path, stage.body, "strategy") {
				if len(blocksOf(b.path, strategy.body, "canary")) > 0 {
					s.Gradual = "Cloud Deploy's canary"
				}
			}
		}
	}
}

func (f *folder) containerApp(b *block, s *scorecard.HostedService) {
	for _, in := range blocksOf(b.path, b.body, "ingress") {
		s.Serves = true
		if len(blocksOf(b.path, in.body, "traffic_weight")) > 1 {
			s.Gradual = "traffic weights"
		}
	}
}
