// Package access lists the permissions that podsg needs of a cluster.
package access

import (
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"

	"podsg/kube/facts"
	"podsg/steps/world"
)

// A Permission is a verb on a resource that podsg needs.
type Permission struct {
	Verb      string
	Group     string // API group; empty: core
	Resource  string // with its subresource: pods/log
	Namespace string // empty: in the whole cluster
	// Name is the object that it is granted for; empty: every one. Objects cannot be
	// created or listed by name.
	Name string
	// Write marks what only changes need, not observing.
	Write bool
	// Optional marks what no run fails without: it is not reviewed.
	Optional bool
}

// String is how a permission is written in a message, such as "patch
// daemonsets.apps in kube-system".
func (p Permission) String() string {
	text := p.Verb + " " + p.Resource
	if p.Group != "" {
		text += "." + p.Group
	}
	if p.Namespace != "" {
		text += " in " + p.Namespace
	}
	return text
}

// Permissions are all that podsg needs of a cluster, where namespace holds the
// pods that are to reach the database.
func Permissions(namespace string) []Permission {
	var all []Permission
	add := func(write bool, group, namespace string, verbs []string, resources ...string) {
		for _, r := range resources {
			for _, v := range verbs {
				all = append(all, Permission{Verb: v, Group: group, Resource: r, Namespace: namespace, Write: write})
			}
		}
	}
	optional := func(write bool, group, namespace string, verbs []string, resources ...string) {
		from := len(all)
		add(write, group, namespace, verbs, resources...)
		for i := range all[from:] {
			all[from+i].Optional = true
		}
	}
	const read, write = false, true
	named := func(name, group, namespace string, verbs []string, resources ...string) {
		from := len(all)
		add(write, group, namespace, verbs, resources...)
		for i := range all[from:] {
			all[from+i].Name = name
		}
	}
	reading := []string{"get", "list", "watch"}
	changing := []string{"create", "patch", "delete"}
	system, rbac := facts.CNINamespace, "rbac.authorization.k8s.io"

	watching := []string{"list", "watch"}

	add(read, "", "", reading, "nodes")
	add(read, "", "", watching, "pods", "events")
	add(read, "", "", []string{"get"}, "namespaces")
	add(read, "vpcresources.k8s.aws", "", reading, "cninodes", "securitygrouppolicies")
	add(read, "apiextensions.k8s.io", "", []string{"get"}, "customresourcedefinitions")
	add(read, "admissionregistration.k8s.io", "", []string{"get"}, "mutatingwebhookconfigurations", "validatingwebhookconfigurations")
	add(read, "apps", system, reading, "daemonsets")
	add(read, "apps", system, watching, "controllerrevisions")
	add(read, "", system, []string{"get"}, "services", "configmaps")
	add(read, "discovery.k8s.io", system, []string{"list"}, "endpointslices")
	add(read, "coordination.k8s.io", system, []string{"get"}, "leases")
	add(read, "", namespace, reading, "serviceaccounts")
	optional(read, "", "", watching, "serviceaccounts") // the live view of all pods
	// Checks are skipped without these, and the rest of a diagnosis stands.
	optional(read, facts.ENIConfigResource.Group, "", []string{"list"}, facts.ENIConfigResource.Resource)
	optional(read, rbac, "", []string{"get"}, "clusterroles")
	optional(read, rbac, system, []string{"get"}, "roles", "rolebindings")
	optional(read, "", namespace, []string{"list"}, "services")
	// What makes pods is known of all namespaces, or of the chosen one.
	optional(read, "", "", []string{"list"}, "services")
	optional(read, "apps", "", []string{"list"}, "deployments", "daemonsets", "statefulsets", "replicasets")
	optional(read, "batch", "", []string{"list"}, "jobs", "cronjobs")
	optional(read, "policy", "", []string{"list"}, "poddisruptionbudgets")
	optional(read, "networking.k8s.io", "", []string{"list"}, "networkpolicies")
	optional(read, "networking.k8s.io", namespace, []string{"list"}, "networkpolicies")
	add(read, "apps", namespace, []string{"list"}, "deployments", "daemonsets", "statefulsets")
	add(read, "", namespace, []string{"get"}, "secrets", "configmaps", "pods", "pods/log")
	add(read, "", namespace, []string{"create"}, "pods") // the proof by dry run

	add(write, "", "", slices.Concat([]string{"create"}, watching), "namespaces")
	named(namespace, "", "", []string{"patch", "delete"}, "namespaces")
	named(facts.CNIName, "apps", system, []string{"patch"}, "daemonsets")
	add(write, "", system, []string{"create"}, "configmaps")
	named(world.JournalName, "", system, []string{"update", "delete"}, "configmaps") // among others is aws-auth
	add(write, "coordination.k8s.io", system, []string{"create"}, "leases")
	named(world.LockName, "coordination.k8s.io", system, []string{"update", "delete"}, "leases")
	add(write, "vpcresources.k8s.aws", namespace, changing, "securitygrouppolicies")
	add(write, "", namespace, changing, "secrets", "configmaps")
	add(write, "", namespace, []string{"delete"}, "serviceaccounts") // that an older podsg made
	add(write, "", namespace, []string{"patch", "delete"}, "pods")   // the relay to a private database
	add(write, "apps", namespace, slices.Concat([]string{"get", "watch"}, changing), "deployments")
	// Workloads that were there are restarted where the user says so.
	optional(write, "apps", namespace, []string{"patch", "watch"}, "statefulsets", "daemonsets")
	add(write, "", namespace, []string{"create", "get"}, "pods/portforward") // over SPDY, and over WebSocket
	// Before a namespace of podsg's is deleted it is looked into. Who may not see
	// all of it keeps it.
	for _, r := range contents {
		optional(write, r.Group, namespace, []string{"list"}, r.Resource)
	}
	return all
}

// Attributes are what an access review asks about.
func (p Permission) Attributes() *authorizationv1.ResourceAttributes {
	resource, subresource, _ := strings.Cut(p.Resource, "/")
	return &authorizationv1.ResourceAttributes{
		Namespace: p.Namespace, Verb: p.Verb, Group: p.Group, Resource: resource, Subresource: subresource, Name: p.Name,
	}
}
