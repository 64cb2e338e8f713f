package cleanup

import (
	"slices"
	"strings"

	"podsg/steps/access"
	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/iam"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/words"
	"podsg/steps/world"
)

// Scope is the access that is taken back: that of a policy, or those of a
// namespace. The zero value is everything.
type Scope struct{ Namespace, Policy string }

// IsAll reports whether everything is taken back.
func (x Scope) IsAll() bool { return x.Namespace == "" }

// holds reports whether the access of a policy is taken back.
func (x Scope) holds(namespace, policy string) bool {
	return x.IsAll() || namespace == x.Namespace && (x.Policy == "" || policy == x.Policy)
}

// holdsPolicy is holds of a policy; that of an access' probe pods is of it.
func (x Scope) holdsPolicy(p world.PodPolicy) bool { return x.holds(p.Namespace, p.Access()) }

// staying are the policies of the accesses that are not taken back, and need
// what they share with the one that is.
func (c *Cleanup) staying() []world.PodPolicy {
	if c.Scope.IsAll() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.S.Kube.Policies), c.Scope.holdsPolicy)
}

// beside are the staying accesses of podsg's in the namespace of the one that is
// taken back.
func (c *Cleanup) beside() []world.PodPolicy {
	return slices.DeleteFunc(c.staying(), func(p world.PodPolicy) bool { return !p.Owned || p.Namespace != c.Scope.Namespace })
}

// neededBy names the staying accesses that a condition holds for.
func (c *Cleanup) neededBy(needs func(world.PodPolicy) bool) (names []string) {
	for _, p := range c.staying() {
		if needs(p) {
			names = append(names, p.Namespace+"/"+p.Name)
		}
	}
	return names
}

// databaseUsers are the staying accesses that reach a database.
func (c *Cleanup) databaseUsers(d world.Database) []string {
	return c.neededBy(func(p world.PodPolicy) bool {
		return slices.ContainsFunc(access.Targets(c.S, p.GroupIDs), func(t access.Target) bool { return t.Kind == world.KindDBInstance && t.ID == d.Identifier })
	})
}

// given reports whether a policy that goes gives pods a security group.
func (c *Cleanup) given(group string) bool {
	return slices.ContainsFunc(c.S.Kube.Policies, func(p world.PodPolicy) bool {
		return c.Scope.holdsPolicy(p) && slices.Contains(p.GroupIDs, group)
	})
}

// recordedFor is the access that an object was made for; empty: the journal does
// not tell.
func (c *Cleanup) recordedFor(kind world.Kind, object string) string {
	entry, _ := c.S.Kube.Journal.Entry(kind, object)
	return entry.Access
}

// keptDatabase reports why a database of podsg's stays: other accesses reach it,
// or it is not of the one that is taken back.
func (c *Cleanup) keptDatabase(d world.Database) (reason string, kept bool) {
	if c.Scope.IsAll() {
		return "", false
	}
	if users := c.databaseUsers(d); len(users) > 0 {
		return needed(users), true
	}
	of := c.recordedFor(world.KindDBInstance, d.Identifier)
	if of != "" && c.Scope.holdsName(of) {
		return "", false
	}
	for _, p := range c.S.Kube.Policies {
		reaches := func(t access.Target) bool { return t.Kind == world.KindDBInstance && t.ID == d.Identifier }
		if c.Scope.holdsPolicy(p) && slices.ContainsFunc(access.Targets(c.S, p.GroupIDs), reaches) {
			return "", false
		}
	}
	return "it is not of the access that is taken back; podsg cleanup without a namespace removes it", true
}

// subnetGroupUser is a database that stays in a subnet group.
func (c *Cleanup) subnetGroupUser(g world.DBSubnetGroup) (identifier string, used bool) {
	for _, d := range c.S.Cloud.Databases {
		if _, kept := c.keptDatabase(d); kept && d.SubnetGroup == g.Name && world.OwnedBy(d.Tags, c.Cluster) {
			return d.Identifier, true
		}
	}
	return "", false
}

// groupNeeds are those who need a security group of podsg's when an access is
// taken back: other accesses, and databases that stay. One that has nothing to do
// with the access is needed by whoever it was made for.
func (c *Cleanup) groupNeeds(id string) (names []string) {
	if c.Scope.IsAll() {
		return nil
	}
	names = c.neededBy(func(p world.PodPolicy) bool { return slices.Contains(p.GroupIDs, id) })
	ofDatabase := false
	for _, d := range c.S.Cloud.Databases {
		if !slices.Contains(d.Groups, id) || !world.OwnedBy(d.Tags, c.Cluster) {
			continue
		}
		ofDatabase = true
		if _, kept := c.keptDatabase(d); kept {
			names = append(names, "database "+d.Identifier)
		}
	}
	if of := c.recordedFor(world.KindSecurityGroup, id); len(names) == 0 && !ofDatabase && !c.given(id) && !c.Scope.holdsName(of) {
		names = append(names, "another access")
	}
	return names
}

// needed is why something stays that other accesses need.
func needed(accesses []string) string {
	return "needed by " + strings.Join(words.Few(accesses), ", ")
}

// inScope reports whether an object of podsg's goes with the access that is taken
// back, and says why one of its namespace does not.
func (c *Cleanup) inScope(o ownedObject) bool {
	if c.Scope.IsAll() {
		return true
	}
	if o.namespace != c.Scope.Namespace {
		return false
	}
	if o.kind == world.KindPolicy {
		p, _ := c.S.Policy(o.namespace, o.name)
		return c.Scope.holdsPolicy(p)
	}
	beside := c.beside()
	if len(beside) == 0 {
		return true
	}
	entry, recorded := c.S.Kube.Journal.Entry(o.kind, o.namespace+"/"+o.name)
	others := recorded && entry.Access != "" && !c.Scope.holdsName(entry.Access)
	switch o.kind {
	case world.KindDeployment, world.KindPod:
		return !others // they prove one access
	default:
		// What two accesses of a namespace share is recorded with the first.
		return !others && slices.ContainsFunc(beside, func(p world.PodPolicy) bool {
			return slices.ContainsFunc(c.S.Kube.Journal.Find(o.kind), func(e world.JournalEntry) bool { return e.Access == p.Namespace+"/"+p.Name })
		})
	}
}

// holdsName is holds of NAMESPACE/POLICY.
func (x Scope) holdsName(access string) bool {
	namespace, policy, _ := strings.Cut(access, "/")
	return x.holds(namespace, policy)
}

// keepShared says what of podsg's in the namespace stays for another access of it.
func (c *Cleanup) keepShared(o ownedObject) (kept bool) {
	if c.inScope(o) {
		return false
	}
	if o.namespace == c.Scope.Namespace && o.kind != world.KindPolicy {
		var names []string
		for _, p := range c.beside() {
			names = append(names, p.Namespace+"/"+p.Name)
		}
		c.keep(o.kind, o.namespace+"/"+o.name, needed(names))
	}
	return true
}

// retainOthers keeps the journal's entries of all that is not taken back.
func (c *Cleanup) retainOthers() {
	if c.Scope.IsAll() {
		return
	}
	gone := map[JournalKey]bool{}
	for _, ch := range c.Plan.Changes {
		switch a := ch.Action.(type) {
		case plan.DeleteObject:
			gone[JournalKey{ch.Kind, a.Ref.String()}] = true
		case network.DeleteSecurityGroup:
			gone[JournalKey{ch.Kind, a.ID}] = true
		case network.RevokeRule:
			gone[JournalKey{ch.Kind, a.RuleID}] = true
		case database.DeleteDatabaseInstance:
			gone[JournalKey{ch.Kind, a.Identifier}] = true
		case database.DeleteSubnetGroup:
			gone[JournalKey{ch.Kind, a.Name}] = true
		case iam.DetachPolicy:
			gone[JournalKey{ch.Kind, a.Role + " " + a.PolicyARN}] = true
		case cni.RestoreAddon:
			gone[JournalKey{world.KindAddonConfig, world.AddonVPCCNI}] = true
		case cni.RestoreDaemonSet:
			gone[JournalKey{world.KindCNIEnv, "kube-system/" + world.DaemonSetCNI}] = true
		}
	}
	for _, e := range c.S.Kube.Journal.Entries {
		key := JournalKey{e.Kind, e.Object}
		table, _, _ := strings.Cut(e.Object, "/")
		if !gone[key] && (e.Kind != world.KindTable || !gone[JournalKey{world.KindDBInstance, table}]) {
			c.retain(e.Kind, e.Object)
		}
	}
}
