package ec2

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

type instanceTypeXML struct {
	InstanceType      string         `xml:"instanceType"`
	CurrentGeneration bool           `xml:"currentGeneration"`
	BareMetal         bool           `xml:"bareMetal"`
	Hypervisor        string         `xml:"hypervisor,omitempty"`
	Processor         processorXML   `xml:"processorInfo"`
	VCPU              vcpuXML        `xml:"vCpuInfo"`
	Memory            memoryXML      `xml:"memoryInfo"`
	Network           networkInfoXML `xml:"networkInfo"`
}

type processorXML struct {
	SupportedArchitectures wire.Items[string] `xml:"supportedArchitectures"`
}

type vcpuXML struct {
	DefaultVCpus int `xml:"defaultVCpus"`
}

type memoryXML struct {
	SizeInMiB int `xml:"sizeInMiB"`
}

type networkInfoXML struct {
	MaximumNetworkInterfaces  int                        `xml:"maximumNetworkInterfaces"`
	MaximumNetworkCards       int                        `xml:"maximumNetworkCards"`
	DefaultNetworkCardIndex   int                        `xml:"defaultNetworkCardIndex"`
	NetworkCards              wire.Items[networkCardXML] `xml:"networkCards"`
	IPv4AddressesPerInterface int                        `xml:"ipv4AddressesPerInterface"`
	IPv6AddressesPerInterface int                        `xml:"ipv6AddressesPerInterface"`
	IPv6Supported             bool                       `xml:"ipv6Supported"`
}

type networkCardXML struct {
	NetworkCardIndex         int    `xml:"networkCardIndex"`
	NetworkPerformance       string `xml:"networkPerformance,omitempty"`
	MaximumNetworkInterfaces int    `xml:"maximumNetworkInterfaces"`
}

// typeInfo is what the name of an instance type tells about it.
type typeInfo struct {
	Architecture string
	vcpus        int
	memoryMiB    int
}

// TypeOf reads an instance type's name: a g among the letters after the
// generation is Graviton, the size gives the vCPUs (large is 2, xlarge 4), the
// family's first letter the memory of each. Metal sizes count as 24xlarge.
// https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
func TypeOf(name string) typeInfo {
	family, size, _ := strings.Cut(name, ".")
	info := typeInfo{Architecture: "x86_64", vcpus: 2}
	if i := strings.IndexAny(family, "0123456789"); i >= 0 {
		if strings.Contains(family[i:], "g") && !strings.HasPrefix(family, "g") || family == "a1" || strings.HasPrefix(family, "g5g") {
			info.Architecture = "arm64"
		}
	}
	switch {
	case size == "medium" && info.Architecture == "arm64":
		info.vcpus = 1
	case size == "xlarge":
		info.vcpus = 4
	case strings.HasSuffix(size, "xlarge"):
		n, _ := strconv.Atoi(strings.TrimSuffix(size, "xlarge"))
		info.vcpus = 4 * n
	case strings.HasPrefix(size, "metal"):
		info.vcpus = 96
	}
	perVCPU := 4
	switch family[:1] {
	case "c":
		perVCPU = 2
	case "r", "x", "z":
		perVCPU = 8
	}
	info.memoryMiB = info.vcpus * perVCPU * 1024
	if family[:1] == "t" {
		small := map[string]int{"nano": 512, "micro": 1024, "small": 2048, "medium": 4096, "large": 8192}
		if m, ok := small[size]; ok {
			info.memoryMiB = m
		}
	}
	return info
}

var instanceTypeFilters = filterTable[string]{most: 100, values: map[string]func(string) []string{
	"instance-type":                           one(func(n string) string { return n }),
	"hypervisor":                              one(func(n string) string { return limits.Limits[n].Hypervisor }),
	"bare-metal":                              flag(func(n string) bool { return limits.Limits[n].IsBareMetal }),
	"current-generation":                      flag(func(string) bool { return true }),
	"processor-info.supported-architecture":   one(func(n string) string { return TypeOf(n).Architecture }),
	"vcpu-info.default-vcpus":                 one(func(n string) string { return strconv.Itoa(TypeOf(n).vcpus) }),
	"network-info.maximum-network-interfaces": one(func(n string) string { return strconv.Itoa(limits.Limits[n].Interface) }),
}}

type describeTypesInput struct {
	query
	Types []string `query:"InstanceType"`
}

type describeTypesOutput struct {
	Set       wire.Items[instanceTypeXML] `xml:"instanceTypeSet"`
	NextToken string                      `xml:"nextToken,omitempty"`
}

func describeInstanceTypes(a *State, _ wire.Caller, in *describeTypesInput) (*describeTypesOutput, error) {
	if err := instanceTypeFilters.check(in.Filters); err != nil {
		return nil, err
	}
	names := in.Types
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(limits.Limits))
	}
	var unknown []string
	for _, name := range names {
		if limits.Limits[name] == nil {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return nil, awserr.New("InvalidInstanceType", "The following supplied instance types do not exist: [%s]", strings.Join(unknown, ", "))
	}
	q := in.query
	if q.MaxResults == nil {
		most := instanceTypeFilters.most // unlike most actions, this one always pages
		q.MaxResults = &most
	}
	set, next, err := describeList(a, names, instanceTypeFilters, 0, q, newInstanceTypeXML)
	return &describeTypesOutput{set, next}, err
}

func newInstanceTypeXML(name string) instanceTypeXML {
	l, t := limits.Limits[name], TypeOf(name)
	x := instanceTypeXML{
		InstanceType: name, CurrentGeneration: true, BareMetal: l.IsBareMetal, Hypervisor: l.Hypervisor,
		Processor: processorXML{wire.Items[string]{t.Architecture}}, VCPU: vcpuXML{t.vcpus}, Memory: memoryXML{t.memoryMiB},
		Network: networkInfoXML{
			MaximumNetworkInterfaces: l.Interface, MaximumNetworkCards: len(l.NetworkCards), DefaultNetworkCardIndex: l.DefaultNetworkCardIndex,
			IPv4AddressesPerInterface: l.IPv4PerInterface, IPv6AddressesPerInterface: l.IPv4PerInterface, IPv6Supported: true,
		},
	}
	for _, c := range l.NetworkCards {
		x.Network.NetworkCards = append(x.Network.NetworkCards, networkCardXML{
			NetworkCardIndex: int(c.NetworkCardIndex), NetworkPerformance: c.NetworkPerformance, MaximumNetworkInterfaces: int(c.MaximumNetworkInterfaces),
		})
	}
	return x
}
