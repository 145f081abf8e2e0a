// Package pipeline reads how a repository is tested, released and kept up to date:
// the files of systems of continuous integration and delivery, the bots that propose
// newer dependencies, and the objects by which a controller applies what a repository
// says.
//
// What a step runs is followed through make, npm and its kin, task, just, tox,
// pre-commit, shell scripts and Dockerfiles of the repository, and told apart by a
// table of commands. Facts keep what was recognised and where, never a command line,
// which may hold secrets. A job merely named test tests nothing.
package pipeline

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

type reader struct {
	ctx       context.Context
	t         *tree.Tree
	into      *scorecard.Facts
	folders   map[string]bool
	byBase    map[string][]tree.File
	makefiles map[string]*makefile
	packages  map[string]*packageFile
	home      string // the repository, "owner/name" in lower case; empty where it is not known
	// included are files that others include, and that are no pipelines by themselves.
	included map[string]bool
	// tests are the Go tests of infrastructure, once they were looked for.
	tests      []infraTest
	testsFound bool
}

// Read appends the pipelines of the tree, its update bots, and what they would look
// after. A file that would not parse is a gap that hides scorecard.Pipelines.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	r := newReader(ctx, t, into)
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		if read := formatOf(f); read != nil {
			if data, ok := t.Read(f.Path, scorecard.Pipelines); ok {
				read(r, f, data)
			}
		}
	}
	r.into.Pipelines = slices.DeleteFunc(r.into.Pipelines, func(p scorecard.Pipeline) bool { return r.included[p.Location.Path] })
	r.ecosystems()
	r.loadTargets()
}

// newReader knows the tree's files.
func newReader(ctx context.Context, t *tree.Tree, into *scorecard.Facts) *reader {
	r := &reader{
		ctx: ctx, t: t, into: into, folders: map[string]bool{".": true}, byBase: map[string][]tree.File{},
		makefiles: map[string]*makefile{}, packages: map[string]*packageFile{}, included: map[string]bool{},
	}
	for _, f := range t.Files() {
		r.byBase[f.Base()] = append(r.byBase[f.Base()], f)
	}
	for _, f := range t.All() {
		for d := f.Folder(); d != "." && !r.folders[d]; d = path.Dir(d) {
			r.folders[d] = true
		}
	}
	r.home = t.Home()
	return r
}

type format func(*reader, tree.File, []byte)

// formatOf tells a file's format by its path; nil for a file of no format.
func formatOf(f tree.File) format {
	base, folder := strings.ToLower(f.Base()), f.Folder()
	if folder == "." {
		if read := atRoot[base]; read != nil {
			return read
		}
	}
	isYAML := strings.HasSuffix(base, ".yml") || strings.HasSuffix(base, ".yaml")
	switch {
	case folder == ".github/workflows" && isYAML:
		return (*reader).github
	case folder == ".circleci" && (base == "config.yml" || base == "config.yaml"):
		return (*reader).circleci
	case folder == ".buildkite" && isYAML:
		return (*reader).buildkite
	case (folder == ".woodpecker" || strings.HasPrefix(folder, ".woodpecker/")) && isYAML:
		return (*reader).woodpecker
	case folder == ".prow" && isYAML:
		return (*reader).prow
	case folder == ".github" && (base == "dependabot.yml" || base == "dependabot.yaml"):
		return (*reader).dependabot
	case (folder == ".github" || folder == ".gitlab") && strings.HasPrefix(base, "renovate.json"):
		return (*reader).renovate
	case folder == ".github" && base == ".scala-steward.conf":
		return (*reader).steward
	case folder == ".spacelift" && isYAML:
		return watch("Spacelift")
	case strings.HasPrefix(base, "jenkinsfile") && !notJenkins[path.Ext(base)] || strings.HasSuffix(base, ".jenkinsfile"):
		return (*reader).jenkins
	case isYAML && strings.Contains(strings.ReplaceAll(base, "_", "-"), "azure-pipeline"),
		isYAML && (azureFolders[strings.Split(folder, "/")[0]] || azureFolders[path.Base(folder)]):
		return (*reader).azure
	case isYAML && strings.HasPrefix(base, "cloudbuild") || base == "cloudbuild.json":
		return (*reader).cloudBuild
	case isYAML && strings.HasPrefix(base, "buildspec"):
		return (*reader).codeBuild
	case isYAML && strings.HasPrefix(base, "atlantis."):
		return watch("Atlantis")
	}
	return nil
}

var (
	notJenkins   = setOf(".md .txt .tmpl .tpl .example .sample .erb .j2 .png .bak .orig .java .go .sh .yaml .yml .json")
	azureFolders = setOf(".azure-pipelines azure-pipelines .azuredevops .azure .pipelines .ado pipelines")
)

// atRoot are the files that count in the repository's root alone.
var atRoot = map[string]format{
	".gitlab-ci.yml": (*reader).gitlab, ".gitlab-ci.yaml": (*reader).gitlab,
	"bitbucket-pipelines.yml": (*reader).bitbucket, "bitbucket-pipelines.yaml": (*reader).bitbucket,
	".drone.yml": (*reader).drone, ".drone.yaml": (*reader).drone, ".woodpecker.yml": (*reader).woodpecker, ".woodpecker.yaml": (*reader).woodpecker,
	".travis.yml": (*reader).travis, ".travis.yaml": (*reader).travis, ".prow.yaml": (*reader).prow, ".ci-operator.yaml": nil,
	"renovate.json": (*reader).renovate, "renovate.json5": (*reader).renovate, ".renovaterc": (*reader).renovate, ".renovaterc.json": (*reader).renovate, ".renovaterc.json5": (*reader).renovate,
	"package.json": (*reader).renovateInPackage, ".pyup.yml": (*reader).pyup, ".scala-steward.conf": (*reader).steward,
	"atlantis.yaml": watch("Atlantis"), "atlantis.yml": watch("Atlantis"), "env0.yml": watch("env0"), "env0.yaml": watch("env0"), "digger.yml": watch("Digger"), "terrateam.yml": watch("Terrateam"),
	"appveyor.yml": (*reader).appveyor, ".appveyor.yml": (*reader).appveyor, "skaffold.yaml": nil,
}

// watch reads a file that tells a service to compare infrastructure with its code.
func watch(tool string) format {
	return func(r *reader, f tree.File, data []byte) {
		if len(bytes.TrimSpace(data)) > 0 {
			r.into.Drift = append(r.into.Drift, scorecard.DriftWatch{Location: at(f.Path, 1, 1), Tool: tool})
		}
	}
}

func at(p string, first, last int) scorecard.Location {
	return scorecard.Location{Path: p, FirstLine: first, LastLine: max(first, last)}
}

// where is the location of a node.
func where(p string, n *yaml.Node) scorecard.Location {
	if n == nil {
		return scorecard.Location{Path: p}
	}
	return at(p, n.Line, yamldoc.LastLine(n))
}

// entry is a key of a mapping with its value.
type entry struct {
	key   string
	line  int
	value *yaml.Node
}

// entries are those of a mapping, in their order, merged ones too.
func entries(n *yaml.Node) (out []entry) {
	n = yamldoc.Follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" {
			for _, e := range entries(n.Content[i+1]) {
				if !slices.ContainsFunc(out, func(o entry) bool { return o.key == e.key }) {
					out = append(out, e)
				}
			}
			continue
		}
		out = append(out, entry{n.Content[i].Value, n.Content[i].Line, yamldoc.Follow(n.Content[i+1])})
	}
	return out
}

// get and text read a value below a node.
func get(n *yaml.Node, keys ...string) *yaml.Node { return yamldoc.Get(n, keys...) }

func text(n *yaml.Node, keys ...string) string { return yamldoc.String(yamldoc.Get(n, keys...)) }

// list gives the texts of a sequence, or of a scalar that stands for one.
func list(n *yaml.Node) (out []string) {
	if n = yamldoc.Follow(n); n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		if s := yamldoc.String(n); s != "" {
			out = append(out, s)
		}
		return out
	}
	for _, item := range yamldoc.Items(n) {
		out = append(out, list(item)...)
	}
	return out
}

// roots are the documents of a file that parse; others are gaps.
func (r *reader) roots(f tree.File, data []byte) (out []*yaml.Node) {
	for _, d := range yamldoc.Parse(data) {
		switch {
		case d.Err != nil:
			r.t.Malformed(f.Path, d.ErrLine, d.Err, scorecard.Pipelines)
		case d.Root != nil && d.Root.Kind == yaml.MappingNode:
			out = append(out, d.Root)
		}
	}
	return out
}

// scripts reads the scripts of a scalar, or of the items of a list.
func (r *reader) scripts(n *yaml.Node, s scope) (out result) {
	n = yamldoc.Follow(n)
	if n == nil {
		return out
	}
	if n.Kind == yaml.ScalarNode {
		return r.scalar(n, s)
	}
	if n.Kind == yaml.SequenceNode {
		return r.lines(n, s)
	}
	return out
}

// lines reads a list of commands that one shell runs one after another: a `cd` in one
// holds for the next.
func (r *reader) lines(n *yaml.Node, s scope) (out result) {
	for _, item := range yamldoc.Items(n) {
		switch item.Kind {
		case yaml.SequenceNode:
			out.add(r.lines(item, s))
		case yaml.ScalarNode:
			out.add(r.scalar(item, s))
			if m := leadingCD.FindStringSubmatch(item.Value); m != nil {
				s.folder = path.Join(s.folder, knownFolder(expression.ReplaceAllString(strings.Trim(m[1], `"'`), unknown)))
				if strings.HasPrefix(s.folder, "..") {
					s.folder = "."
				}
			}
		}
	}
	return out
}

var leadingCD = lazyregexp.New(`^(?:cd|pushd)\s+(\S+)\s*(?:&&|;|\n|$)`)

// keep adds a step to a job, where something in it was recognised.
func keep(j *scorecard.Job, step scorecard.JobStep, x result) {
	step.Commands = x.commands
	if len(step.Commands) > 0 {
		j.Steps = append(j.Steps, step)
	}
}

// tolerate notes that a failure of the job stops nothing.
func tolerate(j *scorecard.Job, why string) {
	for i := range j.Steps {
		j.Steps[i].Commands = result{commands: j.Steps[i].Commands}.tolerated(why).commands
	}
}

// finish adds a job to the pipeline, without what is deployed for a test.
func finish(p *scorecard.Pipeline, j scorecard.Job) {
	test := forATest(&j)
	for i := range j.Steps {
		j.Steps[i].Commands = slices.DeleteFunc(j.Steps[i].Commands, func(c scorecard.Command) bool {
			return !serves(c.Purpose) || test && c.Purpose == scorecard.Deploy
		})
	}
	j.Steps = slices.DeleteFunc(j.Steps, func(s scorecard.JobStep) bool { return len(s.Commands) == 0 })
	for i := range j.Steps {
		j.Steps[i].Commands = distinct(j.Steps[i].Commands)
	}
	if len(p.Jobs) < 500 {
		p.Jobs = append(p.Jobs, j)
	}
}

// distinct drops commands that say the same as one before.
func distinct(in []scorecard.Command) (out []scorecard.Command) {
	seen := map[scorecard.Command]bool{}
	for _, c := range in {
		if !seen[c] && len(out) < 60 {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}

// triggers are in order, each once.
func triggers(list ...scorecard.Trigger) []scorecard.Trigger {
	slices.Sort(list)
	return slices.Compact(list)
}

// add keeps a pipeline.
func (r *reader) add(p scorecard.Pipeline) {
	p.Triggers = triggers(p.Triggers...)
	if len(p.Unseen) > 20 {
		p.Unseen = p.Unseen[:20]
	}
	r.into.Pipelines = append(r.into.Pipelines, p)
}

// prefixes are the folders that path filters start with; none where one of them has no
// folder, and so all changes count.
func prefixes(filters []string) (out []string) {
	for _, f := range filters {
		if strings.HasPrefix(f, "!") || strings.HasPrefix(f, ".github/") || strings.HasPrefix(f, ".gitlab") {
			continue
		}
		f = strings.TrimPrefix(strings.TrimPrefix(f, "./"), "/")
		if i := strings.IndexAny(f, "*?[{+("); i >= 0 {
			f = f[:i]
			if !strings.HasSuffix(f, "/") {
				f = path.Dir(f)
			}
		}
		f = path.Clean(f)
		if f == "." {
			return nil
		}
		out = append(out, f)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
