package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/seaworthy-dev/seaworthy/report"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func markdown(t testing.TB, recs []scorecard.Record, o report.Options) string {
	t.Helper()
	var b strings.Builder
	if err := report.Markdown(&b, recs, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sarif(t testing.TB, recs []scorecard.Record, o report.Options) string {
	t.Helper()
	var b strings.Builder
	if err := report.SARIF(&b, recs, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdownGolden(t *testing.T) {
	golden(t, "shop.md", markdown(t, shop(t), report.Options{}))
	golden(t, "forms.md", markdown(t, forms(t), report.Options{}))
	golden(t, "empty.md", markdown(t, empty(t), report.Options{}))
	golden(t, "none.md", markdown(t, nil, report.Options{}))
	golden(t, "only.md", markdown(t, report.Select(shop(t)[:1], []string{"image-pinned"}), report.Options{Only: []string{"image-pinned"}}))
}

// Rendered with raw HTML allowed, the hostile records give no element, attribute or
// link that the report does not make itself.
func TestMarkdownInjection(t *testing.T) {
	source := markdown(t, hostile(t), report.Options{Verbose: true})
	var page bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(gmhtml.WithUnsafe()))
	if err := md.Convert([]byte(source), &page); err != nil {
		t.Fatal(err)
	}
	known := []string{"details", "summary", "b", "code", "br", "h2", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "ol", "ul", "li", "pre"}
	depth := 0
	for z := html.NewTokenizer(&page); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		token := z.Token()
		switch {
		case kind == html.StartTagToken || kind == html.SelfClosingTagToken:
			if !slices.Contains(known, token.Data) {
				t.Errorf("the repository made an element: %s", token)
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "href" || a.Key == "src" {
					t.Errorf("the repository made an attribute: %s", token)
				}
			}
			if token.Data == "details" {
				depth++
			}
		case kind == html.EndTagToken && token.Data == "details":
			depth--
		case kind == html.TextToken && strings.Contains(token.Data, "@org/team"):
			if !strings.Contains(token.Data, "name: ") { // in code a mention is none
				t.Errorf("a mention is left: %q", token.Data)
			}
		}
		if depth < 0 {
			t.Fatal("the repository closed a part that it did not open")
		}
	}
}

// A comment on GitHub holds 65,536 characters.
func TestMarkdownFitsComment(t *testing.T) {
	recs := fleet(t, 200)
	if n := len(markdown(t, recs, report.Options{})); n > 65_536 {
		t.Errorf("200 services fill %d bytes", n)
	}
	if all := markdown(t, recs, report.Options{Verbose: true}); strings.Contains(all, "no room") {
		t.Error("verbose leaves services out")
	}
}

func sarifSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSARIFValid(t *testing.T) {
	schema := sarifSchema(t)
	opts := report.Options{Checks: rubric(t).All(), Version: "0.1.0"}
	for name, out := range map[string]string{
		"shop": sarif(t, shop(t), opts), "fleet": sarif(t, fleet(t, 12), opts), "hostile": sarif(t, hostile(t), opts),
		"none": sarif(t, nil, opts), "no rules": sarif(t, shop(t), report.Options{}),
		"only": sarif(t, report.Select(shop(t), []string{"memory-limited"}), opts),
	} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
	}
	// The schema is one that can say no.
	bad, _ := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(sarif(t, shop(t), opts), `"ruleId"`, `"ruleIdentifier"`, 1)))
	if schema.Validate(bad) == nil {
		t.Error("the schema accepts an unknown member")
	}
	golden(t, "shop.sarif", sarif(t, shop(t), opts))
}

// What a finding is called does not change with lines, other services or the order
// of the records; no two findings share a name.
func TestSARIFFingerprints(t *testing.T) {
	prints := func(recs []scorecard.Record) map[string]string {
		var log struct {
			Runs []struct {
				Results []struct {
					Message             struct{ Text string }
					PartialFingerprints map[string]string
				}
			}
		}
		if err := json.Unmarshal([]byte(sarif(t, recs, report.Options{})), &log); err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, run := range log.Runs {
			for _, r := range run.Results {
				p := r.PartialFingerprints["seaworthy/v1"]
				if other, twice := out[p]; twice {
					t.Errorf("%q and %q share a fingerprint", other, r.Message.Text)
				}
				out[p] = r.Message.Text
			}
		}
		return out
	}
	before := prints(shop(t))
	moved := shop(t)
	slices.Reverse(moved)
	for _, rec := range moved {
		for i := range rec.Scorecard.Results {
			for j := range rec.Scorecard.Results[i].Evidence {
				rec.Scorecard.Results[i].Evidence[j].Location.FirstLine += 7
				rec.Scorecard.Results[i].Evidence[j].Location.LastLine += 7
			}
		}
	}
	after := prints(moved)
	if len(before) == 0 || len(before) != len(after) {
		t.Fatalf("%d findings, then %d", len(before), len(after))
	}
	for p, message := range before {
		if after[p] != message {
			t.Errorf("%q has another fingerprint after its lines moved", message)
		}
	}
}

// What several services share is one result that names them all.
func TestSARIFShared(t *testing.T) {
	var invs []scorecard.Inventory
	for _, scope := range []string{"a", "b", "c", "d", "e"} {
		invs = append(invs, scorecard.Inventory{Service: scorecard.Service{ID: scope + ".payments", Name: "payments", Location: file(scope+".yaml", 1)}})
	}
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID     string
				Message    struct{ Text string }
				Properties struct{ Services []string }
			}
		}
	}
	if err := json.Unmarshal([]byte(sarif(t, judged(t, invs...), report.Options{})), &log); err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, r := range log.Runs[0].Results {
		n[r.RuleID]++
		if r.RuleID == "replicas-redundant" && (len(r.Properties.Services) != 5 || r.Message.Text != "payments, payments, payments and 2 more: payments has 1 replica") {
			t.Errorf("%+v", r)
		}
	}
	// Nothing was found for any of the five: that is five findings.
	if n["replicas-redundant"] != 1 || n["memory-limited"] != 7 || n["runbook-present"] != 5 {
		t.Errorf("%v", n)
	}
}
