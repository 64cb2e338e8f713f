package steps

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// failure is one way in which a pod gets no branch ENI, or no pod gets made: how
// it is told by, what it means and what mends it.
type failure struct {
	check   check
	words   string // in the message that tells of it
	cause   string // a clause, as a sentence goes on with it
	heals   bool   // the cluster gets over it by itself
	mend    string
	command func(site) string
}

// site is where a failure was met.
type site struct {
	s       *Snapshot
	t       *Target
	pod     Pod // the one that waits, if it was made
	message string
}

// allocationFailures are what the VPC resource controller tells of in
// BranchAllocationFailed, the more telling words first: an error often contains
// those of its cause.
// See pkg/provider/branch/trunk/trunk.go of aws/amazon-vpc-resource-controller-k8s.
var allocationFailures = []failure{
	{checkOlderEntry, "eni entry already exist", "an earlier attempt could not write the annotation, and the controller still holds the branch ENI of then", false,
		"delete the pod, and it is made anew; if it happens again, see what keeps the controller from writing the annotation", deletePod},
	{checkBranchMade, "attach network interface permissions", "the permission to use the branch ENI could not be made: a policy of the organisation may forbid it", false,
		"allow the cluster's role ec2:CreateNetworkInterfacePermission on interfaces with the tag eks:eni:owner=eks-vpc-resource-controller; a service control policy or a permissions boundary may deny it", showRole},
	{checkBranchMade, "UnauthorizedOperation", "the controller may not make the branch ENI: check the cluster's IAM role and the organisation's policies", false,
		"give the cluster's role (not the nodes') the policy " + policyController + " (D11); where it has it, a service control policy or a permissions boundary denies the call", attachController},
	{checkBranchMade, "InvalidSecurityGroupID.NotFound", "a security group of the policy does not exist", false, mendGroup, editPolicy},
	{checkBranchMade, "InvalidGroup.NotFound", "a security group of the policy does not exist", false, mendGroup, editPolicy},
	{checkBranchMade, "InvalidGroupId.Malformed", "a security group id of the policy is misspelt", false, mendGroup, editPolicy},
	{checkBranchMade, "SecurityGroupsPerInterfaceLimitExceeded", "the policies give the pod more security groups than a network interface may have", false,
		"name fewer groups, or have the quota raised: it is 5 by default and 16 at most (D53)", quotaOf("Security groups per network interface")},
	{checkBranchMade, "InsufficientFreeAddressesInSubnet", "the node's subnet has no free address for the branch ENI", false,
		"free addresses in the subnet, or give the node group a larger one (D68); released branch ENIs keep theirs for the cool-down", showSubnet},
	{checkBranchMade, "NetworkInterfaceLimitExceeded", "the account has as many network interfaces as its quota allows", false,
		"delete network interfaces that nothing uses, or have the quota raised", quotaOf("Network interfaces per Region")},
	{checkBranchMade, "RequestLimitExceeded", "EC2 throttles the controller", true,
		"wait; if it goes on, start fewer pods at a time, and see what else in the account calls EC2 so often", describePod},
	{checkBranchMade, "InvalidSubnetID.NotFound", "the subnet of the node, or of its ENIConfig, does not exist", false,
		"correct the subnet in the ENIConfig of the node's zone; without custom networking, replace the node", showENIConfigs},
	{checkBranchMade, "failed to find free vlan id", "the trunk ENI has no free VLAN until released branch ENIs have cooled down", true,
		"wait for the cool-down; if it goes on, replace the node", describePod},
	{checkBranchMade, "associating branch to trunk", "the branch ENI could not be put on the trunk ENI; the controller tries again", false,
		"if it goes on, replace the node: its trunk ENI is damaged", showTrunk},
	{checkBranchMade, "", "the controller could not make the pod's branch ENI; it tries again", false, "see the error in the event", describePod},
}

// annotationFailures are what it tells of in BranchENIAnnotationFailed.
var annotationFailures = []failure{
	{checkControllerRole, `cannot patch resource "pods"`, "the controller may not write into pods: its permissions in the cluster are gone", false,
		"restore what is missing of its Role, RoleBinding and ClusterRole; EKS makes them with the control plane, so ask AWS support if you have no copy", showControllerRole},
	{checkAnnotated, "pod updates may not change fields", "another webhook changes the pod when the controller writes the branch ENI into it, and Kubernetes refuses that", false, mendWebhook, showWebhooks},
	{checkAnnotated, "admission webhook", "another webhook keeps the controller from writing the branch ENI into the pod", false, mendWebhook, showWebhooks},
	{checkAnnotated, "ValidatingAdmissionPolicy", "an admission policy of the cluster keeps the controller from writing the branch ENI into the pod", false,
		"exclude user eks:vpc-resource-controller from it", func(site) string { return "kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings" }},
	{checkAnnotated, "", "the branch ENI is there, but could not be written into the pod's annotations; often another webhook changes the pod on update", false, mendWebhook, showWebhooks},
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
func ExplainFailure(e ClusterEvent) (cause string, heals bool) {
	f, _ := failureOf(e)
	return f.cause, f.heals
}

// failureOf is the failure that an event tells of.
func failureOf(e ClusterEvent) (failure, bool) {
	switch e.Reason {
	case "BranchAllocationFailed":
		return find(allocationFailures, e.Message)
	case "BranchENIAnnotationFailed":
		return find(annotationFailures, e.Message)
	case "FailedCreate":
		if strings.Contains(e.Message, "vpc.k8s.aws") || strings.Contains(e.Message, ResourcePodENI) {
			return find(refusals, e.Message)
		}
	}
	return failure{}, false
}

func describePod(x site) string {
	return "kubectl -n " + x.pod.Namespace + " describe pod " + x.pod.Name
}

func deletePod(x site) string {
	return "kubectl -n " + x.pod.Namespace + " delete pod " + x.pod.Name
}

func showRole(x site) string {
	return "aws iam get-role --role-name " + quote(cmp.Or(x.s.Cloud.ClusterRole.Name, "ROLE")) + " --query 'Role.[Arn,PermissionsBoundary]'"
}

// attachController gives the cluster's role the controller's policy; where it
// has it, the command shows what else decides.
func attachController(x site) string {
	role := x.s.Cloud.ClusterRole
	if _, missing := x.s.Missing(FactClusterRole); missing || role.has(policyController) {
		return showRole(x)
	}
	return "aws iam attach-role-policy --role-name " + quote(role.Name) + " --policy-arn " + managedPolicyARN(x.s.Cloud.Identity.Partition, policyController)
}

var groupInMessage = regexp.MustCompile(`sg-[0-9a-z-]+`)

// editPolicy edits the policy that names the group of the message.
func editPolicy(x site) string {
	ids := groupInMessage.FindAllString(x.message, -1)
	selecting := x.s.selecting(x.pod, x.pod.Namespace)
	for _, p := range x.s.policiesIn(x.pod.Namespace) {
		names := len(ids) == 0 || slices.ContainsFunc(p.GroupIDs, func(id string) bool { return slices.Contains(ids, id) })
		if names && slices.Contains(selecting, p.Name) {
			return "kubectl -n " + p.Namespace + " edit securitygrouppolicy " + p.Name
		}
	}
	return "kubectl -n " + x.pod.Namespace + " get securitygrouppolicies -o yaml"
}

func quotaOf(name string) func(site) string {
	return func(site) string {
		return fmt.Sprintf(`aws service-quotas list-service-quotas --service-code vpc --query "Quotas[?QuotaName=='%s'].[QuotaCode,Value]"`, name)
	}
}

// showSubnet shows how full the subnet of the pod's node is.
func showSubnet(x site) string {
	which := `--filters "Name=vpc-id,Values=` + x.t.Cluster.VPCID + `"`
	_, missing := x.s.Missing(FactNodes, FactInstances)
	if n, ok := x.s.node(x.pod.Node); ok && !missing {
		for _, i := range x.s.Cloud.Instances {
			if i.ID == n.InstanceID && i.SubnetID != "" {
				which = "--subnet-ids " + i.SubnetID
			}
		}
	}
	return "aws ec2 describe-subnets " + which + " --query 'Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]' --output table"
}

func showENIConfigs(site) string { return "kubectl get eniconfigs.crd.k8s.amazonaws.com -o yaml" }

func showTrunk(x site) string { return "kubectl describe node " + x.pod.Node }

func showWebhooks(site) string {
	return "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations"
}

// node is the observed node with a name.
func (s *Snapshot) node(name string) (Node, bool) {
	for _, n := range s.Kube.Nodes {
		if n.Name == name {
			return n, true
		}
	}
	return Node{}, false
}
