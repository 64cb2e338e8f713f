package ec2

import (
	"slices"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

type trunkAssociationXML struct {
	ID                string `xml:"associationId"`
	BranchInterfaceID string `xml:"branchInterfaceId"`
	TrunkInterfaceID  string `xml:"trunkInterfaceId"`
	InterfaceProtocol string `xml:"interfaceProtocol"`
	VlanID            int    `xml:"vlanId"`
}

func (t *TrunkAssociation) xml() trunkAssociationXML {
	return trunkAssociationXML{ID: t.ID, BranchInterfaceID: t.Branch, TrunkInterfaceID: t.Trunk, InterfaceProtocol: "VLAN", VlanID: t.VLAN}
}

type permissionInput struct {
	interfaceInput
	Permission   string `query:"Permission,required"`
	AwsAccountID string `query:"AwsAccountId"`
	AwsService   string `query:"AwsService"`
}

// Conditions are the interface's tags, on which the managed policy of the VPC
// resource controller depends.
func (in *permissionInput) Conditions(a *State) map[string][]string {
	return a.InterfaceConditions(in.ID)
}

func (a *State) InterfaceConditions(id string) map[string][]string {
	context := map[string][]string{}
	if e := a.interfaces.get(id); e != nil {
		for k, v := range e.Tags {
			context["ec2:ResourceTag/"+k] = []string{v}
			context["aws:ResourceTag/"+k] = []string{v}
		}
	}
	return context
}

type permissionOutput struct {
	Permission interfacePermissionXML `xml:"interfacePermission"`
}

type interfacePermissionXML struct {
	ID           string   `xml:"networkInterfacePermissionId"`
	InterfaceID  string   `xml:"networkInterfaceId"`
	AwsAccountID string   `xml:"awsAccountId,omitempty"`
	AwsService   string   `xml:"awsService,omitempty"`
	Permission   string   `xml:"permission"`
	State        stateXML `xml:"permissionState"`
}

func createNetworkInterfacePermission(a *State, _ wire.Caller, in *permissionInput) (*permissionOutput, error) {
	if _, err := in.find(a); err != nil {
		return nil, err
	}
	if in.Permission != "INSTANCE-ATTACH" && in.Permission != "EIP-ASSOCIATE" {
		return nil, awserr.New("InvalidParameterValue", "Value (%s) for parameter permission is invalid.", in.Permission)
	}
	return &permissionOutput{interfacePermissionXML{
		ID: a.IDs.EC2("eni-perm"), InterfaceID: in.ID, AwsAccountID: in.AwsAccountID, AwsService: in.AwsService,
		Permission: in.Permission, State: stateXML{"granted"},
	}}, nil
}

type associateTrunkInput struct {
	dryRun
	BranchID    string `query:"BranchInterfaceId,required"`
	TrunkID     string `query:"TrunkInterfaceId,required"`
	VlanID      *int   `query:"VlanId"`
	GreKey      *int
	ClientToken string
}

type associateTrunkOutput struct {
	Association trunkAssociationXML `xml:"interfaceAssociation"`
	ClientToken string              `xml:"clientToken,omitempty"`
}

func associateTrunkInterface(a *State, _ wire.Caller, in *associateTrunkInput) (*associateTrunkOutput, error) {
	if in.VlanID == nil {
		return nil, awserr.MissingParameter("ec2", "VlanId")
	}
	t, err := a.AssociateTrunk(in.TrunkID, in.BranchID, *in.VlanID)
	if err != nil {
		return nil, err
	}
	return &associateTrunkOutput{Association: t.xml(), ClientToken: in.ClientToken}, nil
}

// AssociateTrunk puts a branch interface on a trunk, with EC2's checks.
func (a *State) AssociateTrunk(trunkID, branchID string, vlan int) (*TrunkAssociation, error) {
	trunk, branch := a.interfaces.get(trunkID), a.interfaces.get(branchID)
	switch {
	case trunk == nil:
		return nil, NoInterface(trunkID)
	case branch == nil:
		return nil, NoInterface(branchID)
	case trunk.Type != "trunk":
		return nil, awserr.New("InvalidParameterValue", "The interface '%s' is not a trunk interface.", trunkID)
	case branch.Status != "available":
		return nil, awserr.New("InvalidParameterValue", "Network interface '%s' is currently in use.", branchID)
	case vlan < 1 || vlan > 4094:
		return nil, awserr.New("InvalidParameterValue", "Value (%d) for parameter vlanId is invalid.", vlan)
	}
	for _, t := range a.associations.all() {
		if t.Trunk == trunkID && t.VLAN == vlan {
			return nil, awserr.New("InvalidParameterValue", "The VLAN ID '%d' is already in use on the trunk interface '%s'.", vlan, trunkID)
		}
	}
	t := &TrunkAssociation{ID: a.IDs.EC2("trunk-assoc"), Trunk: trunkID, Branch: branchID, VLAN: vlan}
	a.associations.add(t.ID, t)
	branch.Status, branch.Type = "in-use", "branch"
	return t, nil
}

type disassociateTrunkInput struct {
	dryRun
	AssociationID string `query:"AssociationId,required"`
	ClientToken   string
}

type disassociateTrunkOutput struct {
	Return      bool   `xml:"return"`
	ClientToken string `xml:"clientToken,omitempty"`
}

func disassociateTrunkInterface(a *State, _ wire.Caller, in *disassociateTrunkInput) (*disassociateTrunkOutput, error) {
	t := a.associations.get(in.AssociationID)
	if t == nil {
		return nil, noAssociation(in.AssociationID)
	}
	a.DisassociateTrunk(t)
	return &disassociateTrunkOutput{Return: true, ClientToken: in.ClientToken}, nil
}

// DisassociateTrunk takes a branch interface off its trunk.
func (a *State) DisassociateTrunk(t *TrunkAssociation) {
	if e := a.interfaces.get(t.Branch); e != nil {
		e.Status = "available"
	}
	a.associations.remove(t.ID)
}

// BranchesOf are the associations of a trunk.
func (a *State) BranchesOf(trunkID string) []*TrunkAssociation {
	return slices.DeleteFunc(a.associations.all(), func(t *TrunkAssociation) bool { return t.Trunk != trunkID })
}

var trunkAssociationFilters = filterTable[*TrunkAssociation]{missing: noAssociation, most: 255, values: map[string]func(*TrunkAssociation) []string{
	"trunk-interface-association.trunk-interface-id":  one(func(t *TrunkAssociation) string { return t.Trunk }),
	"trunk-interface-association.branch-interface-id": one(func(t *TrunkAssociation) string { return t.Branch }),
	"gre-key":            func(*TrunkAssociation) []string { return nil },
	"interface-protocol": one(func(*TrunkAssociation) string { return "VLAN" }),
}}

type describeTrunksInput struct {
	query
	IDs []string `query:"AssociationId"`
}

type describeTrunksOutput struct {
	Set       wire.Items[trunkAssociationXML] `xml:"interfaceAssociationSet"`
	NextToken string                          `xml:"nextToken,omitempty"`
}

func describeTrunkInterfaceAssociations(a *State, _ wire.Caller, in *describeTrunksInput) (*describeTrunksOutput, error) {
	set, next, err := describe(a, &a.associations, trunkAssociationFilters, in.IDs, in.query, (*TrunkAssociation).xml)
	return &describeTrunksOutput{set, next}, err
}

func noAssociation(id string) error {
	return awserr.New("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
}
