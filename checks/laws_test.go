package checks_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// everything gives the inventories of all cases, which are read once. Whoever judges
// one clones it first.
func everything(t testing.TB) []*scorecard.Inventory {
	t.Helper()
	readOnce.Do(func() {
		for _, c := range allCases(t) {
			read = append(read, inventories(t, c.files)...)
		}
	})
	return read
}

var (
	readOnce sync.Once
	read     []*scorecard.Inventory
)

func clone(t testing.TB, inv *scorecard.Inventory) *scorecard.Inventory {
	t.Helper()
	b, err := json.Marshal(inv)
	if err != nil {
		t.Fatal(err)
	}
	out, err := scorecard.ParseInventory(b)
	if err != nil {
		t.Fatal(err)
	}
	out.AsOf = inv.AsOf // which the canonical form leaves out
	return out
}

// without takes all that families of evidence say out of an inventory: all but keep.
func without(inv *scorecard.Inventory, keep []scorecard.Family) {
	for _, family := range scorecard.Families() {
		if slices.Contains(keep, family) {
			continue
		}
		inv.Drop(family)
		if family == scorecard.Catalog {
			s := &inv.Service
			s.EntityRef, s.Title, s.Owner, s.Tier, s.Type, s.Lifecycle, s.System = "", "", "", "", "", "", ""
		}
	}
}

// ask gives the finding and its remediation apart, so that both can be compared.
func ask(c *scorecard.Check, v *scorecard.View) (f scorecard.Finding, remediation string) {
	f = c.Ask(v)
	if f.Remedy != nil {
		remediation = f.Remedy()
	}
	f.Remedy = nil
	return f, remediation
}

// What a check does not read changes nothing in what it says: so Reads names all
// that a gap must make unknown.
func TestReadsIsComplete(t *testing.T) {
	byReads := map[string][]scorecard.Check{}
	for _, c := range checks.All() {
		key := fmt.Sprint(c.Reads)
		byReads[key] = append(byReads[key], c)
	}
	for _, inv := range everything(t) {
		whole := scorecard.NewView(clone(t, inv))
		for _, same := range byReads {
			part := clone(t, inv)
			without(part, same[0].Reads)
			view := scorecard.NewView(part)
			for _, c := range same {
				with, mendedBy := ask(&c, whole)
				less, mendedSo := ask(&c, view)
				if !reflect.DeepEqual(with, less) || mendedBy != mendedSo {
					t.Errorf("%s of %s reads more than %v (-with +without):\n%s%s", c.ID, inv.Service.ID, c.Reads, cmp.Diff(with, less), cmp.Diff(mendedBy, mendedSo))
				}
			}
		}
	}
}

// A gap in what a check reads never raises what it is sure to earn.
func TestGapsNeverHelp(t *testing.T) {
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, inv := range everything(t) {
		before, err := scorecard.Judge(clone(t, inv), rubric)
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range scorecard.Families() {
			hidden := new(*inv) // in its order already, so that nothing is changed but the gaps
			hidden.Gaps = append(slices.Clip(inv.Gaps), scorecard.Gap{Hides: []scorecard.Family{family}, Reason: "unreadable", Message: "a file can't be read"})
			after, err := scorecard.Judge(hidden, rubric)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range after.Results {
				was := before.Results[i]
				if r.CreditMin > was.CreditMin || r.CreditMax < was.CreditMax && was.Outcome != scorecard.NotApplicable {
					t.Errorf("%s of %s: a gap in %s moves credit from %g–%g to %g–%g", r.Check, inv.Service.ID, family, was.CreditMin, was.CreditMax, r.CreditMin, r.CreditMax)
				}
			}
			if after.Min > before.Min || after.Level.Compare(before.Level) > 0 || after.Coverage > before.Coverage {
				t.Errorf("%s: a gap in %s raises min, level or coverage", inv.Service.ID, family)
			}
		}
	}
}

// The order in which readers append changes nothing.
func TestOrderChangesNothing(t *testing.T) {
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, inv := range everything(t) {
		turned := clone(t, inv)
		f := &turned.Facts
		slices.Reverse(f.Workloads)
		slices.Reverse(f.Services)
		slices.Reverse(f.Budgets)
		slices.Reverse(f.Scalers)
		slices.Reverse(f.Policies)
		slices.Reverse(f.Monitors)
		slices.Reverse(f.Scrapes)
		slices.Reverse(f.Routes)
		slices.Reverse(f.Roles)
		slices.Reverse(f.Bindings)
		slices.Reverse(f.Secrets)
		slices.Reverse(f.Priorities)
		slices.Reverse(f.Owners)
		slices.Reverse(f.Documents)
		slices.Reverse(f.Terraform)
		slices.Reverse(f.Alerts)
		slices.Reverse(f.Routings)
		slices.Reverse(f.Dashboards)
		slices.Reverse(f.OnCall)
		a, err := scorecard.Judge(clone(t, inv), rubric)
		if err != nil {
			t.Fatal(err)
		}
		b, err := scorecard.Judge(turned, rubric)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(a, b); d != "" {
			t.Errorf("%s: order matters:\n%s", inv.Service.ID, d)
		}
	}
}

// With less detail the verdict is the same, without what it is said to lack.
func TestDetailChangesNoVerdict(t *testing.T) {
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, inv := range everything(t) {
		whole, err := scorecard.Judge(inv, rubric)
		if err != nil {
			t.Fatal(err)
		}
		same := func(detail scorecard.Detail) {
			less, err := scorecard.JudgeIn(detail, inv, rubric)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(whole, less); d != "" {
				t.Errorf("%s, detail %d:\n%s", inv.Service.ID, detail, d)
			}
		}
		whole.InventoryHash = ""
		same(scorecard.Shown)
		for i := range whole.Results {
			whole.Results[i].Remediation = ""
		}
		same(scorecard.Outlined)
	}
}

var fence = regexp.MustCompile("(?s)```yaml\n(.*?)\n```")

// What a remediation says to write is YAML, and names the object that failed.
func TestRemediationsCanBePasted(t *testing.T) {
	pasted := 0
	for _, inv := range everything(t) {
		view := scorecard.NewView(inv)
		for _, c := range checks.All() {
			f, remediation := ask(&c, view)
			if f.Outcome == scorecard.Fail && remediation == "" {
				t.Errorf("%s of %s fails without a remediation", c.ID, inv.Service.ID)
			}
			for _, m := range fence.FindAllStringSubmatch(remediation, -1) {
				pasted++
				var doc map[string]any
				if err := yaml.Unmarshal([]byte(m[1]), &doc); err != nil {
					t.Errorf("%s of %s says to paste what is no YAML: %v\n%s", c.ID, inv.Service.ID, err, m[1])
				}
				if metadata, ok := doc["metadata"].(map[string]any); ok && fmt.Sprint(metadata["name"]) == "" {
					t.Errorf("%s of %s names no object:\n%s", c.ID, inv.Service.ID, m[1])
				}
			}
			if strings.Count(remediation, "```")%2 != 0 {
				t.Errorf("%s of %s has an open code block:\n%s", c.ID, inv.Service.ID, remediation)
			}
		}
	}
	if pasted == 0 {
		t.Error("no remediation has anything to paste")
	}
}

// A password of a file is in no result.
func TestNoPasswordIsShown(t *testing.T) {
	const password = "hunter2"
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range allCases(t) {
		if c.check != "probes-distinct" && c.check != "image-pinned" && c.check != "no-plain-secrets" {
			continue
		}
		for _, inv := range inventories(t, c.files) {
			facts, err := json.Marshal(inv)
			if err != nil {
				t.Fatal(err)
			}
			card, err := scorecard.Judge(inv, rubric)
			if err != nil {
				t.Fatal(err)
			}
			results, err := json.Marshal(card)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(facts), password) || strings.Contains(string(results), password) {
				t.Errorf("%s %s shows a password", c.check, c.name)
			}
		}
	}
}
