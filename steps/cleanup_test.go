package steps

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"podsg/steps/cleanup"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// emptyKube is a cluster whose namespaces hold nothing of others.
type emptyKube struct{ plan.Kube }

func (emptyKube) ForeignObjects(context.Context, string) ([]string, error) { return nil, nil }
func (emptyKube) Uses(context.Context, string) ([]world.Use, error)        { return nil, nil }

// planCleanup plans the cleanup of a snapshot of cluster workshop.
func planCleanup(t *testing.T, s *world.Snapshot) *plan.Plan {
	t.Helper()
	s.Cloud.Cluster.Name = "workshop"
	p, err := (&Engine{}).PlanCleanup(t.Context(), &Observation{Snapshot: s, Kube: emptyKube{}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// kept is why a plan keeps an object; empty: it does not.
func kept(p *plan.Plan, kind world.Kind, id string) string {
	for _, k := range p.Kept {
		if k.Kind == kind && k.ID == id {
			return k.Reason
		}
	}
	return ""
}

const roleEntry = "eks arn:aws:iam::aws:policy/" + world.PolicyController

func attached(done bool) world.JournalEntry {
	return world.JournalEntry{Change: plan.ChangeIAM, Kind: world.KindRolePolicy, Object: roleEntry, Created: true, Done: done,
		Set: map[string]string{"role": "eks", "policy": "arn:aws:iam::aws:policy/" + world.PolicyController}}
}

func TestOnlyAPolicyThatPodsgIsKnownToHaveAttachedIsDetached(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		done    bool
		foreign bool // another policy is there
		detach  bool
		reason  string
	}{
		"podsg attached it":                 {done: true, detach: true},
		"the run was cut off":               {reason: "aws iam detach-role-policy --role-name eks"},
		"another policy needs the feature":  {done: true, foreign: true, reason: "shop/theirs"},
		"both, and the journal keeps it so": {foreign: true, reason: "cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &world.Snapshot{}
			s.Cloud.ClusterRole = world.Role{Name: "eks", AttachedPolicies: []string{"arn:aws:iam::aws:policy/" + world.PolicyController}}
			s.Kube.Journal = &world.Journal{Entries: []world.JournalEntry{attached(c.done), {Kind: world.KindTable, Object: "orders/app/welcome", Done: true}}}
			if c.foreign {
				s.Kube.Policies = []world.PodPolicy{{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "theirs"}}}
			}
			p := planCleanup(t, s)
			if p.Has("detach-"+plan.ChangeIAM) != c.detach {
				t.Errorf("the changes are %+v", p.Changes)
			}
			if reason := kept(p, world.KindRolePolicy, roleEntry); !strings.Contains(reason, c.reason) || (c.reason == "") != (reason == "") {
				t.Errorf("kept because %q", reason)
			}
			journal, _ := p.Change("journal")
			trim, trims := journal.Action.(cleanup.TrimJournal)
			if trims == c.detach || trims && !slices.Equal(trim.Keep, []cleanup.JournalKey{{Kind: world.KindRolePolicy, Object: roleEntry}}) {
				t.Errorf("the journal's change is %+v", journal)
			}
			// What is then left in the journal plans nothing more.
			if trims {
				s.Kube.Journal.Entries = s.Kube.Journal.Entries[:1]
				if again := planCleanup(t, s); !again.Empty() || kept(again, world.KindRolePolicy, roleEntry) == "" {
					t.Errorf("the second cleanup plans %+v, keeps %+v", again.Changes, again.Kept)
				}
			}
		})
	}
}

func TestAValueThatIsAsItWasBeforeNeedsNoRestoringAndNobodyChangedIt(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		done  bool
		prior *string
		now   *string
		out   map[string]*string
		says  string
	}{
		"it is podsg's still":                              {done: true, prior: text("false"), now: text("true"), out: map[string]*string{"X": text("false")}},
		"it was not set before":                            {done: true, now: text("true"), out: map[string]*string{"X": nil}},
		"somebody gave it another value":                   {done: true, prior: text("false"), now: text("other"), says: "changed it"},
		"somebody took it away":                            {done: true, prior: text("false"), says: "took it away"},
		"it is as it was before":                           {done: true, prior: text("false"), now: text("false")},
		"it was not set before and is not":                 {done: true},
		"it was in effect by hand before":                  {done: true, prior: text("true"), now: text("true")},
		"a run died before it set it":                      {prior: text("false"), now: text("false")},
		"a run died before the add-on was told":            {prior: text("true")},
		"a run died after it set it":                       {prior: text("false"), now: text("true"), out: map[string]*string{"X": text("false")}},
		"somebody changed it after a run that was cut off": {prior: text("false"), now: text("other"), says: "changed it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := world.JournalEntry{Kind: world.KindAddonConfig, Object: world.AddonVPCCNI, Done: c.done, Prior: map[string]*string{"X": c.prior}, Set: map[string]string{"X": "true"}}
			now := world.CNISettings{Env: map[string]string{}}
			if c.now != nil {
				now.Env["X"] = *c.now
			}
			said := ""
			out := cleanup.StillOurs(e, now, func(_ world.Kind, _, reason string) { said = reason })
			same := func(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
			if !maps.EqualFunc(out, c.out, same) {
				t.Errorf("restores %s", cleanup.Restored(out))
			}
			if !strings.Contains(said, c.says) || (c.says == "") != (said == "") {
				t.Errorf("says %q", said)
			}
		})
	}
}

func TestNothingToRestoreIsNoChange(t *testing.T) {
	t.Parallel()
	prior := "false"
	s := &world.Snapshot{}
	s.Kube.CNI = &world.CNI{Env: map[string]string{world.EnvPodENI: "false"}}
	s.Kube.Journal = &world.Journal{Entries: []world.JournalEntry{{Change: plan.ChangeCNI, Kind: world.KindCNIEnv, Object: "kube-system/" + world.DaemonSetCNI,
		Prior: map[string]*string{world.EnvPodENI: &prior}, Set: map[string]string{world.EnvPodENI: "true"}}}}
	p := planCleanup(t, s)
	if len(p.Changes) != 1 || len(p.Kept) != 0 {
		t.Fatalf("changes %+v, kept %+v", p.Changes, p.Kept)
	}
	if _, ok := p.Changes[0].Action.(cleanup.DeleteJournal); !ok {
		t.Errorf("the change is %+v", p.Changes[0])
	}
}

func TestAGroupThatOthersCarryIsKeptWithItsPolicyAndRules(t *testing.T) {
	t.Parallel()
	tags := world.OwnershipTags("workshop")
	w := func() *world.Snapshot {
		s := &world.Snapshot{}
		s.Cloud.SecurityGroups = []world.SecurityGroup{
			{ID: "sg-pod", Name: "POD_SG", Tags: tags, Rules: []world.Rule{{ID: "sgr-own", Direction: world.Egress, Tags: tags}}},
			{ID: "sg-db", Name: "RDS_SG", Tags: tags, Rules: []world.Rule{{ID: "sgr-db", Direction: world.Ingress, PeerGroup: "sg-pod", Tags: tags}}},
			{ID: "sg-node", Name: "nodes", Rules: []world.Rule{{ID: "sgr-dns", Direction: world.Ingress, PeerGroup: "sg-pod", Tags: tags}}},
		}
		s.Cloud.Interfaces = []world.Interface{
			{ID: "eni-green", Type: world.InterfaceBranch, Groups: []string{"sg-pod"}}, {ID: "eni-api", Type: world.InterfaceBranch, Groups: []string{"sg-pod"}},
			{ID: "eni-rds", Type: "interface", Description: cleanup.InterfaceOfRDS, Groups: []string{"sg-db"}},
		}
		s.Kube.Policies = []world.PodPolicy{{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "allow", Owned: true}, GroupIDs: []string{"sg-pod"}}}
		s.Kube.Pods = []world.Pod{
			{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "green", Owned: true}, ENIs: []world.PodENI{{ENIID: "eni-green"}}, Owner: "ReplicaSet/green-1"},
			{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api-7f-x", Labels: map[string]string{"pod-template-hash": "7f"}}, ENIs: []world.PodENI{{ENIID: "eni-api"}}, Owner: "ReplicaSet/api-7f"},
		}
		return s
	}
	t.Run("a pod", func(t *testing.T) {
		t.Parallel()
		p := planCleanup(t, w())
		reason := kept(p, world.KindSecurityGroup, "sg-pod")
		for _, text := range []string{"pod shop/api-7f-x", "delete securitygrouppolicies.vpcresources.k8s.aws allow && kubectl -n shop rollout restart deployment/api", "run cleanup again"} {
			if !strings.Contains(reason, text) {
				t.Errorf("no %q in %q", text, reason)
			}
		}
		for _, id := range []string{"released-sg-pod", "delete-sg-pod", "revoke-sgr-own", "revoke-sgr-dns", "delete-securitygrouppolicy-shop-allow"} {
			if p.Has(id) {
				t.Errorf("%s is planned", id)
			}
		}
		for _, id := range []string{"delete-sg-db", "revoke-sgr-db"} {
			if !p.Has(id) {
				t.Errorf("%s is not planned", id)
			}
		}
		if kept(p, world.KindPolicy, "shop/allow") == "" || kept(p, world.KindRule, "sgr-dns") == "" {
			t.Errorf("kept: %+v", p.Kept)
		}
	})
	t.Run("an instance", func(t *testing.T) {
		t.Parallel()
		s := w()
		s.Kube.Pods = s.Kube.Pods[:1]
		s.Cloud.Interfaces[1] = world.Interface{ID: "eni-vm", Type: "interface", Groups: []string{"sg-pod"}, InstanceID: "i-1"}
		p := planCleanup(t, s)
		if reason := kept(p, world.KindSecurityGroup, "sg-pod"); !strings.Contains(reason, "network interface eni-vm") || p.Has("released-sg-pod") {
			t.Errorf("kept because %q", reason)
		}
		if !p.Has("delete-securitygrouppolicy-shop-allow") {
			t.Error("the policy is not deleted")
		}
	})
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		s := w()
		s.Kube.Pods[1].Phase = "Succeeded"
		p := planCleanup(t, s)
		if !p.Has("delete-sg-pod") || !p.Has("revoke-sgr-dns") || kept(p, world.KindSecurityGroup, "sg-pod") != "" {
			t.Errorf("changes %+v, kept %+v", p.Changes, p.Kept)
		}
	})
}

func TestAPodIsReplacedThroughItsOwner(t *testing.T) {
	t.Parallel()
	for owner, want := range map[string]string{
		"ReplicaSet/api-7f": "kubectl -n shop rollout restart deployment/api",
		"ReplicaSet/bare":   "kubectl -n shop delete pod api-x",
		"StatefulSet/db":    "kubectl -n shop rollout restart statefulset/db",
		"DaemonSet/agent":   "kubectl -n shop rollout restart daemonset/agent",
		"Job/import":        "kubectl -n shop delete pod api-x",
		"":                  "kubectl -n shop get pod api-x -o yaml",
	} {
		p := world.Pod{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api-x", Labels: map[string]string{"pod-template-hash": "7f"}}, Owner: owner}
		if got := shell.RestartCommand(p); got != want {
			t.Errorf("%s: %s, want %s", owner, got, want)
		}
	}
}

func TestWhatMayBeInNamespacesThatCannotBeSeenKeepsTheFeature(t *testing.T) {
	t.Parallel()
	prior := "false"
	s := &world.Snapshot{}
	s.Kube.Partial = map[world.Fact]string{world.FactPolicies: "cannot list", world.FactPods: "cannot list"}
	s.Kube.CNI = &world.CNI{Env: map[string]string{world.EnvPodENI: "true"}}
	s.Kube.Journal = &world.Journal{Entries: []world.JournalEntry{attached(true), {Change: plan.ChangeCNI, Kind: world.KindCNIEnv, Object: "kube-system/" + world.DaemonSetCNI, Done: true,
		Prior: map[string]*string{world.EnvPodENI: &prior}, Set: map[string]string{world.EnvPodENI: "true"}}}}
	s.Cloud.ClusterRole = world.Role{Name: "eks", AttachedPolicies: []string{"arn:aws:iam::aws:policy/" + world.PolicyController}}
	s.Cloud.SecurityGroups = []world.SecurityGroup{{ID: "sg-pod", Name: "POD_SG", Tags: world.OwnershipTags("workshop")}}
	s.Cloud.Interfaces = []world.Interface{{ID: "eni-unknown", Type: world.InterfaceBranch, Groups: []string{"sg-pod"}}}
	p := planCleanup(t, s)
	for kind, id := range map[world.Kind]string{world.KindCNIEnv: "kube-system/" + world.DaemonSetCNI, world.KindRolePolicy: roleEntry, world.KindSecurityGroup: "sg-pod"} {
		if kept(p, kind, id) == "" {
			t.Errorf("%s %s is not kept: %+v", kind, id, p.Changes)
		}
	}
	if !p.Empty() {
		t.Errorf("planned: %+v", p.Changes)
	}
}
