package steps

// CheckInfo says what a check is, without running it.
type CheckInfo struct {
	ID    string `json:"id"` // stable, such as D11
	Title string `json:"title"`
	Step  StepID `json:"step"` // the step of the procedure it belongs to
	Doc   string `json:"doc"`  // page of the documentation
}

// Checks lists every check that [Check] can report, in the order of the
// procedure. Which of them are reported depends on the snapshot.
func Checks() []CheckInfo {
	var out []CheckInfo
	for _, s := range []struct {
		step   StepID
		checks []check
	}{
		{StepIdentity, []check{checkCaller, checkContext, checkAccess, checkIAMAllowed}},
		{StepCluster, []check{checkActive, checkReachable, checkVPCCNI, checkCNIAge, checkAutoMode, checkNotEC2, checkFreeIPs}},
		{StepNodeGroup, []check{checkNodesCarry}},
		{StepInstances, []check{
			checkTrunkTypes, checkTrunkSlot, checkFeature, checkAllocatable, checkBranchSpace, checkOldLabel,
			checkReserved, checkENIConfigs, checkTwoENIs, checkTrunkSame, checkMaxPods, checkKarpenter, checkAutoscaler,
		}},
		{StepPodGroup, []check{checkGroupUsable, checkTaggedGroup}},
		{StepDatabase, []check{checkDBThere, checkDBVPC, checkDBPublic, checkDBTLS}},
		{StepPort, []check{checkDBAdmits, checkPodEgress, checkNodesOut, checkACLs, checkRuleRoom}},
		{StepDNS, []check{checkDNSRules}},
		{StepProbes, []check{checkEarlyDemux, checkProbeAccess}},
		{StepIAM, []check{checkControllerPolicy, checkNothingDenied, checkClusterPolicy, checkNodeRolePolicy}},
		{StepCNI, []check{
			checkPodENI, checkRollout, checkCNIAccess, checkAddon, checkAddonValues, checkManaged, checkModes, checkLocal,
			checkPodIdentity, checkLocalServices, checkProxyMode, checkNetworkPolicies, checkInternet, checkElsewhere, checkCoolDown,
		}},
		{StepPolicy, []check{
			checkCRD, checkWebhook, checkController, checkControllerRole, checkPolicyThere, checkStray, checkGroupsVPC, checkGroupLimit, checkEmpty, checkCatchesAll,
			checkAccounts, checkBothAgree, checkSelects, checkUnion, checkOldPods, checkFailedOpen, checkFargate, checkWindows, checkInjection,
			checkAccountKnown, checkNoCopy, checkQuota,
		}},
		{StepSecret, []check{checkSecretMatches, checkMasterPassword}},
		{StepTestPods, []check{
			checkOldAffinity, checkBranchMade, checkOlderEntry, checkAnnotated, checkWaiting, checkLatency, checkPodGroups, checkOnBranch, checkIPv6, checkGrace,
			checkNameFound, checkAnswers, checkOwnPort, checkListens, checkStarted, checkFreeSlots, checkTrusted, checkKnowsSCRAM, checkLogin, checkNamesExist,
		}},
	} {
		for _, c := range s.checks {
			out = append(out, CheckInfo{ID: c.id, Title: c.title, Step: s.step, Doc: c.doc()})
		}
	}
	return out
}

// doc is the check's page of the documentation.
func (c check) doc() string { return "docs/checks/" + c.id + ".md" }
