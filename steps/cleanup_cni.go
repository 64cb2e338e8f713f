package steps

import (
	"fmt"
	"slices"
	"strings"
)

// cni plans giving the CNI its prior values back, unless other policies still
// need the feature.
func (c *cleanup) cni() {
	const object = "kube-system/" + daemonSetCNI
	addon, onAddon := c.s.Kube.Journal.Entry(KindAddonConfig, AddonVPCCNI)
	daemon, onDaemon := c.s.Kube.Journal.Entry(KindCNIEnv, object)
	on := c.s.Kube.CNI != nil && c.s.Kube.CNI.Env[envPodENI] == "true"
	if !onAddon && !onDaemon {
		if on && len(c.plan.Changes) > 0 {
			c.keep(KindCNIEnv, object, "there is no record that podsg set "+envPodENI+": it may have been on before")
		}
		return
	}
	reason, kept := c.featureNeeded()
	if unread, missing := c.s.Missing(FactCNI); missing && !kept {
		reason, kept = unread, true
	}
	if unread, missing := c.s.Missing(FactAddon); missing && onAddon && !kept {
		reason, kept = unread, true
	}
	if kept {
		c.keep(KindCNIEnv, object, reason)
		c.retain(KindAddonConfig, AddonVPCCNI)
		c.retain(KindCNIEnv, object)
		return
	}
	change := Change{
		ID: "restore-vpc-cni", Step: StepCNI, Op: Update, Why: "podsg changed it", Expected: rolloutTime(c.s.Kube.CNI.rolloutSize()),
		Needs: slices.Concat(c.pods, c.policies, c.releases()),
	}
	if onAddon && c.s.Cloud.Addon != nil {
		prior := stillOurs(addon, addonSettings(c.s.Cloud.Addon.ConfigurationValues), c.keep)
		change.Kind, change.Summary = KindAddonConfig, "EKS add-on "+AddonVPCCNI+": "+restored(prior)
		change.Action = RestoreAddon{
			Cluster: c.cluster, Current: c.s.Cloud.Addon.ConfigurationValues, Role: c.s.Cloud.Addon.ServiceAccountRole, Prior: prior, Set: addon.Set,
		}
		if len(prior) > 0 {
			c.add(change)
		}
	}
	if onDaemon && c.s.Kube.CNI != nil {
		prior := stillOurs(daemon, c.s.Kube.CNI.settings(), c.keep)
		change.ID, change.Kind, change.Summary = "restore-aws-node", KindCNIEnv, "DaemonSet aws-node: "+restored(prior)
		change.Action = RestoreDaemonSet{Prior: prior}
		if len(prior) > 0 {
			c.add(change)
		}
	}
}

// featureNeeded reports whether policies that stay, or may be there, need branch
// ENIs, and with them the CNI's setting and the controller's permissions.
func (c *cleanup) featureNeeded() (reason string, needed bool) {
	var others []string
	for _, p := range c.s.Kube.Policies {
		if !p.Owned || c.givesUsedGroup(p) {
			others = append(others, p.Namespace+"/"+p.Name)
		}
	}
	if len(others) > 0 {
		return "other policies need the feature: " + strings.Join(others, ", "), true
	}
	if why, partial := c.s.Kube.Partial[FactPolicies]; partial {
		return "policies of other namespaces may need the feature, and could not be seen (" + why + "); " +
			"run cleanup with the role that podsg permissions --mode read -o rbac prints", true
	}
	return "", false
}

func (c *CNI) rolloutSize() int {
	if c == nil {
		return 0
	}
	return c.Rollout.Desired
}

// releases are the changes after which no branch ENI of podsg's pods is left;
// the controller needs the CNI's setting and its policy until then.
func (c *cleanup) releases() []string {
	var out []string
	for _, ch := range c.plan.Changes {
		if strings.HasPrefix(ch.ID, "released-") {
			out = append(out, ch.ID)
		}
	}
	return out
}

// stillOurs are the prior values of those keys that still have the value that
// podsg set. A key that is as it was before needs nothing: a run may have died
// before it changed it. A value that someone changed since is kept.
func stillOurs(e JournalEntry, now CNISettings, keep func(Kind, string, string)) map[string]*string {
	current := now.flat()
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

func restored(prior map[string]*string) string {
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

// role plans detaching the policy last: the controller deletes branch ENIs
// with it. Trunk ENIs go with their instances and do not need it.
func (c *cleanup) role() {
	for _, e := range c.s.Kube.Journal.Find(KindRolePolicy) {
		if _, missing := c.s.Missing(FactClusterRole); !e.Created || !missing && !c.s.Cloud.ClusterRole.has(policyController) {
			continue
		}
		detach := DetachPolicy{Role: e.Set["role"], PolicyARN: e.Set["policy"]}
		if reason, kept := c.roleNeeded(e, detach); kept {
			c.keep(KindRolePolicy, e.Object, reason)
			c.retain(e.Kind, e.Object)
			continue
		}
		c.add(Change{
			ID: "detach-" + changeIAM, Step: StepIAM, Kind: KindRolePolicy, Summary: fmt.Sprintf("policy %s on cluster role %s", policyController, e.Set["role"]),
			Why: "podsg attached it, and no branch ENI needs it any more", Needs: c.ids(), Action: detach,
		})
	}
}

// roleNeeded reports whether, and why, the policy stays on the cluster's role.
func (c *cleanup) roleNeeded(e JournalEntry, detach DetachPolicy) (reason string, needed bool) {
	if !e.Done {
		// An attachment tells neither who made it nor when.
		return "the run that was to attach it was cut off, so it may be somebody else's; if nothing needs it: " + detach.Shell()[0], true
	}
	if reason, needed := c.featureNeeded(); needed {
		return reason, true
	}
	var branches []string
	for _, i := range c.s.Cloud.Interfaces {
		if i.Type == InterfaceBranch && i.Tags["kubernetes.io/cluster/"+c.cluster] != "" && !c.willBeReleased(i) {
			branches = append(branches, i.ID)
		}
	}
	if len(branches) > 0 {
		return fmt.Sprintf("%d branch ENIs of other pods need it: %s", len(branches), strings.Join(branches, ", ")), true
	}
	return "", false
}

// willBeReleased reports whether a branch ENI belongs to podsg's own pods.
func (c *cleanup) willBeReleased(i Interface) bool {
	used := func(id string) bool { _, used := c.inUse[id]; return used }
	own := func(id string) bool { g, ok := c.s.Group(id); return ok && OwnedBy(g.Tags, c.cluster) }
	return slices.ContainsFunc(i.Groups, own) && !slices.ContainsFunc(i.Groups, used)
}
