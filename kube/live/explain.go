package live

import (
	"fmt"
	"strings"

	"podsg/kube/facts"
	"podsg/steps/controller"
	"podsg/steps/world"
)

// controllerSource is the component that reports the controller's events.
const controllerSource = "vpc-resource-controller"

// eventSelectors are the field selectors of the events that [Explain] knows.
func eventSelectors() []string {
	selectors := []string{"source=" + controllerSource}
	for _, reason := range []string{"FailedScheduling", "FailedCreate", "FailedCreatePodSandBox", "Unhealthy"} {
		selectors = append(selectors, "reason="+reason)
	}
	return selectors
}

// heals begins the explanation of what needs nobody: the live views mark it as
// under way, whatever type the event has.
const heals = "Heals by itself: "

// fewTries is how often the VPC CNI may try to set a pod up before its branch
// ENI is there: kubelet tries again every ten to fifteen seconds, and the ENI
// takes less than a minute.
// https://github.com/aws/amazon-vpc-cni-k8s/issues/3066
const fewTries = 5

// Explain says in plain language what an event means for security groups for
// pods. It is empty for events that have nothing to do with them.
//
// Reasons and messages are those of the VPC resource controller, which reports
// failures as events of type Normal too.
func Explain(e world.ClusterEvent) string {
	if e.Component == controllerSource {
		if text := explainController(e); text != "" {
			return text
		}
		return "The VPC resource controller reports it."
	}
	switch {
	case e.Reason == "FailedScheduling" && strings.Contains(e.Message, facts.PodENI):
		return "No node has a free branch ENI: either no node has a trunk ENI yet, or all branch ENIs are in use."
	case e.Reason == "FailedScheduling" && strings.Contains(e.Message, "node affinity/selector"):
		return "The pod asks for a node with a label that no node has. The label vpc.amazonaws.com/has-trunk-attached is not set any more."
	case e.Reason == "FailedCreate":
		return explainFailure(e)
	case e.Reason == "FailedCreatePodSandBox" && strings.Contains(e.Message, "aws-cni") && e.Count <= fewTries:
		return heals + "the VPC CNI waits for the branch ENI."
	case e.Reason == "FailedCreatePodSandBox" && strings.Contains(e.Message, "aws-cni"):
		return fmt.Sprintf("No branch ENI after %d tries: its allocation fails, or the node's aws-node pod does not see the trunk ENI.", e.Count)
	case e.Reason == "Unhealthy" && (strings.Contains(e.Message, "context deadline exceeded") || strings.Contains(e.Message, "i/o timeout")):
		return "kubelet's probe did not reach the pod: in strict mode it needs DISABLE_TCP_EARLY_DEMUX, and always a rule from the node's security group to the probe's port."
	}
	return ""
}

// explainController explains the reasons of the VPC resource controller.
func explainController(e world.ClusterEvent) string {
	switch e.Reason {
	case "SecurityGroupRequested":
		if e.Type == "Warning" {
			return "No policy selects the pod any more: it gets the node's security groups, silently."
		}
		return "A policy selects the pod; the controller now makes its branch ENI with these security groups."
	case "ResourceAllocated":
		return "The pod has its own branch ENI."
	case "BranchAllocationFailed", "BranchENIAnnotationFailed":
		return explainFailure(e)
	case "ControllerVersionNotice":
		return "The VPC resource controller manages this node."
	case "NodeTrunkInitiated":
		return "The node has its trunk ENI: pods with security groups can run on it."
	case "NodeTrunkFailedInit":
		return "The node could not get a trunk ENI. The controller tries again when the node changes, at the latest after half an hour."
	case "TrunkENICreationFailed":
		return explainTrunk(e.Message)
	case "Unsupported":
		return "This instance type cannot have a trunk ENI: pods with security groups cannot run on this node."
	case "EniConfigNameNotFound":
		return "Custom networking is on, and the node's ENIConfig does not exist."
	case "BranchENICoolDownPeriodUpdated":
		return "The time for which a released branch ENI is kept before it is deleted was changed."
	case "CNINodeCreationFailed", "CNINodeDeletionFailed":
		return "The node's CNINode object could not be made or deleted; the VPC CNI cannot ask for a trunk ENI without it."
	case "InsufficientCidrBlocks":
		return "The subnet has no free block of addresses for a Windows node."
	default:
		return ""
	}
}

// explainTrunk explains why a trunk ENI was not made, by the error code of EC2.
func explainTrunk(message string) string {
	switch {
	case strings.Contains(message, "UnauthorizedOperation"):
		return "The controller may not make the trunk ENI: the cluster's IAM role (not the nodes') needs the policy AmazonEKSVPCResourceController."
	case strings.Contains(message, "InsufficientFreeAddressesInSubnet"):
		return "The node's subnet has no free address for the trunk ENI."
	case strings.Contains(message, "AttachmentLimitExceeded"):
		return "All network interfaces of the node are in use: recycle the node, or let it release one."
	case strings.Contains(message, "RequestLimitExceeded"):
		return heals + "EC2 throttles the controller."
	default:
		return "The controller could not make the trunk ENI."
	}
}

// explainFailure explains why a pod was not made or has no branch ENI, in the
// words of the checks. It is empty where that has another reason.
func explainFailure(e world.ClusterEvent) string {
	cause, selfHealing := controller.ExplainFailure(e)
	switch {
	case cause == "":
		return ""
	case selfHealing:
		return heals + cause + "."
	default:
		return strings.ToUpper(cause[:1]) + cause[1:] + "."
	}
}
