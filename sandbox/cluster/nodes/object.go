package nodes

import (
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster/names"
)

// newNode is the Node object that the kubelet of a machine registers.
func (c *Controller) newNode(m cloud.Node) *corev1.Node {
	labels := map[string]string{
		corev1.LabelHostname:                       m.PrivateDNSName,
		corev1.LabelOSStable:                       "linux",
		corev1.LabelArchStable:                     m.Architecture,
		"beta.kubernetes.io/os":                    "linux",
		"beta.kubernetes.io/arch":                  m.Architecture,
		corev1.LabelInstanceTypeStable:             m.InstanceType,
		corev1.LabelInstanceType:                   m.InstanceType,
		corev1.LabelTopologyZone:                   m.Zone,
		corev1.LabelTopologyRegion:                 c.Region,
		"failure-domain.beta.kubernetes.io/zone":   m.Zone,
		"failure-domain.beta.kubernetes.io/region": c.Region,
		"topology.k8s.aws/zone-id":                 zoneID(m.Zone),
		"k8s.io/cloud-provider-aws":                names.Hex(c.Name, 32),
	}
	if m.NodeGroup != "" && m.Managed {
		labels["eks.amazonaws.com/nodegroup"] = m.NodeGroup
		labels["eks.amazonaws.com/capacityType"] = m.CapacityType
		labels["eks.amazonaws.com/nodegroup-image"] = "ami-" + names.Hex(c.Region+m.AMIType, 17)
	}
	maps.Copy(labels, m.Labels)
	taints := []corev1.Taint{{Key: corev1.TaintNodeNotReady, Effect: corev1.TaintEffectNoSchedule}}
	for _, t := range m.Taints {
		taints = append(taints, corev1.Taint{Key: t.Key, Value: t.Value, Effect: taintEffects[t.Effect]})
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name:   m.PrivateDNSName,
			Labels: labels,
			Annotations: map[string]string{
				"alpha.kubernetes.io/provided-node-ip":                   m.PrivateIP.String(),
				"node.alpha.kubernetes.io/ttl":                           "0",
				"volumes.kubernetes.io/controller-managed-attach-detach": "true",
			},
		},
		Spec: corev1.NodeSpec{ProviderID: fmt.Sprintf("aws:///%s/%s", m.Zone, m.InstanceID), Taints: taints},
	}
}

// taintEffects are the names that EKS node groups give them.
var taintEffects = map[string]corev1.TaintEffect{
	"NO_SCHEDULE":        corev1.TaintEffectNoSchedule,
	"NO_EXECUTE":         corev1.TaintEffectNoExecute,
	"PREFER_NO_SCHEDULE": corev1.TaintEffectPreferNoSchedule,
}

// zoneDirections are how zone ids shorten a region's name.
var zoneDirections = map[string]string{
	"north": "n", "northeast": "ne", "northwest": "nw", "south": "s", "southeast": "se", "southwest": "sw",
	"east": "e", "west": "w", "central": "c",
}

// zoneID is an availability zone's id, such as usw2-az1 for us-west-2a.
func zoneID(zone string) string {
	part := strings.Split(zone, "-")
	if len(part) != 3 || len(part[2]) < 2 {
		return zone
	}
	number, letter := part[2][:len(part[2])-1], part[2][len(part[2])-1]
	return fmt.Sprintf("%s%s%s-az%d", part[0], zoneDirections[part[1]], number, letter-'a'+1)
}

func (c *Controller) nodeStatus(m cloud.Node) corev1.NodeStatus {
	shape := shapeOf(m)
	version := c.version
	if !strings.Contains(version, "-eks-") {
		version += "-eks-" + names.Hex(version, 7)
	}
	return corev1.NodeStatus{
		Capacity:    shape.capacity(),
		Allocatable: shape.allocatable(),
		Addresses: []corev1.NodeAddress{
			{Type: corev1.NodeInternalIP, Address: m.PrivateIP.String()},
			{Type: corev1.NodeInternalDNS, Address: m.PrivateDNSName},
			{Type: corev1.NodeHostName, Address: m.PrivateDNSName},
		},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: 10250}},
		NodeInfo: corev1.NodeSystemInfo{
			Architecture: m.Architecture, OperatingSystem: "linux",
			KernelVersion:           "6.12.55-74.119.amzn2023." + map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[m.Architecture],
			OSImage:                 "Amazon Linux 2023.9.20261105",
			ContainerRuntimeVersion: "containerd://2.1.5",
			KubeletVersion:          version,
			MachineID:               "ec2" + names.Hex(m.InstanceID, 29),
			SystemUUID:              names.UUID(m.InstanceID),
			BootID:                  names.UUID(m.InstanceID + "boot"),
		},
	}
}
