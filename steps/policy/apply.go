package policy

import (
	"context"
	"errors"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/probe"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// ApplyPolicy makes the SecurityGroupPolicy and proves, by a dry run, that the
// webhook injects the branch ENI limit into a pod that it selects. A policy
// must be there before its pods: the webhook acts on creation only.
type ApplyPolicy struct {
	Namespace, Name string
	PodSelector     *world.Selector
	SASelector      *world.Selector
	Group           intent.Ref
	ServiceAccount  string // that the proof's pod uses
}

// Apply implements [plan.Action].
func (a ApplyPolicy) Apply(ctx context.Context, run *plan.Run) error {
	group, err := run.Resolve(a.Group)
	if err != nil {
		return err
	}
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	m := a.Manifest(group)
	created, err := run.Kube.Apply(call, m)
	if err != nil {
		return err
	}
	if err := run.Record(ctx, world.JournalEntry{Kind: world.KindPolicy, Object: m.Ref().String(), Created: created, Done: true}); err != nil {
		return err
	}
	if a.PodSelector == nil || a.SASelector != nil && a.ServiceAccount == "" {
		// Only service accounts are selected: the test pod's own proves it. Or none
		// that is selected is there.
		return nil
	}
	run.Progress(plan.Progress{Text: "proving with a dry run that the webhook sees the policy"})
	// The webhook reads policies through a cache of its own, which may be a
	// moment behind.
	var injected bool
	for try := range 10 {
		if try > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-run.Clock.After(probe.ProofRetry):
			}
		}
		injected, err = run.Kube.ProveInjection(ctx, a.Namespace, world.SelectedLabels(a.PodSelector), a.ServiceAccount)
		switch {
		case err != nil && refusedByOthers(err.Error()):
			return nil // a quota or another webhook, which says nothing of this one
		case err != nil || injected:
			return err
		}
	}
	return &world.Problem{
		Doing: "prove by a dry run that policy", Object: m.Ref().String(),
		Err:     errors.New("gives its pods a branch ENI: the webhook did not inject the limit " + world.ResourcePodENI),
		Hint:    "the VPC resource controller's webhook is missing or does not see the policy; the diagnosis tells which",
		Command: shell.Command("podsg diagnose --cluster %s --namespace %s", run.Target.Cluster.Name, a.Namespace),
	}
}

// Manifest is the policy with the id of its security group.
func (a ApplyPolicy) Manifest(group string) plan.Manifest {
	m := plan.Object("vpcresources.k8s.aws/v1beta1", "SecurityGroupPolicy", a.Namespace, a.Name)
	spec := map[string]any{"securityGroups": map[string]any{"groupIds": []any{group}}}
	if a.PodSelector != nil {
		spec["podSelector"] = a.PodSelector.Manifest()
	}
	if a.SASelector != nil {
		spec["serviceAccountSelector"] = a.SASelector.Manifest()
	}
	m["spec"] = spec
	return m
}

// Shell implements [plan.Action].
func (a ApplyPolicy) Shell() []string {
	variable, made := a.Group.Shell().(shell.Variable)
	if !made {
		return []string{plan.ApplyCommand(a.Manifest(a.Group.ID))}
	}
	// This here-document is expanded, for the group; nothing else in it is.
	const group = "the-group-that-is-made"
	document := strings.Replace(shell.Document(a.Manifest(group).YAML()), group, "${"+string(variable)+"}", 1)
	return []string{shell.Command("kubectl apply --server-side --field-manager=%s -f - <<EOF\n", world.FieldManager) + document + "EOF"}
}
