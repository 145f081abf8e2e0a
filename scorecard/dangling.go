package scorecard

// Dangling is a selector or target that matches nothing in the repository.
type Dangling struct {
	// Location is the object that selects, with the field that does.
	Location Location `json:"location"`
	// Wants is what it asks for: "pods with app=cart", "Deployment cart".
	Wants string `json:"wants"`
	// Near is the closest thing that there is, which was probably meant: "the pods of
	// Deployment cart have app=carts"; empty where nothing is near.
	Near string `json:"near,omitempty"`
	// Elsewhere: the repository declares no workloads in that namespace, or what is asked
	// for is of a kind that nobody has seen, so it may stand where nobody looked.
	Elsewhere bool `json:"elsewhere,omitempty"`
}
