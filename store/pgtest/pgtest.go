//go:build unix

// Package pgtest runs a real PostgreSQL, from the machine's own binaries, for
// tests and for planning migrations. It listens on a Unix socket in a temporary
// folder and is gone when its process is, even when that is killed.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that asks the server whether it is up
)

// ErrAbsent says that the machine has no PostgreSQL server to start.
var ErrAbsent = errors.New("no PostgreSQL here: neither in PATH nor in /usr/lib/postgresql are initdb and postgres")

// Server is a running PostgreSQL.
type Server struct {
	folder    string
	process   *exec.Cmd
	leash     io.Closer
	output    *bytes.Buffer
	databases atomic.Int64
}

// watch runs the server for as long as its own standard input is open, so that a
// killed test leaves nothing behind.
const watch = `"$@" >&2 & server=$!; read -r _; kill -INT $server; wait $server; rm -rf "$0"`

// Start makes an empty server and waits until it answers; ErrAbsent where the
// machine has none.
func Start() (*Server, error) {
	initdb, postgres, err := binaries()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "seaworthy-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, output: &bytes.Buffer{}}
	if err := s.start(initdb, postgres); err != nil {
		return nil, errors.Join(fmt.Errorf("PostgreSQL did not start: %w\n%s", err, s.output), s.Stop())
	}
	return s, nil
}

func (s *Server) start(initdb, postgres string) error {
	as, err := credential(s.folder)
	if err != nil {
		return err
	}
	data := filepath.Join(s.folder, "data")
	create := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	create.SysProcAttr, create.Dir, create.Stdout, create.Stderr = as, s.folder, s.output, s.output
	if err := create.Run(); err != nil {
		return err
	}
	s.process = exec.Command("/bin/sh", "-c", watch, s.folder, postgres, "-D", data, "-k", s.folder,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")
	s.process.SysProcAttr, s.process.Dir, s.process.Stderr = as, s.folder, s.output
	if s.leash, err = s.process.StdinPipe(); err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		return err
	}
	return s.await()
}

func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// NewDatabase makes an empty database and gives its URL. It sorts as English does,
// where the server can, so that what leans on the order of bytes is found out.
func (s *Server) NewDatabase(ctx context.Context) (string, error) {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return "", err
	}
	defer db.Close()
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	_, err = db.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
	if err != nil { // older than version 15, or built without ICU
		_, err = db.ExecContext(ctx, "CREATE DATABASE "+name)
	}
	if err != nil {
		return "", err
	}
	return s.url(name), nil
}

func (s *Server) url(database string) string {
	q := url.Values{"host": {s.folder}, "user": {"postgres"}}
	return "postgres:///" + database + "?" + q.Encode()
}

// Stop ends the server and removes what it kept.
func (s *Server) Stop() error {
	if s.leash != nil {
		_ = s.leash.Close() // the process is asked to end by this
		_ = s.process.Wait()
	}
	return os.RemoveAll(s.folder)
}

// binaries finds initdb and postgres of one installation, the newest first.
func binaries() (initdb, postgres string, err error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	folders = append(filepath.SplitList(os.Getenv("PATH")), folders...)
	for _, f := range folders {
		initdb, postgres = filepath.Join(f, "initdb"), filepath.Join(f, "postgres")
		if executable(initdb) && executable(postgres) {
			return initdb, postgres, nil
		}
	}
	return "", "", ErrAbsent
}

func version(folder string) int {
	n, _ := strconv.Atoi(strings.Split(folder, "/")[4]) // 0 for what is no version
	return n
}

func executable(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.Mode().IsRegular() && i.Mode()&0o111 != 0
}

// credential is whom to run the server as: it refuses root, so that root runs it
// as the user postgres, who is given the folder.
func credential(folder string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres to run it as: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(folder, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
