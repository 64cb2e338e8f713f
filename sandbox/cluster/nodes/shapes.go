package nodes

import (
	"regexp"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"podsg/sandbox/cloud"
)

// A shape is the size of an instance as its kubelet sees it.
type shape struct {
	vcpus     int
	memoryMiB int
	pods      int
}

var (
	instanceTypeName = regexp.MustCompile(`^([a-z]+)(\d*)[a-z0-9-]*\.(\w+)$`)
	xlarge           = regexp.MustCompile(`^(\d*)xlarge$`)
	burstableMemory  = map[string]int{"nano": 512, "micro": 1024, "small": 2048, "medium": 4096} // MiB
)

// shapeOf derives the size of a machine: its type's name has the family, which
// gives the memory, and the size, which gives the vCPUs. The number of pods is
// that of the EKS images: what the ENIs' addresses allow.
// https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
func shapeOf(m cloud.Node) shape {
	s := shape{vcpus: 2, memoryMiB: 8192, pods: 110}
	if m.MaxInterfaces > 0 && m.IPv4PerInterface > 0 {
		s.pods = m.MaxInterfaces*(m.IPv4PerInterface-1) + 2
	}
	part := instanceTypeName.FindStringSubmatch(m.InstanceType)
	if part == nil {
		return s
	}
	family, size := part[1], part[3]
	switch {
	case size == "medium" && family != "t":
		s.vcpus = 1
	case xlarge.MatchString(size):
		n, _ := strconv.Atoi(xlarge.FindStringSubmatch(size)[1])
		s.vcpus = 4 * max(n, 1)
	case strings.HasPrefix(size, "metal"):
		s.vcpus = 96
	}
	s.memoryMiB = s.vcpus * memoryPerCPU(family)
	if small, ok := burstableMemory[size]; ok && family == "t" {
		s.memoryMiB = small
	}
	return s
}

// memoryPerCPU is in MiB.
func memoryPerCPU(family string) int {
	switch family[0] {
	case 'c':
		return 2048
	case 'r', 'x', 'z':
		return 8192
	}
	return 4096
}

func (s shape) capacity() corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse(strconv.Itoa(s.vcpus)),
		corev1.ResourceMemory:           *resource.NewQuantity(int64(s.memoryMiB)*1024*1024*96/100, resource.BinarySI),
		corev1.ResourcePods:             resource.MustParse(strconv.Itoa(s.pods)),
		corev1.ResourceEphemeralStorage: resource.MustParse("20893676Ki"),
		"hugepages-1Gi":                 resource.MustParse("0"),
		"hugepages-2Mi":                 resource.MustParse("0"),
	}
}

// allocatable is the capacity less what the EKS images reserve: memory by the
// number of pods, CPU by the number of cores.
func (s shape) allocatable() corev1.ResourceList {
	list := s.capacity()
	memory := list[corev1.ResourceMemory]
	memory.Sub(*resource.NewQuantity(int64(11*s.pods+255+100)*1024*1024, resource.BinarySI))
	list[corev1.ResourceMemory] = memory
	reserved := 60 // millicores of the first core, then less and less
	for core := 2; core <= s.vcpus; core++ {
		switch {
		case core == 2:
			reserved += 10
		case core <= 4:
			reserved += 5
		case core%4 == 0:
			reserved += 10
		}
	}
	list[corev1.ResourceCPU] = *resource.NewMilliQuantity(int64(s.vcpus*1000-reserved), resource.DecimalSI)
	list[corev1.ResourceEphemeralStorage] = resource.MustParse("18181869946")
	return list
}
