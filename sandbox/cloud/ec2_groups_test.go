package cloud_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"podsg/sandbox/cloud"
)

func fromGroup(protocol string, port int32, group string) []types.IpPermission {
	return []types.IpPermission{{
		IpProtocol: &protocol, FromPort: &port, ToPort: &port, UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: &group}},
	}}
}

func fromCIDR(protocol string, from, to int32, cidr string) []types.IpPermission {
	return []types.IpPermission{{IpProtocol: &protocol, FromPort: &from, ToPort: &to, IpRanges: []types.IpRange{{CidrIp: &cidr}}}}
}

func (w *world) authorize(group string, permissions []types.IpPermission) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	return w.ec2.AuthorizeSecurityGroupIngress(context.Background(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: permissions})
}

func TestASecurityGroupIsRefusedAsEC2Refuses(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	w.createGroup(t, "POD_SG")
	create := func(name, description, vpc string) error {
		_, err := w.ec2.CreateSecurityGroup(context.Background(), &ec2.CreateSecurityGroupInput{GroupName: &name, Description: &description, VpcId: &vpc})
		return err
	}
	tests := map[string]struct {
		err  error
		code string
		text string
	}{
		"a duplicate but for case": {create("pod_sg", "x", w.VPC), "InvalidGroup.Duplicate", "The security group 'pod_sg' already exists for VPC '" + w.VPC + "'"},
		"a duplicate":              {create("POD_SG", "x", w.VPC), "InvalidGroup.Duplicate", "The security group 'POD_SG' already exists for VPC '" + w.VPC + "'"},
		"an unknown VPC":           {create("A", "x", "vpc-0123"), "InvalidVpcID.NotFound", "The vpc ID 'vpc-0123' does not exist"},
		"a name like an id":        {create("sg-a", "x", w.VPC), "InvalidParameterValue", "Group names may not be in the format sg-*."},
		"the default's name":       {create("default", "x", w.VPC), "InvalidGroup.Reserved", ""},
		"a bad description":        {create("A", "naïve", w.VPC), "InvalidParameterValue", "Invalid security group description"},
		"without any VPC":          {create("A", "x", ""), "VPCIdNotSpecified", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantCode(t, test.err, test.code)
			if !strings.Contains(fmt.Sprint(test.err), test.text) {
				t.Errorf("error %v does not say %q", test.err, test.text)
			}
		})
	}
}

func TestRulesAreAddedOnceAndRevokedByRuleOrByID(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	pod := w.createGroup(t, "POD_SG")
	out := try(w.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &w.clusterGroup, IpPermissions: append(fromGroup("tcp", 53, pod), fromGroup("udp", 53, pod)...),
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeSecurityGroupRule, Tags: []types.Tag{{Key: aws.String("podsg:cluster"), Value: aws.String(clusterName)}},
		}},
	}))(t)
	if n := len(out.SecurityGroupRules); n != 2 || !strings.HasPrefix(*out.SecurityGroupRules[0].SecurityGroupRuleId, "sgr-") {
		t.Fatalf("%d rules were answered: %+v", n, out.SecurityGroupRules)
	}
	_, err := w.authorize(w.clusterGroup, fromGroup("udp", 53, pod))
	wantCode(t, err, "InvalidPermission.Duplicate")
	if want := fmt.Sprintf("the specified rule \"peer: %s, UDP, from port: 53, to port: 53, ALLOW\" already exists", pod); !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	tagged := try(w.ec2.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("tag:podsg:cluster"), Values: []string{clusterName}}},
	}))(t)
	if len(tagged.SecurityGroupRules) != 2 || *tagged.SecurityGroupRules[0].ReferencedGroupInfo.GroupId != pod {
		t.Errorf("rules with the tag: %+v", tagged.SecurityGroupRules)
	}

	revoke := func(in *ec2.RevokeSecurityGroupIngressInput) error {
		in.GroupId = &w.clusterGroup
		_, err := w.ec2.RevokeSecurityGroupIngress(ctx, in)
		return err
	}
	check(t, revoke(&ec2.RevokeSecurityGroupIngressInput{SecurityGroupRuleIds: []string{*out.SecurityGroupRules[0].SecurityGroupRuleId}}))
	check(t, revoke(&ec2.RevokeSecurityGroupIngressInput{IpPermissions: fromGroup("udp", 53, pod)}))
	wantCode(t, revoke(&ec2.RevokeSecurityGroupIngressInput{IpPermissions: fromGroup("udp", 53, pod)}), "InvalidPermission.NotFound")
	wantCode(t, revoke(&ec2.RevokeSecurityGroupIngressInput{SecurityGroupRuleIds: []string{"sgr-00000000000000000"}}), "InvalidSecurityGroupRuleId.NotFound")
}

func TestRulesAreRefusedAsEC2Refuses(t *testing.T) {
	w := newWorld(t, cloud.Config{Quotas: cloud.Quotas{RulesPerSecurityGroup: 3}})
	group := w.createGroup(t, "RDS_SG")
	otherVPC := try(w.AddVPC(cloud.VPCSpec{CIDR: "10.9.0.0/16"}))(t)
	stranger := try(w.AddSecurityGroup(otherVPC, "stranger", "x", nil))(t)
	tests := map[string]struct {
		group string
		rule  []types.IpPermission
		code  string
	}{
		"an unknown group":             {"sg-00000000000000000", fromCIDR("tcp", 1, 1, "10.0.0.0/8"), "InvalidGroup.NotFound"},
		"a malformed group":            {"POD_SG", fromCIDR("tcp", 1, 1, "10.0.0.0/8"), "InvalidGroupId.Malformed"},
		"an unknown peer group":        {group, fromGroup("tcp", 5432, "sg-00000000000000000"), "InvalidGroup.NotFound"},
		"a peer group of another VPC":  {group, fromGroup("tcp", 5432, stranger), "InvalidGroup.NotFound"},
		"a malformed block":            {group, fromCIDR("tcp", 1, 1, "10.0.0.0"), "InvalidParameterValue"},
		"a range that runs backwards":  {group, fromCIDR("tcp", 2, 1, "10.0.0.0/8"), "InvalidParameterValue"},
		"an unknown protocol":          {group, fromCIDR("quic", 1, 1, "10.0.0.0/8"), "InvalidParameterValue"},
		"no peer":                      {group, []types.IpPermission{{IpProtocol: aws.String("-1")}}, "InvalidParameterValue"},
		"an unknown prefix list":       {group, []types.IpPermission{{IpProtocol: aws.String("-1"), PrefixListIds: []types.PrefixListId{{PrefixListId: aws.String("pl-1")}}}}, "InvalidPrefixListID.NotFound"},
		"the same rule twice at once":  {group, append(fromCIDR("tcp", 1, 1, "10.0.0.0/8"), fromCIDR("tcp", 1, 1, "10.0.0.0/8")...), "InvalidParameterValue"},
		"more rules than the quota is": {group, append(append(fromCIDR("tcp", 1, 1, "10.0.0.0/8"), fromCIDR("tcp", 2, 2, "10.0.0.0/8")...), append(fromCIDR("tcp", 3, 3, "10.0.0.0/8"), fromCIDR("tcp", 4, 4, "10.0.0.0/8")...)...), "RulesPerSecurityGroupLimitExceeded"},
	}
	before := try(w.Snapshot())(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := w.authorize(test.group, test.rule)
			wantCode(t, err, test.code)
		})
	}
	if diff := difference(before, try(w.Snapshot())(t)); len(diff) > 0 {
		t.Errorf("refused calls changed %v", diff)
	}
}

func TestAGroupInUseCannotBeDeleted(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	remove := func(group string) error {
		_, err := w.ec2.DeleteSecurityGroup(context.Background(), &ec2.DeleteSecurityGroupInput{GroupId: &group})
		return err
	}
	pod, db := w.createGroup(t, "POD_SG"), w.createGroup(t, "RDS_SG")
	try(w.authorize(db, fromGroup("tcp", 5432, pod)))(t)
	wantCode(t, remove(pod), "DependencyViolation") // a rule of RDS_SG refers to it

	try(w.AddDatabase(w.database(t, db)))(t)
	wantCode(t, remove(db), "DependencyViolation") // the database's interface carries it
	wantCode(t, remove(w.clusterGroup), "DependencyViolation")

	_, err := w.ec2.RevokeSecurityGroupIngress(context.Background(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &db, IpPermissions: fromGroup("tcp", 5432, pod)})
	check(t, err)
	check(t, remove(pod))
	wantCode(t, remove(pod), "InvalidGroup.NotFound")
}

// database is an RDS instance in the private subnets.
func (w *world) database(t *testing.T, groups ...string) cloud.DatabaseSpec {
	t.Helper()
	check(t, w.AddDBSubnetGroup("db", w.PrivateSubnets, nil))
	return cloud.DatabaseSpec{Identifier: "rds-workshop", SubnetGroup: "db", Groups: groups, Username: "workshop", Password: "long-enough", DBName: "workshop"}
}

func TestFiltersSelectAndUnknownOnesAreRefused(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	filters := func(pairs ...string) (list []types.Filter) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, types.Filter{Name: &pairs[i], Values: []string{pairs[i+1]}})
		}
		return list
	}
	groups := try(w.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{
		Filters: filters("vpc-id", w.VPC, "tag:Name", "eks-cluster-sg-workshop-*"),
	}))(t).SecurityGroups
	if len(groups) != 1 || *groups[0].GroupId != w.clusterGroup {
		t.Errorf("groups by tag pattern: %+v", groups)
	}
	public := try(w.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: filters("tag:Name", "eksctl-workshop-cluster/SubnetPublic*")}))(t).Subnets
	if len(public) != 3 || *public[0].SubnetId != w.PublicSubnets[0] {
		t.Errorf("public subnets by tag pattern: %+v", public)
	}
	own := try(w.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{
		Filters: filters("group-id", w.clusterGroup, "attachment.instance-id", w.nodes[0]),
	}))(t).NetworkInterfaces
	if len(own) != 1 || own[0].Attachment == nil || *own[0].Attachment.DeviceIndex != 0 {
		t.Errorf("interfaces of the first node: %+v", own)
	}
	_, err := w.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: filters("name", "x")})
	wantCode(t, err, "InvalidParameterValue")
	_, err = w.ec2.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{Filters: filters("referenced-group-id", w.clusterGroup)})
	wantCode(t, err, "InvalidParameterValue")
}

func TestTagsAreMadeDeletedAndFound(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	resources := []string{w.VPC, w.clusterGroup}
	tag := []types.Tag{{Key: aws.String("podsg:cluster"), Value: aws.String(clusterName)}}
	try(w.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: resources, Tags: tag}))(t)
	find := func() int {
		out := try(w.ec2.DescribeTags(ctx, &ec2.DescribeTagsInput{Filters: []types.Filter{{Name: aws.String("key"), Values: []string{"podsg:cluster"}}}}))(t)
		return len(out.Tags)
	}
	if n := find(); n != 2 {
		t.Errorf("%d objects have the tag, want 2", n)
	}
	try(w.ec2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: resources[:1], Tags: tag}))(t)
	if n := find(); n != 1 {
		t.Errorf("%d objects have the tag, want 1", n)
	}
	_, err := w.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{"sg-00000000000000000"}, Tags: tag})
	wantCode(t, err, "InvalidGroup.NotFound")
}

func TestNetworkObjectsDescribeTheEKSCTLShape(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	tables := try(w.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{{Name: aws.String("association.subnet-id"), Values: []string{w.PublicSubnets[1]}}},
	}))(t).RouteTables
	if len(tables) != 1 || len(tables[0].Routes) != 2 || !strings.HasPrefix(aws.ToString(tables[0].Routes[1].GatewayId), "igw-") {
		t.Errorf("route tables of a public subnet: %+v", tables)
	}
	acls := try(w.ec2.DescribeNetworkAcls(ctx, nil))(t).NetworkAcls
	if len(acls) != 1 || len(acls[0].Associations) != 6 || !*acls[0].IsDefault {
		t.Errorf("network ACLs: %+v", acls)
	}
	attribute := try(w.ec2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: &w.VPC, Attribute: types.VpcAttributeNameEnableDnsHostnames}))(t)
	if attribute.EnableDnsHostnames == nil || !*attribute.EnableDnsHostnames.Value {
		t.Errorf("enableDnsHostnames: %+v", attribute)
	}
	try(w.ec2.ModifyVpcAttribute(ctx, &ec2.ModifyVpcAttributeInput{VpcId: &w.VPC, EnableDnsSupport: &types.AttributeBooleanValue{Value: aws.Bool(false)}}))(t)
	support := try(w.ec2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: &w.VPC, Attribute: types.VpcAttributeNameEnableDnsSupport}))(t)
	if *support.EnableDnsSupport.Value {
		t.Error("enableDnsSupport is still on after it was switched off")
	}
	lists := try(w.ec2.DescribeManagedPrefixLists(ctx, nil))(t).PrefixLists
	entries := try(w.ec2.GetManagedPrefixListEntries(ctx, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: lists[0].PrefixListId}))(t).Entries
	if len(lists) != 2 || len(entries) != 1 {
		t.Errorf("prefix lists %+v with entries %+v", lists, entries)
	}
	kinds := try(w.ec2.DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"m5.large", "t4g.medium"}}))(t).InstanceTypes
	if len(kinds) != 2 || *kinds[0].NetworkInfo.MaximumNetworkInterfaces != 3 || kinds[1].ProcessorInfo.SupportedArchitectures[0] != "arm64" {
		t.Errorf("instance types: %+v", kinds)
	}
	_, err := w.ec2.DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"m5.tiny"}})
	wantCode(t, err, "InvalidInstanceType")
}
