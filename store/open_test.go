package store_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/store"
)

// TestOpenRefuses tries URLs that can't work, and sees that no error tells a password.
func TestOpenRefuses(t *testing.T) {
	const secret = "hunter2-tr0ub4dor"
	for _, c := range []struct {
		url  string
		want error
		says string
	}{
		{"", scorecard.ErrInvalid, "sqlite:"},
		{"mysql://root:" + secret + "@localhost/x", scorecard.ErrInvalid, "sqlite:"},
		{"sqlite:", scorecard.ErrInvalid, "path"},
		{"sqlite::memory:", scorecard.ErrInvalid, "temporary folder"},
		{"sqlite:/dev/null/x.db", scorecard.ErrInvalid, "/dev/null"},
		{"postgres://u:" + secret + "@localhost:notaport/x", scorecard.ErrInvalid, "database URL"},
		{"postgres://u:" + secret + "%zz@localhost/x", scorecard.ErrInvalid, "database URL"},
		{"postgres://u:" + secret + "@localhost/x?sslmode=perhaps", scorecard.ErrInvalid, "database URL"},
		{"postgres://u:" + secret + "@127.0.0.1:1/shop?sslmode=disable", scorecard.ErrUnavailable, "database shop on 127.0.0.1"},
		{"postgresql:///shop?host=/nowhere&user=u&password=" + secret, scorecard.ErrUnavailable, "database shop on /nowhere"},
	} {
		var log bytes.Buffer
		s, err := store.Open(t.Context(), c.url, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		if s != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %v that says %q", c.url, err, c.want, c.says)
		}
		if err != nil && strings.Contains(err.Error()+log.String(), secret) {
			t.Errorf("%s: the password is told: %v\n%s", c.url, err, log.String())
		}
	}
}

// TestSQLiteFile looks at the file itself: any path, made with its folder, its
// owner's alone, and in use the way that was chosen.
func TestSQLiteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b", "50% #1?mode=ro&x=é", "sea.db")
	d := &database{url: "sqlite:" + path}
	s := d.open(t)
	register(t, s, "shop")
	for _, p := range []string{path, path + "-wal"} {
		i, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if i.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", p, i.Mode())
		}
	}
	if i, err := os.Stat(filepath.Dir(path)); err != nil || i.Mode().Perm() != 0o700 {
		t.Errorf("its folder: %v, %v", i.Mode(), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := listRepositories(t, d.open(t)); len(got) != 1 {
		t.Errorf("after reopening: %v", got)
	}
}

// TestSQLiteForeign refuses what is no database of ours, and leaves it as it is.
func TestSQLiteForeign(t *testing.T) {
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), "sqlite:"+text, quiet); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("a text: %v", err)
	}
	other := &database{driver: "sqlite", source: filepath.Join(t.TempDir(), "other.db")}
	other.ask(t, "CREATE TABLE songs (title text)")
	if _, err := store.Open(t.Context(), "sqlite:"+other.source, quiet); !errors.Is(err, scorecard.ErrInvalid) || !strings.Contains(err.Error(), "some other program") {
		t.Errorf("another program's: %v", err)
	}
	if got := other.ask(t, "SELECT name FROM sqlite_master"); len(got) != 1 {
		t.Errorf("it was changed: %v", got)
	}
}

// TestNewer refuses a database that a newer version wrote.
func TestNewer(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			d := e.database(t)
			register(t, d.open(t), "shop")
			d.ask(t, "INSERT INTO schema_migrations (version, name, hash, apply_time) VALUES (9999, 'from_the_future', 'x', 'x')")
			_, err := store.Open(t.Context(), d.url, quiet)
			if !errors.Is(err, scorecard.ErrInvalid) || !strings.Contains(err.Error(), "9999_from_the_future") || !strings.Contains(err.Error(), "newer") {
				t.Errorf("%v", err)
			}
			if got := d.ask(t, "SELECT id FROM repositories"); len(got) != 1 {
				t.Errorf("left: %v", got)
			}
		})
	}
}

// TestDamage reads a verdict and an inventory whose bytes were changed.
func TestDamage(t *testing.T) {
	d := engines[0].database(t)
	s := d.open(t)
	register(t, s, "shop")
	r := rubric(t)
	cart, mail := judge(t, r, "shop", "cart"), judge(t, r, "shop", "mail")
	scanned(t, s, "shop", cart, mail)
	d.ask(t, "UPDATE verdicts SET body = (SELECT body FROM verdicts WHERE service = 'shop.mail') WHERE service = 'shop.cart'")
	d.ask(t, "UPDATE inventories SET body = X'00' WHERE id = '"+cart.Scorecard.InventoryHash+"'")
	if _, err := s.GetRecord(t.Context(), "shop.cart"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a changed verdict: %v", err)
	}
	if _, err := s.GetInventory(t.Context(), cart.Scorecard.InventoryHash); err == nil || !strings.Contains(err.Error(), "stored bytes") {
		t.Errorf("a changed inventory: %v", err)
	}
	if _, err := s.GetInventory(t.Context(), mail.Scorecard.InventoryHash); err != nil {
		t.Error(err)
	}
}

// TestFieldTables holds what the API may offer, and that every field has all it needs.
func TestFieldTables(t *testing.T) {
	want := map[string]string{
		"records":      "name display_name repository owner lifecycle tier system type entity_ref discovery level level_at_most score coverage change_time scan_time",
		"scans":        "repository state create_time end_time",
		"repositories": "name display_name path origin",
	}
	for list, fields := range map[string][]scorecard.Field{"records": store.RecordFields(), "scans": store.ScanFields(), "repositories": store.RepositoryFields()} {
		var names []string
		for _, f := range fields {
			names = append(names, f.Name)
			if closed := f.Type == scorecard.WordField || f.Type == scorecard.RankField; closed != (len(f.Values) > 0) {
				t.Errorf("%s of %s is a %s with the values %v", f.Name, list, f.Type, f.Values)
			}
		}
		if got := strings.Join(names, " "); got != want[list] {
			t.Errorf("%s: %s, want %s", list, got, want[list])
		}
	}
}
