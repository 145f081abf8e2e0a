package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// programs are the two that are compared.
type programs struct{ seaworthy, kubeScore string }

// kubeScoreObject is what kube-score's JSON says of one object.
type kubeScoreObject struct {
	TypeMeta struct {
		Kind string `json:"kind"`
	} `json:"type_meta"`
	ObjectMeta struct {
		Name         string `json:"name"`
		GenerateName string `json:"generateName"`
		Namespace    string `json:"namespace"`
	} `json:"object_meta"`
	Checks []kubeScoreTest `json:"checks"`
}

// kubeScoreTest is what one of kube-score's tests says.
type kubeScoreTest struct {
	Check struct {
		ID string `json:"id"`
	} `json:"check"`
	Grade    int  `json:"grade"` // 1 critical, 5 warning, 7 almost right, 10 right
	Skipped  bool `json:"skipped"`
	Comments []struct {
		Path    string `json:"path"` // a container's name, or empty
		Summary string `json:"summary"`
	} `json:"comments"`
}

// runKubeScore gives what kube-score says of the files, by object. It knows one version
// of Kubernetes at a time, and gets one that has all APIs it recommends; annotations
// that silence it are not obeyed, for Seaworthy does not know them.
func (p *programs) runKubeScore(folder string, files []string) (map[object][]kubeScoreTest, error) {
	args := append([]string{"score", "--output-format", "json", "--all-default-optional",
		"--disable-ignore-checks-annotations", "--kubernetes-version", "v1.33"}, files...)
	out, err := output(folder, p.kubeScore, args...)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || len(out) == 0) {
		return nil, err // status 1 with an answer says that something is critical
	}
	var all []kubeScoreObject
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, fmt.Errorf("kube-score's answer: %w", err)
	}
	tests := map[object][]kubeScoreTest{}
	for _, o := range all {
		key := object{o.TypeMeta.Kind, o.ObjectMeta.Namespace, cmp.Or(o.ObjectMeta.Name, strings.TrimSuffix(o.ObjectMeta.GenerateName, "-"))}
		tests[key] = append(tests[key], o.Checks...)
	}
	return tests, nil
}

// evidence is one thing that Seaworthy saw.
type evidence struct {
	Location struct {
		Object struct {
			Kind      string `json:"kind"`
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
		} `json:"object"`
		Field string `json:"field"`
	} `json:"location"`
	Outcome string `json:"outcome"`
	Message string `json:"message"`
}

func (e *evidence) object() object {
	o := e.Location.Object
	return object{o.Kind, o.Namespace, o.Name}
}

// inContainer matches the container of a field's path.
var inContainer = regexp.MustCompile(`ontainers\[([^\]]+)\]`)

// container is the name of the container that the evidence is about, empty where it is
// about the object.
func (e *evidence) container() string {
	if m := inContainer.FindStringSubmatch(e.Location.Field); m != nil {
		return m[1]
	}
	return ""
}

// verdicts are Seaworthy's: the evidence of each check, of all services together.
type verdicts struct {
	evidence map[string][]evidence
	// known are the checks that there are.
	known map[string]bool
	// cut are the checks of which a result did not keep all evidence: the last, which is
	// that of what is right.
	cut map[string]bool
}

// runSeaworthy gives what Seaworthy says of the folder.
func (p *programs) runSeaworthy(folder string) (*verdicts, error) {
	out, err := output(folder, p.seaworthy, "scan", ".", "--id", "agreement", "--format", "json")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Scorecards []struct {
			Results []struct {
				Check         string     `json:"check"`
				Evidence      []evidence `json:"evidence"`
				EvidenceCount int        `json:"evidenceCount"`
			} `json:"results"`
		} `json:"scorecards"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("seaworthy's answer: %w", err)
	}
	v := &verdicts{evidence: map[string][]evidence{}, known: map[string]bool{}, cut: map[string]bool{}}
	for _, card := range answer.Scorecards {
		for _, r := range card.Results {
			check := strings.TrimPrefix(r.Check, "checks/")
			v.known[check] = true
			v.evidence[check] = append(v.evidence[check], r.Evidence...)
			v.cut[check] = v.cut[check] || r.EvidenceCount > len(r.Evidence)
		}
	}
	return v, nil
}

// ask writes the set into a folder of its own and asks both programs.
func (p *programs) ask(s *set) (map[object][]kubeScoreTest, *verdicts, error) {
	folder, err := os.MkdirTemp("", "agreement-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(folder)
	files, err := s.write(folder)
	if err != nil {
		return nil, nil, err
	}
	v, err := p.runSeaworthy(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.name, err)
	}
	tests, err := p.runKubeScore(folder, files)
	if err != nil {
		return nil, v, fmt.Errorf("%s: %w", s.name, err)
	}
	return tests, v, nil
}
