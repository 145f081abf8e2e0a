package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

var imagePinned = scorecard.Check{
	ID:      "image-pinned",
	Pillar:  scorecard.Security,
	Title:   "Every image is pinned to a version",
	Applies: "images of all containers, init containers too; base images of Dockerfiles, Compose services and Jib builds, but for what Compose runs beside a service of Kubernetes; what ECS, Cloud Run, Lambda and Container Apps run by Terraform",
	Passes:  "a digest, or a tag other than those that move: " + strings.Join(movingTags, ", ") + "; latest, nightly, edge, stable or canary with a variant (`latest-alpine`)",
	Why: "What a moving tag names changes without a change in version control: two replicas may run different code, a restart may deploy, " +
		"and a rollback may not bring back what ran before.",
	Fix: "Name the version in the tag; better still, add the digest, which nobody can move.",
	References: []scorecard.Reference{
		{Title: "Kubernetes: Images, image names and pull policy", URL: "https://kubernetes.io/docs/concepts/containers/images/"},
		{Title: "Docker: Building best practices, pin base image versions", URL: "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"},
	},
	Level: scorecard.Bronze, Weight: scorecard.High, Effort: scorecard.Minutes,
	Reads: []scorecard.Family{scorecard.Kubernetes, scorecard.Images},
	Rule:  rule(words{"image", "is pinned", "no image was seen"}, countImages),
}

// movingTags are tags that are put on another image with time.
var movingTags = []string{"latest", "main", "master", "stable", "edge", "dev", "nightly", "canary", "production", "prod", "staging", "qa"}

// channels are those of the moving tags that go on moving with something joined to them:
// nightly-slim. Branches and environments are left out: main-4 may be one build.
var channels = []string{"latest", "nightly", "edge", "stable", "canary"}

// variants are what images of one version differ in, and the distributions that they are
// built on: alone they name no version of what runs.
var variants = []string{
	"alpine", "slim", "debian", "ubuntu", "stretch", "buster", "bullseye", "bookworm", "trixie", "bionic", "focal", "jammy", "noble", "ubi", "distroless",
	"lts", "current", "rolling", "mainline", "nonroot", "debug", "rootless", "unprivileged", "fpm", "apache", "jdk", "jre", "perl", "otel", "amd64", "arm64",
}

// oneOf is what tells one image from all later ones: a date, a commit, a build's number,
// a version in full.
var oneOf = lazyregexp.New(`[0-9]{4}|[0-9]+[._][0-9]+[._][0-9]+|[0-9]{2,}-[0-9]{2}|\b[0-9a-f]{7,}\b`)

// movingTag reports whether a tag, in lower case, is put on another image with time: one of
// those that move, or a channel with what is no version. A variant alone (`alpine`,
// `nonroot`) is none of them: some images have no other tags.
func movingTag(tag string) bool {
	if slices.Contains(movingTags, tag) {
		return true
	}
	parts := strings.FieldsFunc(tag, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	if len(parts) == 0 {
		return false
	}
	rest := slices.DeleteFunc(slices.Clone(parts), func(p string) bool { return slices.Contains(variants, p) })
	if len(rest) == 0 {
		return false
	}
	for _, end := range []string{rest[0], rest[len(rest)-1]} {
		if end == "latest" && !oneOf.MatchString(tag) {
			return true // of a line of versions too: 1.2-latest
		}
		if slices.Contains(channels, end) && !strings.ContainsAny(strings.Join(rest, ""), "0123456789") {
			return true
		}
	}
	return false
}

func countImages(s *survey) {
	filled := map[string]string{}
	for _, b := range s.Built {
		filled[scorecard.ParseImage(b.Name).Repository] = b.Tool
	}
	byTag := false
	count := func(at scorecard.Location, who, image string, remedy func() string) {
		switch outcome, why := judgeImage(image, filled); outcome {
		case scorecard.Pass:
			byTag = byTag || scorecard.ParseImage(image).Digest == ""
			s.Pass(at, "%s: %s", who, why)
		case scorecard.Fail:
			s.Fail(at, remedy, "%s: %s", who, why)
		default:
			s.Undecided(at, "%s: %s", who, why)
		}
	}
	for i := range s.Workloads {
		w := &s.Workloads[i]
		for j := range w.Containers {
			c := &w.Containers[j]
			if injected(w, c) {
				continue
			}
			at := fieldOf(c, "image", c.ImageLine, c.ImageLine)
			if unreadable(c, "image") {
				judgeImageText(s, at, w, c)
				continue
			}
			count(at, called(w, c), c.Image, func() string { return containerImageRemedy(w, c) })
		}
	}
	for _, b := range s.Images {
		if b.Image == "scratch" || beside(s.View, b) || b.Format == "terraform" && len(s.Workloads) > 0 { // another way to run what the pods do
			continue
		}
		who := buildImageName(b)
		if b.Unresolved != "" {
			s.Undecided(b.Location, "%s: %s", who, b.Unresolved)
			continue
		}
		count(b.Location, who, b.Image, func() string { return buildImageRemedy(b) })
	}
	if byTag {
		s.Note("a digest would hold even if a tag is moved")
	}
}

// beside reports whether an image is of something else that a Compose file runs beside the
// service, which Kubernetes runs: a database or a dashboard on a developer's machine.
func beside(v *scorecard.View, b scorecard.BuildImage) bool {
	if b.Format != "compose" || b.Service == "" || len(v.Workloads) == 0 {
		return false
	}
	same := func(name string) bool {
		squeeze := strings.NewReplacer("-", "", "_", "", ".", "")
		a, b := squeeze.Replace(strings.ToLower(name)), squeeze.Replace(strings.ToLower(b.Service))
		return a != "" && (strings.Contains(b, a) || strings.Contains(a, b))
	}
	if same(v.Service.Name) {
		return false
	}
	for i := range v.Workloads {
		w := &v.Workloads[i]
		if same(w.Object.Name) || same(w.Application()) {
			return false
		}
		if c := w.MainContainer(); c != nil && scorecard.ParseImage(c.Image).Base() == scorecard.ParseImage(b.Image).Base() {
			return false
		}
	}
	return true
}

var (
	// What the reference grammar of container registries allows.
	repositoryShape = lazyregexp.New(`^([A-Za-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$`)
	tagShape        = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	// A tag of capitals without a digit is a word for a pipeline to replace.
	placeholderTag = lazyregexp.New(`^_*[A-Z][A-Z_-]*$`)
)

// judgeImage says whether a reference is pinned. filled has the repositories whose
// tag a tool fills in when it deploys.
func judgeImage(ref string, filled map[string]string) (scorecard.Outcome, string) {
	im := scorecard.ParseImage(ref)
	switch {
	case im.Repository == "":
		return scorecard.Unknown, "no image is written"
	case ref == "auto":
		return scorecard.Unknown, "image auto is filled in by the sidecar injector"
	case !repositoryShape.MatchString(im.Repository), im.Tag != "" && (!tagShape.MatchString(im.Tag) || placeholderTag.MatchString(im.Tag)):
		return scorecard.Unknown, fmt.Sprintf("image %s has a placeholder that a pipeline fills in", ref)
	case im.Digest != "":
		return scorecard.Pass, fmt.Sprintf("image %s is pinned by digest", ref)
	case im.Tag == "" && filled[im.Repository] != "":
		return scorecard.Unknown, fmt.Sprintf("image %s gets its tag from %s", ref, filled[im.Repository])
	case im.Tag == "":
		return scorecard.Fail, fmt.Sprintf("image %s has no tag, which means latest", ref)
	case movingTag(strings.ToLower(im.Tag)):
		return scorecard.Fail, fmt.Sprintf("image %s has a tag that moves", ref)
	}
	return scorecard.Pass, fmt.Sprintf("image %s is pinned by tag", ref)
}

// judgeImageText judges an image of which parameters of a Template fill in a part: its tag
// or digest decides where that is written, whatever the repository will be.
func judgeImageText(s *survey, at scorecard.Location, w *scorecard.Workload, c *scorecard.Container) {
	im, who := scorecard.ParseImage(c.ImageText), called(w, c)
	whole := func(part string) bool { return part != "" && !strings.ContainsAny(part, "${}<>") }
	switch {
	case !strings.Contains(c.ImageText, "${"):
		s.Undecided(at, "%s: its image could not be read", who)
	case whole(im.Digest):
		s.Pass(at, "%s: image %s is pinned by digest", who, c.ImageText)
	case im.Digest != "" || !whole(im.Tag) || !tagShape.MatchString(im.Tag) || placeholderTag.MatchString(im.Tag):
		s.Undecided(at, "%s: its image could not be read", who)
	case movingTag(strings.ToLower(im.Tag)):
		s.Fail(at, func() string {
			return in(c.Location) + fmt.Sprintf("give the parameter that fills in the tag of `%s` the version that you run now as its default: `value: \"%s\"`.", c.ImageText, versionHint)
		}, "%s: image %s has a tag that moves", who, c.ImageText)
	default:
		s.Pass(at, "%s: image %s is pinned by tag", who, c.ImageText)
	}
}

func buildImageName(b scorecard.BuildImage) string {
	switch b.Format {
	case "compose":
		if b.Service != "" {
			return "Compose service " + b.Service
		}
		return "Compose file"
	case "jib":
		return "Jib base image"
	case "terraform":
		return b.Service + " in Terraform"
	}
	return "Dockerfile"
}

// versionHint stands for the version that only a person knows.
const versionHint = "1.2.3"

func containerImageRemedy(w *scorecard.Workload, c *scorecard.Container) string {
	repository := scorecard.ParseImage(c.Image).Repository
	patch := containerPatch(w, c, object{{key: "image", value: repository + ":" + versionHint, comment: "the version that you run now, better with its digest"}})
	return fenced(in(c.Location)+"pin the image of container `"+c.Name+"`:", "yaml", patch) + "\n\n" + digestHint(repository)
}

func buildImageRemedy(b scorecard.BuildImage) string {
	repository := scorecard.ParseImage(b.Image).Repository
	pinned := repository + ":" + versionHint
	if b.Format == "compose" {
		return fenced(in(b.Location)+"pin the image:", "yaml", yamlText(object{{key: "services", value: object{
			{key: b.Service, value: object{{key: "image", value: pinned, comment: "the version that you run now, better with its digest"}}}}}})) + "\n\n" + digestHint(repository)
	}
	if b.Format == "terraform" {
		return fenced(in(b.Location)+"name the version of the image, better with its digest:", "hcl", fmt.Sprintf("image = %q", pinned)) + "\n\n" + digestHint(repository)
	}
	if b.Format == "jib" {
		return in(b.Location) + fmt.Sprintf("name the version of the base image, and better its digest: `%s`. ", pinned) + digestHint(repository)
	}
	return fenced(in(b.Location)+"name the version of the base image (the one you build on now), better with its digest:", "dockerfile", "FROM "+pinned) + "\n\n" + digestHint(repository)
}

func digestHint(repository string) string {
	return fmt.Sprintf("The digest is what `docker buildx imagetools inspect %s:%s` shows.", repository, versionHint)
}
