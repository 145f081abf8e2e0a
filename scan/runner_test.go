package scan_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/scan"
	"github.com/seaworthy-dev/seaworthy/scorecard"
	"github.com/seaworthy-dev/seaworthy/source/directory"
	"github.com/seaworthy-dev/seaworthy/store"
)

// One request through the whole chain, with what is shown and not scored in it: the
// scan ends, its services are kept, and a second scan changes nothing.
func TestRunner(t *testing.T) {
	dir := t.TempDir()
	const entity = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %}\nspec: {type: @, lifecycle: production, owner: team-a}\n"
	for name, kind := range map[string]string{"shared": "library", "cart": "service"} {
		text := strings.NewReplacer("%", name, "@", kind).Replace(entity)
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "catalog-info.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	rubric, err := checks.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	runner, err := scan.NewRunner(scan.Options{Store: kept, Rubric: rubric, Poll: 20 * time.Millisecond,
		Open: func(r scorecard.Repository) (scorecard.Source, error) {
			return directory.New(directory.Options{ID: r.ID, Path: r.Path})
		}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kept.CreateRepository(t.Context(), scorecard.Repository{ID: "shop", Path: dir, Origin: "api"}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	for round, changed := range []int{2, 0} {
		s, _, err := kept.RequestScan(t.Context(), "shop")
		if err != nil {
			t.Fatal(err)
		}
		runner.Wake()
		for !s.State.Final() {
			time.Sleep(5 * time.Millisecond)
			if s, err = kept.GetScan(t.Context(), s.ID); err != nil {
				t.Fatal(err)
			}
		}
		if s.State != scorecard.ScanSucceeded || s.Services != 2 || s.Changed != changed {
			t.Errorf("round %d ended as %s with %d services, %d changed: %s", round, s.State, s.Services, s.Changed, s.Error)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	rec, err := kept.GetRecord(t.Context(), "default.shared")
	if err != nil || rec.Scorecard.Service.Unscored == "" {
		t.Errorf("the library is kept as %+v, %v; want one that is not scored", rec.Scorecard, err)
	}
}
