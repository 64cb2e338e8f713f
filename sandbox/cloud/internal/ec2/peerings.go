package ec2

import (
	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type peeringXML struct {
	ID        string                `xml:"vpcPeeringConnectionId"`
	Requester peerVPCXML            `xml:"requesterVpcInfo"`
	Accepter  peerVPCXML            `xml:"accepterVpcInfo"`
	Status    peeringStatus         `xml:"status"`
	TagSet    wire.Items[tags.Pair] `xml:"tagSet"`
}

type peerVPCXML struct {
	CidrBlock string         `xml:"cidrBlock"`
	OwnerID   string         `xml:"ownerId"`
	VpcID     string         `xml:"vpcId"`
	Region    string         `xml:"region"`
	Options   peeringOptions `xml:"peeringOptions"`
}

type peeringOptions struct {
	RemoteDNS bool `xml:"allowDnsResolutionFromRemoteVpc"`
}

type peeringStatus struct {
	Code    string `xml:"code"`
	Message string `xml:"message"`
}

var peeringFilters = filterTable[*peering]{
	missing: noPeering,
	tags:    func(p *peering) tags.Tags { return p.Tags },
	values: map[string]func(*peering) []string{
		"vpc-peering-connection-id": one(func(p *peering) string { return p.ID }),
		"requester-vpc-info.vpc-id": one(func(p *peering) string { return p.Requester }),
		"accepter-vpc-info.vpc-id":  one(func(p *peering) string { return p.Accepter }),
		"status-code":               one(func(p *peering) string { return p.Status }),
	},
}

type describePeeringsInput struct {
	query
	IDs []string `query:"VpcPeeringConnectionId"`
}

type describePeeringsOutput struct {
	Set       wire.Items[peeringXML] `xml:"vpcPeeringConnectionSet"`
	NextToken string                 `xml:"nextToken,omitempty"`
}

func describeVpcPeeringConnections(a *State, _ wire.Caller, in *describePeeringsInput) (*describePeeringsOutput, error) {
	set, next, err := describe(a, &a.peerings, peeringFilters, in.IDs, in.query, a.peeringXML)
	return &describePeeringsOutput{set, next}, err
}

func (a *State) peeringXML(p *peering) peeringXML {
	side := func(id string) peerVPCXML {
		return peerVPCXML{
			CidrBlock: a.vpcs.get(id).CIDR.String(), OwnerID: a.AccountID, VpcID: id, Region: a.Region, Options: peeringOptions{p.RemoteDNS},
		}
	}
	return peeringXML{
		ID: p.ID, Requester: side(p.Requester), Accepter: side(p.Accepter),
		Status: peeringStatus{Code: p.Status, Message: p.Status}, TagSet: p.Tags.Pairs(),
	}
}

// peered reports whether an active peering joins two VPCs, and which one.
func (a *State) peered(one, other string) (id string, ok bool) {
	for _, p := range a.peerings.all() {
		if p.Status == "active" && (p.Requester == one && p.Accepter == other || p.Requester == other && p.Accepter == one) {
			return p.ID, true
		}
	}
	return "", false
}

func noPeering(id string) error {
	return awserr.New("InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '%s' does not exist", id)
}
