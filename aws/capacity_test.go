package aws

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"podsg/steps/world"
)

func TestCapacityIsThatOfTheControllersTable(t *testing.T) {
	for name, want := range map[string]world.InstanceType{
		"m5.large":       {Known: true, Trunking: true, BranchENIs: 9, ENIs: 3, Hypervisor: "nitro"},
		"m5.24xlarge":    {Known: true, Trunking: true, BranchENIs: 107, ENIs: 15, Hypervisor: "nitro"},
		"m7i-flex.large": {Known: true, Trunking: true, BranchENIs: 3, ENIs: 3, Hypervisor: "nitro"},
		"t3.medium":      {Known: true, Trunking: false, BranchENIs: 0, ENIs: 3, Hypervisor: "nitro"},
		"z99.huge":       {},
	} {
		got := Capacity(name)
		if got.Name != name || got.Source == "" {
			t.Errorf("%s: name %q, source %q", name, got.Name, got.Source)
		}
		got.Name, got.Source = "", ""
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	if source := Capacity("z99.huge").Source; !strings.HasPrefix(source, "not in the capacity table") {
		t.Errorf("the source of an unknown type is %q", source)
	}
}

func TestATypeNewerThanTheTableGetsWhatEC2Knows(t *testing.T) {
	got := crossCheck(Capacity("z99.huge"), types.InstanceTypeInfo{
		Hypervisor: types.InstanceTypeHypervisorNitro,
		NetworkInfo: &types.NetworkInfo{
			MaximumNetworkInterfaces: awssdk.Int32(24), DefaultNetworkCardIndex: awssdk.Int32(0),
			NetworkCards: []types.NetworkCardInfo{
				{NetworkCardIndex: awssdk.Int32(0), MaximumNetworkInterfaces: awssdk.Int32(8)},
				{NetworkCardIndex: awssdk.Int32(1), MaximumNetworkInterfaces: awssdk.Int32(16)},
			},
		},
	})
	if got.Known || got.Trunking || got.Hypervisor != "nitro" || got.ENIs != 8 {
		t.Errorf("got %+v, want unknown, nitro, 8 network interfaces", got)
	}
}

func TestClassesAreOrderedBySizeAndThenByCost(t *testing.T) {
	want := []string{"db.t4g.micro", "db.t3.small", "db.t4g.large", "db.m6g.large", "db.m6g.xlarge", "db.m6g.2xlarge", "db.m6g.16xlarge", "db.x2iedn.32xlarge"}
	for i := 1; i < len(want); i++ {
		if classRank(want[i-1]) > classRank(want[i]) {
			t.Errorf("%s comes after %s", want[i-1], want[i])
		}
	}
}

func TestVersionsAreOrderedByTheirNumbers(t *testing.T) {
	want := []string{"9.6.24", "13.9", "13.10", "16.4", "17.2"}
	for i := 1; i < len(want); i++ {
		if compareVersions(want[i-1], want[i]) >= 0 {
			t.Errorf("%s does not come before %s", want[i-1], want[i])
		}
	}
}
