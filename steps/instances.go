package steps

import (
	"fmt"
	"slices"
	"strings"
)

var stepInstances = Step{
	ID: StepInstances, Title: "Instance types",
	About: []string{
		"A pod gets its own network interface (branch ENI) through its node's trunk ENI.",
		"Not every instance type can have one: the t family cannot. The limit per node is smaller than its number of pods.",
	},
	Check: checkInstances,
}

var (
	checkTrunkTypes    = check{"D33", "Instance types support trunk ENIs"}
	checkTrunkSlot     = check{"D35", "Nodes have a trunk ENI, or a free slot for it"}
	checkFeature       = check{"D36", "VPC CNI has asked for a trunk on its nodes"}
	checkAllocatable   = check{"D37", "Nodes offer branch ENIs"}
	checkOldLabel      = check{"D38", "No stale trunk label on nodes"}
	checkBranchSpace   = check{"D61", "Branch ENIs are left"}
	labelTrunkAttached = "vpc.amazonaws.com/has-trunk-attached"
)

// candidates are the nodes that can have a trunk ENI: ready EC2 nodes of a
// type that supports it.
func (s *Snapshot) candidates() []Node {
	var out []Node
	for _, n := range s.Kube.Nodes {
		if n.Ready && n.InstanceID != "" && n.ComputeType != "auto" && n.OS != "windows" && s.InstanceType(n.InstanceType).Trunking {
			out = append(out, n)
		}
	}
	return out
}

func checkInstances(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepInstances, s: s, t: t}
	if !f.known(checkTrunkTypes, FactNodes, FactInstanceTypes) {
		return f.out
	}
	checkTypes(f)
	capable := s.candidates()
	if len(capable) == 0 {
		return f.out
	}
	checkSlots(f, capable)
	on := s.Kube.CNI != nil && s.Kube.CNI.Env[envPodENI] == "true"
	if on {
		checkNodesReadyForPods(f, capable)
	} else {
		f.add(checkFeature, Skip, "the VPC CNI has not been told yet")
		f.add(checkAllocatable, Skip, "the VPC CNI has not been told yet")
	}
	var labelled []string
	for _, n := range s.Kube.Nodes {
		if v, ok := n.Labels[labelTrunkAttached]; ok && !s.InstanceType(n.InstanceType).Trunking {
			labelled = append(labelled, fmt.Sprintf("%s has %s=%s", n.Name, labelTrunkAttached, v))
		}
	}
	if len(labelled) > 0 {
		f.add(checkOldLabel, Warn, "the label is no longer set by the VPC CNI, and its mere presence makes the controller manage the node").saw(labelled...).
			mend("remove it", "kubectl label node --all "+labelTrunkAttached+"-")
	} else {
		f.add(checkOldLabel, Pass, "none")
	}
	return f.out
}

func checkTypes(f *findings) {
	var no, unknown []string
	count := map[string]int{}
	for _, n := range f.s.Kube.Nodes {
		count[n.InstanceType]++
	}
	for _, c := range InstanceChoices(f.s) {
		line := fmt.Sprintf("%s: %d nodes, %s", c.Value, count[c.Value], strings.Join(c.Detail[1:], ", "))
		switch it := f.s.InstanceType(c.Value); {
		case !it.Known:
			unknown = append(unknown, line)
		case !it.Trunking:
			no = append(no, line)
		}
	}
	capable, total := f.s.candidates(), len(f.s.Kube.Nodes)
	room := 0
	for _, n := range capable {
		room += f.s.InstanceType(n.InstanceType).BranchENIs
	}
	addNodes := fmt.Sprintf("eksctl create nodegroup --cluster %s --name sg-pods --node-type m5.large --nodes 2", f.t.Cluster.Name)
	switch {
	case len(capable) == 0:
		f.add(checkTrunkTypes, Fail, fmt.Sprintf("none of the %d nodes can have a trunk ENI, so no pod can get a security group of its own", total)).
			saw(append(no, unknown...)...).
			mend("add a node group of a type that supports trunk ENIs, such as m5.large (9 branch ENIs each)", addNodes).blocks()
	case len(no)+len(unknown) > 0:
		f.add(checkTrunkTypes, Warn, fmt.Sprintf("%d of %d nodes can have a trunk ENI, with %d branch ENIs in all; the others run only ordinary pods", len(capable), total, room)).
			saw(append(no, unknown...)...).
			mend("nothing, if that is enough; the scheduler keeps the selected pods off the others by itself", addNodes)
	default:
		f.add(checkTrunkTypes, Pass, fmt.Sprintf("all %d nodes can have a trunk ENI, with %d branch ENIs in all", total, room))
	}
}

// trunkOf returns the trunk ENI of an instance.
func (s *Snapshot) trunkOf(instanceID string) (Interface, bool) {
	for _, e := range s.Cloud.Interfaces {
		if e.InstanceID == instanceID && e.Type == InterfaceTrunk {
			return e, true
		}
	}
	return Interface{}, false
}

func checkSlots(f *findings, capable []Node) {
	if !f.known(checkTrunkSlot, FactInterfaces) {
		return
	}
	attached := map[string]int{}
	for _, e := range f.s.Cloud.Interfaces {
		if e.InstanceID != "" {
			attached[e.InstanceID]++
		}
	}
	var full []string
	trunks := 0
	for _, n := range capable {
		if _, ok := f.s.trunkOf(n.InstanceID); ok {
			trunks++
			continue
		}
		if limit := f.s.InstanceType(n.InstanceType).ENIs; attached[n.InstanceID] >= limit {
			full = append(full, fmt.Sprintf("%s (%s): %d of %d network interfaces are in use, none is a trunk", n.Name, n.InstanceType, attached[n.InstanceID], limit))
		}
	}
	switch {
	case len(full) == len(capable):
		f.add(checkTrunkSlot, Fail, "no node has room for a trunk ENI: ordinary pods use every network interface").saw(full...).
			mend("move pods away and replace the nodes one by one, or add nodes: a new node makes its trunk first", "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data").blocks()
	case len(full) > 0:
		f.add(checkTrunkSlot, Warn, fmt.Sprintf("%d of %d nodes have no room for a trunk ENI until they are replaced", len(full), len(capable))).saw(full...).
			mend("drain and replace them when it suits you", "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data")
	default:
		f.add(checkTrunkSlot, Pass, fmt.Sprintf("%d have one, %d have room", trunks, len(capable)-trunks))
	}
}

func checkNodesReadyForPods(f *findings, capable []Node) {
	var noFeature, noENIs, failed []string
	total := 0
	for _, n := range capable {
		_, asked := n.Features[FeatureSGP]
		switch {
		case !asked:
			noFeature = append(noFeature, fmt.Sprintf("%s: CNINode present: %t", n.Name, n.HasCNINode))
		case n.PodENIs == 0:
			event := lastEvent(f.s, "Node", n.Name, "TrunkENICreationFailed", "NodeTrunkFailedInit", "Unsupported", "EniConfigNameNotFound")
			noENIs = append(noENIs, n.Name+event)
			if event != "" {
				failed = append(failed, n.Name)
			}
		default:
			total += n.PodENIs
		}
	}
	f.expect(checkFeature, len(noFeature) == 0, fmt.Sprintf("on all %d", len(capable)),
		fmt.Sprintf("%d of %d CNINodes lack feature %s", len(noFeature), len(capable), FeatureSGP)).saw(noFeature...).
		mend("look whether aws-node is ready on them and has a free network interface slot", "kubectl get cninodes -o wide")
	// A node that asked a moment ago gets its trunk ENI in a while; one of which
	// an event tells that it failed does not.
	status, reason := Pass, fmt.Sprintf("%d in all (%s)", total, ResourcePodENI)
	if len(noENIs) > 0 {
		status, reason = Warn, fmt.Sprintf("%d of %d nodes asked for a trunk ENI and do not offer any branch ENI yet", len(noENIs), len(capable))
		if len(failed) > 0 || total == 0 {
			status = Fail
		}
	}
	f.add(checkAllocatable, status, reason).saw(noENIs...).
		mend("it takes seconds, on many nodes some minutes; else see the nodes' events: a missing policy on the cluster role is the usual cause, and after it is attached any change of the node makes the controller try again",
			"kubectl get events -n default --field-selector involvedObject.kind=Node")
	checkBranchesLeft(f, capable)
}

func checkBranchesLeft(f *findings, capable []Node) {
	if !f.known(checkBranchSpace, FactPods) {
		return
	}
	used := map[string]int{}
	for _, p := range f.s.Kube.Pods {
		if p.ENILimitOn >= 0 && p.Node != "" && p.Phase != "Succeeded" && p.Phase != "Failed" {
			used[p.Node]++
		}
	}
	var lines []string
	left, room := 0, 0
	for _, n := range capable {
		left += n.PodENIs - used[n.Name]
		room += n.PodENIs
		lines = append(lines, fmt.Sprintf("%s: %d of %d in use", n.Name, used[n.Name], n.PodENIs))
	}
	slices.Sort(lines)
	if why, partial := f.s.Kube.Partial[FactPods]; partial && left > 0 {
		f.add(checkBranchSpace, Warn, fmt.Sprintf("it cannot be told for sure: at most %d of %d, for only pods of namespace %s could be counted", left, room, f.t.Namespace)).
			saw(append(lines, why)...).mend("allow podsg to list pods of all namespaces", "podsg permissions --mode read -o rbac")
		return
	}
	f.expect(checkBranchSpace, left > 0 || room == 0, fmt.Sprintf("%d of %d", left, room),
		fmt.Sprintf("all %d are in use: the next pod stays Pending with Insufficient %s", room, ResourcePodENI)).saw(lines...).
		mend("add nodes, or use a larger instance type", "kubectl describe nodes | grep -A8 Allocated")
}

// lastEvent is the newest event of an object with one of the given reasons, as
// ": reason: message", or empty.
func lastEvent(s *Snapshot, kind, name string, reasons ...string) string {
	for i := len(s.Kube.Events) - 1; i >= 0; i-- {
		if e := s.Kube.Events[i]; e.Kind == kind && e.Name == name && slices.Contains(reasons, e.Reason) {
			return ": " + e.Reason + ": " + e.Message
		}
	}
	return ""
}
