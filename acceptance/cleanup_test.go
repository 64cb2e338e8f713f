package acceptance

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// kept are the differences that a cleanup may leave, with the reason of each.
var kept = []struct {
	pattern *regexp.Regexp
	reason  string
}{
	{regexp.MustCompile(`^\+ aws network-interface/`), "a trunk ENI stays attached until its node is replaced (checked against the list that cleanup prints)"},
	{regexp.MustCompile(`^~ k8s nodes \S+ \.status\.(allocatable|capacity)\.vpc\.amazonaws\.com/pod-eni: "" is now `), "a node with a trunk ENI goes on offering its branch ENIs"},
	{regexp.MustCompile(`^~ k8s cninodes\S* \S+ \.spec\.features\[0\]\.name: "" is now "SecurityGroupsForPods"$`), "the VPC CNI adds the feature to a node's CNINode and does not take it back"},
	{regexp.MustCompile(`^~ aws cluster/\S+ \.Updates\.`), "EKS keeps the history of a cluster's updates"},
	{regexp.MustCompile(`^~ aws cluster/\S+ \.Addons\.vpc-cni\.Modified: `), "EKS notes when an add-on was changed"},
	{regexp.MustCompile(`^~ aws cluster/\S+ \.Addons\.vpc-cni\.ConfigurationValues: "" is now "\{\}"$`), "EKS cannot be told to forget a configuration: the empty one is the same"},
	{regexp.MustCompile(`^\+ k8s controllerrevisions\.apps kube-system/aws-node-`), "Kubernetes keeps a DaemonSet's former revisions"},
	{regexp.MustCompile(`^[+-] k8s pods kube-system/aws-node-`), "the roll-out replaced the pods of aws-node"},
	{regexp.MustCompile(`^~ k8s daemonsets\.apps kube-system/aws-node \.metadata\.(generation|annotations\.deprecated\.daemonset\.template\.generation): `), "the roll-out raised the DaemonSet's generation"},
	{regexp.MustCompile(`^~ k8s daemonsets\.apps kube-system/aws-node \.status\.observedGeneration: `), "the roll-out raised the DaemonSet's generation"},
	{regexp.MustCompile(`^~ k8s leases\.coordination\.k8s\.io \S+ \.spec\.renewTime: `), "controllers renew their leases all the time"},
}

// unexpected are those differences that a cleanup may not leave.
func unexpected(differences []string) []string {
	return slices.DeleteFunc(slices.Clone(differences), func(line string) bool {
		for _, k := range kept {
			if k.pattern.MatchString(line) {
				return true
			}
		}
		return false
	})
}

// interfaces are the network interfaces that are new in the differences.
func interfaces(differences []string) []string {
	var out []string
	for _, line := range differences {
		if id, ok := strings.CutPrefix(line, "+ aws network-interface/"); ok {
			out = append(out, id)
		}
	}
	return out
}

// cleanedUp cleans up and fails the test unless the world is then as it was
// before, but for what AWS keeps and cleanup says so.
func (l *lab) cleanedUp(before state) plan.CleanupResult {
	l.t.Helper()
	o := l.podsg("cleanup", "--yes", "-o", "json").exits(0)
	r := decode[plan.CleanupResult](o)
	unexpected := func(left []string) []string { return undone(r, unexpected(left)) }
	// A pod that was not asked in time for its health is ready again soon.
	left := differences(before, l.state())
	for try := 0; try < 50 && len(unexpected(left)) > 0; try++ {
		time.Sleep(100 * time.Millisecond)
		left = differences(before, l.state())
	}
	if bad := unexpected(left); len(bad) > 0 {
		l.t.Errorf("after the cleanup:\n%s\nstdout:\n%s\nstderr:\n%s", strings.Join(bad, "\n"), o.stdout, o.stderr)
	}
	var said []string
	for _, k := range r.Kept {
		if k.Kind == world.KindInterface && strings.Contains(k.Reason, "trunk ENI") {
			said = append(said, k.ID)
		}
	}
	slices.Sort(said)
	if there := interfaces(left); !slices.Equal(said, there) {
		l.t.Errorf("cleanup says that it keeps trunk ENIs %v, and there are %v", said, there)
	}
	return r
}

// attachment is the controller's policy on a cluster's role, with podsg's record
// of it.
var attachment = regexp.MustCompile(`^(~ aws role/\S+ \.Attached\S*: .*AmazonEKSVPCResourceController|\+ k8s configmaps kube-system/podsg-journal$)`)

// undone are the differences without the policy on the cluster's role, if cleanup
// says that it keeps it: a run that was killed while it attached it cannot tell
// that it is podsg's.
func undone(r plan.CleanupResult, left []string) []string {
	if !slices.ContainsFunc(r.Kept, func(k plan.Kept) bool {
		return k.Kind == world.KindRolePolicy && strings.Contains(k.Reason, "cut off")
	}) {
		return left
	}
	return slices.DeleteFunc(left, attachment.MatchString)
}

func TestCleanupLeavesTheWorldAsItWas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, scenario string
		flags          func(*lab) []string
		kept           int // trunk ENIs: one for each m5.large
	}{
		{name: "in a workshop's cluster", scenario: "workshop", kept: 3},
		{name: "with a CNI that no add-on manages", scenario: "self-managed-cni", kept: 3},
		{name: "in strict mode with a setting of the init container", scenario: "workshop", kept: 3,
			flags: func(*lab) []string { return []string{"--enforcing-mode", "strict"} }},
		{name: "with a database that was there before", scenario: "existing-db", kept: 3, flags: func(l *lab) []string {
			return []string{"--database", "orders-db", "--db-password-from", "secretsmanager:" + l.ordersSecret()}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, c.scenario)
			before := l.state()
			setup := []string{"setup", "--yes"}
			if c.flags != nil {
				setup = append(setup, c.flags(l)...)
			}
			l.podsg(setup...).exits(0)
			r := l.cleanedUp(before)
			if len(r.Kept) != c.kept || len(r.Restored) == 0 {
				t.Errorf("kept %+v, restored %+v", r.Kept, r.Restored)
			}
			l.unchanged(func() {
				again := decode[plan.CleanupResult](l.podsg("cleanup", "--yes", "-o", "json").exits(0))
				if len(again.Removed)+len(again.Restored) > 0 {
					t.Errorf("the second cleanup removed %+v and restored %+v", again.Removed, again.Restored)
				}
			})
		})
	}
}

func TestCleanupLeavesWhatOthersMade(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.podsg("setup", "--yes").exits(0)
	l.foreignPod(intent.DefaultNamespace)
	o := l.podsg("cleanup", "--yes", "-o", "json").exits(0)
	r := decode[plan.CleanupResult](o)
	if !slices.ContainsFunc(r.Kept, func(k plan.Kept) bool {
		return k.Kind == world.KindNamespace && strings.Contains(k.Reason, "visitor")
	}) {
		t.Errorf("cleanup does not say that it keeps the namespace: %+v", r.Kept)
	}
	if !l.podExists(intent.DefaultNamespace, "visitor") {
		t.Error("cleanup removed a pod that somebody else made")
	}
}

func TestCleanupWithoutYesChangesNothing(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.podsg("setup", "--yes", "--verify=false").exits(0)
	l.unchanged(func() {
		l.podsg("cleanup").exits(2).says("--yes")
		l.podsg("cleanup", "--dry-run").exits(0).says("rds-workshop")
	})
}
