package ec2

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
)

// Network is a VPC with its subnets.
type Network struct {
	VPC                            string
	PublicSubnets, PrivateSubnets  []string // in the order of the zones a, b, c
	ControlPlaneGroup, SharedGroup string   // security groups that eksctl makes
}

// AddEKSCTLNetwork makes the VPC that eksctl makes for a cluster: a public and
// a private subnet in each of three zones, an internet gateway, a NAT gateway,
// and eksctl's tags. An empty CIDR is eksctl's 192.168.0.0/16; another must be a /16.
func (a *Service) AddEKSCTLNetwork(cluster, cidr string, ipv6 bool) (Network, error) {
	stack := "eksctl-" + cluster + "-cluster"
	owned := map[string]string{"alpha.eksctl.io/cluster-name": cluster}
	block, err := netip.ParsePrefix(cmp.Or(cidr, "192.168.0.0/16"))
	if err != nil || block.Bits() != 16 {
		return Network{}, fmt.Errorf("add network of cluster %q: %q is not a /16 block", cluster, cidr)
	}
	vpcID, err := a.AddVPC(VPCSpec{Name: stack + "/VPC", CIDR: block.String(), IPv6: ipv6, InternetGateway: true, Tags: owned})
	if err != nil {
		return Network{}, err
	}
	n := Network{VPC: vpcID}
	base := block.Masked().Addr().As4()
	for i := range 6 {
		letter, kind, role := string('a'+rune(i%3)), "Public", "kubernetes.io/role/elb"
		if i >= 3 {
			kind, role = "Private", "kubernetes.io/role/internal-elb"
		}
		zone := strings.ToUpper(strings.ReplaceAll(a.state.Region, "-", "") + letter)
		subnetTags := map[string]string{"alpha.eksctl.io/cluster-name": cluster, role: "1"}
		id, err := a.AddSubnet(SubnetSpec{
			VPC: vpcID, Name: stack + "/Subnet" + kind + zone, Zone: letter, MapPublicIP: i < 3, AssignIPv6: ipv6, Tags: subnetTags,
			CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{base[0], base[1], byte(32 * i), 0}), 19).String(),
		})
		if err != nil {
			return Network{}, err
		}
		if i < 3 {
			n.PublicSubnets = append(n.PublicSubnets, id)
		} else {
			n.PrivateSubnets = append(n.PrivateSubnets, id)
		}
	}
	if _, err := a.AddRouteTable(vpcID, stack+"/PublicRouteTable", n.PublicSubnets, RouteSpec{"0.0.0.0/0", "internet"}); err != nil {
		return Network{}, err
	}
	for i, id := range n.PrivateSubnets {
		name := fmt.Sprintf("%s/PrivateRouteTable%s%c", stack, strings.ToUpper(strings.ReplaceAll(a.state.Region, "-", "")), 'A'+i)
		if _, err := a.AddRouteTable(vpcID, name, []string{id}, RouteSpec{"0.0.0.0/0", "nat"}); err != nil {
			return Network{}, err
		}
	}
	if n.ControlPlaneGroup, err = a.AddSecurityGroup(vpcID, stack+"-ControlPlaneSecurityGroup-"+a.stackSuffix(),
		"Communication between the control plane and worker nodegroups", named(stack+"/ControlPlaneSecurityGroup", owned)); err != nil {
		return Network{}, err
	}
	if n.SharedGroup, err = a.AddSecurityGroup(vpcID, stack+"-ClusterSharedNodeSecurityGroup-"+a.stackSuffix(),
		"Communication between all nodes in the cluster", named(stack+"/ClusterSharedNodeSecurityGroup", owned)); err != nil {
		return Network{}, err
	}
	_, err = a.AddRule(n.SharedGroup, Rule{Protocol: "-1", Peer: n.SharedGroup, Description: "Allow nodes to communicate with each other (all ports)"})
	return n, err
}

func (a *Service) stackSuffix() string {
	a.state.Lock()
	defer a.state.Unlock()
	return a.state.IDs.StackSuffix()
}
