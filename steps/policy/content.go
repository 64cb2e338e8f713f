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
		if _, ok := c.Group(id); !ok {
			wrong = append(wrong, id)
		}
	}
	c.Expect(len(wrong) == 0, say.T("%s", strings.Join(p.GroupIDs, ", ")),
		say.T("%s does not exist in %s: it was deleted or belongs to another VPC, and every pod that the policy selects waits for its branch ENI", strings.Join(wrong, ", "), c.Target.Cluster.VPCID)).
		On(wrong...).Saw(world.RecentEvents(c.Snapshot, p.Namespace, "BranchAllocationFailed")...).
		Mend(say.T("give the policy a security group of the cluster's VPC, then restart the pods"), editPolicy(p.Namespace, p.Name))
}

// complete looks for what a policy needs to be heeded.
func complete(c *check.Context, p world.PodPolicy) {
	var wrong []string
	if p.PodSelector == nil && p.ServiceAccountSelector == nil {
		wrong = append(wrong, "it has neither podSelector nor serviceAccountSelector")
	}
	if len(p.GroupIDs) == 0 {
		wrong = append(wrong, "it names no security group")
	}
	c.Expect(len(wrong) == 0, say.T("it has a selector and security groups"), say.T("the controller ignores it without a word")).Saw(wrong...).On(p.Name).
		BySetup(c.Target, say.T("setup changes it")).ByHand(c.Target, say.T("give it what is missing"), editPolicy(p.Namespace, p.Name))
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
