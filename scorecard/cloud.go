package scorecard

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// cloudProducts are words by which databases, caches, queues and buckets of clouds go, and
// by which nothing goes that runs in a cluster.
var cloudProducts = []string{
	"rds", "aurora", "elasticache", "dynamodb", "documentdb", "docdb", "redshift", "sqs", "sns", "kinesis", "msk", "amazonmq", "s3", "efs", "route53",
	"cloudsql", "memorystore", "pubsub", "bigtable", "spanner", "firestore", "bigquery", "gcs",
	"cosmosdb", "servicebus", "eventhub", "eventhubs", "azuresql", "blobstorage",
}

// cloudVariable are variables that name such a thing by its product and by what of it is
// named, or a bucket.
var cloudVariable = lazyregexp.New(`^(?:\w+_)?(?:` +
	`(?:RDS|AURORA|ELASTICACHE|REDSHIFT|DOCUMENTDB|MEMORYSTORE|CLOUD_?SQL|COSMOS(?:_?DB)?)_(?:\w+_)?(?:HOST|HOSTNAME|URL|URI|ADDRESS|ENDPOINT|DSN|INSTANCE|CONNECTION(?:_NAME|_STRING)?)|` +
	`(?:SQS|SNS|DYNAMO(?:_?DB)?|KINESIS|PUBSUB|SERVICE_?BUS|EVENT_?HUB)_(?:\w+_)?(?:URL|ARN|QUEUE|TOPIC|SUBSCRIPTION|TABLE|STREAM|NAMESPACE|NAME|CONNECTION_STRING)|` +
	`INSTANCE_CONNECTION_NAME|AZURE_STORAGE_(?:ACCOUNT|CONTAINER)(?:_NAME)?|` +
	`(?:S3|AWS|GCS|GOOGLE_CLOUD|GCP)_(?:\w+_)?BUCKET(?:_NAME|_ARN)?)$`)

// ownEndpoint are variables that send what speaks the protocol of a cloud elsewhere, such
// as to MinIO beside it.
var ownEndpoint = lazyregexp.New(`^(?:\w+_)?(?:S3|AWS|SQS|DYNAMODB|STORAGE|PUBSUB|MINIO)_(?:ENDPOINT(?:_URL)?|EMULATOR_HOST)$`)

// NamesInfrastructure reports whether a variable of that name tells a program of a
// database, a cache, a queue or a bucket that a cloud runs; elsewhere is true of one that
// says to ask something else for it.
func NamesInfrastructure(variable string) (names, elsewhere bool) {
	elsewhere = ownEndpoint.MatchString(variable)
	return !elsewhere && !strings.Contains(variable, "MINIO") && cloudVariable.MatchString(variable), elsewhere
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
