package policy

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/world"
)

// exists looks for the policy that is meant, and whether it is as wanted.
func exists(c *check.Context) {
	t := c.Target
	p, ok := intent.Policy(c.Snapshot, t)
	if !ok && t.Foreign && t.Intent.Policy.Name == "" {
		c.Skip("podsg has set up nothing in namespace %s, so no policy is missed there", t.Namespace)
		return
	}
	if !ok {
		c.Fail("there is no policy %s/%s", t.Namespace, t.PolicyName).BySetup(t, say.T("setup makes it")).
			ByHand(t, say.T("make it"), applyPolicy(t))
		return
	}
	gives := strings.Join(p.GroupIDs, ", ")
	c.Expect(t.PolicyMatches(p), say.T("it selects %s and gives %s", p.PodSelector, gives), say.T("it is not as wanted")).On(p.Namespace+"/"+p.Name).
		Saw("selects "+p.PodSelector.String(), "gives "+gives, fmt.Sprintf("wanted: %s gives %s", t.Selector, t.PodGroup)).
		BySetup(t, say.T("setup changes it")).ByHand(t, say.T("change its selector or its groups; running pods keep what they have"), editPolicy(p.Namespace, p.Name))
}

// groupsOfVPC looks for groups that no branch ENI of the VPC can carry.
func groupsOfVPC(c *check.Context, p world.PodPolicy) {
	var wrong []string
	for _, id := range p.GroupIDs {
		if _, ok := c.Group(id); !ok && world.IsGroupID(id) {
			wrong = append(wrong, id)
		}
	}
	if len(wrong) == 0 && len(malformed(c, p)) > 0 {
		c.Skip("the policy names what is no id of a group: see D47")
		return
	}
	c.Expect(len(wrong) == 0, say.T("%s", strings.Join(p.GroupIDs, ", ")),
		say.T("%s does not exist in %s: it was deleted or belongs to another VPC, and every pod that the policy selects waits for its branch ENI", strings.Join(wrong, ", "), c.Target.Cluster.VPCID)).
		On(wrong...).Saw(world.RecentEvents(c.Snapshot, p.Namespace, "BranchAllocationFailed")...).
		Mend(say.T("give the policy a security group of the cluster's VPC; pods that wait for a branch ENI have to be restarted then, and those that run keep theirs until they are"), editPolicy(p.Namespace, p.Name))
}

// complete looks for what a policy needs to be heeded: a selector that Kubernetes
// can read, and groups by their ids. The API server accepts anything.
func complete(c *check.Context, p world.PodPolicy) {
	var wrong []string
	if p.PodSelector == nil && p.ServiceAccountSelector == nil {
		wrong = append(wrong, say.T("it has neither podSelector nor serviceAccountSelector").String())
	}
	if len(p.GroupIDs) == 0 {
		wrong = append(wrong, say.T("it names no security group").String())
	}
	ignored := len(wrong) > 0
	selector := false
	for _, s := range []*world.Selector{p.PodSelector, p.ServiceAccountSelector} {
		if _, err := s.Matches(nil); err != nil {
			wrong, selector = append(wrong, err.Error()), true
		}
	}
	ids := malformed(c, p)
	wrong = append(wrong, ids...)
	reason := say.T("it is not as the controller needs it")
	switch {
	case ignored:
		reason = say.T("the controller ignores it without a word")
	case selector:
		reason = say.T("Kubernetes cannot read its selector, so it selects nothing, without a word")
	case len(ids) > 0:
		reason = say.T("it gives what is no security group, and every new pod that it selects waits for its branch ENI")
	}
	hand := say.T("give it what is missing")
	switch {
	case selector:
		hand = say.T("correct the selector: operators are In, NotIn, Exists and DoesNotExist")
	case len(ids) > 0 && !ignored:
		hand = say.T("name the groups by their ids, such as sg-0123456789abcdef0")
	}
	c.Expect(len(wrong) == 0, say.T("it has a selector and security groups"), reason).Saw(wrong...).On(p.Name).
		BySetup(c.Target, say.T("setup changes it; %s", hand)).ByHand(c.Target, hand, editPolicy(p.Namespace, p.Name))
}

// malformed says of the groups of a policy that are no ids what they are.
func malformed(c *check.Context, p world.PodPolicy) []string {
	var out []string
	for _, id := range p.GroupIDs {
		named := c.GroupsNamed(c.Target.Cluster.VPCID, id)
		switch {
		case world.IsGroupID(id):
		case id == "":
			out = append(out, say.T("it names a group with an empty id").String())
		case len(named) > 0:
			out = append(out, say.T("%q is the name of %s, and no id", id, named[0].ID).String())
		default:
			out = append(out, say.T("%q is no id of a security group", id).String())
		}
	}
	return out
}

// catchesAll looks for a selector that selects every pod.
func catchesAll(c *check.Context, p world.PodPolicy) {
	if p.PodSelector.IsEmpty() {
		c.Warn("its selector is empty: every pod of namespace %s gets the group", p.Namespace).On(p.Name).
			Mend(say.T("select by a label"), "")
		return
	}
	c.Pass("it selects %s", p.PodSelector)
}
