package kube

import (
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"podsg/kube/api"
	"podsg/kube/change"
	"podsg/kube/observe"
	"podsg/kube/wait"
	"podsg/steps/plan"
)

// Client is one cluster, as podsg reads and changes it.
type Client struct {
	api *api.Client
	observe.Reader
	change.Writer
	wait.Waiter
}

var _ plan.Kube = (*Client)(nil)

func newClient(c *api.Client) *Client {
	return &Client{api: c, Reader: observe.Reader{Client: c}, Writer: change.Writer{Client: c}, Waiter: wait.Waiter{Client: c}}
}

// Clientset returns the client for lists and watches of built-in types. Its
// calls end with their contexts only.
func (c *Client) Clientset() kubernetes.Interface { return c.api.Streams }

// Dynamic returns the client for lists and watches of custom resources.
func (c *Client) Dynamic() dynamic.Interface { return c.api.ObjectStreams }

// Problem turns an error of client-go into one that a user can act on: nil, or
// a [*steps.Problem].
func (c *Client) Problem(doing, object string, err error) error {
	return c.api.Problem(doing, object, err)
}
