package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// failPinned fails a workload all of whose pods must stand in one domain, whatever else
// is asked of the scheduler. spread: the scheduler is asked to spread them.
func failPinned(s *survey, w *scorecard.Workload, d domain, pin *scorecard.NodePin, spread bool) {
	what := "the " + pin.Field + " " + pin.Value
	if pin.Field != "nodeName" {
		what = fmt.Sprintf("its %s, which asks for the one %s %s", pin.Field, pin.Key, pin.Value)
	}
	at := w.Location.At(w.PodSpec()+"."+pin.Field, pin.FirstLine, pin.FirstLine)
	s.Fail(at, func() string { return unpinRemedy(w, d, pin, spread) }, "all pods of %s must stand on one %s: %s", w.Object, d.name, what)
}

// unpinRemedy says to let the pods go, and to spread them where nothing does so yet.
func unpinRemedy(w *scorecard.Workload, d domain, pin *scorecard.NodePin, spread bool) string {
	out := fmt.Sprintf("%slet the scheduler choose among %ss: take %s out of the pods of %s", in(w.Location), d.name, pinWritten(pin), w.Object)
	if pin.Field != "nodeName" {
		out += fmt.Sprintf(", or ask for several by a node affinity (`operator: In` with the values of more than one %s)", d.name)
	}
	out += fmt.Sprintf(". What ties them there (a local volume, a device) has to be within reach of every %s first.", d.name)
	if !spread {
		out += "\n\n" + spreadRemedy(w, d)
	}
	return out
}

// pinWritten is how the pin stands in the manifest.
func pinWritten(pin *scorecard.NodePin) string {
	switch pin.Field {
	case "nodeName":
		return "`nodeName: " + pin.Value + "`"
	case "nodeSelector":
		return "`" + pin.Key + ": " + pin.Value + "` of its nodeSelector"
	}
	return fmt.Sprintf("the required node affinity for %s In [%s]", pin.Key, pin.Value)
}

// unreadPin is a field that may pin the pods and can't be known from files; empty where
// all are known.
func unreadPin(w *scorecard.Workload) string {
	for _, field := range []string{"nodeName", "nodeSelector", "affinity.nodeAffinity"} {
		if !w.Readable(w.PodSpec() + "." + field) {
			return field
		}
	}
	return ""
}
