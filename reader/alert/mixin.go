package alert

import (
	"bytes"
	"fmt"
	"path"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// alertField is the field of a rule that names its alert, as jsonnet's formatter writes
// it. What the file makes is known only once jsonnet has run.
var alertField = lazyregexp.New(`(?m)^\s*(?:\{\s*)?["']?alert["']?:\s*['"]([A-Za-z_][\w]*)['"]`)

// maxMixins is how many mixins that are not rendered are named.
const maxMixins = 5

// mixins makes a gap of jsonnet that defines alerts, where nothing of it stands rendered
// in the repository. Jsonnet is a programming language, whose programs import what a
// package manager fetched; it is not run here.
func mixins(t *tree.Tree, have map[string]bool) {
	var files []string
	for _, f := range t.Files() {
		if ext := path.Ext(f.Base()); ext != ".libsonnet" && ext != ".jsonnet" {
			continue
		}
		data, ok := t.Read(f.Path)
		if !ok || !bytes.Contains(data, []byte("alert")) || !bytes.Contains(data, []byte("expr")) {
			continue
		}
		names := alertField.FindAllStringSubmatch(string(data), 200)
		for _, found := range names {
			if have[found[1]] {
				return // what the repository's jsonnet makes is kept
			}
		}
		if len(names) > 0 {
			files = append(files, f.Path)
		}
	}
	for _, p := range files[:min(len(files), maxMixins)] {
		t.Gap(scorecard.Gap{
			Location: scorecard.Location{Path: p}, Hides: []scorecard.Family{scorecard.Alerts}, Reason: "render-failed",
			Message: fmt.Sprintf("%s makes alerts with jsonnet, which is not run here, and none of them stands rendered in the repository; keep the rendered rules beside it to have them judged", p),
		})
	}
}
