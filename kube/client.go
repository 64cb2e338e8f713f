package kube

import (
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/utils/clock"

	"podsg/steps"
)

// Client is an open Kubernetes API of one cluster.
type Client struct {
	cluster steps.Cluster
	origin  string // kubeconfig context, or how the access was built
	version *version.Info
	clock   clock.WithTicker
	aws     func(command string) string // adds what [Settings.AWSFlags] says

	// The clients for single calls give up after a while; those for watches and
	// logs do not. They share their connections.
	config        *rest.Config
	calls         kubernetes.Interface
	streams       kubernetes.Interface
	objects       dynamic.Interface
	objectStreams dynamic.Interface
	names         metadata.Interface // for listing nothing but names and labels
	raw           rest.Interface     // for requests whose status code matters
	discovery     *discovery.DiscoveryClient
	mapper        *restmapper.DeferredDiscoveryRESTMapper
}

// protobufOrJSON is what the clients of built-in types take as an answer: a long
// list of pods is shorter in protobuf, and quicker to read.
// Requests stay JSON, and so do the answers of servers that know nothing else.
const protobufOrJSON = "application/vnd.kubernetes.protobuf,application/json"

// clientOptions say what a client is of.
type clientOptions struct {
	cluster     steps.Cluster
	origin      string
	clock       clock.WithTicker
	callTimeout time.Duration
	aws         func(command string) string
}

// newClient makes the clients of a configuration, whose requests go through
// transport.
func newClient(config *rest.Config, transport http.RoundTripper, o clientOptions) (*Client, error) {
	c := &Client{cluster: o.cluster, origin: o.origin, clock: o.clock, aws: o.aws, config: config}
	streaming := &http.Client{Transport: transport}
	bounded := &http.Client{Transport: transport, Timeout: o.callTimeout}

	var err error
	compact := rest.CopyConfig(config)
	compact.AcceptContentTypes = protobufOrJSON
	if c.calls, err = kubernetes.NewForConfigAndClient(compact, bounded); err != nil {
		return nil, err
	}
	if c.streams, err = kubernetes.NewForConfigAndClient(compact, streaming); err != nil {
		return nil, err
	}
	plain, err := corev1client.NewForConfigAndClient(config, bounded)
	if err != nil {
		return nil, err
	}
	c.raw = plain.RESTClient()
	if c.objects, err = dynamic.NewForConfigAndClient(config, bounded); err != nil {
		return nil, err
	}
	if c.names, err = metadata.NewForConfigAndClient(metadata.ConfigFor(config), bounded); err != nil {
		return nil, err
	}
	if c.objectStreams, err = dynamic.NewForConfigAndClient(config, streaming); err != nil {
		return nil, err
	}
	if c.discovery, err = discovery.NewDiscoveryClientForConfigAndClient(config, bounded); err != nil {
		return nil, err
	}
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.discovery))
	return c, nil
}

// resourceFor finds the REST resource of a kind, from the API server itself.
func (c *Client) resourceFor(apiVersion, kind string) (schema.GroupVersionResource, bool, error) {
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return schema.GroupVersionResource{}, false, err
	}
	mapping, err := c.mapper.RESTMapping(gv.WithKind(kind).GroupKind(), gv.Version)
	if err != nil {
		if meta.IsNoMatchError(err) {
			err = fmt.Errorf("the cluster does not know the kind %s of %s: %w", kind, apiVersion, err)
		}
		return schema.GroupVersionResource{}, false, err
	}
	return mapping.Resource, mapping.Scope.Name() == meta.RESTScopeNameNamespace, nil
}
