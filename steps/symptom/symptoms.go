package symptom

// symptoms are in the order in which a pod meets them: scheduling, admission,
// its interface, names, the database, and what else uses the network.
var symptoms = []Symptom{
	{
		Seen: "`Pending`, `Insufficient vpc.amazonaws.com/pod-eni`", words: words(`insufficient vpc\.amazonaws\.com/pod-eni`),
		Checks: []string{"D11", "D12", "D15", "D21", "D33", "D37", "D61"},
	},
	{
		Seen: "`TrunkENICreationFailed`, `NodeTrunkFailedInit` on a node", words: words(`TrunkENICreationFailed|NodeTrunkFailedInit|failed to create trunk interface`),
		Checks: []string{"D11", "D12", "D13", "D35", "D37", "D68"},
	},
	{
		Seen: "`Pending`, and no node is added for it", words: words(`no instance type satisfied resources|pod didn't trigger scale-up`),
		Checks: []string{"D39e", "D39f"},
	},
	{Seen: "`Pending`, `Too many pods`", words: words(`too many pods`), Checks: []string{"D74"}},
	{Seen: "`Pending`, `didn't match Pod's node affinity/selector`", words: words(`didn't match pod's node affinity`), Checks: []string{"D62"}},
	{
		Seen: "no pod at all, `FailedCreate` at the ReplicaSet", words: words(`FailedCreate|admission webhook "[mv]pod\.vpc\.k8s\.aws" denied|exceeded quota`),
		Checks: []string{"D56", "D57", "D58"},
	},
	{
		Seen: "`ContainerCreating` for more than a minute", words: words(`ContainerCreating|BranchAllocationFailed|failed to allocate branch ENI|BranchENIAnnotationFailed`),
		Checks: []string{"D64", "D63", "D59", "D60", "D68", "D82", "D39d", "D39b"},
	},
	{
		Seen:   "`failed to assign an IP address to container`, for more than a minute",
		words:  words(`failed to assign an IP address`),
		Checks: []string{"D74", "D66", "D68", "D64", "D63"},
	},
	{
		Seen: "runs, but has its node's security group", words: words(`pod will get the instance security group`),
		Checks: []string{"D44", "D43", "D42", "D46", "D48", "D67", "D39g"},
	},
	{
		Seen: "`no matches for kind \"SecurityGroupPolicy\"`", words: words(`no matches for kind "?SecurityGroupPolicy|the server doesn't have a resource type "?(sgp|securitygrouppolic)`),
		Checks: []string{"D41"},
	},
	{
		Seen: "`could not translate host name`, `no such host`, `getaddrinfo ENOTFOUND`", words: words(`temporary failure in name resolution|could not resolve host`), trouble: "D96",
		Checks: []string{"D96", "D76", "P05", "D24", "D100"},
	},
	{
		Seen: "`timeout expired`, `i/o timeout`, `connect ETIMEDOUT` at the database", words: words(`timeout expired|i/o timeout|ETIMEDOUT|connection timed out|connect timed out`), trouble: "D90",
		Checks: []string{"D90", "D77", "D78", "D85", "D45"},
	},
	{
		Seen: "`Connection refused` at the database", words: words(`connection refused|ECONNREFUSED`), trouble: "D97",
		Checks: []string{"D97", "D79", "P03"},
	},
	{Seen: "`no pg_hba.conf entry … no encryption`", words: words(`no pg_hba\.conf entry`), trouble: "D91", Checks: []string{"D91"}, Open: true},
	{
		Seen: "`password authentication failed`", words: words(`password authentication failed`), trouble: "D92",
		Checks: []string{"D92", "P07", "D100"}, Open: true,
	},
	{Seen: "`database … does not exist`, `relation … does not exist`", trouble: "D93", Checks: []string{"D93", "D100"}, Open: true},
	{Seen: "`SCRAM authentication requires libpq version 10`", words: words(`SCRAM authentication requires libpq`), trouble: "D94", Checks: []string{"D94"}, Open: true},
	{
		Seen: "`certificate verify failed`, `x509: certificate signed by unknown authority`", words: words(`certificate verify failed|certificate signed by unknown authority`), trouble: "D95",
		Checks: []string{"D95"}, Open: true,
	},
	{
		Seen: "`too many clients already`, `remaining connection slots are reserved`", words: words(`too many clients|remaining connection slots`), trouble: "D98",
		Checks: []string{"D98"}, Open: true,
	},
	{Seen: "`the database system is starting up`", words: words(`database system is starting up`), trouble: "D99", Checks: []string{"D99"}, Open: true},
	{
		Seen: "probes fail, the pod itself works", words: words(`(readiness|liveness|startup) probe failed|probe errored`),
		Checks: []string{"D22", "D23"},
	},
	{Seen: "a pod that should not reach the database does", Checks: []string{"D80"}},
	{Seen: "reaches the database, but not the internet", Checks: []string{"D28"}},
	{Seen: "has no AWS credentials", words: words(`169\.254\.170\.23|unable to locate credentials|NoCredentialProviders`), Checks: []string{"D25"}},
	{
		Seen: "`expect exactly one securityGroup tagged` at a load balancer", words: words(`expect exactly one securityGroup tagged`),
		Checks: []string{"D88"},
	},
	{Seen: "everything worked until the add-on was updated", Checks: []string{"D17"}},
}
