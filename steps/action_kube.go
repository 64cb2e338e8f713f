package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"sigs.k8s.io/yaml"
)

// object starts the manifest of an object that podsg owns.
func object(apiVersion, kind, namespace, name string) Manifest {
	meta := map[string]any{"name": name, "labels": map[string]any{LabelManagedBy: ManagedBy}}
	if namespace != "" {
		meta["namespace"] = namespace
	}
	return Manifest{"apiVersion": apiVersion, "kind": kind, "metadata": meta}
}

// Ref names the object of a manifest.
func (m Manifest) Ref() ObjectRef {
	ref := ObjectRef{}
	ref.APIVersion, _ = m["apiVersion"].(string)
	ref.Kind, _ = m["kind"].(string)
	if meta, ok := m["metadata"].(map[string]any); ok {
		ref.Name, _ = meta["name"].(string)
		ref.Namespace, _ = meta["namespace"].(string)
	}
	return ref
}

// YAML is the manifest as kubectl reads it.
func (m Manifest) YAML() string {
	out, err := yaml.Marshal(map[string]any(m))
	if err != nil {
		return "# " + err.Error()
	}
	return string(out)
}

// String is NAMESPACE/NAME, or NAME for an object of the cluster.
func (r ObjectRef) String() string {
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// ApplyObject makes or updates one Kubernetes object by server-side apply.
type ApplyObject struct {
	Kind     Kind
	Manifest Manifest
}

// Apply implements [Action].
func (a ApplyObject) Apply(ctx context.Context, run *Run) error {
	call, cancel := callContext(ctx)
	defer cancel()
	created, err := run.Kube.Apply(call, a.Manifest)
	if err != nil {
		return err
	}
	return run.Record(ctx, JournalEntry{Kind: a.Kind, Object: a.Manifest.Ref().String(), Created: created, Done: true})
}

// Shell implements [Action].
func (a ApplyObject) Shell() []string { return []string{applyCommand(a.Manifest)} }

func applyCommand(m Manifest) string {
	return "kubectl apply --server-side --field-manager=" + FieldManager + " -f - <<'EOF'\n" + m.YAML() + "EOF"
}

// ApplyPolicy makes the SecurityGroupPolicy and proves, by a dry run, that the
// webhook injects the branch ENI limit into a pod that it selects. A policy
// must be there before its pods: the webhook acts on creation only.
type ApplyPolicy struct {
	Namespace, Name string
	PodSelector     *Selector
	SASelector      *Selector
	Group           Ref
	ServiceAccount  string // that the proof's pod uses
}

// Apply implements [Action].
func (a ApplyPolicy) Apply(ctx context.Context, run *Run) error {
	group, err := run.Resolve(a.Group)
	if err != nil {
		return err
	}
	call, cancel := callContext(ctx)
	defer cancel()
	m := a.manifest(group)
	created, err := run.Kube.Apply(call, m)
	if err != nil {
		return err
	}
	if err := run.Record(ctx, JournalEntry{Kind: KindPolicy, Object: m.Ref().String(), Created: created, Done: true}); err != nil {
		return err
	}
	if a.PodSelector == nil || a.SASelector != nil && a.ServiceAccount == "" {
		// Only service accounts are selected: the test pod's own proves it. Or none
		// that is selected is there.
		return nil
	}
	run.Progress(Progress{Text: "proving with a dry run that the webhook sees the policy"})
	// The webhook reads policies through a cache of its own, which may be a
	// moment behind.
	var injected bool
	for try := range 10 {
		if try > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-run.Clock.After(proofRetry):
			}
		}
		injected, err = run.Kube.ProveInjection(ctx, a.Namespace, selectedLabels(a.PodSelector), a.ServiceAccount)
		switch {
		case err != nil && refusedByOthers(err.Error()):
			return nil // a quota or another webhook, which says nothing of this one
		case err != nil || injected:
			return err
		}
	}
	return &Problem{
		Doing: "prove by a dry run that policy", Object: m.Ref().String(),
		Err:     errors.New("gives its pods a branch ENI: the webhook did not inject the limit " + ResourcePodENI),
		Hint:    "the VPC resource controller's webhook is missing or does not see the policy; the diagnosis tells which",
		Command: fmt.Sprintf("podsg diagnose --cluster %s --namespace %s", run.Target.Cluster.Name, a.Namespace),
	}
}

// ResourcePodENI is the extended resource, and the pod annotation, of branch
// ENIs.
const ResourcePodENI = "vpc.amazonaws.com/pod-eni"

func (a ApplyPolicy) manifest(group string) Manifest {
	m := object("vpcresources.k8s.aws/v1beta1", "SecurityGroupPolicy", a.Namespace, a.Name)
	spec := map[string]any{"securityGroups": map[string]any{"groupIds": []any{group}}}
	if a.PodSelector != nil {
		spec["podSelector"] = a.PodSelector.manifest()
	}
	if a.SASelector != nil {
		spec["serviceAccountSelector"] = a.SASelector.manifest()
	}
	m["spec"] = spec
	return m
}

// Shell implements [Action].
func (a ApplyPolicy) Shell() []string {
	// The group may be a variable: this here-document is expanded.
	return []string{"kubectl apply --server-side --field-manager=" + FieldManager + " -f - <<EOF\n" + a.manifest(a.Group.Shell()).YAML() + "EOF"}
}

// StartProbe makes a test pod's Deployment and waits until its pod runs.
type StartProbe struct {
	Manifest Manifest
	Labels   map[string]string
	// BranchENI says that the pod must get a branch ENI before it can run.
	BranchENI bool
}

// Apply implements [Action].
func (a StartProbe) Apply(ctx context.Context, run *Run) error {
	if err := (ApplyObject{Kind: KindDeployment, Manifest: a.Manifest}).Apply(ctx, run); err != nil {
		return err
	}
	ref := a.Manifest.Ref()
	_, err := run.Kube.WaitPods(ctx, ref.Namespace, maps.Clone(a.Labels), runningPod(a.BranchENI), run.Progress)
	return err
}

// Shell implements [Action].
func (a StartProbe) Shell() []string {
	ref := a.Manifest.Ref()
	return []string{applyCommand(a.Manifest), fmt.Sprintf("kubectl -n %s get pods -l %s -o wide", ref.Namespace, labelArgs(a.Labels))}
}

// runningPod waits for a pod that runs (and has its branch ENI).
func runningPod(branchENI bool) func([]Pod) string {
	return func(pods []Pod) string {
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

func labelArgs(labels map[string]string) string {
	return (&Selector{MatchLabels: labels}).String()
}
