package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Verdict is a scorecard: immutable, named by its content's hash. Its key is a
// number, since every result carries it.
type Verdict struct{ ent.Schema }

// Fields of a verdict. The summary stands before the body, so that reading the one
// does not touch the pages of the other.
func (Verdict) Fields() []ent.Field {
	return []ent.Field{
		hashed("hash"),
		field.String("service").Immutable(),
		hashed("inventory_hash"),
		hashed("rubric_hash"),
		// The day as of which it was judged first; empty where no date was weighed.
		text("as_of"),
		// The version of the program that judged it first.
		text("program"),
		field.Time("create_time").Immutable(),
		field.Bytes("summary").Immutable().Comment("the scorecard's JSON without results, steps and gaps"),
		field.Bytes("body").Immutable().Comment("the scorecard's canonical JSON, gzipped"),
	}
}

// Edges of a verdict.
func (Verdict) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("inventory", Inventory.Type).Field("inventory_hash").Required().Unique().Immutable().
			Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("results", Result.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// Indexes of verdicts.
func (Verdict) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("hash").Unique(),
		index.Fields("service", "create_time"),
		index.Fields("inventory_hash"),
	}
}

// Result is what one check said in one verdict: what is asked across services.
// Reason, evidence and remediation are in the verdict's body.
type Result struct{ ent.Schema }

// Fields of a result.
func (Result) Fields() []ent.Field {
	return []ent.Field{
		field.Int("verdict_id").Immutable(),
		field.String("check_id").Immutable(),
		field.String("outcome").Immutable(),
		field.Int8("level").Immutable().Comment("its rank, NONE being 0"),
		field.Float("weight").Immutable(),
		field.Float("credit_min").Immutable(),
		field.Float("credit_max").Immutable(),
	}
}

// Edges of a result.
func (Result) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("verdict", Verdict.Type).Ref("results").Field("verdict_id").Required().Unique().Immutable(),
	}
}

// Indexes of results: a verdict's, and "which services fail check X".
func (Result) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("verdict_id", "check_id").Unique(),
		index.Fields("check_id", "outcome", "verdict_id"),
	}
}
