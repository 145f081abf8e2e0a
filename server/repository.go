package server

import (
	"context"
	"strings"

	"google.golang.org/protobuf/types/known/emptypb"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// repositoryService is the API's RepositoryService; its proto says what the methods do.
type repositoryService struct {
	seaworthyv1.UnimplementedRepositoryServiceServer
	s *Server
}

func (x *repositoryService) CreateRepository(ctx context.Context, r *seaworthyv1.CreateRepositoryRequest) (*seaworthyv1.Repository, error) {
	path, err := x.s.allowedPath(r.GetRepository().GetPath())
	if err != nil {
		return nil, err
	}
	name := "repositories/" + r.GetRepositoryId()
	made, err := x.s.options.Store.CreateRepository(ctx, scorecard.Repository{
		ID: r.GetRepositoryId(), Path: path, DisplayName: r.GetRepository().GetDisplayName(), Origin: originAPI,
	})
	if err != nil {
		return nil, about("Repository", name, err)
	}
	return repositoryProto(made), nil
}

func (x *repositoryService) GetRepository(ctx context.Context, r *seaworthyv1.GetRepositoryRequest) (*seaworthyv1.Repository, error) {
	got, err := x.s.options.Store.GetRepository(ctx, strings.TrimPrefix(r.GetName(), "repositories/"))
	if err != nil {
		return nil, about("Repository", r.GetName(), err)
	}
	return repositoryProto(got), nil
}

func (x *repositoryService) ListRepositories(ctx context.Context, r *seaworthyv1.ListRepositoriesRequest) (*seaworthyv1.ListRepositoriesResponse, error) {
	q, err := queryOf(r, repositoryFields)
	if err != nil {
		return nil, err
	}
	page, err := x.s.options.Store.ListRepositories(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &seaworthyv1.ListRepositoriesResponse{NextPageToken: page.Next, TotalSize: count(page.Total)}
	for _, repository := range page.Items {
		out.Repositories = append(out.Repositories, repositoryProto(repository))
	}
	return out, nil
}

func (x *repositoryService) DeleteRepository(ctx context.Context, r *seaworthyv1.DeleteRepositoryRequest) (*emptypb.Empty, error) {
	err := x.s.options.Store.DeleteRepository(ctx, strings.TrimPrefix(r.GetName(), "repositories/"))
	if err != nil {
		return nil, about("Repository", r.GetName(), err)
	}
	return &emptypb.Empty{}, nil
}

// The origins of a repository, as the store has them.
const (
	originConfig = "config"
	originAPI    = "api"
)

func repositoryProto(r scorecard.Repository) *seaworthyv1.Repository {
	out := &seaworthyv1.Repository{Name: "repositories/" + r.ID, DisplayName: clean(r.DisplayName), Path: clean(r.Path), CreateTime: timeProto(r.CreateTime)}
	switch r.Origin {
	case originConfig:
		out.Origin = seaworthyv1.Repository_CONFIG
	case originAPI:
		out.Origin = seaworthyv1.Repository_API
	}
	return out
}
