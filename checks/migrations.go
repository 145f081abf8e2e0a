package checks

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var migrationsManaged = scorecard.Check{
	ID:      "migrations-managed",
	Pillar:  scorecard.Delivery,
	Title:   "Changes to the database's schema are versioned migrations",
	Applies: "services that use a relational database: a program depends on a driver or mapper of one, the environment of a container says where one is, or Compose, Helm or Terraform beside the code runs one",
	Passes: "a tool such as Flyway, Liquibase, golang-migrate, goose, Atlas, Alembic or FluentMigrator is a dependency that is not switched off, or a container runs one, or there are files of versioned migrations " +
		"(also of Prisma, Knex, Rails, Django, Entity Framework, Laravel, Ecto, ent)",
	Why: "A schema that is changed by hand differs between environments, and nobody knows which change a version of the program needs. " +
		"Versioned migrations go out with the code, in order, once, and can be reviewed and tried.",
	Fix: "Keep every change to the schema as a numbered migration beside the code, and let the deployment apply them.",
	References: []scorecard.Reference{
		{Title: "DORA capabilities: database change management", URL: "https://dora.dev/capabilities/database-change-management/"},
	},
	Level: scorecard.Silver, Weight: scorecard.Medium, Effort: scorecard.Day,
	Reads:  []scorecard.Family{scorecard.Dependencies, scorecard.Kubernetes, scorecard.Images, scorecard.Infrastructure},
	Charts: chartsOfStores,
	Rule:   rule(words{"program with a relational database", "has versioned migrations", "no relational database is used that can be seen"}, judgeMigrations),
}

// migrationsOff are the settings that switch migrations off.
var migrationsOff = map[string][]string{
	"flyway":    {"spring.flyway.enabled=false", "flyway.enabled=false", "flyway.datasources.default.enabled=false"},
	"liquibase": {"spring.liquibase.enabled=false", "liquibase.enabled=false", "liquibase.datasources.default.enabled=false"},
}

func judgeMigrations(s *survey) {
	s.settled = []scorecard.Family{scorecard.Kubernetes, scorecard.Images, scorecard.Infrastructure} // migrations that are there stay there
	ps := programs(s.View)
	if ran := migratingContainer(s.View); ran != nil {
		s.Pass(ran.at, "%s", ran.message)
		return
	}
	users := slices.DeleteFunc(slices.Clone(ps), func(p program) bool { return p.library(relational) == nil })
	if len(users) == 0 {
		at, why := databaseSeen(s.View)
		if why == "" {
			return
		}
		if len(ps) == 0 {
			if len(s.Migrated) > 0 {
				s.Pass(s.Migrated[0].Location, "there are migrations of %s", s.Migrated[0].Tool)
				return
			}
			s.Lack(at, func() string { return migrationRemedy(s, nil) }, "%s, and no migrations were found", why)
			return
		}
		if lacking := unmigrated(s, ps); len(lacking) < len(ps) || len(s.Migrated) > 0 {
			if len(s.Migrated) > 0 {
				s.Pass(s.Migrated[0].Location, "there are migrations of %s", s.Migrated[0].Tool)
				return
			}
			s.Pass(at, "%s, and migrations are managed", why)
			return
		}
		s.Lack(at, func() string { return migrationRemedy(s, &ps[0]) }, "%s, and no migrations were found", why)
		return
	}
	mapped := slices.ContainsFunc(users, func(p program) bool { return migrationFiles(s, p) != nil })
	for i := range users {
		if p := &users[i]; len(users) == 1 || !mapped || !readsAnothers(s, p) {
			judgeMigrated(s, p)
		}
	}
}

// readsAnothers reports whether a program has no more than a driver, beside programs of the
// same service that map its tables and keep migrations of them: the schema is theirs.
func readsAnothers(s *survey, p *program) bool {
	if tool, off := migrationTool(s, *p); tool != nil || off != nil || migrationFiles(s, *p) != nil {
		return false
	}
	for _, m := range p.parts {
		for i := range m.Dependencies {
			if d := &m.Dependencies[i]; d.Scope == scorecard.ScopeRuntime && serves(m.Ecosystem, d.Name, relational) && !slices.Contains(drivers, d.Name) {
				return false
			}
		}
	}
	return true
}

// drivers send statements to a database, and know of no tables.
var drivers = []string{
	"npgsql", "aspire.npgsql", "mysqlconnector", "mysql.data", "microsoft.data.sqlclient", "system.data.sqlclient", "dapper",
	"github.com/lib/pq", "github.com/jackc/pgx", "github.com/jackc/pgx/v4", "github.com/jackc/pgx/v5", "github.com/go-sql-driver/mysql", "database/sql",
	"psycopg2", "psycopg2-binary", "psycopg", "asyncpg", "pymysql", "mysqlclient", "pg", "mysql", "mysql2", "postgres",
	"org.postgresql:postgresql", "com.mysql:mysql-connector-j", "org.springframework.boot:spring-boot-starter-jdbc",
}

// unmigrated are the programs without a tool.
func unmigrated(s *survey, ps []program) (out []program) {
	for _, p := range ps {
		if tool, _ := migrationTool(s, p); tool == nil {
			out = append(out, p)
		}
	}
	return out
}

func judgeMigrated(s *survey, p *program) {
	uses := p.library(relational)
	tool, off := migrationTool(s, *p)
	files := migrationFiles(s, *p)
	switch {
	case off != nil:
		s.Fail(off.Location, func() string { return migrationRemedy(s, p) }, "%s uses %s, and %s is %s", p.called(), uses.Name, off.Key, off.Value)
	case files != nil:
		s.Pass(files.Location, "%s uses %s and has migrations (%s)", p.called(), uses.Name, files.Tool)
	case tool != nil:
		s.Pass(tool.Location, "%s uses %s and manages its schema with %s", p.called(), uses.Name, tool.Name)
	case p.incomplete() != "":
		s.Undecided(p.Location, "%s uses %s; whether it depends on a tool for migrations is not known: %s", p.called(), uses.Name, p.incomplete())
	default:
		s.Lack(uses.Location, func() string { return migrationRemedy(s, p) }, "%s uses a relational database (%s), and neither a tool for migrations nor files of them were found", p.called(), uses.Name)
	}
}

// migrationTool is the program's tool for migrations, whatever scope it has but that of
// tests; off is the setting that switches it off.
func migrationTool(s *survey, p program) (tool *scorecard.Dependency, off *scorecard.Setting) {
	for _, m := range p.parts {
		for i := range m.Dependencies {
			d := &m.Dependencies[i]
			if d.Scope == scorecard.ScopeTest || !serves(m.Ecosystem, d.Name, migrating) {
				continue
			}
			for word, settings := range migrationsOff {
				if strings.Contains(d.Name, word) {
					off = cmp.Or(off, p.setting(s.View, settings...))
				}
			}
			tool = cmp.Or(tool, d)
		}
	}
	return tool, off
}

// migrationFiles are versioned migrations in the program's folders, or where none of its
// are there, some that stand apart from every program.
func migrationFiles(s *survey, p program) *scorecard.Migration {
	var apart *scorecard.Migration
	for i := range s.Migrated {
		m := &s.Migrated[i]
		if slices.ContainsFunc(p.parts, func(part *scorecard.Module) bool { return under(m.Location.Path, part.Folder) }) {
			return m
		}
		if apart == nil && !slices.ContainsFunc(s.Modules, func(other scorecard.Module) bool { return other.Folder != "." && under(m.Location.Path, other.Folder) }) {
			apart = m
		}
	}
	return apart
}

// migratingImages are the images of tools for migrations.
var migratingImages = []string{"flyway", "liquibase", "migrate", "golang-migrate", "goose", "dbmate", "atlas", "alembic", "sql-migrate", "tern"}

// migratingContainer is a container, an init container or that of a Job, that runs a tool
// for migrations.
func migratingContainer(v *scorecard.View) *way {
	for i := range v.Workloads {
		w := &v.Workloads[i]
		for j := range w.Containers {
			c := &w.Containers[j]
			if slices.Contains(migratingImages, scorecard.ParseImage(c.Image).Base()) {
				return &way{at: fieldOf(c, "image", c.ImageLine, c.ImageLine), message: fmt.Sprintf("%s applies migrations (%s)", called(w, c), scorecard.ParseImage(c.Image).Repository)}
			}
		}
	}
	return nil
}

// databases are the images and charts of relational databases.
var databases = []string{"postgres", "postgresql", "postgresql-ha", "mysql", "mariadb", "mariadb-galera", "percona", "mssql", "server", "cockroach", "cockroachdb", "timescaledb", "postgis", "oracle-xe", "yugabyte"}

// products are what is run as it comes, and looks after its own schema.
var products = []string{
	"keycloak", "grafana", "gitea", "nextcloud", "wordpress", "sonarqube", "airflow", "superset", "metabase", "harbor-core", "vault", "n8n", "hydra", "kratos", "zabbix-server-pgsql", "redmine", "mattermost-team-edition", "temporal",
	"auto-setup", "dex", "concourse", "hasura", "graphql-engine", "kong", "pgbouncer", "pgadmin4", "adminer", "postgres-exporter", "mysqld-exporter", "phpmyadmin", "moodle", "drupal", "joomla", "ghost", "jira-software", "confluence", "mlflow",
}

// databaseSeen says where else than in a dependency it was seen that the service uses a
// relational database.
func databaseSeen(v *scorecard.View) (at scorecard.Location, why string) {
	for i := range v.Workloads {
		w := &v.Workloads[i]
		for j := range w.Containers {
			c := &w.Containers[j]
			base := scorecard.ParseImage(c.Image).Base()
			if c.Role == scorecard.InitContainer || c.Proxy() || slices.Contains(databases, base) || slices.Contains(products, base) {
				continue
			}
			for k := range c.Environment {
				if x := &c.Environment[k]; namesDatabase(x.Name) {
					return variableAt(c, x), fmt.Sprintf("%s is told of a relational database (%s)", called(w, c), x.Name)
				}
			}
		}
	}
	if len(v.Modules) == 0 {
		return at, "" // what runs beside the code says something of the code only
	}
	own := func(l scorecard.Location) bool { return !slices.Contains(v.Shared, l.Path) }
	for _, c := range v.Charts {
		for _, d := range c.Dependencies {
			if slices.Contains(databases, d.Name) && d.Name != "server" && own(c.Location) {
				return d.Location, fmt.Sprintf("the chart %s brings the database %s", c.Name, d.Name)
			}
		}
	}
	for _, x := range v.Images {
		image := scorecard.ParseImage(x.Image)
		if base := image.Base(); x.Format == "compose" && own(x.Location) && slices.Contains(databases, base) && (base != "server" || strings.Contains(image.Repository, "mssql")) {
			return x.Location, fmt.Sprintf("Compose runs the database %s beside it", x.Service)
		}
	}
	for _, t := range v.Terraform {
		for _, r := range t.Resources {
			if own(r.Location) && slices.Contains(databaseResources, r.Type) {
				return r.Location, fmt.Sprintf("Terraform makes the database %s.%s", r.Type, r.Name)
			}
		}
	}
	return at, ""
}

var databaseResources = []string{
	"aws_db_instance", "aws_rds_cluster", "google_sql_database_instance", "google_alloydb_cluster", "azurerm_postgresql_flexible_server", "azurerm_postgresql_server",
	"azurerm_mysql_flexible_server", "azurerm_mssql_server", "azurerm_mssql_database", "digitalocean_database_cluster",
}

// namesDatabase reports whether the variable, of those that are kept, is one that says
// where a relational database is.
func namesDatabase(name string) bool {
	for _, other := range []string{"MONGO", "REDIS", "NEO4J", "INFLUX", "ELASTIC", "CASSANDRA", "COUCH", "TSDB", "DYNAMO"} {
		if strings.Contains(name, other) {
			return false
		}
	}
	for _, telemetry := range []string{"OTEL_", "DD_", "STATSD", "MANAGEMENT_", "NEW_RELIC_", "JAEGER_", "ZIPKIN_"} {
		if strings.HasPrefix(name, telemetry) {
			return false
		}
	}
	for _, word := range []string{"DATABASE_U", "DATABASE_H", "DATABASE_DSN", "DB_", "POSTGRES", "PGHOST", "PG_", "MYSQL", "MARIADB", "MSSQL", "SQLSERVER", "DATASOURCE_URL", "R2DBC_URL", "JDBC_", "SQLALCHEMY"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// migrationRemedy says which tool to take, and what its first migration looks like.
func migrationRemedy(s *survey, p *program) string {
	folder, ecosystem := cmp.Or(s.Service.Path, "."), ""
	if p != nil {
		folder, ecosystem = p.Folder, p.Ecosystem
	}
	create := "CREATE TABLE your_table (\n    id BIGINT PRIMARY KEY\n);"
	tools := map[string]string{
		"go": "github.com/golang-migrate/migrate/v4 v4.19.0", "npm": "node-pg-migrate", "pypi": "alembic", "jvm": "org.flywaydb:flyway-core", "nuget": "FluentMigrator.Runner", "rubygems": "standalone_migrations",
		"packagist": "doctrine/migrations", "cargo": "refinery", "hex": "ecto_sql",
	}
	switch ecosystemOf(ecosystem) {
	case "jvm":
		file := path.Join(folder, "src/main/resources/db/migration/V1__baseline.sql")
		text := fenced(fmt.Sprintf("Write each change of the schema as a migration of Flyway, the first of them `%s`:", file), "sql", create)
		if off := p.setting(s.View, slices.Concat(migrationsOff["flyway"], migrationsOff["liquibase"])...); off != nil {
			return text + fmt.Sprintf("\n\nIn `%s`, take `%s` out, so that they are applied.", off.Location.Path, off.Key)
		}
		return text + "\n\n" + addLibrary(*p, "Flyway", tools)
	case "":
		file := path.Join(folder, "migrations/0001_baseline.up.sql")
		return fenced(fmt.Sprintf("Write each change of the schema as a migration, the first of them `%s`, and let a tool such as golang-migrate apply them before each deployment:", file), "sql", create)
	case "go":
		file := path.Join(folder, "migrations/0001_baseline.up.sql")
		return fenced(fmt.Sprintf("Write each change of the schema as a migration, the first of them `%s`:", file), "sql", create) + "\n\n" + addLibrary(*p, "golang-migrate", tools)
	}
	return addLibrary(*p, "a tool for migrations", tools)
}
