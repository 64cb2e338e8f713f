package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	checkBranchMade = check{id: "D64", title: "Controller can make branch ENIs for the pods"}
	checkOlderEntry = check{id: "D65", title: "No earlier branch ENI is in a pod's way"}
	checkAnnotated  = check{id: "D59", title: "Controller can write branch ENIs into pods"}
	checkWaiting    = check{id: "D63", title: "No pod waits for a branch ENI without a word"}
	checkLatency    = check{id: "D73", title: "Branch ENIs are given soon"}
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

// checkAllocation tells why pods that have a node have no branch ENI. It reports
// only what keeps a pod waiting still: events stay for an hour.
func checkAllocation(f *findings) {
	if _, missing := f.s.Missing(FactPods); missing {
		return // the other checks of pods say so
	}
	waiting := f.s.unallocatedPods(f.t.Namespace)
	if reason, missing := f.s.Missing(FactEvents); missing {
		if len(waiting) > 0 {
			for _, c := range []check{checkBranchMade, checkOlderEntry, checkAnnotated, checkWaiting} {
				f.add(c, Skip, reason)
			}
		}
		return
	}
	failed := map[check][]met{}
	var silent []Pod
	for _, pod := range waiting {
		if m, ok := f.s.met(pod, f.t); ok {
			failed[m.check] = append(failed[m.check], m)
		} else {
			silent = append(silent, pod)
		}
	}
	for _, c := range []check{checkBranchMade, checkOlderEntry, checkAnnotated} {
		tellFailures(f, c, failed[c])
	}
	checkSilence(f, silent)
	checkHowSoon(f)
}

// met is a failure that a pod met.
type met struct {
	failure
	site
}

func (m met) line() string { return m.pod.Name + ": " + m.message }

// tellFailures adds a finding of a check about the pods that met a failure.
func tellFailures(f *findings, c check, all []met) {
	if len(all) == 0 {
		return
	}
	// What needs somebody is told before what heals.
	slices.SortStableFunc(all, func(a, b met) int { return cmp.Compare(boolInt(a.heals), boolInt(b.heals)) })
	var causes, saw, on []string
	for _, m := range all {
		if !slices.Contains(causes, m.cause) {
			causes = append(causes, m.cause)
		}
		saw, on = append(saw, m.line()), append(on, m.pod.Namespace+"/"+m.pod.Name)
	}
	status, first := Fail, all[0]
	if first.heals {
		status = Warn
	}
	f.add(c, status, fmt.Sprintf("%s without a branch ENI: %s", numberOf(len(all), "pod"), strings.Join(causes, "; "))).saw(saw...).on(on...).
		mend(first.mend, first.command(first.site))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// unallocatedPods are the pods of a namespace that have a node and the limit, and
// not yet a branch ENI.
func (s *Snapshot) unallocatedPods(namespace string) []Pod {
	return slices.DeleteFunc(s.podsIn(namespace), func(p Pod) bool {
		return p.Node == "" || p.ENILimitOn < 0 || len(p.ENIs) > 0 || p.RawENI != "" || p.Fargate || p.Phase == "Running"
	})
}

// eventsOf are the events of a pod with one of the reasons, the newest first.
// Those of an earlier pod of the same name are left out.
func (s *Snapshot) eventsOf(pod Pod, reasons ...string) []ClusterEvent {
	var out []ClusterEvent
	for _, e := range s.Kube.Events {
		if e.Kind == "Pod" && e.Namespace == pod.Namespace && e.Name == pod.Name && slices.Contains(reasons, e.Reason) &&
			(e.At.IsZero() || !e.At.Before(pod.CreatedAt.Truncate(time.Second))) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b ClusterEvent) int { return b.At.Compare(a.At) })
	return out
}

// met is the failure of which the newest event of a pod tells.
func (s *Snapshot) met(pod Pod, t *Target) (met, bool) {
	for _, e := range s.eventsOf(pod, "BranchAllocationFailed", "BranchENIAnnotationFailed") {
		if found, ok := failureOf(e); ok {
			return met{found, site{s, t, pod, e.Message}}, true
		}
	}
	return met{}, false
}

// checkSilence tells of pods that wait and of which no event says why: the
// controller does not tell that a node has no place for another branch ENI.
func checkSilence(f *findings, silent []Pod) {
	var full, unexplained, on []string
	status := Warn
	for _, pod := range silent {
		age := f.s.TakenAt.Sub(pod.CreatedAt)
		asked := f.s.eventsOf(pod, "SecurityGroupRequested")
		if len(asked) == 0 && age < tooLong {
			continue // it was placed a moment ago
		}
		_, unseen := f.s.Missing(FactNodes, FactInterfaces)
		room, known := f.s.branchesOn(pod.Node)
		switch {
		case !unseen && known && room.full():
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
			status = Fail
		}
	}
	switch {
	case len(full) > 0:
		f.add(checkWaiting, status, "the nodes of "+numberOf(len(full), "pod")+" have as many branch ENIs as they can, those that cool down included; the controller waits without a word").
			saw(append(full, unexplained...)...).on(on...).
			mend("wait for the cool-down and the half minute after it; if this happens at every roll-out, add nodes or shorten the cool-down (D69)", "kubectl -n kube-system get configmap amazon-vpc-cni -o yaml")
	case len(unexplained) > 0:
		f.add(checkWaiting, status, numberOf(len(unexplained), "pod")+" got no branch ENI for minutes, and no event says why").saw(unexplained...).on(on...).
			mend("see whether the controller is alive (D39d) and whether the node's trunk ENI is there (D37)", "kubectl -n kube-system get lease cp-vpc-resource-controller -o yaml")
	}
}

// branches are the branch ENIs on a node's trunk ENI.
type branches struct{ used, cooling, limit int }

func (b branches) full() bool { return b.used+b.cooling >= b.limit }

func (b branches) String() string {
	return fmt.Sprintf("%d of %d branch ENIs in use, %d cooling down", b.used, b.limit, b.cooling)
}

// branchesOn counts the branch ENIs of a node: those of its pods, and those that
// were released and are kept for the cool-down.
func (s *Snapshot) branchesOn(node string) (branches, bool) {
	n, ok := s.node(node)
	if !ok {
		return branches{}, false
	}
	b := branches{limit: cmp.Or(n.PodENIs, s.InstanceType(n.InstanceType).BranchENIs)}
	trunk, ok := s.trunkOf(n.InstanceID)
	if !ok || n.InstanceID == "" || b.limit == 0 {
		return branches{}, false
	}
	held := map[string]bool{}
	for _, p := range s.Kube.Pods {
		if !p.ended() {
			for _, e := range p.ENIs {
				held[e.ENIID] = true
			}
		}
	}
	for _, e := range s.Cloud.Interfaces {
		switch {
		case e.Type != InterfaceBranch || e.TrunkID != trunk.ID:
		case held[e.ID]:
			b.used++
		default:
			b.cooling++
		}
	}
	return b, true
}

// checkHowSoon looks how long pods had to wait for their branch ENI, where
// nothing but the number of pods was in the way.
func checkHowSoon(f *findings) {
	var slow []string
	longest := time.Duration(0)
	for _, pod := range f.s.podsIn(f.t.Namespace) {
		asked, got := f.s.eventsOf(pod, "SecurityGroupRequested"), f.s.eventsOf(pod, "ResourceAllocated")
		if len(asked) != 1 || len(got) == 0 || asked[0].Count > 1 || len(f.s.eventsOf(pod, "BranchAllocationFailed", "BranchENIAnnotationFailed")) > 0 {
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
	f.add(checkLatency, Warn, fmt.Sprintf("%d pods waited longer than %s for theirs, the longest %s: the controller may call EC2 only so often", len(slow), soon, longest.Round(time.Second))).saw(slow...).
		mend("start fewer pods at a time, such as by a smaller maxSurge", "kubectl -n "+f.t.Namespace+" get events --field-selector reason=ResourceAllocated")
}
