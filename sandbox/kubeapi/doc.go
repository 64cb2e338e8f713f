// Package kubeapi is the practice world's Kubernetes API server: the REST API
// over HTTPS, on an own versioned object store.
//
// [Store] holds the objects: resource versions, an event log for watches,
// admission, field ownership, finalizers, owner references. Simulated
// controllers work on it through a [Client]; [Store.Run] carries out namespace
// deletion. [Server] is the http.Handler that speaks the Kubernetes API over
// a Store to client-go and kubectl: discovery, list, get, watch, create,
// update, JSON, merge and strategic patches, server-side apply, delete, tables,
// logs, port-forward, access reviews.
//
// It is built from apimachinery's own parts (field manager, strategic merge,
// codecs, schema validation); what upstream keeps in k8s.io/kubernetes, such
// as defaults and validation of built-in types, is here for the types served
// and only as far as the practice world needs it.
package kubeapi
