package nodes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

// lifecycle begins the taints by which Kubernetes itself says what is wrong with a
// node: no pod of podsg's is to tolerate them.
const lifecycle = "node.kubernetes.io/"

// placeable asks, before anything is made, whether podsg's own pods could run: those
// with a branch ENI on a node that can have a trunk ENI, and the red one on any.
// Otherwise they would wait for a node while the database already costs money.
func placeable(c *check.Context) {
	t := c.Target
	if t.Diagnosing || !t.Verify && !t.Seed {
		return // it starts none
	}
	wants := world.Scheduling{NodeSelector: t.ProbeNodeSelector, Tolerations: t.ProbeTolerations}
	capable := c.Candidates()
	if len(capable) == 0 {
		return // another check says so
	}
	refusing, lines := refusals(capable, wants)
	if len(refusing) < len(capable) {
		c.Add(check.Pass, say.N(len(capable)-len(refusing), "%d node that can have a trunk ENI takes them", "%d nodes that can have a trunk ENI take them"))
		return
	}
	f := c.Fail("no node that can have a trunk ENI takes podsg's own pods, which try the connection and make the table").Saw(words.Few(lines)...)
	tolerant := *t
	if taints := tolerable(refusing, wants); len(taints) > 0 {
		tolerant.ProbeTolerations = slices.Concat(t.ProbeTolerations, taints)
		f.Mend(say.T("if they may run there, let them tolerate the taint (probe.tolerations), or do without them: --verify=false --seed=false"), tolerant.SetupCommand())
		return
	}
	if len(t.ProbeNodeSelector) > 0 {
		f.Mend(say.T("choose labels that such a node carries (--probe-node-selector, probe.nodeSelector)"), "kubectl get nodes --show-labels")
		return
	}
	f.Mend(say.T("add a node that takes ordinary pods, or uncordon one when it may take pods again"), "kubectl get nodes")
}

// refusals are the nodes that do not take pods, with a line for each reason.
func refusals(nodes []world.Node, wants world.Scheduling) (refusing []world.Node, lines []string) {
	reasons := map[string][]string{}
	for _, n := range nodes {
		if why := wants.Refuses(n); why != "" {
			refusing = append(refusing, n)
			reasons[why] = append(reasons[why], n.Name)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		lines = append(lines, fmt.Sprintf("%s: %s", strings.Join(words.Few(reasons[why]), ", "), why))
	}
	return refusing, lines
}

// tolerable are the fewest taints which, tolerated, let pods onto one of the nodes;
// none if more is in the way than taints that people set.
func tolerable(refusing []world.Node, wants world.Scheduling) []world.Toleration {
	var fewest []world.Toleration
	for _, n := range refusing {
		var needed []world.Toleration
		for _, taint := range n.Taints {
			tolerates := func(t world.Toleration) bool { return t.Tolerates(taint) }
			if taint.Effect != "PreferNoSchedule" && !slices.ContainsFunc(wants.Tolerations, tolerates) && !strings.HasPrefix(taint.Key, lifecycle) {
				needed = append(needed, world.Toleration{Key: taint.Key, Operator: "Equal", Value: taint.Value, Effect: taint.Effect})
			}
		}
		with := wants
		with.Tolerations = slices.Concat(wants.Tolerations, needed)
		if with.Refuses(n) == "" && (fewest == nil || len(needed) < len(fewest)) {
			fewest = needed
		}
	}
	return fewest
}
