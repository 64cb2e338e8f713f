// Package podeni is what the VPC CNI and the VPC resource controller tell each
// other by: a pod's annotation and a node's CNINode.
package podeni

import (
	"encoding/json"
	"errors"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/names"
)

// A Branch is the annotation's form of a branch ENI. All keys are always there.
type Branch struct {
	ENIID         string `json:"eniId"`
	MAC           string `json:"ifAddress"`
	PrivateIP     string `json:"privateIp"`
	IPv6          string `json:"ipv6Addr"`
	VLAN          int    `json:"vlanId"`
	SubnetCIDR    string `json:"subnetCidr"`
	SubnetV6CIDR  string `json:"subnetV6Cidr"`
	AssociationID string `json:"associationID"`
}

// Requested says whether any container of a pod requests a branch ENI.
func Requested(p *corev1.Pod) bool {
	for _, c := range p.Spec.Containers {
		if q, ok := c.Resources.Requests[names.PodENI]; ok && !q.IsZero() {
			return true
		}
	}
	return false
}

// ErrNoAddress says that a pod has no address, as the CNI plugin words it.
var ErrNoAddress = errors.New("failed to assign an IP address to container")

// Address is the private address in a pod's annotation.
func Address(pod *corev1.Pod) (netip.Addr, error) {
	var branches []Branch
	if err := json.Unmarshal([]byte(pod.Annotations[string(names.PodENI)]), &branches); err != nil || len(branches) == 0 {
		return netip.Addr{}, ErrNoAddress
	}
	address, err := netip.ParseAddr(branches[0].PrivateIP)
	if err != nil {
		return netip.Addr{}, ErrNoAddress
	}
	return address, nil
}
