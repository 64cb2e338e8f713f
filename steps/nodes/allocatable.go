package nodes

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// allocatable looks whether the nodes that asked for a trunk ENI offer branch
// ENIs. One that asked a moment ago gets its trunk in a while; one of which an
// event tells that it failed does not.
func allocatable(c *check.Context) {
	capable := c.Candidates()
	if len(capable) == 0 || !c.Known(world.FactCNI) {
		return
	}
	if !podENIsOn(c) {
		c.Skip("the VPC CNI has not been told yet")
		return
	}
	var lines, on []string
	var first offerless
	total, failed := 0, 0
	for _, n := range capable {
		if _, asked := n.Features[world.FeatureSGP]; !asked {
			continue
		}
		if n.PodENIs > 0 {
			total += n.PodENIs
			continue
		}
		x := offerless{node: n, event: world.LastEvent(c.Snapshot, "Node", n.Name, "TrunkENICreationFailed", "NodeTrunkFailedInit", "Unsupported", "EniConfigNameNotFound")}
		if x.event != "" || n.PodENICapacity > 0 {
			failed++
		}
		// What tells its cause is told first.
		if first.node.Name == "" || first.event == "" && x.event != "" {
			first = x
		}
		lines, on = append(lines, x.line()), append(on, n.Name)
	}
	if len(lines) == 0 {
		c.Pass("%d in all (%s)", total, world.ResourcePodENI)
		return
	}
	status := check.Warn
	if failed > 0 || total == 0 {
		status = check.Fail
	}
	fix, command := first.mend(c)
	c.Add(status, first.reason(len(lines), len(capable))).Saw(lines...).On(on...).Mend(fix, command)
}

// offerless is a node that asked for a trunk ENI and offers no branch ENI.
type offerless struct {
	node  world.Node
	event string // the newest of the controller's that tells of a failure
}

func (x offerless) line() string {
	if x.node.PodENICapacity > 0 {
		return fmt.Sprintf("%s: capacity %d, allocatable 0", x.node.Name, x.node.PodENICapacity)
	}
	return x.node.Name + x.event
}

func (x offerless) reason(without, capable int) say.Text {
	if x.node.PodENICapacity > 0 {
		return say.T("%d of %d nodes have a trunk ENI, and the kubelet has not taken over that they offer branch ENIs: capacity has it, allocatable has not", without, capable)
	}
	return say.T("%d of %d nodes asked for a trunk ENI and do not offer any branch ENI yet", without, capable)
}

// mend is what helps, by what is known of the cause.
func (x offerless) mend(c *check.Context) (say.Text, string) {
	n, role := x.node, c.Cloud.ClusterRole
	_, unread := c.Missing(world.FactClusterRole)
	says := func(words string) bool { return strings.Contains(x.event, words) }
	switch {
	case n.PodENICapacity > 0:
		return say.T("restart the kubelet of %s, which ends no pod; if it does not help, replace the node", n.Name),
			shell.Command("aws ssm send-command --document-name AWS-RunShellScript --parameters 'commands=systemctl restart kubelet' --instance-ids %s", n.InstanceID)
	case says("UnauthorizedOperation") && !unread && !role.Has(world.PolicyController):
		return say.T("attach the policy to the cluster's role (D11); after that any change of the node makes the controller try again, or half an hour"),
			shell.Command("aws iam attach-role-policy --role-name %s --policy-arn %s", role.Name, world.ManagedPolicyARN(c.Cloud.Identity.Partition, world.PolicyController))
	case says("UnauthorizedOperation"):
		return say.T("the role has the policy: a service control policy or a permissions boundary denies the call (D12)"),
			shell.Command("aws iam get-role --role-name %s --query 'Role.[Arn,PermissionsBoundary]'", role.Name)
	case says("InsufficientFreeAddressesInSubnet"):
		subnet := c.BranchSubnet(n)
		if subnet == "" {
			return say.T("free addresses in the node's subnet, or use a larger one (D68)"), shell.Command("aws ec2 describe-subnets --filters Name=vpc-id,Values=%s --query 'Subnets[].[SubnetId,AvailableIpAddressCount]'", c.Target.Cluster.VPCID)
		}
		return say.T("free addresses in subnet %s, or use a larger one (D68)", subnet), shell.Command("aws ec2 describe-subnets --subnet-ids %s --query 'Subnets[].[SubnetId,AvailableIpAddressCount]'", subnet)
	case says(world.ENIConfigNotFound):
		return say.T("make the ENIConfig that the node asks for (D39b)"), "kubectl get eniconfigs.crd.k8s.amazonaws.com -o yaml"
	case says("Unsupported"):
		return say.T("the controller that runs in the cluster does not know this type: add nodes of another type; a newer platform version of EKS may know it"), "kubectl get nodes -L node.kubernetes.io/instance-type"
	case says("NodeTrunkFailedInit"), says("AttachmentLimitExceeded"):
		return say.T("see whether the node has a free slot for another network interface (D35); a new node makes its trunk first"), shell.Command("kubectl describe node %s", n.Name)
	case x.event != "":
		return say.T("see the error in the event; after it is mended, any change of the node makes the controller try again, or half an hour"), shell.Command("kubectl describe node %s", n.Name)
	default:
		return say.T("it takes seconds, on many nodes some minutes; else see whether the controller is alive (D39d)"), "kubectl -n kube-system get lease cp-vpc-resource-controller -o yaml\nkubectl get events -n default --field-selector involvedObject.kind=Node"
	}
}
