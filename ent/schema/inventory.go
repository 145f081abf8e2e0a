package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// Inventory is what was known of a service: immutable, named by its content's hash.
type Inventory struct{ ent.Schema }

// Fields of an inventory.
func (Inventory) Fields() []ent.Field {
	return []ent.Field{
		hashed("id"),
		field.Time("create_time").Immutable(),
		field.Bytes("body").Immutable().Comment("the canonical JSON, gzipped"),
	}
}
