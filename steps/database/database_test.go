package database

import (
	"slices"
	"testing"

	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestTheSubnetsOfANewDatabaseAreInTheRegionsOwnZones(t *testing.T) {
	t.Parallel()
	s := &world.Snapshot{}
	s.Cloud.Subnets = []world.Subnet{
		{ID: "subnet-a", Zone: "us-west-2a"}, {ID: "subnet-b", Zone: "us-west-2b"}, {ID: "subnet-p", Zone: "us-west-2c", Public: true},
		{ID: "subnet-local", Zone: "us-west-2-lax-1a", FreeIPs: 1000, Edge: true}, {ID: "subnet-outpost", Zone: "us-west-2a", FreeIPs: 1000, Edge: true},
	}
	r := intent.NewResolver(s, intent.Intent{})
	if err := r.DatabaseSubnets(); err != nil || !slices.Equal(r.T.DB.SubnetIDs, []string{"subnet-a", "subnet-b"}) {
		t.Errorf("subnets = %v, error %v", r.T.DB.SubnetIDs, err)
	}
	s.Cloud.Subnets = s.Cloud.Subnets[1:]
	if err := intent.NewResolver(s, intent.Intent{}).DatabaseSubnets(); world.KindOf(err) != world.ProblemUsage {
		t.Errorf("with one zone of the region: error %v, want a question of usage", err)
	}
}
