package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// TrendDay is what the services of one group came to at the end of one day: rolled up, so
// that a year of them is read in milliseconds.
type TrendDay struct{ ent.Schema }

// Fields of a day.
func (TrendDay) Fields() []ent.Field {
	return []ent.Field{
		field.String("day").Immutable().Comment("2026-11-30, in UTC"),
		field.String("kind").Immutable().Comment("all, owner, system, tier or lifecycle"),
		field.String("value").Immutable().Comment("the owner's name, …; empty for all"),
		count("services"),
		count("scored"),
		field.Int64("score_sum").Default(0).Comment("of the scored ones, in hundredths"),
		count("none"),
		count("bronze"),
		count("silver"),
		count("gold"),
		count("platinum"),
		// Those that were scored on the day before, too, and what their scores rose by since.
		count("matched"),
		field.Int64("matched_rise").Default(0).Comment("in hundredths, all together"),
		field.Int64("ruled_rise").Default(0).Comment("the part of it that the rubric and the program have"),
		field.Time("update_time"),
	}
}

// Indexes of days.
func (TrendDay) Indexes() []ent.Index {
	return []ent.Index{index.Fields("kind", "value", "day").Unique()}
}
