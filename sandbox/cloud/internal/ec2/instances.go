package ec2

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type reservationXML struct {
	ReservationID string                  `xml:"reservationId"`
	OwnerID       string                  `xml:"ownerId"`
	InstancesSet  wire.Items[instanceXML] `xml:"instancesSet"`
}

type instanceXML struct {
	InstanceID     string                   `xml:"instanceId"`
	ImageID        string                   `xml:"imageId"`
	State          instanceStateXML         `xml:"instanceState"`
	PrivateDNSName string                   `xml:"privateDnsName"`
	InstanceType   string                   `xml:"instanceType"`
	LaunchTime     time.Time                `xml:"launchTime"`
	Placement      placementXML             `xml:"placement"`
	SubnetID       string                   `xml:"subnetId,omitempty"`
	VpcID          string                   `xml:"vpcId,omitempty"`
	PrivateIP      string                   `xml:"privateIpAddress,omitempty"`
	Architecture   string                   `xml:"architecture"`
	Hypervisor     string                   `xml:"hypervisor"`
	Profile        *profileRefXML           `xml:"iamInstanceProfile"`
	GroupSet       wire.Items[groupRefXML]  `xml:"groupSet"`
	Interfaces     wire.Items[interfaceXML] `xml:"networkInterfaceSet"`
	TagSet         wire.Items[tags.Pair]    `xml:"tagSet"`
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

// Primary is the interface at device index 0, or nil for a terminated instance.
func (a *State) Primary(i *Instance) *Interface {
	for _, e := range a.InterfacesOf(i.ID) {
		if e.Attachment.DeviceIndex == 0 {
			return e
		}
	}
	return nil
}

func (a *State) instanceFilters() filterTable[*Instance] {
	interfaces := func(get func(*Interface) []string) func(*Instance) []string {
		return func(i *Instance) (list []string) {
			for _, e := range a.InterfacesOf(i.ID) {
				list = append(list, get(e)...)
			}
			return list
		}
	}
	return filterTable[*Instance]{
		missing: NoInstance,
		tags:    func(i *Instance) tags.Tags { return i.Tags },
		values: map[string]func(*Instance) []string{
			"instance-id":         one(func(i *Instance) string { return i.ID }),
			"instance-type":       one(func(i *Instance) string { return i.Type }),
			"instance-state-name": one(func(i *Instance) string { return i.State }),
			"instance-state-code": one(func(i *Instance) string { return fmt.Sprint(stateCodes[i.State]) }),
			"vpc-id":              one(func(i *Instance) string { return i.VPC }),
			"subnet-id":           one(func(i *Instance) string { return i.Subnet }),
			"image-id":            one(func(i *Instance) string { return i.Image }),
			"availability-zone":   one(func(i *Instance) string { return a.subnets.get(i.Subnet).Zone }),
			"private-dns-name":    one(func(i *Instance) string { return i.PrivateDNS }),
			"private-ip-address": one(func(i *Instance) string {
				if e := a.Primary(i); e != nil {
					return e.PrivateIP.String()
				}
				return ""
			}),
			"iam-instance-profile.arn": one(func(i *Instance) string {
				if i.Profile == "" {
					return ""
				}
				return a.GlobalARN("iam", "instance-profile/"+i.Profile)
			}),
			"instance.group-id":                              interfaces(func(e *Interface) []string { return e.Groups }),
			"network-interface.network-interface-id":         interfaces(func(e *Interface) []string { return []string{e.ID} }),
			"network-interface.group-id":                     interfaces(func(e *Interface) []string { return e.Groups }),
			"network-interface.addresses.private-ip-address": interfaces(func(e *Interface) []string { return Texts(e.Addresses()) }),
		},
	}
}

type describeInstancesInput struct {
	query
	IDs []string `query:"InstanceId"`
}

type describeInstancesOutput struct {
	Set       wire.Items[reservationXML] `xml:"reservationSet"`
	NextToken string                     `xml:"nextToken,omitempty"`
}

func describeInstances(a *State, _ wire.Caller, in *describeInstancesInput) (*describeInstancesOutput, error) {
	for _, id := range in.IDs {
		if !strings.HasPrefix(id, "i-") {
			return nil, awserr.New("InvalidInstanceID.Malformed", `Invalid id: "%s"`, id)
		}
	}
	set, next, err := describe(a, &a.instances, a.instanceFilters(), in.IDs, in.query, func(i *Instance) reservationXML {
		return reservationXML{
			ReservationID: "r-" + i.ID[len("i-"):], OwnerID: a.AccountID, InstancesSet: wire.Items[instanceXML]{a.instanceXML(i)},
		}
	})
	return &describeInstancesOutput{set, next}, err
}

func (a *State) instanceXML(i *Instance) instanceXML {
	t := TypeOf(i.Type)
	x := instanceXML{
		InstanceID: i.ID, ImageID: i.Image, State: instanceStateXML{stateCodes[i.State], i.State}, PrivateDNSName: i.PrivateDNS,
		InstanceType: i.Type, LaunchTime: i.LaunchTime, Placement: placementXML{a.subnets.get(i.Subnet).Zone, "default"},
		Architecture: t.Architecture, Hypervisor: "xen", TagSet: i.Tags.Pairs(),
	}
	if i.Profile != "" {
		x.Profile = &profileRefXML{Arn: a.GlobalARN("iam", "instance-profile/"+i.Profile), ID: i.ProfileID}
	}
	if e := a.Primary(i); e != nil {
		x.SubnetID, x.VpcID, x.PrivateIP, x.GroupSet = i.Subnet, i.VPC, e.PrivateIP.String(), a.groupRefs(e.Groups)
	}
	for _, e := range a.InterfacesOf(i.ID) {
		own := a.interfaceXML(e)
		own.TagSet = nil // not told here
		x.Interfaces = append(x.Interfaces, own)
	}
	return x
}

// NoInstance is the error for an unknown instance.
func NoInstance(id string) error {
	return awserr.New("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
}

// privateDNS is the name that the VPC's resolver gives to an address.
func (a *State) privateDNS(ip netip.Addr) string {
	suffix := a.Region + ".compute.internal"
	if a.Region == "us-east-1" {
		suffix = "ec2.internal"
	}
	return "ip-" + strings.ReplaceAll(ip.String(), ".", "-") + "." + suffix
}
