package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

// config is the configuration of serve, after file, environment and flags.
type config struct {
	listenGRPC, listenHTTP string
	insecureListen         bool
	dataDir                string
	database, databaseFile string
	repositories           []repositoryConfig
	allowedRoots           []string
	interval, timeout      time.Duration
	keep                   time.Duration
	workers                int
	limits                 tree.Limits
	kube                   kube.Options
	rubric, logLevel       string
	logFormat              string
	shutdownTimeout        time.Duration
	// file is the configuration file that was read; empty for none.
	file string
}

// repositoryConfig is a repository as the configuration names it.
// Its fields are exported, since koanf copies values field by field and would leave
// others out.
type repositoryConfig struct{ ID, Path, DisplayName string }

// layer is what one place says: the file, the environment, or the flags. A list's
// value replaces that of the layer below as a whole.
type layer map[string]any

// configure reads the configuration; flags are those of serve that were given, as
// written. Every error names where it is: file and line, variable or flag.
func (p *Program) configure(flags *pflag.FlagSet) (*config, error) {
	path, err := p.configFile(flags)
	if err != nil {
		return nil, err
	}
	k := koanf.New(".")
	layers := []layer{defaults()}
	var errs []error
	if path != "" {
		l, err := fileLayer(path)
		layers, errs = append(layers, l), append(errs, err)
	}
	l, err := p.envLayer()
	layers, errs = append(layers, l), append(errs, err)
	l, err = flagLayer(flags)
	layers, errs = append(layers, l), append(errs, err)
	if err := errors.Join(errs...); err != nil {
		return nil, &failure{exitUsage, err}
	}
	for _, l := range layers {
		if err := k.Load(confmap.Provider(l, "."), nil); err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
	}
	c := &config{
		listenGRPC: k.String("listen.grpc"), listenHTTP: k.String("listen.http"), insecureListen: k.Bool("insecure_listen"),
		dataDir: k.String("data_dir"), database: k.String("database"), databaseFile: k.String("database_file"),
		allowedRoots: k.Strings("allowed_roots"),
		interval:     k.Duration("scan.interval"), keep: k.Duration("history.keep"), timeout: k.Duration("scan.timeout"), workers: k.Int("scan.workers"),
		limits: tree.Limits{MaxFileBytes: k.Int64("scan.max_file_size"), MaxTotalBytes: k.Int64("scan.max_total_size"), MaxFiles: k.Int("scan.max_files")},
		kube:   kube.Options{KubeVersion: k.String("scan.kube_version"), Production: k.Strings("scan.production_forms")},
		rubric: k.String("rubric"), logLevel: k.String("log.level"), logFormat: k.String("log.format"), shutdownTimeout: k.Duration("shutdown_timeout"), file: path,
	}
	c.repositories, _ = k.Get("repositories").([]repositoryConfig)
	if err := p.complete(c); err != nil {
		return nil, &failure{exitUsage, err}
	}
	return c, nil
}

func defaults() layer {
	l := layer{}
	for _, s := range settings() {
		if s.preset != "" {
			l[s.key], _ = s.parse(s.preset) // a test holds that every preset is valid
		}
	}
	return l
}

// configFile is the file to read: --config, SEAWORTHY_CONFIG, else one of the two
// usual places where there is one.
func (p *Program) configFile(flags *pflag.FlagSet) (string, error) {
	if f := flags.Lookup("config"); f != nil && f.Changed {
		return f.Value.String(), nil
	}
	if path := p.env(envPrefix + "CONFIG"); path != "" {
		return path, nil
	}
	usual := []string{"seaworthy.yaml"}
	if base := p.home("XDG_CONFIG_HOME", ".config"); base != "" {
		usual = append(usual, filepath.Join(base, "seaworthy", "config.yaml"))
	}
	for _, path := range usual {
		switch _, err := os.Stat(path); {
		case err == nil:
			return path, nil
		case !errors.Is(err, os.ErrNotExist):
			return "", usageError("configuration file %s can't be read: %s; name another with --config", path, reason(err))
		}
	}
	return "", nil
}

// home is a folder of the XDG convention; empty where there is no home folder.
func (p *Program) home(variable, below string) string {
	if dir := p.env(variable); filepath.IsAbs(dir) {
		return dir
	}
	if home := p.env("HOME"); home != "" {
		return filepath.Join(home, below)
	}
	return ""
}

// serviceLink matches the variables that Kubernetes sets in every pod for a Service
// named seaworthy or seaworthy-something: they are no configuration.
var serviceLink = lazyregexp.New(`^SEAWORTHY(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// envLayer reads the variables. An empty one is as good as unset.
func (p *Program) envLayer() (layer, error) {
	l, errs := layer{}, []error(nil)
	byName, names := map[string]setting{}, []string{envPrefix + "CONFIG"}
	for _, s := range settings() {
		byName[s.env()] = s
		names = append(names, s.env())
	}
	for _, kv := range slices.Sorted(slices.Values(p.Env)) {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, envPrefix) || name == envPrefix+"CONFIG" || value == "" {
			continue
		}
		s, known := byName[name]
		switch {
		case known:
			v, err := s.parseAll(splitList(s, value))
			if err != nil {
				errs = append(errs, fmt.Errorf("environment: %s: %w", name, err))
				continue
			}
			l[s.key] = v
		case !serviceLink.MatchString(name):
			errs = append(errs, fmt.Errorf("environment: %s is no variable of seaworthy%s", name, didYouMeanOnly(name, names)))
		}
	}
	return l, errors.Join(errs...)
}

func splitList(s setting, value string) []string {
	if s.isList() {
		return filepath.SplitList(value)
	}
	return []string{value}
}

// parseAll reads the values of a list, or the last of a scalar's.
func (s setting) parseAll(values []string) (any, error) {
	switch s.kind {
	case patternsKind:
		for _, v := range values {
			if err := s.check(v); err != nil {
				return nil, err
			}
		}
		return values, nil
	case pathsKind:
		paths := []string{}
		for _, v := range values {
			if v == "" {
				return nil, errors.New("it has an empty path")
			}
			paths = append(paths, v)
		}
		return paths, nil
	case repoKind:
		repos := []repositoryConfig{}
		for _, v := range values {
			if v == "" {
				return nil, errors.New("it has an empty path")
			}
			repos = append(repos, repositoryConfig{Path: v})
		}
		return repos, nil
	}
	return s.parse(values[len(values)-1])
}

// settingFlag is the flag of a setting: it is read as the other layers are.
type settingFlag struct {
	setting setting
	values  []string
}

// String is the last value that was given, or the default.
func (f *settingFlag) String() string {
	if len(f.values) == 0 {
		return f.setting.preset
	}
	return strings.Join(f.values, ",")
}

// Set takes a value as it is written. flagLayer refuses a wrong one: pflag's own
// message repeats the value, which may hold a password.
func (f *settingFlag) Set(value string) error {
	if !f.setting.isList() {
		f.values = nil
	}
	f.values = append(f.values, value)
	return nil
}

// Type names the value in help.
func (f *settingFlag) Type() string {
	switch f.setting.kind {
	case boolKind:
		return "bool"
	case repoKind, pathsKind:
		return "path"
	case numberKind, durationKind, sizeKind:
		return string(f.setting.kind)
	}
	return "text"
}

func addSettingFlags(flags *pflag.FlagSet) {
	for _, s := range settings() {
		doc := s.doc
		if s.isList() {
			doc += " (Repeatable.)"
		}
		if len(s.oneOf) > 0 {
			doc += " One of " + strings.Join(s.oneOf, ", ") + "."
		}
		f := flags.VarPF(&settingFlag{setting: s}, s.flagName(), "", doc)
		if s.kind == boolKind {
			f.NoOptDefVal = "true"
		}
	}
}

// flagLayer reads the flags that were given.
func flagLayer(flags *pflag.FlagSet) (layer, error) {
	l, errs := layer{}, []error(nil)
	flags.Visit(func(f *pflag.Flag) {
		v, ok := f.Value.(*settingFlag)
		if !ok {
			return
		}
		value, err := v.setting.parseAll(v.values)
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", f.Name, err))
			return
		}
		l[v.setting.key] = value
	})
	return l, errors.Join(errs...)
}

// complete works out what depends on several keys, and refuses what does not go together.
func (p *Program) complete(c *config) error {
	var errs []error
	if c.dataDir == "" {
		base := p.home("XDG_DATA_HOME", filepath.Join(".local", "share"))
		if base == "" {
			return errors.New("data_dir: there is no home folder to put it in: set data_dir (--data-dir, SEAWORTHY_DATA_DIR)")
		}
		c.dataDir = filepath.Join(base, "seaworthy")
	}
	var err error
	if c.dataDir, err = filepath.Abs(c.dataDir); err != nil {
		errs = append(errs, fmt.Errorf("data_dir: %w", err))
	}
	if c.database != "" && c.databaseFile != "" {
		errs = append(errs, errors.New("database and database_file are both set: keep one of them"))
	}
	for _, a := range [][2]string{{"listen.grpc", c.listenGRPC}, {"listen.http", c.listenHTTP}} {
		if host, _, _ := net.SplitHostPort(a[1]); !c.insecureListen && !loopback(host) {
			errs = append(errs, fmt.Errorf("%s: %s can be reached from other machines, and there is no authentication yet: whoever reaches it can read every scorecard and start scans. Listen on localhost, or accept that with insecure_listen: true (--insecure-listen, SEAWORTHY_INSECURE_LISTEN=true)", a[0], a[1]))
		}
	}
	if c.listenGRPC == c.listenHTTP && !strings.HasSuffix(c.listenGRPC, ":0") {
		errs = append(errs, fmt.Errorf("listen.grpc and listen.http are both %s: they need two ports", c.listenGRPC))
	}
	return errors.Join(errs...)
}

// loopback reports whether only this machine can reach the host. Other names than
// localhost may be resolved to anything.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
