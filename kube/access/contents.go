package access

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/kube/facts"
)

// contents are the resources that the printed role lets podsg look at.
var contents = []schema.GroupResource{
	{Resource: "configmaps"}, {Resource: "limitranges"}, {Resource: "persistentvolumeclaims"}, {Resource: "pods"},
	{Resource: "podtemplates"}, {Resource: "replicationcontrollers"}, {Resource: "resourcequotas"}, {Resource: "secrets"},
	{Resource: "serviceaccounts"}, {Resource: "services"},
	{Group: "apps", Resource: "controllerrevisions"}, {Group: "apps", Resource: "daemonsets"}, {Group: "apps", Resource: "deployments"},
	{Group: "apps", Resource: "replicasets"}, {Group: "apps", Resource: "statefulsets"},
	{Group: "autoscaling", Resource: "horizontalpodautoscalers"},
	{Group: "batch", Resource: "cronjobs"}, {Group: "batch", Resource: "jobs"},
	{Group: "networking.k8s.io", Resource: "ingresses"}, {Group: "networking.k8s.io", Resource: "networkpolicies"},
	{Group: "policy", Resource: "poddisruptionbudgets"},
	{Group: "rbac.authorization.k8s.io", Resource: "rolebindings"}, {Group: "rbac.authorization.k8s.io", Resource: "roles"},
	{Group: "resource.k8s.io", Resource: "resourceclaims"}, {Group: "resource.k8s.io", Resource: "resourceclaimtemplates"},
	{Group: "storage.k8s.io", Resource: "csistoragecapacities"},
	{Group: "networking.k8s.aws", Resource: "applicationnetworkpolicies"}, {Group: "networking.k8s.aws", Resource: "policyendpoints"},
	facts.PolicyResource.GroupResource(),
}
