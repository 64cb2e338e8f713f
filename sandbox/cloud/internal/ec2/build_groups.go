package ec2

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
)

// AddSecurityGroup makes a security group that allows all egress.
func (a *Service) AddSecurityGroup(vpcID, name, description string, t map[string]string) (id string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	if !a.state.vpcs.has(vpcID) {
		return "", noVPC(vpcID)
	}
	for _, g := range a.state.groups.all() {
		if g.VPC == vpcID && sameName(g.Name, name) {
			return "", awserr.New("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, vpcID)
		}
	}
	return a.state.NewGroup(vpcID, name, description, tags.Copy(t)).ID, nil
}

// Rule is a security group rule for a builder. Peer is a CIDR block, or the id
// of a security group or of a prefix list.
type Rule struct {
	Egress           bool
	Protocol         string // tcp, udp, icmp or -1
	FromPort, ToPort int    // for tcp and udp; ToPort 0 means FromPort
	Peer             string
	Description      string
	Tags             map[string]string
}

// AddRule adds a rule to a security group and returns the rule's id.
func (a *Service) AddRule(groupID string, r Rule) (id string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	added, err := a.state.authorizeRules(&groupRules{GroupID: groupID, Permissions: []permission{r.permission()}}, nil, r.Egress)
	if err != nil {
		return "", fmt.Errorf("add rule to %q: %w", groupID, err)
	}
	id = added.Set[0].RuleID
	_, ruleTags := a.state.tagsOf(id)
	maps.Copy(ruleTags, r.Tags)
	return id, nil
}

// RemoveRules removes every rule of one direction of a security group, such as
// the egress rule that a new group has.
func (a *Service) RemoveRules(groupID string, egress bool) error {
	a.state.Lock()
	defer a.state.Unlock()
	g, err := a.state.group(groupID)
	if err != nil {
		return err
	}
	var kept []*rule
	for _, r := range g.Rules {
		if r.Egress != egress {
			kept = append(kept, r)
		}
	}
	g.Rules = kept
	return nil
}

// RemoveRulesFor removes every rule of a security group that names a peer.
func (a *Service) RemoveRulesFor(groupID, peerGroup string) error {
	a.state.Lock()
	defer a.state.Unlock()
	g, err := a.state.group(groupID)
	if err != nil {
		return err
	}
	g.Rules = slices.DeleteFunc(g.Rules, func(r *rule) bool { return r.Group == peerGroup })
	return nil
}

// DropSecurityGroup deletes a security group that nothing carries, with the
// rules that name it.
func (a *Service) DropSecurityGroup(id string) error {
	a.state.Lock()
	defer a.state.Unlock()
	if _, err := a.state.group(id); err != nil {
		return err
	}
	for _, g := range a.state.groups.all() {
		g.Rules = slices.DeleteFunc(g.Rules, func(r *rule) bool { return r.Group == id })
	}
	a.state.groups.remove(id)
	return nil
}

func (r Rule) permission() permission {
	p := permission{IPProtocol: r.Protocol}
	if r.Protocol == "tcp" || r.Protocol == "udp" {
		from, to := r.FromPort, r.ToPort
		if to == 0 {
			to = from
		}
		p.FromPort, p.ToPort = &from, &to
	}
	cidr, err := netip.ParsePrefix(r.Peer)
	switch {
	case err == nil && cidr.Addr().Is4():
		p.IPRanges = []ipRange{{r.Peer, r.Description}}
	case err == nil:
		p.IPv6Ranges = []ipv6Range{{r.Peer, r.Description}}
	case len(r.Peer) > 3 && r.Peer[:3] == "pl-":
		p.PrefixListIDs = []prefixRef{{r.Peer, r.Description}}
	default:
		p.Groups = []groupPair{{GroupID: r.Peer, Description: r.Description}}
	}
	return p
}

// AssociateSecurityGroup makes a security group usable in another VPC.
func (a *Service) AssociateSecurityGroup(groupID, vpcID string) error {
	a.state.Lock()
	defer a.state.Unlock()
	if _, err := a.state.group(groupID); err != nil {
		return err
	}
	if !a.state.vpcs.has(vpcID) {
		return noVPC(vpcID)
	}
	a.state.groupVPCs = append(a.state.groupVPCs, groupVPCAssociation{groupID, vpcID, "associated"})
	return nil
}

// InterfaceSpec describes a network interface to make, such as a leaked branch
// interface or a stranger that uses a security group.
type InterfaceSpec struct {
	Subnet, Description string
	Type                string // default interface
	Groups              []string
	Tags                map[string]string
	InUse               bool // attached to something that AWS manages
}

// AddInterface makes a network interface and returns its id and its address.
func (a *Service) AddInterface(spec InterfaceSpec) (id string, ip netip.Addr, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	e, err := a.state.NewInterface(InterfaceInput{Subnet: spec.Subnet, Kind: spec.Type, Description: spec.Description, Groups: spec.Groups, Tags: tags.Copy(spec.Tags)})
	if err != nil {
		return "", netip.Addr{}, err
	}
	if spec.InUse {
		a.state.AttachManaged(e, "eni-attach", "amazon-aws")
	}
	return e.ID, e.PrivateIP, nil
}
