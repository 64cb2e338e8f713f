package controller

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// Failure is one way in which a pod gets no branch ENI, or no pod gets made: how
// it is told by, what it means and what mends it.
type Failure struct {
	check   string   // the id of the check that tells of it
	words   string   // in the message that tells of it
	Cause   say.Text // a clause, as a sentence goes on with it
	heals   bool     // the cluster gets over it by itself
	Mend    say.Text
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
var allocationFailures = []Failure{
	{"D65", "eni entry already exist", say.T("an earlier attempt could not write the annotation, and the controller still holds the branch ENI of then"), false,
		say.T("delete the pod, and it is made anew; if it happens again, see what keeps the controller from writing the annotation"), deletePod},
	{"D64", "attach network interface permissions", say.T("the permission to use the branch ENI could not be made: a policy of the organisation may forbid it"), false,
		say.T("allow the cluster's role ec2:CreateNetworkInterfacePermission on interfaces with the tag eks:eni:owner=eks-vpc-resource-controller; a service control policy or a permissions boundary may deny it"), showRole},
	{"D64", "UnauthorizedOperation", say.T("the controller may not make the branch ENI: check the cluster's IAM role and the organisation's policies"), false,
		say.T("give the cluster's role (not the nodes') the policy %s (D11); where it has it, a service control policy or a permissions boundary denies the call", world.PolicyController), attachController},
	{"D64", "InvalidSecurityGroupID.NotFound", say.T("a security group of the policy does not exist"), false, mendGroup, editPolicy},
	{"D64", "InvalidGroup.NotFound", say.T("a security group of the policy does not exist"), false, mendGroup, editPolicy},
	{"D64", "InvalidGroupId.Malformed", say.T("a security group id of the policy is misspelt"), false, mendGroup, editPolicy},
	{"D64", "SecurityGroupsPerInterfaceLimitExceeded", say.T("the policies give the pod more security groups than a network interface may have"), false,
		say.T("name fewer groups, or have the quota raised: it is 5 by default and 16 at most (D53)"), quotaOf("Security groups per network interface")},
	{"D64", "InsufficientFreeAddressesInSubnet", say.T("the node's subnet has no free address for the branch ENI"), false,
		say.T("free addresses in the subnet, or give the node group a larger one (D68); released branch ENIs keep theirs for the cool-down"), showSubnet},
	{"D64", "NetworkInterfaceLimitExceeded", say.T("the account has as many network interfaces as its quota allows"), false,
		say.T("delete network interfaces that nothing uses, or have the quota raised"), quotaOf("Network interfaces per Region")},
	{"D64", "RequestLimitExceeded", say.T("EC2 throttles the controller"), true,
		say.T("wait; if it goes on, start fewer pods at a time, and see what else in the account calls EC2 so often"), DescribePod},
	{"D64", "InvalidSubnetID.NotFound", say.T("the subnet of the node, or of its ENIConfig, does not exist"), false,
		say.T("correct the subnet in the ENIConfig of the node's zone; without custom networking, replace the node"), showENIConfigs},
	{"D64", "failed to find free vlan id", say.T("the trunk ENI has no free VLAN until released branch ENIs have cooled down"), true,
		say.T("wait for the cool-down; if it goes on, replace the node"), DescribePod},
	{"D64", "associating branch to trunk", say.T("the branch ENI could not be put on the trunk ENI; the controller tries again"), false,
		say.T("if it goes on, replace the node: its trunk ENI is damaged"), showTrunk},
	{"D64", "", say.T("the controller could not make the pod's branch ENI; it tries again"), false, say.T("see the error in the event"), DescribePod},
}

// annotationFailures are what it tells of in BranchENIAnnotationFailed.
var annotationFailures = []Failure{
	{"D60", `cannot patch resource "pods"`, say.T("the controller may not write into pods: its permissions in the cluster are gone"), false,
		say.T("restore what is missing of its Role, RoleBinding and ClusterRole; EKS makes them with the control plane, so ask AWS support if you have no copy"), showControllerRole},
	{"D59", "pod updates may not change fields", say.T("another webhook changes the pod when the controller writes the branch ENI into it, and Kubernetes refuses that"), false, mendWebhook, showWebhooks},
	{"D59", "admission webhook", say.T("another webhook keeps the controller from writing the branch ENI into the pod"), false, mendWebhook, showWebhooks},
	{"D59", "ValidatingAdmissionPolicy", say.T("an admission policy of the cluster keeps the controller from writing the branch ENI into the pod"), false,
		say.T("exclude user eks:vpc-resource-controller from it"), func(Site) string { return "kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings" }},
	{"D59", "", say.T("the branch ENI is there, but could not be written into the pod's annotations; often another webhook changes the pod on update"), false, mendWebhook, showWebhooks},
}

var (
	mendGroup   = say.T("give the policy a security group of the cluster's VPC (D82), then restart the pods that wait")
	mendWebhook = say.T("exclude user eks:vpc-resource-controller from that webhook, or let it act on creation only; Kyverno and other policy engines are usual")
)

// find is the first failure whose words are in a message.
func find(failures []Failure, message string) (Failure, bool) {
	i := slices.IndexFunc(failures, func(f Failure) bool { return strings.Contains(message, f.words) })
	if i < 0 {
		return Failure{}, false
	}
	return failures[i], true
}

// ExplainFailure says what it means that a pod gets no branch ENI, by the reason
// and the message of the event that tells of it: a clause without a full stop,
// and whether the cluster gets over it by itself. It is empty for other events.
func ExplainFailure(e world.ClusterEvent) (cause string, heals bool) {
	f, _ := failureOf(e)
	return f.Cause.String(), f.heals
}

// failureOf is the failure that an event tells of.
func failureOf(e world.ClusterEvent) (Failure, bool) {
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
	return Failure{}, false
}

// DescribePod shows the pod and its events.
func DescribePod(x Site) string {
	return shell.Command("kubectl -n %s describe pod %s", x.Pod.Namespace, x.Pod.Name)
}

func deletePod(x Site) string {
	return shell.Command("kubectl -n %s delete pod %s", x.Pod.Namespace, x.Pod.Name)
}

func showRole(x Site) string {
	return shell.Command("aws iam get-role --role-name %s --query 'Role.[Arn,PermissionsBoundary]'", cmp.Or(x.S.Cloud.ClusterRole.Name, "ROLE"))
}

// attachController gives the cluster's role the controller's policy; where it
// has it, the command shows what else decides.
func attachController(x Site) string {
	role := x.S.Cloud.ClusterRole
	if _, missing := x.S.Missing(world.FactClusterRole); missing || role.Has(world.PolicyController) {
		return showRole(x)
	}
	return shell.Command("aws iam attach-role-policy --role-name %s --policy-arn %s", role.Name, world.ManagedPolicyARN(x.S.Cloud.Identity.Partition, world.PolicyController))
}

var groupInMessage = regexp.MustCompile(`sg-[0-9a-z-]+`)

// editPolicy edits the policy that names the group of the message.
func editPolicy(x Site) string {
	ids := groupInMessage.FindAllString(x.Message, -1)
	selecting := x.S.Selecting(x.Pod, x.Pod.Namespace)
	for _, p := range x.S.PoliciesIn(x.Pod.Namespace) {
		names := len(ids) == 0 || slices.ContainsFunc(p.GroupIDs, func(id string) bool { return slices.Contains(ids, id) })
		if names && slices.Contains(selecting, p.Name) {
			return shell.Command("kubectl -n %s edit securitygrouppolicy %s", p.Namespace, p.Name)
		}
	}
	return shell.Command("kubectl -n %s get securitygrouppolicies -o yaml", x.Pod.Namespace)
}

func quotaOf(name string) func(Site) string {
	return func(Site) string {
		return shell.Command(`aws service-quotas list-service-quotas --service-code vpc --query %s`, shell.DoubleQuote("Quotas[?QuotaName=='"+name+"'].[QuotaCode,Value]"))
	}
}

// showSubnet shows how full the subnet of the pod's node is.
func showSubnet(x Site) string {
	which := shell.Command("--filters %s", "Name=vpc-id,Values="+x.T.Cluster.VPCID)
	_, missing := x.S.Missing(world.FactNodes, world.FactInstances)
	if n, ok := x.S.Node(x.Pod.Node); ok && !missing {
		for _, i := range x.S.Cloud.Instances {
			if i.ID == n.InstanceID && i.SubnetID != "" {
				which = shell.Command("--subnet-ids %s", i.SubnetID)
			}
		}
	}
	return shell.Command("aws ec2 describe-subnets %s --query 'Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]' --output table", shell.Words(which))
}

func showENIConfigs(Site) string { return "kubectl get eniconfigs.crd.k8s.amazonaws.com -o yaml" }

func showTrunk(x Site) string { return shell.Command("kubectl describe node %s", x.Pod.Node) }

func showWebhooks(Site) string {
	return "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations"
}
