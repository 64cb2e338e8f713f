// Package postgres reaches a PostgreSQL database on Amazon RDS: it makes and
// drops the welcome table, over a network path that the caller chooses, and
// tells apart why a connection failed (network, name, TLS, login or data).
//
// TLS is verify-full against the RDS certificate authorities that the package
// carries; see [BundleFor]. Weaker checking is the caller's explicit choice.
package postgres

//go:generate go run ./internal/renewca -o rds-ca.pem
