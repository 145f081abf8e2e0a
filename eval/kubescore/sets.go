package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// set is manifests that are deployed together: both programs are given all of them at
// once, and nothing else.
type set struct {
	name  string
	files []file
	// model is what the manifests declare, by object.
	model map[object]manifest
}

// file is one file of a set, by its path in the repository.
type file struct {
	path    string
	content []byte
}

// origin is a line of sets.txt: where sets come from.
type origin struct {
	name, repository, commit string
	paths                    []string
}

// each: every file is a set of its own.
func (o *origin) each() bool { return strings.HasSuffix(o.name, "/*") }

// origins reads sets.txt: name, repository, commit and paths, parted by white space;
// lines that start with # are comments.
func origins(text string) (all []origin, err error) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) < 4 {
			return nil, fmt.Errorf("sets.txt: %q: name, repository, commit and paths are wanted", strings.TrimSpace(line))
		}
		all = append(all, origin{fields[0], fields[1], fields[2], fields[3:]})
	}
	return all, nil
}

// sets fetches the origin's files at its commit.
func (o *origin) sets(checkouts string) ([]*set, error) {
	var files []file
	var err error
	switch {
	case o.repository == generated:
		files, err = o.fromFleet()
	case strings.Contains(o.repository, "://"):
		files, err = o.fromGit(checkouts)
	default:
		files, err = o.fromModule()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.name, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no manifest is at %s", o.name, o.paths)
	}
	if !o.each() {
		s, err := newSet(o.name, files)
		return []*set{s}, err
	}
	var all []*set
	for _, f := range files {
		s, err := newSet(strings.TrimSuffix(o.name, "*")+path.Base(f.path), []file{f})
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// fromGit takes the files out of the repository's clone at checkouts/<owner>/<name>,
// whatever is checked out there, and clones it first where it is not there.
func (o *origin) fromGit(checkouts string) (files []file, err error) {
	u, err := url.Parse(o.repository)
	if err != nil {
		return nil, err
	}
	clone := filepath.Join(checkouts, filepath.FromSlash(strings.TrimSuffix(u.Path, ".git")))
	if _, err := os.Stat(clone); errors.Is(err, os.ErrNotExist) {
		if _, err := output(".", "git", "clone", "--quiet", "--no-checkout", o.repository, clone); err != nil {
			return nil, err
		}
	}
	archive, err := output(clone, "git", append([]string{"archive", "--format=tar", o.commit, "--"}, o.paths...)...)
	if err != nil {
		return nil, err
	}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return files, nil
		case err != nil:
			return nil, err
		case h.Typeflag != tar.TypeReg || !isManifest(h.Name):
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		files = append(files, file{h.Name, content})
	}
}

// generated is the repository of sets that eval/fleet writes; their paths are its flags.
const generated = "eval/fleet"

func (o *origin) fromFleet() ([]file, error) {
	folder, err := os.MkdirTemp("", "agreement-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if _, err := output(filepath.Join("..", ".."), "go", append([]string{"run", "./" + generated, "-out", folder}, o.paths...)...); err != nil {
		return nil, err
	}
	return filesBelow(folder)
}

// fromModule takes the files out of a Go module that go.mod names.
func (o *origin) fromModule() (files []file, err error) {
	dir, err := output(".", "go", "list", "-m", "-f", "{{.Version}} {{.Dir}}", o.repository)
	if err != nil {
		return nil, err
	}
	version, folder, _ := strings.Cut(strings.TrimSpace(string(dir)), " ")
	if version != o.commit {
		return nil, fmt.Errorf("go.mod has version %s, sets.txt %s", version, o.commit)
	}
	for _, p := range o.paths {
		found, err := filepath.Glob(filepath.Join(folder, filepath.FromSlash(p)))
		if err != nil {
			return nil, err
		}
		for _, name := range found {
			if !isManifest(name) {
				continue
			}
			content, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			files = append(files, file{path.Join(path.Dir(p), filepath.Base(name)), content})
		}
	}
	return files, nil
}

func isManifest(name string) bool {
	base, ext := path.Base(filepath.ToSlash(name)), path.Ext(name)
	return (ext == ".yaml" || ext == ".yml" || ext == ".json") && strings.TrimSuffix(base, ext) != "kustomization"
}

// fromFolder makes a set of all manifests below a folder.
func fromFolder(folder string) (*set, error) {
	files, err := filesBelow(folder)
	if err != nil {
		return nil, err
	}
	return newSet(filepath.Base(folder), files)
}

func filesBelow(folder string) (files []file, err error) {
	err = filepath.WalkDir(folder, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isManifest(p) {
			return err
		}
		content, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(folder, p)
		files = append(files, file{filepath.ToSlash(relative), content})
		return err
	})
	return files, err
}

// write writes the files under names that say nothing: neither program shall judge by
// a folder that is called examples or a file that is called test.
func (s *set) write(folder string) (names []string, err error) {
	for i, f := range s.files {
		name := fmt.Sprintf("manifest-%04d%s", i, path.Ext(f.path))
		names = append(names, name)
		if err := os.WriteFile(filepath.Join(folder, name), f.content, 0o644); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// object names one Kubernetes object, without the version of its API.
type object struct{ kind, namespace, name string }

func (o object) String() string {
	if o.namespace == "" {
		return o.kind + " " + o.name
	}
	return o.kind + " " + o.namespace + "/" + o.name
}

// manifest is what the comparison has to know of an object itself.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name         string            `yaml:"name"`
		GenerateName string            `yaml:"generateName"`
		Namespace    string            `yaml:"namespace"`
		Labels       map[string]string `yaml:"labels"`
	} `yaml:"metadata"`
	Items []yaml.Node `yaml:"items"` // of a List
	Spec  struct {
		Replicas *int `yaml:"replicas"`
		// ScaleTargetRef and MinReplicas are an autoscaler's.
		ScaleTargetRef struct {
			Kind string `yaml:"kind"`
			Name string `yaml:"name"`
		} `yaml:"scaleTargetRef"`
		MinReplicas *int `yaml:"minReplicas"`
		// Selector is a map of labels in a Service, and a labelSelector in others.
		Selector    yaml.Node        `yaml:"selector"`
		PodSelector labelSelector    `yaml:"podSelector"` // a NetworkPolicy's
		ServiceName string           `yaml:"serviceName"` // a StatefulSet's
		ClusterIP   string           `yaml:"clusterIP"`   // a Service's
		podSpec     `yaml:",inline"` // of a Pod
		Template    template         `yaml:"template"`
		JobTemplate struct {
			Spec struct {
				Template template `yaml:"template"`
			} `yaml:"spec"`
		} `yaml:"jobTemplate"`
	} `yaml:"spec"`
}

type template struct {
	Metadata struct {
		Labels map[string]string `yaml:"labels"`
	} `yaml:"metadata"`
	Spec podSpec `yaml:"spec"`
}

// labelSelector selects objects by their labels.
type labelSelector struct {
	MatchLabels      map[string]string `yaml:"matchLabels"`
	MatchExpressions []struct {
		Key      string   `yaml:"key"`
		Operator string   `yaml:"operator"`
		Values   []string `yaml:"values"`
	} `yaml:"matchExpressions"`
}

func (l labelSelector) empty() bool { return len(l.MatchLabels)+len(l.MatchExpressions) == 0 }

// matches decides as the API server does: all of it must hold.
func (l labelSelector) matches(labels map[string]string) bool {
	for k, v := range l.MatchLabels {
		if has, ok := labels[k]; !ok || has != v {
			return false
		}
	}
	for _, e := range l.MatchExpressions {
		value, has := labels[e.Key]
		holds := map[string]bool{
			"In":     has && slices.Contains(e.Values, value),
			"NotIn":  !has || !slices.Contains(e.Values, value),
			"Exists": has, "DoesNotExist": !has,
		}
		if !holds[e.Operator] {
			return false
		}
	}
	return true
}

type podSpec struct {
	Containers     []container `yaml:"containers"`
	InitContainers []container `yaml:"initContainers"`
}

type container struct {
	Name           string    `yaml:"name"`
	LivenessProbe  yaml.Node `yaml:"livenessProbe"`
	ReadinessProbe yaml.Node `yaml:"readinessProbe"`
}

func (m manifest) object() object {
	return object{m.Kind, m.Metadata.Namespace, cmp.Or(m.Metadata.Name, strings.TrimSuffix(m.Metadata.GenerateName, "-"))}
}

// containers are the names of the containers, whether each is an init container.
func (m manifest) containers() map[string]bool {
	names := map[string]bool{}
	for _, pod := range m.pods() {
		for _, c := range pod.Containers {
			names[c.Name] = false
		}
		for _, c := range pod.InitContainers {
			names[c.Name] = true
		}
	}
	return names
}

// pods are the pod specs that the object may have.
func (m manifest) pods() []podSpec {
	return []podSpec{m.Spec.podSpec, m.Spec.Template.Spec, m.Spec.JobTemplate.Spec.Template.Spec}
}

// hasPods: the object is a pod, or makes pods.
func (m manifest) hasPods() bool {
	return slices.ContainsFunc(m.pods(), func(p podSpec) bool { return len(p.Containers) > 0 })
}

// labels are those of the object's pods.
func (m manifest) labels() map[string]string {
	switch m.Kind {
	case "Pod":
		return m.Metadata.Labels
	case "CronJob":
		return m.Spec.JobTemplate.Spec.Template.Metadata.Labels
	}
	return m.Spec.Template.Metadata.Labels
}

func newSet(name string, files []file) (*set, error) {
	s := &set{name: name, files: files, model: map[object]manifest{}}
	for _, f := range files {
		for d := yaml.NewDecoder(bytes.NewReader(f.content)); ; {
			var n yaml.Node
			if err := d.Decode(&n); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, f.path, err)
			}
			s.add(&n)
		}
	}
	return s, nil
}

// add notes an object and those in a List. What has another shape than expected is
// noted as far as it decodes.
func (s *set) add(n *yaml.Node) {
	var m manifest
	_ = n.Decode(&m)
	for i := range m.Items {
		s.add(&m.Items[i])
	}
	if m.Kind != "" && m.object().name != "" {
		s.model[m.object()] = m
	}
}

// output runs a command in a folder and gives what it prints.
func output(folder, name string, args ...string) ([]byte, error) {
	var complaint bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = folder, &complaint
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(complaint.Bytes()))
	}
	return out, nil
}
