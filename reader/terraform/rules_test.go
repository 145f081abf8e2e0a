package terraform

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

func TestBounded(t *testing.T) {
	for _, c := range []struct {
		text            string
		core, providers bool
	}{
		{"1.2.3", true, true},
		{"= 1.2.3", true, true},
		{"~> 1.2", true, true},
		{"~>1.2.3", true, true},
		{"~> 1", false, true}, // as each of the two libraries that Terraform compares with has it
		{">= 1.0", false, false},
		{"> 1.0", false, false},
		{"!= 1.0", false, false},
		{">= 1.0, < 2.0", true, true},
		{">= 1.0,<=2", true, true},
		{"< 2.0.0-beta1", true, true},
		{"", false, false},
		{"*", false, false},
		{"latest", false, false},
		{"1.2.x", false, false},
		{"~> 1.2, rubbish", false, false},
	} {
		if got := bounded(c.text, false); got != c.core {
			t.Errorf("bounded(%q) for Terraform itself: got %v", c.text, got)
		}
		if got := bounded(c.text, true); got != c.providers {
			t.Errorf("bounded(%q) for a provider: got %v", c.text, got)
		}
	}
}

func TestCalls(t *testing.T) {
	for _, c := range []struct {
		source, version string
		shown, local    string
		pinned          bool
	}{
		{"./net", "", "./net", "live/app/net", true},
		{"../../modules//net", "", "../../modules//net", "modules/net", true},
		{"../..", "", "../..", ".", true},
		{"../../../elsewhere", "", "../../../elsewhere", "", true},
		{"hashicorp/consul/aws", "", "hashicorp/consul/aws", "", false},
		{"hashicorp/consul/aws", "0.1.0", "hashicorp/consul/aws", "", true},
		{"hashicorp/consul/aws", ">= 0.1", "hashicorp/consul/aws", "", false},
		{"hashicorp/consul/aws", "~> 1", "hashicorp/consul/aws", "", false},
		{"hashicorp/consul/aws//modules/x", "~> 1.0", "hashicorp/consul/aws//modules/x", "", true},
		{"app.terraform.io:8443/acme/net/aws", "1.0.0", "app.terraform.io:8443/acme/net/aws", "", true},
		{"github.com/acme/net", "", "github.com/acme/net", "", false},
		{"github.com/acme/net", "1.0.0", "github.com/acme/net", "", false}, // git knows no versions
		{"github.com/acme/net//sub?ref=v1", "", "github.com/acme/net//sub?ref=v1", "", true},
		{"git::https://example.com/net.git?ref=master", "", "git::https://example.com/net.git?ref=master", "", false},
		{"git::https://example.com/net.git?ref=", "", "git::https://example.com/net.git?ref=", "", false},
		{"git::https://oauth2:tok3n@example.com/net.git?ref=v1&depth=1", "", "git::https://example.com/net.git?ref=v1&depth=1", "", true},
		{"git::https://tok3n@example.com/net.git", "", "git::https://example.com/net.git", "", false},
		{"git::ssh://git@example.com/net.git?ref=51d462976d84fdea54b47d80dcabbf680badcdb8", "", "git::ssh://git@example.com/net.git?ref=51d462976d84fdea54b47d80dcabbf680badcdb8", "", true},
		{"git@github.com:acme/net.git", "", "git@github.com:acme/net.git", "", false},
		{"hg::http://example.com/net?rev=1.0", "", "hg::http://example.com/net?rev=1.0", "", true},
		{"https://example.com/net.zip", "", "https://example.com/net.zip", "", false},
		{"https://example.com/net/1.2.0/net.zip", "", "https://example.com/net/1.2.0/net.zip", "", true},
		{"https://example.com/net.zip?checksum=md5:0&token=tok3n", "", "https://example.com/net.zip?checksum=md5:0", "", true},
		{"s3::https://s3.amazonaws.com/acme/net.zip?aws_access_key_secret=tok3n", "", "s3::https://s3.amazonaws.com/acme/net.zip", "", false},
		{"oci://example.com/net?tag=1.0.0", "", "oci://example.com/net?tag=1.0.0", "", true},
		{"oci://example.com/net", "", "oci://example.com/net", "", false},
		{hole, "", "…", "", false},
		{"", "", "", "", false},
	} {
		got := newCall("m", "live/app", text(c.source), text(c.version))
		if got.Source != c.shown || got.Local != c.local || got.Pinned != c.pinned {
			t.Errorf("%s %s: got source %q, folder %q, pinned %v; want %q, %q, %v",
				c.source, c.version, got.Source, got.Local, got.Pinned, c.shown, c.local, c.pinned)
		}
	}
}

// TestHostile reads what would exhaust the parser, or the evaluation, of HCL.
func TestHostile(t *testing.T) {
	deep := strings.Repeat("(", 300_000)
	var doubling strings.Builder
	doubling.WriteString("locals {\n")
	for i := range 60 {
		n, next := string(rune('a'+i%26))+strings.Repeat("x", i/26), string(rune('a'+(i+1)%26))+strings.Repeat("x", (i+1)/26)
		doubling.WriteString("  " + n + " = \"${local." + next + "}${local." + next + "}\"\n")
	}
	doubling.WriteString("}\nprovider \"aws\" {}\nresource \"aws_ecs_service\" \"x\" {\n  name = local.a\n}\n")
	for name, c := range map[string]struct {
		file, data string
		gap        string // part of its message; empty where there is none
	}{
		"brackets":    {"main.tf", "x = " + deep, "nests"},
		"negations":   {"main.tf", "x = " + strings.Repeat("!", 300_000) + "true", "nests"},
		"minus":       {"main.tf", "x = " + strings.Repeat("-", 300_000) + "1", "nests"},
		"conditions":  {"main.tf", "x = " + strings.Repeat("a ? b : ", 50_000) + "c", "nests"},
		"templates":   {"main.tf", `x = "` + strings.Repeat("${\"", 50_000), "nests"},
		"directives":  {"main.tf", `x = "` + strings.Repeat("%{ if a }", 50_000) + `"`, "nests"},
		"sum":         {"main.tf", "resource \"aws_ecs_service\" \"x\" {\nname = 1" + strings.Repeat("+1", 60_000) + "\n}\n", ""},
		"json":        {"main.tf.json", strings.Repeat("[", 300_000), "nests"},
		"large":       {"main.tf", strings.Repeat("# x\n", 1<<20), "bytes"},
		"doubling":    {"main.tf", doubling.String(), ""},
		"binary":      {"main.tf", "\x00\xff\xfe", "would not parse"},
		"bom":         {"main.tf", "\xef\xbb\xbfprovider \"aws\" {}\n", ""},
		"crlf":        {"main.tf", "provider \"aws\" {\r\n}\r\n", ""},
		"json string": {"main.tf.json", `{"module": {"m": {"source": "` + strings.Repeat("${", 100_000) + `"}}}`, "nests"},
	} {
		t.Run(name, func(t *testing.T) {
			facts := readAll(t, fstest.MapFS{"x/" + c.file: {Data: []byte(c.data)}})
			switch {
			case c.gap == "" && len(facts.Gaps) > 0:
				t.Errorf("unwanted gap: %s", facts.Gaps[0].Message)
			case c.gap != "" && (len(facts.Gaps) != 1 || !strings.Contains(facts.Gaps[0].Message, c.gap)):
				t.Errorf("want one gap that says %q, got %d: %.300v", c.gap, len(facts.Gaps), facts.Gaps)
			}
			if len(facts.Terraform) != 1 || facts.Terraform[0].Incomplete != (c.gap != "") {
				t.Errorf("want one folder, incomplete with a gap alone; got %.300v", facts.Terraform)
			}
		})
	}
}

// TestDemonstrations: examples speak only where Terraform stands nowhere else.
func TestDemonstrations(t *testing.T) {
	example := &fstest.MapFile{Data: []byte("provider \"aws\" {}\nmodule \"m\" {\n  source = \"../..\"\n}\n")}
	for _, c := range []struct {
		files fstest.MapFS
		want  []string
	}{
		{fstest.MapFS{"examples/a/main.tf": example}, []string{"examples/a"}},
		{fstest.MapFS{"examples/a/main.tf": example, "main.tf": {Data: []byte("provider \"aws\" {}\n")}}, []string{"."}},
	} {
		tr, err := tree.Open(t.Context(), c.files, tree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		tr.IncludeDemonstrations()
		facts := &scorecard.Facts{}
		Read(t.Context(), tr, facts)
		var got []string
		for _, r := range facts.Terraform {
			got = append(got, r.Folder)
			if r.Root != (r.Folder != ".") { // the one is called by its example
				t.Errorf("%s: root is %v", r.Folder, r.Root)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
}

// TestValuesStayInside: what attributes hold is in no fact.
func TestValuesStayInside(t *testing.T) {
	facts := readAll(t, fstest.MapFS{"main.tf": {Data: []byte(`
provider "aws" {
  secret_key = "s3cr3t"
}
terraform {
  backend "pg" {
    conn_str = "postgres://u:s3cr3t@db/x"
  }
}
resource "aws_db_instance" "db" {
  password = "s3cr3t"
}
module "m" {
  source   = "git::https://s3cr3t@example.com/m.git?ref=v1&sshkey=s3cr3t"
  password = "s3cr3t"
}
`)}, "terraform.tfstate": {Data: []byte(`{"version": 4, "outputs": {"p": "s3cr3t"}}`)}})
	b := marshal(t, facts)
	if strings.Contains(b, "s3cr3t") {
		t.Errorf("a secret came out:\n%s", b)
	}
	if len(facts.States) != 1 || facts.Terraform[0].Backend.Locks != "yes" {
		t.Errorf("state file or backend not seen: %s", b)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"terraform {\n  required_version = \"~> 1.0\"\n  backend \"s3\" {}\n}\n",
		"module \"m\" {\n  source = \"git::https://a:b@c/d.git?ref=x\"\n}\nlocals {\n  a = \"${local.b}\"\n  b = local.a\n}\n",
		"resource \"kubernetes_manifest\" \"x\" {\n  manifest = { kind = \"Pod\", metadata = { name = \"a\" } }\n}\n",
		"include \"a\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nremote_state {\n  backend = \"s3\"\n  config = { bucket = \"b\", (x) = 1 }\n}\nterraform {\n  source = \"..//m\"\n}\n",
		"generate \"b\" {\n  contents = <<EOF\nterraform {\n  backend \"gcs\" {}\n}\nEOF\n}\n",
		`{"terraform": [{"backend": {"s3": {"bucket": "${var.b}", "key": "%{if x}"}}}], "locals": {"a": "${local.a}"}}`,
	} {
		f.Add(seed)
	}
	if archive, err := txtar.ParseFile("testdata/objectives.txtar"); err != nil {
		f.Fatal(err)
	} else {
		for _, file := range without(archive.Files, golden) {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, data string) {
		facts := readAll(t, fstest.MapFS{
			"a/main.tf": {Data: []byte(data)}, "b/main.tf.json": {Data: []byte(data)}, "c/terragrunt.hcl": {Data: []byte(data)},
			"root.hcl": {Data: []byte(data)}, "d/main.tf": {Data: []byte("terraform {\n  backend \"s3\" {}\n}\n")}, "d/x.tfbackend": {Data: []byte(data)},
			"e/main_override.tf": {Data: []byte(data)}, "e/main.tf": {Data: []byte(data)},
		})
		for _, r := range facts.Terraform {
			if r.Backend != nil && r.Backend.Locks != "yes" && r.Backend.Locks != "no" && r.Backend.Locks != "unknown" {
				t.Errorf("locks is %q", r.Backend.Locks)
			}
		}
		for _, o := range facts.SLOs {
			if strings.Contains(marshal(t, &scorecard.Facts{SLOs: []scorecard.Objective{o}}), `\u0000`) {
				t.Errorf("objective %s shows a hole", o.Name)
			}
		}
		_ = marshal(t, facts)
	})
}

func marshal(t testing.TB, facts *scorecard.Facts) string {
	t.Helper()
	b, err := (&scorecard.Inventory{Facts: *facts}).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// More objectives than are kept are a gap, and those that were read stay.
func TestManyObjectives(t *testing.T) {
	var text strings.Builder
	for range maxGoals/maxTurns + 1 {
		text.WriteString("resource \"grafana_slo\" \"x\" {\n  count = 50\n  name = \"x\"\n}\n")
	}
	facts := readAll(t, fstest.MapFS{"main.tf": {Data: []byte(text.String())}})
	if len(facts.SLOs) != maxGoals || len(facts.Gaps) != 1 || facts.Gaps[0].Reason != "too-many" {
		t.Errorf("%d objectives, gaps %+v", len(facts.SLOs), facts.Gaps)
	}
}
