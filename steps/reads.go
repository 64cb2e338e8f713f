package steps

// reads are the facts that the checks of each step look at: a step is checked
// as soon as they are all read.
var reads = map[StepID][]Fact{
	StepIdentity:  {FactPermissions, FactAccess, FactNodes},
	StepCluster:   {FactNetwork, FactInstances, FactNodes, FactCNI},
	StepNodeGroup: {FactSecurityGroups, FactInstances},
	StepInstances: {FactInterfaces, FactInstanceTypes, FactNodes, FactPods},
	StepPodGroup:  {FactSecurityGroups},
	StepDatabase:  {FactDatabases},
	StepPort:      {FactSecurityGroups, FactDatabases, FactInterfaces, FactInstances},
	StepDNS:       {FactSecurityGroups, FactInterfaces, FactDNS},
	StepProbes:    {FactCNI, FactPods, FactSecurityGroups, FactInstances},
	StepIAM:       {FactClusterRole, FactNodeRoles},
	StepCNI:       {FactAddon, FactCNI, FactSettings},
	StepPolicy:    {FactAdmission, FactPolicies, FactSecurityGroups, FactInterfaces, FactPods, FactNamespace, FactEvents, FactSettings},
	StepSecret:    {FactSecret},
	StepTestPods:  {FactInterfaces, FactInstances, FactClusterRole, FactPolicies, FactPods, FactEvents, FactNodes, FactCNI},
}

// Reads are the facts that the checks of the step look at; none: it has no
// checks.
func (s Step) Reads() []Fact { return reads[s.ID] }
