package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// PlanCleanup lists what removes everything that podsg made for a cluster and
// restores what it changed, and says what it leaves and why. Objects are found
// by their tags and labels, so that a lost journal costs only the prior values.
func (e *Engine) PlanCleanup(ctx context.Context, o *Observation) (*Plan, error) {
	if o.KubeErr != nil {
		return nil, o.KubeErr
	}
	for _, f := range []Fact{FactSecurityGroups, FactDatabases, FactInterfaces, FactPolicies, FactPods, FactJournal, FactNamespace} {
		if reason, missing := o.Missing(f); missing {
			return nil, &Problem{
				Kind: o.Gaps[f].Kind, Doing: "plan the cleanup", Err: fmt.Errorf("%s", reason), Permission: o.Gaps[f].Permission,
				Hint: "nothing was removed; allow podsg to read it (podsg permissions --mode read) and try again",
			}
		}
	}
	c := &cleanup{s: o.Snapshot, cluster: o.Cloud.Cluster.Name, plan: &Plan{Cluster: o.Cloud.Cluster.Name}}
	c.namespacesLast(ctx, o.Kube, c.kubernetes())
	c.groupsAndDatabase()
	c.cni()
	c.role()
	if c.s.Kube.Journal != nil {
		c.add(Change{ID: "journal", Step: StepIdentity, Kind: KindConfigMap, Summary: "journal " + JournalNamespace + "/" + JournalName,
			Why: "nothing is left to undo", Needs: c.ids(), Action: DeleteJournal{}})
	}
	if lock := c.s.Kube.Lock; lock != nil && c.plan.Empty() {
		c.add(Change{ID: "lock", Step: StepIdentity, Kind: KindLease, Summary: fmt.Sprintf("lock %s/%s of %s", JournalNamespace, LockName, lock.Holder),
			Why: "that run died before it removed it", Action: RemoveLock{}})
	}
	c.trunks()
	return c.plan, c.plan.Validate()
}

type cleanup struct {
	s        *Snapshot
	cluster  string
	plan     *Plan
	pods     []string // ids of the changes after which no test pod is left
	policies []string
}

func (c *cleanup) add(ch Change) string {
	if ch.Op == "" {
		ch.Op = Delete
	}
	if ch.Undo == "" {
		ch.Undo = "podsg setup makes it again"
	}
	c.plan.Add(ch)
	return ch.ID
}

func (c *cleanup) keep(kind Kind, id, reason string) {
	c.plan.Kept = append(c.plan.Kept, Kept{Kind: kind, ID: id, Reason: reason})
}

func (c *cleanup) ids() []string {
	var out []string
	for _, ch := range c.plan.Changes {
		out = append(out, ch.ID)
	}
	return out
}

// groupsAndDatabase plans the AWS objects: interfaces released, rules revoked,
// database deleted, then the groups, which nothing refers to any more.
func (c *cleanup) groupsAndDatabase() {
	owned := map[string]SecurityGroup{}
	for _, g := range c.s.Cloud.SecurityGroups {
		if OwnedBy(g.Tags, c.cluster) {
			owned[g.ID] = g
		}
	}
	var rules []string
	for _, g := range c.s.Cloud.SecurityGroups {
		for _, r := range g.Rules {
			if !OwnedBy(r.Tags, c.cluster) {
				continue
			}
			rules = append(rules, c.add(Change{
				ID: "revoke-" + r.ID, Step: StepPort, Kind: KindRule, Summary: fmt.Sprintf("%s rule on %s: %s", r.Direction, IDRef(g.ID, g.Name), ruleText(r)),
				Why: "podsg added it", Needs: c.pods, Action: RevokeRule{GroupID: g.ID, RuleID: r.ID, Direction: r.Direction},
			}))
		}
	}
	var databases []string
	for _, d := range c.s.Cloud.Databases {
		if !OwnedBy(d.Tags, c.cluster) {
			continue
		}
		databases = append(databases, c.add(Change{
			ID: "delete-database-" + d.Identifier, Step: StepDatabase, Kind: KindDBInstance, Summary: fmt.Sprintf("database %s with all its data, without a final snapshot", d.Identifier),
			Why: "podsg made it", Undo: "cannot be undone", Needs: c.pods, Expected: 5 * time.Minute,
			Action: DeleteDatabaseInstance{Identifier: d.Identifier, Deleting: d.Status == "deleting"},
		}))
	}
	for _, g := range c.s.Cloud.SubnetGroups {
		if OwnedBy(g.Tags, c.cluster) {
			c.add(Change{ID: "delete-subnet-group-" + g.Name, Step: StepDatabase, Kind: KindDBSubnetGroup, Summary: "DB subnet group " + g.Name, Why: "podsg made it",
				Needs: databases, Action: DeleteSubnetGroup{Name: g.Name}})
		}
	}
	for _, e := range c.s.Kube.Journal.Find(KindTable) {
		if d, ok := c.s.Database(strings.SplitN(e.Object, "/", 2)[0]); ok && !OwnedBy(d.Tags, c.cluster) {
			c.keep(KindTable, e.Object, "the database is yours: drop the table yourself if you do not want it")
		}
	}
	for _, g := range sortedGroups(owned) {
		needs := slices.Concat(rules, databases, c.policies)
		needs = append(needs, c.add(Change{
			ID: "released-" + g.ID, Step: StepPodGroup, Op: Update, Kind: KindInterface, Summary: fmt.Sprintf("wait until no network interface carries %s", IDRef(g.ID, g.Name)),
			Why: "a security group in use cannot be deleted; branch ENIs cool down first", Needs: slices.Concat(c.pods, databases), Expected: 90 * time.Second,
			Action: AwaitInterfacesGone{GroupID: g.ID, Name: g.Name},
		}))
		c.add(Change{ID: "delete-" + g.ID, Step: StepPodGroup, Kind: KindSecurityGroup, Summary: "security group " + IDRef(g.ID, g.Name).String(), Why: "podsg made it",
			Needs: needs, Action: DeleteSecurityGroup{ID: g.ID}})
	}
}

func sortedGroups(groups map[string]SecurityGroup) []SecurityGroup {
	var out []SecurityGroup
	for _, g := range groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b SecurityGroup) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// cni plans giving the CNI its prior values back, unless other policies still
// need the feature.
func (c *cleanup) cni() {
	var others []string
	for _, p := range c.s.Kube.Policies {
		if !p.Owned {
			others = append(others, p.Namespace+"/"+p.Name)
		}
	}
	addon, onAddon := c.s.Kube.Journal.Entry(KindAddonConfig, AddonVPCCNI)
	daemon, onDaemon := c.s.Kube.Journal.Entry(KindCNIEnv, "kube-system/"+daemonSetCNI)
	on := c.s.Kube.CNI != nil && c.s.Kube.CNI.Env[envPodENI] == "true"
	switch {
	case !onAddon && !onDaemon:
		if on && len(c.plan.Changes) > 0 {
			c.keep(KindCNIEnv, "kube-system/"+daemonSetCNI, "there is no record that podsg set "+envPodENI+": it may have been on before")
		}
		return
	case len(others) > 0:
		c.keep(KindCNIEnv, "kube-system/"+daemonSetCNI, "other policies need the feature: "+strings.Join(others, ", "))
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
			Cluster: c.cluster, Current: c.s.Cloud.Addon.ConfigurationValues, Role: c.s.Cloud.Addon.ServiceAccountRole, Prior: prior,
		}
		c.add(change)
	}
	if onDaemon && c.s.Kube.CNI != nil {
		prior := stillOurs(daemon, CNISettings{Env: c.s.Kube.CNI.Env, InitEnv: c.s.Kube.CNI.InitEnv}, c.keep)
		change.ID, change.Kind, change.Summary = "restore-aws-node", KindCNIEnv, "DaemonSet aws-node: "+restored(prior)
		change.Action = RestoreDaemonSet{Prior: prior}
		c.add(change)
	}
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
// podsg set; a value that someone changed since is kept.
func stillOurs(e JournalEntry, now CNISettings, keep func(Kind, string, string)) map[string]*string {
	current := now.flat()
	out := map[string]*string{}
	for k, prior := range e.Prior {
		if set, ok := e.Set[k]; ok && current[k] != set {
			keep(e.Kind, k, fmt.Sprintf("someone changed it to %q since podsg set it to %q", current[k], set))
			continue
		}
		out[k] = prior
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
		var branches []string
		for _, i := range c.s.Cloud.Interfaces {
			if i.Type == InterfaceBranch && i.Tags["kubernetes.io/cluster/"+c.cluster] != "" && !c.willBeReleased(i) {
				branches = append(branches, i.ID)
			}
		}
		if len(branches) > 0 {
			c.keep(KindRolePolicy, e.Object, fmt.Sprintf("%d branch ENIs of other pods need it: %s", len(branches), strings.Join(branches, ", ")))
			continue
		}
		c.add(Change{
			ID: "detach-" + changeIAM, Step: StepIAM, Kind: KindRolePolicy, Summary: fmt.Sprintf("policy %s on cluster role %s", policyController, e.Set["role"]),
			Why: "podsg attached it, and no branch ENI needs it any more", Needs: c.ids(), Action: DetachPolicy{Role: e.Set["role"], PolicyARN: e.Set["policy"]},
		})
	}
}

// willBeReleased reports whether a branch ENI belongs to podsg's own pods.
func (c *cleanup) willBeReleased(i Interface) bool {
	for _, id := range i.Groups {
		if g, ok := c.s.Group(id); ok && OwnedBy(g.Tags, c.cluster) {
			return true
		}
	}
	return false
}

// trunks says that AWS keeps the trunk ENIs.
func (c *cleanup) trunks() {
	if len(c.plan.Changes) == 0 {
		return
	}
	for _, i := range c.s.Cloud.Interfaces {
		if i.Type == InterfaceTrunk && i.Tags["kubernetes.io/cluster/"+c.cluster] != "" {
			c.keep(KindInterface, i.ID, "a trunk ENI stays attached until its node is replaced; it costs nothing")
		}
	}
}
