package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// Rubric is one that verdicts were judged by: immutable, named by its content's hash.
type Rubric struct{ ent.Schema }

// Fields of a rubric.
func (Rubric) Fields() []ent.Field {
	return []ent.Field{
		hashed("id"),
		field.String("name").Immutable(),
		field.Time("create_time").Immutable(),
		field.Bytes("body").Immutable().Comment("the canonical JSON, gzipped"),
	}
}
