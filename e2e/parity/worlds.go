package parity

import (
	"context"
	"fmt"
	"io"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"podsg/e2e/rig"
	"podsg/sandbox"
)

// speed of both worlds' clocks.
const speed = 20

// Worlds are the two sides, with the same nodes.
type Worlds struct {
	Sandbox *sandbox.World
	Rig     *rig.Rig
}

// Start starts both. The options say where the rig's binaries are.
func Start(ctx context.Context, o rig.Options, log io.Writer) (*Worlds, error) {
	s, err := sandbox.Start(ctx, sandbox.Options{Speed: speed})
	if err != nil {
		return nil, err
	}
	o.Speed, o.Log = speed, log
	o.NodeGroups = []rig.NodeGroup{{Name: "ng-m5", InstanceType: "m5.large", Count: 3}, {Name: "ng-t3", InstanceType: "t3.medium", Count: 2}}
	r, err := rig.Start(ctx, o)
	if err != nil {
		s.Close()
		return nil, err
	}
	return &Worlds{s, r}, nil
}

// Close ends both.
func (w *Worlds) Close() {
	w.Rig.Close()
	w.Sandbox.Close()
}

// configs are client configurations of both sides.
func (w *Worlds) configs() (sandbox, real *rest.Config, err error) {
	for _, v := range w.Sandbox.Env() {
		if v.Name == "KUBECONFIG" {
			if sandbox, err = clientcmd.BuildConfigFromFlags("", v.Value); err != nil {
				return nil, nil, err
			}
		}
	}
	real, err = clientcmd.BuildConfigFromFlags("", w.Rig.Kubeconfig())
	return sandbox, real, err
}

// Result is a question with the places in which the answers differ.
type Result struct {
	Part, Question string
	Differences    []Difference
}

// Compare asks everything of both sides.
func (w *Worlds) Compare(ctx context.Context) ([]Result, error) {
	var all []Result
	for _, part := range []struct {
		name string
		ask  func(context.Context) ([]Result, error)
	}{
		{partKubernetes, w.compareKubernetes}, {partPostgres, w.comparePostgres}, {partControllers, w.compareControllers},
	} {
		results, err := part.ask(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		all = append(all, results...)
	}
	return all, nil
}

// The parts that are compared.
const (
	partKubernetes  = "Kubernetes API"
	partPostgres    = "PostgreSQL"
	partControllers = "Controllers"
)

func (w *Worlds) compareKubernetes(ctx context.Context) ([]Result, error) {
	practice, real, err := w.configs()
	if err != nil {
		return nil, err
	}
	a, err := NewKubernetesAPI(practice)
	if err != nil {
		return nil, err
	}
	b, err := NewKubernetesAPI(real)
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, q := range KubernetesQuestions() {
		mine, err := a.Ask(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		theirs, err := b.Ask(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("kube-apiserver: %w", err)
		}
		out = append(out, Result{partKubernetes, q.Name, compare(mine, theirs)})
	}
	return out, nil
}
