package cleanup

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// groupUsers are those that would go on carrying a security group of podsg's
// when the test pods are gone. The group then cannot be deleted, and its policy
// and rules must stay, because they work with them.
type groupUsers struct {
	group    world.SecurityGroup
	pods     []world.Pod
	policies []world.PodPolicy // those that give the group to pods
	others   []string          // what else carries it, in words
	accesses []string          // what needs it, when one access is taken back
}

// FindUsers finds the users of podsg's security groups before anything is
// planned: waiting for them would be in vain.
func (c *Cleanup) FindUsers() {
	c.inUse = map[string]groupUsers{}
	_, partial := c.S.Kube.Partial[world.FactPods]
	seen := map[string]bool{} // branch ENIs of pods
	for _, p := range c.S.Kube.Pods {
		for _, e := range p.ENIs {
			seen[e.ENIID] = true
		}
	}
	for id, g := range c.ownGroups() {
		users := groupUsers{group: g, accesses: c.groupNeeds(id)}
		for _, p := range c.S.Kube.Pods {
			if !p.Owned && !p.Terminating && p.Phase != "Succeeded" && p.Phase != "Failed" && c.carries(p, id) {
				users.pods = append(users.pods, p)
			}
		}
		for _, i := range c.S.Cloud.Interfaces {
			// RDS' own interfaces go with their databases.
			switch {
			case !slices.Contains(i.Groups, id), i.Description == InterfaceOfRDS:
			case i.Type != world.InterfaceBranch:
				users.others = append(users.others, "network interface "+i.ID)
			case partial && !seen[i.ID]:
				users.others = append(users.others, "branch ENI "+i.ID+", perhaps of a pod in a namespace that you may not see")
			}
		}
		for _, d := range c.S.Cloud.Databases {
			if slices.Contains(d.Groups, id) && !world.OwnedBy(d.Tags, c.Cluster) {
				users.others = append(users.others, "database "+d.Identifier)
			}
		}
		for _, p := range c.S.Kube.Policies {
			if slices.Contains(p.GroupIDs, id) {
				users.policies = append(users.policies, p)
			}
		}
		if len(users.pods)+len(users.others)+len(users.accesses) > 0 {
			c.inUse[id] = users
		}
	}
}

// InterfaceOfRDS is the description of the network interfaces of RDS.
const InterfaceOfRDS = "RDSNetworkInterface"

// carries reports whether a branch ENI of a pod carries a security group.
func (c *Cleanup) carries(p world.Pod, group string) bool {
	return slices.ContainsFunc(p.ENIs, func(e world.PodENI) bool {
		i, ok := c.S.InterfaceByID(e.ENIID)
		return ok && slices.Contains(i.Groups, group)
	})
}

// givesUsedGroup reports whether a policy gives pods a group that is in use.
func (c *Cleanup) givesUsedGroup(p world.PodPolicy) bool {
	return slices.ContainsFunc(p.GroupIDs, func(id string) bool {
		users, used := c.inUse[id]
		return used && slices.ContainsFunc(users.pods, func(pod world.Pod) bool { return pod.Namespace == p.Namespace })
	})
}

// ruleUser names the group in use for which a rule stays: the one that it is of
// or, on a group that is not deleted, the one that it admits.
func (c *Cleanup) ruleUser(g world.SecurityGroup, r world.Rule) (name intent.Ref, used bool) {
	if _, goes := c.ownGroups()[r.PeerGroup]; goes && r.PeerGroup != g.ID {
		if _, used := c.inUse[r.PeerGroup]; !used {
			return intent.Ref{}, false // a group that a rule admits cannot be deleted
		}
	}
	for _, id := range []string{g.ID, r.PeerGroup} {
		if users, used := c.inUse[id]; used && (id == g.ID || !world.OwnedBy(g.Tags, c.Cluster)) {
			return intent.IDRef(id, users.group.Name), true
		}
	}
	return intent.Ref{}, false
}

// reason says who uses the group, and how to part them.
func (u groupUsers) reason() string {
	if len(u.accesses) > 0 {
		return u.group.Name + " is " + needed(u.accesses)
	}
	var names, commands []string
	for _, p := range u.pods {
		names = append(names, "pod "+p.Namespace+"/"+p.Name)
		commands = append(commands, shell.RestartCommand(p))
	}
	names = append(names, u.others...)
	slices.Sort(commands)
	commands = slices.Compact(commands)
	if len(u.pods) > 0 {
		var first []string // a pod that restarts under the policy gets the group again
		for _, p := range u.policies {
			first = append(first, shell.Command("kubectl -n %s delete securitygrouppolicies.vpcresources.k8s.aws %s", p.Namespace, p.Name))
		}
		commands = append(first, commands...)
	}
	text := fmt.Sprintf("%s carried by what podsg did not make: %s; ", u.group.Name, strings.Join(words.Few(names), ", "))
	if len(u.others) > 0 {
		text += "take the group from it, "
	}
	if len(commands) > 0 {
		text += strings.Join(words.Few(commands), " && ") + ", "
	}
	return text + "then run cleanup again"
}
