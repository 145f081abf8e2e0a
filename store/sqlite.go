package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store/migrate"
)

// openSQLite opens the file with one connection that writes and several that read
// beside it. A writer of its own means that transactions wait in line in this
// process, not in SQLite's busy loop, and that a long read never holds one up.
func (s *Store) openSQLite(ctx context.Context, path string) error {
	if path == "" || strings.Contains(path, ":memory:") || strings.ContainsRune(path, 0) {
		return fmt.Errorf("%w: sqlite: needs the path of a file; for a database that does not last, name one in a temporary folder", scorecard.ErrInvalid)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("%w: database file: %w", scorecard.ErrInvalid, err)
	}
	if err := createPrivately(path); err != nil {
		return fmt.Errorf("%w: database file: %w", scorecard.ErrInvalid, err)
	}
	write, err := sql.Open("sqlite", dataSource(path, "immediate"))
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	s.pools = append(s.pools, write)
	write.SetMaxOpenConns(1)
	if err := s.migrate(ctx, write, migrate.SQLite); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	read, err := sql.Open("sqlite", dataSource(path, "deferred")+"&_pragma=query_only(1)")
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	s.pools = append(s.pools, read)
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	s.use(migrate.SQLite, write, read)
	return nil
}

// createPrivately makes the file when it is missing. SQLite gives its journal the
// same permissions.
func createPrivately(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// dataSource names the file as a URI, so that any character may be in the path.
// busy_timeout stands first: it holds for the pragmas after it. Times are written
// in UTC in SQLite's own form, which sorts as text.
func dataSource(path, lock string) string {
	uri := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	return uri.String() + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=foreign_keys(1)&_txlock=" + lock + "&_time_format=sqlite"
}
