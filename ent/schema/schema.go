// Package schema says what is kept, and by which columns it is found again. After
// a change here, generate the code and the migrations anew:
//
//	go generate ./ent
//	go run ./store/migrate/plan NAME_OF_THE_CHANGE
//
// Ground rules: what is large is compressed JSON, which is read whole; a column of
// its own has only what is filtered, sorted, joined or counted by. A change must be
// one that the program before it survives, or say so in the changelog.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// hashed is the column of a content hash: hex SHA-256.
func hashed(name string) ent.Field { return field.String(name).MaxLen(64).Immutable() }

// text is a column that is empty where there is nothing to say.
func text(name string) ent.Field {
	return field.String(name).Default("")
}

// count is a number of things.
func count(name string) ent.Field {
	return field.Int(name).Default(0)
}

// revision is the state of a repository that was read, as JSON: nothing asks for
// its parts.
func revision() ent.Field { return text("revision") }
