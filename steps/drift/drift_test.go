package drift

import (
	"strings"
	"testing"

	"podsg/steps/check/checktest"
	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/iam"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/policy"
	"podsg/steps/world"
)

func TestWhatAnotherToolMakesIsNamedWithTheLinesForIt(t *testing.T) {
	t.Parallel()
	set := world.CNISettings{Env: map[string]string{world.EnvPodENI: "true"}, InitEnv: map[string]string{world.EnvEarlyDemux: "true"}}
	patch, addon := cni.PatchDaemonSet{Settings: set}, cni.ConfigureAddon{Cluster: "workshop", Current: `{"env":{"A":"1"}}`, Settings: set}
	attach := iam.AttachPolicy{Role: "cluster-role", PolicyARN: "arn:aws:iam::aws:policy/AmazonEKSVPCResourceController"}
	rule := network.AddRule{Group: intent.IDRef("sg-db", "RDS_SG"), Direction: world.Ingress, Protocol: "tcp", Port: 5432, Peer: intent.OutputRef(intent.OutputPodGroup, "POD_SG")}
	tags := func(key, value string) map[string]string { return map[string]string{key: value} }
	const stack, eksctl = "aws:cloudformation:stack-name", "alpha.eksctl.io/cluster-name"
	cniOf := func(owner world.Owner) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Kube.CNI.Owner = &owner }
	}
	tagged := func(key, value string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Cloud.Addon.Tags, s.Cloud.ClusterRole.Tags = tags(key, value), tags(key, value)
			for i := range s.Cloud.SecurityGroups {
				s.Cloud.SecurityGroups[i].Tags = tags(key, value)
			}
			s.Cloud.Databases[0].Tags = tags(key, value)
		}
	}
	for _, c := range []struct {
		name   string
		edit   func(*world.Snapshot)
		action plan.Action
		owner  string // empty: nobody
		lines  string // part of them
	}{
		{"nobody's DaemonSet", func(*world.Snapshot) {}, patch, "", ""},
		{"a DaemonSet of Helm", cniOf(world.Owner{Tool: world.ToolHelm, Name: "kube-system/aws-vpc-cni"}), patch, "Helm (release kube-system/aws-vpc-cni)",
			"env:\n  ENABLE_POD_ENI: \"true\"\ninit:\n  env:\n    DISABLE_TCP_EARLY_DEMUX: \"true\"\n"},
		{"a DaemonSet of Argo CD", cniOf(world.Owner{Tool: world.ToolArgoCD, Name: "cni"}), patch, "Argo CD (application cni)", "- env:\n        - name: ENABLE_POD_ENI\n          value: \"true\"\n        name: aws-node\n"},
		{"a DaemonSet of Terraform", cniOf(world.Owner{Tool: world.ToolTerraform}), patch, "Terraform", `resource "kubernetes_env" "aws_node"`},

		{"nobody's add-on", func(*world.Snapshot) {}, addon, "", ""},
		{"an add-on of Terraform", tagged("ManagedBy", "Terraform"), addon, "Terraform", `resource "aws_eks_addon" "vpc_cni"`},
		{"an add-on of eksctl", tagged(eksctl, "workshop"), addon, "eksctl (cluster workshop)", "addons:\n- configurationValues: '{\"env\":{\"A\":\"1\",\"ENABLE_POD_ENI\":\"true\"}"},
		{"an add-on of CloudFormation", tagged(stack, "eks"), addon, "CloudFormation (stack eks)", "ConfigurationValues: '{\"env\""},

		{"nobody's role", func(*world.Snapshot) {}, attach, "", ""},
		{"a role of eksctl", tagged(eksctl, "workshop"), attach, "eksctl (cluster workshop)", "iam:\n  vpcResourceControllerPolicy: true\n"},
		{"a role of CloudFormation", tagged(stack, "eks"), attach, "CloudFormation (stack eks)", "ManagedPolicyArns:\n  - arn:aws:iam::aws:policy/AmazonEKSVPCResourceController\n"},
		{"a role of Terraform", tagged("terraform", "true"), attach, "Terraform", `resource "aws_iam_role_policy_attachment"`},

		{"podsg's own group", func(*world.Snapshot) {}, rule, "", ""},
		{"a group of Terraform", tagged("terraform", "true"), rule, "Terraform", `resource "aws_vpc_security_group_ingress_rule"`},
		{"a group of CloudFormation", tagged(stack, "db"), rule, "CloudFormation (stack db)", "SourceSecurityGroupId: POD_SG"},
		{"a database of Terraform", tagged("terraform", "true"), database.ResetDatabasePassword{Identifier: intent.DefaultDBIdentifier}, "Terraform", ""},

		{"a policy of Flux", func(s *world.Snapshot) {
			s.Kube.Policies[0].Owner = &world.Owner{Tool: world.ToolFlux, Name: "flux-system/shop"}
		},
			policy.ApplyPolicy{Namespace: intent.DefaultNamespace, Name: intent.DefaultPolicyName, Groups: []intent.Ref{intent.IDRef("sg-pods", "POD_SG")}}, "Flux (source flux-system/shop)", "- sg-pods"},
		{"a Secret of Helm", func(s *world.Snapshot) { s.Kube.Secret.Owner = &world.Owner{Tool: world.ToolHelm, Name: "shop"} },
			database.StoreConnection{Secret: plan.SecretRef{Namespace: intent.DefaultNamespace, Name: intent.DefaultSecretName}}, "Helm (release shop)", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := checktest.World()
			c.edit(s)
			p := &plan.Plan{}
			p.Add(plan.Change{ID: "x", Why: "so", Action: c.action})
			Note(s, p)
			have := p.Changes[0]
			if c.owner == "" {
				if have.Owner != nil || have.Why != "so" || have.Instead != "" {
					t.Errorf("%+v", have)
				}
				return
			}
			if have.Owner == nil || have.Owner.String() != c.owner || !strings.HasPrefix(have.Why, "so; "+c.owner+" makes it") || !strings.Contains(have.Instead, c.lines) || (c.lines == "") != (have.Instead == "") {
				t.Errorf("owner %v, why %q, lines:\n%s", have.Owner, have.Why, have.Instead)
			}
		})
	}
}
