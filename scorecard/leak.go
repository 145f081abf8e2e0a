package scorecard

// Leak is a place where a secret stands in a file as plain text. Of the secret itself
// nothing is kept, no hash either.
type Leak struct {
	Location Location `json:"location"`
	// Rule says what found it: one of gitleaks' rules ("private-key"), or for a value whose
	// name says that it is one, where it stands: SettingInCompose and its like.
	Rule string `json:"rule"`
	// Name is that of the variable or key, where it has one.
	Name string `json:"name,omitempty"`
	// Object is that of Kubernetes which holds it, in a manifest.
	Object ObjectRef `json:"object,omitzero"`
	// Services are those of Compose that are given it.
	Services []string `json:"services,omitempty"`
	// Allowed is what of the repository says that it is none: the path of its gitleaks
	// configuration, or "gitleaks:allow" for a comment on the line.
	Allowed string `json:"allowed,omitempty"`
}

// Where a name and its plain value stand; see Leak.Rule.
const (
	SettingInEnvFile    = "env-file"
	SettingInDockerfile = "dockerfile"
	SettingInCompose    = "compose"
	SettingInConfigMap  = "configmap"
	SettingInPod        = "pod"
	SettingInValues     = "helm-values"
	SettingInTerraform  = "terraform"
	SettingInSQL        = "sql"
	SettingInSecret     = "secret" // see SecretKey; no Leak is one
)

// StateFile is the Rule of a state file of Terraform, in which all that it made stands.
const StateFile = "terraform-state"

// IsSetting reports whether a leak's rule is none of gitleaks: it was told by its name.
func IsSetting(rule string) bool {
	switch rule {
	case SettingInEnvFile, SettingInDockerfile, SettingInCompose, SettingInConfigMap, SettingInPod, SettingInValues, SettingInTerraform, SettingInSQL, SettingInSecret:
		return true
	}
	return false
}

// Search says how much of a repository was looked through for leaks.
type Search struct {
	Location Location `json:"location"`
	Files    int      `json:"files"` // files of text
}
