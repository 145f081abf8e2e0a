package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/pflag"

	"github.com/seaworthy-dev/seaworthy/reader/kube"
	"github.com/seaworthy-dev/seaworthy/reader/kube/lifecycle"
)

// kind is the type of a setting's value.
type kind string

const (
	textKind     kind = "text"
	boolKind     kind = "true or false"
	numberKind   kind = "number"
	durationKind kind = "duration"
	sizeKind     kind = "size"
	versionKind  kind = "version" // as text, or in a file unquoted
	pathsKind    kind = "list of paths"
	patternsKind kind = "list of patterns"
	repoKind     kind = "list of repositories"
)

// setting is one key of the configuration. The table of them is what reads the
// file, the environment and the flags, and what documents all three.
type setting struct {
	key  string
	kind kind
	// preset is the default as it would be written; empty where it is none or is
	// worked out, as presetText says then.
	preset, presetText string
	doc                string
	// low and high bound numbers, durations (in nanoseconds) and sizes (in bytes); 0 and 0 do not.
	low, high int64
	// oneOf are the words that are allowed; none are all.
	oneOf []string
	// check refuses other values; nil accepts.
	check func(string) error
	// flag is the flag's name where it is not that of the key.
	flag string
}

// settings are the keys of the configuration, in the order in which they are documented.
func settings() []setting {
	second, day := int64(time.Second), int64(24*time.Hour)
	return []setting{
		{key: "listen.grpc", kind: textKind, preset: "localhost:9090", check: checkAddress,
			doc: "Where gRPC is served: HOST:PORT."},
		{key: "listen.http", kind: textKind, preset: "localhost:8080", check: checkAddress,
			doc: "Where REST, the health and metrics pages and the API's description are served: HOST:PORT."},
		{key: "insecure_listen", kind: boolKind, preset: "false",
			doc: "Allow addresses that other machines can reach. There is no authentication and no encryption yet: whoever reaches the ports can read every scorecard, start scans, and register the folders below allowed_roots."},
		{key: "data_dir", kind: textKind, presetText: "$XDG_DATA_HOME/seaworthy, else ~/.local/share/seaworthy",
			doc: "The folder of the embedded database. It is made if it is missing. One server at a time: two on one folder would take each other's scans."},
		{key: "database", kind: textKind, presetText: "SQLite in data_dir", check: checkDatabase,
			doc: "The database: sqlite:PATH or postgres://USER@HOST/NAME. A password in a flag or a variable can be seen by others on the machine: use database_file for one."},
		{key: "database_file", kind: textKind,
			doc: "A file whose first line is the database's URL, such as a mounted secret. Instead of database."},
		{key: "repositories", kind: repoKind, flag: "repository",
			doc: "The repositories to scan: in the file a list of {id, path, display_name}, of which only path is needed; in the environment and as flags their paths. A relative path in the file is relative to the file's folder. Those of an earlier configuration that are not named any more are dropped and their services retired, so servers that share a database must name the same."},
		{key: "allowed_roots", kind: pathsKind, flag: "allowed-root",
			doc: "Folders in and below which repositories may be registered through the API. None means that the API can register none."},
		{key: "scan.interval", kind: durationKind, preset: "0s", high: 365 * day,
			doc: "How often every repository is scanned again; 0s is only when asked. At the start each configured repository is scanned once."},
		{key: "scan.workers", kind: numberKind, preset: "1", low: 1, high: 64,
			doc: "How many repositories are scanned at once."},
		{key: "scan.timeout", kind: durationKind, preset: "10m", low: second, high: day,
			doc: "How long one scan may take."},
		{key: "scan.max_file_size", kind: sizeKind, preset: "8MiB", low: 1 << 10, high: 1 << 30,
			doc: "Larger files are not read; the scorecards say so."},
		{key: "scan.max_total_size", kind: sizeKind, preset: "1GiB", low: 1 << 20, high: 1 << 40,
			doc: "How much is read of all files of a repository together."},
		{key: "scan.max_files", kind: numberKind, preset: "200000", low: 1, high: 10_000_000,
			doc: "How many files of a repository are looked at."},
		{key: "scan.production_forms", kind: patternsKind, flag: "production-form", check: kube.CheckProduction,
			doc: "Patterns of the values files, overlays, folders and environments that are production, such as values-live*.yaml or overlays/eu-*; they are matched with the end of the path, and * stands for any part of one name. None are the words prod, production, prd and live. What is production is judged; other forms are only compared with it."},
		{key: "scan.kube_version", kind: versionKind, preset: kube.DefaultKubeVersion, check: checkKubeVersion,
			doc: "The version of Kubernetes that manifests are judged and charts are rendered for, such as 1.31 or v1.31.4. One that is newer than the default is taken, and the scorecards say that it is not known yet."},
		{key: "history.keep", kind: durationKind, preset: "0s", high: 100 * 365 * day,
			doc: "How long revisions of scorecards, retired services and scans are kept after they are over, such as 8760h for a year; 0s is for ever. What holds now is always kept, and so are trends. It is swept once a day."},
		{key: "rubric", kind: textKind,
			doc: "The file of the rubric that services are judged by; none is the built-in one. seaworthy rubric show writes one to begin with. What is stored was judged by the rubric of its time; a repository's next scan judges by this one."},
		{key: "log.level", kind: textKind, preset: "info", oneOf: []string{"debug", "info", "warn", "error"},
			doc: "The least level that is logged, to standard error."},
		{key: "log.format", kind: textKind, preset: "text", oneOf: []string{"text", "json"},
			doc: "How log lines are written."},
		{key: "shutdown_timeout", kind: durationKind, preset: "10s", low: second, high: int64(time.Hour),
			doc: "How long requests that have begun may still take when the server stops."},
	}
}

const envPrefix = "SEAWORTHY_"

// env is the setting's environment variable: SEAWORTHY_LISTEN_GRPC.
func (s setting) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// flagName is the setting's flag, without dashes: listen-grpc.
func (s setting) flagName() string {
	if s.flag != "" {
		return s.flag
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(s.key)
}

// parse reads one value as it is written. A list's value is one of its items.
func (s setting) parse(value string) (any, error) {
	switch s.kind {
	case boolKind:
		if value != "true" && value != "false" {
			return nil, fmt.Errorf("%q is neither true nor false", value)
		}
		return value == "true", nil
	case numberKind:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no whole number", value)
		}
		return n, s.within(n)
	case durationKind:
		d, err := time.ParseDuration(value)
		if err != nil {
			return nil, fmt.Errorf("%q is no duration such as 30s, 10m or 24h", value)
		}
		return d, s.within(int64(d))
	case sizeKind:
		var size sizeValue
		if err := size.Set(value); err != nil {
			return nil, err
		}
		return int64(size), s.within(int64(size))
	}
	if value == "" {
		return nil, fmt.Errorf("it is empty")
	}
	if len(s.oneOf) > 0 && !slices.Contains(s.oneOf, value) {
		return nil, fmt.Errorf("%q is not one of %s%s", value, strings.Join(s.oneOf, ", "), didYouMeanOnly(value, s.oneOf))
	}
	if s.check != nil {
		if err := s.check(value); err != nil {
			return nil, err
		}
	}
	return value, nil
}

func didYouMeanOnly(word string, candidates []string) string {
	if best, ok := nearest(word, candidates); ok {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return ""
}

// shortDuration is 10m rather than 10m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if s != "0s" && strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func (s setting) within(n int64) error {
	if s.low == 0 && s.high == 0 || n >= s.low && n <= s.high {
		return nil
	}
	return fmt.Errorf("%s is out of range: it must be from %s to %s", s.written(n), s.written(s.low), s.written(s.high))
}

// written is a number, duration or size as it would be written.
func (s setting) written(n int64) string {
	switch s.kind {
	case durationKind:
		return shortDuration(time.Duration(n))
	case sizeKind:
		return sizeValue(n).String()
	}
	return strconv.FormatInt(n, 10)
}

// isList reports whether the setting has several values.
func (s setting) isList() bool {
	return s.kind == pathsKind || s.kind == patternsKind || s.kind == repoKind
}

// checkAddress accepts HOST:PORT.
func checkAddress(value string) error {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		return fmt.Errorf("%q is no address such as localhost:8080", value)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("the port of %q is no number from 0 to 65535", value)
	}
	return nil
}

// checkKubeVersion accepts 1.31, v1.31 and v1.31.4, older and newer than what is known.
func checkKubeVersion(value string) error {
	_, _, err := lifecycle.Parse(value)
	return err
}

// checkDatabase never repeats the value: it may hold a password.
func checkDatabase(value string) error {
	for _, scheme := range []string{"sqlite:", "postgres://", "postgresql://"} {
		if strings.HasPrefix(value, scheme) && len(value) > len(scheme) {
			return nil
		}
	}
	return fmt.Errorf("it is no database URL: sqlite:PATH or postgres://USER@HOST/NAME")
}

// sizeValue is a number of bytes, written as 8MiB. It is a flag's value.
type sizeValue int64

var _ pflag.Value = (*sizeValue)(nil)

// String is the shortest exact form.
func (v sizeValue) String() string {
	for _, u := range []struct {
		name  string
		bytes int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if v != 0 && int64(v)%u.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(v)/u.bytes, u.name)
		}
	}
	return strconv.FormatInt(int64(v), 10)
}

// Set reads a number with or without a unit.
func (v *sizeValue) Set(s string) error {
	n, err := humanize.ParseBytes(s)
	if err != nil || n > 1<<62 {
		return fmt.Errorf("%q is no size such as 512KiB or 8MiB", s)
	}
	*v = sizeValue(n)
	return nil
}

// Type names the value in help.
func (*sizeValue) Type() string { return "size" }
