package controller

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

const (
	// soon is how long the controller takes at most for a pod, where nothing is
	// in its way: a few calls of EC2 and a write.
	soon = 30 * time.Second
	// several pods make a slowness of the cluster, not of one pod.
	several = 3
	// tooLong is when a pod waits for longer than the longest cool-down that is
	// usual, and the time until the controller looks again.
	tooLong = 3 * time.Minute
)

// waiting are the pods of the namespace that have a node and no branch ENI. It
// adds a skip where there are such and the events, which say why, are missing.
func waiting(c *check.Context) []world.Pod {
	pods := c.UnallocatedPods(c.Target.Namespace)
	if len(pods) == 0 || !c.Known(world.FactEvents) {
		return nil
	}
	return pods
}

// PodFailure is a failure that a pod met.
type PodFailure struct {
	Failure
	Site
}

func (m PodFailure) line() string { return m.Pod.Name + ": " + m.Message }

// Met is the failure of which the newest event of a pod tells.
func Met(s *world.Snapshot, pod world.Pod, t *intent.Target) (PodFailure, bool) {
	for _, e := range s.EventsOf(pod, "BranchAllocationFailed", "BranchENIAnnotationFailed") {
		if found, ok := failureOf(e); ok {
			return PodFailure{found, Site{s, t, pod, e.Message}}, true
		}
	}
	return PodFailure{}, false
}

// unallocated makes the run of a check about pods that met a failure.
func unallocated(id string) func(*check.Context) {
	return func(c *check.Context) {
		var all []PodFailure
		for _, pod := range waiting(c) {
			if m, ok := Met(c.Snapshot, pod, c.Target); ok && m.check == id {
				all = append(all, m)
			}
		}
		if len(all) == 0 {
			return
		}
		// What needs somebody is told before what heals.
		slices.SortStableFunc(all, func(a, b PodFailure) int { return cmp.Compare(boolInt(a.heals), boolInt(b.heals)) })
		causes := all[0].Cause
		told := []string{causes.String()}
		var saw, on []string
		for _, m := range all {
			if cause := m.Cause.String(); !slices.Contains(told, cause) {
				told, causes = append(told, cause), say.T("%s; %s", causes, m.Cause)
			}
			saw, on = append(saw, m.line()), append(on, m.Pod.Namespace+"/"+m.Pod.Name)
		}
		status, first := check.Fail, all[0]
		if first.heals {
			status = check.Warn
		}
		c.Add(status, without(len(all), causes)).Saw(saw...).On(on...).Mend(first.Mend, first.Command(first.Site))
	}
}

// without says why a number of pods have no branch ENI.
func without(pods int, cause say.Text) say.Text {
	return say.N(pods, "%d pod without a branch ENI: %s", "%d pods without a branch ENI: %s", cause)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// silent tells of pods that wait and of which no event says why: the controller
// does not tell that a node has no place for another branch ENI.
func silent(c *check.Context) {
	var full, unexplained, on []string
	status := check.Warn
	for _, pod := range waiting(c) {
		if _, told := Met(c.Snapshot, pod, c.Target); told {
			continue
		}
		age := c.TakenAt.Sub(pod.CreatedAt)
		asked := c.EventsOf(pod, "SecurityGroupRequested")
		if len(asked) == 0 && age < tooLong {
			continue // it was placed a moment ago
		}
		_, unseen := c.Missing(world.FactNodes, world.FactInterfaces)
		room, known := c.BranchesOn(pod.Node)
		switch {
		case !unseen && known && room.Full():
			full = append(full, fmt.Sprintf("%s on %s: %s", pod.Name, pod.Node, room))
		case age >= tooLong && unseen:
			unexplained = append(unexplained, fmt.Sprintf("%s on %s waits for %s; how many branch ENIs the node has is not known", pod.Name, pod.Node, age.Round(time.Second)))
		case age >= tooLong:
			unexplained = append(unexplained, fmt.Sprintf("%s on %s waits for %s, though the node has room: %s", pod.Name, pod.Node, age.Round(time.Second), room))
		default:
			continue
		}
		on = append(on, pod.Namespace+"/"+pod.Name)
		if age >= tooLong {
			status = check.Fail
		}
	}
	switch {
	case len(full) > 0:
		c.Add(status, say.N(len(full),
			"the nodes of %d pod have as many branch ENIs as they can, those that cool down included; the controller waits without a word",
			"the nodes of %d pods have as many branch ENIs as they can, those that cool down included; the controller waits without a word")).
			Saw(append(full, unexplained...)...).On(on...).
			Mend(say.T("wait for the cool-down and the half minute after it; if this happens at every roll-out, add nodes or shorten the cool-down (D69)"), "kubectl -n kube-system get configmap amazon-vpc-cni -o yaml")
	case len(unexplained) > 0:
		c.Add(status, say.N(len(unexplained), "%d pod got no branch ENI for minutes, and no event says why", "%d pods got no branch ENI for minutes, and no event says why")).
			Saw(unexplained...).On(on...).
			Mend(say.T("see whether the controller is alive (D39d) and whether the node's trunk ENI is there (D37)"), "kubectl -n kube-system get lease cp-vpc-resource-controller -o yaml")
	}
}

// howSoon looks how long pods had to wait for their branch ENI, where
// nothing but the number of pods was in the way.
func howSoon(c *check.Context) {
	var slow []string
	longest := time.Duration(0)
	for _, pod := range c.PodsIn(c.Target.Namespace) {
		asked, got := c.EventsOf(pod, "SecurityGroupRequested"), c.EventsOf(pod, "ResourceAllocated")
		if len(asked) != 1 || len(got) == 0 || asked[0].Count > 1 || len(c.EventsOf(pod, "BranchAllocationFailed", "BranchENIAnnotationFailed")) > 0 {
			continue
		}
		if took := got[0].At.Sub(asked[0].At); took > soon {
			longest = max(longest, took)
			slow = append(slow, fmt.Sprintf("%s: asked for at %s, given after %s", pod.Name, asked[0].At.UTC().Format(time.TimeOnly), took.Round(time.Second)))
		}
	}
	if len(slow) < several {
		return
	}
	slices.Sort(slow)
	c.Warn("%d pods waited longer than %s for theirs, the longest %s: the controller may call EC2 only so often", len(slow), soon, longest.Round(time.Second)).Saw(slow...).
		Mend(say.T("start fewer pods at a time, such as by a smaller maxSurge"), shell.Command("kubectl -n %s get events --field-selector reason=ResourceAllocated", c.Target.Namespace))
}
