// Package containerd is the container runtime of the nodes: it knows the images
// and starts the containers.
package containerd

import (
	"context"

	"podsg/sandbox/cluster/cni"
	"podsg/sandbox/cluster/component"
	"podsg/sandbox/containers"
)

// A Runtime starts containers: the programs of EKS' own images, which
// package containers does not know, itself.
type Runtime struct {
	*component.Base
	agents  *cni.Agents
	network containers.Network // of ordinary containers; nil: none can start
	shells  *containers.Runtime
}

// New makes the container runtime of a cluster's nodes.
func New(b *component.Base, a *cni.Agents, network containers.Network) *Runtime {
	return &Runtime{Base: b, agents: a, network: network, shells: containers.NewRuntime()}
}

// Start starts a container of an image that FindImage found, of a pod that is
// gone when its context ends.
func (c *Runtime) Start(pod context.Context, i Image, spec Spec) (Process, error) {
	if i.program != nil {
		return c.startProgram(pod, spec, i.program), nil
	}
	return c.startShell(i.Name, spec)
}
