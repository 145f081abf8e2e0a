package scorecard

// FieldType says what a list's field is compared with.
type FieldType string

// The types of fields. The value of an Expr is a string for text and words, a
// float64 for numbers and a time.Time for times.
const (
	TextField   FieldType = "text"   // sorts by bytes; `:` finds a part, without regard to ASCII case
	NumberField FieldType = "number" // may have no value: then only != and NOT match
	TimeField   FieldType = "time"   // may have no value, likewise
	WordField   FieldType = "word"   // one of Values; = and != only
	RankField   FieldType = "rank"   // one of Values, which are in order, lowest first: < and > go by it
)

// Field is something that a list filters and sorts by, as the API spells it.
type Field struct {
	Name   string
	Type   FieldType
	Values []string // of words and ranks, all there are
}
