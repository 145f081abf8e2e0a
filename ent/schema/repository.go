package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// Repository is a place to scan.
type Repository struct{ ent.Schema }

// Fields of a repository. Scans and services name theirs without a foreign key:
// they outlive it.
func (Repository) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable(),
		field.String("path").Unique(),
		text("display_name"),
		field.String("origin"),
		field.Time("create_time").Immutable(),
	}
}
