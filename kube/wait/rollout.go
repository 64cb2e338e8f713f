package wait

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// cniState is what a roll-out is judged by.
type cniState struct {
	rollout  world.Rollout
	onDelete bool
}

// WaitCNIRollout implements [plan.Kube]. A node that is not ready may never be
// again: it is left out, and named, when it is all that is missing.
func (c Waiter) WaitCNIRollout(ctx context.Context, progress plan.ProgressFunc) error {
	const doing, object = "wait for the rollout of DaemonSet", facts.CNINamespace + "/" + facts.CNIName
	w := c.startWaiting(ctx, doing, object)
	sets := watched(w, c.DaemonSetSource(facts.CNINamespace, facts.CNIName), false, func(ds *appsv1.DaemonSet) (cniState, bool) {
		return cniState{facts.Rollout(ds), ds.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType}, true
	})
	pods := watched(w, c.PodSource(facts.CNINamespace, facts.CNIPodLabel), true, func(p *corev1.Pod) (podHold, bool) {
		return holdOf(p), true
	})
	down := watched(w, c.NodeSource(), true, func(n *corev1.Node) (struct{}, bool) {
		return struct{}{}, !facts.NodeReady(n) || n.DeletionTimestamp != nil
	})
	return w.until(ctx, progress, func() (plan.Progress, bool, error) {
		found := sets.Values()
		if len(found) == 0 {
			return plan.Progress{}, false, &world.Problem{Kind: world.ProblemNotFound, Doing: doing, Object: object, Err: errors.New("it does not exist")}
		}
		r := found[0].rollout
		if r.Complete() {
			return plan.Progress{Text: "all " + facts.Count(r.Desired, "node") + " updated", Done: r.Desired, Total: r.Desired}, true, nil
		}
		if left := leftOut(r, pods.Values(), down); len(left) > 0 {
			return plan.Progress{
				Text: fmt.Sprintf("%d of %s updated; left out as %s not ready: %s", r.Desired-len(left), facts.Count(r.Desired, "node"),
					verb(len(left), "it is", "they are"), strings.Join(facts.Few(left), ", ")),
				Done: r.Desired - len(left), Total: r.Desired,
			}, true, nil
		}
		if found[0].onDelete && r.Observed && r.Updated < r.Desired {
			return plan.Progress{}, false, &world.Problem{
				Doing: doing, Object: object,
				Err:     fmt.Errorf("%s of %d run the old revision, and its update strategy OnDelete replaces none", facts.Count(r.Desired-r.Updated, "pod"), r.Desired),
				Hint:    "Delete the aws-node pods, node by node; each comes back with the new revision.",
				Command: "kubectl -n kube-system delete pod -l k8s-app=aws-node --field-selector spec.nodeName=NODE",
			}
		}
		return rolloutProgress(r, pods.Values()), false, nil
	})
}

// leftOut are the nodes that are down and hold up a roll-out that has come to its
// end on all others: a ready pod runs there, of the revision of the youngest pod.
func leftOut(r world.Rollout, pods []podHold, down *follow.Set[struct{}]) (names []string) {
	if !r.Observed || len(pods) == 0 {
		return nil
	}
	youngest := slices.MaxFunc(pods, func(a, b podHold) int { return a.created.Compare(b.created) })
	others := 0
	for _, p := range pods {
		_, isDown := down.Get(p.node)
		switch {
		case isDown && p.why != "":
			names = append(names, shortNode(p.node))
		case p.why != "" || p.revision != youngest.revision:
			return nil
		default:
			others++
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if others == 0 || others+len(names) < r.Desired || r.Updated+len(names) < r.Desired {
		return nil
	}
	return names
}

// rolloutProgress says how far a roll-out is and which pod it waits for.
func rolloutProgress(r world.Rollout, pods []podHold) plan.Progress {
	if !r.Observed {
		return plan.Progress{Text: "waiting for the DaemonSet controller to see the change", Total: r.Desired}
	}
	done := min(r.Updated, r.Ready)
	text := fmt.Sprintf("%d of %s updated", r.Updated, facts.Count(r.Desired, "node"))
	if r.Updated >= r.Desired {
		text += fmt.Sprintf(", %d ready", r.Ready)
	}
	pods = slices.DeleteFunc(pods, func(p podHold) bool { return p.why == "" })
	if len(pods) > 0 {
		first := slices.MinFunc(pods, func(a, b podHold) int { return cmp.Compare(a.name, b.name) })
		text += "; " + first.String()
	}
	return plan.Progress{Text: text, Done: done, Total: r.Desired}
}

// podHold is a pod and why it is not ready.
type podHold struct {
	name, node, why, revision string
	created                   time.Time
}

// String is the state in words: "aws-node-x7k2p on ip-10-0-3-7: pulling its
// image".
func (h podHold) String() string {
	if h.node == "" {
		return h.name + ": " + h.why
	}
	return h.name + " on " + shortNode(h.node) + ": " + h.why
}

func holdOf(p *corev1.Pod) podHold {
	return podHold{
		name: p.Name, node: p.Spec.NodeName, why: facts.NotReady(facts.Pod(p)),
		revision: p.Labels[appsv1.ControllerRevisionHashLabelKey], created: p.CreationTimestamp.Time,
	}
}
