// Package follow follows one pod from its policy to the database.
package follow

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/cni"
	"podsg/steps/controller"
	"podsg/steps/database"
	"podsg/steps/iam"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/policy"
	"podsg/steps/proof"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// ErrNoSuchPod is why a pod that is not there is not followed.
var ErrNoSuchPod = errors.New("there is no such pod")

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
			Hint: "see the pods of the namespace", Command: shell.Command("kubectl -n %s get pods", t.Namespace),
		}
	}
	asked := slices.Concat(cluster.Checks, network.PodGroupChecks, database.Checks, iam.Checks, cni.Checks, policy.Checks, database.SecretChecks)
	l := &ladder{Snapshot: s, target: t, pod: s.Kube.Pods[i], report: check.NewReporter(asked)}
	for _, rung := range []func() bool{l.kind, l.selected, l.limited, l.scheduled, l.allocated, l.exists, l.running, l.path, l.log} {
		if !rung() {
			break
		}
	}
	return l.report.Findings(), nil
}

// ladder is one pod and how far it has come.
type ladder struct {
	*world.Snapshot
	target *intent.Target
	pod    world.Pod
	report *check.Reporter
	groups []string       // that the policies give it now
	own    *intent.Target // the target with the pod's own groups and address
}

// as is where a rung reports.
func (l *ladder) as(c check.Check) *check.Context { return l.report.For(c, l.Snapshot, l.target) }

func (l *ladder) name() string { return l.pod.Namespace + "/" + l.pod.Name }

// replace says that the pod has to be made anew, unless a new one would fare
// worse.
func (l *ladder) replace(c *check.Context, f *check.Finding, text say.Text) {
	policy.Replace(c, f, text, l.pod)
}

// kind stops at pods that the feature is not for.
func (l *ladder) kind() bool {
	c := l.as(checkKind)
	never := say.T("it cannot be changed for such a pod")
	switch {
	case l.pod.HostNetwork:
		c.Fail("it uses its node's network (hostNetwork), so it has its node's security groups").On(l.name()).Mend(never, "")
	case l.pod.Windows:
		c.Fail("it runs on Windows, where the feature does not exist").On(l.name()).Mend(never, "")
	case l.pod.Fargate:
		c.Pass("it runs on Fargate, which applies the policy itself; its groups are in the annotation fargate.amazonaws.com/pod-sg").On(l.name())
		l.report.Run([]check.Check{check.Find(policy.Checks, "D08")}, l.alone(), l.target)
		l.runs()
	default:
		c.Pass("it has a network of its own on Linux").On(l.name())
		return true
	}
	return false
}

func (l *ladder) selected() bool {
	policies := l.PoliciesIn(l.pod.Namespace)
	groups, matched, _ := world.MatchPolicies(policies, l.pod.Labels, l.AccountLabels()[l.pod.ServiceAccount])
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
	found := l.as(checkSelected).Expect(len(groups) > 0, say.T("%s: it gets %s", strings.Join(matched, ", "), strings.Join(groups, ", ")), l.unselected(len(policies))).Saw(saw...).On(l.name())
	get := shell.Command("kubectl -n %s get securitygrouppolicies -o yaml", l.pod.Namespace)
	if len(l.pod.ENIs) > 0 {
		found.Mend(say.T("do not restart it before a policy selects it again: make or correct the policy, and it keeps what it has"), get)
	} else {
		found.Mend(say.T("give the pod template a label that a policy selects; policies of other namespaces do not count"), get)
	}
	return len(groups) > 0
}

// unselected says what a pod has that no policy selects: its node's groups, or
// those that its branch ENI was made with.
func (l *ladder) unselected(policies int) say.Text {
	if len(l.pod.ENIs) == 0 {
		return say.T("none of the %d policies of namespace %s does, so it has its node's security groups", policies, l.pod.Namespace)
	}
	id := l.pod.ENIs[0].ENIID
	if seen, ok := l.InterfaceByID(id); ok {
		return say.T("none of the %d policies of namespace %s does any more; its branch ENI %s still carries %s, and the next pod in its place gets its node's groups", policies, l.pod.Namespace, id, strings.Join(seen.Groups, ", "))
	}
	return say.T("none of the %d policies of namespace %s does any more, and what its branch ENI %s carries is not known", policies, l.pod.Namespace, id)
}

func (l *ladder) limited() bool {
	c := l.as(checkLimit)
	if l.pod.ENILimitOn > 0 {
		c.Fail("container %d has the limit %s, but the VPC CNI reads the first container only", l.pod.ENILimitOn, world.ResourcePodENI).On(l.name()).
			Mend(proof.InFront, proof.ShowInjectors)
		return false
	}
	if l.pod.ENILimitOn == 0 {
		c.Pass("it has the limit %s", world.ResourcePodENI).On(l.name())
		return true
	}
	l.replace(c, c.Add(check.Fail, l.whyNoLimit()).On(l.name()).Saw(fmt.Sprintf("webhook registered: %t", l.Kube.Admission.MutatingWebhook)), say.T("replace the pod"))
	return false
}

// whyNoLimit says why the webhook did not act, by the policies that select the pod.
func (l *ladder) whyNoLimit() say.Text {
	reason := say.T("it has no limit %s: the webhook did not act when it was created", world.ResourcePodENI)
	selecting := l.Selecting(l.pod, l.pod.Namespace)
	for _, p := range l.PoliciesIn(l.pod.Namespace) {
		if !slices.Contains(selecting, p.Name) {
			continue
		}
		if !l.pod.CreatedAt.Before(p.CreatedAt) {
			why := strings.Replace(policy.MissedWebhook(l.Snapshot, l.pod, p, l.PodsIn(l.pod.Namespace)), " it:", " policy "+p.Name+":", 1)
			return say.T("it has no limit %s: it %s", world.ResourcePodENI, why)
		}
		reason = say.T("it is older than policy %s, and the webhook acts on creation only", p.Name)
	}
	return reason
}

func (l *ladder) scheduled() bool {
	f := l.as(checkScheduled).Expect(l.pod.Node != "", say.T("on %s", l.pod.Node), say.T("it waits for a node")).On(l.name())
	if l.pod.Node == "" {
		f.Saw(l.pod.Reason + ": " + l.pod.Message)
		if slices.Contains(l.pod.AffinityKeys, world.LabelTrunkAttached) {
			f.Mend(say.T("remove its node affinity for %s, a label that no node has any more", world.LabelTrunkAttached), "")
		} else {
			f.Mend(say.T("no node has a free branch ENI: see checks D33, D37 and D61"), "kubectl describe nodes | grep -A8 Allocated")
		}
	}
	return l.pod.Node != ""
}

func (l *ladder) allocated() bool {
	c := l.as(checkAllocated)
	if len(l.pod.ENIs) > 0 {
		eni := l.pod.ENIs[0]
		c.Pass("%s with %s on VLAN %d", eni.ENIID, eni.PrivateIP, eni.VLAN).On(eni.ENIID)
		return true
	}
	if l.pod.Ended() {
		c.Skip("it ended without one").On(l.name())
		return false
	}
	var saw []string
	for _, e := range l.EventsOf(l.pod, "SecurityGroupRequested", "BranchAllocationFailed", "BranchENIAnnotationFailed") {
		saw = append(saw, e.Reason+": "+e.Message)
	}
	if m, ok := controller.Met(l.Snapshot, l.pod, l.target); ok {
		c.Fail("the controller could not give it one: %s", m.Cause).On(l.name()).Saw(saw...).Mend(m.Mend, m.Command(m.Site))
		return false
	}
	describe := controller.DescribePod(controller.Site{Pod: l.pod})
	if reason, missing := l.Missing(world.FactEvents); missing {
		c.Fail("it has none yet, and why cannot be told: %s", reason).On(l.name()).Mend(say.T("see the pod's events"), describe)
		return false
	}
	reason := say.T("it has none yet, and no event says why: usually its node's branch ENIs are in use or cooling down, and the controller tries again by itself")
	mend := say.T("wait for a minute or two; if it gets none, see whether the controller is alive (D39d)")
	_, unseen := l.Missing(world.FactNodes, world.FactInterfaces)
	if room, known := l.BranchesOn(l.pod.Node); known && !unseen {
		saw = append(saw, l.pod.Node+": "+room.String())
		if room.Full() {
			reason = say.T("it has none yet: its node has as many branch ENIs as it can, those that cool down included; the controller waits without a word and tries again by itself")
			mend = say.T("wait for the cool-down and the half minute after it; if this happens at every roll-out, add nodes or shorten the cool-down (D69)")
		}
	}
	c.Add(check.Fail, reason).On(l.name()).Saw(saw...).Mend(mend, describe)
	return false
}

// half says which one of a policy's two selectors selects the pod.
func (l *ladder) half(p world.PodPolicy) string {
	if p.ServiceAccountSelector == nil {
		return ""
	}
	ofPod, err := p.PodSelector.Matches(l.pod.Labels)
	ofAccount, other := p.ServiceAccountSelector.Matches(l.AccountLabels()[l.pod.ServiceAccount])
	text := fmt.Sprintf(" of service accounts with %s", p.ServiceAccountSelector)
	if err == nil && other == nil && p.PodSelector != nil && ofPod != ofAccount {
		text += ": " + map[bool]string{true: "its labels match, those of its service account do not", false: "those of its service account match, its own do not"}[ofPod]
	} else if other == nil && !ofAccount {
		text += fmt.Sprintf(": %s has %s", cmp.Or(l.pod.ServiceAccount, "default"), world.LabelsText(l.AccountLabels()[l.pod.ServiceAccount]))
	}
	return text
}

// elsewhere names the policies that would select the pod if they were in its
// namespace.
func (l *ladder) elsewhere() []string {
	var out []string
	for _, p := range l.Kube.Policies {
		if ok, err := p.Selects(l.pod.Labels, l.AccountLabels()[l.pod.ServiceAccount]); p.Namespace != l.pod.Namespace && err == nil && ok && !p.PodSelector.IsEmpty() {
			out = append(out, fmt.Sprintf("policy %s selects %s, but is in namespace %s", p.Name, p.PodSelector, p.Namespace))
		}
	}
	return out
}

func (l *ladder) exists() bool {
	c := l.as(checkExists)
	if !c.Known(world.FactInterfaces) {
		return true
	}
	eni := l.pod.ENIs[0]
	seen, ok := l.InterfaceByID(eni.ENIID)
	switch {
	case !ok && l.pod.Ended():
		c.Pass("it was released when the pod ended, as it must be").On(eni.ENIID)
		return false
	case !ok:
		l.replace(c, c.Fail("%s does not exist: somebody has deleted it, and the pod has no network", eni.ENIID).On(eni.ENIID), say.T("replace the pod"))
		return false
	case l.pod.Ended():
		c.Pass("the pod has ended: it cools down, and is then deleted").On(eni.ENIID)
		return false
	}
	c.Pass("%s, type %s", seen.Status, seen.Type).On(eni.ENIID).Saw("carries " + strings.Join(seen.Groups, " "))
	same, carry := words.SameSet(seen.Groups, l.groups), l.as(checkGroups)
	found := carry.Expect(same, say.T("%s", strings.Join(seen.Groups, ", ")),
		say.T("it carries %s, the policies now give %s", strings.Join(seen.Groups, " "), strings.Join(l.groups, " "))).On(eni.ENIID)
	if !same {
		l.replace(carry, found, say.T("a branch ENI keeps the groups that it was made with: replace the pod, if the policies are as they should be"))
	}
	return true
}

func (l *ladder) running() bool {
	eni := l.pod.ENIs[0]
	if l.pod.IP != "" {
		on, c := l.pod.IP == eni.PrivateIP || l.pod.IP == eni.IPv6, l.as(checkOnBranch)
		found := c.Expect(on, say.T("%s", l.pod.IP), say.T("its address is %s, its branch ENI's is %s", l.pod.IP, eni.PrivateIP)).On(l.name())
		if !on {
			l.replace(c, found, say.T("replace the pod"))
		}
	}
	l.runs()
	return true
}

// runs reports whether it runs and is ready.
func (l *ladder) runs() {
	c := l.as(checkRunning)
	if x, is := proof.StallOf(l.Snapshot, l.pod); is {
		c.Fail("%s", x.Reason).On(l.name()).Mend(x.Fix, x.Command)
		return
	}
	c.Pass("%s, ready: %t", l.pod.Phase, l.pod.Ready).On(l.name())
}

// alone is the world with no other pod than the followed one, for checks that
// look at all selected pods.
func (l *ladder) alone() *world.Snapshot {
	s := *l.Snapshot
	s.Kube.Pods = []world.Pod{l.pod}
	return &s
}

// path judges the way to CoreDNS and to the database by the pod's own groups.
func (l *ladder) path() bool {
	t := *l.target
	t.PodGroups, t.PodIP = l.groups, l.pod.ENIs[0].PrivateIP
	if !slices.Contains(l.groups, t.PodGroup.ID) {
		g, _ := l.Group(l.groups[0])
		t.PodGroup = intent.IDRef(l.groups[0], g.Name)
	}
	port := t
	if t.Cluster.IPFamily == "ipv6" {
		t.PodIP = cmp.Or(l.pod.ENIs[0].IPv6, t.PodIP) // CoreDNS is asked by IPv6 there
	}
	l.own = &port
	l.report.Run(network.ProbeChecks, l.alone(), &t)
	l.report.Run(network.DNSChecks, l.Snapshot, &t)
	l.report.Run(database.Checks, l.alone(), l.own)
	l.report.Run(network.PortChecks, l.Snapshot, l.own)
	return true
}

// log reports what the pod's own log tells of its connections.
func (l *ladder) log() bool {
	l.report.Run(proof.ClientChecks(func(*check.Context) []world.Pod { return []world.Pod{l.pod} }), l.Snapshot, l.own)
	return true
}
