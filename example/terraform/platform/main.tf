# What all services of the shop stand on.

module "orders_database" {
  source = "../modules/postgres"

  name           = "orders"
  instance_class = "db.m7g.large"
  storage_gb     = 200
}

resource "aws_s3_bucket" "assets" {
  bucket = "shop-assets-${var.environment}"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "assets" {
  bucket = aws_s3_bucket.assets.id

  versioning_configuration {
    status = "Enabled"
  }
}
