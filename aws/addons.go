package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// addonVPCCNI is the EKS add-on that manages the VPC CNI.
const addonVPCCNI = "vpc-cni"

// actionPassRole is what AWS checks when a call gives a role to a service.
const actionPassRole = "iam:PassRole"

// Addon implements [plan.Cloud].
func (c *Client) Addon(ctx context.Context, cluster, name string) (*world.Addon, error) {
	return c.addon(ctx, cluster, name)
}

// addon describes an add-on; nil if the cluster does not have it.
func (c *Client) addon(ctx context.Context, cluster, name string) (*world.Addon, error) {
	out, err := c.eks.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: &cluster, AddonName: &name})
	// A missing cluster has the same code.
	if hasCode(err, "ResourceNotFoundException") && !strings.Contains(plainText(err), "No cluster found") {
		return nil, nil
	}
	if err != nil {
		return nil, c.problem(err, "describe EKS add-on", name)
	}
	in := out.Addon
	addon := &world.Addon{
		Name: name, Version: awssdk.ToString(in.AddonVersion), Status: string(in.Status),
		ConfigurationValues: awssdk.ToString(in.ConfigurationValues), ServiceAccountRole: awssdk.ToString(in.ServiceAccountRoleArn),
		Tags: in.Tags,
	}
	if in.Health != nil {
		for _, issue := range in.Health.Issues {
			addon.Issues = append(addon.Issues, fmt.Sprintf("%s: %s", issue.Code, awssdk.ToString(issue.Message)))
		}
	}
	return addon, nil
}

// UpdateAddon gives an add-on new configuration values; its version, its Pod
// Identity associations and the role of its service account stay as they are.
// EKS keeps the first two of an update that does not name them, but not the
// role: without it the VPC CNI would be left with the permissions of the nodes'
// role. https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html
func (c *Client) UpdateAddon(ctx context.Context, u plan.AddonUpdate) (update string, err error) {
	const doing = "configure EKS add-on"
	conflicts := types.ResolveConflictsPreserve
	if u.Overwrite {
		conflicts = types.ResolveConflictsOverwrite
	}
	// The role of now and not of the plan: somebody may have given it since.
	now, err := c.addon(ctx, u.Cluster, u.Addon)
	if err != nil {
		return "", err
	}
	if now == nil {
		return "", addonGone(doing, u.Addon)
	}
	input := &eks.UpdateAddonInput{
		ClusterName: &u.Cluster, AddonName: &u.Addon,
		ConfigurationValues: &u.ConfigurationValues, ResolveConflicts: conflicts,
	}
	if now.ServiceAccountRole != "" {
		input.ServiceAccountRoleArn = &now.ServiceAccountRole
	}
	out, err := c.eks.UpdateAddon(ctx, input)
	if err == nil {
		return updateID(out.Update), nil
	}
	p := c.refusal(err, doing, u.Addon)
	describe := c.login.command(shell.Command("aws eks describe-addon --cluster-name %s --addon-name %s --region %s", u.Cluster, u.Addon, c.region))
	switch {
	case p.Permission == actionPassRole:
		// The printed policy leaves it out: most add-ons have no role.
		p.Hint = "the add-on's service account has a role, which every update has to name again: ask an administrator to allow " +
			actionPassRole + " on " + now.ServiceAccountRole
		p.Command = ""
	case hasCode(err, "ResourceInUseException"):
		p.Hint, p.Command = "another update of the add-on is running: wait until it is ACTIVE, then run podsg again", describe
	case hasCode(err, "InvalidParameterException", "InvalidRequestException"):
		p.Hint, p.Command = "the add-on's version may not know one of these settings: a newer version of the add-on does", describe
	}
	return "", p
}

// updateID is the id of an update; empty when EKS did not tell.
func updateID(u *types.Update) string {
	if u == nil {
		return ""
	}
	return awssdk.ToString(u.Id)
}

// degradedPatience is for how many looks, about ten minutes, an add-on may be
// DEGRADED before that counts: while its pods are replaced, too few of them run,
// on a large cluster for long.
const degradedPatience = 40

// WaitAddon waits until an update of an add-on has ended and the add-on is
// ACTIVE. Until the update has ended the add-on's status says nothing, because
// it may be that of before; without an id there is only the status to go by. If
// the update failed, or the add-on failed or stays degraded, the error has EKS's
// own account of it.
func (c *Client) WaitAddon(ctx context.Context, cluster, name, update string, progress plan.ProgressFunc) error {
	const doing = "wait for EKS add-on"
	var (
		ended    = update == ""
		unknown  int // looks at which EKS did not know the update
		degraded int // looks at which the add-on was DEGRADED
	)
	return c.poll(ctx, doing, name, func(ctx context.Context) (bool, error) {
		if !ended {
			var err error
			ended, err = c.updateEnded(ctx, cluster, name, update)
			if hasCode(err, "ResourceNotFoundException") && unknown < settledLooks {
				unknown++
				err = nil
			}
			if err != nil {
				return false, err
			}
		}
		addon, err := c.addon(ctx, cluster, name)
		if err != nil {
			return false, err
		}
		if addon == nil {
			return false, addonGone(doing, name)
		}
		if ended {
			switch types.AddonStatus(addon.Status) {
			case types.AddonStatusActive:
				return true, nil
			case types.AddonStatusCreateFailed, types.AddonStatusUpdateFailed, types.AddonStatusDeleteFailed, types.AddonStatusDeleting:
				return false, c.addonFailed(doing, cluster, addon)
			case types.AddonStatusDegraded:
				if degraded++; degraded > degradedPatience {
					return false, c.addonFailed(doing, cluster, addon)
				}
			}
		}
		text := addon.Status + ": EKS applies the configuration, usually within a minute"
		if len(addon.Issues) > 0 {
			text = addon.Status + ": " + addon.Issues[0]
		}
		tell(progress, text)
		return false, nil
	})
}

// updateEnded reports whether an update of an add-on has ended; one that failed
// is an error with EKS's reasons. An update that may not be read counts as ended.
// So does one that failed only because too few pods were ready in time: they may
// become so, and the add-on's status tells.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeUpdate.html
func (c *Client) updateEnded(ctx context.Context, cluster, name, id string) (bool, error) {
	const doing = "update EKS add-on"
	out, err := c.eks.DescribeUpdate(ctx, &eks.DescribeUpdateInput{Name: &cluster, AddonName: &name, UpdateId: &id})
	if err != nil {
		err = c.problem(err, doing, name)
		if world.KindOf(err) == world.ProblemPermission {
			return true, nil
		}
		return false, err
	}
	update := out.Update
	switch update.Status {
	case types.UpdateStatusSuccessful:
		return true, nil
	case types.UpdateStatusFailed, types.UpdateStatusCancelled:
	default:
		return false, nil
	}
	var reasons []string
	slow := len(update.Errors) > 0
	for _, e := range update.Errors {
		reasons = append(reasons, fmt.Sprintf("%s: %s", e.ErrorCode, strings.TrimSuffix(awssdk.ToString(e.ErrorMessage), ".")))
		slow = slow && e.ErrorCode == types.ErrorCodeInsufficientNumberOfReplicas
	}
	if slow {
		return true, nil
	}
	text := map[types.UpdateStatus]string{types.UpdateStatusFailed: "it failed", types.UpdateStatusCancelled: "it was cancelled"}[update.Status]
	if len(reasons) > 0 {
		text += ": " + strings.Join(reasons, "; ")
	}
	return false, &world.Problem{
		Doing: doing, Object: name, Err: errors.New(text),
		Hint:    "the add-on keeps running with what it had; mend the reason, then run podsg again",
		Command: c.login.command(shell.Command("aws eks describe-update --name %s --addon-name %s --update-id %s --region %s", cluster, name, id, c.region)),
	}
}

// addonGone is the problem of an add-on that the plan saw and that is not there.
func addonGone(doing, name string) error {
	return &world.Problem{Kind: world.ProblemChanged, Doing: doing, Object: name, Err: errNotListed}
}

func (c *Client) addonFailed(doing, cluster string, addon *world.Addon) error {
	text := "it is " + addon.Status
	if len(addon.Issues) > 0 {
		text += ": " + strings.Join(addon.Issues, "; ")
	}
	return &world.Problem{
		Doing: doing, Object: addon.Name, Err: errors.New(text),
		Hint:    "EKS shows why in the add-on's health and in its last update",
		Command: c.login.command(shell.Command("aws eks describe-addon --cluster-name %s --addon-name %s --region %s", cluster, addon.Name, c.region)),
	}
}
