package cleanup

import (
	"testing"

	"podsg/steps/check/checktest"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// two is a world with a second access of podsg's, to the same database.
func two() *world.Snapshot {
	s := checktest.World()
	s.Kube.Chosen = "sg-per-pod"
	s.Kube.Pods[0].Owned, s.Kube.Pods[0].Owner = true, "ReplicaSet/green"
	second := s.Kube.Policies[0]
	second.Namespace = "shop"
	s.Kube.Policies = append(s.Kube.Policies, second)
	s.Kube.Journal = &world.Journal{Entries: []world.JournalEntry{
		{Change: "policy", Kind: world.KindPolicy, Object: "sg-per-pod/allow-rds-access", Created: true, Done: true, Access: "sg-per-pod/allow-rds-access"},
		{Change: "policy", Kind: world.KindPolicy, Object: "shop/allow-rds-access", Created: true, Done: true, Access: "shop/allow-rds-access"},
		{Change: "database", Kind: world.KindDBInstance, Object: "rds-workshop", Created: true, Done: true, Access: "sg-per-pod/allow-rds-access"},
	}}
	return s
}

func planned(s *world.Snapshot, scope Scope) *Cleanup {
	c := &Cleanup{S: s, Cluster: "workshop", Plan: &plan.Plan{Cluster: "workshop"}, Scope: scope}
	c.FindUsers()
	c.Kubernetes()
	c.GroupsAndDatabase()
	c.CNI()
	c.Role()
	c.Journal()
	return c
}

func (c *Cleanup) deletes(kind world.Kind) (n int) {
	for _, ch := range c.Plan.Changes {
		if ch.Kind == kind && ch.Op == plan.Delete {
			n++
		}
	}
	return n
}

func TestWhatAnotherAccessNeedsStays(t *testing.T) {
	t.Parallel()
	one := planned(two(), Scope{Namespace: "sg-per-pod"})
	if one.deletes(world.KindPolicy) != 1 || one.deletes(world.KindDBInstance)+one.deletes(world.KindSecurityGroup)+one.deletes(world.KindRule) > 0 {
		t.Errorf("planned are %+v", one.Plan.Changes)
	}
	reasons := map[world.Kind]string{}
	for _, k := range one.Plan.Kept {
		reasons[k.Kind] = k.Reason
	}
	if reasons[world.KindDBInstance] != "needed by shop/allow-rds-access" {
		t.Errorf("kept are %+v", one.Plan.Kept)
	}
	for _, ch := range one.Plan.Changes {
		if trim, ok := ch.Action.(TrimJournal); ok && len(trim.Keep) != 2 {
			t.Errorf("the journal keeps %v", trim.Keep)
		}
	}
	if all := planned(two(), Scope{}); all.deletes(world.KindPolicy) != 2 || all.deletes(world.KindDBInstance) != 1 || all.deletes(world.KindSecurityGroup) != 2 {
		t.Errorf("of everything planned are %+v", all.Plan.Changes)
	}
}

// A database that the access has nothing to do with is nobody's to delete with it.
func TestTheCleanupOfAnotherNamespaceDeletesNoDatabase(t *testing.T) {
	t.Parallel()
	s := two()
	s.Kube.Policies = s.Kube.Policies[:1]
	for i := range s.Cloud.SecurityGroups { // and the access that it is for is broken
		s.Cloud.SecurityGroups[i].Rules = nil
	}
	if c := planned(s, Scope{Namespace: "elsewhere"}); len(c.Plan.Changes) > 0 {
		t.Errorf("planned are %+v", c.Plan.Changes)
	}
}

// An access of the same namespace keeps what it shares with the one that goes.
func TestAnotherPolicyOfTheNamespaceKeepsTheSecret(t *testing.T) {
	t.Parallel()
	s := two()
	s.Kube.Policies[1].Namespace, s.Kube.Policies[1].Name = "sg-per-pod", "api"
	s.Kube.Journal.Entries = s.Kube.Journal.Entries[:1]
	c := planned(s, Scope{Namespace: "sg-per-pod", Policy: "allow-rds-access"})
	if c.deletes(world.KindPolicy) != 1 || c.deletes(world.KindSecret) != 0 {
		t.Errorf("planned are %+v", c.Plan.Changes)
	}
	s.Kube.Journal.Entries = append(s.Kube.Journal.Entries, world.JournalEntry{Kind: world.KindSecret, Object: "sg-per-pod/api-db", Created: true, Done: true, Access: "sg-per-pod/api"})
	if c := planned(s, Scope{Namespace: "sg-per-pod", Policy: "allow-rds-access"}); c.deletes(world.KindSecret) != 1 {
		t.Errorf("with a Secret of its own planned are %+v", c.Plan.Changes)
	}
}
