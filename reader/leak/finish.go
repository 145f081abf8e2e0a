package leak

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Finish puts together what several readers found, one leak a line, and says of values
// that were told by their name, those of Secret manifests too, which of them the
// repository's gitleaks configuration allows.
func Finish(t *tree.Tree, facts *scorecard.Facts) {
	f := &finisher{t: t, own: readOwn(t)}
	f.secrets(facts.Secrets)
	for i := range facts.Forms {
		f.secrets(facts.Forms[i].Facts.Secrets)
	}
	facts.Leaks = slices.DeleteFunc(facts.Leaks, func(l scorecard.Leak) bool {
		return scorecard.IsSetting(l.Rule) && forTests.MatchString(l.Location.Path)
	})
	slices.SortStableFunc(facts.Leaks, func(a, b scorecard.Leak) int {
		return cmp.Or(strings.Compare(a.Location.Path, b.Location.Path), a.Location.FirstLine-b.Location.FirstLine, rank(a.Rule)-rank(b.Rule))
	})
	facts.Leaks = joined(facts.Leaks)
	for i := range facts.Leaks {
		if l := &facts.Leaks[i]; (scorecard.IsSetting(l.Rule) || l.Rule == scorecard.StateFile) && l.Allowed == "" {
			l.Allowed = f.allowed(l.Rule, l.Location.Path, l.Location.FirstLine)
		}
	}
}

// joined makes one of the leaks of a line, which stand together, the one that says most
// first: what Compose gives to several services is given to all of them.
func joined(leaks []scorecard.Leak) []scorecard.Leak {
	var out []scorecard.Leak
	for i := range leaks {
		l := &leaks[i]
		if n := len(out) - 1; n >= 0 && l.Location.FirstLine > 0 && out[n].Location.Path == l.Location.Path && out[n].Location.FirstLine == l.Location.FirstLine {
			for _, s := range l.Services {
				if !slices.Contains(out[n].Services, s) {
					out[n].Services = append(out[n].Services, s)
				}
			}
			if out[n].Object == (scorecard.ObjectRef{}) {
				out[n].Object = l.Object
			}
			continue
		}
		out = append(out, *l)
	}
	return out
}

// rank orders what was found on one line: a rule that knows the make of a key says more
// than a name, and a name more than that there is something random.
func rank(rule string) int {
	switch {
	case strings.HasPrefix(rule, "generic"):
		return 2
	case scorecard.IsSetting(rule):
		return 1
	}
	return 0
}

type finisher struct {
	t   *tree.Tree
	own *own
	// path and lines are of the file that was read last.
	path  string
	lines [][]byte
}

// secrets asks of the plain values of Secret manifests.
func (f *finisher) secrets(objects []scorecard.SecretObject) {
	for i := range objects {
		o := &objects[i]
		for j := range o.Keys {
			if k := &o.Keys[j]; k.Value == "literal" {
				k.Allowed = f.allowed(scorecard.SettingInSecret, o.Location.Path, k.FirstLine)
			}
		}
	}
}

// allowed asks the repository's configuration of a value, of which the line is read again.
func (f *finisher) allowed(rule, p string, line int) string {
	s := sighting{path: p}
	if p != f.path {
		f.path, f.lines = p, nil
		if text, ok := f.t.Glance(p, f.t.Limits().MaxFileBytes); ok {
			f.lines = bytes.Split(text, []byte("\n"))
		}
	}
	if line > 0 && line <= len(f.lines) {
		s.line = bytes.TrimRight(f.lines[line-1], "\r")
		s.match = s.line
		if i := bytes.IndexAny(s.line, "=:"); i >= 0 {
			s.secret, _, _ = bytes.Cut(s.line[i+1:], []byte(" #"))
			s.secret = bytes.Trim(s.secret, " \t\"'")
		}
	}
	return f.own.allows(rule, line, &s)
}
