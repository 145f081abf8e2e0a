package infra

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// ansibleRuns are the modules that run a service, without their collection.
var ansibleRuns = map[string]bool{
	"docker_container": true, "docker_compose": true, "docker_compose_v2": true, "docker_swarm_service": true, "docker_stack": true,
	"podman_container": true, "k8s": true, "helm": true, "ecs_service": true, "ecs_taskdefinition": true, "lambda": true,
	"nomad_job": true, "azure_rm_containerinstance": true, "azure_rm_webapp": true, "heroku_app": true,
}

// playWork are the members by which a play does something.
var playWork = []string{"tasks", "roles", "pre_tasks", "post_tasks", "handlers"}

// playbook reads a list in YAML when every item is a play: one that names hosts and
// does something to them, or imports other plays.
func (r *reader) playbook(f tree.File, doc yamldoc.Document) {
	plays, works := yamldoc.Items(doc.Root), false
	for _, play := range plays {
		imports := yamldoc.Get(play, "import_playbook") != nil || yamldoc.Get(play, "ansible.builtin.import_playbook") != nil
		if !imports && (yamldoc.Get(play, "hosts") == nil || yamldoc.Get(play, "hosts").Kind == yaml.MappingNode) {
			return
		}
		works = works || imports
		for _, w := range playWork {
			works = works || yamldoc.Get(play, w) != nil
		}
	}
	if !works {
		return
	}
	r.provisions(f, doc, "ansible")
	for _, play := range plays {
		for _, w := range playWork {
			if w != "roles" {
				r.tasks(f, yamldoc.Get(play, w), 0)
			}
		}
	}
}

// role reads the tasks of a role.
func (r *reader) role(f tree.File, doc yamldoc.Document) {
	items := yamldoc.Items(doc.Root)
	if len(items) == 0 || items[0].Kind != yaml.MappingNode {
		return
	}
	r.provisions(f, doc, "ansible")
	r.tasks(f, doc.Root, 0)
}

// tasks adds each task that runs a service, those in blocks too.
func (r *reader) tasks(f tree.File, list *yaml.Node, depth int) {
	if depth > 20 {
		return
	}
	for _, task := range yamldoc.Items(list) {
		if task.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(task.Content); i += 2 {
			key := task.Content[i].Value
			switch module := key[strings.LastIndexByte(key, '.')+1:]; {
			case key == "block" || key == "rescue" || key == "always":
				r.tasks(f, task.Content[i+1], depth+1)
			case ansibleRuns[module] && !removes(task.Content[i+1]):
				where := scorecard.Location{Path: f.Path, FirstLine: task.Line, LastLine: yamldoc.LastLine(task)}
				r.add(scorecard.Definition{Location: where, Tool: "ansible", Deploys: true, Name: literal(task.Content[i+1], "name")})
			}
		}
	}
}

func removes(args *yaml.Node) bool {
	state := text(args, "state")
	return state == "absent" || state == "stopped"
}

// requirements reads the roles and collections that Ansible Galaxy is to fetch.
func (r *reader) requirements(f tree.File, data []byte) {
	if rendered(r.t, f.Path) || r.t.Has(path.Join(f.Folder(), "Chart.yaml")) { // a chart of Helm 2 has such a file
		return
	}
	r.documents(f, data, true, func(r *reader, f tree.File, doc yamldoc.Document) {
		if doc.Root.Kind == yaml.SequenceNode {
			r.galaxy(f, doc.Root, false)
			return
		}
		r.galaxy(f, yamldoc.Get(doc.Root, "roles"), false)
		r.galaxy(f, yamldoc.Get(doc.Root, "collections"), true)
	})
}

// roleMeta reads what a role depends on, where that is fetched.
func (r *reader) roleMeta(f tree.File, doc yamldoc.Document) {
	for _, item := range yamldoc.Items(yamldoc.Get(doc.Root, "dependencies")) {
		if text(item, "src") != "" {
			r.galaxyItem(f, item, false)
		}
	}
	for _, item := range yamldoc.Items(yamldoc.Get(doc.Root, "collections")) {
		if item.Kind == yaml.MappingNode {
			r.galaxyItem(f, item, true)
		}
	}
}

func (r *reader) galaxy(f tree.File, list *yaml.Node, collections bool) {
	for _, item := range yamldoc.Items(list) {
		r.galaxyItem(f, item, collections)
	}
}

// galaxyItem reads one role or collection, written as a mapping or as a string
// (`src,version,name` for roles, `address,version` for collections). A role's
// version is a tag or a branch, a collection's a range, unless it comes from git.
func (r *reader) galaxyItem(f tree.File, item *yaml.Node, collection bool) {
	where := scorecard.Location{Path: f.Path, FirstLine: item.Line, LastLine: yamldoc.LastLine(item)}
	pin := scorecard.Pin{Location: where, Tool: "ansible"}
	source := ""
	switch item.Kind {
	case yaml.ScalarNode:
		parts := strings.Split(item.Value, ",")
		source = strings.TrimSpace(parts[0])
		if collection && !strings.Contains(source, "/") {
			source, pin.Version, _ = strings.Cut(item.Value, ":")
		} else if len(parts) > 1 {
			pin.Version = strings.TrimSpace(parts[1])
		}
		pin.Name = source
		if len(parts) > 2 {
			pin.Name = strings.TrimSpace(parts[2])
		}
	case yaml.MappingNode:
		source = firstOf(text(item, "src"), text(item, "source"), text(item, "name"), text(item, "role"))
		if collection {
			source = firstOf(text(item, "name"), text(item, "source"))
		}
		pin.Name = firstOf(text(item, "name"), text(item, "src"), text(item, "role"), text(item, "source"))
		pin.Version = text(item, "version")
		if text(item, "include") != "" || pin.Name == "" {
			return
		}
		if typ := text(item, "type"); typ == "dir" || typ == "subdirs" || typ == "file" {
			pin.Name, pin.Pinned = withoutCredentials(pin.Name), true
			r.into.Pins = append(r.into.Pins, pin)
			return
		}
	default:
		return
	}
	fromGit := strings.Contains(source, "git+") || strings.Contains(source, "://") || strings.HasPrefix(source, "git@") || text(item, "type") == "git"
	if collection && !fromGit {
		pin.Pinned = boundedRange(pin.Version)
	} else {
		pin.Pinned = fixedRef(pin.Version)
	}
	pin.Name = withoutCredentials(pin.Name)
	r.into.Pins = append(r.into.Pins, pin)
}
