// Package migrate holds the versioned migrations of both engines and applies them:
// all that are missing in one transaction, or none. Migrations are planned by
// store/migrate/plan, read by a person, and never changed once released.
package migrate

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// Engine names a database engine, and its folder here.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Migration is one step from one shape of the database to the next.
type Migration struct {
	Version int // counts from 1
	Name    string
	SQL     string
	Hash    string // of SQL
}

// All gives the engine's migrations, in order.
func All(engine Engine) ([]Migration, error) { return read(files, string(engine)) }

// read takes the files NNNN_name.sql of a folder, which must be numbered from 1
// without a hole.
func read(in fs.FS, folder string) ([]Migration, error) {
	names, err := fs.Glob(in, folder+"/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var out []Migration
	for i, n := range names {
		b, err := fs.ReadFile(in, n)
		if err != nil {
			return nil, err
		}
		number, name, _ := strings.Cut(strings.TrimSuffix(path.Base(n), ".sql"), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("%w: migration %s should be number %04d", scorecard.ErrInvalid, n, i+1)
		}
		out = append(out, Migration{version, name, string(b), scorecard.Hash(b)})
	}
	return out, nil
}

// Apply brings the database to the newest shape and gives the names of the
// migrations it applied. ErrInvalid, with nothing changed, for a database that is
// newer than this program, that was migrated by other files than these, or that
// is not Seaworthy's at all.
//
// db must be SQLite's with immediate transactions, or PostgreSQL's. Several
// programs may call it at once on the same database: one works, the others wait.
func Apply(ctx context.Context, db *sql.DB, engine Engine, all []Migration) (applied []string, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if engine == SQLite {
		on, err := suspendForeignKeys(ctx, conn)
		if err != nil {
			return nil, err
		}
		defer on()
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it says only that there is nothing to roll back
	if engine == Postgres {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", lock); err != nil {
			return nil, err
		}
	}
	if applied, err = run(ctx, tx, engine, all); err != nil || len(applied) == 0 {
		return nil, err
	}
	if engine == SQLite {
		if err := checkForeignKeys(ctx, tx); err != nil {
			return nil, err
		}
	}
	return applied, tx.Commit()
}

// lock is the number of the advisory lock under which PostgreSQL is migrated:
// "seaworth" in ASCII.
const lock int64 = 0x736561776f727468

// suspendForeignKeys switches SQLite's foreign keys off, and gives what switches
// them on again. Migrations build tables anew (create, copy, drop, rename), and
// dropping a table deletes its children by ON DELETE CASCADE. The switch has no
// effect inside of a transaction, so that it must come before: what a migration
// file says of it is too late. checkForeignKeys makes up for it.
func suspendForeignKeys(ctx context.Context, conn *sql.Conn) (on func(), err error) {
	if _, err := conn.ExecContext(ctx, "PRAGMA foreign_keys = off"); err != nil {
		return nil, err
	}
	on = func() {
		// A connection that can't be restored must not be used again; to report it as
		// bad makes the pool drop it.
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA foreign_keys = on"); err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}
	var state int
	if err := conn.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&state); err != nil || state != 0 {
		on()
		return nil, errors.Join(errors.New("SQLite's foreign keys can't be switched off, which a migration needs"), err)
	}
	return on, nil
}

func checkForeignKeys(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		var table, parent string
		var row, key sql.NullInt64
		if err := rows.Scan(&table, &row, &parent, &key); err != nil {
			return err
		}
		return fmt.Errorf("after the migration row %d of %s points to no row of %s: nothing was changed", row.Int64, table, parent)
	}
	return rows.Err()
}

// run applies what the ledger does not have.
func run(ctx context.Context, tx *sql.Tx, engine Engine, all []Migration) (applied []string, err error) {
	if err := openLedger(ctx, tx, engine); err != nil {
		return nil, err
	}
	have, err := ledger(ctx, tx)
	if err != nil {
		return nil, err
	}
	if err := compare(have, all); err != nil {
		return nil, err
	}
	for _, m := range all[len(have):] {
		if _, err := tx.ExecContext(ctx, m.SQL); err != nil {
			return nil, fmt.Errorf("migration %04d_%s: %w", m.Version, m.Name, err)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO schema_migrations (version, name, hash, apply_time) VALUES ($1, $2, $3, $4)",
			m.Version, m.Name, m.Hash, time.Now().UTC().Format(time.RFC3339))
		if err != nil {
			return nil, err
		}
		applied = append(applied, fmt.Sprintf("%04d_%s", m.Version, m.Name))
	}
	return applied, nil
}

// openLedger makes the table of what was applied. It refuses an SQLite file that
// has tables but no ledger; in PostgreSQL others may share the schema.
func openLedger(ctx context.Context, tx *sql.Tx, engine Engine) error {
	if engine == SQLite {
		var tables, ledgers int
		err := tx.QueryRowContext(ctx, `SELECT count(*), count(CASE name WHEN 'schema_migrations' THEN 1 END) FROM sqlite_master WHERE type = 'table'`).Scan(&tables, &ledgers)
		if err != nil {
			return err
		}
		if tables > 0 && ledgers == 0 {
			return fmt.Errorf("%w: the file is a database of some other program; name another file", scorecard.ErrInvalid)
		}
	}
	_, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations (version bigint PRIMARY KEY, name text NOT NULL, hash text NOT NULL, apply_time text NOT NULL)`)
	return err
}

func ledger(ctx context.Context, tx *sql.Tx) (have []Migration, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT version, name, hash FROM schema_migrations ORDER BY version")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Migration
		if err := rows.Scan(&m.Version, &m.Name, &m.Hash); err != nil {
			return nil, err
		}
		have = append(have, m)
	}
	return have, rows.Err()
}

// compare says whether the migrations can go on from what the database has.
func compare(have, all []Migration) error {
	for i, h := range have {
		switch {
		case i >= len(all):
			return fmt.Errorf("%w: the database was written by a newer Seaworthy (it has migration %04d_%s, this program knows %d): start that version, or restore a backup from before the upgrade",
				scorecard.ErrInvalid, h.Version, h.Name, len(all))
		case h.Version != all[i].Version || h.Hash != all[i].Hash:
			return fmt.Errorf("%w: the database has another migration %04d_%s than this program (%04d_%s): it was written by a build that was never released",
				scorecard.ErrInvalid, h.Version, h.Name, all[i].Version, all[i].Name)
		}
	}
	return nil
}
