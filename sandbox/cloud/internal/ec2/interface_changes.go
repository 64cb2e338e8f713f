package ec2

import (
	"cmp"
	"net/netip"
	"slices"

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type createInterfaceInput struct {
	dryRun
	SubnetID           string             `query:"SubnetId,required"`
	Groups             []string           `query:"SecurityGroupId"`
	Description        string             `query:"Description"`
	InterfaceType      string             `query:"InterfaceType"`
	PrivateIP          string             `query:"PrivateIpAddress"`
	SecondaryIPs       int                `query:"SecondaryPrivateIpAddressCount"`
	IPv4PrefixCount    int                `query:"Ipv4PrefixCount"`
	IPv6AddressCount   int                `query:"Ipv6AddressCount"`
	TagSpecifications  []tagSpecification `query:"TagSpecification"`
	ClientToken        string             `query:"ClientToken"`
	ConnectionTracking connectionTracking `query:"ConnectionTrackingSpecification"`
}

// connectionTracking is accepted; nothing in this account depends on it.
type connectionTracking struct {
	TCPEstablishedTimeout *int `query:"TcpEstablishedTimeout"`
	UDPStreamTimeout      *int `query:"UdpStreamTimeout"`
	UDPTimeout            *int `query:"UdpTimeout"`
}

func (in *createInterfaceInput) Resource(a *State) string {
	return a.ARN("ec2", "network-interface/*")
}

type createInterfaceOutput struct {
	Interface   interfaceXML `xml:"networkInterface"`
	ClientToken string       `xml:"clientToken,omitempty"`
}

func createNetworkInterface(a *State, c wire.Caller, in *createInterfaceInput) (*createInterfaceOutput, error) {
	if id, made := a.tokens[in.ClientToken]; made && a.interfaces.has(id) {
		return &createInterfaceOutput{Interface: a.interfaceXML(a.interfaces.get(id)), ClientToken: in.ClientToken}, nil
	}
	t, err := tagsFor(in.TagSpecifications, "network-interface")
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"", "interface", "trunk", "branch", "efa", "efa-only"}, in.InterfaceType) {
		return nil, awserr.New("InvalidParameterValue", "Value (%s) for parameter interfaceType is invalid.", in.InterfaceType)
	}
	var wanted netip.Addr
	if in.PrivateIP != "" {
		if wanted, err = netip.ParseAddr(in.PrivateIP); err != nil || !wanted.Is4() {
			return nil, awserr.New("InvalidParameterValue", "invalid value for parameter address: %s", in.PrivateIP)
		}
	}
	e, err := a.NewInterface(InterfaceInput{Subnet: in.SubnetID, Groups: in.Groups, Kind: in.InterfaceType, Description: in.Description, Tags: t, address: wanted})
	if err != nil {
		return nil, err
	}
	e.RequesterID = c.UserID
	s := a.subnets.get(e.Subnet)
	for range in.SecondaryIPs {
		ip, err := s.take(a.IDs, netip.Addr{})
		if err != nil {
			a.DropInterface(e)
			return nil, err
		}
		e.Secondary = append(e.Secondary, ip)
	}
	if err := a.addPrefixes(e, in.IPv4PrefixCount); err != nil {
		a.DropInterface(e)
		return nil, err
	}
	for i := len(e.IPv6); i < in.IPv6AddressCount && s.IPv6CIDR.IsValid(); i++ {
		e.IPv6 = append(e.IPv6, s.takeIPv6(a.IDs))
	}
	if in.ClientToken != "" {
		a.tokens[in.ClientToken] = e.ID
	}
	return &createInterfaceOutput{Interface: a.interfaceXML(e), ClientToken: in.ClientToken}, nil
}

// InterfaceInput is what an interface is made of.
type InterfaceInput struct {
	Subnet, Description string
	Kind                string // default interface
	Groups              []string
	Tags                tags.Tags
	address             netip.Addr
}

// NewInterface makes an interface, with EC2's checks. It is not attached.
func (a *State) NewInterface(spec InterfaceInput) (*Interface, error) {
	s := a.subnets.get(spec.Subnet)
	if s == nil {
		return nil, NoSubnet(spec.Subnet)
	}
	groups, err := a.InterfaceGroups(s.VPC, spec.Groups)
	if err != nil {
		return nil, err
	}
	ip, err := s.take(a.IDs, spec.address)
	if err != nil {
		return nil, err
	}
	e := &Interface{
		ID: a.IDs.EC2("eni"), Subnet: s.ID, VPC: s.VPC, Type: cmp.Or(spec.Kind, "interface"), Description: spec.Description, Status: "available",
		MAC: a.IDs.MAC(), PrivateIP: ip, PrivateDNS: a.privateDNS(ip), Groups: groups, Tags: spec.Tags, SourceDestCheck: true,
	}
	if e.Tags == nil {
		e.Tags = tags.Tags{}
	}
	if s.AssignIPv6 && s.IPv6CIDR.IsValid() {
		e.IPv6 = append(e.IPv6, s.takeIPv6(a.IDs))
	}
	a.interfaces.add(e.ID, e)
	return e, nil
}

// InterfaceGroups checks the groups for an interface in a VPC; none means the
// VPC's default group.
func (a *State) InterfaceGroups(vpcID string, ids []string) ([]string, error) {
	if len(ids) == 0 {
		for _, g := range a.groups.all() {
			if g.VPC == vpcID && g.Name == "default" {
				return []string{g.ID}, nil
			}
		}
	}
	var list []string
	for _, id := range ids {
		if !groupIDForm.MatchString(id) {
			return nil, malformedGroup(id)
		}
		g := a.groups.get(id)
		if g == nil {
			return nil, awserr.New("InvalidSecurityGroupID.NotFound", "The securityGroup ID '%s' does not exist", id)
		}
		if !a.GroupServes(g, vpcID) {
			return nil, awserr.New("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
		}
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	if len(list) > a.groupQuota() {
		return nil, awserr.New("SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has been reached.")
	}
	return list, nil
}

// DropInterface removes an interface and frees its addresses.
func (a *State) DropInterface(e *Interface) {
	if s := a.subnets.get(e.Subnet); s != nil {
		for _, ip := range e.Addresses() {
			s.Release(ip)
		}
		for _, p := range e.Prefixes {
			for ip := p.Addr(); p.Contains(ip); ip = ip.Next() {
				s.Release(ip)
			}
		}
	}
	a.interfaces.remove(e.ID)
}

// interfaceInput is embedded in the inputs about one interface.
type interfaceInput struct {
	dryRun
	ID string `query:"NetworkInterfaceId,required"`
}

func (in *interfaceInput) Resource(a *State) string {
	return a.ARN("ec2", "network-interface/"+in.ID)
}

func (in *interfaceInput) find(a *State) (*Interface, error) {
	if e := a.interfaces.get(in.ID); e != nil {
		return e, nil
	}
	return nil, NoInterface(in.ID)
}

func deleteNetworkInterface(a *State, _ wire.Caller, in *interfaceInput) (*done, error) {
	e, err := in.find(a)
	if err != nil {
		return nil, err
	}
	if e.RequesterManaged {
		return nil, awserr.New("OperationNotPermitted", "You are not allowed to manage '%s' attachments.", e.RequesterID)
	}
	if e.Status != "available" {
		return nil, awserr.New("InvalidParameterValue", "Network interface '%s' is currently in use.", e.ID)
	}
	a.DropInterface(e)
	return succeeded, nil
}

type attachInput struct {
	dryRun
	InterfaceID      string `query:"NetworkInterfaceId,required"`
	InstanceID       string `query:"InstanceId,required"`
	DeviceIndex      *int   `query:"DeviceIndex,required"`
	NetworkCardIndex *int   `query:"NetworkCardIndex"`
}

func (in *attachInput) Resource(a *State) string { return a.ARN("ec2", "instance/"+in.InstanceID) }

type attachOutput struct {
	AttachmentID     string `xml:"attachmentId"`
	NetworkCardIndex int    `xml:"networkCardIndex"`
}

func attachNetworkInterface(a *State, _ wire.Caller, in *attachInput) (*attachOutput, error) {
	e, i := a.interfaces.get(in.InterfaceID), a.instances.get(in.InstanceID)
	if e == nil {
		return nil, NoInterface(in.InterfaceID)
	}
	if i == nil {
		return nil, NoInstance(in.InstanceID)
	}
	if err := a.Attach(e, i, *in.DeviceIndex); err != nil {
		return nil, err
	}
	e.Attachment.DeleteOnTermination = false // until the attachment is modified
	return &attachOutput{AttachmentID: e.Attachment.ID}, nil
}

// Attach attaches an interface to an instance, with EC2's checks.
func (a *State) Attach(e *Interface, i *Instance, device int) error {
	if e.Status != "available" {
		return awserr.New("InvalidParameterValue", "Network interface '%s' is currently in use.", e.ID)
	}
	zone, own := a.subnets.get(e.Subnet), a.subnets.get(i.Subnet)
	if e.VPC != i.VPC || zone.Zone != own.Zone {
		return awserr.New("InvalidParameterCombination", "You may not attach a network interface to an instance if they are not in the same availability zone")
	}
	used := a.InterfacesOf(i.ID)
	for _, other := range used {
		if other.Attachment.DeviceIndex == device {
			return awserr.New("InvalidParameterValue", "Instance '%s' already has an interface attached at device index '%d'.", i.ID, device)
		}
	}
	if most := MaxInterfaces(i.Type); len(used) >= most {
		return awserr.New("AttachmentLimitExceeded", "Interface count %d exceeds the limit for %s", len(used)+1, i.Type)
	}
	if l := limits.Limits[i.Type]; e.Type == "trunk" && (l == nil || !l.IsTrunkingCompatible) {
		return awserr.New("InvalidParameterCombination", "The instance type %s does not support trunk interfaces", i.Type)
	}
	e.Status = "in-use"
	e.Attachment = &attachment{
		ID: a.IDs.EC2("eni-attach"), Instance: i.ID, Owner: a.AccountID, DeviceIndex: device, Status: "attached",
		Time: a.Now(), DeleteOnTermination: true,
	}
	return nil
}

// AttachManaged marks an interface as attached to something that AWS manages.
func (a *State) AttachManaged(e *Interface, idPrefix, owner string) {
	e.Status = "in-use"
	e.Attachment = &attachment{ID: a.IDs.EC2(idPrefix), Owner: owner, DeviceIndex: 1, Status: "attached", Time: a.Now()}
}

// InterfacesOf are the interfaces attached to an instance, by device index.
func (a *State) InterfacesOf(instanceID string) []*Interface {
	var list []*Interface
	for e := range a.interfaces.each() {
		if e.AttachedTo() == instanceID {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(x, y *Interface) int { return x.Attachment.DeviceIndex - y.Attachment.DeviceIndex })
	return list
}

// MaxInterfaces is how many interfaces the default network card of an instance
// type takes.
func MaxInterfaces(instanceType string) int {
	l := limits.Limits[instanceType]
	if l == nil {
		return 2
	}
	for _, card := range l.NetworkCards {
		if card.NetworkCardIndex == int64(l.DefaultNetworkCardIndex) {
			return min(l.Interface, int(card.MaximumNetworkInterfaces))
		}
	}
	return l.Interface
}

type detachInput struct {
	dryRun
	AttachmentID string `query:"AttachmentId,required"`
	Force        bool
}

func detachNetworkInterface(a *State, _ wire.Caller, in *detachInput) (*done, error) {
	for _, e := range a.interfaces.all() {
		if e.Attachment == nil || e.Attachment.ID != in.AttachmentID {
			continue
		}
		if e.RequesterManaged || e.Attachment.Instance == "" {
			return nil, awserr.New("OperationNotPermitted", "You are not allowed to manage '%s' attachments.", e.RequesterID)
		}
		if e.Attachment.DeviceIndex == 0 {
			return nil, awserr.New("OperationNotPermitted", "The network interface at device index 0 cannot be detached.")
		}
		e.Attachment, e.Status = nil, "available"
		return succeeded, nil
	}
	return nil, awserr.New("InvalidAttachmentID.NotFound", "The attachment ID '%s' does not exist", in.AttachmentID)
}

type modifyInterfaceInput struct {
	interfaceInput
	Groups             []string            `query:"SecurityGroupId"`
	Attachment         *attachmentChange   `query:"Attachment"`
	Description        *textValue          `query:"Description"`
	SourceDestCheck    *boolValue          `query:"SourceDestCheck"`
	ConnectionTracking *connectionTracking `query:"ConnectionTrackingSpecification"`
}

type attachmentChange struct {
	AttachmentID        string `query:"AttachmentId"`
	DeleteOnTermination *bool
}

type textValue struct{ Value string }

type boolValue struct{ Value bool }

func modifyNetworkInterfaceAttribute(a *State, _ wire.Caller, in *modifyInterfaceInput) (*done, error) {
	e, err := in.find(a)
	if err != nil {
		return nil, err
	}
	if e.RequesterManaged {
		return nil, awserr.New("OperationNotPermitted", "You are not allowed to modify the network interface '%s'.", e.ID)
	}
	if in.Attachment != nil && (e.Attachment == nil || e.Attachment.ID != in.Attachment.AttachmentID) {
		return nil, awserr.New("InvalidAttachmentID.NotFound", "The attachment ID '%s' does not exist", in.Attachment.AttachmentID)
	}
	if len(in.Groups) > 0 {
		groups, err := a.InterfaceGroups(e.VPC, in.Groups)
		if err != nil {
			return nil, err
		}
		e.Groups = groups
	}
	if in.Attachment != nil && in.Attachment.DeleteOnTermination != nil {
		e.Attachment.DeleteOnTermination = *in.Attachment.DeleteOnTermination
	}
	if in.Description != nil {
		e.Description = in.Description.Value
	}
	if in.SourceDestCheck != nil {
		e.SourceDestCheck = in.SourceDestCheck.Value
	}
	return succeeded, nil
}
