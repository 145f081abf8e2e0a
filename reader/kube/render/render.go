// Package render turns Helm charts and Kustomize overlays into manifests without
// the network, without the disk and within bounds. Templates are programs: they can
// loop and eat memory, and a goroutine can't be stopped from outside. So a Pool runs
// them in worker processes, which are the same executable started again, and end when
// a job takes more memory or processor time than it may; without a worker executable it runs them in this process,
// where only the time is bounded.
//
// Rendering is repeatable: the same job gives the same bytes. Clocks, random
// functions and the order of maps are taken out of the templates.
package render

import (
	"fmt"
	"log/slog"
	"path"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// Tool says what renders a job.
type Tool string

// The tools.
const (
	Helm      Tool = "helm"
	Kustomize Tool = "kustomize"
	// Text fills in texts of a Helmfile.
	Text Tool = "text"
)

// Job is one rendering: one chart with one set of values, or one kustomization.
type Job struct {
	Tool Tool
	// Files by path: below the chart's folder for Helm, below the repository's root
	// for Kustomize. Nothing else can be read.
	Files map[string][]byte

	// Root is the folder of the kustomization to build, or of a text's file, "." for the top.
	Root string

	// Texts are what Text fills in; it gives a document for each.
	Texts []string

	// Values are laid over the chart's own, each over those before it as Helm merges
	// several values files; none for the defaults. For Text they are what a text's `.`
	// holds.
	Values [][]byte
	// Set are single values on top of them.
	Set []Setting
	// Release is what `.Release.Name` gives, the chart's name where it is empty, and
	// Namespace what `.Release.Namespace` gives.
	Release, Namespace string
	// KubeVersion and APIVersions are the cluster's capabilities: "v1.37.0", and
	// "apps/v1" as well as "apps/v1/Deployment".
	KubeVersion string
	APIVersions []string
	// StandIns lets a chart have Outside where it fails for want of a value.
	StandIns bool
}

// Setting is one value as `helm --set` takes it, or `--set-string`.
type Setting struct {
	Text   string // `image.tag=1.2`
	String bool
}

// Document is rendered text and the file it comes from.
type Document struct {
	// Path is the template's below the chart's folder (`templates/web.yaml`,
	// `charts/redis/templates/master.yaml` with the subchart's name or alias), or the
	// resource's below the repository's root. Empty when it is not known.
	Path string
	// Text holds one document or several.
	Text []byte
}

// Result is what a job gave.
type Result struct {
	// Documents are in a fixed order: by path for Helm, as listed for Kustomize.
	Documents []Document
	// Missing are the chart's dependencies that are switched on and not vendored.
	Missing []string
	// StandIns names what Outside stands for, where the job allows it.
	StandIns []string
	// Failure says why there are no documents; nil when there are.
	Failure *Failure
}

// Failure is why a job gave nothing.
type Failure struct {
	// Reason is "failed" (the chart or kustomization itself is at fault), "timeout",
	// "memory", "too-large" (more text than MaxOutput) or "crashed".
	Reason string
	// Message is one sentence.
	Message string
	// Path and Line are where, as in Document.Path; empty and 0 when not known.
	Path string
	Line int
}

// MaxOutput is how many bytes one job may render.
const MaxOutput = 64 << 20

// run does the job here and now. A panic in a library becomes a failure.
func run(job Job) (res Result) {
	defer func() {
		if p := recover(); p != nil {
			slog.Debug("rendering panicked", "tool", job.Tool, "panic", p)
			res = Result{Failure: &Failure{Reason: "crashed", Message: oneLine(fmt.Sprintf("%s broke off: %v", job.Tool, p))}}
		}
		if res.Failure != nil {
			res.Failure.Message = withoutValues(job, res.Failure.Message)
		}
	}()
	switch job.Tool {
	case Helm:
		res = runHelm(job)
	case Kustomize:
		res = runKustomize(job)
	case Text:
		res = runTexts(job)
	default:
		return Result{Failure: &Failure{Reason: "failed", Message: fmt.Sprintf("no tool is called %q", job.Tool)}}
	}
	size := 0
	for _, d := range res.Documents {
		size += len(d.Text)
	}
	if size > MaxOutput {
		return Result{Missing: res.Missing, Failure: &Failure{Reason: "too-large", Message: fmt.Sprintf("it renders %d bytes; the bound is %d", size, MaxOutput)}}
	}
	return res
}

var (
	// templateAt is a place in a template as text/template and Helm write it.
	templateAt = lazyregexp.New(`([\w@.+-]+/(?:[\w@.+-]+/)*[\w@.+-]+\.\w+):(\d+)(?::\d+)?`)
	spaces     = lazyregexp.New(`\s+`)
)

// maxMessage bounds what a template's author may write into a message.
const maxMessage = 400

// oneLine makes one bounded line of an error's text.
var pointers = lazyregexp.New(`&?\{?0x[0-9a-f]{6,}\b`)

func oneLine(s string) string {
	s = pointers.ReplaceAllString(s, "…") // Go addresses differ from run to run
	s = strings.TrimSpace(spaces.ReplaceAllString(s, " "))
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return s
}

// place finds the first file and line in an error's text. strip is the first
// element of the path, which is not part of it (the chart's name).
func place(text, strip string) (string, int) {
	for _, m := range templateAt.FindAllStringSubmatch(text, -1) {
		p, ok := strings.CutPrefix(path.Clean(m[1]), strip+"/")
		if !ok {
			continue
		}
		line, err := strconv.Atoi(m[2])
		if err != nil {
			line = 0
		}
		return p, line
	}
	return "", 0
}
