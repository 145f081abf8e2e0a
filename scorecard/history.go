package scorecard

import (
	"cmp"
	"slices"
	"strings"
)

// Tags are the tags of a repository's history.
type Tags struct {
	Location Location `json:"location"` // where they were read
	// Versions are those that are semantic versions, the newest first; at most MaxVersions.
	Versions []string `json:"versions,omitempty"`
	// Count is how many tags there are, Releases how many of them are versions.
	Count    int `json:"count"`
	Releases int `json:"releases"`
	// Shallow: the clone has only a part of the history, and may lack tags.
	Shallow bool `json:"shallow,omitempty"`
	// Dated are the versions of which the day is known, the newest first; at most MaxDated.
	Dated []Released `json:"dated,omitempty"`
}

// MaxVersions is how many versions are kept by name.
const MaxVersions = 20

// Changelog is a file that says what changed in which version.
type Changelog struct {
	Location Location `json:"location"`
	// Versions counts the headings that are versions; Latest is the first of them.
	Versions int    `json:"versions"`
	Latest   string `json:"latest,omitempty"`
	// Dated are the versions that it gives a day, the newest first; at most MaxDated.
	Dated []Released `json:"dated,omitempty"`
}

// Released is a version and the day on which it came out.
type Released struct {
	Version string `json:"version"` // as written: "cart-v1.2.3"
	Day     string `json:"day"`     // "2026-03-01"
	Line    int    `json:"line,omitempty"`
}

// MaxDated is how many releases are kept with their days.
const MaxDated = 100

// Newest gives the releases from the newest on, and no more than are kept.
func Newest(list []Released) []Released {
	slices.SortFunc(list, func(a, b Released) int {
		return cmp.Or(strings.Compare(b.Day, a.Day), strings.Compare(a.Version, b.Version), cmp.Compare(a.Line, b.Line))
	})
	return list[:min(len(list), MaxDated)]
}
