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

// observeToDiagnose observes the namespace that there is something to say of.
func (s *session) observeToDiagnose(ctx context.Context) (*steps.Observation, error) {
	o, err := s.observe(ctx)
	if err != nil {
		return nil, err
	}
	if ns := intent.NamespaceToDiagnose(o.Snapshot, s.intent); ns != s.intent.Namespace {
		s.out.Say("namespace %s: it has the most policies, and the default %s has none; -n chooses another", ns, intent.DefaultNamespace)
		s.intent.Namespace = ns
		return s.observe(ctx)
	}
	return o, nil
}

// namespace is the one that is looked at.
func (s *session) namespace() string { return cmp.Or(s.intent.Namespace, intent.DefaultNamespace) }
