package sandbox

import (
	discoveryv1 "k8s.io/api/discovery/v1"

	"podsg/sandbox/kubeapi"
)

// endpointSlices are the EndpointSlices of kube-system.
func (w *World) endpointSlices() []*discoveryv1.EndpointSlice {
	slices, err := kubeapi.NewClient[*discoveryv1.EndpointSlice](w.store, kubeapi.EndpointSlices, "").List("kube-system", kubeapi.Selector{})
	if err != nil {
		return nil
	}
	return slices
}
