package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

const (
	sarifSchema   = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	sarifRoot     = "%SRCROOT%"
	informationAt = "https://github.com/seaworthy-dev/seaworthy"
	// fingerprint names the way in which fingerprints are made; another way is another name.
	fingerprint = "seaworthy/v1"
)

// SARIF writes the records as a SARIF 2.1.0 log with one run for each repository and
// revision.
//
// Every check of Options.Checks is a rule. Each piece of evidence of a FAIL is a
// result (the service's own place, where nothing was found at all), one for all the
// services that share it, its level by the
// check's weight: critical is error, high and medium are warning, less is note. PASS
// and NOT_APPLICABLE are left out: viewers show whatever is listed as a problem. For
// the same reason an UNKNOWN is not a result but a notification that is associated
// with its rule, and so is each gap. Fingerprints leave lines out, so that a finding
// stays the same when lines above it come or go. The error is the writer's.
func SARIF(w io.Writer, recs []scorecard.Record, o Options) error {
	recs = slices.Clone(recs)
	slices.SortStableFunc(recs, func(a, b scorecard.Record) int {
		x, y := a.Scorecard.Service, b.Scorecard.Service
		return cmp.Or(strings.Compare(x.Repository, y.Repository), strings.Compare(a.Revision.Commit, b.Revision.Commit), strings.Compare(x.ID, y.ID))
	})
	log := sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{}}
	for len(recs) > 0 {
		n := 1
		for n < len(recs) && recs[n].Scorecard.Service.Repository == recs[0].Scorecard.Service.Repository && recs[n].Revision == recs[0].Revision {
			n++
		}
		log.Runs = append(log.Runs, newRun(recs[:n], o))
		recs = recs[n:]
	}
	if len(log.Runs) == 0 {
		log.Runs = append(log.Runs, newRun(nil, o))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(log)
}

func newRun(recs []scorecard.Record, o Options) sarifRun {
	run := sarifRun{
		Tool:    sarifTool{sarifDriver{Name: "Seaworthy", Version: o.Version, InformationURI: informationAt, Rules: sarifRules(o.Checks)}},
		BaseIDs: map[string]sarifBase{sarifRoot: {Description: sarifText{Text: "The root of the repository."}}},
	}
	notes := []sarifNotification{}
	rules := map[string]int{}
	for i, c := range o.Checks {
		rules[c.ID] = i
	}
	found := findings{at: map[string]int{}, seen: map[string]int{}}
	for _, rec := range recs {
		for i := range rec.Scorecard.Results {
			switch r := &rec.Scorecard.Results[i]; r.Outcome {
			case scorecard.Fail:
				found.add(rec, r, rules)
			case scorecard.Unknown:
				notes = append(notes, sarifUnknown(rec.Revision, rec.Scorecard.Service, r, rules))
			}
		}
	}
	run.Results = found.results()
	folder := ""
	if len(recs) > 0 {
		folder = recs[0].Revision.Folder
	}
	for _, g := range gapsOf(recs...) {
		notes = append(notes, sarifNotification{Level: "warning", Message: sarifText{Text: clean(g.Message)}, Locations: sarifLocations(folder, g.Location),
			Descriptor: &sarifReference{ID: "gap/" + clean(g.Reason)}})
	}
	for _, n := range notesOf(o) {
		notes = append(notes, sarifNotification{Level: "none", Message: sarifText{Text: clean(n.Message)}, Locations: sarifLocations(folder, n.Location), Descriptor: &sarifReference{ID: "note"}})
	}
	run.Invocations = []sarifInvocation{{Successful: true, Notifications: notes}}
	if len(recs) > 0 {
		run.Automation = &sarifAutomation{ID: "seaworthy/" + clean(recs[0].Scorecard.Service.Repository) + "/"}
		run.Provenance = sarifProvenance(recs[0].Revision)
	}
	return run
}

func sarifRules(checks []scorecard.Check) []sarifRule {
	out := []sarifRule{}
	for _, c := range checks {
		rule := sarifRule{
			ID: c.ID, Name: pascal(c.ID), Short: sarifText{Text: c.Title}, Full: sarifText{Text: c.Why},
			Help:          sarifText{Text: c.Why + "\n\n" + c.Fix, Markdown: c.Why + "\n\n" + c.Fix},
			Configuration: sarifConfiguration{Level: sarifLevel(c.Weight)},
			Properties:    map[string]any{"tags": []string{"reliability", string(c.Pillar)}, "level": string(c.Level), "weight": float64(c.Weight)},
		}
		for i, r := range c.References {
			if i == 0 {
				rule.HelpURI = r.URL
			}
			rule.Help.Text += fmt.Sprintf("\n%s: %s", r.Title, r.URL)
			rule.Help.Markdown += fmt.Sprintf("\n- [%s](<%s>)", r.Title, r.URL)
		}
		out = append(out, rule)
	}
	return out
}

// sarifLevel maps a check's weight to a SARIF level.
func sarifLevel(w scorecard.Weight) string {
	switch {
	case w >= scorecard.Critical:
		return "error"
	case w >= scorecard.Medium:
		return "warning"
	}
	return "note"
}

// findings gathers results: evidence that several services share (a Terraform root, a
// base image) is one result that names them all.
type findings struct {
	list []finding
	at   map[string]int // where in the list a finding is
	seen map[string]int // how many findings have a place in common
}

type finding struct {
	result   sarifResult
	services []scorecard.Service
	message  string
	fix      string
}

// add makes a finding of each piece of evidence that is wrong.
func (f *findings) add(rec scorecard.Record, r *scorecard.Result, rules map[string]int) {
	s := rec.Scorecard.Service
	evidence := slices.DeleteFunc(slices.Clone(r.Evidence), func(e scorecard.Evidence) bool { return e.Outcome != scorecard.Fail })
	own := "" // whose finding it is, when no place was seen that would tell
	if len(evidence) == 0 {
		at := s.Location
		if at.Path == "" {
			at = scorecard.Location{Path: cmp.Or(s.Path, ".")}
		}
		own = s.ID
		evidence = []scorecard.Evidence{{Location: at, Outcome: scorecard.Fail, Message: r.Reason}}
	}
	for _, e := range evidence {
		l := e.Location
		place := strings.Join([]string{own, r.Check, path.Join(rec.Revision.Folder, l.Path), l.Object.APIVersion, l.Object.String(), l.Field, l.Form}, "\x00")
		key := fmt.Sprintf("%s\x00%d\x00%s", place, l.FirstLine, e.Message)
		if i, ok := f.at[key]; ok {
			f.list[i].services = append(f.list[i].services, s)
			continue
		}
		// Several findings in one place are told apart by their order.
		f.seen[place]++
		name := sha256.Sum256([]byte(place))
		f.at[key] = len(f.list)
		f.list = append(f.list, finding{
			services: []scorecard.Service{s}, message: e.Message, fix: r.Remediation,
			result: sarifResult{
				RuleID: r.Check, RuleIndex: ruleIndex(rules, r.Check), Kind: "fail", Level: sarifLevel(r.Weight),
				Locations:    sarifLocations(rec.Revision.Folder, l),
				Fingerprints: map[string]string{fingerprint: fmt.Sprintf("%s:%d", hex.EncodeToString(name[:16]), f.seen[place])},
				Properties:   map[string]any{"pillar": string(r.Pillar), "level": string(r.Level), "weight": float64(r.Weight), "title": r.Title},
			},
		})
	}
}

func (f *findings) results() []sarifResult {
	const named = 3
	out := []sarifResult{}
	for _, x := range f.list {
		var ids, names []string
		for _, s := range x.services {
			ids, names = append(ids, clean(s.ID)), append(names, s.Name)
		}
		who := strings.Join(names[:min(named, len(names))], ", ")
		if rest := len(names) - named; rest > 0 {
			who += fmt.Sprintf(" and %d more", rest)
		}
		r := x.result
		r.Properties["services"] = ids
		r.Message.Text = clean(who + ": " + x.message)
		if x.fix != "" {
			var b strings.Builder
			b.WriteString(escapeText(who+": "+x.message) + "\n\n")
			markdownRemediation(&b, x.fix)
			r.Message.Markdown = b.String()
		}
		out = append(out, r)
	}
	return out
}

func sarifUnknown(rev scorecard.Revision, s scorecard.Service, r *scorecard.Result, rules map[string]int) sarifNotification {
	n := sarifNotification{Level: "note", Message: sarifText{Text: fmt.Sprintf("%s: %s is unknown: %s", clean(s.Name), clean(r.Check), clean(r.Reason))}, Descriptor: &sarifReference{ID: "unknown"}}
	if i := ruleIndex(rules, r.Check); i != nil {
		n.Rule = &sarifReference{ID: r.Check, Index: i}
	}
	for _, e := range r.Evidence {
		if e.Outcome == scorecard.Unknown {
			n.Locations = append(n.Locations, sarifLocations(rev.Folder, e.Location)...)
		}
	}
	return n
}

func ruleIndex(rules map[string]int, id string) *int {
	i, ok := rules[id]
	if !ok {
		return nil
	}
	return &i
}

// sarifLocations places a location of the scanned folder in the repository it is in.
func sarifLocations(folder string, l scorecard.Location) []sarifLocation {
	var out sarifLocation
	if l.Path != "" {
		p := sarifPhysical{Artifact: sarifArtifact{URI: escapePath(path.Join(folder, l.Path)), Base: sarifRoot}}
		if l.FirstLine > 0 {
			p.Region = &sarifRegion{l.FirstLine, max(l.FirstLine, l.LastLine)}
		}
		out.Physical = &p
	}
	if l.Object != (scorecard.ObjectRef{}) {
		out.Logical = []sarifLogical{{Name: clean(l.Object.Name), FullName: clean(strings.TrimSpace(l.Object.String() + " " + l.Field)), Kind: "resource"}}
	}
	if out.Physical == nil && out.Logical == nil {
		return nil
	}
	return []sarifLocation{out}
}

func sarifProvenance(r scorecard.Revision) []sarifVersionControl {
	if r.URL == "" || clean(r.URL) != r.URL {
		return nil
	}
	v := sarifVersionControl{URI: r.URL, Revision: clean(r.Commit), Branch: clean(r.Branch), MappedTo: sarifArtifact{Base: sarifRoot}}
	if r.Dirty {
		v.Properties = map[string]any{"dirty": true}
	}
	return []sarifVersionControl{v}
}

// pascal is a rule's name as SARIF wants it: "readiness-probe" is "ReadinessProbe".
func pascal(id string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(id, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}
