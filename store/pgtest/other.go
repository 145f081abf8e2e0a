//go:build !unix

package pgtest

import (
	"context"
	"errors"
)

// ErrAbsent says that the machine has no PostgreSQL server to start.
var ErrAbsent = errors.New("PostgreSQL is started for tests on Unix only")

// Server is a running PostgreSQL.
type Server struct{}

// Start gives ErrAbsent.
func Start() (*Server, error) { return nil, ErrAbsent }

// NewDatabase gives ErrAbsent.
func (*Server) NewDatabase(context.Context) (string, error) { return "", ErrAbsent }

// Stop does nothing.
func (*Server) Stop() error { return nil }
