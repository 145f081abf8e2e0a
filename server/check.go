package server

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// checkService is the API's CheckService; its proto says what the methods do.
type checkService struct {
	seaworthyv1.UnimplementedCheckServiceServer
	s *Server
}

func (x *checkService) GetCheck(_ context.Context, r *seaworthyv1.GetCheckRequest) (*seaworthyv1.Check, error) {
	check, ok := x.s.options.Rubric.Check(strings.TrimPrefix(r.GetName(), "checks/"))
	if !ok {
		return nil, about("Check", r.GetName(), fmt.Errorf("%w: the rubric %s has no such check", scorecard.ErrNotFound, x.s.options.Rubric.Name))
	}
	return checkProto(check), nil
}

func (x *checkService) ListChecks(_ context.Context, r *seaworthyv1.ListChecksRequest) (*seaworthyv1.ListChecksResponse, error) {
	rubric := x.s.options.Rubric
	all := rubric.All()
	// A token is the rubric and the check that the page begins with.
	first := 0
	if r.GetPageToken() != "" {
		token, err := base64.RawURLEncoding.DecodeString(r.GetPageToken())
		first = slices.IndexFunc(all, func(c scorecard.Check) bool { return rubric.Hash()+"/"+c.ID == string(token) })
		if err != nil || first < 0 {
			return nil, &scorecard.FieldError{Field: "page_token", Description: "is not one that this list gave out, or the rubric has changed since; leave it empty to begin again"}
		}
	}
	end := min(len(all), first+pageSize(r.GetPageSize(), defaultPageSize, maxPageSize))
	out := &seaworthyv1.ListChecksResponse{TotalSize: count(len(all)), Rubric: rubric.Name, RubricHash: rubric.Hash()}
	for _, check := range all[first:end] {
		out.Checks = append(out.Checks, checkProto(check))
	}
	if end < len(all) {
		out.NextPageToken = base64.RawURLEncoding.EncodeToString([]byte(rubric.Hash() + "/" + all[end].ID))
	}
	return out, nil
}

func checkProto(c scorecard.Check) *seaworthyv1.Check {
	out := &seaworthyv1.Check{
		Name: "checks/" + c.ID, Pillar: pillarProto(c.Pillar), Title: c.Title, Why: c.Why, Fix: c.Fix,
		Level: levelProto(c.Level), Weight: float64(c.Weight), Effort: count(int(c.Effort)), Reads: familiesProto(c.Reads),
	}
	for _, r := range c.References {
		out.References = append(out.References, &seaworthyv1.Reference{Title: r.Title, Url: r.URL})
	}
	return out
}

func pillarProto(p scorecard.Pillar) seaworthyv1.Pillar {
	return seaworthyv1.Pillar(seaworthyv1.Pillar_value[strings.ToUpper(string(p))])
}

func levelProto(l scorecard.Level) seaworthyv1.Level {
	return seaworthyv1.Level(seaworthyv1.Level_value[string(l)])
}

func familiesProto(fs []scorecard.Family) []seaworthyv1.Family {
	var out []seaworthyv1.Family
	for _, f := range fs {
		out = append(out, seaworthyv1.Family(seaworthyv1.Family_value[strings.ToUpper(string(f))]))
	}
	return out
}
