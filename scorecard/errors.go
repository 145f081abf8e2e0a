package scorecard

import "errors"

// The ways in which anything in Seaworthy fails. Callers wrap them with %w and a
// sentence that names what it was about; the server turns them into status codes
// in one place.
var (
	// ErrInvalid: the request or the configuration is wrong; asking again will not help.
	ErrInvalid = errors.New("invalid")
	// ErrNotFound: there is no such thing.
	ErrNotFound = errors.New("not found")
	// ErrConflict: it exists already, or changed in the meantime.
	ErrConflict = errors.New("conflict")
	// ErrUnavailable: a part that is needed does not answer now; asking again may help.
	ErrUnavailable = errors.New("unavailable")
	// ErrDenied: the caller may not.
	ErrDenied = errors.New("denied")
)

// FieldError is an ErrInvalid that names the field at fault, as the API spells it.
type FieldError struct {
	Field       string // e.g. "filter", "repository.path"
	Description string // what is wrong and what would be right
}

// Error reads as "filter: unknown field …".
func (e *FieldError) Error() string { return e.Field + ": " + e.Description }

// Unwrap makes a FieldError an ErrInvalid.
func (e *FieldError) Unwrap() error { return ErrInvalid }
