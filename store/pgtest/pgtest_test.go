//go:build unix

package pgtest_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/seaworthy-dev/seaworthy/store/pgtest"
)

// TestServer starts a server, asks it, and sees that it is gone after Stop.
func TestServer(t *testing.T) {
	s, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	url, err := s.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&n); err != nil || n != 0 {
		t.Errorf("tables of a new database: %d, %v", n, err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("the server still answers after Stop")
	}
}
