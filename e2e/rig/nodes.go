package rig

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cloud"
)

const (
	kubernetesVersion = "v1.36.3"
	kubeletVersion    = kubernetesVersion + "-eks-e2e0001"
)

// startNodes registers a node for each instance of the account and starts what
// runs on them.
func (r *Rig) startNodes(ctx context.Context) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, m := range r.account.Nodes(ClusterName) {
		group.Go(func() error { return r.registerNode(groupCtx, m) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := r.startKwok(); err != nil {
		return err
	}
	r.kubelet = newKubelet(r)
	for _, start := range []func(context.Context) error{r.startNodeAgents, r.startPodNetwork, r.kubelet.start} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	r.informers.Start(ctx.Done())
	for kind, ok := range r.informers.WaitForCacheSync(ctx.Done()) {
		if !ok {
			return fmt.Errorf("watch %v: not in sync", kind)
		}
	}
	return nil
}

// registerNode creates the Node object of an instance, as its kubelet does.
func (r *Rig) registerNode(ctx context.Context, m cloud.Node) error {
	labels := map[string]string{
		corev1.LabelHostname: m.PrivateDNSName, corev1.LabelOSStable: "linux", corev1.LabelArchStable: m.Architecture,
		"beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": m.Architecture,
		corev1.LabelInstanceTypeStable: m.InstanceType, corev1.LabelInstanceType: m.InstanceType,
		corev1.LabelTopologyZone: m.Zone, corev1.LabelTopologyRegion: r.account.Region(),
		"failure-domain.beta.kubernetes.io/zone": m.Zone, "failure-domain.beta.kubernetes.io/region": r.account.Region(),
		"eks.amazonaws.com/nodegroup": m.NodeGroup, "eks.amazonaws.com/capacityType": m.CapacityType,
	}
	maps.Copy(labels, m.Labels)
	created, err := r.client.CoreV1().Nodes().Create(ctx, &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: m.PrivateDNSName, Labels: labels},
		Spec:       corev1.NodeSpec{ProviderID: "aws:///" + m.Zone + "/" + m.InstanceID},
	}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("register node %q: %w", m.PrivateDNSName, err)
	}
	created.Status = corev1.NodeStatus{
		Capacity: capacity(m), Allocatable: allocatable(m),
		Addresses: []corev1.NodeAddress{
			{Type: corev1.NodeInternalIP, Address: m.PrivateIP.String()},
			{Type: corev1.NodeInternalDNS, Address: m.PrivateDNSName},
			{Type: corev1.NodeHostName, Address: m.PrivateDNSName},
			{Type: corev1.NodeExternalDNS, Address: "localhost"}, // leads the API server to the rig's kubelet
		},
		NodeInfo: corev1.NodeSystemInfo{
			Architecture: m.Architecture, OperatingSystem: "linux", KernelVersion: "6.12.55-74.119.amzn2023.x86_64",
			OSImage: "Amazon Linux 2023.9.20261105", ContainerRuntimeVersion: "containerd://2.1.5",
			KubeletVersion: kubeletVersion, MachineID: m.InstanceID, SystemUUID: m.InstanceID, BootID: m.InstanceID,
		},
	}
	if _, err := r.client.CoreV1().Nodes().UpdateStatus(ctx, created, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("register node %q: %w", m.PrivateDNSName, err)
	}
	return nil
}

// capacity is that of an instance with 2 vCPUs and 8 GiB for each 29 pods that
// its interfaces have addresses for.
func capacity(m cloud.Node) corev1.ResourceList {
	pods := m.MaxInterfaces*(m.IPv4PerInterface-1) + 2
	size := int64(max(1, pods/29))
	return corev1.ResourceList{
		corev1.ResourceCPU:              *resource.NewQuantity(2*size, resource.DecimalSI),
		corev1.ResourceMemory:           *resource.NewQuantity(size<<33, resource.BinarySI),
		corev1.ResourcePods:             resource.MustParse(strconv.Itoa(pods)),
		corev1.ResourceEphemeralStorage: resource.MustParse("20893676Ki"),
	}
}

// allocatable is what the kubelet does not reserve for itself.
func allocatable(m cloud.Node) corev1.ResourceList {
	list := capacity(m)
	cpu, memory := list[corev1.ResourceCPU], list[corev1.ResourceMemory]
	cpu.Sub(resource.MustParse("70m"))
	memory.Sub(resource.MustParse("574Mi"))
	list[corev1.ResourceCPU], list[corev1.ResourceMemory] = cpu, memory
	return list
}

// instanceID is the instance that a node runs on.
func instanceID(n *corev1.Node) string {
	return n.Spec.ProviderID[strings.LastIndex(n.Spec.ProviderID, "/")+1:]
}

func base64Text(data []byte) string { return base64.StdEncoding.EncodeToString(data) }
