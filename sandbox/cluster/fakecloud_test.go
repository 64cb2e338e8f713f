package cluster_test

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"

	"podsg/sandbox/cloud"
	"podsg/sandbox/containers"
)

// fakeCloud is an account that refuses what AWS would refuse.
type fakeCloud struct {
	mu       sync.Mutex
	machines []cloud.Node
	trunks   map[string]string     // trunk → instance
	branches map[string]fakeBranch // by ENI
	deleted  map[string]time.Time  // branch → when
	podIPs   map[netip.Addr]string // → instance
	full     map[string]bool       // instances without a free ENI slot
	denied   bool                  // the cluster role lacks the policy
	blocked  map[int]bool          // ports that security groups block
	onAddon  func(cluster, addon, version, values string)
	addons   map[string]string
	serial   int
}

type fakeBranch struct {
	trunk  string
	groups []string
}

func newFakeCloud(types ...string) *fakeCloud {
	f := &fakeCloud{
		trunks: map[string]string{}, branches: map[string]fakeBranch{}, deleted: map[string]time.Time{}, podIPs: map[netip.Addr]string{},
		full: map[string]bool{}, blocked: map[int]bool{}, addons: map[string]string{},
	}
	for _, name := range types {
		f.launch(name)
	}
	return f
}

func (f *fakeCloud) launch(instanceType string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := len(f.machines) + 1
	m := cloud.Node{
		InstanceID: fmt.Sprintf("i-%017x", i), InstanceType: instanceType, Architecture: "amd64",
		PrivateDNSName: fmt.Sprintf("ip-10-0-0-%d.us-west-2.compute.internal", i), PrivateIP: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}),
		Zone: "us-west-2" + string(rune('a'+i%3)), NodeGroup: "ng-1", CapacityType: "ON_DEMAND", Managed: true,
		SecurityGroups: []string{"sg-0000000000000node"},
	}
	if l := limits.Limits[instanceType]; l != nil {
		m.MaxInterfaces, m.IPv4PerInterface, m.TrunkCompatible, m.BranchInterfaces = l.Interface, l.IPv4PerInterface, l.IsTrunkingCompatible, l.BranchInterface
	}
	f.machines = append(f.machines, m)
}

func (f *fakeCloud) Nodes(string) []cloud.Node {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.machines)
}

func (f *fakeCloud) AssignPodIP(instanceID string) (netip.Addr, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.serial++
	ip := netip.AddrFrom4([4]byte{10, 0, byte(1 + f.serial/250), byte(f.serial % 250)})
	f.podIPs[ip] = instanceID
	return ip, nil
}

func (f *fakeCloud) ReleasePodIP(ip netip.Addr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.podIPs, ip)
}

func (f *fakeCloud) FreeENISlot(instanceID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.full[instanceID]
}

func (f *fakeCloud) CreateTrunk(_, instanceID string) (cloud.ENI, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.denied {
		return cloud.ENI{}, &cloud.APIError{Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation.", Status: 403}
	}
	i := slices.IndexFunc(f.machines, func(m cloud.Node) bool { return m.InstanceID == instanceID })
	if i < 0 || !f.machines[i].TrunkCompatible {
		return cloud.ENI{}, &cloud.APIError{Code: "InvalidParameterCombination"}
	}
	id := "eni-trunk-" + instanceID
	f.trunks[id] = instanceID
	return cloud.ENI{ID: id}, nil
}

func (f *fakeCloud) CreateBranch(_, trunkID string, groups []string) (cloud.Branch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trunks[trunkID] == "" {
		return cloud.Branch{}, errors.New("no such trunk")
	}
	for _, g := range groups {
		if g == "sg-gone" {
			return cloud.Branch{}, fmt.Errorf("creating network interface, %w",
				&cloud.APIError{Code: "InvalidSecurityGroupID.NotFound", Message: "The security group 'sg-gone' does not exist"})
		}
	}
	f.serial++
	id := fmt.Sprintf("eni-%017x", f.serial)
	f.branches[id] = fakeBranch{trunk: trunkID, groups: groups}
	return cloud.Branch{
		ENIID: id, MAC: "02:00:00:00:00:01", PrivateIP: netip.AddrFrom4([4]byte{10, 0, byte(100 + f.serial/250), byte(f.serial % 250)}),
		SubnetCIDR: "10.0.0.0/16", VLAN: 1 + len(f.branches), AssociationID: "trunk-assoc-1",
	}, nil
}

func (f *fakeCloud) DeleteBranch(_, eniID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.branches[eniID]; !ok {
		return &cloud.APIError{Code: "InvalidNetworkInterfaceID.NotFound"}
	}
	delete(f.branches, eniID)
	f.deleted[eniID] = time.Now()
	return nil
}

func (f *fakeCloud) Reachable(_, _ netip.Addr, _ string, port int) (bool, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.blocked[port], "blocked"
}

func (f *fakeCloud) OnAddonUpdate(callback func(cluster, addon, version, values string)) {
	f.onAddon = callback
}

func (f *fakeCloud) SetAddonHealth(_, addon, status string, _ ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.addons[addon] = status
}

func (f *fakeCloud) addonStatus(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.addons[name]
}

func (f *fakeCloud) allBranches() map[string]fakeBranch {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.branches)
}

func (f *fakeCloud) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// noNetwork is a network in which nothing answers.
type noNetwork struct{ containers.Network }
