package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/scan"
	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/server"
	"github.com/seaworthy-dev/seaworthy/source/directory"
	"github.com/seaworthy-dev/seaworthy/store"
)

const serveLong = `Serve scans repositories, keeps their scorecards in a database, and serves them
over gRPC and REST until it is interrupted.

The configuration comes from a file, from the environment and from flags; of two
that set the same key, the later in that order wins, and a list replaces a list.
The file is --config, else $SEAWORTHY_CONFIG, else ./seaworthy.yaml, else
$XDG_CONFIG_HOME/seaworthy/config.yaml (~/.config/…), where there is one.
Each key is a variable too: listen.grpc is SEAWORTHY_LISTEN_GRPC, and paths in a
list are separated as in PATH. docs/configuration.md has them all.`

func (p *Program) serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: "Scan repositories and serve their scorecards over gRPC and REST",
		Long: serveLong, Args: arguments(0),
		Example: "  seaworthy serve --repository .\n  seaworthy serve --config /etc/seaworthy.yaml --log-format json",
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := p.configure(c.Flags())
			if err != nil {
				return err
			}
			return p.serve(c.Context(), config)
		},
	}
	c.Flags().String("config", "", "the configuration `FILE`")
	addSettingFlags(c.Flags())
	return c
}

// serve runs until ctx ends, or something fails that it can't do without.
func (p *Program) serve(ctx context.Context, c *config) error {
	logger := p.logger(c)
	rubric, err := openRubric(c.rubric)
	if err != nil {
		return err
	}
	repositories, err := declared(c.repositories, logger)
	if err != nil {
		return &failure{exitUsage, err}
	}
	roots, err := absolute(c.allowedRoots)
	if err != nil {
		return err
	}
	database, err := c.databaseURL()
	if err != nil {
		return &failure{exitUsage, err}
	}
	grpcListener, httpListener, err := c.listeners(ctx)
	if err != nil {
		return err
	}
	defer grpcListener.Close()
	defer httpListener.Close()
	kept, err := store.Open(ctx, database, logger)
	if err != nil {
		return noDatabase(c, database, err)
	}
	defer func() {
		if err := kept.Close(); err != nil {
			logger.Error("the database was not closed in order", "error", err)
		}
	}()
	runner, err := scan.NewRunner(scan.Options{
		Store: kept, Rubric: rubric, Checks: checks.All(), Program: version(), Workers: c.workers, Timeout: c.timeout, Interval: c.interval, Keep: c.keep, Logger: logger,
		Open: func(r scorecard.Repository) (scorecard.Source, error) {
			if err := stillAllowed(r, roots); err != nil {
				return nil, err
			}
			return p.open(r.ID, r.Path, c.limits, c.kube)
		},
	})
	if err != nil {
		return err
	}
	api, err := server.New(server.Options{
		Store: kept, Rubric: rubric, Checks: checks.All(), ParseRubric: parseRubric, Wake: runner.Wake, AllowedRoots: roots, AllowedRootsKey: "allowed_roots",
		Logger: logger, Version: version(), DrainTimeout: c.shutdownTimeout,
	})
	if err != nil {
		return orUsage(err)
	}
	if err := queue(ctx, kept, repositories, logger); err != nil {
		return orUsage(err)
	}
	all, err := kept.ListRepositories(ctx, scorecard.Query{Size: 1})
	if err != nil {
		return err
	}
	p.greet(c, database, grpcListener.Addr(), httpListener.Addr(), len(repositories), all.Total)
	err = together(ctx, runner.Run, func(ctx context.Context) error { return api.Serve(ctx, grpcListener, httpListener) })
	if err == nil {
		logger.Info("stopped")
	}
	return err
}

// together runs both until ctx ends or one fails. That ctx ended is no error.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	group, running := errgroup.WithContext(ctx)
	for _, part := range parts {
		group.Go(func() error { return part(running) })
	}
	if err := group.Wait(); err != nil && (ctx.Err() == nil || !errors.Is(err, context.Canceled)) {
		return err
	}
	return nil
}

// orUsage makes an error about the configuration one with the status for that.
func orUsage(err error) error {
	if errors.Is(err, scorecard.ErrInvalid) || errors.Is(err, scorecard.ErrConflict) {
		return &failure{exitUsage, err}
	}
	return err
}

func (p *Program) logger(c *config) *slog.Logger {
	o := &slog.HandlerOptions{Level: levelOf(c.logLevel)}
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.Err, o))
	}
	return slog.New(slog.NewTextHandler(p.Err, o))
}

func levelOf(word string) slog.Level {
	var l slog.Level
	if l.UnmarshalText([]byte(word)) != nil {
		return slog.LevelInfo // the settings allow no other words
	}
	return l
}

// declared are the configured repositories with their IDs and absolute paths. A
// folder that is missing now may be mounted later: it is only warned of, when the
// configuration gives it an ID.
func declared(configured []repositoryConfig, logger *slog.Logger) ([]scorecard.Repository, error) {
	var out []scorecard.Repository
	var errs []error
	paths := map[string]string{}
	for _, r := range configured {
		path, err := filepath.Abs(r.Path)
		if err != nil {
			errs = append(errs, fmt.Errorf("repositories: %s: %w", r.Path, err))
			continue
		}
		id := r.ID
		source, err := directory.New(directory.Options{ID: r.ID, Path: path})
		switch {
		case err == nil:
			id, path = source.Name(), source.Path()
		case id == "" || !errors.Is(statError(path), os.ErrNotExist):
			errs = append(errs, fmt.Errorf("repositories: %w", err))
			continue
		default:
			logger.Warn("a configured repository is not there", "repository", id, "path", path)
		}
		if other, twice := paths[path]; twice {
			errs = append(errs, fmt.Errorf("repositories: %s and %s are both %s", other, id, path))
			continue
		}
		for _, o := range out {
			if o.ID == id {
				errs = append(errs, fmt.Errorf("repositories: %s and %s would both have the ID %s: give one of them another id in the configuration file", o.Path, path, id))
			}
		}
		paths[path] = id
		out = append(out, scorecard.Repository{ID: id, Path: path, DisplayName: r.DisplayName, Origin: "config"})
	}
	return out, errors.Join(errs...)
}

func statError(path string) error {
	_, err := os.Stat(path)
	return err
}

func absolute(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, usageError("allowed_roots: %s: %w", path, err)
		}
		out = append(out, abs)
	}
	return out, nil
}

// stillAllowed checks again, when it is scanned, that a repository that came through
// the API lies in or below an allowed root: a folder may have become a link since.
func stillAllowed(r scorecard.Repository, roots []string) error {
	if r.Origin != "api" {
		return nil
	}
	real, err := filepath.EvalSymlinks(r.Path)
	if err != nil {
		return fmt.Errorf("%w: the folder of repository %s is gone or can't be opened", scorecard.ErrNotFound, r.ID)
	}
	for _, root := range roots {
		if root, err := filepath.EvalSymlinks(root); err == nil {
			if rel, err := filepath.Rel(root, real); err == nil && filepath.IsLocal(rel) {
				return nil
			}
		}
	}
	return fmt.Errorf("%w: the folder of repository %s is not below allowed_roots (any more)", scorecard.ErrDenied, r.ID)
}

// listeners opens both addresses, or none.
func (c *config) listeners(ctx context.Context) (grpcListener, httpListener net.Listener, err error) {
	if grpcListener, err = listen(ctx, "listen.grpc", c.listenGRPC); err != nil {
		return nil, nil, err
	}
	if httpListener, err = listen(ctx, "listen.http", c.listenHTTP); err != nil {
		grpcListener.Close()
		return nil, nil, err
	}
	return grpcListener, httpListener, nil
}

// listen opens an address; the error names the key that would change it.
func listen(ctx context.Context, key, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err == nil {
		return l, nil
	}
	var s setting
	for _, known := range settings() {
		if known.key == key {
			s = known
		}
	}
	change := fmt.Sprintf("set %s (--%s, %s) to another address, such as localhost:0 for any free port", key, s.flagName(), s.env())
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, usageError("%s: %s is in use by another program: stop that, or %s", key, address, change)
	case errors.Is(err, syscall.EACCES):
		return nil, usageError("%s: the system does not permit %s: %s", key, address, change)
	}
	return nil, usageError("%s: %s can't be listened on: %s; %s", key, address, reason(err), change)
}

// noDatabase says why the database can't be opened, and what would change that.
func noDatabase(c *config, database string, err error) error {
	sqlite := strings.HasPrefix(database, "sqlite:")
	switch {
	case sqlite && ofSystem(err) && c.database == "" && c.databaseFile == "":
		return usageError("data_dir: %s can't be used: %s; name a folder that can be written with --data-dir", c.dataDir, reason(err))
	case sqlite && ofSystem(err):
		return usageError("database: %s can't be opened: %s", redacted(database), reason(err))
	case !sqlite && errors.Is(err, scorecard.ErrUnavailable):
		return fmt.Errorf("database: %s can't be reached: %s; check the URL, and that the database runs", redacted(database), reason(err))
	}
	return orUsage(fmt.Errorf("database: %w", err))
}

// databaseURL is the database to open: the embedded one where none is set.
func (c *config) databaseURL() (string, error) {
	switch {
	case c.database != "":
		return c.database, nil
	case c.databaseFile == "":
		return "sqlite:" + filepath.Join(c.dataDir, "seaworthy.db"), nil
	}
	f, err := os.Open(c.databaseFile)
	if err != nil {
		return "", fmt.Errorf("database_file: %s can't be read: %s", c.databaseFile, reason(err))
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("database_file: %s can't be read: %s", c.databaseFile, reason(err))
	}
	line = strings.TrimSpace(line)
	if err := checkDatabase(line); err != nil {
		return "", fmt.Errorf("database_file: the first line of %s: %w", c.databaseFile, err)
	}
	return line, nil
}

// queue declares the configured repositories and asks for a scan of each.
func queue(ctx context.Context, kept scorecard.Store, repositories []scorecard.Repository, logger *slog.Logger) error {
	if err := warnDropped(ctx, kept, repositories, logger); err != nil {
		return err
	}
	if err := kept.SyncRepositories(ctx, repositories); err != nil {
		return fmt.Errorf("repositories: %w", err)
	}
	for _, r := range repositories {
		if _, _, err := kept.RequestScan(ctx, r.ID); err != nil {
			return fmt.Errorf("queueing a scan of %s: %w", r.ID, err)
		}
	}
	return nil
}

// warnDropped says which repositories an earlier configuration named and this one
// does not: they are dropped and their services retired, which may be a mistake, such
// as two servers with different configurations on one database.
func warnDropped(ctx context.Context, kept scorecard.Store, repositories []scorecard.Repository, logger *slog.Logger) error {
	q := scorecard.Query{Size: 500}
	for {
		page, err := kept.ListRepositories(ctx, q)
		if err != nil {
			return fmt.Errorf("repositories: %w", err)
		}
		for _, had := range page.Items {
			still := slices.ContainsFunc(repositories, func(r scorecard.Repository) bool { return r.ID == had.ID })
			if had.Origin == "config" && !still {
				logger.Warn("a repository is no longer configured: it is dropped and its services are retired", "repository", had.ID, "path", had.Path)
			}
		}
		if q.Token = page.Next; q.Token == "" {
			return nil
		}
	}
}

// greet says at the start where everything is.
func (p *Program) greet(c *config, database string, grpcAddress, httpAddress net.Addr, configured, all int) {
	where := "none; defaults"
	if c.file != "" {
		where = c.file
	}
	count := fmt.Sprintf("%d (%d configured)", all, configured)
	if all == 0 {
		count = "0: name some with --repository PATH, in the configuration file, or through the API where allowed_roots permits it"
	}
	for _, row := range [][2]string{
		{"Seaworthy", version()},
		{"configuration", where},
		{"data directory", c.dataDir},
		{"database", redacted(database)},
		{"repositories", count},
		{"gRPC", grpcAddress.String()},
		{"REST", "http://" + httpAddress.String()},
		{"look at", "http://" + httpAddress.String() + "/"},
	} {
		fmt.Fprintf(p.Out, "%-15s %s\n", row[0], row[1])
	}
	if c.insecureListen {
		fmt.Fprintln(p.Out, "insecure_listen is on: whoever can reach these addresses can read and change everything.")
	}
}

// redacted is a database's URL without its password and without options, which may
// hold one too.
func redacted(database string) string {
	if strings.HasPrefix(database, "sqlite:") {
		return database
	}
	u, err := url.Parse(database)
	if err != nil {
		return "PostgreSQL"
	}
	return (&url.URL{Scheme: u.Scheme, User: userOnly(u.User), Host: u.Host, Path: u.Path}).String()
}

func userOnly(u *url.Userinfo) *url.Userinfo {
	if u == nil || u.Username() == "" {
		return nil
	}
	return url.User(u.Username())
}
