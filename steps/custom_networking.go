package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var (
	checkENIConfigs = check{id: "D39b", title: "Nodes have their ENIConfig"}
	checkTwoENIs    = check{id: "D39", title: "Types have interfaces enough for custom networking"}
	checkTrunkSame  = check{id: "D39c", title: "Trunk ENIs are as new ones would be"}
)

// Custom networking: the VPC CNI gives pods addresses of other subnets than
// their node's, which an ENIConfig names.
// https://github.com/aws/amazon-vpc-cni-k8s/blob/master/pkg/eniconfig/eniconfig.go
const (
	envCustomNetworking     = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"
	envENIConfigLabel       = "ENI_CONFIG_LABEL_DEF"
	labelENIConfig          = "k8s.amazonaws.com/eniConfig"
	labelExternalENIConfig  = "vpc.amazonaws.com/externalEniConfig"
	labelOldENIConfig       = "vpc.amazonaws.com/eniConfig" // set by the VPC CNI before CNINodes
	defaultENIConfig        = "default"
	featureCustomNetworking = "CustomNetworking" // of a CNINode; its value is the ENIConfig's name
	eniConfigNotFound       = "EniConfigNameNotFound"
)

// isOn reports whether the VPC CNI takes the value of a variable for true.
func isOn(value string) bool {
	on, err := strconv.ParseBool(value)
	return err == nil && on
}

// customNetworking reports whether pods get their interfaces in the subnets of
// ENIConfigs instead of their nodes'.
func (s *Snapshot) customNetworking() bool {
	return s.Kube.CNI != nil && isOn(s.Kube.CNI.Env[envCustomNetworking])
}

// controllerENIConfig is the name of the ENIConfig by which the VPC resource
// controller makes a node's trunk and branch ENIs. Not told means that it makes
// them in the node's own subnet.
func controllerENIConfig(n Node) (name string, told bool) {
	if name, told = n.Labels[labelOldENIConfig]; told {
		return name, true
	}
	name, told = n.Features[featureCustomNetworking]
	return name, told
}

// eniConfigName is the name of a node's ENIConfig, as the controller knows it or
// else as the VPC CNI finds it. Annotations of nodes are not observed: where one
// may name another, the name is not sure.
func (s *Snapshot) eniConfigName(n Node) (name string, sure bool) {
	if name, told := controllerENIConfig(n); told {
		return name, true
	}
	if name, ok := n.Labels[labelExternalENIConfig]; ok {
		return name, true
	}
	if name, ok := n.Labels[cmp.Or(s.Kube.CNI.Env[envENIConfigLabel], labelENIConfig)]; ok {
		return name, false
	}
	// The VPC CNI tells the controller every name but this one before it asks for
	// a trunk ENI.
	_, asked := n.Features[FeatureSGP]
	return defaultENIConfig, asked
}

func (s *Snapshot) eniConfig(name string) (ENIConfig, bool) {
	i := slices.IndexFunc(s.Kube.ENIConfigs, func(c ENIConfig) bool { return c.Name == name })
	if i < 0 {
		return ENIConfig{}, false
	}
	return s.Kube.ENIConfigs[i], true
}

func (s *Snapshot) instance(id string) (Instance, bool) {
	i := slices.IndexFunc(s.Cloud.Instances, func(i Instance) bool { return i.ID == id })
	if i < 0 {
		return Instance{}, false
	}
	return s.Cloud.Instances[i], true
}

// newTrunk is the subnet and the groups that a new trunk ENI of a node would
// have; empty where they are not known. Branch ENIs are in the same subnet.
func (s *Snapshot) newTrunk(n Node) (subnet string, groups []string) {
	at, _ := s.instance(n.InstanceID)
	if name, told := controllerENIConfig(n); told && s.customNetworking() {
		c, ok := s.eniConfig(name)
		if !ok || c.SubnetID == "" {
			return "", nil
		}
		if len(c.Groups) > 0 {
			return c.SubnetID, c.Groups
		}
		return c.SubnetID, at.PrimaryGroups
	}
	return at.SubnetID, at.PrimaryGroups
}

// newTrunkFacts are the facts that newTrunk needs, after others.
func (s *Snapshot) newTrunkFacts(facts ...Fact) []Fact {
	facts = append(facts, FactInstances)
	if s.customNetworking() {
		facts = append(facts, FactENIConfigs)
	}
	return facts
}

func (s *Snapshot) branchSubnet(n Node) string {
	subnet, _ := s.newTrunk(n)
	return subnet
}

func checkCustomNetworking(f *findings, capable []Node) {
	if f.s.customNetworking() && len(capable) > 0 {
		checkNodeENIConfigs(f, capable)
		checkInterfacesLeft(f, capable)
	}
	checkTrunksOf(f, capable)
}

func checkNodeENIConfigs(f *findings, capable []Node) {
	if !f.known(checkENIConfigs, FactENIConfigs, FactNetwork) {
		return
	}
	var wrong, unsure []string
	for _, n := range capable {
		name, sure := f.s.eniConfigName(n)
		trouble := f.s.eniConfigTrouble(n, name)
		switch {
		case trouble == "":
		case sure:
			wrong = append(wrong, n.Name+": "+trouble+lastEvent(f.s, "Node", n.Name, eniConfigNotFound))
		default:
			unsure = append(unsure, n.Name+": "+trouble)
		}
	}
	doubt := ""
	if len(wrong) == 0 && len(unsure) > 0 {
		doubt = fmt.Sprintf("an annotation of %s may name another ENIConfig", numberOf(len(unsure), "node"))
	}
	f.decide(checkENIConfigs, len(wrong)+len(unsure) == 0, doubt, fmt.Sprintf("all %d have, each with a subnet of the node's zone", len(capable)),
		partOf(len(wrong), len(capable), "node", "has no ENIConfig that fits", "have no ENIConfig that fits")+", so pods get no network interface there").
		saw(few(append(wrong, unsure...))...).
		mend("make an ENIConfig with a subnet of the node's zone, or label the node with the name of one", "kubectl get eniconfigs.crd.k8s.amazonaws.com -o yaml")
}

// eniConfigTrouble says why the ENIConfig of a name does not fit a node; empty:
// it does.
func (s *Snapshot) eniConfigTrouble(n Node, name string) string {
	if name == "" {
		return "its CNINode names no ENIConfig"
	}
	c, ok := s.eniConfig(name)
	if !ok {
		return "ENIConfig " + name + " does not exist"
	}
	if c.SubnetID == "" {
		return "ENIConfig " + name + " names no subnet"
	}
	subnet, ok := s.Subnet(c.SubnetID)
	if !ok {
		return fmt.Sprintf("subnet %s of ENIConfig %s is not in %s", c.SubnetID, name, s.Cloud.Cluster.VPCID)
	}
	if n.Zone != "" && subnet.Zone != n.Zone {
		return fmt.Sprintf("subnet %s of ENIConfig %s is in %s, the node in %s", c.SubnetID, name, subnet.Zone, n.Zone)
	}
	return ""
}

// checkInterfacesLeft looks for types with two network interfaces. With custom
// networking the first one serves no pods, and the trunk takes the other.
func checkInterfacesLeft(f *findings, capable []Node) {
	var lines []string
	for _, n := range capable {
		if f.s.InstanceType(n.InstanceType).ENIs == 2 {
			lines = append(lines, n.Name+" ("+n.InstanceType+")")
		}
	}
	if len(lines) == 0 {
		f.add(checkTwoENIs, Pass, fmt.Sprintf("all %d nodes have more than two", len(capable)))
		return
	}
	f.add(checkTwoENIs, Warn, fmt.Sprintf("with custom networking and a trunk ENI, %s of a type with two network interfaces %s none left for ordinary pods",
		numberOf(len(lines), "node"), map[bool]string{true: "has", false: "have"}[len(lines) == 1])).saw(few(lines)...).
		mend("use larger types, which have three network interfaces or more", "kubectl get nodes -L node.kubernetes.io/instance-type")
}

// checkTrunksOf compares trunk ENIs with what new ones would be: the controller
// never changes one.
func checkTrunksOf(f *findings, capable []Node) {
	if _, missing := f.s.Missing(FactInterfaces); !missing && !slices.ContainsFunc(capable, func(n Node) bool { _, ok := f.s.trunkOf(n.InstanceID); return ok }) {
		return
	}
	if len(capable) == 0 || !f.known(checkTrunkSame, f.s.newTrunkFacts(FactInterfaces)...) {
		return
	}
	var lines []string
	trunks := 0
	for _, n := range capable {
		trunk, ok := f.s.trunkOf(n.InstanceID)
		if !ok {
			continue
		}
		trunks++
		subnet, groups := f.s.newTrunk(n)
		var other []string
		if subnet != "" && trunk.SubnetID != "" && subnet != trunk.SubnetID {
			other = append(other, fmt.Sprintf("is in %s, a new one would be in %s", trunk.SubnetID, subnet))
		}
		if len(groups) > 0 && !sameSet(groups, trunk.Groups) {
			other = append(other, fmt.Sprintf("carries %s, a new one would carry %s", strings.Join(trunk.Groups, " "), strings.Join(groups, " ")))
		}
		if len(other) > 0 {
			lines = append(lines, fmt.Sprintf("%s: %s %s", n.Name, trunk.ID, strings.Join(other, "; ")))
		}
	}
	if len(lines) == 0 {
		f.add(checkTrunkSame, Pass, fmt.Sprintf("all %d", trunks))
		return
	}
	f.add(checkTrunkSame, Warn, "groups or an ENIConfig have changed since: "+partOf(len(lines), trunks, "trunk ENI", "is still as before", "are still as before")).
		saw(few(lines)...).
		mend("drain and replace the nodes when it suits you: a trunk ENI stays as it was made", "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data")
}
