package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// survey counts the subjects of one check in one service.
type survey struct {
	*scorecard.View
	scorecard.Tally
	notes []string
	// settled are the families that hide nothing which a PASS hangs on, as Finding.Settled.
	settled []scorecard.Family
	// wrong counts the failures that were seen, others being things that were not found.
	wrong int
	// spelled are the remediations so far, unspelled how many more there would be.
	spelled   []string
	unspelled int
	// edits are the remediations of rendered files: in which form they were spelled first.
	edits map[string]string
}

// words are those of a check's reason.
type words struct {
	noun string // one subject: "container"
	verb string // what a right one does: "has a readiness probe"
	none string // why the question does not arise where there is no subject
}

// rule makes a rule of a function that counts subjects.
func rule(w words, count func(*survey)) func(*scorecard.View) scorecard.Finding {
	return func(v *scorecard.View) scorecard.Finding {
		s := &survey{View: v}
		count(s)
		return s.finding(w)
	}
}

// workloads makes a rule of a function that counts the subjects of one workload.
func workloads(w words, count func(*survey, *scorecard.Workload)) func(*scorecard.View) scorecard.Finding {
	return rule(w, func(s *survey) {
		for i := range s.Workloads {
			count(s, &s.Workloads[i])
		}
	})
}

// containers makes a rule of a function that judges one container. Sidecars that a
// platform injected into live pods are not held against the service.
func containers(w words, count func(*survey, *scorecard.Workload, *scorecard.Container)) func(*scorecard.View) scorecard.Finding {
	return rule(w, func(s *survey) { eachContainer(s, count) })
}

func eachContainer(s *survey, count func(*survey, *scorecard.Workload, *scorecard.Container)) {
	for i := range s.Workloads {
		wl := &s.Workloads[i]
		for j := range wl.Containers {
			if c := &wl.Containers[j]; !injected(wl, c) {
				count(s, wl, c)
			}
		}
		if c := unreadContainers(wl); c != nil {
			count(s, wl, c)
		}
	}
}

// unreadContainers stands for the containers of a list that was written and could not
// be decoded: nothing is known of them, and none of them is right. Nil where all could.
func unreadContainers(w *scorecard.Workload) *scorecard.Container {
	if len(w.Unreadable) == 0 {
		return nil
	}
	c := &scorecard.Container{Name: "?"}
	list := "containers"
	if w.Readable(w.PodSpec() + "." + list) {
		list, c.Role = "initContainers", scorecard.InitContainer
	}
	if w.Readable(w.PodSpec() + "." + list) {
		return nil
	}
	c.Location = w.AtPod(list)
	c.Unreadable = []string{"name", "image", "ports", "readinessProbe", "livenessProbe", "startupProbe", "resources", "lifecycle", "securityContext", "env", "volumeMounts"}
	return c
}

// injectedInits are the init containers that meshes and Vault add to pods.
var injectedInits = []string{"istio-init", "istio-validation", "linkerd-init", "linkerd-network-validator", "vault-agent-init", "consul-connect-inject-init"}

// injected reports whether the container is a platform's in a live pod.
func injected(w *scorecard.Workload, c *scorecard.Container) bool {
	return w.Live && (c.Proxy() || c.Role == scorecard.InitContainer && slices.Contains(injectedInits, c.Name))
}

// Fail counts a subject in which something wrong was seen. remedy says what to write
// for it; it is asked only for as many subjects as a finding spells out.
func (s *survey) Fail(at scorecard.Location, remedy func() string, format string, a ...any) {
	s.wrong++
	s.Tally.Fail(at, s.spell(at, remedy), format, a...)
}

// Lack counts a subject that fails because something was not found, which may
// stand where nobody could look.
func (s *survey) Lack(at scorecard.Location, remedy func() string, format string, a ...any) {
	s.Tally.Fail(at, s.spell(at, remedy), format, a...)
}

func (s *survey) spell(at scorecard.Location, remedy func() string) string {
	if s.Outlined {
		return ""
	}
	if len(s.spelled) == scorecard.MaxRemediations {
		s.unspelled++
		return ""
	}
	text := s.listed(at, remedy())
	if s.sameEdit(at, text) {
		return ""
	}
	if !slices.Contains(s.spelled, text) {
		s.spelled = append(s.spelled, text)
	}
	return text
}

// sameEdit reports whether the text says for one form of a file what was said for
// another already: two overlays of one base, whose names and namespaces differ, are
// mended by one edit of that base.
func (s *survey) sameEdit(at scorecard.Location, text string) bool {
	if at.Form == "" || at.Path == "" || text == "" {
		return false
	}
	o := at.Object
	for _, once := range [][2]string{
		{" (rendered by " + at.Form + ")", ""}, {"  namespace: " + o.Namespace + "\n", ""}, {"  name: " + o.Name + "\n", "  name:\n"},
	} {
		text = strings.Replace(text, once[0], once[1], 1)
	}
	key := at.Path + "\x00" + strings.ReplaceAll(text, o.String(), o.Kind)
	if form, ok := s.edits[key]; ok {
		return form != at.Form
	}
	if s.edits == nil {
		s.edits = map[string]string{}
	}
	s.edits[key] = at.Form
	return false
}

// Note adds a clause to the reason, once.
func (s *survey) Note(format string, a ...any) {
	if n := fmt.Sprintf(format, a...); !slices.Contains(s.notes, n) {
		s.notes = append(s.notes, n)
	}
}

// finding makes the finding, its reason one sentence: what the one subject that
// decides says, or how many are right.
func (s *survey) finding(w words) scorecard.Finding {
	f := s.Tally.Finding(w.noun, w.verb, w.none)
	if f.Outcome == scorecard.NotApplicable {
		return f
	}
	f.Settled = s.settled
	f.Absent = f.Outcome == scorecard.Fail && s.wrong == 0
	if spelled := f.Remedy; s.unspelled > 0 && spelled != nil {
		f.Remedy = func() string {
			return spelled() + fmt.Sprintf("\n\n…and %s more in the same way.", plural(s.unspelled, w.noun))
		}
	}
	f.Reason = s.reason(f, w)
	for _, n := range s.notes {
		f.Reason += "; " + n
	}
	return f
}

func (s *survey) reason(f scorecard.Finding, w words) string {
	var decisive []string
	for _, e := range f.Evidence {
		if e.Outcome == f.Outcome {
			decisive = append(decisive, e.Message)
		}
	}
	if f.Subjects == 1 && len(decisive) > 0 {
		return decisive[0]
	}
	var reason string
	switch f.Outcome {
	case scorecard.Pass:
		return fmt.Sprintf("every %s %s (%d of %d)", w.noun, w.verb, f.Satisfied, f.Subjects)
	case scorecard.Fail:
		reason = fmt.Sprintf("not every %s %s (%d of %d)", w.noun, w.verb, f.Satisfied, f.Subjects)
	default:
		reason = fmt.Sprintf("files do not tell whether every %s %s (%d of %d are open)", w.noun, w.verb, f.Undecided, f.Subjects)
	}
	if len(decisive) == 1 {
		reason += ": " + decisive[0]
	}
	return reason
}

// unreadable reports whether the container's field, or a part of it, was written
// but could not be decoded.
func unreadable(c *scorecard.Container, field string) bool {
	return slices.ContainsFunc(c.Unreadable, func(f string) bool {
		return f == field || strings.HasPrefix(f, field+".") || strings.HasPrefix(f, field+"[")
	})
}

// fieldOf is the location of a field of the container, with its lines when known.
func fieldOf(c *scorecard.Container, field string, first, last int) scorecard.Location {
	if c.Location.Field != "" {
		field = c.Location.Field + "." + field
	}
	return c.Location.At(field, first, last)
}

// called names a container with its workload: "container api of Deployment shop/cart".
func called(w *scorecard.Workload, c *scorecard.Container) string {
	return fmt.Sprintf("container %s of %s", c.Name, w.Object)
}

// plural is "1 pod", "2 pods".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
