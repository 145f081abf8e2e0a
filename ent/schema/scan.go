package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Scan is one reading of one repository, and its place in the queue.
type Scan struct{ ent.Schema }

// Fields of a scan.
func (Scan) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable().Comment("a UUIDv7"),
		field.String("repository").Immutable(),
		field.String("state"),
		field.Int64("worker").Default(0).Comment("the process that runs it"),
		field.Time("create_time").Immutable(),
		field.Time("start_time").Optional().Nillable(),
		field.Time("end_time").Optional().Nillable(),
		text("stage"),
		count("done"),
		count("total"),
		text("item"),
		text("error"),
		count("services"),
		count("changed"),
		count("gaps"),
		revision(),
	}
}

// Indexes of scans. The partial one is a guard: whatever the workers do, a
// repository has at most one running scan.
func (Scan) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("repository", "state"),
		index.Fields("state", "create_time"),
		index.Fields("repository").Unique().StorageKey("scan_running").
			Annotations(entsql.IndexWhere("state = 'RUNNING'")),
	}
}
