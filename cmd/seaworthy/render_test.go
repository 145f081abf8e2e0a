package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The program as it is installed stops a chart that would eat all memory, and judges
// the rest.
func TestHungryChartIsStopped(t *testing.T) {
	dir := repository(t, map[string]string{
		"c/Chart.yaml":       "apiVersion: v2\nname: c\nversion: 0.1.0\n",
		"c/templates/a.yaml": "{{ range $i := until 2000000000 }}{{ end }}\n",
		"ok/d.yaml":          "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ok}\nspec:\n  selector: {matchLabels: {app: ok}}\n  template:\n    metadata: {labels: {app: ok}}\n    spec: {containers: [{name: ok, image: 'x:1'}]}\n",
	})
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe, "scan", dir)
	c.Env = append(os.Environ(), asProgram+"=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if text := strings.Join(strings.Fields(string(out)), " "); !strings.Contains(text, "2 services") || !strings.Contains(text, "memory") {
		t.Errorf("the output says neither both services nor why one chart was not rendered:\n%s", out)
	}
}
