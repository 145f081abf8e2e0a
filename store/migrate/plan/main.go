// Command plan writes the migrations that bring the database from its newest
// migration to what ent/schema says, one file for each engine:
//
//	go generate ./ent
//	go run ./store/migrate/plan NAME_OF_THE_CHANGE
//
// It runs in the project's top folder and needs PostgreSQL's binaries, which it
// starts by itself. What it writes must be read before it is committed: the
// planner can't tell a renamed column from a dropped and an added one.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"text/template"

	atlas "ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	entmigrate "github.com/seaworthy-dev/seaworthy/ent/migrate"
	"github.com/seaworthy-dev/seaworthy/store/migrate"
	"github.com/seaworthy-dev/seaworthy/store/pgtest"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "plan:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 || !regexp.MustCompile(`^[a-z0-9_]+$`).MatchString(args[0]) {
		return errors.New("give the change a name of lower-case letters, digits and underscores: plan add_exemptions")
	}
	return scratch(ctx, func(engine migrate.Engine, db *sql.DB) error {
		folder := filepath.Join("store", "migrate", string(engine))
		err := plan(ctx, engine, db, folder, args[0])
		if errors.Is(err, atlas.ErrNoPlan) {
			fmt.Println(folder, "has it all")
			return nil
		}
		return err
	})
}

// scratch calls f for each engine with an empty database.
func scratch(ctx context.Context, f func(migrate.Engine, *sql.DB) error) error {
	lite, err := sql.Open("sqlite", "file:plan?mode=memory&_pragma=foreign_keys(1)")
	if err != nil {
		return err
	}
	defer lite.Close()
	lite.SetMaxOpenConns(1) // the database is the connection's
	if err := f(migrate.SQLite, lite); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	server, err := pgtest.Start()
	if err != nil {
		return err
	}
	defer server.Stop() //nolint:errcheck // a leftover in the temporary folder
	url, err := server.NewDatabase(ctx)
	if err != nil {
		return err
	}
	postgres, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer postgres.Close()
	if err := f(migrate.Postgres, postgres); err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	return nil
}

// plan replays the folder's migrations in the empty database, compares with the
// schema, and writes the next file; atlas.ErrNoPlan when nothing is missing.
func plan(ctx context.Context, engine migrate.Engine, db *sql.DB, folder, name string) error {
	all, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		return err
	}
	dir, err := atlas.NewLocalDir(folder)
	if err != nil {
		return err
	}
	numbered, err := atlas.NewTemplateFormatter(
		template.Must(template.New("name").Parse(fmt.Sprintf("%04d_{{ .Name }}.sql", len(all)+1))),
		template.Must(template.New("content").Parse("{{ range .Changes }}{{ with .Comment }}-- {{ . }}\n{{ end }}{{ .Cmd }};\n{{ end }}")))
	if err != nil {
		return err
	}
	dialects := map[migrate.Engine]string{migrate.SQLite: dialect.SQLite, migrate.Postgres: dialect.Postgres}
	m, err := schema.NewMigrate(entsql.OpenDB(dialects[engine], db), schema.WithDir(dir), schema.WithFormatter(numbered),
		schema.WithMigrationMode(schema.ModeReplay), schema.WithErrNoPlan(true),
		schema.WithDropColumn(true), schema.WithDropIndex(true), schema.WithForeignKeys(true))
	if err != nil {
		return err
	}
	return m.NamedDiff(ctx, name, entmigrate.Tables...)
}
