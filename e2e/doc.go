// Package e2e proves podsg on parts that nobody here wrote: a real Kubernetes
// control plane, the real VPC resource controller and real PostgreSQL servers.
// The tests run the podsg binary as a user does. The script run in this folder
// installs and builds what they need.
package e2e
