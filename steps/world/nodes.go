package world

import "slices"

// ResourcePodENI is the extended resource, and the pod annotation, of branch
// ENIs.
const ResourcePodENI = "vpc.amazonaws.com/pod-eni"

// Node is the observed node with a name.
func (s *Snapshot) Node(name string) (Node, bool) {
	for _, n := range s.Kube.Nodes {
		if n.Name == name {
			return n, true
		}
	}
	return Node{}, false
}

// InstanceType is what was observed of a type; one that was not is unknown.
func (s *Snapshot) InstanceType(name string) InstanceType {
	if t, ok := s.Cloud.InstanceTypes[name]; ok {
		return t
	}
	return InstanceType{Name: name, Source: "not observed"}
}

func (s *Snapshot) instance(id string) (Instance, bool) {
	i := slices.IndexFunc(s.Cloud.Instances, func(i Instance) bool { return i.ID == id })
	if i < 0 {
		return Instance{}, false
	}
	return s.Cloud.Instances[i], true
}

// LabelTrunkAttached is the label by which the VPC CNI marked nodes before
// version 1.15.0.
const LabelTrunkAttached = "vpc.amazonaws.com/has-trunk-attached"

// Candidates are the nodes that can have a trunk ENI, as far as is known: ready
// Linux nodes on EC2 that offer branch ENIs already, or are of a type that
// supports a trunk or that is newer than the capacity table.
func (s *Snapshot) Candidates() []Node {
	var out []Node
	for _, n := range s.Kube.Nodes {
		if s.NoTrunk(n) == "" {
			out = append(out, n)
		}
	}
	return out
}

// NoTrunk says why a node can have no trunk ENI now; empty: it can, or it is not
// known that it cannot.
func (s *Snapshot) NoTrunk(n Node) string {
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
		return NotReady
	default:
		return ""
	}
}

const NotReady = "it is not ready"

// TrunkOf returns the trunk ENI of an instance.
func (s *Snapshot) TrunkOf(instanceID string) (Interface, bool) {
	for _, e := range s.Cloud.Interfaces {
		if e.InstanceID == instanceID && e.Type == InterfaceTrunk {
			return e, true
		}
	}
	return Interface{}, false
}

// BranchesUsed counts the branch ENIs in use, by node.
func BranchesUsed(pods []Pod) map[string]int {
	used := map[string]int{}
	for _, p := range pods {
		if p.ENILimitOn >= 0 && p.Node != "" && !p.Ended() {
			used[p.Node]++
		}
	}
	return used
}
