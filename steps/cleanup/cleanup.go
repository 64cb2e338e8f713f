// Package cleanup plans the way back: what podsg made is removed, and what it changed
// is restored, in the order in which AWS allows it, as far as nobody else uses it.
package cleanup

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/database"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/reach"
	"podsg/steps/words"
	"podsg/steps/world"
)

type Cleanup struct {
	S        *world.Snapshot
	Cluster  string
	Plan     *plan.Plan
	Scope    Scope    // what is taken back
	pods     []string // ids of the changes after which no test pod is left
	policies []string
	inUse    map[string]groupUsers // security groups of podsg's that others use, by id
	retained map[JournalKey]bool   // entries of the journal that a later cleanup needs
	users    map[ownedObject]objectUsers
}

type JournalKey struct {
	Kind   world.Kind
	Object string
}

func (c *Cleanup) Add(ch plan.Change) string {
	if ch.Op == "" {
		ch.Op = plan.Delete
	}
	if ch.Undo == "" {
		ch.Undo = "podsg setup makes it again"
	}
	c.Plan.Add(ch)
	return ch.ID
}

func (c *Cleanup) keep(kind world.Kind, id, reason string) {
	c.Plan.Kept = append(c.Plan.Kept, plan.Kept{Kind: kind, ID: id, Reason: reason})
}

// retain keeps the journal's entry for an object, which is left.
func (c *Cleanup) retain(kind world.Kind, object string) {
	if c.retained == nil {
		c.retained = map[JournalKey]bool{}
	}
	c.retained[JournalKey{kind, object}] = true
}

// Journal plans removing the journal, or, when something is left that it knows
// more of than the objects themselves tell, all but that.
func (c *Cleanup) Journal() {
	if c.S.Kube.Journal == nil {
		return
	}
	c.retainOthers()
	keep := []JournalKey{}
	rest := 0
	for _, e := range c.S.Kube.Journal.Entries {
		if key := (JournalKey{e.Kind, e.Object}); c.retained[key] {
			keep = append(keep, key)
		} else {
			rest++
		}
	}
	change := plan.Change{ID: "journal", Step: check.StepIdentity, Kind: world.KindConfigMap, Summary: "journal " + world.JournalNamespace + "/" + world.JournalName,
		Why: "nothing is left to undo", Needs: c.ids(), Action: DeleteJournal{}}
	if len(keep) > 0 {
		change.Op, change.Summary = plan.Update, fmt.Sprintf("%s: only the record of what is left (%d)", change.Summary, len(keep))
		change.Why, change.Action = "a later cleanup needs it", TrimJournal{Keep: keep}
	}
	if len(keep) == 0 || rest > 0 {
		c.Add(change)
	}
}

func (c *Cleanup) ids() []string {
	var out []string
	for _, ch := range c.Plan.Changes {
		out = append(out, ch.ID)
	}
	return out
}

// GroupsAndDatabase plans the AWS objects: interfaces released, rules revoked,
// database deleted, then the groups, which nothing refers to any more.
func (c *Cleanup) GroupsAndDatabase() {
	owned := c.ownGroups()
	var rules []string
	for _, g := range c.S.Cloud.SecurityGroups {
		for _, r := range g.Rules {
			if !world.OwnedBy(r.Tags, c.Cluster) {
				continue
			}
			if user, used := c.ruleUser(g, r); used {
				c.keep(world.KindRule, r.ID, fmt.Sprintf("%s rule on %s: what carries %s needs it", r.Direction, intent.IDRef(g.ID, g.Name), user))
				c.retain(world.KindRule, r.ID)
				continue
			}
			rules = append(rules, c.Add(plan.Change{
				ID: "revoke-" + r.ID, Step: check.StepPort, Kind: world.KindRule, Summary: fmt.Sprintf("%s rule on %s: %s", r.Direction, intent.IDRef(g.ID, g.Name), reach.RuleText(r)),
				Why: "podsg added it", Needs: c.pods, Action: network.RevokeRule{GroupID: g.ID, RuleID: r.ID, Direction: r.Direction},
			}))
		}
	}
	var databases []string
	for _, d := range c.S.Cloud.Databases {
		if !world.OwnedBy(d.Tags, c.Cluster) {
			continue
		}
		if reason, kept := c.keptDatabase(d); kept {
			c.keep(world.KindDBInstance, d.Identifier, reason)
			continue
		}
		why := "podsg made it"
		if readers := c.readers(d); len(readers) > 0 {
			why += fmt.Sprintf("; %s read its connection from Secret %s, and will not reach it any more", strings.Join(words.Few(readers), ", "), c.S.Kube.Secret.Name)
		}
		databases = append(databases, c.Add(plan.Change{
			ID: "delete-database-" + d.Identifier, Step: check.StepDatabase, Kind: world.KindDBInstance, Summary: fmt.Sprintf("database %s with all its data, without a final snapshot", d.Identifier),
			Why: why, Undo: "cannot be undone", Needs: c.pods, Expected: 5 * time.Minute,
			Action: database.DeleteDatabaseInstance{Identifier: d.Identifier, Deleting: d.Status == "deleting"},
		}))
	}
	for _, g := range c.S.Cloud.SubnetGroups {
		if world.OwnedBy(g.Tags, c.Cluster) {
			if user, used := c.subnetGroupUser(g); used {
				c.keep(world.KindDBSubnetGroup, g.Name, needed([]string{"database " + user}))
				continue
			}
			c.Add(plan.Change{ID: "delete-subnet-group-" + g.Name, Step: check.StepDatabase, Kind: world.KindDBSubnetGroup, Summary: "DB subnet group " + g.Name, Why: "podsg made it",
				Needs: databases, Action: database.DeleteSubnetGroup{Name: g.Name}})
		}
	}
	for _, e := range c.S.Kube.Journal.Find(world.KindTable) {
		if d, ok := c.S.Database(strings.SplitN(e.Object, "/", 2)[0]); ok && !world.OwnedBy(d.Tags, c.Cluster) {
			c.keep(world.KindTable, e.Object, "the database is yours: drop the table yourself if you do not want it")
		}
	}
	for _, g := range sortedGroups(owned) {
		if users, used := c.inUse[g.ID]; used {
			c.keep(world.KindSecurityGroup, g.ID, users.reason())
			c.retain(world.KindSecurityGroup, g.ID)
			continue
		}
		needs := slices.Concat(rules, databases, c.policies)
		needs = append(needs, c.Add(plan.Change{
			ID: "released-" + g.ID, Step: check.StepPodGroup, Op: plan.Update, Kind: world.KindInterface, Summary: fmt.Sprintf("wait until no network interface carries %s", intent.IDRef(g.ID, g.Name)),
			Why: "a security group in use cannot be deleted; branch ENIs cool down first", Needs: slices.Concat(c.pods, databases), Expected: 90 * time.Second,
			Action: network.AwaitInterfacesGone{GroupID: g.ID, Name: g.Name},
		}))
		c.Add(plan.Change{ID: "delete-" + g.ID, Step: check.StepPodGroup, Kind: world.KindSecurityGroup, Summary: "security group " + intent.IDRef(g.ID, g.Name).String(), Why: "podsg made it",
			Needs: needs, Action: network.DeleteSecurityGroup{ID: g.ID}})
	}
}

// ownGroups are the security groups that podsg made, by id.
func (c *Cleanup) ownGroups() map[string]world.SecurityGroup {
	owned := map[string]world.SecurityGroup{}
	for _, g := range c.S.Cloud.SecurityGroups {
		if world.OwnedBy(g.Tags, c.Cluster) {
			owned[g.ID] = g
		}
	}
	return owned
}

func sortedGroups(groups map[string]world.SecurityGroup) []world.SecurityGroup {
	var out []world.SecurityGroup
	for _, g := range groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b world.SecurityGroup) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Trunks says that AWS keeps the trunk ENIs.
func (c *Cleanup) Trunks() {
	if len(c.Plan.Changes) == 0 {
		return
	}
	for _, i := range c.S.Cloud.Interfaces {
		if i.Type == world.InterfaceTrunk && i.Tags["kubernetes.io/cluster/"+c.Cluster] != "" {
			c.keep(world.KindInterface, i.ID, "a trunk ENI stays attached until its node is replaced; it costs nothing")
		}
	}
}
