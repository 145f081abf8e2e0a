output "orders_database_address" {
  description = "Where orders finds its database"
  value       = module.orders_database.address
}
