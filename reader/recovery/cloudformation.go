package recovery

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/reader/tree"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// maxTemplate is how large a template may be, in bytes: CloudFormation takes one megabyte.
const maxTemplate = 2 << 20

// Read appends the databases and buckets of the tree's CloudFormation and SAM templates,
// and the chaos experiments and secrets that they declare. Files that will not parse are
// gaps of package infra.
func Read(ctx context.Context, t *tree.Tree, into *scorecard.Facts) {
	for _, f := range t.Files() {
		if ctx.Err() != nil {
			return
		}
		switch path.Ext(f.Path) {
		case ".yaml", ".yml", ".json", ".template":
		default:
			continue
		}
		if f.Size > maxTemplate || generated(f.Path) {
			continue
		}
		data, ok := t.Read(f.Path, scorecard.Infrastructure)
		if !ok || !bytes.Contains(data, []byte("AWS::")) || !bytes.Contains(data, []byte("Resources")) {
			continue
		}
		for _, doc := range yamldoc.Parse(data) {
			if resources := yamldoc.Get(doc.Root, "Resources"); resources != nil && resources.Kind == yaml.MappingNode {
				(&template{path: f.Path, root: doc.Root, into: into}).read(resources)
			}
		}
	}
}

// generated reports paths of what the CDK and SAM write.
func generated(p string) bool {
	for part := range strings.SplitSeq(path.Dir(p), "/") {
		if part == "cdk.out" || part == ".aws-sam" || part == ".serverless" {
			return true
		}
	}
	return false
}

// template is one CloudFormation template.
type template struct {
	path  string
	root  *yaml.Node
	into  *scorecard.Facts
	depth int
}

// resourceType says what a type keeps, and the properties that tell about it.
type resourceType struct {
	kind                           string
	backups, replicated, protected []string
	backupsDefault                 string
	replicatedAlways               bool
	replica                        string
}

var resourceTypes = map[string]resourceType{
	"AWS::RDS::DBInstance": {kind: "database", backups: []string{"BackupRetentionPeriod"}, backupsDefault: "CloudFormation keeps backups for a day where nothing is set",
		replicated: []string{"MultiAZ"}, protected: []string{"DeletionProtection"}, replica: "SourceDBInstanceIdentifier"},
	"AWS::RDS::DBCluster": {kind: "database", backups: []string{"BackupRetentionPeriod"}, backupsDefault: "the cluster keeps backups for a day where nothing is set",
		replicated: []string{"DBClusterInstanceClass"}, protected: []string{"DeletionProtection"}, replica: "ReplicationSourceIdentifier"},
	"AWS::DocDB::DBCluster": {kind: "database", backups: []string{"BackupRetentionPeriod"}, backupsDefault: "the cluster keeps backups for a day where nothing is set",
		replicated: []string{"Replicated"}, protected: []string{"DeletionProtection"}},
	"AWS::Neptune::DBCluster": {kind: "database", backups: []string{"BackupRetentionPeriod"}, backupsDefault: "the cluster keeps backups for a day where nothing is set",
		replicated: []string{"Replicated"}, protected: []string{"DeletionProtection"}},
	"AWS::DynamoDB::Table": {kind: "database", backups: []string{"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"}, replicatedAlways: true,
		protected: []string{"DeletionProtectionEnabled"}},
	"AWS::DynamoDB::GlobalTable": {kind: "database", backups: []string{"Replicas.0.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"}, replicatedAlways: true,
		protected: []string{"Replicas.0.DeletionProtectionEnabled"}},
	"AWS::Serverless::SimpleTable": {kind: "database", backups: []string{"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"}, replicatedAlways: true, protected: []string{"DeletionProtectionEnabled"}},
	"AWS::Redshift::Cluster": {kind: "database", backups: []string{"AutomatedSnapshotRetentionPeriod"}, backupsDefault: "Redshift keeps snapshots for a day where nothing is set",
		replicated: []string{"MultiAZ"}, protected: []string{"DeletionPolicy"}},
	"AWS::S3::Bucket":                {kind: "bucket", protected: []string{"VersioningConfiguration.Status", "ObjectLockEnabled"}},
	"AWS::EFS::FileSystem":           {kind: "volume", backups: []string{"BackupPolicy.Status"}, replicatedAlways: true, protected: []string{"DeletionPolicy"}},
	"AWS::EC2::Volume":               {kind: "volume", backups: []string{"Backups"}, replicated: []string{"Replicated"}, protected: []string{"DeletionPolicy"}},
	"AWS::OpenSearchService::Domain": {kind: "search", replicated: []string{"ClusterConfig.ZoneAwarenessEnabled"}},
	"AWS::Elasticsearch::Domain":     {kind: "search", replicated: []string{"ElasticsearchClusterConfig.ZoneAwarenessEnabled"}},
}

func (t *template) read(resources *yaml.Node) {
	instances := map[string]int{}
	for i := 0; i+1 < len(resources.Content); i += 2 {
		r := yamldoc.Follow(resources.Content[i+1])
		typ := yamldoc.String(yamldoc.Get(r, "Type"))
		if strings.HasSuffix(typ, "::DBInstance") {
			if cluster := reference(yamldoc.Get(r, "Properties", "DBClusterIdentifier")); cluster != "" {
				instances[cluster]++
			}
		}
	}
	for i := 0; i+1 < len(resources.Content); i += 2 {
		key, r := resources.Content[i], yamldoc.Follow(resources.Content[i+1])
		if t.absent(r) {
			continue
		}
		at := scorecard.Location{Path: t.path, FirstLine: key.Line, LastLine: max(key.Line, yamldoc.LastLine(r))}
		typ := yamldoc.String(yamldoc.Get(r, "Type"))
		switch typ {
		case "AWS::FIS::ExperimentTemplate":
			t.into.Experiments = append(t.into.Experiments, scorecard.Experiment{Location: at, Tool: "aws-fis", Name: key.Value})
		case "AWS::SecretsManager::Secret":
			t.into.SecretSources = append(t.into.SecretSources, scorecard.SecretSource{Location: at, Tool: "aws-secrets-manager", Name: key.Value})
		case "AWS::Backup::BackupPlan":
			t.into.Backups = append(t.into.Backups, scorecard.Backup{Location: at, Tool: "aws-backup", Name: key.Value})
		}
		if rt, ok := resourceTypes[typ]; ok {
			t.store(rt, typ, key.Value, r, at, instances[key.Value])
		}
	}
	t.selections(resources)
}

// store makes a store of a resource.
func (t *template) store(rt resourceType, typ, name string, r *yaml.Node, at scorecard.Location, instances int) {
	p := yamldoc.Get(r, "Properties")
	if rt.replica != "" && yamldoc.Get(p, rt.replica) != nil || reference(yamldoc.Get(p, "DBClusterIdentifier")) != "" && typ == "AWS::RDS::DBInstance" {
		return
	}
	d := scorecard.DataStore{Location: at, Kind: rt.kind, Tool: "cloudformation", Type: typ, Name: name, Names: []string{name}, Managed: true, Root: path.Dir(t.path)}
	d.Backups = t.ask(p, rt.backups, at)
	if d.Backups.Is == scorecard.No && strings.HasSuffix(d.Backups.Says, " is not set") && rt.backupsDefault != "" {
		d.Backups = answer(scorecard.Yes, at, rt.backupsDefault)
	}
	d.Replicated = t.ask(p, rt.replicated, at)
	switch {
	case rt.replicatedAlways:
		d.Replicated = answer(scorecard.Yes, at, "it is kept in several zones by the service itself")
	case instances >= 2:
		d.Replicated = answer(scorecard.Yes, at, "the cluster has two instances or more")
	case instances == 1 && d.Replicated.Is == scorecard.No:
		d.Replicated.Says = "the cluster has one instance"
	}
	d.Protected = t.ask(p, rt.protected, at)
	if line := yamldoc.KeyLine(r, "DeletionPolicy"); line > 0 {
		policy, known := t.scalar(yamldoc.Get(r, "DeletionPolicy"))
		where := scorecard.Location{Path: t.path, FirstLine: line, LastLine: line}
		switch {
		case !known:
			d.Protected = answer(scorecard.Open, where, "DeletionPolicy can't be known from files")
		case strings.HasPrefix(policy, "Retain"), policy == "Snapshot" && d.Kind != "bucket":
			d.Protected = answer(scorecard.Yes, where, "DeletionPolicy is "+policy)
		case d.Protected.Is == scorecard.No:
			d.Protected = answer(scorecard.No, where, "DeletionPolicy is "+policy)
		}
	}
	for _, key := range []string{"DBInstanceIdentifier", "DBClusterIdentifier", "TableName", "BucketName", "DBName", "DomainName"} {
		if v, known := t.scalar(yamldoc.Get(p, key)); known && v != "" && !slices.Contains(d.Names, v) {
			d.Names = append(d.Names, v)
		}
	}
	t.into.Stores = append(t.into.Stores, d)
}

// ask gives the answer of the first property that is on; a no where none is.
func (t *template) ask(p *yaml.Node, properties []string, at scorecard.Location) scorecard.Answer {
	if len(properties) == 0 {
		return scorecard.Answer{}
	}
	out := scorecard.Answer{}
	for _, path := range properties {
		node, field := object{node: p}.first(path)
		keys := strings.Split(field, ".")
		n := yamldoc.Get(node, keys...)
		if n == nil {
			continue
		}
		name := keys[len(keys)-1]
		where := scorecard.Location{Path: t.path, FirstLine: n.Line, LastLine: n.Line}
		value, known := t.scalar(n)
		switch {
		case !known:
			return answer(scorecard.Open, where, name+" can't be known from files")
		case value == "" || strings.EqualFold(value, "false") || value == "0" || value == "Suspended" || value == "DISABLED":
			out = answer(scorecard.No, where, name+" is "+value)
		default:
			return answer(scorecard.Yes, where, name+" is "+value)
		}
	}
	if out.Is == "" {
		out = answer(scorecard.No, at, properties[0][strings.LastIndexByte(properties[0], '.')+1:]+" is not set")
		if properties[0] == "Replicated" || properties[0] == "Backups" {
			out.Says = "nothing makes a second copy of it"
		}
	}
	return out
}

// absent reports whether a resource's condition is known not to hold.
func (t *template) absent(r *yaml.Node) bool {
	name := yamldoc.String(yamldoc.Get(r, "Condition"))
	if name == "" {
		return false
	}
	holds, known := t.condition(name)
	return known && !holds
}

// intrinsic gives the function that a node calls, short or long form, and its argument.
func intrinsic(n *yaml.Node) (string, *yaml.Node) {
	if n == nil {
		return "", nil
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		return n.Tag[1:], n
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		key := n.Content[0].Value
		if key == "Ref" || key == "Condition" || strings.HasPrefix(key, "Fn::") {
			return strings.TrimPrefix(key, "Fn::"), yamldoc.Follow(n.Content[1])
		}
	}
	return "", n
}

// reference is the logical ID that a node refers to; empty where it refers to none.
func reference(n *yaml.Node) string {
	switch f, arg := intrinsic(yamldoc.Follow(n)); {
	case f == "Ref" && arg != nil:
		return arg.Value
	case f == "GetAtt" && arg != nil && arg.Kind == yaml.ScalarNode:
		id, _, _ := strings.Cut(arg.Value, ".")
		return id
	case f == "GetAtt" && len(yamldoc.Items(arg)) > 0:
		return yamldoc.Items(arg)[0].Value
	}
	return ""
}

// maxIntrinsics bounds how deep functions are followed.
const maxIntrinsics = 20

// scalar is the value of a node: what is written, a parameter's default, the branch of
// a condition that is known; false where files do not tell.
func (t *template) scalar(n *yaml.Node) (string, bool) {
	if t.depth++; t.depth > maxIntrinsics {
		t.depth--
		return "", false
	}
	defer func() { t.depth-- }()
	n = yamldoc.Follow(n)
	f, arg := intrinsic(n)
	switch f {
	case "":
		if n == nil || n.Kind != yaml.ScalarNode || strings.Contains(n.Value, "{{resolve:") {
			return "", false
		}
		return n.Value, true
	case "Ref":
		if d := yamldoc.Get(t.root, "Parameters", arg.Value, "Default"); d != nil && d.Kind == yaml.ScalarNode {
			return d.Value, true
		}
	case "Sub":
		if arg.Kind == yaml.ScalarNode && !strings.Contains(arg.Value, "${") {
			return arg.Value, true
		}
	case "If":
		branches := yamldoc.Items(arg)
		if len(branches) != 3 {
			return "", false
		}
		holds, known := t.condition(branches[0].Value)
		if known {
			if holds {
				return t.scalar(branches[1])
			}
			return t.scalar(branches[2])
		}
		a, ok := t.scalar(branches[1])
		b, also := t.scalar(branches[2])
		return a, ok && also && a == b
	case "FindInMap":
		var keys []string
		for _, k := range yamldoc.Items(arg) {
			v, ok := t.scalar(k)
			if !ok {
				return "", false
			}
			keys = append(keys, v)
		}
		if v := yamldoc.Get(t.root, append([]string{"Mappings"}, keys...)...); v != nil && v.Kind == yaml.ScalarNode {
			return v.Value, true
		}
	}
	return "", false
}

// condition evaluates a condition by its name.
func (t *template) condition(name string) (holds, known bool) {
	return t.holds(yamldoc.Get(t.root, "Conditions", name))
}

func (t *template) holds(n *yaml.Node) (holds, known bool) {
	if t.depth++; t.depth > maxIntrinsics {
		t.depth--
		return false, false
	}
	defer func() { t.depth-- }()
	f, arg := intrinsic(yamldoc.Follow(n))
	items := yamldoc.Items(arg)
	switch f {
	case "Equals":
		if len(items) != 2 {
			return false, false
		}
		a, ok := t.scalar(items[0])
		b, also := t.scalar(items[1])
		return a == b, ok && also
	case "Not":
		if len(items) == 1 {
			h, known := t.holds(items[0])
			return !h, known
		}
	case "Condition":
		return t.condition(arg.Value)
	case "And", "Or":
		all := true
		for _, i := range items {
			h, known := t.holds(i)
			if known && h == (f == "Or") {
				return h, true
			}
			all = all && known
		}
		return f == "And", all && len(items) > 0
	}
	return false, false
}

// selections lets AWS Backup's selections answer for the stores that they name.
func (t *template) selections(resources *yaml.Node) {
	for i := 0; i+1 < len(resources.Content); i += 2 {
		key, r := resources.Content[i], yamldoc.Follow(resources.Content[i+1])
		if yamldoc.String(yamldoc.Get(r, "Type")) != "AWS::Backup::BackupSelection" {
			continue
		}
		list := yamldoc.Get(r, "Properties", "BackupSelection", "Resources")
		at := scorecard.Location{Path: t.path, FirstLine: key.Line, LastLine: max(key.Line, yamldoc.LastLine(r))}
		for j := range t.into.Stores {
			d := &t.into.Stores[j]
			if d.Location.Path != t.path || d.Backups.Is != scorecard.No || !names(list, d.Name, 0) {
				continue
			}
			d.Backups = answer(scorecard.Yes, at, "AWS Backup selects it")
		}
	}
}

// names reports whether a node, or one below it, refers to a logical ID.
func names(n *yaml.Node, id string, depth int) bool {
	if n = yamldoc.Follow(n); n == nil || depth > maxIntrinsics {
		return false
	}
	if reference(n) == id || n.Kind == yaml.ScalarNode && (n.Value == "*" || strings.Contains(n.Value, "${"+id+"}") || strings.Contains(n.Value, "${"+id+".")) {
		return true
	}
	return slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return names(c, id, depth+1) })
}
