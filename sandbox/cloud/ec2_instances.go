package cloud

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

type reservationXML struct {
	ReservationID string             `xml:"reservationId"`
	OwnerID       string             `xml:"ownerId"`
	InstancesSet  items[instanceXML] `xml:"instancesSet"`
}

type instanceXML struct {
	InstanceID     string              `xml:"instanceId"`
	ImageID        string              `xml:"imageId"`
	State          instanceStateXML    `xml:"instanceState"`
	PrivateDNSName string              `xml:"privateDnsName"`
	InstanceType   string              `xml:"instanceType"`
	LaunchTime     time.Time           `xml:"launchTime"`
	Placement      placementXML        `xml:"placement"`
	SubnetID       string              `xml:"subnetId,omitempty"`
	VpcID          string              `xml:"vpcId,omitempty"`
	PrivateIP      string              `xml:"privateIpAddress,omitempty"`
	Architecture   string              `xml:"architecture"`
	Hypervisor     string              `xml:"hypervisor"`
	Profile        *profileRefXML      `xml:"iamInstanceProfile"`
	GroupSet       items[groupRefXML]  `xml:"groupSet"`
	Interfaces     items[interfaceXML] `xml:"networkInterfaceSet"`
	TagSet         items[tagPair]      `xml:"tagSet"`
}

type instanceStateXML struct {
	Code int    `xml:"code"`
	Name string `xml:"name"`
}

type placementXML struct {
	AvailabilityZone string `xml:"availabilityZone"`
	Tenancy          string `xml:"tenancy"`
}

type profileRefXML struct {
	Arn string `xml:"arn"`
	ID  string `xml:"id"`
}

var stateCodes = map[string]int{"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}

// primary is the interface at device index 0, or nil for a terminated instance.
func (a *ec2State) primary(i *instance) *networkInterface {
	for _, e := range a.interfacesOf(i.ID) {
		if e.Attachment.DeviceIndex == 0 {
			return e
		}
	}
	return nil
}

func (a *ec2State) instanceFilters() filterTable[*instance] {
	interfaces := func(get func(*networkInterface) []string) func(*instance) []string {
		return func(i *instance) (list []string) {
			for _, e := range a.interfacesOf(i.ID) {
				list = append(list, get(e)...)
			}
			return list
		}
	}
	return filterTable[*instance]{
		tags: func(i *instance) tags { return i.Tags },
		values: map[string]func(*instance) []string{
			"instance-id":         one(func(i *instance) string { return i.ID }),
			"instance-type":       one(func(i *instance) string { return i.Type }),
			"instance-state-name": one(func(i *instance) string { return i.State }),
			"instance-state-code": one(func(i *instance) string { return fmt.Sprint(stateCodes[i.State]) }),
			"vpc-id":              one(func(i *instance) string { return i.VPC }),
			"subnet-id":           one(func(i *instance) string { return i.Subnet }),
			"image-id":            one(func(i *instance) string { return i.Image }),
			"availability-zone":   one(func(i *instance) string { return a.subnets.get(i.Subnet).Zone }),
			"private-dns-name":    one(func(i *instance) string { return i.PrivateDNS }),
			"private-ip-address": one(func(i *instance) string {
				if e := a.primary(i); e != nil {
					return e.PrivateIP.String()
				}
				return ""
			}),
			"iam-instance-profile.arn": one(func(i *instance) string {
				if i.Profile == "" {
					return ""
				}
				return a.globalARN("iam", "instance-profile/"+i.Profile)
			}),
			"instance.group-id":                              interfaces(func(e *networkInterface) []string { return e.Groups }),
			"network-interface.network-interface-id":         interfaces(func(e *networkInterface) []string { return []string{e.ID} }),
			"network-interface.group-id":                     interfaces(func(e *networkInterface) []string { return e.Groups }),
			"network-interface.addresses.private-ip-address": interfaces(func(e *networkInterface) []string { return texts(e.addresses()) }),
		},
	}
}

type describeInstancesInput struct {
	dryRun
	paging
	IDs     []string `query:"InstanceId"`
	Filters []filter `query:"Filter"`
}

type describeInstancesOutput struct {
	Set       items[reservationXML] `xml:"reservationSet"`
	NextToken string                `xml:"nextToken,omitempty"`
}

func describeInstances(a *ec2State, _ caller, in *describeInstancesInput) (*describeInstancesOutput, error) {
	for _, id := range in.IDs {
		if !strings.HasPrefix(id, "i-") {
			return nil, fail("InvalidInstanceID.Malformed", `Invalid id: "%s"`, id)
		}
	}
	list, err := selectObjects(&a.instances, in.IDs, in.Filters, a.instanceFilters(), noInstance)
	if err != nil {
		return nil, err
	}
	list, next, err := ec2Page(a, list, in.paging, 1000, len(in.IDs))
	if err != nil {
		return nil, err
	}
	out := &describeInstancesOutput{NextToken: next}
	for _, i := range list {
		out.Set = append(out.Set, reservationXML{
			ReservationID: "r-" + i.ID[len("i-"):], OwnerID: a.accountID, InstancesSet: items[instanceXML]{a.instanceXML(i)},
		})
	}
	return out, nil
}

func (a *ec2State) instanceXML(i *instance) instanceXML {
	t := typeOf(i.Type)
	x := instanceXML{
		InstanceID: i.ID, ImageID: i.Image, State: instanceStateXML{stateCodes[i.State], i.State}, PrivateDNSName: i.PrivateDNS,
		InstanceType: i.Type, LaunchTime: i.LaunchTime, Placement: placementXML{a.subnets.get(i.Subnet).Zone, "default"},
		Architecture: t.architecture, Hypervisor: "xen", TagSet: i.Tags.pairs(),
	}
	if i.Profile != "" {
		x.Profile = &profileRefXML{Arn: a.globalARN("iam", "instance-profile/"+i.Profile), ID: i.profileID}
	}
	if e := a.primary(i); e != nil {
		x.SubnetID, x.VpcID, x.PrivateIP, x.GroupSet = i.Subnet, i.VPC, e.PrivateIP.String(), a.groupRefs(e.Groups)
	}
	for _, e := range a.interfacesOf(i.ID) {
		own := a.interfaceXML(e)
		own.TagSet = nil // not told here
		x.Interfaces = append(x.Interfaces, own)
	}
	return x
}

func noInstance(id string) error {
	return fail("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
}

// privateDNS is the name that the VPC's resolver gives to an address.
func (a *ec2State) privateDNS(ip netip.Addr) string {
	suffix := a.region + ".compute.internal"
	if a.region == "us-east-1" {
		suffix = "ec2.internal"
	}
	return "ip-" + strings.ReplaceAll(ip.String(), ".", "-") + "." + suffix
}
