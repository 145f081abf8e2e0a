// Package docs reads a repository's prose by its structure: what READMEs and runbooks
// say in how many words, steps and commands, and from which folders a documentation
// site is built. Markdown is parsed whole; of AsciiDoc and reStructuredText the lines
// that make headings, lists, code and directives.
package docs

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxBytes is the size of the largest document that is read. Of longer pages below a
// docs folder only the first headBytes are, for their title.
const (
	maxBytes  = 1 << 20
	headBytes = 64 << 10
)

// Read appends READMEs, runbooks, post-mortems and their templates, on-call and
// escalation pages, error-budget policies, plans of capacity, and documentation sites. A runbook is a file
// named as one or in a folder named as one, a page below a docs folder with such a title,
// or a README's section so headed with at least two steps or commands; the others are
// told in the same way (see kindOf). Files that should
// be text and are not, or are too large, are gaps that hide scorecard.Documents.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	files := t.Files()
	n := namesOf(files)
	for _, f := range files {
		if ctx.Err() != nil {
			return
		}
		role := n.role(f.Path)
		if role == nothing || role == page {
			role = max(role, otherRole(f.Path))
		}
		if role == nothing {
			continue
		}
		if unreadable(f.Path) {
			t.Gap(gap(f.Path, "not-text", "%s is named as a runbook and is in a format that is not read; write it in Markdown, AsciiDoc or reStructuredText", f.Path))
			continue
		}
		data, ok := readText(t, f, role)
		if !ok {
			continue
		}
		o, err := parse(f.Path, data)
		o.ansible = o.ansible || n.ansible
		if err != nil {
			if role != page {
				t.Malformed(f.Path, 0, err, scorecard.Documents)
			}
			continue
		}
		appendDocuments(f.Path, role, o, into)
		if o.recovers {
			into.Documents = append(into.Documents, o.recovery(f.Path)...)
		}
	}
	readSites(ctx, t, files, into)
}

// appendDocuments makes the documents of one parsed file.
func appendDocuments(p string, r role, o outline, into *scorecard.Facts) {
	add := func(ds ...scorecard.Document) { into.Documents = append(into.Documents, ds...) }
	kind, sure := kindOf(p, o.heading())
	if kind == scorecard.Postmortem || kind == scorecard.PostmortemTemplate {
		if d := o.document(kind, p); sure || structured(&d) {
			add(d)
			return
		}
		kind = ""
	}
	switch {
	case r == readme:
		add(o.document(scorecard.Readme, p))
		add(o.sections(p)...)
		add(o.callSections(p)...)
		add(o.capacitySections(p)...)
	case r == runbook && aboutSecretsTool(p, o):
	case r == runbook || (r == page || r == titled && inDocs(p)) && runbookTitle(o.heading(), o.ansible):
		d := o.document(scorecard.Runbook, p)
		d.Passages = o.passages()
		add(d)
	}
	if kind != "" {
		add(o.document(kind, p))
	}
	if !decides(p) {
		add(o.templateSections(p)...)
	}
	if kind != scorecard.ErrorBudgetPolicy {
		add(o.budgetSections(p)...)
	}
}

// readText gives a document's text as UTF-8. role page is a guess, so what can't be
// read of one is no gap.
func readText(t *tree.Tree, f tree.File, r role) ([]byte, bool) {
	if f.Size > maxBytes && r != page {
		t.Gap(gap(f.Path, "too-large", "%s has %d bytes and was not read; the bound is %d bytes a document", f.Path, f.Size, maxBytes))
		return nil, false
	}
	if f.Size > t.Limits().MaxFileBytes && r == page {
		return nil, false
	}
	data, ok := t.Read(f.Path, scorecard.Documents)
	if !ok {
		return nil, false
	}
	if len(data) > maxBytes {
		data = data[:headBytes]
	}
	data = bytes.TrimPrefix(fromUTF16(data), []byte("\xef\xbb\xbf"))
	switch {
	case utf8.Valid(data) && bytes.IndexByte(data, 0) < 0:
		return data, true
	case r == page && bytes.IndexByte(data, 0) < 0:
		return bytes.ToValidUTF8(data, []byte("\uFFFD")), true
	case r != page:
		t.Gap(gap(f.Path, "not-text", "%s is not valid UTF-8 text and was not read; save it as UTF-8", f.Path))
	}
	return nil, false
}

// fromUTF16 turns text that says by its first bytes that it is UTF-16 into UTF-8.
func fromUTF16(data []byte) []byte {
	if len(data) < 2 || len(data)%2 != 0 {
		return data
	}
	var order binary.ByteOrder
	switch {
	case data[0] == 0xff && data[1] == 0xfe:
		order = binary.LittleEndian
	case data[0] == 0xfe && data[1] == 0xff:
		order = binary.BigEndian
	default:
		return data
	}
	units := make([]uint16, 0, len(data)/2-1)
	for i := 2; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	return []byte(string(utf16.Decode(units)))
}

func gap(p, reason, format string, a ...any) scorecard.Gap {
	return scorecard.Gap{Location: scorecard.Location{Path: p}, Hides: []scorecard.Family{scorecard.Documents}, Reason: reason, Message: fmt.Sprintf(format, a...)}
}

// formatOf is the markup of a file by its name.
func formatOf(p string) string {
	switch strings.ToLower(path.Ext(p)) {
	case ".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx":
		return "markdown"
	case ".adoc", ".asciidoc", ".asc":
		return "asciidoc"
	case ".rst", ".rest":
		return "restructuredtext"
	case ".txt", ".text", "":
		return "text"
	case ".yml", ".yaml":
		if isIssueForm(p) {
			return "form"
		}
	}
	return ""
}

// parse takes a document apart by its format.
func parse(p string, data []byte) (outline, error) {
	o := outline{format: formatOf(p), recovers: mayRecover(data), lines: 1 + bytes.Count(bytes.TrimRight(data, "\n"), []byte("\n"))}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	var err error
	switch o.format {
	case "form":
		err = o.issueForm(data)
	case "asciidoc":
		o.asciidoc(strings.Split(string(data), "\n"))
	case "restructuredtext":
		o.restructured(strings.Split(string(data), "\n"))
	default: // plain text is mostly written as Markdown would have it
		err = o.markdown(data)
	}
	return o, err
}

// aboutSecretsTool tells a page about SOPS, which encrypts files, from a standard
// operating procedure.
func aboutSecretsTool(p string, o outline) bool {
	return slices.Contains(words(stem(p)), "sops") && (slices.Contains(o.mentions(0, len(o.pieces)), "encryption") || o.mentionsSOPS)
}
