package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"podsg/kube/live"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// view is what watch shows.
type view struct {
	SchemaVersion int            `json:"schemaVersion"`
	Cluster       string         `json:"cluster"`
	Rollout       *world.Rollout `json:"rollout"` // of aws-node; null: there is no VPC CNI
	Namespace     string         `json:"namespace"`
	Nodes         []viewNode     `json:"nodes"`
	Pods          []viewPod      `json:"pods"`
	Events        []viewEvent    `json:"events"`                // those that matter, oldest first
	NotObserved   []string       `json:"notObserved,omitempty"` // what could not be read, and why
}

type viewNode struct {
	Name       string `json:"name"`
	Type       string `json:"instanceType"`
	Ready      bool   `json:"ready"`
	Trunk      string `json:"trunkEni"`
	BranchENIs int    `json:"branchEnis"` // allocatable
	Used       int    `json:"used"`
}

type viewPod struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Node      string   `json:"node"`
	Phase     string   `json:"phase"`
	Ready     bool     `json:"ready"`
	Reason    string   `json:"reason,omitempty"`
	ENI       string   `json:"eni"`
	PrivateIP string   `json:"privateIp"`
	VLAN      int      `json:"vlanId"`
	Groups    []string `json:"groups"`
}

type viewEvent struct {
	At          time.Time `json:"at"`
	Reason      string    `json:"reason"`
	Object      string    `json:"object"` // Pod sg-per-pod/green-pod-…
	Message     string    `json:"message"`
	Explanation string    `json:"explanation"`
	Count       int       `json:"count,omitempty"`
}

// look observes once.
func (s *session) look(ctx context.Context) (*view, error) {
	if err := s.settleCluster(ctx); err != nil {
		return nil, err
	}
	o, err := s.engine.Observe(ctx, s.intent, nil)
	if err != nil {
		return nil, err
	}
	if ns := intent.NamespaceToDiagnose(o.Snapshot, s.intent); ns != s.intent.Namespace {
		s.intent.Namespace = ns
		if o, err = s.engine.Observe(ctx, s.intent, nil); err != nil {
			return nil, err
		}
	}
	if o.KubeErr != nil {
		return nil, o.KubeErr
	}
	return viewOf(o.Snapshot, s.namespace()), nil
}

// watched are the facts that a view shows.
var watched = []world.Fact{world.FactCNI, world.FactNodes, world.FactInstances, world.FactInterfaces, world.FactPods, world.FactEvents}

func viewOf(s *world.Snapshot, namespace string) *view {
	v := &view{SchemaVersion: plan.SchemaVersion, Cluster: s.Cloud.Cluster.Name, Namespace: namespace, Nodes: []viewNode{}, Pods: []viewPod{}, Events: []viewEvent{}}
	for _, fact := range watched {
		if reason, missing := s.Missing(fact); missing {
			v.NotObserved = append(v.NotObserved, reason)
		}
	}
	if s.Kube.CNI != nil {
		v.Rollout = &s.Kube.CNI.Rollout
	}
	used := map[string]int{}
	for _, p := range s.Kube.Pods {
		used[p.Node] += len(p.ENIs)
		if p.Namespace != namespace && len(p.ENIs) == 0 {
			continue
		}
		row := viewPod{Name: p.Name, Namespace: p.Namespace, Node: p.Node, Phase: p.Phase, Ready: p.Ready, Reason: p.Reason, PrivateIP: p.IP, Groups: []string{}}
		if len(p.ENIs) > 0 {
			row.ENI, row.PrivateIP, row.VLAN = p.ENIs[0].ENIID, p.ENIs[0].PrivateIP, p.ENIs[0].VLAN
			if e, ok := s.InterfaceByID(row.ENI); ok {
				row.Groups = append(row.Groups, e.Groups...)
			}
		}
		v.Pods = append(v.Pods, row)
	}
	trunks := map[string]string{}
	for _, e := range s.Cloud.Interfaces {
		if e.Type == world.InterfaceTrunk {
			trunks[e.InstanceID] = e.ID
		}
	}
	for _, n := range s.Kube.Nodes {
		v.Nodes = append(v.Nodes, viewNode{
			Name: n.Name, Type: n.InstanceType, Ready: n.Ready, Trunk: trunks[n.InstanceID], BranchENIs: n.PodENIs, Used: used[n.Name],
		})
	}
	for _, e := range s.Kube.Events {
		explanation := live.Explain(e)
		if explanation == "" {
			continue
		}
		v.Events = append(v.Events, viewEvent{
			At: e.At, Reason: e.Reason, Object: e.Kind + " " + strings.TrimPrefix(e.Namespace+"/"+e.Name, "/"), Message: e.Message,
			Explanation: explanation, Count: e.Count,
		})
	}
	slices.SortStableFunc(v.Events, func(a, b viewEvent) int { return a.At.Compare(b.At) })
	return v
}

// shownEvents is how many of the newest events the text shows.
const shownEvents = 20

func (v *view) text() string {
	var b strings.Builder
	switch {
	case v.Rollout == nil:
		b.WriteString("aws-node: " + v.noRollout() + "\n")
	case v.Rollout.Complete():
		fmt.Fprintf(&b, "aws-node: rolled out on %s\n", counted(v.Rollout.Desired, "node", "nodes"))
	default:
		fmt.Fprintf(&b, "aws-node: %d of %d nodes updated, %d ready\n", v.Rollout.Updated, v.Rollout.Desired, v.Rollout.Ready)
	}
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "\nNODE\tTYPE\tREADY\tTRUNK ENI\tBRANCH ENIS")
	for _, n := range v.Nodes {
		fmt.Fprintf(w, "%s\t%s\t%t\t%s\t%d/%d\n", n.Name, n.Type, n.Ready, orDefault(n.Trunk, "-"), n.Used, n.BranchENIs)
	}
	fmt.Fprintln(w, "\nPOD\tSTATUS\tNODE\tENI\tPRIVATE IP\tVLAN\tGROUPS")
	for _, p := range v.Pods {
		status := p.Phase
		if p.Reason != "" {
			status += " (" + p.Reason + ")"
		}
		vlan := "-" // an ordinary pod
		if p.ENI != "" {
			vlan = strconv.Itoa(p.VLAN)
		}
		fmt.Fprintf(w, "%s/%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Namespace, p.Name, status, orDefault(p.Node, "-"), orDefault(p.ENI, "-"),
			orDefault(p.PrivateIP, "-"), vlan, orDefault(strings.Join(p.Groups, ","), "-"))
	}
	_ = w.Flush() // a strings.Builder does not fail
	if len(v.Events) > 0 {
		b.WriteString("\nEVENTS\n")
	}
	for _, e := range v.Events[max(0, len(v.Events)-shownEvents):] {
		fmt.Fprintf(&b, "%s %s %s: %s\n    %s\n", e.At.Local().Format(time.TimeOnly), e.Object, e.Reason, e.Message, e.Explanation)
	}
	for i, reason := range v.NotObserved {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, reason)
	}
	return b.String()
}

// noRollout says why there is no roll-out to show.
func (v *view) noRollout() string {
	for _, reason := range v.NotObserved {
		if strings.HasPrefix(reason, string(world.FactCNI)) {
			return "not observed"
		}
	}
	return "there is no VPC CNI"
}
