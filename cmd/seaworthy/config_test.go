package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

// configured reads a configuration from a file's content, an environment and flags.
func configured(t testing.TB, file string, env, args []string) (*config, error) {
	t.Helper()
	dir := t.TempDir()
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	flags.String("config", "", "")
	addSettingFlags(flags)
	if file != "" {
		path := filepath.Join(dir, "conf.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	p := Program{Env: append([]string{"HOME=/home/somebody"}, env...)}
	c, err := p.configure(flags)
	if c != nil {
		c.file = ""
		for i := range c.repositories {
			c.repositories[i].Path = strings.TrimPrefix(c.repositories[i].Path, dir+"/")
		}
	}
	return c, err
}

func TestConfigurationPrecedence(t *testing.T) {
	preset := func(change func(*config)) *config {
		c := &config{
			listenGRPC: "localhost:9090", listenHTTP: "localhost:8080", dataDir: "/home/somebody/.local/share/seaworthy",
			timeout: 10 * time.Minute, workers: 1, logLevel: "info", logFormat: "text", shutdownTimeout: 10 * time.Second,
			limits: tree.Limits{MaxFileBytes: 8 << 20, MaxTotalBytes: 1 << 30, MaxFiles: 200_000},
			kube:   kube.Options{KubeVersion: kube.DefaultKubeVersion},
		}
		change(c)
		return c
	}
	for _, c := range []struct {
		name      string
		file      string
		env, args []string
		want      *config
	}{
		{"defaults", "", nil, nil, preset(func(*config) {})},
		{"an empty file", "# nothing\n", nil, nil, preset(func(*config) {})},
		{"file", "listen: {grpc: 'localhost:1'}\nscan:\n  workers: 3\n", nil, nil, preset(func(c *config) { c.listenGRPC, c.workers = "localhost:1", 3 })},
		{"environment over file", "scan: {workers: 3, interval: 1h}", []string{"SEAWORTHY_SCAN_WORKERS=4"}, nil,
			preset(func(c *config) { c.workers, c.interval = 4, time.Hour })},
		{"flag over environment", "scan: {workers: 3}", []string{"SEAWORTHY_SCAN_WORKERS=4"}, []string{"--scan-workers", "5"},
			preset(func(c *config) { c.workers = 5 })},
		{"a flag with the default's value counts", "scan: {workers: 3}", nil, []string{"--scan-workers=1"}, preset(func(*config) {})},
		{"an empty variable is unset", "log: {level: debug}", []string{"SEAWORTHY_LOG_LEVEL="}, nil, preset(func(c *config) { c.logLevel = "debug" })},
		{"repositories of the file", "repositories:\n- path: shop\n  display_name: The shop\n- {id: pay, path: /srv/pay}\n", nil, nil,
			preset(func(c *config) {
				c.repositories = []repositoryConfig{{Path: "shop", DisplayName: "The shop"}, {ID: "pay", Path: "/srv/pay"}}
			})},
		{"a list replaces a list", "repositories: [{path: /a}]", []string{"SEAWORTHY_REPOSITORIES=/b:/c"}, nil,
			preset(func(c *config) { c.repositories = []repositoryConfig{{Path: "/b"}, {Path: "/c"}} })},
		{"repeated flag", "repositories: [{path: /a}]", nil, []string{"--repository", "/d,e", "--repository", "/f"},
			preset(func(c *config) { c.repositories = []repositoryConfig{{Path: "/d,e"}, {Path: "/f"}} })},
		{"an empty list replaces too", "allowed_roots: []", nil, nil, preset(func(c *config) { c.allowedRoots = []string{} })},
		{"sizes", "scan: {max_file_size: 2MiB, max_total_size: 1048576}", nil, []string{"--scan-max-files", "7"},
			preset(func(c *config) {
				c.limits = tree.Limits{MaxFileBytes: 2 << 20, MaxTotalBytes: 1 << 20, MaxFiles: 7}
			})},
		{"version, a number in YAML", "scan: {kube_version: 1.30}", nil, nil, preset(func(c *config) { c.kube.KubeVersion = "1.30" })},
		{"version by variable and flag", "scan: {kube_version: v1.29.1}", []string{"SEAWORTHY_SCAN_KUBE_VERSION=1.31"}, []string{"--scan-kube-version", "v1.99"},
			preset(func(c *config) { c.kube.KubeVersion = "v1.99" })},
		{"anchors", "data_dir: &here /srv/data\ndatabase: sqlite:/x.db\nallowed_roots: [*here]\n", nil, nil,
			preset(func(c *config) {
				c.dataDir, c.database, c.allowedRoots = "/srv/data", "sqlite:/x.db", []string{"/srv/data"}
			})},
		{"XDG", "", []string{"XDG_DATA_HOME=/xdg"}, nil, preset(func(c *config) { c.dataDir = "/xdg/seaworthy" })},
		{"open on purpose", "insecure_listen: true\nlisten: {http: ':8080'}", nil, nil, preset(func(c *config) { c.insecureListen, c.listenHTTP = true, ":8080" })},
		{"what Kubernetes sets", "", []string{"SEAWORTHY_SERVICE_HOST=10.0.0.1", "SEAWORTHY_PORT=tcp://10.0.0.1:80", "SEAWORTHY_PORT_80_TCP_ADDR=10.0.0.1",
			"SEAWORTHY_GRPC_SERVICE_PORT_GRPC=9090", "SEAWORTHY_SERVICE_PORT=80"}, nil, preset(func(*config) {})},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := configured(t, c.file, c.env, c.args)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(config{}, repositoryConfig{}), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestConfigurationErrors(t *testing.T) {
	for _, c := range []struct {
		name      string
		file      string
		env, args []string
		want      []string // parts of the error
	}{
		{"unknown key", "scan:\n  wrkers: 2\n", nil, nil, []string{"conf.yaml:2: scan.wrkers is no key", `did you mean "scan.workers"?`}},
		{"unknown section", "lisen:\n  grpc: x\n", nil, nil, []string{"conf.yaml:1: lisen is no key", `did you mean "listen"?`}},
		{"key at the wrong depth", "workers: 2\n", nil, nil, []string{"conf.yaml:1: workers is no key", `did you mean "scan.workers"?`}},
		{"several at once", "a: 1\nlog:\n  levle: info\n", nil, nil, []string{"conf.yaml:1: a is no key", "conf.yaml:3: log.levle"}},
		{"twice", "data_dir: /a\nlog: {level: info}\ndata_dir: /b\n", nil, nil, []string{"conf.yaml:3: data_dir is given twice, first in line 1"}},
		{"number for text", "listen:\n  http: 8080\n", nil, nil, []string{"conf.yaml:2: listen.http must be text, not the number 8080"}},
		{"text for number", "scan: {workers: many}\n", nil, nil, []string{"conf.yaml:1: scan.workers must be a number, not text"}},
		{"number for duration", "scan: {interval: 5}\n", nil, nil, []string{"scan.interval must be a duration such as 30s or 10m, not the number 5"}},
		{"word for bool", "insecure_listen: 'yes'\n", nil, nil, []string{"insecure_listen must be true or false, not text"}},
		{"nothing", "data_dir:\n", nil, nil, []string{"data_dir must be text, not nothing"}},
		{"list for mapping", "listen: [a]\n", nil, nil, []string{"listen must be a mapping with the keys grpc, http"}},
		{"mapping for list", "repositories: {a: b}\n", nil, nil, []string{"repositories must be a list, not a mapping"}},
		{"text for repository", "repositories: [/a]\n", nil, nil, []string{"must be a mapping with the keys id, path, display_name, not text"}},
		{"repository's key", "repositories:\n- path: a\n  dispay_name: x\n", nil, nil, []string{"conf.yaml:3: repositories.dispay_name", `did you mean "display_name"?`}},
		{"repository without path", "repositories:\n- id: a\n", nil, nil, []string{"conf.yaml:2: an item of repositories has no path"}},
		{"out of range", "scan: {workers: 100}\n", nil, nil, []string{"100 is out of range: it must be from 1 to 64"}},
		{"too short", "shutdown_timeout: 1ms\n", nil, nil, []string{"1ms is out of range: it must be from 1s to 1h"}},
		{"no version", "scan: {kube_version: newest}\n", nil, nil, []string{`scan.kube_version: "newest" is no version of Kubernetes; write one like 1.37 or v1.37.2`}},
		{"half a version", "scan: {kube_version: 1}\n", nil, nil, []string{"scan.kube_version must be a version, not the number 1"}},
		{"no such word", "log: {level: warning}\n", nil, nil, []string{`"warning" is not one of debug, info, warn, error`, `did you mean "warn"?`}},
		{"no address", "listen: {grpc: localhost}\n", nil, nil, []string{"no address such as localhost:8080"}},
		{"broken YAML", "listen:\n  - a\n b\n", nil, nil, []string{"conf.yaml:2: this is not valid YAML: did not find expected key"}},
		{"two documents", "log: {level: info}\n---\nlog: {level: warn}\n", nil, nil, []string{"more than one YAML document"}},
		{"no mapping", "just text\n", nil, nil, []string{"conf.yaml:1: the file must be a mapping"}},
		{"unknown variable", "", []string{"SEAWORTHY_LISTEN_GRCP=x"}, nil, []string{"SEAWORTHY_LISTEN_GRCP is no variable", `did you mean "SEAWORTHY_LISTEN_GRPC"?`}},
		{"wrong variable", "", []string{"SEAWORTHY_SCAN_WORKERS=x"}, nil, []string{"environment: SEAWORTHY_SCAN_WORKERS: \"x\" is no whole number"}},
		{"wrong flag", "", nil, []string{"--scan-timeout", "long"}, []string{"--scan-timeout: \"long\" is no duration"}},
		{"reachable", "listen: {http: '0.0.0.0:8080'}\n", nil, nil, []string{"listen.http: 0.0.0.0:8080 can be reached from other machines", "insecure_listen: true"}},
		{"reachable by name", "", nil, []string{"--listen-grpc", "example.com:1"}, []string{"listen.grpc: example.com:1 can be reached"}},
		{"one port for both", "", nil, []string{"--listen-grpc", "localhost:1", "--listen-http", "localhost:1"}, []string{"they need two ports"}},
		{"two databases", "", nil, []string{"--database", "sqlite:/a", "--database-file", "/b"}, []string{"database and database_file are both set"}},
		{"no home", "", []string{"HOME="}, nil, []string{"data_dir: there is no home folder"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := configured(t, c.file, c.env, c.args)
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q:\n%v", part, err)
				}
			}
		})
	}
}

// A database's password shows in no error and no greeting.
func TestNoPasswordShown(t *testing.T) {
	const secret = "s3cret"
	for _, c := range [][]string{{"--database", "postgres:/u:" + secret + "@host/db"}, {"--database", "mysql://u:" + secret + "@host/db"}} {
		_, err := configured(t, "", nil, c)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%v: %v", c[0], err)
		}
	}
	if _, err := configured(t, "database: mysql://u:"+secret+"@host/db", []string{"SEAWORTHY_DATABASE=mysql://u:" + secret + "@host/db"}, nil); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
	for url, want := range map[string]string{
		"postgres://u:" + secret + "@host:5432/db?sslpassword=" + secret: "postgres://u@host:5432/db",
		"postgres://host/db":                     "postgres://host/db",
		"postgres://u:" + secret + "%zz@host/db": "PostgreSQL",
		"sqlite:/a/b.db":                         "sqlite:/a/b.db",
	} {
		if got := redacted(url); got != want {
			t.Errorf("%q is shown as %q", url, got)
		}
	}
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("mysql://u:"+secret+"@host/db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&config{databaseFile: file}).databaseURL(); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(file, []byte("postgres://u@host/db\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if url, err := (&config{databaseFile: file}).databaseURL(); err != nil || url != "postgres://u@host/db" {
		t.Errorf("%q, %v", url, err)
	}
}

// Every default is a value that the setting itself takes, every key has one
// variable and one flag, and the documentation's example is a configuration.
func TestSettings(t *testing.T) {
	envs, flags := map[string]string{}, map[string]string{}
	for _, s := range settings() {
		if s.preset != "" {
			if _, err := s.parse(s.preset); err != nil {
				t.Errorf("%s: its default: %v", s.key, err)
			}
		}
		if s.doc == "" {
			t.Errorf("%s has no documentation", s.key)
		}
		if envs[s.env()] != "" || flags[s.flagName()] != "" {
			t.Errorf("%s shares its variable or flag with %s%s", s.key, envs[s.env()], flags[s.flagName()])
		}
		envs[s.env()], flags[s.flagName()] = s.key, s.key
		if serviceLink.MatchString(s.env()) {
			t.Errorf("%s is passed over as Kubernetes' own", s.env())
		}
	}
	if _, err := configured(t, exampleConfiguration, nil, nil); err != nil {
		t.Errorf("the example in the documentation: %v", err)
	}
}

// Whatever a file says, reading it gives a layer or errors that name it, and no panic.
func FuzzConfigurationFile(f *testing.F) {
	f.Add([]byte(exampleConfiguration))
	f.Add([]byte("listen: &a {grpc: *a}\n"))
	f.Add([]byte("repositories: [{path: x, id: [1]}, 3, {}]\n<<: {a: b}\n"))
	f.Add([]byte("? [a]\n: b\nscan: !!set {}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := parseFile("f.yaml", b); err != nil && !strings.Contains(err.Error(), "f.yaml") {
			t.Errorf("the error does not name the file: %v", err)
		}
	})
}
