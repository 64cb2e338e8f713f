package kubelet

import (
	"context"
	"fmt"
	"net/netip"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
)

// joinNetwork sets the pod's sandbox up. It tries again until the pod has an
// address; a pod with a branch ENI usually needs a second try, as its
// annotation comes from elsewhere.
func (w *podWorker) joinNetwork(ctx context.Context) bool {
	for attempt := 0; ; attempt++ {
		if !w.Spend(ctx, sandboxSetUpTime) {
			return false
		}
		network, err := w.agents.Add(w.current())
		if err == nil {
			w.mu.Lock()
			w.network = network
			w.mu.Unlock()
			return true
		}
		sandbox := names.Hex(fmt.Sprintf("%s/%d", w.pod.UID, attempt), 64)
		w.events.Warning(component.AboutPod(w.pod), "FailedCreatePodSandBox",
			"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox %q: plugin type=\"aws-cni\" name=\"aws-cni\" failed (add): add cmd: %v",
			sandbox, err)
		if !w.awaitSandboxRetry(ctx) {
			return false
		}
	}
}

// awaitSandboxRetry waits as a kubelet does before it tries a sandbox again.
func (w *podWorker) awaitSandboxRetry(ctx context.Context) bool {
	if w.IsSettled() {
		return w.Pause(ctx, sandboxRetryInterval)
	}
	select { // a new world's first pods wait for nothing but what they need
	case <-w.changed:
		return true
	case <-w.Settled():
		return true
	case <-ctx.Done():
		return false
	}
}

// leaveNetwork gives the pod's address back.
func (w *podWorker) leaveNetwork() {
	w.mu.Lock()
	network := w.network
	w.network.Released = true
	w.mu.Unlock()
	w.agents.Release(network)
}

// LosesLocalDNS says that the pod with an address asks NodeLocal DNSCache and is
// not answered: that listens on the node itself, where the packets of a branch
// ENI do not come by in strict mode.
func (k *Kubelets) LosesLocalDNS(address netip.Addr) bool {
	if _, ok := k.DaemonSets.Get(names.SystemNamespace, names.LocalDNS); !ok {
		return false
	}
	for _, p := range k.Pods.All() {
		if p.Status.PodIP == address.String() && !p.Spec.HostNetwork {
			w, ok := k.worker(p.UID)
			if !ok {
				return false
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.network.Branch && w.network.Node.Strict
		}
	}
	return false
}
