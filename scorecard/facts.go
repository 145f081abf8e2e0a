package scorecard

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Facts are what one source saw, before it is dealt out to services; an Inventory
// holds one service's share. Every part says where it was seen. Readers append;
// Sort makes the whole canonical.
type Facts struct {
	Entities []Entity    `json:"entities,omitempty" family:"catalog"`
	Owners   []OwnerRule `json:"owners,omitempty" family:"owners"`
	// Codeowners is the path of the CODEOWNERS file that counts; empty where there is none.
	Codeowners string          `json:"codeowners,omitempty" family:"owners"`
	Workloads  []Workload      `json:"workloads,omitempty" family:"kubernetes"`
	Services   []KubeService   `json:"services,omitempty" family:"kubernetes"`
	Budgets    []Budget        `json:"budgets,omitempty" family:"kubernetes"`
	Scalers    []Autoscaler    `json:"scalers,omitempty" family:"kubernetes"`
	Policies   []NetworkPolicy `json:"networkPolicies,omitempty" family:"kubernetes"`
	Monitors   []Monitor       `json:"monitors,omitempty" family:"kubernetes"`
	Scrapes    []Scrape        `json:"scrapes,omitempty" family:"kubernetes"`
	Routes     []Route         `json:"routes,omitempty" family:"kubernetes"`
	Roles      []Role          `json:"roles,omitempty" family:"kubernetes"`
	Bindings   []Binding       `json:"bindings,omitempty" family:"kubernetes"`
	Secrets    []SecretObject  `json:"secrets,omitempty" family:"kubernetes"`
	Priorities []PriorityClass `json:"priorityClasses,omitempty" family:"kubernetes"`
	// Grants are only of a whole repository, to find out what dangles.
	Grants  []ReferenceGrant `json:"referenceGrants,omitempty" family:"kubernetes"`
	Objects []OtherObject    `json:"objects,omitempty" family:"kubernetes"`
	// Dangling are the selectors and targets that match nothing in the whole repository.
	// FindDangling finds them; readers leave it empty.
	Dangling []Dangling `json:"dangling,omitempty" family:"kubernetes"`
	// KubeVersion is the version of Kubernetes that manifests are read for: "v1.37.0";
	// empty where there are none.
	KubeVersion string     `json:"kubeVersion,omitempty" family:"kubernetes"`
	Manifests   []Manifest `json:"manifests,omitempty" family:"kubernetes"`
	// Forms are other renderings of what is judged, of which only the objects of
	// Kubernetes are kept.
	Forms          []OtherForm     `json:"forms,omitempty" family:"kubernetes"`
	Charts         []Chart         `json:"charts,omitempty" family:"kubernetes"`
	Images         []BuildImage    `json:"images,omitempty" family:"images"`
	Built          []BuiltImage    `json:"built,omitempty" family:"images"`
	Runs           []Run           `json:"runs,omitempty" family:"runtime"`
	SLOs           []Objective     `json:"objectives,omitempty" family:"objectives"`
	Documents      []Document      `json:"documents,omitempty" family:"documents"`
	Sites          []DocSite       `json:"docSites,omitempty" family:"documents"`
	Terraform      []TerraformRoot `json:"terraform,omitempty" family:"infrastructure"`
	Infra          []Definition    `json:"definitions,omitempty" family:"infrastructure"`
	Pins           []Pin           `json:"pins,omitempty" family:"infrastructure"`
	States         []Location      `json:"stateFiles,omitempty" family:"infrastructure"` // Terraform state in version control
	Traffic        []TrafficPolicy `json:"traffic,omitempty" family:"kubernetes"`
	Modules        []Module        `json:"modules,omitempty" family:"dependencies"`
	Settings       []Setting       `json:"settings,omitempty" family:"dependencies"`
	Migrated       []Migration     `json:"migrations,omitempty" family:"dependencies"`
	Stores         []DataStore     `json:"stores,omitempty" family:"infrastructure"`
	Backups        []Backup        `json:"backups,omitempty" family:"infrastructure"`
	StorageClasses []StorageClass  `json:"storageClasses,omitempty" family:"kubernetes"`
	SecretSources  []SecretSource  `json:"secretSources,omitempty" family:"infrastructure"`
	Experiments    []Experiment    `json:"experiments,omitempty" family:"infrastructure"`
	Leaks          []Leak          `json:"leaks,omitempty" family:"files"`
	Searches       []Search        `json:"searches,omitempty" family:"files"`
	// AsOf is the day of the scan ("2026-11-23"), where some fact holds a date that is
	// weighed against it; else empty. It is no part of the canonical form: the same files make
	// the same inventory every day, and whoever judges it again says as of when.
	AsOf       string         `json:"-" family:"history"`
	Pipelines  []Pipeline     `json:"pipelines,omitempty" family:"pipelines"`
	Updates    []UpdateBot    `json:"updateBots,omitempty" family:"pipelines"`
	Ecosystems []Ecosystem    `json:"ecosystems,omitempty" family:"pipelines"`
	Code       []Code         `json:"code,omitempty" family:"pipelines"`
	Syncs      []Sync         `json:"syncs,omitempty" family:"pipelines"`
	Drift      []DriftWatch   `json:"drift,omitempty" family:"pipelines"`
	LoadProbes []LoadProbe    `json:"loadProbes,omitempty" family:"pipelines"`
	Tags       []Tags         `json:"tags,omitempty" family:"history"`
	Changelogs []Changelog    `json:"changelogs,omitempty" family:"history"`
	Alerts     []Alert        `json:"alerts,omitempty" family:"alerts"`
	RuleFiles  []RuleFile     `json:"ruleFiles,omitempty" family:"alerts"`
	Recordings []Recording    `json:"recordings,omitempty" family:"alerts"`
	Routings   []AlertRouting `json:"alertRoutings,omitempty" family:"alerts"`
	Dashboards []Dashboard    `json:"dashboards,omitempty" family:"dashboards"`
	// Belongings and Told are only of a whole repository, to deal out what Terraform makes:
	// whose it is, and which services its definitions show so far that what they do not lead
	// to is none of theirs.
	Belongings []Belonging        `json:"belongings,omitempty" family:"infrastructure"`
	Told       []string           `json:"told,omitempty" family:"infrastructure"`
	OnCall     []OnCall           `json:"onCall,omitempty" family:"infrastructure"`
	Canaries   []Canary           `json:"canaries,omitempty" family:"kubernetes"`
	Analyses   []AnalysisTemplate `json:"analysisTemplates,omitempty" family:"kubernetes"`
	Pools      []Pool             `json:"inferencePools,omitempty" family:"kubernetes"`
	Upgrades   []Upgrade          `json:"upgrades,omitempty" family:"kubernetes"`
	// Models are the custom objects of which operators make model servers (SeldonDeployment,
	// LLMInferenceService, RayService, NIMService, Kaito's Workspace), as far as they show
	// their pods. The checks of model servers alone ask them; they are among Objects too.
	Models   []Workload      `json:"models,omitempty" family:"kubernetes"`
	Proxies  []ProxyConfig   `json:"proxies,omitempty" family:"runtime"`
	Gateways []ModelGateway  `json:"modelGateways,omitempty" family:"infrastructure"`
	Hosted   []HostedService `json:"hosted,omitempty" family:"infrastructure"`
	// Shared are the files whose evidence counts for every service of the repository,
	// because it names none; empty where the repository is one service.
	Shared []string `json:"shared,omitempty"`
	// Gaps say what could not be asked or read, and why.
	Gaps []Gap `json:"gaps,omitempty"`
	// Notes say what was left out on purpose and would surprise (a folder of
	// demonstrations, another form of an object); they change no verdict.
	Notes []Problem `json:"notes,omitempty"`
}

// Date notes the day of the scan where a fact is weighed against it.
func (f *Facts) Date(now time.Time) {
	if f.HasDates() {
		f.AsOf = now.UTC().Format(time.DateOnly)
	}
}

// HasDates reports whether a fact holds a date that is weighed against the day of the scan.
func (f *Facts) HasDates() bool {
	return slices.ContainsFunc(f.Documents, func(d Document) bool { return d.Dated() }) ||
		slices.ContainsFunc(f.Tags, func(t Tags) bool { return len(t.Dated) > 0 }) ||
		slices.ContainsFunc(f.Changelogs, func(c Changelog) bool { return len(c.Dated) > 0 })
}

// Gap is something that could not be seen: a source that did not answer, a file
// that would not parse, a bound that was hit. It is a value, kept with the
// inventory, and makes the checks that would have read it UNKNOWN.
type Gap struct {
	Location Location `json:"location"`
	// Hides are the families of evidence that may be missing for it; none for a gap that
	// is shown and can change no verdict, such as a chart's dependency that is not
	// vendored and without which the chart renders.
	Hides []Family `json:"hides"`
	// Reason is a short code: "unreadable", "malformed", "too-large", "too-many",
	// "render-failed", "remote", "missing-dependency", "not-text", "link-escapes", "timeout",
	// "empty" (a folder without a file to read).
	Reason string `json:"reason"`
	// Message is one sentence for a person: what, where, and what to do.
	Message string `json:"message"`
	// Alters are the files and folders whose objects may be otherwise once the gap is
	// filled (an overlay's patch is missing), in the gap's form where it names one: what
	// was seen wrong of those is no more certain than what was seen right. Most gaps only
	// hide, and alter nothing.
	Alters []string `json:"alters,omitempty"`
	// Feeds says to whom the missing objects of Kubernetes may belong; zero is everybody.
	Feeds Feeds `json:"feeds,omitzero"`
	// Charts are the names of the charts from elsewhere that are missing, where that is all;
	// a check may know that charts of such names bring nothing that it looks for.
	Charts []string `json:"charts,omitempty"`
	// Apart: what it hides is an application of which nothing else was read. It takes nothing
	// from what was seen, and makes unknown only what did not seem to apply.
	Apart bool `json:"apart,omitempty"`
}

// Feeds are folders and namespaces: what is missing may belong to the workloads that are
// declared below the one, or run in the other.
type Feeds struct {
	Folders    []string `json:"folders,omitempty"`
	Namespaces []string `json:"namespaces,omitempty"`
}

// Everybody reports whether nothing is said of whose it may be.
func (f *Feeds) Everybody() bool { return len(f.Folders) == 0 }

// Widen adds those of the other.
func (f *Feeds) Widen(by Feeds) {
	if f.Everybody() || by.Everybody() {
		*f = Feeds{}
		return
	}
	for _, l := range []struct {
		to *[]string
		by []string
	}{{&f.Folders, by.Folders}, {&f.Namespaces, by.Namespaces}} {
		*l.to = slices.Compact(slices.Sorted(slices.Values(slices.Concat(*l.to, l.by))))
	}
}

// Workload reports whether what is missing may belong to the workload.
func (f *Feeds) Workload(w *Workload) bool {
	if f.Everybody() || slices.Contains(f.Namespaces, w.Object.Namespace) {
		return true
	}
	return slices.ContainsFunc(f.Folders, func(d string) bool {
		return w.Origin == d || w.Location.Path == d || strings.HasPrefix(w.Location.Path, d+"/") || strings.HasPrefix(w.Origin, d+"/")
	})
}

// Touches reports whether the gap may hide evidence of one of the families.
func (g Gap) Touches(families []Family) bool {
	return slices.ContainsFunc(g.Hides, func(f Family) bool { return slices.Contains(families, f) })
}

// MayAlter reports whether the object at that place may be otherwise once the gap is
// filled. What is said of a file itself (a reference that leads nowhere) stays true, and
// so does what a Secret holds in the repository.
func (g Gap) MayAlter(at Location) bool {
	if at.Object == (ObjectRef{}) || at.Object.Kind == "Secret" {
		return false
	}
	if g.Location.Form != "" && at.Form != "" && at.Form != g.Location.Form {
		return false
	}
	return slices.ContainsFunc(g.Alters, func(p string) bool { return p == "." || at.Path == p || strings.HasPrefix(at.Path, p+"/") })
}

// OtherForm is another rendering of objects that are judged in some form: the overlay
// for staging beside that of production. It earns and costs nothing; it is judged to
// say where it would come out differently.
type OtherForm struct {
	// Name is that of Location.Form, or "plain FOLDER" for plain manifests.
	Name  string `json:"name"`
	Facts Facts  `json:"facts"`
}

// Entity is a Backstage catalog entity, as written in a file. Kind and the
// references keep their spelling; Ref lower-cases them as Backstage does.
type Entity struct {
	Location    Location          `json:"location"`
	APIVersion  string            `json:"apiVersion"`
	Kind        string            `json:"kind"`
	Namespace   string            `json:"namespace,omitempty"` // empty is "default"
	Name        string            `json:"name"`
	Title       string            `json:"title,omitempty"`
	Description string            `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Links       []EntityLink      `json:"links,omitempty"`
	Type        string            `json:"type,omitempty"`
	Lifecycle   string            `json:"lifecycle,omitempty"`
	Owner       string            `json:"owner,omitempty"` // as written: "team-a", "group:default/team-a"
	OwnerLine   int               `json:"ownerLine,omitempty"`
	System      string            `json:"system,omitempty"`
	Tier        string            `json:"tier,omitempty"` // spec.tier
	DependsOn   []string          `json:"dependsOn,omitempty"`
	Provides    []string          `json:"providesApis,omitempty"`
	Consumes    []string          `json:"consumesApis,omitempty"`
	// Problems say where the entity does not follow its kind's schema.
	Problems []Problem `json:"problems,omitempty"`
}

// EntityLink is one of an entity's metadata.links.
type EntityLink struct {
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
	Type  string `json:"type,omitempty"`
}

// Ref is the entity's reference, lower-cased: `component:default/cart`.
func (e *Entity) Ref() string {
	return strings.ToLower(e.Kind + ":" + cmp.Or(e.Namespace, "default") + "/" + e.Name)
}

// OwnerRule is one line of a CODEOWNERS file, or an OWNERS file (whose pattern is
// its folder).
type OwnerRule struct {
	Location Location `json:"location"`
	Format   string   `json:"format"` // "codeowners", "owners"
	Pattern  string   `json:"pattern"`
	Owners   []string `json:"owners,omitempty"` // "@org/team", "@person", "a@b.c"; none un-owns the path
	// Ignored says why the host ignores the line (bad pattern, malformed owner, a
	// file in a place where the host does not look); empty when it counts.
	Ignored string `json:"ignored,omitempty"`
}

// OtherObject is a Kubernetes object that no part above describes.
type OtherObject struct {
	Location Location          `json:"location"`
	Labels   map[string]string `json:"labels,omitempty"`
}

// Chart is a Helm chart.
type Chart struct {
	Location     Location          `json:"location"` // its Chart.yaml
	Folder       string            `json:"folder"`
	Name         string            `json:"name"`
	Version      string            `json:"version,omitempty"`
	Type         string            `json:"type,omitempty"` // "application" or "library"
	Dependencies []ChartDependency `json:"dependencies,omitempty"`
	Lock         Location          `json:"lock,omitzero"` // Chart.lock or requirements.lock
}

// ChartDependency is a chart that another one needs.
type ChartDependency struct {
	Location   Location `json:"location"`
	Name       string   `json:"name"`
	Version    string   `json:"version,omitempty"`    // a constraint, as written
	Repository string   `json:"repository,omitempty"` // without credentials
	Vendored   bool     `json:"vendored,omitempty"`   // found under charts/
	Local      bool     `json:"local,omitempty"`      // repository is file://
	Locked     string   `json:"locked,omitempty"`     // the version in the lock file
}

// BuildImage is an image that a build or Compose file starts from: `FROM`, `COPY
// --from`, a Compose service's `image`, a Jib base.
type BuildImage struct {
	Location Location `json:"location"`
	Format   string   `json:"format"` // "dockerfile", "compose", "jib", "terraform"
	Image    string   `json:"image"`
	// Unresolved says why the reference can't be known from the file, e.g. "build
	// argument VERSION has no default"; empty when Image is whole.
	Unresolved string `json:"unresolved,omitempty"`
	// Service is the name of the service of Compose, or that Terraform runs.
	Service string `json:"service,omitempty"`
}

// Run is how a Compose file, or a platform by Terraform, runs a service. Where workloads of Kubernetes
// run it, it says nothing of how the service is operated.
type Run struct {
	Location Location `json:"location"`
	Tool     string   `json:"tool,omitempty"` // ECS, CloudRun, ContainerApp, Lambda; empty is Compose
	Service  string   `json:"service"`        // its name there
	// Environment is what it is told of its telemetry.
	Environment []Variable `json:"environment,omitempty"`
	// Secrets are the variables of its environment that hold a secret.
	Secrets []RunSecret `json:"secrets,omitempty"`
	// Files are those of the repository, and folders, that it is given: mounted, as an environment,
	// as a secret or a configuration of Compose's. The repository as a whole is none.
	Files []string `json:"files,omitempty"`
	// Ends: it does its work and is done, as others wait for (service_completed_successfully).
	Ends bool `json:"ends,omitempty"`
	// Port is where it publishes or exposes a port; zero where it does not.
	Port Location `json:"port,omitzero"`
	// Health is its health check, of the Compose file or of the Dockerfile that it is
	// built from, Memory its limit of memory.
	Health RunSetting `json:"health,omitzero"`
	Memory RunSetting `json:"memory,omitzero"`
	// Tracing is whether the platform traces it, Logs whether its logs are JSON.
	Tracing RunSetting `json:"tracing,omitzero"`
	Logs    RunSetting `json:"logs,omitzero"`
}

// RunSecret is a variable that is called like a secret, or whose value has one in it.
type RunSecret struct {
	Name string `json:"name"`
	// Plain: the value stands in the file, or in one that is filled in from here; else who
	// runs it gives it.
	Plain bool `json:"plain,omitempty"`
	// File is the file of variables that holds it, or of which a sample is here.
	File      string `json:"file,omitempty"`
	FirstLine int    `json:"firstLine,omitempty"`
}

// The tools of Runs besides Compose: Amazon's Elastic Container Service and Lambda,
// Google's Cloud Run, Azure's Container Apps.
const (
	ECS          = "ecs"
	Lambda       = "lambda"
	CloudRun     = "cloud-run"
	ContainerApp = "container-app"
)

// RunSetting is something that a Run sets, or does not.
type RunSetting struct {
	Location Location `json:"location,omitzero"`
	// State is RunSet, RunOff or RunOpen; empty where nothing is written.
	State string `json:"state,omitempty"`
	// Text is what is written: "400M", "CMD curl".
	Text string `json:"text,omitempty"`
}

// What a RunSetting may be: set, switched off, or filled in where it is run.
const (
	RunSet  = "set"
	RunOff  = "off"
	RunOpen = "open"
)

// BuiltImage is an image that is built in the repository: a Skaffold artifact, a Compose
// service with `build:`, what a pipeline builds. All tools but Docker's own fill in its tag
// before it is deployed.
type BuiltImage struct {
	Location Location `json:"location"`
	Tool     string   `json:"tool"` // "skaffold", "compose", "tilt", "docker"
	Name     string   `json:"name"`
	// Service is the name of the service of Compose, or that Terraform runs.
	Service string `json:"service,omitempty"`
	// Context is the folder that it is built of, "." for the root, and File the Dockerfile;
	// both are empty where they are not known.
	Context string `json:"context,omitempty"`
	File    string `json:"file,omitempty"`
	// Copies are the files and folders that the Dockerfile puts in, as paths or patterns of
	// the repository; of those that other stages bring none.
	Copies []string `json:"copies,omitempty"`
}

// Objective is a service-level objective.
type Objective struct {
	Location Location `json:"location"`
	// Format is "sloth", "pyrra", "openslo", "nobl9", "keptn", "datadog", "google", "newrelic",
	// "grafana", "dynatrace", or "prometheus" for rules over a pair of windows.
	Format string `json:"format"`
	Name   string `json:"name"`
	// Example: it stands among demonstrations, and so speaks for nobody but the service
	// that it names.
	Example bool `json:"example,omitempty"`
	// Address is the name of Terraform's block, by which other blocks refer to it.
	Address string `json:"address,omitempty"`
	// Service is the service that the objective names; empty where its format names none.
	Service string `json:"service,omitempty"`
	// Labels are those of the object and of the indicator's selectors, which may name the service too.
	Labels map[string]string `json:"labels,omitempty"`
	// Target is the objective in percent; nil where it is not written or no number.
	Target *float64 `json:"target,omitempty"`
	// TargetText is the target as written.
	TargetText string `json:"targetText,omitempty"`
	Window     Window `json:"window,omitzero"`
	Indicator  SLI    `json:"indicator,omitzero"`
	// BurnRate says how alerting on burn rate stands: "windows" (over two windows or
	// more), "window" (over one alone), "disabled", "open" (it hangs on what files do not
	// tell), or empty where nothing is said.
	BurnRate string `json:"burnRate,omitempty"`
}

// Window is the time an objective is measured over.
type Window struct {
	Text string `json:"text,omitempty"` // as written: "30d", "4w", "1M"
	// Days is its length, 0 when it could not be read. A calendar month is 30, a quarter 90.
	Days     float64 `json:"days,omitempty"`
	Calendar bool    `json:"calendar,omitempty"` // aligned to the calendar, not rolling
	// Default is true where the file says nothing and the format's own default is meant.
	Default bool `json:"default,omitempty"`
	// Unit is "day", "week", "month", "quarter" or "year" for calendar windows.
	Unit string `json:"unit,omitempty"`
}

// SLI is what an objective measures.
type SLI struct {
	// Kind is "availability", "latency", "both", "other" (freshness, durability, saturation
	// and the like), or empty where it can't be told.
	Kind string `json:"kind,omitempty"`
	// Good or Bad, with Total, make a ratio; Threshold is a raw or time-slice metric
	// that compares with a value; Raw is a ready-made error ratio. Queries are as written.
	Good      string `json:"good,omitempty"`
	Bad       string `json:"bad,omitempty"`
	Total     string `json:"total,omitempty"`
	Raw       string `json:"raw,omitempty"`
	Threshold bool   `json:"threshold,omitempty"`
	// Plugin is the name of a generator that makes the queries (Sloth's plugins).
	Plugin string `json:"plugin,omitempty"`
	// Ref names an indicator defined elsewhere that could not be found.
	Ref string `json:"ref,omitempty"`
}

// DocumentKind says what a document is.
type DocumentKind string

// The kinds of documents that are read.
const (
	Readme  DocumentKind = "readme"
	Runbook DocumentKind = "runbook"
	// RecoveryPlan says how much time (RTO) and how much data (RPO) may be lost.
	RecoveryPlan DocumentKind = "recovery-plan"
	// RestoreDrill is the record of a restore or a failover that was tried.
	RestoreDrill DocumentKind = "restore-drill"
)

// Document is a piece of prose that is known by what it is for.
type Document struct {
	Kind     DocumentKind `json:"kind"`
	Location Location     `json:"location"` // the file; for a README's section, its lines
	Format   string       `json:"format"`   // "markdown", "asciidoc", "restructuredtext", "text"
	Title    string       `json:"title,omitempty"`
	Headings []string     `json:"headings,omitempty"` // in order, without the title
	// Words counts the prose, without headings, code and badges.
	Words int `json:"words"`
	// Steps counts list items, numbered or not; Commands counts code blocks and
	// indented or inline commands.
	Steps    int `json:"steps,omitempty"`
	Commands int `json:"commands,omitempty"`
	// Mentions are the lower-cased words of title, headings and front matter, by
	// which a document names a service.
	Mentions []string `json:"mentions,omitempty"`
	// About are the names that the front matter gives as the document's service,
	// component, application or tags.
	About []string `json:"about,omitempty"`
	// Passages are what a runbook says below each of its headings, these included, for
	// finding out whom it is about; no inventory keeps them.
	Passages []string `json:"-"`
	// RTO and RPO are a RecoveryPlan's, as written: "4 hours", "15 minutes".
	RTO string `json:"rto,omitempty"`
	RPO string `json:"rpo,omitempty"`
	// Date is the last day that a RestoreDrill names ("2026-11-23"), or its month ("2026-11").
	Date string `json:"date,omitempty"`
	// Parts are what it says in parts of their own, one of a kind, by kind. A README has none.
	Parts []DocumentPart `json:"parts,omitempty"`
	// Actions are a post-mortem's things to do.
	Actions []ActionItem `json:"actions,omitempty"`
	// Reviewed is the day on which it says that it was last reviewed: "2026-03-01".
	Reviewed string `json:"reviewed,omitempty"`
	// Changed is the day of the commit that changed the file last, of runbooks alone, and
	// empty where there is no history of it. Before: the history that could be read ends
	// on that day, so it was changed then or earlier.
	Changed string `json:"changed,omitempty"`
	Before  bool   `json:"before,omitempty"`
}

// DocSite is a folder from which a documentation generator builds pages: what a
// catalog entity's `backstage.io/techdocs-ref: dir:…` points to. Its family is Documents.
type DocSite struct {
	// Location is the generator's configuration (mkdocs.yml, mkdocs.yaml), or the
	// docs folder where there is none: TechDocs builds a folder `docs/` with an
	// index.md without configuration too.
	Location Location `json:"location"`
	Folder   string   `json:"folder"` // the folder of the configuration, "." for the root
	Tool     string   `json:"tool"`   // "mkdocs"
	// Pages counts the Markdown files under its docs folder (`docs_dir`).
	Pages int `json:"pages,omitempty"`
}

// TerraformRoot is one folder of Terraform or OpenTofu files: a module, which is a
// root when it is applied by itself.
type TerraformRoot struct {
	Location Location `json:"location"` // its first file, or the terraform block
	Folder   string   `json:"folder"`
	// Root: it has a provider, backend or cloud block, or tfvars beside it, and no
	// other module of the repository calls it.
	Root bool `json:"root,omitempty"`
	// RequiredVersion is the terraform block's constraint; Text is empty where there is none.
	RequiredVersion Constraint           `json:"requiredVersion,omitzero"`
	Providers       []ProviderConstraint `json:"providers,omitempty"`
	Modules         []ModuleCall         `json:"modules,omitempty"`
	Backend         *Backend             `json:"backend,omitempty"`
	Lock            Location             `json:"lock,omitzero"` // .terraform.lock.hcl
	Resources       []TerraformResource  `json:"resources,omitempty"`
	// CreatesState: one of its resources is the bucket, container or table that its
	// own backend names, or that another root's backend names: it can't keep its state there.
	CreatesState bool `json:"createsState,omitempty"`
	// Incomplete: part of what is applied could not be read (a file that would not
	// parse, a remote module that is the root): what seems missing may stand there.
	Incomplete bool `json:"incomplete,omitempty"`
}

// Constraint is a version constraint and where it stands.
type Constraint struct {
	Location Location `json:"location,omitzero"`
	Text     string   `json:"text,omitempty"`
	// Bounded: it can't be met by every later version (`~>`, `=`, `<`, a plain version); `>=` alone does not bound.
	Bounded bool `json:"bounded,omitempty"`
}

// ProviderConstraint is what a module asks of one provider. A provider that is used
// without being required has an empty constraint.
type ProviderConstraint struct {
	Name       string     `json:"name"`
	Source     string     `json:"source,omitempty"`
	Constraint Constraint `json:"constraint"`
}

// ModuleCall is a module block.
type ModuleCall struct {
	Location Location `json:"location"`
	Name     string   `json:"name"`
	Source   string   `json:"source"` // without credentials
	Version  string   `json:"version,omitempty"`
	Local    string   `json:"local,omitempty"` // the folder in this repository, for a local source
	// Pinned: local, or a registry source with a bounded version, or a git source with a ref.
	Pinned bool `json:"pinned,omitempty"`
}

// Backend says where a root keeps its state.
type Backend struct {
	Location Location `json:"location"`
	Type     string   `json:"type"` // "s3", "gcs", "cloud", "local", …
	// Locks: it locks the state while it writes: "yes", "no", or "unknown" where an
	// expression or a partial configuration leaves it open.
	Locks string `json:"locks"`
}

// TerraformResource is one resource block. Values of attributes are not kept.
type TerraformResource struct {
	Location Location `json:"location"`
	Type     string   `json:"type"`
	Name     string   `json:"name"`
}

// Belonging says to which of the services that Terraform runs one of its blocks belongs,
// by name.
type Belonging struct {
	Location Location `json:"location"`
	Services []string `json:"services,omitempty"`
	// Apart: it is about something that none of them leads to. Without services and not
	// apart it names nothing at all.
	Apart bool `json:"apart,omitempty"`
}

// Definition is something else that describes infrastructure or a deployment as
// code: one per file, project or deployed thing.
type Definition struct {
	Location Location `json:"location"`
	// Tool is "terraform", "pulumi", "cloudformation", "sam", "cdk", "bicep",
	// "crossplane", "ansible", "chef", "puppet", "serverless", "nomad", "compose",
	// "cloud-run", "ecs", "app-engine", …
	Tool string `json:"tool"`
	// Deploys: it says how a service is run. Provisions: it makes infrastructure.
	// Both may hold.
	Deploys    bool `json:"deploys,omitempty"`
	Provisions bool `json:"provisions,omitempty"`
	// Name is the service or stack that it names, if any.
	Name string `json:"name,omitempty"`
}

// Pin is a dependency of configuration-management code, and whether its version is
// fixed: an Ansible role or collection, a Chef cookbook, a Puppet module.
type Pin struct {
	Location Location `json:"location"`
	Tool     string   `json:"tool"` // "ansible", "chef", "puppet"
	Name     string   `json:"name"`
	Version  string   `json:"version,omitempty"`
	Pinned   bool     `json:"pinned,omitempty"`
}
