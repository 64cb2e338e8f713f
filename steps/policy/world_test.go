package policy

import (
	"slices"
	"time"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// also makes several changes, one after the other.
func also(changes ...func(*world.Snapshot)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, change := range changes {
			change(s)
		}
	}
}

// onPolicy changes the policy that is meant.
func onPolicy(change func(p *world.PodPolicy)) func(*world.Snapshot) {
	return func(s *world.Snapshot) { change(&s.Kube.Policies[0]) }
}

// onPod changes the green pod.
func onPod(change func(p *world.Pod)) func(*world.Snapshot) {
	return func(s *world.Snapshot) { change(&s.Kube.Pods[0]) }
}

// besides puts a policy beside the one that is meant, and like it but for what is
// changed.
func besides(change func(p *world.PodPolicy)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		p := s.Kube.Policies[0]
		p.Name = "other"
		change(&p)
		s.Kube.Policies = append(s.Kube.Policies, p)
	}
}

// groups gives the policy that is meant other security groups.
func groups(ids ...string) func(*world.Snapshot) {
	return onPolicy(func(p *world.PodPolicy) { p.GroupIDs = ids })
}

// labels are labels of one key.
func labels(key, value string) map[string]string { return map[string]string{key: value} }

// accountSelector lets the policy select by the labels of service accounts.
func accountSelector(key, value string) func(*world.Snapshot) {
	return onPolicy(func(p *world.PodPolicy) {
		p.ServiceAccountSelector = &world.Selector{MatchLabels: labels(key, value)}
	})
}

// serviceAccounts puts service accounts into the namespace.
func serviceAccounts(all ...world.ServiceAccount) func(*world.Snapshot) {
	return func(s *world.Snapshot) { s.Kube.ServiceAccounts = all }
}

// without takes facts away.
func without(facts ...world.Fact) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, f := range facts {
			s.AddGap(f, errDenied)
		}
	}
}

// gone removes the policy that is meant.
func gone(s *world.Snapshot) {
	s.Kube.Policies = slices.DeleteFunc(s.Kube.Policies, func(p world.PodPolicy) bool { return p.Name == intent.DefaultPolicyName })
}

// limitless lets the green pod be one that the webhook did not give the limit,
// made some time after the policy.
func limitless(after time.Duration) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		p := &s.Kube.Pods[0]
		p.ENILimitOn, p.ENIs, p.Owner = -1, nil, "ReplicaSet/green-7c"
		p.Labels = map[string]string{"app": intent.GreenLabel, "pod-template-hash": "7c"}
		p.CreatedAt = s.Kube.Policies[0].CreatedAt.Add(after)
	}
}
