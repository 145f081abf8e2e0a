package image

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/dotenv"
	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// run keeps how a Compose file runs a service.
func (r *reader) run(f tree.File, where scorecard.Location, name string, root, services, service *yaml.Node) {
	run := scorecard.Run{Location: where, Service: name, Ends: awaitedEnd(services, name)}
	run.Environment = r.environment(f, yamldoc.Get(service, "environment"))
	run.Secrets = r.secretsIn(f, yamldoc.Get(service, "environment"))
	run.Secrets = r.filedSecrets(f, service, run.Secrets)
	run.Files = r.given(f, root, service)
	for _, key := range []string{"ports", "expose"} {
		if n := yamldoc.Get(service, key); run.Port == (scorecard.Location{}) && len(yamldoc.Items(n)) > 0 {
			run.Port = where.At(key, yamldoc.KeyLine(service, key), 0)
		}
	}
	run.Health = r.health(f, where, service)
	run.Memory = r.memory(f, where, service)
	r.into.Runs = append(r.into.Runs, run)
}

// awaitedEnd reports whether another service waits until this one has done its work.
func awaitedEnd(services *yaml.Node, name string) bool {
	for i := 1; i < len(services.Content); i += 2 {
		condition := yamldoc.Get(services.Content[i], "depends_on", name, "condition")
		if yamldoc.String(condition) == "service_completed_successfully" {
			return true
		}
	}
	return false
}

// health is the service's health check: https://docs.docker.com/reference/compose-file/services/#healthcheck
func (r *reader) health(f tree.File, where scorecard.Location, service *yaml.Node) scorecard.RunSetting {
	check := yamldoc.Get(service, "healthcheck")
	if check == nil {
		return r.healthOfImage(f, service)
	}
	s := scorecard.RunSetting{Location: where.At("healthcheck", yamldoc.KeyLine(service, "healthcheck"), 0), State: scorecard.RunSet}
	test := yamldoc.Get(check, "test")
	words := []string{yamldoc.String(test)}
	for _, w := range yamldoc.Items(test) {
		words = append(words, yamldoc.String(w))
	}
	switch text := strings.TrimSpace(strings.Join(words, " ")); {
	case yamldoc.String(yamldoc.Get(check, "disable")) == "true", strings.EqualFold(text, "NONE"):
		s.State = scorecard.RunOff
	case test == nil: // it changes how often the image's own check is made
		own := r.healthOfImage(f, service)
		if own.State == "" {
			s.State = scorecard.RunOpen // the image may have one
			return s
		}
		return own
	}
	return s
}

// instruction is that of a health check in a Dockerfile.
var instruction = lazyregexp.New(`(?im)^\s*HEALTHCHECK\s+(.*)$`)

// healthOfImage is the health check of the Dockerfile that the service is built from: the
// last one counts.
func (r *reader) healthOfImage(f tree.File, service *yaml.Node) (s scorecard.RunSetting) {
	if yamldoc.Get(service, "build") == nil {
		return s
	}
	context, dockerfile := r.buildOf(f, service)
	_, p := Build(f.Folder(), context, dockerfile)
	data, ok := r.t.Peek(p, 1<<20)
	if !ok {
		return s
	}
	all := instruction.FindAllSubmatchIndex(data, -1)
	if len(all) == 0 {
		return s
	}
	last := all[len(all)-1]
	line := 1 + bytes.Count(data[:last[2]], []byte("\n"))
	s = scorecard.RunSetting{Location: at(p, line, line), State: scorecard.RunSet}
	if strings.EqualFold(strings.TrimSpace(string(data[last[2]:last[3]])), "NONE") {
		s.State = scorecard.RunOff
	}
	return s
}

// memory is the limit of memory, in the form of today or of Compose 2.
func (r *reader) memory(f tree.File, where scorecard.Location, service *yaml.Node) (s scorecard.RunSetting) {
	limit, line := yamldoc.Get(service, "deploy", "resources", "limits", "memory"), 0
	field := "deploy.resources.limits.memory"
	if limit == nil {
		limit, line, field = yamldoc.Get(service, "mem_limit"), yamldoc.KeyLine(service, "mem_limit"), "mem_limit"
	}
	text := yamldoc.String(limit)
	if text == "" {
		return s
	}
	if line == 0 {
		line = limit.Line
	}
	s = scorecard.RunSetting{Location: where.At(field, line, line), State: scorecard.RunSet, Text: text}
	value, unresolved := r.interpolate(f.Folder(), text)
	switch s.Text = value; {
	case unresolved != "":
		s.State, s.Text = scorecard.RunOpen, unresolved
	case strings.Trim(value, "0bkmgBKMG") == "" && !strings.ContainsAny(value, "123456789"):
		s.State = scorecard.RunOff // 0 is no limit
	}
	return s
}

// environment is what tells the service where its telemetry goes.
func (r *reader) environment(f tree.File, given *yaml.Node) (out []scorecard.Variable) {
	dotenv.Each(given, func(name, value string, written bool, line int) {
		if strings.Contains(value, "$") {
			if filled, unresolved := r.interpolate(f.Folder(), value); unresolved == "" {
				value = filled
			}
		}
		v, of := kube.TelemetryVariable(name, value, line)
		if v.Empty = written && strings.TrimSpace(value) == ""; of {
			out = append(out, v)
		}
	})
	slices.SortStableFunc(out, func(a, b scorecard.Variable) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// buildOf is the folder that a service's image is built of, and its Dockerfile, as written.
func (r *reader) buildOf(f tree.File, service *yaml.Node) (context, dockerfile string) {
	build := yamldoc.Get(service, "build")
	folder, file := yamldoc.String(build), ""
	if build.Kind == yaml.MappingNode {
		folder, file = yamldoc.String(yamldoc.Get(build, "context")), yamldoc.String(yamldoc.Get(build, "dockerfile"))
	}
	for _, v := range []*string{&folder, &file} {
		if filled, unresolved := r.interpolate(f.Folder(), *v); unresolved == "" {
			*v = filled
		}
	}
	return folder, file
}
