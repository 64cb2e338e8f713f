package world

// Fact names one group of observed facts, the unit in which observing can fail.
type Fact string

// The facts of a snapshot. Who is calling and the cluster itself are none:
// without them there is nothing to observe.
const (
	FactNetwork        Fact = "vpc and subnets"
	FactSecurityGroups Fact = "security groups"
	FactInterfaces     Fact = "network interfaces"
	FactInstances      Fact = "ec2 instances"
	FactInstanceTypes  Fact = "instance types"
	FactACLs           Fact = "network acls"
	FactClusterRole    Fact = "cluster iam role"
	FactRoleActions    Fact = "cluster iam role's permissions"
	FactNodeRoles      Fact = "node iam roles"
	FactAddon          Fact = "vpc-cni add-on"
	FactDatabases      Fact = "rds instances"
	FactDBOptions      Fact = "rds options"
	FactPermissions    Fact = "iam permissions"
	FactAccess         Fact = "kubernetes permissions"
	FactNodes          Fact = "nodes"
	FactCNI            Fact = "aws-node daemonset"
	FactDNS            Fact = "cluster dns"
	FactAdmission      Fact = "webhook and crds"
	FactNamespace      Fact = "namespace"
	FactPolicies       Fact = "security group policies"
	FactPods           Fact = "pods"
	FactWorkloads      Fact = "workloads"
	FactEvents         Fact = "events"
	FactLogs           Fact = "pod logs"
	FactSettings       Fact = "cluster settings"
	FactTraffic        Fact = "services and network policies"
	FactENIConfigs     Fact = "eniconfigs"
	FactSecret         Fact = "connection secret"
	FactJournal        Fact = "journal"
)

// FactSource is the interface that a fact is read from.
type FactSource string

// The sources of facts.
const (
	SourceAWS        FactSource = "aws"
	SourceKubernetes FactSource = "kubernetes"
)

// FactInfo is what is known of a fact beforehand. When one is missing, every
// check that needs it is skipped with the reason.
type FactInfo struct {
	Fact   Fact
	Source FactSource
	// Permissions are those without which the fact is missing: IAM actions, or
	// Kubernetes verbs and resources. What is read beside it and can be done
	// without is not among them.
	Permissions []string
	Plan        bool // nothing is planned without it
	Cleanup     bool // nothing is removed without it
}

// Facts lists every fact of a snapshot, in the order in which one that is missing
// is reported.
func Facts() []FactInfo {
	return []FactInfo{
		{Fact: FactNodes, Source: SourceKubernetes, Plan: true, Permissions: []string{
			"list nodes",
			"list cninodes.vpcresources.k8s.aws",
		}},
		{Fact: FactInstanceTypes, Source: SourceAWS, Plan: true, Permissions: []string{
			"eks:ListNodegroups",
			"eks:DescribeNodegroup",
			"ec2:DescribeInstances",
		}},
		{Fact: FactSecurityGroups, Source: SourceAWS, Plan: true, Cleanup: true, Permissions: []string{
			"ec2:DescribeSecurityGroups",
			"ec2:DescribeSecurityGroupRules",
		}},
		{Fact: FactInterfaces, Source: SourceAWS, Plan: true, Cleanup: true, Permissions: []string{
			"ec2:DescribeNetworkInterfaces",
		}},
		{Fact: FactNetwork, Source: SourceAWS, Plan: true, Permissions: []string{
			"ec2:DescribeVpcs",
			"ec2:DescribeVpcAttribute",
			"ec2:DescribeSubnets",
			"ec2:DescribeRouteTables",
		}},
		{Fact: FactClusterRole, Source: SourceAWS, Plan: true, Permissions: []string{
			"iam:ListAttachedRolePolicies",
		}},
		{Fact: FactAddon, Source: SourceAWS, Plan: true, Permissions: []string{
			"eks:DescribeAddon",
		}},
		{Fact: FactDatabases, Source: SourceAWS, Plan: true, Cleanup: true, Permissions: []string{
			"rds:DescribeDBInstances",
			"rds:DescribeDBSubnetGroups",
			"rds:ListTagsForResource",
		}},
		{Fact: FactCNI, Source: SourceKubernetes, Plan: true, Permissions: []string{
			"get daemonsets.apps in kube-system",
			"get configmaps in kube-system",
		}},
		{Fact: FactNamespace, Source: SourceKubernetes, Plan: true, Cleanup: true, Permissions: []string{
			"get namespaces",
			"list serviceaccounts in NAMESPACE",
			"get configmaps in NAMESPACE",
		}},
		{Fact: FactPolicies, Source: SourceKubernetes, Plan: true, Cleanup: true, Permissions: []string{
			"list securitygrouppolicies.vpcresources.k8s.aws",
		}},
		{Fact: FactSecret, Source: SourceKubernetes, Plan: true, Permissions: []string{
			"get secrets in NAMESPACE",
		}},
		{Fact: FactJournal, Source: SourceKubernetes, Plan: true, Cleanup: true, Permissions: []string{
			"get configmaps in kube-system",
			"get leases.coordination.k8s.io in kube-system",
		}},

		{Fact: FactPods, Source: SourceKubernetes, Cleanup: true, Permissions: []string{
			"list pods",
		}},
		{Fact: FactWorkloads, Source: SourceKubernetes, Cleanup: true, Permissions: []string{
			"list deployments.apps in NAMESPACE",
			"list daemonsets.apps in NAMESPACE",
			"list statefulsets.apps in NAMESPACE",
		}},
		{Fact: FactInstances, Source: SourceAWS, Permissions: []string{
			"ec2:DescribeInstances",
		}},
		{Fact: FactACLs, Source: SourceAWS, Permissions: []string{
			"ec2:DescribeNetworkAcls",
		}},
		{Fact: FactRoleActions, Source: SourceAWS, Permissions: []string{
			"iam:SimulatePrincipalPolicy",
		}},
		{Fact: FactNodeRoles, Source: SourceAWS, Permissions: []string{
			"eks:ListNodegroups",
			"eks:DescribeNodegroup",
			"ec2:DescribeInstances",
			"iam:GetInstanceProfile",
			"iam:ListAttachedRolePolicies",
		}},
		{Fact: FactDBOptions, Source: SourceAWS, Permissions: []string{
			"rds:DescribeDBEngineVersions",
			"rds:DescribeOrderableDBInstanceOptions",
		}},
		{Fact: FactPermissions, Source: SourceAWS, Permissions: []string{
			"iam:SimulatePrincipalPolicy",
		}},
		{Fact: FactAccess, Source: SourceKubernetes},
		{Fact: FactDNS, Source: SourceKubernetes, Permissions: []string{
			"get services in kube-system",
			"list endpointslices.discovery.k8s.io in kube-system",
			"get daemonsets.apps in kube-system",
		}},
		{Fact: FactAdmission, Source: SourceKubernetes, Permissions: []string{
			"get mutatingwebhookconfigurations.admissionregistration.k8s.io",
			"get validatingwebhookconfigurations.admissionregistration.k8s.io",
			"get leases.coordination.k8s.io in kube-system",
		}},
		{Fact: FactEvents, Source: SourceKubernetes, Permissions: []string{
			"list events",
		}},
		{Fact: FactLogs, Source: SourceKubernetes, Permissions: []string{
			"list pods",
			"get pods/log in NAMESPACE",
		}},
		{Fact: FactSettings, Source: SourceKubernetes, Permissions: []string{
			"get configmaps in kube-system",
			"get clusterroles.rbac.authorization.k8s.io",
			"get roles.rbac.authorization.k8s.io in kube-system",
			"get rolebindings.rbac.authorization.k8s.io in kube-system",
		}},
		{Fact: FactTraffic, Source: SourceKubernetes, Permissions: []string{
			"list services in NAMESPACE",
			"list networkpolicies.networking.k8s.io in NAMESPACE",
		}},
		{Fact: FactENIConfigs, Source: SourceKubernetes, Permissions: []string{
			"list eniconfigs.crd.k8s.amazonaws.com",
		}},
	}
}

// FactsFrom are the facts that a source is read for.
func FactsFrom(source FactSource) []Fact {
	return factsThat(func(f FactInfo) bool { return f.Source == source })
}

// FactsToPlan are the facts without which nothing is planned.
func FactsToPlan() []Fact { return factsThat(func(f FactInfo) bool { return f.Plan }) }

// FactsToCleanUp are the facts without which nothing is removed.
func FactsToCleanUp() []Fact { return factsThat(func(f FactInfo) bool { return f.Cleanup }) }

func factsThat(holds func(FactInfo) bool) []Fact {
	var out []Fact
	for _, f := range Facts() {
		if holds(f) {
			out = append(out, f.Fact)
		}
	}
	return out
}
