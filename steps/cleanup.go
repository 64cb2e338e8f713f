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
	c.findUsers()
	c.namespacesLast(ctx, o.Kube, c.kubernetes())
	c.groupsAndDatabase()
	c.cni()
	c.role()
	c.journal()
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
	inUse    map[string]groupUsers // security groups of podsg's that others use, by id
	retained map[journalKey]bool   // entries of the journal that a later cleanup needs
}

type journalKey struct {
	kind   Kind
	object string
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

// retain keeps the journal's entry for an object, which is left.
func (c *cleanup) retain(kind Kind, object string) {
	if c.retained == nil {
		c.retained = map[journalKey]bool{}
	}
	c.retained[journalKey{kind, object}] = true
}

// journal plans removing the journal, or, when something is left that it knows
// more of than the objects themselves tell, all but that.
func (c *cleanup) journal() {
	if c.s.Kube.Journal == nil {
		return
	}
	keep := []journalKey{}
	rest := 0
	for _, e := range c.s.Kube.Journal.Entries {
		if key := (journalKey{e.Kind, e.Object}); c.retained[key] {
			keep = append(keep, key)
		} else {
			rest++
		}
	}
	change := Change{ID: "journal", Step: StepIdentity, Kind: KindConfigMap, Summary: "journal " + JournalNamespace + "/" + JournalName,
		Why: "nothing is left to undo", Needs: c.ids(), Action: DeleteJournal{}}
	if len(keep) > 0 {
		change.Op, change.Summary = Update, fmt.Sprintf("%s: only the record of what is left (%d)", change.Summary, len(keep))
		change.Why, change.Action = "a later cleanup needs it", TrimJournal{keep: keep}
	}
	if len(keep) == 0 || rest > 0 {
		c.add(change)
	}
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
	owned := c.ownGroups()
	var rules []string
	for _, g := range c.s.Cloud.SecurityGroups {
		for _, r := range g.Rules {
			if !OwnedBy(r.Tags, c.cluster) {
				continue
			}
			if user, used := c.ruleUser(g, r); used {
				c.keep(KindRule, r.ID, fmt.Sprintf("%s rule on %s: what carries %s needs it", r.Direction, IDRef(g.ID, g.Name), user))
				c.retain(KindRule, r.ID)
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
		if users, used := c.inUse[g.ID]; used {
			c.keep(KindSecurityGroup, g.ID, users.reason())
			c.retain(KindSecurityGroup, g.ID)
			continue
		}
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

// ownGroups are the security groups that podsg made, by id.
func (c *cleanup) ownGroups() map[string]SecurityGroup {
	owned := map[string]SecurityGroup{}
	for _, g := range c.s.Cloud.SecurityGroups {
		if OwnedBy(g.Tags, c.cluster) {
			owned[g.ID] = g
		}
	}
	return owned
}

func sortedGroups(groups map[string]SecurityGroup) []SecurityGroup {
	var out []SecurityGroup
	for _, g := range groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b SecurityGroup) int { return strings.Compare(a.ID, b.ID) })
	return out
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
