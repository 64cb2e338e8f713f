package cluster

import (
	"encoding/json"
	"errors"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
)

// podNetwork is what the CNI plugin gave a pod.
type podNetwork struct {
	address  netip.Addr
	host     bool // the node's own network
	branch   bool // a branch ENI; released by the VPC resource controller
	node     nodeNetwork
	released bool
}

var errNoAddress = errors.New("failed to assign an IP address to container")

// addNetwork is the CNI plugin's ADD command.
func (a *agents) addNetwork(pod *corev1.Pod) (podNetwork, error) {
	node, ok := a.nodes.get("", pod.Spec.NodeName)
	if !ok {
		return podNetwork{}, errNoAddress
	}
	if pod.Spec.HostNetwork {
		address, err := netip.ParseAddr(internalIP(node))
		return podNetwork{address: address, host: true}, err
	}
	if !networkReady(a.Base, pod.Spec.NodeName) {
		return podNetwork{}, errors.New(`Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:50051: connect: connection refused"`)
	}
	network := podNetwork{node: a.nodeNetwork(pod.Spec.NodeName)}
	if _, asks := pod.Spec.Containers[0].Resources.Limits[podENI]; asks && network.node.podENI {
		address, err := branchAddress(pod)
		network.address, network.branch = address, true
		return network, err
	}
	address, err := a.cloud.AssignPodIP(instanceID(node))
	if err != nil {
		a.log.Debug("no address for pod", "pod", keyOf(pod), "error", err)
		return podNetwork{}, errNoAddress
	}
	network.address = address
	return network, nil
}

// branchAddress is the private address in a pod's annotation.
func branchAddress(pod *corev1.Pod) (netip.Addr, error) {
	var branches []branchDetails
	if err := json.Unmarshal([]byte(pod.Annotations[string(podENI)]), &branches); err != nil || len(branches) == 0 {
		return netip.Addr{}, errNoAddress
	}
	address, err := netip.ParseAddr(branches[0].PrivateIP)
	if err != nil {
		return netip.Addr{}, errNoAddress
	}
	return address, nil
}

// releaseNetwork is the CNI plugin's DEL command.
func (a *agents) releaseNetwork(network podNetwork) {
	if network.address.IsValid() && !network.host && !network.branch && !network.released {
		a.cloud.ReleasePodIP(network.address)
	}
}
