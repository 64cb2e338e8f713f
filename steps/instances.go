package steps

import (
	"fmt"
	"maps"
	"slices"
)

var stepInstances = Step{
	ID: StepInstances,
	About: []string{
		"A pod gets its own network interface (branch ENI) through its node's trunk ENI.",
		"Not every instance type can have one: the t family cannot. The limit per node is smaller than its number of pods.",
	},
	Check: checkInstances,
}

var (
	checkTrunkTypes  = check{id: "D33", title: "Instance types support trunk ENIs"}
	checkTrunkSlot   = check{id: "D35", title: "Nodes have a trunk ENI, or a free slot for it"}
	checkFeature     = check{id: "D36", title: "VPC CNI has asked for a trunk on its nodes"}
	checkAllocatable = check{id: "D37", title: "Nodes offer branch ENIs"}
	checkOldLabel    = check{id: "D38", title: "No stale trunk label on nodes"}
	checkBranchSpace = check{id: "D61", title: "A node has a branch ENI for the pods"}
)

// labelTrunkAttached is the label by which the VPC CNI marked nodes before
// version 1.15.0.
const labelTrunkAttached = "vpc.amazonaws.com/has-trunk-attached"

// candidates are the nodes that can have a trunk ENI, as far as is known: ready
// Linux nodes on EC2 that offer branch ENIs already, or are of a type that
// supports a trunk or that is newer than the capacity table.
func (s *Snapshot) candidates() []Node {
	var out []Node
	for _, n := range s.Kube.Nodes {
		if s.noTrunk(n) == "" {
			out = append(out, n)
		}
	}
	return out
}

// noTrunk says why a node can have no trunk ENI now; empty: it can, or it is not
// known that it cannot.
func (s *Snapshot) noTrunk(n Node) string {
	it := s.InstanceType(n.InstanceType)
	switch {
	case n.InstanceID == "":
		return "it is no EC2 instance"
	case n.ComputeType == "auto":
		return "EKS Auto Mode manages it"
	case n.OS == "windows":
		return "it runs Windows"
	case it.Known && !it.Trunking && n.PodENIs == 0:
		return n.InstanceType + " has no trunk support"
	case !n.Ready:
		return notReady
	default:
		return ""
	}
}

const notReady = "it is not ready"

func checkInstances(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepInstances, s: s, t: t}
	if !f.known(checkTrunkTypes, FactNodes, FactInstanceTypes) {
		return f.out
	}
	checkTypes(f)
	capable := s.candidates()
	if len(capable) > 0 {
		checkTrunks(f, capable)
	}
	checkReservedSlot(f)
	checkCustomNetworking(f, capable)
	checkPodsPerNode(f, capable)
	checkAutoscaling(f)
	return f.out
}

// checkTrunks follows the nodes that can have a trunk ENI to the branch ENIs
// that they offer.
func checkTrunks(f *findings, capable []Node) {
	s := f.s
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
}

func checkTypes(f *findings) {
	const enough = "nothing, if that is enough; the scheduler keeps the selected pods off the others by itself"
	var capable, unknown, waiting []Node
	room := 0
	var others []string // why the other nodes can have no trunk, a line for each reason
	reasons := map[string]int{}
	for _, n := range f.s.Kube.Nodes {
		it := f.s.InstanceType(n.InstanceType)
		switch why := f.s.noTrunk(n); {
		case why == "" && !it.Known && n.PodENIs == 0:
			unknown = append(unknown, n)
			reasons[n.InstanceType+" is not in the capacity table: trunk support unknown"]++
		case why == "":
			capable = append(capable, n)
			room += max(it.BranchENIs, n.PodENIs)
		default:
			if why == notReady {
				waiting = append(waiting, n)
			}
			reasons[why]++
		}
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		others = append(others, numberOf(reasons[why], "node")+": "+why)
	}
	total := len(f.s.Kube.Nodes)
	addNodes := "eksctl create nodegroup --cluster " + quote(f.t.Cluster.Name)
	if f.t.Region != "" {
		addNodes += " --region " + f.t.Region
	}
	addNodes += " --name sg-pods --node-type m5.large --nodes 2"
	have := fmt.Sprintf("%d of %s can have a trunk ENI, with %d branch ENIs in all", len(capable), numberOf(total, "node"), room)
	switch {
	case len(capable)+len(unknown) == 0 && len(waiting) > 0:
		f.add(checkTrunkTypes, Fail, "no node that could have a trunk ENI is ready").saw(others...).
			mend("see why they are not ready", "kubectl describe node "+waiting[0].Name).blocks()
	case len(capable)+len(unknown) == 0:
		f.add(checkTrunkTypes, Fail, fmt.Sprintf("none of the %s can have a trunk ENI, so no pod can get a security group of its own", numberOf(total, "node"))).
			saw(others...).
			mend("add a node group of Linux nodes of a type that supports trunk ENIs, such as m5.large (9 branch ENIs each)", addNodes).blocks()
	case len(capable) == 0:
		f.add(checkTrunkTypes, Warn, "no node is of a type that is known to support trunk ENIs; newer ones usually do").saw(others...).
			mend("go on: a node that supports it offers branch ENIs soon after the VPC CNI is told; if none does, add nodes of a known type", addNodes)
	case len(others) > 0:
		f.add(checkTrunkTypes, Warn, have+"; the others run only ordinary pods").saw(others...).mend(enough, addNodes)
	default:
		f.add(checkTrunkTypes, Pass, have)
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
		if limit := f.s.InstanceType(n.InstanceType).ENIs; limit > 0 && attached[n.InstanceID] >= limit {
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
	used := branchesUsed(f.s.Kube.Pods)
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

// branchesUsed counts the branch ENIs in use, by node.
func branchesUsed(pods []Pod) map[string]int {
	used := map[string]int{}
	for _, p := range pods {
		if p.ENILimitOn >= 0 && p.Node != "" && !p.ended() {
			used[p.Node]++
		}
	}
	return used
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
