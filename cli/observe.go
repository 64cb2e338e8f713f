package cli

import (
	"cmp"
	"context"

	"podsg/cli/console"
	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// observe reads what is there, of the cluster that is answered or chosen.
func (s *session) observe(ctx context.Context) (*steps.Observation, error) {
	if err := s.settleCluster(ctx); err != nil {
		return nil, err
	}
	o, err := s.Engine.Observe(ctx, s.intent, console.NewReporter(s.out, s.log).Observe)
	if err == nil && world.KindOf(o.KubeErr) == world.ProblemUsage {
		return nil, o.KubeErr // a kubeconfig or a context that cannot be meant
	}
	return o, err
}

// observeToDiagnose observes every namespace that there is something to say of,
// or the one that is named.
func (s *session) observeToDiagnose(ctx context.Context) (*steps.Observation, error) {
	s.intent.AllNamespaces = s.intent.Namespace == ""
	o, err := s.observe(ctx)
	if err != nil {
		return nil, err
	}
	for _, fact := range []world.Fact{world.FactPolicies, world.FactPods} {
		if why, partial := o.Snapshot.Kube.Partial[fact]; partial && s.intent.LooksEverywhere() {
			s.out.Say("note: only namespace %s is looked at: %s of others could not be read: %s", s.namespace(), fact, why)
			break
		}
	}
	return o, nil
}

// namespace is the one that is looked at.
func (s *session) namespace() string { return cmp.Or(s.intent.Namespace, intent.DefaultNamespace) }
