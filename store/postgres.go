package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store/migrate"
)

// maxConnections is how many connections a process makes, beside the one of its lease.
const maxConnections = 16

func (s *Store) openPostgres(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// The driver's words may quote the URL, and with it the password.
		return fmt.Errorf("%w: the database URL can't be read; it looks like postgres://user:password@host:5432/database?sslmode=verify-full, with special characters of the password percent-encoded", scorecard.ErrInvalid)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	config.RuntimeParams["application_name"] = "seaworthy"
	db := stdlib.OpenDB(*config)
	s.pools = append(s.pools, db)
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections / 2)
	db.SetConnMaxIdleTime(5 * time.Minute)
	where := fmt.Sprintf("database %s on %s", config.Database, config.Host)
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("%s: %w", where, unavailable(ctx, err, "connect"))
	}
	if err := s.migrate(ctx, db, migrate.Postgres); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	s.use(migrate.Postgres, db, db)
	s.lease = &lease{pool: stdlib.OpenDB(*config), worker: s.worker}
	s.lease.pool.SetMaxOpenConns(1)
	return s.lease.hold(ctx)
}

// lease shows other processes that this one lives: it holds an advisory lock by
// the worker's number, on a connection of its own, for as long as the process has
// that connection. Scans whose worker's lock nobody holds were left by a crash.
type lease struct {
	pool   *sql.DB
	worker int64

	mu   sync.Mutex
	conn *sql.Conn
}

// hold takes the lock, or sees that it still has it.
func (l *lease) hold(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		if l.conn.PingContext(ctx) == nil {
			return nil
		}
		_ = l.conn.Close() // it is broken already
		l.conn = nil
	}
	conn, err := l.pool.Conn(ctx)
	if err != nil {
		return unavailable(ctx, err, "connect")
	}
	var got bool
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", l.worker).Scan(&got)
	if err == nil && !got {
		err = fmt.Errorf("the lock of worker %d is still held by its broken connection", l.worker)
	}
	if err != nil {
		_ = conn.Close()
		return unavailable(ctx, err, "show that this process lives")
	}
	l.conn = conn
	return nil
}

func (l *lease) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		// The server notices a closed connection a little later than its client.
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, _ = l.conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", l.worker)
		cancel()
		_ = l.conn.Close() // gives it back to the pool, which closes it
		l.conn = nil
	}
	return l.pool.Close()
}
