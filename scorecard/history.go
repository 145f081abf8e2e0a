package scorecard

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
}

// MaxVersions is how many versions are kept by name.
const MaxVersions = 20

// Changelog is a file that says what changed in which version.
type Changelog struct {
	Location Location `json:"location"`
	// Versions counts the headings that are versions; Latest is the first of them.
	Versions int    `json:"versions"`
	Latest   string `json:"latest,omitempty"`
}
