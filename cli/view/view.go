// Package view is what podsg watch shows of a cluster at one moment.
package view

import (
	"slices"
	"strings"
	"time"

	"podsg/kube/live"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// View is what watch shows.
type View struct {
	SchemaVersion int            `json:"schemaVersion"`
	Cluster       string         `json:"cluster"`
	Rollout       *world.Rollout `json:"rollout"`   // of aws-node; null: there is no VPC CNI
	Namespace     string         `json:"namespace"` // the one that is looked at; empty: all
	Nodes         []Node         `json:"nodes"`
	Pods          []Pod          `json:"pods"`
	Events        []Event        `json:"events"`                // those that matter, oldest first
	NotObserved   []string       `json:"notObserved,omitempty"` // what could not be read, and why
}

// Node is a node and how many of its branch ENIs are in use.
type Node struct {
	Name       string `json:"name"`
	Type       string `json:"instanceType"`
	Ready      bool   `json:"ready"`
	Trunk      string `json:"trunkEni"`
	BranchENIs int    `json:"branchEnis"` // allocatable
	Used       int    `json:"used"`
}

// Pod is a pod and its branch ENI, if it has one.
type Pod struct {
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

// Event is an event that matters, and what it means.
type Event struct {
	At          time.Time `json:"at"`
	Reason      string    `json:"reason"`
	Object      string    `json:"object"` // Pod sg-per-pod/green-pod-…
	Message     string    `json:"message"`
	Explanation string    `json:"explanation"`
	Count       int       `json:"count,omitempty"`
}

// watched are the facts that a view shows.
var watched = []world.Fact{world.FactCNI, world.FactNodes, world.FactInstances, world.FactInterfaces, world.FactPods, world.FactEvents}

// Of is the view of a snapshot: of one namespace when it is named. Nodes are
// everybody's.
func Of(s *world.Snapshot, namespace string) *View {
	v := &View{SchemaVersion: plan.SchemaVersion, Cluster: s.Cloud.Cluster.Name, Namespace: namespace, Nodes: []Node{}, Pods: []Pod{}, Events: []Event{}}
	for _, fact := range watched {
		if reason, missing := s.Missing(fact); missing {
			v.NotObserved = append(v.NotObserved, reason)
		}
	}
	if s.Kube.CNI != nil {
		v.Rollout = &s.Kube.CNI.Rollout
	}
	used, observed := map[string]int{}, append(s.Namespaces(), namespace)
	for _, p := range s.Kube.Pods {
		used[p.Node] += len(p.ENIs)
		if namespace != "" && p.Namespace != namespace || !slices.Contains(observed, p.Namespace) && len(p.ENIs) == 0 {
			continue
		}
		row := Pod{Name: p.Name, Namespace: p.Namespace, Node: p.Node, Phase: p.Phase, Ready: p.Ready, Reason: p.Reason, PrivateIP: p.IP, Groups: []string{}}
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
		v.Nodes = append(v.Nodes, Node{
			Name: n.Name, Type: n.InstanceType, Ready: n.Ready, Trunk: trunks[n.InstanceID], BranchENIs: n.PodENIs, Used: used[n.Name],
		})
	}
	events := s.Kube.Events
	for _, o := range s.Kube.Others {
		events = slices.Concat(events, o.Events)
	}
	for _, e := range events {
		explanation := live.Explain(e)
		if explanation == "" {
			continue
		}
		v.Events = append(v.Events, Event{
			At: e.At, Reason: e.Reason, Object: e.Kind + " " + strings.TrimPrefix(e.Namespace+"/"+e.Name, "/"), Message: e.Message,
			Explanation: explanation, Count: e.Count,
		})
	}
	slices.SortStableFunc(v.Events, func(a, b Event) int { return a.At.Compare(b.At) })
	return v
}
