package store

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/ent/repository"
	"github.com/seaworthy-dev/seaworthy/ent/scan"
	"github.com/seaworthy-dev/seaworthy/ent/service"
	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The origins of a repository.
const (
	fromConfig = "config"
	fromAPI    = "api"
)

var repositoryID = lazyregexp.New(`^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$`)

// maxPath is how many bytes of a path an index surely holds.
const maxPath = 1024

func validRepository(r scorecard.Repository) error {
	switch {
	case !repositoryID.MatchString(r.ID):
		return &scorecard.FieldError{Field: "repository_id", Description: fmt.Sprintf("%.80q is not 1 to 63 lower-case letters, digits, hyphens and underscores, with a letter or digit at both ends", r.ID)}
	case !filepath.IsAbs(r.Path) || !keepable(r.Path) || len(r.Path) > maxPath:
		return &scorecard.FieldError{Field: "repository.path", Description: fmt.Sprintf("repository %s needs an absolute path of at most %d bytes of UTF-8", r.ID, maxPath)}
	}
	return nil
}

// CreateRepository implements scorecard.RepositoryStore.
func (s *Store) CreateRepository(ctx context.Context, r scorecard.Repository) (scorecard.Repository, error) {
	if r.Origin == "" {
		r.Origin = fromAPI
	}
	if err := validRepository(r); err != nil {
		return scorecard.Repository{}, err
	}
	var row *ent.Repository
	err := s.inTx(ctx, "create repository "+r.ID, func(tx *ent.Tx) (err error) {
		if err := s.alone(ctx, tx, changingRepositories); err != nil {
			return err
		}
		row, err = create(ctx, tx, r)
		return err
	})
	if err != nil {
		return scorecard.Repository{}, err
	}
	return toRepository(row), nil
}

func create(ctx context.Context, tx *ent.Tx, r scorecard.Repository) (*ent.Repository, error) {
	if taken, err := tx.Repository.Query().Where(repository.ID(r.ID)).Exist(ctx); err != nil {
		return nil, err
	} else if taken {
		return nil, fmt.Errorf("%w: there is a repository %s already", scorecard.ErrConflict, r.ID)
	}
	if err := pathFree(ctx, tx, r); err != nil {
		return nil, err
	}
	created := now()
	if !r.CreateTime.IsZero() {
		created = keepTime(r.CreateTime)
	}
	return tx.Repository.Create().SetID(r.ID).SetPath(r.Path).SetDisplayName(column(r.DisplayName)).
		SetOrigin(r.Origin).SetCreateTime(created).Save(ctx)
}

// pathFree says whether no other repository has the path.
func pathFree(ctx context.Context, tx *ent.Tx, r scorecard.Repository) error {
	other, err := tx.Repository.Query().Where(repository.Path(r.Path), repository.IDNEQ(r.ID)).First(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: repository %s can't have the path %s: repository %s has it", scorecard.ErrConflict, r.ID, r.Path, other.ID)
}

// SyncRepositories implements scorecard.RepositoryStore. One that the API made and
// the configuration now declares, with the same ID and path, becomes the configuration's.
func (s *Store) SyncRepositories(ctx context.Context, rs []scorecard.Repository) error {
	declared := map[string]bool{}
	for _, r := range rs {
		if err := validRepository(r); err != nil {
			return err
		}
		if declared[r.ID] {
			return fmt.Errorf("%w: the configuration names repository %s twice", scorecard.ErrConflict, r.ID)
		}
		declared[r.ID] = true
	}
	return s.inTx(ctx, "synchronise repositories", func(tx *ent.Tx) error {
		if err := s.alone(ctx, tx, changingRepositories); err != nil {
			return err
		}
		kept, err := tx.Repository.Query().Where(repository.Origin(fromConfig)).Order(repository.ByID()).All(ctx)
		if err != nil {
			return err
		}
		for _, row := range kept {
			if !declared[row.ID] {
				if err := s.drop(ctx, tx, row.ID); err != nil {
					return err
				}
				continue
			}
			// Paths may be swapped among them: none stands in another's way.
			if err := tx.Repository.UpdateOneID(row.ID).SetPath("\x01" + row.ID).Exec(ctx); err != nil {
				return err
			}
		}
		for _, r := range rs {
			if err := declare(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func declare(ctx context.Context, tx *ent.Tx, r scorecard.Repository) error {
	r.Origin = fromConfig
	row, err := tx.Repository.Get(ctx, r.ID)
	switch {
	case ent.IsNotFound(err):
		_, err := create(ctx, tx, r)
		return err
	case err != nil:
		return err
	case row.Origin != fromConfig && row.Path != r.Path:
		return fmt.Errorf("%w: the configuration declares repository %s at %s, but one of that ID was made at %s: delete it first, or rename one", scorecard.ErrConflict, r.ID, r.Path, row.Path)
	}
	if err := pathFree(ctx, tx, r); err != nil {
		return err
	}
	return tx.Repository.UpdateOneID(r.ID).SetPath(r.Path).SetDisplayName(column(r.DisplayName)).SetOrigin(fromConfig).Exec(ctx)
}

// GetRepository implements scorecard.RepositoryStore.
func (s *Store) GetRepository(ctx context.Context, id string) (scorecard.Repository, error) {
	if !keepable(id) {
		return scorecard.Repository{}, missing("repository", id)
	}
	row, err := s.read.Repository.Get(ctx, id)
	if err != nil {
		return scorecard.Repository{}, translate(ctx, err, "repository "+id)
	}
	return toRepository(row), nil
}

// ListRepositories implements scorecard.RepositoryStore.
func (s *Store) ListRepositories(ctx context.Context, q scorecard.Query) (scorecard.Page[scorecard.Repository], error) {
	none := scorecard.Page[scorecard.Repository]{}
	p, err := repositories.plan(q)
	if err != nil {
		return none, err
	}
	total, err := s.read.Repository.Query().Where(p.where).Count(ctx)
	if err != nil {
		return none, translate(ctx, err, "list repositories")
	}
	rows, err := s.read.Repository.Query().Where(p.where, p.after).Order(p.order).Limit(p.size + 1).All(ctx)
	if err != nil {
		return none, translate(ctx, err, "list repositories")
	}
	rows, next := p.cut(rows)
	page := scorecard.Page[scorecard.Repository]{Total: total, Next: next}
	for _, r := range rows {
		page.Items = append(page.Items, toRepository(r))
	}
	return page, nil
}

// DeleteRepository implements scorecard.RepositoryStore. A running scan of it is cancelled.
func (s *Store) DeleteRepository(ctx context.Context, id string) error {
	if !keepable(id) {
		return missing("repository", id)
	}
	return s.inTx(ctx, "delete repository "+id, func(tx *ent.Tx) error {
		if err := s.alone(ctx, tx, changingRepositories); err != nil {
			return err
		}
		row, err := s.lockRepository(ctx, tx, id)
		if err != nil {
			return err
		}
		if row.Origin == fromConfig {
			return fmt.Errorf("%w: repository %s is declared by the configuration: take it out there", scorecard.ErrConflict, id)
		}
		return s.drop(ctx, tx, id)
	})
}

// drop deletes the repository, ends its scans and retires its services.
func (s *Store) drop(ctx context.Context, tx *ent.Tx, id string) error {
	if err := s.alone(ctx, tx, recordingFindings); err != nil {
		return err
	}
	if err := tx.Repository.DeleteOneID(id).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.Scan.Delete().Where(scan.Repository(id), scan.State(queued)).Exec(ctx); err != nil {
		return err
	}
	t := now()
	err := tx.Scan.Update().Where(scan.Repository(id), scan.State(running)).
		SetState(cancelled).SetEndTime(t).SetError("the repository was deleted").Exec(ctx)
	if err != nil {
		return err
	}
	return retire(ctx, tx, t, service.Repository(id))
}

// lockRepository reads the row and keeps others from changing it until the
// transaction ends; on SQLite every transaction does.
func (s *Store) lockRepository(ctx context.Context, tx *ent.Tx, id string) (*ent.Repository, error) {
	q := tx.Repository.Query().Where(repository.ID(id))
	if s.lease != nil {
		q = q.ForUpdate()
	}
	return q.Only(ctx)
}

func missing(what, id string) error {
	return fmt.Errorf("%s %.200q: %w", what, id, scorecard.ErrNotFound)
}

func toRepository(r *ent.Repository) scorecard.Repository {
	return scorecard.Repository{ID: r.ID, Path: r.Path, DisplayName: r.DisplayName, Origin: r.Origin, CreateTime: r.CreateTime.UTC()}
}
