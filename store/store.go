// Package store keeps repositories, scans and verdicts in SQLite or PostgreSQL. It
// is the only package that knows ent, and implements scorecard.Store.
//
// What is immutable (inventories, verdicts and their results) is named by the hash
// of its content and written once; a service's row points to its current verdict
// and repeats what lists filter and sort by. Scans are rows, and rows that are
// queued are the queue.
//
// Text that PostgreSQL can't hold (NUL bytes, invalid UTF-8) is mended in columns;
// what is kept whole is kept as bytes.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store/migrate"
)

// Store is an open database. Its methods may be called from several goroutines.
type Store struct {
	engine migrate.Engine
	// write runs transactions; read answers everything else. They are one pool on
	// PostgreSQL. On SQLite there is one writer, and readers beside it.
	write, read *ent.Client
	pools       []*sql.DB
	// worker names this process in the scans that it runs.
	worker int64
	lease  *lease // nil on SQLite
	logger *slog.Logger
	// rolling guards what rolling up remembers: the points that rubric and program have
	// between two periods, by their keys.
	rolling sync.Mutex
	ruled   map[[2]int]scorecard.Points
}

var _ scorecard.Store = (*Store)(nil)

// Open opens the database at the URL, `sqlite:PATH` or `postgres://…`, and brings
// it to the newest shape. A missing SQLite file is made, with its folder, readable
// by its owner alone. ErrInvalid for a URL that can't be understood and for a
// database that this program must not touch (written by a newer version, or by
// another program); ErrUnavailable when it does not answer. No error has a password.
func Open(ctx context.Context, url string, logger *slog.Logger) (*Store, error) {
	s := &Store{worker: rand.Int64(), logger: logger}
	var err error
	switch scheme, rest, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		err = s.openSQLite(ctx, rest)
	case "postgres", "postgresql":
		err = s.openPostgres(ctx, url)
	default:
		err = fmt.Errorf("%w: a database URL starts with sqlite: (and a path) or postgres://", scorecard.ErrInvalid)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// use makes clients of the pools.
func (s *Store) use(engine migrate.Engine, write, read *sql.DB) {
	s.engine = engine
	d := dialect.SQLite
	if engine == migrate.Postgres {
		d = dialect.Postgres
	}
	s.write = ent.NewClient(ent.Driver(entsql.OpenDB(d, write)))
	s.read = ent.NewClient(ent.Driver(entsql.OpenDB(d, read)))
}

func (s *Store) migrate(ctx context.Context, db *sql.DB, engine migrate.Engine) error {
	all, err := migrate.All(engine)
	if err != nil {
		return err
	}
	applied, err := migrate.Apply(ctx, db, engine, all)
	if err != nil {
		return translate(ctx, err, "open the database")
	}
	for _, name := range applied {
		s.logger.InfoContext(ctx, "database migrated", "migration", name)
	}
	return nil
}

// Ping reports whether the database answers; ErrUnavailable.
func (s *Store) Ping(ctx context.Context) error {
	for _, p := range s.pools {
		var one int
		if err := p.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
			return unavailable(ctx, err, "ask the database")
		}
	}
	return nil
}

// Close closes the database, after the calls that are under way.
func (s *Store) Close() error {
	var errs []error
	if s.lease != nil {
		errs = append(errs, s.lease.close())
	}
	for _, p := range s.pools {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// attempts is how often a transaction is tried that lost against another one.
const attempts = 8

// inTx runs f in a transaction of the writer, again when it lost against another.
func (s *Store) inTx(ctx context.Context, what string, f func(tx *ent.Tx) error) error {
	var err error
	for try := range attempts {
		if err = s.tryTx(ctx, f); err == nil || !lost(err) {
			break
		}
		select {
		case <-ctx.Done():
			return translate(ctx, err, what)
		case <-time.After(rand.N(time.Duration(try+1) * 10 * time.Millisecond)):
		}
	}
	return translate(ctx, err, what)
}

func (s *Store) tryTx(ctx context.Context, f func(tx *ent.Tx) error) error {
	tx, err := s.write.Tx(ctx)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			s.logger.WarnContext(ctx, "transaction not rolled back", "error", undo)
		}
		return err
	}
	return tx.Commit()
}

// What transactions of several processes do one at a time on PostgreSQL, in the
// order in which they must be asked for. On SQLite all transactions do.
const (
	changingRepositories int64 = 0x736561776f727401
	recordingFindings    int64 = 0x736561776f727402
	rollingUp            int64 = 0x736561776f727403
)

// alone waits until no other transaction is at the same, until this one ends.
func (s *Store) alone(ctx context.Context, tx *ent.Tx, at int64) error {
	if s.engine != migrate.Postgres {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", at)
	return err
}

// now is the time as both engines can keep it: UTC, in microseconds.
func now() time.Time { return keepTime(time.Now()) }

func keepTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
