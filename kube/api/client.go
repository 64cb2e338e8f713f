// Package api holds the clients of one cluster's Kubernetes API, what they list
// and watch, and turns their errors into ones that a user can act on.
package api

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

	"podsg/steps/world"
)

// Client is an open Kubernetes API of one cluster.
type Client struct {
	cluster world.Cluster
	Origin  string // kubeconfig context, or how the access was built
	Version *version.Info
	Clock   clock.WithTicker
	aws     func(command string) string // adds the flags that name the account

	// The clients for single calls give up after a while; those for watches and
	// logs do not. They share their connections.
	Config        *rest.Config
	Calls         kubernetes.Interface
	Streams       kubernetes.Interface
	Objects       dynamic.Interface
	ObjectStreams dynamic.Interface
	Names         metadata.Interface // for listing nothing but names and labels
	Raw           rest.Interface     // for requests whose status code matters
	Discovery     *discovery.DiscoveryClient
	mapper        *restmapper.DeferredDiscoveryRESTMapper
}

// protobufOrJSON is what the clients of built-in types take as an answer: a long
// list of pods is shorter in protobuf, and quicker to read.
// Requests stay JSON, and so do the answers of servers that know nothing else.
const protobufOrJSON = "application/vnd.kubernetes.protobuf,application/json"

// Options say what a client is of.
type Options struct {
	Cluster world.Cluster
	Origin  string // kubeconfig context, or how the access was built
	Clock   clock.WithTicker
	// CallTimeout bounds a single request.
	CallTimeout time.Duration
	// AWS adds to an aws command the flags that name the account.
	AWS func(command string) string
}

// New makes the clients of a configuration, whose requests go through
// transport.
func New(config *rest.Config, transport http.RoundTripper, o Options) (*Client, error) {
	c := &Client{cluster: o.Cluster, Origin: o.Origin, Clock: o.Clock, aws: o.AWS, Config: config}
	streaming := &http.Client{Transport: transport}
	bounded := &http.Client{Transport: transport, Timeout: o.CallTimeout}

	var err error
	compact := rest.CopyConfig(config)
	compact.AcceptContentTypes = protobufOrJSON
	if c.Calls, err = kubernetes.NewForConfigAndClient(compact, bounded); err != nil {
		return nil, err
	}
	if c.Streams, err = kubernetes.NewForConfigAndClient(compact, streaming); err != nil {
		return nil, err
	}
	plain, err := corev1client.NewForConfigAndClient(config, bounded)
	if err != nil {
		return nil, err
	}
	c.Raw = plain.RESTClient()
	if c.Objects, err = dynamic.NewForConfigAndClient(config, bounded); err != nil {
		return nil, err
	}
	if c.Names, err = metadata.NewForConfigAndClient(metadata.ConfigFor(config), bounded); err != nil {
		return nil, err
	}
	if c.ObjectStreams, err = dynamic.NewForConfigAndClient(config, streaming); err != nil {
		return nil, err
	}
	if c.Discovery, err = discovery.NewDiscoveryClientForConfigAndClient(config, bounded); err != nil {
		return nil, err
	}
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.Discovery))
	return c, nil
}

// ResourceFor finds the REST resource of a kind, from the API server itself.
func (c *Client) ResourceFor(apiVersion, kind string) (schema.GroupVersionResource, bool, error) {
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
