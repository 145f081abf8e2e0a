package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Service is a service as it stands now: its current verdict, and from that
// verdict what lists filter and sort by.
type Service struct{ ent.Schema }

// Fields of a service. Those from display_name to coverage repeat the verdict;
// texts are cut to what an index can hold.
func (Service) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable().Comment("<scope>.<name>"),
		field.String("repository"),
		field.Int("verdict_id"),
		text("display_name"),
		text("discovery"),
		text("entity_ref"),
		text("type"),
		text("owner"),
		text("lifecycle"),
		text("tier"),
		text("system"),
		text("unscored"),
		field.Int8("level").Comment("its rank, NONE being 0"),
		field.Int8("level_at_most").Comment("its rank, NONE being 0"),
		field.Float("score").Optional().Nillable(),
		field.Float("score_min"),
		field.Float("score_max"),
		field.Float("coverage"),
		field.String("scan").Comment("the last scan that saw it"),
		field.Time("scan_time"),
		field.Time("change_time"),
		field.Time("create_time").Immutable(),
		field.Time("retire_time").Optional().Nillable(),
		revision(),
	}
}

// Edges of a service.
func (Service) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("verdict", Verdict.Type).Field("verdict_id").Required().Unique().
			Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("periods", Period.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// Indexes of services.
func (Service) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("repository"),
		index.Fields("owner", "score"),
		index.Fields("verdict_id"),
	}
}

// Period says from when to when a verdict held for a service: one row for each
// change of verdict, so that a year's history costs only what changed in it.
type Period struct{ ent.Schema }

// Fields of a period.
func (Period) Fields() []ent.Field {
	return []ent.Field{
		field.String("service_id").Immutable(),
		field.Int("verdict_id").Immutable(),
		field.String("scan").Immutable().Comment("the scan that brought it"),
		field.Time("start_time").Immutable(),
		field.Time("end_time").Optional().Nillable().Comment("null while it holds"),
		field.Time("seen_time").Optional().Nillable().Comment("when it was last seen, once it has ended; until then the service's scan_time"),
		revision(),
		// The commits behind what changed, as JSON: nothing asks for their parts.
		text("origins"),
		// What trends group and add up, of the verdict.
		text("owner"),
		text("system"),
		text("tier"),
		text("lifecycle"),
		field.Int8("level").Default(0).Comment("its rank, NONE being 0"),
		field.Float("score").Optional().Nillable(),
	}
}

// Edges of a period.
func (Period) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("service", Service.Type).Ref("periods").Field("service_id").Required().Unique().Immutable(),
		edge.To("verdict", Verdict.Type).Field("verdict_id").Required().Unique().Immutable().
			Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of periods. The partial one is a guard: one verdict holds at a time.
func (Period) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("service_id", "start_time"),
		index.Fields("verdict_id"),
		index.Fields("service_id").Unique().StorageKey("period_current").
			Annotations(entsql.IndexWhere("end_time IS NULL")),
	}
}
