package follow

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/controller"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/nodes"
	"podsg/steps/policy"
	"podsg/steps/proof"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var ErrNoSuchPod = errors.New("there is no such pod")

// The rungs that only a single pod has.
var (
	checkKind       = check.Check{ID: "D54", Title: "Pod can have a branch ENI"}
	checkSelected   = check.Check{ID: "D48", Title: "A policy selects the pods that are meant"}
	checkLimit      = check.Check{ID: "D55", Title: "First container asks for a branch ENI"}
	checkAllocated  = check.Check{ID: "D63", Title: "Controller gave the pod a branch ENI"}
	checkExists     = check.Check{ID: "D71", Title: "Branch ENI exists"}
	checkPodRunning = check.Check{ID: "D66", Title: "Pod runs"}
)

// PodChecks lists the checks that [CheckPod] can report besides those of
// [steps.Checks].
func PodChecks() []check.CheckInfo {
	var out []check.CheckInfo
	for _, c := range []check.Check{checkKind, checkSelected, checkLimit, check.Find(nodes.Checks, "D61"), checkAllocated, checkExists, checkPodRunning} {
		out = append(out, check.CheckInfo{ID: c.ID, Title: c.Title, Step: check.StepTestPods, Doc: c.Doc()})
	}
	return out
}

// CheckPod follows one pod from its policy to the database, in the order in
// which things happen to it, and stops where it cannot have come further.
func CheckPod(s *world.Snapshot, t *intent.Target, name string) ([]check.Finding, error) {
	if reason, missing := s.Missing(world.FactPods); missing {
		g := s.Gaps[world.FactPods]
		return nil, &world.Problem{Kind: g.Kind, Doing: "find pod", Object: t.Namespace + "/" + name, Err: errors.New(reason), Permission: g.Permission,
			Hint: "whether the pod is there is not known", Command: "podsg permissions -o rbac --mode read"}
	}
	i := slices.IndexFunc(s.Kube.Pods, func(p world.Pod) bool { return p.Namespace == t.Namespace && p.Name == name })
	if i < 0 {
		return nil, &world.Problem{
			Kind: world.ProblemUsage, Doing: "find pod", Object: t.Namespace + "/" + name, Err: ErrNoSuchPod,
			Hint: "see the pods of the namespace", Command: "kubectl -n " + t.Namespace + " get pods",
		}
	}
	l := &ladder{Findings: check.Findings{Step: check.StepTestPods, S: s, T: t}, pod: s.Kube.Pods[i]}
	for _, rung := range []func() bool{l.kind, l.selected, l.limited, l.scheduled, l.allocated, l.exists, l.running, l.path, l.log} {
		if !rung() {
			break
		}
	}
	return l.Out, nil
}

type ladder struct {
	check.Findings
	pod    world.Pod
	groups []string       // that the policies give it now
	own    *intent.Target // the target with the pod's own groups and address
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
		l.Add(checkKind, check.Pass, "it runs on Fargate, which applies the policy itself; its groups are in the annotation fargate.amazonaws.com/pod-sg").On(l.name())
		return false
	}
	l.Expect(checkKind, why == "", "it has a network of its own on Linux", why).On(l.name()).Mend(say.T("it cannot be changed for such a pod"), "")
	return why == ""
}

func (l *ladder) selected() bool {
	policies := l.S.PoliciesIn(l.pod.Namespace)
	groups, matched, _ := world.MatchPolicies(policies, l.pod.Labels, l.S.AccountLabels()[l.pod.ServiceAccount])
	l.groups = groups
	saw := []string{"labels: " + (&world.Selector{MatchLabels: l.pod.Labels}).String()}
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
	l.Expect(checkSelected, len(groups) > 0, fmt.Sprintf("%s: it gets %s", strings.Join(matched, ", "), strings.Join(groups, ", ")),
		fmt.Sprintf("none of the %d policies of namespace %s does, so it has its node's security groups", len(policies), l.pod.Namespace)).
		Saw(saw...).On(l.name()).
		Mend(say.T("give the pod template a label that a policy selects; policies of other namespaces do not count"), "kubectl -n "+l.pod.Namespace+" get securitygrouppolicies -o yaml")
	return len(groups) > 0
}

func (l *ladder) limited() bool {
	restart := "kubectl -n " + l.pod.Namespace + " delete pod " + l.pod.Name
	if l.pod.ENILimitOn > 0 {
		l.Add(checkLimit, check.Fail, fmt.Sprintf("container %d has the limit %s, but the VPC CNI reads the first container only", l.pod.ENILimitOn, world.ResourcePodENI)).On(l.name()).
			Mend(say.T("another webhook put a container in front: make it put its container last, then replace the pod"), restart)
		return false
	}
	if l.pod.ENILimitOn == 0 {
		l.Add(checkLimit, check.Pass, "it has the limit "+world.ResourcePodENI).On(l.name())
		return true
	}
	reason := "it has no limit " + world.ResourcePodENI + ": the webhook did not act when it was created"
	selecting := l.S.Selecting(l.pod, l.pod.Namespace)
	for _, p := range l.S.PoliciesIn(l.pod.Namespace) {
		if !slices.Contains(selecting, p.Name) {
			continue
		}
		if l.pod.CreatedAt.Before(p.CreatedAt) {
			reason = fmt.Sprintf("it is older than policy %s, and the webhook acts on creation only", p.Name)
			continue
		}
		why := strings.Replace(policy.MissedWebhook(l.S, l.pod, p, l.S.PodsIn(l.pod.Namespace)), " it:", " policy "+p.Name+":", 1)
		reason = fmt.Sprintf("it has no limit %s: it %s", world.ResourcePodENI, why)
		break
	}
	l.Add(checkLimit, check.Fail, reason).On(l.name()).Saw(fmt.Sprintf("webhook registered: %t", l.S.Kube.Admission.MutatingWebhook)).
		Mend(say.T("replace the pod; if the new one has no limit either, see checks D40 and D42"), restart)
	return false
}

func (l *ladder) scheduled() bool {
	f := l.Expect(check.Find(nodes.Checks, "D61"), l.pod.Node != "", "on "+l.pod.Node, "it waits for a node").On(l.name())
	if l.pod.Node == "" {
		f.Saw(l.pod.Reason + ": " + l.pod.Message)
		if slices.Contains(l.pod.AffinityKeys, world.LabelTrunkAttached) {
			f.Mend(say.T("%s", "remove its node affinity for "+world.LabelTrunkAttached+", a label that no node has any more"), "")
		} else {
			f.Mend(say.T("no node has a free branch ENI: see checks D33, D37 and D61"), "kubectl describe nodes | grep -A8 Allocated")
		}
	}
	return l.pod.Node != ""
}

func (l *ladder) allocated() bool {
	if len(l.pod.ENIs) > 0 {
		eni := l.pod.ENIs[0]
		l.Add(checkAllocated, check.Pass, fmt.Sprintf("%s with %s on VLAN %d", eni.ENIID, eni.PrivateIP, eni.VLAN)).On(eni.ENIID)
		return true
	}
	if l.pod.Ended() {
		l.Add(checkAllocated, check.Skip, "it ended without one").On(l.name())
		return false
	}
	var saw []string
	for _, e := range l.S.EventsOf(l.pod, "SecurityGroupRequested", "BranchAllocationFailed", "BranchENIAnnotationFailed") {
		saw = append(saw, e.Reason+": "+e.Message)
	}
	if m, ok := controller.Met(l.S, l.pod, l.T); ok {
		l.Add(checkAllocated, check.Fail, fmt.Sprintf("the controller could not give it one: %s", m.Cause)).On(l.name()).Saw(saw...).Mend(m.Mend, m.Command(m.Site))
		return false
	}
	if reason, missing := l.S.Missing(world.FactEvents); missing {
		l.Add(checkAllocated, check.Fail, "it has none yet, and why cannot be told: "+reason).On(l.name()).
			Mend(say.T("see the pod's events"), controller.DescribePod(controller.Site{Pod: l.pod}))
		return false
	}
	reason := "it has none yet, and no event says why: usually its node's branch ENIs are in use or cooling down, and the controller tries again by itself"
	mend := "wait for a minute or two; if it gets none, see whether the controller is alive (D39d)"
	_, unseen := l.S.Missing(world.FactNodes, world.FactInterfaces)
	if room, known := l.S.BranchesOn(l.pod.Node); known && !unseen {
		saw = append(saw, l.pod.Node+": "+room.String())
		if room.Full() {
			reason = "it has none yet: its node has as many branch ENIs as it can, those that cool down included; the controller waits without a word and tries again by itself"
			mend = "wait for the cool-down and the half minute after it; if this happens at every roll-out, add nodes or shorten the cool-down (D69)"
		}
	}
	l.Add(checkAllocated, check.Fail, reason).On(l.name()).Saw(saw...).Mend(say.T("%s", mend), controller.DescribePod(controller.Site{Pod: l.pod}))
	return false
}

// half says which one of a policy's two selectors selects the pod.
func (l *ladder) half(p world.PodPolicy) string {
	if p.ServiceAccountSelector == nil {
		return ""
	}
	ofPod, err := p.PodSelector.Matches(l.pod.Labels)
	ofAccount, other := p.ServiceAccountSelector.Matches(l.S.AccountLabels()[l.pod.ServiceAccount])
	text := fmt.Sprintf(" of service accounts with %s", p.ServiceAccountSelector)
	if err == nil && other == nil && p.PodSelector != nil && ofPod != ofAccount {
		text += ": " + map[bool]string{true: "its labels match, those of its service account do not", false: "those of its service account match, its own do not"}[ofPod]
	} else if other == nil && !ofAccount {
		text += fmt.Sprintf(": %s has %s", cmp.Or(l.pod.ServiceAccount, "default"), world.LabelsText(l.S.AccountLabels()[l.pod.ServiceAccount]))
	}
	return text
}

// elsewhere names the policies that would select the pod if they were in its
// namespace.
func (l *ladder) elsewhere() []string {
	var out []string
	for _, p := range l.S.Kube.Policies {
		if ok, err := p.Selects(l.pod.Labels, l.S.AccountLabels()[l.pod.ServiceAccount]); p.Namespace != l.pod.Namespace && err == nil && ok && !p.PodSelector.IsEmpty() {
			out = append(out, fmt.Sprintf("policy %s selects %s, but is in namespace %s", p.Name, p.PodSelector, p.Namespace))
		}
	}
	return out
}

func (l *ladder) exists() bool {
	if reason, missing := l.S.Missing(world.FactInterfaces); missing {
		l.Add(checkExists, check.Skip, reason)
		return true
	}
	eni := l.pod.ENIs[0]
	seen, ok := l.S.InterfaceByID(eni.ENIID)
	if !ok {
		if l.pod.Ended() {
			l.Add(checkExists, check.Pass, "it was released when the pod ended, as it must be").On(eni.ENIID)
			return false
		}
		l.Add(checkExists, check.Fail, eni.ENIID+" does not exist").On(eni.ENIID).Mend(say.T("replace the pod"), "kubectl -n "+l.pod.Namespace+" delete pod "+l.pod.Name)
		return false
	}
	if l.pod.Ended() {
		l.Add(checkExists, check.Pass, "the pod has ended: it cools down, and is then deleted").On(eni.ENIID)
		return false
	}
	l.Add(checkExists, check.Pass, fmt.Sprintf("%s, type %s", seen.Status, seen.Type)).On(eni.ENIID).Saw("carries " + strings.Join(seen.Groups, " "))
	l.Expect(proof.CheckPodGroups, words.SameSet(seen.Groups, l.groups), strings.Join(seen.Groups, ", "),
		fmt.Sprintf("it carries %s, the policies now give %s", strings.Join(seen.Groups, " "), strings.Join(l.groups, " "))).On(eni.ENIID).
		Mend(say.T("a branch ENI keeps the groups that it was made with: replace the pod"), "kubectl -n "+l.pod.Namespace+" delete pod "+l.pod.Name)
	return true
}

func (l *ladder) running() bool {
	eni := l.pod.ENIs[0]
	if l.pod.IP != "" {
		l.Expect(proof.CheckOnBranch, l.pod.IP == eni.PrivateIP || l.pod.IP == eni.IPv6, l.pod.IP,
			fmt.Sprintf("its address is %s, its branch ENI's is %s", l.pod.IP, eni.PrivateIP)).On(l.name()).
			Mend(say.T("replace the pod"), "kubectl -n "+l.pod.Namespace+" delete pod "+l.pod.Name)
	}
	ok := l.pod.Phase == "Running"
	f := l.Expect(checkPodRunning, ok, fmt.Sprintf("%s, ready: %t", l.pod.Phase, l.pod.Ready), "it is "+l.pod.Phase+" ("+l.pod.Reason+")").On(l.name())
	if !ok {
		f.Saw(l.pod.Message).Mend(say.T("%s", "a few warnings about an IP address are normal until the annotation is there; if they go on for a minute, restart aws-node on "+l.pod.Node),
			"kubectl -n "+l.pod.Namespace+" describe pod "+l.pod.Name)
	}
	return true
}

// path judges the way to CoreDNS and to the database by the pod's own groups.
func (l *ladder) path() bool {
	t := *l.T
	t.PodGroups, t.PodIP = l.groups, l.pod.ENIs[0].PrivateIP
	if !slices.Contains(l.groups, t.PodGroup.ID) {
		g, _ := l.S.Group(l.groups[0])
		t.PodGroup = intent.IDRef(l.groups[0], g.Name)
	}
	port := t
	if t.Cluster.IPFamily == "ipv6" {
		t.PodIP = cmp.Or(l.pod.ENIs[0].IPv6, t.PodIP) // CoreDNS is asked by IPv6 there
	}
	l.Out = append(l.Out, check.Run(network.DNSChecks, l.S, &t)...)
	l.Out = append(l.Out, check.Run(network.PortChecks, l.S, &port)...)
	l.own = &port
	return true
}

// log reports what the pod's own log tells of its connections.
func (l *ladder) log() bool {
	proof.ClientChecks(&l.Findings, l.own, []world.Pod{l.pod})
	return true
}
