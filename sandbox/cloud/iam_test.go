package cloud_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"podsg/sandbox/cloud"
)

func (w *world) simulate(t *testing.T, arn, action string, entries ...types.ContextEntry) types.EvaluationResult {
	t.Helper()
	out := try(w.iam.SimulatePrincipalPolicy(context.Background(), &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &arn, ActionNames: []string{action}, ContextEntries: entries,
	}))(t)
	return out.EvaluationResults[0]
}

func TestSimulationFollowsThePoliciesThatAreAttached(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	name := w.ClusterRole(clusterName)
	role := try(w.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &name}))(t).Role
	want := func(action string, decision types.PolicyEvaluationDecisionType, entries ...types.ContextEntry) types.EvaluationResult {
		t.Helper()
		r := w.simulate(t, *role.Arn, action, entries...)
		if r.EvalDecision != decision {
			t.Errorf("%s: %s, want %s", action, r.EvalDecision, decision)
		}
		return r
	}
	const allowed, denied, explicit = types.PolicyEvaluationDecisionTypeAllowed, types.PolicyEvaluationDecisionTypeImplicitDeny, types.PolicyEvaluationDecisionTypeExplicitDeny
	owner := types.ContextEntry{
		ContextKeyName: aws.String("ec2:ResourceTag/eks:eni:owner"), ContextKeyType: types.ContextKeyTypeEnumString,
		ContextKeyValues: []string{"eks-vpc-resource-controller"},
	}
	want("ec2:CreateNetworkInterface", allowed)
	want("ec2:CreateNetworkInterfacePermission", allowed, owner)
	if r := want("ec2:CreateNetworkInterfacePermission", denied); len(r.MissingContextValues) != 1 || r.MissingContextValues[0] != *owner.ContextKeyName {
		t.Errorf("missing context values %v", r.MissingContextValues)
	}
	want("ec2:TerminateInstances", denied)

	try(w.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: aws.String(controllerPolicy)}))(t)
	want("ec2:CreateNetworkInterface", denied)
	_, err := w.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: aws.String(controllerPolicy)})
	wantCode(t, err, "NoSuchEntity")
	try(w.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: aws.String(controllerPolicy)}))(t)
	want("ec2:CreateNetworkInterface", allowed)

	check(t, w.SetPermissionsBoundary(name, "AmazonEKSWorkerNodePolicy"))
	if r := want("ec2:CreateNetworkInterface", denied); r.PermissionsBoundaryDecisionDetail == nil || r.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary {
		t.Errorf("boundary detail %+v", r.PermissionsBoundaryDecisionDetail)
	}
	check(t, w.SetPermissionsBoundary(name, ""))
	check(t, w.SetServiceControlPolicies(`{"Statement":{"Effect":"Allow","NotAction":"ec2:CreateNetworkInterface","Resource":"*"}}`))
	if r := want("ec2:CreateNetworkInterface", denied); r.OrganizationsDecisionDetail == nil || r.OrganizationsDecisionDetail.AllowedByOrganizations {
		t.Errorf("organization detail %+v", r.OrganizationsDecisionDetail)
	}
	check(t, w.SetServiceControlPolicies(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ec2:Create*","Resource":"*"}]}`))
	if r := want("ec2:CreateNetworkInterface", explicit); r.OrganizationsDecisionDetail == nil || r.OrganizationsDecisionDetail.AllowedByOrganizations {
		t.Errorf("organization detail %+v", r.OrganizationsDecisionDetail)
	}
	check(t, w.SetServiceControlPolicies())
	fence := try(w.AddPolicy("fence", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ec2:Create*","Resource":"*"}]}`))(t)
	check(t, w.SetPermissionsBoundary(name, fence))
	if r := want("ec2:CreateNetworkInterface", explicit); r.PermissionsBoundaryDecisionDetail == nil || r.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary {
		t.Errorf("boundary detail %+v", r.PermissionsBoundaryDecisionDetail)
	}
}

func TestTheCallersOwnPermissionsCanBeSimulated(t *testing.T) {
	w := newWorld(t, cloud.Config{Denied: []string{"rds:Create*"}})
	if r := w.simulate(t, w.CallerARN(), "rds:CreateDBInstance"); r.EvalDecision != types.PolicyEvaluationDecisionTypeImplicitDeny {
		t.Errorf("a denied action is %s", r.EvalDecision)
	}
	if r := w.simulate(t, w.CallerARN(), "rds:DescribeDBInstances"); r.EvalDecision != types.PolicyEvaluationDecisionTypeAllowed {
		t.Errorf("an allowed action is %s", r.EvalDecision)
	}
}

func TestRolesPoliciesAndProfilesAreTold(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	arn := try(w.AddRole(cloud.RoleSpec{
		Name: "with-path", Path: "/eks/", Service: "eks.amazonaws.com", Boundary: "AdministratorAccess",
		Inline: map[string]string{"extra": `{"Version":"2012-10-17","Statement":[]}`},
	}))(t)
	role := try(w.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("with-path")}))(t).Role
	if *role.Arn != arn || *role.PermissionsBoundary.PermissionsBoundaryArn != "arn:aws:iam::aws:policy/AdministratorAccess" {
		t.Errorf("role %+v", role)
	}
	if names := try(w.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: aws.String("with-path")}))(t).PolicyNames; len(names) != 1 || names[0] != "extra" {
		t.Errorf("inline policies %v", names)
	}
	policy := try(w.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(controllerPolicy)}))(t).Policy
	if *policy.AttachmentCount != 1 {
		t.Errorf("the policy is attached %d times", *policy.AttachmentCount)
	}
	_, err := w.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("none")})
	wantCode(t, err, "NoSuchEntity")
	_, err = w.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("with-path"), PolicyArn: aws.String("arn:aws:iam::aws:policy/None")})
	wantCode(t, err, "NoSuchEntity")
}
