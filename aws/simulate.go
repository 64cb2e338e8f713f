package aws

import (
	"context"
	"slices"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"podsg/steps/world"
)

// try is an action on the resource that podsg would carry it out on.
type try struct{ action, resource string }

func (t try) service() string {
	service, _, _ := strings.Cut(t.action, ":")
	return service
}

// outcome is what a simulation says of one action. Neither allowed nor denied is
// one whose outcome hangs on a condition that a simulation cannot know.
type outcome struct {
	action          string
	allowed, denied bool
	by              string // what denies it
}

// simulate returns the outcome of each action. IAM tries every action on every
// resource, but refuses some together that "require different authorization
// information", and does not document which those are: they are tried resource
// by resource, then service by service, then one by one, and an action that it
// refuses even so has no outcome.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
func (c *Client) simulate(ctx context.Context, input iam.SimulatePrincipalPolicyInput, tries []try) (outcomes []outcome, refused []error, err error) {
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
			if isAbout(result, resources[action], input.ResourceArns) {
				outcomes = append(outcomes, outcomeOf(result, resources[action]))
			}
		}
	}
	return outcomes, nil, nil
}

// simulateApart is simulate with a call for each resource; where there is only
// one, for each service; and where there is only one of these, for each action.
func (c *Client) simulateApart(ctx context.Context, input iam.SimulatePrincipalPolicyInput, tries []try) (outcomes []outcome, refused []error, err error) {
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
			outcomes, refused = append(outcomes, found...), append(refused, unknown...)
			return err
		})
	}
	err = group.Wait()
	return outcomes, refused, err
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

// outcomeOf reads a result that is about a resource. What an organisation's
// policies say has no part of its own for each resource.
func outcomeOf(result types.EvaluationResult, resource string) outcome {
	decision, missing, matched, boundary := result.EvalDecision, result.MissingContextValues, result.MatchedStatements, result.PermissionsBoundaryDecisionDetail
	for _, r := range result.ResourceSpecificResults {
		if awssdk.ToString(r.EvalResourceName) == resource {
			decision, missing, matched = r.EvalResourceDecision, r.MissingContextValues, r.MatchedStatements
			if r.PermissionsBoundaryDecisionDetail != nil {
				boundary = r.PermissionsBoundaryDecisionDetail
			}
			break
		}
	}
	o := outcome{action: awssdk.ToString(result.EvalActionName), allowed: decision == types.PolicyEvaluationDecisionTypeAllowed}
	if o.allowed || len(missing) > 0 {
		return o
	}
	o.denied = true
	switch organization := result.OrganizationsDecisionDetail; {
	case organization != nil && !organization.AllowedByOrganizations:
		o.by = world.DeniedByOrganization
	case boundary != nil && !boundary.AllowedByPermissionsBoundary:
		o.by = world.DeniedByBoundary
	case decision == types.PolicyEvaluationDecisionTypeExplicitDeny:
		o.by = world.DeniedExplicitly
		if len(matched) > 0 && awssdk.ToString(matched[0].SourcePolicyId) != "" {
			o.by += " in " + awssdk.ToString(matched[0].SourcePolicyId)
		}
	default:
		o.by = world.DeniedByNoAllow
	}
	return o
}

// contextEntry is one condition key of the calls that are simulated.
func contextEntry(key string, values ...string) types.ContextEntry {
	kind := types.ContextKeyTypeEnumString
	if len(values) > 1 {
		kind = types.ContextKeyTypeEnumStringList
	}
	return types.ContextEntry{ContextKeyName: &key, ContextKeyType: kind, ContextKeyValues: values}
}
