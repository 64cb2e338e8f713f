package cni

import (
	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/world"
)

// cniWithCNINode is the oldest VPC CNI release that asks for a trunk ENI in the
// node's CNINode instead of by a label.
// https://github.com/aws/amazon-vpc-cni-k8s/pull/2503
var cniWithCNINode = world.Version{1, 15, 0}

// clusterRole looks whether aws-node may write into CNINodes: a ClusterRole of
// an older manifest does not allow it.
func clusterRole(c *check.Context) {
	if v, ok := world.ParseVersion(c.Kube.CNI.Version); ok && v.Before(cniWithCNINode) {
		return
	}
	if !c.Known(world.FactSettings) {
		return
	}
	if c.Kube.Settings.CNIPatchesNodes {
		c.Pass("ClusterRole aws-node allows to patch CNINodes")
		return
	}
	lacking, nodes := 0, c.Candidates()
	for _, n := range nodes {
		if _, asked := n.Features[world.FeatureSGP]; !asked {
			lacking++
		}
	}
	asked := lacking == 0 && len(nodes) > 0
	if asked && !c.Kube.Settings.CNIRole {
		c.Skip("there is no ClusterRole aws-node, and yet all nodes have asked: the VPC CNI has a role of another name")
		return
	}
	status, reason := check.Fail, say.T("ClusterRole aws-node does not allow to patch CNINodes, so no node can ask for a trunk ENI")
	if asked {
		status = check.Warn
		reason = say.T("ClusterRole aws-node does not allow to patch CNINodes: the %s of now have asked for their trunk ENI before, new ones cannot", say.N(len(nodes), "%d node", "%d nodes"))
	}
	c.Add(status, reason).On("aws-node").
		Mend(say.T("add the rule that the VPC CNI's own manifest has"), `kubectl patch clusterrole aws-node --type json -p '[{"op":"add","path":"/rules/-","value":{"apiGroups":["vpcresources.k8s.aws"],"resources":["cninodes"],"verbs":["get","list","watch","patch"]}}]'`)
}
