package steps

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

var errNoSuchPod = errors.New("there is no such pod")

// The rungs that only a single pod has.
var (
	checkKind       = check{id: "D54", title: "Pod can have a branch ENI"}
	checkLimit      = check{id: "D55", title: "First container asks for a branch ENI"}
	checkAllocated  = check{id: "D63", title: "Controller gave the pod a branch ENI"}
	checkExists     = check{id: "D71", title: "Branch ENI exists"}
	checkPodRunning = check{id: "D66", title: "Pod runs"}
)

// PodChecks lists the checks that [CheckPod] can report besides those of
// [Checks].
func PodChecks() []CheckInfo {
	var out []CheckInfo
	for _, c := range []check{checkKind, checkSelects, checkLimit, checkBranchSpace, checkAllocated, checkExists, checkPodRunning} {
		out = append(out, CheckInfo{ID: c.id, Title: c.title, Step: StepTestPods, Doc: c.doc()})
	}
	return out
}

// CheckPod follows one pod from its policy to the database, in the order in
// which things happen to it, and stops where it cannot have come further.
func CheckPod(s *Snapshot, t *Target, name string) ([]Finding, error) {
	if reason, missing := s.Missing(FactPods); missing {
		g := s.Gaps[FactPods]
		return nil, &Problem{Kind: g.Kind, Doing: "find pod", Object: t.Namespace + "/" + name, Err: errors.New(reason), Permission: g.Permission,
			Hint: "whether the pod is there is not known", Command: "podsg permissions -o rbac --mode read"}
	}
	i := slices.IndexFunc(s.Kube.Pods, func(p Pod) bool { return p.Namespace == t.Namespace && p.Name == name })
	if i < 0 {
		return nil, &Problem{
			Kind: ProblemUsage, Doing: "find pod", Object: t.Namespace + "/" + name, Err: errNoSuchPod,
			Hint: "see the pods of the namespace", Command: "kubectl -n " + t.Namespace + " get pods",
		}
	}
	l := &ladder{findings: findings{step: StepTestPods, s: s, t: t}, pod: s.Kube.Pods[i]}
	for _, rung := range []func() bool{l.kind, l.selected, l.limited, l.scheduled, l.allocated, l.exists, l.running, l.path, l.log} {
		if !rung() {
			break
		}
	}
	return l.out, nil
}

type ladder struct {
	findings
	pod    Pod
	groups []string // that the policies give it now
	own    *Target  // the target with the pod's own groups and address
}

func (l *ladder) name() string { return l.pod.Namespace + "/" + l.pod.Name }

// kind stops at pods that the feature is not for.
func (l *ladder) kind() bool {
	why := ""
	switch {
	case l.pod.HostNetwork:
		why = "it uses its node's network (hostNetwork), so it has its node's security groups"
	case l.pod.Windows:
		why = "it runs on Windows, where the feature does not exist"
	case l.pod.Fargate:
		l.add(checkKind, Pass, "it runs on Fargate, which applies the policy itself; its groups are in the annotation fargate.amazonaws.com/pod-sg").on(l.name())
		return false
	}
	l.expect(checkKind, why == "", "it has a network of its own on Linux", why).on(l.name()).mend("it cannot be changed for such a pod", "")
	return why == ""
}

func (l *ladder) selected() bool {
	policies := l.s.policiesIn(l.pod.Namespace)
	groups, matched, _ := MatchPolicies(policies, l.pod.Labels, l.s.accountLabels()[l.pod.ServiceAccount])
	l.groups = groups
	saw := []string{"labels: " + (&Selector{MatchLabels: l.pod.Labels}).String()}
	for _, p := range policies {
		what := p.PodSelector.String()
		if p.PodSelector == nil && p.ServiceAccountSelector != nil {
			what = "pods"
		}
		saw = append(saw, fmt.Sprintf("policy %s selects %s", p.Name, what)+l.half(p))
	}
	if len(groups) == 0 {
		saw = append(saw, l.elsewhere()...)
	}
	l.expect(checkSelects, len(groups) > 0, fmt.Sprintf("%s: it gets %s", strings.Join(matched, ", "), strings.Join(groups, ", ")),
		fmt.Sprintf("none of the %d policies of namespace %s does, so it has its node's security groups", len(policies), l.pod.Namespace)).
		saw(saw...).on(l.name()).
		mend("give the pod template a label that a policy selects; policies of other namespaces do not count", "kubectl -n "+l.pod.Namespace+" get securitygrouppolicies -o yaml")
	return len(groups) > 0
}

func (l *ladder) limited() bool {
	restart := "kubectl -n " + l.pod.Namespace + " delete pod " + l.pod.Name
	if l.pod.ENILimitOn > 0 {
		l.add(checkLimit, Fail, fmt.Sprintf("container %d has the limit %s, but the VPC CNI reads the first container only", l.pod.ENILimitOn, ResourcePodENI)).on(l.name()).
			mend("another webhook put a container in front: make it put its container last, then replace the pod", restart)
		return false
	}
	if l.pod.ENILimitOn == 0 {
		l.add(checkLimit, Pass, "it has the limit "+ResourcePodENI).on(l.name())
		return true
	}
	reason := "it has no limit " + ResourcePodENI + ": the webhook did not act when it was created"
	selecting := l.s.selecting(l.pod, l.pod.Namespace)
	for _, p := range l.s.policiesIn(l.pod.Namespace) {
		if !slices.Contains(selecting, p.Name) {
			continue
		}
		if l.pod.CreatedAt.Before(p.CreatedAt) {
			reason = fmt.Sprintf("it is older than policy %s, and the webhook acts on creation only", p.Name)
			continue
		}
		why := strings.Replace(l.s.missedWebhook(l.pod, p, l.s.podsIn(l.pod.Namespace)), " it:", " policy "+p.Name+":", 1)
		reason = fmt.Sprintf("it has no limit %s: it %s", ResourcePodENI, why)
		break
	}
	l.add(checkLimit, Fail, reason).on(l.name()).saw(fmt.Sprintf("webhook registered: %t", l.s.Kube.Admission.MutatingWebhook)).
		mend("replace the pod; if the new one has no limit either, see checks D40 and D42", restart)
	return false
}

func (l *ladder) scheduled() bool {
	f := l.expect(checkBranchSpace, l.pod.Node != "", "on "+l.pod.Node, "it waits for a node").on(l.name())
	if l.pod.Node == "" {
		f.saw(l.pod.Reason + ": " + l.pod.Message)
		if slices.Contains(l.pod.AffinityKeys, labelTrunkAttached) {
			f.mend("remove its node affinity for "+labelTrunkAttached+", a label that no node has any more", "")
		} else {
			f.mend("no node has a free branch ENI: see checks D33, D37 and D61", "kubectl describe nodes | grep -A8 Allocated")
		}
	}
	return l.pod.Node != ""
}

func (l *ladder) allocated() bool {
	if len(l.pod.ENIs) > 0 {
		eni := l.pod.ENIs[0]
		l.add(checkAllocated, Pass, fmt.Sprintf("%s with %s on VLAN %d", eni.ENIID, eni.PrivateIP, eni.VLAN)).on(eni.ENIID)
		return true
	}
	if l.pod.ended() {
		l.add(checkAllocated, Skip, "it ended without one").on(l.name())
		return false
	}
	var saw []string
	for _, e := range l.s.eventsOf(l.pod, "SecurityGroupRequested", "BranchAllocationFailed", "BranchENIAnnotationFailed") {
		saw = append(saw, e.Reason+": "+e.Message)
	}
	if m, ok := l.s.met(l.pod, l.t); ok {
		l.add(checkAllocated, Fail, "the controller could not give it one: "+m.cause).on(l.name()).saw(saw...).mend(m.mend, m.command(m.site))
		return false
	}
	if reason, missing := l.s.Missing(FactEvents); missing {
		l.add(checkAllocated, Fail, "it has none yet, and why cannot be told: "+reason).on(l.name()).
			mend("see the pod's events", describePod(site{pod: l.pod}))
		return false
	}
	reason := "it has none yet, and no event says why: usually its node's branch ENIs are in use or cooling down, and the controller tries again by itself"
	mend := "wait for a minute or two; if it gets none, see whether the controller is alive (D39d)"
	_, unseen := l.s.Missing(FactNodes, FactInterfaces)
	if room, known := l.s.branchesOn(l.pod.Node); known && !unseen {
		saw = append(saw, l.pod.Node+": "+room.String())
		if room.full() {
			reason = "it has none yet: its node has as many branch ENIs as it can, those that cool down included; the controller waits without a word and tries again by itself"
			mend = "wait for the cool-down and the half minute after it; if this happens at every roll-out, add nodes or shorten the cool-down (D69)"
		}
	}
	l.add(checkAllocated, Fail, reason).on(l.name()).saw(saw...).mend(mend, describePod(site{pod: l.pod}))
	return false
}

// half says which one of a policy's two selectors selects the pod.
func (l *ladder) half(p PodPolicy) string {
	if p.ServiceAccountSelector == nil {
		return ""
	}
	ofPod, err := p.PodSelector.Matches(l.pod.Labels)
	ofAccount, other := p.ServiceAccountSelector.Matches(l.s.accountLabels()[l.pod.ServiceAccount])
	text := fmt.Sprintf(" of service accounts with %s", p.ServiceAccountSelector)
	if err == nil && other == nil && p.PodSelector != nil && ofPod != ofAccount {
		text += ": " + map[bool]string{true: "its labels match, those of its service account do not", false: "those of its service account match, its own do not"}[ofPod]
	} else if other == nil && !ofAccount {
		text += fmt.Sprintf(": %s has %s", cmp.Or(l.pod.ServiceAccount, "default"), labelsText(l.s.accountLabels()[l.pod.ServiceAccount]))
	}
	return text
}

// elsewhere names the policies that would select the pod if they were in its
// namespace.
func (l *ladder) elsewhere() []string {
	var out []string
	for _, p := range l.s.Kube.Policies {
		if ok, err := p.selects(l.pod.Labels, l.s.accountLabels()[l.pod.ServiceAccount]); p.Namespace != l.pod.Namespace && err == nil && ok && !p.PodSelector.IsEmpty() {
			out = append(out, fmt.Sprintf("policy %s selects %s, but is in namespace %s", p.Name, p.PodSelector, p.Namespace))
		}
	}
	return out
}

func (l *ladder) exists() bool {
	if reason, missing := l.s.Missing(FactInterfaces); missing {
		l.add(checkExists, Skip, reason)
		return true
	}
	eni := l.pod.ENIs[0]
	seen, ok := l.s.InterfaceByID(eni.ENIID)
	if !ok {
		if l.pod.ended() {
			l.add(checkExists, Pass, "it was released when the pod ended, as it must be").on(eni.ENIID)
			return false
		}
		l.add(checkExists, Fail, eni.ENIID+" does not exist").on(eni.ENIID).mend("replace the pod", "kubectl -n "+l.pod.Namespace+" delete pod "+l.pod.Name)
		return false
	}
	if l.pod.ended() {
		l.add(checkExists, Pass, "the pod has ended: it cools down, and is then deleted").on(eni.ENIID)
		return false
	}
	l.add(checkExists, Pass, fmt.Sprintf("%s, type %s", seen.Status, seen.Type)).on(eni.ENIID).saw("carries " + strings.Join(seen.Groups, " "))
	l.expect(checkPodGroups, sameSet(seen.Groups, l.groups), strings.Join(seen.Groups, ", "),
		fmt.Sprintf("it carries %s, the policies now give %s", strings.Join(seen.Groups, " "), strings.Join(l.groups, " "))).on(eni.ENIID).
		mend("a branch ENI keeps the groups that it was made with: replace the pod", "kubectl -n "+l.pod.Namespace+" delete pod "+l.pod.Name)
	return true
}

func (l *ladder) running() bool {
	eni := l.pod.ENIs[0]
	if l.pod.IP != "" {
		l.expect(checkOnBranch, l.pod.IP == eni.PrivateIP || l.pod.IP == eni.IPv6, l.pod.IP,
			fmt.Sprintf("its address is %s, its branch ENI's is %s", l.pod.IP, eni.PrivateIP)).on(l.name()).
			mend("replace the pod", "kubectl -n "+l.pod.Namespace+" delete pod "+l.pod.Name)
	}
	ok := l.pod.Phase == "Running"
	f := l.expect(checkPodRunning, ok, fmt.Sprintf("%s, ready: %t", l.pod.Phase, l.pod.Ready), "it is "+l.pod.Phase+" ("+l.pod.Reason+")").on(l.name())
	if !ok {
		f.saw(l.pod.Message).mend("a few warnings about an IP address are normal until the annotation is there; if they go on for a minute, restart aws-node on "+l.pod.Node,
			"kubectl -n "+l.pod.Namespace+" describe pod "+l.pod.Name)
	}
	return true
}

// path judges the way to CoreDNS and to the database by the pod's own groups.
func (l *ladder) path() bool {
	t := *l.t
	t.PodGroups, t.podIP = l.groups, l.pod.ENIs[0].PrivateIP
	if !slices.Contains(l.groups, t.PodGroup.ID) {
		g, _ := l.s.Group(l.groups[0])
		t.PodGroup = IDRef(l.groups[0], g.Name)
	}
	port := t
	if t.Cluster.IPFamily == "ipv6" {
		t.podIP = cmp.Or(l.pod.ENIs[0].IPv6, t.podIP) // CoreDNS is asked by IPv6 there
	}
	l.out = append(l.out, checkDNS(l.s, &t)...)
	l.out = append(l.out, checkPort(l.s, &port)...)
	l.own = &port
	return true
}

// log reports what the pod's own log tells of its connections.
func (l *ladder) log() bool {
	clientChecks(&l.findings, l.own, []Pod{l.pod})
	return true
}
