package steps

import (
	"slices"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/cni"
	"podsg/steps/controller"
	"podsg/steps/database"
	"podsg/steps/identity"
	"podsg/steps/network"
	"podsg/steps/nodes"
	"podsg/steps/proof"
)

// Checks lists every check that [Check] can report, in the order of the
// procedure. Which of them are reported depends on the snapshot.
func Checks() []check.CheckInfo {
	legacy := map[check.StepID][]check.CheckInfo{}
	for _, s := range []struct {
		step   check.StepID
		checks []check.Check
	}{
		{check.StepIdentity, []check.Check{identity.CheckCaller, identity.CheckContext, identity.CheckAccess, identity.CheckIAMAllowed}},
		{check.StepCluster, []check.Check{cluster.CheckActive, cluster.CheckReachable, cluster.CheckVPCCNI, cluster.CheckCNIAge, cluster.CheckAutoMode, cluster.CheckNotEC2, cluster.CheckFreeIPs}},
		{check.StepNodeGroup, []check.Check{network.CheckNodesCarry}},
		{check.StepInstances, []check.Check{
			nodes.CheckTrunkTypes, nodes.CheckTrunkSlot, nodes.CheckFeature, nodes.CheckAllocatable, nodes.CheckBranchSpace, nodes.CheckOldLabel,
			nodes.CheckReserved, nodes.CheckENIConfigs, nodes.CheckTwoENIs, nodes.CheckTrunkSame, nodes.CheckMaxPods, nodes.CheckKarpenter, nodes.CheckAutoscaler,
		}},
		{check.StepPodGroup, []check.Check{network.CheckGroupUsable, network.CheckTaggedGroup}},
		{check.StepDatabase, []check.Check{database.CheckDBThere, database.CheckDBVPC, database.CheckDBPublic, database.CheckDBTLS}},
		{check.StepPort, []check.Check{network.CheckDBAdmits, network.CheckPodEgress, network.CheckNodesOut, network.CheckACLs, network.CheckRuleRoom}},
		{check.StepDNS, []check.Check{network.CheckDNSRules}},
		{check.StepProbes, []check.Check{network.CheckEarlyDemux, network.CheckProbeAccess}},
		{check.StepCNI, []check.Check{
			cni.CheckPodENI, cni.CheckRollout, cni.CheckCNIAccess, cni.CheckAddon, cni.CheckAddonValues, cni.CheckManaged, cni.CheckModes, cni.CheckLocal,
			cni.CheckPodIdentity, cni.CheckLocalServices, cni.CheckProxyMode, cni.CheckNetworkPolicies, cni.CheckInternet, cni.CheckElsewhere, cni.CheckCoolDown,
		}},
		{check.StepSecret, []check.Check{database.CheckSecretMatches, database.CheckMasterPassword}},
		{check.StepTestPods, slices.Concat([]check.Check{proof.CheckOldAffinity}, controller.AllocationChecks, []check.Check{
			proof.CheckPodGroups, proof.CheckOnBranch, proof.CheckIPv6, proof.CheckGrace,
			proof.CheckNameFound, proof.CheckAnswers, proof.CheckOwnPort, proof.CheckListens, proof.CheckStarted, proof.CheckFreeSlots, proof.CheckTrusted, proof.CheckKnowsSCRAM, proof.CheckLogin, proof.CheckNamesExist,
		})},
	} {
		for _, c := range s.checks {
			legacy[s.step] = append(legacy[s.step], check.CheckInfo{ID: c.ID, Title: c.Title, Step: s.step, Doc: c.Doc()})
		}
	}
	var out []check.CheckInfo
	for _, step := range Procedure() {
		for _, c := range step.Checks {
			out = append(out, c.Info())
		}
		if len(step.Checks) == 0 {
			out = append(out, legacy[step.ID]...)
		}
	}
	return out
}
