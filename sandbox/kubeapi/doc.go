// Package kubeapi is the practice world's Kubernetes API server: the REST API
// over HTTPS, on a versioned object store of its own.
//
// [Server] is the http.Handler that speaks the Kubernetes API over a
// [storage.Store] to client-go and kubectl: discovery, list, get, watch, create,
// update, JSON, merge and strategic patches, server-side apply, delete, tables,
// logs, port-forward, access reviews. It takes each request through
// authentication, staged faults and authorization to what answers it.
//
// From the bottom up, each package using only those before it:
//
//	gvr, apierror           names of resources; errors
//	access, webhook         who may do what; admission webhooks
//	resource                what a served resource is
//	definition, builtin     custom and built-in resources
//	fieldmanager, storage   field ownership; the store and its clients
//	authorizer              authorization by stored roles
//	request, codec          requests taken apart; bodies and answers
//	calls, faults           requests recorded; requests made to fail
//	streams, discovery      logs and port-forward; what is served
//	rest                    requests about objects
//
// It is built from apimachinery's own parts (field manager, strategic merge,
// codecs, schema validation); what upstream keeps in k8s.io/kubernetes, such
// as defaults and validation of built-in types, is here for the types served
// and only as far as the practice world needs it.
package kubeapi
