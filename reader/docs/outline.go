package docs

import (
	"slices"
	"strings"
	"unicode"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// pieceKind says what a piece of a document is.
type pieceKind int

const (
	heading pieceKind = iota
	prose
	step
	command
	row    // of a table
	quoted // a heading of a text that is shown as code
)

// piece is one piece of a document, in order.
type piece struct {
	kind  pieceKind
	level int // of a heading, 1 the highest; of a step, how deep its list is nested
	// text is a heading's, or that of prose: its lines, with code, the addresses of links
	// in <angle brackets>, and what is in bold at a line's start between labelStart and labelEnd.
	text   string
	cells  []string // of a row, as text
	header bool     // the row names its columns
	count  int      // words of prose
	line   int
}

// The marks of a label in a piece's text.
const (
	labelStart = "\x01"
	labelEnd   = "\x02"
)

// outline is a document without its prose.
type outline struct {
	format       string
	title        string   // of the front matter
	meta         []string // values of the front matter
	about        []string // those of them that name services
	pieces       []piece
	lines        int
	mentionsSOPS bool // the program that encrypts files
	recovers     bool // it may be about recovery, so that its prose is kept until it is read
	reviewed     review
	ansible      bool // playbooks are Ansible's here
}

// Bounds of what is kept of one document.
const (
	maxHeadings = 500
	maxMentions = 1000
	maxHeading  = 200 // bytes
	maxProse    = 8 << 10
)

func (o *outline) head(level, line int, text string) {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxHeading {
		text = strings.ToValidUTF8(text[:maxHeading], "") + "…"
	}
	if text != "" {
		o.pieces = append(o.pieces, piece{kind: heading, level: level, text: text, line: line})
	}
}

// prose adds a block of prose: the text that is counted, and all that it says.
func (o *outline) prose(line int, text, full string) {
	if strings.Contains(text, "sops") && (strings.Contains(text, "getsops") || strings.Contains(text, "mozilla") || strings.Contains(text, ".sops.yaml")) {
		o.mentionsSOPS = true
	}
	o.ansible = o.ansible || strings.Contains(text, "nsible")
	o.reviewed.text(line, full)
	if n := countWords(text); n > 0 || strings.TrimSpace(full) != "" {
		o.pieces = append(o.pieces, piece{kind: prose, count: n, text: full, line: line})
	}
}

func (o *outline) step(line, depth int) {
	o.pieces = append(o.pieces, piece{kind: step, level: depth, line: line})
}

func (o *outline) row(line int, header bool, cells []string) {
	o.pieces = append(o.pieces, piece{kind: row, header: header, cells: cells, line: line})
	if len(cells) >= 2 {
		o.reviewed.text(line, cells[0]+": "+cells[1])
	}
}

func (o *outline) command(line int) { o.pieces = append(o.pieces, piece{kind: command, line: line}) }

// inline counts code within prose when it is a command, not a name.
func (o *outline) inline(line int, code string) {
	if isCommand(code) {
		o.command(line)
	}
}

// titleAt is the index of the heading that is the document's title, -1 for none: the
// first of the highest level, or a lower one that everything else stands below.
func (o *outline) titleAt() int {
	first := -1
	for i, p := range o.pieces {
		if p.kind == heading && p.level == 1 {
			return i
		}
		if i == 0 && p.kind == heading {
			first = i
		}
	}
	return first
}

// heading is the document's title.
func (o *outline) heading() string {
	if o.title != "" {
		return o.title
	}
	if i := o.titleAt(); i >= 0 {
		return o.pieces[i].text
	}
	return ""
}

// document makes the whole file a document.
func (o *outline) document(kind scorecard.DocumentKind, p string) scorecard.Document {
	at := o.titleAt()
	if at >= 0 && o.title != "" && !strings.EqualFold(o.title, o.pieces[at].text) {
		at = -1 // the front matter's title is another one
	}
	d := o.part(0, len(o.pieces), at)
	d.Kind, d.Title, d.About = kind, o.heading(), o.about
	d.Location = scorecard.Location{Path: p}
	if t := o.titleAt(); at < 0 && t >= 0 && o.pieces[t].level == 1 {
		at = t
	}
	o.detail(&d, 0, len(o.pieces), at)
	return d
}

// part sums up some pieces; the heading at skip is the title.
func (o *outline) part(from, to, skip int) scorecard.Document {
	d := scorecard.Document{Format: o.format, Mentions: o.mentions(from, to)}
	for i := from; i < to; i++ {
		switch p := o.pieces[i]; p.kind {
		case heading:
			if i != skip && len(d.Headings) < maxHeadings {
				d.Headings = append(d.Headings, p.text)
			}
		case prose:
			d.Words += p.count
		case step:
			d.Steps++
		case command:
			d.Commands++
		}
	}
	return d
}

// Bounds of the passages of a document.
const (
	maxPassages = 200
	maxPassage  = 4 << 10 // bytes
)

// passages are the headings of a document, each with the prose down to the next one.
func (o *outline) passages() (out []string) {
	var b strings.Builder
	end := func() {
		if b.Len() > 0 && len(out) < maxPassages {
			out = append(out, b.String())
		}
		b.Reset()
	}
	for i := range o.pieces {
		p := &o.pieces[i]
		if p.kind == heading {
			end()
		}
		if (p.kind == heading || p.kind == prose) && b.Len() < maxPassage {
			text := p.text
			if len(text) > maxPassage {
				text = strings.ToValidUTF8(text[:maxPassage], "")
			}
			b.WriteString(text)
			b.WriteByte('\n')
		}
	}
	end()
	return out
}

// section is the part of a document below a heading.
type section struct {
	from, to    int
	first, last int // lines
}

// headed gives the sections whose headings a function wants, without those inside of them.
func (o *outline) headed(wants func(string) bool) (out []section) {
	for i := 0; i < len(o.pieces); i++ {
		h := o.pieces[i]
		if h.kind != heading || !wants(h.text) {
			continue
		}
		s := section{i, len(o.pieces), h.line, o.lines}
		for j := i + 1; j < len(o.pieces); j++ {
			if o.pieces[j].kind == heading && o.pieces[j].level <= h.level {
				s.to, s.last = j, max(h.line, o.pieces[j].line-1)
				break
			}
		}
		out = append(out, s)
		i = s.to - 1
	}
	return out
}

// sectionOf makes a document of a section.
func (o *outline) sectionOf(s section, kind scorecard.DocumentKind, path string) scorecard.Document {
	d := o.part(s.from, s.to, s.from)
	d.Kind, d.Title = kind, o.pieces[s.from].text
	d.Location = scorecard.Location{Path: path, FirstLine: s.first, LastLine: s.last}
	o.detail(&d, s.from, s.to, s.from)
	return d
}

// sections gives the parts of a README that are runbooks: so headed, with at least
// two steps or commands.
func (o *outline) sections(path string) (out []scorecard.Document) {
	for _, s := range o.headed(func(text string) bool { return runbookTitle(text, o.ansible) }) {
		if d := o.sectionOf(s, scorecard.Runbook, path); d.Steps+d.Commands >= 2 {
			out = append(out, d)
		}
	}
	return out
}

// mentions are the words of headings, and of the front matter for the whole document.
func (o *outline) mentions(from, to int) []string {
	seen := map[string]bool{}
	var out []string
	add := func(text string) {
		for _, w := range words(text) {
			if !seen[w] && len(out) < maxMentions {
				seen[w] = true
				out = append(out, w)
			}
		}
	}
	if from == 0 && to == len(o.pieces) {
		add(o.title)
		for _, m := range o.meta {
			add(m)
		}
	}
	for _, p := range o.pieces[from:to] {
		if p.kind == heading {
			add(p.text)
		}
	}
	slices.Sort(out)
	return out
}

// words are the lower-cased words of a text; names keep their inner hyphens,
// underscores and dots.
func words(text string) (out []string) {
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && r != '.'
	}) {
		if w = strings.Trim(w, "-_."); w != "" && len(w) <= maxHeading {
			out = append(out, w)
		}
	}
	return out
}

// countWords counts what a reader would: what stands between spaces and has a letter
// or digit; in scripts without spaces each character.
func countWords(text string) (n int) {
	in := false
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			n++
			in = true
		case unicode.IsSpace(r):
			in = false
		case !in && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			n++
			in = true
		}
	}
	return n
}

// commandNames are programs that an operator calls.
var commandNames = strings.Fields(`kubectl oc helm helmfile kustomize istioctl linkerd argocd flux skaffold k9s kubectx kubens crictl ctr nerdctl
docker docker-compose podman buildah curl wget http httpie grpcurl ghz hey psql pg_dump pg_restore mysql mysqldump mongo mongosh redis-cli
cqlsh sqlite3 etcdctl consul vault nomad rabbitmqctl kcat kafkacat kafka-topics kafka-topics.sh kafka-consumer-groups kafka-consumer-groups.sh nats
aws gcloud gsutil bq az doctl heroku fly flyctl cf terraform tofu terragrunt pulumi ansible ansible-playbook make just task bazel
go npm npx yarn pnpm node python python3 pip java mvn gradle ./gradlew ./mvnw cargo git gh ssh scp rsync systemctl journalctl service supervisorctl
nc netstat ss dig nslookup host ping traceroute tcpdump openssl jq yq grep tail cat less top htop ps kill pkill df du ls rm mv cp mkdir chmod chown
export source sudo promtool amtool logcli mimirtool tctl temporal pg_ctl nginx haproxy envoy celery rails bundle rake php composer artisan`)

// isCommand reports whether code within a sentence is something to type.
func isCommand(code string) bool {
	code = strings.TrimSpace(code)
	if rest, ok := strings.CutPrefix(code, "$ "); ok {
		return strings.TrimSpace(rest) != ""
	}
	name, rest, _ := strings.Cut(code, " ")
	return strings.TrimSpace(rest) != "" && (slices.Contains(commandNames, name) || strings.HasPrefix(name, "./"))
}
