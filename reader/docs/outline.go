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
)

// piece is one piece of a document, in order.
type piece struct {
	kind  pieceKind
	level int    // of a heading, 1 the highest
	text  string // of a heading; of prose where the document may be about recovery
	count int    // words of prose
	line  int
}

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

func (o *outline) prose(line int, text string) {
	if strings.Contains(text, "sops") && (strings.Contains(text, "getsops") || strings.Contains(text, "mozilla") || strings.Contains(text, ".sops.yaml")) {
		o.mentionsSOPS = true
	}
	o.ansible = o.ansible || strings.Contains(text, "nsible")
	if n := countWords(text); n > 0 {
		p := piece{kind: prose, count: n, line: line}
		if o.recovers && len(text) <= maxProse {
			p.text = text
		}
		o.pieces = append(o.pieces, p)
	}
}

func (o *outline) step(line int) { o.pieces = append(o.pieces, piece{kind: step, line: line}) }

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

// sections gives the parts of a README that are runbooks: so headed, with at least
// two steps or commands.
func (o *outline) sections(path string) (out []scorecard.Document) {
	for i := 0; i < len(o.pieces); i++ {
		h := o.pieces[i]
		if h.kind != heading || !runbookTitle(h.text, o.ansible) {
			continue
		}
		end, last := len(o.pieces), o.lines
		for j := i + 1; j < len(o.pieces); j++ {
			if o.pieces[j].kind == heading && o.pieces[j].level <= h.level {
				end, last = j, max(h.line, o.pieces[j].line-1)
				break
			}
		}
		d := o.part(i, end, i)
		if d.Steps+d.Commands >= 2 {
			d.Kind, d.Title = scorecard.Runbook, h.text
			d.Location = scorecard.Location{Path: path, FirstLine: h.line, LastLine: last}
			out = append(out, d)
		}
		i = end - 1
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
