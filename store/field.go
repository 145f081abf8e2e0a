package store

import (
	"time"

	"github.com/seaworthy-dev/seaworthy/ent"
	"github.com/seaworthy-dev/seaworthy/ent/repository"
	"github.com/seaworthy-dev/seaworthy/ent/scan"
	"github.com/seaworthy-dev/seaworthy/ent/service"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// field is a list's field: its name in the API, its column, and how to read the
// column's value off a row, for page tokens. Values are string, float64 or
// time.Time, a rank being a number; nil is no value.
type field[T any] struct {
	scorecard.Field
	column   string
	nullable bool
	value    func(*T) any
}

// list is one kind of thing that can be listed; its key is the column "id".
type list[T any] struct {
	name   string
	fields []field[T]
	id     func(*T) string
	// retired is the column that is null for what is still there; empty where nothing retires.
	retired string
}

// RecordFields are the fields that ListRecords filters and orders by.
func RecordFields() []scorecard.Field { return records.declared() }

// ScanFields are the fields that ListScans filters and orders by.
func ScanFields() []scorecard.Field { return scans.declared() }

// RepositoryFields are the fields that ListRepositories filters and orders by.
func RepositoryFields() []scorecard.Field { return repositories.declared() }

func (l list[T]) declared() []scorecard.Field {
	out := make([]scorecard.Field, len(l.fields))
	for i, f := range l.fields {
		out[i] = f.Field
	}
	return out
}

func text[T any](name, column string, value func(*T) string) field[T] {
	return field[T]{scorecard.Field{Name: name, Type: scorecard.TextField}, column, false, func(r *T) any { return value(r) }}
}

func word[T any](name, column string, values []string, value func(*T) string) field[T] {
	return field[T]{scorecard.Field{Name: name, Type: scorecard.WordField, Values: values}, column, false, func(r *T) any { return value(r) }}
}

func rank[T any](name, column string, value func(*T) int8) field[T] {
	var values []string
	for _, l := range scorecard.Levels() {
		values = append(values, string(l))
	}
	return field[T]{scorecard.Field{Name: name, Type: scorecard.RankField, Values: values}, column, false, func(r *T) any { return float64(value(r)) }}
}

func instant[T any](name, column string, value func(*T) time.Time) field[T] {
	return field[T]{scorecard.Field{Name: name, Type: scorecard.TimeField}, column, false, func(r *T) any { return value(r) }}
}

var records = list[ent.Service]{
	name: "records", retired: service.FieldRetireTime, id: func(r *ent.Service) string { return r.ID },
	fields: []field[ent.Service]{
		text("name", service.FieldID, func(r *ent.Service) string { return r.ID }),
		text("display_name", service.FieldDisplayName, func(r *ent.Service) string { return r.DisplayName }),
		text("repository", service.FieldRepository, func(r *ent.Service) string { return r.Repository }),
		text("owner", service.FieldOwner, func(r *ent.Service) string { return r.Owner }),
		text("lifecycle", service.FieldLifecycle, func(r *ent.Service) string { return r.Lifecycle }),
		text("tier", service.FieldTier, func(r *ent.Service) string { return r.Tier }),
		text("system", service.FieldSystem, func(r *ent.Service) string { return r.System }),
		text("type", service.FieldType, func(r *ent.Service) string { return r.Type }),
		text("entity_ref", service.FieldEntityRef, func(r *ent.Service) string { return r.EntityRef }),
		word("discovery", service.FieldDiscovery, []string{string(scorecard.ByCatalog), string(scorecard.ByWorkload), string(scorecard.ByRepository)},
			func(r *ent.Service) string { return r.Discovery }),
		rank("level", service.FieldLevel, func(r *ent.Service) int8 { return r.Level }),
		rank("level_at_most", service.FieldLevelAtMost, func(r *ent.Service) int8 { return r.LevelAtMost }),
		{scorecard.Field{Name: "score", Type: scorecard.NumberField}, service.FieldScore, true, func(r *ent.Service) any {
			if r.Score == nil {
				return nil
			}
			return *r.Score
		}},
		{scorecard.Field{Name: "coverage", Type: scorecard.NumberField}, service.FieldCoverage, false, func(r *ent.Service) any { return r.Coverage }},
		instant("change_time", service.FieldChangeTime, func(r *ent.Service) time.Time { return r.ChangeTime }),
		instant("scan_time", service.FieldScanTime, func(r *ent.Service) time.Time { return r.ScanTime }),
	},
}

var scans = list[ent.Scan]{
	name: "scans", id: func(r *ent.Scan) string { return r.ID },
	fields: []field[ent.Scan]{
		text("repository", scan.FieldRepository, func(r *ent.Scan) string { return r.Repository }),
		word("state", scan.FieldState, []string{queued, running, string(scorecard.ScanSucceeded), string(scorecard.ScanFailed), cancelled},
			func(r *ent.Scan) string { return r.State }),
		instant("create_time", scan.FieldCreateTime, func(r *ent.Scan) time.Time { return r.CreateTime }),
		{scorecard.Field{Name: "end_time", Type: scorecard.TimeField}, scan.FieldEndTime, true, func(r *ent.Scan) any {
			if r.EndTime == nil {
				return nil
			}
			return *r.EndTime
		}},
	},
}

var repositories = list[ent.Repository]{
	name: "repositories", id: func(r *ent.Repository) string { return r.ID },
	fields: []field[ent.Repository]{
		text("name", repository.FieldID, func(r *ent.Repository) string { return r.ID }),
		text("display_name", repository.FieldDisplayName, func(r *ent.Repository) string { return r.DisplayName }),
		text("path", repository.FieldPath, func(r *ent.Repository) string { return r.Path }),
		word("origin", repository.FieldOrigin, []string{fromConfig, fromAPI}, func(r *ent.Repository) string { return r.Origin }),
	},
}
