package cloud_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"podsg/sandbox/cloud"
)

const (
	controllerPolicy = "arn:aws:iam::aws:policy/AmazonEKSVPCResourceController"
	clusterPolicy    = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
)

func apiCode(err error) string {
	var e *cloud.APIError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestTheTrunkNeedsThePolicyOnTheClusterRole(t *testing.T) {
	for name, test := range map[string]struct{ detach string }{
		"without AmazonEKSVPCResourceController": {controllerPolicy},
		"without AmazonEKSClusterPolicy":         {clusterPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, cloud.Config{})
			role := w.ClusterRole(clusterName)
			try(w.iam.DetachRolePolicy(context.Background(), &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &test.detach}))(t)
			if _, err := w.CreateTrunk(clusterName, w.nodes[0]); apiCode(err) != "UnauthorizedOperation" {
				t.Errorf("error %v, want UnauthorizedOperation", err)
			}
			try(w.iam.AttachRolePolicy(context.Background(), &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &test.detach}))(t)
			trunk := try(w.CreateTrunk(clusterName, w.nodes[0]))(t)
			if trunk.DeviceIndex != 2 {
				t.Errorf("the trunk is at device %d, want the highest, 2", trunk.DeviceIndex)
			}
			if again := try(w.CreateTrunk(clusterName, w.nodes[0]))(t); again.ID != trunk.ID {
				t.Errorf("a second trunk %s was made beside %s", again.ID, trunk.ID)
			}
		})
	}
}

func TestABoundaryOrAnOrganizationCanKeepTheTrunkAway(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	check(t, w.SetPermissionsBoundary(w.ClusterRole(clusterName), "AmazonEKSWorkerNodePolicy"))
	if _, err := w.CreateTrunk(clusterName, w.nodes[0]); apiCode(err) != "UnauthorizedOperation" || !strings.Contains(err.Error(), "permissions boundary") {
		t.Errorf("with a boundary: %v", err)
	}
	check(t, w.SetPermissionsBoundary(w.ClusterRole(clusterName), ""))
	check(t, w.SetServiceControlPolicies(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"ec2:CreateNetworkInterface","Resource":"*"}]}`))
	if _, err := w.CreateTrunk(clusterName, w.nodes[0]); apiCode(err) != "UnauthorizedOperation" || !strings.Contains(err.Error(), "explicit deny") {
		t.Errorf("with a service control policy: %v", err)
	}
}

func TestABranchIsTaggedAssociatedAndDeleted(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	pod := w.createGroup(t, "POD_SG")
	trunk := try(w.CreateTrunk(clusterName, w.nodes[0]))(t)
	first, second := try(w.CreateBranch(clusterName, trunk.ID, []string{pod}))(t), try(w.CreateBranch(clusterName, trunk.ID, []string{pod}))(t)
	if first.VLAN != 1 || second.VLAN != 2 || !netip.MustParsePrefix(first.SubnetCIDR).Contains(first.PrivateIP) {
		t.Errorf("branches %+v and %+v", first, second)
	}
	found := try(w.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{
		{Name: aws.String("tag:vpcresources.k8s.aws/trunk-eni-id"), Values: []string{trunk.ID}},
		{Name: aws.String("tag:kubernetes.io/cluster/" + clusterName), Values: []string{"owned"}},
		{Name: aws.String("tag:eks:eni:owner"), Values: []string{"eks-vpc-resource-controller"}},
	}}))(t).NetworkInterfaces
	if len(found) != 2 || found[0].InterfaceType != "branch" || found[0].Attachment != nil || *found[0].Groups[0].GroupId != pod {
		t.Errorf("branches as EC2 tells them: %+v", found)
	}
	check(t, w.DeleteBranch(clusterName, first.ENIID))
	if third := try(w.CreateBranch(clusterName, trunk.ID, []string{pod}))(t); third.VLAN != 1 {
		t.Errorf("the free VLAN 1 was not given again, but %d", third.VLAN)
	}
	associations := try(w.ec2.DescribeTrunkInterfaceAssociations(ctx, nil))(t).InterfaceAssociations
	if len(associations) != 2 || *associations[0].TrunkInterfaceId != trunk.ID {
		t.Errorf("associations: %+v", associations)
	}
}

func TestABranchIsRefusedWithEC2sCode(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	trunk := try(w.CreateTrunk(clusterName, w.nodes[0]))(t)
	other := try(w.AddVPC(cloud.VPCSpec{CIDR: "10.9.0.0/16"}))(t)
	var six []string
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		six = append(six, w.createGroup(t, name))
	}
	for name, test := range map[string]struct {
		groups []string
		code   string
	}{
		"an unknown group":         {[]string{"sg-00000000000000000"}, "InvalidSecurityGroupID.NotFound"},
		"a group of another VPC":   {[]string{try(w.AddSecurityGroup(other, "x", "x", nil))(t)}, "InvalidGroup.NotFound"},
		"more groups than allowed": {six, "SecurityGroupsPerInterfaceLimitExceeded"},
	} {
		if _, err := w.CreateBranch(clusterName, trunk.ID, test.groups); apiCode(err) != test.code || !strings.HasPrefix(err.Error(), "creating network interface, ") {
			t.Errorf("%s: %v, want %s", name, err, test.code)
		}
	}
	subnet := w.Nodes(clusterName)[0].SubnetID
	check(t, w.FillSubnet(subnet, true))
	if _, err := w.CreateBranch(clusterName, trunk.ID, six[:1]); apiCode(err) != "InsufficientFreeAddressesInSubnet" {
		t.Errorf("in a full subnet: %v", err)
	}
	check(t, w.FillSubnet(subnet, false))
	w.InjectFault(cloud.Fault{Controller: true, Action: "AssociateTrunkInterface", Code: "UnauthorizedOperation", Times: 1})
	if _, err := w.CreateBranch(clusterName, trunk.ID, six[:1]); apiCode(err) != "UnauthorizedOperation" || !strings.HasPrefix(err.Error(), "associating branch to trunk, ") {
		t.Errorf("with a refused association: %v", err)
	}
	try(w.CreateBranch(clusterName, trunk.ID, six[:1]))(t)
}

func TestPodsFillTheInterfacesOfANodeUntilNoSlotIsLeft(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	node := w.Nodes(clusterName)[0]
	if node.MaxInterfaces != 3 || node.IPv4PerInterface != 10 || !node.TrunkCompatible || node.BranchInterfaces != 9 || node.Architecture != "amd64" {
		t.Fatalf("node %+v", node)
	}
	seen := map[netip.Addr]bool{}
	var last netip.Addr
	for range 27 { // 3 interfaces of 10 addresses, of which one each is the primary
		last = try(w.AssignPodIP(node.InstanceID))(t)
		seen[last] = true
	}
	if len(seen) != 27 || w.FreeENISlot(node.InstanceID) {
		t.Errorf("%d addresses given, free slot: %t", len(seen), w.FreeENISlot(node.InstanceID))
	}
	if _, err := w.AssignPodIP(node.InstanceID); apiCode(err) != "AttachmentLimitExceeded" {
		t.Errorf("the 28th pod: %v", err)
	}
	if _, err := w.CreateTrunk(clusterName, node.InstanceID); err == nil || err.Error() != "no free device index found" {
		t.Errorf("a trunk on a busy node: %v", err)
	}
	for ip := range seen {
		w.ReleasePodIP(ip)
	}
	if !w.FreeENISlot(node.InstanceID) {
		t.Error("no slot is free after all pods have gone")
	}
	try(w.CreateTrunk(clusterName, node.InstanceID))(t)
}

func TestTypesWithoutTrunkingGetNoTrunk(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ids := try(w.AddNodeGroup(clusterName, cloud.NodeGroupSpec{Name: "small", InstanceType: "t3.medium", Count: 1, Subnets: w.PrivateSubnets}))(t)
	if _, err := w.CreateTrunk(clusterName, ids[0]); err == nil {
		t.Error("a t3.medium got a trunk")
	}
}

func TestATerminatedNodeLeavesItsBranchesBehind(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	trunk := try(w.CreateTrunk(clusterName, w.nodes[0]))(t)
	branch := try(w.CreateBranch(clusterName, trunk.ID, []string{w.createGroup(t, "POD_SG")}))(t)
	check(t, w.TerminateNode(w.nodes[0]))
	if n := len(w.Nodes(clusterName)); n != 1 {
		t.Errorf("%d nodes are left, want 1", n)
	}
	left := try(w.ec2.DescribeNetworkInterfaces(context.Background(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{branch.ENIID}}))(t)
	if left.NetworkInterfaces[0].Status != "available" {
		t.Errorf("the branch is %s", left.NetworkInterfaces[0].Status)
	}
	check(t, w.DeleteBranch(clusterName, branch.ENIID))
}

// TestTheControllersOwnCallsWorkOverTheWire makes the calls that
// amazon-vpc-resource-controller-k8s makes for one trunk and one branch.
func TestTheControllersOwnCallsWorkOverTheWire(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	pod, subnet := w.createGroup(t, "POD_SG"), w.Nodes(clusterName)[0].SubnetID
	create := func(kind, group string) *types.NetworkInterface {
		out := try(w.ec2.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{
			SubnetId: &subnet, Description: aws.String("aws-k8s-" + kind + "-eni"), Groups: []string{group}, InterfaceType: types.NetworkInterfaceCreationType(kind),
			TagSpecifications: []types.TagSpecification{{
				ResourceType: types.ResourceTypeNetworkInterface, Tags: []types.Tag{{Key: aws.String("eks:eni:owner"), Value: aws.String("eks-vpc-resource-controller")}},
			}},
		}))(t)
		return out.NetworkInterface
	}
	trunk := create("trunk", w.clusterGroup)
	try(w.ec2.CreateNetworkInterfacePermission(ctx, &ec2.CreateNetworkInterfacePermissionInput{
		NetworkInterfaceId: trunk.NetworkInterfaceId, Permission: types.InterfacePermissionTypeInstanceAttach, AwsAccountId: aws.String("111122223333"),
	}))(t)
	attached := try(w.ec2.AttachNetworkInterface(ctx, &ec2.AttachNetworkInterfaceInput{
		NetworkInterfaceId: trunk.NetworkInterfaceId, InstanceId: &w.nodes[0], DeviceIndex: aws.Int32(2),
	}))(t)
	try(w.ec2.ModifyNetworkInterfaceAttribute(ctx, &ec2.ModifyNetworkInterfaceAttributeInput{
		NetworkInterfaceId: trunk.NetworkInterfaceId,
		Attachment:         &types.NetworkInterfaceAttachmentChanges{AttachmentId: attached.AttachmentId, DeleteOnTermination: aws.Bool(true)},
	}))(t)
	branch := create("branch", pod)
	association := try(w.ec2.AssociateTrunkInterface(ctx, &ec2.AssociateTrunkInterfaceInput{
		TrunkInterfaceId: trunk.NetworkInterfaceId, BranchInterfaceId: branch.NetworkInterfaceId, VlanId: aws.Int32(7),
	}))(t)
	_, err := w.ec2.DeleteNetworkInterface(ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: branch.NetworkInterfaceId})
	wantCode(t, err, "InvalidParameterValue")
	try(w.ec2.DisassociateTrunkInterface(ctx, &ec2.DisassociateTrunkInterfaceInput{AssociationId: association.InterfaceAssociation.AssociationId}))(t)
	try(w.ec2.DeleteNetworkInterface(ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: branch.NetworkInterfaceId}))(t)

	instance := try(w.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: w.nodes[:1]}))(t).Reservations[0].Instances[0]
	if n := len(instance.NetworkInterfaces); n != 2 || *instance.NetworkInterfaces[1].InterfaceType != "trunk" {
		t.Errorf("the instance has %d interfaces: %+v", n, instance.NetworkInterfaces)
	}
	primary := instance.NetworkInterfaces[0].NetworkInterfaceId
	assigned := try(w.ec2.AssignPrivateIpAddresses(ctx, &ec2.AssignPrivateIpAddressesInput{
		NetworkInterfaceId: primary, SecondaryPrivateIpAddressCount: aws.Int32(2), // as a CNI's warm pool
	}))(t)
	try(w.ec2.UnassignPrivateIpAddresses(ctx, &ec2.UnassignPrivateIpAddressesInput{
		NetworkInterfaceId: primary, PrivateIpAddresses: []string{*assigned.AssignedPrivateIpAddresses[0].PrivateIpAddress},
	}))(t)
	try(w.ec2.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{AttachmentId: attached.AttachmentId}))(t)
}

func TestInstanceMetadataGivesTheNodeRolesCredentials(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	server := httptest.NewServer(w.Metadata(w.nodes[0]))
	defer server.Close()
	client := imds.New(imds.Options{Endpoint: server.URL})
	document := try(client.GetInstanceIdentityDocument(ctx, nil))(t)
	if document.InstanceID != w.nodes[0] || document.Region != "us-west-2" {
		t.Errorf("identity %+v", document)
	}
	mac := try(client.GetMetadata(ctx, &imds.GetMetadataInput{Path: "mac"}))(t)
	if text := string(try(io.ReadAll(mac.Content))(t)); !strings.HasPrefix(text, "06:") {
		t.Errorf("mac %q", text)
	}
	if response := try(http.Get(server.URL + "/latest/meta-data/instance-id"))(t); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", response.Status)
	}

	cfg := try(config.LoadDefaultConfig(ctx, config.WithRegion("us-west-2"), config.WithBaseEndpoint(w.url),
		config.WithCredentialsProvider(ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client })), config.WithRetryMaxAttempts(1)))(t)
	node := ec2.NewFromConfig(cfg)
	try(node.DescribeInstances(ctx, nil))(t) // AmazonEKSWorkerNodePolicy allows it
	_, err := node.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: aws.String("x"), Description: aws.String("x"), VpcId: &w.VPC})
	wantCode(t, err, "UnauthorizedOperation")
}
