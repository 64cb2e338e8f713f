package steps

import "fmt"

var checkCNIAccess = check{id: "D21", title: "VPC CNI may ask for trunk ENIs"}

// cniWithCNINode is the oldest VPC CNI release that asks for a trunk ENI in the
// node's CNINode instead of by a label.
// https://github.com/aws/amazon-vpc-cni-k8s/pull/2503
var cniWithCNINode = version{1, 15, 0}

// checkCNIRole looks whether aws-node may write into CNINodes: a ClusterRole of
// an older manifest does not allow it.
func checkCNIRole(f *findings) {
	if v, ok := parseVersion(f.s.Kube.CNI.Version); ok && v.before(cniWithCNINode) {
		return
	}
	if !f.known(checkCNIAccess, FactSettings) {
		return
	}
	if f.s.Kube.Settings.CNIPatchesNodes {
		f.add(checkCNIAccess, Pass, "ClusterRole aws-node allows to patch CNINodes")
		return
	}
	lacking, nodes := 0, f.s.candidates()
	for _, n := range nodes {
		if _, asked := n.Features[FeatureSGP]; !asked {
			lacking++
		}
	}
	asked := lacking == 0 && len(nodes) > 0
	if asked && !f.s.Kube.Settings.CNIRole {
		f.add(checkCNIAccess, Skip, "there is no ClusterRole aws-node, and yet all nodes have asked: the VPC CNI has a role of another name")
		return
	}
	status, reason := Fail, "ClusterRole aws-node does not allow to patch CNINodes, so no node can ask for a trunk ENI"
	if asked {
		status = Warn
		reason = fmt.Sprintf("ClusterRole aws-node does not allow to patch CNINodes: the %s of now have asked for their trunk ENI before, new ones cannot", numberOf(len(nodes), "node"))
	}
	f.add(checkCNIAccess, status, reason).on("aws-node").
		mend("add the rule that the VPC CNI's own manifest has", `kubectl patch clusterrole aws-node --type json -p '[{"op":"add","path":"/rules/-","value":{"apiGroups":["vpcresources.k8s.aws"],"resources":["cninodes"],"verbs":["get","list","watch","patch"]}}]'`)
}
