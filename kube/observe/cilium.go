package observe

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps/world"
)

// Where Cilium says whether it is chained to another CNI.
// https://docs.cilium.io/en/stable/installation/cni-chaining-aws-cni/
const (
	ciliumDaemonSet   = "cilium"
	ciliumConfigMap   = "cilium-config"
	ciliumChainingKey = "cni-chaining-mode"
)

// cilium observes to which CNI Cilium is chained, where it runs. Who may not read
// it learns nothing of that, and everything else.
func (o *observation) cilium(ctx context.Context, daemonSets []world.Workload) {
	i := slices.IndexFunc(daemonSets, func(w world.Workload) bool { return w.Name == ciliumDaemonSet })
	if i < 0 {
		return
	}
	cm, err := o.Calls.CoreV1().ConfigMaps(daemonSets[i].Namespace).Get(ctx, ciliumConfigMap, metav1.GetOptions{})
	if err == nil && cm.Data[ciliumChainingKey] != "none" {
		o.facts.CiliumChaining = cm.Data[ciliumChainingKey]
	}
}
