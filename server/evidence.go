package server

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	seaworthyv1 "github.com/seaworthy-dev/seaworthy/gen/seaworthy/v1"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// timeProto is unset for the zero time.
func timeProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// clean makes what was found in files fit to send: a protobuf text is UTF-8, a file's
// name may be anything.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func outcomeProto(o scorecard.Outcome) seaworthyv1.Outcome {
	return seaworthyv1.Outcome(seaworthyv1.Outcome_value[string(o)])
}

func revisionProto(r scorecard.Revision) *seaworthyv1.Revision {
	if r == (scorecard.Revision{}) {
		return nil
	}
	return &seaworthyv1.Revision{Commit: clean(r.Commit), Branch: clean(r.Branch), Url: clean(r.URL), Dirty: r.Dirty}
}

func evidenceProto(rev scorecard.Revision, es []scorecard.Evidence) []*seaworthyv1.Evidence {
	var out []*seaworthyv1.Evidence
	for _, e := range es {
		out = append(out, &seaworthyv1.Evidence{Location: locationProto(rev, e.Location), Outcome: outcomeProto(e.Outcome), Message: clean(e.Message)})
	}
	return out
}

func gapsProto(rev scorecard.Revision, gs []scorecard.Gap) []*seaworthyv1.Gap {
	var out []*seaworthyv1.Gap
	for _, g := range gs {
		out = append(out, &seaworthyv1.Gap{Location: locationProto(rev, g.Location), Hides: familiesProto(g.Hides), Reason: clean(g.Reason), Message: clean(g.Message)})
	}
	return out
}

// locationProto is unset for a location that says nothing.
func locationProto(rev scorecard.Revision, l scorecard.Location) *seaworthyv1.Location {
	if l == (scorecard.Location{}) {
		return nil
	}
	out := &seaworthyv1.Location{
		Path: clean(l.Path), FirstLine: count(l.FirstLine), LastLine: count(l.LastLine), Field: clean(l.Field), Form: clean(l.Form), Url: rev.WebURL(l),
	}
	if o := l.Object; o != (scorecard.ObjectRef{}) {
		out.Object = &seaworthyv1.KubernetesObject{ApiVersion: clean(o.APIVersion), Kind: clean(o.Kind), Namespace: clean(o.Namespace), Name: clean(o.Name)}
		if scorecard.IsReleaseNamespace(o.Namespace) {
			out.Object.Namespace = "" // a stand-in, not a name
		}
	}
	return out
}
