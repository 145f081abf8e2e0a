provider "aws" {
  region = "eu-central-1"
}

resource "aws_s3_bucket" "models" {
  bucket        = "shop-recommender-models"
  force_destroy = true
}

resource "aws_elasticache_cluster" "cache" {
  cluster_id      = "recommender"
  engine          = "redis"
  node_type       = "cache.t3.micro"
  num_cache_nodes = 1
}
