package scorecard

import (
	"context"
	"time"
)

// Source is where facts come from: a directory, a repository host, a cluster.
type Source interface {
	// Name is the ID of the repository or cluster that it reads: `[a-z0-9_-]+`.
	Name() string
	// Collect reads everything that the source can show. What could not be read is a
	// Gap in the facts, not an error. Errors are for a source that can show nothing:
	// ErrInvalid (a path that is no directory), ErrNotFound, ErrDenied,
	// ErrUnavailable, or the context's. progress may be nil; it is called from one
	// goroutine at a time.
	Collect(ctx context.Context, progress func(Progress)) (*Collection, error)
}

// Historian is a Source that can say who changed what it read.
type Historian interface {
	// Origins gives the last commits that changed files, or took them away, between two
	// revisions, of which the later one was read just now: at most one for each path, none for
	// those that stayed or of which it is not known, and none at all where what was read was
	// not committed.
	Origins(ctx context.Context, since, at Revision, paths []string) []Origin
}

// Origin is the commit that made a file what it is, or took it away.
type Origin struct {
	Path   string    `json:"path"`
	Commit string    `json:"commit"`
	Author string    `json:"author,omitempty"`
	Time   time.Time `json:"time"`
}

// Collection is what one source had to say at one time.
type Collection struct {
	Revision Revision
	Facts    Facts
	// Folders are all folders of the repository that hold files, relative, sorted,
	// without those that are left out: by them a service finds its own.
	Folders []string
}

// Progress says how far a long piece of work has come.
type Progress struct {
	// Stage is "walk", "read", "render", "judge" or "record".
	Stage string `json:"stage"`
	// Done of Total units; Total is 0 while it is not known.
	Done  int `json:"done"`
	Total int `json:"total"`
	// Item is what is being worked on: a path, a service.
	Item string `json:"item,omitempty"`
}

// Repository is a place to scan.
type Repository struct {
	// ID is `[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?`; it scopes the names of the
	// services that no catalog entity declares.
	ID string
	// Path is an absolute folder on the server's machine.
	Path        string
	DisplayName string
	// Origin is "config" for one that the configuration declares, which the API
	// can't delete, or "api".
	Origin     string
	CreateTime time.Time
}

// ScanState is where a scan stands.
type ScanState string

// The states of a scan; the last three are final.
const (
	ScanQueued    ScanState = "QUEUED"
	ScanRunning   ScanState = "RUNNING"
	ScanSucceeded ScanState = "SUCCEEDED"
	ScanFailed    ScanState = "FAILED"
	ScanCancelled ScanState = "CANCELLED"
)

// Final reports whether the scan will not change any more.
func (s ScanState) Final() bool {
	return s == ScanSucceeded || s == ScanFailed || s == ScanCancelled
}

// Scan is one reading of one repository.
type Scan struct {
	ID         string // a UUIDv7: sorts by time
	Repository string
	State      ScanState
	CreateTime time.Time
	StartTime  time.Time // zero until it starts
	EndTime    time.Time // zero until it ends
	Progress   Progress
	Revision   Revision
	// Error says why it failed, for a person; one that succeeded may carry a note here,
	// such as a service that another repository already declares.
	Error string
	// Services is how many were found; Changed how many have another verdict than before.
	Services int
	Changed  int
	// Gaps is how many gaps the facts have.
	Gaps int
}

// Record is one service's current verdict as it is kept: the scorecard with what
// stands beside it.
type Record struct {
	Scorecard *Scorecard
	Revision  Revision
	// Scan is the last scan that saw the service; ScanTime when it ended.
	Scan     string
	ScanTime time.Time
	// ChangeTime is when the verdict became what it is.
	ChangeTime time.Time
	// CreateTime is when the service was first seen.
	CreateTime time.Time
	// RetireTime is when a scan of its repository no longer found it; zero while it is there.
	RetireTime time.Time
}
