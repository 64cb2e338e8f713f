package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// nodeNetwork is how the VPC CNI's pods set a node up: the init container sets
// the kernel's early demultiplexing, the agent how security groups for pods
// are enforced. New pods get what is set up when they start.
type nodeNetwork struct {
	earlyDemux bool // of TCP: breaks the kubelet's probes in strict mode
	podENI     bool
	strict     bool
}

// podNetwork is what the CNI plugin gave a pod.
type podNetwork struct {
	address  netip.Addr
	host     bool // the node's own network
	branch   bool // a branch ENI; released by the VPC resource controller
	node     nodeNetwork
	released bool
}

var errNoAddress = errors.New("failed to assign an IP address to container")

// joinNetwork sets the pod's sandbox up. It tries again until the pod has an
// address; a pod with a branch ENI usually needs a second try, as its
// annotation comes from elsewhere.
func (w *podWorker) joinNetwork(ctx context.Context) bool {
	for attempt := 0; ; attempt++ {
		if !w.spend(ctx, sandboxSetUpTime) {
			return false
		}
		network, err := w.addNetwork(w.current())
		if err == nil {
			w.mu.Lock()
			w.network = network
			w.mu.Unlock()
			return true
		}
		sandbox := hexOf(fmt.Sprintf("%s/%d", w.pod.UID, attempt), 64)
		w.events.warning(aboutPod(w.pod), "FailedCreatePodSandBox",
			"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox %q: plugin type=\"aws-cni\" name=\"aws-cni\" failed (add): add cmd: %v",
			sandbox, err)
		if !w.awaitSandboxRetry(ctx) {
			return false
		}
	}
}

// awaitSandboxRetry waits as a kubelet does before it tries a sandbox again.
func (w *podWorker) awaitSandboxRetry(ctx context.Context) bool {
	if w.isSettled() {
		return w.pause(ctx, sandboxRetryInterval)
	}
	select { // a new world's first pods wait for nothing but what they need
	case <-w.changed:
		return true
	case <-w.settled:
		return true
	case <-ctx.Done():
		return false
	}
}

// addNetwork is the CNI plugin's ADD command.
func (w *podWorker) addNetwork(pod *corev1.Pod) (podNetwork, error) {
	node, ok := w.nodes.get("", w.node)
	if !ok {
		return podNetwork{}, errNoAddress
	}
	if pod.Spec.HostNetwork {
		address, err := netip.ParseAddr(internalIP(node))
		return podNetwork{address: address, host: true}, err
	}
	if !w.networkReady(w.node) {
		return podNetwork{}, errors.New(`Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:50051: connect: connection refused"`)
	}
	network := podNetwork{node: w.nodeNetwork(w.node)}
	if _, asks := pod.Spec.Containers[0].Resources.Limits[podENI]; asks && network.node.podENI {
		address, err := branchAddress(pod)
		network.address, network.branch = address, true
		return network, err
	}
	address, err := w.cloud.AssignPodIP(instanceID(node))
	if err != nil {
		w.log.Debug("no address for pod", "pod", keyOf(pod), "error", err)
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
func (w *podWorker) releaseNetwork() {
	w.mu.Lock()
	network := w.network
	w.network.released = true
	w.mu.Unlock()
	if network.address.IsValid() && !network.host && !network.branch && !network.released {
		w.cloud.ReleasePodIP(network.address)
	}
}

// networkReady says that the VPC CNI's agent runs on a node.
func (c *Cluster) networkReady(node string) bool {
	for _, p := range c.pods.list(byNode, node) {
		if isAWSNode(p) && ready(p) {
			return true
		}
	}
	return false
}

func isAWSNode(p *corev1.Pod) bool {
	return p.Namespace == systemNamespace && p.Labels["k8s-app"] == cniDaemonSet
}

func (k *kubelets) nodeNetwork(node string) nodeNetwork {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.agents[node]
}

func (k *kubelets) setNodeNetwork(node string, change func(*nodeNetwork)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := k.agents[node]
	change(&n)
	k.agents[node] = n
}

// askForTrunk does what the VPC CNI's agent does for security groups for pods:
// it adds the feature to the node's CNINode if the instance has room for the
// trunk ENI, whatever its type. It reports whether that is done; if not, only
// the agent's log on the node would say why.
func (c *Cluster) askForTrunk(node string) bool {
	n, ok := c.nodes.get("", node)
	if !ok {
		return false
	}
	cniNode, ok := c.cniNodes.get("", node)
	switch {
	case !ok:
		return false
	case hasFeature(cniNode, securityGroupsForPods):
		return true
	case !c.cloud.FreeENISlot(instanceID(n)) || !c.mayPatchCNINodes():
		return false
	}
	_, err := c.cniNodes.mutate(awsNodeActor, "", node, addSecurityGroupsFeature)
	return err == nil
}

// LosesLocalDNS says that the pod with an address asks NodeLocal DNSCache and is
// not answered: that listens on the node itself, where the packets of a branch
// ENI do not come by in strict mode.
func (c *Cluster) LosesLocalDNS(address netip.Addr) bool {
	if _, ok := c.daemonSets.get(systemNamespace, localDNS); !ok {
		return false
	}
	for _, p := range c.pods.all() {
		if p.Status.PodIP == address.String() && !p.Spec.HostNetwork {
			w, ok := c.kubelets.worker(p.UID)
			if !ok {
				return false
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.network.branch && w.network.node.strict
		}
	}
	return false
}

// isOn reads a boolean setting of the VPC CNI as it does: text that is no
// boolean counts as off.
func isOn(text string) bool {
	on, err := strconv.ParseBool(text)
	return err == nil && on
}
