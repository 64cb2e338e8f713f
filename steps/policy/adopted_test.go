package policy

import (
	"slices"
	"strings"
	"testing"

	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// theirs gives the world a policy of the user's, with a service account's labels,
// a group of the pods' own and that of the nodes.
func theirs(name string, groups ...string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		s.Kube.Policies = []world.PodPolicy{{
			ObjectFacts:            world.ObjectFacts{Namespace: intent.DefaultNamespace, Name: name},
			ServiceAccountSelector: &world.Selector{MatchLabels: map[string]string{"app": "shopapi"}}, GroupIDs: groups,
		}}
		s.Kube.Workloads = nil
		s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups, world.SecurityGroup{ID: "sg-0123456789abcdef0", Name: "api", VPCID: "vpc-1"})
	}
}

func TestWhatTheUserNamesIsAdoptedAndNothingElse(t *testing.T) {
	t.Parallel()
	yes := true
	secret := func(keys ...string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Kube.Secret = &world.SecretFacts{ObjectFacts: world.ObjectFacts{Namespace: intent.DefaultNamespace, Name: "rds"}, Keys: keys, HasPassword: true}
		}
	}
	named := intent.Intent{Policy: intent.PolicyIntent{Name: "shopapi"}}
	for name, x := range map[string]struct {
		edit   func(*world.Snapshot)
		in     intent.Intent
		says   string   // of the refusal; empty: there is none
		groups []string // that the policy gives
	}{
		"a policy that is named":                     {edit: theirs("shopapi", "sg-pods", "sg-nodes"), in: named, groups: []string{"sg-pods", "sg-nodes"}},
		"a policy that names the nodes' group first": {edit: theirs("shopapi", "sg-nodes", "sg-pods"), in: named, groups: []string{"sg-nodes", "sg-pods"}},
		"a policy of the default name":               {edit: theirs(intent.DefaultPolicyName, "sg-pods"), says: "was not made by podsg"},
		"a policy that selects others": {
			edit: theirs("shopapi", "sg-pods"), in: intent.Intent{Policy: intent.PolicyIntent{Name: "shopapi", PodSelector: &world.Selector{MatchLabels: map[string]string{"app": "web"}}}},
			says: "it selects other pods",
		},
		"a policy that gives other groups": {
			edit: theirs("shopapi", "sg-pods"), in: intent.Intent{Policy: named.Policy, PodSecurityGroup: intent.GroupIntent{ID: "sg-0123456789abcdef0"}}, says: "it gives sg-pods, not sg-0123456789abcdef0",
		},
		"a policy that gives the nodes' group alone": {edit: theirs("shopapi", "sg-nodes"), in: named, says: "only security groups that nodes carry"},
		"a policy without groups":                    {edit: theirs("shopapi"), in: named, says: "names no security group"},
		"a Secret that is named": {
			edit: secret("host", "port", "dbname", "username", "password"), in: intent.Intent{Secret: intent.SecretIntent{Name: "rds"}}, groups: []string{"sg-pods"},
		},
		"a Secret that lacks something":  {edit: secret("password"), in: intent.Intent{Secret: intent.SecretIntent{Name: "rds"}}, says: "it lacks host, port, dbname, username"},
		"a Secret of the default name":   {edit: secret("password"), says: "secret sg-per-pod/rds exists and was not made by podsg"},
		"a group that the nodes carry":   {in: intent.Intent{PodSecurityGroup: intent.GroupIntent{ID: "sg-0123456789abcdef0"}}, edit: nodesCarry("sg-0123456789abcdef0"), says: "would let every node into the database"},
		"the nodes' groups are kept":     {in: intent.Intent{KeepNodeGroups: &yes}, groups: []string{"sg-pods", "sg-nodes"}},
		"the nodes' groups are too many": {in: intent.Intent{KeepNodeGroups: &yes}, edit: nodesCarry("sg-1", "sg-2", "sg-3", "sg-4"), says: "a network interface may have 5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := checktest.World()
			if x.edit != nil {
				x.edit(s)
			}
			x.in.Cluster = "workshop"
			target, _, err := intent.Resolve(s, x.in)
			if x.says != "" {
				if world.KindOf(err) != world.ProblemUsage || !strings.Contains(err.Error(), x.says) {
					t.Fatalf("%v, want %q", err, x.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := intent.RefIDs(target.PolicyGroups); !slices.Equal(got, x.groups) || target.PodGroup.ID != "sg-pods" {
				t.Errorf("the policy gives %v, the pods' group is %s", got, target.PodGroup)
			}
		})
	}
}

// nodesCarry gives the nodes' interfaces more security groups.
func nodesCarry(ids ...string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, id := range ids {
			s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups, world.SecurityGroup{ID: id, Name: id, VPCID: "vpc-1"})
		}
		s.Cloud.Instances[0].PrimaryGroups = append(s.Cloud.Instances[0].PrimaryGroups, ids...)
	}
}

func TestAnAdoptedPolicyIsRecordedOnceAndNotChanged(t *testing.T) {
	t.Parallel()
	s := checktest.World()
	theirs("shopapi", "sg-pods", "sg-nodes")(s)
	target, _, err := intent.Resolve(s, intent.Intent{Cluster: "workshop", Policy: intent.PolicyIntent{Name: "shopapi"}})
	if err != nil {
		t.Fatal(err)
	}
	planned := func() *plan.Plan {
		p := &plan.Plan{}
		Step.Plan(s, &target, p)
		return p
	}
	if p := planned(); !p.Has(plan.ChangeAdopted) || p.Has(plan.ChangePolicy) {
		t.Errorf("planned %+v", p.Changes)
	}
	s.Kube.Journal = &world.Journal{Entries: []world.JournalEntry{{Kind: world.KindPolicy, Object: intent.DefaultNamespace + "/shopapi", Adopted: true, Done: true}}}
	if p := planned(); !p.Empty() {
		t.Errorf("planned again: %+v", p.Changes)
	}
	if command := target.SetupCommand(); !strings.Contains(command, "--policy shopapi") {
		t.Errorf("the fix is %s", command)
	}
}
