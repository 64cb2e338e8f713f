package intent

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// foreignObjects settles names that are taken by objects which podsg did not make.
// What the user names is adopted: used as it is. A default name is not the user's
// word, so such an object is never adopted silently.
func (r *Resolver) foreignObjects() error {
	policy, found := Policy(r.S, &r.T)
	r.T.AdoptsPolicy = found && !policy.Owned
	sec := r.S.Kube.Secret
	r.T.AdoptsSecret = sec != nil && !sec.Owned
	if r.diagnosing {
		return nil
	}
	if r.T.AdoptsSecret {
		if r.In.Secret.Name == "" {
			return world.RefusedAnswer("secret.name", fmt.Sprintf("name it with --secret %s to use it as it is (answers: secret.name), or choose another name", r.T.SecretName),
				"secret %s/%s exists and was not made by podsg", r.T.Namespace, r.T.SecretName)
		}
		if err := r.adoptSecret(*sec); err != nil {
			return err
		}
	}
	if r.T.AdoptsPolicy {
		if r.In.Policy.Name == "" {
			return world.RefusedAnswer("policy.name", fmt.Sprintf("name it with --policy %s to use it as it is (answers: policy.name), or choose another name", policy.Name),
				"security group policy %s/%s exists and was not made by podsg", policy.Namespace, policy.Name)
		}
		return r.adoptNamedPolicy(policy)
	}
	return nil
}

// adoptSecret uses a Secret of the user's, if it has what a connection needs.
func (r *Resolver) adoptSecret(sec world.SecretFacts) error {
	var missing []string
	for _, key := range []string{KeyHost, KeyPort, KeyDatabase, KeyUsername, KeyPassword} {
		if !slices.Contains(sec.Keys, key) {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		return world.RefusedAnswer("secret.name", "choose another name with --secret NAME (answers: secret.name): podsg then makes a Secret of its own beside it",
			"secret %s/%s was not made by podsg, and it lacks %s", r.T.Namespace, sec.Name, strings.Join(missing, ", "))
	}
	r.from("secret.name", "answer", "it is yours: used as it is")
	return nil
}

// adoptNamedPolicy uses a policy of the user's: whom it selects is whom it is
// about.
func (r *Resolver) adoptNamedPolicy(p world.PodPolicy) error {
	in := r.In.Policy
	if in.PodSelector == nil && in.ServiceAccountSelector == nil {
		r.T.Selector, r.T.SASelector = p.PodSelector, p.ServiceAccountSelector
		r.from("policy.podSelector", "discovered", "of policy "+p.Name)
	}
	if !world.SameSelector(r.T.Selector, p.PodSelector) || !world.SameSelector(r.T.SASelector, p.ServiceAccountSelector) {
		return world.RefusedAnswer("policy.podSelector", "leave the selector out to use the policy as it is, or make another policy with --policy NAME (answers: policy.name)",
			"policy %s/%s was not made by podsg, and it selects other pods: pods with %s, service accounts with %s", p.Namespace, p.Name, p.PodSelector, p.ServiceAccountSelector)
	}
	if len(p.GroupIDs) == 0 {
		return world.RefusedAnswer("policy.name", "make another policy with --policy NAME (answers: policy.name)", "policy %s/%s was not made by podsg, and it names no security group", p.Namespace, p.Name)
	}
	r.from("policy.name", "answer", "it is yours: used as it is")
	return nil
}

// adoptedGroups are the groups that an adopted policy gives. The one that nodes
// do not carry is the pods'.
func (r *Resolver) adoptedGroups() error {
	p, _ := Policy(r.S, &r.T)
	if r.In.PodSecurityGroup == (GroupIntent{}) {
		id := r.ownPodGroup(p)
		g, _ := r.S.Group(id)
		r.T.PodGroup = IDRef(id, g.Name)
		r.from("podSecurityGroup", "discovered", "of policy "+p.Name)
	}
	if !slices.Contains(p.GroupIDs, r.T.PodGroup.ID) {
		problem := world.RefusedAnswer("podSecurityGroup.id", "leave the group out to use those of the policy, or add it to the policy yourself",
			"policy %s/%s was not made by podsg, and it gives %s, not %s: podsg does not change it", p.Namespace, p.Name, strings.Join(p.GroupIDs, ", "), r.T.PodGroup)
		if r.T.PodGroup.ID != "" {
			problem.Command = shell.Command(`kubectl -n %s patch securitygrouppolicy %s --type=json -p %s`, p.Namespace, p.Name,
				fmt.Sprintf(`[{"op":"add","path":"/spec/securityGroups/groupIds/-","value":%q}]`, r.T.PodGroup.ID))
		}
		return problem
	}
	if r.carriedByNodes(r.T.PodGroup.ID) {
		return world.RefusedAnswer("policy.name", "give the policy a security group of the pods' own beside it",
			"policy %s/%s gives only security groups that nodes carry (%s): a rule for one of them would let every node into the database, and with it every pod",
			p.Namespace, p.Name, strings.Join(p.GroupIDs, ", "))
	}
	r.T.PolicyGroups = nil
	for _, id := range p.GroupIDs {
		g, _ := r.S.Group(id)
		r.T.PolicyGroups = append(r.T.PolicyGroups, IDRef(id, g.Name))
	}
	return nil
}

// carriedByNodes reports whether nodes or the control plane carry a security
// group: a rule for it is not one for some pods.
func (r *Resolver) carriedByNodes(id string) bool {
	return id == r.T.Cluster.SecurityGroupID || slices.ContainsFunc(r.S.Cloud.Instances, func(i world.Instance) bool { return slices.Contains(i.PrimaryGroups, id) })
}

// refuseNodesGroup refuses a group for the pods that nodes carry.
func (r *Resolver) refuseNodesGroup() error {
	g := r.T.PodGroup
	if g.ID == "" || !r.carriedByNodes(g.ID) {
		return nil
	}
	return world.RefusedAnswer("podSecurityGroup.id",
		"give a security group of the pods' own, or have one made: --pod-security-group NAME (answers: podSecurityGroup.name); with --keep-node-groups (answers: keepNodeGroups) the pods keep the nodes' groups beside it",
		"podSecurityGroup: the nodes of cluster %s carry %s: a rule for it would let every node into the database, and with it every pod", r.T.Cluster.Name, g)
}

// keepsNodeGroups decides whether pods keep the groups of their nodes where
// nobody has said so: those of a workload that was there lose nothing then, and
// the demo's pods need nothing of what those allow.
func keepsNodeGroups(in Intent) bool { return len(in.Workloads) > 0 }

// nodeGroupsKept settles whether the policy gives the nodes' groups beside the
// pods' own. A policy that podsg made earlier is not narrowed by a default.
func (r *Resolver) nodeGroupsKept() error {
	keep := keepsNodeGroups(r.In)
	r.from("keepNodeGroups", "default", "")
	if p, ok := Policy(r.S, &r.T); ok && p.Owned && slices.ContainsFunc(r.T.NodeGroups, func(g Ref) bool { return slices.Contains(p.GroupIDs, g.ID) }) {
		keep = true
		r.from("keepNodeGroups", "discovered", "the policy gives them already")
	}
	if r.In.KeepNodeGroups != nil {
		keep = *r.In.KeepNodeGroups
		r.from("keepNodeGroups", "answer", "")
	}
	if !keep {
		return nil
	}
	for _, g := range r.T.NodeGroups {
		if !slices.Contains(r.T.PolicyGroups, g) {
			r.T.PolicyGroups = append(r.T.PolicyGroups, g)
		}
	}
	if n, allowed := len(r.T.PolicyGroups), r.S.GroupsPerInterface(); n > allowed {
		return world.RefusedAnswer("keepNodeGroups", "name the one group of the nodes that the pods need with --node-security-group (answers: nodeSecurityGroup.id), or leave the nodes' groups out: --keep-node-groups=false",
			"keepNodeGroups: the policy would give %s, and a network interface may have %d unless the account's quota was raised: %s", words.NumberOf(n, "security group"), allowed, RefNames(r.T.PolicyGroups))
	}
	return nil
}
