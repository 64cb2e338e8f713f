package steps

import (
	"fmt"
	"maps"
	"slices"
)

// The ids of the changes.
const (
	changePodGroup    = "pod-security-group"
	changeDBGroup     = "database-security-group"
	changeSubnetGroup = "db-subnet-group"
	changeDatabase    = "database"
	changeDBRule      = "database-rule"
	changeDBEgress    = "pod-egress-database"
	changeIAM         = "cluster-role-policy"
	changeCNI         = "vpc-cni"
	changeTrunk       = "trunk-eni"
	changeNamespace   = "namespace"
	changePolicy      = "security-group-policy"
	changePassword    = "secret-password"
	changeSecret      = "secret"
	changeCA          = "rds-ca"
	changeSeed        = "seed"
	changeAccount     = "green-service-account"
	changeGreen       = "green-pod"
	changeRed         = "red-pod"
)

var stepPodGroup = Step{
	ID: StepPodGroup,
	About: []string{
		"The selected pods get this security group instead of their node's.",
		"The database will admit this group and no other: that is the whole idea.",
	},
	Check: checkPodGroup,
	Plan:  planPodGroup,
}

var checkGroupUsable = check{id: "D83", title: "Pod security group exists in the cluster's VPC"}

func checkPodGroup(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepPodGroup, s: s, t: t}
	checkGroupThere(f)
	checkLoadBalancers(f)
	return f.out
}

func checkGroupThere(f *findings) {
	s, t := f.s, f.t
	if !f.known(checkGroupUsable, FactSecurityGroups) {
		return
	}
	if t.PodGroup.ID == "" {
		f.add(checkGroupUsable, Fail, fmt.Sprintf("there is no security group %s in %s", t.PodGroup.Name, t.Cluster.VPCID)).
			bySetup(t, "setup makes it")
		return
	}
	if _, ok := s.Group(t.PodGroup.ID); !ok {
		f.add(checkGroupUsable, Fail, fmt.Sprintf("%s is not a security group of %s: it does not exist, or belongs to another VPC, so no branch ENI can carry it", t.PodGroup.ID, t.Cluster.VPCID)).
			on(t.PodGroup.ID).mend("give the policy a security group of the cluster's VPC", "aws ec2 describe-security-groups --group-ids "+t.PodGroup.ID+" --query 'SecurityGroups[].VpcId'").blocks()
		return
	}
	f.add(checkGroupUsable, Pass, t.PodGroup.String()).on(t.PodGroup.ID)
}

func planPodGroup(s *Snapshot, t *Target, p *Plan) {
	if t.PodGroup.ID != "" {
		return
	}
	p.Add(Change{
		ID: changePodGroup, Step: StepPodGroup, Op: Create, Kind: KindSecurityGroup,
		Summary: fmt.Sprintf("security group %s in %s", t.PodGroup.Name, t.Cluster.VPCID),
		Why:     "the selected pods carry it, and the database admits only it",
		Undo:    "deleted, once no network interface carries it",
		Action: CreateSecurityGroup{
			Output: outputPodGroup, Name: t.PodGroup.Name, VPCID: t.Cluster.VPCID, Tags: OwnershipTags(t.Cluster.Name),
			Description: "Pods of " + t.Cluster.Name + " that may reach the database",
		},
	})
}

// podEndpoint is a selected pod as security groups see it. Its address is not
// known before it exists, but the ranges that it will be one of are.
func (t *Target) podEndpoint(s *Snapshot) Endpoint {
	groups := t.PodGroups
	if len(groups) == 0 {
		groups = refIDs([]Ref{t.PodGroup})
	}
	if t.podIP != "" {
		return Endpoint{Groups: groups, IP: t.podIP, Label: "the pod"}
	}
	return Endpoint{Groups: groups, Ranges: s.podRanges(), Label: "the selected pods"}
}

// podRanges are the ranges that branch ENIs get their addresses from: the nodes'
// subnets, or with custom networking, whose subnets are not observed, the VPC.
func (s *Snapshot) podRanges() []string {
	ids := map[string]bool{}
	for _, i := range s.Cloud.Instances {
		ids[i.SubnetID] = true
	}
	if ranges := s.subnetRanges(slices.Sorted(maps.Keys(ids))); len(ranges) > 0 && !s.customNetworking() {
		return ranges
	}
	return s.Cloud.VPC.CIDRs
}

// subnetRanges are the ranges of subnets, or nothing unless all are known.
func (s *Snapshot) subnetRanges(ids []string) []string {
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
