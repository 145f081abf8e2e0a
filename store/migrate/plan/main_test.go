package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	atlas "ariga.io/atlas/sql/migrate"

	"github.com/seaworthy-dev/seaworthy/store/migrate"
	"github.com/seaworthy-dev/seaworthy/store/pgtest"
)

// TestMigrationsAreWhole replays the migrations and finds nothing that the schema
// has and they have not.
func TestMigrationsAreWhole(t *testing.T) {
	err := scratch(t.Context(), func(engine migrate.Engine, db *sql.DB) error {
		folder := copyOf(t, filepath.Join("..", string(engine)))
		before, err := filepath.Glob(filepath.Join(folder, "*.sql"))
		if err != nil || len(before) == 0 {
			t.Fatalf("%s has no migrations: %v", engine, err)
		}
		if err := plan(t.Context(), engine, db, folder, "missing"); errors.Is(err, atlas.ErrNoPlan) {
			return nil
		} else if err != nil {
			return err
		}
		written, err := os.ReadFile(newest(t, folder))
		if err != nil {
			return err
		}
		t.Errorf("%s lacks a migration; run `go run ./store/migrate/plan NAME_OF_THE_CHANGE`, which writes:\n%s", engine, written)
		return nil
	})
	if errors.Is(err, pgtest.ErrAbsent) {
		t.Skip("not compared on PostgreSQL:", err)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestPlanSees proves that the comparison can fail: without the newest migration's
// statements there is something to write.
func TestPlanSees(t *testing.T) {
	err := scratch(t.Context(), func(engine migrate.Engine, db *sql.DB) error {
		folder := t.TempDir()
		if err := plan(t.Context(), engine, db, folder, "all_of_it"); err != nil {
			return err
		}
		want := filepath.Join(folder, "0001_all_of_it.sql")
		if got := newest(t, folder); got != want {
			t.Errorf("wrote %s, want %s", got, want)
		}
		return nil
	})
	if errors.Is(err, pgtest.ErrAbsent) {
		t.Skip("not planned on PostgreSQL:", err)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{nil, {""}, {"Two Words"}, {"../x"}, {"a", "b"}} {
		if err := run(context.Background(), args); err == nil {
			t.Errorf("%q: planned", args)
		}
	}
}

func copyOf(t *testing.T, folder string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return to
}

func newest(t *testing.T, folder string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all[len(all)-1]
}
