// Package network has the steps of the procedure about security groups and their
// rules: the nodes' group, the pods' group, the way to the database, to CoreDNS,
// and of the kubelet's probes.
package network

import (
	"embed"

	"podsg/steps/check"
	"podsg/steps/world"
)

//go:embed *.md
var pages embed.FS

// NodeGroupChecks are the checks of the step about the nodes' security group.
var NodeGroupChecks = check.In("network", check.StepNodeGroup, pages,
	check.Check{
		ID: "P02", Title: "Chosen security group is on the nodes",
		About:    check.AboutCluster,
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactInstances, world.FactSecurityGroups},
		Run:      nodesCarry,
	},
)

// PodGroupChecks are the checks of the step about the pods' security group.
var PodGroupChecks = check.In("network", check.StepPodGroup, pages,
	check.Check{
		ID: "D83", Title: "Pod security group exists in the cluster's VPC",
		Severity: check.Fail, Blocks: true,
		Needs:       []world.Fact{world.FactSecurityGroups},
		ExplainedBy: []string{"D47", "D82"},
		Run:         groupUsable,
	},
	check.Check{
		ID: "D88", Title: "A load balancer can tell the pods' security group",
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactTraffic}, Uses: []world.Fact{world.FactPods, world.FactPolicies, world.FactSecurityGroups},
		Run: taggedGroup,
	},
)

// PortChecks are the checks of the step about the way to the database.
var PortChecks = check.In("network", check.StepPort, pages,
	check.Check{
		ID: "D77", Title: "Database admits the selected pods",
		About:       check.AboutDatabase,
		Severity:    check.Fail,
		Needs:       []world.Fact{world.FactSecurityGroups, world.FactDatabases},
		ExplainedBy: []string{"D82", "D83", "P03", "D47", "D84"},
		Run:         databaseAdmits,
	},
	check.Check{
		ID: "D78", Title: "Pods may send to the database",
		About:       check.AboutDatabase,
		Severity:    check.Fail,
		Needs:       []world.Fact{world.FactSecurityGroups, world.FactDatabases},
		ExplainedBy: []string{"D82", "D83", "D47"},
		Run:         podEgress,
	},
	check.Check{
		ID: "D80", Title: "Database admits nobody else in the cluster",
		About:    check.AboutDatabase,
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactSecurityGroups, world.FactDatabases}, Uses: []world.Fact{world.FactInstances, world.FactInterfaces},
		ExplainedBy: []string{"D84"},
		Run:         nodesOut,
	},
	check.Check{
		ID: "D85", Title: "Network ACLs let the connection through",
		Severity: check.Fail,
		Needs: []world.Fact{
			world.FactACLs, world.FactNetwork, world.FactInstances, world.FactInstanceTypes, world.FactCNI, world.FactDatabases, world.FactInterfaces, world.FactDNS,
		},
		Uses: []world.Fact{world.FactENIConfigs},
		Run:  networkACLs,
	},
	check.Check{
		ID: "P10", Title: "Network policies let the selected pods through",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactTraffic, world.FactPods, world.FactPolicies, world.FactCNI, world.FactWorkloads, world.FactDNS},
		Uses:     []world.Fact{world.FactDatabases, world.FactInterfaces},
		Run:      networkPolicies,
	},
	check.Check{
		ID: "D87", Title: "Security groups have room for rules",
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactSecurityGroups}, Uses: []world.Fact{world.FactInterfaces, world.FactDNS, world.FactInstances},
		Run: ruleRoom,
	},
)

// DNSChecks are the checks of the step about the way to CoreDNS.
var DNSChecks = check.In("network", check.StepDNS, pages,
	check.Check{
		ID: "D76", Title: "Selected pods reach CoreDNS",
		Severity:    check.Fail,
		Needs:       []world.Fact{world.FactSecurityGroups, world.FactDNS, world.FactInterfaces},
		ExplainedBy: []string{"D82", "D83", "D47"},
		Run:         dnsRules,
	},
)

// ProbeChecks are the checks of the step about probes.
var ProbeChecks = check.In("network", check.StepProbes, pages,
	check.Check{
		ID: "D22", Title: "TCP early demux is off where probes need it",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactCNI, world.FactPods, world.FactWorkloads},
		Run:      earlyDemux,
	},
	check.Check{
		ID: "D23", Title: "Nodes may probe the selected pods",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactCNI, world.FactPods, world.FactWorkloads}, Uses: []world.Fact{world.FactSecurityGroups, world.FactInstances},
		ExplainedBy: []string{"D82", "D83", "D47"},
		Run:         probeAccess,
	},
)
