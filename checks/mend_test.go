package checks_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// byHand are the cases whose remediation a program can't follow: a person chooses
// (which budget goes, what a line of an existing block becomes) or runs a command.
var byHand = regexp.MustCompile(`^(manifests-valid/.*|api-versions-served/fail/(not-yet-served|.*list.*|pod-security-policy|json)|slo-sound/.*|slo-burn-rate-alerts/fail/(sloth|google|datadog|nobl9)-.*|ci-tests/fail/(failure-.*|.*-continues-on-error|gitlab-allows-failure)|state-remote/fail/(local|s3-.*|state-in-.*)|versions-pinned/.*|infra-as-code/.*|actions-pinned/.*|` +
	`model-pinned/fail/(no-revision|main|ollama-latest)|model-autoscaled/fail/of-another|autoscaler-effective/fail/(two-autoscalers|named-container-is-none|target-can-not-be-scaled)|image-pinned/fail/(dockerfile.*|jib|template-.*|terraform-.*)|metrics-scraped/fail/monitor-in-values-names-no-port|pdb-allows-eviction/fail/(two-budgets|no-scale-.*)|catalog-registered/fail/(no-lifecycle|bad-label)|docs-present/fail/techdocs.*|` +
	`traced/fail/(code-.*|function-.*)|timeouts-and-retries/fail/client-without|(traced|migrations-managed)/fail/switched-off.*|(logs-structured|migrations-managed)/fail/(log4j-alone|for-developers|prisma-.*)|` +
	`(backups-scheduled|data-replicated|delete-protected)/fail/(terraform-.*|cloudformation)|data-replicated/fail/one-claim|` +
	`no-plain-secrets/fail/(private-key.*|cloud-key|token-.*|keystore.*|secret-far.*|allowed-elsewhere|environment-.*|dockerfile-.*|compose-.*|configmap.*|helm-values|values-of-a-release|terraform-.*|tfvars|state-file|in-the-folder-of-(a-service|nobody)|of-a-compose-service|password-in-.*|values-by-.*|file-of-a-compose-secret)|` +
	`secrets-managed/fail/(compose-environment.*|written-into-the-environment)|(postmortem-actions-tracked|deploy-frequency|capacity-plan)/.*|(node|zone)-spread/fail/pinned-.*|runbook-fresh/fail/a-day-to-come|rules-valid/.*|alert-[a-z]*/fail/(plain-file|monitor-.*)|golden-signals/fail/no-saturation|` +
	`owner-declared/fail/(unowned-by-the-last-line|nobody-is-seen.*)|.*/fail/(chart.*|kustomize.*|production-values|litellm-.*|no-retries|commented-out|ai-gateway-.*|ecs-.*|cloud-run|one-of-two-regions|smallest-of-two-regions.*|stays-where.*))$`)

// What a remediation says to write mends what failed: it is written into the case's
// repository, and the check passes.
func TestRemediationsMend(t *testing.T) {
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	mended := 0
	for _, c := range allCases(t) {
		if c.outcome != scorecard.Fail || byHand.MatchString(c.check+"/"+c.name) {
			continue
		}
		t.Run(c.check+"/"+c.name, func(t *testing.T) {
			files := maps.Clone(c.files)
			for _, inv := range inventories(t, c.files) {
				if r := judge(t, inv, rubric, c.check); r.Outcome == scorecard.Fail {
					follow(t, files, r.Remediation)
				}
			}
			for _, inv := range inventories(t, files) {
				if r := judge(t, inv, rubric, c.check); r.Outcome != scorecard.Pass {
					t.Errorf("%s after following the remediation: %s: %s\n%s", inv.Service.Name, r.Outcome, r.Reason, describe(inv, r))
					for _, p := range slices.Sorted(maps.Keys(files)) {
						t.Logf("%s:\n%s", p, files[p].Data)
					}
				}
			}
		})
		mended++
	}
	if mended == 0 {
		t.Error("no remediation was followed")
	}
}

var (
	anyFence = regexp.MustCompile("(?s)([^\n]*)\n\n```([a-z]*)\n(.*?)\n```")
	fileName = regexp.MustCompile("`([^` ]+)`")
	// replacedKind is the kind of an object that one of another kind and the same name replaces.
	replacedKind = regexp.MustCompile(`^Replace the ([A-Z]\w+) by `)
)

// listedIn is where a new object of a kustomization goes, and the file that has to list it.
var listedIn = regexp.MustCompile("Write it to `([^`]+)` and list that under `resources:` of `([^`]+)` \\(`- ([^`]+)`\\)")

// follow does what a remediation says: a piece of an object that is there is merged
// into it, anything else is written to the file that the sentence names.
func follow(t *testing.T, files fstest.MapFS, remediation string) {
	t.Helper()
	remediation = strings.ReplaceAll(remediation, "your-", "our-") // what a person fills in
	remediation = strings.ReplaceAll(remediation, "YYYY-MM-DD", day(files))
	for i, m := range anyFence.FindAllStringSubmatch(remediation, -1) {
		sentence, language, text := m[1], m[2], m[3]+"\n"
		replaced := ""
		if k := replacedKind.FindStringSubmatch(sentence); k != nil {
			replaced = k[1]
		}
		if language == "yaml" && mergeInto(t, files, text, strings.HasPrefix(sentence, "Replace"), replaced) {
			continue
		}
		file := "remedy-" + strconv.Itoa(i) + ".yaml"
		if n := fileName.FindStringSubmatch(sentence); n != nil {
			file = n[1]
		}
		if n := listedIn.FindStringSubmatch(remediation); n != nil && strings.HasPrefix(sentence, "Add a") {
			file = n[1]
			k := documents(t, files[n[2]].Data)[0]
			list, _ := k["resources"].([]any)
			k["resources"] = append(list, n[3])
			b, err := yaml.Marshal(k)
			if err != nil {
				t.Fatal(err)
			}
			files[n[2]] = &fstest.MapFile{Data: b, Mode: 0o644}
		}
		if language == "yaml" && mergeIntoWorkflow(t, files, file, text) {
			continue
		}
		var before []byte
		if f := files[file]; f != nil && language != "markdown" {
			before = f.Data
			if language == "yaml" {
				before = append(bytes.Clone(before), "---\n"...)
			}
		}
		files[file] = &fstest.MapFile{Data: append(bytes.Clone(before), text...), Mode: 0o644}
	}
}

// mergeInto merges the patch into the object of its name and kind (or of another kind,
// where one is given), or puts it in its place, or, for a patch of neither, merges it
// into the Compose file; false when there is none.
func mergeInto(t *testing.T, files fstest.MapFS, text string, replace bool, kind string) bool {
	t.Helper()
	var patch map[string]any
	if err := yaml.Unmarshal([]byte(text), &patch); err != nil {
		t.Fatal(err)
	}
	wanted := maps.Clone(patch)
	if kind != "" {
		wanted["kind"] = kind
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(file, ".yaml") {
			continue
		}
		docs := documents(t, files[file].Data)
		merged := false
		for _, d := range docs {
			if same(d, wanted) {
				if replace {
					clear(d)
				}
				merge(d, patch)
				merged = true
			}
		}
		if merged {
			var b bytes.Buffer
			e := yaml.NewEncoder(&b)
			for _, d := range docs {
				if err := e.Encode(d); err != nil {
					t.Fatal(err)
				}
			}
			files[file] = &fstest.MapFile{Data: b.Bytes(), Mode: 0o644}
			return true
		}
	}
	return false
}

// mergeIntoWorkflow merges a piece of a workflow into the file that it is a piece of.
func mergeIntoWorkflow(t *testing.T, files fstest.MapFS, file, text string) bool {
	t.Helper()
	f := files[file]
	var patch map[string]any
	if err := yaml.Unmarshal([]byte(text), &patch); err != nil {
		t.Fatal(err)
	}
	if f == nil || !strings.HasPrefix(file, ".github/workflows/") || patch["on"] != nil {
		return false
	}
	docs := documents(t, f.Data)
	if len(docs) != 1 || docs[0]["jobs"] == nil {
		return false
	}
	merge(docs[0], patch)
	b, err := yaml.Marshal(docs[0])
	if err != nil {
		t.Fatal(err)
	}
	files[file] = &fstest.MapFile{Data: b, Mode: 0o644}
	return true
}

func documents(t *testing.T, b []byte) []map[string]any {
	t.Helper()
	var out []map[string]any
	d := yaml.NewDecoder(bytes.NewReader(b))
	for {
		var doc map[string]any
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			return nil // not every file is to be read
		}
		out = append(out, doc)
	}
}

func same(a, b map[string]any) bool {
	if a["services"] != nil && b["services"] != nil {
		return true
	}
	am, _ := a["metadata"].(map[string]any)
	bm, _ := b["metadata"].(map[string]any)
	// A patch without a kind is of the file's only entity.
	return am != nil && bm != nil && am["name"] == bm["name"] && (b["kind"] == nil || a["kind"] == b["kind"])
}

// merge is a strategic merge: maps by key, lists of named things by name, null deletes.
func merge(into, patch map[string]any) {
	for k, v := range patch {
		if v == nil {
			delete(into, k)
			continue
		}
		if pm, ok := v.(map[string]any); ok {
			if im, ok := into[k].(map[string]any); ok {
				merge(im, pm)
				continue
			}
		}
		if pl, ok := v.([]any); ok {
			if il, ok := into[k].([]any); ok && mergeNamed(il, pl) {
				continue
			}
		}
		into[k] = v
	}
}

func mergeNamed(into, patch []any) bool {
	all := true
	for _, p := range patch {
		pm, ok := p.(map[string]any)
		i := slices.IndexFunc(into, func(x any) bool {
			xm, isMap := x.(map[string]any)
			return ok && isMap && pm["name"] != nil && xm["name"] == pm["name"]
		})
		if i < 0 {
			all = false
			continue
		}
		merge(into[i].(map[string]any), pm)
	}
	return all
}
