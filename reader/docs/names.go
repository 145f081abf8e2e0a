package docs

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
)

// role says why a file is looked at.
type role int

const (
	nothing role = iota
	readme
	runbook // by its name, or its folder's
	page    // below a docs folder: its title will tell
)

// stem is a file's name without its extension, lower-cased.
func stem(p string) string {
	base := path.Base(p)
	return strings.ToLower(strings.TrimSuffix(base, path.Ext(base)))
}

// tokens parts a file's or folder's name into lower-cased words.
func tokens(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == ' ' })
}

var (
	// strongWords name a runbook wherever they stand in a name.
	strongWords = []string{"runbook", "runbooks", "sop", "sops", "troubleshooting"}
	// playWords do too, unless the playbooks are Ansible's.
	playWords = []string{"playbook", "playbooks"}
	// weakWords do only when they are the name, or all of it but for what follows.
	weakWords = []string{"operation", "operations"}
	// genres may follow a weak word.
	genres = []string{"guide", "manual", "handbook", "procedure", "procedures", "runbook", "runbooks", "playbook", "playbooks"}
	// notRunbooks in a name or a title make it something about runbooks, or other playbooks.
	notRunbooks = []string{"template", "templates", "ansible"}
	// aside are files that stand in any folder and say nothing about it.
	aside = []string{"license", "licence", "contributing", "changelog", "code_of_conduct", "code-of-conduct", "security", "notice", "authors",
		"maintainers", "requirements", "constraints", "cmakelists", "robots", "version", "notes", "llms", "_index"}
)

// named reports whether words, of a name or a title, name a runbook. ansible says
// that playbooks are Ansible's here.
func named(ws []string, ansible bool) bool {
	has := func(list []string) bool {
		return slices.ContainsFunc(ws, func(w string) bool { return slices.Contains(list, w) })
	}
	if len(ws) == 0 || has(notRunbooks) {
		return false
	}
	if has(strongWords) || !ansible && has(playWords) {
		return true
	}
	for i := 0; i+1 < len(ws); i++ {
		switch two := ws[i] + " " + strings.TrimSuffix(ws[i+1], "s"); two {
		case "incident response", "run book", "play book", "operating procedure":
			return true
		}
	}
	return slices.Contains(weakWords, ws[0]) && (len(ws) == 1 || slices.Contains(genres, ws[1]))
}

// runbookTitle reports whether a title or heading says that what follows is a
// runbook, rather than how to write one.
func runbookTitle(title string, ansible bool) bool {
	ws := words(title)
	var flat []string
	for _, w := range ws {
		flat = append(flat, tokens(w)...)
	}
	if len(flat) > 0 && slices.Contains([]string{"writing", "write", "adding", "add", "creating", "create", "contributing", "generating", "about", "what", "why"}, flat[0]) {
		return false
	}
	if len(flat) > 2 && flat[0] == "how" && flat[1] == "to" && slices.Contains([]string{"write", "add", "create", "contribute"}, flat[2]) {
		return false
	}
	return named(flat, ansible)
}

// names knows what the folders of a tree hold.
type names struct {
	ansible bool            // the repository is one of Ansible's
	plays   map[string]bool // folders named playbook(s) with YAML below them
	code    map[string]bool // folders with files that are neither prose nor pictures
}

func namesOf(files []tree.File) names {
	n := names{false, map[string]bool{}, map[string]bool{}}
	for _, f := range files {
		ext := strings.ToLower(path.Ext(f.Path))
		n.ansible = n.ansible || f.Base() == "ansible.cfg" || strings.Contains("/"+f.Path, "/roles/") && strings.HasSuffix(f.Path, "/tasks/main.yml")
		switch {
		case ext == ".yml" || ext == ".yaml":
			for d := f.Folder(); d != "."; d = path.Dir(d) {
				if slices.Contains(playWords, strings.ToLower(path.Base(d))) {
					n.plays[d] = true
				}
			}
			n.code[f.Folder()] = true
		case formatOf(f.Path) == "" && !slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".drawio", ".puml", ".mmd", ".pdf"}, ext):
			n.code[f.Folder()] = true
		}
	}
	return n
}

// role says what a file may be by its path.
func (n names) role(p string) role {
	base, s := strings.ToLower(path.Base(p)), stem(p)
	if formatOf(p) == "" && !unreadable(p) {
		return nothing
	}
	ext := path.Ext(base)
	byName := named(tokens(s), n.ansible || n.plays[path.Dir(p)])
	inFolder := n.inRunbooks(p) && ext != "" && !besides(s, ext)
	switch {
	case unreadable(p):
		if byName || inFolder {
			return runbook
		}
		return nothing
	case s == "readme":
		if inFolder {
			return runbook
		}
		return readme
	case byName && (ext != "" || !strings.Contains(base, ".")):
		return runbook
	case inFolder:
		return runbook
	case ext != "" && formatOf(p) != "text" && (inDocs(p) || recoveryNamed(p)):
		return page
	}
	return nothing
}

// besides reports whether a file may stand in any folder and says nothing about it.
func besides(stem, ext string) bool {
	ws := tokens(stem)
	return slices.Contains(aside, stem) || slices.Contains(ws, "template") || ext == ".txt" && len(ws) > 0 && slices.Contains(aside, ws[0])
}

// inRunbooks reports whether one of the folders above a file is one of runbooks.
func (n names) inRunbooks(p string) bool {
	for d := path.Dir(p); d != "."; d = path.Dir(d) {
		ws := tokens(path.Base(d))
		switch {
		case !named(ws, n.ansible || n.plays[d]):
		case slices.Contains(weakWords, ws[0]) && stem(p) == "readme" && n.code[path.Dir(p)]:
			// a README of code that is called operations
		default:
			return true
		}
	}
	return false
}

// unreadable reports whether a file is prose in a format that is not read.
func unreadable(p string) bool {
	return slices.Contains([]string{".pdf", ".doc", ".docx", ".odt", ".rtf"}, strings.ToLower(path.Ext(p)))
}

func inDocs(p string) bool {
	for d := path.Dir(p); d != "."; d = path.Dir(d) {
		if slices.Contains([]string{"docs", "doc", "documentation", "wiki"}, strings.ToLower(path.Base(d))) {
			return true
		}
	}
	return false
}
