package scorecard

import (
	"slices"
	"strings"
)

// cloudProducts are words by which databases, caches, queues and buckets of clouds go, and
// by which nothing goes that runs in a cluster.
var cloudProducts = []string{
	"rds", "aurora", "elasticache", "dynamodb", "documentdb", "docdb", "redshift", "sqs", "sns", "kinesis", "msk", "amazonmq", "s3", "efs", "route53",
	"cloudsql", "memorystore", "pubsub", "bigtable", "spanner", "firestore", "bigquery", "gcs",
	"cosmosdb", "servicebus", "eventhub", "eventhubs", "azuresql", "blobstorage",
}

// cloudVariables are how variables name such a thing: a word for the product, and how the
// name ends.
var cloudVariables = []struct{ products, ends []string }{
	{[]string{"RDS", "AURORA", "ELASTICACHE", "REDSHIFT", "DOCUMENTDB", "MEMORYSTORE", "CLOUDSQL", "COSMOS", "COSMOSDB"},
		[]string{"HOST", "HOSTNAME", "URL", "URI", "ADDRESS", "ENDPOINT", "DSN", "INSTANCE", "CONNECTION", "CONNECTION_NAME", "CONNECTION_STRING"}},
	{[]string{"SQS", "SNS", "DYNAMO", "DYNAMODB", "KINESIS", "PUBSUB", "SERVICEBUS", "EVENTHUB"},
		[]string{"URL", "ARN", "QUEUE", "TOPIC", "SUBSCRIPTION", "TABLE", "STREAM", "NAMESPACE", "NAME", "CONNECTION_STRING"}},
	{[]string{"S3", "AWS", "GCS", "GCP"}, []string{"BUCKET", "BUCKET_NAME", "BUCKET_ARN"}},
	{[]string{"AZURE"}, []string{"STORAGE_ACCOUNT", "STORAGE_ACCOUNT_NAME", "STORAGE_CONTAINER", "STORAGE_CONTAINER_NAME"}},
	{[]string{"INSTANCE"}, []string{"CONNECTION_NAME"}},
}

// ownEndpoints are the ends of variables that send what speaks the protocol of a cloud
// elsewhere, such as to MinIO beside it.
var ownEndpoints = []string{"S3_ENDPOINT", "S3_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_ENDPOINT_URL", "SQS_ENDPOINT", "SQS_ENDPOINT_URL", "DYNAMODB_ENDPOINT",
	"DYNAMODB_ENDPOINT_URL", "STORAGE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "MINIO_ENDPOINT"}

// NamesInfrastructure reports whether a variable of that name tells a program of a
// database, a cache, a queue or a bucket that a cloud runs; elsewhere is true of one that
// says to ask something else for it.
func NamesInfrastructure(variable string) (names, elsewhere bool) {
	ends := func(by string) bool { return strings.HasSuffix("_"+variable, "_"+by) }
	words := strings.Split(variable, "_")
	if slices.ContainsFunc(ownEndpoints, ends) {
		return false, true
	}
	for _, c := range cloudVariables {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(c.products, w) }) && slices.ContainsFunc(c.ends, ends) {
			return !slices.Contains(words, "MINIO"), false
		}
	}
	return false, false
}

// InfrastructureOf is the product of a cloud that a Secret's name says it is for:
// "orders-rds-instance-output"; empty for none.
func InfrastructureOf(secret string) string {
	for _, w := range strings.FieldsFunc(strings.ToLower(secret), func(r rune) bool { return r == '-' || r == '.' || r == '_' }) {
		if slices.Contains(cloudProducts, w) {
			return w
		}
	}
	return ""
}
