package nodes

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/iam"
	"podsg/sandbox/cloud/internal/tags"
)

// ENI is a network interface that the VPC resource controller made.
type ENI struct {
	ID, MAC, SubnetID string
	PrivateIP         netip.Addr
	DeviceIndex       int
	SecurityGroups    []string
}

// Branch is a branch interface and its association with a trunk: what the
// annotation vpc.amazonaws.com/pod-eni says of a pod.
type Branch struct {
	ENIID, MAC    string
	PrivateIP     netip.Addr
	IPv6          string // empty unless the subnet assigns IPv6 addresses
	SubnetCIDR    string
	SubnetV6CIDR  string
	VLAN          int
	AssociationID string
}

const controllerOwner = "eks-vpc-resource-controller"

// controller is the principal of the VPC resource controller: the cluster role.
func (a *Service) controller(clusterName string) (*iam.Principal, error) {
	c, err := a.eks.Cluster(clusterName)
	if err != nil {
		return nil, err
	}
	return a.iam.Session(iam.RoleName(c.RoleARN), "eks-vpc-resource-controller"), nil
}

// controllerFault lets the faults meant for the cluster's own components hit a call.
func (a *Service) controllerFault(action string) error {
	service, name, _ := strings.Cut(action, ":")
	if f, hit := a.faults.Next(service, name, true, true); hit {
		return awserr.ForService(service, &awserr.Error{Code: f.Code, Message: f.Text(), Status: f.HTTPStatus})
	}
	return nil
}

// CreateTrunk attaches a trunk interface to an instance, or returns the one it
// has, with the permissions of the cluster role. Without the policy
// AmazonEKSVPCResourceController on that role it is an [*awserr.Error] with the
// code UnauthorizedOperation.
func (a *Service) CreateTrunk(cluster, instanceID string) (ENI, error) {
	a.Lock()
	defer a.Unlock()
	p, err := a.controller(cluster)
	if err != nil {
		return ENI{}, err
	}
	i := a.ec2.Instance(instanceID)
	if i == nil || i.State != "running" {
		return ENI{}, ec2.NoInstance(instanceID)
	}
	if err := a.asRole(p, "ec2:DescribeInstances", nil); err != nil {
		return ENI{}, err
	}
	for _, e := range a.ec2.InterfacesOf(i.ID) {
		if e.Type == "trunk" {
			return eniOf(e), nil
		}
	}
	if l := limits.Limits[i.Type]; l == nil || !l.IsTrunkingCompatible {
		return ENI{}, awserr.New("InvalidParameterCombination", "The instance type %s does not support trunk interfaces", i.Type)
	}
	device, ok := a.freeDevice(i, true)
	if !ok {
		return ENI{}, errors.New("no free device index found")
	}
	e, err := a.controllerInterface(p, cluster, ec2.InterfaceInput{
		Subnet: i.Subnet, Kind: "trunk", Groups: a.ec2.Primary(i).Groups, Description: "aws-k8s-trunk-eni",
		Tags: tags.Tags{"node.k8s.amazonaws.com/instance_id": i.ID},
	})
	if err != nil {
		return ENI{}, err
	}
	for _, action := range []string{"ec2:CreateNetworkInterfacePermission", "ec2:AttachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute"} {
		if err := a.asRole(p, action, a.ec2.InterfaceConditions(e.ID)); err != nil {
			a.ec2.DropInterface(e)
			return ENI{}, err
		}
	}
	if err := a.ec2.Attach(e, i, device); err != nil {
		a.ec2.DropInterface(e)
		return ENI{}, err
	}
	return eniOf(e), nil
}

func eniOf(e *ec2.Interface) ENI {
	return ENI{
		ID: e.ID, MAC: e.MAC, SubnetID: e.Subnet, PrivateIP: e.PrivateIP, DeviceIndex: e.Attachment.DeviceIndex, SecurityGroups: slices.Clone(e.Groups),
	}
}

// controllerInterface makes an interface as the controller does: with its tags.
func (a *Service) controllerInterface(p *iam.Principal, cluster string, spec ec2.InterfaceInput) (*ec2.Interface, error) {
	if err := a.asRole(p, "ec2:CreateNetworkInterface", nil); err != nil {
		return nil, err
	}
	all := tags.Tags{ownerTag: controllerOwner, "kubernetes.io/cluster/" + cluster: "owned"}
	maps.Copy(all, spec.Tags)
	spec.Tags = all
	e, err := a.ec2.NewInterface(spec)
	if err != nil {
		return nil, err
	}
	e.RequesterID = p.UserID
	return e, nil
}

// vlans is how many VLAN ids a trunk has; 0 is not given out.
const vlans = 121

// CreateBranch makes a branch interface with these security groups in the
// subnet of a trunk's instance and associates it with the trunk.
func (a *Service) CreateBranch(cluster, trunkID string, groups []string) (Branch, error) {
	a.Lock()
	defer a.Unlock()
	p, err := a.controller(cluster)
	if err != nil {
		return Branch{}, err
	}
	trunk := a.ec2.Interface(trunkID)
	if trunk == nil {
		return Branch{}, ec2.NoInterface(trunkID)
	}
	if err := a.asRole(p, "ec2:DescribeSubnets", nil); err != nil {
		return Branch{}, err
	}
	vlan := a.freeVLAN(trunkID)
	if vlan == 0 {
		return Branch{}, fmt.Errorf("failed to find free vlan id in the available %d ids", vlans)
	}
	tagged := tags.Tags{"vpcresources.k8s.aws/trunk-eni-id": trunkID, "vpcresources.k8s.aws/vlan-id": strconv.Itoa(vlan)}
	if i := trunk.AttachedTo(); i != "" {
		tagged["node.k8s.amazonaws.com/instance_id"] = i
	}
	e, err := a.controllerInterface(p, cluster, ec2.InterfaceInput{
		Subnet: trunk.Subnet, Groups: groups, Description: "aws-k8s-branch-eni", Tags: tagged,
	})
	if err != nil {
		return Branch{}, fmt.Errorf("creating network interface, %w", err)
	}
	// EKS associates with permissions of its own, not with the cluster role's.
	if err := a.controllerFault("ec2:AssociateTrunkInterface"); err != nil {
		a.ec2.DropInterface(e)
		return Branch{}, fmt.Errorf("associating branch to trunk, %w", err)
	}
	t, err := a.ec2.AssociateTrunk(trunkID, e.ID, vlan)
	if err != nil {
		a.ec2.DropInterface(e)
		return Branch{}, fmt.Errorf("associating branch to trunk, %w", err)
	}
	s := a.ec2.Subnet(e.Subnet)
	b := Branch{
		ENIID: e.ID, MAC: e.MAC, PrivateIP: e.PrivateIP, SubnetCIDR: s.CIDR.String(), SubnetV6CIDR: ec2.PrefixText(s.IPv6CIDR),
		VLAN: vlan, AssociationID: t.ID,
	}
	if len(e.IPv6) > 0 {
		b.IPv6 = e.IPv6[0].String()
	}
	return b, nil
}

func (a *Service) freeVLAN(trunkID string) int {
	taken := map[int]bool{}
	for _, t := range a.ec2.TrunkAssociations() {
		if t.Trunk == trunkID {
			taken[t.VLAN] = true
		}
	}
	for vlan := 1; vlan < vlans; vlan++ {
		if !taken[vlan] {
			return vlan
		}
	}
	return 0
}

// DropBranches deletes the branch interfaces of a cluster behind its
// controller's back, as a script that tidies up does.
func (a *Service) DropBranches(cluster string) {
	a.Lock()
	defer a.Unlock()
	for _, t := range a.ec2.TrunkAssociations() {
		if e := a.ec2.Interface(t.Branch); e != nil && e.Tags["kubernetes.io/cluster/"+cluster] == "owned" {
			a.ec2.DisassociateTrunk(t)
			a.ec2.DropInterface(e)
		}
	}
}

// DeleteBranch disassociates and deletes a branch interface with the
// permissions of the cluster role.
func (a *Service) DeleteBranch(cluster, eniID string) error {
	a.Lock()
	defer a.Unlock()
	p, err := a.controller(cluster)
	if err != nil {
		return err
	}
	e := a.ec2.Interface(eniID)
	if e == nil {
		return ec2.NoInterface(eniID)
	}
	for _, t := range a.ec2.TrunkAssociations() {
		if t.Branch == eniID {
			a.ec2.DisassociateTrunk(t)
		}
	}
	if err := a.asRole(p, "ec2:DeleteNetworkInterface", nil); err != nil {
		return err
	}
	a.ec2.DropInterface(e)
	return nil
}
