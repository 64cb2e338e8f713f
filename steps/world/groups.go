package world

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

func (s *Snapshot) HasSubnetGroup(name string) bool {
	for _, g := range s.Cloud.SubnetGroups {
		if g.Name == name {
			return true
		}
	}
	return false
}

// groupID is how ids of security groups look, with room for what comes.
var groupID = regexp.MustCompile(`^sg-[0-9a-z-]+$`)

// IsGroupID reports whether a text can be the id of a security group, and is not
// a name, a variable or nothing.
func IsGroupID(id string) bool { return groupID.MatchString(id) }

// GroupMap is the observed security groups by id.
func (s *Snapshot) GroupMap() map[string]SecurityGroup {
	out := make(map[string]SecurityGroup, len(s.Cloud.SecurityGroups))
	for _, g := range s.Cloud.SecurityGroups {
		out[g.ID] = g
	}
	return out
}

// PodRanges are the ranges that branch ENIs get their addresses from: the nodes'
// subnets, or with custom networking, whose subnets are not observed, the VPC.
func (s *Snapshot) PodRanges() []string {
	ids := map[string]bool{}
	for _, i := range s.Cloud.Instances {
		ids[i.SubnetID] = true
	}
	if ranges := s.SubnetRanges(slices.Sorted(maps.Keys(ids))); len(ranges) > 0 && !s.CustomNetworking() {
		return ranges
	}
	return s.Cloud.VPC.CIDRs
}

// SubnetRanges are the ranges of subnets, or nothing unless all are known.
func (s *Snapshot) SubnetRanges(ids []string) []string {
	var out []string
	for _, id := range ids {
		n, _ := s.Subnet(id)
		if n.CIDR == "" {
			return nil
		}
		out = append(out, n.CIDR)
	}
	return out
}

// RuleCount is how many rules of a direction a group has at least, of the version
// of IP with the most. A rule for a group counts for both versions. One for a
// prefix list counts once here, though EC2 counts the size of the list, which
// its entries do not tell.
func (g SecurityGroup) RuleCount(dir Direction) int {
	v4, v6 := 0, 0
	for _, r := range g.Rules {
		if r.Direction != dir {
			continue
		}
		six := strings.Contains(r.CIDR, ":")
		if !six {
			v4++
		}
		if six || r.CIDR == "" {
			v6++
		}
	}
	return max(v4, v6)
}

// UsualGroups is how many security groups a network interface may have in an
// account whose quota was not raised.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const UsualGroups = 5

// GroupsPerInterface is how many security groups a network interface may have. One
// that has more than usual shows that the quota was raised.
func (s *Snapshot) GroupsPerInterface() int {
	allowed := UsualGroups
	for _, e := range s.Cloud.Interfaces {
		allowed = max(allowed, len(e.Groups))
	}
	return allowed
}
