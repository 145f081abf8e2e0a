package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// translate makes one of scorecard's errors of what a driver or ent says; errors
// that are such already stay as they are.
func translate(ctx context.Context, err error, what string) error {
	switch {
	case err == nil:
		return nil
	case isOurs(err):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err()) // drivers have their own words for an interrupted query
	case ent.IsNotFound(err):
		return fmt.Errorf("%s: %w", what, scorecard.ErrNotFound)
	case notADatabase(err):
		return fmt.Errorf("%w: %s: the file is not a SQLite database; name another, or move it away", scorecard.ErrInvalid, what)
	case down(err):
		return unavailable(ctx, err, what)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func isOurs(err error) bool {
	for _, e := range []error{scorecard.ErrInvalid, scorecard.ErrNotFound, scorecard.ErrConflict, scorecard.ErrUnavailable} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func unavailable(ctx context.Context, err error, what string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	return fmt.Errorf("%w: %s: %w", scorecard.ErrUnavailable, what, err)
}

func notADatabase(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlitelib.SQLITE_NOTADB
}

// down reports whether the database, not the question, is at fault.
func down(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	if errors.As(err, &network) || errors.As(err, &connect) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || lost(err) || strings.Contains(err.Error(), "sql: database is closed") {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:min(2, len(pg.Code))] {
		case "08", "53", "57", "58": // connection, resources, operator, system
			return true
		}
		return pg.Code == "25006" // a read-only standby
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED, sqlitelib.SQLITE_IOERR, sqlitelib.SQLITE_FULL,
			sqlitelib.SQLITE_CANTOPEN, sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_NOMEM:
			return true
		}
	}
	return false
}

// lost reports whether a transaction failed only because another one was first:
// the same again may work.
func lost(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	const serialization, deadlock, unique = "40001", "40P01", "23505"
	return pg.Code == serialization || pg.Code == deadlock || pg.Code == unique && pg.ConstraintName == "scan_running"
}
