package controller

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// failure is one way in which a pod gets no branch ENI, or no pod gets made: how
// it is told by, what it means and what mends it.
type failure struct {
	check   check.Check
	words   string // in the message that tells of it
	Cause   string // a clause, as a sentence goes on with it
	heals   bool   // the cluster gets over it by itself
	Mend    string
	Command func(Site) string
}

// Site is where a failure was met.
type Site struct {
	S       *world.Snapshot
	T       *intent.Target
	Pod     world.Pod // the one that waits, if it was made
	Message string
}

// allocationFailures are what the VPC resource controller tells of in
// BranchAllocationFailed, the more telling words first: an error often contains
// those of its cause.
// See pkg/provider/branch/trunk/trunk.go of aws/amazon-vpc-resource-controller-k8s.
var allocationFailures = []failure{
	{CheckOlderEntry, "eni entry already exist", "an earlier attempt could not write the annotation, and the controller still holds the branch ENI of then", false,
		"delete the pod, and it is made anew; if it happens again, see what keeps the controller from writing the annotation", deletePod},
	{CheckBranchMade, "attach network interface permissions", "the permission to use the branch ENI could not be made: a policy of the organisation may forbid it", false,
		"allow the cluster's role ec2:CreateNetworkInterfacePermission on interfaces with the tag eks:eni:owner=eks-vpc-resource-controller; a service control policy or a permissions boundary may deny it", showRole},
	{CheckBranchMade, "UnauthorizedOperation", "the controller may not make the branch ENI: check the cluster's IAM role and the organisation's policies", false,
		"give the cluster's role (not the nodes') the policy " + world.PolicyController + " (D11); where it has it, a service control policy or a permissions boundary denies the call", attachController},
	{CheckBranchMade, "InvalidSecurityGroupID.NotFound", "a security group of the policy does not exist", false, mendGroup, EditPolicy},
	{CheckBranchMade, "InvalidGroup.NotFound", "a security group of the policy does not exist", false, mendGroup, EditPolicy},
	{CheckBranchMade, "InvalidGroupId.Malformed", "a security group id of the policy is misspelt", false, mendGroup, EditPolicy},
	{CheckBranchMade, "SecurityGroupsPerInterfaceLimitExceeded", "the policies give the pod more security groups than a network interface may have", false,
		"name fewer groups, or have the quota raised: it is 5 by default and 16 at most (D53)", quotaOf("Security groups per network interface")},
	{CheckBranchMade, "InsufficientFreeAddressesInSubnet", "the node's subnet has no free address for the branch ENI", false,
		"free addresses in the subnet, or give the node group a larger one (D68); released branch ENIs keep theirs for the cool-down", showSubnet},
	{CheckBranchMade, "NetworkInterfaceLimitExceeded", "the account has as many network interfaces as its quota allows", false,
		"delete network interfaces that nothing uses, or have the quota raised", quotaOf("Network interfaces per Region")},
	{CheckBranchMade, "RequestLimitExceeded", "EC2 throttles the controller", true,
		"wait; if it goes on, start fewer pods at a time, and see what else in the account calls EC2 so often", DescribePod},
	{CheckBranchMade, "InvalidSubnetID.NotFound", "the subnet of the node, or of its ENIConfig, does not exist", false,
		"correct the subnet in the ENIConfig of the node's zone; without custom networking, replace the node", showENIConfigs},
	{CheckBranchMade, "failed to find free vlan id", "the trunk ENI has no free VLAN until released branch ENIs have cooled down", true,
		"wait for the cool-down; if it goes on, replace the node", DescribePod},
	{CheckBranchMade, "associating branch to trunk", "the branch ENI could not be put on the trunk ENI; the controller tries again", false,
		"if it goes on, replace the node: its trunk ENI is damaged", showTrunk},
	{CheckBranchMade, "", "the controller could not make the pod's branch ENI; it tries again", false, "see the error in the event", DescribePod},
}

// annotationFailures are what it tells of in BranchENIAnnotationFailed.
var annotationFailures = []failure{
	{CheckControllerRole, `cannot patch resource "pods"`, "the controller may not write into pods: its permissions in the cluster are gone", false,
		"restore what is missing of its Role, RoleBinding and ClusterRole; EKS makes them with the control plane, so ask AWS support if you have no copy", showControllerRole},
	{CheckAnnotated, "pod updates may not change fields", "another webhook changes the pod when the controller writes the branch ENI into it, and Kubernetes refuses that", false, mendWebhook, showWebhooks},
	{CheckAnnotated, "admission webhook", "another webhook keeps the controller from writing the branch ENI into the pod", false, mendWebhook, showWebhooks},
	{CheckAnnotated, "ValidatingAdmissionPolicy", "an admission policy of the cluster keeps the controller from writing the branch ENI into the pod", false,
		"exclude user eks:vpc-resource-controller from it", func(Site) string { return "kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings" }},
	{CheckAnnotated, "", "the branch ENI is there, but could not be written into the pod's annotations; often another webhook changes the pod on update", false, mendWebhook, showWebhooks},
}

const (
	mendGroup   = "give the policy a security group of the cluster's VPC (D82), then restart the pods that wait"
	mendWebhook = "exclude user eks:vpc-resource-controller from that webhook, or let it act on creation only; Kyverno and other policy engines are usual"
)

// find is the first failure whose words are in a message.
func find(failures []failure, message string) (failure, bool) {
	i := slices.IndexFunc(failures, func(f failure) bool { return strings.Contains(message, f.words) })
	if i < 0 {
		return failure{}, false
	}
	return failures[i], true
}

// ExplainFailure says what it means that a pod gets no branch ENI, by the reason
// and the message of the event that tells of it: a clause without a full stop,
// and whether the cluster gets over it by itself. It is empty for other events.
func ExplainFailure(e world.ClusterEvent) (cause string, heals bool) {
	f, _ := FailureOf(e)
	return f.Cause, f.heals
}

// FailureOf is the failure that an event tells of.
func FailureOf(e world.ClusterEvent) (failure, bool) {
	switch e.Reason {
	case "BranchAllocationFailed":
		return find(allocationFailures, e.Message)
	case "BranchENIAnnotationFailed":
		return find(annotationFailures, e.Message)
	case "FailedCreate":
		if strings.Contains(e.Message, "vpc.k8s.aws") || strings.Contains(e.Message, world.ResourcePodENI) {
			return find(refusals, e.Message)
		}
	}
	return failure{}, false
}

func DescribePod(x Site) string {
	return "kubectl -n " + x.Pod.Namespace + " describe pod " + x.Pod.Name
}

func deletePod(x Site) string {
	return "kubectl -n " + x.Pod.Namespace + " delete pod " + x.Pod.Name
}

func showRole(x Site) string {
	return "aws iam get-role --role-name " + shell.Quote(cmp.Or(x.S.Cloud.ClusterRole.Name, "ROLE")) + " --query 'Role.[Arn,PermissionsBoundary]'"
}

// attachController gives the cluster's role the controller's policy; where it
// has it, the command shows what else decides.
func attachController(x Site) string {
	role := x.S.Cloud.ClusterRole
	if _, missing := x.S.Missing(world.FactClusterRole); missing || role.Has(world.PolicyController) {
		return showRole(x)
	}
	return "aws iam attach-role-policy --role-name " + shell.Quote(role.Name) + " --policy-arn " + world.ManagedPolicyARN(x.S.Cloud.Identity.Partition, world.PolicyController)
}

var groupInMessage = regexp.MustCompile(`sg-[0-9a-z-]+`)

// EditPolicy edits the policy that names the group of the message.
func EditPolicy(x Site) string {
	ids := groupInMessage.FindAllString(x.Message, -1)
	selecting := x.S.Selecting(x.Pod, x.Pod.Namespace)
	for _, p := range x.S.PoliciesIn(x.Pod.Namespace) {
		names := len(ids) == 0 || slices.ContainsFunc(p.GroupIDs, func(id string) bool { return slices.Contains(ids, id) })
		if names && slices.Contains(selecting, p.Name) {
			return "kubectl -n " + p.Namespace + " edit securitygrouppolicy " + p.Name
		}
	}
	return "kubectl -n " + x.Pod.Namespace + " get securitygrouppolicies -o yaml"
}

func quotaOf(name string) func(Site) string {
	return func(Site) string {
		return fmt.Sprintf(`aws service-quotas list-service-quotas --service-code vpc --query "Quotas[?QuotaName=='%s'].[QuotaCode,Value]"`, name)
	}
}

// showSubnet shows how full the subnet of the pod's node is.
func showSubnet(x Site) string {
	which := `--filters "Name=vpc-id,Values=` + x.T.Cluster.VPCID + `"`
	_, missing := x.S.Missing(world.FactNodes, world.FactInstances)
	if n, ok := x.S.Node(x.Pod.Node); ok && !missing {
		for _, i := range x.S.Cloud.Instances {
			if i.ID == n.InstanceID && i.SubnetID != "" {
				which = "--subnet-ids " + i.SubnetID
			}
		}
	}
	return "aws ec2 describe-subnets " + which + " --query 'Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]' --output table"
}

func showENIConfigs(Site) string { return "kubectl get eniconfigs.crd.k8s.amazonaws.com -o yaml" }

func showTrunk(x Site) string { return "kubectl describe node " + x.Pod.Node }

func showWebhooks(Site) string {
	return "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations"
}
