package scorecard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Discovery says how a service was found.
type Discovery string

// The ways in which a service is found, strongest first.
const (
	ByCatalog    Discovery = "catalog"    // a catalog entity declares it
	ByWorkload   Discovery = "workload"   // workloads of one application
	ByRepository Discovery = "repository" // nothing finer: the repository as a whole
)

// Service is what a scorecard is about.
type Service struct {
	// ID is unique and stable: `<scope>.<name>`, lower-case, where scope is the
	// catalog namespace of a catalogued service and the repository of any other.
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	// Discovery says how it was found, Location where.
	Discovery Discovery `json:"discovery"`
	Location  Location  `json:"location,omitzero"`
	// EntityRef is its catalog reference, lower-cased; empty for a service without an entity.
	EntityRef string `json:"entityRef,omitempty"`
	// Repository is the ID of the repository it was found in.
	Repository string `json:"repository"`
	// Path is its folder in the repository; "." for all of it, empty where it has none of its own.
	Path      string `json:"path,omitempty"`
	Type      string `json:"type,omitempty"` // the entity's: "service", "website", …
	Owner     string `json:"owner,omitempty"`
	Lifecycle string `json:"lifecycle,omitempty"`
	Tier      string `json:"tier,omitempty"`
	System    string `json:"system,omitempty"`
	// Runs is the object that runs it, by which commands name it: its main workload, of
	// kind "Compose" what a Compose file runs; zero where nothing here does.
	Runs ObjectRef `json:"runs,omitzero"`
	// Unscored says why it is shown and not scored; empty for those that are.
	Unscored string `json:"unscored,omitempty"`
}

// Inventory is what is known of one service at one revision of its sources.
// It is immutable once it has been hashed.
type Inventory struct {
	// Format is the version of this shape; a stored inventory of an older format is
	// still judged.
	Format  int     `json:"format"`
	Service Service `json:"service"`
	Facts
}

// InventoryFormat is the format that this version writes.
const InventoryFormat = 1

// Canonical is the inventory's one serialised form: JSON with parts sorted, keys
// in a fixed order and nothing of the machine, the time or the commit in it.
func (inv *Inventory) Canonical() ([]byte, error) {
	inv.Format = InventoryFormat
	inv.Sort()
	b, err := canonical(inv)
	if err != nil {
		return nil, fmt.Errorf("inventory of %s: %w", inv.Service.ID, err)
	}
	return b, nil
}

// canonical is the value's JSON. Bytes that are no UTF-8 (a file's name may hold
// any) are written as an escape of U+FFFD, which reads back as that character and is
// then written plainly: a second pass makes both the same.
func canonical[T any](v *T) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil || !bytes.Contains(b, []byte(`\ufffd`)) {
		return b, err
	}
	var again T
	if err := json.Unmarshal(b, &again); err != nil {
		return nil, err
	}
	return json.Marshal(&again)
}

// Hash names a canonical form: the hex SHA-256 of its bytes.
func Hash(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// ParseInventory reads a canonical form back.
func ParseInventory(b []byte) (*Inventory, error) {
	var inv Inventory
	if err := json.Unmarshal(b, &inv); err != nil {
		return nil, fmt.Errorf("%w: stored inventory: %w", ErrInvalid, err)
	}
	return &inv, nil
}

// Revision says which state of a repository was read. It stands beside the
// inventory, not in it: the same facts at two commits are one inventory.
type Revision struct {
	// Commit is the full hash; empty outside of version control.
	Commit string `json:"commit,omitempty"`
	Branch string `json:"branch,omitempty"`
	// URL is the repository's web address (https), without credentials; empty when not known.
	URL string `json:"url,omitempty"`
	// Folder is where in the repository the scanned folder stands, with slashes; empty
	// for its root. A link to a location needs it before the location's path.
	Folder string `json:"folder,omitempty"`
	// Dirty: the work tree differs from the commit, so lines may differ from what the link shows.
	Dirty bool `json:"dirty,omitempty"`
}
