package server

import (
	"context"
	"strings"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// scanService is the API's ScanService; its proto says what the methods do.
type scanService struct {
	seaworthyv1.UnimplementedScanServiceServer
	s *Server
}

func (x *scanService) CreateScan(ctx context.Context, r *seaworthyv1.CreateScanRequest) (*seaworthyv1.Scan, error) {
	repository := r.GetScan().GetRepository()
	scan, _, err := x.s.options.Store.RequestScan(ctx, strings.TrimPrefix(repository, "repositories/"))
	if err != nil {
		return nil, about("Repository", repository, err)
	}
	// Also where it was queued already: the runner may have missed the first call.
	x.s.options.Wake()
	return scanProto(scan), nil
}

func (x *scanService) GetScan(ctx context.Context, r *seaworthyv1.GetScanRequest) (*seaworthyv1.Scan, error) {
	scan, err := x.s.options.Store.GetScan(ctx, strings.TrimPrefix(r.GetName(), "scans/"))
	if err != nil {
		return nil, about("Scan", r.GetName(), err)
	}
	return scanProto(scan), nil
}

func (x *scanService) ListScans(ctx context.Context, r *seaworthyv1.ListScansRequest) (*seaworthyv1.ListScansResponse, error) {
	q, err := queryOf(r, scanFields)
	if err != nil {
		return nil, err
	}
	page, err := x.s.options.Store.ListScans(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &seaworthyv1.ListScansResponse{NextPageToken: page.Next, TotalSize: count(page.Total)}
	for _, scan := range page.Items {
		out.Scans = append(out.Scans, scanProto(scan))
	}
	return out, nil
}

func (x *scanService) CancelScan(ctx context.Context, r *seaworthyv1.CancelScanRequest) (*seaworthyv1.Scan, error) {
	scan, err := x.s.options.Store.CancelScan(ctx, strings.TrimPrefix(r.GetName(), "scans/"))
	if err != nil {
		return nil, about("Scan", r.GetName(), err)
	}
	x.s.options.Wake()
	return scanProto(scan), nil
}

func scanProto(s scorecard.Scan) *seaworthyv1.Scan {
	out := &seaworthyv1.Scan{
		Name: "scans/" + s.ID, Repository: "repositories/" + s.Repository,
		State:      seaworthyv1.Scan_State(seaworthyv1.Scan_State_value[string(s.State)]),
		CreateTime: timeProto(s.CreateTime), StartTime: timeProto(s.StartTime), EndTime: timeProto(s.EndTime),
		Revision: revisionProto(s.Revision), Error: clean(s.Error),
		ServiceCount: count(s.Services), ChangedCount: count(s.Changed), GapCount: count(s.Gaps),
	}
	if s.Progress != (scorecard.Progress{}) {
		out.Progress = &seaworthyv1.ScanProgress{
			Stage:     seaworthyv1.ScanProgress_Stage(seaworthyv1.ScanProgress_Stage_value[strings.ToUpper(s.Progress.Stage)]),
			DoneCount: count(s.Progress.Done), TotalCount: count(s.Progress.Total), Item: clean(s.Progress.Item),
		}
	}
	return out
}
