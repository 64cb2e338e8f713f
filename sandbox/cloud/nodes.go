package cloud

import (
	"fmt"
	"net/netip"
	"slices"

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"
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
	Taints                   []Taint
	MaxInterfaces            int  // of the default network card
	IPv4PerInterface         int  // including the primary address
	TrunkCompatible          bool // the type takes a trunk interface
	BranchInterfaces         int  // how many branch interfaces the type takes
}

// Nodes are the running instances of a cluster, in the order of their launch.
func (a *nodesService) Nodes(cluster string) []Node {
	a.lock()
	defer a.unlock()
	var list []Node
	for _, i := range a.ec2.allInstances() {
		if i.Cluster == cluster && i.State == "running" {
			list = append(list, a.node(i))
		}
	}
	return list
}

func (a *nodesService) node(i *instance) Node {
	s, e := a.ec2.subnetByID(i.Subnet), a.ec2.primary(i)
	n := Node{
		InstanceID: i.ID, InstanceType: i.Type, Architecture: "amd64", PrivateDNSName: i.PrivateDNS, PrivateIP: e.PrivateIP,
		Zone: s.Zone, SubnetID: s.ID, NodeGroup: i.NodeGroup, SecurityGroups: slices.Clone(e.Groups), MaxInterfaces: maxInterfaces(i.Type),
	}
	if typeOf(i.Type).architecture == "arm64" {
		n.Architecture = "arm64"
	}
	if g := a.eks.nodeGroupOf(i.Cluster, i.NodeGroup); g != nil {
		n.CapacityType, n.AMIType, n.Managed, n.Labels, n.Taints = g.CapacityType, g.AMIType, g.ARN != "", copyTags(g.Labels), slices.Clone(g.Taints)
	}
	if l := limits.Limits[i.Type]; l != nil {
		n.IPv4PerInterface, n.TrunkCompatible, n.BranchInterfaces = l.IPv4PerInterface, l.IsTrunkingCompatible, l.BranchInterface
	}
	return n
}

// AssignPodIP gives an ordinary pod on an instance a secondary address of one
// of the instance's interfaces. When those are full it attaches another one,
// as the VPC CNI does, with the permissions of the node role.
func (a *nodesService) AssignPodIP(instanceID string) (netip.Addr, error) {
	a.lock()
	defer a.unlock()
	i, p, err := a.cni(instanceID)
	if err != nil {
		return netip.Addr{}, err
	}
	used := a.ec2.interfacesOf(i.ID)
	for _, e := range used {
		if e.Type != "interface" || 1+len(e.Secondary)+len(e.Prefixes) >= a.ec2.addressLimit(e) {
			continue
		}
		if err := a.asRole(p, "ec2:AssignPrivateIpAddresses", nil); err != nil {
			return netip.Addr{}, err
		}
		given, err := a.ec2.assign(e, []netip.Addr{{}})
		if err != nil {
			return netip.Addr{}, fmt.Errorf("assign pod address on %s: %w", i.ID, err)
		}
		return given[0], nil
	}
	e, err := a.attachCNIInterface(i, p)
	if err != nil {
		return netip.Addr{}, err
	}
	given, err := a.ec2.assign(e, []netip.Addr{{}})
	if err != nil {
		return netip.Addr{}, fmt.Errorf("assign pod address on %s: %w", i.ID, err)
	}
	return given[0], nil
}

// cni finds a running instance and the principal that its node role is.
func (a *nodesService) cni(instanceID string) (*instance, *principal, error) {
	i := a.ec2.instanceByID(instanceID)
	if i == nil || i.State != "running" {
		return nil, nil, noInstance(instanceID)
	}
	return i, a.iam.session(a.iam.profileRole(i.Profile), i.ID), nil
}

// asRole asks whether a role may use an EC2 action, and lets the faults that
// are meant for such calls hit it.
func (a *nodesService) asRole(p *principal, action string, context map[string][]string) error {
	if err := a.iam.authorize(p, action, "*", context); err != nil {
		return err
	}
	return a.controllerFault(action)
}

func (a *nodesService) attachCNIInterface(i *instance, p *principal) (*networkInterface, error) {
	device, ok := a.freeDevice(i, false)
	if !ok {
		return nil, fail("AttachmentLimitExceeded", "Interface count %d exceeds the limit for %s", maxInterfaces(i.Type)+1, i.Type)
	}
	for _, action := range []string{"ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute"} {
		if err := a.asRole(p, action, nil); err != nil {
			return nil, err
		}
	}
	e, err := a.ec2.newInterface(interfaceSpec{
		subnet: i.Subnet, groups: a.ec2.primary(i).Groups, description: "aws-K8S-" + i.ID,
		tags: tags{"node.k8s.amazonaws.com/instance_id": i.ID, "cluster.k8s.amazonaws.com/name": i.Cluster, ownerTag: "amazon-vpc-cni"},
	})
	if err != nil {
		return nil, err
	}
	e.RequesterID = p.userID
	if err := a.ec2.attach(e, i, device); err != nil {
		a.ec2.dropInterface(e)
		return nil, err
	}
	return e, nil
}

const ownerTag = "eks:eni:owner"

// freeDevice is a device index that an instance has free: the highest for a
// trunk, the lowest for an ordinary interface.
func (a *nodesService) freeDevice(i *instance, highest bool) (int, bool) {
	taken := map[int]bool{}
	for _, e := range a.ec2.interfacesOf(i.ID) {
		taken[e.Attachment.DeviceIndex] = true
	}
	most := maxInterfaces(i.Type)
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
func (a *nodesService) ReleasePodIP(ip netip.Addr) {
	a.lock()
	defer a.unlock()
	for _, e := range a.ec2.allInterfaces() {
		if !slices.Contains(e.Secondary, ip) {
			continue
		}
		e.Secondary = slices.DeleteFunc(e.Secondary, func(own netip.Addr) bool { return own == ip })
		a.ec2.subnetByID(e.Subnet).release(ip)
		if len(e.Secondary) == 0 && e.Tags[ownerTag] == "amazon-vpc-cni" && e.Attachment != nil && e.Attachment.DeviceIndex > 0 {
			a.ec2.dropInterface(e)
		}
		return
	}
}

// FillENISlots attaches interfaces for ordinary pods to an instance until it has
// no place for another, as on a node that was busy for long.
func (a *nodesService) FillENISlots(instanceID string) error {
	a.lock()
	defer a.unlock()
	i, p, err := a.cni(instanceID)
	if err != nil {
		return err
	}
	for len(a.ec2.interfacesOf(i.ID)) < maxInterfaces(i.Type) {
		if _, err := a.attachCNIInterface(i, p); err != nil {
			return err
		}
	}
	return nil
}

// FreeENISlot reports whether one more interface can be attached to an instance.
func (a *nodesService) FreeENISlot(instanceID string) bool {
	a.lock()
	defer a.unlock()
	i := a.ec2.instanceByID(instanceID)
	return i != nil && i.State == "running" && len(a.ec2.interfacesOf(i.ID)) < maxInterfaces(i.Type)
}

// TerminateNode ends an instance. Its interfaces go with it; branch interfaces
// stay behind, available, for the VPC resource controller to delete.
func (a *nodesService) TerminateNode(instanceID string) error {
	a.lock()
	defer a.unlock()
	i := a.ec2.instanceByID(instanceID)
	if i == nil || i.State != "running" {
		return noInstance(instanceID)
	}
	for _, e := range a.ec2.interfacesOf(i.ID) {
		for _, t := range a.ec2.branchesOf(e.ID) {
			a.ec2.disassociateTrunk(t)
		}
		if e.Attachment.DeleteOnTermination {
			a.ec2.dropInterface(e)
		} else {
			e.Attachment, e.Status = nil, "available"
		}
	}
	i.State = "terminated"
	return nil
}
