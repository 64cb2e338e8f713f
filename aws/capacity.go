package aws

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"podsg/steps/world"
)

// controllerModule carries the table that the VPC resource controller itself
// decides by; EC2 does not publish branch ENI limits in any API.
const controllerModule = "github.com/aws/amazon-vpc-resource-controller-k8s"

// instanceTypePage is how many types one DescribeInstanceTypes call takes.
const instanceTypePage = 100

// instanceTypes says what types can do, from the controller's table, and checks
// hypervisor and interface count against EC2. When EC2 cannot be asked, the
// table stands alone and Source says so.
func (c *Client) instanceTypes(ctx context.Context, names []string) map[string]world.InstanceType {
	out := map[string]world.InstanceType{}
	if len(names) == 0 {
		return out
	}
	described, err := c.describeInstanceTypes(ctx, names)
	for _, name := range names {
		t := Capacity(name)
		switch info, found := described[name]; {
		case found:
			t = crossCheck(t, info)
		case err != nil:
			t.Source += "; not checked against EC2: " + err.Error()
		}
		out[name] = t
	}
	return out
}

// Capacity looks an instance type up in the VPC resource controller's table. A
// type that is not there has Known false: it may be newer than the table.
func Capacity(name string) world.InstanceType {
	t := world.InstanceType{Name: name, Source: tableName()}
	limits, found := vpc.Limits[name]
	if !found {
		t.Source = "not in the " + tableName()
		return t
	}
	t.Known = true
	t.Trunking = limits.IsTrunkingCompatible
	t.BranchENIs = limits.BranchInterface
	t.ENIs = limits.Interface
	t.Hypervisor = limits.Hypervisor
	for _, card := range limits.NetworkCards {
		if int(card.NetworkCardIndex) == limits.DefaultNetworkCardIndex {
			t.ENIs = min(t.ENIs, int(card.MaximumNetworkInterfaces))
		}
	}
	return t
}

// crossCheck compares an entry with what EC2 says about the type.
func crossCheck(t world.InstanceType, info types.InstanceTypeInfo) world.InstanceType {
	hypervisor, interfaces := string(info.Hypervisor), defaultCardInterfaces(info)
	if !t.Known {
		t.Hypervisor, t.ENIs = hypervisor, interfaces
		t.Source += "; hypervisor and network interfaces from ec2:DescribeInstanceTypes"
		return t
	}
	if hypervisor != "" && t.Hypervisor != "" && hypervisor != t.Hypervisor {
		t.Source += fmt.Sprintf("; ec2:DescribeInstanceTypes says hypervisor %s", hypervisor)
	}
	if interfaces > 0 && interfaces != t.ENIs {
		t.Source += fmt.Sprintf("; ec2:DescribeInstanceTypes says %d network interfaces", interfaces)
	}
	return t
}

func defaultCardInterfaces(info types.InstanceTypeInfo) int {
	if info.NetworkInfo == nil {
		return 0
	}
	for _, card := range info.NetworkInfo.NetworkCards {
		if awssdk.ToInt32(card.NetworkCardIndex) == awssdk.ToInt32(info.NetworkInfo.DefaultNetworkCardIndex) {
			return int(awssdk.ToInt32(card.MaximumNetworkInterfaces))
		}
	}
	return int(awssdk.ToInt32(info.NetworkInfo.MaximumNetworkInterfaces))
}

func (c *Client) describeInstanceTypes(ctx context.Context, names []string) (map[string]types.InstanceTypeInfo, error) {
	out := map[string]types.InstanceTypeInfo{}
	for chunk := range slices.Chunk(names, instanceTypePage) {
		input := &ec2.DescribeInstanceTypesInput{}
		for _, name := range chunk {
			input.InstanceTypes = append(input.InstanceTypes, types.InstanceType(name))
		}
		pages := ec2.NewDescribeInstanceTypesPaginator(c.ec2, input)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return out, c.problem(err, "describe instance types", "")
			}
			for _, info := range page.InstanceTypes {
				out[string(info.InstanceType)] = info
			}
		}
	}
	return out, nil
}

// tableName names the table with the version that is built in.
func tableName() string {
	const name = "capacity table of the VPC resource controller"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return name
	}
	for _, module := range info.Deps {
		if module.Path == controllerModule {
			return name + " " + module.Version
		}
	}
	return name
}
