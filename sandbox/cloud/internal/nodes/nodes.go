package nodes

import (
	"fmt"
	"net/netip"
	"slices"

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/eks"
	"podsg/sandbox/cloud/internal/iam"
	"podsg/sandbox/cloud/internal/tags"
)

// Node is an instance as its kubelet, the VPC CNI and the VPC resource
// controller see it.
type Node struct {
	InstanceID, InstanceType string
	Architecture             string // amd64 or arm64
	PrivateDNSName           string
	PrivateIP                netip.Addr
	Zone, SubnetID           string
	NodeGroup                string
	CapacityType             string // ON_DEMAND or SPOT
	AMIType                  string
	Managed                  bool // by EKS; else a self-managed node
	SecurityGroups           []string
	Labels                   map[string]string // of the node group
	Taints                   []eks.Taint
	MaxInterfaces            int  // of the default network card
	IPv4PerInterface         int  // including the primary address
	TrunkCompatible          bool // the type takes a trunk interface
	BranchInterfaces         int  // how many branch interfaces the type takes
}

// Nodes are the running instances of a cluster, in the order of their launch.
func (a *Service) Nodes(cluster string) []Node {
	a.Lock()
	defer a.Unlock()
	var list []Node
	for _, i := range a.ec2.Instances() {
		if i.Cluster == cluster && i.State == "running" {
			list = append(list, a.node(i))
		}
	}
	return list
}

func (a *Service) node(i *ec2.Instance) Node {
	s, e := a.ec2.Subnet(i.Subnet), a.ec2.Primary(i)
	n := Node{
		InstanceID: i.ID, InstanceType: i.Type, Architecture: "amd64", PrivateDNSName: i.PrivateDNS, PrivateIP: e.PrivateIP,
		Zone: s.Zone, SubnetID: s.ID, NodeGroup: i.NodeGroup, SecurityGroups: slices.Clone(e.Groups), MaxInterfaces: ec2.MaxInterfaces(i.Type),
	}
	if ec2.TypeOf(i.Type).Architecture == "arm64" {
		n.Architecture = "arm64"
	}
	if g := a.eks.NodeGroupOf(i.Cluster, i.NodeGroup); g != nil {
		n.CapacityType, n.AMIType, n.Managed, n.Labels, n.Taints = g.CapacityType, g.AMIType, g.ARN != "", tags.Copy(g.Labels), slices.Clone(g.Taints)
	}
	if l := limits.Limits[i.Type]; l != nil {
		n.IPv4PerInterface, n.TrunkCompatible, n.BranchInterfaces = l.IPv4PerInterface, l.IsTrunkingCompatible, l.BranchInterface
	}
	return n
}

// AssignPodIP gives an ordinary pod on an instance a secondary address of one
// of the instance's interfaces. When those are full it attaches another one,
// as the VPC CNI does, with the permissions of the node role.
func (a *Service) AssignPodIP(instanceID string) (netip.Addr, error) {
	a.Lock()
	defer a.Unlock()
	i, p, err := a.cni(instanceID)
	if err != nil {
		return netip.Addr{}, err
	}
	e, err := a.interfaceWithRoom(i, p)
	if err != nil {
		return netip.Addr{}, err
	}
	given, err := a.ec2.Assign(e, []netip.Addr{{}})
	if err != nil {
		return netip.Addr{}, fmt.Errorf("assign pod address on %s: %w", i.ID, err)
	}
	return given[0], nil
}

// interfaceWithRoom is an interface of an instance that takes another address,
// which the node role may assign, or else a new one.
func (a *Service) interfaceWithRoom(i *ec2.Instance, p *iam.Principal) (*ec2.Interface, error) {
	for _, e := range a.ec2.InterfacesOf(i.ID) {
		if e.Type == "interface" && 1+len(e.Secondary)+len(e.Prefixes) < a.ec2.AddressLimit(e) {
			return e, a.asRole(p, "ec2:AssignPrivateIpAddresses", nil)
		}
	}
	return a.attachCNIInterface(i, p)
}

// cni finds a running instance and the principal that its node role is.
func (a *Service) cni(instanceID string) (*ec2.Instance, *iam.Principal, error) {
	i := a.ec2.Instance(instanceID)
	if i == nil || i.State != "running" {
		return nil, nil, ec2.NoInstance(instanceID)
	}
	return i, a.iam.Session(a.iam.ProfileRole(i.Profile), i.ID), nil
}

// asRole asks whether a role may use an EC2 action, and lets the faults that
// are meant for such calls hit it.
func (a *Service) asRole(p *iam.Principal, action string, context map[string][]string) error {
	if err := a.iam.Authorize(p, action, "*", context); err != nil {
		return err
	}
	return a.controllerFault(action)
}

func (a *Service) attachCNIInterface(i *ec2.Instance, p *iam.Principal) (*ec2.Interface, error) {
	device, ok := a.freeDevice(i, false)
	if !ok {
		return nil, awserr.New("AttachmentLimitExceeded", "Interface count %d exceeds the limit for %s", ec2.MaxInterfaces(i.Type)+1, i.Type)
	}
	for _, action := range []string{"ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute"} {
		if err := a.asRole(p, action, nil); err != nil {
			return nil, err
		}
	}
	e, err := a.ec2.NewInterface(ec2.InterfaceInput{
		Subnet: i.Subnet, Groups: a.ec2.Primary(i).Groups, Description: "aws-K8S-" + i.ID,
		Tags: tags.Tags{"node.k8s.amazonaws.com/instance_id": i.ID, "cluster.k8s.amazonaws.com/name": i.Cluster, ownerTag: "amazon-vpc-cni"},
	})
	if err != nil {
		return nil, err
	}
	e.RequesterID = p.UserID
	if err := a.ec2.Attach(e, i, device); err != nil {
		a.ec2.DropInterface(e)
		return nil, err
	}
	return e, nil
}

const ownerTag = "eks:eni:owner"

// freeDevice is a device index that an instance has free: the highest for a
// trunk, the lowest for an ordinary interface.
func (a *Service) freeDevice(i *ec2.Instance, highest bool) (int, bool) {
	taken := map[int]bool{}
	for _, e := range a.ec2.InterfacesOf(i.ID) {
		taken[e.Attachment.DeviceIndex] = true
	}
	most := ec2.MaxInterfaces(i.Type)
	for n := range most {
		device := n
		if highest {
			device = most - 1 - n
		}
		if !taken[device] {
			return device, true
		}
	}
	return 0, false
}

// ReleasePodIP takes an ordinary pod's address back. An additional interface
// without any pod left is detached and deleted.
func (a *Service) ReleasePodIP(ip netip.Addr) {
	a.Lock()
	defer a.Unlock()
	for _, e := range a.ec2.Interfaces() {
		if !slices.Contains(e.Secondary, ip) {
			continue
		}
		e.Secondary = slices.DeleteFunc(e.Secondary, func(own netip.Addr) bool { return own == ip })
		a.ec2.Subnet(e.Subnet).Release(ip)
		if len(e.Secondary) == 0 && e.Tags[ownerTag] == "amazon-vpc-cni" && e.Attachment != nil && e.Attachment.DeviceIndex > 0 {
			a.ec2.DropInterface(e)
		}
		return
	}
}

// FillENISlots attaches interfaces for ordinary pods to an instance until it has
// no place for another, as on a node that was busy for long.
func (a *Service) FillENISlots(instanceID string) error {
	a.Lock()
	defer a.Unlock()
	i, p, err := a.cni(instanceID)
	if err != nil {
		return err
	}
	for len(a.ec2.InterfacesOf(i.ID)) < ec2.MaxInterfaces(i.Type) {
		if _, err := a.attachCNIInterface(i, p); err != nil {
			return err
		}
	}
	return nil
}

// FreeENISlot reports whether one more interface can be attached to an instance.
func (a *Service) FreeENISlot(instanceID string) bool {
	a.Lock()
	defer a.Unlock()
	i := a.ec2.Instance(instanceID)
	return i != nil && i.State == "running" && len(a.ec2.InterfacesOf(i.ID)) < ec2.MaxInterfaces(i.Type)
}

// TerminateNode ends an instance. Its interfaces go with it; branch interfaces
// stay behind, available, for the VPC resource controller to delete.
func (a *Service) TerminateNode(instanceID string) error {
	a.Lock()
	defer a.Unlock()
	i := a.ec2.Instance(instanceID)
	if i == nil || i.State != "running" {
		return ec2.NoInstance(instanceID)
	}
	for _, e := range a.ec2.InterfacesOf(i.ID) {
		for _, t := range a.ec2.BranchesOf(e.ID) {
			a.ec2.DisassociateTrunk(t)
		}
		if e.Attachment.DeleteOnTermination {
			a.ec2.DropInterface(e)
		} else {
			e.Attachment, e.Status = nil, "available"
		}
	}
	i.State = "terminated"
	return nil
}
