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

// controllerPolicy is the managed policy that the cluster role needs for
// security groups for pods.
func controllerPolicy(partition string) string {
	return "arn:" + partition + ":iam::aws:policy/AmazonEKSVPCResourceController"
}

// lastSegment is the name at the end of an IAM ARN. A role may have a path,
// which is not part of its name; a name without any is returned as it is.
func lastSegment(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// clusterRole reads a role's attached policies and its permissions boundary. A
// boundary that may not be read stays empty, and so do the tags: they are only shown,
// whereas checks depend on the policies.
func (c *Client) clusterRole(ctx context.Context, arn string) (world.Role, error) {
	var (
		role     world.Role
		boundary string
		tags     map[string]string
	)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { role, err = c.role(ctx, arn); return err })
	group.Go(func() error {
		out, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: awssdk.String(lastSegment(arn))})
		if err = c.problem(err, "read IAM role", lastSegment(arn)); world.KindOf(err) == world.ProblemPermission {
			return nil
		}
		if err != nil {
			return err
		}
		if b := out.Role.PermissionsBoundary; b != nil {
			boundary = awssdk.ToString(b.PermissionsBoundaryArn)
		}
		tags = roleTags(out.Role.Tags)
		return nil
	})
	if err := group.Wait(); err != nil {
		return world.Role{}, err
	}
	role.Boundary, role.Tags = boundary, tags
	return role, nil
}

func roleTags(in []types.Tag) map[string]string {
	out := map[string]string{}
	for _, t := range in {
		out[awssdk.ToString(t.Key)] = awssdk.ToString(t.Value)
	}
	return out
}

// role reads a role's attached policies.
func (c *Client) role(ctx context.Context, arn string) (world.Role, error) {
	role := world.Role{Name: lastSegment(arn), ARN: arn, AttachedPolicies: []string{}}
	pages := iam.NewListAttachedRolePoliciesPaginator(c.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &role.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return world.Role{}, c.problem(err, "list the policies of IAM role", role.Name)
		}
		for _, p := range page.AttachedPolicies {
			role.AttachedPolicies = append(role.AttachedPolicies, awssdk.ToString(p.PolicyArn))
		}
	}
	return role, nil
}

// roles reads several roles at the same time.
func (c *Client) roles(ctx context.Context, arns []string) ([]world.Role, error) {
	out := make([]world.Role, len(arns))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentDescribes)
	for i, arn := range arns {
		group.Go(func() (err error) { out[i], err = c.role(ctx, arn); return err })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// profileRoles are the ARNs of the roles in instance profiles.
func (c *Client) profileRoles(ctx context.Context, profileARNs []string) ([]string, error) {
	var (
		mu   sync.Mutex
		arns []string
	)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentDescribes)
	for _, profile := range profileARNs {
		group.Go(func() error {
			name := lastSegment(profile)
			out, err := c.iam.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: &name})
			if err != nil {
				return c.problem(err, "read instance profile", name)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, r := range out.InstanceProfile.Roles {
				arns = append(arns, awssdk.ToString(r.Arn))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.Sort(arns)
	return slices.Compact(arns), nil
}

// AttachRolePolicy attaches a managed policy; IAM takes it well if it is
// attached already. Role is a role's name or ARN.
func (c *Client) AttachRolePolicy(ctx context.Context, role, policyARN string) error {
	name := lastSegment(role)
	_, err := c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: &policyARN})
	return c.changeProblem(err, "attach policy "+lastSegment(policyARN)+" to IAM role", name)
}

// DetachRolePolicy detaches a managed policy; one that is not attached is no
// error. Role is a role's name or ARN.
func (c *Client) DetachRolePolicy(ctx context.Context, role, policyARN string) error {
	name := lastSegment(role)
	_, err := c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: &policyARN})
	if hasCode(err, "NoSuchEntity") {
		return nil
	}
	return c.changeProblem(err, "detach policy "+lastSegment(policyARN)+" from IAM role", name)
}
