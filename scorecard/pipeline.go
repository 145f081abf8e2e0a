package scorecard

import "slices"

// Pipeline is one file, or one object, by which a system of continuous integration or
// delivery is told what to run.
type Pipeline struct {
	Location Location `json:"location"`
	// System is "github-actions", "gitlab-ci", "jenkins", "circleci", "azure-pipelines",
	// "buildkite", "tekton", "bitbucket", "drone", "woodpecker", "travis", "cloud-build",
	// "codebuild", "prow", "ci-operator" or "earthly".
	System string `json:"system"`
	Name   string `json:"name,omitempty"`
	// Triggers say when it runs, sorted, each once.
	Triggers []Trigger `json:"triggers,omitempty"`
	// Disabled says why it never runs; empty for one that does.
	Disabled string `json:"disabled,omitempty"`
	// Paths are the folders whose changes start it; none where all do.
	Paths []string `json:"paths,omitempty"`
	// Permissions is what the token of a GitHub workflow may do.
	Permissions Permissions `json:"permissions,omitzero"`
	Jobs        []Job       `json:"jobs,omitempty"`
	// Uses are the actions and workflows of other repositories that it runs, each once.
	Uses []ActionUse `json:"uses,omitempty"`
	// Unseen are parts that stand where nobody could look: what seems missing may be there.
	Unseen []Unseen `json:"unseen,omitempty"`
}

// Trigger is what starts a pipeline or a job.
type Trigger string

// What starts a pipeline. OnWorkflow is a pipeline that others call and nothing else
// starts; OnEvent is anything else that happens by itself.
const (
	OnPullRequest Trigger = "pull-request"
	OnPush        Trigger = "push"
	OnTag         Trigger = "tag"
	OnSchedule    Trigger = "schedule"
	OnManual      Trigger = "manual"
	OnWorkflow    Trigger = "call"
	OnEvent       Trigger = "event"
)

// Permissions are those of a workflow's token, as written at one place.
type Permissions struct {
	// Set: something is written. WriteAll: everything may be written.
	Set      bool     `json:"set,omitempty"`
	WriteAll bool     `json:"writeAll,omitempty"`
	Location Location `json:"location,omitzero"`
}

// Job is a part of a pipeline that runs by itself. Steps in which nothing was
// recognised are not kept.
type Job struct {
	Location Location `json:"location"`
	Name     string   `json:"name,omitempty"`
	// Triggers are the job's own, where they are fewer than the pipeline's.
	Triggers []Trigger `json:"triggers,omitempty"`
	Disabled string    `json:"disabled,omitempty"` // why it never runs
	// Permissions is what the job's token may do, where the job says so.
	Permissions Permissions `json:"permissions,omitzero"`
	Steps       []JobStep   `json:"steps,omitempty"`
}

// JobStep is one thing that a job does, with what of it is known.
type JobStep struct {
	Location Location `json:"location"`
	Name     string   `json:"name,omitempty"`
	// Uses is the action, orb, task or template that the step is made of.
	Uses string `json:"uses,omitempty"`
	// Disabled says why it never runs.
	Disabled string    `json:"disabled,omitempty"`
	Commands []Command `json:"commands,omitempty"`
}

// Purpose is what a command is for.
type Purpose string

// The purposes that commands are told apart by.
const (
	Test      Purpose = "test"       // runs tests of code
	LintIaC   Purpose = "lint-iac"   // checks infrastructure as code or manifests
	PlanIaC   Purpose = "iac-plan"   // compares infrastructure as code with what is there
	Deploy    Purpose = "deploy"     // changes what runs
	ScanImage Purpose = "image-scan" // looks for known vulnerabilities in an image
	ScanCode  Purpose = "code-scan"  // looks for vulnerabilities in code or its dependencies
	LoadTest  Purpose = "load-test"
	Release   Purpose = "release" // tags or publishes a version
	Migrate   Purpose = "migrate" // changes a database's schema
)

// Command is a program that a step runs, by itself or through make, a package's
// script, a shell script and their kin. Its arguments are not kept: they may hold
// secrets.
type Command struct {
	// Location is where the command is written, which may be another file than the step's.
	Location Location `json:"location"`
	// Tool is the command as the table of the reader calls it: "go test", "helm upgrade".
	Tool    string  `json:"tool"`
	Purpose Purpose `json:"purpose"`
	// Folder is where it runs or what it is told to look at, "." for all of the repository.
	Folder string `json:"folder"`
	// Language is that of the code which the command is for ("go", "jvm", "javascript",
	// "python", …); empty where it is for any.
	Language string `json:"language,omitempty"`
	// Via is the way from the step to the command: "make test", "npm run ci"; empty
	// where the step runs it itself.
	Via string `json:"via,omitempty"`
	// Tolerated says why nothing comes of it when it fails; empty where it stops the pipeline.
	Tolerated string `json:"tolerated,omitempty"`
}

// ActionUse is an action or a workflow of another repository that a workflow runs.
type ActionUse struct {
	Location Location `json:"location"`
	// Ref is as written: "actions/checkout@v4", "docker://alpine:3.20".
	Ref string `json:"ref"`
	// Pinned: by a full commit, or an image by its digest.
	Pinned bool `json:"pinned,omitempty"`
	// Known: of GitHub itself, or of the repository's own owner.
	Known bool `json:"known,omitempty"`
}

// Unseen is a part of a pipeline that stands elsewhere.
type Unseen struct {
	Location Location `json:"location"`
	What     string   `json:"what"` // "template of another project", "shared library"
	// May are the purposes that it may have, as far as its name tells; none means any.
	May []Purpose `json:"may,omitempty"`
}

// UpdateBot is one rule by which a bot proposes newer dependencies.
type UpdateBot struct {
	Location Location `json:"location"`
	Bot      string   `json:"bot"` // "dependabot", "renovate", …
	// Ecosystems that it looks after, as Ecosystem.Name has them; none means all.
	Ecosystems []string `json:"ecosystems,omitempty"`
	// Folders that it looks at, with wildcards; none means all of the repository.
	Folders []string `json:"folders,omitempty"`
	// Ignored are folders that it leaves out.
	Ignored  []string `json:"ignored,omitempty"`
	Disabled string   `json:"disabled,omitempty"`
}

// Ecosystem is a file that says which dependencies something has.
type Ecosystem struct {
	Location Location `json:"location"`
	// Name is Dependabot's: "gomod", "npm", "maven", "gradle", "pip", "bundler", "cargo",
	// "composer", "nuget", "mix", "pub", "swift", "docker", "github-actions".
	Name   string `json:"name"`
	Folder string `json:"folder"`
	// Root is the folder of the workspace that this one is a member of, so that whoever
	// updates the root updates it; empty for a root.
	Root string `json:"root,omitempty"`
}

// Code is what of one language stands in one folder.
type Code struct {
	Location Location `json:"location"` // its first file
	Folder   string   `json:"folder"`
	Language string   `json:"language"`
	Files    int      `json:"files"`
}

// Sync is an object by which a controller in the cluster applies what a repository says.
type Sync struct {
	Location Location `json:"location"`
	Tool     string   `json:"tool"` // "Argo CD", "Flux", "Config Sync", "Fleet", …
	Name     string   `json:"name"`
	// Paths are the folders that it applies; none where they are not known.
	Paths []string `json:"paths,omitempty"`
	// Chart is a chart that it installs from elsewhere.
	Chart string `json:"chart,omitempty"`
	// Heals: it also takes back what was changed by hand.
	Heals     bool `json:"heals,omitempty"`
	Suspended bool `json:"suspended,omitempty"`
}

// DriftWatch is something that compares infrastructure with its code again and again,
// or is the one place from which it is applied.
type DriftWatch struct {
	Location Location `json:"location"`
	Tool     string   `json:"tool"` // "Atlantis", "Spacelift", …
}

// LoadProbe is a load test that somebody can run: a target of make or of a package's
// scripts, a load generator that is deployed.
type LoadProbe struct {
	Location Location `json:"location"`
	Tool     string   `json:"tool"`
	Via      string   `json:"via"` // "make load-test", "Deployment loadgenerator"
}

// Starts reports whether one of the triggers starts the job of the pipeline.
func (p *Pipeline) Starts(j *Job, on ...Trigger) bool {
	triggers := j.Triggers
	if len(triggers) == 0 {
		triggers = p.Triggers
	}
	return slices.ContainsFunc(triggers, func(t Trigger) bool { return slices.Contains(on, t) })
}

// Runs reports whether the pipeline is ever started by a change: a push, a pull or
// merge request, a tag.
func (p *Pipeline) Runs() bool {
	return p.Disabled == "" && slices.ContainsFunc(p.Triggers, func(t Trigger) bool { return t == OnPullRequest || t == OnPush })
}
