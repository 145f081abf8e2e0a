package checks

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// composed are the ways in which Compose files or platforms run the service, one for each name in
// them, where nothing else is there that does: beside workloads a Compose file is for a
// developer's machine.
func composed(v *scorecard.View) (runs []scorecard.Run) {
	if len(v.Workloads) > 0 || v.Service.Discovery != scorecard.ByWorkload {
		return nil
	}
	at := map[string]int{}
	declared := slices.Clone(v.Runs)
	if slices.ContainsFunc(v.Charts, func(c scorecard.Chart) bool { return c.Type != "library" }) { // of which nothing was rendered
		declared = slices.DeleteFunc(declared, func(r scorecard.Run) bool { return r.Tool == "" })
	}
	slices.SortStableFunc(declared, func(a, b scorecard.Run) int { return cmp.Compare(composeRank(&a), composeRank(&b)) })
	for _, r := range declared {
		i, seen := at[r.Service]
		if !seen {
			at[r.Service] = len(runs)
			runs = append(runs, r)
			continue
		}
		one := &runs[i] // of several files that are laid over each other
		one.Ends = one.Ends || r.Ends
		if one.Port == (scorecard.Location{}) {
			one.Port = r.Port
		}
		if one.Health.State == "" {
			one.Health = r.Health
		}
		if one.Memory.State == "" {
			one.Memory = r.Memory
		}
		one.Environment = slices.Clip(one.Environment)
		for _, x := range r.Environment {
			if !slices.ContainsFunc(one.Environment, func(have scorecard.Variable) bool { return have.Name == x.Name }) {
				one.Environment = append(one.Environment, x)
			}
		}
		one.Secrets = slices.Clip(one.Secrets)
		for _, x := range r.Secrets {
			if !slices.ContainsFunc(one.Secrets, func(have scorecard.RunSecret) bool { return have.Name == x.Name }) {
				one.Secrets = append(one.Secrets, x)
			}
		}
	}
	return runs
}

// composeRank puts the file that Compose reads by itself before those that are laid over it.
func composeRank(r *scorecard.Run) int {
	switch path.Base(r.Location.Path) {
	case "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml":
		return 0
	}
	return 1
}

// containersOrRuns makes a rule of one function that judges a container and another that
// judges what Compose runs for ever.
func containersOrRuns(w words, count func(*survey, *scorecard.Workload, *scorecard.Container), run func(*survey, *scorecard.Run)) func(*scorecard.View) scorecard.Finding {
	return rule(w, func(s *survey) {
		eachContainer(s, count)
		eachRun(s, run)
	})
}

func eachRun(s *survey, run func(*survey, *scorecard.Run)) {
	runs := composed(s.View)
	for i := range runs {
		if !runs[i].Ends {
			run(s, &runs[i])
		}
	}
}

// runCalled names what is run.
func runCalled(r *scorecard.Run) string {
	switch r.Tool {
	case scorecard.ECS:
		return "the ECS task " + r.Service
	case scorecard.Lambda:
		return "the Lambda function " + r.Service
	case scorecard.CloudRun:
		return "the Cloud Run service " + r.Service
	case scorecard.ContainerApp:
		return "the Container App " + r.Service
	}
	return "the Compose service " + r.Service
}

// judgeHealth asks for a health check, the one probe that Compose has: it tells whether
// the service is alive, and whether those that depend on it may begin.
func judgeHealth(s *survey, r *scorecard.Run) {
	switch h := r.Health; h.State {
	case scorecard.RunSet:
		s.Pass(h.Location, "%s has a health check", runCalled(r))
	case scorecard.RunOpen:
		s.Undecided(h.Location, "%s sets how often its image's health check is made, and whether the image has one is not known", runCalled(r))
	case scorecard.RunOff:
		s.Fail(h.Location, func() string { return healthRemedy(r) }, "the health check of %s is switched off", runCalled(r))
	default:
		s.Lack(r.Location, func() string { return healthRemedy(r) }, "%s has no health check", runCalled(r))
	}
}

// judgeServedHealth asks it of what takes requests.
func judgeServedHealth(s *survey, r *scorecard.Run) {
	if r.Port != (scorecard.Location{}) {
		judgeHealth(s, r)
	}
}

func healthRemedy(r *scorecard.Run) string {
	if r.Tool == scorecard.ECS {
		return fenced(in(r.Location)+"let the container of "+runCalled(r)+" be asked whether it works, or send to it through a load balancer:", "hcl",
			"healthCheck = {\n  command     = [\"CMD-SHELL\", \"wget --quiet --tries=1 --spider http://localhost:8080/healthz || exit 1\"]\n  interval    = 10\n  timeout     = 3\n  retries     = 3\n  startPeriod = 30\n}")
	}
	if r.Tool != "" {
		probe := "liveness_probe {\n  http_get {\n    path = \"/healthz\"\n  }\n}"
		if r.Tool == scorecard.ContainerApp {
			probe = "liveness_probe {\n  transport = \"HTTP\"\n  path      = \"/healthz\"\n  port      = 8080\n}"
		}
		return fenced(in(r.Location)+"let the container of "+runCalled(r)+" be asked whether it works:", "hcl", probe)
	}
	check := object{{key: "test", value: []string{"CMD-SHELL", "wget --quiet --tries=1 --spider http://localhost:8080/healthz || exit 1"}},
		{key: "interval", value: "10s"}, {key: "timeout", value: "3s"}, {key: "retries", value: 3}, {key: "start_period", value: "30s"}}
	if r.Health.State == scorecard.RunOff {
		check = append(object{{key: "disable", value: false}}, check...)
	}
	return fenced(in(r.Location)+"let "+runCalled(r)+" be asked whether it works (put what its image has for that, and its own port):", "yaml",
		runPatch(r, object{{key: "healthcheck", value: check}}))
}

// otlpVariable tells a container of a platform where a collector is.
const otlpVariable = "env {\n  name  = \"OTEL_EXPORTER_OTLP_ENDPOINT\"\n  value = \"http://localhost:4317\"\n}"

func judgeRunMemory(s *survey, r *scorecard.Run) {
	remedy := func() string {
		if r.Tool == scorecard.ECS {
			return fenced(in(r.Location)+"bound the memory of "+runCalled(r)+", in MiB:", "hcl", "memory = 512")
		}
		if r.Tool != "" {
			return fenced(in(r.Location)+"bound the memory of "+runCalled(r)+":", "hcl", "memory = \"512Mi\"")
		}
		return fenced(in(r.Location)+"bound the memory of "+runCalled(r)+":", "yaml", runPatch(r, object{{key: "deploy", value: object{{key: "resources", value: object{
			{key: "limits", value: object{{key: "memory", value: "256M", comment: "measure it: docker stats"}}}}}}}}))
	}
	switch m := r.Memory; m.State {
	case scorecard.RunSet:
		s.Pass(m.Location, "%s has a memory limit of %s", runCalled(r), m.Text)
	case scorecard.RunOpen:
		s.Undecided(m.Location, "the memory limit of %s is filled in where it is run: %s", runCalled(r), m.Text)
	case scorecard.RunOff:
		s.Fail(m.Location, remedy, "%s has a memory limit of %s, which is none", runCalled(r), m.Text)
	default:
		s.Lack(r.Location, remedy, "%s has no memory limit", runCalled(r))
	}
}

func runPatch(r *scorecard.Run, fields object) string {
	return yamlText(object{{key: "services", value: object{{key: r.Service, value: fields}}}})
}

// judgeRunMetrics asks for a job of a Prometheus or a collector that names what Compose runs,
// or for an environment that says where it pushes its metrics.
func judgeRunMetrics(s *survey, r *scorecard.Run) {
	for i := range s.Scrapes {
		if job := &s.Scrapes[i]; slices.Contains(job.Targets, r.Service) {
			s.Pass(job.Location, "%s names %s", jobName(job), runCalled(r))
			return
		}
	}
	switch outcome, v := pushes(&scorecard.Container{Environment: r.Environment}); outcome {
	case scorecard.Pass:
		s.Pass(runAt(r, &v), "%s pushes its metrics (%s)", runCalled(r), v.Name)
		s.Note("whether the program sends metrics is not seen")
	case scorecard.Unknown:
		s.Undecided(runAt(r, &v), "%s of %s is filled in when it is run", v.Name, runCalled(r))
	default:
		s.Lack(r.Location, func() string {
			if r.Tool == scorecard.ECS {
				return fenced("Run a collector beside the container, such as the AWS Distro for OpenTelemetry. "+in(r.Location)+"tell "+runCalled(r)+" where that is:", "hcl",
					"environment = [{ name = \"OTEL_EXPORTER_OTLP_ENDPOINT\", value = \"http://localhost:4317\" }]")
			}
			if r.Tool != "" {
				return fenced("Run a collector beside the container. "+in(r.Location)+"tell "+runCalled(r)+" where that is:", "hcl", otlpVariable)
			}
			return fenced("Let Prometheus scrape it, in its configuration (put the port of its metrics):", "yaml",
				yamlText(object{{key: "scrape_configs", value: []object{{{key: "job_name", value: r.Service}, {key: "static_configs", value: []object{{{key: "targets", value: []string{r.Service + ":9090"}}}}}}}}}))
		}, "nothing collects metrics of %s", runCalled(r))
	}
}

// runTakesRequests says why what Compose runs is taken to serve requests.
func runTakesRequests(v *scorecard.View) (why string, at scorecard.Location) {
	for _, r := range composed(v) {
		if r.Port != (scorecard.Location{}) && !r.Ends {
			return fmt.Sprintf("%s has a port for others", runCalled(&r)), r.Port
		}
	}
	return "", scorecard.Location{}
}
