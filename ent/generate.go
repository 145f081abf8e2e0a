// Package ent is the database's shape as Go: generated from the schema in
// ent/schema by ent, and used by package store alone. Only the schema and this
// file are written by hand.
package ent

//go:generate go run ./generate
