package server

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// historyService is the API's HistoryService; its proto says what the methods do.
type historyService struct {
	seaworthyv1.UnimplementedHistoryServiceServer
	s        *Server
	previews places
}

func (x *historyService) ListScorecardRevisions(ctx context.Context, r *seaworthyv1.ListScorecardRevisionsRequest) (*seaworthyv1.ListScorecardRevisionsResponse, error) {
	q := scorecard.Query{Size: pageSize(r.GetPageSize(), defaultPageSize, maxPageSize), Token: r.GetPageToken(), SummaryOnly: true}
	if r.GetView() == seaworthyv1.ScorecardView_SCORECARD_VIEW_FULL {
		q.Size, q.SummaryOnly = pageSize(r.GetPageSize(), defaultFullPageSize, maxFullPageSize), false
	}
	page, err := x.s.options.Store.ListPeriods(ctx, strings.TrimPrefix(r.GetParent(), "services/"), q)
	if err != nil {
		return nil, about("Service", r.GetParent(), err)
	}
	out := &seaworthyv1.ListScorecardRevisionsResponse{NextPageToken: page.Next, TotalSize: count(page.Total)}
	for _, p := range page.Items {
		out.ScorecardRevisions = append(out.ScorecardRevisions, periodProto(p, !q.SummaryOnly))
	}
	return out, nil
}

func (x *historyService) GetScorecardRevision(ctx context.Context, r *seaworthyv1.GetScorecardRevisionRequest) (*seaworthyv1.ScorecardRevision, error) {
	p, err := x.period(ctx, r.GetName())
	if err != nil {
		return nil, err
	}
	return periodProto(p, r.GetView() != seaworthyv1.ScorecardView_SCORECARD_VIEW_BASIC), nil
}

func (x *historyService) period(ctx context.Context, name string) (scorecard.Period, error) {
	service, number := revisionName(name)
	p, err := x.s.options.Store.GetPeriod(ctx, service, number)
	return p, about("ScorecardRevision", name, err)
}

// revisionName takes a revision's name, which was validated, apart.
func revisionName(name string) (service string, number int) {
	service, digits, _ := strings.Cut(strings.TrimPrefix(name, "services/"), "/scorecardRevisions/")
	number, _ = strconv.Atoi(digits) // at most 18 digits
	return service, number
}

// periodProto is the API's message of a period, with the scorecard in the FULL view or the BASIC one.
func periodProto(p scorecard.Period, full bool) *seaworthyv1.ScorecardRevision {
	rec := scorecard.Record{Scorecard: p.Scorecard, Revision: p.Revision, Scan: p.Scan, ScanTime: p.StartTime, ChangeTime: p.StartTime}
	card := basicProto
	if full {
		card = ScorecardProto
	}
	return &seaworthyv1.ScorecardRevision{
		Name:      "services/" + clean(p.Scorecard.Service.ID) + "/scorecardRevisions/" + strconv.Itoa(p.ID),
		Scorecard: card(rec), StartTime: timeProto(p.StartTime), SeenTime: timeProto(p.SeenTime), EndTime: timeProto(p.EndTime), Program: clean(p.Program),
	}
}

func (x *historyService) ExplainScorecardChange(ctx context.Context, r *seaworthyv1.ExplainScorecardChangeRequest) (*seaworthyv1.ScorecardChange, error) {
	service := strings.TrimSuffix(strings.TrimPrefix(r.GetName(), "services/"), "/scorecard")
	to, err := x.moment(ctx, service, "to_revision", r.GetToRevision(), r.GetToTime(), time.Now())
	if err != nil {
		return nil, about("Scorecard", r.GetName(), err)
	}
	before := to.StartTime.Add(-time.Microsecond)
	from, err := x.moment(ctx, service, "from_revision", r.GetFromRevision(), r.GetFromTime(), before)
	if errors.Is(err, scorecard.ErrNotFound) && r.GetFromRevision() == "" {
		if t := r.GetFromTime(); t != nil {
			before = t.AsTime()
		}
		return nil, withDetails(status.Newf(codes.NotFound, "services/%s was not known yet at %s, so there is nothing to compare with", service, before.UTC().Format(time.RFC3339)),
			&errdetails.ResourceInfo{ResourceType: "seaworthy.dev/Scorecard", ResourceName: r.GetName()})
	}
	if err != nil {
		return nil, err
	}
	change, err := x.explain(ctx, service, from.ID, to.ID)
	if err != nil {
		return nil, err
	}
	out := changeProto(to.Revision, change)
	out.From, out.To = periodProto(from, false), periodProto(to, false)
	return out, nil
}

// moment is the period that a request means: by its name, by a time, or else by what is usual.
func (x *historyService) moment(ctx context.Context, service, field, name string, at *timestamppb.Timestamp, otherwise time.Time) (scorecard.Period, error) {
	if name != "" {
		if of, _ := revisionName(name); of != service {
			return scorecard.Period{}, &scorecard.FieldError{Field: field, Description: "is a revision of another service"}
		}
		return x.period(ctx, name)
	}
	if at != nil {
		otherwise = at.AsTime()
	}
	return x.s.options.Store.PeriodAt(ctx, service, otherwise)
}

func (x *historyService) explain(ctx context.Context, service string, from, to int) (*scorecard.Change, error) {
	var pasts [2]scorecard.Past
	for i, number := range []int{from, to} {
		p, err := x.s.options.Store.GetPast(ctx, service, number, x.s.options.Checks)
		if err != nil {
			return nil, err
		}
		pasts[i] = p
	}
	return scorecard.Explain(pasts[0], pasts[1])
}

func changeProto(rev scorecard.Revision, c *scorecard.Change) *seaworthyv1.ScorecardChange {
	out := &seaworthyv1.ScorecardChange{Points: c.Points.Score()}
	for _, s := range c.Shares {
		out.Shares = append(out.Shares, &seaworthyv1.ChangeShare{Cause: causeProto(s.Cause), Points: s.Points.Score(), CheckCount: count(s.Checks)})
	}
	for i := range c.Parts {
		out.Parts = append(out.Parts, partProto(rev, &c.Parts[i]))
	}
	return out
}

func partProto(rev scorecard.Revision, p *scorecard.Part) *seaworthyv1.ChangePart {
	var origins []*seaworthyv1.Origin
	for _, o := range p.Origins {
		origins = append(origins, &seaworthyv1.Origin{Path: clean(o.Path), Commit: clean(o.Commit), Author: clean(o.Author), Time: timeProto(o.Time)})
	}
	return &seaworthyv1.ChangePart{
		Check: "checks/" + p.Check, Pillar: pillarProto(p.Pillar), Title: p.Title, Cause: causeProto(p.Cause), Points: p.Points.Score(),
		Before: answerProto(p.Before), After: answerProto(p.After), Reason: clean(p.Why), Evidence: evidenceProto(rev, p.Evidence), MovesLevel: p.Shift, Origins: origins,
	}
}

func answerProto(s scorecard.Said) *seaworthyv1.CheckAnswer {
	if s.Outcome == "" {
		return nil
	}
	return &seaworthyv1.CheckAnswer{Outcome: outcomeProto(s.Outcome), Level: levelProto(s.Level), Weight: float64(s.Weight), Credit: s.Credit, Reason: clean(s.Reason)}
}

func causeProto(c scorecard.Cause) seaworthyv1.ChangeCause {
	return seaworthyv1.ChangeCause(seaworthyv1.ChangeCause_value[string(c)])
}

func (x *historyService) ReplayScorecard(ctx context.Context, r *seaworthyv1.ReplayScorecardRequest) (*seaworthyv1.ReplayScorecardResponse, error) {
	service, number := revisionName(r.GetName())
	past, err := x.s.options.Store.GetPast(ctx, service, number, x.s.options.Checks)
	if err != nil {
		return nil, about("ScorecardRevision", r.GetName(), err)
	}
	if past.Rubric == nil {
		return nil, &preconditionError{"RUBRIC", r.GetName(), "its rubric was not kept, or names checks that this version does not have, so it can't be judged again"}
	}
	again, same, err := scorecard.Replay(past)
	if err != nil {
		return nil, err
	}
	out := &seaworthyv1.ReplayScorecardResponse{Identical: same, Program: clean(past.Program), ReplayedProgram: x.s.options.Version}
	for _, h := range []struct {
		into *string
		of   *scorecard.Scorecard
	}{{&out.VerdictHash, past.Scorecard}, {&out.ReplayedHash, again}} {
		canonical, err := h.of.Canonical()
		if err != nil {
			return nil, err
		}
		*h.into = scorecard.Hash(canonical)
	}
	if same {
		return out, nil
	}
	out.Change = changeProto(past.Revision, scorecard.ExplainAs(scorecard.ProgramChanged, past.Scorecard, again))
	return out, nil
}
