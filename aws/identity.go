package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"podsg/steps"
)

// Identity asks sts:GetCallerIdentity who is calling.
func (c *Client) Identity(ctx context.Context) (steps.Identity, error) {
	const doing = "identify the caller"
	out, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return steps.Identity{}, c.problem(err, doing, "")
	}
	caller, err := arn.Parse(awssdk.ToString(out.Arn))
	if err != nil {
		return steps.Identity{}, c.problem(err, doing, awssdk.ToString(out.Arn))
	}
	identity := steps.Identity{
		Account: awssdk.ToString(out.Account), ARN: caller.String(),
		Region: c.region, Partition: caller.Partition,
	}
	c.caller.Store(&identity)
	return identity, nil
}

// knownIdentity is who is calling, asked only if nobody has asked yet.
func (c *Client) knownIdentity(ctx context.Context) (steps.Identity, error) {
	if known := c.caller.Load(); known != nil {
		return *known, nil
	}
	return c.Identity(ctx)
}

// deniedActions simulates the caller's policies for the actions, each on a
// resource of the kind that podsg uses it on and with the tags that it sets. An
// action whose outcome hangs on a condition that a simulation cannot know (an
// address, MFA) is not called denied.
func (c *Client) deniedActions(ctx context.Context, scope steps.CloudScope) ([]string, error) {
	if len(scope.Actions) == 0 {
		return nil, nil
	}
	caller, err := c.knownIdentity(ctx)
	if err != nil {
		return nil, err
	}
	principal, simulable, err := c.policySource(ctx, caller)
	if err != nil || !simulable {
		return nil, err
	}

	resources := map[string]string{} // by action
	for _, action := range scope.Actions {
		resources[action] = sampleResource(action, caller, scope)
	}
	asked := slices.Compact(slices.Sorted(maps.Values(resources)))
	var denied []string
	pages := iam.NewSimulatePrincipalPolicyPaginator(c.iam, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &principal,
		ActionNames:     scope.Actions,
		ResourceArns:    asked,
		ContextEntries:  simulationContext(caller, scope),
		MaxItems:        awssdk.Int32(1000),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "simulate the policies of", principal)
		}
		for _, result := range page.EvaluationResults {
			action := awssdk.ToString(result.EvalActionName)
			if simulatedDenial(result, resources[action], asked) {
				denied = append(denied, action)
			}
		}
	}
	slices.Sort(denied)
	return slices.Compact(denied), nil
}

// simulatedDenial reads one result. A simulation tries every action on every
// resource; only the action's own resource counts. IAM answers with one result
// an action, divided by resource, or with one result an action and resource.
func simulatedDenial(result types.EvaluationResult, resource string, asked []string) bool {
	decision, missing := result.EvalDecision, result.MissingContextValues
	name := awssdk.ToString(result.EvalResourceName)
	if len(result.ResourceSpecificResults) == 0 && name != resource && slices.Contains(asked, name) {
		return false
	}
	for _, r := range result.ResourceSpecificResults {
		if awssdk.ToString(r.EvalResourceName) == resource {
			decision, missing = r.EvalResourceDecision, r.MissingContextValues
			break
		}
	}
	return decision != types.PolicyEvaluationDecisionTypeAllowed && len(missing) == 0
}

// simulationContext are the condition keys that podsg's own calls would carry.
func simulationContext(caller steps.Identity, scope steps.CloudScope) []types.ContextEntry {
	entry := func(key string, values ...string) types.ContextEntry {
		kind := types.ContextKeyTypeEnumString
		if len(values) > 1 {
			kind = types.ContextKeyTypeEnumStringList
		}
		return types.ContextEntry{ContextKeyName: &key, ContextKeyType: kind, ContextKeyValues: values}
	}
	entries := []types.ContextEntry{
		entry("aws:RequestedRegion", caller.Region),
		entry("aws:TagKeys", steps.TagCluster, steps.LabelManagedBy),
		entry("iam:PolicyARN", controllerPolicy(caller.Partition)),
		entry("iam:AWSServiceName", "rds.amazonaws.com"),
		entry("ec2:CreateAction", "CreateSecurityGroup"),
	}
	for key, value := range steps.OwnershipTags(scope.Cluster.Name) {
		entries = append(entries, entry("aws:RequestTag/"+key, value), entry("aws:ResourceTag/"+key, value))
	}
	slices.SortFunc(entries, func(a, b types.ContextEntry) int {
		return strings.Compare(*a.ContextKeyName, *b.ContextKeyName)
	})
	return entries
}

// policySource is the ARN whose policies say what the caller may do: the user,
// or the role behind an assumed role. The account's root user may do anything
// and cannot be simulated.
func (c *Client) policySource(ctx context.Context, caller steps.Identity) (principal string, simulable bool, err error) {
	parsed, err := arn.Parse(caller.ARN)
	if err != nil {
		return "", false, fmt.Errorf("read caller %q: %w", caller.ARN, err)
	}
	kind, rest, _ := strings.Cut(parsed.Resource, "/")
	switch kind {
	case "root":
		return "", false, nil
	case "assumed-role":
		role, _, _ := strings.Cut(rest, "/")
		// The role's path is not part of the session's ARN, so IAM is asked; roles
		// of IAM Identity Center do have one.
		out, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &role})
		if err != nil {
			return "", false, c.problem(err, "read IAM role", role)
		}
		return awssdk.ToString(out.Role.Arn), true, nil
	case "user", "role":
		return caller.ARN, true, nil
	default:
		return "", false, fmt.Errorf("the policies of %s cannot be simulated", caller.ARN)
	}
}
