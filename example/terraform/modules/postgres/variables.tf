variable "name" {
  description = "The database's name, and its user's"
  type        = string
}

variable "instance_class" {
  type = string
}

variable "storage_gb" {
  type    = number
  default = 50
}
