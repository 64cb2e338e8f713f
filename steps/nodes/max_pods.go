package nodes

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

// tooManyPods is how the scheduler says that nodes have their kubelet's maximum
// of pods: "0/3 nodes are available: 2 Too many pods, 1 Insufficient cpu."
const tooManyPods = "Too many pods"

var (
	countTooMany = regexp.MustCompile(`(\d+) ` + tooManyPods)
	countNodes   = regexp.MustCompile(`^0/(\d+) nodes`)
)

// maxPods looks for pods that wait although branch ENIs are left: they
// count towards the maximum of pods of their node as all pods do.
func maxPods(c *check.Context) {
	capable := c.Candidates()
	if _, missing := c.Missing(world.FactPods); missing {
		return
	}
	used := world.BranchesUsed(c.Kube.Pods)
	var free []world.Node
	for _, n := range capable {
		if n.PodENIs > used[n.Name] && !n.Cordoned {
			free = append(free, n)
		}
	}
	if len(free) == 0 {
		return // another check says so
	}
	var lines, pods []string
	certain := false
	for _, p := range c.WaitingPods() {
		text := p.Message
		if e, ok := c.LastPodEvent(p, "FailedScheduling"); ok && !strings.Contains(text, tooManyPods) {
			text = e.Message
		}
		if !strings.Contains(text, tooManyPods) {
			continue
		}
		lines, pods = append(lines, p.Name+": "+text), append(pods, p.Namespace+"/"+p.Name)
		// More nodes are full than have no branch ENI left: one of those that have is.
		all := firstNumber(countNodes, text)
		certain = certain || all > 0 && firstNumber(countTooMany, text) > all-len(free)
	}
	if len(lines) == 0 {
		return
	}
	var doubt say.Text
	if _, partial := c.Kube.Partial[world.FactPods]; partial || !certain {
		doubt = say.T("which of the nodes have their maximum of pods")
	}
	for _, n := range free {
		lines = append(lines, fmt.Sprintf("%s: %d of %d branch ENIs in use, up to %d pods", n.Name, used[n.Name], n.PodENIs, n.MaxPods))
	}
	c.Decide(false, doubt, say.Text{}, say.N(len(pods), "%d pod is waiting although branch ENIs are left: nodes have their maximum of pods", "%d pods are waiting although branch ENIs are left: nodes have their maximum of pods")).
		Saw(words.Few(lines)...).On(pods...).
		Mend(say.T("add nodes, or raise the maximum of pods of the node group; with ENABLE_PREFIX_DELEGATION=true a node has addresses for more"), "kubectl get nodes -o custom-columns=NAME:.metadata.name,PODS:.status.allocatable.pods")
}

// firstNumber is the number that a pattern finds in a text, or 0.
func firstNumber(pattern *regexp.Regexp, text string) int {
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		return 0
	}
	return n
}
