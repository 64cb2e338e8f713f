package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/controller"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// selectedPods are the pods of its namespace that a policy selects: those that can
// have a branch ENI, and those on their node's network. It fails where the
// policy's selector or content does not allow to tell.
func selectedPods(c *check.Context, p world.PodPolicy) (selected, onNode []world.Pod, err error) {
	accounts := c.AccountLabels()
	for _, pod := range c.PodsIn(p.Namespace) {
		matches, err := p.Selects(pod.Labels, accounts[pod.ServiceAccount])
		switch {
		case err != nil:
			return nil, nil, err
		case matches && pod.HostNetwork:
			onNode = append(onNode, pod)
		case matches:
			selected = append(selected, pod)
		}
	}
	return selected, onNode, nil
}

// selectsPods looks whether the policy selects any pod.
func selectsPods(c *check.Context, p world.PodPolicy) {
	selected, onNode, err := selectedPods(c, p)
	switch {
	case errors.Is(err, world.ErrNoSelector) || errors.Is(err, world.ErrNoGroups):
		c.Skip("it is not complete: see D47").On(p.Name)
	case err != nil:
		c.Skip("Kubernetes cannot read its selector: see D47").On(p.Name)
	case unmade(c, p, len(selected)):
	case len(selected) > 0:
		c.Add(check.Pass, say.N(len(selected), "it selects %d pod", "it selects %d pods")).Saw(world.NamesOf(selected)...).On(p.Name)
	case len(onNode) > 0:
		c.Warn("every pod that it selects uses its node's network, and has its node's security groups").Saw(world.NamesOf(onNode)...).On(p.Name).
			Mend(say.T("only a pod with a network of its own (hostNetwork: false) can have a branch ENI"), "")
	default:
		c.Warn("it selects no pod of namespace %s", p.Namespace).Saw(nearMisses(c.Snapshot, p)...).On(p.Name).
			Mend(say.T("labels belong on the pod template, not on the Deployment"), shell.Command("kubectl -n %s get pods --show-labels", p.Namespace))
	}
}

// unmade tells of workloads whose pods the policy would select and which cannot
// be made, whatever refuses them. What other checks tell of is left to them.
func unmade(c *check.Context, p world.PodPolicy, selected int) bool {
	if len(c.Troubles("D56", "D57", "D58")) > 0 {
		return false
	}
	all := controller.UnmadeIn(c.Snapshot, p.Namespace, func(w world.Workload) bool {
		ok, err := p.PodSelector.Matches(w.PodLabels)
		return err == nil && ok
	})
	if len(all) == 0 {
		return false
	}
	var lines, on []string
	for _, u := range all {
		lines, on = append(lines, u.Line()), append(on, u.Workload.Namespace+"/"+u.Workload.Name)
	}
	status, reason := check.Fail, say.N(len(all), "it selects the pods of %d workload, and Kubernetes refuses to make them", "it selects the pods of %d workloads, and Kubernetes refuses to make them")
	if selected > 0 {
		status, reason = check.Warn, say.N(selected, "it selects %d pod, and Kubernetes refuses to make others that it would select", "it selects %d pods, and Kubernetes refuses to make others that it would select")
	}
	all[0].Explain(c.Add(status, reason).Saw(lines...).On(on...))
	return true
}

// union names the policies by which the selected pods get more
// groups than this one gives.
func union(c *check.Context, p world.PodPolicy) {
	selected, _, err := selectedPods(c, p)
	if err != nil {
		return // the check of the selector says so
	}
	here, accounts := c.PoliciesIn(p.Namespace), c.AccountLabels()
	also := map[string]int{} // pods that another policy selects too
	more := map[string][]string{}
	for _, pod := range selected {
		for _, other := range here {
			if ok, err := other.Selects(pod.Labels, accounts[pod.ServiceAccount]); err != nil || !ok || other.Name == p.Name {
				continue
			}
			also[other.Name]++
			for _, id := range other.GroupIDs {
				if !slices.Contains(p.GroupIDs, id) && !slices.Contains(more[other.Name], id) {
					more[other.Name] = append(more[other.Name], id)
				}
			}
		}
	}
	if len(also) == 0 {
		return
	}
	saw := []string{p.Name + " gives " + strings.Join(p.GroupIDs, ", ")}
	var names, groups []string
	for _, other := range here {
		n := also[other.Name]
		if n == 0 {
			continue
		}
		saw = append(saw, fmt.Sprintf("%s gives %s to %d of them", other.Name, strings.Join(other.GroupIDs, ", "), n))
		if len(more[other.Name]) > 0 {
			names, groups = append(names, other.Name), append(groups, more[other.Name]...)
		}
	}
	if len(names) == 0 {
		c.Pass("other policies select them too and give the same groups").Saw(saw...).On(p.Name)
		return
	}
	slices.Sort(groups)
	c.Warn("pods get the groups of all policies that select them: %s of policy %s as well", strings.Join(slices.Compact(groups), ", "), strings.Join(names, ", ")).
		Saw(saw...).On(p.Name).
		Mend(say.T("nothing, if that is meant; else make the selectors exclude each other, then restart the pods"), editPolicy(p.Namespace, names[0]))
}

// unlimited are the selected pods that were given no branch ENI: those for which
// no policy spoke when they were created, and those for which one did and the
// webhook did not.
func unlimited(c *check.Context, p world.PodPolicy, selected []world.Pod) (old, missed []world.Pod) {
	for _, pod := range selected {
		switch {
		case pod.ENILimitOn >= 0 || pod.Fargate || pod.Windows:
		case c.SelectedLater(pod, p):
			old = append(old, pod)
		default:
			missed = append(missed, pod)
		}
	}
	return old, missed
}

// oldPods names the selected pods that no policy selected when they were created.
func oldPods(c *check.Context, p world.PodPolicy) {
	selected, _, err := selectedPods(c, p)
	if err != nil {
		return // the check of the selector says so
	}
	old, missed := unlimited(c, p, selected)
	passed := say.T("all of them")
	if len(missed) > 0 {
		passed = say.T("all that have no branch ENI")
	}
	found := c.Expect(len(old) == 0, passed, say.N(len(old), "%d did not get a branch ENI when it was created, so it has its node's security groups", "%d did not get a branch ENI when they were created, so they have their nodes' security groups")).
		Saw(missedWebhook(c, old, p, selected)...).On(objects(old)...)
	if len(old) > 0 {
		Restart(c, found, say.T("restart them when it suits you: the new ones have the policy's groups and not their nodes', so see first that those allow all that the pods do"), old)
	}
}

// failedOpen names the selected pods that came after the policy, and for which the
// webhook did not answer.
func failedOpen(c *check.Context, p world.PodPolicy) {
	selected, _, err := selectedPods(c, p)
	if err != nil {
		return
	}
	_, missed := unlimited(c, p, selected)
	if len(missed) == 0 {
		return
	}
	found := c.Add(check.Fail, say.N(len(missed),
		"%d pod came after the policy and got no branch ENI: where the webhook does not answer in time, Kubernetes lets pods pass without it",
		"%d pods came after the policy and got no branch ENI: where the webhook does not answer in time, Kubernetes lets pods pass without it")).
		Saw(missedWebhook(c, missed, p, selected)...).On(objects(missed)...)
	Restart(c, found, say.T("restart them"), missed)
}

// objects are pods by namespace and name.
func objects(pods []world.Pod) []string {
	var out []string
	for _, p := range pods {
		out = append(out, p.Namespace+"/"+p.Name)
	}
	return out
}

// missedWebhook says of each pod why the webhook did not give it a branch ENI.
func missedWebhook(c *check.Context, pods []world.Pod, p world.PodPolicy, selected []world.Pod) []string {
	var out []string
	for _, pod := range pods {
		out = append(out, pod.Name+" "+MissedWebhook(c.Snapshot, pod, p, selected))
	}
	return out
}

// MissedWebhook says why the webhook, which acts on new pods only, did not give
// a branch ENI to a pod that the policy selects, as far as that can be told.
func MissedWebhook(s *world.Snapshot, pod world.Pod, p world.PodPolicy, selected []world.Pod) string {
	age := p.CreatedAt.Sub(pod.CreatedAt).Round(time.Second)
	_, unknown := s.Missing(world.FactAdmission)
	switch {
	case age > 0:
		return fmt.Sprintf("was created %s before it", age)
	case age == 0:
		return "was created in the same second"
	case s.SelectedLater(pod, p):
		return fmt.Sprintf("was created %s after it: it got its label later, for the template of %s has none that the policy selects", -age, pod.Owner)
	case !unknown && !s.Kube.Admission.MutatingWebhook:
		return fmt.Sprintf("was created %s after it: the webhook is missing", -age)
	case slices.ContainsFunc(selected, func(o world.Pod) bool {
		return o.ENILimitOn >= 0 && o.CreatedAt.Before(pod.CreatedAt) && o.Owner != "" && o.Owner == pod.Owner
	}):
		return fmt.Sprintf("was created %s after it: the webhook did not answer then, for an older pod of %s has a branch ENI", -age, pod.Owner)
	default:
		return fmt.Sprintf("was created %s after it: the webhook did not answer then, or its label or the policy's selector was changed since", -age)
	}
}

// nearMisses lists the labels of workloads' pods, to compare with a selector
// that selects nothing.
func nearMisses(s *world.Snapshot, p world.PodPolicy) []string {
	out := []string{"selector: " + p.PodSelector.String()}
	for _, w := range s.WorkloadsIn(p.Namespace) {
		out = append(out, fmt.Sprintf("pods of %s %s: %s", w.Kind, w.Name, (&world.Selector{MatchLabels: w.PodLabels}).String()))
	}
	return out
}
