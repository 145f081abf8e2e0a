package server

import (
	"context"
	"strings"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// scorecardService is the API's ScorecardService; its proto says what the methods do.
type scorecardService struct {
	seaworthyv1.UnimplementedScorecardServiceServer
	s *Server
}

func (x *scorecardService) GetScorecard(ctx context.Context, r *seaworthyv1.GetScorecardRequest) (*seaworthyv1.Scorecard, error) {
	id := strings.TrimSuffix(strings.TrimPrefix(r.GetName(), "services/"), "/scorecard")
	rec, err := x.s.options.Store.GetRecord(ctx, id)
	if err != nil {
		return nil, about("Scorecard", r.GetName(), err)
	}
	if r.GetView() == seaworthyv1.ScorecardView_SCORECARD_VIEW_BASIC {
		return basicProto(rec), nil
	}
	return ScorecardProto(rec), nil
}

func (x *scorecardService) ListScorecards(ctx context.Context, r *seaworthyv1.ListScorecardsRequest) (*seaworthyv1.ListScorecardsResponse, error) {
	q, err := queryOf(r, recordFields)
	if err != nil {
		return nil, err
	}
	view := ScorecardProto
	if r.GetView() == seaworthyv1.ScorecardView_SCORECARD_VIEW_FULL {
		q.Size = pageSize(r.GetPageSize(), defaultFullPageSize, maxFullPageSize)
	} else {
		q.SummaryOnly, view = true, basicProto
	}
	q.ShowRetired = r.GetShowRetired()
	page, err := x.s.options.Store.ListRecords(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &seaworthyv1.ListScorecardsResponse{NextPageToken: page.Next, TotalSize: count(page.Total)}
	for _, rec := range page.Items {
		out.Scorecards = append(out.Scorecards, view(rec))
	}
	return out, nil
}

// basicProto is the scorecard in the BASIC view.
func basicProto(rec scorecard.Record) *seaworthyv1.Scorecard {
	c := rec.Scorecard
	out := &seaworthyv1.Scorecard{
		Name: "services/" + clean(c.Service.ID) + "/scorecard", Service: serviceProto(rec),
		Score: c.Score, MinScore: c.Min, MaxScore: c.Max, Coverage: c.Coverage,
		InventoryHash: c.InventoryHash, RubricHash: c.RubricHash, Revision: revisionProto(rec.Revision),
		ScanTime: timeProto(rec.ScanTime), ChangeTime: timeProto(rec.ChangeTime),
	}
	if c.Service.Unscored == "" {
		out.Level, out.LevelAtMost = levelProto(c.Level), levelProto(c.LevelAtMost)
	}
	if rec.Scan != "" {
		out.Scan = "scans/" + rec.Scan
	}
	for _, p := range c.Pillars {
		out.Pillars = append(out.Pillars, &seaworthyv1.PillarScore{
			Pillar: pillarProto(p.Pillar), Score: p.Score, MinScore: p.Min, MaxScore: p.Max, Coverage: p.Coverage,
		})
	}
	return out
}

// ScorecardProto is the API's message of a record, in the FULL view. What the record
// does not say (a scan, times) is unset.
func ScorecardProto(rec scorecard.Record) *seaworthyv1.Scorecard {
	c, out := rec.Scorecard, basicProto(rec)
	out.NextLevel = levelProto(c.NextLevel)
	out.Gaps = gapsProto(rec.Revision, c.Gaps)
	for i := range c.Results {
		out.Results = append(out.Results, resultProto(rec.Revision, &c.Results[i]))
	}
	for _, s := range c.NextSteps {
		out.NextSteps = append(out.NextSteps, &seaworthyv1.NextStep{
			Check: "checks/" + s.Check, Title: s.Title, Outcome: outcomeProto(s.Outcome), Reason: clean(s.Reason), Effort: count(s.Effort),
		})
	}
	return out
}

func resultProto(rev scorecard.Revision, r *scorecard.Result) *seaworthyv1.Result {
	var otherwise []*seaworthyv1.FormVerdict
	for _, v := range r.Otherwise {
		otherwise = append(otherwise, &seaworthyv1.FormVerdict{Form: clean(v.Form), Outcome: outcomeProto(v.Outcome), Reason: clean(v.Reason)})
	}
	return &seaworthyv1.Result{
		Check: "checks/" + r.Check, Pillar: pillarProto(r.Pillar), Title: r.Title, Level: levelProto(r.Level), Weight: float64(r.Weight),
		Outcome: outcomeProto(r.Outcome), Reason: clean(r.Reason),
		SatisfiedCount: count(r.Satisfied), UndecidedCount: count(r.Undecided), SubjectCount: count(r.Subjects),
		MinCredit: r.CreditMin, MaxCredit: r.CreditMax,
		Evidence: evidenceProto(rev, r.Evidence), EvidenceCount: count(r.EvidenceTotal),
		Remediation: clean(r.Remediation), Gaps: gapsProto(rev, r.Gaps), Otherwise: otherwise,
	}
}
