package probe

import (
	"context"
	"fmt"
	"maps"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// StartProbe makes a test pod's Deployment and waits until its pod runs.
type StartProbe struct {
	Manifest plan.Manifest
	Labels   map[string]string
	// BranchENI says that the pod must get a branch ENI before it can run.
	BranchENI bool
}

// Apply implements [plan.Action].
func (a StartProbe) Apply(ctx context.Context, run *plan.Run) error {
	if err := (plan.ApplyObject{Kind: world.KindDeployment, Manifest: a.Manifest}).Apply(ctx, run); err != nil {
		return err
	}
	ref := a.Manifest.Ref()
	_, err := run.Kube.WaitPods(ctx, ref.Namespace, maps.Clone(a.Labels), RunningPod(a.BranchENI), run.Progress)
	return err
}

// Shell implements [plan.Action].
func (a StartProbe) Shell() []string {
	ref := a.Manifest.Ref()
	return []string{plan.ApplyCommand(a.Manifest), shell.Command("kubectl -n %s get pods -l %s -o wide", ref.Namespace, shell.LabelArgs(a.Labels))}
}

// RunningPod waits for a pod that runs (and has its branch ENI).
func RunningPod(branchENI bool) func([]world.Pod) string {
	return func(pods []world.Pod) string {
		waiting := "the pod to be created"
		for _, p := range pods {
			switch {
			case p.Terminating:
				continue
			case p.Phase == "Running" && (!branchENI || len(p.ENIs) > 0):
				return ""
			case p.Node == "":
				waiting = fmt.Sprintf("pod %s to be scheduled", p.Name)
			case branchENI && len(p.ENIs) == 0:
				waiting = fmt.Sprintf("pod %s on %s to get its branch ENI", p.Name, p.Node)
			default:
				waiting = fmt.Sprintf("pod %s on %s to start", p.Name, p.Node)
			}
			if p.Reason != "" {
				waiting += " (" + p.Reason + ")"
			}
		}
		return waiting
	}
}

// RestartProbe replaces the pod of a test pod's Deployment, which stays as it is.
type RestartProbe struct{ StartProbe }

// Apply implements [plan.Action].
func (a RestartProbe) Apply(ctx context.Context, run *plan.Run) error {
	namespace := a.Manifest.Ref().Namespace
	pods, err := run.Kube.Pods(ctx, namespace, a.Labels)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		call, cancel := plan.CallContext(ctx)
		err := run.Kube.Delete(call, plan.ObjectRef{APIVersion: "v1", Kind: "Pod", Namespace: namespace, Name: pod.Name})
		cancel()
		if err != nil {
			return err
		}
	}
	return a.StartProbe.Apply(ctx, run)
}

// Shell implements [plan.Action].
func (a RestartProbe) Shell() []string {
	ref := a.Manifest.Ref()
	return []string{shell.Command("kubectl -n %s rollout restart deployment %s", ref.Namespace, ref.Name)}
}
