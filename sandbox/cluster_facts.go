package sandbox

import (
	discoveryv1 "k8s.io/api/discovery/v1"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// endpointSlices are the EndpointSlices of kube-system.
func (w *World) endpointSlices() []*discoveryv1.EndpointSlice {
	slices, err := storage.NewClient[*discoveryv1.EndpointSlice](w.store, gvr.EndpointSlices, "").List("kube-system", storage.Selector{})
	if err != nil {
		return nil
	}
	return slices
}
