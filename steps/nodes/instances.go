package nodes

import (
	"fmt"
	"maps"
	"slices"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

var StepInstances = plan.Step{
	ID: check.StepInstances,
	About: []string{
		"A pod gets its own network interface (branch ENI) through its node's trunk ENI.",
		"Not every instance type can have one: the t family cannot. The limit per node is smaller than its number of pods.",
	},
	Check: CheckInstances,
}

var (
	CheckTrunkTypes  = check.Check{ID: "D33", Title: "Instance types support trunk ENIs"}
	CheckTrunkSlot   = check.Check{ID: "D35", Title: "Nodes have a trunk ENI, or a free slot for it"}
	CheckFeature     = check.Check{ID: "D36", Title: "VPC CNI has asked for a trunk on its nodes"}
	CheckAllocatable = check.Check{ID: "D37", Title: "Nodes offer branch ENIs"}
	CheckOldLabel    = check.Check{ID: "D38", Title: "No stale trunk label on nodes"}
	CheckBranchSpace = check.Check{ID: "D61", Title: "A node has a branch ENI for the pods"}
)

func CheckInstances(s *world.Snapshot, t *intent.Target) []check.Finding {
	f := &check.Findings{Step: check.StepInstances, S: s, T: t}
	if !f.Known(CheckTrunkTypes, world.FactNodes, world.FactInstanceTypes) {
		return f.Out
	}
	checkTypes(f)
	capable := s.Candidates()
	if len(capable) > 0 {
		checkTrunks(f, capable)
	}
	checkReservedSlot(f)
	checkCustomNetworking(f, capable)
	checkPodsPerNode(f, capable)
	checkAutoscaling(f)
	return f.Out
}

// checkTrunks follows the nodes that can have a trunk ENI to the branch ENIs
// that they offer.
func checkTrunks(f *check.Findings, capable []world.Node) {
	s := f.S
	checkSlots(f, capable)
	on := s.Kube.CNI != nil && s.Kube.CNI.Env[world.EnvPodENI] == "true"
	if on {
		checkNodesReadyForPods(f, capable)
	} else {
		f.Add(CheckFeature, check.Skip, "the VPC CNI has not been told yet")
		f.Add(CheckAllocatable, check.Skip, "the VPC CNI has not been told yet")
	}
	var labelled []string
	for _, n := range s.Kube.Nodes {
		if v, ok := n.Labels[world.LabelTrunkAttached]; ok && !s.InstanceType(n.InstanceType).Trunking {
			labelled = append(labelled, fmt.Sprintf("%s has %s=%s", n.Name, world.LabelTrunkAttached, v))
		}
	}
	if len(labelled) > 0 {
		f.Add(CheckOldLabel, check.Warn, "the label is no longer set by the VPC CNI, and its mere presence makes the controller manage the node").Saw(labelled...).
			Mend(say.T("remove it"), "kubectl label node --all "+world.LabelTrunkAttached+"-")
	} else {
		f.Add(CheckOldLabel, check.Pass, "none")
	}
}

func checkTypes(f *check.Findings) {
	const enough = "nothing, if that is enough; the scheduler keeps the selected pods off the others by itself"
	var capable, unknown, waiting []world.Node
	room := 0
	var others []string // why the other nodes can have no trunk, a line for each reason
	reasons := map[string]int{}
	for _, n := range f.S.Kube.Nodes {
		it := f.S.InstanceType(n.InstanceType)
		switch why := f.S.NoTrunk(n); {
		case why == "" && !it.Known && n.PodENIs == 0:
			unknown = append(unknown, n)
			reasons[n.InstanceType+" is not in the capacity table: trunk support unknown"]++
		case why == "":
			capable = append(capable, n)
			room += max(it.BranchENIs, n.PodENIs)
		default:
			if why == world.NotReady {
				waiting = append(waiting, n)
			}
			reasons[why]++
		}
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		others = append(others, words.NumberOf(reasons[why], "node")+": "+why)
	}
	total := len(f.S.Kube.Nodes)
	addNodes := "eksctl create nodegroup --cluster " + shell.Quote(f.T.Cluster.Name)
	if f.T.Region != "" {
		addNodes += " --region " + f.T.Region
	}
	addNodes += " --name sg-pods --node-type m5.large --nodes 2"
	have := fmt.Sprintf("%d of %s can have a trunk ENI, with %d branch ENIs in all", len(capable), words.NumberOf(total, "node"), room)
	switch {
	case len(capable)+len(unknown) == 0 && len(waiting) > 0:
		f.Add(CheckTrunkTypes, check.Fail, "no node that could have a trunk ENI is ready").Saw(others...).
			Mend(say.T("see why they are not ready"), "kubectl describe node "+waiting[0].Name).Blocks()
	case len(capable)+len(unknown) == 0:
		f.Add(CheckTrunkTypes, check.Fail, fmt.Sprintf("none of the %s can have a trunk ENI, so no pod can get a security group of its own", words.NumberOf(total, "node"))).
			Saw(others...).
			Mend(say.T("add a node group of Linux nodes of a type that supports trunk ENIs, such as m5.large (9 branch ENIs each)"), addNodes).Blocks()
	case len(capable) == 0:
		f.Add(CheckTrunkTypes, check.Warn, "no node is of a type that is known to support trunk ENIs; newer ones usually do").Saw(others...).
			Mend(say.T("go on: a node that supports it offers branch ENIs soon after the VPC CNI is told; if none does, add nodes of a known type"), addNodes)
	case len(others) > 0:
		f.Add(CheckTrunkTypes, check.Warn, have+"; the others run only ordinary pods").Saw(others...).Mend(say.T("%s", enough), addNodes)
	default:
		f.Add(CheckTrunkTypes, check.Pass, have)
	}
}

func checkSlots(f *check.Findings, capable []world.Node) {
	if !f.Known(CheckTrunkSlot, world.FactInterfaces) {
		return
	}
	attached := map[string]int{}
	for _, e := range f.S.Cloud.Interfaces {
		if e.InstanceID != "" {
			attached[e.InstanceID]++
		}
	}
	var full []string
	trunks := 0
	for _, n := range capable {
		if _, ok := f.S.TrunkOf(n.InstanceID); ok {
			trunks++
			continue
		}
		if limit := f.S.InstanceType(n.InstanceType).ENIs; limit > 0 && attached[n.InstanceID] >= limit {
			full = append(full, fmt.Sprintf("%s (%s): %d of %d network interfaces are in use, none is a trunk", n.Name, n.InstanceType, attached[n.InstanceID], limit))
		}
	}
	switch {
	case len(full) == len(capable):
		f.Add(CheckTrunkSlot, check.Fail, "no node has room for a trunk ENI: ordinary pods use every network interface").Saw(full...).
			Mend(say.T("move pods away and replace the nodes one by one, or add nodes: a new node makes its trunk first"), "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data").Blocks()
	case len(full) > 0:
		f.Add(CheckTrunkSlot, check.Warn, fmt.Sprintf("%d of %d nodes have no room for a trunk ENI until they are replaced", len(full), len(capable))).Saw(full...).
			Mend(say.T("drain and replace them when it suits you"), "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data")
	default:
		f.Add(CheckTrunkSlot, check.Pass, fmt.Sprintf("%d have one, %d have room", trunks, len(capable)-trunks))
	}
}

func checkNodesReadyForPods(f *check.Findings, capable []world.Node) {
	var noFeature, noENIs, failed []string
	total := 0
	for _, n := range capable {
		_, asked := n.Features[world.FeatureSGP]
		switch {
		case !asked:
			noFeature = append(noFeature, fmt.Sprintf("%s: CNINode present: %t", n.Name, n.HasCNINode))
		case n.PodENIs == 0:
			event := world.LastEvent(f.S, "Node", n.Name, "TrunkENICreationFailed", "NodeTrunkFailedInit", "Unsupported", "EniConfigNameNotFound")
			noENIs = append(noENIs, n.Name+event)
			if event != "" {
				failed = append(failed, n.Name)
			}
		default:
			total += n.PodENIs
		}
	}
	f.Expect(CheckFeature, len(noFeature) == 0, fmt.Sprintf("on all %d", len(capable)),
		fmt.Sprintf("%d of %d CNINodes lack feature %s", len(noFeature), len(capable), world.FeatureSGP)).Saw(noFeature...).
		Mend(say.T("look whether aws-node is ready on them and has a free network interface slot"), "kubectl get cninodes -o wide")
	// A node that asked a moment ago gets its trunk ENI in a while; one of which
	// an event tells that it failed does not.
	status, reason := check.Pass, fmt.Sprintf("%d in all (%s)", total, world.ResourcePodENI)
	if len(noENIs) > 0 {
		status, reason = check.Warn, fmt.Sprintf("%d of %d nodes asked for a trunk ENI and do not offer any branch ENI yet", len(noENIs), len(capable))
		if len(failed) > 0 || total == 0 {
			status = check.Fail
		}
	}
	f.Add(CheckAllocatable, status, reason).Saw(noENIs...).
		Mend(say.T("it takes seconds, on many nodes some minutes; else see the nodes' events: a missing policy on the cluster role is the usual cause, and after it is attached any change of the node makes the controller try again"),
			"kubectl get events -n default --field-selector involvedObject.kind=Node")
	checkBranchesLeft(f, capable)
}

func checkBranchesLeft(f *check.Findings, capable []world.Node) {
	if !f.Known(CheckBranchSpace, world.FactPods) {
		return
	}
	used := world.BranchesUsed(f.S.Kube.Pods)
	var lines []string
	left, room := 0, 0
	for _, n := range capable {
		left += n.PodENIs - used[n.Name]
		room += n.PodENIs
		lines = append(lines, fmt.Sprintf("%s: %d of %d in use", n.Name, used[n.Name], n.PodENIs))
	}
	slices.Sort(lines)
	if why, partial := f.S.Kube.Partial[world.FactPods]; partial && left > 0 {
		f.Add(CheckBranchSpace, check.Warn, fmt.Sprintf("it cannot be told for sure: at most %d of %d, for only pods of namespace %s could be counted", left, room, f.T.Namespace)).
			Saw(append(lines, why)...).Mend(say.T("allow podsg to list pods of all namespaces"), "podsg permissions --mode read -o rbac")
		return
	}
	f.Expect(CheckBranchSpace, left > 0 || room == 0, fmt.Sprintf("%d of %d", left, room),
		fmt.Sprintf("all %d are in use: the next pod stays Pending with Insufficient %s", room, world.ResourcePodENI)).Saw(lines...).
		Mend(say.T("add nodes, or use a larger instance type"), "kubectl describe nodes | grep -A8 Allocated")
}
