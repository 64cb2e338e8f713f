package ec2

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type routeTableXML struct {
	RouteTableID   string                          `xml:"routeTableId"`
	VpcID          string                          `xml:"vpcId"`
	OwnerID        string                          `xml:"ownerId"`
	RouteSet       wire.Items[routeXML]            `xml:"routeSet"`
	AssociationSet wire.Items[routeAssociationXML] `xml:"associationSet"`
	TagSet         wire.Items[tags.Pair]           `xml:"tagSet"`
}

type routeXML struct {
	DestinationCidrBlock     string `xml:"destinationCidrBlock,omitempty"`
	DestinationIpv6CidrBlock string `xml:"destinationIpv6CidrBlock,omitempty"`
	GatewayID                string `xml:"gatewayId,omitempty"`
	NatGatewayID             string `xml:"natGatewayId,omitempty"`
	PeeringID                string `xml:"vpcPeeringConnectionId,omitempty"`
	State                    string `xml:"state"`
	Origin                   string `xml:"origin"`
}

type routeAssociationXML struct {
	AssociationID    string   `xml:"routeTableAssociationId"`
	RouteTableID     string   `xml:"routeTableId"`
	SubnetID         string   `xml:"subnetId,omitempty"`
	Main             bool     `xml:"main"`
	AssociationState stateXML `xml:"associationState"`
}

var routeTableFilters = filterTable[*routeTable]{
	missing: noRouteTable, most: 100,
	tags: func(t *routeTable) tags.Tags { return t.Tags },
	values: map[string]func(*routeTable) []string{
		"route-table-id":                  one(func(t *routeTable) string { return t.ID }),
		"association.route-table-id":      one(func(t *routeTable) string { return t.ID }),
		"vpc-id":                          one(func(t *routeTable) string { return t.VPC }),
		"association.main":                flag(func(t *routeTable) bool { return t.Main }),
		"association.subnet-id":           func(t *routeTable) []string { return slices.Sorted(maps.Keys(t.Subnets)) },
		"route.gateway-id":                routeTargets("igw-"),
		"route.nat-gateway-id":            routeTargets("nat-"),
		"route.vpc-peering-connection-id": routeTargets("pcx-"),
		"route.destination-cidr-block": func(t *routeTable) (list []string) {
			for _, r := range t.Routes {
				list = append(list, r.Destination.String())
			}
			return list
		},
	},
}

func routeTargets(prefix string) func(*routeTable) []string {
	return func(t *routeTable) (list []string) {
		for _, r := range t.Routes {
			if strings.HasPrefix(r.Target, prefix) {
				list = append(list, r.Target)
			}
		}
		return list
	}
}

type describeRouteTablesInput struct {
	query
	RouteTableIDs []string `query:"RouteTableId"`
}

type describeRouteTablesOutput struct {
	RouteTableSet wire.Items[routeTableXML] `xml:"routeTableSet"`
	NextToken     string                    `xml:"nextToken,omitempty"`
}

func describeRouteTables(a *State, _ wire.Caller, in *describeRouteTablesInput) (*describeRouteTablesOutput, error) {
	set, next, err := describe(a, &a.routeTables, routeTableFilters, in.RouteTableIDs, in.query, a.routeTableXML)
	return &describeRouteTablesOutput{set, next}, err
}

func (a *State) routeTableXML(t *routeTable) routeTableXML {
	x := routeTableXML{RouteTableID: t.ID, VpcID: t.VPC, OwnerID: a.AccountID, TagSet: t.Tags.Pairs()}
	if t.Main {
		x.AssociationSet = append(x.AssociationSet, routeAssociationXML{
			AssociationID: "rtbassoc-" + t.ID[len("rtb-"):], RouteTableID: t.ID, Main: true, AssociationState: stateXML{"associated"},
		})
	}
	for _, id := range slices.Sorted(maps.Keys(t.Subnets)) {
		x.AssociationSet = append(x.AssociationSet, routeAssociationXML{
			AssociationID: t.Subnets[id], RouteTableID: t.ID, SubnetID: id, AssociationState: stateXML{"associated"},
		})
	}
	for _, r := range t.Routes {
		route := routeXML{State: "active", Origin: "CreateRoute"}
		if r.Destination.Addr().Is4() {
			route.DestinationCidrBlock = r.Destination.String()
		} else {
			route.DestinationIpv6CidrBlock = r.Destination.String()
		}
		switch prefix, _, _ := strings.Cut(r.Target, "-"); prefix {
		case "nat":
			route.NatGatewayID = r.Target
		case "pcx":
			route.PeeringID = r.Target
		default:
			route.GatewayID = r.Target
		}
		if r.Target == "local" {
			route.Origin = "CreateRouteTable"
		}
		x.RouteSet = append(x.RouteSet, route)
	}
	return x
}

// routesOf returns the route table of a subnet: its own, else the VPC's main one.
func (a *State) routesOf(s *Subnet) *routeTable {
	var main *routeTable
	for t := range a.routeTables.each() {
		if _, ok := t.Subnets[s.ID]; ok {
			return t
		}
		if t.VPC == s.VPC && t.Main {
			main = t
		}
	}
	return main
}

// target is where traffic from a subnet to an address goes: the target of the
// longest matching route, or empty.
func (a *State) target(s *Subnet, to netip.Addr) string {
	t := a.routesOf(s)
	if t == nil {
		return ""
	}
	best, bits := "", -1
	for _, r := range t.Routes {
		if r.Destination.Contains(to) && r.Destination.Bits() > bits {
			best, bits = r.Target, r.Destination.Bits()
		}
	}
	return best
}

// isPublic reports whether a subnet routes to an internet gateway.
func (a *State) isPublic(s *Subnet) bool {
	return strings.HasPrefix(a.target(s, netip.AddrFrom4([4]byte{8, 8, 8, 8})), "igw-")
}

func noRouteTable(id string) error {
	return awserr.New("InvalidRouteTableID.NotFound", "The routeTable ID '%s' does not exist", id)
}
