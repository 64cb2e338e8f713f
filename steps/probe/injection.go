package probe

import (
	"context"
	"errors"
	"slices"
	"strings"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// AwaitInjection proves by dry runs that the webhook gives pods with these labels
// a branch ENI. It reads policies through a cache of its own, which may be a
// moment behind.
func AwaitInjection(ctx context.Context, run *plan.Run, policy plan.ObjectRef, labels map[string]string, account string) error {
	run.Progress(plan.Progress{Text: "proving with a dry run that the webhook sees the policy"})
	for try := range 10 {
		if try > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-run.Clock.After(ProofRetry):
			}
		}
		injected, err := run.Kube.ProveInjection(ctx, policy.Namespace, labels, account)
		switch {
		case err != nil && RefusedByOthers(err.Error()):
			return nil // a quota or another webhook, which says nothing of this one
		case err != nil || injected:
			return err
		}
	}
	return &world.Problem{
		Doing: "prove by a dry run that policy", Object: policy.String(),
		Err:     errors.New("gives its pods a branch ENI: the webhook did not inject the limit " + world.ResourcePodENI),
		Hint:    "the VPC resource controller's webhook is missing or does not see the policy; the diagnosis tells which",
		Command: shell.Command("podsg diagnose --cluster %s --namespace %s", run.Target.Cluster.Name, policy.Namespace),
	}
}

// RefusedByOthers reports whether a dry run ended at a ResourceQuota, a
// LimitRange or somebody's policy, in the API server's words. That says nothing
// about branch ENIs, unless it is these that a quota counts.
func RefusedByOthers(refusal string) bool {
	if strings.Contains(refusal, world.ResourcePodENI) {
		return false
	}
	if _, webhook, found := strings.Cut(refusal, `admission webhook "`); found {
		webhook, _, _ = strings.Cut(webhook, `"`)
		return strings.Contains(refusal, "denied the request") && !strings.HasSuffix(webhook, ".vpc.k8s.aws")
	}
	return slices.ContainsFunc([]string{
		"exceeded quota", "failed quota", " usage per ", "limit to request ratio per ", "ValidatingAdmissionPolicy", "violates PodSecurity",
	}, func(words string) bool { return strings.Contains(refusal, words) })
}
