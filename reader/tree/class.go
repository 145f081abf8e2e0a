package tree

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Class says whether a file speaks for the services of its repository.
type Class int

// The classes of files. Only Spoken ones count; demonstrations do when manifests
// stand nowhere else.
const (
	Spoken Class = iota
	Test
	Development
	Vendored
	Demonstration
	// Scaffold is what a generator copies and fills in to begin another repository with.
	// No folder's name alone makes it; see Tree.Silence.
	Scaffold
)

// Rules map folder names to the class of all that is below them.
type Rules map[string]Class

// DefaultRules are the folder names of the catalogue.
func DefaultRules() Rules {
	r := Rules{}
	for class, names := range map[Class][]string{
		Test: {"test", "tests", "e2e", "testdata", "fixtures", "fixture", "mocks", "mock", "__tests__",
			"__fixtures__", "__mocks__", "testing", "integration-tests", "test-fixtures", ".chainsaw-test", "chainsaw", "kuttl"},
		Development:   {"dev", "hack", "local", ".devcontainer", ".vscode", ".idea"},
		Vendored:      {"vendor", "node_modules", "third_party", "dist", ".terraform", "bower_components", ".venv", "venv", "site-packages"},
		Demonstration: {"examples", "example", "samples", "sample", "tutorials", "tutorial", "extras", "demo", "demos"},
	} {
		for _, n := range names {
			r[n] = class
		}
	}
	return r
}

// classOf looks at the folders of the path only, outermost first. A Kustomize or
// values folder named dev is an overlay, and told apart by those who read them, so
// `overlays/dev` still speaks; so does a chart's own `charts/` (vendored
// dependencies stand there and are needed for rendering).
func (r Rules) classOf(p string) Class {
	parts := strings.Split(path.Dir(p), "/")
	for i, part := range parts {
		if i > 1 && jvmSources[part] && parts[i-2] == "src" {
			return Spoken // what follows are the parts of a package's name: com/example/demo
		}
		class, ok := r[strings.ToLower(part)]
		if !ok {
			continue
		}
		if class == Development && i > 0 && environmentParents[strings.ToLower(parts[i-1])] {
			continue
		}
		// A chart's templates/tests holds Helm's own test hooks, dropped after rendering.
		if class == Test && i > 0 && parts[i-1] == "templates" {
			continue
		}
		return class
	}
	return Spoken
}

// jvmSources are the folders of packages, below src/main and its kin.
var jvmSources = map[string]bool{"java": true, "kotlin": true, "scala": true, "groovy": true}

// environmentParents hold one folder for each environment; `dev` in them is an
// environment like the others.
var environmentParents = map[string]bool{
	"overlays": true, "overlay": true, "environments": true, "environment": true, "envs": true, "env": true,
	"clusters": true, "values": true, "stages": true,
}

// Likely guesses from a path alone which families of evidence a file may hold, for
// files that can't be opened.
func Likely(p string) []scorecard.Family {
	base := strings.ToLower(path.Base(p))
	var out []scorecard.Family
	add := func(fs ...scorecard.Family) { out = append(out, fs...) }
	switch ext := path.Ext(base); {
	case strings.HasPrefix(base, "catalog-info"):
		add(scorecard.Catalog)
	case base == "codeowners" || base == "owners":
		add(scorecard.Owners)
	case base == "chart.yaml" || base == "chart.lock" || strings.HasPrefix(base, "kustomization."):
		add(scorecard.Kubernetes, scorecard.Infrastructure)
	case strings.Contains(base, "dockerfile") || base == "containerfile" || strings.Contains(base, "compose"):
		add(scorecard.Images, scorecard.Runtime)
	case ext == ".yaml" || ext == ".yml" || ext == ".json" || ext == ".tpl":
		add(scorecard.Kubernetes, scorecard.Catalog, scorecard.Objectives, scorecard.Infrastructure)
	case ext == ".tf" || strings.HasSuffix(base, ".tf.json") || ext == ".tfvars" || ext == ".hcl" || ext == ".nomad" || ext == ".bicep":
		add(scorecard.Infrastructure)
	case ext == ".md" || ext == ".adoc" || ext == ".asciidoc" || ext == ".rst" || strings.HasPrefix(base, "readme"):
		add(scorecard.Documents)
	}
	return slices.Clip(out)
}
