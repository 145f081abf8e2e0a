package deps

import (
	"bytes"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// The names by which migrations are versioned.
var (
	flywayFile    = lazyregexp.New(`^[VUB]\d[\d._]*__.+\.(sql|java|kt)$|^R__.+\.sql$`)
	upFile        = lazyregexp.New(`^\d+_.*\.up\.sql$`)
	numberedSQL   = lazyregexp.New(`^\d{3,}[-_].*\.sql$`)
	railsFile     = lazyregexp.New(`^\d{14}_\w+\.rb$`)
	djangoFile    = lazyregexp.New(`^\d{4}_\w+\.py$`)
	timestamped   = lazyregexp.New(`^\d{8,14}[-_].*\.(js|cjs|mjs|ts|cts|mts)$`)
	laravelFile   = lazyregexp.New(`^\d{4}_\d{2}_\d{2}_\d{6}_\w+\.php$`)
	doctrineFile  = lazyregexp.New(`^Version\d{14}\.php$`)
	phinxFile     = lazyregexp.New(`^\d{14}_\w+\.php$`)
	ectoFile      = lazyregexp.New(`^\d{14}_\w+\.exs$`)
	efFile        = lazyregexp.New(`^\d{14}_\w+\.cs$`)
	refineryFile  = lazyregexp.New(`^[VU]\d+__\w+\.rs$`)
	timestampPart = lazyregexp.New(`^\d{8,14}[-_]`)
)

// migrations finds the folders of migrations and the files of tools that apply them.
func (r *reader) migrations() {
	seen := map[[2]string]bool{}
	for _, f := range r.files {
		tool, folder := r.migration(f)
		if tool == "" || seen[[2]string{tool, folder}] {
			continue
		}
		seen[[2]string{tool, folder}] = true
		r.into.Migrated = append(r.into.Migrated, scorecard.Migration{Location: scorecard.Location{Path: f.Path}, Tool: tool, Folder: folder})
	}
}

// migration tells of which tool's migrations a file is one, and the folder of these.
func (r *reader) migration(f tree.File) (tool, folder string) {
	base, dir := f.Base(), f.Folder()
	parent := strings.ToLower(path.Base(dir))
	inMigrations := parent == "migrations" || parent == "migration" || parent == "migrate"
	switch path.Ext(base) {
	case ".sql":
		switch {
		case upFile.MatchString(base):
			return "golang-migrate", dir
		case flywayFile.MatchString(base):
			return "flyway", dir
		case base == "migration.sql" && strings.ToLower(path.Base(path.Dir(dir))) == "migrations":
			return "prisma", path.Dir(dir)
		case (base == "up.sql" || base == "down.sql") && timestampPart.MatchString(path.Base(dir)), base == "up.sql" && strings.ToLower(path.Base(path.Dir(dir))) == "migrations":
			return "diesel", path.Dir(dir)
		case numberedSQL.MatchString(base) || timestampPart.MatchString(base):
			return r.plainSQL(f, dir, inMigrations)
		}
	case ".java", ".kt":
		if flywayFile.MatchString(base) && strings.Contains(dir, "/db/migration") {
			return "flyway", dir
		}
	case ".rb":
		if railsFile.MatchString(base) && (parent == "migrate" || parent == "migrations") {
			return "rails", dir
		}
	case ".py":
		if inMigrations && djangoFile.MatchString(base) && r.t.Has(path.Join(dir, "__init__.py")) {
			return "django", dir
		}
		if base == "env.py" && (r.t.Has(path.Join(dir, "script.py.mako")) || r.t.Has(path.Join(path.Dir(dir), "alembic.ini"))) {
			return "alembic", dir
		}
	case ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts":
		if inMigrations && timestamped.MatchString(base) || timestamped.MatchString(base) && strings.Contains(dir+"/", "/migrations/") {
			return "javascript", dir
		}
	case ".php":
		switch {
		case laravelFile.MatchString(base) && parent == "migrations":
			return "laravel", dir
		case doctrineFile.MatchString(base):
			return "doctrine", dir
		case phinxFile.MatchString(base) && inMigrations:
			return "phinx", dir
		}
	case ".exs":
		if ectoFile.MatchString(base) && parent == "migrations" {
			return "ecto", dir
		}
	case ".cs":
		if efFile.MatchString(base) || strings.HasSuffix(base, "ModelSnapshot.cs") {
			return "entity-framework", dir
		}
	case ".rs":
		if refineryFile.MatchString(base) {
			return "refinery", dir
		}
	}
	return r.migrationConfig(f)
}

// plainSQL tells whose numbered SQL files are: goose and dbmate write comments of their
// own into them, Atlas keeps a sum beside them.
func (r *reader) plainSQL(f tree.File, dir string, inMigrations bool) (tool, folder string) {
	if r.t.Has(path.Join(dir, "atlas.sum")) {
		return "atlas", dir
	}
	data, ok := r.t.Read(f.Path, scorecard.Dependencies)
	switch {
	case !ok:
		return "", ""
	case bytes.Contains(data, []byte("+goose Up")):
		return "goose", dir
	case bytes.Contains(data, []byte("-- migrate:up")):
		return "dbmate", dir
	case bytes.Contains(data, []byte("+migrate Up")):
		return "sql-migrate", dir
	case bytes.Contains(data, []byte("---- create above / drop below ----")):
		return "tern", dir
	case inMigrations:
		return "sql", dir
	}
	return "", ""
}

// migrationConfig finds the files by which Liquibase, Atlas and Alembic are told.
func (r *reader) migrationConfig(f tree.File) (tool, folder string) {
	base := strings.ToLower(f.Base())
	switch {
	case base == "alembic.ini":
		return "alembic", f.Folder()
	case base == "atlas.hcl" || base == "atlas.sum":
		return "atlas", f.Folder()
	case base == "liquibase.properties":
		return "liquibase", f.Folder()
	}
	switch path.Ext(base) {
	case ".xml", ".yaml", ".yml", ".json", ".sql":
		if !strings.Contains(base, "changelog") && !strings.Contains(base, "changeset") && !strings.Contains(strings.ToLower(f.Folder()), "changelog") {
			return "", ""
		}
	default:
		return "", ""
	}
	if data, ok := r.t.Read(f.Path, scorecard.Dependencies); ok &&
		(bytes.Contains(data, []byte("databaseChangeLog")) || bytes.Contains(data, []byte("--liquibase formatted sql"))) {
		return "liquibase", f.Folder()
	}
	return "", ""
}
