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

	"podsg/steps/plan"
	"podsg/steps/world"
)

// Identity asks sts:GetCallerIdentity who is calling.
func (c *Client) Identity(ctx context.Context) (world.Identity, error) {
	const doing = "identify the caller"
	out, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return world.Identity{}, c.problem(err, doing, "")
	}
	caller, err := arn.Parse(awssdk.ToString(out.Arn))
	if err != nil {
		return world.Identity{}, c.problem(err, doing, awssdk.ToString(out.Arn))
	}
	identity := world.Identity{
		Account: awssdk.ToString(out.Account), ARN: caller.String(),
		Region: c.region, Partition: caller.Partition,
	}
	c.caller.Store(&identity)
	return identity, nil
}

// knownIdentity is who is calling, asked only if nobody has asked yet.
func (c *Client) knownIdentity(ctx context.Context) (world.Identity, error) {
	if known := c.caller.Load(); known != nil {
		return *known, nil
	}
	return c.Identity(ctx)
}

// deniedActions simulates the caller's policies for the actions, each on a
// resource of the kind that podsg uses it on and with the tags that it sets. An
// action whose outcome hangs on a condition that a simulation cannot know (an
// address, MFA) is not called denied.
func (c *Client) deniedActions(ctx context.Context, scope plan.CloudScope) ([]string, error) {
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
			refused = append(refused, unknown...)
			for _, o := range found {
				if o.denied {
					denied = append(denied, o.action)
				}
			}
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

// simulations sorts the actions of a scope by the conditions that their policy
// has: the context of a simulation is that of all its actions.
func simulations(caller world.Identity, scope plan.CloudScope) map[condition][]try {
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

// simulationContext are the condition keys that podsg's own calls would carry.
func simulationContext(caller world.Identity, scope plan.CloudScope) []types.ContextEntry {
	entries := []types.ContextEntry{
		contextEntry("aws:RequestedRegion", caller.Region),
		contextEntry("aws:TagKeys", world.TagCluster, world.LabelManagedBy),
		contextEntry("iam:PolicyARN", controllerPolicy(caller.Partition)),
		contextEntry("iam:AWSServiceName", "rds.amazonaws.com"),
		contextEntry("ec2:CreateAction", "CreateSecurityGroup"),
	}
	for key, value := range world.OwnershipTags(scope.Cluster.Name) {
		entries = append(entries, contextEntry("aws:RequestTag/"+key, value), contextEntry("aws:ResourceTag/"+key, value))
	}
	slices.SortFunc(entries, func(a, b types.ContextEntry) int {
		return strings.Compare(*a.ContextKeyName, *b.ContextKeyName)
	})
	return entries
}

// policySource is the ARN whose policies say what the caller may do: the user,
// or the role behind an assumed role. The account's root user may do anything
// and cannot be simulated.
func (c *Client) policySource(ctx context.Context, caller world.Identity) (principal string, simulable bool, err error) {
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
