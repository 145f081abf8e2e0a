package migrate

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store/pgtest"
)

// addColumn is what Atlas makes of a NOT NULL column with a default on a parent
// table, in SQLite: the table is built anew and the old one dropped. Its own
// switching of foreign keys comes too late, inside of the transaction.
const addColumn = `
PRAGMA foreign_keys = off;
CREATE TABLE new_services (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name text NOT NULL, tier integer NOT NULL DEFAULT (0));
INSERT INTO new_services (id, name) SELECT id, name FROM services;
DROP TABLE services;
ALTER TABLE new_services RENAME TO services;
PRAGMA foreign_keys = on;`

var steps = []Migration{
	{Version: 1, Name: "initial", Hash: "1", SQL: `
CREATE TABLE services (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name text NOT NULL);
CREATE TABLE results (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, service_id integer NOT NULL REFERENCES services (id) ON DELETE CASCADE);
INSERT INTO services (name) VALUES ('a'), ('b');
INSERT INTO results (service_id) VALUES (1), (1), (2);`},
	{Version: 2, Name: "tier", Hash: "2", SQL: addColumn},
}

func openSQLite(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "x.db")+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func number(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRebuildKeepsChildren holds the trap: applied naively the migration deletes
// every child without an error; applied by Apply it deletes none.
func TestRebuildKeepsChildren(t *testing.T) {
	naive := openSQLite(t)
	for _, m := range steps {
		tx, err := naive.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), m.SQL); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if n := number(t, naive, "SELECT count(*) FROM results"); n != 0 {
		t.Errorf("the naive way leaves %d children: it is no trap any more, and this test proves nothing", n)
	}

	db := openSQLite(t)
	for i, want := range [][]string{{"0001_initial"}, {"0002_tier"}, nil} {
		got, err := Apply(t.Context(), db, SQLite, steps[:min(i+1, 2)])
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
	if n := number(t, db, "SELECT count(*) FROM results"); n != 3 {
		t.Errorf("%d of 3 children are left", n)
	}
	if n := number(t, db, "SELECT sum(tier) + count(*) FROM services"); n != 2 {
		t.Errorf("services are %d", n)
	}
	if n := number(t, db, "PRAGMA foreign_keys"); n != 1 {
		t.Error("foreign keys stay off")
	}
	if _, err := db.ExecContext(t.Context(), "INSERT INTO results (service_id) VALUES (99)"); err == nil {
		t.Error("a child without a parent was taken")
	}
}

// TestApplyIsWhole sees that a migration that fails leaves nothing, not even of
// those before it in the same start.
func TestApplyIsWhole(t *testing.T) {
	for name, last := range map[string]string{
		"a statement that fails":     "CREATE TABLE more (id integer); SELECT * FROM nowhere;",
		"children without a parent":  "CREATE TABLE more (id integer); DELETE FROM services WHERE id = 1;",
		"children of another parent": "CREATE TABLE more (id integer); UPDATE services SET id = 7 WHERE id = 2;",
	} {
		db := openSQLite(t)
		if _, err := Apply(t.Context(), db, SQLite, steps[:1]); err != nil {
			t.Fatal(err)
		}
		all := append(steps[:2:2], Migration{Version: 3, Name: "last", Hash: "3", SQL: last})
		if _, err := Apply(t.Context(), db, SQLite, all); err == nil {
			t.Errorf("%s: applied", name)
		}
		if n := number(t, db, "SELECT max(version) FROM schema_migrations"); n != 1 {
			t.Errorf("%s: the ledger is at %d", name, n)
		}
		if n := number(t, db, "SELECT count(*) FROM sqlite_master WHERE name = 'more' OR sql LIKE '%tier%'"); n != 0 {
			t.Errorf("%s: %d objects are left behind", name, n)
		}
		if n := number(t, db, "SELECT count(*) FROM results"); n != 3 {
			t.Errorf("%s: %d children", name, n)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	db := openSQLite(t)
	if _, err := Apply(t.Context(), db, SQLite, steps); err != nil {
		t.Fatal(err)
	}
	if _, err := Apply(t.Context(), db, SQLite, steps[:1]); !errors.Is(err, scorecard.ErrInvalid) || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a newer database: %v", err)
	}
	edited := []Migration{steps[0], {Version: 2, Name: "tier", Hash: "edited", SQL: "SELECT 1"}}
	if _, err := Apply(t.Context(), db, SQLite, edited); !errors.Is(err, scorecard.ErrInvalid) || !strings.Contains(err.Error(), "0002_tier") {
		t.Errorf("an edited migration: %v", err)
	}
}

// TestApplyAtOnce starts many on an empty database of each engine: each migration
// runs once.
func TestApplyAtOnce(t *testing.T) {
	for engine, open := range map[Engine]func(*testing.T) *sql.DB{SQLite: openSQLite, Postgres: openPostgres} {
		t.Run(string(engine), func(t *testing.T) {
			db := open(t)
			all, err := All(engine)
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			total := 0
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					applied, err := Apply(t.Context(), db, engine, all)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					total += len(applied)
					mu.Unlock()
				})
			}
			wg.Wait()
			if n := number(t, db, "SELECT count(*) FROM schema_migrations"); total != len(all) || n != len(all) {
				t.Errorf("%d applied, %d in the ledger, want %d", total, n, len(all))
			}
			broken := append(all[:len(all):len(all)], Migration{Version: len(all) + 1, Name: "broken", SQL: "CREATE TABLE more (id integer); SELECT * FROM nowhere;"})
			if _, err := Apply(t.Context(), db, engine, broken); err == nil {
				t.Error("a broken migration was applied")
			}
			if _, err := db.ExecContext(t.Context(), "SELECT * FROM more"); err == nil {
				t.Error("half of a broken migration is left")
			}
		})
	}
}

func openPostgres(t *testing.T) *sql.DB {
	t.Helper()
	s, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrAbsent) {
		t.Skip("not tried on PostgreSQL:", err)
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
	t.Cleanup(func() {
		db.Close()
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// TestNumbers refuses migrations with a hole, as two branches that meet make it.
func TestNumbers(t *testing.T) {
	for _, names := range [][]string{{"0002_a.sql"}, {"0001_a.sql", "0003_b.sql"}, {"0001_a.sql", "0001_b.sql"}, {"first.sql"}} {
		dir := fstest.MapFS{}
		for _, n := range names {
			dir["x/"+n] = &fstest.MapFile{Data: []byte("SELECT 1")}
		}
		if _, err := read(dir, "x"); !errors.Is(err, scorecard.ErrInvalid) {
			t.Errorf("%v: %v", names, err)
		}
	}
}
