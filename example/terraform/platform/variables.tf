variable "region" {
  description = "Where everything runs"
  type        = string
  default     = "eu-central-1"
}

variable "environment" {
  description = "production or staging"
  type        = string
  default     = "production"
}
