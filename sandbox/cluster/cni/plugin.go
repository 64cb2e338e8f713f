package cni

import (
	"errors"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/nodestate"
	"podsg/sandbox/cluster/podeni"
)

// A Network is what the CNI plugin gave a pod.
type Network struct {
	Address  netip.Addr
	host     bool // the node's own network
	Branch   bool // a branch ENI; released by the VPC resource controller
	Node     Node
	Released bool
}

// Add is the CNI plugin's ADD command.
func (a *Agents) Add(pod *corev1.Pod) (Network, error) {
	node, ok := a.Nodes.Get("", pod.Spec.NodeName)
	if !ok {
		return Network{}, podeni.ErrNoAddress
	}
	if pod.Spec.HostNetwork {
		address, err := netip.ParseAddr(nodestate.InternalIP(node))
		return Network{Address: address, host: true}, err
	}
	if !NetworkReady(a.Base, pod.Spec.NodeName) {
		return Network{}, errors.New(`Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:50051: connect: connection refused"`)
	}
	network := Network{Node: a.Node(pod.Spec.NodeName)}
	if _, asks := pod.Spec.Containers[0].Resources.Limits[names.PodENI]; asks && network.Node.PodENI {
		address, err := podeni.Address(pod)
		network.Address, network.Branch = address, true
		return network, err
	}
	address, err := a.Cloud.AssignPodIP(nodestate.InstanceID(node))
	if err != nil {
		a.Log.Debug("no address for pod", "pod", component.KeyOf(pod), "error", err)
		return Network{}, podeni.ErrNoAddress
	}
	network.Address = address
	return network, nil
}

// Release is the CNI plugin's DEL command.
func (a *Agents) Release(network Network) {
	if network.Address.IsValid() && !network.host && !network.Branch && !network.Released {
		a.Cloud.ReleasePodIP(network.Address)
	}
}
