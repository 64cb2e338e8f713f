package wait

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Reasons of node events of the VPC resource controller.
const (
	reasonTrunkInitiated = "NodeTrunkInitiated"
	reasonTrunkFailed    = "NodeTrunkFailedInit"
	reasonTrunkCreation  = "TrunkENICreationFailed"
	reasonUnsupported    = "Unsupported"
	reasonENIConfig      = "EniConfigNameNotFound"
)

// trunkReasons are the events that tell how a trunk ENI comes along.
var trunkReasons = []string{reasonTrunkInitiated, reasonTrunkFailed, reasonTrunkCreation, reasonUnsupported, reasonENIConfig}

// WaitTrunk implements [plan.Kube].
func (c Waiter) WaitTrunk(ctx context.Context, want plan.TrunkWait, progress plan.ProgressFunc) error {
	const doing = "wait for a trunk ENI on a node"
	if len(want.Nodes) == 0 {
		return &world.Problem{Doing: doing, Err: errors.New("there is no node that can have one"), Hint: "Add a node group of a type that supports trunk ENIs."}
	}
	w := c.startWaiting(ctx, doing, "")
	nodes := sets.New(want.Nodes...)
	wanted := func(name string) bool { return nodes.Has(name) }
	limits := watched(w, c.NodeSource(), false, func(n *corev1.Node) (int, bool) { return facts.BranchLimit(n), wanted(n.Name) })
	asked := watched(w, c.CustomSource(facts.CNINodeResource, "", ""), true, func(n *unstructured.Unstructured) (bool, bool) {
		_, feature := facts.CNINodeFeatures(n)[world.FeatureSGP]
		return feature, wanted(n.GetName())
	})
	events := watched(w, c.EventSource(facts.NodeEventsIn, api.EventsOf("Node", "")), true, func(e *corev1.Event) (world.ClusterEvent, bool) {
		return facts.Event(e), slices.Contains(trunkReasons, e.Reason) && wanted(e.InvolvedObject.Name)
	})
	return w.until(ctx, progress, func() (plan.Progress, bool, error) {
		var ready int
		var lacking []string
		for _, name := range want.Nodes {
			if limit, _ := limits.Get(name); limit > 0 {
				ready++
			} else {
				lacking = append(lacking, name)
			}
		}
		p := plan.Progress{Text: fmt.Sprintf("%d of %s %s a trunk ENI", ready, facts.Count(len(want.Nodes), "node"), verb(len(want.Nodes), "has", "have")), Done: ready, Total: len(want.Nodes)}
		if len(lacking) == 0 || ready > 0 && !want.All {
			return p, true, nil
		}
		p.Text += "; " + shortNode(lacking[0]) + ": " + trunkHold(lacking[0], asked, latestEvents(events))
		return p, false, nil
	})
}

// trunkHold says what a node's trunk ENI waits for.
func trunkHold(node string, asked *follow.Set[bool], events map[string]world.ClusterEvent) string {
	if e, seen := events[node]; seen && e.Reason != reasonTrunkInitiated {
		return e.Message
	}
	switch feature, known := asked.Get(node); {
	case !known:
		return "its CNINode is not there yet"
	case !feature:
		return "the VPC CNI has not asked for one yet"
	default:
		return "the VPC resource controller is attaching it"
	}
}

// latestEvents are the newest event of each node; of two at the same time the
// one that says why.
func latestEvents(events *follow.Set[world.ClusterEvent]) map[string]world.ClusterEvent {
	newest := map[string]world.ClusterEvent{}
	for _, e := range events.Values() {
		old, seen := newest[e.Name]
		order := cmp.Or(e.At.Compare(old.At), cmp.Compare(slices.Index(trunkReasons, e.Reason), slices.Index(trunkReasons, old.Reason)))
		if !seen || order > 0 {
			newest[e.Name] = e
		}
	}
	return newest
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
