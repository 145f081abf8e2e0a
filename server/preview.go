package server

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Bounds of what a preview tells.
const (
	maxPreviewParts  = 10
	maxPreviewOwners = 1000
	// maxPreviews is how many run at a time: each judges all services there are.
	maxPreviews = 2
)

func (x *historyService) PreviewRubric(r *seaworthyv1.PreviewRubricRequest, stream grpc.ServerStreamingServer[seaworthyv1.PreviewRubricResponse]) error {
	if x.s.options.ParseRubric == nil {
		return errors.New("the server was not given a way to read rubrics")
	}
	draft, err := x.s.options.ParseRubric([]byte(r.GetRubric()))
	if err != nil {
		return &scorecard.FieldError{Field: "rubric", Description: strings.TrimPrefix(err.Error(), scorecard.ErrInvalid.Error()+": ")}
	}
	if err := x.previews.enter(); err != nil {
		return err
	}
	defer x.previews.leave()
	at := time.Now()
	if t := r.GetAsOfTime(); t != nil {
		at = t.AsTime()
	}
	sum := summary{owners: map[string]*ownerSum{}}
	err = x.s.options.Store.EachPast(stream.Context(), at, func(p scorecard.Past) error {
		changed, err := sum.judge(p, draft)
		if err != nil || changed == nil {
			return err
		}
		return stream.Send(&seaworthyv1.PreviewRubricResponse{Preview: &seaworthyv1.PreviewRubricResponse_Service{Service: changed}})
	})
	if err != nil {
		return err
	}
	return stream.Send(&seaworthyv1.PreviewRubricResponse{Preview: &seaworthyv1.PreviewRubricResponse_Summary{Summary: sum.proto(draft)}})
}

// summary counts what a draft makes of services.
type summary struct {
	seaworthyv1.PreviewSummary
	owners map[string]*ownerSum
}

// ownerSum is what a draft makes of an owner's services.
type ownerSum struct {
	seaworthyv1.PreviewOwner
	matched int
	rise    scorecard.Points
}

// judge judges a service by the draft; it is nil where the verdict would stay.
func (s *summary) judge(p scorecard.Past, draft *scorecard.Rubric) (*seaworthyv1.PreviewedService, error) {
	card, err := scorecard.JudgeIn(scorecard.Outlined, p.Inventory, draft)
	if err != nil {
		return nil, err
	}
	was := p.Scorecard
	change := scorecard.ExplainAs(scorecard.RubricChanged, was, card)
	name := was.Service.Owner
	owner := s.owners[name]
	if owner == nil {
		owner = &ownerSum{}
		owner.Owner = clean(name)
		s.owners[name] = owner
	}
	s.ServiceCount++
	owner.ServiceCount++
	if was.Score != nil && card.Score != nil {
		owner.matched++
		owner.rise += change.Points
	}
	switch card.Level.Compare(was.Level) {
	case 1:
		s.RisenCount++
		owner.RisenCount++
	case -1:
		s.DroppedCount++
		owner.DroppedCount++
	}
	if len(change.Parts) == 0 {
		return nil, nil
	}
	s.ChangedCount++
	out := &seaworthyv1.PreviewedService{Service: "services/" + clean(was.Service.ID), Owner: clean(name),
		Level: levelProto(was.Level), DraftLevel: levelProto(card.Level), Score: was.Score, DraftScore: card.Score}
	for i := range change.Parts[:min(len(change.Parts), maxPreviewParts)] {
		out.Parts = append(out.Parts, partProto(p.Revision, &change.Parts[i]))
	}
	return out, nil
}

func (s *summary) proto(draft *scorecard.Rubric) *seaworthyv1.PreviewSummary {
	out := &s.PreviewSummary
	out.RubricHash = draft.Hash()
	for _, o := range s.owners {
		if o.matched > 0 {
			mean := o.rise.Score() / float64(o.matched)
			o.MeanRise = *rounded(&mean)
		}
		out.Owners = append(out.Owners, &o.PreviewOwner)
	}
	slices.SortFunc(out.Owners, func(a, b *seaworthyv1.PreviewOwner) int {
		return cmp.Or(cmp.Compare(b.GetDroppedCount(), a.GetDroppedCount()), cmp.Compare(a.GetMeanRise(), b.GetMeanRise()), cmp.Compare(a.GetOwner(), b.GetOwner()))
	})
	out.Owners = out.Owners[:min(len(out.Owners), maxPreviewOwners)]
	return out
}
