// Package leak looks through all files that speak for secrets in plain text: private
// keys, keys of clouds, tokens, and values that by their name are passwords. What it
// finds is kept as a rule and a place; the secret goes no further than this package.
//
// # By gitleaks' rules
//
// What a secret looks like is told by the rules of gitleaks, as its release writes them
// (gitleaks.toml; `make generate-rules` brings it up to date), with their keywords,
// entropies and allowlists. They are matched by this package and not by gitleaks'
// own detector, which was measured (version 8.30.1): it adds fifty modules to go.mod
// and 6 MB to the program (its config package alone, for the rules' text, half as many),
// and takes a second for each megabyte of code, since it asks each rule of which some
// keyword stands in a file of the whole file, and "key", "api" and "token" stand in most.
// Here one automaton finds all keywords in one pass, and a rule is asked at its keyword,
// where a few letters mostly tell that it does not match: 30 MB and more a second on the
// same files, with the same findings. A rule's patterns are compiled when a keyword of it
// is met for the first time.
//
// # What is none
//
// Besides what gitleaks' allowlists name: placeholders, samples and values that are
// filled in, what is encrypted (SOPS, SealedSecrets, Ansible Vault), Secret manifests
// (package kube judges those by key), and files that are tests or samples by
// their names, as those in folders of tests do not speak. What the repository's own
// gitleaks configuration allows is kept as allowed.
package leak

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Bounds: leaks that are kept of one file and of all.
const (
	maxLeaksOfFile = 50
	maxLeaks       = 2000
)

// reader is one search of one tree.
type reader struct {
	t     *tree.Tree
	into  *scorecard.Facts
	rules *ruleSet
	own   *own
	files int
	bytes int64
}

// Read appends the leaks of the tree, and says how many files were looked through. A
// file of text that is too large to be looked at is a gap. It stops when the context ends.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	r := &reader{t: t, into: into, rules: defaults(), own: readOwn(t)}
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		if !r.file(f) {
			break
		}
	}
	if r.files > 0 {
		into.Searches = append(into.Searches, scorecard.Search{Location: scorecard.Location{Path: "."}, Files: r.files})
	}
}

// file looks through one file; false where a bound is hit and no other is to be looked at.
func (r *reader) file(f tree.File) bool {
	for _, p := range r.rules.paths {
		if p.path.MatchString(f.Path) {
			r.ofPath(f, p)
		}
	}
	if f.Size == 0 || notText(f.Base()) {
		return true
	}
	most := r.t.Limits().MaxFileBytes
	if f.Size > most {
		if head, ok := r.t.Glance(f.Path, headBytes); ok && isText(head) && !r.passedOver(f.Path) {
			r.gap(f.Path, "%s has %d bytes and was not looked through for secrets; the bound is %d bytes a file", f.Path, f.Size, most)
		}
		return true
	}
	if r.bytes += f.Size; r.bytes > r.t.Limits().MaxTotalBytes {
		r.gap(f.Path, "%s and the files after it were not looked through for secrets: those before used up the bound of %d bytes for a whole repository", f.Path, r.t.Limits().MaxTotalBytes)
		return false
	}
	text, ok := r.t.Glance(f.Path, most)
	if !ok {
		r.gap(f.Path, "%s can't be read, and was not looked through for secrets", f.Path)
		return true
	}
	if !isText(text) {
		return true
	}
	r.files++
	r.text(f, text)
	if len(r.into.Leaks) >= maxLeaks {
		r.gap(f.Path, "more than %d secrets were found; the files after %s were not looked through", maxLeaks, f.Path)
		return false
	}
	return true
}

func (r *reader) gap(p, format string, a ...any) {
	r.t.Gap(scorecard.Gap{Location: scorecard.Location{Path: p}, Hides: []scorecard.Family{scorecard.Files}, Reason: "too-large", Message: fmt.Sprintf(format, a...)})
}

// ofPath keeps a file that is a secret by its name, unless it is encrypted.
func (r *reader) ofPath(f tree.File, by *rule) {
	head, ok := r.t.Glance(f.Path, headBytes)
	if !ok || bytes.HasPrefix(head, []byte(gitCrypt)) || len(head) == 0 || r.passedOver(f.Path) {
		return
	}
	r.into.Leaks = append(r.into.Leaks, scorecard.Leak{
		Location: scorecard.Location{Path: f.Path}, Rule: by.id, Allowed: r.own.allows(by.id, 0, &sighting{path: f.Path}),
	})
}

// passedOver reports whether nothing in a file of that name is one.
func (r *reader) passedOver(p string) bool {
	return forTests.MatchString(p) || anyAllows(r.rules.allow, &sighting{path: p})
}

// text looks through the text of a file.
func (r *reader) text(f tree.File, text []byte) {
	var leaks []scorecard.Leak
	r.rules.search(f.Path, text, func(m found) {
		if len(leaks) >= maxLeaksOfFile {
			return
		}
		if l, ok := r.judge(f.Path, text, m); ok {
			leaks = append(leaks, l)
		}
	})
	leaks = append(leaks, settings(f, text)...)
	if len(leaks) == 0 || r.passedOver(f.Path) {
		return
	}
	objectsOf(f, text, leaks)
	r.into.Leaks = append(r.into.Leaks, leaks...)
}

// objectsOf names the objects of Kubernetes in which leaks stand.
func objectsOf(f tree.File, text []byte, leaks []scorecard.Leak) {
	if ext := path.Ext(f.Path); ext != ".yaml" && ext != ".yml" || !yamldoc.HasKey(text, "kind") {
		return
	}
	for _, doc := range yamldoc.Parse(text) {
		o := scorecard.ObjectRef{
			APIVersion: yamldoc.String(yamldoc.Get(doc.Root, "apiVersion")), Kind: yamldoc.String(yamldoc.Get(doc.Root, "kind")),
			Namespace: yamldoc.String(yamldoc.Get(doc.Root, "metadata", "namespace")), Name: yamldoc.String(yamldoc.Get(doc.Root, "metadata", "name")),
		}
		if o.Kind == "" || o.Name == "" {
			continue
		}
		for i := range leaks {
			if at := leaks[i].Location.FirstLine; at >= doc.FirstLine && at <= doc.LastLine {
				leaks[i].Object = o
			}
		}
	}
}

// judge weighs what a rule found, as gitleaks does and then by what it says of itself.
func (r *reader) judge(p string, text []byte, m found) (scorecard.Leak, bool) {
	s := sighting{path: p, secret: text[m.from:m.to], match: bytes.Trim(text[m.start:m.end], "\n"), line: linesOf(text, m.start, m.end)}
	if len(s.secret) == 0 || m.rule.entropy > 0 && entropy(s.secret) <= m.rule.entropy {
		return scorecard.Leak{}, false
	}
	if namesOther(m.rule, &s) || anyAllows(r.rules.allow, &s) || anyAllows(m.rule.allow, &s) || harmless(m.rule.id, &s, text, m.start) {
		return scorecard.Leak{}, false
	}
	line := lineAt(text, m.start)
	return scorecard.Leak{
		Location: scorecard.Location{Path: p, FirstLine: line, LastLine: line}, Rule: m.rule.id, Allowed: r.own.allows(m.rule.id, line, &s),
	}, true
}

func lineAt(text []byte, at int) int { return bytes.Count(text[:at], []byte("\n")) + 1 }

// linesOf are the whole lines that a part of the text lies in.
func linesOf(text []byte, start, end int) []byte {
	first := bytes.LastIndexByte(text[:start], '\n') + 1
	last := len(text)
	if i := bytes.IndexByte(text[end:], '\n'); i >= 0 {
		last = end + i
	}
	return text[first:last]
}

// headBytes is how much of a file tells whether it is text, as git does.
const headBytes = 8000

// gitCrypt is what files begin with that git-crypt encrypted.
const gitCrypt = "\x00GITCRYPT\x00"

func isText(b []byte) bool { return bytes.IndexByte(b[:min(len(b), headBytes)], 0) < 0 }

// notText reports whether a file is no text, or one that a package manager wrote, by its
// name: gitleaks' allowlist names the latter, and there is no need to read them first.
func notText(base string) bool {
	base = strings.ToLower(base)
	ext := path.Ext(base)
	return ext != "" && strings.Contains(binary, " "+ext+" ") || strings.Contains(locks, " "+base+" ")
}

const (
	binary = " .png .jpg .jpeg .gif .bmp .ico .svg .tif .tiff .webp .avif .mp3 .mp4 .mov .webm .ogg .wav .eot .otf .ttf .woff .woff2 .pdf .doc .docx .xls .xlsx .ppt .pptx" +
		" .zip .tgz .gz .bz2 .xz .zst .7z .tar .jar .war .class .exe .dll .pdb .so .dylib .o .a .bin .wasm .pyc .onnx .safetensors .parquet .gem .sum .p12 .pfx "
	locks = " package-lock.json npm-shrinkwrap.json pnpm-lock.yaml yarn.lock poetry.lock pipfile.lock uv.lock cargo.lock composer.lock gemfile.lock gradle.lockfile deno.lock" +
		" flake.lock bun.lock packages.lock.json go.mod go.work gradlew mvnw .terraform.lock.hcl .secrets.baseline " + ownIgnore + " "
)
