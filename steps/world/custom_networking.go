package world

import (
	"cmp"
	"slices"
	"strconv"
)

// Custom networking: the VPC CNI gives pods addresses of other subnets than
// their node's, which an ENIConfig names.
// https://github.com/aws/amazon-vpc-cni-k8s/blob/master/pkg/eniconfig/eniconfig.go
const (
	EnvCustomNetworking     = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"
	EnvENIConfigLabel       = "ENI_CONFIG_LABEL_DEF"
	LabelENIConfig          = "k8s.amazonaws.com/eniConfig"
	LabelExternalENIConfig  = "vpc.amazonaws.com/externalEniConfig"
	LabelOldENIConfig       = "vpc.amazonaws.com/eniConfig" // set by the VPC CNI before CNINodes
	DefaultENIConfig        = "default"
	FeatureCustomNetworking = "CustomNetworking" // of a CNINode; its value is the ENIConfig's name
	ENIConfigNotFound       = "EniConfigNameNotFound"
)

// IsOn reports whether the VPC CNI takes the value of a variable for true.
func IsOn(value string) bool {
	on, err := strconv.ParseBool(value)
	return err == nil && on
}

// CustomNetworking reports whether pods get their interfaces in the subnets of
// ENIConfigs instead of their nodes'.
func (s *Snapshot) CustomNetworking() bool {
	return s.Kube.CNI != nil && IsOn(s.Kube.CNI.Env[EnvCustomNetworking])
}

// controllerENIConfig is the name of the ENIConfig by which the VPC resource
// controller makes a node's trunk and branch ENIs. Not told means that it makes
// them in the node's own subnet.
func controllerENIConfig(n Node) (name string, told bool) {
	if name, told = n.Labels[LabelOldENIConfig]; told {
		return name, true
	}
	name, told = n.Features[FeatureCustomNetworking]
	return name, told
}

// ENIConfigName is the name of a node's ENIConfig, as the controller knows it or
// else as the VPC CNI finds it. Annotations of nodes are not observed: where one
// may name another, the name is not sure.
func (s *Snapshot) ENIConfigName(n Node) (name string, sure bool) {
	if name, told := controllerENIConfig(n); told {
		return name, true
	}
	if name, ok := n.Labels[LabelExternalENIConfig]; ok {
		return name, true
	}
	if name, ok := n.Labels[cmp.Or(s.Kube.CNI.Env[EnvENIConfigLabel], LabelENIConfig)]; ok {
		return name, false
	}
	// The VPC CNI tells the controller every name but this one before it asks for
	// a trunk ENI.
	_, asked := n.Features[FeatureSGP]
	return DefaultENIConfig, asked
}

func (s *Snapshot) ENIConfig(name string) (ENIConfig, bool) {
	i := slices.IndexFunc(s.Kube.ENIConfigs, func(c ENIConfig) bool { return c.Name == name })
	if i < 0 {
		return ENIConfig{}, false
	}
	return s.Kube.ENIConfigs[i], true
}

// NewTrunk is the subnet and the groups that a new trunk ENI of a node would
// have; empty where they are not known. Branch ENIs are in the same subnet.
func (s *Snapshot) NewTrunk(n Node) (subnet string, groups []string) {
	at, _ := s.instance(n.InstanceID)
	if name, told := controllerENIConfig(n); told && s.CustomNetworking() {
		c, ok := s.ENIConfig(name)
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

// NewTrunkFacts are the facts that newTrunk needs, after others.
func (s *Snapshot) NewTrunkFacts(facts ...Fact) []Fact {
	facts = append(facts, FactInstances)
	if s.CustomNetworking() {
		facts = append(facts, FactENIConfigs)
	}
	return facts
}

func (s *Snapshot) BranchSubnet(n Node) string {
	subnet, _ := s.NewTrunk(n)
	return subnet
}
