package kube

import (
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"podsg/steps"
)

// Facade is one cluster, as podsg reads and changes it.
type Facade struct {
	api *Client
	Reader
	Writer
	Waiter
}

var _ steps.Kube = (*Facade)(nil)

func newFacade(c *Client) *Facade {
	return &Facade{api: c, Reader: Reader{Client: c}, Writer: Writer{Client: c}, Waiter: Waiter{Client: c}}
}

// Clientset returns the client for lists and watches of built-in types. Its
// calls end with their contexts only.
func (c *Facade) Clientset() kubernetes.Interface { return c.api.streams }

// Dynamic returns the client for lists and watches of custom resources.
func (c *Facade) Dynamic() dynamic.Interface { return c.api.objectStreams }

// Problem turns an error of client-go into one that a user can act on: nil, or
// a [*steps.Problem].
func (c *Facade) Problem(doing, object string, err error) error {
	return c.api.problem(doing, object, err)
}
