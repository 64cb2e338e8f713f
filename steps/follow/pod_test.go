package follow

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// followed is what is found of the green pod.
func followed(t *testing.T, edit func(s *world.Snapshot, p *world.Pod)) []check.Finding {
	t.Helper()
	s := checktest.World()
	edit(s, &s.Kube.Pods[0])
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: s.Cloud.Cluster.Name})
	if err != nil {
		t.Fatal(err)
	}
	found, err := CheckPod(s, &target, "green")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAPodIsFollowedToWhereItStopped(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		breakIt func(s *world.Snapshot, p *world.Pod)
		id      string // of the check that fails; empty: none does
		says    string
	}{
		"a healthy pod passes every rung":              {func(*world.Snapshot, *world.Pod) {}, "", ""},
		"a pod on the host's network":                  {func(_ *world.Snapshot, p *world.Pod) { p.HostNetwork = true }, "D54", "hostNetwork"},
		"a label that no policy selects":               {func(_ *world.Snapshot, p *world.Pod) { p.Labels = map[string]string{"app": "other"} }, "D48", "still carries sg-pods"},
		"a policy that was deleted while the pod runs": {func(s *world.Snapshot, _ *world.Pod) { s.Kube.Policies = nil }, "D48", "its branch ENI eni-branch still carries sg-pods"},
		"a pod that is older than its policy": {func(s *world.Snapshot, p *world.Pod) {
			p.ENILimitOn, p.ENIs = -1, nil
			p.CreatedAt = p.CreatedAt.Add(-time.Hour)
		}, "D55", "older than policy " + intent.DefaultPolicyName},
		"a sidecar that was put in front": {func(_ *world.Snapshot, p *world.Pod) { p.ENILimitOn = 1 }, "D55", "reads the first container only"},
		"no node has a free branch ENI": {func(_ *world.Snapshot, p *world.Pod) {
			p.Node, p.ENIs, p.Phase = "", nil, "Pending"
			p.Reason = "Unschedulable"
		}, "D61", "waits for a node"},
		"the controller may not make interfaces": {func(s *world.Snapshot, p *world.Pod) {
			p.ENIs = nil
			s.Kube.Events = []world.ClusterEvent{{Kind: "Pod", Name: p.Name, Namespace: p.Namespace, Reason: "BranchAllocationFailed", Message: "UnauthorizedOperation"}}
		}, "D63", "could not give it one: the controller may not make the branch ENI"},
		"another webhook changes the pod": {func(s *world.Snapshot, p *world.Pod) {
			p.ENIs = nil
			s.Kube.Events = []world.ClusterEvent{{Kind: "Pod", Name: p.Name, Namespace: p.Namespace, Reason: "BranchENIAnnotationFailed", Message: "pod updates may not change fields other than"}}
		}, "D63", "another webhook changes the pod"},
		"an error of an earlier pod of the same name": {func(s *world.Snapshot, p *world.Pod) {
			p.ENIs = nil
			s.Kube.Events = []world.ClusterEvent{{At: p.CreatedAt.Add(-time.Minute), Kind: "Pod", Name: p.Name, Namespace: p.Namespace, Reason: "BranchAllocationFailed", Message: "UnauthorizedOperation"}}
		}, "D63", "no event says why"},
		"a node whose branch ENIs cool down": {func(s *world.Snapshot, p *world.Pod) {
			p.ENIs = nil
			s.Kube.Nodes[0].PodENIs = 1
		}, "D63", "cool down included"},
		"a webhook that did not answer for the pod": {func(_ *world.Snapshot, p *world.Pod) { p.ENILimitOn, p.ENIs = -1, nil }, "D55", "was created 30m0s after policy " + intent.DefaultPolicyName + ": the webhook did not answer"},
		"a policy in another namespace": {func(s *world.Snapshot, p *world.Pod) {
			s.Kube.Policies[0].Namespace = "elsewhere"
			p.ENIs, p.ENILimitOn = nil, -1
		}, "D48", "none of the 0 policies of namespace sg-per-pod does, so it has its node's security groups"},
		"the policy's groups changed afterwards": {func(s *world.Snapshot, _ *world.Pod) { s.Kube.Policies[0].GroupIDs = []string{"sg-db"} }, "D45", "the policies now give sg-db"},
		"the pod is not on its branch ENI":       {func(_ *world.Snapshot, p *world.Pod) { p.IP = "10.0.0.77" }, "D67", "10.0.0.77"},
		"CoreDNS does not admit the pod's group": {func(s *world.Snapshot, _ *world.Pod) {
			s.Cloud.SecurityGroups[0].Rules = s.Cloud.SecurityGroups[0].Rules[:2]
		}, "D76", "port 53"},
		"the database does not admit its group": {func(s *world.Snapshot, _ *world.Pod) {
			s.Cloud.SecurityGroups[2].Rules = s.Cloud.SecurityGroups[2].Rules[:1]
		}, "D77", "no ingress rule"},
		"the database admits every node, as well": {func(s *world.Snapshot, _ *world.Pod) {
			s.Cloud.SecurityGroups[2].Rules[1].PeerGroup = ""
			s.Cloud.SecurityGroups[2].Rules[1].CIDR = "0.0.0.0/0"
		}, "D80", "every ordinary pod"},
		"a pod on Windows":                 {func(_ *world.Snapshot, p *world.Pod) { p.Windows = true }, "D54", "does not exist"},
		"a pod that runs and is not ready": {func(_ *world.Snapshot, p *world.Pod) { p.Ready = false }, "D66", "not ready"},
		"a database in another VPC":        {func(s *world.Snapshot, _ *world.Pod) { s.Cloud.Databases[0].VPCID = "vpc-2" }, "D84", "vpc-2"},
		"a login without encryption": {func(_ *world.Snapshot, p *world.Pod) {
			p.Troubles = []world.LogTrouble{{Check: "D91", Text: "no pg_hba.conf entry for host \"10.0.0.3\", no encryption"}}
		}, "D91", "asked for no encryption"},
		"a Fargate pod that is Pending": {func(_ *world.Snapshot, p *world.Pod) { p.Fargate, p.Phase, p.Ready = true, "Pending", false }, "D66", "Fargate"},
		"strict mode without early demux off": {func(s *world.Snapshot, p *world.Pod) {
			s.Kube.CNI.Env[world.EnvEnforcingMode] = world.ModeStrict
			p.ProbePorts, p.ProbeKinds = []int{8080}, []string{"httpGet"}
		}, "D22", "DISABLE_TCP_EARLY_DEMUX"},
		"a label that no node has":      {func(_ *world.Snapshot, p *world.Pod) { p.Node, p.AffinityKeys = "", []string{world.LabelTrunkAttached} }, "D61", "waits for a node"},
		"events that could not be read": {func(s *world.Snapshot, p *world.Pod) { p.ENIs = nil; s.AddGap(world.FactEvents, errors.New("denied")) }, "D63", "why cannot be told"},
		"a branch ENI that is gone":     {func(s *world.Snapshot, _ *world.Pod) { s.Cloud.Interfaces = s.Cloud.Interfaces[:2] }, "D71", "eni-branch does not exist"},
		"a pod that does not start":     {func(_ *world.Snapshot, p *world.Pod) { p.Phase, p.Reason = "Pending", "ContainerCreating" }, "D66", "it is Pending (ContainerCreating)"},
		"a login that was refused": {func(_ *world.Snapshot, p *world.Pod) {
			p.Troubles = []world.LogTrouble{{Check: "D92", Text: `password authentication failed for user "app"`}}
		}, "D92", "could not log in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var failed []string
			for _, f := range followed(t, x.breakIt) {
				if f.Status == check.Fail {
					failed = append(failed, f.ID+" "+f.Reason.String())
					if f.Fix == nil {
						t.Errorf("%s fails without a way to mend it", f.ID)
					}
				}
			}
			all := strings.Join(failed, "\n")
			if (x.id == "") != (len(failed) == 0) || !strings.HasPrefix(all, x.id) || !strings.Contains(all, x.says) {
				t.Fatalf("failed:\n%s\nwant %s … %s", all, x.id, x.says)
			}
		})
	}
}

func TestRungsAreReportedAsFarAsThePodHasCome(t *testing.T) {
	t.Parallel()
	whole := []string{"D54", "D48", "D55", "D61", "D63", "D71", "D45", "D67", "D66", "D22", "D23", "D76", "P03", "D84", "D86", "D91", "D77", "D78", "D80", "D85", "P10", "D87", "D90"}
	for name, x := range map[string]struct {
		edit func(s *world.Snapshot, p *world.Pod)
		want []string
	}{
		"to the database":   {func(*world.Snapshot, *world.Pod) {}, whole},
		"on Fargate":        {func(_ *world.Snapshot, p *world.Pod) { p.Fargate = true }, []string{"D54", "D08", "D66"}},
		"to its limit":      {func(_ *world.Snapshot, p *world.Pod) { p.ENILimitOn = 1 }, whole[:3]},
		"to its end":        {func(_ *world.Snapshot, p *world.Pod) { p.Phase = "Succeeded" }, whole[:6]},
		"without an answer": {func(s *world.Snapshot, _ *world.Pod) { s.AddGap(world.FactInterfaces, errors.New("denied")) }, slices.Concat(whole[:6], whole[7:])},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range followed(t, x.edit) {
				got = append(got, f.ID)
				if f.Doc == "" || f.Title == "" || f.Step == "" {
					t.Errorf("%+v", f)
				}
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("got  %v\nwant %v", got, x.want)
			}
		})
	}
}

func TestAPodThatIsNotThereIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := checktest.World()
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: s.Cloud.Cluster.Name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := CheckPod(s, &target, "nobody"); !errors.Is(err, ErrNoSuchPod) {
		t.Error(err)
	}
	s.AddGap(world.FactPods, errors.New("denied"))
	if _, err := CheckPod(s, &target, "green"); err == nil || errors.Is(err, ErrNoSuchPod) {
		t.Error(err)
	}
}

func TestAPodIsNotToBeReplacedWhileANewOneWouldFareWorse(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(s *world.Snapshot, p *world.Pod){
		"the webhook is missing": func(s *world.Snapshot, p *world.Pod) {
			p.ENILimitOn, p.ENIs = -1, nil
			s.Kube.Admission.MutatingWebhook = false
		},
		"the controller is dead": func(s *world.Snapshot, p *world.Pod) {
			s.Kube.Policies[0].GroupIDs = []string{"sg-db"}
			s.Kube.Admission.ControllerRenewed = s.TakenAt.Add(-time.Hour)
		},
		"the policy is gone":         func(s *world.Snapshot, _ *world.Pod) { s.Kube.Policies = nil },
		"the policy's group is gone": func(s *world.Snapshot, _ *world.Pod) { s.Kube.Policies[0].GroupIDs = []string{"sg-0123456789abcdef0"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range followed(t, edit) {
				if f.Status == check.Fail && (strings.Contains(f.Fix.Command, "delete pod") || strings.Contains(f.Fix.Command, "restart")) {
					t.Errorf("%s: %s\n%s", f.ID, f.Fix.Text, f.Fix.Command)
				}
			}
		})
	}
}
