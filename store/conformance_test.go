package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seaworthy-dev/seaworthy/store"
	"github.com/seaworthy-dev/seaworthy/store/pgtest"
)

// suite is what a store must do, whatever its engine.
var suite = []struct {
	name string
	run  func(*testing.T, *database)
}{
	{"repositories are kept", testRepositories},
	{"repositories of the configuration", testSyncRepositories},
	{"deleting a repository", testDeleteRepository},
	{"a scan's life", testScanLife},
	{"requests coalesce", testRequestCoalesces},
	{"requests at once make one scan", testRequestAtOnce},
	{"claimers at once get different scans", testClaimAtOnce},
	{"one running scan of a repository", testOneRunning},
	{"scans survive a crash", testCrash},
	{"cancelled scans stop", testCancel},
	{"a finish that fails leaves nothing", testFinishIsWhole},
	{"records come back as judged", testRecords},
	{"an unchanged rescan adds no rows", testUnchanged},
	{"verdicts that change", testChanged},
	{"services retire and come back", testRetire},
	{"history", testHistory},
	{"verdicts are made again", testReplay},
	{"verdicts of a time", testEachPast},
	{"trends", testTrend},
	{"sweeping", testSweep},
	{"sweeping beside scans", testSweepBeside},
	{"a service has one home", testOneHome},
	{"hostile text", testHostileText},
	{"filters", testFilters},
	{"filters that are refused", testBadFilters},
	{"what a filter says can't reach SQL", testInjection},
	{"orders", testOrders},
	{"pages", testPages},
	{"pages over rows that change", testPagesMoving},
	{"page tokens of others", testTokens},
	{"lists of scans and repositories", testOtherLists},
	{"which services fail a check", testResultsByCheck},
	{"a cancelled context", testContext},
	{"a closed store", testClosed},
	{"replicas start at once", testReplicas},
}

func TestConformance(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			for _, c := range suite {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t, e.database(t))
				})
			}
		})
	}
}

// database is an empty database for one test.
type database struct {
	url    string
	driver string // of database/sql
	source string // what that driver calls it
}

type engine struct {
	name     string
	database func(testing.TB) *database
}

var engines = []engine{
	{"sqlite", func(t testing.TB) *database {
		path := filepath.Join(t.TempDir(), "seaworthy.db")
		return &database{"sqlite:" + path, "sqlite", path}
	}},
	{"postgres", func(t testing.TB) *database {
		s, err := postgres.start()
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
		return &database{url, "pgx", url}
	}},
}

// postgres is the server of this run, started by the first test that needs it.
var postgres server

type server struct {
	once   sync.Once
	server *pgtest.Server
	err    error
}

func (s *server) start() (*pgtest.Server, error) {
	s.once.Do(func() { s.server, s.err = pgtest.Start() })
	return s.server, s.err
}

func TestMain(m *testing.M) {
	status := m.Run()
	if postgres.server != nil {
		if err := postgres.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "PostgreSQL did not stop:", err)
			status = 1
		}
	}
	os.Exit(status)
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// open opens the database; more than once opens it side by side.
func (d *database) open(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), d.url, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask runs a query past the store and gives its rows, columns joined by spaces.
func (d *database) ask(t testing.TB, query string) []string {
	t.Helper()
	db, err := sql.Open(d.driver, d.source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		words := make([]string, len(columns))
		for i, v := range values {
			words[i] = v.String
		}
		out = append(out, strings.Join(words, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// rows counts the rows of each table.
func (d *database) rows(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{"repositories", "scans", "inventories", "verdicts", "results", "services", "periods"} {
		out[table] = d.ask(t, "SELECT count(*) FROM "+table)[0]
	}
	return out
}
