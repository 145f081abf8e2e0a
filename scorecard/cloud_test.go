package scorecard

import "testing"

func TestNamesInfrastructure(t *testing.T) {
	for name, want := range map[string][2]bool{
		"RDS_HOST": {true, false}, "CART_RDS_INSTANCE": {true, false}, "ORDERS_SQS_QUEUE_URL": {true, false}, "S3_BUCKET": {true, false}, "UPLOADS_S3_BUCKET_NAME": {true, false},
		"AZURE_STORAGE_ACCOUNT": {true, false}, "INSTANCE_CONNECTION_NAME": {true, false}, "COSMOS_CONNECTION_STRING": {true, false},
		"S3_ENDPOINT": {false, true}, "LOKI_S3_ENDPOINT": {false, true}, "PUBSUB_EMULATOR_HOST": {false, true},
		"MINIO_S3_BUCKET": {}, "WORDS_HOST": {}, "RDS_POOL_SIZE": {}, "AWS_REGION": {}, "DATABASE_URL": {}, "LEAKY_BUCKET": {}, "RDS": {}, "": {},
	} {
		if a, b := NamesInfrastructure(name); [2]bool{a, b} != want {
			t.Errorf("%s: %v %v, want %v", name, a, b, want)
		}
	}
	for name, want := range map[string]string{"cart-rds-output": "rds", "cart.S3": "s3", "words": "", "cart-db": "", "": ""} {
		if got := InfrastructureOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
