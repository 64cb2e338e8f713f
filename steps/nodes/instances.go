package nodes

import (
	"fmt"
	"maps"
	"slices"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// types counts the nodes that can have a trunk ENI, and says of the others why
// they cannot.
func types(c *check.Context) {
	var capable, unknown, waiting []world.Node
	room, auto := 0, 0
	var others []string // why the other nodes can have no trunk, a line for each reason
	reasons := map[string]int{}
	for _, n := range c.Kube.Nodes {
		it := c.InstanceType(n.InstanceType)
		if n.ComputeType == "auto" {
			auto++
		}
		switch why := c.NoTrunk(n); {
		case why == "" && !it.Known && n.PodENIs == 0:
			unknown = append(unknown, n)
			reasons[n.InstanceType+" is not in the capacity table: trunk support unknown"]++
		case why == "":
			capable = append(capable, n)
			room += max(it.BranchENIs, n.PodENIs)
		default:
			if why == world.NotReady {
				waiting = append(waiting, n)
			}
			reasons[why]++
		}
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		others = append(others, say.N(reasons[why], "%d node: %s", "%d nodes: %s", why).String())
	}
	total := len(c.Kube.Nodes)
	addNodes := shell.Command("eksctl create nodegroup --cluster %s", c.Target.Cluster.Name)
	if c.Target.Region != "" {
		addNodes += shell.Command(" --region %s", c.Target.Region)
	}
	addNodes += " --name sg-pods --node-type m5.large --nodes 2"
	all := say.N(total, "%d node", "%d nodes")
	have := say.T("%d of %s can have a trunk ENI, with %d branch ENIs in all", len(capable), all, room)
	switch {
	case len(capable)+len(unknown) == 0 && len(waiting) > 0:
		c.Fail("no node that could have a trunk ENI is ready").Saw(others...).
			Mend(say.T("see why they are not ready"), shell.Command("kubectl describe node %s", waiting[0].Name))
	case len(capable)+len(unknown) == 0 && auto == total && total > 0 && c.Target.Cluster.AutoModeTakesPolicies():
		c.Skip("EKS Auto Mode manages every node, and makes branch ENIs by itself")
	case len(capable)+len(unknown) == 0:
		c.Fail("none of the %s can have a trunk ENI, so no pod can get a security group of its own", all).
			Saw(others...).
			Mend(say.T("add a node group of Linux nodes of a type that supports trunk ENIs, such as m5.large (9 branch ENIs each)"), addNodes)
	case len(capable) == 0:
		c.Warn("no node is of a type that is known to support trunk ENIs; newer ones usually do").Saw(others...).
			Mend(say.T("go on: a node that supports it offers branch ENIs soon after the VPC CNI is told; if none does, add nodes of a known type"), addNodes)
	case len(others) > 0:
		c.Warn("%s; the others run only ordinary pods", have).Saw(others...).
			Mend(say.T("nothing, if that is enough; the scheduler keeps the selected pods off the others by itself"), addNodes)
	default:
		c.Add(check.Pass, have)
	}
}

// oldLabels looks for nodes that can have no trunk ENI and carry the label of
// those that have one.
func oldLabels(c *check.Context) {
	if len(c.Candidates()) == 0 {
		return
	}
	var labelled []string
	for _, n := range c.Kube.Nodes {
		if v, ok := n.Labels[world.LabelTrunkAttached]; ok && !c.InstanceType(n.InstanceType).Trunking {
			labelled = append(labelled, fmt.Sprintf("%s has %s=%s", n.Name, world.LabelTrunkAttached, v))
		}
	}
	if len(labelled) == 0 {
		c.Pass("none")
		return
	}
	c.Warn("the label is no longer set by the VPC CNI, and its mere presence makes the controller manage the node").Saw(labelled...).
		Mend(say.T("remove it"), shell.Command("kubectl label node --all %s-", world.LabelTrunkAttached))
}
