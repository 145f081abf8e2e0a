package checks

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestEvictable(t *testing.T) {
	for _, c := range []struct {
		name     string
		min, max string
		pods     int
		open     bool // the number of pods is not known
		want     scorecard.Outcome
	}{
		{name: "one may be away", max: "1", pods: 2, want: scorecard.Pass},
		{name: "one of one may be away", max: "1", pods: 1, want: scorecard.Pass},
		{name: "none may be away", max: "0", pods: 3, want: scorecard.Fail},
		{name: "none in percent", max: "0%", pods: 3, want: scorecard.Fail},
		{name: "1 % of 3 rounds up to 1", max: "1%", pods: 3, want: scorecard.Pass},
		{name: "all may be away", max: "100%", pods: 3, want: scorecard.Pass},
		{name: "2 of 3", min: "2", pods: 3, want: scorecard.Pass},
		{name: "3 of 3", min: "3", pods: 3, want: scorecard.Fail},
		{name: "1 of 1", min: "1", pods: 1, want: scorecard.Fail},
		{name: "more than there are", min: "5", pods: 3, want: scorecard.Fail},
		{name: "none is needed", min: "0", pods: 1, want: scorecard.Pass},
		{name: "100 %", min: "100%", pods: 10, want: scorecard.Fail},
		{name: "99 % of 3 rounds up to 3", min: "99%", pods: 3, want: scorecard.Fail},
		{name: "50 % of 2", min: "50%", pods: 2, want: scorecard.Pass},
		{name: "50 % of 1 rounds up to 1", min: "50%", pods: 1, want: scorecard.Fail},
		{name: "67 % of 3 rounds up to 3", min: "67%", pods: 3, want: scorecard.Fail},
		{name: "66 % of 3 rounds up to 2", min: "66%", pods: 3, want: scorecard.Pass},
		{name: "neither", pods: 3, want: scorecard.Fail},
		{name: "both, one blocks", min: "3", max: "1", pods: 3, want: scorecard.Fail},
		{name: "both, none blocks", min: "1", max: "1", pods: 3, want: scorecard.Pass},
		{name: "no amount", max: "some", pods: 3, want: scorecard.Unknown},
		{name: "negative", min: "-1", pods: 3, want: scorecard.Unknown},
		{name: "of an unknown number", min: "1", pods: 1, open: true, want: scorecard.Unknown},
		{name: "all of an unknown number", min: "100%", pods: 1, open: true, want: scorecard.Fail},
		{name: "one of an unknown number may be away", max: "1", pods: 1, open: true, want: scorecard.Pass},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why := evictable(&scorecard.Budget{MinAvailable: c.min, MaxUnavailable: c.max}, c.pods, !c.open)
			if got != c.want {
				t.Errorf("%s (%s), want %s", got, why, c.want)
			}
		})
	}
}

func TestProbeDifference(t *testing.T) {
	ports := []scorecard.Port{{Name: "http", Number: 8080}, {Name: "admin", Number: 9090}}
	http := func(port string, name bool, path string) scorecard.Probe {
		return scorecard.Probe{Handler: "httpGet", Port: port, PortIsName: name, Path: path}
	}
	with := func(p scorecard.Probe, change func(*scorecard.Probe)) scorecard.Probe { change(&p); return p }
	base := http("http", true, "/healthz")
	for _, c := range []struct {
		name string
		a, b scorecard.Probe
		same bool
	}{
		{"equal", base, base, true},
		{"a name and its number", base, http("8080", false, "/healthz"), true},
		{"a quoted number", base, http("8080", true, "/healthz"), true},
		{"two names", base, http("admin", true, "/healthz"), false},
		{"another path", base, http("http", true, "/readyz"), false},
		{"a path without its slash", base, http("http", true, "healthz"), true},
		{"no path and the root", http("http", true, ""), http("http", true, "/"), true},
		{"the default scheme", base, with(base, func(p *scorecard.Probe) { p.Scheme = "HTTP" }), true},
		{"another scheme", base, with(base, func(p *scorecard.Probe) { p.Scheme = "HTTPS" }), false},
		{"another host", base, with(base, func(p *scorecard.Probe) { p.Host = "127.0.0.1" }), false},
		{"another header", base, with(base, func(p *scorecard.Probe) { p.Headers = []string{"Host"} }), false},
		{"another initial delay", base, with(base, func(p *scorecard.Probe) { p.InitialDelaySeconds = 60 }), true},
		{"another handler", base, scorecard.Probe{Handler: "tcpSocket", Port: "http", PortIsName: true}, false},
		{"one gRPC service", scorecard.Probe{Handler: "grpc", Port: "9090"}, scorecard.Probe{Handler: "grpc", Port: "9090"}, true},
		{"two gRPC services", scorecard.Probe{Handler: "grpc", Port: "9090", Service: "live"}, scorecard.Probe{Handler: "grpc", Port: "9090", Service: "ready"}, false},
		{"one command", scorecard.Probe{Handler: "exec", Command: []string{"pg_isready"}}, scorecard.Probe{Handler: "exec", Command: []string{"pg_isready"}}, true},
		{"two commands", scorecard.Probe{Handler: "exec", Command: []string{"pg_isready"}}, scorecard.Probe{Handler: "exec", Command: []string{"pg_isready", "-q"}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := probeDifference(&scorecard.Container{Ports: ports, Liveness: &c.a, Readiness: &c.b})
			if (got == "") != c.same {
				t.Errorf("difference %q, want the same: %t", got, c.same)
			}
		})
	}
}

func TestJudgeImage(t *testing.T) {
	filled := map[string]string{"frontend": "skaffold"}
	for ref, want := range map[string]scorecard.Outcome{
		"nginx:1.27.2":                                   scorecard.Pass,
		"nginx@sha256:" + sha:                            scorecard.Pass,
		"nginx:latest@sha256:" + sha:                     scorecard.Pass,
		"registry:5000/app:1.0":                          scorecard.Pass,
		"registry.example.com:5000/shop/cart_api:v1.2-3": scorecard.Pass,
		"gcr.io/Project/app:1.0":                         scorecard.Unknown, // capitals are no repository
		"ghcr.io/a/b:sha-0a1b2c3":                        scorecard.Pass,
		"redis:7-alpine":                                 scorecard.Pass,
		"nginx":                                          scorecard.Fail,
		"nginx:latest":                                   scorecard.Fail,
		"nginx:stable":                                   scorecard.Fail,
		"cart:main":                                      scorecard.Fail,
		"cart:staging":                                   scorecard.Fail,
		"registry:5000/app":                              scorecard.Fail,
		"frontend":                                       scorecard.Unknown,
		"frontend:latest":                                scorecard.Fail,
		"":                                               scorecard.Unknown,
		"auto":                                           scorecard.Unknown,
		"$IMAGE":                                         scorecard.Unknown,
		"${REGISTRY}/cart:1.0":                           scorecard.Unknown,
		"cart:${TAG}":                                    scorecard.Unknown,
		"cart:IMAGE_TAG":                                 scorecard.Unknown,
		"IMAGE_PLACEHOLDER":                              scorecard.Unknown,
		"<your-registry>/cart:1.0":                       scorecard.Unknown,
	} {
		if got, why := judgeImage(ref, filled); got != want {
			t.Errorf("%q: %s (%s), want %s", ref, got, why, want)
		}
	}
}

const sha = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestImportantTier(t *testing.T) {
	for tier, want := range map[string]bool{
		"1": true, "2": true, "0": true, "tier-1": true, "Tier 2": true, "tier1": true, "T1": true, "critical": true,
		"3": false, "tier-3": false, "": false, "web": false, "tier": false, "low": false, "12": false,
	} {
		if got := importantTier(tier); got != want {
			t.Errorf("tier %q is important: %t, want %t", tier, got, want)
		}
	}
}

func TestTierRank(t *testing.T) {
	for tier, want := range map[string]int{
		"0": 0, "1": 1, "tier-1": 1, "Tier 1": 1, "tier1": 1, "T1": 1, "critical": 1, "mission-critical": 1,
		"tier_2": 2, "business-critical": 2, "high": 2, "3": 3, "medium": 3, "low": 4, "tier-4": 4,
		"": -1, "tier": -1, "gold": -1, "web": -1, "12": -1, "t": -1, "1a": -1,
	} {
		rank, known := tierRank(tier)
		if known != (want >= 0) || known && rank != want {
			t.Errorf("tier %q: %d (known: %t), want %d", tier, rank, known, want)
		}
	}
}

func TestBoundedVersion(t *testing.T) {
	for text, want := range map[string]string{">= 5.31": "~> 5.31", ">= 4": "~> 4.0", "> 1.2.3": "~> 1.2", "": "~> 1.0", ">=v2.1": "~> 2.1"} {
		if got := boundedVersion(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestOwners(t *testing.T) {
	line := func(n int, r scorecard.OwnerRule) scorecard.OwnerRule {
		r.Location = scorecard.Location{Path: "CODEOWNERS", FirstLine: n, LastLine: n}
		r.Format = "codeowners"
		return r
	}
	all := line(1, scorecard.OwnerRule{Pattern: "*", Owners: []string{"@shop/all"}})
	own := line(2, scorecard.OwnerRule{Pattern: "/cart/", Owners: []string{"@shop/checkout"}})
	wrong := line(3, scorecard.OwnerRule{Pattern: "!/cart/", Owners: []string{"@shop/none"}, Ignored: "negation is not known"})
	file := scorecard.OwnerRule{Format: "owners", Pattern: "cart", Owners: []string{"alice"}, Location: scorecard.Location{Path: "cart/OWNERS"}}
	for _, rules := range [][]scorecard.OwnerRule{{all, own, wrong, file}, {file, wrong, own, all}} {
		deciding, ignored := owners(rules)
		if len(deciding) != 2 || deciding[0].Pattern != "/cart/" || deciding[1].Format != "owners" {
			t.Errorf("the last line and the OWNERS file decide, got %+v", deciding)
		}
		if len(ignored) != 1 || ignored[0].Pattern != "!/cart/" {
			t.Errorf("the ignored line is said, got %+v", ignored)
		}
	}
}

// What a platform puts into live pods is not held against the service; what a
// repository declares is.
func TestInjectedContainers(t *testing.T) {
	yes := true
	pod := scorecard.Workload{
		Object: scorecard.ObjectRef{APIVersion: "v1", Kind: "Pod", Name: "cart"},
		Containers: []scorecard.Container{
			{Name: "api", Security: scorecard.SecurityContext{RunAsNonRoot: &yes}},
			{Name: "istio-proxy", Image: "istio/proxyv2:1.24.0"},
			{Name: "istio-init", Role: scorecard.InitContainer, Image: "istio/proxyv2:1.24.0"},
		},
	}
	for _, live := range []bool{true, false} {
		pod.Live = live
		f := unprivileged.Ask(scorecard.NewView(&scorecard.Inventory{Facts: scorecard.Facts{Workloads: []scorecard.Workload{pod}}}))
		subjects, outcome := 3, scorecard.Fail
		if live {
			subjects, outcome = 1, scorecard.Pass
		}
		if f.Outcome != outcome || f.Subjects != subjects {
			t.Errorf("live %t: %s of %d subjects, want %s of %d: %s", live, f.Outcome, f.Subjects, outcome, subjects, f.Reason)
		}
	}
}
