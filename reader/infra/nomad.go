package infra

import (
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/terraform/hcldoc"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// nomadJob is how a job starts; a name with a template in it is taken too.
var nomadJob = lazyregexp.New(`(?m)^\s*job\s+"([^"\n]*)"\s*\{`)

// templated are the marks of Levant and Nomad Pack: such a file is HCL only once
// it is rendered.
var templated = lazyregexp.New(`\[\[|\{\{\s*(?:range|if|template|define)\b`)

// nomad reads a job specification, known by its ending or by the job in it.
func (r *reader) nomad(f tree.File) {
	base := strings.ToLower(f.Base())
	ours := path.Ext(base) == ".nomad" || strings.HasSuffix(base, ".nomad.hcl")
	if !ours && (f.Size > hcldoc.MaxBytes || base == "terragrunt.hcl" || base == ".terraform.lock.hcl") {
		return
	}
	data, ok := r.t.Read(f.Path, scorecard.Infrastructure)
	if !ok {
		return
	}
	start := nomadJob.FindSubmatchIndex(data)
	if start == nil {
		if ours && strings.HasPrefix(strings.TrimSpace(string(data)), "{") {
			r.documents(f, data, true, (*reader).nomadJSON)
		}
		return
	}
	line := 1 + strings.Count(string(data[:start[2]]), "\n")
	d := scorecard.Definition{Location: at(f.Path, line), Tool: "nomad", Deploys: true, Name: plain(string(data[start[2]:start[3]]))}
	if strings.Contains(d.Name, "[") || templated.Match(data) {
		d.Name = ""
		r.add(d)
		return
	}
	file, bad := hcldoc.Parse(f.Path, data, 1)
	if bad != nil {
		r.t.Malformed(f.Path, bad.Line, bad, scorecard.Infrastructure)
	}
	if file == nil {
		r.add(d)
		return
	}
	found := false
	if body, ok := file.Body.(*hclsyntax.Body); ok {
		for _, b := range body.Blocks {
			if b.Type == "job" && len(b.Labels) == 1 {
				found = true
				where := scorecard.Location{Path: f.Path, FirstLine: b.TypeRange.Start.Line, LastLine: b.Body.SrcRange.End.Line}
				r.add(scorecard.Definition{Location: where, Tool: "nomad", Deploys: true, Name: plain(b.Labels[0])})
			}
		}
	}
	if !found {
		r.add(d)
	}
}

// nomadJSON reads a job in the form of the API, or in HCL's JSON.
func (r *reader) nomadJSON(f tree.File, doc yamldoc.Document) {
	if job := yamldoc.Get(doc.Root, "Job"); yamldoc.Get(job, "TaskGroups") != nil {
		r.deploys(f, doc, "nomad", firstOf(literal(job, "ID"), literal(job, "Name")))
		return
	}
	jobs := yamldoc.Get(doc.Root, "job")
	if jobs == nil || len(jobs.Content) < 2 {
		return
	}
	name := jobs.Content[0].Value
	body := yamldoc.Follow(jobs.Content[1])
	if items := yamldoc.Items(body); len(items) > 0 {
		body = items[0]
	}
	if yamldoc.Get(body, "group") != nil || yamldoc.Get(body, "datacenters") != nil {
		r.deploys(f, doc, "nomad", plain(name))
	}
}
