package cleanup

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/cni"
	"podsg/steps/iam"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// CNI plans giving the CNI its prior values back, unless other policies still
// need the feature.
func (c *Cleanup) CNI() {
	const object = "kube-system/" + world.DaemonSetCNI
	addon, onAddon := c.S.Kube.Journal.Entry(world.KindAddonConfig, world.AddonVPCCNI)
	daemon, onDaemon := c.S.Kube.Journal.Entry(world.KindCNIEnv, object)
	on := c.S.Kube.CNI != nil && c.S.Kube.CNI.Env[world.EnvPodENI] == "true"
	if !onAddon && !onDaemon {
		if on && len(c.Plan.Changes) > 0 {
			c.keep(world.KindCNIEnv, object, "there is no record that podsg set "+world.EnvPodENI+": it may have been on before")
		}
		return
	}
	reason, kept := c.featureNeeded()
	if unread, missing := c.S.Missing(world.FactCNI); missing && !kept {
		reason, kept = unread, true
	}
	if unread, missing := c.S.Missing(world.FactAddon); missing && onAddon && !kept {
		reason, kept = unread, true
	}
	if kept {
		c.keep(world.KindCNIEnv, object, reason)
		c.retain(world.KindAddonConfig, world.AddonVPCCNI)
		c.retain(world.KindCNIEnv, object)
		return
	}
	change := plan.Change{
		ID: "restore-vpc-cni", Step: check.StepCNI, Op: plan.Update, Why: "podsg changed it", Expected: cni.RolloutTime(c.S.Kube.CNI.RolloutSize()),
		Needs: slices.Concat(c.pods, c.policies, c.releases()),
	}
	if onAddon && c.S.Cloud.Addon != nil {
		prior := StillOurs(addon, world.AddonSettings(c.S.Cloud.Addon.ConfigurationValues), c.keep)
		change.Kind, change.Summary = world.KindAddonConfig, "EKS add-on "+world.AddonVPCCNI+": "+Restored(prior)
		action := cni.RestoreAddon{
			Cluster: c.Cluster, Current: c.S.Cloud.Addon.ConfigurationValues, Role: c.S.Cloud.Addon.ServiceAccountRole, Prior: prior, Set: addon.Set,
			Text: addon.PriorText, SetText: addon.SetText,
		}
		change.Action = action
		switch {
		case action.Whole(action.Current):
			change.Why = "podsg changed it; the text of its configuration is restored byte for byte"
		case strings.TrimSpace(action.Current) != "" && addon.SetText != "" && action.Current != addon.SetText:
			change.Why = "podsg changed it; somebody edited its configuration since, so only these values are restored in it"
		}
		if len(prior) > 0 {
			c.Add(change)
		}
	}
	if onDaemon && c.S.Kube.CNI != nil {
		prior := StillOurs(daemon, c.S.Kube.CNI.Settings(), c.keep)
		change.ID, change.Kind, change.Summary = "restore-aws-node", world.KindCNIEnv, "DaemonSet aws-node: "+Restored(prior)
		change.Action = cni.RestoreDaemonSet{Prior: prior}
		if len(prior) > 0 {
			c.Add(change)
		}
	}
}

// featureNeeded reports whether policies that stay, or may be there, need branch
// ENIs, and with them the CNI's setting and the controller's permissions.
func (c *Cleanup) featureNeeded() (reason string, needed bool) {
	var others []string
	for _, p := range c.S.Kube.Policies {
		if !p.Owned || c.givesUsedGroup(p) || !c.Scope.holds(p.Namespace, p.Name) {
			others = append(others, p.Namespace+"/"+p.Name)
		}
	}
	if len(others) > 0 {
		return "other policies need the feature: " + strings.Join(others, ", "), true
	}
	if why, partial := c.S.Kube.Partial[world.FactPolicies]; partial {
		return "policies of other namespaces may need the feature, and could not be seen (" + why + "); " +
			"run cleanup with the role that podsg permissions --mode read -o rbac prints", true
	}
	return "", false
}

// releases are the changes after which no branch ENI of podsg's pods is left;
// the controller needs the CNI's setting and its policy until then.
func (c *Cleanup) releases() []string {
	var out []string
	for _, ch := range c.Plan.Changes {
		if strings.HasPrefix(ch.ID, "released-") {
			out = append(out, ch.ID)
		}
	}
	return out
}

// StillOurs are the prior values of those keys that still have the value that
// podsg set. A key that is as it was before needs nothing: a run may have died
// before it changed it. A value that someone changed since is kept.
func StillOurs(e world.JournalEntry, now world.CNISettings, keep func(world.Kind, string, string)) map[string]*string {
	current := now.Flat()
	out := map[string]*string{}
	for k, prior := range e.Prior {
		value, is := current[k]
		set, known := e.Set[k]
		switch {
		case is && prior != nil && value == *prior, !is && (prior == nil || !e.Done):
		case known && !is:
			keep(e.Kind, k, fmt.Sprintf("someone took it away since podsg set it to %q", set))
		case known && value != set:
			keep(e.Kind, k, fmt.Sprintf("someone changed it to %q since podsg set it to %q", value, set))
		default:
			out[k] = prior
		}
	}
	return out
}

func Restored(prior map[string]*string) string {
	var parts []string
	for k, v := range prior {
		if v == nil {
			parts = append(parts, "remove "+k)
		} else {
			parts = append(parts, k+"="+*v)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// Role plans detaching the policy last: the controller deletes branch ENIs
// with it. Trunk ENIs go with their instances and do not need it.
func (c *Cleanup) Role() {
	for _, e := range c.S.Kube.Journal.Find(world.KindRolePolicy) {
		if _, missing := c.S.Missing(world.FactClusterRole); !e.Created || !missing && !c.S.Cloud.ClusterRole.Has(world.PolicyController) {
			continue
		}
		detach := iam.DetachPolicy{Role: e.Set["role"], PolicyARN: e.Set["policy"]}
		if reason, kept := c.roleNeeded(e, detach); kept {
			c.keep(world.KindRolePolicy, e.Object, reason)
			c.retain(e.Kind, e.Object)
			continue
		}
		c.Add(plan.Change{
			ID: "detach-" + plan.ChangeIAM, Step: check.StepIAM, Kind: world.KindRolePolicy, Summary: fmt.Sprintf("policy %s on cluster role %s", world.PolicyController, e.Set["role"]),
			Why: "podsg attached it, and no branch ENI needs it any more", Needs: c.ids(), Action: detach,
		})
	}
}

// roleNeeded reports whether, and why, the policy stays on the cluster's role.
func (c *Cleanup) roleNeeded(e world.JournalEntry, detach iam.DetachPolicy) (reason string, needed bool) {
	if !e.Done {
		// An attachment tells neither who made it nor when.
		return "the run that was to attach it was cut off, so it may be somebody else's; if nothing needs it: " + detach.Shell()[0], true
	}
	if reason, needed := c.featureNeeded(); needed {
		return reason, true
	}
	var branches []string
	for _, i := range c.S.Cloud.Interfaces {
		if i.Type == world.InterfaceBranch && i.Tags["kubernetes.io/cluster/"+c.Cluster] != "" && !c.willBeReleased(i) {
			branches = append(branches, i.ID)
		}
	}
	if len(branches) > 0 {
		return fmt.Sprintf("%d branch ENIs of other pods need it: %s", len(branches), strings.Join(branches, ", ")), true
	}
	return "", false
}

// willBeReleased reports whether a branch ENI belongs to podsg's own pods.
func (c *Cleanup) willBeReleased(i world.Interface) bool {
	used := func(id string) bool { _, used := c.inUse[id]; return used }
	own := func(id string) bool { g, ok := c.S.Group(id); return ok && world.OwnedBy(g.Tags, c.Cluster) }
	return slices.ContainsFunc(i.Groups, own) && !slices.ContainsFunc(i.Groups, used)
}
