package cloud_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"podsg/sandbox/cloud"
)

func TestAClusterTellsWhereItsNodesAndGroupsAre(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	check(t, w.AddPodIdentityAssociation(clusterName, "sg-per-pod", "app"))
	c := try(w.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(clusterName)}))(t).Cluster
	if *c.ResourcesVpcConfig.ClusterSecurityGroupId != w.clusterGroup || *c.ResourcesVpcConfig.VpcId != w.VPC || c.Status != types.ClusterStatusActive ||
		!strings.HasSuffix(*c.RoleArn, w.ClusterRole(clusterName)) || c.KubernetesNetworkConfig.IpFamily != types.IpFamilyIpv4 ||
		*c.CertificateAuthority.Data == "" || c.AccessConfig.AuthenticationMode != types.AuthenticationModeApiAndConfigMap || *c.ComputeConfig.Enabled {
		t.Errorf("cluster %+v", c)
	}
	groups := try(w.eks.ListNodegroups(ctx, &eks.ListNodegroupsInput{ClusterName: aws.String(clusterName)}))(t).Nodegroups
	g := try(w.eks.DescribeNodegroup(ctx, &eks.DescribeNodegroupInput{ClusterName: aws.String(clusterName), NodegroupName: &groups[0]}))(t).Nodegroup
	if g.InstanceTypes[0] != "m5.large" || *g.ScalingConfig.DesiredSize != 2 || !strings.Contains(*g.NodeRole, "NodeInstanceRole") {
		t.Errorf("node group %+v", g)
	}
	found := try(w.eks.ListPodIdentityAssociations(ctx, &eks.ListPodIdentityAssociationsInput{
		ClusterName: aws.String(clusterName), Namespace: aws.String("sg-per-pod"), ServiceAccount: aws.String("app"),
	}))(t).Associations
	if len(found) != 1 || *found[0].ServiceAccount != "app" {
		t.Errorf("pod identities %+v", found)
	}
	entries := try(w.eks.ListAccessEntries(ctx, &eks.ListAccessEntriesInput{ClusterName: aws.String(clusterName)}))(t).AccessEntries
	if len(entries) != 1 || entries[0] != w.CallerARN() {
		t.Errorf("access entries %v", entries)
	}
	_, err := w.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String("none")})
	wantCode(t, err, "ResourceNotFoundException")
}

func (w *world) updateAddon(values string) (*eks.UpdateAddonOutput, error) {
	return w.eks.UpdateAddon(context.Background(), &eks.UpdateAddonInput{
		ClusterName: aws.String(clusterName), AddonName: aws.String("vpc-cni"), ConfigurationValues: &values, ResolveConflicts: types.ResolveConflictsOverwrite,
	})
}

func TestAnAddonUpdateRunsUntilTheClusterReportsIt(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	var told []string
	w.OnAddonUpdate(func(cluster, addon, version, values string) { told = append(told, cluster+" "+addon+" "+values) })
	const values = `{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"standard"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`
	out := try(w.updateAddon(values))(t)
	if len(told) != 1 || told[0] != "workshop vpc-cni "+values {
		t.Errorf("told %q", told)
	}
	status := func() (types.AddonStatus, types.UpdateStatus) {
		a := try(w.eks.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: aws.String(clusterName), AddonName: aws.String("vpc-cni")}))(t).Addon
		u := try(w.eks.DescribeUpdate(ctx, &eks.DescribeUpdateInput{Name: aws.String(clusterName), AddonName: aws.String("vpc-cni"), UpdateId: out.Update.Id}))(t).Update
		if *a.ConfigurationValues != values {
			t.Errorf("configuration values %s", *a.ConfigurationValues)
		}
		return a.Status, u.Status
	}
	if a, u := status(); a != types.AddonStatusUpdating || u != types.UpdateStatusInProgress {
		t.Errorf("the add-on is %s, the update %s", a, u)
	}
	_, err := w.updateAddon(values)
	wantCode(t, err, "ResourceInUseException")
	w.SetAddonStatus(clusterName, "vpc-cni", "ACTIVE")
	if a, u := status(); a != types.AddonStatusActive || u != types.UpdateStatusSuccessful {
		t.Errorf("the add-on is %s, the update %s", a, u)
	}
}

func TestConfigurationValuesMustFitTheSchema(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	const prefix = "ConfigurationValue provided in request is not supported: Json schema validation failed with error: "
	for name, test := range map[string]struct{ values, want string }{
		"an unknown variable":      {`{"env":{"ENABLE_POD_SG":"true"}}`, prefix + "[$.env.ENABLE_POD_SG: is not defined in the schema and the schema does not allow additional properties]"},
		"an unknown key":           {`{"environment":{}}`, prefix + "[$.environment: is not defined in the schema"},
		"a boolean":                {`{"env":{"ENABLE_POD_ENI":true}}`, prefix + "[$.env.ENABLE_POD_ENI: boolean found, string expected]"},
		"a number, in YAML":        {"env:\n  WARM_ENI_TARGET: 1\n", prefix + "[$.env.WARM_ENI_TARGET: integer found, string expected]"},
		"the init variable as env": {`{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}`, "$.env.DISABLE_TCP_EARLY_DEMUX: is not defined in the schema"},
		"no JSON and no YAML":      {"{", "is not a valid JSON or YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.updateAddon(test.values)
			wantCode(t, err, "InvalidParameterException")
			if err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v does not say %q", err, test.want)
			}
		})
	}
}

func TestTheSchemaIsToldForEveryVersion(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	schema := func(version string) map[string]any {
		out := try(w.eks.DescribeAddonConfiguration(context.Background(), &eks.DescribeAddonConfigurationInput{AddonName: aws.String("vpc-cni"), AddonVersion: &version}))(t)
		var s struct {
			Ref         string `json:"$ref"`
			Definitions map[string]struct{ Properties map[string]any }
		}
		check(t, json.Unmarshal([]byte(*out.ConfigurationSchema), &s))
		if s.Ref != "#/definitions/VpcCni" {
			t.Errorf("schema begins with %q", s.Ref)
		}
		return s.Definitions["Env"].Properties
	}
	if env := schema("v1.23.2-eksbuild.1"); env["ENABLE_POD_ENI"] == nil || env["POD_SECURITY_GROUP_ENFORCING_MODE"] == nil {
		t.Errorf("variables %v", env)
	}
	if env := schema("v1.11.4-eksbuild.1"); env["ENABLE_POD_ENI"] == nil || env["POD_SECURITY_GROUP_ENFORCING_MODE"] != nil {
		t.Errorf("variables of the old version %v", env)
	}
	_, err := w.eks.DescribeAddonConfiguration(context.Background(), &eks.DescribeAddonConfigurationInput{AddonName: aws.String("vpc-cni"), AddonVersion: aws.String("v0")})
	wantCode(t, err, "ResourceNotFoundException")
}

func TestAnUpdateThatNamesNoRoleTakesTheAddonsRoleAway(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	const role = "arn:aws:iam::111122223333:role/cni"
	check(t, w.AddAddon(clusterName, cloud.AddonSpec{Name: "vpc-cni", RoleARN: role}))
	for _, tt := range []struct{ given, want *string }{{aws.String(role), aws.String(role)}, {nil, nil}} {
		try(w.eks.UpdateAddon(ctx, &eks.UpdateAddonInput{
			ClusterName: aws.String(clusterName), AddonName: aws.String("vpc-cni"), ServiceAccountRoleArn: tt.given,
		}))(t)
		w.SetAddonStatus(clusterName, "vpc-cni", "ACTIVE")
		a := try(w.eks.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: aws.String(clusterName), AddonName: aws.String("vpc-cni")}))(t).Addon
		if aws.ToString(a.ServiceAccountRoleArn) != aws.ToString(tt.want) {
			t.Errorf("given %s, the role is %s", aws.ToString(tt.given), aws.ToString(a.ServiceAccountRoleArn))
		}
	}
}
