package scorecard

import (
	"context"
	"time"
)

// Store keeps repositories, scans and verdicts. Every method may also return the
// context's error or ErrUnavailable when the database does not answer.
type Store interface {
	RepositoryStore
	ScanStore
	RecordStore
	HistoryStore
	TrendStore
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	Close() error
}

// RepositoryStore keeps the places to scan.
type RepositoryStore interface {
	// CreateRepository: ErrConflict when the ID or the path is taken.
	CreateRepository(ctx context.Context, r Repository) (Repository, error)
	// SyncRepositories makes the "config" repositories exactly these: adds, updates,
	// and drops those that are gone (as DeleteRepository does). ErrConflict when one
	// collides with another's path.
	SyncRepositories(ctx context.Context, rs []Repository) error
	// GetRepository: ErrNotFound.
	GetRepository(ctx context.Context, id string) (Repository, error)
	ListRepositories(ctx context.Context, q Query) (Page[Repository], error)
	// DeleteRepository drops it and its queued scans and retires its services;
	// verdicts are kept. ErrNotFound; ErrConflict for one that the configuration declares.
	DeleteRepository(ctx context.Context, id string) error
}

// ScanStore keeps scans, and is their queue.
type ScanStore interface {
	// RequestScan queues a scan of the repository, or gives the one that is queued
	// already: asking twice makes one. A running scan does not count, since it may
	// have read what changed since; created says which it was. ErrNotFound.
	RequestScan(ctx context.Context, repository string) (s Scan, created bool, err error)
	// ClaimScan takes the oldest queued scan whose repository is not being scanned
	// and makes it running; ok is false when there is none.
	ClaimScan(ctx context.Context) (s Scan, ok bool, err error)
	// RequeueScans makes running scans queued again, after a crash. It is called
	// once, before any ClaimScan.
	RequeueScans(ctx context.Context) (int, error)
	// ProgressScan notes how far a running scan has come; ErrConflict when it is no
	// longer running (cancelled): the worker stops then.
	ProgressScan(ctx context.Context, id string, p Progress) error
	// FinishScan ends a running scan as s.State, in one transaction with what it
	// found: for ScanSucceeded every judged service of the repository, others of the
	// same repository being retired. Unchanged inventories and verdicts add no rows.
	// It returns the scan as kept, with Changed counted. ErrConflict when it is not running.
	FinishScan(ctx context.Context, s Scan, judged []Judged) (Scan, error)
	// CancelScan ends a queued or running scan; ErrNotFound, ErrConflict when it has ended.
	CancelScan(ctx context.Context, id string) (Scan, error)
	// GetScan: ErrNotFound.
	GetScan(ctx context.Context, id string) (Scan, error)
	ListScans(ctx context.Context, q Query) (Page[Scan], error)
}

// RecordStore keeps verdicts and what they were judged from.
type RecordStore interface {
	// GetRecord gives the service's current verdict; ErrNotFound.
	GetRecord(ctx context.Context, service string) (Record, error)
	// ListRecords gives current verdicts. With SummaryOnly the scorecards come
	// without results, gaps and next steps, and nothing large is read.
	ListRecords(ctx context.Context, q Query) (Page[Record], error)
	// GetInventory gives a stored inventory by its hash, as it was judged; ErrNotFound.
	GetInventory(ctx context.Context, hash string) (*Inventory, error)
	// KeepRubric keeps what verdicts are judged by; keeping it again changes nothing.
	KeepRubric(ctx context.Context, r *Rubric) error
}

// HistoryStore tells what verdicts there were.
type HistoryStore interface {
	// ListPeriods gives the periods of a service, the newest first; of the query only Size,
	// Token and SummaryOnly count. ErrNotFound for a service that never was.
	ListPeriods(ctx context.Context, service string, q Query) (Page[Period], error)
	// GetPeriod gives one of them; ErrNotFound.
	GetPeriod(ctx context.Context, service string, id int) (Period, error)
	// PeriodAt gives the period in which the time lies, or the last one before it: what was
	// known of the service then. ErrNotFound where it was not known yet.
	PeriodAt(ctx context.Context, service string, t time.Time) (Period, error)
	// GetPast gives a period's verdict with what it was made from. The rubric is bound to the
	// checks; it is nil where it was not kept, or names what is not among them any more.
	GetPast(ctx context.Context, service string, id int, checks []Check) (Past, error)
	// EachPast calls f with the verdicts that held at a time, of services that were there, in
	// the order of their IDs, until f gives an error, which it returns. Rubrics are left out.
	EachPast(ctx context.Context, t time.Time, f func(Past) error) error
	// Sweep drops what was over before a time: revisions, services that retired, scans, and
	// the verdicts and inventories that nothing refers to then. Trends stay.
	Sweep(ctx context.Context, before time.Time) (Swept, error)
}

// Swept is how many of each were dropped.
type Swept struct{ Services, Revisions, Verdicts, Inventories, Scans int }

// TrendStore keeps what services came to day by day.
type TrendStore interface {
	// RollUp brings the trend up to the day of t, which is the last one that it writes; days
	// that are over are written once. It needs the checks to tell what rubrics changed.
	RollUp(ctx context.Context, t time.Time, checks []Check) error
	// ListTrend gives the days of a group from the first to the last, both included, in order.
	ListTrend(ctx context.Context, q TrendQuery) ([]TrendDay, error)
}

// Judged is one service's inventory and the verdict on it.
type Judged struct {
	Inventory *Inventory
	Scorecard *Scorecard
	// Program is the version that judged; empty where that does not matter.
	Program string
	// Origins are the commits behind what changed since the verdict before, where known.
	Origins []Origin
}

// Query asks for one page of a list.
type Query struct {
	// Filter is nil for all. Which fields a list knows is said by its Fields in the
	// store; an unknown one is a FieldError.
	Filter *Expr
	// Order is most significant first; the ID always decides at the end.
	Order []Order
	// Size is how many to give: above 0; a store may give fewer, 1,000 at most.
	Size int
	// Token continues a list: Page.Next of the page before, with the same Filter and
	// Order. A token of another query, or a broken one, is a FieldError on "page_token".
	Token string
	// ShowRetired includes services that are gone.
	ShowRetired bool
	// SummaryOnly leaves out what is large.
	SummaryOnly bool
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Next is empty on the last page.
	Next string
	// Total counts all that match, over all pages.
	Total int
}

// Order sorts by a field.
type Order struct {
	Field string
	Desc  bool
}

// Expr is a filter: an operator over sub-expressions, or a comparison.
type Expr struct {
	// Op is "AND", "OR", "NOT" (over Args), or "=", "!=", "<", "<=", ">", ">=", ":"
	// (has: contains, case-insensitively) comparing Field with Value.
	Op    string
	Args  []*Expr
	Field string
	// Value is a string, float64, bool or time.Time, as the field's type asks.
	Value any
}
