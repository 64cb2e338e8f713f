package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/sync/errgroup"

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

	input := iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &principal, ContextEntries: simulationContext(caller, scope), MaxItems: awssdk.Int32(1000),
	}
	var (
		mu      sync.Mutex
		denied  []string
		refused []error // of actions that IAM does not simulate
	)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentDescribes)
	for _, tries := range simulations(caller, scope) {
		group.Go(func() error {
			found, unknown, err := c.simulate(ctx, input, tries)
			mu.Lock()
			defer mu.Unlock()
			denied, refused = append(denied, found...), append(refused, unknown...)
			return c.problem(err, "simulate the policies of", principal)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if len(refused) == len(scope.Actions) {
		return nil, c.problem(refused[0], "simulate the policies of", principal)
	}
	slices.Sort(denied)
	return slices.Compact(denied), nil
}

// try is an action on the resource that podsg would carry it out on.
type try struct{ action, resource string }

func (t try) service() string {
	service, _, _ := strings.Cut(t.action, ":")
	return service
}

// simulations sorts the actions of a scope by the conditions that their policy
// has: the context of a simulation is that of all its actions.
func simulations(caller steps.Identity, scope steps.CloudScope) map[condition][]try {
	conditions := map[string]condition{}
	for _, p := range permissions() {
		conditions[p.action] = p.grants[0].condition
	}
	out := map[condition][]try{}
	for _, action := range scope.Actions {
		when := conditions[action]
		out[when] = append(out[when], try{action, sampleResource(action, caller, scope)})
	}
	return out
}

// simulate returns the actions that are denied. IAM tries every action on every
// resource, but refuses some together that "require different authorization
// information", and does not document which those are: they are tried resource
// by resource, then service by service, then one by one, and an action that it
// refuses even so is not called denied.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
func (c *Client) simulate(ctx context.Context, input iam.SimulatePrincipalPolicyInput, tries []try) (denied []string, refused []error, err error) {
	resources := map[string]string{} // by action
	input.ActionNames, input.ResourceArns = nil, nil
	for _, t := range tries {
		resources[t.action] = t.resource
		input.ActionNames = append(input.ActionNames, t.action)
		if !slices.Contains(input.ResourceArns, t.resource) {
			input.ResourceArns = append(input.ResourceArns, t.resource)
		}
	}
	pages := iam.NewSimulatePrincipalPolicyPaginator(c.iam, &input)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case hasCode(err, "InvalidInput") && len(tries) > 1:
			return c.simulateApart(ctx, input, tries)
		case hasCode(err, "InvalidInput"):
			return nil, []error{err}, nil
		case err != nil:
			return nil, nil, err
		}
		for _, result := range page.EvaluationResults {
			action := awssdk.ToString(result.EvalActionName)
			if isAbout(result, resources[action], input.ResourceArns) && simulatedDenial(result, resources[action]) {
				denied = append(denied, action)
			}
		}
	}
	return denied, nil, nil
}

// simulateApart is simulate with a call for each resource; where there is only
// one, for each service; and where there is only one of these, for each action.
func (c *Client) simulateApart(ctx context.Context, input iam.SimulatePrincipalPolicyInput, tries []try) (denied []string, refused []error, err error) {
	var parts map[string][]try
	for _, by := range []func(try) string{
		func(t try) string { return t.resource }, try.service, func(t try) string { return t.action },
	} {
		parts = map[string][]try{}
		for _, t := range tries {
			parts[by(t)] = append(parts[by(t)], t)
		}
		if len(parts) > 1 {
			break
		}
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentSimulations)
	for _, part := range parts {
		group.Go(func() error {
			found, unknown, err := c.simulate(ctx, input, part)
			mu.Lock()
			defer mu.Unlock()
			denied, refused = append(denied, found...), append(refused, unknown...)
			return err
		})
	}
	err = group.Wait()
	return denied, refused, err
}

// concurrentSimulations bounds the simulations of parts, which IAM
// throttles sooner than other calls.
const concurrentSimulations = 2

// isAbout reports whether a result is about a resource, and not about another of
// those that were asked for. IAM answers with one result an action, divided by
// resource, or with one result an action and resource.
func isAbout(result types.EvaluationResult, resource string, asked []string) bool {
	name := awssdk.ToString(result.EvalResourceName)
	return len(result.ResourceSpecificResults) > 0 || name == resource || !slices.Contains(asked, name)
}

// simulatedDenial reads a result that is about a resource.
func simulatedDenial(result types.EvaluationResult, resource string) bool {
	decision, missing := result.EvalDecision, result.MissingContextValues
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
