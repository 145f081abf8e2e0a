package checks

// Words in the names of charts from elsewhere that bring what a check looks for. A chart
// that was not fetched and is called otherwise (an organisation's chart for services, say)
// leaves these checks as they are.
var (
	chartsOfModels = []string{"model", "llm", "vllm", "triton", "kserve", "seldon", "ollama", "inference", "tgi", "ray", "bento", "nim", "kaito",
		"litellm", "openai", "-ai", "ai-", "agent", "rag"}
	chartsOfStores = []string{"sql", "postgres", "mysql", "maria", "mongo", "redis", "valkey", "keydb", "memcache", "cassandra", "scylla", "kafka", "redpanda", "rabbit",
		"elastic", "opensearch", "minio", "db", "database", "cache", "etcd", "clickhouse", "timescale", "cockroach", "percona", "zookeeper", "nats",
		"vault", "velero", "backup", "neo4j", "influx", "solr", "ceph", "rook", "longhorn", "storage", "dgraph", "qdrant", "milvus", "weaviate", "vector", "store"}
	chartsOfObjectives = []string{"slo", "pyrra", "objective"}
	chartsOfCalls      = []string{"pager", "oncall", "on-call", "opsgenie", "alertmanager", "incident"}
	chartsOfSyncs      = []string{"argo", "flux", "gitops", "sync", "app-of-apps", "fleet", "crossplane"}
	chartsOfChaos      = []string{"chaos", "litmus", "fault"}
)
