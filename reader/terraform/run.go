package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// platforms are how resources that run containers say so: the platform, and the way to the
// blocks of their containers.
var platforms = map[string]struct {
	tool       string
	containers []string
	ends       bool
}{
	"google_cloud_run_v2_service": {scorecard.CloudRun, []string{"template", "containers"}, false},
	"google_cloud_run_v2_job":     {scorecard.CloudRun, []string{"template", "template", "containers"}, true},
	"google_cloud_run_service":    {scorecard.CloudRun, []string{"template", "spec", "containers"}, false},
	"azurerm_container_app":       {scorecard.ContainerApp, []string{"template", "container"}, false},
	"azurerm_container_app_job":   {scorecard.ContainerApp, []string{"template", "container"}, true},
}

// platform reads how Cloud Run or Container Apps run a service: its main container is the
// one with a port, else the first.
func (k *keeper) platform(x *instance, b *block) {
	p, ok := platforms[b.label(0)]
	name, _ := x.runs(b)
	if !ok || name == "" {
		return
	}
	at := []part{{block: b, x: x}}
	for _, typ := range p.containers {
		var next []part
		for _, o := range at {
			next = append(next, o.x.parts(o.block, typ)...)
		}
		at = next
	}
	if len(at) == 0 {
		return
	}
	main := at[0]
	for _, c := range at {
		k.image(c.x, c.block, exprOf(c.block, "image"), name)
		if ports, _ := c.x.nested(c.block, "ports"); len(ports) > 0 {
			main = c
		}
	}
	run := scorecard.Run{Location: b.location(), Tool: p.tool, Service: name, Ends: p.ends}
	for _, probe := range []string{"liveness_probe", "readiness_probe", "startup_probe"} {
		if found, open := main.x.nested(main.block, probe); len(found) > 0 && run.Health.State == "" {
			run.Health = scorecard.RunSetting{Location: found[0].location(), State: scorecard.RunSet}
			if open {
				run.Health.State = scorecard.RunOpen
			}
		}
	}
	run.Memory = scorecard.RunSetting{Location: main.block.location(), State: scorecard.RunSet, Text: "512Mi, the platform's own"}
	for _, path := range []string{"resources.limits", "memory"} {
		if v, place, written := main.x.find(main.block, path); written {
			run.Memory.Location = place
			if text, known := plainText(v); known && path == "memory" {
				run.Memory.Text = text
			} else if m := member(v, "memory"); v.IsKnown() && m.IsKnown() {
				if text, known := plainText(m); known {
					run.Memory.Text = text
				}
			}
		}
	}
	switch ports, _ := main.x.nested(main.block, "ports"); {
	case len(ports) > 0:
		run.Port = ports[0].location()
	case p.tool == scorecard.CloudRun && !p.ends: // it always has one
		run.Port = main.block.location()
	case p.tool == scorecard.ContainerApp:
		if in, found := x.one(b, "ingress"); found {
			run.Port = in.block.location()
		}
	}
	for _, e := range main.x.parts(main.block, "env") {
		if v, of := kube.TelemetryVariable(e.x.says(e.block, "name"), strings.ReplaceAll(e.x.says(e.block, "value"), hole, ""), e.block.first); of {
			run.Environment = append(run.Environment, v)
		}
	}
	sortVariables(run.Environment)
	k.runs = append(k.runs, run)
}

// function reads how a function of Lambda is run, which ends with each request.
func (k *keeper) function(x *instance, b *block) {
	name, _ := x.runs(b)
	if name == "" {
		return
	}
	if e := exprOf(b, "image_uri"); e != nil {
		k.image(x, b, e, name)
	}
	run := scorecard.Run{Location: b.location(), Tool: scorecard.Lambda, Service: name, Ends: true}
	setting := func(path, on string) (out scorecard.RunSetting) {
		v, at, written := x.find(b, path)
		if !written || v.IsKnown() && v.IsNull() {
			return out
		}
		out = scorecard.RunSetting{Location: at, State: scorecard.RunOpen}
		if text, known := plainText(v); known {
			out.State, out.Text = scorecard.RunOff, text
			if strings.EqualFold(text, on) {
				out.State = scorecard.RunSet
			}
		}
		return out
	}
	run.Tracing = setting("tracing_config.mode", "Active")
	run.Logs = setting("logging_config.log_format", "JSON")
	if env, found := x.one(b, "environment"); found {
		if e, native := exprOf(env.block, "variables").(*hclsyntax.ObjectConsExpr); native {
			for _, i := range e.Items {
				value, _ := x.f.scope.eval(i.ValueExpr)
				if key, known := x.f.scope.eval(i.KeyExpr); known {
					if v, of := kube.TelemetryVariable(key.whole(), value.whole(), i.KeyExpr.Range().Start.Line); of {
						run.Environment = append(run.Environment, v)
					}
				}
			}
		}
	}
	sortVariables(run.Environment)
	k.runs = append(k.runs, run)
}

// image notes an image that a resource runs. Where only its tag is known, as behind the
// address of a registry that is made beside it, it goes by the service's name.
func (k *keeper) image(x *instance, b *block, e hcl.Expression, service string) {
	if e == nil || len(k.images) >= maxStores {
		return
	}
	steps := maxNodes
	text := x.textOf(e, maxChain, &steps)
	im := scorecard.BuildImage{Location: placeOf(b, e), Format: "terraform", Service: service}
	switch before, tag, tagged := cutTag(text); {
	case text == "":
		return
	case !strings.Contains(text, hole):
		im.Image = text
	case tagged && !strings.Contains(tag, hole):
		im.Image = imageName(before, service) + tag
	default:
		im.Unresolved = "what it runs is filled in when it is applied: " + written(e)
	}
	k.images = append(k.images, im)
}

// cutTag parts an image's tag or digest from what stands before it.
func cutTag(image string) (before, tag string, tagged bool) {
	if i := strings.IndexByte(image, '@'); i >= 0 {
		return image[:i], image[i:], true
	}
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i], image[i:], true
	}
	return image, "", false
}

// imageName is the last part of an image's name where that is known, else the service's.
func imageName(before, service string) string {
	if i := strings.LastIndexByte(before, '/'); i >= 0 && i+1 < len(before) && !strings.Contains(before[i:], hole) {
		return before[i+1:]
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(service))
}
