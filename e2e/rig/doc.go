// Package rig runs a real Kubernetes control plane that looks like an EKS
// cluster, beside an AWS account and real PostgreSQL servers, all in a network
// namespace of its own.
//
// Real are etcd, kube-apiserver, kube-controller-manager and kube-scheduler; the
// VPC resource controller with its webhooks; and PostgreSQL. The AWS account is
// that of podsg's practice world: the VPC resource controller calls it with the
// cluster role's permissions, so that the interfaces it makes are the ones that
// podsg sees. Played by this package are what needs machines: the nodes (with
// kwok), the VPC CNI's agent, EKS's add-on manager and token authenticator, and
// a kubelet that runs the commands of pods.
//
// Every address of the VPC is local in the namespace. A pod's connection to a
// database therefore really comes from the pod's private address and arrives at
// the database's, and whether it is made at all is computed from the account's
// security groups.
package rig
