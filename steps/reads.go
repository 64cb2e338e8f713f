package steps

// reads are the facts that the checks of each step look at: a step is checked
// as soon as they are all read.
var reads = map[StepID][]Fact{
	StepIdentity:  {FactPermissions, FactAccess, FactNodes},
	StepCluster:   {FactNetwork, FactInstances, FactNodes, FactCNI},
	StepNodeGroup: {FactSecurityGroups, FactInstances},
	StepInstances: {FactInterfaces, FactInstances, FactInstanceTypes, FactNetwork, FactNodes, FactPods, FactEvents, FactENIConfigs},
	StepPodGroup:  {FactSecurityGroups, FactTraffic, FactPods, FactPolicies},
	StepDatabase:  {FactDatabases, FactLogs},
	StepPort: {
		FactSecurityGroups, FactDatabases, FactInterfaces, FactInstances, FactInstanceTypes, FactACLs, FactNetwork, FactCNI, FactDNS, FactENIConfigs,
	},
	StepDNS:    {FactSecurityGroups, FactInterfaces, FactDNS},
	StepProbes: {FactCNI, FactPods, FactSecurityGroups, FactInstances},
	StepIAM:    {FactClusterRole, FactRoleActions, FactNodeRoles},
	StepCNI: {
		FactAddon, FactCNI, FactSettings, FactTraffic, FactENIConfigs, FactNetwork, FactInstances, FactInstanceTypes, FactNodes, FactPods, FactPolicies,
	},
	StepPolicy: {FactAdmission, FactPolicies, FactSecurityGroups, FactInterfaces, FactPods, FactNamespace, FactEvents, FactSettings},
	StepSecret: {FactSecret},
	StepTestPods: {
		FactInterfaces, FactInstances, FactClusterRole, FactPolicies, FactPods, FactEvents, FactNodes, FactCNI, FactLogs, FactSecurityGroups, FactDatabases, FactDNS,
	},
}

// Reads are the facts that the checks of the step look at; none: it has no
// checks.
func (s Step) Reads() []Fact { return reads[s.ID] }
