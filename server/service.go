package server

import (
	"context"
	"strings"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// catalogService is the API's CatalogService; its proto says what the methods do.
type catalogService struct {
	seaworthyv1.UnimplementedCatalogServiceServer
	s *Server
}

func (x *catalogService) GetService(ctx context.Context, r *seaworthyv1.GetServiceRequest) (*seaworthyv1.Service, error) {
	rec, err := x.s.options.Store.GetRecord(ctx, strings.TrimPrefix(r.GetName(), "services/"))
	if err != nil {
		return nil, about("Service", r.GetName(), err)
	}
	return serviceProto(rec), nil
}

func (x *catalogService) ListServices(ctx context.Context, r *seaworthyv1.ListServicesRequest) (*seaworthyv1.ListServicesResponse, error) {
	q, err := queryOf(r, recordFields)
	if err != nil {
		return nil, err
	}
	q.ShowRetired, q.SummaryOnly = r.GetShowRetired(), true
	page, err := x.s.options.Store.ListRecords(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &seaworthyv1.ListServicesResponse{NextPageToken: page.Next, TotalSize: count(page.Total)}
	for _, rec := range page.Items {
		out.Services = append(out.Services, serviceProto(rec))
	}
	return out, nil
}

func serviceProto(rec scorecard.Record) *seaworthyv1.Service {
	s := &rec.Scorecard.Service
	out := &seaworthyv1.Service{
		Name: "services/" + clean(s.ID), DisplayName: clean(s.Title), ShortName: clean(s.Name),
		Discovery: seaworthyv1.Service_Discovery(seaworthyv1.Service_Discovery_value[strings.ToUpper(string(s.Discovery))]),
		Location:  locationProto(rec.Revision, s.Location), EntityRef: clean(s.EntityRef),
		Repository: "repositories/" + clean(s.Repository), Path: clean(s.Path),
		Type: clean(s.Type), Owner: clean(s.Owner), Lifecycle: clean(s.Lifecycle), Tier: clean(s.Tier), System: clean(s.System),
		UnscoredReason: clean(s.Unscored), CreateTime: timeProto(rec.CreateTime), RetireTime: timeProto(rec.RetireTime),
	}
	if out.DisplayName == "" {
		out.DisplayName = out.GetShortName()
	}
	return out
}
