package reader

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

// A scaffold that is no YAML makes nothing unknown, and a note says what it is.
func TestScaffoldsDoNotSpeak(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	tr, err := tree.Open(context.Background(), fstest.MapFS{
		"k8s/web.yaml":                    file("apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
		"new/template.yaml":               file("apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: new}\n"),
		"new/skeleton/web.yaml":           file("{% if values.x %}\napiVersion: v1\nkind: Service\nmetadata: {name: {{ values.x }}}\n"),
		"charts/%%NAME%%/Chart.yaml":      file("name: %%NAME%%\n"),
		"charts/%%NAME%%/templates/d.yml": file("name: %%NAME%%\n"),
	}, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read(context.Background(), tr, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Facts.Gaps) > 0 || len(c.Facts.Charts) > 0 || len(c.Facts.Services) != 1 {
		t.Errorf("gaps %v, charts %v, services %v", c.Facts.Gaps, c.Facts.Charts, c.Facts.Services)
	}
	var notes []string
	for _, n := range c.Facts.Notes {
		if strings.Contains(n.Message, "scaffold") {
			notes = append(notes, n.Location.Path)
		}
	}
	if got := strings.Join(notes, " "); got != "charts/%%NAME%% new/skeleton" {
		t.Errorf("notes about %s", got)
	}
}
