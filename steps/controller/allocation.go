package controller

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var (
	CheckBranchMade = check.Check{ID: "D64", Title: "Controller can make branch ENIs for the pods"}
	CheckOlderEntry = check.Check{ID: "D65", Title: "No earlier branch ENI is in a pod's way"}
	CheckAnnotated  = check.Check{ID: "D59", Title: "Controller can write branch ENIs into pods"}
	CheckWaiting    = check.Check{ID: "D63", Title: "No pod waits for a branch ENI without a word"}
	CheckLatency    = check.Check{ID: "D73", Title: "Branch ENIs are given soon"}
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

// CheckAllocation tells why pods that have a node have no branch ENI. It reports
// only what keeps a pod waiting still: events stay for an hour.
func CheckAllocation(f *check.Findings) {
	if _, missing := f.S.Missing(world.FactPods); missing {
		return // the other checks of pods say so
	}
	waiting := f.S.UnallocatedPods(f.T.Namespace)
	if reason, missing := f.S.Missing(world.FactEvents); missing {
		if len(waiting) > 0 {
			for _, c := range []check.Check{CheckBranchMade, CheckOlderEntry, CheckAnnotated, CheckWaiting} {
				f.Add(c, check.Skip, reason)
			}
		}
		return
	}
	failed := map[string][]met{}
	var silent []world.Pod
	for _, pod := range waiting {
		if m, ok := Met(f.S, pod, f.T); ok {
			failed[m.check.ID] = append(failed[m.check.ID], m)
		} else {
			silent = append(silent, pod)
		}
	}
	for _, c := range []check.Check{CheckBranchMade, CheckOlderEntry, CheckAnnotated} {
		tellFailures(f, c, failed[c.ID])
	}
	checkSilence(f, silent)
	checkHowSoon(f)
}

// met is a failure that a pod met.
type met struct {
	failure
	Site
}

func (m met) line() string { return m.Pod.Name + ": " + m.Message }

// tellFailures adds a finding of a check about the pods that met a failure.
func tellFailures(f *check.Findings, c check.Check, all []met) {
	if len(all) == 0 {
		return
	}
	// What needs somebody is told before what heals.
	slices.SortStableFunc(all, func(a, b met) int { return cmp.Compare(boolInt(a.heals), boolInt(b.heals)) })
	var causes, saw, on []string
	for _, m := range all {
		if !slices.Contains(causes, m.Cause) {
			causes = append(causes, m.Cause)
		}
		saw, on = append(saw, m.line()), append(on, m.Pod.Namespace+"/"+m.Pod.Name)
	}
	status, first := check.Fail, all[0]
	if first.heals {
		status = check.Warn
	}
	f.Add(c, status, fmt.Sprintf("%s without a branch ENI: %s", words.NumberOf(len(all), "pod"), strings.Join(causes, "; "))).Saw(saw...).On(on...).
		Mend(say.T("%s", first.Mend), first.Command(first.Site))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Met is the failure of which the newest event of a pod tells.
func Met(s *world.Snapshot, pod world.Pod, t *intent.Target) (met, bool) {
	for _, e := range s.EventsOf(pod, "BranchAllocationFailed", "BranchENIAnnotationFailed") {
		if found, ok := FailureOf(e); ok {
			return met{found, Site{s, t, pod, e.Message}}, true
		}
	}
	return met{}, false
}

// checkSilence tells of pods that wait and of which no event says why: the
// controller does not tell that a node has no place for another branch ENI.
func checkSilence(f *check.Findings, silent []world.Pod) {
	var full, unexplained, on []string
	status := check.Warn
	for _, pod := range silent {
		age := f.S.TakenAt.Sub(pod.CreatedAt)
		asked := f.S.EventsOf(pod, "SecurityGroupRequested")
		if len(asked) == 0 && age < tooLong {
			continue // it was placed a moment ago
		}
		_, unseen := f.S.Missing(world.FactNodes, world.FactInterfaces)
		room, known := f.S.BranchesOn(pod.Node)
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
		f.Add(CheckWaiting, status, "the nodes of "+words.NumberOf(len(full), "pod")+" have as many branch ENIs as they can, those that cool down included; the controller waits without a word").
			Saw(append(full, unexplained...)...).On(on...).
			Mend(say.T("wait for the cool-down and the half minute after it; if this happens at every roll-out, add nodes or shorten the cool-down (D69)"), "kubectl -n kube-system get configmap amazon-vpc-cni -o yaml")
	case len(unexplained) > 0:
		f.Add(CheckWaiting, status, words.NumberOf(len(unexplained), "pod")+" got no branch ENI for minutes, and no event says why").Saw(unexplained...).On(on...).
			Mend(say.T("see whether the controller is alive (D39d) and whether the node's trunk ENI is there (D37)"), "kubectl -n kube-system get lease cp-vpc-resource-controller -o yaml")
	}
}

// checkHowSoon looks how long pods had to wait for their branch ENI, where
// nothing but the number of pods was in the way.
func checkHowSoon(f *check.Findings) {
	var slow []string
	longest := time.Duration(0)
	for _, pod := range f.S.PodsIn(f.T.Namespace) {
		asked, got := f.S.EventsOf(pod, "SecurityGroupRequested"), f.S.EventsOf(pod, "ResourceAllocated")
		if len(asked) != 1 || len(got) == 0 || asked[0].Count > 1 || len(f.S.EventsOf(pod, "BranchAllocationFailed", "BranchENIAnnotationFailed")) > 0 {
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
	f.Add(CheckLatency, check.Warn, fmt.Sprintf("%d pods waited longer than %s for theirs, the longest %s: the controller may call EC2 only so often", len(slow), soon, longest.Round(time.Second))).Saw(slow...).
		Mend(say.T("start fewer pods at a time, such as by a smaller maxSurge"), "kubectl -n "+f.T.Namespace+" get events --field-selector reason=ResourceAllocated")
}
