package server

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// memory is a store that works, in memory: lists filter, sort and go on by token as
// the interface says.
type memory struct {
	scorecard.HistoryStore // of history the tests ask a real store
	scorecard.TrendStore

	mu           sync.Mutex
	repositories []scorecard.Repository
	scans        []scorecard.Scan
	records      []scorecard.Record
	down         error
	clock        time.Time
}

func (m *memory) lock() func() {
	m.mu.Lock()
	return m.mu.Unlock
}

func (m *memory) now() time.Time {
	m.clock = m.clock.Add(time.Second)
	return m.clock
}

func (m *memory) fail(err error) {
	defer m.lock()()
	m.down = err
}

func (m *memory) Ping(context.Context) error {
	defer m.lock()()
	return m.down
}

func (m *memory) Close() error { return nil }

func (m *memory) KeepRubric(context.Context, *scorecard.Rubric) error { return nil }

func (m *memory) CreateRepository(_ context.Context, r scorecard.Repository) (scorecard.Repository, error) {
	defer m.lock()()
	if slices.ContainsFunc(m.repositories, func(x scorecard.Repository) bool { return x.ID == r.ID || x.Path == r.Path }) {
		return r, fmt.Errorf("%w: the ID or the path is taken", scorecard.ErrConflict)
	}
	r.CreateTime = m.now()
	m.repositories = append(m.repositories, r)
	return r, nil
}

func (m *memory) SyncRepositories(context.Context, []scorecard.Repository) error { return nil }

func (m *memory) GetRepository(_ context.Context, id string) (scorecard.Repository, error) {
	defer m.lock()()
	return find(m.down, m.repositories, func(r scorecard.Repository) bool { return r.ID == id })
}

func (m *memory) ListRepositories(_ context.Context, q scorecard.Query) (scorecard.Page[scorecard.Repository], error) {
	defer m.lock()()
	return list(m.down, m.repositories, q, func(r scorecard.Repository, field string) any {
		return map[string]any{"name": r.ID, "display_name": r.DisplayName, "path": r.Path, "origin": r.Origin}[field]
	})
}

func (m *memory) DeleteRepository(_ context.Context, id string) error {
	defer m.lock()()
	r, err := find(m.down, m.repositories, func(r scorecard.Repository) bool { return r.ID == id })
	if err != nil {
		return err
	}
	if r.Origin == originConfig {
		return fmt.Errorf("%w: the configuration declares it; take it out there", scorecard.ErrConflict)
	}
	m.repositories = slices.DeleteFunc(m.repositories, func(r scorecard.Repository) bool { return r.ID == id })
	return nil
}

func (m *memory) RequestScan(_ context.Context, repository string) (scorecard.Scan, bool, error) {
	defer m.lock()()
	if _, err := find(m.down, m.repositories, func(r scorecard.Repository) bool { return r.ID == repository }); err != nil {
		return scorecard.Scan{}, false, err
	}
	for _, s := range m.scans {
		if s.Repository == repository && s.State == scorecard.ScanQueued {
			return s, false, nil
		}
	}
	s := scorecard.Scan{ID: fmt.Sprintf("01900000-0000-7000-8000-%012d", len(m.scans)+1), Repository: repository, State: scorecard.ScanQueued, CreateTime: m.now()}
	m.scans = append(m.scans, s)
	return s, true, nil
}

func (m *memory) ClaimScan(context.Context) (scorecard.Scan, bool, error) {
	defer m.lock()()
	for i := range m.scans {
		if m.scans[i].State == scorecard.ScanQueued {
			m.scans[i].State, m.scans[i].StartTime = scorecard.ScanRunning, m.now()
			m.scans[i].Progress = scorecard.Progress{Stage: "read", Done: 1, Total: 3, Item: "shop/deploy.yaml"}
			return m.scans[i], true, nil
		}
	}
	return scorecard.Scan{}, false, nil
}

func (m *memory) RequeueScans(context.Context) (int, error) { return 0, nil }

func (m *memory) ProgressScan(context.Context, string, scorecard.Progress) error { return nil }

func (m *memory) FinishScan(_ context.Context, s scorecard.Scan, _ []scorecard.Judged) (scorecard.Scan, error) {
	return s, nil
}

func (m *memory) CancelScan(_ context.Context, id string) (scorecard.Scan, error) {
	defer m.lock()()
	for i := range m.scans {
		if m.scans[i].ID != id {
			continue
		}
		if m.scans[i].State.Final() {
			return scorecard.Scan{}, fmt.Errorf("%w: it has ended already", scorecard.ErrConflict)
		}
		m.scans[i].State, m.scans[i].EndTime = scorecard.ScanCancelled, m.now()
		return m.scans[i], nil
	}
	return scorecard.Scan{}, fmt.Errorf("scan %s: %w", id, scorecard.ErrNotFound)
}

func (m *memory) GetScan(_ context.Context, id string) (scorecard.Scan, error) {
	defer m.lock()()
	return find(m.down, m.scans, func(s scorecard.Scan) bool { return s.ID == id })
}

func (m *memory) ListScans(_ context.Context, q scorecard.Query) (scorecard.Page[scorecard.Scan], error) {
	defer m.lock()()
	return list(m.down, m.scans, q, func(s scorecard.Scan, field string) any {
		return map[string]any{"name": s.ID, "repository": s.Repository, "state": string(s.State), "create_time": s.CreateTime, "end_time": s.EndTime}[field]
	})
}

func (m *memory) GetRecord(_ context.Context, service string) (scorecard.Record, error) {
	defer m.lock()()
	return find(m.down, m.records, func(r scorecard.Record) bool { return r.Scorecard.Service.ID == service })
}

func (m *memory) ListRecords(_ context.Context, q scorecard.Query) (scorecard.Page[scorecard.Record], error) {
	defer m.lock()()
	all := slices.DeleteFunc(slices.Clone(m.records), func(r scorecard.Record) bool { return !q.ShowRetired && !r.RetireTime.IsZero() })
	page, err := list(m.down, all, q, recordField)
	if q.SummaryOnly {
		for i := range page.Items {
			short := *page.Items[i].Scorecard
			short.Results, short.Gaps, short.NextSteps = nil, nil, nil
			page.Items[i].Scorecard = &short
		}
	}
	return page, err
}

func (m *memory) GetInventory(context.Context, string) (*scorecard.Inventory, error) {
	return nil, scorecard.ErrNotFound
}

func recordField(r scorecard.Record, field string) any {
	c, s := r.Scorecard, &r.Scorecard.Service
	score := any(nil)
	if c.Score != nil {
		score = *c.Score
	}
	return map[string]any{
		"name": s.ID, "display_name": cmp.Or(s.Title, s.Name), "repository": s.Repository, "owner": s.Owner, "lifecycle": s.Lifecycle,
		"tier": s.Tier, "system": s.System, "type": s.Type, "entity_ref": s.EntityRef, "discovery": string(s.Discovery),
		"level": c.Level, "level_at_most": c.LevelAtMost, "score": score, "coverage": c.Coverage,
		"change_time": r.ChangeTime, "scan_time": r.ScanTime,
	}[field]
}

func find[T any](down error, all []T, is func(T) bool) (T, error) {
	var none T
	if down != nil {
		return none, fmt.Errorf("%w: dial tcp 10.1.2.3:5432: refused: %w", scorecard.ErrUnavailable, down)
	}
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], nil
	}
	return none, fmt.Errorf("no such row: %w", scorecard.ErrNotFound)
}

func list[T any](down error, all []T, q scorecard.Query, value func(T, string) any) (scorecard.Page[T], error) {
	if down != nil {
		return scorecard.Page[T]{}, fmt.Errorf("%w: %w", scorecard.ErrUnavailable, down)
	}
	all = slices.DeleteFunc(slices.Clone(all), func(x T) bool {
		return q.Filter != nil && !matches(q.Filter, func(f string) any { return value(x, f) })
	})
	slices.SortStableFunc(all, func(a, b T) int {
		for _, o := range append(slices.Clone(q.Order), scorecard.Order{Field: "name"}) {
			c := compare(value(a, o.Field), value(b, o.Field))
			if o.Desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	query, err := json.Marshal([]any{q.Filter, q.Order, q.ShowRetired})
	if err != nil {
		return scorecard.Page[T]{}, err
	}
	from := 0
	if q.Token != "" {
		token, err := base64.RawURLEncoding.DecodeString(q.Token)
		rest, ok := strings.CutPrefix(string(token), string(query)+"@")
		if _, e := fmt.Sscan(rest, &from); err != nil || !ok || e != nil {
			return scorecard.Page[T]{}, &scorecard.FieldError{Field: "page_token", Description: "belongs to another query"}
		}
	}
	page := scorecard.Page[T]{Total: len(all), Items: all[min(from, len(all)):min(from+q.Size, len(all))]}
	if to := from + q.Size; to < len(all) {
		page.Next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s@%d", query, to))
	}
	return page, nil
}

func matches(e *scorecard.Expr, value func(string) any) bool {
	switch e.Op {
	case "AND":
		return !slices.ContainsFunc(e.Args, func(a *scorecard.Expr) bool { return !matches(a, value) })
	case "OR":
		return slices.ContainsFunc(e.Args, func(a *scorecard.Expr) bool { return matches(a, value) })
	case "NOT":
		return !matches(e.Args[0], value)
	}
	have := value(e.Field)
	if e.Op == ":" {
		if e.Value == "*" {
			return have != nil && have != ""
		}
		return strings.Contains(strings.ToLower(fmt.Sprint(have)), strings.ToLower(fmt.Sprint(e.Value)))
	}
	if have == nil {
		return e.Op == "!="
	}
	c := compare(have, e.Value)
	return map[string]bool{"=": c == 0, "!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[e.Op]
}

func compare(a, b any) int {
	switch x := a.(type) {
	case float64:
		y, _ := b.(float64)
		return cmp.Compare(x, y)
	case time.Time:
		y, _ := b.(time.Time)
		return x.Compare(y)
	case scorecard.Level:
		return x.Compare(scorecard.Level(fmt.Sprint(b)))
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}
